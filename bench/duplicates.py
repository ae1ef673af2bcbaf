"""Repeated posts: labelled pairs of real requests, pairs of questions, and matters told in three languages."""

import csv
import json
import time
from datetime import datetime

import numpy as np
from reading import engine, read
from reference_data import data

from nlp.duplicates import LETTER_DIMENSIONS, Statement, find_duplicates
from nlp.spelling import letter_vectors

PAIRS = "duplicate_pairs.csv"


def section() -> list[str]:
    """The lines of this part of the results."""
    return [
        "## Repeated posts",
        "",
        *_requests(),
        "",
        *_questions(),
        "",
        *_three_languages(),
        "",
    ]


def _requests() -> list[str]:
    """Groups over all requests of two cities, looked at in the pairs of `duplicate_pairs.csv`."""
    with (data("citizen-311-publicstuff") / "requests.csv").open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["text"].strip()]
    reading = read([row["text"] for row in rows])
    statements = [
        Statement(
            f"{row['city']}/{row['id']}", text, datetime.fromisoformat(row["created_at"]), None, gloss,
            (float(row["lat"]), float(row["lon"])),
        )
        for row, text, gloss in zip(rows, reading.redacted, reading.english, strict=True)
    ]  # fmt: skip
    started = time.perf_counter()
    group = {found.post_id: found.group for found in find_duplicates(statements, reading.vectors)}
    seconds = time.perf_counter() - started
    with open(__file__.replace("duplicates.py", PAIRS), encoding="utf-8", newline="") as stream:
        pairs = list(csv.DictReader(stream))
    found = np.array([group[pair["left"]] == group[pair["right"]] for pair in pairs])
    same = np.array([pair["same"] == "1" for pair in pairs])
    sure = np.array([pair["sure"] == "1" for pair in pairs])
    lines = [
        f"`citizen-311-publicstuff`, {len(rows):,} requests with time and place in {seconds:.1f} s, {len(pairs)} pairs "
        "labelled by hand, even over the range of likeness, none of equal text. Wanted: precision 0.95 at recall 0.90.",
        "",
        "| pairs | the same | precision | recall |",
        "|---|---|---|---|",
    ]
    for name, chosen in (("all", sure | True), ("those of which the reader was sure", sure)):
        hits = int((found & same & chosen).sum())
        lines.append(
            f"| {name}: {int(chosen.sum())} | {int((same & chosen).sum())} | "
            f"{hits / max(1, int((found & chosen).sum())):.3f} | {hits / int((same & chosen).sum()):.3f} |"
        )
    return lines


def _questions() -> list[str]:
    with (data("duplicate-pairs") / "covid_question_similarity_en.csv").open(encoding="utf-8", newline="") as stream:
        pairs = list(csv.DictReader(stream))
    texts = [pair[side] for side in ("question_1", "question_2") for pair in pairs]
    reading, n = read(texts), len(pairs)
    letters = letter_vectors(reading.english, LETTER_DIMENSIONS)
    cosine = np.einsum("ij,ij->i", reading.vectors[:n], reading.vectors[n:])
    vectors = engine().model.space.embed(reading.english)[:, 0]
    encoded = np.einsum("ij,ij->i", vectors[:n], vectors[n:])
    both = (cosine + np.einsum("ij,ij->i", letters[:n], letters[n:])) / 2
    same = np.array([pair["similar"] == "1" for pair in pairs])
    return [
        f"Pairs of COVID questions, {n}, F1 at the best threshold: cosine of the encoder alone "
        f"{_best_f1(encoded, same):.3f}, ours (half meaning, half letters) **{_best_f1(both, same):.3f}**.",
    ]


def _three_languages() -> list[str]:
    posts = [
        json.loads(line)
        for lang in ("en", "fr", "crs")
        for line in (data("seychelles-dev") / f"{lang}.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    reading = read([post["text"] for post in posts])
    statements = [
        Statement(post["id"], text, None, district, gloss)
        for post, text, district, gloss in zip(posts, reading.redacted, reading.districts, reading.english, strict=True)
    ]
    group = np.array([found.group for found in find_duplicates(statements, reading.vectors)])
    gold = np.array([post["issue"] or f"alone {post['id']}" for post in posts])
    lang = np.array([post["lang"] for post in posts])
    pairs = np.triu_indices(len(posts), 1)
    together = (group[:, None] == group)[pairs]
    same = (gold[:, None] == gold)[pairs]
    across = same & (lang[:, None] != lang)[pairs]
    return [
        f"`seychelles-dev`, 25 matters told in three languages among posts that stand alone, text only: pairs brought "
        f"together with precision {(together & same).sum() / max(1, together.sum()):.3f}, recall "
        f"{(together & same).sum() / same.sum():.3f}, across languages {(together & across).sum() / across.sum():.3f}.",
    ]


def _best_f1(score: np.ndarray, same: np.ndarray) -> float:
    order = np.argsort(-score)
    hits = np.cumsum(same[order])
    return float((2 * hits / (np.arange(1, len(same) + 1) + same.sum())).max())
