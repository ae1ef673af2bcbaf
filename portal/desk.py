"""A person's desk: everything that an officer, a head or the oversight can do with a case.

Each act is one unit of work: the person's rights are read anew, the case must stand as it was seen (`version`), the
step must be allowed, and the log gets an event with what was before and after. Acts return the case as it stands then.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified
from sqlalchemy.orm.exc import StaleDataError

from portal.answers import sends_elsewhere
from portal.audit.log import history, hold_head, record
from portal.cases import URGENCIES, RoutedMatter, give_back, open_case, take_on
from portal.errors import (
    ChangedMeanwhileError,
    DecisionRefusedError,
    NotAllowedError,
    PortalError,
    TransitionError,
    UnknownCaseError,
    Words,
)  # fmt: skip
from portal.models import Account, Case, CasePost, CaseState, Level, OfficialAnswer, Reply, ReplyKind, Submission
from portal.official import LONGEST_REVIEW, withdraw
from portal.permissions import Act, require_for, require_on, signed_in
from portal.similar import SimilarCase, similar_cases
from portal.store import Store
from portal.submissions import new_reference
from portal.transitions import (
    ACCEPT,
    ACKNOWLEDGE,
    ANSWER,
    ASK,
    CLOSE,
    CORRECT,
    ESCALATE,
    OPEN,
    REPEAT,
    RESUME,
)
from portal.working_days import WorkingDays

EXTENSION_DAYS = 10
HIGHER = {Level.AGENCY: Level.HEAD, Level.HEAD: Level.OVERSIGHT, Level.OVERSIGHT: Level.OMBUDSMAN}
NEEDS_NO_ANSWER = frozenset({CaseState.WITHDRAWN})
LANGUAGES = ("en", "fr", "crs")


@dataclass(frozen=True, slots=True)
class Done:
    """An entry of a case's history; `who` is a name and a role."""

    at: datetime
    who: str
    action: str
    details: Mapping[str, Any]


