import logging
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher, extract_parameters
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from portal import people
from portal.errors import (
    AccountAgencyError,
    AccountEmailError,
    AccountMissingError,
    AccountNameError,
    AccountRefusedError,
    AccountTakenError,
    NoSignInError,
    PasswordRefusedError,
    PortalError,
    SignInRefusedError,
)
from portal.models import Account, Event, Role
from portal.people import (
    account_by_email,
    account_named,
    add_account,
    check_account,
    disable_account,
    enable_account,
    list_accounts,
    set_password,
    sign_in,
)
from portal.store import Store

NOON = datetime(2026, 8, 3, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
RIGHT = "mango rain on the roof"
WRONG = "mango rain on the road"
PLAIN = "Seychelles2026"
EMAIL = "marie@example.sc"
SLOW_HASHER, SLOW_HASH_OF_NOTHING = people.HASHER, people.HASH_OF_NOTHING


class CountingHasher(PasswordHasher):
    """argon2 at little cost; `verified` keeps the hashes that a password was held against."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.verified: list[str | bytes] = []
        self.before_verifying: Callable[[], object] = lambda: None

    def verify(self, hash: str | bytes, password: str | bytes) -> Any:  # noqa: A002 - argon2's signature
        self.verified.append(hash)
        self.before_verifying()
        return super().verify(hash, password)


@pytest.fixture(autouse=True)
def hasher(monkeypatch: pytest.MonkeyPatch) -> CountingHasher:
    """Quick hashes: what they cost is not what these tests are about."""
    counting = CountingHasher()
    monkeypatch.setattr(people, "HASHER", counting)
    monkeypatch.setattr(people, "HASH_OF_NOTHING", people._hash_of_nothing())
    return counting


def add(store: Store, name: str = "marie", **changed: Any) -> Account:
    values: dict[str, Any] = {"mda": None, "password": RIGHT, "email": None, "now": NOON, **changed}
    return add_account(store, name, values.pop("role", Role.ANALYST), **values)


def fail(store: Store, times: int, now: datetime = NOON) -> None:
    for _ in range(times):
        with pytest.raises(SignInRefusedError):
            sign_in(store, "marie", WRONG, now)


def events(store: Store) -> list[tuple[str, str, str | None, dict[str, Any] | None]]:
    with store.reading() as session:
        found = session.scalars(sa.select(Event).order_by(Event.seq)).all()
    return [(event.actor, event.action, event.subject, event.details) for event in found]


def test_an_added_person_signs_in_by_name_and_password(store: Store) -> None:
    added = add(store, "Marie.Uzice", role=Role.OFFICER, mda="PUC", email="Marie@Example.sc")
    account = sign_in(store, "marie.uzice", RIGHT, NOON)
    assert (account.account_id, account.name, account.email) == (added.account_id, "marie.uzice", EMAIL)
    assert (account.role, account.mda, account.created_at) == (Role.OFFICER, "PUC", NOON)
    assert sign_in(store, "MARIE.Uzice", RIGHT, NOON).account_id == added.account_id


def test_what_is_kept_of_a_password_is_an_argon2id_hash_at_the_library_s_own_cost(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people, "HASHER", SLOW_HASHER)
    kept = add(store).password_hash
    assert kept is not None
    assert kept.startswith("$argon2id$")
    assert extract_parameters(kept) == extract_parameters(PasswordHasher().hash(RIGHT))
    assert extract_parameters(SLOW_HASH_OF_NOTHING) == extract_parameters(kept)


@pytest.mark.parametrize(
    ("name", "changed", "refusal"),
    [
        pytest.param("m", {}, AccountNameError, id="name too short"),
        pytest.param("m" * 65, {}, AccountNameError, id="name too long"),
        pytest.param("marie uzice", {}, AccountNameError, id="space in the name"),
        pytest.param("marie\n", {}, AccountNameError, id="line break after the name"),
        pytest.param("-marie", {}, AccountNameError, id="name like an option"),
        pytest.param("mаrie", {}, AccountNameError, id="Cyrillic letter in the name"),
        pytest.param("marie", {"role": Role.OFFICER}, AccountAgencyError, id="officer of no agency"),
        pytest.param("marie", {"role": Role.HEAD, "mda": ""}, AccountAgencyError, id="head of an empty agency"),
        pytest.param("marie", {"role": Role.ANALYST, "mda": "PUC"}, AccountAgencyError, id="analyst of an agency"),
        pytest.param("marie", {"email": "marie"}, AccountEmailError, id="no e-mail address"),
        pytest.param("marie", {"email": ""}, AccountEmailError, id="empty e-mail address"),
        pytest.param("marie", {"email": "a@b@c.sc"}, AccountEmailError, id="two at signs"),
        pytest.param("marie", {"email": "mar\u0131e@example.sc"}, AccountEmailError, id="dotless i in the e-mail"),
        pytest.param("marie", {"email": "m" * 311 + "@example.sc"}, AccountEmailError, id="e-mail too long"),
        pytest.param("marie", {"password": None}, NoSignInError, id="no way to sign in"),
        pytest.param("Taken", {}, AccountTakenError, id="name taken"),
        pytest.param("marie", {"email": "TAKEN@example.sc"}, AccountTakenError, id="e-mail taken"),
    ],
)
def test_an_account_that_cannot_be_is_refused_and_nothing_is_written(
    store: Store, name: str, changed: dict[str, Any], refusal: type[PortalError]
) -> None:
    add(store, "taken", email="taken@example.sc")
    with pytest.raises(refusal) as failure:
        add(store, name, **changed)
    assert len(str(failure.value).splitlines()) == 1
    assert RIGHT not in str(failure.value)
    assert [account.name for account in list_accounts(store)] == ["taken"]
    assert len(events(store)) == 1


def test_what_is_wrong_with_an_account_is_known_before_it_has_a_password(store: Store) -> None:
    add(store)
    check_account(store, "jean", Role.OFFICER, "PUC", EMAIL)
    with pytest.raises(AccountRefusedError, match="the role officer is of one agency: say of which"):
        check_account(store, "jean", Role.OFFICER, None, None)
    with pytest.raises(AccountTakenError, match="the name Marie is another account's"):
        check_account(store, "Marie", Role.ANALYST, None, None)


def test_two_who_add_the_same_name_at_once_make_one_account(store: Store, hasher: CountingHasher) -> None:
    together = ThreadPoolExecutor(8)

    def try_to_add(_: int) -> str:
        try:
            return add(store).name
        except AccountTakenError:
            return "taken"

    with together:
        said = sorted(together.map(try_to_add, range(8)))
    assert said == ["marie", *["taken"] * 7]
    assert len(events(store)) == 1


@pytest.mark.parametrize(
    ("password", "why"),
    [
        pytest.param("", "has fewer than 12 characters", id="none"),
        pytest.param("mango rain!", "has fewer than 12 characters", id="eleven characters"),
        pytest.param("e\u0301" * 6 + "mango", "has fewer than 12 characters", id="accents do not count"),
        pytest.param("mango" * 201, "has more than 1,000 characters", id="far too long"),
        pytest.param("Marie.Uzice.Mahe", "is the name or the e-mail address", id="the name"),
        pytest.param("MARIE@example.sc", "is the name or the e-mail address", id="the e-mail address"),
        pytest.param("PasswordPassword", "one of those that are tried first", id="plain"),
        pytest.param("Seychelles2026!", "one of those that are tried first", id="plain with a year"),
        pytest.param("123456789012", "one of those that are tried first", id="digits in order"),
        pytest.param("abababababab", "one of those that are tried first", id="few different characters"),
    ],
)
def test_a_password_that_is_easily_guessed_is_refused_and_not_quoted(store: Store, password: str, why: str) -> None:
    add(store, "jean")
    acts: tuple[Callable[[], object], ...] = (
        lambda: add(store, "marie.uzice.mahe", email=EMAIL, password=password),
        lambda: set_password(store, add(store, "marie.uzice.mahe", email=EMAIL).name, password, NOON),
    )
    for refused in acts:
        with pytest.raises(PasswordRefusedError, match=why) as failure:
            refused()
        assert not password or password not in "".join(traceback.format_exception(failure.value))
    assert sign_in(store, "marie.uzice.mahe", RIGHT, NOON).name == "marie.uzice.mahe"


@pytest.mark.parametrize("length", [12, 1_000])
def test_a_password_may_be_as_short_or_long_as_said(store: Store, length: int) -> None:
    password = ("mango rain on the roof " * 50)[:length]
    add(store, password=password)
    assert sign_in(store, "marie", password, NOON).name == "marie"
    with pytest.raises(SignInRefusedError):
        sign_in(store, "marie", password + "x", NOON)


def test_accents_may_be_typed_as_one_character_or_two(store: Store) -> None:
    add(store, password="sòley lo lans 12e\u0301")
    assert sign_in(store, "marie", "so\u0300ley lo lans 12é", NOON).name == "marie"


def test_a_password_that_no_encoding_has_is_a_password(store: Store) -> None:
    add(store, password="mango \udcff rain roof")
    assert sign_in(store, "marie", "mango \udcff rain roof", NOON).name == "marie"


def lock(store: Store) -> None:
    fail(store, 5)


def damage(store: Store) -> None:
    with store.session() as session:
        session.execute(sa.update(Account).values(password_hash="damaged"))


@pytest.mark.parametrize(
    ("name", "password", "prepare"),
    [
        pytest.param("marie", WRONG, lambda store: None, id="wrong password"),
        pytest.param("marie", "", lambda store: None, id="empty password"),
        pytest.param("jean", RIGHT, lambda store: None, id="unknown name"),
        pytest.param("", RIGHT, lambda store: None, id="no name"),
        pytest.param("marie\x00", RIGHT, lambda store: None, id="name that the database cannot hold"),
        pytest.param("marie", RIGHT, lock, id="locked"),
        pytest.param("marie", RIGHT, lambda store: disable_account(store, "marie", NOON), id="disabled"),
        pytest.param("open", RIGHT, lambda store: add(store, "open", password=None, email=EMAIL), id="no password"),
        pytest.param("marie", RIGHT, damage, id="damaged hash"),
    ],
)  # fmt: skip
def test_whoever_is_not_let_in_hears_the_same_after_one_hash_of_the_same_cost(
    store: Store, hasher: CountingHasher, name: str, password: str, prepare: Callable[[Store], object]
) -> None:
    add(store)
    prepare(store)
    hasher.verified.clear()
    with pytest.raises(SignInRefusedError) as failure:
        sign_in(store, name, password, NOON)
    assert str(failure.value) == str(SignInRefusedError())
    (verified,) = hasher.verified
    if verified != "damaged":
        assert extract_parameters(str(verified)) == extract_parameters(hasher.hash(RIGHT))


def test_after_five_failures_an_account_is_locked_for_a_minute_then_ever_longer_up_to_an_hour(store: Store) -> None:
    add(store)
    fail(store, 4)
    assert account_named(store, "marie").locked_until is None
    now, locks = NOON, []
    for _ in range(9):
        fail(store, 1, now)
        until = account_named(store, "marie").locked_until
        assert until is not None
        locks.append((until - now) / MINUTE)
        now = until
    assert locks == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert sign_in(store, "marie", RIGHT, now).failures == 0


def test_a_lock_holds_to_its_end_for_the_right_password_too_and_no_longer(store: Store) -> None:
    add(store)
    fail(store, 5)
    with pytest.raises(SignInRefusedError):
        sign_in(store, "marie", RIGHT, NOON + MINUTE - timedelta(microseconds=1))
    assert sign_in(store, "marie", RIGHT, NOON + MINUTE).name == "marie"


def test_tries_during_a_lock_do_not_make_it_longer(store: Store) -> None:
    add(store)
    fail(store, 30)
    account = account_named(store, "marie")
    assert (account.failures, account.locked_until) == (5, NOON + MINUTE)


def test_a_lock_stays_an_hour_however_often_it_came(store: Store) -> None:
    add(store)
    with store.session() as session:
        session.execute(sa.update(Account).values(failures=100_000))
    fail(store, 1)
    assert account_named(store, "marie").locked_until == NOON + 60 * MINUTE


def test_the_right_password_starts_the_count_anew(store: Store) -> None:
    add(store)
    for _ in range(3):
        fail(store, 4)
        account = sign_in(store, "marie", RIGHT, NOON)
        assert (account.failures, account.locked_until) == (0, None)


def test_the_right_password_at_the_fifth_try_leaves_no_lock(store: Store) -> None:
    add(store)
    fail(store, 4)
    sign_in(store, "marie", RIGHT, NOON)
    assert sign_in(store, "marie", RIGHT, NOON).locked_until is None


def test_failures_of_one_name_lock_no_other(store: Store) -> None:
    add(store)
    add(store, "jean")
    fail(store, 5)
    assert sign_in(store, "jean", RIGHT, NOON).failures == 0


def test_many_tries_at_once_check_no_more_than_five_passwords(store: Store, hasher: CountingHasher) -> None:
    kept = add(store).password_hash
    together = ThreadPoolExecutor(8)
    with together:
        list(together.map(lambda _: fail(store, 1), range(40)))
    assert hasher.verified.count(str(kept)) == 5
    assert len(hasher.verified) == 40
    assert account_named(store, "marie").failures == 5


@pytest.mark.parametrize(
    "meanwhile",
    [
        pytest.param(lambda store: disable_account(store, "marie", NOON), id="disabled"),
        pytest.param(lambda store: set_password(store, "marie", "another mango on the roof", NOON), id="password set"),
    ],
)
def test_what_changes_while_a_password_is_checked_counts(
    store: Store, hasher: CountingHasher, meanwhile: Callable[[Store], object]
) -> None:
    add(store)
    hasher.before_verifying = lambda: meanwhile(store)
    with pytest.raises(SignInRefusedError):
        sign_in(store, "marie", RIGHT, NOON)


def test_a_hash_of_lesser_cost_is_made_anew_when_its_owner_signs_in(
    store: Store, hasher: CountingHasher, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = add(store).password_hash
    assert sign_in(store, "marie", RIGHT, NOON).password_hash == before
    monkeypatch.setattr(people, "HASHER", PasswordHasher(time_cost=2, memory_cost=16, parallelism=1))
    fail(store, 1)
    assert account_named(store, "marie").password_hash == before
    after = sign_in(store, "marie", RIGHT, NOON).password_hash
    assert after is not None
    assert extract_parameters(after).time_cost == 2
    assert account_named(store, "marie").password_hash == after
    assert sign_in(store, "marie", RIGHT, NOON).password_hash == after


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(st.characters(exclude_categories=())), password=st.text(st.characters(exclude_categories=())))
@example(name="\udcff", password="\udcff")
@example(name="\x00", password="\x00")
def test_whatever_is_typed_lets_nobody_in_and_breaks_nothing(store: Store, name: str, password: str) -> None:
    with pytest.raises(SignInRefusedError):
        sign_in(store, name, password, NOON)
    assert account_by_email(store, name) is None


def test_a_disabled_person_is_let_in_by_no_way_until_enabled(store: Store) -> None:
    add(store, email=EMAIL)
    assert disable_account(store, "Marie", NOON).is_disabled
    with pytest.raises(SignInRefusedError):
        sign_in(store, "marie", RIGHT, NOON)
    assert account_by_email(store, EMAIL) is None
    assert not enable_account(store, "Marie", NOON).is_disabled
    assert sign_in(store, "marie", RIGHT, NOON).name == "marie"
    assert account_by_email(store, EMAIL) is not None


@pytest.mark.parametrize(
    ("act", "password"),
    [
        pytest.param(lambda store: enable_account(store, "marie", NOON), RIGHT, id="enabled"),
        pytest.param(lambda store: set_password(store, "marie", WRONG, NOON), WRONG, id="password set"),
    ],
)
def test_the_operator_lifts_a_lock(store: Store, act: Callable[[Store], object], password: str) -> None:
    add(store)
    fail(store, 6)
    act(store)
    assert sign_in(store, "marie", password, NOON).failures == 0


def test_only_the_new_password_lets_in_once_it_is_set(store: Store) -> None:
    add(store)
    set_password(store, "Marie", "another mango on the roof", NOON)
    fail(store, 1)
    with pytest.raises(SignInRefusedError):
        sign_in(store, "marie", RIGHT, NOON)
    assert sign_in(store, "marie", "another mango on the roof", NOON).name == "marie"


def test_an_account_of_an_openid_person_may_get_a_password(store: Store) -> None:
    assert add(store, password=None, email=EMAIL).password_hash is None
    set_password(store, "marie", RIGHT, NOON)
    assert sign_in(store, "marie", RIGHT, NOON).email == EMAIL


@pytest.mark.parametrize("name", ["jean", "", "marie\x00"])
def test_an_account_that_is_not_there_is_one_sentence(store: Store, name: str) -> None:
    add(store)
    acts: tuple[Callable[[], object], ...] = (
        lambda: disable_account(store, name, NOON),
        lambda: enable_account(store, name, NOON),
        lambda: set_password(store, name, RIGHT, NOON),
        lambda: account_named(store, name),
    )
    for act in acts:
        with pytest.raises(AccountMissingError, match="there is no account"):
            act()
    assert len(events(store)) == 1


def test_openid_finds_the_person_of_an_address_however_it_is_written(store: Store) -> None:
    account = add(store, email="Marie@Example.sc", password=None)
    add(store, "jean", email="jean@example.sc")
    add(store, "nobody")
    for email in (EMAIL, "MARIE@EXAMPLE.SC"):
        found = account_by_email(store, email)
        assert found is not None
        assert found.account_id == account.account_id


@pytest.mark.parametrize("email", ["", "other@example.sc", "marie", "marie@example.sc\x00", "%@example.sc"])
def test_an_address_of_nobody_finds_nobody(store: Store, email: str) -> None:
    add(store, email=EMAIL)
    add(store, "nobody")
    assert account_by_email(store, email) is None


def test_an_address_whose_letters_only_look_alike_when_small_is_another_one(store: Store) -> None:
    add(store, email="mark@example.sc")
    kelvin = "mar\u212a@example.sc"
    assert kelvin.lower() == "mark@example.sc"
    assert account_by_email(store, kelvin) is None


def test_accounts_are_listed_by_name(store: Store) -> None:
    assert list_accounts(store) == []
    for name in ("marie", "Jean", "a.b"):
        add(store, name)
    assert [account.name for account in list_accounts(store)] == ["a.b", "jean", "marie"]


def test_every_act_of_the_operator_is_an_event_of_the_log(store: Store) -> None:
    account = add(store, "Marie", role=Role.HEAD, mda="PUC")
    disable_account(store, "marie", NOON)
    enable_account(store, "marie", NOON)
    set_password(store, "marie", WRONG, NOON)
    sign_in(store, "marie", WRONG, NOON)
    details = {"account": account.account_id, "name": "marie", "role": "head", "agency": "PUC"}
    actions = ("account added", "account disabled", "account enabled", "password set")
    assert events(store) == [("operator", action, None, details) for action in actions]


def test_no_password_and_no_hash_is_shown_or_logged(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    store.engine.echo = True
    shown = []
    account = add(store, email=EMAIL)
    shown += [repr(account), str(account)]
    acts: tuple[Callable[[], object], ...] = (
        lambda: add(store),
        lambda: add(store, "jean", email=EMAIL),
        lambda: sign_in(store, "marie", WRONG, NOON),
        lambda: set_password(store, "marie", PLAIN, NOON),
    )
    for act in acts:
        with pytest.raises(PortalError) as failure:
            act()
        shown.append("".join(traceback.format_exception(failure.value)))
    sign_in(store, "marie", RIGHT, NOON)
    set_password(store, "marie", WRONG, NOON)
    with store.session() as session:
        session.add(Account(name="marie", role=Role.ANALYST, password_hash=account.password_hash, created_at=NOON))
        with pytest.raises(sa.exc.IntegrityError) as refused:
            session.flush()
        shown.append("".join(traceback.format_exception(refused.value)))
        session.rollback()
    shown += [str(event) for event in events(store)]
    everything = "\n".join([*shown, caplog.text])
    assert "UPDATE accounts" in everything
    for secret in (RIGHT, WRONG, PLAIN, "$argon2", str(account.password_hash)):
        assert secret not in everything
