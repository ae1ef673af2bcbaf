"""Formal submissions: taking one, and reading those that came since."""

import re
import secrets
from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.audit.log import record
from portal.errors import StoreFailedError, SubmissionRefusedError, Words
from portal.limits import MAX_TEXT_CHARS
from portal.models import Submission
from portal.store import Store

LONGEST = {
    "text": (Words("text"), MAX_TEXT_CHARS),
    "author": (Words("author's name"), 320),
    "district": (Words("district"), 64),
    "address": (Words("address"), MAX_TEXT_CHARS),
    "source_category": (Words("category"), 200),
    "reference": (Words("reference"), 32),
}
NO_TEXT = re.compile("[\0\ud800-\udfff]")
REFERENCE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # no letter or digit that is read as another


def new_reference(prefix: str) -> str:
    """The name of a case, which nobody can count from and everybody can read aloud: two groups of four."""
    return f"{prefix}-{_letters(4)}-{_letters(4)}"


def new_receipt() -> str:
    """Whoever has it may ask how a submission stands, so nobody can guess it: 59 bits in three groups of four."""
    return f"S-{_letters(4)}-{_letters(4)}-{_letters(4)}"


def _letters(n: int) -> str:
    return "".join(secrets.choice(REFERENCE_ALPHABET) for _ in range(n))


def submit(
    store: Store,
    *,
    text: str,
    received_at: datetime,
    created_at: datetime | None = None,
    author: str | None = None,
    district: str | None = None,
    address: str | None = None,
    source_category: str | None = None,
    reference: str | None = None,
) -> str:
    """Store a submission and return its receipt; one that is already stored under `reference` is left as it is.

    That it was received is an event of the log, whose details hold the receipt.
    Raises `SubmissionRefusedError` when there is no text or far too much, when another value is too long, or where
    one holds what is no text: it is kept as it was said or not at all.
    """
    reference = reference or new_receipt()
    submission = Submission(
        reference=reference, text=text, author=author, district=district, address=address,
        source_category=source_category, created_at=created_at or received_at, received_at=received_at,
    )  # fmt: skip
    _check(submission)
    if submitted_at(store, reference) is None:
        try:
            with store.session() as session:
                _take(session, submission)
        except StoreFailedError as error:
            if not isinstance(error.__cause__, IntegrityError) or submitted_at(store, reference) is None:
                raise
    return reference  # where somebody else stored one under it at the same moment, that one stays


def submit_more(session: Session, first: Submission, text: str, now: datetime) -> None:
    """Store what a citizen adds to a submission, in the caller's unit of work. Raises `SubmissionRefusedError`."""
    more = Submission(
        reference=new_receipt(), text=text, author=first.author, district=first.district, created_at=now,
        received_at=now, follows=first.reference,
    )  # fmt: skip
    _check(more)
    _take(session, more)


def _take(session: Session, submission: Submission) -> None:
    """Store a submission and log that it was received."""
    session.add(submission)
    session.flush()
    details = {"receipt": submission.reference}
    event = record(
        session, at=submission.received_at, actor="citizen", action="received", subject=None, details=details
    )
    submission.event_seq = event.seq


def _check(submission: Submission) -> None:
    """Raise `SubmissionRefusedError` for what not every database can keep, the same whichever is in use."""
    if not submission.text.strip():
        raise SubmissionRefusedError("a submission needs a text")
    for name, (noun, longest) in LONGEST.items():
        value = getattr(submission, name)
        if value and len(value) > longest:
            raise SubmissionRefusedError(
                "the {noun} has {length} characters, the limit is {longest}",
                noun=noun, length=len(value), longest=longest,
            )  # fmt: skip
        if value and NO_TEXT.search(value):
            raise SubmissionRefusedError(
                "the {noun} holds a character that is no text (NUL, or half of a pair of UTF-16): leave it out",
                noun=noun,
            )


def submitted_at(store: Store, reference: str) -> datetime | None:
    """When the submission stored under `reference` was written, None where there is none."""
    with store.reading() as session:
        return session.scalar(select(Submission.created_at).where(Submission.reference == reference))


def submissions_since(store: Store, since: datetime | None, page_size: int) -> Iterator[Sequence[Submission]]:
    """Pages of submissions received at or after `since`, in the order in which they were received, without those whose
    text was erased or is kept no more."""
    after: tuple[datetime, int] | None = None
    while True:
        query = select(Submission).where(Submission.text != "")
        query = query.order_by(Submission.received_at, Submission.submission_id).limit(page_size)
        if since is not None:
            query = query.where(Submission.received_at >= since)
        if after is not None:
            at, last_id = after
            query = query.where(
                (Submission.received_at > at) | ((Submission.received_at == at) & (Submission.submission_id > last_id))
            )
        with store.reading() as session:
            page = session.scalars(query).all()
        if not page:
            return
        after = (page[-1].received_at, page[-1].submission_id)
        yield page
