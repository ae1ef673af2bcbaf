"""The office that officers' pages work with, and who is signed in."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NoReturn
from urllib.parse import urlsplit

import streamlit as st

from dashboards import words
from dashboards.coming_back import DESK, FAILED
from flows.language import t
from flows.office import Office, open_office
from flows.settings import SignInSettings, load_settings
from portal.errors import IdentityRefusedError, NotAllowedError, PortalError
from portal.models import Account


@st.cache_resource(show_spinner=False, on_release=lambda opened: opened.store.close())
def office() -> Office:
    """Opened once a process."""
    return open_office()


def signed_in() -> Account:
    """Who is signed in; where nobody is, the page becomes the form to sign in and ends."""
    return _by_password() or _by_provider() or _ask_who()


def _by_password() -> Account | None:
    if "account" not in st.session_state:
        return None
    with refusals_said(stop=True):
        try:
            return office().desk(st.session_state["account"]).account()
        except NotAllowedError:
            st.session_state.clear()  # somebody else may sign in
            raise
    return None


def who_is_signed_in() -> Account | None:
    """Who is signed in, for a page that is for everybody; None where nobody is."""
    try:
        if "account" in st.session_state:
            return office().desk(st.session_state["account"]).account()
        identity = _identity()
        return office().vouched_for(identity) if identity else None
    except (NotAllowedError, IdentityRefusedError):
        return None


def _by_provider() -> Account | None:
    """The account is looked up anew each time: the browser keeps for 30 days whom the provider vouched for."""
    identity = _identity()
    if not identity:
        return None
    with refusals_said(stop=True):
        try:
            return office().vouched_for(identity)
        except IdentityRefusedError as error:
            st.error(sentence(words.in_words(error)), icon=":material/block:")
    if st.button(t("Sign out {email}", email=words.escaped(identity.get("email") or "")), icon=":material/logout:"):
        sign_out()
    return None


def sign_out() -> None:
    """Of this page and, where the provider vouched, of that as well; ends the page's run."""
    identity = _identity()
    st.session_state.clear()
    if identity:
        office().sign_out(identity)
        st.logout()
        st.stop()  # the browser goes to the provider; until then it shows no desk
    st.rerun()


def _identity() -> Mapping[str, Any]:
    """What the provider said of whoever sits at this browser: claims of an ID token; none where nobody signed in."""
    if office().provider is None:
        return {}
    return st.user.to_dict() if st.user.get("is_logged_in") else {}


def _ask_who() -> NoReturn:
    st.caption(t("For officers, heads of agencies, analysts and the oversight. Accounts are made by the operator."))
    provider = load_settings().sign_in
    if provider:
        _offer_provider(provider)
    with st.form("sign in", width=420):
        name = st.text_input(t("Name"), autocomplete="username")
        password = st.text_input(t("Password"), type="password", autocomplete="current-password")
        if st.form_submit_button(t("Sign in"), type="secondary" if provider else "primary"):
            with refusals_said():
                st.session_state["account"] = office().sign_in(name, password).account_id
                st.query_params.clear()
                st.rerun()
    st.stop()


def _offer_provider(provider: SignInSettings) -> None:
    """A button; under another address than the one that the provider knows, a link to that one."""
    if FAILED in st.query_params:
        st.error(
            t(
                "You are not signed in: the sign-in did not go through. Try again; if it fails again, tell your "
                "operator, who finds the reason in the dashboard's log."
            ),
            icon=":material/block:",
        )
    label, here = words.escaped(provider.label), urlsplit(st.context.url or provider.public_url)
    if f"{here.scheme}://{here.netloc}" != provider.public_url:
        st.link_button(label, f"{provider.public_url}{DESK}", type="primary", icon=":material/badge:")
    elif st.button(label, type="primary", icon=":material/badge:"):
        st.login()


@contextmanager
def refusals_said(*, stop: bool = False) -> Iterator[None]:
    """Say what the portal refuses as one sentence; what was typed stays. With `stop` the page ends there."""
    try:
        yield
    except PortalError as error:
        st.error(sentence(words.in_words(error)), icon=":material/block:")
        if stop:
            st.stop()


def sentence(why: str) -> str:
    """What the portal says, as Markdown that begins with a capital and ends with a full stop."""
    said = words.escaped(why)
    return f"{said[:1].upper()}{said[1:]}."
