"""Navigation: which pages there are. `lavwa dashboard` runs this."""

import streamlit as st

st.set_page_config(page_title="Lavwa", page_icon=":material/record_voice_over:", layout="wide")

pages = [
    st.Page("views/overview.py", title="What came in", icon=":material/inbox:", default=True),
    st.Page("views/trends.py", title="Trends", icon=":material/show_chart:"),
    st.Page("views/topics.py", title="Topics", icon=":material/local_fire_department:"),
    st.Page("views/faqs.py", title="Questions", icon=":material/help:"),
    st.Page("views/issues.py", title="Routed issues", icon=":material/alt_route:"),
]
page = st.navigation(pages)
with st.sidebar:
    st.markdown("### Lavwa\nThe voice of the people, counted and routed.")
page.run()
