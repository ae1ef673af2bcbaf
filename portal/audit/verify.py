"""Verify an exported audit log, or the proof of one event, offline and knowing nothing of Lavwa.

It needs Python 3.11 and `cryptography`.

    python verify.py FOLDER [--key FILE] [--old FILE_OR_FOLDER ...]
    python verify.py PROOF.json --key FILE

Exit status: 0 when all holds, 1 when something does not, 2 when it was called wrongly. Hashes are those of RFC 6962
(the algorithms of RFC 9162, section 2.1), signatures and keys those of C2SP (signed-note, tlog-checkpoint).
"""

import argparse
import base64
import hashlib
import json
import re
import sys
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HASH_BYTES = 32
ED25519 = b"\x01"
EMPTY_ROOT = hashlib.sha256(b"").digest()
FIELDS = {"seq", "at", "actor", "action", "subject", "commitment"}
LINE_FIELDS = {"entry", "details", "salt"}
LEAF_FIELDS = {"leaf"}
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", re.ASCII)
HEX_HASH = re.compile(r"[0-9a-f]{64}")
SIZE = re.compile(r"0|[1-9][0-9]{0,17}")
SHOWN = 5
NEEDS_OLD = (
    "no old checkpoint was given: a log whose last events were removed together with the checkpoints over them, and "
    "one that was rewritten and signed anew with the log's own key, look like a true one; give the checkpoints that "
    "you kept from before with --old"
)
NEEDS_KEY = (
    "the key is the one that lies in the folder: whoever made the folder could have put another there; give the key "
    "that was published with --key"
)


# --- the tree


