"""Navigation: which pages there are, and whom they are for. `lavwa dashboard` runs this."""

from pathlib import Path

import streamlit as st

from dashboards.data import may_read
from dashboards.failures import one_sentence
from dashboards.visitor import choose_language, language
from flows.language import t
from flows.spoken import speak

ASSETS = Path(__file__).parent / "assets"

speak(language())  # asked once a run: a page says some hundred messages
st.set_page_config(page_title="Lavwa", page_icon=str(ASSETS / "logo.svg"), layout="wide")
st.logo(str(ASSETS / "wordmark.svg"), size="large")
st.html(ASSETS / "style.css")
is_reader = False
with one_sentence():
    is_reader = may_read()
for_officials = [
    st.Page("views/pulse.py", title=t("Pulse"), icon=":material/ecg_heart:", default=is_reader),
    st.Page("views/trends.py", title=t("Trends"), icon=":material/show_chart:"),
    st.Page("views/districts.py", title=t("Districts"), icon=":material/grid_view:"),
    st.Page("views/topics.py", title=t("Topics"), icon=":material/local_fire_department:"),
    st.Page("views/faqs.py", title=t("Questions"), icon=":material/help:"),
    st.Page("views/issues.py", title=t("Routed issues"), icon=":material/alt_route:"),
    st.Page("views/routing.py", title=t("Routing quality"), icon=":material/fact_check:"),
    st.Page("views/performance.py", title=t("Performance"), icon=":material/speed:"),
]
for_everybody = [
    st.Page("views/answers.py", title=t("Answers"), icon=":material/forum:", default=not is_reader),
    st.Page("views/watch.py", title=t("Watch"), icon=":material/visibility:"),
    st.Page("views/my_case.py", title=t("My case"), icon=":material/receipt_long:"),
    st.Page("views/desk.py", title=t("My desk"), icon=":material/inbox_customize:"),
]
page = st.navigation(for_officials + for_everybody, position="hidden")
with one_sentence():
    # Streamlit's own menu stays over the page on a phone.
    with st.container(horizontal=True, gap="xxsmall", key="pages"):
        for link in (for_officials if is_reader else []) + for_everybody:
            st.page_link(link, width="content")
        choose_language()
    page.run()
