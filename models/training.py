"""Training and evaluating a triage model from labelled posts."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.metrics import f1_score

from nlp.classifier import Task
from nlp.errors import TooFewExamplesError
from nlp.language import LanguageDetector
from nlp.learning import HeldOut, fit_features, learn, thresholds_by_language
from nlp.personal_data import KINDS, PersonalDataFinder, PersonalSpan, redact
from nlp.space import Space, language_means
from nlp.triage import PLACEHOLDER, Examples, PostText, Triage, TriageModel, agency_probability

SEED = 20260803
CATEGORY_TASK = "category"
OTHER_TASKS = ("kind", "urgency", "confidential")
MOST_POSTS = 12_000  # memory grows with the square: 1.2 GB then
UNQUOTED = "a post that an officer decided"


@dataclass(frozen=True, slots=True)
class LabelledPost:
    """A post whose answers are known; `text` is redacted. `labels` holds `category` and maybe the other tasks.

    `evidence_of` names the hand of a post that tells how sure the model may be; None for one that only teaches.
    One that `is_frozen` teaches nothing: it is kept to compare models with, and where it is evidence, it is that too.
    A post that is not `is_quotable` teaches, but is never shown as an example beside another one.
    """

    text: str
    lang: str
    labels: Mapping[str, str]
    evidence_of: str | None = None
    is_frozen: bool = False
    is_quotable: bool = True


@dataclass(frozen=True, slots=True)
class TrainingReport:
    """What held-out posts say of the model: those of the evidence's hands where there are any, else out of fold.

    `n` posts taught it.
    """

    n: int
    n_held_out: int
    categories: int
    accuracy: float
    accuracy_by_lang: Mapping[str, float]
    thresholds: Mapping[str, float | None]


def labelled_posts(
    records: Sequence[Mapping[str, Any]],
    finder: PersonalDataFinder,
    detector: LanguageDetector,
    evidence_of: str | None = None,
) -> list[LabelledPost]:
    """Labelled records of the contract; those without a category are left out.

    Texts are redacted: spans under `pii` (by their text or their place), and whatever `finder` finds besides.
    """
    used = [r for r in records if isinstance(r.get("category"), str) and r["category"].strip()]
    said = [str(record["text"]) for record in used]
    labelled = [labelled_spans(text, record.get("pii")) for text, record in zip(said, used, strict=True)]
    spans = finder.find_all(said, [()] * len(said), labelled)
    texts = [redact(text, found) for text, found in zip(said, spans, strict=True)]
    langs = detector.detect([PLACEHOLDER.sub(" ", text) for text in texts])
    return [
        LabelledPost(text, str(record.get("lang") or lang), _labels(record), evidence_of)
        for text, record, lang in zip(texts, used, langs, strict=True)
    ]


def _labels(record: Mapping[str, Any]) -> dict[str, str]:
    others = {task: str(record[task]).lower() for task in OTHER_TASKS if record.get(task) is not None}
    return {CATEGORY_TASK: record["category"], **others}


def labelled_spans(text: str, labelled: object) -> list[PersonalSpan]:
    """The spans under `pii` of a record, given by `start` and `end` or by the `text` they cover, wherever it stands.

    What is not of that form is left out: the finder looks at the text as well.
    """
    spans: list[PersonalSpan] = []
    for span in labelled if isinstance(labelled, list) else []:
        if not isinstance(span, dict) or span.get("kind") not in KINDS:
            continue
        start, end, said = span.get("start"), span.get("end"), span.get("text")
        if isinstance(start, int) and isinstance(end, int) and 0 <= start < end <= len(text):
            spans.append(PersonalSpan(span["kind"], start, end))
        elif isinstance(said, str) and said:
            spans += [PersonalSpan(span["kind"], m.start(), m.end()) for m in re.finditer(re.escape(said), text)]
    return spans


def train(
    posts: Sequence[LabelledPost], space: Space, mda_of: Mapping[str, str], name: str
) -> tuple[TriageModel, TrainingReport]:
    """Fit a model on labelled posts; its version is a digest of the posts and the lexicons. Of more than
    `MOST_POSTS` the most frequent categories are thinned. Frozen posts must not be the only ones of their category.

    Raises `TooFewExamplesError` when the posts that teach do not hold two categories with two posts each.
    """
    counts = Counter(post.labels[CATEGORY_TASK] for post in posts if not post.is_frozen)
    if sum(n >= 2 for n in counts.values()) < 2:
        raise TooFewExamplesError(
            f"training needs two categories with two posts each or more; these {len(posts)} posts have "
            f"{len(counts)} categories, {sum(n >= 2 for n in counts.values())} of them with two posts"
        )
    posts = thinned(posts, MOST_POSTS)
    texts = [PLACEHOLDER.sub(" ", post.text) for post in posts]
    langs = [post.lang for post in posts]
    english = [space.english(text, lang) for text, lang in zip(texts, langs, strict=True)]
    encoded = space.embed(english)
    taught = [i for i, post in enumerate(posts) if not post.is_frozen]
    centred = Space(space.encode, space.lexicons, language_means(encoded[taught], [langs[i] for i in taught]))
    terms = fit_features([texts[i] for i in taught], [english[i] for i in taught])
    features = terms.of(texts, english, centred.centre(encoded, langs))
    answers = {CATEGORY_TASK: [post.labels[CATEGORY_TASK] for post in posts]}
    for task in OTHER_TASKS:
        said = [post.labels[task] for post in posts if task in post.labels]
        if len(said) == len(posts) and sum(n >= 2 for n in Counter(said).values()) >= 2:
            answers[task] = said
    hands, frozen = [post.evidence_of for post in posts], [post.is_frozen for post in posts]
    learned = learn(features, answers, langs, hands, SEED, frozen)
    category, held_out = learned.tasks[CATEGORY_TASK], learned.held_out
    confidence, is_right = _agency_evidence(held_out, category, posts, mda_of)
    thresholds = thresholds_by_language(confidence, is_right, [langs[i] for i in held_out.rows])
    model = TriageModel(
        name=f"{name}@{_version(posts, space)}",
        space=centred,
        features=terms,
        tasks=learned.tasks,
        scope=learned.scope,
        thresholds=thresholds,
        examples=Examples(
            tuple(posts[i].text if posts[i].is_quotable else UNQUOTED for i in taught),
            tuple(answers[CATEGORY_TASK][i] for i in taught),
            features.views[taught],
        ),
    )
    return model, _report(posts, len(taught), category, held_out, thresholds)


def thinned(posts: Sequence[LabelledPost], most: int) -> Sequence[LabelledPost]:
    """At most `most` posts: of the most frequent categories only so many posts each, drawn at random."""
    if len(posts) <= most:
        return posts
    drawn = np.random.default_rng(SEED).permutation(len(posts))
    seen: Counter[str] = Counter()
    nth = np.zeros(len(posts), np.int_)  # how many posts of its category were drawn before this one
    for i in drawn:
        category = posts[i].labels[CATEGORY_TASK]
        nth[i], seen[category] = seen[category], seen[category] + 1
    kept = np.sort(np.argsort(nth, kind="stable")[:most])
    return [posts[i] for i in kept]


def _agency_evidence(
    held_out: HeldOut, task: Task, posts: Sequence[LabelledPost], mda_of: Mapping[str, str]
) -> tuple[np.ndarray, np.ndarray]:
    """For each held-out post: the probability of the suggested agency, and whether that agency is right."""
    held = [posts[i] for i in held_out.rows]
    probabilities = task.probabilities(held_out.margins, [post.lang for post in held])
    best = [task.classes[i] for i in probabilities.argmax(axis=1)]
    confidence = [agency_probability(c, task, row, mda_of) for c, row in zip(best, probabilities, strict=True)]
    truth = [post.labels[CATEGORY_TASK] for post in held]
    is_right = [mda_of.get(b, b) == mda_of.get(t, t) for b, t in zip(best, truth, strict=True)]
    return np.array(confidence), np.array(is_right)


def _report(
    posts: Sequence[LabelledPost], n: int, task: Task, held_out: HeldOut, thresholds: Mapping[str, float | None]
) -> TrainingReport:
    held = [posts[i] for i in held_out.rows]
    best = np.array([task.classes[i] for i in held_out.margins.argmax(axis=1)])
    is_right = best == np.array([post.labels[CATEGORY_TASK] for post in held])
    langs = np.array([post.lang for post in held])
    return TrainingReport(
        n=n,
        n_held_out=len(held),
        categories=len(task.classes),
        accuracy=float(is_right.mean()),
        accuracy_by_lang={lang: float(is_right[langs == lang].mean()) for lang in sorted(set(langs.tolist()))},
        thresholds=thresholds,
    )


def _version(posts: Iterable[LabelledPost], space: Space) -> str:
    digest = hashlib.sha256()
    for lang, lexicon in sorted(space.lexicons.items()):
        digest.update(repr((lang, sorted(lexicon.items()))).encode())
    for post in posts:
        digest.update(repr((post.text, post.lang, sorted(post.labels.items()), post.is_frozen)).encode())
    return digest.hexdigest()[:10]


def evaluate(triage: Triage, records: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Measure a model on labelled records it has not seen; the figures of the contract, over all and by language.

    `coverage_at_precision_95` is the largest share of posts that could be taken from the most confident downwards
    with 95 % of them right; it is measured on these very posts and promises nothing for others.

    Raises `TooFewExamplesError` for no records.
    """
    if not records:
        raise TooFewExamplesError("there are no labelled posts to evaluate on")
    posts = [PostText(str(i), str(record["text"])) for i, record in enumerate(records)]
    found, _ = triage.records(posts)
    truth = np.array([str(record["category"]) for record in records])
    guess = np.array([record.category for record in found])
    confidence = np.array([record.confidence for record in found])
    langs = np.array([str(given.get("lang") or record.lang) for given, record in zip(records, found, strict=True)])
    whole = _figures(truth, guess, confidence)
    whole["by_lang"] = {
        lang: _figures(truth[langs == lang], guess[langs == lang], confidence[langs == lang])
        for lang in sorted(set(langs.tolist()))
    }
    return whole


