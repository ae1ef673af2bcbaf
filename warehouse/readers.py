"""Reading the published snapshot: what dashboards and the API show. Never the warehouse itself."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from warehouse.database import translated
from warehouse.errors import NothingPublishedError
from warehouse.publish import read_pointer

QUERIES = Path(__file__).parent / "queries"


@dataclass(frozen=True)
class Snapshot:
    """An opened version. `as_of` is when the newest post in it was fetched, None for an empty one."""

    version: str
    as_of: datetime | None
    connection: duckdb.DuckDBPyConnection

    def read(self, query: str, **values: Any) -> pd.DataFrame:
        """The rows of `queries/QUERY.sql` with its `$names` bound to `values`; safe to call from several threads."""
        sql = (QUERIES / f"{query}.sql").read_text(encoding="utf-8")
        with translated(Path(self.version)), self.connection.cursor() as cursor:
            cursor.execute("SET TimeZone = 'UTC'")
            return cursor.execute(sql, values).df()


def published_version(folder: Path) -> str:
    """The name of the version that readers should have open. Raises `NothingPublishedError`."""
    pointer = read_pointer(folder)
    if pointer is None:
        raise NothingPublishedError(str(folder))
    return pointer["snapshot"]


def open_published(folder: Path) -> Snapshot:
    """Open the published version, read-only. Raises `NothingPublishedError` or another `WarehouseError`."""
    pointer = read_pointer(folder)
    if pointer is None or not (folder / pointer["snapshot"]).exists():
        raise NothingPublishedError(str(folder))
    path = folder / pointer["snapshot"]
    with translated(path):
        connection = duckdb.connect(str(path), read_only=True)
    return Snapshot(path.name, datetime.fromisoformat(pointer["as_of"]) if pointer["as_of"] else None, connection)
