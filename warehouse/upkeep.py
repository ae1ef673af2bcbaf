"""Looking after the warehouse: a copy of its file, and what is in it, read without writing."""

import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import duckdb

from warehouse.database import MIGRATIONS, WAIT_SECONDS, open_warehouse, translated
from warehouse.errors import WarehouseLockedError, WarehouseTooNewError

CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class LastPull:
    """How the last attempt to read a source ended; `failure` is a sentence, None when all went well."""

    source: str
    ended_at: datetime
    failure: str | None


@dataclass(frozen=True, slots=True)
class WarehouseState:
    """What a warehouse holds: `schema` is its newest migration, `rows` the count of each table, `key_check` what tells
    its pseudonym key. Times are None where nothing has come yet."""

    schema: int
    rows: dict[str, int]
    key_check: str | None
    pulls: tuple[LastPull, ...]
    newest_at: datetime | None
    newest_enriched_at: datetime | None


def newest_schema() -> int:
    """The newest migration that this version knows."""
    return max(int(script.name.split("_")[0]) for script in MIGRATIONS.glob("[0-9]*_*.sql"))


def copy_warehouse(path: Path, target: Path, memory_limit: str) -> None:
    """Copy the file as it stands at one moment, and what it has not taken over from its log. Others that want to write
    wait meanwhile. Raises a `WarehouseError`, or an `OSError` when the copy cannot be written."""
    with open_warehouse(path, memory_limit=memory_limit) as connection:
        connection.execute("CHECKPOINT")
    with path.open("rb") as main:
        _hold(main.fileno(), path)
        _copy(main, target)
        log = path.with_name(f"{path.name}.wal")  # DuckDB leaves none when it closes, unless it was cut
        if log.exists():
            with log.open("rb") as stream:
                _copy(stream, target.with_name(f"{target.name}.wal"))


def examine_warehouse(path: Path, memory_limit: str = "1GB") -> WarehouseState:
    """Read everything once, so that a damaged block is found. Another process can write between two tables.

    Raises a `WarehouseError`: `WarehouseDamagedError` for what cannot be read, `WarehouseTooNewError`,
    `WarehouseLockedError` while another process writes.
    """
    with reading(path, memory_limit) as connection:
        schema = _one(connection, "SELECT max(version) FROM schema_migrations") or 0
        tables = [row[0] for row in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()]
    if schema > newest_schema():
        raise WarehouseTooNewError(str(path), schema)
    rows = {}
    for table in sorted(tables):
        with reading(path, memory_limit) as connection:
            found = connection.execute(f'SELECT count(*), bit_xor(hash(t)) FROM "{table}" AS t').fetchone()  # noqa: S608
            rows[table] = int(found[0]) if found else 0
    with reading(path, memory_limit) as connection:
        pulls = connection.execute(
            "SELECT source, max(ended_at), nullif(arg_max(coalesce(failure, ''), pull_id), '') FROM pulls "
            "GROUP BY source ORDER BY source"
        ).fetchall()
        return WarehouseState(
            schema,
            rows,
            _one(connection, "SELECT any_value(check_value) FROM pseudonym_key") if "pseudonym_key" in rows else None,
            tuple(LastPull(*pull) for pull in pulls),
            _one(connection, "SELECT max(fetched_at) FROM landing"),
            _one(connection, "SELECT max(fetched_at) FROM enriched"),
        )


@contextmanager
def reading(path: Path, memory_limit: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that cannot write. Raises a `WarehouseError`."""
    with translated(path):
        connection = duckdb.connect(str(path), read_only=True, config={"memory_limit": memory_limit})
        try:
            connection.execute("SET TimeZone = 'UTC'")
            yield connection
        finally:
            connection.close()


def _hold(file: int, path: Path) -> None:
    """Keep DuckDB from writing, by the kind of lock that it takes itself, until the file is closed."""
    give_up_at = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            fcntl.lockf(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError as error:
            if time.monotonic() >= give_up_at:
                raise WarehouseLockedError(str(path), "another process") from error
            time.sleep(0.1)
        else:
            return


def _copy(stream: BinaryIO, target: Path) -> None:
    with target.open("wb") as copy:
        shutil.copyfileobj(stream, copy, CHUNK_BYTES)
        copy.flush()
        os.fsync(copy.fileno())


def _one(connection: duckdb.DuckDBPyConnection, query: str) -> Any:
    row = connection.execute(query).fetchone()
    return row[0] if row else None
