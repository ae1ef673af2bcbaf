"""Erasing what citizens said from the operational store, and forgetting raw text that was kept long enough.

Submissions, cases and events stay and are counted; what was said, by whom and from where goes, in one unit of work with
the log's event that tells it was done.
"""

import sqlite3
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session, undefer
from sqlalchemy.orm.attributes import flag_modified

from portal.audit.log import forget, record
from portal.cases import PIPELINE
from portal.errors import StoreFailedError, StoreLockedError
from portal.models import Case, CasePost, Event, Reply, Submission
from portal.people import OPERATOR
from portal.store import NAMED, Store
from portal.their_words import TheirWords, words_of

CHUNK = 500
ABOUT_ONE = ("post", "receipt")  # details of an event that is about one post alone

Item = TypeVar("Item")
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class ErasedRows:
    """How many of each lost words: submissions, posts of cases, cases, events of the log, officers' replies."""

    submissions: int = 0
    posts: int = 0
    cases: int = 0
    events: int = 0
    replies: int = 0


def with_followers(store: Store, references: Collection[str]) -> set[str]:
    """Those of the submissions that there are, and every one that follows one of them, erased or not."""
    with store.reading() as session:
        found = set(_scalars(session, references, lambda some: _references(Submission.reference.in_(some))))
        newest = found
        while newest:
            newest = set(_scalars(session, newest, lambda some: _references(Submission.follows.in_(some)))) - found
            found |= newest
    return found


def submissions_of(store: Store, author: str) -> set[str]:
    """The submissions of an author of this name; capitals make no difference."""
    with store.reading() as session:
        query = select(Submission.reference, Submission.author).where(Submission.author.is_not(None))
        named = session.execute(query.execution_options(yield_per=CHUNK))
        return {reference for reference, name in named if name and name.casefold() == author.casefold()}


def receipts_of(store: Store, post_ids: Collection[str]) -> set[str]:
    """The submissions that posts of cases are."""
    with store.reading() as session:
        said = _scalars(session, post_ids, lambda some: select(CasePost.receipt).where(CasePost.post_id.in_(some)))
        return {receipt for receipt in said if receipt is not None}


def held_posts(store: Store, post_ids: Collection[str]) -> set[str]:
    """Those of the posts that are in a case and still have words there."""
    with store.reading() as session:
        return {post.post_id for post in _posts(session, post_ids, ())}


def erase_said(
    store: Store,
    *,
    references: Collection[str],
    post_ids: Collection[str],
    authors: Collection[str],
    texts: Collection[str],
    n_elsewhere: int,
    request: str,
    now: datetime,
) -> ErasedRows:
    """Erase submissions and posts of cases; `request` says in a word how they were asked for and stands in the log.

    Of the submissions text, author, address and district go, of posts text and address at the source, of their cases
    the vector and the reasons, which were made from words. `authors` and `texts` are what landing knows of the same
    posts: with what stands here they tell which events of the log, and which replies, name or quote somebody. Such
    events lose their details, such replies these words. `n_elsewhere` is how many posts are erased in the warehouse,
    for the log; where there are none, and nothing is left here, nothing changes and nothing is logged.
    """
    with store.session() as session:
        submissions = _submissions(session, references)
        posts = _posts(session, post_ids, references)
        if not submissions and not posts and not n_elsewhere:
            return ErasedRows()
        cases = _cases(session, {post.case_id for post in posts})
        theirs = words_of(
            {*authors, *(one.author for one in submissions if one.author)},
            {*texts, *(one.text for one in submissions), *(post.text for post in posts)},
        )
        receipts = {*references, *(post.receipt for post in posts if post.receipt)}
        n_events = _forget_events(session, cases, receipts, {post.post_id for post in posts}, theirs)
        n_replies = _clean_replies(session, cases, theirs)
        for submission in submissions:
            submission.text = ""
            submission.author = submission.address = submission.district = submission.source_category = None
            submission.erased_at = now
        for post in posts:
            post.text, post.url = "", None
        for case in cases:
            case.meaning, case.reasons = None, []
            flag_modified(case, "reasons")  # a new version: nobody shall answer what is not there any more
        session.flush()
        in_cases = Counter(post.case_id for post in posts)
        told = [(case.reference, in_cases[case.case_id]) for case in cases]
        n_caseless = max(len(post_ids), len(references)) - _count_in_cases(session, post_ids, references)
        for subject, n in [*told, *([(None, n_caseless)] if n_caseless > 0 else [])]:
            details = {"request": request, "posts": n}
            record(session, at=now, actor=OPERATOR, action="erased", subject=subject, details=details)
        return ErasedRows(len(submissions), len(posts), len(cases), n_events, n_replies)


def posts_in_cases(store: Store, post_ids: Collection[str]) -> dict[str, bool]:
    """For each of the posts that is in a case whether that case is open."""
    with store.reading() as session:
        held: dict[str, bool] = {}
        for some in _chunks(post_ids):
            query = select(CasePost.post_id, Case.closed_at).join(Case).where(CasePost.post_id.in_(some))
            held |= {post_id: closed_at is None for post_id, closed_at in session.execute(query)}
        return held


