"""Charts: few forms, one palette that colour-blind people can tell apart (Okabe and Ito, 2008)."""

import json
import pickle
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache, wraps
from math import ceil, isnan
from typing import Any, Literal, ParamSpec

import altair as alt
import pandas as pd
from altair.utils.schemapi import disable_debug_mode
from pandas.api.types import is_datetime64_any_dtype

from flows.formats import long_day, month, vega_locale
from flows.language import mark, t
from flows.spoken import spoken

disable_debug_mode()  # nothing is checked at each interaction: tests check every form of chart

PALETTE = ["#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#6B5B95", "#8C6D31"]
REST_COLOUR = "#B8C4CB"
UNTOLD_COLOUR = "#E6EAEC"
DIVERGING = ["#2166AC", "#F7F7F7", "#B35806"]  # blue to brown by white (Brewer): red-green blind people see it, too
REST = mark("All others")
MOST_SERIES = 7
MOST_TICKS = 13
GAP = 0.1  # of a period, between two bars
MOST_KEPT = 1000  # drawings, of a few kilobytes each
LEAST_SCALE = 4  # posts: one post fills no chart
STEPS = {"week": pd.DateOffset(weeks=1), "month": pd.DateOffset(months=1)}
Given = ParamSpec("Given")
TOLD_AS = alt.Tooltip("told:N", title=" ")


@dataclass(frozen=True, eq=False)
class Drawing:
    """A chart that is made when somebody needs it: who looks at a page that others looked at before finds it made."""

    make: Callable[..., alt.TopLevelMixin]
    given: tuple[Any, ...]
    named: Mapping[str, Any]

    def chart(self) -> Any:
        """As Altair has it."""
        return self.make(*self.given, **self.named)

    def to_dict(self, **how: Any) -> dict[str, Any]:
        """As Vega-Lite, checked."""
        specification: dict[str, Any] = self.chart().to_dict(**how)
        return specification

    def specification(self) -> dict[str, Any]:
        """As Vega-Lite, numbers and dates as the language spoken now writes them. It is not checked, which would take
        twice as long."""
        specification: dict[str, Any] = json.loads(_specification(self))
        return specification

    @cached_property
    def key(self) -> bytes:
        """The same for the same chart of the same values in the same language."""
        return pickle.dumps((self.make.__name__, spoken(), self.given, sorted(self.named.items())))

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Drawing) and self.key == other.key


@lru_cache(maxsize=MOST_KEPT)
def _specification(drawing: Drawing) -> str:
    specification = drawing.chart().to_dict(validate=False)
    return json.dumps({**specification, "config": {**specification.get("config", {}), "locale": vega_locale()}})


def drawing(make: Callable[Given, alt.TopLevelMixin]) -> Callable[Given, Drawing]:
    """Let a function that makes a chart return it as a `Drawing`."""

    @wraps(make)
    def asked(*given: Given.args, **named: Given.kwargs) -> Drawing:
        return Drawing(make, given, named)

    return asked


def _values(rows: pd.DataFrame) -> alt.InlineData:
    """The rows as JSON values: Altair's own way looks at every column's type anew, for each chart of a page."""
    columns = {
        name: column.dt.strftime("%Y-%m-%dT%H:%M:%S") if is_datetime64_any_dtype(column) else column
        for name, column in rows.items()
    }
    lines = zip(*(column.tolist() for column in columns.values()), strict=True)
    return alt.InlineData(
        values=[
            {
                name: None if isinstance(value, float) and isnan(value) else value
                for name, value in zip(columns, line, strict=True)
            }
            for line in lines
        ]
    )


@drawing
def bars(rows: pd.DataFrame, label: str, value: str, title: str | None = None) -> alt.LayerChart:
    """Horizontal bars in the order of the rows, each with its number; `title` says what is counted, else posts."""
    base = alt.Chart(_values(rows)).encode(
        y=alt.Y(f"{label}:N", sort=None, title=None, axis=alt.Axis(labelLimit=220, ticks=False, domain=False)),
        x=alt.X(f"{value}:Q", title=None, axis=None),
        tooltip=[
            alt.Tooltip(f"{label}:N", title=" "),
            alt.Tooltip(f"{value}:Q", title=title or t("Posts"), format=","),
        ],
    )
    bar = base.mark_bar(color=PALETTE[0], cornerRadiusEnd=2, height={"band": 0.7})
    number = base.mark_text(align="left", dx=4, color="#1b2a33").encode(text=alt.Text(f"{value}:Q", format=","))
    layered: alt.LayerChart = alt.LayerChart(layer=[bar, number], height=max(60, 34 * len(rows)))
    return layered


