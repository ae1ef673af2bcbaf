"""The calendar of working days, which marts count waits by."""

from collections.abc import Mapping
from datetime import date, datetime

import duckdb
import pyarrow as pa

from warehouse.database import transaction

CALENDAR = pa.schema([pa.field("day", pa.date32(), nullable=False), pa.field("nth", pa.int32(), nullable=False)])


def days_of_cases(connection: duckdb.DuckDBPyConnection, now: datetime | None = None) -> tuple[date, date] | None:
    """The first and last day that a wait in a mart can begin or end on, with a week to spare for zones and for weeks
    of confidential cases; None without cases. Waits end with the last thing known, or at `now`, if that is later."""
    row = connection.execute(
        "SELECT (min(opened_at) - INTERVAL 8 DAY)::DATE, (greatest(max(opened_at), max(first_answered_at), "
        "max(closed_at), max(appealed_at), (SELECT max(fetched_at) FROM enriched), $now::TIMESTAMPTZ) "
        "+ INTERVAL 8 DAY)::DATE FROM cases",
        {"now": now},
    ).fetchone()
    return (row[0], row[1]) if row and row[0] else None


def store_working_days(connection: duckdb.DuckDBPyConnection, counted: Mapping[date, int]) -> None:
    """Replace the calendar by these days, how many working days there were up to and including each."""
    rows = pa.table({"day": list(counted), "nth": list(counted.values())}, schema=CALENDAR)
    connection.register("counted", rows)
    with transaction(connection):
        connection.execute("DELETE FROM working_days")
        connection.execute("INSERT INTO working_days BY NAME FROM counted")
    connection.unregister("counted")
