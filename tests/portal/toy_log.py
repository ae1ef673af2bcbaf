"""Toys for the tests of the audit log: some events, and an independent way to compute their tree.

All people in here are invented.
"""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from portal.audit.checkpoints import sign_checkpoint, verifier_key
from portal.audit.log import record
from portal.models import Event
from portal.store import Store

NOON = datetime(2026, 8, 3, 12, 30, 15, 42, tzinfo=UTC)
ORIGIN = "toy.example/log"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = verifier_key(KEY, ORIGIN)
OTHER_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
WORDS = "the pump at Anse Invented is dry since Monday"


def append(store: Store, n: int, **fields: str) -> list[Event]:
    """Record events one by one, each in a transaction of its own, a second apart."""
    made = []
    for number in range(n):
        with store.session() as session:
            made.append(
                record(
                    session,
                    at=NOON + timedelta(seconds=number),
                    actor=fields.get("actor", "officer.invented"),
                    action=fields.get("action", "decision changed"),
                    subject=fields.get("subject", f"C-2222-{number % 3}"),
                    details={"note": fields.get("note", f"{WORDS}, {number}"), "confidence": 0.25, "to": None},
                )
            )
    return made


def sign(store: Store, key: Ed25519PrivateKey = KEY) -> str:
    """Sign the log as it stands, which must have grown; returns the note."""
    signed = sign_checkpoint(store, key, ORIGIN, NOON)
    assert signed is not None
    return signed.note


def naive_root(entries: Sequence[bytes]) -> bytes:
    """MTH of RFC 6962, 2.1, word for word."""
    n = len(entries)
    if n == 0:
        return hashlib.sha256(b"").digest()
    if n == 1:
        return hashlib.sha256(b"\x00" + entries[0]).digest()
    k = 1
    while k * 2 < n:
        k *= 2
    return hashlib.sha256(b"\x01" + naive_root(entries[:k]) + naive_root(entries[k:])).digest()
