"""Charts: few forms, one palette that colour-blind people can tell apart (Okabe and Ito, 2008)."""

from collections.abc import Sequence
from math import ceil

import altair as alt
import pandas as pd

PALETTE = ["#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#6B5B95", "#8C6D31"]
REST_COLOUR = "#B8C4CB"
REST = "All others"
MOST_SERIES = 7
MOST_TICKS = 9
GAP = 0.1  # of a period, between two bars
STEPS = {"week": pd.DateOffset(weeks=1), "month": pd.DateOffset(months=1)}
TOLD = {"week": "Week of %-d %B %Y", "month": "%B %Y"}


def bars(rows: pd.DataFrame, label: str, value: str) -> alt.LayerChart:
    """Horizontal bars in the order of the rows, each with its number."""
    base = alt.Chart(rows).encode(
        y=alt.Y(f"{label}:N", sort=None, title=None, axis=alt.Axis(labelLimit=220, ticks=False, domain=False)),
        x=alt.X(f"{value}:Q", title=None, axis=None),
        tooltip=[alt.Tooltip(f"{label}:N", title=" "), alt.Tooltip(f"{value}:Q", title="Posts", format=",")],
    )
    bar = base.mark_bar(color=PALETTE[0], cornerRadiusEnd=2, height={"band": 0.7})
    number = base.mark_text(align="left", dx=4, color="#1b2a33").encode(text=alt.Text(f"{value}:Q", format=","))
    layered: alt.LayerChart = (bar + number).properties(height=max(60, 34 * len(rows)))
    return layered


def over_time(rows: pd.DataFrame, unit: str, height: int = 260, most: int | None = None) -> alt.Chart:
    """A bar a period from `period_date` and `n_posts`, on a true axis of time; `most` fixes the scale of the counts."""
    chart: alt.Chart = (
        alt.Chart(_with_ends(rows, unit))
        .mark_bar(color=PALETTE[0])
        .encode(
            x=_time_axis(rows["period_date"], unit),
            x2="end",
            y=alt.Y(
                "n_posts:Q",
                title=None,
                axis=alt.Axis(tickMinStep=1, tickCount=max(2, height // 50), format=",d"),
                scale=alt.Scale(domainMin=0) if most is None else alt.Scale(domain=[0, most]),
            ),
            tooltip=[alt.Tooltip("told:N", title=" "), alt.Tooltip("n_posts:Q", title="Posts", format=",")],
        )
        .properties(height=height)
    )
    return chart


def stacked_over_time(rows: pd.DataFrame, unit: str, height: int = 300) -> alt.Chart:
    """The same with `series` stacked; beyond seven series the smallest become one, and one alone needs no legend."""
    totals = rows.groupby("series")["n_posts"].sum().sort_values(ascending=False)
    if len(totals) == 1:
        return over_time(rows, unit, height)
    shown = list(totals.index[:MOST_SERIES]) if len(totals) > MOST_SERIES + 1 else list(totals.index)
    merged = rows.assign(series=rows["series"].where(rows["series"].isin(shown), REST))
    merged = merged.groupby(["period_date", "series"], as_index=False)["n_posts"].sum()
    domain = shown + ([REST] if len(shown) < len(totals) else [])
    colours = PALETTE[: len(shown)] + ([REST_COLOUR] if len(domain) > len(shown) else [])
    merged["order"] = merged["series"].map({name: i for i, name in enumerate(domain)})
    chart: alt.Chart = over_time(merged, unit, height).encode(
        color=alt.Color(
            "series:N",
            title=None,
            scale=alt.Scale(domain=domain, range=colours),
            legend=alt.Legend(orient="top", columns=4, labelLimit=260),
        ),
        order=alt.Order("order:Q"),
        tooltip=[
            alt.Tooltip("told:N", title=" "),
            alt.Tooltip("series:N", title="From"),
            alt.Tooltip("n_posts:Q", title="Posts", format=","),
        ],
    )
    return chart


def label_format(periods: Sequence[pd.Timestamp], unit: str) -> str:
    """How periods are written side by side, so that no two look alike: with the year where there are several."""
    if unit == "month":
        return "%b %Y"
    return "%-d %b" if periods[0].year == periods[-1].year else "%-d %b %Y"


def ticks(periods: Sequence[pd.Timestamp], unit: str) -> tuple[list[pd.Timestamp], str]:
    """Which of the periods, earliest first, are written under a chart, and how."""
    if unit == "month" and len(periods) > 24:
        return [period for period in periods if period.month == 1], "%Y"
    step = ceil(len(periods) / MOST_TICKS)
    return list(periods)[::step], label_format(periods, unit)


def _time_axis(dates: pd.Series, unit: str) -> alt.X:
    values, form = ticks(sorted(dates.unique()), unit)
    return alt.X(
        "period_date:T",
        title=None,
        axis=alt.Axis(
            values=[alt.DateTime(year=value.year, month=value.month, date=value.day) for value in values],
            format=form,
            grid=False,
            labelAlign="left",
            labelOverlap="greedy",
            labelFlush=False,
            labelSeparation=8,
        ),
    )


def _with_ends(rows: pd.DataFrame, unit: str) -> pd.DataFrame:
    starts = rows["period_date"]
    ends = starts + STEPS[unit]
    return rows.assign(end=starts + (ends - starts) * (1 - GAP), told=starts.dt.strftime(TOLD[unit]))
