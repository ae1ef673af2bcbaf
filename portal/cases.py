"""What the pipeline does with cases: it opens them, adds posts to them, and lets late ones rise.

Nothing that a person decided is changed by it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.audit.log import record
from portal.models import Case, CasePost, CaseState, Level
from portal.store import Store
from portal.submissions import new_reference
from portal.transitions import ESCALATE, OPEN
from portal.working_days import WorkingDays

PIPELINE = "pipeline"
ACKNOWLEDGE_DAYS = 2
ANSWER_DAYS = 10
RISE_DAYS = 10
CHUNK = 500


@dataclass(frozen=True, slots=True)
class RoutedPost:
    """A post of a matter; `text` is redacted, `receipt` the reference of the submission it is, if it is one."""

    post_id: str
    text: str
    lang: str
    said_at: datetime | None
    source: str
    district: str | None
    receipt: str | None


@dataclass(frozen=True, slots=True)
class RoutedMatter:
    """What the pipeline suggests: the posts of one group, where it would send them and why, and which model says so."""

    posts: Sequence[RoutedPost]
    mda: str | None
    category: str
    urgency: str
    is_confidential: bool
    is_formal: bool
    accused: Sequence[str]
    confidence: float
    candidates: Sequence[Mapping[str, Any]]
    reasons: Sequence[str]
    model: str


def open_cases(store: Store, matters: Sequence[RoutedMatter], days: WorkingDays, now: datetime) -> int:
    """Open a case for each matter none of whose posts has one yet; add new posts to the case of their matter.

    A post stays in the case it is in. Where the posts of a matter are in several cases, new ones join the oldest.
    Returns how many cases were opened.
    """
    opened = 0
    for start in range(0, len(matters), CHUNK):
        some = matters[start : start + CHUNK]
        with store.session() as session:
            held = _held(session, [post.post_id for matter in some for post in matter.posts])
            for matter in some:
                missing = [post for post in matter.posts if post.post_id not in held]
                known = {held[post.post_id] for post in matter.posts if post.post_id in held}
                if known and missing:
                    _join(session, session.get_one(Case, min(known)), missing, now)
                elif missing:
                    open_case(session, matter, days, PIPELINE, now)
                    opened += 1
    return opened


def open_case(session: Session, matter: RoutedMatter, days: WorkingDays, actor: str, now: datetime) -> Case:
    """A new case of a matter, in the caller's unit of work. One that accuses an agency begins at the oversight."""
    case = Case(
        reference=new_reference("C"),
        state=CaseState.RECEIVED,
        level=Level.OVERSIGHT if matter.accused else Level.AGENCY,
        mda=matter.mda,
        category=matter.category,
        urgency=matter.urgency,
        is_confidential=matter.is_confidential,
        is_formal=matter.is_formal,
        accused=list(matter.accused),
        suggested_mda=matter.mda,
        suggested_category=matter.category,
        suggested_by_model=matter.model,
        confidence=matter.confidence,
        candidates=[dict(candidate) for candidate in matter.candidates],
        reasons=list(matter.reasons),
        opened_at=now,
        acknowledge_by=days.after(now, ACKNOWLEDGE_DAYS),
        answer_by=days.after(now, ANSWER_DAYS),
        posts=[_case_post(post) for post in matter.posts],
    )
    session.add(case)
    details = {
        "mda": matter.mda, "category": matter.category, "urgency": matter.urgency, "model": matter.model,
        "posts": [post.post_id for post in matter.posts],
    }  # fmt: skip
    record(session, at=now, actor=actor, action="case opened", subject=case.reference, details=details)
    return case


def escalate_late(store: Store, days: WorkingDays, now: datetime) -> int:
    """Let every case that is late rise by a level: to the head of its agency once its time to answer is over, to the
    oversight `RISE_DAYS` working days later. A case that waits for the citizen is not late.

    Returns how many rose.
    """
    rising = {Level.AGENCY: Level.HEAD, Level.HEAD: Level.OVERSIGHT}
    risen = 0
    with store.session() as session:
        query = select(Case).where(
            Case.state.in_(OPEN - {CaseState.ON_HOLD}), Case.level.in_(rising), Case.answer_by < now
        )
        for case in session.scalars(query):
            if case.risen_at and days.after(case.risen_at, RISE_DAYS) >= now:
                continue
            ESCALATE.take(case, CaseState.ESCALATED)
            case.level, case.risen_at = rising[case.level], now
            details = {"level": case.level.value, "answer_by": case.answer_by.isoformat()}
            record(session, at=now, actor=PIPELINE, action="case late", subject=case.reference, details=details)
            risen += 1
    return risen


def count_cases(store: Store) -> int:
    with store.reading() as session:
        return session.scalar(select(func.count()).select_from(Case)) or 0


def _held(session: Session, post_ids: Sequence[str]) -> dict[str, int]:
    """Which case each post is in, of those that are in one."""

    def rows() -> Iterator[tuple[str, int]]:
        for start in range(0, len(post_ids), CHUNK):
            asked = CasePost.post_id.in_(post_ids[start : start + CHUNK])
            yield from session.execute(select(CasePost.post_id, CasePost.case_id).where(asked)).tuples()

    return dict(rows())


def _join(session: Session, case: Case, posts: Sequence[RoutedPost], now: datetime) -> None:
    for post in posts:
        session.add(_case_post(post, case_id=case.case_id))
    details = {"posts": [post.post_id for post in posts]}
    record(session, at=now, actor=PIPELINE, action="posts joined", subject=case.reference, details=details)


def _case_post(post: RoutedPost, case_id: int | None = None) -> CasePost:
    return CasePost(
        post_id=post.post_id, case_id=case_id, text=post.text, lang=post.lang, said_at=post.said_at, source=post.source,
        district=post.district, receipt=post.receipt,
    )  # fmt: skip
