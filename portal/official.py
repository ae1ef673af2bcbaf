"""Official answers: the entries of the FAQs, each of an agency that looks at them again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from portal.audit.log import record
from portal.errors import DecisionRefusedError
from portal.models import Account, Case, CasePost, OfficialAnswer, Role
from portal.permissions import Act, may, require, require_for, signed_in
from portal.store import Store

LONGEST_REVIEW = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Entry:
    """An official answer with the posts of its case."""

    answer: OfficialAnswer
    post_ids: Sequence[str]


def official_entries(store: Store) -> Sequence[Entry]:
    """Every official answer that holds and whose case has not become confidential since."""
    with store.reading() as session:
        answers = session.scalars(_holding().join(Case).where(Case.is_confidential.is_(False))).all()
        return _with_posts(session, answers)


def withdrawn_entries(store: Store) -> Sequence[Entry]:
    """Every official answer that holds no more."""
    with store.reading() as session:
        answers = session.scalars(
            select(OfficialAnswer).where(OfficialAnswer.withdrawn_at.is_not(None)).order_by(OfficialAnswer.answer_id)
        ).all()
        return _with_posts(session, answers)


def own_answers(store: Store, account_id: int) -> Sequence[OfficialAnswer]:
    """The official answers of the person's agency, the next to be looked at first; of all agencies for the oversight.

    Raises `NotAllowedError` for a role that has no inbox.
    """
    with store.reading() as session:
        account = signed_in(session, account_id)
        require(account, Act.SEE_INBOX)
        query = _holding().order_by(None).order_by(OfficialAnswer.review_by, OfficialAnswer.answer_id)
        if account.role is not Role.OVERSIGHT:
            query = query.where(OfficialAnswer.mda == (account.mda or ""))
        return session.scalars(query).all()


def may_look_after(account: Account) -> bool:
    """Whether the person may confirm and withdraw official answers of the own agency."""
    return may(account, Act.PUBLISH)


def confirm(store: Store, account_id: int, answer_id: int, review_by: datetime, now: datetime) -> None:
    """Say that an official answer still holds, and when to look again. Raises as `withdraw_answer`."""
    if not now < review_by <= now + LONGEST_REVIEW:
        raise DecisionRefusedError("the review must be ahead, and within {days} days", days=LONGEST_REVIEW.days)
    with store.session() as session:
        account, answer = _own(session, account_id, answer_id)
        answer.review_by = review_by
        _log(session, account, answer, "official answer confirmed", now, review_by=review_by.isoformat())


def withdraw_answer(store: Store, account_id: int, answer_id: int, reason: str, now: datetime) -> None:
    """Show an official answer no more. Raises `NotAllowedError`, and `DecisionRefusedError` where it is gone already or
    no reason is given."""
    if not reason.strip():
        raise DecisionRefusedError("say why it is withdrawn")
    with store.session() as session:
        account, answer = _own(session, account_id, answer_id)
        answer.withdrawn_at = now
        _log(session, account, answer, "official answer withdrawn", now, reason=reason.strip())


def withdraw(session: Session, case_id: int, now: datetime) -> None:
    """Withdraw what was official of a case, in the caller's unit of work."""
    for answer in session.scalars(_holding().where(OfficialAnswer.case_id == case_id)):
        answer.withdrawn_at = now


def _with_posts(session: Session, answers: Sequence[OfficialAnswer]) -> list[Entry]:
    posts: dict[int, list[str]] = {answer.case_id: [] for answer in answers}
    query = select(CasePost.case_id, CasePost.post_id).where(CasePost.case_id.in_(list(posts)))
    for case_id, post_id in session.execute(query.order_by(CasePost.post_id)):
        posts[case_id].append(post_id)
    return [Entry(answer, posts[answer.case_id]) for answer in answers]


def _own(session: Session, account_id: int, answer_id: int) -> tuple[Account, OfficialAnswer]:
    account = signed_in(session, account_id)
    answer = session.scalar(_holding().where(OfficialAnswer.answer_id == answer_id).with_for_update())
    if answer is None:
        raise DecisionRefusedError("this official answer was withdrawn already")
    require_for(account, Act.PUBLISH, answer.mda)
    return account, answer


def _log(
    session: Session, account: Account, answer: OfficialAnswer, action: str, now: datetime, **details: str
) -> None:
    reference = session.scalar(select(Case.reference).where(Case.case_id == answer.case_id))
    actor = f"{account.role.value} {account.account_id}"
    record(session, at=now, actor=actor, action=action, subject=reference, details=details)


def _holding() -> Select[tuple[OfficialAnswer]]:
    return select(OfficialAnswer).where(OfficialAnswer.withdrawn_at.is_(None)).order_by(OfficialAnswer.answer_id)
