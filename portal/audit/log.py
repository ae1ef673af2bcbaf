"""The append-only log: events are recorded in the transaction in which what they tell of happens."""

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import rfc8785
from sqlalchemy import null, select, update
from sqlalchemy.orm import Session

from portal.audit.merkle import inclusion_proof
from portal.audit.verify import (
    HASH_BYTES,
    check_inclusion,
    commitment_of,
    extended,
    leaf_hash,
    read_tree_head,
)  # fmt: skip
from portal.errors import EventRefusedError, EventUnsignedError, LogDamagedError
from portal.models import Checkpoint, Event, LogHead

LONGEST = {column: getattr(Event.__table__.c[column].type, "length", None) for column in ("actor", "action", "subject")}
PAGE = 5000


def record(
    session: Session, *, at: datetime, actor: str, action: str, subject: str | None, details: Mapping[str, Any]
) -> Event:
    """Append an event in the caller's transaction.

    Whoever appends next waits until this transaction ends, so record late in it. `details` are plain JSON values; the
    entry holds a salted commitment to them, so actor, action and subject must be fit for everybody's eyes.
    Raises `EventRefusedError` for what cannot be kept, `LogDamagedError` where the log cannot be continued.
    """
    if at.tzinfo is None:
        raise EventRefusedError(action, "its time has no zone")
    for name, value in (("actor", actor), ("action", action), ("subject", subject or "")):
        if len(value) > (LONGEST[name] or 0):
            raise EventRefusedError(action[:40], f"its {name} is longer than {LONGEST[name]} characters")
    salt = secrets.token_hex(HASH_BYTES)
    size, edge = hold_head(session)
    try:
        said = rfc8785.dumps(dict(details))
        event = Event(
            seq=size + 1, at=at, actor=actor, action=action, subject=subject,
            commitment=commitment_of(salt, said), details=json.loads(said), salt=salt,
        )  # fmt: skip
        leaf = leaf_hash(entry_of(event))
    except rfc8785.CanonicalizationError as error:
        raise EventRefusedError(action, "it holds what JSON cannot keep exactly") from error
    event.leaf = leaf.hex()
    longer = [one.hex() for one in extended(edge, size, leaf)]
    session.execute(update(LogHead).values(size=event.seq, edge=longer))
    session.add(event)
    return event


def hold_head(session: Session) -> tuple[int, list[bytes]]:
    """How many events there are and the tree's right edge, held against other writers until the transaction ends.

    The update that changes nothing takes the row's lock on PostgreSQL and the write lock on SQLite, whatever the
    transaction did before, and then reads what the last writer left. Raises `LogDamagedError`.
    """
    rows = session.execute(
        update(LogHead).values(size=LogHead.size).returning(LogHead.size, LogHead.edge),
        execution_options={"synchronize_session": False},
    ).all()
    if len(rows) != 1:
        raise LogDamagedError(f"its head has {len(rows)} rows, not one")
    size, edge = rows[0]
    try:
        hashes = [bytes.fromhex(one) for one in edge]
    except (TypeError, ValueError) as error:
        raise LogDamagedError("its head holds no hashes") from error
    if len(hashes) != size.bit_count():
        raise LogDamagedError(f"its head does not fit its size of {size:,}")
    return size, hashes


def entry_of(event: Event) -> bytes:
    """What is hashed of an event: canonical JSON (RFC 8785) of everything but details and salt."""
    return rfc8785.dumps(
        {
            "seq": event.seq,
            "at": event.at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
            "actor": event.actor,
            "action": event.action,
            "subject": event.subject,
            "commitment": event.commitment,
        }
    )


def history(session: Session, subject: str) -> Sequence[Event]:
    """The events of a subject, oldest first."""
    return session.scalars(select(Event).where(Event.subject == subject).order_by(Event.seq)).all()


def forget(session: Session, event: Event) -> None:
    """Delete the details of an event and their salt; the log still verifies. That it was done is for the caller to
    record."""
    session.execute(update(Event).where(Event.seq == event.seq).values(details=null(), salt=null()))
    session.refresh(event)


@dataclass(frozen=True, slots=True)
class Inclusion:
    """A citizen's receipt: with `verify.py` it proves that the entry is under a signed checkpoint.

    `check_inclusion(leaf_hash(entry), index, size, proof, root)` holds for the root that `checkpoint` states.
    """

    entry: bytes
    index: int
    size: int
    proof: Sequence[bytes]
    checkpoint: str


def inclusion(session: Session, seq: int) -> Inclusion:
    """The receipt of an event under the newest checkpoint.

    Reads a leaf of every event. Raises `EventUnsignedError` where no checkpoint covers the event, `LogDamagedError`
    where the events are not those that were signed.
    """
    checkpoint = session.scalars(select(Checkpoint).order_by(Checkpoint.size.desc()).limit(1)).first()
    event = session.get(Event, seq)
    if checkpoint is None or event is None or not 1 <= seq <= checkpoint.size:
        raise EventUnsignedError(seq)
    rows = session.scalars(
        select(Event.leaf).where(Event.seq <= checkpoint.size).order_by(Event.seq).execution_options(yield_per=PAGE)
    )
    entry = entry_of(event)
    try:
        leaves = [bytes.fromhex(leaf) for leaf in rows]
        proof = inclusion_proof(leaves, seq - 1)
        root = read_tree_head(checkpoint.note).root
    except (IndexError, ValueError) as error:
        raise LogDamagedError("its events or its newest checkpoint cannot be read") from error
    if not check_inclusion(leaf_hash(entry), seq - 1, checkpoint.size, proof, root):
        raise LogDamagedError(f"event {seq} is not as it was signed")
    return Inclusion(entry, seq - 1, checkpoint.size, proof, checkpoint.note)
