"""Where everything lies under LAVWA_HOME, and who may write there now."""

import fcntl
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from flows.errors import FlowError, PseudonymKeyError, RunInProgressError

KEY_BYTES = 32
BRIEF_SECONDS = 0.2  # longer than somebody takes who only asks
PAUSE_SECONDS = 0.05
PUBLIC_MODE = 0o755


@dataclass(frozen=True)
class Home:
    """The folder that holds all a run writes; raw text lies in `store/` and `set-aside/` only, closed to others."""

    folder: Path

    @property
    def warehouse(self) -> Path:
        return self.folder / "store" / "warehouse.duckdb"

    @property
    def portal_store(self) -> Path:
        return self.folder / "store" / "portal.sqlite"

    @property
    def set_aside(self) -> Path:
        return self.folder / "set-aside"

    @property
    def published(self) -> Path:
        return self.folder / "published"

    @property
    def public(self) -> Path:
        """For everybody: the public snapshot, and in `log/` what a third party verifies the audit log with."""
        return self.folder / "public"

    @property
    def models(self) -> Path:
        """Promoted models, a folder a deployment; see `models.promoted`."""
        return self.folder / "models"

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    @property
    def prefect(self) -> Path:
        return self.folder / "prefect"

    @property
    def private_folders(self) -> tuple[Path, ...]:
        return self.warehouse.parent, self.set_aside, self.logs, self.prefect, self.key_file.parent

    def prepare(self) -> None:
        """Make the folders. Raises `FlowError` when that cannot be."""
        try:
            for private in self.private_folders:
                private.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.published.mkdir(exist_ok=True, mode=0o750)  # redaction can miss: for officials
            for public in (self.public, self.public / "log"):
                public.mkdir(exist_ok=True)
                if public.stat().st_mode & 0o777 != PUBLIC_MODE:
                    public.chmod(PUBLIC_MODE)  # whatever the process keeps from others by its umask
        except OSError as error:
            raise FlowError(
                f"{self.folder} cannot be written: {error.strerror}; name another folder in LAVWA_HOME"
            ) from error

    @property
    def key_file(self) -> Path:
        return self.folder / "secrets" / "pseudonym.key"

    @property
    def audit_key(self) -> Path:
        return self.folder / "secrets" / "audit.key"

    @property
    def cookie_key(self) -> Path:
        return self.folder / "secrets" / "cookie.key"

    @property
    def sign_in_secrets(self) -> Path:
        return self.folder / "secrets" / "sign-in.toml"

    def pseudonym_key(self) -> bytes:
        """The key of all pseudonyms, made once. Whoever loses it can no longer tell that two posts have one author.

        Raises `PseudonymKeyError` when the file holds no whole key.
        """
        try:
            key = self.key_file.read_bytes()
        except FileNotFoundError:
            return self._make_pseudonym_key()
        if len(key) != KEY_BYTES:
            raise PseudonymKeyError(
                f"{self.key_file} holds {len(key)} bytes, not the {KEY_BYTES} of a pseudonym key: put your copy of it "
                "back, or remove the file when this home has no posts yet"
            )
        return key

    def _make_pseudonym_key(self) -> bytes:
        key = secrets.token_bytes(KEY_BYTES)
        write_private(self.key_file, key)
        return key

    def require_free(self) -> None:
        """Raise `RunInProgressError` now rather than after a slow start, when another process holds this home."""
        with self.exclusive():
            pass

    @property
    def run_lock(self) -> Path:
        return self.folder / "store" / "run.lock"

    def is_held(self) -> bool:
        """Whether a process holds this home for writing; asks without writing, in less time than holders wait."""
        try:
            with self.run_lock.open("rb") as lock:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False

    @contextmanager
    def exclusive(self, wait_seconds: float = BRIEF_SECONDS) -> Iterator[None]:
        """Hold this home for writing; freed when a process dies.

        Raises `RunInProgressError` when another process holds it for longer than `wait_seconds`.
        """
        self.prepare()
        give_up_at = time.monotonic() + wait_seconds
        with self.run_lock.open("a+", encoding="utf-8") as lock:
            while True:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() >= give_up_at:
                        lock.seek(0)
                        said = lock.read().strip() or "unknown process"
                        raise RunInProgressError(str(self.folder), said) from None
                time.sleep(PAUSE_SECONDS)
            lock.truncate(0)
            lock.write(f"process {os.getpid()}, since {datetime.now(UTC):%H:%M} UTC")
            lock.flush()
            yield


def write_private(path: Path, content: bytes) -> None:
    """For its owner only, whole or not at all: a key cut short by a crash would be taken for the key ever after."""
    unfinished = path.with_suffix(f".{os.getpid()}.partial")  # another process may write the same file now
    with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(unfinished, path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
