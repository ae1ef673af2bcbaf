"""Charts over time: nothing skipped, years told, nothing merged away that has room."""

from collections.abc import Callable

import altair as alt
import pandas as pd
import pytest

from dashboards import charts
from flows.spoken import speaking


def rows(first: str, n: int, unit: str, *series: str) -> pd.DataFrame:
    periods = pd.date_range(first, periods=n, freq="W-MON" if unit == "week" else "MS")
    return pd.DataFrame(
        [
            {"period_date": period, "series": name, "n_posts": number}
            for period in periods
            for number, name in enumerate(series, start=1)
        ]
    )


@pytest.mark.parametrize(
    ("first", "n", "unit", "written"),
    [
        pytest.param("2026-08-03", 3, "week", ["3 Aug", "10 Aug", "17 Aug"], id="weeks of one year"),
        pytest.param("2026-12-21", 3, "week", ["21 Dec 2026", "28 Dec 2026", "4 Jan 2027"], id="weeks of two years"),
        pytest.param("2026-11-01", 3, "month", ["Nov 2026", "Dec 2026", "Jan 2027"], id="months"),
        pytest.param("2024-06-01", 30, "month", ["2025", "2026"], id="years"),
    ],
)
def test_a_time_axis_says_the_year_where_there_are_several(first: str, n: int, unit: str, written: list[str]) -> None:
    values, form = charts.ticks(sorted(rows(first, n, unit, "a")["period_date"]), unit)
    assert [f"{value:{form}}" for value in values] == written


@pytest.mark.parametrize(("n", "unit"), [(26, "week"), (24, "month"), (121, "month")])
def test_a_time_axis_has_room_for_its_words(n: int, unit: str) -> None:
    assert 2 <= len(charts.ticks(sorted(rows("2016-01-04", n, unit, "a")["period_date"]), unit)[0]) <= charts.MOST_TICKS


def test_bars_fill_their_period_but_for_a_gap() -> None:
    drawn = charts.over_time(rows("2026-08-03", 2, "week", "a").drop(columns="series"), "week").to_dict()
    (data,) = drawn["datasets"].values()
    assert [(row["period_date"], row["end"]) for row in data] == [
        ("2026-08-03T00:00:00", "2026-08-09T07:12:00"), ("2026-08-10T00:00:00", "2026-08-16T07:12:00"),
    ]  # fmt: skip


def test_series_are_stacked_largest_first_and_the_smallest_are_one() -> None:
    drawn = charts.over_time(rows("2026-08-03", 1, "week", *"abcdefghij"), "week").to_dict()
    (data,) = drawn["datasets"].values()
    assert [row["series"] for row in data] == [*"jihgfed", "All others"]
    assert [(row["low"], row["high"]) for row in (data[0], data[1], data[-1])] == [(0, 10), (10, 19), (49, 55)]


@pytest.mark.parametrize(("series", "has_legend"), [("a", False), ("ab", True)])
def test_one_series_needs_no_legend(series: str, has_legend: bool) -> None:
    colour = charts.over_time(rows("2026-08-03", 1, "week", *series), "week").to_dict()["encoding"]["color"]
    assert (colour["legend"] is not None) is has_legend


WEEKS = pd.DataFrame({"period_date": pd.date_range("2026-08-03", periods=3, freq="W-MON"), "n_posts": [1, 2, 3]})
SHARES = pd.DataFrame({"week_date": WEEKS["period_date"], "k": [1, 2, 3], "n": [4, 4, 4]})
TILES = pd.DataFrame(
    [
        {
            "tile_column": 0, "tile_row": 0, "state": "silent", "district": "SC-05", "short_name": "A. Royale",
            "told": "0 of 4", "sign": "○ silent", "name": "Anse Royale", "spoken": "0 of 4, silent", "lean": -0.8,
        }
    ]
)  # fmt: skip
FORMS = {
    "bars": lambda: charts.bars(pd.DataFrame({"name": ["a"], "n_posts": [1]}), "name", "n_posts"),
    "over time": lambda: charts.over_time(WEEKS, "week"),
    "stacked": lambda: charts.over_time(rows("2026-08-03", 2, "month", "a", "b"), "month"),
    "calibration": lambda: charts.calibration(pd.DataFrame({"said": [0.7], "n_right": [7], "n_decided": [9]})),
    "weekly share": lambda: charts.weekly_share(SHARES, "k", "n"),
    "waits": lambda: charts.waits([(0, 1.0), (3, 0.5)], 10),
    "against usual": lambda: charts.against_usual(pd.DataFrame({"label": ["a", "b"], "n_voices": [1, 9]}), 0, 3),
    "tiles": lambda: charts.tiles(TILES, alt.selection_point(name="picked", fields=["district"], empty=False)),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_every_form_of_chart_is_sound_vega_lite_in_the_languages_numbers(form: Callable[[], charts.Drawing]) -> None:
    form().to_dict(validate=True)
    with speaking("fr"):
        assert form().specification()["config"]["locale"]["number"]["decimal"] == ","


def test_a_chart_is_made_once_for_the_same_values_and_language() -> None:
    def asked(values: list[int]) -> charts.Drawing:
        return charts.bars(pd.DataFrame({"name": list("ab"), "n_posts": values}), "name", "n_posts")

    made = charts._specification.cache_info().misses
    first, again = asked([1, 9]).specification(), asked([1, 9]).specification()
    again["height"] = 1  # whoever draws it may change it
    assert charts._specification.cache_info().misses == made + 1
    assert asked([1, 9]).specification() == first
    assert asked([1, 8]).specification() != first
    with speaking("fr"):
        assert asked([1, 9]).specification()["config"] != first["config"]
