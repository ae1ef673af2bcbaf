"""Topics: what many posts are about. Pinned ones first, then what bursts and what grew in the last seven days."""

import pandas as pd
import streamlit as st

from dashboards import topic_comparison, topic_page, topic_steering, topic_words, words
from dashboards.data import names, open_page, read
from dashboards.office import who_is_signed_in
from dashboards.take_away import show_table
from flows.language import mark, n, t
from portal.steering import may_steer

PARTS = {"list": mark("Topics"), "comparison": mark("Compare two periods")}

snapshot = open_page(t("Topics"), t("What many posts are about, what bursts or grew most in seven days first"))
published = read(snapshot, "topics")
if published.empty:
    st.info(t("No topic yet: it takes three posts about the same thing."), icon=":material/potted_plant:")
    st.stop()

clock = read(snapshot, "clock").iloc[0]
held = topic_steering.marks()
topics = topic_steering.overlaid(published, held)
labels = dict(zip(topics["topic_id"].tolist(), topics["label"], strict=True))
part = st.segmented_control(
    t("Show"), list(PARTS), default="list", format_func=lambda code: t(PARTS[code]), key="part",
    label_visibility="collapsed",
)  # fmt: skip
if part == "comparison":
    topic_comparison.show(snapshot, labels, clock)
    st.stop()

st.markdown(topic_words.hottest(topics, clock["latest_date"]))
n_muted = int(topics["is_muted"].sum())
is_shown = n_muted and st.toggle(n("Show the muted topic", "Show the {n} muted topics", n_muted), key="muted")
listed = topics if is_shown else topics[~topics["is_muted"]]
agencies = names(snapshot, "agency")
ids = listed["topic_id"].tolist()
chosen = st.session_state.get("topic")
if listed.empty:
    st.info(t("All topics are muted."), icon=":material/volume_off:")
    picked_rows: list[int] = []
else:
    picked = show_table(
        listed.assign(
            mda=listed["mda"].map(lambda code: words.agency(code, agencies)),
            lang=listed["lang"].map(words.language),
            n_voices=listed["n_voices"].where(listed["n_voices"] > 0),
            sign=listed.apply(topic_words.signs, axis=1),
            sure=(100 * listed["n_nearer"] / listed["n_sampled"].where(listed["n_sampled"] > 0)).round(),
        ),
        t("Topics"),
        snapshot,
        file="topics",
        key=f"topics {snapshot.version} {st.session_state.get('turns', 0)} {hash(tuple(ids))}",  # a tick is of a topic
        hide_index=True,
        placeholder=t(words.NOT_KNOWN),
        on_select="rerun",
        selection_mode="single-row",
        selection_default={"selection": {"rows": [ids.index(chosen)] if chosen in ids else []}},
        column_order=[
            "label", *["sign"] * bool(listed[list(topic_words.SIGNS)].to_numpy().any()), "n_posts_by_period",
            "n_last_7_days", "n_previous_7_days", "n_posts", "n_voices", "sure", "mda", "lang",
        ],
        column_config={
            "label": st.column_config.TextColumn(t("Topic"), width=190),
            "sign": st.column_config.TextColumn(
                t("Now"), width=110,
                help=t(
                    "Bursting: more voices than season and past explain, at most one in ten by chance. Campaign: half "
                    "of the latest posts or more are copies. Pinned and muted: by a person."
                ),
            ),
            "n_posts_by_period": st.column_config.BarChartColumn(
                t("By week") if clock["unit"] == "week" else t("By month"), y_min=0, width=120
            ),
            "n_last_7_days": st.column_config.NumberColumn(
                t("7 days to {day}", day=words.short_day(clock["latest_date"])), width=110
            ),
            "n_previous_7_days": st.column_config.NumberColumn(t("7 days before"), width=100),
            "n_posts": st.column_config.NumberColumn(t("All posts"), format="localized", width=80),
            "n_voices": st.column_config.NumberColumn(
                t("Voices"), help=t("Different authors, as far as known."), format="localized", width=80
            ),
            "sure": st.column_config.NumberColumn(
                t("Sure"), format="%d%%", width=70,
                help=t(
                    "How well the machine can tell the topic from the one it is most easily taken for: the share of "
                    "its posts that lie nearer to it."
                ),
            ),
            "mda": st.column_config.TextColumn(t("Mostly for"), width=260),
            "lang": st.column_config.TextColumn(t("Mostly in"), width=80),
        },
    )  # fmt: skip
    picked_rows = picked.selection.rows
if (n_topics := int(published["n_topics"].iloc[0])) > len(published):
    st.caption(t("The first {shown} of {all} topics.", shown=words.number(len(published)), all=words.number(n_topics)))
if picked_rows:
    st.session_state["topic"] = ids[picked_rows[0]]
elif chosen in ids:  # it was unticked
    st.session_state["topic"] = None
shown_id = st.session_state.get("topic") or (ids or topics["topic_id"].tolist())[0]
topic: pd.Series = topics[topics["topic_id"] == shown_id].iloc[0] if shown_id in labels else topics.iloc[0]
st.subheader(words.escaped(topic["label"]), anchor=False)
if badges := topic_words.badges(topic):
    st.markdown(badges)
if not picked_rows:
    st.caption(t("Tick another line of the table to look into that topic."))
st.markdown(topic_words.happens(topic, clock["latest_date"]))
topic_steering.show_marks(snapshot, topic, labels, held)
account = who_is_signed_in()
if account is not None and held is not None and may_steer(account):
    topic_steering.controls(account, snapshot, topic, labels, held)
topic_page.show(snapshot, topic, labels, clock)
