import math
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from portal.errors import SubmissionRefusedError
from portal.models import Event, Submission
from portal.store import Store
from portal.submissions import REFERENCE_ALPHABET, submissions_since, submit, submit_more, submitted_at

NOON = datetime(2026, 8, 3, 12, tzinfo=UTC)


def test_a_submission_gets_a_receipt_that_nobody_can_guess(store: Store) -> None:
    receipts = {submit(store, text="Napa delo", received_at=NOON) for _ in range(20)}
    assert len(receipts) == 20
    group = f"[{REFERENCE_ALPHABET}]{{4}}"
    assert [receipt for receipt in receipts if not re.fullmatch(f"S-{group}-{group}-{group}", receipt)] == []
    assert len(set(REFERENCE_ALPHABET)) == len(REFERENCE_ALPHABET)
    assert 58.8 < 12 * math.log2(len(REFERENCE_ALPHABET)) < 59


def test_that_a_submission_was_received_is_an_event_whose_details_alone_hold_the_receipt(store: Store) -> None:
    receipt = submit(store, text="PLANTED", author="PLANTED", received_at=NOON)
    submit(store, text="PLANTED", received_at=NOON, reference=receipt)
    with store.reading() as session:
        (event,) = session.scalars(sa.select(Event))
        (submission,) = session.scalars(sa.select(Submission))
    assert (event.actor, event.action, event.subject, event.at) == ("citizen", "received", None, NOON)
    assert event.details == {"receipt": receipt}
    assert submission.event_seq == event.seq


def test_what_is_added_is_of_the_same_person_and_follows_the_first(store: Store) -> None:
    receipt = submit(store, text="first", author="Zan Envante", district="SC-05", address="here", received_at=NOON)
    with store.session() as session:
        first = session.scalars(sa.select(Submission)).one()
        submit_more(session, first, "second", NOON + timedelta(days=1))
    with store.reading() as session:
        _, more = session.scalars(sa.select(Submission).order_by(Submission.submission_id))
        n_events = session.scalar(sa.select(sa.func.count()).select_from(Event))
    assert (more.text, more.author, more.district, more.follows) == ("second", "Zan Envante", "SC-05", receipt)
    assert (more.received_at, more.event_seq, n_events) == (NOON + timedelta(days=1), 2, 2)
    assert more.reference not in ("", receipt)


def test_the_same_reference_is_taken_once_and_left_as_it_is(store: Store) -> None:
    submit(store, text="first", received_at=NOON, reference="R")
    submit(store, text="second", received_at=NOON, reference="R")
    assert [s.text for page in submissions_since(store, None, 10) for s in page] == ["first"]


def test_a_reference_says_when_its_submission_was_written(store: Store) -> None:
    submit(store, text="Napa delo", received_at=NOON, created_at=NOON - timedelta(days=1), reference="R")
    assert (submitted_at(store, "R"), submitted_at(store, "S")) == (NOON - timedelta(days=1), None)


TOO_LONG = {"author": 320, "district": 64, "source_category": 200, "reference": 32, "address": 200_000}


@pytest.mark.parametrize(("name", "longest"), TOO_LONG.items(), ids=TOO_LONG)
def test_a_value_that_is_too_long_for_its_place_is_refused_and_told(store: Store, name: str, longest: int) -> None:
    submit(store, text="just fits", received_at=NOON, **{name: "x" * longest})
    with pytest.raises(SubmissionRefusedError, match=f"has {longest + 1:,} characters, the limit is {longest:,}$"):
        submit(store, text="too long", received_at=NOON, **{name: "x" * (longest + 1)})
    assert [s.text for page in submissions_since(store, None, 10) for s in page] == ["just fits"]


@pytest.mark.parametrize("strange", ["\0", "\ud800"], ids=["NUL", "a lone surrogate"])
@pytest.mark.parametrize("name", ["text", *TOO_LONG])
def test_what_is_no_text_is_refused_on_every_database_and_not_altered(store: Store, name: str, strange: str) -> None:
    with pytest.raises(SubmissionRefusedError, match="holds a character that is no text") as refused:
        submit(store, **{"text": "Napa delo", "received_at": NOON, name: f"SECRET{strange}WORDS"})
    assert "SECRET" not in str(refused.value)
    assert list(submissions_since(store, None, 10)) == []


def test_of_many_that_submit_under_one_reference_at_once_one_is_stored_and_nobody_is_refused(store: Store) -> None:
    start = threading.Barrier(8, timeout=30)

    def send(number: int) -> str:
        start.wait()
        return submit(store, text=f"sent by {number}", received_at=NOON, reference="R")

    for _ in range(5):
        with store.session() as session:
            session.execute(sa.delete(Submission))
        with ThreadPoolExecutor(8) as pool:
            assert set(pool.map(send, range(8))) == {"R"}
        assert [len(page) for page in submissions_since(store, None, 10)] == [1]


@pytest.mark.parametrize("text", [pytest.param(" \n ", id="blank"), pytest.param("x" * 200_001, id="far too long")])
def test_a_submission_that_cannot_be_used_is_refused(store: Store, text: str) -> None:
    with pytest.raises(SubmissionRefusedError):
        submit(store, text=text, received_at=NOON)


def test_pages_hold_every_submission_once_in_order_of_receipt(store: Store) -> None:
    for minute in (5, 1, 3, 3, 2, 4, 3):
        submit(store, text=str(minute), received_at=NOON + timedelta(minutes=minute))
    pages = [[s.text for s in page] for page in submissions_since(store, NOON + timedelta(minutes=2), 2)]
    assert pages == [["2", "3"], ["3", "3"], ["4", "5"]]


def test_times_come_back_in_utc(store: Store) -> None:
    submit(store, text="x", received_at=datetime.fromisoformat("2026-08-03T16:00:00+04:00"))
    ((submission,),) = submissions_since(store, None, 10)
    assert submission.received_at == NOON
    assert submission.received_at.utcoffset() == timedelta(0)
