import hashlib
import json
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import rfc8785
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from toy_log import KEY, NOON, PUBLIC, WORDS, append, naive_root, sign

from portal.audit.checkpoints import sign_checkpoint
from portal.audit.export import verify_store
from portal.audit.log import entry_of, forget, history, inclusion, record
from portal.audit.verify import check_inclusion, leaf_hash, open_checkpoint, read_key
from portal.errors import EventRefusedError, EventUnsignedError, LogDamagedError, PortalError
from portal.models import Event, LogHead
from portal.store import Store, open_store


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Store]:
    """For what is decided before the database is asked, or alike on both."""
    opened = open_store(f"sqlite:///{tmp_path / 'log.sqlite'}")
    yield opened
    opened.close()


def all_events(store: Store) -> list[Event]:
    with store.session() as session:
        return list(session.scalars(sa.select(Event).order_by(Event.seq)))


def say(store: Store, **changed: Any) -> Event:
    values: dict[str, Any] = {
        "at": NOON, "actor": "officer", "action": "decided", "subject": None, "details": {"mda": "PUC"}, **changed,
    }  # fmt: skip
    with store.session() as session:
        return record(session, **values)


def test_an_event_commits_to_its_details_and_its_entry_is_the_leaf(store: Store) -> None:
    details = {"to": "PUC", "note": f"{WORDS} – é \u2028 \U0001f600", "confidence": 1e-7, "n": [1, 2.0, None, True]}
    say(store, subject="C-2222-3333", details=details)
    [event] = all_events(store)
    said = rfc8785.dumps(details)
    assert event.salt is not None
    assert event.commitment == hashlib.sha256(bytes.fromhex(event.salt) + said).hexdigest()
    entry = (
        '{"action":"decided","actor":"officer","at":"2026-08-03T12:30:15.000042Z",'
        f'"commitment":"{event.commitment}","seq":1,"subject":"C-2222-3333"}}'
    )
    assert entry_of(event) == entry.encode()
    assert event.leaf == hashlib.sha256(b"\x00" + entry.encode()).hexdigest()
    assert event.details == details


def test_events_are_numbered_from_one_and_the_head_is_their_tree(store: Store) -> None:
    append(store, 13)
    found = all_events(store)
    assert [event.seq for event in found] == list(range(1, 14))
    with store.session() as session:
        head = session.scalars(sa.select(LogHead)).one()
    roots = [naive_root([entry_of(event) for event in found[a:b]]).hex() for a, b in ((0, 8), (8, 12), (12, 13))]
    assert (head.size, head.edge) == (13, roots)


def test_equal_details_have_different_commitments(store: Store) -> None:
    assert say(store).commitment != say(store).commitment


def test_several_events_of_one_transaction_follow_each_other(store: Store) -> None:
    append(store, 1)
    with store.session() as session:
        for action in ("first", "second"):
            record(session, at=NOON, actor="a", action=action, subject="C-1", details={})
        assert [event.action for event in history(session, "C-1")] == ["first", "second"]
    sign(store)
    assert verify_store(store, PUBLIC) == []


def test_what_is_rolled_back_leaves_no_gap(store: Store) -> None:
    append(store, 2)
    with store.session() as session:
        record(session, at=NOON, actor="a", action="b", subject=None, details={})
        session.rollback()
    append(store, 2)
    assert [event.seq for event in all_events(store)] == [1, 2, 3, 4]
    sign(store)
    assert verify_store(store, PUBLIC) == []


def test_a_time_of_another_zone_is_logged_in_utc(store: Store) -> None:
    say(store, at=datetime(2026, 8, 3, 16, tzinfo=timezone(timedelta(hours=4))))
    [event] = all_events(store)
    assert json.loads(entry_of(event))["at"] == "2026-08-03T12:00:00.000000Z"


def test_eight_threads_append_without_gap_or_failure(store: Store) -> None:
    failures: list[Exception] = []
    start = threading.Barrier(8)

    def work(number: int) -> None:
        start.wait()
        try:
            append(store, 25, actor=f"thread {number}")
        except PortalError as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    found = all_events(store)
    assert [event.seq for event in found] == list(range(1, 201))
    assert {sum(event.actor == f"thread {number}" for event in found) for number in range(8)} == {25}
    sign(store)
    assert verify_store(store, PUBLIC) == []


def test_a_transaction_that_read_before_it_records_waits_for_the_other_writer(store: Store) -> None:
    append(store, 1)
    start = threading.Barrier(2)
    failures: list[Exception] = []

    def work() -> None:
        try:
            for _ in range(10):
                start.wait(30)
                with store.session() as session:
                    session.scalar(sa.select(sa.func.count()).select_from(Event))
                    session.scalars(sa.select(LogHead)).one()
                    record(session, at=NOON, actor="a", action="b", subject=None, details={})
        except PortalError as error:
            failures.append(error)
            start.abort()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert [event.seq for event in all_events(store)] == list(range(1, 22))


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"details": {"n": 2**60}}, "JSON"),
        ({"details": {"n": float("nan")}}, "JSON"),
        ({"details": {"at": NOON}}, "JSON"),
        ({"details": {1: "x"}}, "JSON"),
        ({"details": {"text": "\ud800"}}, "JSON"),
        ({"actor": "\udfff"}, "JSON"),
        ({"actor": "a" * 65}, "actor is longer than 64"),
        ({"action": "a" * 41}, "action is longer than 40"),
        ({"subject": "a" * 65}, "subject is longer than 64"),
        ({"at": NOON.replace(tzinfo=None)}, "no zone"),
    ],
)
def test_an_event_that_cannot_be_kept_exactly_is_refused_and_leaves_nothing(
    sqlite: Store, changed: dict[str, Any], why: str
) -> None:
    append(sqlite, 1)
    with pytest.raises(EventRefusedError, match=why):
        say(sqlite, **changed)
    append(sqlite, 1)
    assert [event.seq for event in all_events(sqlite)] == [1, 2]


