"""Start page: what came in, from where, in which language, as of when."""

import streamlit as st

from dashboards import charts, words
from dashboards.data import note_on_undated_posts, open_page, read

snapshot = open_page("What came in", "Portal submissions and public posts, merged and routed")
figures = read(snapshot, "headline").iloc[0]
n_posts, n_voices, n_without_author = (int(figures[name]) for name in ("n_posts", "n_voices", "n_without_author"))

st.markdown(
    f"**{words.dates(figures['first_date'], figures['latest_date'])}**: people wrote "
    f"**{words.count(n_posts, 'post')}** about **{words.count(int(figures['n_matters']), 'distinct matter')}**, "
    f"for **{words.count(int(figures['n_agencies']), 'agency', 'agencies')}** to answer."
)
TILES = {
    "Posts": (f"{n_posts:,}", "Every post in its newest version, re-submissions included."),
    "Distinct matters": (f"{int(figures['n_matters']):,}", "Posts that say the same again count as one matter."),
    "Voices": (f"{n_voices:,}" if n_voices else words.NOT_KNOWN, "Different authors, as far as posts name one."),
    "Formal": (f"{int(figures['n_formal']):,}", "Sent through the portal."),
    "For a person": (
        f"{words.percent(1 - int(figures['n_auto']) / n_posts)}",
        "Posts that the machine is not sure enough of, or that are confidential.",
    ),
}
with st.container(key="tiles"):
    for label, (value, explained) in TILES.items():
        st.metric(label, value, help=explained, border=True)
if n_without_author:
    st.caption(f"{n_without_author:,} of {words.count(n_posts, 'post')} without an author.")

left, right = st.columns(2, gap="large")
by_channel, by_lang = read(snapshot, "by_channel"), read(snapshot, "by_lang")
left.subheader("From where", anchor=False)
left.altair_chart(
    charts.bars(by_channel.assign(channel=by_channel["channel"].map(words.channel)), "channel", "n_posts")
)
right.subheader("In which language", anchor=False)
right.altair_chart(charts.bars(by_lang.assign(lang=by_lang["lang"].map(words.language)), "lang", "n_posts"))

unit = read(snapshot, "clock").at[0, "unit"]
st.subheader(f"{unit.capitalize()} by {unit}", anchor=False)
over_time = read(snapshot, "series", by="channel", unit=unit)
st.altair_chart(charts.over_time(over_time.assign(series=over_time["series"].map(words.channel)), unit))
note_on_undated_posts(snapshot)

st.subheader("Sources", anchor=False)
sources = read(snapshot, "sources")
st.dataframe(
    sources.assign(state=sources["state"].map(words.STATES)),
    hide_index=True,
    placeholder="",
    column_order=["source", "n_posts", "newest_post_at", "state", "last_new_at", "kind"],
    column_config={
        "source": "Source",
        "kind": "Kind",
        "n_posts": st.column_config.NumberColumn("Posts", format="localized"),
        "newest_post_at": st.column_config.DatetimeColumn("Newest post", format="D MMM YYYY"),
        "last_new_at": st.column_config.DatetimeColumn("Last brought something new", format="D MMM YYYY, HH:mm"),
        "state": st.column_config.TextColumn("At the last read", help="`lavwa sources` says what went wrong."),
    },
)
