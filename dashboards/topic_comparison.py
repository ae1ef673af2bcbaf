"""Two periods side by side: which topics were spoken of more, fewer, for the first time, no more."""

from calendar import monthrange
from collections.abc import Mapping
from datetime import date, timedelta

import pandas as pd
import streamlit as st

from dashboards import words
from dashboards.data import names, read
from dashboards.take_away import show_table
from flows.language import mark, n, t
from warehouse.comparison import chances, more_than_chance
from warehouse.readers import Snapshot

Period = tuple[date, date]
MOST_NAMED, MOST_ROWS = 5, 300
DAY = timedelta(days=1)
CHOICES = {
    "week": mark("Last 7 days and the 7 before"),
    "weeks": mark("Last 4 weeks and the 4 before"),
    "year": mark("This month and the same days a year before"),
    "own": mark("Other dates"),
}


def show(snapshot: Snapshot, labels: Mapping[int, str], clock: pd.Series) -> None:
    """The comparison, by whatever two periods the visitor chooses; `labels` are the topics' names of this moment."""
    first, last = clock["first_date"].date(), clock["latest_date"].date()
    offered = periods(first, last)
    chosen = st.selectbox(
        t("Periods"), [*offered, "own"], format_func=lambda code: t(CHOICES[code]), key="periods", width=420
    )
    if chosen == "own":
        asked = _asked(first, last)
        if asked is None:
            return
        before, after = asked
    else:
        before, after = offered[chosen]
    rows = compared(
        read(
            snapshot, "topic_comparison", first_before=before[0], last_before=before[1], first_after=after[0],
            last_after=after[1],
        ),
        before, after,
    )  # fmt: skip
    rows = rows.assign(label=[labels.get(int(row.topic_id), row.label) for row in rows.itertuples()])
    spans = {"before": words.dates(*before), "after": words.dates(*after)}
    if rows.empty:
        st.info(t("No topic was spoken of in {before} or in {after}.", **spans), icon=":material/search_off:")
        return
    st.markdown(told(rows, spans))
    agencies = names(snapshot, "agency")
    show_table(
        rows.head(MOST_ROWS).assign(
            difference=[difference(row) for _, row in rows.head(MOST_ROWS).iterrows()],
            sure=rows["is_sure"].map({True: t("Yes"), False: t("Could be chance")}),
            mda=rows["mda"].map(lambda code: words.agency(code, agencies)),
        ),
        t("Topics in {before} and in {after}", **spans),
        snapshot,
        file="topics compared",
        key="comparison",
        hide_index=True,
        column_order=[
            "label", "difference", "sure", "n_voices_before", "n_voices_after", "n_posts_before", "n_posts_after",
            "mda",
        ],
        column_config={
            "label": st.column_config.TextColumn(t("Topic"), width=220),
            "difference": st.column_config.TextColumn(t("Change in voices"), width=140),
            "sure": st.column_config.TextColumn(t("More than chance"), width=130),
            "n_voices_before": st.column_config.NumberColumn(t("Voices before"), format="localized", width=100),
            "n_voices_after": st.column_config.NumberColumn(t("Voices after"), format="localized", width=100),
            "n_posts_before": st.column_config.NumberColumn(t("Posts before"), format="localized", width=100),
            "n_posts_after": st.column_config.NumberColumn(t("Posts after"), format="localized", width=100),
            "mda": st.column_config.TextColumn(t("Mostly for"), width=260),
        },
    )  # fmt: skip
    if len(rows) > MOST_ROWS:
        st.caption(t("The first {shown} of {all} topics.", shown=words.number(MOST_ROWS), all=words.number(len(rows))))
    if _days(before) != _days(after):
        st.caption(
            t(
                "One period is longer than the other: the difference is of voices in the later one and as many as its "
                "days would bring at the earlier rate."
            )
        )
    st.caption(
        t(
            "A voice is an author once a day; a post without an author counts as one. Confidential posts are left out. "
            "More than chance: a topic's voices are shared between the periods more unevenly than chance would share "
            "them (Poisson counts, conditional binomial test); over all topics together at most one in ten of these is "
            "there by chance (Benjamini and Hochberg)."
        )
    )


