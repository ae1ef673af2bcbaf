"""Opening the warehouse: one writer at a time, brought to the newest schema, failures in one sentence."""

import errno
import hashlib
import re
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
SIGNS_OF_DAMAGE = (
    "not a valid DuckDB database", "orrupt", "checksum", "deserialize", "Failed to load", "Could not read enough bytes",
)  # fmt: skip
DISK_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@contextmanager
def open_warehouse(path: Path, *, memory_limit: str = "2GB") -> Iterator[duckdb.DuckDBPyConnection]:
    """A writing connection, migrated. DuckDB lets one process write, so hold it only as long as a batch takes.

    Raises a `WarehouseError`; DuckDB's own failures inside the block leave as one, too.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with translated(path):
        connection = duckdb.connect(str(path), config={"memory_limit": memory_limit})
        try:
            connection.execute("SET TimeZone = 'UTC'")
            migrate(connection, path)
            yield connection
        finally:
            connection.close()


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
    if "Could not set lock" in said or "Conflicting lock" in said:
        holder = re.search(r"held in (?:.*?\()?\s*(?:PID|pid) (\d+)", said)
        return WarehouseLockedError(str(path), f"process {holder[1]}" if holder else "another process")
    if "No space left" in said or "Disk quota" in said or "File too large" in said or "max_temp_directory_size" in said:
        return DiskFullError(str(path))
    if isinstance(error, duckdb.OutOfMemoryException):
        return WarehouseError(
            f"not enough memory to work on {path}: raise `memory_limit` in the settings, or free some"
        )
    broken = duckdb.SerializationException | duckdb.FatalException | duckdb.InternalException
    if isinstance(error, broken) or any(sign in said for sign in SIGNS_OF_DAMAGE):
        return WarehouseDamagedError(str(path), _first_sentence(said))
    if "Permission denied" in said:
        return WarehouseError(f"the warehouse {path} may not be written by this user")
    return WarehouseError(f"the warehouse {path} refused: {_first_sentence(said)}")


def _first_sentence(said: str) -> str:
    return said.strip().splitlines()[0][:200].rstrip(".!")
