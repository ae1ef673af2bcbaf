"""For everybody: questions that were asked, and what the agency officially answers, in the visitor's language first.

No sign-in. Questions and texts are those that a person approved; nobody's own words are here.
"""

import json
import unicodedata

import pandas as pd
import streamlit as st

from dashboards import protected, words
from dashboards.data import open_public_page, read
from flows.language import n, t
from flows.spoken import LANGUAGES, spoken

ALL = ""
AT_ONCE = 10

snapshot = open_public_page(t("Answers"), t("What agencies answer to questions that people ask"))
agencies = dict(read(snapshot, "public_names", kind="agency", lang=spoken()).itertuples(index=False))


def folded(text: str) -> list[str]:
    """The words of a search, in small letters without accents."""
    plain = "".join(ch for ch in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(ch))
    return plain.split()


def show(answer: pd.Series) -> None:
    texts: dict[str, str] = json.loads(answer["texts"])
    own, *others = sorted(texts, key=lambda lang: (lang != spoken(), list(LANGUAGES).index(lang)))
    with st.container(border=True, gap="xsmall"):
        st.text(answer["question"])
        st.markdown(t("**Official answer** · {language}", language=LANGUAGES[own]))
        st.text(texts[own])
        if others:
            with st.expander(t("In other languages")):
                for lang in others:
                    st.caption(LANGUAGES[lang])
                    st.text(texts[lang])
        st.caption(
            t(
                "**{agency}** · answered on {day} · asked {n} times since",
                agency=words.escaped(words.agency(answer["mda"], agencies)), day=words.day(answer["approved_on"]),
                n=protected.about(answer["n_since"]),
            )
        )  # fmt: skip


st.markdown(t("Did you write yourself? With your receipt, [My case](my_case) shows what was answered to you."))
left, right = st.columns([3, 2], vertical_alignment="bottom")
typed = left.text_input(t("Search"), placeholder=t("Words of the question or the answer"), key="search")
known = read(snapshot, "public_answer_agencies")["mda"].tolist()
chosen = right.selectbox(
    t("Agency"), [ALL, *sorted(known, key=lambda code: words.agency(code, agencies))], key="agency",
    format_func=lambda code: words.agency_and_code(code, agencies) if code else t("All agencies"),
)  # fmt: skip
asked = f"{chosen} {typed}"
n_shown = st.session_state.get("shown", {}).get(asked, AT_ONCE)
found = read(snapshot, "public_answers", mda=chosen, words=folded(typed)[:10], n_shown=n_shown)
if found.empty:
    st.info(
        t("No answer has all of these words. Try fewer.") if typed or chosen else t("No answer was made official yet."),
        icon=":material/search_off:" if typed or chosen else ":material/potted_plant:",
    )
    st.stop()
n_found = int(found.at[0, "n_found"])
st.markdown(n("**{n} answer**, the newest first", "**{n} answers**, the newest first", n_found))
for _, answer in found.iterrows():
    show(answer)
st.caption(t("“Fewer than 10” includes none. How often something was asked is rounded to 5."))
n_more = min(AT_ONCE, n_found - n_shown)
if n_more > 0 and st.button(n("Show one more", "Show {n} more", n_more)):
    st.session_state["shown"] = {asked: n_shown + n_more}
    st.rerun()
