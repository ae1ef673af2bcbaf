"""Signed statements of the log's size and root (C2SP tlog-checkpoint), and the key that signs them."""

import base64
import os
import tempfile
from datetime import datetime
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)  # fmt: skip
from sqlalchemy import func, select

from portal.audit.log import hold_head
from portal.audit.verify import (
    NoteError,
    TreeHead,
    edge_root,
    is_key_name,
    key_id,
    open_checkpoint,
    read_key,
    verifier_key_text,
)  # fmt: skip
from portal.errors import ForeignKeyError, LogDamagedError, OriginRefusedError, SigningKeyError
from portal.models import Checkpoint
from portal.store import Store


def signing_key(path: Path) -> Ed25519PrivateKey:
    """The log's key (PEM, PKCS #8), made once. Whoever loses it must begin a new log under another origin.

    Raises `SigningKeyError` where the file is no such key, or cannot be read or made.
    """
    try:
        if not path.exists():
            _make_key(path)
        key = load_pem_private_key(path.read_bytes(), password=None)
    except OSError as error:
        raise SigningKeyError(path, f"it cannot be read or made ({error.strerror})") from error
    except (TypeError, ValueError, UnsupportedAlgorithm) as error:
        raise SigningKeyError(path, "it holds no whole key without a password") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise SigningKeyError(path, "it is a key of another kind than Ed25519")
    return key


def _make_key(path: Path) -> None:
    """Whole or not at all, and never over a key that another process made meanwhile."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    key = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    opened, unfinished = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")  # mode 0600, as is its link
    try:
        with open(opened, "wb") as stream:
            stream.write(key)
            stream.flush()
            os.fsync(stream.fileno())
        try:
            os.link(unfinished, path)
        except FileExistsError:
            return
    finally:
        os.unlink(unfinished)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def verifier_key(key: Ed25519PrivateKey, origin: str) -> str:
    """The public key to publish, in its C2SP form `origin+hash+base64(0x01 || key)`. Raises `OriginRefusedError`."""
    if not is_key_name(origin):
        raise OriginRefusedError(origin)
    return verifier_key_text(origin, key.public_key().public_bytes_raw())


def sign_checkpoint(store: Store, key: Ed25519PrivateKey, origin: str, now: datetime) -> Checkpoint | None:
    """Sign the log as it stands; None when it has not grown since the last checkpoint.

    What it signs is the tree's edge: that the events are still those of the tree, `verify_store` says.
    Raises `OriginRefusedError`, `ForeignKeyError` where the last checkpoint is not by this key and origin, and
    `LogDamagedError` where it covers more events than there are.
    """
    own = read_key(verifier_key(key, origin))
    with store.session() as session:
        size, edge = hold_head(session)
        last = session.scalars(select(Checkpoint).order_by(Checkpoint.size.desc()).limit(1)).first()
        try:
            signed = open_checkpoint(last.note, own).size if last else 0
        except NoteError as error:
            raise ForeignKeyError(own.text) from error
        if size < signed:
            raise LogDamagedError(f"it holds {size:,} events, fewer than the {signed:,} of its last checkpoint")
        if size == signed:
            return None
        head = TreeHead(origin, size, edge_root(edge))
        checkpoint = Checkpoint(size=size, signed_at=now, note=signed_note(head, key))
        session.add(checkpoint)
    return checkpoint


def last_signed_at(store: Store) -> datetime | None:
    """When the newest checkpoint was signed; None where there is none."""
    with store.reading() as session:
        return session.scalar(select(func.max(Checkpoint.signed_at)))


def signed_note(head: TreeHead, key: Ed25519PrivateKey) -> str:
    """The statement as a C2SP signed note."""
    text = f"{head.origin}\n{head.size}\n{base64.b64encode(head.root).decode()}\n"
    signature = key_id(head.origin, key.public_key().public_bytes_raw()) + key.sign(text.encode())
    return f"{text}\n— {head.origin} {base64.b64encode(signature).decode()}\n"
