"""Disclosure control: the one home of the rules by which a figure, a code or a text may be published.

A count is published, rounded to 5, where it is 10 or more and 10 distinct submitters or more stand behind it; zeros are
masked as small counts are. A submitter is a channel and a pseudonym; all contributions without any identity are one.
Totals are rounded by themselves, shares come of rounded figures, medians of 10 or more. The rules are SQL macros for
`public_marts/*.sql`; the gate reads what these have made and trusts none of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb

from warehouse.errors import PublicationRefusedError

FEWEST = 10  # distinct submitters behind a published count
STEP = 5
ANSWER_DAYS = 10  # working days
HALF_STEP = STEP // 2  # the most that rounding moves a whole number
NARROWEST = 3  # how closely a masked figure may be told, at most

# `protect_total`: the total, less the published parts, leaves for the masked ones together no more than all of them but
# one can hold, each FEWEST - 1 at most, and no less than NARROWEST: so each may be anything from zero to that.
MACROS = f"""
CREATE OR REPLACE TEMP MACRO rounded(n) AS ({STEP} * round(n / {STEP}.0))::BIGINT;
CREATE OR REPLACE TEMP MACRO protect(n, n_submitters) AS
    CASE WHEN n_submitters >= {FEWEST} AND n >= {FEWEST} THEN rounded(n) END;
CREATE OR REPLACE TEMP MACRO protect_total(total, parts) AS
    CASE
        WHEN len(list_filter(parts, lambda p: p IS NULL)) = 0 THEN total
        WHEN total - {HALF_STEP} - coalesce(list_sum([p + {HALF_STEP} FOR p IN parts IF p IS NOT NULL]), 0)
                <= {FEWEST - 1} * (len(list_filter(parts, lambda p: p IS NULL)) - 1)
            AND total + {HALF_STEP} - coalesce(list_sum([p - {HALF_STEP} FOR p IN parts IF p IS NOT NULL]), 0)
                >= {NARROWEST}
        THEN total
    END;
CREATE OR REPLACE TEMP MACRO share_of(part, whole) AS
    CASE WHEN whole > 0 AND part IS NOT NULL THEN least(part / whole, 1.0)::DOUBLE END;
CREATE OR REPLACE TEMP MACRO coarse(moment, is_confidential) AS
    CASE WHEN is_confidential THEN date_trunc('week', moment) ELSE moment END;
CREATE OR REPLACE TEMP MACRO is_due(n_age, is_answered, end_state) AS
    n_age >= {ANSWER_DAYS} AND (is_answered OR coalesce(end_state NOT IN ('duplicate', 'withdrawn'), true));
