"""Services in the foreground: started in order, told when ready, stopped together.

Each service is a process of its own with its output in LAVWA_HOME/logs. Whatever ends first ends all: Ctrl-C, SIGTERM,
a closed terminal or a service that stops by itself.
"""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from flows.engine import prefect_environment
from flows.errors import ServiceFailedError
from flows.ports import is_served_by, require_free
from flows.settings import Settings

READY_WITHIN_SECONDS = 120
STOP_WITHIN_SECONDS = 15
STOPPING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
DASHBOARD = Path(__file__).parent.parent / "dashboards" / "app.py"
DASHBOARD_WITH_PROVIDER = DASHBOARD.with_name("provider_server.py")
LOCAL = "127.0.0.1"


@dataclass(frozen=True)
class Port:
    """Where a service listens, the setting that says so, and a path that answers 200 once it can be used."""

    address: str
    number: int
    setting: str
    health: str

    @property
    def url(self) -> str:
        return f"http://{self.address}:{self.number}"


@dataclass(frozen=True)
class Service:
    """`port` is None where there is nothing to ask."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    folder: Path | None = None
    port: Port | None = None


@dataclass
class _StopRequest:
    is_made: bool = False


Process = subprocess.Popen[bytes]


def run_services(services: Sequence[Service], logs: Path, tell: Callable[[str], None]) -> None:
    """Run until a signal asks to stop; from then on such signals are ignored, so that none breaks the end.

    Raises `PortUnusableError` before anything starts, `ServiceFailedError` when a service does not start or stops by
    itself.
    """
    for service in services:
        if service.port:
            require_free(service.port.address, service.port.number, service.port.setting)
    logs.mkdir(parents=True, exist_ok=True, mode=0o700)
    started: list[tuple[Service, Process]] = []
    with _stop_request() as stop:
        try:
            for service in services:
                started.append((service, _start(service, logs)))
                _wait_until_ready(started, logs, stop)
                if stop.is_made:
                    break
                tell(f"{service.name}: {service.port.url if service.port else 'running'}")
            else:
                tell("Stop with Ctrl-C.")
            while not stop.is_made:
                _require_running(started, logs)
                time.sleep(0.2)
            with suppress(OSError):  # the terminal may be gone
                tell("stopping")
        finally:
            _stop(started)


def dashboard_service(settings: Settings, port: int, sign_in_secrets: Path | None) -> Service:
    """`sign_in_secrets` is the file by which Streamlit knows the OpenID provider; None where there is none."""
    script, options = DASHBOARD, []
    if sign_in_secrets is not None:
        script, options = DASHBOARD_WITH_PROVIDER, ["--secrets.files", str(sign_in_secrets)]
    return Service(
        "dashboard",
        [
            sys.executable, "-m", "streamlit", "run", str(script),
            "--server.port", str(port), "--server.address", settings.address, *options,
        ],
        folder=DASHBOARD.parent,  # where Streamlit looks for .streamlit/config.toml
        port=Port(settings.address, port, "dashboard_port", "/_stcore/health"),
    )  # fmt: skip


def scheduler_services(settings: Settings, port: int) -> list[Service]:
    """Prefect's server, and the pipeline at its interval. The server asks nobody who he is, so only this machine
    reaches it."""
    listening = Port(LOCAL, port, "prefect_port", "/api/health")
    environment = prefect_environment(settings.place) | {"PREFECT_API_URL": f"{listening.url}/api"}
    server = [sys.executable, "-m", "prefect", "server", "start", "--host", LOCAL, "--port", str(port), "--no-ui"]
    schedule = [sys.executable, "-m", "flows.schedule"]
    return [
        Service("flow server", server, environment, port=listening),
        Service(f"schedule (every {settings.schedule_minutes} min)", schedule, environment),
    ]


def _start(service: Service, logs: Path) -> Process:
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


def _wait_until_ready(started: Sequence[tuple[Service, Process]], logs: Path, stop: _StopRequest) -> None:
    service, process = started[-1]
    deadline = time.monotonic() + READY_WITHIN_SECONDS
    while service.port and not stop.is_made and not _is_ready(service.port, process):
        _require_running(started, logs)
        if time.monotonic() > deadline:
            raise ServiceFailedError(
                f"the {service.name} was not ready after {READY_WITHIN_SECONDS} s; its log is {_log_of(service, logs)}"
            )
        time.sleep(0.2)


def _is_ready(port: Port, process: Process) -> bool:
    """Whether the port answers, and it is this process that does, not somebody else's."""
    try:
        with urllib.request.urlopen(port.url + port.health, timeout=2) as response:  # noqa: S310 - our own address
            return response.status == 200 and is_served_by(process.pid, port.number)
    except (urllib.error.URLError, OSError):
        return False


def _require_running(started: Sequence[tuple[Service, Process]], logs: Path) -> None:
    for service, process in started:
        if process.poll() is not None:
            raise ServiceFailedError(
                f"the {service.name} stopped by itself; the end of {_log_of(service, logs)} says why"
            )


def _log_of(service: Service, logs: Path) -> Path:
    return logs / f"{service.name.split(' (')[0].replace(' ', '-')}.log"


@contextmanager
def _stop_request() -> Iterator[_StopRequest]:
    """What signals set, and do no more than that, so that none of them can interrupt a start or a stop."""
    request = _StopRequest()

    def make(number: int, frame: object) -> None:  # noqa: ARG001 - the signal module's signature
        request.is_made = True

    taken = [number for number in STOPPING_SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]  # as nohup asks
    before = {number: signal.signal(number, make) for number in taken}
    try:
        yield request
    finally:
        for number, handler in before.items():  # who was heard once must not break the end by asking again
            signal.signal(number, signal.SIG_IGN if request.is_made else handler)


def _stop(started: Sequence[tuple[Service, Process]]) -> None:
    """Ask all to end, in reverse order, and end those that do not, with everything they started."""
    for _, process in reversed(started):
        _signal_group(process, signal.SIGTERM)
    deadline = time.monotonic() + STOP_WITHIN_SECONDS
    for _, process in reversed(started):
        with suppress(subprocess.TimeoutExpired):
            process.wait(max(0.1, deadline - time.monotonic()))
        _signal_group(process, signal.SIGKILL)
        process.wait()


def _signal_group(process: Process, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):  # all of them have ended
        os.killpg(process.pid, number)
