"""Toys for the tests of cases: accounts, routed matters, opened cases, and a desk with a clock that stands still.

All people and posts in here are invented.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from portal.cases import RoutedMatter, RoutedPost, open_cases
from portal.desk import Desk
from portal.models import Account, Base, Case, CasePost, CaseState, Event, Level, Role
from portal.store import Store
from portal.submissions import submissions_since, submit
from portal.working_days import WorkingDays

MAHE = ZoneInfo("Indian/Mahe")
DAYS = WorkingDays(MAHE)
NOON = datetime(2026, 8, 3, 8, tzinfo=UTC)  # noon of a Monday in Mahé; no public holiday in the two weeks after it
MDA_OF = {"water_supply": "PUC", "electricity": "PUC", "roads": "SLTA", "waste": "LWMA"}
MODEL = "toy@1"
OFFICERS = (Role.OFFICER, Role.HEAD)


def mahe(year: int, month: int, day: int, hour: int = 12, minute: int = 0, second: int = 0) -> datetime:
    """A moment on the clock of Mahé."""
    return datetime(year, month, day, hour, minute, second, tzinfo=MAHE)


def toy_account(role: Role, mda: str | None = None, **fields: Any) -> Account:
    """An account that is in no store, `account_id` 1."""
    return Account(
        **{"account_id": 1, "name": f"{role.value}-invented", "role": role, "mda": mda, "is_disabled": False, **fields}
    )


def add_account(store: Store, role: Role, mda: str | None = None, **fields: Any) -> int:
    """Store an account, of PUC where the role needs an agency and none is given; returns its id."""
    mda = mda or ("PUC" if role in OFFICERS else None)
    with store.session() as session:
        n = session.scalar(sa.select(sa.func.count()).select_from(Account)) or 0
        account = Account(name=f"{role.value}-{n}-invented", role=role, mda=mda, created_at=NOON, **fields)
        session.add(account)
        session.flush()
        return account.account_id


def routed_post(post_id: str, **fields: Any) -> RoutedPost:
    """A post of an invented citizen, in redacted words."""
    values: dict[str, Any] = {
        "text": f"no water at [person]'s house, says {post_id}", "lang": "en", "said_at": NOON, "source": "portal",
        "district": "SC-05", "receipt": None,
    }  # fmt: skip
    return RoutedPost(post_id, **{**values, **fields})


def toy_matter(*posts: str | RoutedPost, **fields: Any) -> RoutedMatter:
    """A formal matter of PUC's water supply, of these posts."""
    values: dict[str, Any] = {
        "mda": "PUC", "category": "water_supply", "urgency": "normal", "is_confidential": False, "is_formal": True,
        "accused": [], "confidence": 0.8, "candidates": [{"category": "water_supply", "probability": 0.8}],
        "reasons": ["water"], "model": MODEL,
    }  # fmt: skip
    return RoutedMatter(
        [routed_post(post) if isinstance(post, str) else post for post in posts], **{**values, **fields}
    )


def open_toy_case(store: Store, *posts: str | RoutedPost, now: datetime = NOON, **fields: Any) -> str:
    """Open a case by the pipeline's own way; returns its reference. Without posts it gets one nobody else has."""
    matter = toy_matter(*(posts or (f"post{count_rows(store, CasePost)}",)), **fields)
    assert open_cases(store, [matter], DAYS, now) == 1
    with store.reading() as session:
        newest = sa.select(Case.reference).order_by(Case.case_id.desc()).limit(1)
        return str(session.scalar(newest))


def submitted_case(store: Store, text: str = "napa delo", now: datetime = NOON, **fields: Any) -> tuple[str, str]:
    """A submission and the case that the pipeline opened of it: its receipt and the case's reference."""
    receipt = submit(store, text=text, author="Zan Envante", received_at=now)
    return receipt, open_toy_case(store, routed_post(f"of {receipt}", receipt=receipt), now=now, **fields)


def run_pipeline(store: Store, now: datetime = NOON, **fields: Any) -> int:
    """Route every submission as a matter of its own, as a run would; returns how many cases were opened."""
    receipts = [submission.reference for page in submissions_since(store, None, 100) for submission in page]
    posts = [routed_post(f"of {receipt}", receipt=receipt) for receipt in receipts]
    return open_cases(store, [toy_matter(post, **fields) for post in posts], DAYS, now)


def toy_case(**fields: Any) -> Case:
    """A case that is in no store."""
    values: dict[str, Any] = {
        "reference": "C-2222-3333", "state": CaseState.RECEIVED, "level": Level.AGENCY, "mda": "PUC",
        "category": "water_supply", "urgency": "normal", "is_confidential": False, "is_formal": True, "accused": [],
        "barred": [],
    }  # fmt: skip
    return Case(**{**values, **fields})


@dataclass
class Clock:
    """A clock that a test sets."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now


def desk_of(store: Store, role: Role = Role.OFFICER, mda: str | None = None, clock: Clock | None = None) -> Desk:
    """The desk of a new account."""
    return Desk(store, add_account(store, role, mda), DAYS, MDA_OF, clock or Clock())


def put(store: Store, reference: str, **fields: Any) -> None:
    """Set columns of a case behind the desk's back, its version left as it is."""
    with store.session() as session:
        session.execute(sa.update(Case).where(Case.reference == reference).values(**fields))


def read_case(store: Store, reference: str) -> Case:
    """The case with its posts, whoever asks."""
    with store.reading() as session:
        case = session.scalars(sa.select(Case).where(Case.reference == reference)).one()
        _ = case.posts
        return case


def version_of(store: Store, reference: str) -> int:
    return read_case(store, reference).version


def post_ids(case: Case) -> list[str]:
    return sorted(post.post_id for post in case.posts)


def events(store: Store, subject: str | None = None) -> list[tuple[str, str, Mapping[str, Any] | None]]:
    """(actor, action, details) of every event on a case, or of all there are, in their order."""
    query = sa.select(Event).order_by(Event.seq)
    if subject is not None:
        query = query.where(Event.subject == subject)
    with store.reading() as session:
        return [(event.actor, event.action, event.details) for event in session.scalars(query)]


def count_rows(store: Store, table: type[Base]) -> int:
    with store.reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def everything(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table: what a refused act must leave as it was."""
    with store.reading() as session:
        return {
            table.name: sorted(map(tuple, session.execute(sa.select(table))), key=repr)
            for table in Base.metadata.sorted_tables
        }
