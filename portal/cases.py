"""What the pipeline does with cases: it opens them, adds posts to them, and lets late ones rise.

Nothing that a person decided is changed by it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

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
OPENED_AT_ONCE = 100  # a third of a second, so that nobody at a desk waits long
URGENCIES = ("normal", "urgent", "emergency")


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
    """Open a case for each matter that has new posts and no open case; else add these to the case of their matter.

    A post stays in the case it is in. Where the posts of a matter are in several open cases, new ones join the oldest.
    Returns how many cases were opened.
    """
    opened = 0
    for start in range(0, len(matters), OPENED_AT_ONCE):
        some = matters[start : start + OPENED_AT_ONCE]
        with store.session() as session:
            held = _held(session, [post.post_id for matter in some for post in matter.posts])
            joining: list[tuple[int, RoutedMatter, list[RoutedPost]]] = []
            new: list[RoutedMatter] = []
            for matter in some:
                missing = [post for post in matter.posts if post.post_id not in held]
                known = [case_id for post in matter.posts if (case_id := held.get(post.post_id)) is not None]
                if known and missing:
                    joining.append((min(known), matter, missing))
                elif missing:
                    new.append(replace(matter, posts=missing))
            _join(session, joining, now)
            for matter in new:
                open_case(session, matter, days, PIPELINE, now)
            opened += len(new)
    return opened


def open_case(session: Session, matter: RoutedMatter, days: WorkingDays, actor: str, now: datetime) -> Case:
    """A new case of a matter, in the caller's unit of work. One that accuses its own agency begins at the oversight."""
    case = Case(
        reference=new_reference("C"),
        state=CaseState.RECEIVED,
        level=Level.OVERSIGHT if matter.mda in matter.accused else Level.AGENCY,
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
    oversight `RISE_DAYS` working days later. A case that is answered or waits for the citizen is not late.

    Returns how many rose.
    """
    rising = {Level.AGENCY: Level.HEAD, Level.HEAD: Level.OVERSIGHT}
    risen = 0
    with store.session() as session:
        query = select(Case).where(
            Case.state.in_(OPEN - {CaseState.ON_HOLD}),
            Case.level.in_(rising),
            Case.answered_at.is_(None),
            Case.answer_by < now,
        )
        for case in session.scalars(query.with_for_update()):
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


def _held(session: Session, post_ids: Sequence[str]) -> dict[str, int | None]:
    """Which open case each post is in, None of a closed one; posts without a case are left out."""
    held: dict[str, int | None] = {}
    for start in range(0, len(post_ids), CHUNK):
        asked = CasePost.post_id.in_(post_ids[start : start + CHUNK])
        query = select(CasePost.post_id, CasePost.case_id, Case.closed_at).join(Case).where(asked)
        for post_id, case_id, closed_at in session.execute(query):
            held[post_id] = case_id if closed_at is None else None
    return held


def _join(session: Session, joining: Sequence[tuple[int, RoutedMatter, Sequence[RoutedPost]]], now: datetime) -> None:
    """Add posts to cases. All cases are held before the log is: desks take them in that order, too."""
    ids = {case_id for case_id, _, _ in joining}
    query = select(Case).where(Case.case_id.in_(ids)).order_by(Case.case_id).with_for_update()
    cases = {case.case_id: case for case in session.scalars(query)}
    for case_id, matter, posts in joining:
        case = cases[case_id]
        session.add_all(_case_post(post, case_id=case_id) for post in posts)
        take_on(case, matter.accused, matter.is_confidential, case.urgency if case.decided_at else matter.urgency)
        flag_modified(case, "reasons")  # a new version: nobody shall answer posts they have not seen
    for case_id, _, posts in joining:
        details = {"posts": [post.post_id for post in posts]}
        subject = cases[case_id].reference
        record(session, at=now, actor=PIPELINE, action="posts joined", subject=subject, details=details)


def take_on(case: Case, accused: Sequence[str], is_confidential: bool, urgency: str) -> None:
    """What is grave in posts that join a case holds for the case; one that accuses its own agency is the oversight's
    from then on."""
    case.accused = sorted({*case.accused, *accused})
    case.is_confidential = case.is_confidential or is_confidential
    case.urgency = max(case.urgency, urgency, key=URGENCIES.index)
    if case.mda in case.accused and case.level in (Level.AGENCY, Level.HEAD):
        case.level = Level.OVERSIGHT


def _case_post(post: RoutedPost, case_id: int | None = None) -> CasePost:
    return CasePost(
        post_id=post.post_id, case_id=case_id, text=post.text, lang=post.lang, said_at=post.said_at, source=post.source,
        district=post.district, receipt=post.receipt,
    )  # fmt: skip
