"""For a citizen with a receipt: how the case stands, what was answered, and what can be said to it."""

import streamlit as st

from dashboards import words
from dashboards.office import office, refusals_said
from flows.language import mark, n, t
from portal.citizens import Standing
from portal.models import CaseState, Level, ReplyKind

STANDS = {
    CaseState.RECEIVED: mark("It was received, and waits for an officer."),
    CaseState.ACKNOWLEDGED: mark("The agency has seen it."),
    CaseState.ROUTED: mark("The agency has accepted it."),
    CaseState.IN_PROGRESS: mark("The agency works on it."),
    CaseState.ON_HOLD: mark("The agency asked you something: its time stands still until you answer."),
    CaseState.ESCALATED: mark("It was not answered in time, or is difficult: it was handed to a higher level."),
    CaseState.RESOLVED: mark("It was resolved."),
    CaseState.UPHELD: mark("It was looked into: you were right."),
    CaseState.PARTLY_UPHELD: mark("It was looked into: you were right in part."),
    CaseState.NOT_UPHELD: mark("It was looked into, and the agency does not agree."),
    CaseState.DUPLICATE: mark("It repeats another case, which is answered for both."),
    CaseState.OUT_OF_SCOPE: mark("It was closed: no agency here can answer it."),
    CaseState.WITHDRAWN: mark("It was taken back."),
}
WITH = {Level.OVERSIGHT: mark("the oversight body"), Level.OMBUDSMAN: mark("the Ombudsman")}

st.title(t("My case"), anchor=False)
st.caption(t("With the receipt that you were given you see how your case stands. Nobody is asked who they are."))
with st.form("which receipt", width=420):
    typed = st.text_input(t("Receipt"), placeholder="S-…", autocomplete="off")
    if st.form_submit_button(t("Look"), type="primary"):
        st.session_state["looked up"] = typed
if not st.session_state.get("looked up"):
    st.stop()
with refusals_said(stop=True):
    stands = office().standing(st.session_state["looked up"])


def said(what: str) -> None:
    """Show the case anew, with a word on what was done."""
    st.session_state["said"] = what
    st.rerun()


def show(stands: Standing) -> None:
    st.subheader(stands.receipt, anchor=False)
    st.caption(t("Received on {day}", day=words.long_day(office().local(stands.received_at))))
    if what := st.session_state.pop("said", None):
        st.success(what, icon=":material/check_circle:")
    if stands.is_erased:
        st.info(
            t("What you wrote was erased. Only that there was something is still counted."), icon=":material/delete:"
        )
        return
    show_state(stands)
    for reply in stands.said:
        with st.container(border=True, gap="xsmall"):
            what = t("The agency asks") if reply.kind is ReplyKind.QUESTION else t("The agency answered")
            written = words.day(office().local(reply.written_at))
            st.markdown(f"**{what}** · {written} · {words.language(reply.lang)}")
            st.text(reply.text)
    if stands.n_added:
        st.caption(n("You added to it {n} time.", "You added to it {n} times.", stands.n_added))
    if stands.may_add:
        offer_to_add(stands.receipt)
    if stands.may_appeal:
        offer_to_appeal(stands.receipt)
    offer_proof(stands.receipt)


def show_state(stands: Standing) -> None:
    if stands.state is None:
        st.info(t("It was received. Within the hour an agency gets it."), icon=":material/hourglass_empty:")
        return
    who = t(WITH[stands.level]) if stands.level in WITH else words.agency(stands.mda, office().agencies)
    st.markdown(f"**{t(STANDS[stands.state])}**")
    st.markdown(t("It is with: {who}", who=words.escaped(who)))
    if stands.answer_by:
        st.markdown(t("You are owed an answer by **{day}**.", day=words.long_day(office().local(stands.answer_by))))
    if stands.closed_at:
        st.caption(t("Closed on {day}", day=words.long_day(office().local(stands.closed_at))))


def offer_to_add(receipt: str) -> None:
    with st.form("add", clear_on_submit=True):
        more = st.text_area(t("Answer, or add what is missing"))
        if st.form_submit_button(t("Send it")):
            with refusals_said():
                office().add(receipt, more)
                said(t("It was added. The agency sees it within the hour."))


def offer_to_appeal(receipt: str) -> None:
    with st.expander(t("The answer is not right")):
        st.caption(t("Another officer looks at your case; after that, the Ombudsman."))
        with st.form("appeal"):
            why = st.text_area(t("What is not right"))
            if st.form_submit_button(t("Appeal")):
                with refusals_said():
                    office().appeal(receipt, why)
                    said(t("Your appeal was received. Somebody who did not decide before looks at it."))


def offer_proof(receipt: str) -> None:
    with st.expander(t("Proof that it was received")):
        st.caption(
            t("Keep it: with the published key anybody can check that your submission stands in the signed log.")
        )
        if st.button(t("Make the proof")):
            with refusals_said():
                st.download_button(t("Take it"), office().proof(receipt), f"{receipt}.json", "application/json")


show(stands)
