"""From the warehouse to cases: what was routed opens cases in the portal's store, once."""

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
import sqlalchemy as sa
from test_stages import enriched

from flows.home import Home
from flows.stages.route import open_formal_cases, route_groups
from portal.models import Case, CaseState, Level
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
                "url": None, "is_formal": source == "portal", "source_category": None,
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


def test_every_group_with_a_submission_becomes_one_case(place: Home, store: Store) -> None:
    assert open_formal_cases(place, "1GB", store, DAYS, lambda: NOON) == 2
    assert open_formal_cases(place, "1GB", store, DAYS, lambda: NOON) == 0
    road, money = all_cases(store)
    assert (road.mda, road.category, road.urgency, road.confidence) == ("SLTA", "roads", "urgent", 0.7)
    assert (road.candidates, road.reasons, road.level, road.is_formal) == (CANDIDATES, ["road"], Level.AGENCY, True)
    assert [(post.text, post.source, post.receipt) for post in road.posts] == [
        ("no road", "portal", "S-1"), ("no road!", "reddit", None),
    ]  # fmt: skip
    assert (money.mda, money.accused, money.level) == ("PUC", ["PUC"], Level.OVERSIGHT)
    assert [(post.text, post.receipt) for post in money.posts] == [("they take money", "S-2")]


def test_late_cases_rise_in_the_same_run(place: Home, store: Store) -> None:
    open_formal_cases(place, "1GB", store, DAYS, lambda: NOON)
    open_formal_cases(place, "1GB", store, DAYS, lambda: NOON + timedelta(days=20))
    assert [(case.level, case.state) for case in all_cases(store)] == [
        (Level.HEAD, CaseState.ESCALATED), (Level.OVERSIGHT, CaseState.RECEIVED),
    ]  # fmt: skip