@drawing
def over_time(rows: pd.DataFrame, unit: str, height: int = 260) -> alt.Chart:
    """A bar a period of `unit` from `period_date` and `n_posts`, on a true axis of time.

    Rows with a `series` are stacked; beyond seven series the smallest become one.
    """
    if "series" not in rows:
        return _bars_in_time(rows.assign(low=0, high=rows["n_posts"]), unit, height)
    totals = rows.groupby("series")["n_posts"].sum().sort_values(ascending=False)
    shown = list(totals.index[:MOST_SERIES]) if len(totals) > MOST_SERIES + 1 else list(totals.index)
    domain = shown + ([t(REST)] if len(shown) < len(totals) else [])
    merged = rows.assign(series=pd.Categorical(rows["series"].where(rows["series"].isin(shown), t(REST)), domain))
    merged = merged.groupby(["period_date", "series"], observed=True, as_index=False)["n_posts"].sum()
    merged["high"] = merged.groupby("period_date")["n_posts"].cumsum()
    merged = merged.assign(low=merged["high"] - merged["n_posts"], series=merged["series"].astype(str))
    chart: alt.Chart = _bars_in_time(merged, unit, height).encode(
        color=alt.Color(
            "series:N",
            title=None,
            scale=alt.Scale(domain=domain, range=[*PALETTE[: len(shown)], REST_COLOUR][: len(domain)]),
            legend=alt.Legend(orient="top", columns=4, labelLimit=260) if len(domain) > 1 else None,
        ),
        tooltip=[TOLD_AS, alt.Tooltip("series:N", title=t("From")), _posts()],
    )
    return chart


@drawing
def calibration(rows: pd.DataFrame, height: int = 240) -> alt.LayerChart:
    """How sure the machine was (`said`) against how often it was right (`n_right` of `n_decided`), a dot a tenth."""
    shares = rows.assign(right=rows["n_right"] / rows["n_decided"])
    scale, whole = alt.Scale(domain=[0, 1]), alt.Axis(format="%")
    ideal = pd.DataFrame({"said": [0, 1], "right": [0, 1]})
    x, y = alt.X("said:Q", title=t("It was sure by"), scale=scale, axis=whole), alt.Y(
        "right:Q", title=t("It was right in"), scale=scale, axis=whole
    )  # fmt: skip
    line = alt.Chart(_values(ideal)).mark_line(color=REST_COLOUR, strokeDash=[4, 4]).encode(x=x, y=y)
    dots = alt.Chart(_values(shares)).mark_circle(color=PALETTE[0], opacity=1).encode(
        x=x, y=y, size=alt.Size("n_decided:Q", legend=None, scale=alt.Scale(range=[40, 400])),
        tooltip=[
            alt.Tooltip("said:Q", title=t("It was sure by"), format=".0%"),
            alt.Tooltip("right:Q", title=t("It was right in"), format=".0%"),
            alt.Tooltip("n_decided:Q", title=t("Cases"), format=","),
        ],
    )  # fmt: skip
    layered: alt.LayerChart = (line + dots).properties(height=height)
    return layered


@drawing
def weekly_share(rows: pd.DataFrame, part: str, whole: str, height: int = 200) -> alt.Chart:
    """A line over the weeks (`week_date`): `part` of `whole`."""
    shares = rows.assign(share=rows[part] / rows[whole])
    chart: alt.Chart = (
        alt.Chart(_values(shares))
        .mark_line(color=PALETTE[0], point=True)
        .encode(
            x=alt.X("week_date:T", title=None, axis=alt.Axis(format="%-d %b", tickCount=6)),
            y=alt.Y("share:Q", title=None, scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(format="%", tickCount=5)),
            tooltip=[
                alt.Tooltip("week_date:T", title=t("Week of"), format="%-d %B %Y"),
                alt.Tooltip("share:Q", title=" ", format=".0%"),
                alt.Tooltip(f"{whole}:Q", title=t("Of"), format=","),
            ],
        )
        .properties(height=height)
    )
    return chart


