"""What everybody may take of the audit log: files in the public folder, written anew when the log has been signed."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from flows.home import Home
from flows.stages.audit import log_key
from portal.audit.checkpoints import verifier_key
from portal.audit.export import newest_checkpoint, write_public_log
from portal.store import Store

CHECKPOINT, KEY, ARCHIVE = "checkpoint.txt", "public.key", "lavwa-log.zip"
FILE_MODE = 0o644


@dataclass(frozen=True, slots=True)
class PublicLog:
    """The newest checkpoint and the public key as texts, and the file that holds all that a third party needs."""

    checkpoint: str
    key: str
    archive: Path

    @property
    def size(self) -> int:
        """How many events the checkpoint covers."""
        return int(self.checkpoint.split("\n")[1])


def publish_log(home: Home, store: Store, origin: str) -> bool:
    """Write the public log, unless that of the newest checkpoint is there; returns whether it did."""
    checkpoint = newest_checkpoint(store)
    known = open_public_log(home)
    key = verifier_key(log_key(home), origin)
    if checkpoint is None or (known is not None and (known.checkpoint, known.key) == (checkpoint, key)):
        return False
    folder = home.public / "log"
    _write(folder / ARCHIVE, lambda stream: write_public_log(store, stream, key))
    _write(folder / KEY, lambda stream: stream.write(f"{key}\n".encode()))
    _write(folder / CHECKPOINT, lambda stream: stream.write(checkpoint.encode()))  # last: it says that all are there
    return True


def open_public_log(home: Home) -> PublicLog | None:
    """What is published of the log; None before the first time."""
    folder = home.public / "log"
    try:
        checkpoint = (folder / CHECKPOINT).read_text(encoding="utf-8")
        key = (folder / KEY).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None
    return PublicLog(checkpoint, key, folder / ARCHIVE)


def _write(path: Path, write: Callable[[BinaryIO], object]) -> None:
    unfinished = path.with_name(f".{path.name}.partial")
    with unfinished.open("wb") as stream:
        write(stream)
        stream.flush()
        os.fchmod(stream.fileno(), FILE_MODE)
        os.fsync(stream.fileno())
    os.replace(unfinished, path)
