"""Cases and official answers as the portal's store has them, copied for marts."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import duckdb
import pyarrow as pa

from warehouse.database import transaction
from warehouse.landing import UTC_TIME

CASES = pa.schema(
    [
        pa.field("reference", pa.string(), nullable=False),
        pa.field("mda", pa.string()),
        pa.field("category", pa.string(), nullable=False),
        pa.field("suggested_mda", pa.string()),
        pa.field("suggested_category", pa.string(), nullable=False),
        pa.field("suggested_by_model", pa.string(), nullable=False),
        pa.field("confidence", pa.float64(), nullable=False),
        pa.field("urgency", pa.string(), nullable=False),
        pa.field("is_confidential", pa.bool_(), nullable=False),
        pa.field("is_formal", pa.bool_(), nullable=False),
        pa.field("level", pa.string(), nullable=False),
        pa.field("state", pa.string(), nullable=False),
        pa.field("opened_at", UTC_TIME, nullable=False),
        pa.field("answer_by", UTC_TIME, nullable=False),
        pa.field("decided_at", UTC_TIME),
        pa.field("first_answered_at", UTC_TIME),
        pa.field("answered_at", UTC_TIME),
        pa.field("held_since", UTC_TIME),
        pa.field("closed_at", UTC_TIME),
        pa.field("appealed_at", UTC_TIME),
        pa.field("appeals", pa.int32(), nullable=False),
        pa.field("sends_elsewhere", pa.bool_(), nullable=False),
        pa.field("lang", pa.string()),
        pa.field("post_ids", pa.list_(pa.string()), nullable=False),
    ]
)
OFFICIAL_ANSWERS = pa.schema(
    [
        pa.field("answer_id", pa.int32(), nullable=False),
        pa.field("mda", pa.string(), nullable=False),
        pa.field("category", pa.string(), nullable=False),
        pa.field("question", pa.string(), nullable=False),
        pa.field("texts", pa.string(), nullable=False),
        pa.field("approved_at", UTC_TIME, nullable=False),
        pa.field("review_by", UTC_TIME, nullable=False),
        pa.field("post_ids", pa.list_(pa.string()), nullable=False),
    ]
)
WITHDRAWN_ANSWERS = pa.schema(
    [
        pa.field("answer_id", pa.int32(), nullable=False),
        pa.field("withdrawn_at", UTC_TIME, nullable=False),
        pa.field("post_ids", pa.list_(pa.string()), nullable=False),
    ]
)


def replace_cases(
    connection: duckdb.DuckDBPyConnection,
    pages: Iterable[Sequence[Mapping[str, Any]]],
    answers: Sequence[Mapping[str, Any]],
) -> None:
    """Replace all that is known of cases (`CASES`, some at a time) and official answers (`OFFICIAL_ANSWERS`)."""
    with transaction(connection):
        connection.execute("DELETE FROM cases")
        connection.execute("DELETE FROM official_answers")
        for page in pages:
            _insert(connection, "cases", pa.Table.from_pylist(list(page), schema=CASES))
        _insert(connection, "official_answers", pa.Table.from_pylist(list(answers), schema=OFFICIAL_ANSWERS))


def replace_withdrawn_answers(connection: duckdb.DuckDBPyConnection, answers: Sequence[Mapping[str, Any]]) -> None:
    """Replace what is known of official answers that hold no more (`WITHDRAWN_ANSWERS`)."""
    with transaction(connection):
        connection.execute("DELETE FROM withdrawn_answers")
        _insert(connection, "withdrawn_answers", pa.Table.from_pylist(list(answers), schema=WITHDRAWN_ANSWERS))


def _insert(connection: duckdb.DuckDBPyConnection, name: str, table: pa.Table) -> None:
    connection.register("copied", table)
    connection.execute(f"INSERT INTO {name} BY NAME FROM copied")
    connection.unregister("copied")
