"""Accounts, and who may sign in with them.

What signing in protects: a password is guessed at most five times in a row, then once a minute, and ever more seldom
down to once an hour. A try is counted before it is checked, so that many at once get no more. An unknown name, a wrong
password, a locked or disabled account and one without a password are told apart by neither the answer nor the hash that
is computed for it, so nobody learns here which names there are.

What it does not: who knows a name can keep it locked (an OpenID provider lets its owner in all the same, and the
operator may lift the lock); one password tried on many names is not noticed; each try costs 64 MiB for a moment, so how
many come at once is for the server in front to limit; counting a try on an account that is there takes the database a
little longer, which is less than hashing varies by, but not nothing; and once argon2-cffi hashes at another cost, an
account stands out by its time until its owner has signed in.
"""

import re
import secrets
import string
import unicodedata
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.audit.log import record
from portal.errors import (
    AccountAgencyError,
    AccountEmailError,
    AccountMissingError,
    AccountNameError,
    AccountTakenError,
    IdentityEndedError,
    IdentityUnknownError,
    IdentityUnprovenError,
    NoSignInError,
    PasswordRefusedError,
    SignInRefusedError,
)
from portal.models import Account, Role
from portal.store import Store

OPERATOR = "operator"
OF_AN_AGENCY = frozenset({Role.OFFICER, Role.HEAD})
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,63}")  # a name that begins with a dash would be an option
EMAIL = re.compile(r"[!-?A-~]+@[!-?A-~]+")  # ASCII: elsewhere letters of two addresses may have one small form
MAX_EMAIL_CHARS = 320

MIN_PASSWORD_CHARS = 12
MAX_PASSWORD_CHARS = 1_000
MIN_DIFFERENT_CHARS = 5
PLAIN_PASSWORDS = frozenset(
    {
        "012345678901", "0123456789012", "123456789012", "1234567890123", "987654321098", "1q2w3e4r5t6y",
        "abcdefghijkl", "administrator", "azertyuiop", "azertyuiopqs", "changeme", "changemeplease", "iloveyou",
        "iloveseychelles", "lavwa", "lavwalavwalavwa", "letmein", "letmeinplease", "motdepasse", "password",
        "passwordpassword", "qwertyuiop", "qwertyuiopas", "seychelles", "seychellois", "victoria", "welcome",
    }
)  # fmt: skip

FREE_FAILURES = 5
FIRST_LOCK = timedelta(minutes=1)
LONGEST_LOCK = timedelta(minutes=60)
CLOCK_SKEW = timedelta(minutes=2)  # as Authlib allows

HASHER = PasswordHasher()


def _hash_of_nothing() -> str:
    """A hash in argon2's form that no known password has and that costs as much to verify as a new one."""
    salt, digest = (b64encode(secrets.token_bytes(n)).rstrip(b"=").decode() for n in (HASHER.salt_len, HASHER.hash_len))
    cost = f"m={HASHER.memory_cost},t={HASHER.time_cost},p={HASHER.parallelism}"
    return f"$argon2id$v=19${cost}${salt}${digest}"


HASH_OF_NOTHING = _hash_of_nothing()


def check_account(store: Store, name: str, role: Role, mda: str | None, email: str | None) -> None:
    """Raise what `add_account` would of these, before a password is asked for."""
    with store.reading() as session:
        _require_usable(session, name, role, mda, email)


def add_account(
    store: Store,
    name: str,
    role: Role,
    *,
    mda: str | None,
    password: str | None,
    email: str | None,
    now: datetime,
) -> Account:
    """Add a person who may sign in; without a password only an OpenID provider can vouch for them, by their e-mail.

    Names and e-mail addresses are kept in small letters and each is one person's. Whether there is such an agency is
    for the caller to check.

    Raises `AccountRefusedError` (a subclass says which part of it), `AccountTakenError`, `PasswordRefusedError`.
    """
    if password is None and email is None:
        raise NoSignInError(name)
    check_account(store, name, role, mda, email)
    account = Account(
        name=name.lower(),
        email=email and email.lower(),
        role=role,
        mda=mda or None,
        password_hash=None if password is None else _hash_new(password, name, email),
        created_at=now,
    )
    with store.session() as session:
        session.add(account)
        try:
            session.flush()
        except IntegrityError:  # somebody was quicker
            raise AccountTakenError("name or e-mail address of", name) from None
        _record(session, "account added", account, now)
    return account