def _figures(truth: np.ndarray, guess: np.ndarray, confidence: np.ndarray) -> dict[str, Any]:
    is_right = truth == guess
    return {
        "n": len(truth),
        "accuracy": round(float(is_right.mean()), 4),
        "macro_f1": round(
            float(f1_score(truth, guess, average="macro", labels=sorted(set(truth)), zero_division=0)), 4
        ),
        "ece": round(expected_calibration_error(confidence, is_right), 4),
        "coverage_at_precision_95": round(coverage_at_precision(confidence, is_right, 0.95), 4),
    }


def expected_calibration_error(confidence: np.ndarray, is_right: np.ndarray, bins: int = 10) -> float:
    """Mean gap between confidence and share right over equal-width bins, by their size (Naeini et al., 2015)."""
    which = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [
        abs(is_right[which == b].mean() - confidence[which == b].mean()) * (which == b).mean()
        for b in range(bins)
        if (which == b).any()
    ]
    return float(sum(gaps))


def coverage_at_precision(confidence: np.ndarray, is_right: np.ndarray, precision: float) -> float:
    """The largest share of posts, most confident first, of which at least `precision` are right."""
    order = np.argsort(-confidence, kind="stable")
    shares = np.cumsum(is_right[order]) / np.arange(1, len(order) + 1)
    reached = np.flatnonzero(shares >= precision)
    return float((reached[-1] + 1) / len(order)) if len(reached) else 0.0
