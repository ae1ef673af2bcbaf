from datetime import UTC, datetime, timedelta

import pytest

from portal.errors import SubmissionRefusedError
from portal.store import Store
from portal.submissions import submissions_since, submit, submitted_at

NOON = datetime(2026, 8, 3, 12, tzinfo=UTC)


def test_a_submission_gets_a_reference_that_nobody_can_guess(store: Store) -> None:
    references = {submit(store, text="Napa delo", received_at=NOON) for _ in range(20)}
    assert len(references) == 20
    assert all(len(reference) == len("S-XXXX-XXXX") for reference in references)


def test_the_same_reference_is_taken_once_and_left_as_it_is(store: Store) -> None:
    submit(store, text="first", received_at=NOON, reference="R")
    submit(store, text="second", received_at=NOON, reference="R")
    assert [s.text for page in submissions_since(store, None, 10) for s in page] == ["first"]


def test_a_reference_says_when_its_submission_was_written(store: Store) -> None:
    submit(store, text="Napa delo", received_at=NOON, created_at=NOON - timedelta(days=1), reference="R")
    assert (submitted_at(store, "R"), submitted_at(store, "S")) == (NOON - timedelta(days=1), None)


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
