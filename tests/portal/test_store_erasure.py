"""Erased submissions and posts in the operational store: no word and no name stays, the case and the log do.

All people and posts in here are invented.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from toy_cases import (
    DAYS,
    NOON,
    add_account,
    desk_of,
    events,
    everything,
    open_toy_case,
    read_case,
    routed_post,
    version_of,
)
from toy_log import KEY, ORIGIN, PUBLIC

from portal import erasure
from portal.audit.checkpoints import sign_checkpoint
from portal.audit.export import verify_store
from portal.audit.log import record
from portal.corrections import decided_posts
from portal.desk import Desk
from portal.erasure import (
    ErasedRows,
    erase_said,
    forget_raw,
    held_posts,
    posts_in_cases,
    receipts_of,
    scrub,
    submissions_of,
    with_followers,
)
from portal.errors import ChangedMeanwhileError, DecisionRefusedError, StoreLockedError
from portal.models import Case, CasePost, CaseState, Event, Reply, Role, Submission
from portal.store import Store, open_store
from portal.submissions import submissions_since, submit
from portal.their_words import words_of

RAW = "The zorglub pump behind the house of Zan Envante has been dry since the last rain, call 2 555 555"
REDACTED = "The zorglub pump behind the house of [person] has been dry since the last rain, call [phone]"
NAME = "Zan Envante"
LATER = NOON + timedelta(days=1)
PLANTED = ("zorglub", "Envante", "2 555 555", "Lari 7", "site.example")


def submitted(store: Store, reference: str, **fields: Any) -> str:
    """A submission by the invented person; `follows` and the like are set as the portal does."""
    follows = fields.pop("follows", None)
    values = {"text": RAW, "author": NAME, "district": "Lari 7", "address": "Lari 7", **fields}
    submit(store, reference=reference, received_at=NOON, **values)
    with store.session() as session:
        session.execute(sa.update(Submission).where(Submission.reference == reference).values(follows=follows))
    return reference


def case_of(store: Store, *posts: tuple[str, str, str | None], **fields: Any) -> str:
    """A case of posts: id, redacted text, receipt. Its vector and its reasons are made from them."""
    made = [routed_post(post_id, text=text, receipt=receipt) for post_id, text, receipt in posts]
    reference = open_toy_case(store, *made, reasons=["words that speak for Water: zorglub"], **fields)
    with store.session() as session:
        session.execute(sa.update(Case).where(Case.reference == reference).values(meaning=b"zorglub"))
        session.execute(sa.update(CasePost).values(url="https://site.example/zorglub"))
    return reference


def erase(store: Store, *references: str, posts: tuple[str, ...] = (), **fields: Any) -> ErasedRows:
    values: dict[str, Any] = {
        "authors": (),
        "texts": (),
        "n_elsewhere": 0,
        "request": "receipt",
        "now": LATER,
        **fields,
    }
    return erase_said(store, references=references, post_ids=posts, **values)


def meaning_of(store: Store, reference: str) -> bytes | None:
    with store.reading() as session:
        return session.scalar(sa.select(Case.meaning).where(Case.reference == reference))


def test_an_erased_submission_leaves_its_row_its_case_and_an_event_and_no_word(store: Store) -> None:
    submitted(store, "S-1")
    reference = case_of(store, ("p1", REDACTED, "S-1"))
    assert all(planted in repr(everything(store)) for planted in PLANTED)
    assert erase(store, "S-1") == ErasedRows(submissions=1, posts=1, cases=1)

    left = everything(store)
    assert [planted for planted in PLANTED if planted in repr(left)] == []
    assert {name: len(rows) for name, rows in left.items() if name in ("submissions", "cases", "case_posts")} == {
        "submissions": 1, "cases": 1, "case_posts": 1,
    }  # fmt: skip
    with store.reading() as session:
        submission = session.scalars(sa.select(Submission)).one()
        assert (submission.text, submission.author, submission.erased_at) == ("", None, LATER)
        assert (submission.created_at, submission.received_at) == (NOON, NOON)
    case = read_case(store, reference)
    assert (case.reasons, meaning_of(store, reference), case.category, case.version) == ([], None, "water_supply", 2)
    assert [(post.post_id, post.district, post.receipt) for post in case.posts] == [("p1", "SC-05", "S-1")]
    assert events(store, reference)[-1] == ("operator", "erased", {"request": "receipt", "posts": 1})
    assert list(submissions_since(store, None, 10)) == []
    assert list(decided_posts(store)) == []


def test_what_was_erased_once_changes_nothing_and_is_logged_once(store: Store) -> None:
    submitted(store, "S-1")
    case_of(store, ("p1", REDACTED, "S-1"))
    erase(store, "S-1", posts=("p1",))
    before = everything(store)
    assert erase(store, "S-1", posts=("p1",), now=LATER + timedelta(days=1)) == ErasedRows()
    assert everything(store) == before


def test_an_erasure_that_cannot_be_logged_does_not_happen(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    submitted(store, "S-1")
    case_of(store, ("p1", REDACTED, "S-1"))
    before = everything(store)

    def refused(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(erasure, "record", refused)
    with pytest.raises(RuntimeError):
        erase(store, "S-1")
    assert everything(store) == before


def test_the_other_posts_of_the_case_keep_their_words(store: Store) -> None:
    submitted(store, "S-1")
    reference = case_of(store, ("p1", REDACTED, "S-1"), ("p2", "no water here either", None))
    other = case_of(store, ("p3", "the lamp is dark", None))
    untouched = read_case(store, other).version
    erase(store, posts=("p1",))
    assert sorted(post.text for post in read_case(store, reference).posts) == ["", "no water here either"]
    assert (read_case(store, other).version, meaning_of(store, other)) == (untouched, b"zorglub")


def test_who_had_the_case_open_is_told_that_it_changed(store: Store) -> None:
    reference = open_toy_case(store, routed_post("p1"), reasons=[])  # so that nothing of the case itself changes
    desk, seen = desk_of(store), version_of(store, reference)
    erase(store, posts=("p1",))
    with pytest.raises(ChangedMeanwhileError):
        desk.accept(reference, seen)
    desk.accept(reference, seen + 1)


def test_followers_are_meant_however_far_they_follow(store: Store) -> None:
    submitted(store, "S-1")
    submitted(store, "S-2", follows="S-1")
    submitted(store, "S-3", follows="S-2", author=None)
    submitted(store, "S-4", author="Another Envante")
    assert with_followers(store, {"S-1", "S-9"}) == {"S-1", "S-2", "S-3"}
    assert with_followers(store, {"S-2"}) == {"S-2", "S-3"}
    assert with_followers(store, {"S-9"}) == set()
    assert submissions_of(store, NAME.lower()) == {"S-1", "S-2"}
    erase(store, "S-2", "S-3")
    assert with_followers(store, {"S-1"}) == {"S-1", "S-2", "S-3"}
    assert submissions_of(store, NAME) == {"S-1"}


def test_more_than_a_database_takes_at_once_is_erased_at_once(store: Store) -> None:
    references = [submitted(store, f"S-{number}") for number in range(3)]
    case_of(store, *[(f"p{number}", REDACTED, None) for number in range(1200)])
    posts = tuple(f"p{number}" for number in range(1200))
    assert held_posts(store, posts) == set(posts)
    assert erase(store, *references, posts=posts) == ErasedRows(submissions=3, posts=1200, cases=1)
    assert held_posts(store, posts) == set()


def test_posts_that_only_the_warehouse_has_are_logged_without_a_case(store: Store) -> None:
    case_of(store, ("p1", REDACTED, None))
    erase(store, posts=("p1", "p2", "p3"), n_elsewhere=3, request="author")
    assert [(subject, event[2]) for subject, event in _erased(store)] == [
        (read_only_case(store), {"request": "author", "posts": 1}), (None, {"request": "author", "posts": 2}),
    ]  # fmt: skip


def read_only_case(store: Store) -> str:
    with store.reading() as session:
        return session.scalars(sa.select(Case.reference)).one()


def _erased(store: Store) -> list[tuple[str | None, tuple[str, str, Any]]]:
    with store.reading() as session:
        found = session.scalars(sa.select(Event).where(Event.action == "erased").order_by(Event.seq))
        return [(event.subject, (event.actor, event.action, event.details)) for event in found]


def test_events_that_are_about_the_post_or_name_or_quote_the_person_lose_their_details_and_the_log_holds(
    store: Store,
) -> None:
    submitted(store, "S-1")
    reference = case_of(store, ("p1", REDACTED, "S-1"), ("p2", "no water here either", None))
    desk = Desk(store, add_account(store, Role.OFFICER, "PUC"), DAYS, {"water_supply": "PUC"}, lambda: NOON)
    desk.accept(reference, version_of(store, reference))
    desk.reveal(reference, "p1", "to find the house")
    desk.extend(reference, version_of(store, reference), "we wait for a part")
    desk.answer(reference, version_of(store, reference), {"en": "Dear Mr ENVANTE, the pump is mended."})
    desk.ask(
        reference,
        version_of(store, reference),
        "Is it that the house of anybody has been dry since the last rain?",
        "en",
    )
    with store.session() as session:
        record(session, at=NOON, actor="citizen", action="received", subject="S-1", details={"from": "the page"})
    sign_checkpoint(store, KEY, ORIGIN, NOON)
    assert erase(store, "S-1", posts=("p1",)).events == 4

    held = {action: details is not None for _, action, details in events(store)}
    assert held == {
        "case opened": True, "accepted": True, "revealed": False, "extended": True, "answered": False,
        "asked the citizen": False, "received": False, "erased": True,
    }  # fmt: skip
    assert verify_store(store, PUBLIC) == []
    sign_checkpoint(store, KEY, ORIGIN, LATER)
    assert verify_store(store, PUBLIC) == []


def test_replies_lose_the_name_and_what_they_quote_and_nothing_else(store: Store) -> None:
    submitted(store, "S-1")
    reference = case_of(store, ("p1", REDACTED, "S-1"))
    desk = desk_of(store)
    said = {
        "en": "Dear Mr Envante, you say that it has been dry since the last rain: the pump is mended.",
        "fr": "La pompe est réparée.",
    }
    desk.answer(reference, version_of(store, reference), said)
    assert erase(store, "S-1").replies == 1
    with store.reading() as session:
        assert dict(session.execute(sa.select(Reply.lang, Reply.text)).all()) == {
            "en": "Dear Mr [person], you say that it [erased]: the pump is mended.",
            "fr": "La pompe est réparée.",
        }


@pytest.mark.parametrize(
    ("author", "text", "cleaned"),
    [
        pytest.param("Zan Envante", "Zan ENVANTE, zan, envante", "Zan [person], zan, envante", id="a name in capitals"),
        pytest.param("zef1987", "Hello zef1987!", "Hello [person]!", id="a user name"),
        pytest.param("mo kontan", "mo kontan delo", "mo kontan delo", id="small words are no name"),
        pytest.param("ann", "Ann, any answer", "Ann, any answer", id="too short"),
    ],
)
def test_a_name_is_taken_out_where_it_is_written_as_one(author: str, text: str, cleaned: str) -> None:
    assert words_of([author], []).without(text) == cleaned


def test_six_words_in_a_row_are_a_quotation_and_five_are_not() -> None:
    theirs = words_of([], ["No water at all since Monday, they said."])
    assert theirs.without("So: no WATER at all since monday? Yes.") == "So: [erased]? Yes."
    assert theirs.without("There is no water at all since long ago.") == "There is no water at all since long ago."
    assert theirs.are_in({"texts": {"en": ["water at all since Monday they"]}})
    assert not theirs.are_in({"n": 3, "posts": ["p1"], "none": None})
    assert words_of([], ["", "two words"]).runs == frozenset()


def test_an_erased_or_forgotten_original_is_shown_to_nobody(store: Store) -> None:
    submitted(store, "S-1")
    submitted(store, "S-2")
    reference = case_of(store, ("p1", REDACTED, "S-1"), ("p2", REDACTED, "S-2"))
    erase(store, "S-1")
    assert forget_raw(store, {"S-2"}, LATER) == 1
    desk = desk_of(store)
    for post_id in ("p1", "p2"):
        with pytest.raises(DecisionRefusedError, match="erased, or is kept no more"):
            desk.reveal(reference, post_id, "to find the house")


def test_forgetting_by_age_leaves_what_was_redacted(store: Store) -> None:
    submitted(store, "S-1")
    submitted(store, "S-2")
    reference = case_of(store, ("p1", REDACTED, "S-1"))
    assert forget_raw(store, {"S-1", "S-9"}, LATER) == 1
    assert forget_raw(store, {"S-1"}, LATER) == 0
    with store.reading() as session:
        kept = {
            one.reference: (one.text, one.author, one.address, one.erased_at)
            for one in session.scalars(sa.select(Submission))
        }
    assert kept == {"S-1": ("", None, None, None), "S-2": (RAW, NAME, "Lari 7", None)}
    assert [post.text for post in read_case(store, reference).posts] == [REDACTED]
    assert events(store)[-1] == ("pipeline", "raw text forgotten", {"submissions": 1})
    assert [[one.reference for one in page] for page in submissions_since(store, None, 10)] == [["S-2"]]


def test_posts_tell_whether_their_case_is_open_and_which_submission_they_are(store: Store) -> None:
    case_of(store, ("p1", REDACTED, "S-1"))
    closed = case_of(store, ("p2", REDACTED, None))
    desk = desk_of(store)
    desk.close(closed, version_of(store, closed), CaseState.WITHDRAWN, {})
    assert posts_in_cases(store, ["p1", "p2", "p3"]) == {"p1": True, "p2": False}
    assert receipts_of(store, ["p1", "p2", "p3"]) == {"S-1"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "portal.sqlite"


@pytest.fixture
def on_file(file: Path) -> Iterator[Store]:
    with closing(open_store(f"sqlite:///{file}", wait_seconds=0.2)) as opened:
        yield opened


def on_disk(file: Path) -> bytes:
    return b"".join(path.read_bytes() for path in file.parent.iterdir() if path.is_file())


def test_a_scrubbed_file_holds_no_byte_of_it_also_where_it_was_written_before(file: Path, on_file: Store) -> None:
    with closing(sqlite3.connect(file)) as careless:  # as a version before this one wrote
        careless.execute("PRAGMA secure_delete=OFF")
        careless.execute("CREATE TABLE scratch (said TEXT)")
        careless.executemany("INSERT INTO scratch VALUES (?)", [(f"{RAW} {number}",) for number in range(500)])
        careless.execute("DROP TABLE scratch")
        careless.commit()
    submitted(on_file, "S-1", text=RAW * 500)  # over many pages
    reference = case_of(on_file, ("p1", REDACTED, "S-1"))
    kept = read_case(on_file, reference).reference
    erase(on_file, "S-1")
    assert b"zorglub" in on_disk(file)
    scrub(on_file)
    assert [word for word in PLANTED if word.encode() in on_disk(file)] == []
    assert read_case(on_file, reference).reference == kept
    submitted(on_file, "S-2")
    assert [one.reference for page in submissions_since(on_file, None, 10) for one in page] == ["S-2"]


def test_every_connection_overwrites_what_it_deletes(on_file: Store) -> None:
    for sessions in (on_file.session, on_file.reading):
        with sessions() as session:
            assert session.scalar(sa.text("PRAGMA secure_delete")) == 1


def test_a_reader_that_does_not_end_is_told_of_in_one_sentence_and_scrubbed_afterwards(
    file: Path, on_file: Store
) -> None:
    submitted(on_file, "S-1")
    with on_file.reading() as session:
        session.scalars(sa.select(Submission)).all()
        erase(on_file, "S-1")
        with pytest.raises(StoreLockedError, match="in use by others"):
            scrub(on_file)
    scrub(on_file)
    assert b"zorglub" not in on_disk(file)


def test_on_postgresql_scrubbing_is_left_to_its_administrator(postgresql_store: Store) -> None:
    scrub(postgresql_store)
    submitted(postgresql_store, "S-1")
