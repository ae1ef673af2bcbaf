"""Signing in at an OpenID provider, in a real browser: who gets in, who does not, and who is out."""

import re
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from desk_cases import add_person, open_cases_of, opened, plain_matter
from oidc_provider import CLIENT_ID, OidcProvider, new_key, running_provider
from test_services import browser, running

from flows.ports import free_port
from portal.errors import SignInRefusedError
from portal.models import Role
from portal.people import add_account, disable_account, enable_account, sign_in

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

__all__ = ["browser"]  # a fixture is found by its name here

pytestmark = pytest.mark.browser
MARIE = "marie@example.sc"
BUTTON = "Sign in with your government account"
THE_DESK = "1 open case"
NOT_IN = "You are not signed in"
PLANTED = "Invented citizen has no water"


@pytest.fixture(scope="module")
def office_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a case, with marie, whom only a provider vouches for, and paul, who has a password only."""
    home = tmp_path_factory.mktemp("oidc") / "home"
    with closing(opened(home)) as store:
        now = datetime.now(UTC)
        add_account(store, "marie", Role.OFFICER, mda="PUC", password=None, email=MARIE, now=now)
        add_person(store, "paul", "PUC")
        open_cases_of(store, plain_matter(PLANTED))
    return home


@pytest.fixture(scope="module")
def _provider() -> Iterator[OidcProvider]:
    with running_provider(f"http://127.0.0.1:{free_port()}/oauth2callback") as provider:
        yield provider


@pytest.fixture(scope="module")
def address(office_home: Path, _provider: OidcProvider) -> Iterator[str]:
    """Of the dashboard that this provider knows."""
    port = _provider.registered.removesuffix("/oauth2callback").rsplit(":", 1)[1]
    with running(office_home, "dashboard", "--port", port, **_provider.settings) as addresses:
        yield addresses["dashboard"]


@pytest.fixture
def provider(_provider: OidcProvider, address: str) -> OidcProvider:
    _provider.be_honest(MARIE)
    return _provider


@pytest.fixture
def page(browser: "Browser", address: str) -> Iterator["Page"]:
    """The desk's page in a browser of somebody new; no script of it may fail."""
    context = browser.new_context(viewport={"width": 1360, "height": 900})
    opened_page = context.new_page()
    failures: list[str] = []
    opened_page.on("pageerror", lambda error: failures.append(str(error)))
    opened_page.goto(f"{address}/desk")
    yield opened_page
    context.close()
    assert failures == []


def go_in(page: "Page", sees: str = THE_DESK) -> None:
    page.get_by_role("button", name=BUTTON).click()
    page.get_by_text(sees).first.wait_for()
    settled(page)
    assert "Traceback" not in page.content()
    assert page.get_by_test_id("stException").count() == 0


def settled(page: "Page") -> None:
    page.wait_for_function("!document.querySelector('[data-testid=stStatusWidget]')")


def is_out(page: "Page") -> bool:
    """Whether the page asks who somebody is and shows nothing of the desk."""
    page.get_by_role("button", name=BUTTON).wait_for()
    settled(page)
    return page.get_by_text(THE_DESK).count() == 0 and PLANTED not in page.content()


def test_whom_the_provider_vouches_for_reaches_their_desk_and_leaves_it_for_good(
    page: "Page", provider: OidcProvider
) -> None:
    assert is_out(page)
    go_in(page)
    assert page.url.endswith("/desk")
    assert page.get_by_text("marie · ").count() == 1
    page.reload()
    page.get_by_text(THE_DESK).wait_for()  # the browser keeps who it is
    left = provider.signed_out
    page.get_by_role("button", name="Sign out").click()
    assert is_out(page)
    assert provider.signed_out == left + 1
    assert page.url.endswith("/desk")
    page.reload()
    assert is_out(page)
    for _ in range(3):
        page.go_back()
        if not page.url.startswith("http://127.0.0.1"):
            break
        assert is_out(page)


@pytest.mark.parametrize(
    ("person", "said"),
    [
        pytest.param({"email": "stranger@example.sc"}, "lets nobody in here", id="unknown"),
        pytest.param({"email_verified": False}, "nobody vouches that your e-mail address is yours", id="unverified"),
        pytest.param({"email_verified": "true"}, "nobody vouches that your e-mail address is yours", id="a mere word"),
        pytest.param({"email": None}, "nobody vouches that your e-mail address is yours", id="no address"),
        pytest.param({"aud": "another-client", "azp": CLIENT_ID}, "Your sign-in has ended", id="for another client"),
        pytest.param({"iat": int(time.time()) - 13 * 3600}, "Your sign-in has ended", id="of yesterday"),
    ],
)
def test_whom_nobody_may_let_in_reads_one_sentence_and_can_sign_out(
    page: "Page", provider: OidcProvider, person: dict[str, Any], said: str
) -> None:
    provider.changes = person
    go_in(page, said)
    assert is_out(page)
    assert page.get_by_test_id("stAlert").count() == 1
    page.get_by_role("button", name=re.compile("Sign out")).click()
    page.get_by_text(said).wait_for(state="detached")
    provider.be_honest(MARIE)
    go_in(page)


