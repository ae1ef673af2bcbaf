"""Who may do what. Every act in this package asks here; no view decides anything.

A case is of its agency's officers and head until it has risen to the oversight, which decides then; the agency still
sees it. A case that accuses its agency is of the oversight alone. After an appeal, who decided before may look and do
nothing. What one may not see does not exist for one: it is refused in the words of a wrong reference.
"""

import enum
from collections.abc import Mapping

from sqlalchemy.orm import Session

from portal.errors import NotAllowedError, UnknownCaseError, Words
from portal.models import Account, Case, Level, Role


class Act(enum.StrEnum):
    """What can be done; the values are words for a sentence."""

    SEE = Words("see this case")
    ACCEPT = Words("accept this case")
    CORRECT = Words("correct this case")
    REPLY = Words("write to the citizens behind this case")
    CLOSE = Words("close this case")
    ARRANGE = Words("merge or split this case")
    EXTEND = Words("extend the time of this case")
    ESCALATE = Words("escalate this case")
    REVEAL = Words("read the original text of this case")
    TAKE_UP = Words("make a case of what people say elsewhere")
    PUBLISH = Words("make an answer official")
    SEE_INBOX = Words("see an inbox")
    READ = Words("read what people wrote")
    STEER = Words("rename, merge, pin or mute topics")


_ON_A_CASE = frozenset(
    {Act.SEE, Act.ACCEPT, Act.CORRECT, Act.REPLY, Act.CLOSE, Act.ARRANGE, Act.EXTEND, Act.ESCALATE, Act.REVEAL}
)
MAY: Mapping[Role, frozenset[Act]] = {
    Role.ANALYST: frozenset({Act.READ, Act.SEE_INBOX, Act.SEE, Act.CORRECT, Act.STEER}),
    Role.OFFICER: _ON_A_CASE | {Act.READ, Act.SEE_INBOX, Act.TAKE_UP},
    Role.HEAD: _ON_A_CASE | {Act.READ, Act.SEE_INBOX, Act.TAKE_UP, Act.PUBLISH},
    Role.OVERSIGHT: _ON_A_CASE | {Act.READ, Act.SEE_INBOX, Act.STEER},
    Role.STATISTICIAN: frozenset(),
    Role.ADMINISTRATOR: frozenset(),
}


def may(account: Account, act: Act) -> bool:
    """Whether the role of a person allows the act at all."""
    return not account.is_disabled and act in MAY[account.role]


def may_on(account: Account, act: Act, case: Case) -> bool:
    """Whether a person may do the act on this very case."""
    if not may(account, act):
        return False
    if act is not Act.SEE and account.account_id in case.barred:
        return False
    if account.role is Role.OVERSIGHT:
        return act is Act.SEE or case.level in (Level.OVERSIGHT, Level.OMBUDSMAN)
    if account.role is Role.ANALYST:  # finds an agency for what the machine found none for
        return not case.is_confidential and (act is Act.SEE or case.mda is None)
    is_own = account.mda is not None and account.mda == case.mda and account.mda not in case.accused
    return is_own and (act is Act.SEE or case.level in (Level.AGENCY, Level.HEAD))


def may_for(account: Account, act: Act, mda: str | None) -> bool:
    """Whether a person may do the act in the name of an agency."""
    return may(account, act) and mda is not None and account.mda == mda


def require(account: Account, act: Act) -> None:
    """Raise `NotAllowedError` unless the person's role allows the act."""
    if not may(account, act):
        raise NotAllowedError(account.name, act.value)


def require_for(account: Account, act: Act, mda: str | None) -> None:
    """Raise `NotAllowedError` unless the person may do the act in the name of the agency."""
    if not may_for(account, act, mda):
        raise NotAllowedError(account.name, act.value)


def require_on(account: Account, act: Act, case: Case) -> None:
    """Raise `UnknownCaseError` where the person may not even see the case, `NotAllowedError` where only the act is not
    allowed."""
    if not may_on(account, Act.SEE, case):
        raise UnknownCaseError(case.reference)
    if not may_on(account, act, case):
        raise NotAllowedError(account.name, act.value)


def signed_in(session: Session, account_id: int) -> Account:
    """The account, with the rights of this moment. Raises `NotAllowedError` where it was disabled or removed."""
    account = session.get(Account, account_id)
    if account is None or account.is_disabled:
        raise NotAllowedError(Words("this account"), Words("do anything here: it was disabled or removed"))
    return account
