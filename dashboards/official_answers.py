"""The official answers of an agency: which there are, and which must be looked at again."""

from datetime import timedelta

import streamlit as st

from dashboards import words
from dashboards.office import office, refusals_said
from portal.models import Account
from portal.official import may_look_after

MONTHS = 6


def show(account: Account) -> None:
    """The answers for which this person's agency stands; for a head also what can be done with each."""
    with refusals_said(stop=True):
        answers = office().official_answers(account.account_id)
    if not answers:
        return
    now = office().now()
    n_due = sum(answer.review_by <= now for answer in answers)
    with st.expander(f"Official answers: {len(answers)}{f', {n_due} to look at again' if n_due else ''}"):
        for answer in answers:
            with st.container(border=True, gap="xsmall"):
                st.text(answer.question)
                for lang, text in answer.texts.items():
                    st.caption(words.language(lang))
                    st.text(text)
                by = office().local(answer.review_by)
                due = "look at it again now" if answer.review_by <= now else f"look at it again by {by:%-d %b %Y}"
                st.caption(f"Official since {office().local(answer.approved_at):%-d %b %Y} · {due}")
                if may_look_after(account):
                    _look_after(account.account_id, answer.answer_id)


def _look_after(account_id: int, answer_id: int) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if st.button(f"It holds: again in {MONTHS} months", key=f"confirm {answer_id}"):
            with refusals_said():
                office().confirm(account_id, answer_id, office().now() + timedelta(days=30 * MONTHS))
                st.rerun()
        with st.popover("Withdraw"):
            why = st.text_input("Why it is withdrawn", key=f"why withdrawn {answer_id}")
            if st.button("Withdraw it", key=f"withdraw {answer_id}"):
                with refusals_said():
                    office().withdraw(account_id, answer_id, why)
                    st.rerun()
