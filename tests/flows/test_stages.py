"""Stages alone, on a warehouse of a few posts: what they do once, they do not do again."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from flows.home import Home
from flows.stages.ingest import pull
from flows.stages.merge import merge_posts
from flows.stages.route import route_groups
from ingest.errors import FileUnreadableError, SourceRefusedError, SourceUnavailableError
from nlp.space import unit_rows
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


def round_axes(*axes: int) -> list[list[float]]:
    """A vector a number, close to that axis of ten."""
    rng = np.random.default_rng(5)
    return unit_rows((np.eye(10)[list(axes)] + rng.normal(0, 0.02, (len(axes), 10))).astype(np.float32)).tolist()


def in_words(number: int) -> str:
    """A text with a word that all have and one of its own."""
    digest = hashlib.sha256(str(number).encode()).hexdigest()[:12]
    return "water " + "".join(chr(ord("a") + int(digit, 16)) for digit in digest)


def test_merging_tells_bursts_and_what_became_of_topics(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.prepare()
    axes = [axis for axis in range(8) for _ in range(10)]
    posts = [
        enriched(
            number, in_words(number), vector,
            kind="complaint",
            # ten posts over seven weeks on each thing, and all that is said of the first in the last hour
            created_at=NOON - (timedelta(minutes=5 * number) if axis == 0 else timedelta(days=5 * (number % 10))),
        )
        for number, (axis, vector) in enumerate(zip(axes, round_axes(*axes), strict=True), start=1)
    ]  # fmt: skip
    with open_warehouse(home.warehouse) as connection:
        store_enriched(connection, pa.Table.from_pylist(posts, schema=ENRICHED))
    assert merge_posts(home, "1GB", frozenset(), lambda: NOON)
    topic_of = dict(rows(home, "SELECT post_id, topic_id FROM topic_members"))
    assert len(set(topic_of.values())) == 8
    first = topic_of["p1"]
    assert rows(home, "SELECT topic_id, is_bursting FROM topic_bursts WHERE is_bursting") == [(first, True)]
    assert rows(home, "SELECT DISTINCT until_at FROM topic_bursts") == [(NOON + timedelta(hours=1),)]
    assert rows(home, "SELECT count(*) FROM topic_changes") == [(0,)]

    # Seven of the ten posts on the second thing, told in a newer version, are about the third.
    again = [
        {**post, "landing_id": 100 + post["landing_id"], "version": 2, "embedding": vector}
        for post, vector in zip(posts[10:17], round_axes(*[2] * 7), strict=True)
    ]
    gone = [
        {**post, "landing_id": 100 + post["landing_id"], "version": 2, "embedding": vector}
        for post, vector in zip(posts[17:20], round_axes(8, 9, 8), strict=True)
    ]
    with open_warehouse(home.warehouse) as connection:
        store_enriched(connection, pa.Table.from_pylist([*again, *gone], schema=ENRICHED))
    later = NOON + timedelta(hours=2)
    assert merge_posts(home, "1GB", frozenset(), lambda: later)
    assert rows(home, "SELECT changed_at, kind, topic_id, other_id FROM topic_changes") == [
        (later, "merged", topic_of["p11"], topic_of["p21"])
    ]
    assert rows(home, "SELECT count(*) FROM topic_bursts") == rows(home, "SELECT count(*) FROM topics")


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
