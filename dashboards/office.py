"""The office that officers' pages work with, and who is signed in."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from dashboards import words
from flows.office import Office, open_office
from portal.errors import NotAllowedError, PortalError
from portal.models import Account


@st.cache_resource(show_spinner=False, on_release=lambda opened: opened.store.close())
def office() -> Office:
    """Opened once a process."""
    return open_office()


def signed_in() -> Account:
    """Who is signed in; where nobody is, the page becomes the form to sign in and ends."""
    if "account" not in st.session_state:
        _ask_who()
        st.stop()
    with refusals_said(stop=True):
        try:
            return office().desk(st.session_state["account"]).account()
        except NotAllowedError:
            st.session_state.clear()  # somebody else may sign in
            raise


def who_is_signed_in() -> Account | None:
    """Who is signed in, for a page that is for everybody; None where nobody is."""
    if "account" not in st.session_state:
        return None
    try:
        return office().desk(st.session_state["account"]).account()
    except NotAllowedError:
        return None


def _ask_who() -> None:
    st.caption("For officers, heads of agencies, analysts and the oversight. Accounts are made by the operator.")
    with st.form("sign in", width=420):
        name = st.text_input("Name", autocomplete="username")
        password = st.text_input("Password", type="password", autocomplete="current-password")
        if st.form_submit_button("Sign in", type="primary"):
            with refusals_said():
                st.session_state["account"] = office().sign_in(name, password).account_id
                st.rerun()


@contextmanager
def refusals_said(*, stop: bool = False) -> Iterator[None]:
    """Say what the portal refuses as one sentence; what was typed stays. With `stop` the page ends there."""
    try:
        yield
    except PortalError as error:
        st.error(sentence(str(error)), icon=":material/block:")
        if stop:
            st.stop()


def sentence(why: str) -> str:
    """What the portal says, as Markdown that begins with a capital and ends with a full stop."""
    said = words.escaped(why)
    return f"{said[:1].upper()}{said[1:]}."
