"""Services as processes: ports are checked, the right process answers, signals stop all, nothing is left behind."""

import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from flows.errors import PortUnusableError, ServiceFailedError
from flows.ports import free_port, is_served_by, require_free
from flows.serve import Port, Service, run_services, scheduler_services
from flows.settings import Settings

STUBBORN_CHILD = """
import os, signal, subprocess, sys, time
child = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(300)"
started = subprocess.Popen([sys.executable, "-c", child], stdout=subprocess.PIPE)
started.stdout.readline()
open(sys.argv[1], "w").write(str(started.pid))
time.sleep(300)
"""


@pytest.fixture(autouse=True)
def _signals_of_before() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


class _Yes(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        pass


@contextmanager
def stranger(port: int) -> Iterator[None]:
    """A server of this test's own process that says yes to everything."""
    with HTTPServer(("127.0.0.1", port), _Yes) as server:
        threading.Thread(target=server.serve_forever).start()
        yield
        server.shutdown()


def asleep(seconds: float) -> list[str]:
    return [sys.executable, "-c", f"import time; time.sleep({seconds})"]


def test_a_port_in_use_is_named_with_its_setting_before_anything_starts(tmp_path: Path) -> None:
    port = free_port()
    services = [Service("first", asleep(60)), Service("web", asleep(60), port=Port("127.0.0.1", port, "web_port", "/"))]
    told: list[str] = []
    with stranger(port), pytest.raises(PortUnusableError, match=rf"^port {port} is in use .* set `web_port` to"):
        run_services(services, tmp_path / "logs", told.append)
    assert told == []
    assert not (tmp_path / "logs").exists()


def test_an_address_of_another_machine_names_the_setting() -> None:
    with pytest.raises(PortUnusableError, match=r"^203\.0\.113\.1 is no address of this machine: set `address` to one"):
        require_free("203.0.113.1", free_port(), "web_port")


def test_somebody_elses_server_does_not_count_as_ready(tmp_path: Path) -> None:
    port = free_port()
    services = [Service("first", asleep(60)), Service("web", asleep(3), port=Port("127.0.0.1", port, "web_port", "/"))]
    told: list[str] = []
    late = stranger(port)

    def tell(line: str) -> None:
        told.append(line)
        late.__enter__()

    try:
        with pytest.raises(ServiceFailedError, match="the web stopped by itself"):
            run_services(services, tmp_path / "logs", tell)
    finally:
        late.__exit__(None, None, None)
    assert told == ["first: running"]


def test_who_listens_on_a_port_is_known_by_process_group() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert is_served_by(os.getpgrp(), port)
        assert not is_served_by(1, port)
    assert not is_served_by(os.getpgrp(), port)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_all_and_what_does_not_stop_is_ended(tmp_path: Path, number: signal.Signals) -> None:
    service = Service("stubborn", [sys.executable, "-c", STUBBORN_CHILD, str(tmp_path / "pid")])
    told: list[str] = []

    def tell(line: str) -> None:
        told.append(line)
        if line == "Stop with Ctrl-C.":
            while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
                time.sleep(0.05)
            os.kill(os.getpid(), number)
        if line == "stopping":
            os.kill(os.getpid(), signal.SIGINT)  # impatient: once more while stopping

    run_services([service], tmp_path / "logs", tell)
    assert told == ["stubborn: running", "Stop with Ctrl-C.", "stopping"]
    child = Path("/proc", (tmp_path / "pid").read_text())
    deadline = time.monotonic() + 10
    while _is_alive(child) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _is_alive(child)


def _is_alive(process: Path) -> bool:
    try:
        return "State:\tZ" not in (process / "status").read_text()
    except FileNotFoundError:
        return False


def test_a_terminal_that_is_gone_does_not_keep_the_services(tmp_path: Path) -> None:
    def tell(line: str) -> None:
        if line == "Stop with Ctrl-C.":
            os.kill(os.getpid(), signal.SIGHUP)
        if line == "stopping":
            raise OSError(5, "Input/output error")

    run_services([Service("one", asleep(60))], tmp_path / "logs", tell)


def test_the_flow_server_listens_to_this_machine_only(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAVWA_ADDRESS", "0.0.0.0")
    server, schedule = scheduler_services(Settings(), 4200)
    assert server.command[server.command.index("--host") + 1] == "127.0.0.1"
    assert schedule.environment["PREFECT_API_URL"] == "http://127.0.0.1:4200/api"
