"""Opening the operational store, brought to the newest schema."""

import math
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, QueuePool, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as NoFreeConnectionError
from sqlalchemy.orm import Session, sessionmaker

from portal.errors import (
    PortalError,
    StoreDamagedError,
    StoreFailedError,
    StoreForbiddenError,
    StoreFullError,
    StoreLockedError,
    StoreLostError,
    StoreTooNewError,
    StoreUnreachableError,
)  # fmt: skip

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"
WAIT_SECONDS = 15.0
WAL_PAUSE_SECONDS = 0.02
SHORTEST_CONNECT_SECONDS = 2  # libpq takes no less
PSYCOPG = "postgresql+psycopg"
NO_ADDRESS = (
    "it is no database address, such as sqlite:///portal.sqlite or postgresql+psycopg://user:password@host/database "
    "(in a password, @ is written %40 and % is written %25)"
)
# How a session that only reads begins: it sees one moment, and the database refuses to write.
READING: dict[str, dict[str, Any]] = {
    "sqlite": {"is_reading": True},
    "postgresql": {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True},
}
# As SQLite's synchronous=FULL: what was said to be written outlives the server, whatever it is set to.
ACKNOWLEDGED_IS_KEPT = (
    "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
)
MIGRATION_LOCK = 0x6C61767761  # any number that no other program on the database takes
NamedError = StoreLockedError | StoreDamagedError | StoreFullError | StoreForbiddenError
# SQLite's primary result codes and PostgreSQL's SQLSTATEs (a code, or the class that begins it).
NAMED: dict[int | str, type[NamedError]] = {
    sqlite3.SQLITE_BUSY: StoreLockedError,
    sqlite3.SQLITE_LOCKED: StoreLockedError,
    sqlite3.SQLITE_CORRUPT: StoreDamagedError,
    sqlite3.SQLITE_NOTADB: StoreDamagedError,
    sqlite3.SQLITE_FULL: StoreFullError,
    "55P03": StoreLockedError,
    "40": StoreLockedError,
    "42501": StoreForbiddenError,
    "XX": StoreDamagedError,
    "53100": StoreFullError,
}


