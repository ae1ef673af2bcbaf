"""Progress is shown to a person at a terminal and to nobody else."""

import json
import os
import pty
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from command import LAVWA

POSTS = "".join(json.dumps({"id": i, "text": f"Napa delo {i}"}) + "\n" for i in range(3000))
TRACKED = """
import time
from flows.progress import track
for _ in track(range(3), "triaging posts"):
    time.sleep(0.2)
"""


def at_a_terminal(command: list[str], environment: dict[str, str]) -> str:
    """What a command shows when its standard error is a terminal."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=theirs)
    os.close(theirs)
    shown = b""
    with process:
        while True:
            try:
                part = os.read(ours, 65_536)
            except OSError:  # Linux's way to say that the other side has closed
                break
            if not part:
                break
            shown += part
    os.close(ours)
    assert process.returncode == 0
    return shown.decode()


def into_a_pipe(command: list[str], environment: dict[str, str]) -> str:
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stderr


@pytest.fixture
def environment(home: Path) -> dict[str, str]:
    return {**os.environ, "LAVWA_HOME": str(home), "TERM": "xterm", "COLUMNS": "200"}


@pytest.mark.parametrize(("watch", "is_shown"), [(at_a_terminal, True), (into_a_pipe, False)])
def test_reading_is_counted_at_a_terminal_only(
    environment: dict[str, str], tmp_path: Path, watch: Callable[..., str], is_shown: bool
) -> None:
    (tmp_path / "posts.jsonl").write_text(POSTS)
    shown = watch([LAVWA, "dedupe", str(tmp_path / "posts.jsonl")], environment)
    assert ("\x1b[" in shown and "posts" in shown) is is_shown


@pytest.mark.parametrize(("watch", "is_shown"), [(at_a_terminal, True), (into_a_pipe, False)])
def test_a_bar_runs_at_a_terminal_only(environment: dict[str, str], watch: Callable[..., str], is_shown: bool) -> None:
    shown = watch([str(Path(LAVWA).parent / "python"), "-c", TRACKED], environment)
    assert ("triaging posts" in shown) is is_shown
    assert ("100%" in shown or "3/3" in shown) is is_shown
