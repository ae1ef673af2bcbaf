"""Charts: few forms, one palette that colour-blind people can tell apart (Okabe and Ito, 2008)."""

import altair as alt
import pandas as pd

PALETTE = ["#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#6B5B95", "#8C6D31"]
REST_COLOUR = "#B8C4CB"
REST = "All others"
MOST_SERIES = 7


def bars(rows: pd.DataFrame, label: str, value: str) -> alt.LayerChart:
    """Horizontal bars in the order of the rows, each with its number."""
    base = alt.Chart(rows).encode(
        y=alt.Y(f"{label}:N", sort=None, title=None, axis=alt.Axis(labelLimit=220, ticks=False, domain=False)),
        x=alt.X(f"{value}:Q", title=None, axis=None),
        tooltip=[alt.Tooltip(f"{label}:N", title=" "), alt.Tooltip(f"{value}:Q", title="Posts", format=",")],
    )
    bar = base.mark_bar(color=PALETTE[0], cornerRadiusEnd=2, height={"band": 0.7})
    number = base.mark_text(align="left", dx=4, color="#1b2a33").encode(text=alt.Text(f"{value}:Q", format=","))
    layered: alt.LayerChart = (bar + number).properties(height=max(90, 34 * len(rows)))
    return layered


def weekly_bars(rows: pd.DataFrame, series_title: str, height: int = 340) -> alt.Chart:
    """Stacked bars a week from `week_date`, `series`, `n_posts`; beyond seven series the smallest become one."""
    totals = rows.groupby("series")["n_posts"].sum().sort_values(ascending=False)
    shown = list(totals.index[:MOST_SERIES]) if len(totals) > MOST_SERIES + 1 else list(totals.index)
    merged = rows.assign(series=rows["series"].where(rows["series"].isin(shown), REST))
    merged = merged.groupby(["week_date", "series"], as_index=False)["n_posts"].sum()
    domain = shown + ([REST] if len(shown) < len(totals) else [])
    colours = PALETTE[: len(shown)] + ([REST_COLOUR] if len(domain) > len(shown) else [])
    merged["order"] = merged["series"].map({name: i for i, name in enumerate(domain)})
    chart: alt.Chart = (
        alt.Chart(merged)
        .mark_bar(cornerRadiusTopLeft=1, cornerRadiusTopRight=1)
        .encode(
            x=alt.X(
                "yearmonthdate(week_date):O",
                title=None,
                axis=alt.Axis(format="%-d %b", labelAngle=0, labelOverlap=True),
            ),
            y=alt.Y("n_posts:Q", title="Posts a week", axis=alt.Axis(tickMinStep=1, grid=True)),
            color=alt.Color(
                "series:N",
                title=series_title,
                scale=alt.Scale(domain=domain, range=colours),
                legend=alt.Legend(orient="top", columns=4, labelLimit=200),
            ),
            order=alt.Order("order:Q"),
            tooltip=[
                alt.Tooltip("yearmonthdate(week_date):T", title="Week of", format="%-d %B %Y"),
                alt.Tooltip("series:N", title=series_title),
                alt.Tooltip("n_posts:Q", title="Posts", format=","),
            ],
        )
        .properties(height=height)
    )
    return chart
