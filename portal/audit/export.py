"""The log for a third party: a folder that is verified without Lavwa; and the same checks on the live store."""

import json
import os
import shutil
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import BinaryIO

import rfc8785
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.audit import verify
from portal.audit.log import entry_of
from portal.audit.verify import (
    UNREADABLE,
    LoggedEvent,
    NoteError,
    Problems,
    Report,
    examine,
    leaf_hash,
    read_key,
)  # fmt: skip
from portal.errors import ExportRefusedError, LogDamagedError
from portal.models import Checkpoint, Event, LogHead
from portal.store import Store

PAGE = 100
README = """\
The audit log {origin}: who did what to which case, and when.

events.jsonl   an event a line; "entry" is the text that is hashed. Where they are given, "details" are what the
               entry's commitment stands for: SHA-256 of the salt's bytes and the details' text, in hex.
checkpoints/   signed statements of how many events there were and of the root of their Merkle tree. Keep them:
               only with an old one can you tell that a later export was cut short or written anew.
public.key     the key of the signatures; compare it with the one that was published.
verify.py      needs Python 3.11 and the package cryptography; better use a copy of your own.

    python verify.py . --key PUBLISHED.key --old CHECKPOINTS_YOU_KEPT
"""


def export_log(store: Store, folder: Path, public_key: str, *, with_details: bool = False) -> int:
    """Write the log into a new or empty folder, whole or not at all, and return how many events it holds.

    `public_key` is what `verifier_key` gives. Details may be confidential: they are left out unless asked for, and
    then only the folder's owner may read it. Raises `ExportRefusedError` where the folder is not empty or cannot be
    written, `LogDamagedError` where the log cannot be read.
    """
    target = folder.absolute()
    unfinished = target.parent / f".{target.name}-{os.getpid()}"
    try:
        if target.exists() and (not target.is_dir() or any(target.iterdir())):
            raise ExportRefusedError(folder, "something is there already; name a new or an empty folder")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(unfinished, ignore_errors=True)
        try:
            unfinished.mkdir(mode=0o700 if with_details else 0o777)
            n_events = _write(store, unfinished, public_key, with_details=with_details)
            os.replace(unfinished, target)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
    except OSError as error:
        raise ExportRefusedError(folder, f"it cannot be written ({error.strerror})") from error
    return n_events


PUBLIC_README = """\
The audit log {origin}, as everybody may have it.

events.jsonl   an event a line: the hash of what the log holds of it, a leaf of the Merkle tree (RFC 6962). What the
               events say, who did what to which case, is for the oversight body; nobody can find it out of a hash.
checkpoints/   signed statements of how many events there were and of the root of their Merkle tree. Keep them:
               only with an old one can you tell that a later log was cut short or written anew.
public.key     the key of the signatures; compare it with the one that was published elsewhere.
verify.py      needs Python 3.11 and the package cryptography; better use a copy of your own.

    python verify.py . --key PUBLISHED.key --old CHECKPOINTS_YOU_KEPT
"""


def newest_checkpoint(store: Store) -> str | None:
    """The newest signed statement of the log; None where there is none."""
    with store.reading() as session:
        return session.scalar(select(Checkpoint.note).order_by(Checkpoint.size.desc()).limit(1))


def write_public_log(store: Store, stream: BinaryIO, public_key: str) -> None:
    """Write what everybody may have of the log as a ZIP file: the hashes of the events under the newest checkpoint, all
    checkpoints, the key and `verify.py`.

    An entry tells a case's reference, who acted and when, to the microsecond, also of a confidential case: none is
    there. The hashes are reckoned anew from the entries, so that an entry that was changed does not verify.
    Raises `LogDamagedError` where the log cannot be read.
    """
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive, store.reading() as session:
        checkpoints = _checkpoints(session)
        for checkpoint in checkpoints:
            archive.writestr(f"checkpoints/{checkpoint.size:09d}.txt", checkpoint.note.encode())
        with archive.open("events.jsonl", "w", force_zip64=True) as lines:
            for event in _events(session, checkpoints[-1].size if checkpoints else 0):
                leaf = leaf_hash(_logged(event).entry.encode()).hex()
                lines.write(f'{{"leaf": "{leaf}"}}\n'.encode())
        archive.writestr("public.key", f"{public_key}\n")
        archive.writestr("README.txt", PUBLIC_README.format(origin=public_key.partition("+")[0]))
        archive.write(verify.__file__, "verify.py")


