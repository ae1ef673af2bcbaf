"""One topic: what happens, when, where, in whose words, what is near it, and what government did about it."""

import json
from collections.abc import Mapping

import pandas as pd
import streamlit as st

from dashboards import charts, topic_words, words
from dashboards.data import names, note_on_citizens_words, read
from dashboards.take_away import show_chart, show_table
from dashboards.topic_steering import turn_to
from flows.language import mark, n, t
from warehouse.readers import Snapshot

MOST_BARS = 8
CUTS = {"channel": mark("By channel"), "lang": mark("By language"), "district": mark("By district")}


def show(snapshot: Snapshot, topic: pd.Series, labels: Mapping[int, str], clock: pd.Series) -> None:
    """Everything that is published of one topic (a row of `queries/topics.sql`)."""
    _said(snapshot, topic, labels, clock)
    _shares(snapshot, topic)
    left, right = st.columns([3, 2], gap="large")
    with left:
        _quotes(snapshot, topic)
    with right:
        _related(snapshot, topic, labels)
        _cases(snapshot, topic)
        _answers(snapshot, topic)


def _said(snapshot: Snapshot, topic: pd.Series, labels: Mapping[int, str], clock: pd.Series) -> None:
    left, right = st.columns([2, 3], gap="large")
    with left:
        st.markdown(f"**{t('Words')}**  \n" + " · ".join(words.escaped(term) for term in topic["terms"]))
        told = words.voices(*(int(topic[name]) for name in ("n_posts", "n_voices", "n_without_author")))
        st.markdown(f"**{t('Said')}**  \n{words.dates(topic['first_at'], topic['last_at'])} · {told}")
        if topic["is_campaign"]:
            half = t("Half of the latest posts or more are copies of one another.")
            st.markdown(f"**{t('Campaign')}**  \n{half}")
        st.markdown(f"**{t('How sure the machine is')}**  \n{topic_words.sureness(topic, labels)}")
        for change in read(snapshot, "topic_changes", topic_id=int(topic["topic_id"])).itertuples():
            st.caption(words.topic_change(change.kind, change.other_id, change.changed_at))
    with right:
        st.markdown(f"**{t('Posts by week') if clock['unit'] == 'week' else t('Posts by month')}**")
        periods = read(snapshot, "topic_periods", topic_id=int(topic["topic_id"]))
        title = t("Posts over time: {series}", series=topic["label"])
        figure = charts.over_time(periods, clock["unit"], height=200)
        show_chart(figure, title, snapshot, file=f"topic {topic['topic_id']} over time")
        st.caption(topic_words.most(periods, clock["unit"]))


def _shares(snapshot: Snapshot, topic: pd.Series) -> None:
    rows = read(snapshot, "topic_shares", topic_id=int(topic["topic_id"]))
    districts = names(snapshot, "district")
    named = {
        "channel": words.channel,
        "lang": words.language,
        "district": lambda code: t("Place not known") if code == "none" else districts.get(code, code),
    }
    for column, (cut, title) in zip(st.columns(3, gap="large"), CUTS.items(), strict=True):
        shares = rows[rows["by"] == cut]
        shares = shares.assign(name=shares["code"].map(named[cut]))
        with column:
            st.markdown(f"**{t(title)}**")
            if shares.empty:
                st.caption(t("Its posts are all confidential: only their language is told."))
                continue
            heading = t("{cut}: {topic}", cut=t(title), topic=topic["label"])
            file = f"topic {topic['topic_id']} by {cut}"
            show_chart(charts.bars(_bars(shares), "name", "n_posts"), heading, snapshot, file=file)
            placed = shares[shares["code"] != "none"]
            st.caption(topic_words.leads(placed) if len(placed) else t("The place of none of its posts is known."))
    if n_hidden := int(topic["n_confidential"]):
        st.caption(
            n(
                "{n} confidential post counts by language only.", "{n} confidential posts count by language only.",
                n_hidden,
            )
        )  # fmt: skip


def _bars(shares: pd.DataFrame) -> pd.DataFrame:
    """The largest shares, those beyond `MOST_BARS` as one, unknown places last."""
    placed, unknown = shares[shares["code"] != "none"], shares[shares["code"] == "none"]
    if len(placed) > MOST_BARS + 1:
        rest = placed.iloc[MOST_BARS:]
        others = n("{n} other", "{n} others", len(rest))
        placed = pd.concat(
            [placed.iloc[:MOST_BARS], pd.DataFrame({"name": [others], "n_posts": [rest["n_posts"].sum()]})]
        )
    return pd.concat([placed, unknown])[["name", "n_posts"]]


def _quotes(snapshot: Snapshot, topic: pd.Series) -> None:
    topic_id = int(topic["topic_id"])
    districts = names(snapshot, "district")
    st.markdown(f"**{t('In their words')}**")
    note_on_citizens_words()
    if topic["representative_text"]:
        with st.container(border=True, gap="xsmall"):
            st.caption(t("The post that stands for it"))
            st.text(topic["representative_text"])
    quotes = read(snapshot, "topic_quotes", topic_id=topic_id)
    for _, quote in quotes[quotes["text"] != topic["representative_text"]].iterrows():
        with st.container(border=True, gap="xsmall"):
            st.caption(topic_words.said(quote, districts))
            st.text(words.shortened(quote["text"], 400))
    if quotes.empty:
        st.caption(t("No post of it may be shown."))
        return
    if st.toggle(t("All its posts, newest first"), key=f"all posts {topic_id}"):
        _all_posts(snapshot, topic_id, districts)


