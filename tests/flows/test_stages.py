"""Stages alone, on a warehouse of a few posts: what they do once, they do not do again."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from flows.home import Home
from flows.stages.ingest import pull
from flows.stages.merge import merge_posts
from flows.stages.route import route_groups
from ingest.errors import FileUnreadableError, SourceRefusedError, SourceUnavailableError
from warehouse.database import open_warehouse
from warehouse.enriched import ENRICHED, store_enriched

NOON = datetime(2026, 8, 3, 12, tzinfo=UTC)


def enriched(number: int, text: str, vector: list[float], **fields: Any) -> dict[str, Any]:
    return {
        "landing_id": number, "post_id": f"p{number}", "version": 1, "submitter_id": None, "source": "a",
        "channel": "portal", "is_formal": True, "created_at": NOON, "fetched_at": NOON, "lang": "en", "text": text,
        "pii_kinds": [], "category": "water_supply", "mda": "PUC", "confidence": 0.9, "in_scope": 0.9,
        "candidates": "[]", "route": "auto", "kind": "question", "urgency": "normal", "is_confidential": False,
        "accused": [], "district": None, "reasons": [], "model": "toy@1", "enriched_at": NOON, "embedding": vector,
        **fields,
    }  # fmt: skip


@pytest.fixture
def place(tmp_path: Path) -> Home:
    """A home with three posts: two say the same."""
    home = Home(tmp_path)
    home.prepare()
    rows = [
        enriched(1, "when is the water back", [1.0, 0.0]),
        enriched(2, "When is the water back?", [1.0, 0.0], accused=["PUC"], confidence=0.5),
        enriched(3, "the lamp is broken", [0.0, 1.0], kind="complaint"),
    ]
    with open_warehouse(home.warehouse) as connection:
        store_enriched(connection, pa.Table.from_pylist(rows, schema=ENRICHED))
    return home


def rows(home: Home, query: str) -> list[tuple[Any, ...]]:
    with open_warehouse(home.warehouse) as connection:
        return connection.execute(query).fetchall()


def test_merging_and_routing_happen_once_for_the_same_posts(place: Home) -> None:
    assert merge_posts(place, "1GB", frozenset(), lambda: NOON)
    route_groups(place, "1GB", lambda: NOON)
    assert rows(place, "SELECT post_id, group_id, match FROM group_members ORDER BY post_id") == [
        ("p1", "p1", "none"), ("p2", "p1", "exact"), ("p3", "p3", "none"),
    ]  # fmt: skip
    assert rows(place, "SELECT faq_id, count(*) FROM faqs JOIN faq_members USING (faq_id) GROUP BY ALL") == [("p1", 2)]
    assert rows(place, "SELECT group_id, route FROM routes ORDER BY group_id") == [("p1", "review"), ("p3", "auto")]

    assert not merge_posts(place, "1GB", frozenset(), lambda: NOON)
    with open_warehouse(place.warehouse) as connection:
        connection.execute("DELETE FROM routes")
    route_groups(place, "1GB", lambda: NOON)
    assert rows(place, "SELECT count(*) FROM routes") == [(0,)]


class FailingSource:
    name, kind = "a", "file"

    def __init__(self, error: Exception | None) -> None:
        self.error = error

    def pages(self, cursor: object) -> Iterator[Any]:
        if self.error:
            raise self.error
        return iter(())


@pytest.mark.parametrize(
    ("error", "state"),
    [
        pytest.param(None, "ok", id="nothing"),
        pytest.param(FileUnreadableError("a.csv", "not there"), "unreadable", id="file"),
        pytest.param(SourceRefusedError("a", "said no"), "refused", id="refusal"),
        pytest.param(SourceUnavailableError("a", "down"), "unavailable", id="down"),
        pytest.param(OSError("anything"), "unavailable", id="anything else"),
    ],
)
def test_how_a_source_failed_is_kept_in_a_word_that_may_be_published(
    place: Home, error: Exception | None, state: str
) -> None:
    pull(FailingSource(error), place, "1GB", lambda: NOON)
    assert rows(place, "SELECT state, failure IS NULL FROM pulls") == [(state, error is None)]
