"""Start page: today against usual, what changed in one sentence each, and the figure behind it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pandas as pd
import streamlit as st

from dashboards import charts, usual, words
from dashboards.data import names, note_on_undated_posts, open_page, read
from dashboards.take_away import show_chart, show_table
from flows.language import mark, n, t

MOST_CHANGES = 8
A_ROW = 3
ROW_HEIGHT, MOST_ROWS = 35, 9
UNITS = {"day": mark("Newest day"), "week": mark("Last 7 days")}
TABLES = {
    "channel": mark("By channel"),
    "lang": mark("By language"),
    "mda": mark("By agency"),
    "district": mark("By district"),
}

snapshot = open_page(t("Pulse"), t("What people say now, against what is usual"))
figures = read(snapshot, "headline").iloc[0]
known = {
    kind: names(snapshot, of) for kind, of in {"mda": "agency", "category": "category", "district": "district"}.items()
}
n_posts, n_voices, n_without_author = (int(figures[name]) for name in ("n_posts", "n_voices", "n_without_author"))


def show_totals() -> None:
    """What all of the snapshot holds."""
    tiles = {
        t("Posts"): (words.number(n_posts), t("Every post in its newest version, re-submissions included.")),
        t("Distinct matters"): (
            words.number(figures["n_matters"]), t("Posts that say the same again count as one matter."),
        ),
        t("Voices"): (
            words.number(n_voices) if n_voices else t("not known"), t("Different authors, as far as posts name one."),
        ),
        t("Formal"): (words.number(figures["n_formal"]), t("Sent through the portal.")),
        t("For a person"): (
            words.percent(1 - int(figures["n_auto"]) / n_posts),
            t("Posts that the machine is not sure enough of, or that are confidential."),
        ),
    }  # fmt: skip
    with st.container(key="tiles"):
        for label, (value, explained) in tiles.items():
            st.metric(label, value, help=explained, border=True)
    span = words.dates(figures["first_date"], figures["latest_date"])
    st.caption(t("All that was read: {span}.", span=span))
    if n_without_author:
        st.caption(
            n(
                "{n} of {all} posts without an author.", "{n} of {all} posts without an author.",
                n_without_author, all=words.number(n_posts),
            )
        )  # fmt: skip


def windows(clock: pd.Series, unit: str) -> str:
    """Which time is compared with which, as one sentence."""
    newest = clock["latest_date"]
    said = {"day": words.long_day(newest), "weekday": words.weekday(newest), "hour": f"{clock['until_at']:%H:%M}"}
    if unit == "week":
        return n(
            "The seven days to {day}, against the seven days before.",
            "The seven days to {day}, against the {n} weeks before.",
            clock["n_weeks"], **said,
        )  # fmt: skip
    if clock["is_partial"]:
        return n(
            "{weekday}, {day}, until {hour}, against the same hours of the {weekday} before.",
            "{weekday}, {day}, until {hour}, against the same hours of the last {n} weeks on a {weekday}.",
            clock["n_days"], **said,
        )  # fmt: skip
    return n(
        "{weekday}, {day}, against the {weekday} before.",
        "{weekday}, {day}, against the same day of the last {n} weeks.",
        clock["n_days"], **said,
    )  # fmt: skip


def show_changes(series: pd.DataFrame, clock: pd.Series) -> None:
    """One sentence a series that is unusual, and its figure; or that nothing is."""
    whole = series[series["dimension"] == "all"].iloc[0]
    if pd.isna(whole["n_usual"]):
        st.info(
            n(
                "{n} voice. What is usual is not known yet: it takes three weeks of posts.",
                "{n} voices. What is usual is not known yet: it takes three weeks of posts.",
                whole["n_voices"],
            ),
            icon=":material/hourglass_empty:",
        )
        return
    has_name = (series["dimension"] != "all") & ((series["dimension"] != "district") | (series["code"] != "unknown"))
    unusual = series[series["is_unusual"] & has_name]
    if unusual.empty:
        with st.columns(A_ROW, gap="medium")[0]:
            show_change(whole.to_dict(), clock)
        st.markdown(
            n(
                "**Nothing is unusual**: the one series differs from its past by no more than chance.",
                "**Nothing is unusual**: none of {n} series differs from its past by more than chance.",
                len(series),
            )
        )
        return
    st.markdown(
        n(
            "**{n} series is unusual**, the least likely by chance first.",
            "**{n} series are unusual**, the least likely by chance first.",
            len(unusual),
        )
    )
    told = [whole.to_dict(), *unusual.head(MOST_CHANGES).to_dict("records")]
    for start in range(0, len(told), A_ROW):
        in_a_row = told[start : start + A_ROW]
        for column, row in zip(st.columns(A_ROW, gap="medium"), in_a_row, strict=False):
            with column:
                show_change(row, clock)
    if len(unusual) > MOST_CHANGES:
        st.caption(
            n(
                "{n} more series is unusual: see the tables.", "{n} more series are unusual: see the tables.",
                len(unusual) - MOST_CHANGES,
            )
        )  # fmt: skip
    st.caption(
        t(
            "Of {n} series that were tested together at most one in ten of those told here differs by chance. "
            "A post without an author is a voice of its own. Orange is now, the grey band the usual range.",
            n=words.number(len(series)),
        )
    )


def show_change(row: Mapping[str, Any], clock: pd.Series) -> None:
    of = usual.name(row["dimension"], row["code"], known)
    st.markdown(usual.changed(row, of, clock["latest_date"]))
    counts = list(row["n_voices_by_week"])
    labels = [words.short_day(clock["latest_date"] - timedelta(weeks=ago)) for ago in range(len(counts) - 1, -1, -1)]
    figure = charts.against_usual(pd.DataFrame({"label": labels, "n_voices": counts}), row["low"], row["high"])
    title = t("Voices, now and in the weeks before: {name}", name=of)
    show_chart(figure, title, snapshot, file=f"pulse {row['dimension']} {row['code']}")
    st.caption(t("{kind}. {evidence}", kind=t(usual.KINDS[row["dimension"]]), evidence=usual.evidence(row)))


def show_series(series: pd.DataFrame, dimension: str) -> None:
    """All series of a kind: now, usual, how far apart, and the weeks before."""
    rows = series[series["dimension"] == dimension]
    rows = rows.sort_values(["is_unusual", "n_voices", "n_usual"], ascending=False)
    said = rows.to_dict("records")
    lines = rows.assign(
        name=[usual.name(dimension, row["code"], known) for row in said],
        usual=[usual.in_a_table(row["n_usual"]) for row in said],
        differs=[usual.difference(row) for row in said],
    )
    st.markdown(f"**{t(TABLES[dimension])}**")
    show_table(
        lines,
        t("Voices, now and usually: {name}", name=t(usual.KINDS[dimension])),
        snapshot,
        file=f"pulse by {dimension}",
        hide_index=True,
        height=ROW_HEIGHT * (min(len(lines), MOST_ROWS) + 1) + 3,
        column_order=["name", "n_voices", "usual", "differs", "n_voices_by_week"],
        column_config={
            "name": st.column_config.TextColumn(t(usual.KINDS[dimension]), width=235),
            "n_voices": st.column_config.NumberColumn(t("Voices"), format="localized", width=65),
            "usual": st.column_config.TextColumn(t("Usual"), width=60),
            "differs": st.column_config.TextColumn(t("Difference"), width=105),
            "n_voices_by_week": st.column_config.BarChartColumn(t("Last weeks"), y_min=0, width=105),
        },
    )


def show_sources() -> None:
    sources = read(snapshot, "sources")
    show_table(
        sources.assign(state=[t(words.STATES[state]) if state in words.STATES else None for state in sources["state"]]),
        t("Sources"),
        snapshot,
        file="sources",
        hide_index=True,
        placeholder="",
        column_order=["source", "n_posts", "newest_post_at", "state", "last_new_at", "kind"],
        column_config={
            "source": t("Source"),
            "kind": t("Kind"),
            "n_posts": st.column_config.NumberColumn(t("Posts"), format="localized"),
            "newest_post_at": st.column_config.DatetimeColumn(t("Newest post"), format="DD/MM/YYYY"),
            "last_new_at": st.column_config.DatetimeColumn(t("Last brought something new"), format="DD/MM/YYYY, HH:mm"),
            "state": st.column_config.TextColumn(
                t("At the last read"), help=t("`lavwa sources` says what went wrong.")
            ),
        },
    )


show_totals()
clock = read(snapshot, "pulse_clock").iloc[0]
st.subheader(t("What changed"), anchor=False)
unit = st.segmented_control(
    t("Time"), list(UNITS), default="day", required=True, key="unit", format_func=lambda unit: t(UNITS[unit])
)
series = read(snapshot, "pulse", unit=unit)
st.markdown(windows(clock, unit))
show_changes(series, clock)
if unit == "day":
    st.caption(t("Of confidential posts no more than the week is told: the figures of a day are without them."))
else:
    st.caption(
        t(
            "Confidential posts are in the figures of all, of languages, agencies and categories, once their week, "
            "Monday to Sunday, has ended; no channel and no district has any."
        )
    )
st.subheader(t("Now and usually"), anchor=False)
for start in range(0, len(TABLES), 2):
    for column, dimension in zip(st.columns(2, gap="large"), list(TABLES)[start : start + 2], strict=False):
        with column:
            show_series(series, dimension)
note_on_undated_posts(snapshot)
st.subheader(t("Sources"), anchor=False)
show_sources()
