"""Measure, print and write `bench/RESULTS.md`. `make bench` runs all parts; `python bench/run.py languages` some."""

import platform
import sys
from datetime import UTC, datetime
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

from reference_data import DataMissingError

RESULTS = Path(__file__).parent / "RESULTS.md"
PARTS = ("triage", "languages", "retrieval", "duplicates", "topics", "bursts", "faqs", "intents", "cost", "dashboard")


def main(parts: list[str]) -> int:
    kept = _kept_sections()
    for part in parts or PARTS:
        try:
            lines = import_module(part).section()
        except DataMissingError as error:
            print(f"{part}: not measured, {error}", file=sys.stderr)
            continue
        kept[part] = [f"<!-- {part}, {datetime.now(UTC):%Y-%m-%d} -->", *lines]
        print("\n".join(lines))
    head = [
        "# Results",
        "",
        f"Measured by `make bench`, {platform.machine()}, Python {platform.python_version()}, scikit-learn "
        f"{version('scikit-learn')}, OpenVINO {version('openvino')}, spaCy {version('spacy')}; the day of each part "
        "stands above it.",
        "",
    ]
    RESULTS.write_text("\n".join(head + [line for part in PARTS for line in kept.get(part, [])]), encoding="utf-8")
    return 0


def _kept_sections() -> dict[str, list[str]]:
    """What earlier runs measured, by part."""
    sections: dict[str, list[str]] = {}
    part = None
    for line in RESULTS.read_text(encoding="utf-8").splitlines() if RESULTS.exists() else []:
        if line.startswith("<!-- "):
            part = line.removeprefix("<!-- ").split(",")[0]
        if part:
            sections.setdefault(part, []).append(line)
    return sections


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
