"""Routed issues: what each agency has to answer, as the pipeline suggests it."""

import json

import streamlit as st

from dashboards import words
from dashboards.data import open_page, read

ALL = "All agencies"

snapshot = open_page("Routed issues", "One line a matter, the most urgent first; where it goes is a suggestion")
agencies = read(snapshot, "issue_agencies")
counts = dict(zip(agencies["mda"], agencies["n_matters"], strict=True))
chosen = st.selectbox(
    "Agency", [ALL, *counts], key="agency",
    format_func=lambda mda: mda if mda == ALL else f"{words.agency(mda)} ({words.count(int(counts[mda]), 'matter')})",
)  # fmt: skip
issues = read(snapshot, "issues", mda="" if chosen == ALL else chosen)
n_waiting = int((issues["route"] == "review").sum())
st.markdown(
    f"**{words.count(len(issues), 'matter')}** shown, {n_waiting:,} of them wait for a person to confirm the agency."
)
hidden = "Confidential: only the responsible officer sees the text."
shown = issues.assign(
    text=issues["text"].fillna(hidden),
    urgency=issues["urgency"].map(words.URGENCY),
    mda=issues["mda"].map(words.agency),
    category=issues["category"].map(words.category),
    route=issues["route"].map(words.ROUTES),
)
picked = st.dataframe(
    shown,
    key="issues",
    hide_index=True,
    on_select="rerun",
    selection_mode="single-row",
    column_order=[
        "urgency",
        "text",
        "mda",
        "category",
        "route",
        "confidence",
        "n_posts",
        "n_voices",
        "district",
        "last_at",
    ],
    column_config={
        "urgency": st.column_config.TextColumn("Urgency", width="small"),
        "text": st.column_config.TextColumn("What was said first", width="large"),
        "mda": "Agency",
        "category": "Category",
        "route": "Routing",
        "confidence": st.column_config.ProgressColumn("Sure", min_value=0, max_value=1, format="percent"),
        "n_posts": st.column_config.NumberColumn("Posts"),
        "n_voices": st.column_config.NumberColumn("Voices"),
        "district": "District",
        "last_at": st.column_config.DatetimeColumn("Last said", format="D MMM, HH:mm"),
    },
)
rows = picked.selection.rows
if not rows:
    st.caption("Tick a line to see why it goes there.")
    st.stop()
issue = issues.iloc[rows[0]]
st.subheader("Why it goes there")
st.info(issue["text"] or hidden)
if issue["candidates"]:
    for candidate in json.loads(issue["candidates"]):
        agency = words.agency(candidate["mda"])
        st.progress(
            candidate["probability"],
            f"{agency}, {words.category(candidate['category'])}: {candidate['probability']:.0%}",
        )
for reason in issue["reasons"] if issue["reasons"] is not None else []:
    st.markdown(f"- {reason}")
