"""From the warehouse to cases: what was routed opens cases in the portal's store, once."""

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest
import sqlalchemy as sa
from desk_cases import add_person, desk_of, plain_matter, post
from test_stages import enriched

from flows.home import Home
from flows.stages.route import open_formal_cases, route_groups
from portal.models import Case, CasePost, CaseState, Level
from portal.store import Store, open_store
from portal.working_days import WorkingDays
from warehouse.database import open_warehouse
from warehouse.enriched import ENRICHED, store_enriched
from warehouse.landing import land
from warehouse.merged import SCHEMAS, replace_results

NOON = datetime(2026, 8, 3, 8, tzinfo=UTC)
DAYS = WorkingDays(ZoneInfo("Indian/Mahe"))
CANDIDATES = [{"category": "roads", "mda": "SLTA", "probability": 0.7}]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(open_store(f"sqlite:///{tmp_path / 'portal.sqlite'}")) as opened:
        yield opened


@pytest.fixture
def place(tmp_path: Path) -> Home:
    """A home with three groups: a submission and a social post, an accusing submission, a social post alone."""
    home = Home(tmp_path / "home")
    home.prepare()
    with open_warehouse(home.warehouse) as connection:
        for source, source_id in (("portal", "S-1"), ("reddit", "t3_a"), ("portal", "S-2"), ("reddit", "t3_b")):
            landed: dict[str, Any] = {
                "source_id": source_id, "raw": "{}", "text": "said by somebody invented", "created_at": NOON,
                "channel": source, "author": None, "district": None, "lat": None, "lon": None, "address": None,
                "url": f"https://x.example/{source_id}", "is_formal": source == "portal", "source_category": None,
            }  # fmt: skip
            land(connection, source, [landed], None, NOON)
        ids = dict(connection.execute("SELECT source_id, landing_id FROM landing").fetchall())
        rows = [
            enriched(
                ids["S-1"], "no road", [1.0, 0.0], source="portal", mda="SLTA", category="roads", confidence=0.7,
                urgency="urgent", candidates=json.dumps(CANDIDATES), reasons=["road"],
            ),
            enriched(ids["t3_a"], "no road!", [1.0, 0.0], source="reddit", is_formal=False, confidence=0.5),
            enriched(ids["S-2"], "they take money", [0.0, 1.0], source="portal", accused=["PUC"]),
            enriched(ids["t3_b"], "nice day", [0.0, 1.0], source="reddit", is_formal=False),
        ]  # fmt: skip
        store_enriched(connection, pa.Table.from_pylist(rows, schema=ENRICHED))
        members = [
            {"post_id": f"p{ids[name]}", "group_id": f"p{ids[group]}", "match": "none", "of": None, "score": 1.0}
            for name, group in (("S-1", "S-1"), ("t3_a", "S-1"), ("S-2", "S-2"), ("t3_b", "t3_b"))
        ]
        table = pa.Table.from_pylist(members, schema=SCHEMAS["group_members"])
        replace_results(connection, "merge", "1", NOON, {"group_members": table})
    route_groups(home, "1GB", lambda: NOON)
    return home


def all_cases(store: Store) -> list[Case]:
    with store.session() as session:
        cases = list(session.scalars(sa.select(Case).order_by(Case.case_id)))
        for case in cases:
            case.posts.sort(key=lambda post: post.text)
        return cases


def meaning_of(store: Store, reference: str) -> list[float]:
    with store.reading() as session:
        packed = session.scalars(sa.select(Case.meaning).where(Case.reference == reference)).one()
    return np.frombuffer(packed or b"", dtype=np.float16).tolist()


def test_every_group_with_a_submission_becomes_one_case(place: Home, store: Store) -> None:
    assert open_formal_cases(place, "1GB", store, DAYS, lambda: NOON) == 2
    assert open_formal_cases(place, "1GB", store, DAYS, lambda: NOON) == 0
    road, money = all_cases(store)
    assert (road.mda, road.category, road.urgency, road.confidence) == ("SLTA", "roads", "urgent", 0.7)
    assert (road.candidates, road.reasons, road.level, road.is_formal) == (CANDIDATES, ["road"], Level.AGENCY, True)
    assert [(post.text, post.source, post.receipt) for post in road.posts] == [
        ("no road", "portal", "S-1"), ("no road!", "reddit", None),
    ]  # fmt: skip
    assert [post.url for post in road.posts] == [None, "https://x.example/t3_a"]
    assert meaning_of(store, road.reference) == [1.0, 0.0]
    assert meaning_of(store, money.reference) == [0.0, 1.0]
    assert (money.mda, money.accused, money.level) == ("PUC", ["PUC"], Level.OVERSIGHT)
    assert [(post.text, post.receipt) for post in money.posts] == [("they take money", "S-2")]


def test_late_cases_rise_in_the_same_run(place: Home, store: Store) -> None:
    open_formal_cases(place, "1GB", store, DAYS, lambda: NOON)
    open_formal_cases(place, "1GB", store, DAYS, lambda: NOON + timedelta(days=20))
    assert [(case.level, case.state) for case in all_cases(store)] == [
        (Level.HEAD, CaseState.ESCALATED), (Level.OVERSIGHT, CaseState.RECEIVED),
    ]  # fmt: skip


def test_a_matter_that_was_taken_up_gets_at_the_next_run_what_the_page_did_not_know(place: Home, store: Store) -> None:
    desk = desk_of(store, add_person(store, "marie", "PUC"))
    (post_id,) = [f"p{n}" for n in landing_ids(place, "t3_b")]
    taken = plain_matter("x", posts=[post(post_id, "nice day", source="reddit")], is_formal=False)
    reference = desk.take_up(taken)
    open_formal_cases(place, "1GB", store, DAYS, lambda: NOON)
    (said,) = desk.case(reference).posts
    assert (said.url, said.text, said.receipt) == ("https://x.example/t3_b", "nice day", None)
    assert meaning_of(store, reference) == [0.0, 1.0]
    version = desk.case(reference).version
    open_formal_cases(place, "1GB", store, DAYS, lambda: NOON)
    assert desk.case(reference).version == version
    assert [len(case.posts) for case in all_cases(store)] == [1, 2, 1]


def test_a_case_of_an_older_version_gets_its_words_and_meaning(place: Home, store: Store) -> None:
    open_formal_cases(place, "1GB", store, DAYS, lambda: NOON)
    with store.session() as session:
        session.execute(sa.update(CasePost).values(text="", url=None))
        session.execute(sa.update(Case).values(meaning=None))
    open_formal_cases(place, "1GB", store, DAYS, lambda: NOON)
    road, money = all_cases(store)
    assert [(said.text, said.url) for said in road.posts] == [
        ("no road", None), ("no road!", "https://x.example/t3_a"),
    ]  # fmt: skip
    assert [said.text for said in money.posts] == ["they take money"]
    assert meaning_of(store, money.reference) == [0.0, 1.0]


def landing_ids(place: Home, *source_ids: str) -> list[int]:
    with open_warehouse(place.warehouse) as connection:
        ids = dict(connection.execute("SELECT source_id, landing_id FROM landing").fetchall())
    return [ids[source_id] for source_id in source_ids]
