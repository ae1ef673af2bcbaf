"""From the portal's store to the warehouse and its snapshot: what is copied of cases, what is not, what goes again."""

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from desk_cases import DAYS, add_person, desk_of, open_cases_of, opened, plain_matter, post
from test_stages import enriched

from flows.home import Home
from flows.stages.copy_cases import copy_cases
from portal.citizens import appeal
from portal.desk import Desk
from portal.models import CaseState
from portal.official import own_answers, withdraw_answer
from portal.steering import Steering
from portal.store import Store
from portal.submissions import submit
from warehouse.database import open_warehouse
from warehouse.enriched import ENRICHED, store_enriched
from warehouse.publish import publish
from warehouse.readers import open_published

NOON = datetime(2026, 8, 3, 8, tzinfo=UTC)
ANSWER = {"en": "PLANTED-ANSWER: the pipe was repaired on Monday.", "crs": "PLANTED-REPONS: tiyo in repare Lendi."}
PUBLIC = {"en": "The pipe is repaired in three days.", "crs": "Tiyo i ganny repare dan trwa zour, «é»."}


@pytest.fixture
def place(tmp_path: Path) -> Home:
    """A home with three posts."""
    home = Home(tmp_path / "home")
    home.prepare()
    rows = [enriched(n, f"SAID {n}", [1.0, 0.0], submitter_id=f"who{n}") for n in (1, 2, 3)]
    with open_warehouse(home.warehouse) as connection:
        store_enriched(connection, pa.Table.from_pylist(rows, schema=ENRICHED))
    return home


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(opened(tmp_path / "home")) as made:
        yield made


@pytest.fixture
def head(store: Store) -> Desk:
    return desk_of(store, add_person(store, "helen", "PUC", role="head"))


def copied(place: Home, store: Store, query: str) -> list[tuple[Any, ...]]:
    """Rows of the warehouse after a copy."""
    copy_cases(place, "1GB", store)
    with open_warehouse(place.warehouse) as connection:
        return connection.execute(query).fetchall()


def official(head: Desk, reference: str, question: str = "When is the pipe repaired?") -> None:
    version = head.answer(reference, head.case(reference).version, ANSWER).version
    head.publish(reference, version, question, PUBLIC, datetime.now(UTC) + timedelta(days=90))


def matter_of(post_id: str, **fields: Any) -> Any:
    return plain_matter("PLANTED-POST", posts=[post(post_id, "PLANTED-POST", lang="crs")], **fields)


def test_a_case_is_copied_as_it_stands_now_with_codes_and_no_words(place: Home, store: Store, head: Desk) -> None:
    (reference,) = open_cases_of(store, matter_of("p1"), now=NOON)
    query = "SELECT reference, state, category, mda, lang, post_ids, closed_at IS NULL, appeals FROM cases"
    assert copied(place, store, query) == [
        (reference, "received", "water_supply", "PUC", "crs", ["p1"], True, 0)
    ]  # fmt: skip
    head.correct(reference, 1, category="electricity")
    head.close(reference, 2, CaseState.UPHELD, ANSWER)
    assert copied(place, store, query) == [(reference, "upheld", "electricity", "PUC", "crs", ["p1"], False, 0)]
    ((words,),) = copied(place, store, "SELECT string_agg(cases::VARCHAR) FROM cases")
    assert "PLANTED" not in words
    assert "helen" not in words
    opened_at = copied(place, store, "SELECT opened_at FROM cases")
    assert opened_at == [(NOON,)]


def test_no_receipt_reaches_the_warehouse_by_cases(place: Home, store: Store, head: Desk) -> None:
    add_person(store, "marie", "PUC")
    receipt = submit(store, text="PLANTED-RAW", author="PLANTED-AUTHOR", received_at=NOON)
    matter = plain_matter("x", posts=[post("p1", "PLANTED-POST", receipt=receipt)])
    (reference,) = open_cases_of(store, matter, now=NOON)
    official(head, reference)
    head.close(reference, head.case(reference).version, CaseState.RESOLVED, {})
    appeal(store, receipt, "PLANTED-APPEAL", DAYS, NOON)
    for table in ("cases", "official_answers"):
        ((rows,),) = copied(place, store, f"SELECT string_agg({table}::VARCHAR) FROM {table}")
        assert [word for word in (receipt, "PLANTED") if word in rows] == []
    assert copied(place, store, "SELECT appeals, answered_at, first_answered_at IS NULL FROM cases") == [
        (1, None, False)
    ]