@dataclass(frozen=True)
class Store:
    """An opened store; `shown` is its address without user, password and options."""

    engine: Engine
    sessions: sessionmaker[Session]
    readers: sessionmaker[Session]
    shown: str

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A unit of work that writes: committed when the block ends, rolled back when it raises.

        On SQLite other writers wait from its first statement on. PostgreSQL lets them write beside it: read there what
        you are about to change `with_for_update()`, which means nothing to SQLite.

        Raises `PortalError` for what the database itself refuses.
        """
        with translated(self.shown), self.sessions.begin() as session:
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """The store as it stands at one moment: waits for no writer and lets none wait. Raises as `session`, and for
        any change."""
        with translated(self.shown), self.readers.begin() as session:
            yield session

    def close(self) -> None:
        self.engine.dispose()


def open_store(url: str, *, wait_seconds: float = WAIT_SECONDS) -> Store:
    """Open the store at an SQLAlchemy URL, SQLite or PostgreSQL, and bring its schema up to date.

    `wait_seconds` is how long another writer is waited for, and a server that does not answer. Raises `PortalError`.
    """
    try:
        engine = _engine(url, wait_seconds)
    except (ArgumentError, ValueError):
        raise StoreUnreachableError("…", NO_ADDRESS) from None  # the cause quotes the address, password and all
    opened = _store(engine, _shown(engine.url))
    try:
        if has_old_schema(opened):
            with translated(opened.shown), migrating(engine, opened.shown) as config:
                _upgrade(config)
    except PortalError:
        engine.dispose()
        raise
    return opened


def open_for_reading(url: str, *, wait_seconds: float = WAIT_SECONDS) -> Store:
    """Open a store that is there for `Store.reading` alone: nothing of it changes, its schema included.

    An SQLite file without a write-ahead log beside it is taken for one that nobody writes to. Raises `PortalError`,
    at the first reading also for what cannot be opened.
    """
    try:
        engine = _engine(url, wait_seconds)
    except (ArgumentError, ValueError):
        raise StoreUnreachableError("…", NO_ADDRESS) from None
    shown = _shown(engine.url)
    if (path := file_of(url)) is not None:
        mode = "mode=ro" if path.with_name(f"{path.name}-wal").exists() else "mode=ro&immutable=1"
        name = f"file:{quote(str(path.absolute()))}?{mode}"
        connect = partial(sqlite3.connect, name, uri=True, isolation_level=None, check_same_thread=False)
        engine = create_engine("sqlite://", creator=connect, poolclass=QueuePool, hide_parameters=True)
        event.listen(engine, "begin", _begin_sqlite)
    return _store(engine, shown)


def file_of(url: str) -> Path | None:
    """The file of an SQLite store; None of another database, and of what is no address."""
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):
        return None
    return Path(address.database) if address.get_backend_name() == "sqlite" and address.database else None


def has_old_schema(store: Store) -> bool:
    """Whether the schema has to be brought up to date. Raises `StoreTooNewError` where this version does not know it,
    or another `PortalError`."""
    with store.reading() as session:
        _check_encoding(session.connection(), store.shown)
        return _is_old(session.connection(), store.shown)


def _store(engine: Engine, shown: str) -> Store:
    reader = engine.execution_options(**READING[engine.dialect.name])
    sessions, readers = (sessionmaker(bind, expire_on_commit=False) for bind in (engine, reader))
    return Store(engine, sessions, readers, shown)


def _shown(address: URL) -> str:
    return URL.create(address.drivername, None, None, address.host, address.port, address.database).render_as_string()


@contextmanager
def translated(shown: str) -> Iterator[None]:
    """Turn what the database raises into the sentences of this package."""
    try:
        yield
    except DBAPIError as error:
        for said in filter(None, (error, error.orig)):  # PostgreSQL's second line quotes the row
            said.args = (str(said.args[0]).split("\n")[0], *said.args[1:]) if said.args else ()
        raise _named(shown, error) from error
    except NoFreeConnectionError as error:
        raise StoreLockedError(shown) from error


@contextmanager
def migrating(engine: Engine, shown: str) -> Iterator["Config"]:
    """Settings for Alembic's commands, bound to one transaction that one program at a time can have.

    SQLite changes a table by making it anew, so foreign keys are looked at when all is done. Raises
    `StoreDamagedError` when one then points nowhere.
    """
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    with engine.execution_options(is_migrating=True).begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": MIGRATION_LOCK})
        config.attributes["connection"] = connection
        yield config
        if connection.dialect.name == "sqlite" and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
            raise StoreDamagedError(shown)


def _named(shown: str, error: DBAPIError) -> PortalError:
    if error.connection_invalidated:
        return StoreLostError(shown)
    code = getattr(error.orig, "sqlite_errorcode", None)
    state = getattr(error.orig, "sqlstate", None) or ""
    known = NAMED.get(code & 0xFF) if code is not None else NAMED.get(state) or NAMED.get(state[:2])
    if known:
        return known(shown)
    if error.statement is None and not state:  # nobody's words were on the way yet
        said = str(error.orig).splitlines()[0]
        return StoreUnreachableError(shown, said.removeprefix("connection failed: ").replace("FATAL:  ", ""))
    return StoreFailedError(shown, type(error.orig).__name__)


def _engine(url: str, wait_seconds: float) -> Engine:
    address = make_url(url)
    if address.drivername in {"postgresql", "postgres"}:
        address = address.set(drivername=PSYCOPG)
    if address.drivername == PSYCOPG and "@" not in (address.host or ""):  # it would be the rest of a password
        patience = {"connect_timeout": str(max(math.ceil(wait_seconds), SHORTEST_CONNECT_SECONDS))}
        address = address.set(query={**patience, **address.query})
        engine = create_engine(address, hide_parameters=True, pool_timeout=wait_seconds, pool_pre_ping=True)
        event.listen(engine, "connect", partial(_prepare_postgresql, wait_seconds=wait_seconds))
    elif address.drivername in {"sqlite", "sqlite+pysqlite"} and address.database not in {None, "", ":memory:"}:
        engine = create_engine(address, hide_parameters=True, pool_timeout=wait_seconds)
        event.listen(engine, "connect", partial(_prepare_sqlite, wait_seconds=wait_seconds))
        event.listen(engine, "begin", _begin_sqlite)
    else:
        raise ArgumentError("no address of a store")
    return engine


def _prepare_postgresql(connection: Any, record: Any, *, wait_seconds: float) -> None:  # noqa: ARG001 - its signature
    connection.execute(f"SET lock_timeout = {max(round(wait_seconds * 1000), 1)}")  # 0 would be for ever
    connection.execute("SET timezone = 'UTC'")
    connection.execute(ACKNOWLEDGED_IS_KEPT)
    connection.commit()


def _prepare_sqlite(connection: Any, record: Any, *, wait_seconds: float) -> None:  # noqa: ARG001 - its signature
    connection.isolation_level = None  # the driver would begin at the first change; `_begin_sqlite` does at once
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={wait_seconds * 1000:.0f}")
    _write_ahead(cursor, wait_seconds)
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA secure_delete=ON")  # what is erased is overwritten, not only let go of
    cursor.close()


def _write_ahead(cursor: sqlite3.Cursor, wait_seconds: float) -> None:
    """Turn a new file to WAL; of two programs that do so at once SQLite refuses one without a wait."""
    deadline = time.monotonic() + wait_seconds
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(WAL_PAUSE_SECONDS)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    is_reading, is_migrating = options.get("is_reading", False), options.get("is_migrating", False)
    connection.exec_driver_sql(f"PRAGMA foreign_keys={not is_migrating}")
    connection.exec_driver_sql(f"PRAGMA query_only={is_reading}")
    connection.exec_driver_sql("BEGIN" if is_reading else "BEGIN IMMEDIATE")


def _check_encoding(connection: Connection, shown: str) -> None:
    if connection.dialect.name != "postgresql":
        return
    encoding = connection.execute(text("SHOW server_encoding")).scalar_one()
    if encoding != "UTF8":
        raise StoreUnreachableError(shown, f"it is encoded in {encoding}; make the database with ENCODING 'UTF8'")


def _is_old(connection: Connection, shown: str) -> bool:
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    script = ScriptDirectory(str(MIGRATIONS))
    current = MigrationContext.configure(connection).get_current_revision()
    if current and current not in {revision.revision for revision in script.walk_revisions()}:
        raise StoreTooNewError(shown, current)
    return current != script.get_current_head()


def _upgrade(config: "Config") -> None:
    from alembic import command

    command.upgrade(config, "head")
