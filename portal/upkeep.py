"""Looking after the operational store: a copy of it as one file, putting a copy in its place, what is wrong with it.

A copy is an SQLite file of the newest schema, whichever database it was made of, so that it can be verified where it
lies and put back into either.
"""

import base64
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy import Connection, Table

from portal.audit.verify import edge_root, root_of
from portal.errors import StoreFailedError, StoreFullError
from portal.models import Account, Base, Checkpoint, Event, LogHead, Submission
from portal.store import NAMED, Store, open_store

PAGE = 1_000
MOST_TOLD = 3


@dataclass(frozen=True)
class LogState:
    """How far the audit log has come: its root over `size` events (base64, as in a checkpoint), when the last of them
    was, and its newest checkpoint. `at` and `signed_at` are None where there is none."""

    size: int
    root: str
    at: datetime | None
    signed_size: int
    signed_at: datetime | None


def copy_store(store: Store, target: Path) -> None:
    """Write the store as it stands at one moment to a new SQLite file. Whoever works in it meanwhile waits for nothing.

    Raises `PortalError`; what is left of the file then is for the caller to remove.
    """
    if store.engine.dialect.name == "sqlite":
        _copy_file(store, target)
    else:
        with closing(open_store(f"sqlite:///{target}")) as copy:
            _replace_rows(store, copy)
    settle(target)


def put_store(copy: Store, store: Store) -> None:
    """Replace all that `store` holds by what `copy` holds, in one transaction; others can read it meanwhile.

    Raises `PortalError`, and then nothing has changed.
    """
    _replace_rows(copy, store)


def settle(path: Path) -> None:
    """Make one closed SQLite file of a store that nobody has open, all of it on the disk."""
    with _named_errors(f"sqlite:///{path}"), closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
    with path.open("rb") as written:
        os.fsync(written.fileno())


def is_in_use(path: Path) -> bool:
    """Whether another program has this SQLite file open, if only to read. A damaged one is of no use to anybody."""
    with closing(sqlite3.connect(path, timeout=0)) as connection:
        try:
            connection.execute("PRAGMA locking_mode=EXCLUSIVE")
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            connection.execute("BEGIN EXCLUSIVE").connection.rollback()
        except sqlite3.DatabaseError as error:
            return error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
    return False


def is_unused(store: Store) -> bool:
    """Whether nobody has ever submitted, decided or signed in here."""
    with store.reading() as session:
        return all(session.scalar(sa.select(table).limit(1)) is None for table in (Submission, Account, Event))


def damages(store: Store) -> list[str]:
    """What is wrong with an SQLite file, by its own checks, a few of them; of another database nothing is said."""
    if store.engine.dialect.name != "sqlite":
        return []
    found = []
    with store.reading() as session:
        for (said,) in session.execute(sa.text(f"PRAGMA integrity_check({MOST_TOLD})")):
            if said != "ok":
                found.append(f"its file is damaged: {str(said).splitlines()[0]}")
        astray = session.execute(sa.text("PRAGMA foreign_key_check")).all()
    tables = sorted({f"{table} of {of}" for table, _, of, _ in astray})
    return found + [f"rows point to what is not there: {', '.join(tables)}"] * bool(tables)


def log_state(store: Store) -> LogState:
    """Raises `PortalError`."""
    with store.reading() as session:
        head = session.scalars(sa.select(LogHead)).one()
        last = session.scalar(sa.select(Event.at).order_by(Event.seq.desc()).limit(1))
        signed = session.execute(
            sa.select(Checkpoint.size, Checkpoint.signed_at).order_by(Checkpoint.size.desc()).limit(1)
        ).first()
        root = edge_root([bytes.fromhex(one) for one in head.edge])
    size, at = (signed.size, signed.signed_at) if signed else (0, None)
    return LogState(head.size, _text(root), last, size, at)


