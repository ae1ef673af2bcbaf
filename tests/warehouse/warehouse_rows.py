"""Rows as landing and enriched want them."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa

from warehouse.enriched import ENRICHED, store_enriched
from warehouse.merged import SCHEMAS, replace_results

MAHE = ZoneInfo("Indian/Mahe")
NOON = datetime(2026, 8, 3, 12, tzinfo=UTC)


def received(source_id: str, text: str = "no water", **fields: Any) -> dict[str, Any]:
    """A row of the RECEIVED schema."""
    return {
        "source_id": source_id,
        "raw": "{}",
        "text": text,
        "created_at": NOON,
        "channel": "portal",
        "author": None,
        "district": None,
        "lat": None,
        "lon": None,
        "address": None,
        "url": None,
        "is_formal": True,
        "source_category": None,
        **fields,
    }


def enriched(landing_id: int, **fields: Any) -> dict[str, Any]:
    """A row of the ENRICHED schema."""
    return {
        "landing_id": landing_id, "post_id": f"post{landing_id}", "version": 1, "submitter_id": f"who{landing_id}",
        "source": "a", "channel": "portal", "is_formal": True, "created_at": NOON, "fetched_at": NOON, "lang": "en",
        "text": "no water", "pii_kinds": [], "category": "water_supply", "mda": "PUC", "confidence": 0.9,
        "in_scope": 0.9, "candidates": "[]", "route": "auto", "kind": "complaint", "urgency": "normal",
        "is_confidential": False, "accused": [], "district": "SC-05", "reasons": ["words"], "model": "toy@1",
        "enriched_at": NOON, "embedding": [1.0, 0.0], **fields,
    }  # fmt: skip


def store_groups(connection: duckdb.DuckDBPyConnection, *groups: list[dict[str, Any]]) -> None:
    """Store posts and their groups, each named after its first post."""
    store_enriched(connection, pa.Table.from_pylist([row for group in groups for row in group], schema=ENRICHED))
    members = [
        {
            "post_id": row["post_id"],
            "group_id": group[0]["post_id"],
            "match": "none" if row is group[0] else "near",
            "of": None if row is group[0] else group[0]["post_id"],
            "score": 1.0,
        }
        for group in groups
        for row in group
    ]
    table = pa.Table.from_pylist(members, schema=SCHEMAS["group_members"])
    replace_results(connection, "merge", "1", NOON, {"group_members": table})
