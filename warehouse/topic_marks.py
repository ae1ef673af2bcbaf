"""What people decided of topics as the portal's store has it, copied for marts."""

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import pyarrow as pa

from warehouse.database import transaction

TOPIC_MARKS = pa.schema(
    [
        pa.field("topic_id", pa.int32(), nullable=False),
        pa.field("label", pa.string()),
        pa.field("merged_into", pa.int32()),
        pa.field("is_pinned", pa.bool_(), nullable=False),
        pa.field("is_muted", pa.bool_(), nullable=False),
    ]
)


def replace_topic_marks(connection: duckdb.DuckDBPyConnection, marks: Sequence[Mapping[str, Any]]) -> None:
    """Replace all that people decided of topics (`TOPIC_MARKS`)."""
    with transaction(connection):
        connection.execute("DELETE FROM topic_marks")
        connection.register("copied", pa.Table.from_pylist(list(marks), schema=TOPIC_MARKS))
        connection.execute("INSERT INTO topic_marks BY NAME FROM copied")
        connection.unregister("copied")
