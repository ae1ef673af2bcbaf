"""The visitor's language: the one chosen on the page, named in its address, or asked for by the browser."""

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from flows.language import t
from flows.spoken import LANGUAGES, SOURCE, follow, spoken

CHOSEN, IN_ADDRESS = "language", "lang"


def language() -> str:
    """A code of `LANGUAGES`; English where nobody is asked, as in a test of a function."""
    if get_script_run_ctx(suppress_warning=True) is None:
        return SOURCE
    wanted = (
        st.session_state.get(CHOSEN),
        st.query_params.get(IN_ADDRESS),
        (st.context.locale or "").split("-")[0].lower(),
    )
    return next((code for code in wanted if code in LANGUAGES), SOURCE)


def choose_language() -> None:
    """Draw the choice, and tell the browser which language the page is in: voices that read aloud need it."""
    if CHOSEN not in st.session_state:
        st.session_state[CHOSEN] = language()
    st.selectbox(
        t("Language"), list(LANGUAGES), format_func=LANGUAGES.__getitem__, key=CHOSEN, label_visibility="collapsed",
        width=150,
    )  # fmt: skip
    st.html(
        f"<script>document.documentElement.lang = {spoken()!r}</script>", unsafe_allow_javascript=True, width="content"
    )


follow(language)