def verify_store(store: Store, public_key: str, old_checkpoints: Sequence[str] = ()) -> list[str]:
    """What does not hold in the live log, a sentence each: the checks of `verify_export`, and the stored tree."""
    try:
        key = read_key(public_key)
    except NoteError as error:
        return [f"the public key cannot be used: {error}"]
    report, problems = Report(), Problems()
    try:
        with store.reading() as session:
            checkpoints = _checkpoints(session)
            last = session.scalar(select(func.max(Event.seq))) or 0  # before the head, which only grows
            size, edge = _head(session)
            replay = examine(
                _stored(session, size, problems), _notes(checkpoints, problems), key, old_checkpoints, report
            )
    except LogDamagedError as error:
        return [*report.findings, str(error)]
    if last > size:
        problems.add("head", f"there are events up to number {last:,}, and the log's head says {size:,}")
    if (size, edge) != (replay.size, [one.hex() for one in replay.edge]):
        problems.add(
            "head", f"the log's head of {size:,} events is not that of the {replay.size:,} events that are there"
        )
    return [*report.findings, *problems.sentences()]


def _write(store: Store, folder: Path, public_key: str, *, with_details: bool) -> int:
    n_events = 0
    (folder / "checkpoints").mkdir()
    with store.reading() as session, (folder / "events.jsonl").open("w", encoding="utf-8", newline="\n") as lines:
        for checkpoint in _checkpoints(session):  # before the events, which only grow in number
            (folder / "checkpoints" / f"{checkpoint.size:09d}.txt").write_bytes(checkpoint.note.encode())
        for event in _events(session):
            logged = _logged(event)
            line = asdict(logged) if with_details else {"entry": logged.entry}
            written = {name: value for name, value in line.items() if value is not None}
            lines.write(json.dumps(written, ensure_ascii=False) + "\n")
            n_events += 1
        lines.flush()
        os.fsync(lines.fileno())
    (folder / "public.key").write_bytes(f"{public_key}\n".encode())
    (folder / "README.txt").write_bytes(README.format(origin=public_key.partition("+")[0]).encode())
    shutil.copyfile(verify.__file__, folder / "verify.py")
    return n_events


def _events(session: Session, size: int | None = None) -> Iterator[Event]:
    """Events in order, up to `size` where it is given, a page in memory at a time. Raises `LogDamagedError`."""
    seq = 0
    query = select(Event).order_by(Event.seq).execution_options(yield_per=PAGE)
    try:
        for event in session.scalars(query if size is None else query.where(Event.seq <= size)):
            yield event
            seq = event.seq
    except (TypeError, ValueError) as error:
        raise LogDamagedError(f"one of the {PAGE:,} events after number {seq:,} cannot be read") from error


def _stored(session: Session, size: int, problems: Problems) -> Iterator[LoggedEvent]:
    for event in _events(session, size):
        logged = _logged(event)
        if leaf_hash(logged.entry.encode()).hex() != event.leaf:
            problems.add("leaf", f"event {event.seq} is not the one that was put into the tree")
        yield logged


def _notes(checkpoints: Sequence[Checkpoint], problems: Problems) -> list[str]:
    for checkpoint in checkpoints:
        if checkpoint.note.split("\n")[1:2] != [str(checkpoint.size)]:
            problems.add("size", f"the checkpoint stored for {checkpoint.size:,} events is for another number")
    return [checkpoint.note for checkpoint in checkpoints]


def _checkpoints(session: Session) -> Sequence[Checkpoint]:
    return session.scalars(select(Checkpoint).order_by(Checkpoint.size)).all()


def _head(session: Session) -> tuple[int, list[str]]:
    try:
        heads = [(head.size, head.edge) for head in session.scalars(select(LogHead))]
    except (TypeError, ValueError) as error:
        raise LogDamagedError("its head cannot be read") from error
    if len(heads) != 1:
        raise LogDamagedError(f"its head has {len(heads)} rows, not one")
    return heads[0]


def _logged(event: Event) -> LoggedEvent:
    """What JSON cannot keep was not put there by `record`: it is given as what can match nothing."""
    try:
        entry = entry_of(event).decode()
    except rfc8785.CanonicalizationError:
        return UNREADABLE
    try:
        details = None if event.details is None else rfc8785.dumps(event.details).decode()
    except rfc8785.CanonicalizationError:
        details = ""
    return LoggedEvent(entry, details, event.salt)
