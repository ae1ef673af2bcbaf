"""A small country whose public figures can be counted by hand. All people, posts and cases are invented.

Counted until Monday 2 November 2026 in Mahé. Working days to Sunday 1 November: 19 since 5 October, 36 since 10
September.

PUC, water: 12 English cases of 5 October, 10 of them answered 3 working days later, 2 wait.
SLTA, roads: 23 Creole cases of 10 September, none answered.
Besides: 9 French posts on roads in October, by 9 people; 15 on water in September by nobody known; 11 confidential
English ones on roads in September; 11 French questions on water of 20 October, which the official answer of 6
October holds; 12 posts of 3 November, which is too late to count.
"""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa
from case_rows import case, official

from portal.working_days import WorkingDays
from warehouse.calendar import store_working_days
from warehouse.cases import replace_cases
from warehouse.enriched import ENRICHED, store_enriched
from warehouse.public import publish_public
from warehouse.publish import Published, build_marts, store_names

MAHE = ZoneInfo("Indian/Mahe")
UNTIL = datetime(2026, 11, 1, 20, tzinfo=UTC)  # the first moment of 2 November in Mahé
OCTOBER, SEPTEMBER = datetime(2026, 10, 5, 8, tzinfo=UTC), datetime(2026, 9, 10, 8, tzinfo=UTC)
FETCHED = datetime(2026, 11, 4, 8, tzinfo=UTC)
SECRETS = ("PLANTED-WORDS", "PLANTED-SUBMITTER", "PLANTED-POST", "C-PLANTED")
NAMES = {
    "agency": {"PUC": "Public Utilities Corporation", "SLTA": "Land Transport Agency", "ENV": "Environment"},
    "category": {"water_supply": "Water", "roads": "Roads"},
    "district": {"SC-05": "Anse Royale"},
}
ANSWER = official(
    1, "PLANTED-POST-w1", *(f"PLANTED-POST-q{n}" for n in range(1, 12)), question="When is the water back, élève?",
    texts='{"crs": "Delo i retourn Lendi.", "en": "The water is back on Monday."}',
    approved_at=datetime(2026, 10, 6, 8, tzinfo=UTC),
)  # fmt: skip


def said(name: str, at: datetime, lang: str, mda: str, category: str, **fields: Any) -> dict[str, Any]:
    """A row of the ENRICHED schema, by a person of its own."""
    return {
        "landing_id": abs(hash(name)) % 10**12, "post_id": f"PLANTED-POST-{name}", "version": 1,
        "submitter_id": f"PLANTED-SUBMITTER-{name}", "source": "portal", "channel": "portal", "is_formal": True,
        "created_at": at, "fetched_at": FETCHED, "lang": lang, "text": f"PLANTED-WORDS of {name}", "pii_kinds": [],
        "category": category, "mda": mda, "confidence": 0.8, "in_scope": 0.9, "candidates": "[]", "route": "auto",
        "kind": "complaint", "urgency": "normal", "is_confidential": False, "accused": [], "district": "SC-05",
        "reasons": ["PLANTED-WORDS"], "model": "toy@1", "enriched_at": FETCHED, "embedding": [1.0, 0.0], **fields,
    }  # fmt: skip


def posts() -> list[dict[str, Any]]:
    water, roads = ("PUC", "water_supply"), ("SLTA", "roads")
    later = datetime(2026, 10, 20, 8, tzinfo=UTC)
    return [
        *(said(f"w{n}", OCTOBER, "en", *water) for n in range(1, 13)),
        *(said(f"r{n}", SEPTEMBER, "crs", *roads, route="review") for n in range(1, 24)),
        *(said(f"f{n}", OCTOBER, "fr", *roads) for n in range(1, 10)),
        *(said(f"u{n}", SEPTEMBER, "fr", *water, submitter_id=None) for n in range(1, 16)),
        *(said(f"c{n}", SEPTEMBER, "en", *roads, is_confidential=True, route="review") for n in range(1, 12)),
        *(said(f"q{n}", later, "fr", *water) for n in range(1, 12)),
        *(said(f"l{n}", datetime(2026, 11, 3, 8, tzinfo=UTC), "en", *water) for n in range(1, 13)),
    ]


def cases() -> list[dict[str, Any]]:
    answered = {"first_answered_at": OCTOBER + timedelta(days=3), "answered_at": OCTOBER + timedelta(days=3)}
    roads = {"mda": "SLTA", "category": "roads", "suggested_category": "roads", "lang": "crs"}
    return [
        *(
            case(f"C-PLANTED-w{n}", f"PLANTED-POST-w{n}", opened_at=OCTOBER, **(answered if n <= 10 else {}))
            for n in range(1, 13)
        ),
        *(case(f"C-PLANTED-r{n}", f"PLANTED-POST-r{n}", opened_at=SEPTEMBER, **roads) for n in range(1, 24)),
    ]


def fill(
    connection: duckdb.DuckDBPyConnection, *more: dict[str, Any], also: list[dict[str, Any]] | None = None
) -> None:
    """Store all of it, `more` posts and cases `also`."""
    store_enriched(connection, pa.Table.from_pylist([*posts(), *more], schema=ENRICHED))
    replace_cases(connection, [[*cases(), *(also or [])]], [ANSWER])
    store_names(connection, NAMES, {"fr": {"agency": {"PUC": "Services publics"}}})
    store_working_days(connection, WorkingDays(MAHE).calendar(date(2020, 1, 1), date(2027, 12, 29)))


def publish_country(connection: duckdb.DuckDBPyConnection, folder: Path, until: datetime = UNTIL) -> Published:
    build_marts(connection, MAHE)
    return publish_public(connection, folder, keep=3, timezone=MAHE, until=until)
