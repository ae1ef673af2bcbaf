"""Seychellois Creole told from its neighbours: the texts of `creole-langid`."""

import csv
from collections import defaultdict
from pathlib import Path

from reference_data import data

from models.deployment import load_deployment
from models.registry import ensure_detector
from models.store import load_detector
from nlp.language import LANGUAGES, OTHER
from nlp.words import words

FILES = {
    "apics_sentences.tsv": None,
    "crs_national_assembly.tsv": "crs",
    "mfe_english_parallel.tsv": "mfe",
    "udhr.tsv": None,
}
CODES = {"eng": "en", "fra": "fr"}
FROM_WORDS = 5


def section() -> list[str]:
    """The lines of this part of the results."""
    texts = [(lang, text) for lang, text in _texts(data("creole-langid")) if len(words(text)) >= FROM_WORDS]
    detector = load_detector(ensure_detector(load_deployment("seychelles")))
    said = detector.detect([text for _, text in texts])
    right = defaultdict(list)
    for (lang, _), guess in zip(texts, said, strict=True):
        right[lang].append(guess == (lang if lang in LANGUAGES else OTHER))
    recall = {lang: sum(hits) / len(hits) for lang, hits in right.items()}
    macro = sum(recall[lang] for lang in ("crs", "mfe", "hat")) / 3
    overall = sum(map(sum, right.values())) / len(texts)
    return [
        "## Languages",
        "",
        f"`creole-langid`, {len(texts):,} texts of {FROM_WORDS} words or more; right is the language itself for en, "
        f"fr and crs, `other` for all else. Mean of crs, mfe and hat **{macro:.3f}** (wanted 0.98), overall "
        f"**{overall:.3f}** (wanted 0.97). Some of the texts filed under mfe are plain English.",
        "",
        "| language | texts | recall |",
        "|---|---|---|",
        *(f"| {lang} | {len(right[lang])} | {share:.3f} |" for lang, share in sorted(recall.items())),
        "",
    ]


def _texts(folder: Path) -> list[tuple[str, str]]:
    texts = []
    for name, lang in FILES.items():
        with (folder / name).open(encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE):
                text = row.get("text") or row.get("mfe") or ""
                texts.append((CODES.get(lang or row["lang"], lang or row["lang"]), text))
    return texts
