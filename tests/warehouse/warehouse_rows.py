"""Rows as landing wants them."""

from datetime import UTC, datetime
from typing import Any

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