def test_an_official_answer_is_in_the_next_snapshot_and_a_withdrawn_one_is_gone_from_it(
    place: Home, store: Store, head: Desk
) -> None:
    (reference,) = open_cases_of(store, matter_of("p1"), now=NOON)
    official(head, reference)
    assert shown(place, store) == [("When is the pipe repaired?", "PUC", PUBLIC, 1)]
    (answer,) = own_answers(store, head.account_id)
    withdraw_answer(store, head.account_id, answer.answer_id, "the tariff changed", NOON)
    assert shown(place, store) == []


def test_the_official_answer_of_a_case_that_became_confidential_is_gone_from_the_next_snapshot(
    place: Home, store: Store, head: Desk
) -> None:
    (reference,) = open_cases_of(store, matter_of("p1"), now=NOON)
    official(head, reference)
    head.correct(reference, head.case(reference).version, is_confidential=True)
    assert shown(place, store) == []
    snapshot = open_published(place.published)
    hidden = snapshot.connection.execute("SELECT post_id FROM mart_posts WHERE text IS NULL").fetchall()
    snapshot.close()
    assert hidden == [("p1",)]


def shown(place: Home, store: Store) -> list[tuple[Any, ...]]:
    """Question, agency, texts and count of every entry of the next snapshot's questions."""
    copy_cases(place, "1GB", store)
    with open_warehouse(place.warehouse) as connection:
        publish(connection, place.published, 3, ZoneInfo("Indian/Mahe"))
    snapshot = open_published(place.published)
    rows = snapshot.read("faq_page", mda="", is_unanswered_first=False, n=1000).to_dict("records")
    snapshot.close()
    return [(row["question"], row["mda"], json.loads(row["texts"]), row["n_asked"]) for row in rows]


def test_a_store_without_cases_empties_the_copy(place: Home, store: Store) -> None:
    assert copied(place, store, "SELECT count(*) FROM cases UNION ALL SELECT count(*) FROM official_answers") == [
        (0,), (0,),
    ]  # fmt: skip


def test_what_was_copied_before_is_replaced_whole(place: Home, store: Store, head: Desk) -> None:
    first, second = open_cases_of(store, matter_of("p1"), matter_of("p2"), now=NOON)
    assert copied(place, store, "SELECT reference FROM cases ORDER BY post_ids") == [(first,), (second,)]
    head.close_as_duplicate(second, 1, first)
    assert copied(place, store, "SELECT reference, post_ids FROM cases ORDER BY len(post_ids)") == [
        (second, []), (first, ["p1", "p2"]),
    ]  # fmt: skip


def test_what_people_decided_of_topics_is_copied_as_it_stands_now(place: Home, store: Store) -> None:
    query = "SELECT topic_id, label, merged_into, is_pinned, is_muted FROM topic_marks ORDER BY topic_id"
    assert copied(place, store, query) == []
    anna = add_person(store, "anna", None, role="analyst")
    steering = Steering(store, anna, {1, 2}, lambda: NOON)
    steering.rename(1, 0, "Water at Anse Royale")
    steering.merge(2, 0, 1)
    steering.mute(2, 1, is_muted=True)
    assert copied(place, store, query) == [
        (1, "Water at Anse Royale", None, False, False), (2, None, 1, False, True),
    ]  # fmt: skip
    steering.unmerge(2, 2)
    steering.pin(1, 1, is_pinned=True)
    assert copied(place, store, query) == [
        (1, "Water at Anse Royale", None, True, False), (2, None, None, False, True),
    ]  # fmt: skip
