"""One space for three languages: does a Creole or French text find its English translation, step by step?"""

import csv

import numpy as np
from reading import engine
from reference_data import data

from nlp.duplicates import LETTER_DIMENSIONS
from nlp.space import Vectors
from nlp.spelling import letter_vectors

STEPS = ("encoder alone", "glossed", "glossed, centred", "glossed, centred, letters")


def section() -> list[str]:
    """The lines of this part of the results."""
    rows = []
    for name, lang, foreign, english in _parallel():
        shares = [_found(step, lang, foreign, english) for step in range(len(STEPS))]
        rows.append(f"| {name} | {len(foreign)} | {' | '.join(f'{share:.3f}' for share in shares)} |")
    return [
        "## Across languages",
        "",
        "`creole-langid`: share of texts whose nearest English text, among all of the set, is their translation.",
        "",
        f"| texts | n | {' | '.join(STEPS)} |",
        f"|---|---|{'---|' * len(STEPS)}",
        *rows,
        "",
    ]


def _found(step: int, lang: str, foreign: list[str], english: list[str]) -> float:
    space = engine().model.space
    asked = [space.english(text, lang) for text in foreign] if step else foreign
    left, right = space.embed(asked), space.embed(english)
    if step >= STEPS.index("glossed, centred"):
        left, right = space.centre(left, [lang] * len(left)), space.centre(right, ["en"] * len(right))
    likeness = left[:, 0] @ right[:, 0].T
    if step == STEPS.index("glossed, centred, letters"):
        letters: Vectors = letter_vectors([*asked, *english], LETTER_DIMENSIONS)
        likeness = likeness + letters[: len(asked)] @ letters[len(asked) :].T
    return float(np.mean(np.array(english)[likeness.argmax(axis=1)] == np.array(english)))


def _parallel() -> list[tuple[str, str, list[str], list[str]]]:
    folder = data("creole-langid")

    def table(name: str) -> list[dict[str, str]]:
        with (folder / name).open(encoding="utf-8", newline="") as stream:
            return list(csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))

    rights: dict[str, dict[str, str]] = {}
    for row in table("udhr.tsv"):
        articles = rights.setdefault(row["udhr_key"], {})
        articles[row["article"]] = f"{articles.get(row['article'], '')} {row['text']}".strip()
    sentences = [row for row in table("apics_sentences.tsv") if row["lang"] == "crs" and row["english"]]
    words = [row for row in table("crs_lexicon_wold.tsv") if row["crs"] and row["meaning_en"]]
    found = [
        ("Creole example sentences", "crs", [r["text"] for r in sentences], [r["english"] for r in sentences]),
        ("Creole words", "crs", [r["crs"] for r in words], [r["meaning_en"] for r in words]),
        ("French words", "fr", [r["meaning_fr"] for r in words], [r["meaning_en"] for r in words]),
    ]
    for name, lang, key in (("Creole", "crs", "crs"), ("French", "fr", "fra")):
        shared = [n for n in rights[key] if n in rights["eng"]]
        of = [rights[key][n] for n in shared], [rights["eng"][n] for n in shared]
        found.append((f"{name} articles of the UDHR", lang, *of))
    return found
