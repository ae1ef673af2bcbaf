"""Training the recogniser of personal data.

`python -m models.train_entities` trains on the bundled deployment's labelled posts and writes `entities/` with its
card. It takes minutes, so the trained network (4 MB) is part of the deployment's folder and set-up only reads it.
"""

import json
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from models.deployment import load_deployment
from models.entities import save_recogniser
from models.folders import replaced_folder
from nlp.entities import KINDS, EntityRecogniser, new_pipeline
from nlp.light_spacy import Example, filter_spans, fix_random_seed, minibatch
from nlp.word_lists import WordLists
from nlp.words import fold

Span = tuple[str, int, int]  # kind, start, end
EPOCHS = 12
BATCH = 24
DROPOUT = 0.25
SEED = 20261127
# Shares of the training texts that are changed, anew in every epoch, so that the network learns the surroundings of
# a name rather than the names: people met later have others.
OTHER_NAME = 0.5
UNLISTED_NAME = 0.5
LOWER_CASE_NAME = 0.06
LOWER_CASE_TEXT = 0.06
UPPER_CASE_TEXT = 0.04


@dataclass(frozen=True)
class LabelledText:
    text: str
    spans: tuple[Span, ...]


def labelled_text(record: dict[str, Any]) -> LabelledText:
    """A labelled post with the spans of the recogniser's kinds; the nth mention of a text is its nth occurrence."""
    text, spans = record["text"], []
    at: dict[str, int] = {}
    for labelled in record["pii"]:
        said = labelled["text"]
        start = text.find(said, at.get(said, 0))
        if start >= 0 and labelled["kind"] in KINDS:
            spans.append((labelled["kind"], start, start + len(said)))
        at[said] = start + 1
    return LabelledText(text, tuple(sorted(spans, key=lambda span: span[1])))


def train_recogniser(posts: Sequence[LabelledText], lists: WordLists, epochs: int = EPOCHS) -> EntityRecogniser:
    """Train from nothing; the same posts and lists give the same network on the same machine."""
    fix_random_seed(SEED)
    rng = random.Random(SEED)  # noqa: S311 - no secret
    recogniser = EntityRecogniser(new_pipeline(), lists)
    nlp = recogniser.nlp
    optimizer = nlp.initialize(lambda: [_example(recogniser, post, frozenset()) for post in posts])
    for _ in range(epochs):
        examples = [_example(recogniser, *_changed(post, lists, rng)) for post in posts]
        rng.shuffle(examples)
        for batch in minibatch(examples, size=BATCH):  # type: ignore[no-untyped-call]
            nlp.update(batch, drop=DROPOUT, sgd=optimizer)
    return recogniser


def _example(recogniser: EntityRecogniser, post: LabelledText, unlisted: frozenset[int]) -> Example:
    doc = recogniser.read(post.text, unlisted)
    right = doc.copy()
    spans = (right.char_span(start, end, label=kind, alignment_mode="expand") for kind, start, end in post.spans)
    right.ents = filter_spans([span for span in spans if span is not None])
    return Example(doc, right)


def _changed(post: LabelledText, lists: WordLists, rng: random.Random) -> tuple[LabelledText, frozenset[int]]:
    """The post with some names exchanged and some texts in one case, and the words to be taken as on no list."""
    parts: list[str] = []
    spans: list[Span] = []
    unlisted: set[int] = set()
    at = length = 0
    for kind, start, end in post.spans:
        if start < at:
            continue
        said = post.text[start:end]
        if kind == "person" and rng.random() < OTHER_NAME:
            said = _other_name(said, lists, rng)
        if kind == "person" and rng.random() < LOWER_CASE_NAME:
            said = said.lower()
        parts += [post.text[at:start], said]
        length += start - at
        spans.append((kind, length, length + len(said)))
        if rng.random() < UNLISTED_NAME:
            unlisted.update(range(length, length + len(said)))
        length += len(said)
        at = end
    text = "".join([*parts, post.text[at:]])
    case = rng.random()
    if case < UPPER_CASE_TEXT + LOWER_CASE_TEXT:
        changed = text.upper() if case < UPPER_CASE_TEXT else text.lower()
        text = changed if len(changed) == len(text) else text
    return LabelledText(text, tuple(spans)), frozenset(unlisted)