@drawing
def waits(steps: Sequence[tuple[float, float]], by_day: int, height: int = 220) -> alt.LayerChart:
    """The share without an answer after each working day, and the day by which one is owed."""
    rows = pd.DataFrame(steps, columns=["day", "share"])
    line = (
        alt.Chart(_values(rows))
        .mark_line(interpolate="step-after", color=PALETTE[0])
        .encode(
            x=alt.X(
                "day:Q",
                title=t("Working days"),
                axis=alt.Axis(tickMinStep=1),
                scale=alt.Scale(domain=[0, max(by_day + 2, int(rows["day"].max()))]),
            ),
            y=alt.Y(
                "share:Q", title=t("Still without an answer"), scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(format="%")
            ),
            tooltip=[
                alt.Tooltip("day:Q", title=t("Working days")),
                alt.Tooltip("share:Q", title=t("Still without an answer"), format=".0%"),
            ],
        )
    )
    owed = (
        alt.Chart(alt.InlineData(values=[{"day": by_day}]))
        .mark_rule(color=PALETTE[5], strokeDash=[4, 4])
        .encode(x="day:Q")
    )
    layered: alt.LayerChart = (line + owed).properties(height=height)
    return layered


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


def _posts() -> alt.Tooltip:
    return alt.Tooltip("n_posts:Q", title=t("Posts"), format=",")


def _told(start: pd.Timestamp, unit: str) -> str:
    return month(start) if unit == "month" else t("Week of {day}", day=long_day(start))


