"""The weekly brief of an agency, to print."""

from datetime import date, timedelta
from functools import partial

import streamlit as st

from dashboards import words
from dashboards.take_away import offer_pdf
from flows.brief import last_whole_week, week_code, weekly_brief
from flows.language import t
from warehouse.readers import Snapshot

MOST_WEEKS = 12


def offer_brief(snapshot: Snapshot, mda: str) -> None:
    """The week, at first the last whole one, and a button that makes the PDF in the language of the page."""
    last = last_whole_week(snapshot)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        week = st.selectbox(
            t("Week of the brief"), [last - timedelta(weeks=back) for back in range(-1, MOST_WEEKS)], index=1,
            format_func=_told, key=f"week of {mda}", width=280,
        )  # fmt: skip
        offer_pdf(
            t("Weekly brief (PDF)"), f"brief {mda} {week_code(week)}", snapshot,
            partial(weekly_brief, snapshot, mda, week), has_words=True,
        )  # fmt: skip


def _told(monday: date) -> str:
    """`16 to 22 November 2026`."""
    return words.dates(monday, monday + timedelta(days=6))
