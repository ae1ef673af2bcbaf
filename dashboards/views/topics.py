"""Topics: what many posts are about, what grew in the last seven days first."""

import streamlit as st

from dashboards import charts, words
from dashboards.data import names, open_page, read

snapshot = open_page("Topics", "What grew most in the last seven days comes first")
topics = read(snapshot, "topics")
if topics.empty:
    st.info("No topic yet: it takes three posts about the same thing.", icon="🌱")
    st.stop()

growth = (topics["n_last_7_days"] - topics["n_previous_7_days"]).iloc[0]
first = topics.iloc[0]
if growth > 0:
    st.markdown(
        f"Growing most: **{words.escaped(first['label'])}**, {words.count(int(first['n_last_7_days']), 'post')} in the "
        f"last seven days after {int(first['n_previous_7_days'])} in the seven before."
    )
picked = st.dataframe(
    topics.assign(mda=topics["mda"].map(words.agency), lang=topics["lang"].map(words.language)),
    key=f"topics {snapshot.version}",
    hide_index=True,
    on_select="rerun",
    selection_mode="single-row",
    column_order=["label", "weekly_posts", "n_last_7_days", "n_previous_7_days", "n_posts", "n_voices", "mda", "lang"],
    column_config={
        "label": st.column_config.TextColumn("Topic", width=260),
        "weekly_posts": st.column_config.BarChartColumn("Week by week", y_min=0, width=150),
        "n_last_7_days": st.column_config.NumberColumn("Last 7 days"),
        "n_previous_7_days": st.column_config.NumberColumn("7 days before"),
        "n_posts": st.column_config.NumberColumn("Posts", format="localized"),
        "n_voices": st.column_config.NumberColumn("Voices", help="Different submitters."),
        "mda": "Mostly for",
        "lang": "Mostly in",
    },
)
rows = picked.selection.rows
topic = topics.iloc[rows[0] if rows else 0]
st.subheader(words.escaped(topic["label"]), anchor=False)
if not rows:
    st.caption("Tick another line of the table to look into that topic.")
left, right = st.columns([2, 3], gap="large")
with left:
    st.markdown("**Words**  \n" + " · ".join(words.escaped(term) for term in topic["terms"]))
    st.markdown(f"**From** {topic['first_at']:%-d %B} **to** {topic['last_at']:%-d %B %Y}")
    if topic["representative_text"]:
        st.markdown("**The post that stands for it**")
        st.container(border=True).text(topic["representative_text"])
weeks = read(snapshot, "topic_weeks", topic_id=int(topic["topic_id"])).assign(series="Posts")
right.altair_chart(charts.weekly_bars(weeks, "Topic", height=260))
posts = read(snapshot, "topic_posts", topic_id=int(topic["topic_id"]))
st.markdown(f"**{words.count(len(posts), 'post')}** of this topic, newest first, personal data redacted")
st.dataframe(
    posts.assign(
        channel=posts["channel"].map(words.channel),
        lang=posts["lang"].map(words.language),
        mda=posts["mda"].map(words.agency),
        district=posts["district"].map(names(snapshot, "district")).fillna("not said"),
    ),
    hide_index=True,
    column_config={
        "created_at": st.column_config.DatetimeColumn("Said", format="D MMM, HH:mm"),
        "channel": "Channel",
        "lang": "Language",
        "mda": "Agency",
        "district": "District",
        "text": st.column_config.TextColumn("Text", width="large"),
    },
)
