"""Reading the published snapshots: what dashboards and the API show. Never the warehouse itself."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pandas as pd

from warehouse.database import translated
from warehouse.errors import NothingPublishedError, SnapshotOutdatedError
from warehouse.publish import POINTER, read_pointer
from warehouse.sql_files import load_query

PUBLIC_CLOCK = "public_clock"


@dataclass(frozen=True)
class Snapshot:
    """An opened version. `as_of` is when the newest post in it was fetched, None for an empty one.

    `timezone` is the deployment's: days and weeks are counted in it, and times are told in it. Of the public snapshot
    (`is_public`) it is the end of the last day that is counted.
    """

    version: str
    as_of: datetime | None
    timezone: ZoneInfo
    connection: duckdb.DuckDBPyConnection
    is_public: bool = False

    def read(self, query: str, **values: Any) -> pd.DataFrame:
        """The rows of `queries/QUERY.sql` with its `$names` bound to `values`; safe to call from several threads.

        Times are in `timezone`; a text or a list that is not there is None. Raises `SnapshotOutdatedError` where the
        snapshot has not what the query asks for, else another `WarehouseError`.
        """
        with translated(Path(self.version)), self.connection.cursor() as cursor:
            cursor.execute("SET TimeZone = ?", [self.timezone.key])
            try:
                rows = cursor.execute(load_query(query), values).df()
            except (duckdb.BinderException, duckdb.CatalogException) as error:
                raise SnapshotOutdatedError(self.version) from error
        # DuckDB leaves NA for a list and None for a text; NA is neither true nor false.
        return rows.assign(**{name: rows[name].where(rows[name].notna(), None) for name in rows.select_dtypes(object)})

    def close(self) -> None:
        self.connection.close()


def published_version(folder: Path) -> str:
    """The name of the version that readers should have open. Raises `NothingPublishedError`."""
    pointer = read_pointer(folder)
    if pointer is None:
        raise NothingPublishedError(str(folder))
    return pointer["snapshot"]


def published_at(folder: Path) -> datetime:
    """When a run last looked whether anything is new (UTC). Raises `NothingPublishedError`."""
    try:
        return datetime.fromtimestamp((folder / POINTER).stat().st_mtime, UTC)
    except FileNotFoundError as error:
        raise NothingPublishedError(str(folder)) from error


def open_published(folder: Path) -> Snapshot:
    """Open the published version, read-only. Raises `NothingPublishedError` or another `WarehouseError`."""
    return _open(folder, "mart_clock")


def open_public(folder: Path) -> Snapshot:
    """Open the public snapshot; its `as_of` is the last day that is counted. Raises as `open_published`."""
    return _open(folder, PUBLIC_CLOCK)


def _open(folder: Path, clock: str) -> Snapshot:
    pointer = read_pointer(folder)
    if pointer is None or not (folder / pointer["snapshot"]).exists():
        raise NothingPublishedError(str(folder))
    path = folder / pointer["snapshot"]
    with translated(path):
        connection = duckdb.connect(str(path), read_only=True)
        ((timezone, as_of),) = connection.execute(f"SELECT timezone, as_of_at FROM {clock}").fetchall()  # noqa: S608
    zone = ZoneInfo(timezone)
    return Snapshot(path.name, as_of.astimezone(zone) if as_of else None, zone, connection, clock == PUBLIC_CLOCK)
