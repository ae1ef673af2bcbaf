"""Services in the foreground, and the pages in a real browser."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from command import LAVWA, lavwa

if TYPE_CHECKING:
    from playwright.sync_api import Browser

QUIET = ("--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run")


@contextmanager
def running(
    home: Path, *arguments: str, stop: signal.Signals = signal.SIGINT, **settings: str
) -> Iterator[dict[str, str]]:
    """Run a service command until the block ends; yields name to address, asserts that it stops cleanly, also for
    somebody who asks twice."""
    ports = {"LAVWA_PREFECT_PORT": "0", "LAVWA_DASHBOARD_PORT": "0"}
    environment = {**os.environ, "LAVWA_HOME": str(home), **ports, **settings}
    process = subprocess.Popen([LAVWA, *arguments], env=environment, stderr=subprocess.PIPE, text=True)
    with process:
        assert process.stderr is not None
        addresses: dict[str, str] = {}
        for line in process.stderr:
            if line == "Stop with Ctrl-C.\n":
                break
            name, _, address = line.strip().partition(": ")
            addresses[name] = address
        children = _children(process.pid)
        try:
            yield addresses
        finally:
            process.send_signal(stop)
            time.sleep(0.5)
            process.send_signal(stop)
            rest = process.stderr.read()
            assert process.wait(timeout=60) == 0
        assert rest == "stopping\n"
        deadline = time.monotonic() + 10
        while any(Path(f"/proc/{child}").exists() for child in children) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert [child for child in children if Path(f"/proc/{child}").exists()] == []


def _children(pid: int) -> list[int]:
    found = []
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            parent = re.search(r"^PPid:\s+(\d+)", status.read_text(), re.MULTILINE)
        except OSError:
            continue
        if parent and int(parent[1]) == pid:
            child = int(status.parent.name)
            found += [child, *_children(child)]
    return found


def test_serve_starts_server_schedule_and_dashboard_and_stops_on_ctrl_c(sample_home: Path) -> None:
    with running(sample_home, "serve") as addresses:
        assert list(addresses) == ["flow server", "schedule (every 15 min)", "dashboard"]
        for url in (f"{addresses['flow server']}/api/health", f"{addresses['dashboard']}/_stcore/health"):
            with urllib.request.urlopen(url, timeout=10) as answer:
                assert answer.status == 200
        deployments = _deployments(addresses["flow server"])
        assert '"name":"every-few-minutes"' in deployments


def _deployments(server: str) -> str:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        said = _asked(f"{server}/api/deployments/filter", {})
        if said != "[]":
            return said
        time.sleep(0.5)
    return ""


def test_the_schedule_runs_the_pipeline_and_publishes(tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert lavwa(home, "ingest", "-", "--source", "letters", stdin='{"id": 1, "text": "Napa delo"}').returncode == 0
    with running(home, "serve", stop=signal.SIGHUP, LAVWA_SCHEDULE_MINUTES="1") as addresses:
        assert _first_ended_run(addresses["flow server"]) == ("COMPLETED", None)
        status = json.loads(lavwa(home, "status", "--json").stdout)
    assert (status["landing"], status["enriched"]) == (1, 1)
    assert Path(status["published"]).exists()


def _first_ended_run(server: str) -> tuple[str, str | None]:
    """How a run of the pipeline ended, and what Prefect holds of its failure."""
    ended = {"state": {"type": {"any_": ["COMPLETED", "FAILED", "CRASHED"]}}}
    wanted = {"flows": {"name": {"any_": ["pipeline"]}}, "flow_runs": ended, "limit": 1}
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        if runs := json.loads(_asked(f"{server}/api/flow_runs/filter", wanted)):
            return runs[0]["state"]["type"], runs[0]["state"]["message"]
        time.sleep(1)
    return "nothing after 300 s", None


def _asked(url: str, question: dict[str, object]) -> str:
    request = urllib.request.Request(url, data=json.dumps(question).encode(), method="POST")
    request.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(request, timeout=10) as answer:
        return str(answer.read().decode())


def test_a_service_that_cannot_start_is_one_line(tmp_path: Path) -> None:
    home = tmp_path / "home"
    done = lavwa(home, "dashboard", "--port", "0", LAVWA_ADDRESS="203.0.113.1")
    assert (done.returncode, done.stderr) == (
        1,
        "lavwa: 203.0.113.1 is no address of this machine: set `address` to one, such as 127.0.0.1\n",
    )
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        port = stranger.getsockname()[1]
        for setting in ("dashboard_port", "prefect_port"):
            others = {"LAVWA_DASHBOARD_PORT": "0", "LAVWA_PREFECT_PORT": "0", f"LAVWA_{setting.upper()}": str(port)}
            done = lavwa(home, "serve", **others)
            assert done.returncode == 1
            assert done.stderr.startswith(f"lavwa: port {port} is in use by another program: stop that one, or set")
            assert f"`{setting}`" in done.stderr
            assert done.stderr.count("\n") == 1


def test_a_dashboard_started_elsewhere_with_relative_names_reads_the_same_home(
    sample_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(sample_home.parent)
    (sample_home.parent / "mine.toml").write_text("keep_snapshots = 2\n")
    with running(Path("home"), "dashboard", LAVWA_SETTINGS="mine.toml") as addresses:
        assert addresses["dashboard"].startswith("http://127.0.0.1:")


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    chromium = shutil.which("chromium")
    if chromium is None:
        reason = "Chromium is missing. Install it with: apt-get install chromium"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu", *QUIET])
        yield opened
        opened.close()
