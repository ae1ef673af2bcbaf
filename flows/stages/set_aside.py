"""Records that could not be used are kept whole under LAVWA_HOME/set-aside/, readable by their owner only."""

import base64
import hashlib
import json
import os
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from ingest.records import SetAside

RECORDS = re.compile(r"(?P<name>.*)-[0-9a-f]{10}\.jsonl")
FAILURES = "failure-*.txt"  # details of unexpected failures, which may quote a post
UNFINISHED = re.compile(r"\.(?P<name>.*)-(?P<process>\d+)\.partial")
_BETWEEN_VALUES = re.compile(r'["{}\[\],;:\t|\r\n]+')


class SetAsideFile:
    """Streams records to disk as they come; `close` names the file, the same records always alike.

    Records are the same when their id and the reason are, whatever else changes in them (a site's counters, say), or
    all of them where they have no id.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._name = file_name(name)
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


def file_name(source: str) -> str:
    """How the files of a source's records begin."""
    return "".join(ch if ch.isalnum() or ch in "-_" else "_" for ch in source)[:60]


def values_of(content: str | bytes) -> set[str]:
    """The values of a record as text: of its fields where it can be read, else all that might be one."""
    text = content if isinstance(content, str) else content.decode("utf-8", "replace")
    try:
        record = json.loads(text)
    except (ValueError, RecursionError):
        record = None
    told = _values(record) if isinstance(record, dict) else _BETWEEN_VALUES.split(text)
    return {value.strip() for value in told if value.strip()}


def remove_records(folder: Path, is_meant: Callable[[str, set[str]], bool]) -> int:
    """Remove every record that is meant, told the beginning of its file's name and its values; returns how many.

    Each file is replaced at once or not at all, and removed where nothing is left in it. Details of failures are all
    removed: whom they quote cannot be told. So are records that a process left unfinished.
    """
    n = 0
    for path in sorted(folder.glob("*.jsonl")):
        named = RECORDS.fullmatch(path.name)
        n += _remove_lines(path, partial(is_meant, named["name"] if named else path.stem))
    for path in [*folder.glob(FAILURES), *_left_unfinished(folder)]:
        path.unlink(missing_ok=True)
    return n


def remove_older(folder: Path, before: datetime) -> int:
    """Remove files of records, and details of failures, that were last written before; returns how many."""
    files = [path for pattern in ("*.jsonl", FAILURES) for path in folder.glob(pattern)]
    old = [path for path in files if path.stat().st_mtime < before.timestamp()]
    for path in [*old, *_left_unfinished(folder)]:
        path.unlink(missing_ok=True)
    return len(old)


def _values(record: dict[str, Any]) -> Iterator[str]:
    for value in record.values():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, str | int | float):
                yield str(one)


def _content(line: bytes) -> str | bytes:
    """What a line of a file holds of the record as it came; the line itself where it is none of ours."""
    try:
        held = json.loads(line)
        return str(held["content"]) if "content" in held else base64.b64decode(held["base64"])
    except (ValueError, KeyError, TypeError):
        return line


def _remove_lines(path: Path, is_meant: Callable[[set[str]], bool]) -> int:
    """How long the others were kept still counts from when the file was written first."""
    unfinished, written = path.with_name(f".{path.stem}-{os.getpid()}.partial"), path.stat()
    n_gone = n_kept = 0
    try:
        with (
            path.open("rb") as lines,
            os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream,
        ):
            for line in lines:
                if is_meant(values_of(_content(line))):
                    n_gone += 1
                else:
                    stream.write(line)
                    n_kept += 1
            stream.flush()
            os.fsync(stream.fileno())
        if n_gone and n_kept:
            os.utime(unfinished, ns=(written.st_atime_ns, written.st_mtime_ns))
            os.replace(unfinished, path)
        elif n_gone:
            path.unlink()
    finally:
        unfinished.unlink(missing_ok=True)
    return n_gone


def _left_unfinished(folder: Path) -> Iterator[Path]:
    """Files of processes that are no more."""
    for path in folder.glob(".*.partial"):
        named = UNFINISHED.fullmatch(path.name)
        if named and not Path("/proc", named["process"]).exists():
            yield path
