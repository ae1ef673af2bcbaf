"""Questions that people ask again and again."""

import streamlit as st

from dashboards import words
from dashboards.data import open_page, read

snapshot = open_page("Questions", "The same question asked in any words or language, most asked first")
faqs = read(snapshot, "faqs")
if faqs.empty:
    st.info("No question has been asked twice yet.", icon="🌱")
    st.stop()

asked, repeated = int(faqs["n_asked"].sum()), len(faqs)
st.markdown(f"**{words.count(repeated, 'question')}** came **{asked:,}** times. None has an official answer yet.")
agencies = sorted({words.agency(mda) for mda in faqs["mda"]})
chosen = st.selectbox("Agency", ["All agencies", *agencies], key="agency")
shown = faqs if chosen == "All agencies" else faqs[faqs["mda"].map(words.agency) == chosen]
for _, faq in shown.head(50).iterrows():
    with st.container(border=True):
        left, right = st.columns([5, 1])
        left.text(faq["question"])
        languages = ", ".join(words.language(lang) for lang in faq["langs"])
        left.caption(
            f"{words.agency(faq['mda'])} · {languages} · {faq['first_at']:%-d %b} to {faq['last_at']:%-d %b %Y} · "
            f"{words.count(int(faq['n_voices']), 'voice')}"
        )
        right.metric("Asked", f"{int(faq['n_asked']):,}")
        with left.expander("How people ask it"):
            for variant in faq["variants"]:
                st.text(f"• {variant}")
if len(shown) > 50:
    st.caption(f"The 50 most asked of {len(shown):,}.")