@dataclass(frozen=True)
class Desk:
    """`account_id` is who sits at it; `mda_of` says whose each category is."""

    store: Store
    account_id: int
    days: WorkingDays
    mda_of: Mapping[str, str | None]
    clock: Callable[[], datetime]

    def acknowledge(self, reference: str, version: int) -> Case:
        """Tell that the agency has seen it."""
        with self._act(Act.ACCEPT, reference, version) as work:
            ACKNOWLEDGE.take(work.case, CaseState.ACKNOWLEDGED)
            work.log("acknowledged")
        return work.case

    def accept(self, reference: str, version: int) -> Case:
        """Confirm what the machine suggested: category, agency, urgency."""
        with self._act(Act.ACCEPT, reference, version) as work:
            work.accept()
        return work.case

    def accept_all(self, seen: Mapping[str, int]) -> dict[str, PortalError]:
        """Accept many cases, each on its own; returns, by reference, why one was not."""
        refused: dict[str, PortalError] = {}
        for reference, version in seen.items():
            try:
                self.accept(reference, version)
            except REFUSALS as error:
                refused[reference] = error
        return refused

    def correct(
        self,
        reference: str,
        version: int,
        *,
        category: str | None = None,
        mda: str | None = None,
        urgency: str | None = None,
        is_confidential: bool | None = None,
    ) -> Case:
        """Say what the case is about, and with it whose it is, unless `mda` names another agency.

        Raises `DecisionRefusedError` for an unknown value.
        """
        with self._act(Act.CORRECT, reference, version) as work:
            case = work.case
            before = _what_holds(case)
            if category is None and mda is None and urgency is None and is_confidential is None:
                raise DecisionRefusedError(
                    "say what is to be corrected: the category, the agency, the urgency or the confidentiality"
                )
            if category is not None and category not in self.mda_of:
                raise DecisionRefusedError("there is no category '{category}'", category=category)
            if mda is not None and mda not in self.mda_of.values():
                raise DecisionRefusedError("there is no agency '{mda}' that answers for anything here", mda=mda)
            if urgency is not None and urgency not in URGENCIES:
                raise DecisionRefusedError(
                    "an urgency is one of {known}, not '{urgency}'", known=", ".join(URGENCIES), urgency=urgency
                )
            CORRECT.take(case, CaseState.ROUTED)
            if category is not None or mda is not None:
                case.category = category or case.category
                case.mda = mda or self.mda_of[case.category]
                take_on(case, (), case.is_confidential, case.urgency)
            case.urgency = urgency or case.urgency
            if is_confidential is not None:
                case.is_confidential = is_confidential
            if case.mda != before["mda"]:
                case.state, case.handler_id = CaseState.ACKNOWLEDGED, None  # the other agency has to accept it
            case.decided_at = case.decided_at or work.now
            work.log("corrected", before=before, after=_what_holds(case))
        return work.case

    def ask(self, reference: str, version: int, text: str, lang: str) -> Case:
        """Ask the citizen for what is missing; the clock stands still until `resume`."""
        with self._act(Act.REPLY, reference, version) as work:
            ASK.take(work.case, CaseState.ON_HOLD)
            work.case.held_since = work.now
            work.reply(ReplyKind.QUESTION, {lang: text})
            work.log("asked the citizen", texts={lang: text})
        return work.case

    def resume(self, reference: str, version: int) -> Case:
        """Go on; what was waited for is added to the time to answer."""
        with self._act(Act.REPLY, reference, version) as work:
            case = work.case
            RESUME.take(case, CaseState.IN_PROGRESS)
            work.log("resumed", working_days_waited=give_back(case, self.days, work.now))
        return work.case

    def answer(self, reference: str, version: int, texts: Mapping[str, str]) -> Case:
        """Answer everybody behind the case, in one language or more (`en`, `fr`, `crs`)."""
        with self._act(Act.REPLY, reference, version) as work:
            ANSWER.take(work.case, CaseState.IN_PROGRESS)
            work.answer(texts)
        return work.case

    def close(self, reference: str, version: int, outcome: CaseState, texts: Mapping[str, str]) -> Case:
        """End the case. It needs an answer: these `texts`, or one given before; only a withdrawn case needs none."""
        with self._act(Act.CLOSE, reference, version) as work:
            case = work.case
            CLOSE.take(case, outcome)
            if texts:
                work.answer(texts)
            elif case.answered_at is None and outcome not in NEEDS_NO_ANSWER:
                raise DecisionRefusedError(
                    "case {reference} has no answer yet: nobody can close it without one", reference=reference
                )
            case.closed_at, case.held_since = work.now, None
            work.log("closed", outcome=outcome.value, sends_elsewhere=case.sends_elsewhere)
        return work.case

    def close_as_duplicate(self, reference: str, version: int, of: str) -> Case:
        """Close the case as one that repeats another, which gets its posts: whoever wrote them gets its answer."""
        with self._act(Act.ARRANGE, reference, version, beside=of) as work:
            case, other = work.case, work.other(of)
            if other.case_id == case.case_id or other.state not in OPEN:
                raise DecisionRefusedError(
                    "case {reference} is closed or the same: choose an open one that this repeats", reference=of
                )
            REPEAT.take(case, CaseState.DUPLICATE)
            moved = [post.post_id for post in case.posts]
            other.posts += case.posts
            take_on(other, case.accused, case.is_confidential, case.urgency)
            other.barred, other.appeals = sorted({*other.barred, *case.barred}), max(other.appeals, case.appeals)
            flag_modified(other, "reasons")  # a new version: it has other posts now
            case.duplicate_of, case.closed_at, case.held_since = other.case_id, work.now, None
            work.log("closed as a duplicate", of=of, posts=moved)
            work.log_on(other, "posts joined", posts=moved)
        return work.case

    def split(self, reference: str, version: int, post_ids: Collection[str]) -> Case:
        """Move some of the posts to a case of their own; returns the new case."""
        with self._act(Act.ARRANGE, reference, version) as work:
            case = work.case
            moved = [post for post in case.posts if post.post_id in post_ids]
            if not moved or len(moved) == len(case.posts) or len(moved) < len(set(post_ids)):
                raise DecisionRefusedError(
                    "choose some, not all, of the posts of case {reference} to split off", reference=reference
                )
            if case.state not in OPEN:
                raise DecisionRefusedError(
                    "case {reference} is closed: nothing of it can be split off", reference=reference
                )
            new = work.split_off(moved)
            work.log("split", into=new.reference, posts=[post.post_id for post in moved])
            work.log_on(new, "split off", out_of=reference, posts=[post.post_id for post in moved])
        return new

    def extend(self, reference: str, version: int, reason: str) -> Case:
        """Take `EXTENSION_DAYS` working days more, once, for a reason the citizen can read."""
        with self._act(Act.EXTEND, reference, version) as work:
            case = work.case
            if case.state not in OPEN or case.is_extended:
                raise DecisionRefusedError(
                    "case {reference} is closed, or its time was extended once already", reference=reference
                )
            case.answer_by, case.is_extended = self.days.after(case.answer_by, EXTENSION_DAYS), True
            work.log(
                "extended",
                reason=_said(reason, Words("an extension needs a reason")),
                answer_by=case.answer_by.isoformat(),
            )
        return work.case

    def escalate(self, reference: str, version: int, reason: str) -> Case:
        """Hand the case to the next level."""
        with self._act(Act.ESCALATE, reference, version) as work:
            case = work.case
            if case.level not in HIGHER:
                raise DecisionRefusedError(
                    "case {reference} is with the Ombudsman: there is no level above", reference=reference
                )
            ESCALATE.take(case, CaseState.ESCALATED)
            give_back(case, self.days, work.now)
            case.level, case.risen_at = HIGHER[case.level], work.now
            work.log("escalated", level=case.level.value, reason=_said(reason, Words("an escalation needs a reason")))
        return work.case

    def reveal(self, reference: str, post_id: str, reason: str) -> str:
        """The original text of a formal post of the case. That it was read, by whom and why, stays in the log."""
        with self._act(Act.REVEAL, reference, None) as work:
            post = next((post for post in work.case.posts if post.post_id == post_id), None)
            if post is None or post.receipt is None:
                raise DecisionRefusedError("only formal submissions have an original text here")
            text = work.session.scalar(select(Submission.text).where(Submission.reference == post.receipt))
            if not text:
                raise DecisionRefusedError("the original text was erased, or is kept no more")
            work.log("revealed", post=post_id, reason=_said(reason, Words("reading an original text needs a reason")))
        return str(text)

    def tell(self, reference: str, version: int, post_ids: Collection[str]) -> Case:
        """Say that whoever wrote these social posts was told the answer where they wrote."""
        with self._act(Act.REPLY, reference, version) as work:
            told = [post for post in work.case.posts if post.post_id in post_ids and post.receipt is None]
            if not told or len(told) < len(set(post_ids)):
                raise DecisionRefusedError(
                    "choose social posts of case {reference}: who has a receipt sees the answer", reference=reference
                )
            if work.case.first_answered_at is None:
                raise DecisionRefusedError(
                    "case {reference} has no answer yet that anybody could be told", reference=reference
                )
            for post in told:
                post.told_at = work.now
            work.log("told", posts=[post.post_id for post in told])
        return work.case

    def publish(
        self, reference: str, version: int, question: str, texts: Mapping[str, str], review_by: datetime
    ) -> Case:
        """Make an answer of the case official: everybody may read question and texts, in the words given here.

        An earlier official answer of the same case is withdrawn. Raises `DecisionRefusedError` for a confidential case,
        one without an answer, or a review that is not ahead.
        """
        with self._act(Act.PUBLISH, reference, version) as work:
            case = work.case
            if case.is_confidential or case.mda is None:
                raise DecisionRefusedError(
                    "case {reference} is confidential or has no agency: nothing of it is made public",
                    reference=reference,
                )
            if case.first_answered_at is None:
                raise DecisionRefusedError(
                    "case {reference} has no answer yet that could be made official", reference=reference
                )
            said = _checked(texts)
            if not work.now < review_by <= work.now + LONGEST_REVIEW:
                raise DecisionRefusedError("the review must be ahead, and within {days} days", days=LONGEST_REVIEW.days)
            withdraw(work.session, case.case_id, work.now)
            answer = OfficialAnswer(
                case_id=case.case_id, mda=case.mda, category=case.category,
                question=_said(question, Words("an entry needs a question")), texts=said,
                approved_by=self.account_id, approved_at=work.now, review_by=review_by,
            )  # fmt: skip
            work.session.add(answer)
            work.log("made official", question=answer.question, texts=said, review_by=review_by.isoformat())
        return work.case

    def take_up(self, matter: RoutedMatter) -> str:
        """Make a case of what people say elsewhere, and accept it; returns its reference.

        Raises `DecisionRefusedError` where one of its posts is in a case already.
        """
        with self.store.session() as session:
            account = signed_in(session, self.account_id)
            require_for(account, Act.TAKE_UP, matter.mda)
            post_ids = [post.post_id for post in matter.posts]
            hold_head(session)  # of two who take it up at once the second sees the case of the first
            taken = session.scalar(
                select(Case.reference)
                .join(CasePost)
                .where(CasePost.post_id.in_(post_ids))
                .order_by(Case.case_id.desc())
            )
            if taken:
                raise DecisionRefusedError("this is case {reference} already", reference=taken)
            if not post_ids or matter.is_confidential or matter.mda in matter.accused:
                raise DecisionRefusedError("confidential matters are not taken up by this way")
            now = self.clock()
            case = open_case(session, matter, self.days, _actor(account), now)
            _Work(session, account, case, now).accept()
            return case.reference

    def account(self) -> Account:
        """Who sits here, with the rights of this moment. Raises `NotAllowedError` for an account disabled meanwhile."""
        with self.store.reading() as session:
            return signed_in(session, self.account_id)

    def case(self, reference: str) -> Case:
        """The case with its posts and replies. Raises `UnknownCaseError`."""
        with self.store.reading() as session:
            account, case = signed_in(session, self.account_id), _case(session, reference)
            require_on(account, Act.SEE, case)
            _ = case.posts, case.replies
            return case

    def history(self, reference: str) -> Sequence[Done]:
        """Everything that was done to the case, oldest first. Raises `UnknownCaseError`."""
        with self.store.reading() as session:
            account, case = signed_in(session, self.account_id), _case(session, reference)
            require_on(account, Act.SEE, case)
            events = history(session, case.reference)
            ids = {int(number) for event in events if (number := event.actor.split()[-1]).isdigit()}
            accounts = session.scalars(select(Account).where(Account.account_id.in_(ids)))
            names = {account.account_id: account.name for account in accounts}
            return [Done(event.at, _who(event.actor, names), event.action, event.details or {}) for event in events]

    def similar(self, reference: str) -> Sequence[SimilarCase]:
        """Cases about the same, with what was answered, the nearest first. Raises `UnknownCaseError`."""
        with self.store.reading() as session:
            account, case = signed_in(session, self.account_id), _case(session, reference)
            require_on(account, Act.SEE, case)
            return similar_cases(session, account, case)

    @contextmanager
    def _act(self, act: Act, reference: str, version: int | None, beside: str | None = None) -> Iterator["_Work"]:
        try:
            with self.store.session() as session:
                if beside is not None:  # held in the order of all who hold several, so that no two wait for each other
                    both = select(Case).where(Case.reference.in_([reference, beside])).order_by(Case.case_id)
                    session.scalars(both.with_for_update()).all()
                account, case = signed_in(session, self.account_id), _case(session, reference, is_held=True)
                require_on(account, act, case)
                if version is not None and case.version != version:
                    raise ChangedMeanwhileError(reference)
                if version is not None:
                    flag_modified(case, "reasons")  # whatever the act changes, it makes a new version
                yield _Work(session, account, case, self.clock())
                session.flush()
                session.refresh(case, ["posts", "replies"])
        except StaleDataError as error:
            raise ChangedMeanwhileError(reference) from error