CREATE OR REPLACE TEMP MACRO is_in_time(n_waited, is_answered) AS is_answered AND n_waited <= {ANSWER_DAYS};
"""


@dataclass(frozen=True, slots=True)
class Column:
    """What a public column may hold: a DuckDB type, and a condition on `{c}` that is true of what may not be published.

    A value that is not there is always allowed.
    """

    type: str
    unsafe: str
    why: str


def count() -> Column:
    return Column(
        "BIGINT", f"{{c}} < {FEWEST} OR {{c}} % {STEP} <> 0", f"holds a count below {FEWEST} or not rounded to {STEP}"
    )


def share(part: str, whole: str) -> Column:
    """Of two columns of the same table."""
    given = f"{part} IS NOT NULL AND {whole} > 0 AND abs({{c}} - least({part} / {whole}, 1)) < 1e-9"
    return Column(
        "DOUBLE",
        f"{{c}} IS NOT NULL AND NOT coalesce({given}, false)",
        f"is not the share of {part} in {whole} as they are published",
    )


def median(n: str) -> Column:
    """In whole days, of as many as the column `n` says."""
    return Column("INTEGER", f"{{c}} IS NOT NULL AND {n} IS NULL", f"is a median of fewer than {FEWEST}")


def code(kind: str, *others: str) -> Column:
    """One that has a name, or one of the `others`."""
    named = f"SELECT code FROM names WHERE kind = '{kind}'"  # noqa: S608 - from the list below
    return Column("VARCHAR", f"{{c}} NOT IN ({named}) AND {_other_than(others)}", f"holds what is no {kind}")


def one_of(*values: str) -> Column:
    return Column("VARCHAR", _other_than(values), "holds a word that is not on the list")


def month() -> Column:
    return Column("DATE", "{c} <> date_trunc('month', {c})", "holds a day where only months may be published")


def day() -> Column:
    return Column("DATE", "false", "")


def midnight() -> Column:
    return Column("TIMESTAMP WITH TIME ZONE", "{c} <> date_trunc('day', {c})", "holds a time finer than a day")


def approved(column: str) -> Column:
    """Text that stands in an official answer: a person approved it."""
    said = f"SELECT {column} FROM official_answers"  # noqa: S608 - from the list below
    return Column(
        "JSON" if column == "texts" else "VARCHAR",
        f"{{c}} NOT IN ({said})",
        "holds a text that no person has approved",
    )


def named(column: str) -> Column:
    """A code or name of the deployment."""
    known = f"SELECT {column} FROM mart_names"  # noqa: S608 - from the list below
    return Column("VARCHAR", f"{{c}} NOT IN ({known})", "holds what is no name of a code")


def _other_than(values: tuple[str, ...]) -> str:
    return "{c} NOT IN ('" + "', '".join(values) + "')" if values else "true"


ALL, NONE = "all", "none"
PUBLIC_TABLES: Mapping[str, Mapping[str, Column]] = {
    "public_clock": {
        "timezone": Column("VARCHAR", "{c} <> current_setting('TimeZone')", "holds another zone than the deployment's"),
        "as_of_at": midnight(),
        "is_invented": Column("BOOLEAN", "false", ""),
    },
    "public_names": {
        "kind": one_of("agency", "category"),
        "code": named("code"),
        "lang": one_of("en", "fr", "crs"),
        "name": named("name"),
    },
    "public_months": {"month": month(), "category": code("category", NONE), "n": count()},
    "public_waiting": {
        "mda": code("agency", NONE, ALL),
        "category": code("category", NONE, ALL),
        "band": one_of("0-2", "3-10", "11-20", "21-30", "31+", ALL),
        "n": count(),
    },
    "public_agencies": {
        "mda": code("agency"), "n_received": count(), "n_answered": count(), "n_due": count(), "n_in_time": count(),
        "in_time": share("n_in_time", "n_due"), "n_unanswered": count(),
    },
    "public_parity": {
        "lang": one_of("en", "fr", "crs"), "n_contributions": count(), "n_auto": count(),
        "auto": share("n_auto", "n_contributions"), "n_cases": count(), "n_decided": count(), "n_corrected": count(),
        "corrected": share("n_corrected", "n_decided"), "n_due": count(), "n_in_time": count(),
        "in_time": share("n_in_time", "n_due"), "median_days": median("n_cases"), "median_low": median("n_cases"),
        "median_high": median("n_cases"),
    },
    "public_hidden": {
        "kind": one_of(
            "erased", "confidential_by_machine", "confidential_by_person", "opened_by_person", "out_of_scope",
            "withdrawn", "answer_withdrawn", "raw_text_forgotten",
        ),
        "month": month(), "n": count(),
    },
    "public_answers": {
        "mda": code("agency", NONE), "question": approved("question"), "texts": approved("texts"),
        "approved_on": day(), "n_since": count(),
    },
}  # fmt: skip


def install_rules(connection: duckdb.DuckDBPyConnection, until: datetime, *, is_invented: bool) -> None:
    """Give the connection the macros of this module, `counted_until()`: what happened then or later does not count, and
    `all_is_invented()`."""
    connection.execute(MACROS)
    said = until.astimezone(UTC).isoformat()
    connection.execute(f"CREATE OR REPLACE TEMP MACRO counted_until() AS TIMESTAMPTZ '{said}'")
    connection.execute(f"CREATE OR REPLACE TEMP MACRO all_is_invented() AS {is_invented}")


def refuse_unsafe(
    connection: duckdb.DuckDBPyConnection, database: str, declared: Mapping[str, Mapping[str, Column]] = PUBLIC_TABLES
) -> None:
    """The gate: look at every table of the attached `database`, as it would be published, and at every value in it.

    Codes and approved texts are compared with the warehouse's own. Raises `PublicationRefusedError` at the first table
    or column that is not declared, or holds what its kind may not.
    """
    found = connection.execute(
        "SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE database_name = ? "
        "ORDER BY table_name, column_index",
        [database],
    ).fetchall()
    for table, name, data_type in found:
        column = declared.get(table, {}).get(name)
        if column is None:
            raise PublicationRefusedError(f"{table}.{name}", "is not declared as safe")
        if data_type != column.type:
            raise PublicationRefusedError(f"{table}.{name}", f"is of type {data_type}, not {column.type}")
        unsafe = column.unsafe.format(c=f'"{name}"')
        row = connection.execute(f'SELECT count(*) FROM {database}."{table}" WHERE {unsafe}').fetchone()  # noqa: S608
        if row is None or row[0]:
            raise PublicationRefusedError(f"{table}.{name}", column.why)
