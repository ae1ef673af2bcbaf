"""Services in the foreground: started in order, told when ready, stopped together.

Each service is a process of its own with its output in LAVWA_HOME/logs. Whatever ends first ends all: Ctrl-C, SIGTERM
or a service that stops by itself.
"""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from flows.errors import ServiceFailedError
from flows.settings import Settings

READY_WITHIN_SECONDS = 120
STOP_WITHIN_SECONDS = 15
DASHBOARD = Path(__file__).parent.parent / "dashboards" / "app.py"


@dataclass(frozen=True)
class Service:
    """`ready_url` answers 200 once the service can be used; None where there is nothing to ask."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    folder: Path | None = None
    ready_url: str | None = None
    address: str | None = None


class _StopRequestedError(Exception):
    pass


def run_services(services: Sequence[Service], logs: Path, tell: Callable[[str], None]) -> None:
    """Run until a signal asks to stop. Raises `ServiceFailedError` when a service does not start or stops by itself."""
    logs.mkdir(parents=True, exist_ok=True, mode=0o700)
    started: list[tuple[Service, subprocess.Popen[bytes]]] = []
    try:
        with _stopping_on_signals():
            for service in services:
                started.append((service, _start(service, logs)))
                _wait_until_ready(started, logs)
                tell(f"{service.name}: {service.address or 'running'}")
            tell("Stop with Ctrl-C.")
            while True:
                _require_running(started, logs)
                time.sleep(0.5)
    except _StopRequestedError:
        tell("stopping")
    finally:
        _stop(started)


def free_port() -> int:
    """A port of this machine that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def dashboard_service(settings: Settings, port: int) -> Service:
    address = f"http://{settings.address}:{port}"
    return Service(
        "dashboard",
        [
            sys.executable, "-m", "streamlit", "run", str(DASHBOARD),
            "--server.port", str(port), "--server.address", settings.address,
        ],
        environment={"LAVWA_HOME": str(settings.home.absolute())},
        folder=DASHBOARD.parent,  # where Streamlit looks for .streamlit/config.toml
        ready_url=f"{address}/_stcore/health",
        address=address,
    )  # fmt: skip


def scheduler_services(settings: Settings, port: int) -> list[Service]:
    """Prefect's server, and the pipeline at its interval."""
    address = f"http://{settings.address}:{port}"
    environment = prefect_environment(settings) | {
        "PREFECT_API_URL": f"{address}/api",
        "LAVWA_HOME": str(settings.home.absolute()),
    }
    server = [
        sys.executable,
        "-m",
        "prefect",
        "server",
        "start",
        "--host",
        settings.address,
        "--port",
        str(port),
        "--no-ui",
    ]
    schedule = [sys.executable, "-m", "flows.schedule"]
    return [
        Service("flow server", server, environment, ready_url=f"{address}/api/health", address=address),
        Service(f"schedule (every {settings.schedule_minutes} min)", schedule, environment),
    ]


def prefect_environment(settings: Settings) -> dict[str, str]:
    """Prefect keeps to LAVWA_HOME, calls nobody, and says only what a person must act on."""
    return {
        "PREFECT_HOME": str(settings.place.prefect.absolute()),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "PREFECT_LOGGING_LEVEL": os.environ.get("PREFECT_LOGGING_LEVEL", "CRITICAL"),
        "PREFECT_LOGGING_SERVER_LEVEL": "CRITICAL",
        "PREFECT_INTERNAL_LOGGING_LEVEL": "CRITICAL",
        "PREFECT_LOGGING_TO_API_ENABLED": "false",
        "PREFECT_CLI_PROMPT": "false",
    }


def _start(service: Service, logs: Path) -> subprocess.Popen[bytes]:
    with (_log_of(service, logs)).open("ab") as log:
        return subprocess.Popen(  # noqa: S603 - the command is built above, from no outside text
            list(service.command),
            env={**os.environ, **service.environment},
            cwd=service.folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # a Ctrl-C reaches this process alone, which then stops all in order
        )


def _wait_until_ready(started: Sequence[tuple[Service, subprocess.Popen[bytes]]], logs: Path) -> None:
    service, _ = started[-1]
    deadline = time.monotonic() + READY_WITHIN_SECONDS
    while service.ready_url and not _answers(service.ready_url):
        _require_running(started, logs)
        if time.monotonic() > deadline:
            raise ServiceFailedError(
                f"the {service.name} was not ready after {READY_WITHIN_SECONDS} s; its log is {_log_of(service, logs)}"
            )
        time.sleep(0.2)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as response:  # noqa: S310 - our own address
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _require_running(started: Sequence[tuple[Service, subprocess.Popen[bytes]]], logs: Path) -> None:
    for service, process in started:
        if process.poll() is not None:
            raise ServiceFailedError(
                f"the {service.name} stopped by itself; the end of {_log_of(service, logs)} says why"
            )


def _log_of(service: Service, logs: Path) -> Path:
    return logs / f"{service.name.split(' (')[0].replace(' ', '-')}.log"


@contextmanager
def _stopping_on_signals() -> Iterator[None]:
    def stop(number: int, frame: object) -> None:  # noqa: ARG001 - the signal module's signature
        raise _StopRequestedError

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop(started: Sequence[tuple[Service, subprocess.Popen[bytes]]]) -> None:
    """Ask all to end, in reverse order, and end those that do not, with everything they started."""
    for _, process in reversed(started):
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_WITHIN_SECONDS
    for _, process in reversed(started):
        try:
            process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
