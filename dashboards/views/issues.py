"""Routed issues: what each agency has to answer, as the pipeline suggests it."""

import json

import streamlit as st

from dashboards import words
from dashboards.data import names, open_page, read

ALL = "All agencies"
HIDDEN = "Confidential: only the responsible officer sees the text."

snapshot = open_page("Routed issues", "One line a matter, the most urgent first; where it goes is a suggestion")
categories, districts, agencies = (names(snapshot, kind) for kind in ("category", "district", "agency"))
by_agency = read(snapshot, "issue_agencies")
counts = dict(zip(by_agency["mda"], by_agency["n_matters"].astype(int), strict=True))


def said(mda: str) -> str:
    return mda if mda == ALL else f"{agencies.get(mda, words.NO_AGENCY)} ({words.count(counts[mda], 'matter')})"


chosen = st.selectbox("Agency", [ALL, *counts], key="agency", format_func=said)
issues = read(snapshot, "issues", mda="" if chosen == ALL else chosen)
total = sum(counts.values()) if chosen == ALL else counts[chosen]
waiting = int((issues["route"] == "review").sum())
first = f"The first {len(issues):,} of {total:,} matters" if len(issues) < total else words.count(total, "matter")
st.markdown(f"**{first}**; for **{waiting:,}** of them a person must confirm the agency.")
picked = st.dataframe(
    issues.assign(
        text=issues["text"].fillna(HIDDEN),
        confidence=issues["confidence"] * 100,
        urgency=issues["urgency"].map(words.URGENCY),
        mda=issues["mda"].map(words.agency),
        category=issues["category"].map(categories),
        district=issues["district"].map(districts).fillna("not said"),
    ),
    key=f"issues {snapshot.version} {chosen}",  # a line ticked in one table says nothing in the next
    hide_index=True,
    on_select="rerun",
    selection_mode="single-row",
    column_order=["urgency", "text", "mda", "confidence", "n_posts", "last_at", "category", "district"],
    column_config={
        "urgency": st.column_config.TextColumn("Urgency", width=110),
        "text": st.column_config.TextColumn("What was said first", width=380),
        "mda": st.column_config.TextColumn("Agency", width=90),
        "category": "Category",
        "confidence": st.column_config.ProgressColumn("Sure", min_value=0, max_value=100, format="%d %%", width=110),
        "n_posts": st.column_config.NumberColumn("Posts", width=60),
        "district": "District",
        "last_at": st.column_config.DatetimeColumn(
            "Last said", format="D MMM, HH:mm", width=110, help="Of a confidential matter the Monday of the week."
        ),
    },
)
rows = picked.selection.rows
if not rows:
    st.caption("Tick a line to see the whole text and why it goes there.")
    st.stop()
issue = issues.iloc[rows[0]]
st.subheader("What was said, and why it goes there")
left, right = st.columns([3, 2], gap="large")
left.container(border=True).text(issue["text"] or HIDDEN)
weeks_of = "weeks of " if issue["is_confidential"] else ""
left.caption(
    f"{words.count(int(issue['n_posts']), 'post')} by {words.count(int(issue['n_voices']), 'voice')} · "
    f"{weeks_of}{issue['first_at']:%-d %b} to {issue['last_at']:%-d %b %Y} · {words.ROUTES[issue['route']]}"
)
for reason in issue["reasons"] if issue["reasons"] is not None else ():
    left.text(f"• {reason}")
for candidate in json.loads(issue["candidates"] or "[]"):
    title = words.escaped(categories.get(candidate["category"], candidate["category"]))
    agency = words.escaped(agencies.get(candidate["mda"], words.NO_AGENCY))
    right.progress(candidate["probability"], f"**{title}**, {agency}: {candidate['probability']:.0%}")
