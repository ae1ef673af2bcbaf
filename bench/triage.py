"""Triage of people it has not met: `seychelles-dev`, scored by the scorer beside the data."""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from reference_data import SCORER, data

FIGURES = (
    "mda_accuracy", "mda_top3", "category_accuracy", "kind_accuracy", "urgent_recall", "urgent_precision",
    "confidential_recall", "confidential_precision", "district_accuracy", "lang_accuracy", "auto_coverage",
    "auto_precision",
    "ece",
)  # fmt: skip


def section() -> list[str]:
    """The lines of this part of the results."""
    folder = data("seychelles-dev")
    posts = [
        json.loads(line)
        for lang in ("en", "fr", "crs")
        for line in (folder / f"{lang}.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    with tempfile.TemporaryDirectory() as work:
        gold, out = Path(work) / "gold.jsonl", Path(work) / "out.jsonl"
        gold.write_text("".join(json.dumps(post) + "\n" for post in posts), encoding="utf-8")
        given = "\n".join(json.dumps({"id": post["id"], "text": post["text"]}) for post in posts)
        started = time.perf_counter()
        with out.open("w", encoding="utf-8") as stream:
            subprocess.run(
                [Path(sys.executable).parent / "lavwa", "triage"], input=given, stdout=stream, text=True, check=True
            )
        seconds = time.perf_counter() - started
        score = [sys.executable, SCORER, "triage", gold, out]
        result = json.loads(subprocess.run(score, capture_output=True, text=True, check=True).stdout)
        model = json.loads(out.read_text(encoding="utf-8").splitlines()[0])["model"]
    return report(result, model, len(posts), seconds)


def report(result: dict[str, dict[str, float | None]], model: str, n: int, seconds: float) -> list[str]:

    def shown(value: float | None) -> str:
        return "–" if value is None else f"{value:.3f}"

    langs = ("en", "fr", "crs", "all")
    rows = [f"| {name} | {' | '.join(shown(result[lang][name]) for lang in langs)} |" for name in FIGURES]
    personal = result["pii"]
    recall = personal["recall"]
    assert isinstance(recall, dict)
    return [
        "## Triage of people it has not met",
        "",
        f"`seychelles-dev`, {n} invented posts never used for training; model {model}; {seconds:.1f} s for all, "
        "the command's start included.",
        "",
        "| figure | en | fr | crs | all |",
        "|---|---|---|---|---|",
        *rows,
        "",
        "## Personal data in the same posts",
        "",
        f"{personal['n']} spans. Precision {shown(personal['precision'])}, share of redacted characters that are "
        f"personal {shown(personal['char_precision'])}, spans that leave a trace in the redacted text "
        f"{personal['leaked']}.",
        "",
        "| kind | recall |",
        "|---|---|",
        *(f"| {kind} | {shown(share)} |" for kind, share in recall.items()),
        "",
    ]