def list_accounts(store: Store) -> Sequence[Account]:
    """All accounts, by name."""
    with store.reading() as session:
        return session.scalars(select(Account).order_by(Account.name)).all()


def disable_account(store: Store, name: str, now: datetime) -> Account:
    """Let a person in no more, by whatever way. Raises `AccountMissingError`."""
    with store.session() as session:
        account = _account(session, name, is_held=True)
        account.is_disabled = True
        _record(session, "account disabled", account, now)
    return account


def enable_account(store: Store, name: str, now: datetime) -> Account:
    """Let a person in again; this also lifts a lock. Raises `AccountMissingError`."""
    with store.session() as session:
        account = _account(session, name, is_held=True)
        account.is_disabled = False
        account.failures, account.locked_until = 0, None
        _record(session, "account enabled", account, now)
    return account


def account_named(store: Store, name: str) -> Account:
    """The account of this name, disabled or not. Raises `AccountMissingError`."""
    with store.reading() as session:
        return _account(session, name)


def set_password(store: Store, name: str, password: str, now: datetime) -> Account:
    """Give an account another password; this also lifts a lock.

    Raises `AccountMissingError`, `PasswordRefusedError`.
    """
    password_hash = _hash_new(password, name, account_named(store, name).email)
    with store.session() as session:
        account = _account(session, name, is_held=True)
        account.password_hash = password_hash
        account.failures, account.locked_until = 0, None
        _record(session, "password set", account, now)
    return account


def sign_in(store: Store, name: str, password: str, now: datetime) -> Account:
    """The account that this name and password open.

    After `FREE_FAILURES` wrong passwords in a row it is locked for `FIRST_LOCK`, and for twice as long with each
    further one, up to `LONGEST_LOCK`; tries during a lock do not count. The right password starts anew.

    Raises `SignInRefusedError`, the same for whatever is not right.
    """
    counted = _count_try(store, name, now)
    known_hash = counted.password_hash if counted else None
    is_right = _is_password(password, known_hash or HASH_OF_NOTHING)
    if counted is None or known_hash is None or not is_right:
        raise SignInRefusedError
    kept_hash = HASHER.hash(_stable(password)) if HASHER.check_needs_rehash(known_hash) else known_hash
    unchanged = (Account.account_id == counted.account_id, Account.password_hash == known_hash, ~Account.is_disabled)
    start_anew = update(Account).where(*unchanged).values(failures=0, locked_until=None, password_hash=kept_hash)
    with store.session() as session:
        account = session.scalar(start_anew.returning(Account))
    if account is None:  # disabled or given another password while this one was checked
        raise SignInRefusedError
    return account


@dataclass(frozen=True)
class Provider:
    """What of an OpenID provider's word is believed: that it said it to `client_id`, and for how long (`valid_for`)."""

    client_id: str
    valid_for: timedelta
    is_trusted_unverified: bool = False


def vouched_for(store: Store, claims: Mapping[str, object], provider: Provider, now: datetime) -> Account:
    """The account of the person of whom an OpenID provider said `claims`, those of an ID token whose signature, nonce
    and issuer somebody has checked (OpenID Connect Core 1.0, 2 and 3.1.3.7). A lock does not hold here.

    Raises an `IdentityRefusedError`: `IdentityEndedError` when it was said too long ago, or to another client;
    `IdentityUnprovenError` without a verified e-mail address; `IdentityUnknownError` where nobody has this one, or only
    a disabled account.
    """
    said_to, said_at = claims.get("aud"), claims.get("iat")
    if provider.client_id not in (said_to if isinstance(said_to, list) else [said_to]):
        raise IdentityEndedError
    if not isinstance(said_at, int | float):
        raise IdentityEndedError
    if not -CLOCK_SKEW.total_seconds() <= now.timestamp() - said_at <= provider.valid_for.total_seconds():
        raise IdentityEndedError
    email = claims.get("email")
    is_verified = claims.get("email_verified") is True or provider.is_trusted_unverified
    if not isinstance(email, str) or not email or not is_verified:
        raise IdentityUnprovenError
    account = account_by_email(store, email)
    if account is None:
        raise IdentityUnknownError
    return account


