"""A published snapshot of six posts whose figures can be counted by hand, in the time of Mahé (UTC+4)."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
import streamlit as st
from hostile import HOSTILE

from warehouse.database import open_warehouse
from warehouse.enriched import ENRICHED, store_enriched
from warehouse.landing import PullState, land, record_pull
from warehouse.merged import SCHEMAS, TOPIC_CHANGES, replace_results
from warehouse.publish import publish, store_districts, store_names

Value = TypeVar("Value")
FETCHED = datetime(2026, 10, 26, 8, tzinfo=UTC)


@pytest.fixture(autouse=True)
def everybody_may_read(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests of what pages show need nobody to sign in first; those of who may see them ask for `walled`."""
    if "walled" not in request.fixturenames:
        monkeypatch.setattr("dashboards.data.may_read", lambda snapshot=None: True)


@pytest.fixture
def walled() -> None:
    """The wall before people's words as it is."""


def _post(number: int, created_at: str, **fields: Any) -> dict[str, Any]:
    return {
        "landing_id": number, "post_id": f"p{number}", "version": 1, "submitter_id": f"who{number}", "source": "portal",
        "channel": "portal", "is_formal": True, "created_at": datetime.fromisoformat(f"{created_at}:00+00:00"),
        "fetched_at": FETCHED, "lang": "en", "text": f"text {number}", "pii_kinds": [], "category": "water_supply",
        "mda": "PUC", "confidence": 0.8, "in_scope": 0.9, "route": "auto", "kind": "complaint", "urgency": "normal",
        "candidates": '[{"category": "water_supply", "mda": "PUC", "probability": 0.8}]', "is_confidential": False,
        "accused": [], "district": None, "reasons": ["words that speak for Water: water"], "model": "toy@1",
        "enriched_at": FETCHED, "embedding": [1.0, 0.0], **fields,
    }  # fmt: skip


POSTS = [
    _post(1, "2026-09-27T21:00"),  # 1 o'clock on Monday in Mahé
    _post(2, "2026-10-13T10:00", lang="crs", channel="facebook", is_formal=False, submitter_id="who1"),
    _post(
        3, "2026-10-20T10:00", lang="crs", channel="facebook", is_formal=False, text="Napa delo Anse Royale",
        district="SC-05",
    ),
    _post(4, "2026-10-21T10:00", lang="fr", kind="question", text="Quand l'eau revient-elle ?", urgency="urgent"),
    _post(5, "2026-10-22T10:00", kind="question", text="When is the water back?", route="review"),
    _post(
        6, "2026-10-22T10:00", category="roads", mda="SLTA", is_confidential=True, text="CONFIDENTIAL-TEXT",
        route="review",
    ),
]  # fmt: skip
GROUP_OF = {"p1": "p1", "p2": "p1", "p3": "p3", "p4": "p4", "p5": "p4", "p6": "p6"}


def _landed(post: dict[str, Any]) -> dict[str, Any]:
    unknown = ("author", "district", "lat", "lon", "address", "url", "source_category")
    said = {name: post[name] for name in ("text", "created_at", "channel", "is_formal")}
    return {**dict.fromkeys(unknown), **said, "raw": "{}", "source_id": post["post_id"]}


def _member(post_id: str, group_id: str) -> dict[str, Any]:
    is_first = post_id == group_id
    of, match = (None, "none") if is_first else (group_id, "near")
    return {"post_id": post_id, "group_id": group_id, "match": match, "of": of, "score": 1.0}


def _route(post: dict[str, Any]) -> dict[str, Any]:
    names = ("mda", "category", "route", "confidence", "urgency", "is_formal", "is_confidential", "model")
    return {"group_id": post["post_id"], **{name: post[name] for name in names}}


@pytest.fixture
def published(home: Path) -> Iterator[Path]:
    """Six posts, five voices, four matters, one topic of three posts, one question asked twice."""
    _publish(home, POSTS, {"When is the water back?": ["p4", "p5"]}, "water, cut")
    yield from _with_empty_caches(home)


@pytest.fixture
def published_sample(home: Path) -> Iterator[Path]:
    """The same posts, all of the bundled sample."""
    posts = [{**post, "source": "sample-social"} for post in POSTS]
    _publish(home, posts, {"When is the water back?": ["p4", "p5"]}, "water, cut")
    yield from _with_empty_caches(home)


@pytest.fixture
def published_hostile(home: Path) -> Iterator[str]:
    """The same posts, each in these words."""
    posts = [{**post, "text": HOSTILE, "reasons": [HOSTILE]} for post in POSTS]
    _publish(home, posts, {HOSTILE: ["p4", "p5"]}, "*water*, $cut$")
    yield from _with_empty_caches(HOSTILE)


@pytest.fixture
def published_for_years(home: Path) -> Iterator[Path]:
    """The same posts over three years and a half, without authors."""
    dates = ("2023-03-06", "2024-07-01", "2025-07-01", "2026-07-01", "2026-09-28", "2026-09-28")
    said = [datetime.fromisoformat(f"{day}T08:00:00+00:00") for day in dates]
    posts = [{**post, "created_at": at, "submitter_id": None} for post, at in zip(POSTS, said, strict=True)]
    _publish(home, posts, {"When is the water back?": ["p4", "p5"]}, "water, cut")
    yield from _with_empty_caches(home)