def test_no_words_of_the_details_are_in_a_refusal(sqlite: Store) -> None:
    with pytest.raises(EventRefusedError) as caught:
        say(sqlite, details={WORDS: {"n": 2**60}, "more": WORDS})
    assert WORDS not in str(caught.value)


def test_details_of_an_event_do_not_change_with_what_the_caller_does_to_them_later(store: Store) -> None:
    details: dict[str, Any] = {"reasons": ["water"]}
    with store.session() as session:
        event = record(session, at=NOON, actor="a", action="b", subject=None, details=details)
        details["reasons"].append("roads")
    assert event.details == {"reasons": ["water"]}
    sign(store)
    assert verify_store(store, PUBLIC) == []


@pytest.mark.parametrize(
    "damage",
    [
        sa.delete(LogHead),
        sa.insert(LogHead).values(log_id=2, size=0, edge=[]),
        sa.update(LogHead).values(edge=[]),
        sa.update(LogHead).values(edge=["no hash", "nor this"]),
        sa.update(LogHead).values(edge=[1, 2]),
    ],
)
def test_a_log_whose_head_is_damaged_is_not_continued(sqlite: Store, damage: sa.Executable) -> None:
    append(sqlite, 3)
    with sqlite.session() as session:
        session.execute(damage)
    with pytest.raises(LogDamagedError, match="the audit log is damaged"):
        append(sqlite, 1)
    assert len(all_events(sqlite)) == 3


def test_the_history_of_a_subject_is_its_own_events_in_order(sqlite: Store) -> None:
    append(sqlite, 7)
    with sqlite.session() as session:
        assert [event.seq for event in history(session, "C-2222-1")] == [2, 5]
        assert history(session, "C-9999-9") == []


def test_forgotten_details_are_gone_and_the_log_still_verifies(store: Store) -> None:
    append(store, 5)
    note = sign(store)
    with store.session() as session:
        third = session.get_one(Event, 3)
        before = (third.commitment, third.leaf)
        forget(session, third)
        assert (third.details, third.salt) == (None, None)
    with store.session() as session:
        raw = session.execute(sa.text("SELECT details, salt, commitment, leaf FROM events WHERE seq = 3")).one()
        kept = session.scalars(sa.select(Event.details).where(Event.seq != 3)).all()
    assert tuple(raw) == (None, None, *before)
    assert len(kept) == 4
    assert None not in kept
    append(store, 1)
    assert verify_store(store, PUBLIC, [note]) == []


def test_an_event_can_be_forgotten_in_the_transaction_that_recorded_it(store: Store) -> None:
    with store.session() as session:
        forget(session, record(session, at=NOON, actor="a", action="b", subject=None, details={"x": WORDS}))
    [event] = all_events(store)
    assert (event.details, event.salt) == (None, None)


def test_a_receipt_proves_its_event_under_the_newest_checkpoint(store: Store) -> None:
    append(store, 6)
    sign(store)
    append(store, 5)
    newest = sign(store)
    append(store, 2)
    for seq in range(1, 12):
        with store.session() as session:
            receipt = inclusion(session, seq)
        assert receipt.checkpoint == newest
        head = open_checkpoint(receipt.checkpoint, read_key(PUBLIC))
        assert (receipt.index, receipt.size) == (seq - 1, 11)
        assert json.loads(receipt.entry)["seq"] == seq
        assert check_inclusion(leaf_hash(receipt.entry), receipt.index, head.size, receipt.proof, head.root)


def test_an_event_that_no_checkpoint_covers_has_no_receipt_yet(store: Store) -> None:
    append(store, 2)
    with store.session() as session, pytest.raises(EventUnsignedError):
        inclusion(session, 1)
    sign(store)
    append(store, 1)
    for seq in (0, -1, 3, 4):
        with store.session() as session, pytest.raises(EventUnsignedError, match=f"event {seq} yet"):
            inclusion(session, seq)


@pytest.mark.parametrize(
    "damage",
    [
        sa.update(Event).where(Event.seq == 2).values(actor="another"),
        sa.update(Event).where(Event.seq == 4).values(leaf="ab" * 32),
        sa.update(Event).where(Event.seq == 4).values(leaf="no hash"),
        sa.delete(Event).where(Event.seq == 4),
    ],
)
def test_no_receipt_is_given_that_would_not_verify(sqlite: Store, damage: sa.Executable) -> None:
    append(sqlite, 5)
    sign(sqlite)
    with sqlite.session() as session:
        session.execute(damage)
    with sqlite.session() as session, pytest.raises(LogDamagedError):
        inclusion(session, 2)


@given(
    st.text(st.characters(exclude_categories=["Cs"])),
    st.none() | st.text(st.characters(exclude_categories=["Cs"])),
    st.integers(1, 2**53 - 1),
)
def test_the_json_module_writes_an_entry_as_rfc_8785_does(actor: str, subject: str | None, seq: int) -> None:
    entry = {"seq": seq, "subject": subject, "actor": actor, "at": "", "action": "", "commitment": ""}
    written = json.dumps(entry, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert written.encode() == rfc8785.dumps(entry)


def test_signing_beside_writers_signs_whole_logs_only(store: Store) -> None:
    notes: list[str] = []
    writer = threading.Thread(target=append, args=(store, 40))
    writer.start()
    while writer.is_alive():
        signed = sign_checkpoint(store, KEY, "toy.example/log", NOON)
        notes += [signed.note] if signed else []
    writer.join()
    sign_checkpoint(store, KEY, "toy.example/log", NOON)
    assert verify_store(store, PUBLIC, notes) == []