def _all_posts(snapshot: Snapshot, topic_id: int, districts: Mapping[str, str]) -> None:
    posts, agencies = read(snapshot, "topic_posts", topic_id=topic_id), names(snapshot, "agency")
    show_table(
        posts.assign(
            text=posts["text"].map(lambda text: words.shortened(text, 300)),
            channel=posts["channel"].map(words.channel),
            lang=posts["lang"].map(words.language),
            mda=posts["mda"].map(lambda code: words.agency(code, agencies)),
            district=posts["district"].map(districts),
        ),
        t("Posts of a topic, newest first"),
        snapshot,
        file=f"topic {topic_id} posts",
        has_words=True,
        hide_index=True,
        placeholder="",
        row_height=words.FOUR_LINES,
        column_order=["created_at", "text", "mda", "channel", "lang", "district"],
        column_config={
            "created_at": st.column_config.DatetimeColumn(t("Said"), format="DD/MM/YYYY", width=95),
            "text": st.column_config.TextColumn(t("Text"), width=420),
            "mda": st.column_config.TextColumn(t("Agency"), width=190),
            "channel": st.column_config.TextColumn(t("Channel"), width=85),
            "lang": st.column_config.TextColumn(t("Language"), width=85),
            "district": st.column_config.TextColumn(t("District"), width=110),
        },
    )
    if len(posts) == 200:
        st.caption(t("The newest {n_shown}.", n_shown=words.number(len(posts))))


def _related(snapshot: Snapshot, topic: pd.Series, labels: Mapping[int, str]) -> None:
    st.markdown(f"**{t('Related topics')}**")
    rows = read(snapshot, "topic_relations", topic_id=int(topic["topic_id"]))
    rows = rows[rows["other_id"].isin(list(labels))]
    if rows.empty:
        st.caption(t("None is clearly nearer to it than topics usually are to one another."))
    for row in rows.itertuples():
        label = n(
            "{label} · {n} post", "{label} · {n} posts", int(row.n_posts), label=words.escaped(labels[row.other_id])
        )
        shared = ", ".join(row.shared_terms)
        if st.button(
            label, key=f"related {row.other_id}", type="tertiary", icon=":material/arrow_forward:",
            help=t("Words of both: {terms}", terms=words.escaped(shared)) if shared else None,
        ):  # fmt: skip
            turn_to(int(row.other_id))


def _cases(snapshot: Snapshot, topic: pd.Series) -> None:
    st.markdown(f"**{t('Cases')}**")
    n_cases, n_hidden = int(topic["n_cases"]), int(topic["n_confidential_cases"])
    if not n_cases and not n_hidden:
        st.caption(t("No case holds one of its posts."))
        return
    if n_hidden:
        st.caption(
            n(
                "{n} confidential case holds posts of it: of those only this number is told.",
                "{n} confidential cases hold posts of it: of those only this number is told.",
                n_hidden,
            )
        )
    if not n_cases:
        return
    st.caption(
        n(
            "{n} case holds posts of it; {answered} answered.", "{n} cases hold posts of it; {answered} answered.",
            n_cases, answered=words.number(int(topic["n_answered_cases"])),
        )
    )  # fmt: skip
    rows, agencies = read(snapshot, "topic_cases", topic_id=int(topic["topic_id"])), names(snapshot, "agency")
    show_table(
        rows.assign(
            state=rows["state"].map(words.case_state),
            mda=rows["mda"].map(lambda code: words.agency(code, agencies)),
            is_answered=rows["is_answered"].map({True: t("Yes"), False: t("Not yet")}),
        ),
        t("Cases of a topic"),
        snapshot,
        file=f"topic {topic['topic_id']} cases",
        key=f"cases {topic['topic_id']}",
        hide_index=True,
        column_order=["reference", "state", "is_answered", "mda", "opened_at"],
        column_config={
            "reference": st.column_config.TextColumn(t("Case"), width=110),
            "state": st.column_config.TextColumn(t("State"), width=100),
            "is_answered": st.column_config.TextColumn(t("Answered"), width=80),
            "mda": st.column_config.TextColumn(t("Agency"), width=200),
            "opened_at": st.column_config.DatetimeColumn(t("Opened"), format="DD/MM/YYYY", width=95),
        },
    )
    if len(rows) < n_cases:
        st.caption(t("The first {shown} of {all} cases.", shown=words.number(len(rows)), all=words.number(n_cases)))


def _answers(snapshot: Snapshot, topic: pd.Series) -> None:
    st.markdown(f"**{t('Official answers')}**")
    rows, agencies = read(snapshot, "topic_answers", topic_id=int(topic["topic_id"])), names(snapshot, "agency")
    if rows.empty:
        st.caption(t("No official answer to it yet."))
    for row in rows.itertuples():
        with st.container(border=True, gap="xsmall"):
            st.text(row.question)
            st.caption(f"{words.escaped(words.agency(row.mda, agencies))} · {words.day(row.approved_at)}")
            for lang, text in json.loads(row.texts).items():
                st.caption(words.language(lang))
                st.text(text)
