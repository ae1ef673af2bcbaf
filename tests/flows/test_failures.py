"""A failing task leaves one sentence: what it quotes is kept for its owner only; Prefect's files hold none of it."""

import base64
import binascii
import re
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.engine import prefect_environment
from flows.home import Home

PLANTED = "Zeferin Kalapo, 2 598 761"
FAILING_PIPELINE = """
import sys
from pathlib import Path
from flows.cli.main import main
from flows.pipeline import plain_flow, plain_task

text = sys.stdin.read()

@plain_task("triage-batch")
def triage(texts):
    if sys.argv[1] == "unexpected":
        raise KeyError(texts[0])
    import duckdb
    from warehouse.database import translated
    with translated(Path("warehouse.duckdb")):
        duckdb.execute("SELECT CAST(? AS INTEGER)", texts)

@plain_task("count")
def count():
    return 1

@plain_flow("inner")
def inner():
    count()
    if sys.argv[1] == "outside a task":
        raise ValueError(f"cannot read {text}")
    triage([text])

@plain_flow("outer")
def outer():
    inner()

try:
    outer()
except Exception as error:
    print(f"{type(error).__name__}: {error}", end="")
    assert error.__cause__ is error.__context__ is None
"""


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("unexpected", r"something unexpected went wrong \(KeyError\); please report it with .* \(step triage-batch\)"),
        ("a database's own", r"the warehouse warehouse.duckdb refused.* \(step triage-batch\)"),
        ("outside a task", r"something unexpected went wrong \(ValueError\); please report it with .* \(step inner\)"),
    ],
    ids=["unexpected", "a database's own", "outside a task"],
)
def test_prefect_stores_no_word_of_what_a_failing_step_was_working_on(home: Path, where: str, said: str) -> None:
    place = Home(home)
    place.prepare()
    done = subprocess.run(
        [sys.executable, "-c", FAILING_PIPELINE, where],
        input=PLANTED, capture_output=True, text=True, check=True, timeout=120,
        env={**prefect_environment(place), "LAVWA_HOME": str(home), "PREFECT_LOGGING_LEVEL": "DEBUG"},
        cwd=Path(__file__).parent.parent.parent,
    )  # fmt: skip
    assert re.fullmatch(f"StepFailedError: {said}", done.stdout)
    held = dict(_everything(place.prefect))
    assert any("StepFailedError" in content for content in held.values())
    assert [name for name, content in held.items() if "Zeferin" in content or "598 761" in content] == []
    assert "Zeferin" not in done.stdout + done.stderr
    details = list(place.set_aside.glob("failure-*.txt"))
    assert len(details) == (0 if where == "a database's own" else 1)
    for file in details:
        assert PLANTED in file.read_text(encoding="utf-8")
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def _everything(folder: Path) -> Iterator[tuple[str, str]]:
    """All that the files hold: as they are, each table's rows, and whatever in them is base64, decoded again."""
    for path in folder.rglob("*"):
        if not path.is_file():
            continue
        texts = [path.read_bytes().decode("utf-8", "replace")]
        if path.suffix == ".db":
            with sqlite3.connect(path) as database:
                tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
                texts += [str(database.execute(f'SELECT * FROM "{name}"').fetchall()) for name in tables]
            database.close()
        for text in texts:
            yield str(path), text
            yield f"{path}, decoded", "".join(_decoded(text))


def _decoded(text: str) -> Iterator[str]:
    for found in re.findall(r"(?:[A-Za-z0-9+/=]{16,}(?:\\n|\n)?)+", text):
        try:
            yield base64.b64decode(found.replace("\\n", "\n")).decode("utf-8", "replace")
        except binascii.Error:
            continue
