"""What whoever holds a receipt can see and do, without signing in: how it stands, what was answered, add, appeal.

The receipt is the only key: it says nothing of who made the submission, and nothing here does either.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import rfc8785
from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from portal.audit.log import history, inclusion, record
from portal.cases import ACKNOWLEDGE_DAYS, CITIZEN
from portal.errors import DecisionRefusedError, UnknownReceiptError
from portal.models import Account, Case, CasePost, CaseState, Event, Level, ReplyKind, Role, Submission
from portal.store import Store
from portal.submissions import submit_more
from portal.transitions import APPEAL, OPEN
from portal.working_days import WorkingDays

REVIEW_DAYS = 20
MOST_APPEALS = 2  # to another officer, then to the Ombudsman
DECISIONS = frozenset({"accepted", "corrected", "answered", "closed", "closed as a duplicate"})
HIGH = (Level.OVERSIGHT, Level.OMBUDSMAN)


@dataclass(frozen=True, slots=True)
class Said:
    """What an agency wrote to everybody behind the case, in one language."""

    kind: ReplyKind
    lang: str
    text: str
    written_at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """How a submission stands. `state` is None as long as no case holds it; `answer_by` where an answer is owed.

    `mda` is None while nobody has been found who must answer.
    """

    receipt: str
    received_at: datetime
    state: CaseState | None = None
    mda: str | None = None
    answer_by: datetime | None = None
    closed_at: datetime | None = None
    level: Level = Level.AGENCY
    said: Sequence[Said] = ()
    n_added: int = 0
    may_add: bool = True
    may_appeal: bool = False
    is_erased: bool = False


def standing(store: Store, receipt: str) -> Standing:
    """Raises `UnknownReceiptError`."""
    with store.reading() as session:
        submission = _submission(session, receipt)
        case = _case_of(session, submission)
        begun = submission.received_at
        if submission.erased_at is not None:
            return Standing(submission.reference, begun, is_erased=True, may_add=False)
        added = session.scalars(select(Submission).where(Submission.follows == submission.reference)).all()
        if case is None:
            return Standing(submission.reference, begun, n_added=len(added))
        is_open = case.state in OPEN
        return Standing(
            receipt=submission.reference,
            received_at=begun,
            state=case.state,
            mda=case.mda,
            answer_by=case.answer_by if is_open and case.answered_at is None else None,
            closed_at=case.closed_at,
            level=case.level,
            said=[Said(reply.kind, reply.lang, reply.text, reply.written_at) for reply in case.replies],
            n_added=len(added),
            may_add=is_open,
            may_appeal=_may_appeal(case),
        )


def add(store: Store, receipt: str, text: str, now: datetime) -> None:
    """Add to a submission what was missing; the next run puts it with its case.

    Raises `UnknownReceiptError`, `SubmissionRefusedError`, and `DecisionRefusedError` where the case is closed.
    """
    with store.session() as session:
        first = _submission(session, receipt)
        case = _case_of(session, first)
        if first.erased_at is not None:
            raise DecisionRefusedError("what was erased takes nothing more: make a new submission")
        if case is not None and case.state not in OPEN:
            raise DecisionRefusedError("nothing can be added to a closed case: appeal, or make a new submission")
        submit_more(session, first, text, now)


def appeal(store: Store, receipt: str, text: str, days: WorkingDays, now: datetime) -> None:
    """Ask for a second look at a closed case: by another officer the first time, by the Ombudsman the second.

    Whoever decided before is barred from the case. Where the agency has nobody else it goes to the oversight.
    Raises `UnknownReceiptError`, `SubmissionRefusedError`, and `DecisionRefusedError` where there is nothing to appeal
    against.
    """
    with store.session() as session:
        first = _submission(session, receipt)
        case = _case_of(session, first, is_held=True)
        if first.erased_at is not None or case is None or not _may_appeal(case):
            raise DecisionRefusedError(
                "only a closed case can be appealed against, once to the agency and once beyond it"
            )
        APPEAL.take(case, CaseState.RECEIVED)
        case.appeals += 1
        _seat_others(session, case)
        case.appealed_at, case.risen_at, case.closed_at, case.answered_at = now, None, None, None
        case.handler_id, case.is_extended, case.sends_elsewhere = None, False, False
        case.acknowledge_by, case.answer_by = days.after(now, ACKNOWLEDGE_DAYS), days.after(now, REVIEW_DAYS)
        details = {"n": case.appeals, "level": case.level.value, "barred": list(case.barred)}
        submit_more(session, first, text, now)
        record(session, at=now, actor=CITIZEN, action="appealed", subject=case.reference, details=details)


def proof_of_receipt(store: Store, receipt: str) -> dict[str, Any]:
    """What proves to anybody that the submission is in the log: JSON that `verify.py` checks against the published key.

    Raises `UnknownReceiptError`, `EventUnsignedError` before the day's checkpoint is signed, and `DecisionRefusedError`
    where the submission is older than the log.
    """
    with store.reading() as session:
        submission = _submission(session, receipt)
        event = session.get(Event, submission.event_seq or 0)
        if event is None:
            raise DecisionRefusedError("this submission was taken before receipts were put into the log")
        proven = inclusion(session, event.seq)
        proof: dict[str, Any] = {
            "entry": proven.entry.decode(),
            "index": proven.index,
            "size": proven.size,
            "proof": [one.hex() for one in proven.proof],
            "checkpoint": proven.checkpoint,
        }
        if event.details is not None:
            proof |= {"details": rfc8785.dumps(event.details).decode(), "salt": event.salt}
    return proof


def _may_appeal(case: Case) -> bool:
    return case.state in APPEAL.before and case.appeals < MOST_APPEALS


def _seat_others(session: Session, case: Case) -> None:
    """Bar who decided so far, and put the case where there is somebody else.

    Only where the oversight itself has nobody else may its people decide again.
    """
    deciders = {int(event.actor.split()[-1]) for event in history(session, case.reference) if event.action in DECISIONS}
    case.barred = sorted({*case.barred, *deciders})
    others = select(Account).where(Account.is_disabled.is_(False), Account.account_id.not_in(case.barred))
    of_agency = others.where(Account.role.in_((Role.OFFICER, Role.HEAD)), Account.mda == (case.mda or ""))
    if case.appeals == MOST_APPEALS:
        case.level = Level.OMBUDSMAN
    elif case.level in HIGH or session.scalars(of_agency.limit(1)).first() is None:
        case.level = Level.OVERSIGHT
    else:
        case.level = Level.AGENCY
    if case.level in HIGH and session.scalars(others.where(Account.role == Role.OVERSIGHT).limit(1)).first() is None:
        overseers = set(session.scalars(select(Account.account_id).where(Account.role == Role.OVERSIGHT)))
        case.barred = sorted({*case.barred} - overseers)


def _submission(session: Session, receipt: str) -> Submission:
    """What began the matter, also where the receipt is of something that was added to it."""
    typed = receipt.strip()
    query = select(Submission).where(Submission.reference.in_({typed, typed.upper(), _as_printed(typed)}))
    found = session.scalars(query.order_by(Submission.submission_id)).first()
    if found is not None and found.follows is not None:
        found = session.scalar(select(Submission).where(Submission.reference == found.follows))
    if found is None:
        raise UnknownReceiptError
    return found


def _as_printed(typed: str) -> str:
    """A receipt in the form in which it was given, whatever the letters, spaces and dashes it was typed with."""
    letters = "".join(char for char in typed.upper() if char.isalnum())
    groups = [letters[1:][start : start + 4] for start in range(0, len(letters) - 1, 4)]
    return "-".join([letters[:1], *groups])


def _case_of(session: Session, submission: Submission, *, is_held: bool = False) -> Case | None:
    """The open case that holds the submission, else one that holds what was added to it, else the newest closed one.

    Where the first case was closed before an addition reached it, that began another.
    """
    added = select(Submission.reference).where(Submission.follows == submission.reference)
    is_own = or_(CasePost.receipt == submission.reference, CasePost.receipt.in_(added))
    is_open = Case.closed_at.is_(None)
    is_open_first = and_(is_open, CasePost.receipt == submission.reference)
    query = select(Case).join(CasePost).where(is_own)
    query = query.order_by(is_open_first.desc(), is_open.desc(), Case.case_id.desc()).limit(1)
    return session.scalar(query.with_for_update(of=Case) if is_held else query)
