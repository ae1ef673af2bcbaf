"""Opening the operational store, brought to the newest schema."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.orm import Session, sessionmaker

from portal.errors import (
    PortalError,
    StoreDamagedError,
    StoreFailedError,
    StoreFullError,
    StoreLockedError,
    StoreTooNewError,
    StoreUnreachableError,
)  # fmt: skip

MIGRATIONS = Path(__file__).parent / "migrations"
WAIT_SECONDS = 15.0
# SQLite's primary result codes and PostgreSQL's SQLSTATEs (a code, or the class that begins it).
NAMED: dict[int | str, type[StoreLockedError | StoreDamagedError | StoreFullError]] = {
    sqlite3.SQLITE_BUSY: StoreLockedError,
    sqlite3.SQLITE_LOCKED: StoreLockedError,
    sqlite3.SQLITE_CORRUPT: StoreDamagedError,
    sqlite3.SQLITE_NOTADB: StoreDamagedError,
    sqlite3.SQLITE_FULL: StoreFullError,
    "55P03": StoreLockedError,
    "40": StoreLockedError,
    "XX": StoreDamagedError,
    "53100": StoreFullError,
}


@dataclass(frozen=True)
class Store:
    """An opened store; `shown` is its address without a password."""

    engine: Engine
    sessions: sessionmaker[Session]
    shown: str

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A unit of work: committed when the block ends, rolled back when it raises.

        Raises `PortalError` for what the database itself refuses.
        """
        with translated(self.shown), self.sessions.begin() as session:
            yield session

    def close(self) -> None:
        self.engine.dispose()


def open_store(url: str, *, wait_seconds: float = WAIT_SECONDS) -> Store:
    """Open the store at an SQLAlchemy URL and bring its schema up to date.

    `wait_seconds` is how long another writer is waited for (SQLite). Raises `PortalError`.
    """
    shown = url if "@" not in url else f"…@{url.rsplit('@', 1)[1]}"
    try:
        engine = create_engine(url, hide_parameters=True)
    except (ArgumentError, NoSuchModuleError) as error:
        raise StoreUnreachableError(shown, "it is no database address, such as sqlite:///portal.sqlite") from error
    except ImportError as error:
        raise StoreUnreachableError(shown, f"the driver {error.name} is not installed") from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", partial(_prepare_sqlite, wait_seconds=wait_seconds))
    try:
        with translated(shown), engine.begin() as connection:
            _upgrade(connection, shown)
    except PortalError:
        engine.dispose()
        raise
    return Store(engine, sessionmaker(engine, expire_on_commit=False), shown)


@contextmanager
def translated(shown: str) -> Iterator[None]:
    """Turn what the database raises into the sentences of this package."""
    try:
        yield
    except DBAPIError as error:
        raise _named(shown, error) from error


def _named(shown: str, error: DBAPIError) -> PortalError:
    code = getattr(error.orig, "sqlite_errorcode", None)
    state = getattr(error.orig, "sqlstate", None) or ""
    known = NAMED.get(code & 0xFF) if code is not None else NAMED.get(state) or NAMED.get(state[:2])
    if known:
        return known(shown)
    if error.statement is None:  # nobody's words were on the way yet
        return StoreUnreachableError(shown, str(error.orig).splitlines()[0])
    return StoreFailedError(shown, type(error.orig).__name__)


def _prepare_sqlite(connection: Any, record: Any, *, wait_seconds: float) -> None:  # noqa: ARG001 - its signature
    cursor = connection.cursor()
    wait = f"busy_timeout={wait_seconds * 1000:.0f}"
    for pragma in (wait, "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _upgrade(connection: Connection, shown: str) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    script = ScriptDirectory.from_config(config)
    current = MigrationContext.configure(connection).get_current_revision()
    if current == script.get_current_head():
        return
    if current and current not in {revision.revision for revision in script.walk_revisions()}:
        raise StoreTooNewError(shown, current)
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
