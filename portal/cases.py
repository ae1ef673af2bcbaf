"""Cases: one matter that one agency must answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from portal.models import Case, CasePost, CaseState
from portal.store import Store
from portal.submissions import new_reference


@dataclass(frozen=True, slots=True)
class RoutedMatter:
    """What the pipeline suggests: the posts of one group, the agency and category, and which model says so."""

    post_ids: Sequence[str]
    mda: str | None
    category: str
    model: str


def open_cases(store: Store, matters: Sequence[RoutedMatter], now: datetime) -> int:
    """Open a case for each matter none of whose posts has one yet; add new posts to the case of their matter.

    A post stays in the case it is in, and an open case keeps what it says: the pipeline only ever adds.
    Returns how many cases were opened.
    """
    opened = 0
    with store.session() as session:
        for matter in matters:
            held = {
                post.post_id: post.case_id
                for post in session.scalars(select(CasePost).where(CasePost.post_id.in_(matter.post_ids)))
            }
            missing = [post_id for post_id in matter.post_ids if post_id not in held]
            if held:
                session.add_all(CasePost(post_id=post_id, case_id=min(held.values())) for post_id in missing)
                continue
            session.add(
                Case(
                    reference=new_reference("C"),
                    state=CaseState.RECEIVED,
                    suggested_mda=matter.mda,
                    suggested_category=matter.category,
                    suggested_by_model=matter.model,
                    opened_at=now,
                    posts=[CasePost(post_id=post_id) for post_id in missing],
                )
            )
            opened += 1
    return opened


def count_cases(store: Store) -> int:
    with store.session() as session:
        return session.scalar(select(func.count()).select_from(Case)) or 0
