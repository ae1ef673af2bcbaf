"""A private PostgreSQL for tests: its own data folder and unix socket, no TCP, gone when the tests are over."""

import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, NoReturn

import psycopg
import pytest
from psycopg import sql

START_SECONDS = 60.0
LIBC = ctypes.CDLL(None)
PR_SET_PDEATHSIG = 1
# Fast and forgetful; a zone that is not UTC, so that a time that relies on the server's zone shows.
SETTINGS = {
    "listen_addresses": "", "fsync": "off", "full_page_writes": "off", "synchronous_commit": "off",
    "deadlock_timeout": "100ms", "timezone": "Indian/Mahe",
}  # fmt: skip


@dataclass(frozen=True)
class Cluster:
    """A running server. `owner` may make what it likes in its databases, and nothing else."""

    folder: Path
    owner: str = "lavwa"
    password: str = "hidden-word"
    _numbers: Iterator[int] = field(default_factory=count)

    def url(self, database: str, *, user: str | None = None, password: str | None = None) -> str:
        login = f"{user or self.owner}:{password or self.password}"
        return f"postgresql+psycopg://{login}@/{database}?host={self.folder}"

    def execute(self, statement: str, *names: str, database: str = "postgres") -> list[tuple[object, ...]]:
        """Run a statement as the superuser, `names` quoted in its `{}`; returns its rows."""
        with psycopg.connect(
            host=str(self.folder), user="postgres", password=self.password, dbname=database, autocommit=True
        ) as connection:
            done = connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
            return done.fetchall() if done.description else []

    @contextmanager
    def database(self, template: str = "template0", encoding: str = "UTF8") -> Iterator[str]:
        """The name of a fresh database, a copy of `template`, dropped when the block ends."""
        name = f"test_{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {{}} OWNER {{}} TEMPLATE {{}} ENCODING '{encoding}'", name, self.owner, template)
        try:
            yield name
        finally:
            self.execute("DROP DATABASE {} WITH (FORCE)", name)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Cluster]:
    """The server of this session of tests."""
    with running_cluster(required_binaries()) as cluster:
        yield cluster


def required_binaries() -> Path:
    """As `find_binaries`. Where PostgreSQL is missing the test is skipped, under CI it fails."""
    binaries = find_binaries()
    if binaries is None:
        missing: Callable[[str], NoReturn] = pytest.fail if os.environ.get("CI") else pytest.skip
        missing("PostgreSQL is not on this machine (on Debian: apt-get install postgresql)")
    return binaries


def find_binaries() -> Path | None:
    """The folder of `initdb` and `postgres`: pg_config's, Debian's newest, or on PATH."""
    asked = shutil.which("pg_config")
    folders = [Path(subprocess.check_output([asked, "--bindir"], text=True).strip())] if asked else []
    debian = Path("/usr/lib/postgresql").glob("*/bin")
    folders += sorted(debian, key=lambda folder: int(folder.parent.name), reverse=True)
    if on_path := shutil.which("initdb"):
        folders.append(Path(on_path).parent)
    return next((f for f in folders if (f / "initdb").exists() and (f / "postgres").exists()), None)


@contextmanager
def running_cluster(binaries: Path) -> Iterator[Cluster]:
    """A server that runs until the block ends, however it ends."""
    folder = Path(tempfile.mkdtemp(prefix="lavwa-postgres-"))
    try:
        cluster, data, log, password = Cluster(folder), folder / "data", folder / "log", folder / "password"
        password.write_text(cluster.password)
        as_user = _as_user(folder, password)
        subprocess.run(
            [
                binaries / "initdb", "--pgdata", data, "--username=postgres", f"--pwfile={password}",
                "--auth=scram-sha-256", "--encoding=UTF8", "--no-locale", "--no-sync",
            ],
            check=True, stdout=subprocess.DEVNULL, cwd=folder, **as_user,
        )  # fmt: skip
        server = _serve(binaries, folder)
        try:
            _wait(cluster, server, log)
            cluster.execute(f"CREATE ROLE {{}} LOGIN PASSWORD '{cluster.password}'", cluster.owner)
            yield cluster
        finally:
            _stop(server)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def crashed_and_started_anew(cluster: Cluster, binaries: Path) -> Iterator[None]:
    """Let a server end at once, as `pg_ctl stop -m immediate` does, and another one recover its data for the block."""
    pid = int((cluster.folder / "data" / "postmaster.pid").read_text().split()[0])
    os.kill(pid, signal.SIGQUIT)
    deadline = time.monotonic() + START_SECONDS
    while (cluster.folder / "data" / "postmaster.pid").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    server = _serve(binaries, cluster.folder)
    try:
        _wait(cluster, server, cluster.folder / "log")
        yield
    finally:
        _stop(server)


def _serve(binaries: Path, folder: Path) -> subprocess.Popen[bytes]:
    options = [f"--{name}={value}" for name, value in SETTINGS.items()]
    with (folder / "log").open("ab") as stream:
        return subprocess.Popen(
            [binaries / "postgres", "-D", folder / "data", f"--unix_socket_directories={folder}", *options],
            stdin=subprocess.DEVNULL, stdout=stream, stderr=stream, cwd=folder,
            preexec_fn=_die_with_the_tests, **_as_user(),  # noqa: PLW1509 - the tests have one thread here
        )  # fmt: skip


def _as_user(*paths: Path) -> dict[str, Any]:
    """Whom `subprocess` is to run PostgreSQL as, which refuses root; `paths` are made that user's."""
    if os.geteuid() != 0:
        return {}
    names = {entry.pw_name for entry in pwd.getpwall()}
    user = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
    for path in paths:
        os.chown(path, user.pw_uid, user.pw_gid)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _die_with_the_tests() -> None:
    """Tests that are killed stop nothing themselves, so Linux sends this signal to the server."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGQUIT)


def _wait(cluster: Cluster, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            cluster.execute("SELECT 1")
        except psycopg.OperationalError as error:
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start; its log:\n{log.read_text()}") from error
            time.sleep(0.05)
        else:
            return


def _stop(server: subprocess.Popen[bytes]) -> None:
    server.send_signal(signal.SIGQUIT)  # at once: nobody needs what it holds
    try:
        server.wait(timeout=30)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
