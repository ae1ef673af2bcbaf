"""For a citizen with a receipt: how the case stands, what was answered, and what can be said to it."""

import streamlit as st

from dashboards import words
from dashboards.office import office, refusals_said
from portal.citizens import Standing
from portal.models import CaseState, Level, ReplyKind

STANDS = {
    CaseState.RECEIVED: "It was received, and waits for an officer.",
    CaseState.ACKNOWLEDGED: "The agency has seen it.",
    CaseState.ROUTED: "The agency has accepted it.",
    CaseState.IN_PROGRESS: "The agency works on it.",
    CaseState.ON_HOLD: "The agency asked you something: its time stands still until you answer.",
    CaseState.ESCALATED: "It was not answered in time, or is difficult: it was handed to a higher level.",
    CaseState.RESOLVED: "It was resolved.",
    CaseState.UPHELD: "It was looked into: you were right.",
    CaseState.PARTLY_UPHELD: "It was looked into: you were right in part.",
    CaseState.NOT_UPHELD: "It was looked into, and the agency does not agree.",
    CaseState.DUPLICATE: "It repeats another case, which is answered for both.",
    CaseState.OUT_OF_SCOPE: "It was closed: no agency here can answer it.",
    CaseState.WITHDRAWN: "It was taken back.",
}
WITH = {Level.OVERSIGHT: "the oversight body", Level.OMBUDSMAN: "the Ombudsman"}

st.title("My case", anchor=False)
st.caption("With the receipt that you were given you see how your case stands. Nobody is asked who they are.")
with st.form("which receipt", width=420):
    typed = st.text_input("Receipt", placeholder="S-…", autocomplete="off")
    if st.form_submit_button("Look", type="primary"):
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
    st.caption(f"Received on {office().local(stands.received_at):%-d %B %Y}")
    if what := st.session_state.pop("said", None):
        st.success(what, icon=":material/check_circle:")
    if stands.is_erased:
        st.info("What you wrote was erased. Only that there was something is still counted.", icon=":material/delete:")
        return
    show_state(stands)
    for reply in stands.said:
        with st.container(border=True, gap="xsmall"):
            what = "The agency asks" if reply.kind is ReplyKind.QUESTION else "The agency answered"
            st.markdown(f"**{what}** · {office().local(reply.written_at):%-d %b %Y} · {words.language(reply.lang)}")
            st.text(reply.text)
    if stands.n_added:
        st.caption(f"You added to it {words.count(stands.n_added, 'time')}.")
    if stands.may_add:
        offer_to_add(stands.receipt)
    if stands.may_appeal:
        offer_to_appeal(stands.receipt)
    offer_proof(stands.receipt)


def show_state(stands: Standing) -> None:
    if stands.state is None:
        st.info("It was received. Within the hour an agency gets it.", icon=":material/hourglass_empty:")
        return
    who = WITH.get(stands.level) or words.agency(stands.mda, office().agencies)
    st.markdown(f"**{STANDS[stands.state]}**")
    st.markdown(f"It is with: {words.escaped(who)}")
    if stands.answer_by:
        st.markdown(f"You are owed an answer by **{office().local(stands.answer_by):%-d %B %Y}**.")
    if stands.closed_at:
        st.caption(f"Closed on {office().local(stands.closed_at):%-d %B %Y}")


def offer_to_add(receipt: str) -> None:
    with st.form("add", clear_on_submit=True):
        more = st.text_area("Answer, or add what is missing")
        if st.form_submit_button("Send it"):
            with refusals_said():
                office().add(receipt, more)
                said("It was added. The agency sees it within the hour.")


def offer_to_appeal(receipt: str) -> None:
    with st.expander("The answer is not right"):
        st.caption("Another officer looks at your case; after that, the Ombudsman.")
        with st.form("appeal"):
            why = st.text_area("What is not right")
            if st.form_submit_button("Appeal"):
                with refusals_said():
                    office().appeal(receipt, why)
                    said("Your appeal was received. Somebody who did not decide before looks at it.")


def offer_proof(receipt: str) -> None:
    with st.expander("Proof that it was received"):
        st.caption("Keep it: with the published key anybody can check that your submission stands in the signed log.")
        if st.button("Make the proof"):
            with refusals_said():
                st.download_button("Take it", office().proof(receipt), f"{receipt}.json", "application/json")


show(stands)
