"""Hot topics: short texts of known topics beside BERTopic, a few broad labels, and the time for 100,000 posts."""

import csv
import time
from collections.abc import Sequence

import numpy as np
from grouping import agreement
from reading import engine, read
from reference_data import data
from reference_tools import bertopic

from nlp.space import Vectors, unit_rows
from nlp.topics import TopicPost, find_topics

MANY = 100_000
NOISE = 0.3  # length of what is added to a vector of length 1 where a text is used again
SEED = 5
WANTED = {"Tweet": 0.90, "GoogleNews-T": 0.84}


def section() -> list[str]:
    """The lines of this part of the results."""
    sets = {"Tweet": short_texts("tweet.tsv"), "GoogleNews-T": short_texts("googlenews_T.tsv"), **broad_texts()}
    rows, all_texts = [], []
    for name, labelled in sets.items():
        texts, gold = [text for text, _ in labelled], [label for _, label in labelled]
        all_texts += texts
        ours, seconds = _ours(texts)
        theirs, reference = bertopic(texts, engine().model.space.embed(texts)[:, 0])
        shown = [" / ".join(f"{value:.3f}" for value in agreement(gold, found)) for found in (ours, theirs)]
        rows.append(
            f"| {name} | {len(texts):,} | {len(set(gold))} | {shown[0]} | {shown[1]} | {WANTED.get(name, '')} | "
            f"{seconds:.1f} s | {reference:.1f} s | {seconds / reference:.2f} |"
        )
    many = _many(all_texts)
    return [
        "## Hot topics",
        "",
        "ACC / ARI with one set of defaults; the last sets have few broad labels. Seconds from vectors to labelled "
        "topics, BERTopic 0.17 as it comes with the vectors of the same encoder.",
        "",
        "| set | texts | labels | ours | BERTopic | wanted ACC | ours | BERTopic | ratio |",
        "|---|---|---|---|---|---|---|---|---|",
        *rows,
        "",
        *many,
        "",
    ]


def _ours(texts: Sequence[str]) -> tuple[list[int], float]:
    reading = read(texts)
    posts = [TopicPost(*row) for row in zip(reading.bare, reading.english, reading.langs, strict=True)]
    return _labels(posts, reading.vectors)


def _labels(posts: Sequence[TopicPost], vectors: Vectors) -> tuple[list[int], float]:
    started = time.perf_counter()
    found = find_topics(posts, vectors)
    seconds = time.perf_counter() - started
    labels = [-1] * len(posts)
    for topic in found:
        for i in topic.members:
            labels[i] = topic.topic
    return labels, seconds


def _many(texts: Sequence[str]) -> list[str]:
    """100,000 posts: real texts used again, each time less a word and moved a little in the space of meaning."""
    rng = np.random.default_rng(SEED)
    vectors = engine().model.space.embed(texts)[:, 0]
    chosen = rng.integers(0, len(texts), MANY)
    noise = unit_rows(rng.normal(size=(MANY, vectors.shape[1])).astype(np.float32))
    moved = unit_rows(vectors[chosen] + NOISE * noise)
    told = []
    for i in chosen:
        words = texts[i].split()
        left_out = int(rng.integers(0, max(1, len(words))))
        told.append(" ".join(words[:left_out] + words[left_out + 1 :]))
    _, seconds = _labels([TopicPost(text, text, "en") for text in told], moved)
    _, reference = bertopic(told, moved)
    return [
        f"{MANY:,} posts (real texts used again, each less a word, vectors moved by {NOISE}): ours {seconds:.0f} s, "
        f"BERTopic {reference:.0f} s, ratio **{seconds / reference:.2f}** (wanted 0.33)."
    ]


def short_texts(name: str) -> list[tuple[str, str]]:
    """Texts and labels of a file of `short-text-clustering`."""
    path = data("short-text-clustering") / name
    with path.open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.reader(stream, delimiter="\t", quoting=csv.QUOTE_NONE) if row[0] != "label"]
    return [(text, label) for label, text in rows]


def broad_texts() -> dict[str, list[tuple[str, str]]]:
    """Texts and labels of the sets with few broad labels, by name."""
    columns = {
        "crisislex-t26, events": ("crisislex-t26/tweets.csv", "text", "event"),
        "grievance-tweets-india, bodies": ("grievance-tweets-india/tweets.csv", "tweet_text", "organization"),
        "fr-consultation-an, themes": ("fr-consultation-an/contributions.csv", "text", "theme"),
    }
    found = {}
    for name, (path, text, label) in columns.items():
        folder, file = path.split("/")
        with (data(folder) / file).open(encoding="utf-8", newline="") as stream:
            found[name] = [(row[text], row[label]) for row in csv.DictReader(stream)]
    return found
