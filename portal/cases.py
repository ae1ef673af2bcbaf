"""What the pipeline does with cases: it opens them, adds posts to them, and lets late ones rise.

Nothing that a person decided is changed by it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from portal.audit.log import record
from portal.models import Case, CasePost, CaseState, Level, Submission
from portal.store import Store
from portal.submissions import new_reference
from portal.transitions import ESCALATE, OPEN, RESUME
from portal.working_days import WorkingDays

PIPELINE = "pipeline"
CITIZEN = "citizen"
ACKNOWLEDGE_DAYS = 2
ANSWER_DAYS = 10
RISE_DAYS = 10
CHUNK = 500
OPENED_AT_ONCE = 100  # a third of a second, so that nobody at a desk waits long
URGENCIES = ("normal", "urgent", "emergency")


@dataclass(frozen=True, slots=True)
class RoutedPost:
    """A post of a matter; `text` is redacted.

    `receipt` is the reference of the submission it is, if it is one; `url` is where a social post stands.
    """

    post_id: str
    text: str
    lang: str
    said_at: datetime | None
    source: str
    district: str | None
    receipt: str | None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class RoutedMatter:
    """What the pipeline suggests: the posts of one group, where it would send them and why, and which model says so.

    `meaning` is the sentence vector of the earliest post (float16), where it is known.
    """

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
    meaning: bytes | None = None


def posts_without_case(store: Store, post_ids: Sequence[str]) -> set[str]:
    """Those of the posts that no case holds."""
    with store.reading() as session:
        return set(post_ids) - _held(session, post_ids).keys()


def posts_to_fill_in(store: Store) -> list[str]:
    """Posts of which a case lacks what the warehouse knows: those that an officer took up from a page, and the words of
    what an older version opened."""
    has_no_url = and_(CasePost.receipt.is_(None), CasePost.url.is_(None), Case.is_formal.is_(False))
    query = select(CasePost.post_id).join(Case).where(
        or_(CasePost.text == "", Case.meaning.is_(None), has_no_url), Case.closed_at.is_(None)
    )  # fmt: skip
    with store.reading() as session:
        return list(session.scalars(query))


def fill_in(store: Store, known: Mapping[str, tuple[RoutedPost, bytes | None]]) -> None:
    """Complete the posts of open cases, and their cases' meaning (that of the earliest post), by what is known of them;
    nothing that is there is changed."""
    said_at = {post_id: said.said_at for post_id, (said, _) in known.items()}
    post_ids = sorted(known, key=lambda post_id: (said_at[post_id] is None, said_at[post_id], post_id))
    rank = {post_id: number for number, post_id in enumerate(post_ids)}
    for start in range(0, len(post_ids), CHUNK):
        asked = CasePost.post_id.in_(post_ids[start : start + CHUNK])
        with store.session() as session:
            query = select(CasePost).join(Case).where(asked, Case.closed_at.is_(None))
            for post in sorted(session.scalars(query), key=lambda post: rank[post.post_id]):
                said, meaning = known[post.post_id]
                if not post.text:
                    post.text, post.lang = said.text, said.lang
                    post.said_at, post.district = said.said_at, said.district
                post.source, post.url = post.source or said.source, post.url or said.url
                is_lacking = and_(Case.case_id == post.case_id, Case.meaning.is_(None))
                session.execute(update(Case).where(is_lacking).values(meaning=meaning))


def take_edits(store: Store, edited: Mapping[str, RoutedPost], now: datetime) -> int:
    """Show in open cases the newest words of posts that were edited where they were said; returns how many changed.

    A case with one gets a new version: nobody shall answer words they have not seen.
    """
    n_changed = 0
    post_ids = sorted(edited)
    for start in range(0, len(post_ids), CHUNK):
        asked = CasePost.post_id.in_(post_ids[start : start + CHUNK])
        with store.session() as session:
            query = select(CasePost).join(Case).where(asked, Case.closed_at.is_(None), CasePost.text != "")
            posts = [post for post in session.scalars(query) if edited[post.post_id].text not in {"", post.text}]
            ids = {post.case_id for post in posts}
            held = select(Case).where(Case.case_id.in_(ids)).order_by(Case.case_id).with_for_update()
            cases = {case.case_id: case for case in session.scalars(held) if case.closed_at is None}
            changed = [post for post in posts if post.case_id in cases]
            for post in changed:
                post.text, post.lang = edited[post.post_id].text, edited[post.post_id].lang
                flag_modified(cases[post.case_id], "reasons")
            for post in changed:
                reference = cases[post.case_id].reference
                details = {"posts": [post.post_id]}
                record(session, at=now, actor=PIPELINE, action="post edited", subject=reference, details=details)
            n_changed += len(changed)
    return n_changed


def open_cases(store: Store, matters: Sequence[RoutedMatter], days: WorkingDays, now: datetime) -> int:
    """Open a case for each matter that has new posts and no open case; else add these to the case of their matter.

    A post stays in the case it is in. Where the posts of a matter are in several open cases, new ones join the oldest.
    What a citizen adds to an earlier submission joins the open case of that one, whatever it says, and ends its wait.
    Returns how many cases were opened.
    """
    with store.reading() as session:
        followed = _followed(session, [post.receipt for matter in matters for post in matter.posts if post.receipt])
    first, later = _told_apart(matters, followed)
    opened = _open(store, first, days, now)
    left = _join_followed(store, later, followed, days, now)
    return opened + _open(store, left, days, now)


def _open(store: Store, matters: Sequence[RoutedMatter], days: WorkingDays, now: datetime) -> int:
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
        meaning=matter.meaning,
        posts=[_case_post(post) for post in matter.posts],
    )
    session.add(case)
    details = {
        "mda": matter.mda, "category": matter.category, "urgency": matter.urgency, "model": matter.model,
        "posts": [post.post_id for post in matter.posts],
    }  # fmt: skip
    record(session, at=now, actor=actor, action="case opened", subject=case.reference, details=details)
    return case


def _followed(session: Session, receipts: Sequence[str]) -> dict[str, str]:
    """The earlier receipt that each of these adds to; those that add to none are left out."""
    followed: dict[str, str] = {}
    for start in range(0, len(receipts), CHUNK):
        asked = Submission.reference.in_(receipts[start : start + CHUNK])
        query = select(Submission.reference, Submission.follows).where(asked, Submission.follows.is_not(None))
        followed.update((reference, follows) for reference, follows in session.execute(query) if follows)
    return followed


def _told_apart(
    matters: Sequence[RoutedMatter], followed: Mapping[str, str]
) -> tuple[list[RoutedMatter], list[RoutedMatter]]:
    """The matters without the posts that add to an earlier one, and these, each a matter of its own."""
    first: list[RoutedMatter] = []
    later: list[RoutedMatter] = []
    for matter in matters:
        adding = [post for post in matter.posts if post.receipt in followed]
        if kept := [post for post in matter.posts if post.receipt not in followed]:
            first.append(replace(matter, posts=kept))
        later += (replace(matter, posts=[post]) for post in adding)
    return first, later


def _join_followed(
    store: Store, later: Sequence[RoutedMatter], followed: Mapping[str, str], days: WorkingDays, now: datetime
) -> list[RoutedMatter]:
    """Add what citizens wrote to the open case of what they wrote before; returns what has no such case."""
    left: list[RoutedMatter] = []
    for start in range(0, len(later), OPENED_AT_ONCE):
        some = later[start : start + OPENED_AT_ONCE]
        with store.session() as session:
            held = _held(session, [post.post_id for matter in some for post in matter.posts])
            open_case_of = _open_cases_of(session, [followed[str(matter.posts[0].receipt)] for matter in some])
            joining: list[tuple[int, RoutedMatter, Sequence[RoutedPost]]] = []
            for matter in some:
                (post,) = matter.posts
                case_id = open_case_of.get(followed[str(post.receipt)])
                if post.post_id in held:
                    continue
                if case_id is None:
                    left.append(matter)
                else:
                    joining.append((case_id, matter, matter.posts))
            for case in _join(session, joining, now):
                if case.state is CaseState.ON_HOLD:
                    RESUME.take(case, CaseState.IN_PROGRESS)
                    waited = give_back(case, days, now)
                    details = {"working_days_waited": waited}
                    record(session, at=now, actor=CITIZEN, action="resumed", subject=case.reference, details=details)
    return left


def _open_cases_of(session: Session, receipts: Sequence[str]) -> dict[str, int]:
    query = select(CasePost.receipt, CasePost.case_id).join(Case)
    query = query.where(CasePost.receipt.in_(receipts), Case.closed_at.is_(None))
    return {str(receipt): case_id for receipt, case_id in session.execute(query)}


def give_back(case: Case, days: WorkingDays, now: datetime) -> int:
    """Add the working days that a case waited for the citizen to its time, and end the wait; returns how many."""
    waited = days.between(case.held_since, now) if case.held_since else 0
    case.answer_by, case.held_since = days.after(case.answer_by, waited), None
    return waited


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
        for case in session.scalars(query.order_by(Case.case_id).with_for_update()):
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


def _join(
    session: Session, joining: Sequence[tuple[int, RoutedMatter, Sequence[RoutedPost]]], now: datetime
) -> Sequence[Case]:
    """Add posts to cases. All cases are held before the log is: desks take them in that order, too.

    Where somebody has just closed one, its new posts are left for the next run, which opens another case for them.
    """
    ids = {case_id for case_id, _, _ in joining}
    query = select(Case).where(Case.case_id.in_(ids)).order_by(Case.case_id).with_for_update()
    cases = {case.case_id: case for case in session.scalars(query) if case.closed_at is None}
    joining = [one for one in joining if one[0] in cases]
    for case_id, matter, posts in joining:
        case = cases[case_id]
        session.add_all(_case_post(post, case_id=case_id) for post in posts)
        take_on(case, matter.accused, matter.is_confidential, case.urgency if case.decided_at else matter.urgency)
        case.is_formal = case.is_formal or matter.is_formal
        flag_modified(case, "reasons")  # a new version: nobody shall answer posts they have not seen
    for case_id, _, posts in joining:
        details = {"posts": [post.post_id for post in posts]}
        subject = cases[case_id].reference
        record(session, at=now, actor=PIPELINE, action="posts joined", subject=subject, details=details)
    return list(cases.values())


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
        district=post.district, receipt=post.receipt, url=post.url,
    )  # fmt: skip
