"""Groups, topics, FAQs and routes: what is known of all posts together."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from warehouse.database import transaction
from warehouse.landing import UTC_TIME
from warehouse.sql_files import load_query

GROUP_MEMBERS = pa.schema(
    [
        ("post_id", pa.string()),
        ("group_id", pa.string()),
        ("match", pa.string()),
        ("of", pa.string()),
        ("score", pa.float64()),
    ]
)
TOPICS = pa.schema(
    [
        ("topic_id", pa.int32()),
        ("label", pa.string()),
        ("terms", pa.list_(pa.string())),
        ("representative_post_id", pa.string()),
    ]
)
TOPIC_MEMBERS = pa.schema([("post_id", pa.string()), ("topic_id", pa.int32())])
TOPIC_BURSTS = pa.schema(
    [
        ("topic_id", pa.int32()), ("until_at", UTC_TIME), ("is_bursting", pa.bool_()), ("window_hours", pa.int32()),
        ("n_voices", pa.int32()), ("n_expected", pa.float64()), ("p", pa.float64()), ("n_posts", pa.int32()),
        ("is_campaign", pa.bool_()),
    ]
)  # fmt: skip
TOPIC_CHANGES = pa.schema(
    [("changed_at", UTC_TIME), ("kind", pa.string()), ("topic_id", pa.int32()), ("other_id", pa.int32())]
)
FAQS = pa.schema([("faq_id", pa.string()), ("question", pa.string())])
FAQ_MEMBERS = pa.schema([("post_id", pa.string()), ("faq_id", pa.string())])
ROUTES = pa.schema(
    [
        ("group_id", pa.string()), ("mda", pa.string()), ("category", pa.string()), ("route", pa.string()),
        ("confidence", pa.float64()), ("urgency", pa.string()), ("is_formal", pa.bool_()),
        ("is_confidential", pa.bool_()), ("model", pa.string()),
    ]
)  # fmt: skip
SCHEMAS = {
    "group_members": GROUP_MEMBERS,
    "topics": TOPICS,
    "topic_members": TOPIC_MEMBERS,
    "topic_bursts": TOPIC_BURSTS,
    "faqs": FAQS,
    "faq_members": FAQ_MEMBERS,
    "routes": ROUTES,
}


def load_current_posts(connection: duckdb.DuckDBPyConnection) -> tuple[pa.Table, np.ndarray]:
    """Every post that has words in its newest version, earliest first, and the vectors of the same rows (posts ×
    dimensions). A post that kept what a model of other dimensions said of it has the vector 0.

    Columns: `post_id`, `text`, `gloss`, `lang`, `created_at`, `district`, `lat`, `lon`, `submitter_id`, `kind`,
    `category`, `is_confidential`.
    """
    table = connection.execute(load_query("current_posts"), {"is_erased": False}).to_arrow_table()
    flat = table.column("embedding").combine_chunks()
    width = len(flat[0]) if len(flat) else 0
    vectors = flat.values.to_numpy(zero_copy_only=False).reshape(len(flat), width).astype(np.float32)
    return table.drop_columns(["embedding"]), vectors


def load_erased_posts(connection: duckdb.DuckDBPyConnection) -> pa.Table:
    """Every erased post, with the columns of `load_current_posts`."""
    table = connection.execute(load_query("current_posts"), {"is_erased": True}).to_arrow_table()
    return table.drop_columns(["embedding"])


def suggest_routes(connection: duckdb.DuckDBPyConnection) -> pa.Table:
    """One route a group, of the `ROUTES` schema: that of its surest post; `auto` only where all its posts allow it.

    A group goes to a person when one of its posts must, is confidential, or accuses the suggested agency.
    """
    return connection.execute(load_query("group_routes")).to_arrow_table()


def input_digest(connection: duckdb.DuckDBPyConnection) -> str:
    """Says whether anything that groups, topics and routes depend on has changed since it was last asked."""
    row = connection.execute("SELECT count(*), bit_xor(hash(landing_id, model, enriched_at)) FROM enriched").fetchone()
    return hashlib.sha256(repr(row).encode()).hexdigest()


def stage_is_done(connection: duckdb.DuckDBPyConnection, stage: str, digest: str) -> bool:
    row = connection.execute("SELECT input_digest FROM stages WHERE stage = ?", [stage]).fetchone()
    return row is not None and row[0] == digest


def mark_done(connection: duckdb.DuckDBPyConnection, stage: str, digest: str, finished_at: datetime) -> None:
    """Remember what a stage last worked on."""
    connection.execute("INSERT OR REPLACE INTO stages VALUES (?, ?, ?)", [stage, digest, finished_at])


def replace_results(
    connection: duckdb.DuckDBPyConnection,
    stage: str,
    digest: str,
    finished_at: datetime,
    tables: Mapping[str, pa.Table],
    topic_changes: pa.Table | None = None,
) -> None:
    """Replace tables of `SCHEMAS` and remember what they were made from, in one transaction.

    `topic_changes`, of the `TOPIC_CHANGES` schema, are added to those of earlier runs.
    """
    with transaction(connection):
        for name, table in tables.items():
            connection.register("result", table.cast(SCHEMAS[name]))
            connection.execute(f"DELETE FROM {name}")  # noqa: S608 - a key of SCHEMAS
            connection.execute(f"INSERT INTO {name} BY NAME FROM result")
            connection.unregister("result")
        if topic_changes is not None:
            connection.register("result", topic_changes.cast(TOPIC_CHANGES))
            connection.execute("INSERT INTO topic_changes BY NAME FROM result")
            connection.unregister("result")
        mark_done(connection, stage, digest, finished_at)


def known_topics(connection: duckdb.DuckDBPyConnection) -> dict[int, set[str]]:
    """The posts of every topic as it was left by the last run."""
    topics: dict[int, set[str]] = {}
    for topic_id, post_id in connection.execute("SELECT topic_id, post_id FROM topic_members").fetchall():
        topics.setdefault(topic_id, set()).add(post_id)
    return topics


def known_groups(connection: duckdb.DuckDBPyConnection) -> dict[str, dict[str, Any]]:
    """Every post's row of the last run's groups, with the columns of `GROUP_MEMBERS`."""
    rows = connection.execute("SELECT post_id, group_id, match, of, score FROM group_members").fetchall()
    return {row[0]: dict(zip(GROUP_MEMBERS.names, row, strict=True)) for row in rows}


def known_faqs(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """The question that each post asked, as the last run left it."""
    return dict(connection.execute("SELECT post_id, faq_id FROM faq_members").fetchall())


def reserve_topic_ids(connection: duckdb.DuckDBPyConnection, n: int) -> int:
    """The first of `n` topic ids that were never used before."""
    rows: Sequence[tuple[int]] = connection.execute("SELECT nextval('topic_ids') FROM range(?)", [max(n, 1)]).fetchall()
    return min(row[0] for row in rows)


def formal_groups(connection: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    """Every group that holds a formal submission, with its posts."""
    return dict(connection.execute(load_query("formal_groups")).fetchall())


def matters(connection: duckdb.DuckDBPyConnection, groups: Sequence[str]) -> list[dict[str, Any]]:
    """These groups, with the columns of `queries/matters.sql`."""
    return _rows(connection, "matters", groups=list(groups))


def edited_posts(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """Posts of which a later version landed, with the columns of `queries/said_posts.sql`."""
    ids = [row[0] for row in connection.execute(load_query("edited_ids")).fetchall()]
    return said_posts(connection, ids)


def said_posts(connection: duckdb.DuckDBPyConnection, post_ids: Sequence[str]) -> list[dict[str, Any]]:
    """These posts, with the columns of `queries/said_posts.sql`; those that are not there are left out."""
    return _rows(connection, "said_posts", post_ids=list(post_ids))


def _rows(connection: duckdb.DuckDBPyConnection, query: str, **values: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = connection.execute(load_query(query), values).to_arrow_table().to_pylist()
    return rows
