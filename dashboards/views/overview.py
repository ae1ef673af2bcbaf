"""Start page: what came in, from where, in which language, as of when."""

import streamlit as st

from dashboards import charts, words
from dashboards.data import open_page, read

snapshot = open_page("What came in", "Portal submissions and public posts, merged and routed")
figures = read(snapshot, "headline").iloc[0]
n_posts = int(figures["n_posts"])

st.markdown(
    f"Between **{figures['first_at']:%-d %B %Y}** and **{figures['last_at']:%-d %B %Y}** people wrote "
    f"**{words.count(n_posts, 'post')}** about **{words.count(int(figures['n_matters']), 'distinct matter')}**, "
    f"for **{words.count(int(figures['n_agencies']), 'agency', 'agencies')}** to answer."
)
columns = st.columns(5)
columns[0].metric(
    "Posts", f"{n_posts:,}", help="Every post in its newest version, re-submissions included.", border=True
)
columns[1].metric(
    "Distinct matters",
    f"{int(figures['n_matters']):,}",
    help="Posts that say the same again count as one matter.",
    border=True,
)
columns[2].metric(
    "Voices",
    f"{int(figures['n_voices']):,}",
    help="Different submitters; all posts of nobody known count as one.",
    border=True,
)
columns[3].metric("Formal", f"{int(figures['n_formal']):,}", help="Sent through the portal.", border=True)
columns[4].metric(
    "For a person", f"{1 - int(figures['n_auto']) / n_posts:.0%}",
    help="Posts that the machine is not sure enough of, or that are confidential.", border=True,
)  # fmt: skip

left, right = st.columns(2, gap="large")
by_channel, by_lang = read(snapshot, "by_channel"), read(snapshot, "by_lang")
left.subheader("From where")
left.altair_chart(
    charts.bars(by_channel.assign(channel=by_channel["channel"].map(words.channel)), "channel", "n_posts")
)
right.subheader("In which language")
right.altair_chart(charts.bars(by_lang.assign(lang=by_lang["lang"].map(words.language)), "lang", "n_posts"))

st.subheader("Week by week")
st.caption("The last two years at most.")
weekly = read(snapshot, "weekly", by="channel")
st.altair_chart(charts.weekly_bars(weekly.assign(series=weekly["series"].map(words.channel)), "Channel"))

st.subheader("Sources")
sources = read(snapshot, "sources")
st.dataframe(
    sources.assign(state=sources["state"].map(words.STATES)),
    hide_index=True,
    column_order=["source", "kind", "n_posts", "newest_post_at", "last_new_at", "state"],
    column_config={
        "source": "Source",
        "kind": "Kind",
        "n_posts": st.column_config.NumberColumn("Posts", format="localized"),
        "newest_post_at": st.column_config.DatetimeColumn("Newest post", format="D MMM YYYY, HH:mm"),
        "last_new_at": st.column_config.DatetimeColumn("Last brought something new", format="D MMM YYYY, HH:mm"),
        "state": st.column_config.TextColumn("At the last read", help="`lavwa sources` says what went wrong."),
    },
)
