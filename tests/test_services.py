"""Services in the foreground, and the pages in a real browser."""

import os
import re
import shutil
import signal
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from command import LAVWA

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PAGES = {
    "": "What came in", "trends": "Trends", "topics": "Topics", "faqs": "Questions", "issues": "Routed issues",
}  # fmt: skip
QUIET = ("--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run")


@contextmanager
def running(home: Path, *arguments: str, stop: signal.Signals = signal.SIGINT) -> Iterator[dict[str, str]]:
    """Run a service command until the block ends; yields name to address, asserts that it stops cleanly."""
    environment = {**os.environ, "LAVWA_HOME": str(home), "LAVWA_PREFECT_PORT": "0", "LAVWA_DASHBOARD_PORT": "0"}
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
        request = urllib.request.Request(f"{server}/api/deployments/filter", data=b"{}", method="POST")
        request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=10) as answer:
            said = str(answer.read().decode())
        if said != "[]":
            return said
        time.sleep(0.5)
    return ""


def test_a_service_that_cannot_start_is_one_line(sample_home: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "LAVWA_HOME": str(tmp_path / "home"), "LAVWA_ADDRESS": "203.0.113.1"}
    done = subprocess.run(
        [LAVWA, "dashboard", "--port", "0"], env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 1
    assert re.fullmatch(r"lavwa: the dashboard stopped by itself; the end of \S+dashboard\.log says why\n", done.stderr)


@pytest.fixture(scope="module")
def dashboard(sample_home: Path) -> Iterator[str]:
    with running(sample_home, "dashboard", stop=signal.SIGTERM) as addresses:
        yield addresses["dashboard"]


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


@pytest.mark.browser
@pytest.mark.parametrize("width", [1360, 390])
@pytest.mark.parametrize(("path", "title"), PAGES.items(), ids=PAGES.values())
def test_every_page_opens_without_an_error_and_calls_nobody(
    dashboard: str, browser: "Browser", path: str, title: str, width: int
) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900})
    failures: list[str] = []
    strangers: list[str] = []
    page.on("pageerror", lambda error: failures.append(str(error)))
    page.on("request", lambda request: strangers.append(request.url) if _is_strange(request.url, dashboard) else None)
    page.goto(f"{dashboard}/{path}")
    page.get_by_role("heading", name=title, exact=True).wait_for(timeout=30_000)
    page.get_by_text("As of").first.wait_for()
    page.wait_for_function("!document.querySelector('[data-testid=stStatusWidget]')")
    assert page.locator("[data-testid=stException]").count() == 0
    assert (failures, strangers) == ([], [])
    page.close()


def _is_strange(url: str, own: str) -> bool:
    return not url.startswith((own, own.replace("http", "ws", 1), "data:", "blob:"))