def forget_raw(store: Store, references: Collection[str], now: datetime) -> int:
    """Take text, author and address from submissions that were kept long enough; returns from how many.

    What was redacted of them stays in their cases.
    """
    with store.session() as session:
        submissions = [submission for submission in _submissions(session, references) if submission.text]
        for submission in submissions:
            submission.text, submission.author, submission.address = "", None, None
        if submissions:
            session.flush()
            details = {"submissions": len(submissions)}
            record(session, at=now, actor=PIPELINE, action="raw text forgotten", subject=None, details=details)
        return len(submissions)


def scrub(store: Store) -> None:
    """Write an SQLite store's file anew and empty its journal, so that no byte of what was deleted is left in them.

    PostgreSQL does this by `VACUUM FULL`, which is for its administrator. Raises a `PortalError`, `StoreLockedError`
    while somebody reads or writes for longer than the store waits.
    """
    if store.engine.dialect.name != "sqlite":
        return
    with closing(store.engine.raw_connection()) as connection, closing(connection.cursor()) as cursor:
        try:
            cursor.execute("PRAGMA query_only=FALSE")  # a session that read may have left it so
            cursor.execute("PRAGMA temp_store=MEMORY")  # the copy that VACUUM makes lies nowhere else
            cursor.execute("VACUUM")
            is_busy, _, _ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except sqlite3.Error as error:
            known = NAMED.get(error.sqlite_errorcode & 0xFF)
            raise known(store.shown) if known else StoreFailedError(store.shown, type(error).__name__) from error
    if is_busy:
        raise StoreLockedError(store.shown)


def _submissions(session: Session, references: Collection[str]) -> list[Submission]:
    """Those that still have words, held against other writers."""
    found: list[Submission] = []
    for some in _chunks(references):
        query = select(Submission).where(Submission.reference.in_(some), Submission.erased_at.is_(None))
        found += session.scalars(query.order_by(Submission.submission_id).with_for_update())
    return found


def _posts(session: Session, post_ids: Collection[str], references: Collection[str]) -> list[CasePost]:
    """Posts of cases that still have words: these, and those that are these submissions."""
    found: dict[str, CasePost] = {}
    has_words = or_(CasePost.text != "", CasePost.url.is_not(None))
    for column, values in ((CasePost.post_id, post_ids), (CasePost.receipt, references)):
        for some in _chunks(values):
            for post in session.scalars(select(CasePost).where(column.in_(some), has_words)):
                found[post.post_id] = post
    return list(found.values())


def _count_in_cases(session: Session, post_ids: Collection[str], references: Collection[str]) -> int:
    """How many of them are in a case, with words or without."""
    held: set[str] = set()
    for column, values in ((CasePost.post_id, post_ids), (CasePost.receipt, references)):
        for some in _chunks(values):
            held.update(session.scalars(select(CasePost.post_id).where(column.in_(some))))
    return len(held)


def _cases(session: Session, case_ids: Collection[int]) -> list[Case]:
    """Held against other writers before the log is, in the order in which desks take them, too."""
    found: list[Case] = []
    for some in _chunks(sorted(case_ids)):
        query = select(Case).where(Case.case_id.in_(some)).order_by(Case.case_id).with_for_update()
        found += session.scalars(query.options(undefer(Case.meaning)))
    return found


def _forget_events(
    session: Session, cases: Sequence[Case], receipts: Collection[str], post_ids: Collection[str], theirs: TheirWords
) -> int:
    """Forget the details of events that are about a submission or one of the posts alone, or name or quote a person."""
    about = {*receipts, *post_ids}
    subjects = [*(case.reference for case in cases), *receipts]
    n = 0
    for some in _chunks(subjects):
        query = select(Event).where(Event.subject.in_(some), Event.salt.is_not(None)).order_by(Event.seq)
        for event in session.scalars(query).all():
            details = event.details or {}
            is_about_one = event.subject in receipts or any(details.get(name) in about for name in ABOUT_ONE)
            if is_about_one or theirs.are_in(details):
                forget(session, event)
                n += 1
    return n


def _clean_replies(session: Session, cases: Sequence[Case], theirs: TheirWords) -> int:
    n = 0
    for some in _chunks([case.case_id for case in cases]):
        for reply in session.scalars(select(Reply).where(Reply.case_id.in_(some))):
            if theirs.are_in(reply.text):
                reply.text = theirs.without(reply.text)
                n += 1
    return n


def _references(condition: ColumnElement[bool]) -> Select[tuple[str]]:
    return select(Submission.reference).where(condition)


def _scalars(
    session: Session, values: Collection[str], asked: Callable[[Sequence[str]], Select[tuple[Value]]]
) -> Iterator[Value]:
    for some in _chunks(values):
        yield from session.scalars(asked(some))


def _chunks(values: Collection[Item]) -> Iterator[Sequence[Item]]:
    """In parts that a database takes as parameters of one statement."""
    listed = list(values)
    for start in range(0, len(listed), CHUNK):
        yield listed[start : start + CHUNK]
