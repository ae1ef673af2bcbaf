"""Charts over time: nothing skipped, years told, nothing merged away that has room."""

import pandas as pd
import pytest

from dashboards import charts


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
