"""What a person sees when a page fails: one plain sentence. What failed is kept where raw text may lie."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from dashboards import words
from flows.failures import explain
from flows.language import t
from portal.errors import PortalError

LOG = logging.getLogger("lavwa.dashboard")


@contextmanager
def one_sentence() -> Iterator[None]:
    """Show and log a failure of the page as one sentence that quotes no post, and end the page."""
    try:
        yield
    except Exception as error:  # the last stand before the visitor's eyes
        said = explain(error)
        LOG.error("a page could not be shown: %s", said)  # noqa: TRY400 - a traceback may quote a post
        why = words.in_words(error) if isinstance(error, PortalError) else said
        st.error(t("This page cannot be shown now: {why}.", why=words.escaped(why)), icon=":material/error:")
