"""Formal submissions: taking one, and reading those that came since."""

import secrets
from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import select

from portal.errors import SubmissionRefusedError
from portal.limits import MAX_TEXT_CHARS
from portal.models import Submission
from portal.store import Store

REFERENCE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # no letter or digit that is read as another


def new_reference(prefix: str) -> str:
    """A reference nobody can guess or count from, short enough to be read aloud: 40 bits in two groups of four."""
    letters = "".join(secrets.choice(REFERENCE_ALPHABET) for _ in range(8))
    return f"{prefix}-{letters[:4]}-{letters[4:]}"


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
    """Store a submission and return its reference; one that is already stored under `reference` is left as it is.

    Raises `SubmissionRefusedError` when there is no text or far too much.
    """
    if not text.strip():
        raise SubmissionRefusedError("a submission needs a text")
    if len(text) > MAX_TEXT_CHARS:
        raise SubmissionRefusedError(f"the text has {len(text):,} characters, the limit is {MAX_TEXT_CHARS:,}")
    reference = reference or new_reference("S")
    with store.session() as session:
        if session.scalar(select(Submission).where(Submission.reference == reference)) is None:
            session.add(
                Submission(
                    reference=reference, text=text, author=author, district=district, address=address,
                    source_category=source_category, created_at=created_at or received_at, received_at=received_at,
                )
            )  # fmt: skip
    return reference


def submitted_at(store: Store, reference: str) -> datetime | None:
    """When the submission stored under `reference` was written, None where there is none."""
    with store.reading() as session:
        return session.scalar(select(Submission.created_at).where(Submission.reference == reference))


def submissions_since(store: Store, since: datetime | None, page_size: int) -> Iterator[Sequence[Submission]]:
    """Pages of submissions received at or after `since`, in the order in which they were received."""
    after: tuple[datetime, int] | None = None
    while True:
        query = select(Submission).order_by(Submission.received_at, Submission.submission_id).limit(page_size)
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
