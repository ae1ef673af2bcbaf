"""The log of everything people and the pipeline did: signing it once a day."""

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from flows.home import Home
from portal.audit.checkpoints import last_signed_at, sign_checkpoint, signing_key
from portal.store import Store


def log_key(home: Home) -> Ed25519PrivateKey:
    """The key that signs this home's log, made at the first use. Raises `SigningKeyError`."""
    return signing_key(home.audit_key)


def sign_log(home: Home, store: Store, origin: str, zone: ZoneInfo, clock: Callable[[], datetime]) -> bool:
    """Sign the log as it stands, the first time it has grown on a day of `zone`; returns whether it did."""
    now, last = clock(), last_signed_at(store)
    if last is not None and last.astimezone(zone).date() == now.astimezone(zone).date():
        return False
    return sign_checkpoint(store, log_key(home), origin, now) is not None