def _bars_in_time(rows: pd.DataFrame, unit: str, height: int) -> alt.Chart:
    """A rectangle a row from `low` to `high`: a bar that begins and ends in time stands on no zero in Vega."""
    starts = rows["period_date"]
    ends = starts + STEPS[unit]
    rows = rows.assign(end=starts + (ends - starts) * (1 - GAP), told=starts.map(lambda start: _told(start, unit)))
    values, form = ticks(sorted(starts.unique()), unit)
    chart: alt.Chart = (
        alt.Chart(_values(rows))
        .mark_rect(color=PALETTE[0])
        .encode(
            x=alt.X(
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
            ),
            x2=alt.X2("end"),  # a bare string is slow to encode: Altair looks through all its classes
            y=alt.Y(
                "high:Q",
                title=None,
                axis=alt.Axis(tickMinStep=1, tickCount=max(2, height // 50), format=",d"),
                scale=alt.Scale(domainMin=0, domainMax=max(int(rows["high"].max()), LEAST_SCALE)),
            ),
            y2=alt.Y2("low"),
            tooltip=[TOLD_AS, _posts()],
        )
        .properties(height=height)
    )
    return chart


@drawing
def against_usual(rows: pd.DataFrame, low: float, high: float, height: int = 110) -> alt.LayerChart:
    """Bars of `n_voices` by `label` in the order of the rows, the last one in another colour, over the usual range."""
    rows = rows.assign(is_now=[False] * (len(rows) - 1) + [True])
    most = max(LEAST_SCALE, int(rows["n_voices"].max()), int(high))
    y = alt.Y(
        "n_voices:Q", title=None, scale=alt.Scale(domain=[0, most]),
        axis=alt.Axis(tickMinStep=1, tickCount=3, format=",d"),
    )  # fmt: skip
    bars = (
        alt.Chart(_values(rows))
        .mark_bar(size=16)
        .encode(
            x=alt.X("label:N", sort=None, title=None, axis=alt.Axis(labelAngle=0, labelOverlap="greedy", ticks=False)),
            y=y,
            color=alt.Color(
                "is_now:N", legend=None, scale=alt.Scale(domain=[False, True], range=[PALETTE[0], PALETTE[5]])
            ),
            tooltip=[alt.Tooltip("label:N", title=" "), alt.Tooltip("n_voices:Q", title=" ", format=",")],
        )
    )
    band = (
        alt.Chart(alt.InlineData(values=[{"low": low, "high": high}]))
        .mark_rect(color=REST_COLOUR, opacity=0.45)
        .encode(y=alt.Y("low:Q", title=None), y2=alt.Y2("high"))
    )
    layered: alt.LayerChart = alt.LayerChart(layer=[band, bars], height=height)
    return layered


@drawing
def tiles(rows: pd.DataFrame, select: alt.Parameter, height: int = 560) -> alt.LayerChart:
    """A tile a district at `tile_column` and `tile_row`, its `short_name`, `told` and `sign` written on it.

    The colour is `lean`, from -1 (fewer than expected) to 1 (more); grey where it is NaN. A tile whose `state` is
    silent or unknown is white with a broken frame; `district` is what `select` picks.
    """
    columns, lines = int(rows["tile_column"].max()) + 1, int(rows["tile_row"].max()) + 1
    is_white = rows["state"].isin(["silent", "unknown"])
    rows = rows.assign(
        left=rows["tile_column"], right=rows["tile_column"] + 0.94, top=rows["tile_row"],
        bottom=rows["tile_row"] + 0.94, middle=rows["tile_column"] + 0.47,
        frame=is_white, ink=((rows["lean"].abs() > 0.6) & ~is_white).map({True: "#ffffff", False: "#1b2a33"}),
        fill=[_fill(lean, state) for lean, state in zip(rows["lean"], rows["state"], strict=True)],
        first=rows["tile_row"] + 0.25, second=rows["tile_row"] + 0.5, third=rows["tile_row"] + 0.75,
    )  # fmt: skip
    across = alt.Scale(domain=[0, columns], nice=False, zero=False)
    down = alt.Scale(domain=[0, lines], nice=False, zero=False, reverse=True)
    base = alt.Chart(_values(rows))
    tile = (
        base.mark_rect(cornerRadius=3)
        .encode(
            x=alt.X("left:Q", scale=across, axis=None),
            x2=alt.X2("right"),
            y=alt.Y("top:Q", scale=down, axis=None),
            y2=alt.Y2("bottom"),
            color=alt.Color("fill:N", scale=None, legend=None),
            stroke=alt.condition(select, alt.value("#1b2a33"), alt.value("#8796a0")),
            strokeWidth=alt.condition(select, alt.value(3), alt.value(1)),
            strokeDash=alt.StrokeDash(
                "frame:N", legend=None, scale=alt.Scale(domain=[False, True], range=[[1, 0], [4, 3]])
            ),
            tooltip=[alt.Tooltip("name:N", title=" "), alt.Tooltip("spoken:N", title=" ")],
        )
        .add_params(select)
    )  # fmt: skip

    def text(line: str, column: str, weight: Literal["normal", "bold"] = "normal") -> alt.Chart:
        size = alt.expr("width < 450 ? 8 : 11.5")
        written: alt.Chart = base.mark_text(fontSize=size, fontWeight=weight, baseline="middle").encode(
            x=alt.X("middle:Q", scale=across, axis=None),
            y=alt.Y(f"{line}:Q", scale=down, axis=None),
            text=alt.Text(f"{column}:N"),
            color=alt.Color("ink:N", scale=None, legend=None),
            tooltip=[alt.Tooltip("name:N", title=" "), alt.Tooltip("spoken:N", title=" ")],
        )
        return written

    written = (text("first", "short_name", "bold"), text("second", "told"), text("third", "sign"))
    layered: alt.LayerChart = alt.LayerChart(layer=[tile, *written], height=height)
    return layered


def _fill(lean: float, state: str) -> str:
    """The colour of a tile, along `DIVERGING`."""
    if state in {"silent", "unknown"}:
        return "#FFFFFF"
    if isnan(lean):
        return UNTOLD_COLOUR
    low, middle, high = ([int(colour[at : at + 2], 16) for at in (1, 3, 5)] for colour in DIVERGING)
    end = low if lean < 0 else high
    mixed = [round(one + (other - one) * abs(lean)) for one, other in zip(middle, end, strict=True)]
    return "#" + "".join(f"{part:02X}" for part in mixed)
