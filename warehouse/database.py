"""Opening the warehouse: one writer at a time, brought to the newest schema, failures in one sentence."""

import errno
import hashlib
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb

from warehouse.errors import (
    DiskFullError,
    MigrationEditedError,
    WarehouseDamagedError,
    WarehouseError,
    WarehouseLockedError,
    WarehouseTooNewError,
)  # fmt: skip

MIGRATIONS = Path(__file__).parent / "migrations"
# How DuckDB opens what it says of files. Other failures quote the rows they failed on, so those are told by type only.
LOCK = re.compile(r"IO Error: Could not set lock on file ")
DAMAGE = re.compile(
    r"IO Error: (Corrupt |Could not read enough bytes from file |Failure while replaying WAL file "
    r'|The file ".*" exists, but it is not a valid DuckDB database file)'
)
NO_ROOM = re.compile(r'": (No space left on device|Disk quota exceeded|File too large)\W*$')
NOT_ALLOWED = re.compile(r'": Permission denied\W*$')
BROKEN = (duckdb.SerializationException, duckdb.FatalException, duckdb.InternalException)
WAIT_SECONDS = 10.0  # longer than a page or a batch takes to be written
DISK_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@contextmanager
def open_warehouse(
    path: Path, *, memory_limit: str = "2GB", wait_seconds: float = WAIT_SECONDS
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A writing connection, migrated. DuckDB lets one process write, so hold it only as long as a batch takes.

    Another process that has it open is waited for. Raises a `WarehouseError`; DuckDB's own failures inside the block
    leave as one, too.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with translated(path):
        connection = _connect(path, memory_limit, wait_seconds)
        try:
            connection.execute("SET TimeZone = 'UTC'")
            migrate(connection, path)
            yield connection
        finally:
            connection.close()


def _connect(path: Path, memory_limit: str, wait_seconds: float) -> duckdb.DuckDBPyConnection:
    give_up_at = time.monotonic() + wait_seconds
    while True:
        try:
            return duckdb.connect(str(path), config={"memory_limit": memory_limit})
        except duckdb.IOException as error:
            if not _is_lock(str(error)) or time.monotonic() >= give_up_at:
                raise
            time.sleep(0.1)


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn what DuckDB raises into the sentences of this package."""
    try:
        yield
    except duckdb.Error as error:
        raise _named(path, error) from error
    except OSError as error:
        if error.errno in DISK_FULL:
            raise DiskFullError(str(path)) from error
        raise


def migrate(connection: duckdb.DuckDBPyConnection, path: Path, folder: Path = MIGRATIONS) -> None:
    """Apply the numbered migrations that are missing, each in one transaction with its record.

    Raises `MigrationEditedError` when one that ran has changed since, `WarehouseTooNewError` when one is unknown here.
    """
    connection.execute(
        "CREATE TABLE IF NOT EXISTS schema_migrations "
        "(version INTEGER PRIMARY KEY, name VARCHAR, digest VARCHAR, applied_at TIMESTAMPTZ DEFAULT now())"
    )
    applied = dict(connection.execute("SELECT version, digest FROM schema_migrations").fetchall())
    scripts = {int(script.name.split("_")[0]): script for script in sorted(folder.glob("[0-9]*_*.sql"))}
    if unknown := set(applied) - set(scripts):
        raise WarehouseTooNewError(str(path), max(unknown))
    for version, script in scripts.items():
        sql = script.read_text(encoding="utf-8")
        digest = hashlib.sha256(sql.encode()).hexdigest()
        if version in applied:
            if applied[version] != digest:
                raise MigrationEditedError(script.name)
            continue
        with transaction(connection):
            connection.execute(sql)
            connection.execute(
                "INSERT INTO schema_migrations (version, name, digest) VALUES (?, ?, ?)", [version, script.name, digest]
            )


@contextmanager
def transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """All of the block or nothing of it."""
    connection.begin()
    try:
        yield
    except BaseException:
        # A failed commit has rolled back already; what failed is what the caller must hear of.
        with suppress(duckdb.Error):
            connection.rollback()
        raise
    connection.commit()


def _named(path: Path, error: duckdb.Error) -> WarehouseError:
    said = str(error)
    if NO_ROOM.search(said):
        return DiskFullError(str(path))
    if isinstance(error, duckdb.OutOfMemoryException):
        if "max_temp_directory_size" in said:
            return DiskFullError(str(path))
        return WarehouseError(
            f"not enough memory to work on {path}: raise `memory_limit` in the settings, or free some"
        )
    if isinstance(error, duckdb.IOException):
        return _file_failure(path, said)
    kind = type(error).__name__
    if isinstance(error, BROKEN):
        return WarehouseDamagedError(str(path), kind)
    return WarehouseError(f"the warehouse {path} refused a step ({kind}); nothing of it was written")


def _file_failure(path: Path, said: str) -> WarehouseError:
    if _is_lock(said):
        holder = re.search(r"held in (?:.*?\()?\s*(?:PID|pid) (\d+)", said)
        return WarehouseLockedError(str(path), f"process {holder[1]}" if holder else "another process")
    if DAMAGE.match(said):
        return WarehouseDamagedError(str(path), _first_sentence(said))
    if NOT_ALLOWED.search(said):
        return WarehouseError(f"the warehouse {path} may not be written by this user")
    return WarehouseError(f"the warehouse {path} refused: {_first_sentence(said)}")


def _is_lock(said: str) -> bool:
    return LOCK.match(said) is not None


def _first_sentence(said: str) -> str:
    return said.strip().splitlines()[0][:200].rstrip(".!")
