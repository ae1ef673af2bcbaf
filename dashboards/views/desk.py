"""An officer's desk: sign in, what waits and until when, and one case at a time."""

import pandas as pd
import streamlit as st

from dashboards import case_page, official_answers, words
from dashboards.office import office, refusals_said, sentence, sign_out, signed_in
from flows.language import mark, n, t
from portal.inbox import PAGE, Filter, Order

ORDERS = {Order.DUE: mark("Due first"), Order.UNSURE: mark("Where the machine is least sure")}
SHOWN = {"all": mark("All"), "late": mark("Late"), "mine": mark("Mine")}


def tick(reference: str) -> None:
    """Open another case of this list: the table is drawn anew with its line ticked."""
    st.session_state["acts"] = st.session_state.get("acts", 0) + 1
    st.session_state["ticked"] = {reference: 0}
    st.rerun()


def turn_to(start: int) -> None:
    """Another page of the list."""
    st.session_state["start"], st.session_state["ticked"] = start, {}
    st.rerun()


st.title(t("My desk"), anchor=False)
account = signed_in()
now = office().now()
whose = words.agency_and_code(account.mda, office().agencies) if account.mda else words.role(account.role).capitalize()
with st.container(horizontal=True, vertical_alignment="center"):
    st.caption(f"{words.escaped(account.name)} · {words.escaped(whose)}", width="stretch")
    if st.button(t("Sign out"), type="tertiary", icon=":material/logout:"):
        sign_out()

with st.container(horizontal=True, vertical_alignment="bottom"):
    shown = (
        st.segmented_control(t("Show"), list(SHOWN), default="all", format_func=lambda what: t(SHOWN[what])) or "all"
    )
    urgency = st.selectbox(
        t("Urgency"), [None, *words.URGENCY], format_func=lambda code: words.urgency(code) if code else t("Any")
    )
    category = st.selectbox(
        t("About"), [None, *office().titles], format_func=lambda code: office().titles.get(code, t("Anything"))
    )
    order = st.selectbox(t("Order"), list(ORDERS), format_func=lambda by: t(ORDERS[by]))
asked = Filter(category=category, urgency=urgency, is_late=True if shown == "late" else None, is_mine=shown == "mine")
if st.session_state.get("asked") != (asked, order):  # another list begins at its first page, with nothing ticked
    st.session_state["asked"], st.session_state["start"], st.session_state["ticked"] = (asked, order), 0, {}
start = st.session_state["start"]
with refusals_said(stop=True):
    page = office().inbox(account.account_id, asked, order, start)
if start and not page.lines:
    turn_to(max(0, start - PAGE))
if page.n_late:
    late = words.number(page.n_late)
    st.markdown(
        n("**{n} open case**, **{late} late**.", "**{n} open cases**, **{late} late**.", page.n_open, late=late)
    )
else:
    st.markdown(n("**{n} open case**, none late.", "**{n} open cases**, none late.", page.n_open))
for why in st.session_state.pop("refused", ()):
    st.error(why, icon=":material/block:")
# What was ticked, with the version that was looked at then: 0 stands for the one that is there now.
ticked: dict[str, int] = st.session_state["ticked"]
listed = [line.reference for line in page.lines]
for reference, version in ticked.items():
    if version and reference not in listed:
        st.warning(
            t(
                "Case {reference} is not in this list any more: someone closed it, changed it or handed it on.",
                reference=reference,
            )
        )
if not page.lines:
    st.session_state["ticked"] = {}
    official_answers.show(account)
    st.info(t("Nothing waits here. Choose other filters, or come back after the next run."), icon=":material/task_alt:")
    st.stop()
if page.n_open > PAGE:
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button(t("Earlier"), disabled=start == 0, icon=":material/chevron_left:"):
            turn_to(max(0, start - PAGE))
        first, last = words.number(start + 1), words.number(start + len(page.lines))
        st.caption(t("Cases {first} to {last}", first=first, last=last), width="content")
        if st.button(t("Later"), disabled=start + PAGE >= page.n_open, icon=":material/chevron_right:"):
            turn_to(start + PAGE)

table = pd.DataFrame(
    {
        "due": words.due(office().local(line.answer_by), now, is_late=line.is_late),
        "urgency": words.urgency(line.urgency),
        "about": office().titles.get(line.category, line.category),
        "text": words.shortened(line.text or t(words.ERASED)),
        "n_posts": line.n_posts,
        "state": words.case_state(line.state),
        "reference": line.reference,
    }
    for line in page.lines
)
picked = st.dataframe(
    table.style.map(words.urgency_styles().get, subset=["urgency"]),
    key=f"inbox {st.session_state.get('acts', 0)} {' '.join(listed)}",  # a tick is of a case, not of a row
    hide_index=True,
    on_select="rerun",
    selection_mode="multi-row",
    selection_default={"selection": {"rows": [row for row, name in enumerate(listed) if name in ticked]}},
    row_height=words.THREE_LINES,
    column_config={
        "due": st.column_config.TextColumn(t("Answer by"), width=130),
        "urgency": st.column_config.TextColumn(t("Urgency"), width=90),
        "about": st.column_config.TextColumn(t("About"), width=150),
        "text": st.column_config.TextColumn(t("What was said first"), width=420),
        "n_posts": st.column_config.NumberColumn(t("Posts"), width=60),
        "state": st.column_config.TextColumn(t("State"), width=110),
        "reference": st.column_config.TextColumn(t("Case"), width=110),
    },
)
lines = [page.lines[row] for row in picked.selection.rows]
ticked = {line.reference: ticked.get(line.reference) or line.version for line in lines}
st.session_state["ticked"] = ticked
if not ticked:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(t("Tick a line to open the case; tick several to accept them together."), width="content")
        if st.button(t("Open the first"), type="tertiary", shortcut="n"):
            tick(listed[0])
    official_answers.show(account)
elif len(ticked) > 1:
    label = n("Accept this {n} case as suggested", "Accept these {n} cases as suggested", len(ticked))
    if st.button(label, type="primary", icon=":material/done_all:"):
        with refusals_said():
            refused = office().desk(account.account_id).accept_all(ticked)
            st.session_state["refused"] = [sentence(words.in_words(why)) for why in refused.values()]
            case_page.acted(n("{n} case accepted.", "{n} cases accepted.", len(ticked) - len(refused)))
else:
    ((reference, version),) = ticked.items()
    row = listed.index(reference)
    with st.container(horizontal=True):
        if st.button(t("Previous"), type="tertiary", icon=":material/arrow_upward:", shortcut="p", disabled=row == 0):
            tick(listed[row - 1])
        if st.button(
            t("Next"), type="tertiary", icon=":material/arrow_downward:", shortcut="n", disabled=row == len(listed) - 1
        ):
            tick(listed[row + 1])
    case_page.show(account, reference, version)
