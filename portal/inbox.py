"""The inbox: the open cases that wait for a person, what is due first at the top."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, select, true
from sqlalchemy.orm import Session

from portal.errors import NotAllowedError, Words
from portal.models import Account, Case, CasePost, CaseState, Level, Role
from portal.permissions import Act, require
from portal.store import Store

PAGE = 50
_URGENT_FIRST = case((Case.urgency == "emergency", 0), (Case.urgency == "urgent", 1), else_=2)


class Order(enum.StrEnum):
    """`UNSURE` puts first what the machine is least sure of: there a person's minute teaches most."""

    DUE = "due"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class Filter:
    """What of an inbox is asked for; None asks for all."""

    state: CaseState | None = None
    category: str | None = None
    urgency: str | None = None
    is_late: bool | None = None
    is_mine: bool = False


@dataclass(frozen=True, slots=True)
class CaseLine:
    """A line of the inbox; `text` is the redacted text of the earliest post."""

    reference: str
    version: int
    state: CaseState
    level: Level
    category: str
    mda: str | None
    urgency: str
    is_formal: bool
    is_confidential: bool
    confidence: float
    answer_by: datetime
    is_late: bool
    n_posts: int
    text: str
    lang: str
    district: str | None


@dataclass(frozen=True, slots=True)
class Page:
    """`n_open` cases meet the filter, `n_late` of them late; `lines` are some of them."""

    lines: Sequence[CaseLine]
    n_open: int
    n_late: int


def inbox(
    store: Store,
    account_id: int,
    now: datetime,
    *,
    asked: Filter | None = None,
    order: Order = Order.DUE,
    start: int = 0,
    size: int = PAGE,
) -> Page:
    """A page of what waits for this person. Raises `NotAllowedError` for a role that has no inbox."""
    asked = asked or Filter()
    with store.reading() as session:
        account = session.get(Account, account_id)
        if account is None:
            raise NotAllowedError(Words("this account"), Act.SEE_INBOX.value)
        require(account, Act.SEE_INBOX)
        meets = and_(_belongs_to(account), *_conditions(asked, account, now))
        is_late = _is_late(now)
        n_open, n_late = session.execute(
            select(func.count(), func.count().filter(is_late)).select_from(Case).where(meets)
        ).one()
        first: Sequence[Any] = (Case.answer_by, _URGENT_FIRST) if order is Order.DUE else (Case.confidence,)
        query: Select[tuple[Case]] = select(Case).where(meets).order_by(*first, Case.case_id).offset(start).limit(size)
        cases = session.scalars(query).all()
        said = _first_posts(session, [one.case_id for one in cases])
        return Page([_line(one, said, now) for one in cases], n_open, n_late)


def _belongs_to(account: Account) -> ColumnElement[bool]:
    """The open cases that `portal.permissions` lets the person act on."""
    whose: ColumnElement[bool]
    if account.role is Role.OVERSIGHT:
        whose = Case.level.in_((Level.OVERSIGHT, Level.OMBUDSMAN))
    elif account.role is Role.ANALYST:
        whose = and_(Case.mda.is_(None), Case.is_confidential.is_(False))
    else:
        whose = and_(Case.mda == (account.mda or ""), Case.level.in_((Level.AGENCY, Level.HEAD)))
    return and_(Case.closed_at.is_(None), whose)


def _conditions(asked: Filter, account: Account, now: datetime) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = [true()]
    if asked.state is not None:
        wanted.append(Case.state == asked.state)
    if asked.category is not None:
        wanted.append(Case.category == asked.category)
    if asked.urgency is not None:
        wanted.append(Case.urgency == asked.urgency)
    if asked.is_late is not None:
        wanted.append(_is_late(now) if asked.is_late else ~_is_late(now))
    if asked.is_mine:
        wanted.append(Case.handler_id == account.account_id)
    return wanted


def _is_late(now: datetime) -> ColumnElement[bool]:
    return and_(Case.state != CaseState.ON_HOLD, Case.answered_at.is_(None), Case.answer_by < now)


def _first_posts(session: Session, case_ids: Sequence[int]) -> dict[int, Any]:
    """For each case its earliest post, with how many there are."""
    ranked = (
        select(
            CasePost.case_id, CasePost.text, CasePost.lang, CasePost.district,
            func.count().over(partition_by=CasePost.case_id).label("n_posts"),
            func.row_number()
            .over(partition_by=CasePost.case_id, order_by=(CasePost.said_at.asc().nulls_last(), CasePost.post_id))
            .label("place"),
        )
        .where(CasePost.case_id.in_(case_ids))
        .subquery()
    )  # fmt: skip
    return {row.case_id: row for row in session.execute(select(ranked).where(ranked.c.place == 1))}


def _line(of: Case, said: dict[int, Any], now: datetime) -> CaseLine:
    post = said.get(of.case_id)
    is_late = of.state is not CaseState.ON_HOLD and of.answered_at is None and of.answer_by < now
    return CaseLine(
        of.reference, of.version, of.state, of.level, of.category, of.mda, of.urgency, of.is_formal,
        of.is_confidential, of.confidence, of.answer_by, is_late, post.n_posts if post else 0,
        post.text if post else "", post.lang if post else "other", post.district if post else None,
    )  # fmt: skip