def _other_name(said: str, lists: WordLists, rng: random.Random) -> str:
    """Another name of the same make: as many words, in the same case, initials kept."""
    words = said.split(" ")
    given, surnames = sorted(lists.given), sorted(lists.surnames)
    others = []
    for i, word in enumerate(words):
        if len(word) < 3 or word.endswith("."):
            others.append(word)
            continue
        is_given = i < len(words) - 1 or (len(words) == 1 and fold(word) in lists.given)
        other = rng.choice(given if is_given else surnames)
        others.append(other if word.islower() else other.upper() if word.isupper() else other.title())
    return " ".join(others)


def measure(recogniser: EntityRecogniser, posts: Sequence[LabelledText]) -> dict[str, dict[str, float]]:
    """Recall and precision by kind: a labelled span counts when every letter and digit of it is found as any kind, a
    found one when it touches a labelled one."""
    figures: dict[str, dict[str, float]] = {}
    for kind in KINDS:
        n = n_found = n_said = n_right = 0
        for post in posts:
            found = list(recogniser.spans(post.text))
            covered = {i for _, start, end in found for i in range(start, end)}
            for labelled, start, end in post.spans:
                if labelled == kind:
                    n += 1
                    n_found += all(i in covered or not post.text[i].isalnum() for i in range(start, end))
            for said, start, end in found:
                if said == kind:
                    n_said += 1
                    n_right += any(start < right and left < end for _, left, right in post.spans)
        figures[kind] = {"n": n, "recall": n_found / max(n, 1), "precision": n_right / max(n_said, 1)}
    return figures


def main() -> None:
    """Train without the evidence hands to measure, then on everything to keep."""
    deployment = load_deployment("seychelles")
    lists = deployment.word_lists
    evidence = [labelled_text(record) for hand in deployment.evidence().values() for record in hand]
    others = [labelled_text(record) for record in (*deployment.examples(), *deployment.personal_data())]
    held_out = measure(train_recogniser(others, lists), evidence)
    print(json.dumps(held_out), flush=True)  # noqa: T201
    posts = [*others, *evidence]
    recogniser = train_recogniser(posts, lists)
    with replaced_folder(deployment.folder / "entities") as folder:
        save_recogniser(recogniser, folder)
        (folder / "CARD.md").write_text(_card(posts, len(others), held_out), encoding="utf-8")


def _card(posts: Sequence[LabelledText], n_others: int, held_out: dict[str, dict[str, float]]) -> str:
    counts = Counter(kind for post in posts for kind, _, _ in post.spans)
    rows = (f"| {kind} | {f['n']} | {f['recall']:.3f} | {f['precision']:.3f} |" for kind, f in held_out.items())
    return "\n".join(
        [
            "# Recogniser of personal data",
            "",
            "A spaCy `ner` (hash embeddings of word form, prefix, suffix, shape and of what the deployment's lists "
            "know of the word; four convolutions; transition-based parser) that finds the names of private persons and "
            "addresses of houses in English, French and Seychellois Creole.",
            "",
            f"- **Learned from** {len(posts):,} invented labelled posts with "
            + ", ".join(f"{n:,} spans of {kind}" for kind, n in sorted(counts.items()))
            + "; in each pass half of the names are exchanged for others and half are treated as on no list.",
            "- **Meant for** redaction beside the patterns of `nlp/personal_patterns.py`; not for finding out who "
            "somebody is.",
            f"- **Measured** on {len(posts) - n_others:,} posts by hands that it had not seen, trained on the other "
            f"{n_others:,} (a span counts as found when every letter of it is covered):",
            "",
            "| kind | spans | recall | precision |",
            "|---|---|---|---|",
            *rows,
            "",
            "- **Limits**: it misses some names, above all lower-case ones and those that are also words; the Creole "
            "it learned from awaits review by a native speaker. What the public sees therefore has a second wall.",
            "- **Train again**: `python -m models.train_entities`.",
            "",
        ]
    )


if __name__ == "__main__":
    main()