def leaf_hash(entry: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def extended(edge: Sequence[bytes], size: int, leaf: bytes) -> list[bytes]:
    """The right edge of a tree of `size` leaves after one more.

    An edge holds the hashes of the full subtrees, large to small: one for each bit that is set in the size.
    """
    longer = [*edge, leaf]
    while size & 1:
        right = longer.pop()
        longer[-1] = node_hash(longer[-1], right)
        size >>= 1
    return longer


def edge_root(edge: Sequence[bytes]) -> bytes:
    if not edge:
        return EMPTY_ROOT
    *larger, root = edge
    for left in reversed(larger):
        root = node_hash(left, root)
    return root


def root_of(leaves: Iterable[bytes]) -> bytes:
    """The root over leaf hashes (RFC 6962, 2.1)."""
    edge: list[bytes] = []
    for size, leaf in enumerate(leaves):
        edge = extended(edge, size, leaf)
    return edge_root(edge)


def check_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether the proof shows that the leaf hash is at `index`, from 0, of the tree (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size or any(len(one) != HASH_BYTES for one in (leaf, *proof)):
        return False
    at, last, found = index, size - 1, leaf
    for one in proof:
        if last == 0:
            return False
        if at & 1 or at == last:
            found = node_hash(one, found)
            at, last = _past_zeros(at, last)
        else:
            found = node_hash(found, one)
        at, last = at >> 1, last >> 1
    return last == 0 and found == root


def check_consistency(
    old_size: int, old_root: bytes, new_size: int, new_root: bytes, proof: Sequence[bytes]
) -> bool:  # fmt: skip
    """Whether the proof shows that the old tree is the beginning of the new one (RFC 9162, 2.1.4.2).

    The empty tree is the beginning of every tree; its proof, as that of equal trees, is empty.
    """
    if not 0 <= old_size <= new_size or any(len(one) != HASH_BYTES for one in proof):
        return False
    if old_size in (0, new_size):
        return not proof and old_root == (EMPTY_ROOT if old_size == 0 else new_root)
    path = [old_root, *proof] if old_size.bit_count() == 1 else list(proof)
    if not path:
        return False
    at, last = old_size - 1, new_size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    old_found = new_found = path[0]
    for one in path[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            old_found, new_found = node_hash(one, old_found), node_hash(one, new_found)
            at, last = _past_zeros(at, last)
        else:
            new_found = node_hash(new_found, one)
        at, last = at >> 1, last >> 1
    return last == 0 and old_found == old_root and new_found == new_root


def _past_zeros(at: int, last: int) -> tuple[int, int]:
    """Rise over the levels on which the node has no right sibling."""
    while at and not at & 1:
        at, last = at >> 1, last >> 1
    return at, last


# --- keys, signed notes and checkpoints


class NoteError(ValueError):
    """A key or a note that is none, or that is not signed by the key; the text says why."""


@dataclass(frozen=True)
class VerifierKey:
    """A public key and the name of the log it speaks for; `text` is its C2SP form `name+hash+base64(0x01 || key)`."""

    text: str
    name: str
    key_id: bytes
    public: bytes


@dataclass(frozen=True)
class TreeHead:
    """What a checkpoint states: the first `size` events of the log `origin` have this root."""

    origin: str
    size: int
    root: bytes


def key_id(name: str, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + ED25519 + public).digest()[:4]


def is_key_name(name: str) -> bool:
    return bool(name) and name.isprintable() and "+" not in name and not any(map(str.isspace, name))


def verifier_key_text(name: str, public: bytes) -> str:
    return f"{name}+{key_id(name, public).hex()}+{base64.b64encode(ED25519 + public).decode()}"


def read_key(text: str) -> VerifierKey:
    """Raises `NoteError` for what is no Ed25519 verifier key."""
    name, _, rest = text.strip().partition("+")
    material = _from_base64(rest.partition("+")[2])
    if not is_key_name(name) or material is None or len(material) != 1 + HASH_BYTES or material[:1] != ED25519:
        raise NoteError("it is no Ed25519 key of the form name+hash+base64")
    public = material[1:]
    if verifier_key_text(name, public) != text.strip():
        raise NoteError("its hash does not fit its name and key")
    return VerifierKey(text.strip(), name, key_id(name, public), public)


def open_note(note: str, key: VerifierKey) -> str:
    """The text of a note, once its signature by `key` holds; signatures by other keys are left alone.

    Raises `NoteError`.
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    text, blank, signatures = note.rpartition("\n\n")
    if not blank or not signatures.endswith("\n") or any(char < " " and char != "\n" for char in note):
        raise NoteError("it is no signed note")
    text += "\n"
    signed = None
    for line in signatures[:-1].split("\n"):
        mark, _, rest = line.partition(" ")
        name, _, value = rest.partition(" ")
        signature = _from_base64(value)
        if mark != "—" or not is_key_name(name) or signature is None or len(signature) <= len(key.key_id):
            raise NoteError("it has a line that is no signature")
        if signed is None and (name, signature[:4]) == (key.name, key.key_id):
            signed = signature[4:]
    if signed is None:
        raise NoteError("it is not signed by this key")
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signed, text.encode())
    except (InvalidSignature, ValueError) as error:  # ValueError: it has lone surrogates, which nobody can sign
        raise NoteError("its signature does not fit its text") from error
    return text


def read_tree_head(text: str) -> TreeHead:
    """What the text of a checkpoint states; further lines are left alone. Raises `NoteError`."""
    origin, size, root, *_ = [*text.split("\n"), "", "", ""]
    found = _from_base64(root)
    if not origin or not SIZE.fullmatch(size) or found is None or len(found) != HASH_BYTES:
        raise NoteError("it does not state an origin, a size and a root")
    return TreeHead(origin, int(size), found)


def open_checkpoint(note: str, key: VerifierKey) -> TreeHead:
    """Raises `NoteError` for what is no checkpoint of the log that the key speaks for, signed by it."""
    head = read_tree_head(open_note(note, key))
    if head.origin != key.name:
        raise NoteError(f"it is a checkpoint of another log than {key.name}")
    return head


def _from_base64(text: str) -> bytes | None:
    """None for what is not the one way to write some bytes in base64."""
    try:
        found = base64.b64decode(text, validate=True)
    except ValueError:
        return None
    return found if base64.b64encode(found).decode() == text else None


# --- events


@dataclass(frozen=True)
class LoggedEvent:
    """The entry, whose bytes are hashed, and its details in canonical JSON with their salt in hex, where there are.

    Of an event in the public log there is no more than `leaf`, the hash of its entry in hex.
    """

    entry: str
    details: str | None = None
    salt: str | None = None
    leaf: str | None = None


UNREADABLE = LoggedEvent("")


def commitment_of(salt: str, details: bytes) -> str:
    """What an entry says of its details: SHA-256(salt || details in canonical JSON), in hex; the salt is in hex."""
    return hashlib.sha256(bytes.fromhex(salt) + details).hexdigest()


def read_line(line: bytes) -> LoggedEvent:
    """A line of `events.jsonl`. Raises ValueError for any other."""
    try:
        found = json.loads(line.decode(), object_pairs_hook=_distinct)
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    if isinstance(found, dict) and set(found) == LEAF_FIELDS and _is_hash(found["leaf"]):
        return LoggedEvent("", leaf=found["leaf"])
    if not isinstance(found, dict) or not {"entry"} <= set(found) <= LINE_FIELDS:
        raise ValueError("other fields than an event has")
    if not all(isinstance(value, str) for value in found.values()):
        raise ValueError("a field is no text")
    "".join(found.values()).encode()  # lone surrogates are no text either
    return LoggedEvent(**found)


def _is_hash(value: object) -> bool:
    return isinstance(value, str) and HEX_HASH.fullmatch(value) is not None


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a field is there twice")
    return dict(pairs)


def _read_entry(text: str) -> Mapping[str, Any] | None:
    """The fields of an entry; None for what is not an entry in canonical JSON (RFC 8785).

    For the kinds of value that an entry has, `json` with sorted keys writes that form.
    """
    try:
        entry = json.loads(text)
        written = json.dumps(entry, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    except (ValueError, RecursionError):
        return None
    if written != text or not isinstance(entry, dict) or set(entry) != FIELDS or type(entry["seq"]) is not int:
        return None
    texts = [entry[name] for name in FIELDS - {"seq", "subject"}]
    if not all(isinstance(value, str) for value in texts) or not isinstance(entry["subject"], str | None):
        return None
    return entry if TIME.fullmatch(entry["at"]) and HEX_HASH.fullmatch(entry["commitment"]) else None


# --- the checks


@dataclass
class Report:
    """What was checked, in sentences: what holds, what does not, and what these checks cannot see."""

    held: list[str] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)
    limits: list[str] = field(default_factory=list)


class Problems:
    """Sentences by kind, of each kind the first few and how many more."""

    def __init__(self) -> None:
        self._first: dict[str, list[str]] = {}
        self._counts: Counter[str] = Counter()

    def add(self, kind: str, sentence: str) -> None:
        self._counts[kind] += 1
        if self._counts[kind] <= SHOWN:
            self._first.setdefault(kind, []).append(sentence)

    def sentences(self) -> Iterator[str]:
        for kind, first in self._first.items():
            yield from first
            if self._counts[kind] > SHOWN:
                yield f"{self._counts[kind] - SHOWN:,} more like the last"


@dataclass(frozen=True)
class Replay:
    """The tree over all events: its size, its edge, and the roots it had at the sizes that were asked for."""

    size: int
    edge: list[bytes]
    roots: Mapping[int, bytes]


def examine(
    events: Iterable[LoggedEvent],
    checkpoints: Sequence[str],
    key: VerifierKey,
    old_checkpoints: Sequence[str],
    report: Report,
) -> Replay:
    """Check events, in one pass, against signed notes, and add what is found to the report.

    Events are numbered from 1; `UNREADABLE` stands for one that cannot be read.
    """
    heads = _opened(checkpoints, "checkpoint", key, report) + _opened(old_checkpoints, "old checkpoint", key, report)
    replay = _replayed(events, {head.size for head, _ in heads}, report)
    _compare(heads, replay, report)
    if not old_checkpoints:
        report.limits.append(NEEDS_OLD)
    return replay


def _opened(notes: Sequence[str], noun: str, key: VerifierKey, report: Report) -> list[tuple[TreeHead, str]]:
    heads, problems = [], Problems()
    for number, note in enumerate(notes, 1):
        try:
            heads.append((open_checkpoint(note, key), noun))
        except NoteError as error:
            problems.add("refused", f"{noun} number {number} of {len(notes)} is refused: {error}")
    report.findings += problems.sentences()
    if notes and len(heads) == len(notes):
        report.held.append(f"{_plural(len(notes), noun)} signed by the key {key.text}")
    return heads


def _replayed(events: Iterable[LoggedEvent], sizes: Container[int], report: Report) -> Replay:
    problems = Problems()
    roots = {0: EMPTY_ROOT}
    edge: list[bytes] = []
    size = last_seq = n_opened = n_leaves = 0
    for event in events:
        leaf = leaf_hash(event.entry.encode()) if event.leaf is None else bytes.fromhex(event.leaf)
        edge = extended(edge, size, leaf)
        size += 1
        if size in sizes:
            roots[size] = edge_root(edge)
        if event.leaf is not None:
            n_leaves, last_seq = n_leaves + 1, last_seq + 1
            continue
        entry = _read_entry(event.entry)
        if entry is None:
            problems.add("unreadable", f"place {size:,} holds no event in canonical JSON")
            continue
        if entry["seq"] != last_seq + 1:
            problems.add("order", f"event {entry['seq']} comes after event {last_seq}")
        last_seq = entry["seq"]
        n_opened += event.details is not None
        if not _is_kept_or_gone(event, entry["commitment"]):
            problems.add("details", f"the details of event {last_seq} do not match its commitment")
    found = list(problems.sentences())
    report.findings += found
    if n_leaves:
        report.limits.append(
            f"of {_plural(n_leaves, 'event')} only the hash is here: it shows that none was changed, removed, added "
            "or moved, not what they say"
        )
    if not found and n_leaves < size:
        report.held.append(f"{_plural(size, 'event')} in canonical JSON, numbered from 1 without a gap")
        report.held.append(
            f"details of {_plural(n_opened, 'event')} match their commitments; those of {size - n_opened:,} are not "
            "here or were erased"
        )
    return Replay(size, edge, roots)


def _is_kept_or_gone(event: LoggedEvent, commitment: str) -> bool:
    if event.salt is None or event.details is None:
        return event.salt is None and event.details is None
    return bool(HEX_HASH.fullmatch(event.salt)) and commitment_of(event.salt, event.details.encode()) == commitment


def _compare(heads: Sequence[tuple[TreeHead, str]], replay: Replay, report: Report) -> None:
    held = sorted(head.size for head, _ in heads if replay.roots.get(head.size) == head.root)
    problems = Problems()
    for head, noun in sorted(heads, key=lambda pair: pair[0].size):
        named = f"the {noun} of {_plural(head.size, 'event')}"
        if head.size > replay.size:
            problems.add(
                "truncated",
                f"{named} covers more than the {replay.size:,} that are here: events were removed",
            )
        elif replay.roots[head.size] != head.root and held and held[-1] >= head.size:
            problems.add(
                "forked",
                f"{named} has another root than the same events here, to which a checkpoint as late agrees: the log "
                "was rewritten, or it has two versions (a fork)",
            )
        elif replay.roots[head.size] != head.root:
            after = max((size for size in held if size < head.size), default=0)
            problems.add(
                "changed",
                f"the events are not those of {named}: among events {after + 1:,} to {head.size:,} something was "
                "changed, removed, added or moved",
            )
    found = list(problems.sentences())
    if replay.size and not any(head.size for head, _ in heads):
        found.append(f"no signed checkpoint vouches for the {_plural(replay.size, 'event')}")
    report.findings += found
    if found:
        return
    for noun in ("checkpoint", "old checkpoint"):
        sizes = [head.size for head, of in heads if of == noun]
        if sizes:
            report.held.append(
                f"the events are those of {_plural(len(sizes), noun)}, of which the last covers {max(sizes):,}"
            )
    unsigned = replay.size - max(held, default=0)
    if unsigned:
        report.limits.append(f"{_plural(unsigned, 'event')} at the end: no checkpoint covers them yet")


def _plural(n: int, thing: str) -> str:
    return f"{n:,} {thing}" if n == 1 else f"{n:,} {thing}s"


# --- an exported folder


def verify_export(folder: Path, public_key: str, old_checkpoints: Sequence[str] = ()) -> list[str]:
    """What does not hold in an exported folder, a sentence each; nothing when all holds.

    `public_key` is the pinned key in its C2SP form, `old_checkpoints` are notes that were kept from before. What
    cannot be found without old ones is said in `NEEDS_OLD`.
    """
    return examine_export(folder, public_key, old_checkpoints).findings


def examine_export(folder: Path, public_key: str | None, old_checkpoints: Sequence[str] = ()) -> Report:
    """`verify_export` with what holds and what cannot be seen; without a key, the folder's own is believed."""
    report = Report()
    try:
        own_key = (folder / "public.key").read_bytes().decode().strip()
        notes = [_read_note(path) for path in sorted((folder / "checkpoints").glob("*.txt"))]
        with (folder / "events.jsonl").open("rb") as lines:
            try:
                key = read_key(own_key if public_key is None else public_key)
            except NoteError as error:
                report.findings.append(f"the public key cannot be used: {error}")
                return report
            if public_key is None:
                report.limits.append(NEEDS_KEY)
            elif own_key != key.text:
                report.findings.append("the key in the folder is another than the one that was given")
            else:
                report.held.append("the key in the folder is the one that was given")
            examine(map(_event, lines), notes, key, old_checkpoints, report)
    except OSError as error:
        report.findings.append(f"{error.filename or folder} cannot be read: {error.strerror}")
    except UnicodeDecodeError:
        report.findings.append(f"{folder / 'public.key'} is no text")
    return report


def examine_proof(proof: Path, public_key: str) -> Report:
    """Whether a proof holds: that its event is under the checkpoint in it, which the key signed.

    A proof is a JSON object of `entry`, `index` (from 0), `size`, `proof` (hashes in hex) and `checkpoint`, with
    `details` and `salt` where these were given.
    """
    report = Report()
    try:
        given = json.loads(proof.read_bytes())
        event = LoggedEvent(given["entry"], given.get("details"), given.get("salt"))
        index, size, hashes = given["index"], given["size"], [bytes.fromhex(one) for one in given["proof"]]
        head = open_checkpoint(given["checkpoint"], read_key(public_key))
        entry = _read_entry(event.entry)
    except OSError as error:
        report.findings.append(f"{proof} cannot be read: {error.strerror}")
        return report
    except NoteError as error:
        report.findings.append(f"the checkpoint in the proof is not to be trusted: {error}")
        return report
    except (ValueError, KeyError, TypeError, AttributeError):
        report.findings.append(f"{proof} is no proof of an event")
        return report
    if entry is None or (head.size, True) != (size, isinstance(index, int)):
        report.findings.append("the proof is not for its checkpoint")
    elif entry["seq"] != index + 1 or not check_inclusion(
        leaf_hash(event.entry.encode()), index, size, hashes, head.root
    ):
        report.findings.append("the event is not among those that the checkpoint covers")
    elif not _is_kept_or_gone(event, entry["commitment"]):
        report.findings.append("the details are not those of the event")
    else:
        report.held.append(
            f"event {entry['seq']} ({entry['action']}, {entry['at']}) is among the {size:,} that were signed"
        )
    return report


def _event(line: bytes) -> LoggedEvent:
    try:
        return read_line(line)
    except ValueError:
        return UNREADABLE


def _read_note(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "surrogateescape")  # what is no UTF-8 is refused as a note


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Verify an exported audit log.")
    parser.add_argument("folder", type=Path, help="the exported folder, or the file of a proof")
    parser.add_argument("--key", type=Path, metavar="FILE", help="the public key, as it was published")
    parser.add_argument(
        "--old", type=Path, nargs="+", default=[], metavar="FILE_OR_FOLDER",
        help="checkpoints that you kept from before, or folders of them",
    )  # fmt: skip
    given = parser.parse_args(arguments)
    try:
        key = given.key.read_text(encoding="utf-8") if given.key else None
        files = [file for path in given.old for file in (sorted(path.glob("*.txt")) if path.is_dir() else [path])]
        old_checkpoints = [_read_note(file) for file in files]
    except (OSError, UnicodeDecodeError) as error:
        parser.error(f"a file that was given cannot be read: {error}")
    if given.old and not old_checkpoints:
        parser.error("--old names a folder that has no checkpoint (*.txt) in it")
    if given.folder.is_file() and key is None:
        parser.error("a proof is checked against the published key: give it with --key")
    try:
        report = (
            examine_proof(given.folder, key)
            if given.folder.is_file() and key is not None
            else examine_export(given.folder, key, old_checkpoints)
        )
    except ModuleNotFoundError as error:
        parser.error(f"the Python package {error.name} is needed: python -m pip install cryptography")
    for word, sentences in (("holds", report.held), ("note", report.limits), ("FAILS", report.findings)):
        for sentence in sentences:
            sys.stdout.write(f"{word}: {sentence}\n")
    what = "proof" if given.folder.is_file() else "log"
    sys.stdout.write(f"This {what} does not hold.\n" if report.findings else "All that was checked holds.\n")
    return 1 if report.findings else 0


if __name__ == "__main__":
    sys.exit(main())
