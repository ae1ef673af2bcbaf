"""Invented people and cases for the tests of the officers' page and of what is made from decisions."""

from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from portal.cases import RoutedMatter, RoutedPost, open_cases
from portal.desk import Desk
from portal.models import Case, CasePost, Role
from portal.people import add_account
from portal.store import Store, open_store
from portal.working_days import WorkingDays

PASSWORD = "mango rain on the roof"
DAYS = WorkingDays(ZoneInfo("Indian/Mahe"))
MDA_OF = {"water_supply": "PUC", "electricity": "PUC", "roads": "SLTA"}
_NUMBERS = count()


def opened(home: Path) -> Store:
    """The store of a home, made where there is none."""
    (home / "store").mkdir(parents=True, exist_ok=True)
    return open_store(f"sqlite:///{home / 'store' / 'portal.sqlite'}")


def add_person(store: Store, name: str, mda: str | None, role: str = "officer") -> int:
    account = add_account(
        store, name, Role(role), mda=mda, password=PASSWORD, email=None, now=datetime.now(UTC)
    )  # fmt: skip
    return account.account_id


def post(post_id: str, text: str, **fields: Any) -> RoutedPost:
    values: dict[str, Any] = {
        "lang": "en", "said_at": datetime(2026, 8, 3, 8, tzinfo=UTC), "source": "portal", "district": "SC-05",
        "receipt": None,
    }  # fmt: skip
    return RoutedPost(post_id, text, **{**values, **fields})


def plain_matter(text: str, **fields: Any) -> RoutedMatter:
    """A matter of PUC's water supply that one post tells of."""
    values: dict[str, Any] = {
        "mda": "PUC", "category": "water_supply", "urgency": "normal", "is_confidential": False, "is_formal": True,
        "accused": [], "confidence": 0.8, "candidates": [{"category": "water_supply", "probability": 0.8}],
        "reasons": ["words that speak for Water: water"], "model": "toy@1",
    }  # fmt: skip
    return RoutedMatter(**{"posts": [post(f"p{next(_NUMBERS):04d}", text)], **values, **fields})


def open_cases_of(store: Store, *matters: RoutedMatter, now: datetime | None = None) -> list[str]:
    """Open a case of each matter; returns their references in the order of the matters."""
    assert open_cases(store, matters, DAYS, now or datetime.now(UTC)) == len(matters)
    with store.reading() as session:
        case_of = sa.select(Case.reference).join(CasePost)
        return [str(session.scalar(case_of.where(CasePost.post_id == matter.posts[0].post_id))) for matter in matters]


def desk_of(store: Store, account_id: int) -> Desk:
    """The desk of a person elsewhere, at this moment."""
    return Desk(store, account_id, DAYS, MDA_OF, lambda: datetime.now(UTC))
