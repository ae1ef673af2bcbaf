"""Rows of cases and official answers as the warehouse wants them, all invented."""

from datetime import UTC, datetime
from typing import Any

NOON = datetime(2026, 8, 3, 12, tzinfo=UTC)


def case(reference: str, *post_ids: str, **fields: Any) -> dict[str, Any]:
    """A row of the CASES schema: opened at noon, nobody has decided it."""
    never = ("decided_at", "first_answered_at", "answered_at", "held_since", "closed_at", "appealed_at")
    return {
        **dict.fromkeys(never), "reference": reference, "mda": "PUC", "category": "water_supply",
        "suggested_mda": "PUC", "suggested_category": "water_supply", "suggested_by_model": "toy@1", "confidence": 0.9,
        "urgency": "normal", "is_confidential": False, "is_formal": True, "level": "agency", "state": "received",
        "opened_at": NOON, "answer_by": NOON, "appeals": 0, "sends_elsewhere": False, "lang": "en",
        "post_ids": list(post_ids), **fields,
    }  # fmt: skip


def official(answer_id: int, *post_ids: str, **fields: Any) -> dict[str, Any]:
    """A row of the OFFICIAL_ANSWERS schema, approved at noon."""
    return {
        "answer_id": answer_id, "mda": "PUC", "category": "water_supply", "question": f"Official question {answer_id}?",
        "texts": f'{{"en": "answer {answer_id}"}}', "approved_at": NOON, "review_by": NOON, "post_ids": list(post_ids),
        **fields,
    }  # fmt: skip
