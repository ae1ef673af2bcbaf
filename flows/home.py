"""Where everything lies under LAVWA_HOME, and who may write there now."""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from flows.errors import FlowError, RunInProgressError


@dataclass(frozen=True)
class Home:
    """The folder that holds all a run writes; raw text lies in `store/` and `set-aside/` only, closed to others."""

    folder: Path

    @property
    def warehouse(self) -> Path:
        return self.folder / "store" / "warehouse.duckdb"

    @property
    def portal_url(self) -> str:
        return f"sqlite:///{(self.folder / 'store' / 'portal.sqlite').absolute()}"

    @property
    def set_aside(self) -> Path:
        return self.folder / "set-aside"

    @property
    def published(self) -> Path:
        return self.folder / "published"

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    @property
    def prefect(self) -> Path:
        return self.folder / "prefect"

    def prepare(self) -> None:
        """Make the folders. Raises `FlowError` when that cannot be."""
        try:
            for private in (self.warehouse.parent, self.set_aside, self.logs, self.prefect, self.folder / "secrets"):
                private.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.published.mkdir(exist_ok=True)
        except OSError as error:
            raise FlowError(
                f"{self.folder} cannot be written: {error.strerror}; name another folder in LAVWA_HOME"
            ) from error

    def pseudonym_key(self) -> bytes:
        """The key of all pseudonyms, made once. Whoever loses it can no longer tell that two posts have one author."""
        path = self.folder / "secrets" / "pseudonym.key"
        try:
            return path.read_bytes()
        except FileNotFoundError:
            key = secrets.token_bytes(32)
            with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
                stream.write(key)
            return key

    def require_free(self) -> None:
        """Raise `RunInProgressError` now rather than after a slow start, when another process holds this home."""
        with self.exclusive():
            pass

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Hold this home for writing. Raises `RunInProgressError` when another process does; freed when one dies."""
        self.prepare()
        path = self.folder / "store" / "run.lock"
        with path.open("a+", encoding="utf-8") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                lock.seek(0)
                raise RunInProgressError(str(self.folder), lock.read().strip() or "unknown process") from None
            lock.truncate(0)
            lock.write(f"process {os.getpid()}, since {datetime.now(UTC):%H:%M} UTC")
            lock.flush()
            yield