def periods(first: date, last: date) -> dict[str, tuple[Period, Period]]:
    """The earlier and the later period of each choice for which there are posts early enough."""
    month = last.replace(day=1)
    offered = {
        "week": ((last - 13 * DAY, last - 7 * DAY), (last - 6 * DAY, last)),
        "weeks": ((last - 55 * DAY, last - 28 * DAY), (last - 27 * DAY, last)),
        "year": ((_a_year_before(month), _a_year_before(last)), (month, last)),
    }
    return {code: both for code, both in offered.items() if both[0][0] >= first}


def compared(rows: pd.DataFrame, before: Period, after: Period) -> pd.DataFrame:
    """The rows of `queries/topic_comparison.sql` with `change` (voices in the later period less those that the earlier
    rate would bring), `p` and `is_sure`; what is more than chance first, then the largest change."""
    days = _days(before), _days(after)
    p = chances(rows["n_voices_before"].tolist(), rows["n_voices_after"].tolist(), *days)
    change = rows["n_voices_after"] - rows["n_voices_before"] * days[1] / days[0]
    rows = rows.assign(change=change, p=p, is_sure=more_than_chance(p), size=-change.abs())
    rows = rows.sort_values(["is_sure", "size", "topic_id"], ascending=[False, True, True])
    return rows.drop(columns="size").reset_index(drop=True)


def difference(row: pd.Series) -> str:
    """`New: 4`, `Gone: 3`, `5 more`, `2 fewer`, `As many`: how a topic's voices changed."""
    if not row["n_voices_before"]:
        return t("New: {voices}", voices=words.number(int(row["n_voices_after"])))
    if not row["n_voices_after"]:
        return t("Gone: {voices}", voices=words.number(int(row["n_voices_before"])))
    change = round(row["change"])
    if not change:
        return t("As many")
    return n("{n} more", "{n} more", change) if change > 0 else n("{n} fewer", "{n} fewer", -change)


def told(rows: pd.DataFrame, spans: Mapping[str, str]) -> str:
    """What differs, what is new and what is gone, in sentences, as Markdown."""
    sure = rows[rows["is_sure"]]
    said = [
        n(
            "{after} against {before}: of {all} topics, **{n}** differs by more than chance.",
            "{after} against {before}: of {all} topics, **{n}** differ by more than chance.",
            len(sure), all=words.number(len(rows)), **spans,
        )
    ]  # fmt: skip
    if len(sure):
        said.append(t("More than chance: {topics}.", topics=_named(sure, with_difference=True)))
    if len(new := rows[rows["n_voices_before"] == 0]):
        said.append(t("Not spoken of before: {topics}.", topics=_named(new)))
    if len(gone := rows[rows["n_voices_after"] == 0]):
        said.append(t("Not spoken of any more: {topics}.", topics=_named(gone)))
    return "  \n".join(said)


def _named(rows: pd.DataFrame, *, with_difference: bool = False) -> str:
    shown = [
        f"{words.escaped(row['label'])} ({difference(row)})" if with_difference else words.escaped(row["label"])
        for _, row in rows.head(MOST_NAMED).iterrows()
    ]
    rest = len(rows) - len(shown)
    return "; ".join([*shown, *([n("{n} other", "{n} others", rest)] if rest else [])])


def _asked(first: date, last: date) -> tuple[Period, Period] | None:
    """Two periods of the visitor's own; None, and a word on it, as long as they cannot be compared."""
    start = periods(first, last).get("week", ((first, first), (last, last)))
    left, right = st.columns(2)
    before = left.date_input(t("Earlier period"), start[0], min_value=first, max_value=last, key="earlier")
    after = right.date_input(t("Later period"), start[1], min_value=first, max_value=last, key="later")
    if len(before) < 2 or len(after) < 2:
        st.info(t("Choose a first and a last day of each period."), icon=":material/date_range:")
        return None
    if before[1] >= after[0]:
        st.info(
            t("The earlier period must end before the later one begins: choose other days."),
            icon=":material/date_range:",
        )
        return None
    return before, after


def _days(period: Period) -> int:
    return (period[1] - period[0]).days + 1


def _a_year_before(of: date) -> date:
    return date(of.year - 1, of.month, min(of.day, monthrange(of.year - 1, of.month)[1]))
