"""Records that could not be used are kept whole under LAVWA_HOME/set-aside/, readable by their owner only."""

import hashlib
import os
from pathlib import Path
from typing import BinaryIO

from ingest.records import SetAside


class SetAsideFile:
    """Streams records to disk as they come; `close` names the file, the same records always alike.

    Records are the same when their id and the reason are, whatever else changes in them (a site's counters, say), or
    all of them where they have no id.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._name = "".join(ch if ch.isalnum() or ch in "-_" else "_" for ch in name)[:60]
        self._unfinished = folder / f".{self._name}-{os.getpid()}.partial"
        self._stream: BinaryIO | None = None
        self._digest = hashlib.sha256()
        self.n = 0

    def add(self, record: SetAside) -> None:
        if self._stream is None:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._stream = os.fdopen(os.open(self._unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")
        line = f"{record.as_json()}\n".encode()
        self._stream.write(line)
        self._digest.update(line if record.source_id is None else f"{record.source_id} {record.reason}\n".encode())
        self.n += 1

    def close(self) -> str | None:
        """The file's path, None when nothing was set aside."""
        if self._stream is None:
            return None
        with self._stream as stream:
            stream.flush()
            os.fsync(stream.fileno())
        self._stream = None
        path = self._folder / f"{self._name}-{self._digest.hexdigest()[:10]}.jsonl"
        os.replace(self._unfinished, path)
        return str(path)
