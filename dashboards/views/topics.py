"""Topics: what many posts are about, what grew in the last seven days first."""

import pandas as pd
import streamlit as st

from dashboards import charts, words
from dashboards.data import names, note_on_citizens_words, open_page, read

snapshot = open_page("Topics", "What many posts are about, what bursts or grew most in seven days first")
topics = read(snapshot, "topics")
if topics.empty:
    st.info("No topic yet: it takes three posts about the same thing.", icon=":material/potted_plant:")
    st.stop()

clock = read(snapshot, "clock").iloc[0]


def burst(row: pd.Series) -> str:
    figures = (int(row["burst_n_voices"]), int(row["burst_window_hours"]), float(row["burst_n_expected"]))
    return words.burst(*figures, row["burst_until_at"])


agencies, until = names(snapshot, "agency"), f"{clock['latest_date']:%-d %b %Y}"
first = topics.iloc[0]
if first["is_bursting"]:
    st.markdown(f"Bursting: **{words.escaped(first['label'])}**, {burst(first)}.")
elif first["n_grown"]:
    st.markdown(
        f"Growing most: **{words.escaped(first['label'])}**, {words.count(int(first['n_last_7_days']), 'post')} in the "
        f"seven days to {until} after {int(first['n_previous_7_days'])} in the seven before."
    )
else:
    st.markdown(f"Nothing grew in the seven days to {until}; the largest topics come first.")
picked = st.dataframe(
    topics.assign(
        mda=topics["mda"].map(lambda code: words.agency(code, agencies)),
        lang=topics["lang"].map(words.language),
        n_voices=topics["n_voices"].where(topics["n_voices"] > 0),
        sign=topics.apply(lambda row: words.topic_sign(row["is_bursting"], row["is_campaign"]), axis=1),
    ),
    key=f"topics {snapshot.version}",
    hide_index=True,
    placeholder=words.NOT_KNOWN,
    on_select="rerun",
    selection_mode="single-row",
    column_order=[
        "label", *["sign"] * bool(topics[["is_bursting", "is_campaign"]].to_numpy().any()), "n_last_7_days",
        "n_previous_7_days", "n_posts", "n_posts_by_period", "mda", "n_voices", "lang",
    ],
    column_config={
        "label": st.column_config.TextColumn("Topic", width=190),
        "sign": st.column_config.TextColumn(
            "Now", width=90, help="Bursting: more voices than season and past explain, at most one in ten by chance."
        ),
        "n_last_7_days": st.column_config.NumberColumn(f"7 days to {clock['latest_date']:%-d %b}", width=110),
        "n_previous_7_days": st.column_config.NumberColumn("7 days before", width=100),
        "n_posts": st.column_config.NumberColumn("All posts", format="localized", width=80),
        "n_posts_by_period": st.column_config.BarChartColumn(f"By {clock['unit']}", y_min=0, width=120),
        "mda": st.column_config.TextColumn("Mostly for", width=320),
        "n_voices": st.column_config.NumberColumn("Voices", help="Different authors, as far as known.", width=80),
        "lang": st.column_config.TextColumn("Mostly in", width=80),
    },
)  # fmt: skip
rows = picked.selection.rows
topic = topics.iloc[rows[0] if rows else 0]
st.subheader(words.escaped(topic["label"]), anchor=False)
if not rows:
    st.caption("Tick another line of the table to look into that topic.")
left, right = st.columns([2, 3], gap="large")
with left:
    st.markdown("**Words**  \n" + " · ".join(words.escaped(term) for term in topic["terms"]))
    said = words.voices(*(int(topic[name]) for name in ("n_posts", "n_voices", "n_without_author")))
    st.markdown(f"**Said**  \n{words.dates(topic['first_at'], topic['last_at'])} · {said}")
    if topic["is_bursting"]:
        st.markdown(f"**Bursting**  \n{burst(topic)}")
    if topic["is_campaign"]:
        st.markdown("**Campaign**  \nHalf of the latest posts or more are copies of one another.")
    for change in read(snapshot, "topic_changes", topic_id=int(topic["topic_id"])).itertuples():
        st.caption(words.topic_change(change.kind, change.other_id, change.changed_at))
    if topic["representative_text"]:
        st.markdown("**The post that stands for it**")
        st.container(border=True).text(topic["representative_text"])
with right:
    st.markdown(f"**Posts a {clock['unit']}**")
    st.altair_chart(
        charts.over_time(read(snapshot, "topic_periods", topic_id=int(topic["topic_id"])), clock["unit"], height=240)
    )
posts = read(snapshot, "topic_posts", topic_id=int(topic["topic_id"]))
st.markdown(f"**{words.count(len(posts), 'post')}** of this topic, newest first")
note_on_citizens_words()
st.dataframe(
    posts.assign(
        text=posts["text"].map(lambda text: words.shortened(text, 300)),
        channel=posts["channel"].map(words.channel),
        lang=posts["lang"].map(words.language),
        mda=posts["mda"].map(lambda code: words.agency(code, agencies)),
        district=posts["district"].map(names(snapshot, "district")),
    ),
    hide_index=True,
    placeholder="",
    row_height=words.FOUR_LINES,
    column_order=["created_at", "text", "mda", "channel", "lang", "district"],
    column_config={
        "created_at": st.column_config.DatetimeColumn("Said", format="D MMM YYYY", width=95),
        "text": st.column_config.TextColumn("Text", width=520),
        "mda": st.column_config.TextColumn("Agency", width=190),
        "channel": st.column_config.TextColumn("Channel", width=85),
        "lang": st.column_config.TextColumn("Language", width=85),
        "district": st.column_config.TextColumn("District", width=110),
    },
)
