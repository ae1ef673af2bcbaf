"""Whom an OpenID provider vouches for: what of its word is believed, whom it lets in, and what a refusal tells."""

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.errors import (
    IdentityEndedError,
    IdentityRefusedError,
    IdentityUnknownError,
    IdentityUnprovenError,
    SignInRefusedError,
)
from portal.models import Account, Event, Role
from portal.people import Provider, add_account, disable_account, enable_account, sign_in, vouched_for
from portal.store import Store

NOW = datetime(2026, 8, 3, 12, tzinfo=UTC)
EMAIL = "marie@example.sc"
CLIENT = "lavwa"
HOURS = timedelta(hours=12)
PROVIDER = Provider(CLIENT, HOURS)
TRUSTED = Provider(CLIENT, HOURS, is_trusted_unverified=True)
HONEST: dict[str, Any] = {"aud": CLIENT, "iat": int(NOW.timestamp()), "email": EMAIL, "email_verified": True}
SECOND = timedelta(seconds=1)


@pytest.fixture
def marie(store: Store) -> Account:
    return add_account(store, "marie", Role.OFFICER, mda="PUC", password=None, email=EMAIL, now=NOW)


def said(**changed: Any) -> dict[str, Any]:
    """What an honest provider says of marie, but for this; None leaves a claim out."""
    return {name: value for name, value in {**HONEST, **changed}.items() if value is not None}


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({}, id="as most say it"),
        pytest.param({"email": "Marie@Example.SC"}, id="capitals"),
        pytest.param({"aud": ["another", CLIENT]}, id="several clients"),
        pytest.param({"iat": NOW.timestamp() + 100}, id="a clock that runs fast"),
        pytest.param({"iat": (NOW - HOURS).timestamp()}, id="the last moment"),
    ],
)
def test_the_person_of_this_address_is_let_in(store: Store, marie: Account, changed: dict[str, Any]) -> None:
    assert vouched_for(store, said(**changed), PROVIDER, NOW).account_id == marie.account_id


@pytest.mark.parametrize("verified", [None, False, "true", 1, [True]])
def test_an_address_that_is_not_verified_lets_in_only_where_the_operator_trusts_it(
    store: Store, marie: Account, verified: object
) -> None:
    claims = said(email_verified=verified)
    with pytest.raises(IdentityUnprovenError):
        vouched_for(store, claims, PROVIDER, NOW)
    assert vouched_for(store, claims, TRUSTED, NOW).account_id == marie.account_id


@pytest.mark.parametrize("email", [None, "", ["marie@example.sc"], {"value": EMAIL}, 5, True])
def test_what_is_no_address_proves_nothing_even_where_it_is_trusted(
    store: Store, marie: Account, email: object
) -> None:
    with pytest.raises(IdentityUnprovenError):
        vouched_for(store, said(email=email), TRUSTED, NOW)


@pytest.mark.parametrize(
    "email", ["stranger@example.sc", "marie", "%@example.sc", f"{EMAIL}\x00", "mar\u0131e@example.sc"]
)
def test_an_address_of_nobody_lets_nobody_in(store: Store, marie: Account, email: str) -> None:
    with pytest.raises(IdentityUnknownError):
        vouched_for(store, said(email=email), PROVIDER, NOW)


@pytest.mark.parametrize("audience", [None, "another", ["another"], [], [[CLIENT]], {CLIENT: 1}, f"{CLIENT} another"])
def test_what_was_said_to_another_client_counts_for_nothing(store: Store, marie: Account, audience: object) -> None:
    with pytest.raises(IdentityEndedError):
        vouched_for(store, said(aud=audience, azp=CLIENT), PROVIDER, NOW)


@pytest.mark.parametrize(
    "issued",
    [
        None, "now", "1785758400", [1], math.nan, math.inf, -math.inf, 0, True, (NOW - HOURS - SECOND).timestamp(),
        (NOW + timedelta(minutes=2) + SECOND).timestamp(), (NOW + HOURS).timestamp(),
    ],
)  # fmt: skip
def test_what_was_said_too_long_ago_or_is_yet_to_be_said_has_ended(
    store: Store, marie: Account, issued: object
) -> None:
    with pytest.raises(IdentityEndedError):
        vouched_for(store, said(iat=issued), PROVIDER, NOW)


def test_a_disabled_person_is_told_the_same_as_a_stranger_until_enabled(store: Store, marie: Account) -> None:
    disable_account(store, "marie", NOW)
    with pytest.raises(IdentityUnknownError) as of_disabled:
        vouched_for(store, said(), PROVIDER, NOW)
    with pytest.raises(IdentityUnknownError) as of_stranger:
        vouched_for(store, said(email="stranger@example.sc"), PROVIDER, NOW)
    assert str(of_disabled.value) == str(of_stranger.value)
    enable_account(store, "marie", NOW)
    assert vouched_for(store, said(), PROVIDER, NOW).account_id == marie.account_id


def test_an_address_that_another_account_has_now_opens_that_one(store: Store, marie: Account) -> None:
    with store.session() as session:
        session.execute(sa.update(Account).values(email="marie.new@example.sc"))
    with pytest.raises(IdentityUnknownError):
        vouched_for(store, said(), PROVIDER, NOW)
    jean = add_account(store, "jean", Role.ANALYST, mda=None, password=None, email=EMAIL, now=NOW)
    assert vouched_for(store, said(), PROVIDER, NOW).account_id == jean.account_id


def test_a_lock_keeps_passwords_out_and_the_provider_s_word_neither_is_kept_out_nor_lifts_it(
    store: Store, marie: Account
) -> None:
    for _ in range(6):
        with pytest.raises(SignInRefusedError):
            sign_in(store, "marie", "an invented wrong one", NOW)
    before = account_row(store)
    assert vouched_for(store, said(), PROVIDER, NOW).account_id == marie.account_id
    assert account_row(store) == before
    assert before[0] is not None


def test_neither_letting_in_nor_refusing_leaves_anything_in_the_log(store: Store, marie: Account) -> None:
    def count() -> int:
        with store.reading() as session:
            return session.scalar(sa.select(sa.func.count()).select_from(Event)) or 0

    before = count()
    vouched_for(store, said(), PROVIDER, NOW)
    with pytest.raises(IdentityUnknownError):
        vouched_for(store, said(email="stranger@example.sc"), PROVIDER, NOW)
    assert count() == before


def account_row(store: Store) -> tuple[datetime | None, int]:
    with store.reading() as session:
        found = session.execute(sa.select(Account.locked_until, Account.failures).where(Account.name == "marie")).one()
    return found[0], found[1]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats() | st.text(max_size=20) | st.just(CLIENT),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(["aud", "iat", "email", "email_verified", "sub"]), JSON))
def test_whatever_a_provider_says_is_refused_in_one_sentence_that_quotes_none_of_it(
    store: Store, changed: dict[str, Any]
) -> None:
    with pytest.raises(IdentityRefusedError) as refused:
        vouched_for(store, {**HONEST, **changed}, TRUSTED, NOW)
    assert EMAIL not in str(refused.value)


@pytest.mark.parametrize("error", [IdentityEndedError, IdentityUnknownError, IdentityUnprovenError])
def test_a_refusal_says_what_to_do(error: Callable[[], Exception]) -> None:
    assert "sign" in str(error()).split(": ", 1)[1]
