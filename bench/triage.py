"""Measure triage on people it has not met: `../shared/data/seychelles-dev`, scored by `../shared/tools/score.py`.

Run by `make bench`; writes the table into bench/RESULTS.md.
"""

import json
import platform
import subprocess
import sys
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared"
RESULTS = ROOT / "bench" / "RESULTS.md"
FIGURES = (
    "mda_accuracy", "mda_top3", "category_accuracy", "kind_accuracy", "urgent_recall", "urgent_precision",
    "confidential_recall", "confidential_precision", "district_accuracy", "lang_accuracy", "auto_coverage", "ece",
)  # fmt: skip


def main() -> int:
    folder = SHARED / "data" / "seychelles-dev"
    if not folder.is_dir():
        print(f"the development set {folder} is not on this machine: nothing measured", file=sys.stderr)
        return 1
    work = ROOT / "var" / "bench"
    work.mkdir(parents=True, exist_ok=True)
    gold, out = work / "gold.jsonl", work / "out.jsonl"
    gold.write_text("".join((folder / f"{lang}.jsonl").read_text(encoding="utf-8") for lang in ("en", "fr", "crs")))
    posts = [json.loads(line) for line in gold.read_text(encoding="utf-8").splitlines()]
    given = "\n".join(json.dumps({"id": post["id"], "text": post["text"]}) for post in posts)
    started = time.perf_counter()
    with out.open("w", encoding="utf-8") as stream:
        subprocess.run(
            [Path(sys.executable).parent / "lavwa", "triage"], input=given, stdout=stream, text=True, check=True
        )
    seconds = time.perf_counter() - started
    score = [sys.executable, SHARED / "tools" / "score.py", "triage", gold, out]
    result = json.loads(subprocess.run(score, capture_output=True, text=True, check=True).stdout)
    model = json.loads(out.read_text(encoding="utf-8").splitlines()[0])["model"]
    RESULTS.write_text(report(result, model, len(posts), seconds), encoding="utf-8")
    print(RESULTS.read_text(encoding="utf-8"))
    return 0


def report(result: dict[str, dict[str, float | None]], model: str, n: int, seconds: float) -> str:
    """The page in Markdown."""

    def shown(value: float | None) -> str:
        return "–" if value is None else f"{value:.3f}"

    langs = ("en", "fr", "crs", "all")
    rows = [f"| {name} | {' | '.join(shown(result[lang][name]) for lang in langs)} |" for name in FIGURES]
    personal = result["pii"]
    recall = personal["recall"]
    assert isinstance(recall, dict)
    return "\n".join(
        [
            "# Results",
            "",
            f"Measured on {datetime.now(UTC):%Y-%m-%d} by `make bench`, {platform.machine()}, Python "
            f"{platform.python_version()}, scikit-learn {version('scikit-learn')}, OpenVINO {version('openvino')}, "
            f"spaCy {version('spacy')}.",
            "",
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
    )


if __name__ == "__main__":
    sys.exit(main())