REFUSALS = (UnknownCaseError, NotAllowedError, TransitionError, ChangedMeanwhileError, DecisionRefusedError)


@dataclass
class _Work:
    """What one act has in hand."""

    session: Session
    account: Account
    case: Case
    now: datetime

    def accept(self) -> None:
        ACCEPT.take(self.case, CaseState.ROUTED)
        self.case.decided_at = self.case.decided_at or self.now
        self.case.handler_id = self.account.account_id
        self.log("accepted", category=self.case.category, mda=self.case.mda, urgency=self.case.urgency)

    def answer(self, texts: Mapping[str, str]) -> None:
        case = self.case
        self.reply(ReplyKind.ANSWER, texts)
        case.decided_at = case.decided_at or self.now
        case.answered_at = case.answered_at or self.now
        case.first_answered_at = case.first_answered_at or self.now
        case.handler_id = case.handler_id or self.account.account_id
        case.sends_elsewhere = any(sends_elsewhere(text) for text in texts.values())
        self.log("answered", texts=dict(texts), sends_elsewhere=case.sends_elsewhere)

    def reply(self, kind: ReplyKind, texts: Mapping[str, str]) -> None:
        for lang, text in _checked(texts).items():
            self.session.add(
                Reply(
                    case_id=self.case.case_id, account_id=self.account.account_id, kind=kind, lang=lang, text=text,
                    written_at=self.now,
                )
            )  # fmt: skip

    def other(self, reference: str) -> Case:
        """Another case that the same person may arrange."""
        case = _case(self.session, reference, is_held=True)
        require_on(self.account, Act.ARRANGE, case)
        return case

    def split_off(self, posts: Sequence[CasePost]) -> Case:
        """A case like this one with some of its posts."""
        old = self.case
        same = (
            "state", "level", "mda", "category", "urgency", "is_confidential", "is_formal", "accused", "suggested_mda",
            "suggested_category", "suggested_by_model", "confidence", "candidates", "reasons", "opened_at",
            "acknowledge_by", "answer_by", "decided_at", "held_since", "risen_at", "is_extended", "handler_id",
            "appeals", "appealed_at", "barred",
        )  # fmt: skip
        new = Case(reference=new_reference("C"), **{name: getattr(old, name) for name in same}, posts=list(posts))
        self.session.add(new)
        return new

    def log(self, action: str, **details: Any) -> None:
        self.log_on(self.case, action, **details)

    def log_on(self, case: Case, action: str, **details: Any) -> None:
        actor = _actor(self.account)
        record(self.session, at=self.now, actor=actor, action=action, subject=case.reference, details=details)


