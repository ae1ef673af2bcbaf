"""The official answers of an agency: which there are, and which must be looked at again."""

from datetime import timedelta

import streamlit as st

from dashboards import words
from dashboards.office import office, refusals_said
from flows.language import n, t
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
    title = (
        n(
            "Official answers: {all}, {n} to look at again", "Official answers: {all}, {n} to look at again",
            n_due, all=words.number(len(answers)),
        )
        if n_due
        else t("Official answers: {all}", all=words.number(len(answers)))
    )  # fmt: skip
    with st.expander(title):
        for answer in answers:
            with st.container(border=True, gap="xsmall"):
                st.text(answer.question)
                for lang, text in answer.texts.items():
                    st.caption(words.language(lang))
                    st.text(text)
                since, by = (words.day(office().local(at)) for at in (answer.approved_at, answer.review_by))
                if answer.review_by <= now:
                    st.caption(t("Official since {since} · look at it again now", since=since))
                else:
                    st.caption(t("Official since {since} · look at it again by {day}", since=since, day=by))
                if may_look_after(account):
                    _look_after(account.account_id, answer.answer_id)


def _look_after(account_id: int, answer_id: int) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        label = n("It holds: again in {n} month", "It holds: again in {n} months", MONTHS)
        if st.button(label, key=f"confirm {answer_id}"):
            with refusals_said():
                office().confirm(account_id, answer_id, office().now() + timedelta(days=30 * MONTHS))
                st.rerun()
        with st.popover(t("Withdraw")):
            why = st.text_input(t("Why it is withdrawn"), key=f"why withdrawn {answer_id}")
            if st.button(t("Withdraw it"), key=f"withdraw {answer_id}"):
                with refusals_said():
                    office().withdraw(account_id, answer_id, why)
                    st.rerun()
