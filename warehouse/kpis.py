"""Indicators and their values, version upon version."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb

from warehouse.database import transaction

# What a row tells of; another row of the same key is a new version. Definitions of an indicator are numbered together.
KEYS = {
    "kpi_indicators": ("indicator_id", "valid_from"),
    "kpi_values": ("indicator_id", "location", "period_start", "period_end"),
}
NUMBERED = {**KEYS, "kpi_indicators": ("indicator_id",)}


@dataclass(frozen=True, slots=True)
class Stored:
    """`n_changed` rows were there already with other contents: they are new versions, the old ones stay."""

    n_new: int
    n_changed: int
    n_known: int

    @property
    def n(self) -> int:
        return self.n_new + self.n_changed + self.n_known


def store_kpis(
    connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Mapping[str, Any]], now: datetime
) -> Stored:
    """Store rows of `kpi_indicators` or `kpi_values`, without version and time; what is known as it is adds nothing."""
    n_new = n_changed = 0
    newest = _newest(connection, table)
    versions = _versions(connection, table)
    with transaction(connection):
        for row in rows:
            key = tuple(row[name] for name in KEYS[table])
            held = newest.get(key)
            if held == dict(row):
                continue
            numbered = key[: len(NUMBERED[table])]
            versions[numbered] = versions.get(numbered, 0) + 1
            names = [*row, "version", "imported_at"]
            marks = ", ".join("?" for _ in names)
            connection.execute(
                f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})",  # noqa: S608 - own names and the models'
                [*row.values(), versions[numbered], now],
            )
            newest[key] = dict(row)
            n_new, n_changed = n_new + (held is None), n_changed + (held is not None)
    return Stored(n_new, n_changed, len(rows) - n_new - n_changed)


def known_values(connection: duckdb.DuckDBPyConnection) -> dict[str, list[dict[str, Any]]]:
    """The newest version of every value, by indicator; an indicator without values has an empty list."""
    known: dict[str, list[dict[str, Any]]] = {key[0]: [] for key in _newest(connection, "kpi_indicators")}
    for row in _newest(connection, "kpi_values").values():
        known.setdefault(row["indicator_id"], []).append(row)
    return known


def _newest(connection: duckdb.DuckDBPyConnection, table: str) -> dict[tuple[Any, ...], dict[str, Any]]:
    """The contents of the newest version of each row."""
    keys = KEYS[table]
    found = connection.execute(
        f"SELECT * EXCLUDE (version, imported_at) FROM {table} "  # noqa: S608 - a key of KEYS
        f"QUALIFY row_number() OVER (PARTITION BY {', '.join(keys)} ORDER BY version DESC) = 1"
    )
    names = [column[0] for column in found.description or ()]
    rows = [dict(zip(names, values, strict=True)) for values in found.fetchall()]
    return {tuple(row[name] for name in keys): row for row in rows}


def _versions(connection: duckdb.DuckDBPyConnection, table: str) -> dict[tuple[Any, ...], int]:
    """The highest version there is."""
    names = ", ".join(NUMBERED[table])
    found = connection.execute(f"SELECT {names}, max(version) FROM {table} GROUP BY {names}")  # noqa: S608
    return {tuple(key): version for *key, version in found.fetchall()}
