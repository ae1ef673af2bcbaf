"""Questions that people ask again and again, and what an agency officially answers."""

import json

import pandas as pd
import streamlit as st

from dashboards import words
from dashboards.data import names, note_on_citizens_words, open_page, read
from dashboards.take_away import offer_table
from flows.language import n, t

ALL = "all"
AT_ONCE = 10
OFTEN = 5  # times since its answer, from which on the answer must be doubted


def trend(last: int, previous: int) -> str:
    """How often a question came in the last four weeks, and whether that is more or less than before."""
    if last > previous:
        return n(
            "↗ {n} time in four weeks, after {before}",
            "↗ {n} times in four weeks, after {before}",
            last,
            before=previous,
        )
    if last < previous:
        return n(
            "↘ {n} time in four weeks, after {before}",
            "↘ {n} times in four weeks, after {before}",
            last,
            before=previous,
        )
    return n("→ {n} time in four weeks, as before", "→ {n} times in four weeks, as before", last)


snapshot = open_page(t("Questions"), t("The same question asked in any words or language, most asked first"))
by_agency = read(snapshot, "faq_agencies").set_index("mda")
if by_agency.empty:
    st.info(t("No question has been asked twice yet, and no answer was made official."), icon=":material/potted_plant:")
    st.stop()

agencies = names(snapshot, "agency")
n_questions, n_asked, n_answered = (int(by_agency[name].sum()) for name in ("n_questions", "n_asked", "n_answered"))
came = n(
    "**{n} question** came **{times}** times.", "**{n} questions** came **{times}** times.",
    n_questions, times=words.number(n_asked),
)  # fmt: skip
st.markdown(f"{came} {n('**{n}** has an official answer.', '**{n}** have an official answer.', n_answered)}")
note_on_citizens_words()
chosen = st.selectbox(
    t("Agency"),
    [ALL, *sorted(by_agency.index, key=lambda code: words.agency(code, agencies))],
    key="agency",
    format_func=lambda code: t("All agencies") if code == ALL else words.agency_and_code(code, agencies),
)
is_unanswered_first = st.toggle(t("Unanswered first"), value=True, key="unanswered first")
mda = "" if chosen == ALL else chosen


def all_questions() -> pd.DataFrame:
    """Every question of the agency, as a table for whoever takes it away."""
    faqs = snapshot.read("faq_page", mda=mda, is_unanswered_first=is_unanswered_first, n=n_questions)
    return pd.DataFrame(
        {
            t("Question"): faqs["question"],
            t("Times asked"): faqs["n_asked"],
            t("Agency"): faqs["mda"].map(lambda code: words.agency(code, agencies)),
            t("Languages"): faqs["langs"].map(lambda langs: ", ".join(map(words.language, langs))),
            t("In the last four weeks"): faqs["n_last_28_days"],
            t("In the four weeks before"): faqs["n_previous_28_days"],
            t("First asked"): faqs["first_at"],
            t("Last asked"): faqs["last_at"],
            t("Answer official since"): faqs["approved_at"],
        }
    )


offer_table(
    all_questions, t("Questions that were asked again and again"), snapshot,
    n_rows=n_questions if chosen == ALL else int(by_agency.at[chosen, "n_questions"]),
    file="questions" if chosen == ALL else f"questions {chosen}", has_words=True,
)  # fmt: skip
wanted = f"wanted {chosen}"
n_shown = st.session_state.get(wanted, AT_ONCE)
faqs = read(snapshot, "faq_page", mda=mda, is_unanswered_first=is_unanswered_first, n=n_shown)
for _, faq in faqs.iterrows():
    with st.container(border=True, gap="xsmall"):
        st.text(words.shortened(faq["question"]))
        languages = ", ".join(words.language(lang) for lang in faq["langs"])
        said = words.voices(*(int(faq[name]) for name in ("n_asked", "n_voices", "n_without_author")))
        st.caption(
            f"**{said}** · {words.escaped(words.agency(faq['mda'], agencies))} · {languages} · "
            f"{words.dates(faq['first_at'], faq['last_at'])} · "
            f"{trend(int(faq['n_last_28_days']), int(faq['n_previous_28_days']))}"
        )
        if faq["texts"]:
            approved = words.day(faq["approved_at"])
            if faq["n_since"]:
                st.markdown(
                    n(
                        "**Official answer** of {day} · {n} time since",
                        "**Official answer** of {day} · {n} times since",
                        int(faq["n_since"]), day=approved,
                    )
                )  # fmt: skip
            else:
                st.markdown(t("**Official answer** of {day} · not asked since", day=approved))
            for lang, text in json.loads(faq["texts"]).items():
                st.caption(words.language(lang))
                st.text(text)
            if faq["n_since"] >= OFTEN:
                st.warning(
                    n(
                        "Asked {n} time since it was answered: the answer does not help, or does not reach people.",
                        "Asked {n} times since it was answered: the answer does not help, or does not reach people.",
                        int(faq["n_since"]),
                    ),
                    icon=":material/campaign:",
                )
            if faq["review_by"] <= snapshot.as_of:
                st.caption(t("It should have been looked at again by now."))
        with st.expander(t("How people ask it")):
            for variant in dict.fromkeys([faq["question"], *faq["variants"]]):
                st.text(f"• {variant}")
n_of_agency = n_questions if chosen == ALL else int(by_agency.at[chosen, "n_questions"])
n_more = min(AT_ONCE, n_of_agency - n_shown)
if n_more > 0 and st.button(n("Show {n} more", "Show {n} more", n_more)):
    st.session_state[wanted] = n_shown + n_more
    st.rerun()
