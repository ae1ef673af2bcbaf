"""People steer topics: they rename, merge, pin and mute them, and undo each.

A mark is kept by the topic's id and outlives runs. The log is told what kind of act it was and, of a merge, the ids of
the topics; never the name that a person gave, which is that person's words and may hold a citizen's name.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from portal.audit.log import history, hold_head, record
from portal.errors import (
    TopicChangedError,
    TopicGoneError,
    TopicLabelError,
    TopicMergeError,
    TopicNotMergedError,
    Words,
)  # fmt: skip
from portal.models import LONGEST_LABEL, Account, TopicMark
from portal.permissions import Act, may, require, signed_in
from portal.store import Store


@dataclass(frozen=True, slots=True)
class Steered:
    """An act on a topic; `who` is a name and a role, `other_id` the topic that it was merged into or out of."""

    at: datetime
    who: str
    action: str
    other_id: int | None


def topic_marks(store: Store) -> Sequence[TopicMark]:
    """What people decided of topics, in the order of their ids."""
    with store.reading() as session:
        return session.scalars(select(TopicMark).order_by(TopicMark.topic_id)).all()


def may_steer(account: Account) -> bool:
    """Whether the person may steer topics at all."""
    return may(account, Act.STEER)


def holder_of(topic_id: int, merged_into: Mapping[int, int]) -> int:
    """The topic that a topic is part of in the end, itself where it is part of none."""
    seen = {topic_id}
    while (into := merged_into.get(topic_id)) is not None and into not in seen:
        topic_id = into
        seen.add(into)
    return topic_id


@dataclass(frozen=True)
class Steering:
    """What one person may do with topics.

    `known` are the ids of the topics that there are, merged ones included. Every act names the `version` of the mark
    that the person has seen, 0 where the topic bore none, and raises `NotAllowedError` or a `TopicRefusedError`; then
    nothing is written.
    """

    store: Store
    account_id: int
    known: Collection[int]
    clock: Callable[[], datetime]

    def rename(self, topic_id: int, version: int, label: str | None) -> None:
        """Call a topic by a name of one line, at most `LONGEST_LABEL` characters; by None, as the machine does."""
        said = None if label is None else label.strip()
        if said is not None and not (said.isprintable() and 0 < len(said) <= LONGEST_LABEL):
            raise TopicLabelError(LONGEST_LABEL)
        with self._act(topic_id, version, "topic renamed" if said else "topic's name taken back") as (_, mark, _):
            mark.label = said

    def merge(self, topic_id: int, version: int, into: int) -> None:
        """Make a topic part of another one; where that is part of a third, of that one, as long as it is."""
        with self._act(topic_id, version, "topic merged") as (session, mark, details):
            if into not in self.known:
                raise TopicGoneError(into)
            if into == topic_id:
                raise TopicMergeError(topic_id, into, Words("they are one and the same; choose another"))
            rows = session.execute(select(TopicMark.topic_id, TopicMark.merged_into))
            others = {one: other for one, other in rows.tuples() if other is not None and one != topic_id}
            if holder_of(into, others) == topic_id:
                raise TopicMergeError(topic_id, into, Words("that one is part of this one; undo that merge first"))
            mark.merged_into = details["into"] = into

    def unmerge(self, topic_id: int, version: int) -> None:
        """Let a topic that was merged stand by itself again, with what was merged into it."""
        with self._act(topic_id, version, "topic's merge undone") as (_, mark, details):
            if mark.merged_into is None:
                raise TopicNotMergedError(topic_id)
            details["into"] = mark.merged_into
            mark.merged_into = None

    def pin(self, topic_id: int, version: int, *, is_pinned: bool) -> None:
        """Keep a topic at the top of the list, or no more."""
        with self._act(topic_id, version, "topic pinned" if is_pinned else "topic unpinned") as (_, mark, _):
            mark.is_pinned = is_pinned

    def mute(self, topic_id: int, version: int, *, is_muted: bool) -> None:
        """Keep a topic out of the list unless it is asked for, or no more."""
        with self._act(topic_id, version, "topic muted" if is_muted else "topic unmuted") as (_, mark, _):
            mark.is_muted = is_muted

    def history(self, topic_id: int) -> Sequence[Steered]:
        """What people did to a topic, newest first. Raises `NotAllowedError` for who may not steer."""
        with self.store.reading() as session:
            require(signed_in(session, self.account_id), Act.STEER)
            events = history(session, _subject(topic_id))
            names = dict(session.execute(select(Account.account_id, Account.name)).tuples().all())
        return [
            Steered(event.at, _who(event.actor, names), event.action, (event.details or {}).get("into"))
            for event in reversed(events)
        ]

    @contextmanager
    def _act(self, topic_id: int, version: int, action: str) -> Iterator[tuple[Session, TopicMark, dict[str, Any]]]:
        """The mark to change, and the details that the log is told."""
        try:
            with self.store.session() as session, session.no_autoflush:  # an act is one new version
                hold_head(session)  # two merges at once could make a circle that neither sees: one at a time
                account = signed_in(session, self.account_id)
                require(account, Act.STEER)
                if topic_id not in self.known:
                    raise TopicGoneError(topic_id)
                mark = session.get(TopicMark, topic_id)
                if (mark.version if mark else 0) != version:
                    raise TopicChangedError(topic_id)
                if mark is None:
                    mark = TopicMark(topic_id=topic_id, is_pinned=False, is_muted=False)
                    session.add(mark)
                now, details = self.clock(), dict[str, Any]()
                mark.marked_by, mark.marked_at = account.account_id, now
                yield session, mark, details
                session.flush()
                actor = f"{account.role.value} {account.account_id}"
                record(session, at=now, actor=actor, action=action, subject=_subject(topic_id), details=details)
        except (StaleDataError, IntegrityError) as error:
            raise TopicChangedError(topic_id) from error


def _subject(topic_id: int) -> str:
    return f"topic {topic_id}"


def _who(actor: str, names: Mapping[int, str]) -> str:
    role, _, number = actor.rpartition(" ")
    return f"{names[int(number)]} ({role})" if number.isdigit() and int(number) in names else actor