def root_at(store: Store, size: int) -> str | None:
    """The root of the log's first `size` events; None where it has fewer."""
    query = sa.select(Event.leaf).where(Event.seq <= size).order_by(Event.seq)
    with store.reading() as session:
        leaves = [bytes.fromhex(leaf) for leaf in session.scalars(query)]
    return _text(root_of(leaves)) if len(leaves) == size else None


def newest_at(store: Store) -> datetime | None:
    """When the last thing happened here: a submission or an event."""
    with store.reading() as session:
        times = (session.scalar(sa.select(sa.func.max(of))) for of in (Submission.received_at, Event.at))
        return max((time for time in times if time is not None), default=None)


def schema_of(store: Store) -> str:
    """The revision of the store's schema."""
    with store.reading() as session:
        return str(session.execute(sa.text("SELECT version_num FROM alembic_version")).scalar_one())


def _text(root: bytes) -> str:
    return base64.b64encode(root).decode()


def _copy_file(store: Store, target: Path) -> None:
    with (
        _named_errors(store.shown, f"sqlite:///{target}"),
        closing(store.engine.raw_connection()) as held,
        closing(sqlite3.connect(target)) as copy,
    ):
        cast(sqlite3.Connection, held.driver_connection).backup(copy)


def _replace_rows(source: Store, target: Store) -> None:
    """All rows of one moment of `source` in place of those of `target`."""
    tables = Base.metadata.sorted_tables
    with source.reading() as reader, target.session() as writer:
        rows, connection = reader.connection(), writer.connection()
        if connection.dialect.name == "postgresql":  # else others write between deleting and filling
            names = ", ".join(connection.dialect.identifier_preparer.format_table(table) for table in tables)
            connection.execute(sa.text(f"LOCK TABLE {names} IN EXCLUSIVE MODE"))
        for table in reversed(tables):
            connection.execute(sa.delete(table))
        for table in tables:
            _fill(connection, table, rows)


def _fill(connection: Connection, table: Table, rows: Connection) -> None:
    """A column that points into its own table is filled once all its rows are there."""
    plain, own = _plain(table), [column.name for column in _own(table)]
    key = plain.c[next(iter(table.primary_key)).name]
    for page in rows.execute(sa.select(plain).execution_options(yield_per=PAGE)).mappings().partitions():
        connection.execute(sa.insert(plain), [{**row, **dict.fromkeys(own)} for row in page])
    for name in own:
        pointing = rows.execute(sa.select(key, plain.c[name]).where(plain.c[name].is_not(None))).all()
        step = sa.update(plain).where(key == sa.bindparam("of")).values({name: sa.bindparam("to")})
        if pointing:
            connection.execute(step, [{"of": of, "to": to} for of, to in pointing])
    if connection.dialect.name == "postgresql" and table.autoincrement_column is not None:
        numbers = sa.func.pg_get_serial_sequence(table.name, key.name)
        connection.execute(sa.select(sa.func.setval(numbers, sa.func.max(key))))


def _plain(table: Table) -> Any:
    """The table as its rows lie there: codes as text, and what is not there as no JSON either."""

    def kind(column: sa.Column[Any]) -> Any:
        if isinstance(column.type, sa.JSON):
            return sa.JSON(none_as_null=True)
        return sa.String() if isinstance(column.type, sa.Enum) else column.type

    return sa.table(table.name, *(sa.column(column.name, kind(column)) for column in table.columns))


def _own(table: Table) -> list[sa.Column[Any]]:
    return [column for column in table.columns if any(key.column.table is table for key in column.foreign_keys)]


@contextmanager
def _named_errors(shown: str, written: str | None = None) -> Iterator[None]:
    """What SQLite's own driver raises, in the sentences of this package; `written` is what may have no room left."""
    try:
        yield
    except sqlite3.Error as error:
        named = NAMED.get((getattr(error, "sqlite_errorcode", None) or 0) & 0xFF)
        if named is None:
            raise StoreFailedError(shown, type(error).__name__) from error
        raise named(written or shown if named is StoreFullError else shown) from error
