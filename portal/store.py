"""Opening the operational store, brought to the newest schema."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import ArgumentError, DatabaseError, NoSuchModuleError
from sqlalchemy.orm import Session, sessionmaker

from portal.errors import StoreTooNewError, StoreUnreachableError

MIGRATIONS = Path(__file__).parent / "migrations"


@dataclass(frozen=True)
class Store:
    engine: Engine
    sessions: sessionmaker[Session]

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A unit of work: committed when the block ends, rolled back when it raises."""
        with self.sessions.begin() as session:
            yield session

    def close(self) -> None:
        self.engine.dispose()


def open_store(url: str) -> Store:
    """Open the store at an SQLAlchemy URL and bring its schema up to date.

    Raises `StoreUnreachableError` or `StoreTooNewError`.
    """
    shown = url if "@" not in url else f"…@{url.rsplit('@', 1)[1]}"
    try:
        engine = create_engine(url)
    except (ArgumentError, NoSuchModuleError) as error:
        raise StoreUnreachableError(shown, "it is no database address, such as sqlite:///portal.sqlite") from error
    except ImportError as error:
        raise StoreUnreachableError(shown, f"the driver {error.name} is not installed") from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
    try:
        with engine.begin() as connection:
            _upgrade(connection, shown)
    except DatabaseError as error:
        engine.dispose()
        raise StoreUnreachableError(shown, str(error.orig).splitlines()[0]) from error
    return Store(engine, sessionmaker(engine, expire_on_commit=False))


def _prepare_sqlite(connection: Any, record: Any) -> None:  # noqa: ARG001 - SQLAlchemy's signature
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=15000"):
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
