"""Enriched posts: which landed versions still need triage, and what triage said of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import duckdb
import pyarrow as pa

from warehouse.database import transaction
from warehouse.landing import UTC_TIME
from warehouse.sql_files import load_query

ENRICHED = pa.schema(
    [
        pa.field("landing_id", pa.int64(), nullable=False),
        pa.field("post_id", pa.string(), nullable=False),
        pa.field("version", pa.int32(), nullable=False),
        pa.field("submitter_id", pa.string()),
        pa.field("source", pa.string(), nullable=False),
        pa.field("channel", pa.string(), nullable=False),
        pa.field("is_formal", pa.bool_(), nullable=False),
        pa.field("created_at", UTC_TIME),
        pa.field("fetched_at", UTC_TIME, nullable=False),
        pa.field("lang", pa.string(), nullable=False),
        pa.field("text", pa.string(), nullable=False),
        pa.field("gloss", pa.string()),
        pa.field("pii_kinds", pa.list_(pa.string()), nullable=False),
        pa.field("category", pa.string(), nullable=False),
        pa.field("mda", pa.string()),
        pa.field("confidence", pa.float64(), nullable=False),
        pa.field("in_scope", pa.float64(), nullable=False),
        pa.field("candidates", pa.string(), nullable=False),
        pa.field("route", pa.string(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),
        pa.field("urgency", pa.string(), nullable=False),
        pa.field("is_confidential", pa.bool_(), nullable=False),
        pa.field("accused", pa.list_(pa.string()), nullable=False),
        pa.field("district", pa.string()),
        pa.field("reasons", pa.list_(pa.string()), nullable=False),
        pa.field("model", pa.string(), nullable=False),
        pa.field("enriched_at", UTC_TIME, nullable=False),
        pa.field("embedding", pa.list_(pa.float32()), nullable=False),
    ]
)


@dataclass(frozen=True, slots=True)
class LandedPost:
    """A landed version as triage needs it: still raw."""

    landing_id: int
    source: str
    source_id: str
    version: int
    text: str
    created_at: datetime | None
    fetched_at: datetime
    channel: str
    author: str | None
    district: str | None
    is_formal: bool


def unenriched_ids(connection: duckdb.DuckDBPyConnection, model: str) -> list[int]:
    """Landed versions that `model` has not triaged, in the order in which they landed."""
    return [row[0] for row in connection.execute(load_query("unenriched_ids"), {"model": model}).fetchall()]


def load_landed(connection: duckdb.DuckDBPyConnection, landing_ids: Sequence[int]) -> list[LandedPost]:
    """The landed versions of these ids, in the order in which they landed."""
    rows = connection.execute(load_query("landed_posts"), {"landing_ids": list(landing_ids)}).fetchall()
    return [LandedPost(*row) for row in rows]


def store_enriched(connection: duckdb.DuckDBPyConnection, table: pa.Table) -> None:
    """Store triaged posts of the `ENRICHED` schema; an earlier model's word on the same version is replaced."""
    connection.register("triaged", table.cast(ENRICHED))
    with transaction(connection):
        connection.execute("INSERT OR REPLACE INTO enriched BY NAME FROM triaged")
    connection.unregister("triaged")