def _lie(provider: OidcProvider, about: str) -> None:
    now = int(time.time())
    lies: dict[str, dict[str, Any]] = {
        "nonce": {"nonce": "of another sign-in"},
        "audience": {"aud": "another-client"},
        "time": {"iat": now - 1000, "exp": now - 500},
        "issuer": {"iss": "https://evil.example"},
    }
    provider.changes = lies.get(about, {})
    provider.signing_key = new_key() if about == "signature" else None
    provider.is_refusing, provider.is_down = about == "consent", about == "itself"


@pytest.mark.parametrize("about", ["signature", "nonce", "audience", "time", "issuer", "consent", "itself"])
def test_a_token_that_cannot_be_believed_lets_nobody_in(page: "Page", provider: OidcProvider, about: str) -> None:
    _lie(provider, about)
    go_in(page, NOT_IN)
    assert is_out(page)
    provider.be_honest(MARIE)
    go_in(page)
    assert page.get_by_text(NOT_IN).count() == 0


def test_an_account_disabled_meanwhile_is_out_at_the_next_step(
    page: "Page", provider: OidcProvider, office_home: Path
) -> None:
    go_in(page)
    with closing(opened(office_home)) as store:
        disable_account(store, "marie", datetime.now(UTC))
    try:
        page.get_by_text("Late", exact=True).click()
        page.get_by_text("lets nobody in here").wait_for()
        assert is_out(page)
        page.reload()
        page.get_by_text("lets nobody in here").wait_for()
        assert is_out(page)
    finally:
        with closing(opened(office_home)) as store:
            enable_account(store, "marie", datetime.now(UTC))
    page.reload()
    page.get_by_text(THE_DESK).wait_for()


def test_who_signs_out_in_one_tab_is_out_in_all_and_a_copied_cookie_is_worth_nothing(
    page: "Page", provider: OidcProvider, address: str, browser: "Browser"
) -> None:
    go_in(page)
    other = page.context.new_page()
    other.goto(f"{address}/desk")
    other.get_by_text(THE_DESK).wait_for()
    thief = browser.new_context()
    thief.add_cookies(page.context.cookies())  # type: ignore[arg-type]  # what it returns it takes
    stolen = thief.new_page()
    stolen.goto(f"{address}/desk")
    stolen.get_by_text(THE_DESK).wait_for()
    page.get_by_role("button", name="Sign out").click()
    assert is_out(page)
    other.get_by_text("Late", exact=True).click()
    other.get_by_text("Your sign-in has ended").wait_for()
    assert is_out(other)
    stolen.reload()
    stolen.get_by_text("Your sign-in has ended").wait_for()
    assert is_out(stolen)
    thief.close()


def test_who_is_locked_out_by_wrong_passwords_gets_in_by_the_provider(
    page: "Page", provider: OidcProvider, office_home: Path
) -> None:
    with closing(opened(office_home)) as store:
        for _ in range(6):
            with pytest.raises(SignInRefusedError):
                sign_in(store, "marie", "an invented wrong one", datetime.now(UTC))
    go_in(page)


def test_passwords_still_open_a_desk_beside_the_provider(page: "Page", provider: OidcProvider) -> None:
    from desk_cases import PASSWORD

    page.get_by_label("Name", exact=True).fill("paul")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_text(THE_DESK).wait_for()
    page.get_by_role("button", name="Sign out").click()
    assert is_out(page)


def test_another_address_leads_to_the_one_that_the_provider_knows(
    browser: "Browser", provider: OidcProvider, address: str
) -> None:
    page = browser.new_page()
    page.goto(f"{address.replace('127.0.0.1', 'localhost')}/desk")
    link = page.get_by_role("link", name=BUTTON)
    link.wait_for()
    assert link.get_attribute("href") == f"{address}/desk"
    page.close()


def test_the_dashboards_log_and_command_line_hold_no_secret(
    page: "Page", provider: OidcProvider, office_home: Path
) -> None:
    go_in(page)
    page.get_by_role("button", name="Sign out").click()
    assert is_out(page)
    for about in ("signature", "itself", "consent"):
        _lie(provider, about)
        go_in(page, NOT_IN)
        page.goto("about:blank")
        page.goto(f"{provider.registered.removesuffix('oauth2callback')}desk")
    cookies = [str(cookie.get("value")) for cookie in page.context.cookies()]
    keys = (office_home / "secrets" / "sign-in.toml").read_text()
    secret = re.findall(r'^(?:cookie|client)_secret = "(.+)"$', keys, re.MULTILINE)
    assert len(secret) == 2
    logged = (office_home / "logs" / "dashboard.log").read_text()
    assert "OAuth token exchange failed" in logged  # what the operator is told to look for
    told = [line for file in Path("/proc").glob("[0-9]*/cmdline") for line in [_read(file)] if "streamlit" in line]
    assert any("sign-in.toml" in line for line in told)
    for word in [*provider.handed_out, *secret, *cookies]:
        assert word not in logged
        assert not any(word in line for line in told)
    assert MARIE not in logged
    assert PLANTED not in logged


def _read(file: Path) -> str:
    try:
        return file.read_text(errors="replace")
    except OSError:  # it has ended
        return ""
