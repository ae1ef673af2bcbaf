"""Routed issues: what each agency has to answer, as the pipeline suggests it."""

import json

import streamlit as st

from dashboards import take_up, words
from dashboards.data import names, note_on_citizens_words, open_page, read
from dashboards.take_away import show_table
from flows.language import mark, t

ALL = "all"
PAGE = 50  # as many as queries/issues.sql gives
HIDDEN = mark("Confidential: only the responsible officer sees the text.")

snapshot = open_page(t("Routed issues"), t("One line a matter, the most urgent first; where it goes is a suggestion"))
categories, districts, agencies = (names(snapshot, kind) for kind in ("category", "district", "agency"))
by_agency = read(snapshot, "issue_agencies").set_index("mda")
counts = by_agency["n_matters"]


def said(mda: str) -> str:
    if mda == ALL:
        return t("All agencies")
    return t(
        "{agency}: {matters}", agency=words.agency_and_code(mda, agencies), matters=words.matters(int(counts[mda]))
    )


def turn_to(start: int) -> None:
    """Another page of the list."""
    st.session_state["issues from"] = start


chosen = st.selectbox(t("Agency"), [ALL, *counts.index], key="agency", format_func=said)
shown = by_agency if chosen == ALL else by_agency.loc[[chosen]]
n_matters, n_auto, n_confidential = (int(n) for n in shown.sum()[["n_matters", "n_auto", "n_confidential"]])
st.markdown(words.routing(n_matters, n_auto, n_confidential))
note_on_citizens_words()
if st.session_state.get("issues of") != (snapshot.version, chosen):  # another list begins at its first page
    st.session_state["issues of"], st.session_state["issues from"] = (snapshot.version, chosen), 0
start = st.session_state["issues from"]
issues = read(snapshot, "issues", mda="" if chosen == ALL else chosen, start=start)
if n_matters > PAGE:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            t("Earlier"), disabled=start == 0, icon=":material/chevron_left:", on_click=turn_to, args=(start - PAGE,)
        )
        span = {"first": words.number(start + 1), "last": words.number(start + len(issues))}
        st.caption(t("{first} to {last} of {all}", all=words.number(n_matters), **span), width="content")
        st.button(
            t("Later"), disabled=start + PAGE >= n_matters, icon=":material/chevron_right:",
            on_click=turn_to, args=(start + PAGE,),
        )  # fmt: skip
lines = issues.assign(
    text=issues["text"]
    .fillna(issues["is_confidential"].map({True: t(HIDDEN), False: t(words.ERASED)}))
    .map(words.shortened),
    confidence=issues["confidence"].map(words.hundredths),
    urgency=issues["urgency"].map(words.urgency),
    mda=issues["mda"].map(lambda code: words.agency(code, agencies)),
)[["urgency", "mda", "text", "n_posts", "last_at", "confidence"]]
picked = show_table(
    lines.style.map(words.urgency_styles().get, subset=["urgency"]),
    t("Routed issues") if chosen == ALL else t("Routed issues: {agency}", agency=words.agency(chosen, agencies)),
    snapshot,
    file="issues" if chosen == ALL else f"issues {chosen}",
    has_words=True,
    key=f"issues {snapshot.version} {chosen} {start}",  # a line ticked in one table says nothing in the next
    hide_index=True,
    on_select="rerun",
    selection_mode="single-row",
    row_height=words.THREE_LINES,
    column_config={
        "urgency": st.column_config.TextColumn(t("Urgency"), width=90),
        "mda": st.column_config.TextColumn(t("Agency"), width=150),
        "text": st.column_config.TextColumn(t("What was said first"), width=420),
        "n_posts": st.column_config.NumberColumn(t("Posts"), width=60),
        "last_at": st.column_config.DatetimeColumn(
            t("Last said"), format="DD/MM/YYYY", width=105, help=t("Of a confidential matter the Monday of the week.")
        ),
        "confidence": st.column_config.ProgressColumn(
            t("Confidence"), min_value=0, max_value=100, format="%d %%", width=130, help=t("How sure the machine is.")
        ),
    },
)
rows = picked.selection.rows
if not rows:
    st.caption(t("Tick a line to see the whole text and why it goes there."))
    st.stop()
issue = issues.iloc[rows[0]]
st.subheader(t("What was said, and why it goes there"), anchor=False)
left, right = st.columns([3, 2], gap="large")
left.container(border=True).text(issue["text"] or t(HIDDEN if issue["is_confidential"] else words.ERASED))
when = words.dates(issue["first_at"], issue["last_at"])
if issue["is_confidential"]:
    is_one_week = issue["first_at"] == issue["last_at"]
    when = t("in the week of {dates}", dates=when) if is_one_week else t("in the weeks of {dates}", dates=when)
place = [words.escaped(districts.get(issue["district"], issue["district"]))] if issue["district"] else []
voices = words.voices(*(int(issue[name]) for name in ("n_posts", "n_voices", "n_without_author")))
left.caption(" · ".join([voices, when, *place, words.route(issue["route"])]))
for reason in issue["reasons"] if issue["reasons"] is not None else ():
    left.text(f"• {words.reason(reason)}")
for candidate in json.loads(issue["candidates"] or "[]"):
    title = words.escaped(categories.get(candidate["category"], candidate["category"]))
    agency = words.escaped(words.agency(candidate["mda"], agencies))
    right.progress(candidate["probability"], f"**{title}**, {agency}: {words.percent(candidate['probability'])}")
if issue["case_reference"]:
    left.caption(t("It is case {reference}.", reference=issue["case_reference"]))
elif not issue["is_formal"] and not issue["is_confidential"]:
    take_up.offer(snapshot, issue)
