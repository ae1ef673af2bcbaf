"""Navigation: which pages there are. `lavwa dashboard` runs this."""

from pathlib import Path

import streamlit as st

from dashboards.failures import one_sentence

ASSETS = Path(__file__).parent / "assets"
PAGES = [
    st.Page("views/overview.py", title="What came in", icon=":material/inbox:", default=True),
    st.Page("views/trends.py", title="Trends", icon=":material/show_chart:"),
    st.Page("views/topics.py", title="Topics", icon=":material/local_fire_department:"),
    st.Page("views/faqs.py", title="Questions", icon=":material/help:"),
    st.Page("views/issues.py", title="Routed issues", icon=":material/alt_route:"),
    st.Page("views/routing.py", title="Routing quality", icon=":material/fact_check:"),
    st.Page("views/performance.py", title="Performance", icon=":material/speed:"),
    st.Page("views/my_case.py", title="My case", icon=":material/receipt_long:"),
    st.Page("views/desk.py", title="My desk", icon=":material/inbox_customize:"),
]

st.set_page_config(page_title="Lavwa", page_icon=str(ASSETS / "logo.svg"), layout="wide")
st.logo(str(ASSETS / "wordmark.svg"), size="large")
st.html(ASSETS / "style.css")
page = st.navigation(PAGES, position="hidden")
with st.container(horizontal=True, gap="xxsmall", key="pages"):  # Streamlit's own menu stays over the page on a phone
    for link in PAGES:
        st.page_link(link, width="content")
with one_sentence():
    page.run()