@pytest.fixture
def published_bursting(home: Path) -> Iterator[Path]:
    """The six posts; their topic bursts by copies, topic 7 has joined it and it was part of topic 5."""
    burst = {
        "topic_id": 1, "until_at": datetime(2026, 10, 22, 11, tzinfo=UTC), "is_bursting": True, "window_hours": 6,
        "n_voices": 14, "n_expected": 0.42, "p": 1e-9, "n_posts": 20, "is_campaign": True,
    }  # fmt: skip
    changes = [
        {"changed_at": datetime(2026, 10, 20, 21, tzinfo=UTC), "kind": "merged", "topic_id": 7, "other_id": 1},
        {"changed_at": datetime(2026, 10, 1, 9, tzinfo=UTC), "kind": "split", "topic_id": 1, "other_id": 5},
        {"changed_at": datetime(2026, 10, 1, 9, tzinfo=UTC), "kind": "split", "topic_id": 9, "other_id": 5},
    ]
    _publish(home, POSTS, {}, "*water*, cut", [burst], changes)
    yield from _with_empty_caches(home)


@pytest.fixture
def published_weeks(home: Path) -> Iterator[Path]:
    """Nine Thursdays: four voices each from Anse Royale on Facebook, but twenty on the last; ten each from Bel Air by
    the portal, but none on the last. Two confidential posts a week before it, two without a place on it."""
    said: list[dict[str, Any]] = []

    def say(times: int, at: datetime, **fields: Any) -> None:
        for _ in range(times):
            number = len(said) + 1
            said.append({**_post(number, "2026-10-22T10:00", **fields), "created_at": at})

    last = datetime(2026, 10, 22, 10, tzinfo=UTC)
    for weeks_ago in range(9):
        at = last - timedelta(weeks=weeks_ago)
        say(4 if weeks_ago else 20, at, channel="facebook", lang="crs", district="SC-05", is_formal=False)
        say(10 if weeks_ago else 0, at, category="roads", mda="SLTA", district="SC-09")
    say(2, last - timedelta(weeks=1), is_confidential=True, lang="fr", channel="sms", text="CONFIDENTIAL-TEXT")
    say(2, last, channel="facebook", lang="crs", is_formal=False)
    _publish(home, said, {}, "water, cut")
    yield from _with_empty_caches(home)


def _tile(district: str, short: str, column: int, population: int) -> dict[str, Any]:
    return {
        "district": district, "short": short, "column": column, "row": 0, "population": population, "year": 2010,
        "source": "invented",
    }  # fmt: skip


@pytest.fixture
def published_many_questions(home: Path) -> Iterator[Path]:
    """Twelve long questions, each asked twice."""
    asked = [f"Question {number}? {'word ' * 1000}" for number in range(1, 13)]
    posts = [
        _post(2 * number - is_first, "2026-10-20T10:00", text=question)
        for number, question in enumerate(asked, start=1)
        for is_first in (1, 0)
    ]
    members = {question: [f"p{2 * number - 1}", f"p{2 * number}"] for number, question in enumerate(asked, start=1)}
    _publish(home, posts, members, "water, cut")
    yield from _with_empty_caches(home)


def _with_empty_caches(value: Value) -> Iterator[Value]:
    st.cache_data.clear()
    st.cache_resource.clear()
    yield value
    st.cache_data.clear()
    st.cache_resource.clear()


def _publish(
    home: Path,
    posts: list[dict[str, Any]],
    questions: dict[str, list[str]],
    label: str,
    bursts: Sequence[dict[str, Any]] = (),
    changes: Sequence[dict[str, Any]] = (),
) -> None:
    with open_warehouse(home / "store" / "warehouse.duckdb") as connection:
        land(connection, posts[0]["source"], [_landed(post) for post in posts], None, FETCHED)
        record_pull(connection, "portal", "portal", FETCHED, FETCHED, 6, 6, 0, "portal: no", PullState.REFUSED)
        store_enriched(connection, pa.Table.from_pylist(posts, schema=ENRICHED))
        tables = {
            "group_members": [_member(post_id, group_id) for post_id, group_id in GROUP_OF.items()],
            "topics": [{"topic_id": 1, "label": label, "terms": label.split(", "), "representative_post_id": "p3"}],
            "topic_members": [{"post_id": post_id, "topic_id": 1} for post_id in ("p1", "p2", "p3")],
            "topic_bursts": list(bursts),
            "faqs": [{"faq_id": members[-1], "question": question} for question, members in questions.items()],
            "faq_members": [
                {"post_id": post_id, "faq_id": members[-1]} for members in questions.values() for post_id in members
            ],
            "routes": [_route(post) for post in posts if post["post_id"] in GROUP_OF.values()],
        }
        arrow = {name: pa.Table.from_pylist(rows, schema=SCHEMAS[name]) for name, rows in tables.items()}
        changed = pa.Table.from_pylist(list(changes), schema=TOPIC_CHANGES)
        replace_results(connection, "merge", "1", FETCHED, arrow, changed)
        store_names(
            connection,
            {
                "agency": {"PUC": "Public Utilities Corporation", "SLTA": "Seychelles Land Transport Agency"},
                "category": {"water_supply": "Water", "roads": "Roads"},
                "district": {"SC-05": "Anse Royale", "SC-09": "Bel Air"},
            },
        )
        store_districts(connection, [_tile("SC-05", "A. Royale", 1, 300), _tile("SC-09", "Bel Air", 0, 100)])
        publish(connection, home / "published", keep=3, timezone=ZoneInfo("Indian/Mahe"))