def account_by_email(store: Store, email: str) -> Account | None:
    """The account of a person whose e-mail address an OpenID provider has verified, None where there is none or it is
    disabled. A lock does not hold here: it keeps passwords from being guessed."""
    if not EMAIL.fullmatch(email):
        return None
    with store.reading() as session:
        return session.scalar(select(Account).where(Account.email == email.lower(), ~Account.is_disabled))


def _count_try(store: Store, name: str, now: datetime) -> Account | None:
    """Count a try to sign in as failed and lock the account where it is one too many; None when it is locked already
    or there is none."""
    if not NAME.fullmatch(name):
        return None
    is_open = or_(Account.locked_until.is_(None), Account.locked_until <= now)
    count = update(Account).where(Account.name == name.lower(), is_open).values(failures=Account.failures + 1)
    with store.session() as session:
        account = session.scalar(count.returning(Account))
        if account and account.failures >= FREE_FAILURES:
            account.locked_until = now + _lock_after(account.failures)
    return account


def _lock_after(failures: int) -> timedelta:
    doublings = min(failures - FREE_FAILURES, 10)  # beyond the longest lock in any case
    return min(FIRST_LOCK * (1 << doublings), LONGEST_LOCK)


def _is_password(password: str, password_hash: str) -> bool:
    tried = password if len(password) <= MAX_PASSWORD_CHARS else ""  # nobody has either
    try:
        return HASHER.verify(password_hash, _stable(tried))
    except (VerifyMismatchError, InvalidHashError):
        return False


def _hash_new(password: str, name: str, email: str | None) -> str:
    said = unicodedata.normalize("NFKC", password)
    if len(said) < MIN_PASSWORD_CHARS:
        raise PasswordRefusedError(f"has fewer than {MIN_PASSWORD_CHARS} characters")
    if max(len(said), len(password)) > MAX_PASSWORD_CHARS:
        raise PasswordRefusedError(f"has more than {MAX_PASSWORD_CHARS:,} characters")
    small = said.lower()
    if small in {name.lower(), (email or "").lower()}:
        raise PasswordRefusedError("is the name or the e-mail address of the account")
    if len(set(said)) < MIN_DIFFERENT_CHARS or {small, small.rstrip(string.digits + "!.?")} & PLAIN_PASSWORDS:
        raise PasswordRefusedError("is one of those that are tried first")
    return HASHER.hash(_stable(password))


def _stable(password: str) -> bytes:
    """The same bytes for the same letters, whichever way a keyboard composes accents (NIST SP 800-63B, 5.1.1.2)."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")


def _require_usable(session: Session, name: str, role: Role, mda: str | None, email: str | None) -> None:
    if not NAME.fullmatch(name):
        raise AccountNameError(name)
    if (role in OF_AN_AGENCY) != bool(mda):
        raise AccountAgencyError(role.value, mda)
    if email is not None and (len(email) > MAX_EMAIL_CHARS or not EMAIL.fullmatch(email)):
        raise AccountEmailError(email)
    if session.scalar(select(Account.name).where(Account.name == name.lower())):
        raise AccountTakenError("name", name)
    if email is not None and session.scalar(select(Account.name).where(Account.email == email.lower())):
        raise AccountTakenError("e-mail address", email)


def _account(session: Session, name: str, *, is_held: bool = False) -> Account:
    """`is_held` keeps others from changing the account until the transaction ends, and none from referring to it."""
    query = select(Account).where(Account.name == name.lower())
    if is_held:
        query = query.with_for_update(key_share=True)
    account = session.scalar(query) if NAME.fullmatch(name) else None
    if account is None:
        raise AccountMissingError(name)
    return account


def _record(session: Session, action: str, account: Account, now: datetime) -> None:
    details = {"account": account.account_id, "name": account.name, "role": account.role.value, "agency": account.mda}
    record(session, at=now, actor=OPERATOR, action=action, subject=None, details=details)