def _actor(account: Account) -> str:
    return f"{account.role.value} {account.account_id}"


def _who(actor: str, names: Mapping[int, str]) -> str:
    role, _, number = actor.rpartition(" ")
    return f"{names[int(number)]} ({role})" if number.isdigit() and int(number) in names else actor


def _what_holds(case: Case) -> dict[str, Any]:
    return {
        "category": case.category, "mda": case.mda, "urgency": case.urgency, "is_confidential": case.is_confidential,
    }  # fmt: skip


def _checked(texts: Mapping[str, str]) -> dict[str, str]:
    """What people are told, by language. Raises `DecisionRefusedError`."""
    for lang in texts:
        if lang not in LANGUAGES:
            raise DecisionRefusedError(
                "an answer is in one of {known}, not '{lang}'", known=", ".join(LANGUAGES), lang=lang
            )
    if not texts:
        raise DecisionRefusedError("a reply needs a text")
    return {lang: _said(text, Words("a reply needs a text")) for lang, text in texts.items()}


def _case(session: Session, reference: str, *, is_held: bool = False) -> Case:
    """With `is_held` nobody else changes it before this unit of work ends."""
    query = select(Case).where(Case.reference == reference)
    case = session.scalar(query.with_for_update() if is_held else query)
    if case is None:
        raise UnknownCaseError(reference)
    return case


def _said(text: str, refusal: Words) -> str:
    """The text, without space around it. Raises a `DecisionRefusedError` with this sentence where there is none."""
    if not text.strip():
        raise DecisionRefusedError(refusal)
    return text.strip()
