from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from toy_cases import DAYS, MAHE, mahe

from portal.working_days import WorkingDays

MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.sampled_from([UTC, MAHE]))  # noqa: DTZ001


@pytest.mark.parametrize(
    "day",
    [
        pytest.param(date(2026, 1, 1), id="New Year"),
        pytest.param(date(2026, 1, 2), id="the day after New Year"),
        pytest.param(date(2026, 4, 3), id="Good Friday"),
        pytest.param(date(2026, 4, 6), id="Easter Monday"),
        pytest.param(date(2026, 5, 1), id="Labour Day"),
        pytest.param(date(2026, 6, 4), id="Corpus Christi"),
        pytest.param(date(2026, 6, 18), id="Constitution Day"),
        pytest.param(date(2026, 6, 29), id="Independence Day"),
        pytest.param(date(2025, 8, 15), id="Assumption"),
        pytest.param(date(2027, 8, 16), id="the Monday after an Assumption on Sunday"),
        pytest.param(date(2026, 11, 2), id="the Monday after an All Saints on Sunday"),
        pytest.param(date(2026, 12, 8), id="Immaculate Conception"),
        pytest.param(date(2026, 12, 25), id="Christmas"),
        pytest.param(date(2026, 8, 8), id="a Saturday"),
        pytest.param(date(2026, 8, 9), id="a Sunday"),
    ],
)
def test_nobody_works_on_public_holidays_and_at_weekends(day: date) -> None:
    assert not DAYS.is_working_day(day)


@pytest.mark.parametrize(
    "day",
    [
        pytest.param(date(2026, 6, 5), id="the National Day of before 2015"),
        pytest.param(date(2024, 12, 26), id="the day after Christmas"),
        pytest.param(date(2026, 8, 3), id="a Monday"),
        pytest.param(date(2026, 8, 7), id="a Friday"),
    ],
)
def test_the_days_between_are_working_days(day: date) -> None:
    assert DAYS.is_working_day(day)


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        pytest.param(mahe(2026, 8, 3), 2, date(2026, 8, 5), id="within a week"),
        pytest.param(mahe(2026, 8, 7), 1, date(2026, 8, 10), id="over a weekend"),
        pytest.param(mahe(2026, 8, 3), 10, date(2026, 8, 17), id="two weeks, a holiday on a Saturday takes nothing"),
        pytest.param(mahe(2026, 4, 2), 1, date(2026, 4, 7), id="over Easter"),
        pytest.param(mahe(2026, 6, 17), 10, date(2026, 7, 3), id="over Constitution and Independence Day"),
        pytest.param(mahe(2026, 12, 31), 1, date(2027, 1, 4), id="over New Year"),
        pytest.param(mahe(2026, 8, 8), 1, date(2026, 8, 10), id="from a Saturday"),
        pytest.param(mahe(2026, 8, 3), 0, date(2026, 8, 3), id="no days"),
        pytest.param(mahe(2026, 8, 8), 0, date(2026, 8, 8), id="no days on a Saturday"),
    ],
)
def test_a_time_runs_to_the_end_of_a_working_day(start: datetime, days: int, end: date) -> None:
    assert DAYS.after(start, days) == mahe(end.year, end.month, end.day, 23, 59, 59)


def test_late_evening_in_mahe_is_still_that_day_and_late_evening_in_utc_is_the_next() -> None:
    evening = mahe(2026, 8, 4, 23, 30)
    night = datetime(2026, 8, 4, 20, 30, tzinfo=UTC)  # 00:30 of the 5th in Mahé
    assert DAYS.after(evening, 1) == mahe(2026, 8, 5, 23, 59, 59)
    assert DAYS.after(night, 1) == mahe(2026, 8, 6, 23, 59, 59)
    assert (DAYS.between(evening, night), DAYS.between(night, evening)) == (1, 0)


def test_times_come_out_in_utc() -> None:
    assert DAYS.after(mahe(2026, 8, 3), 1).isoformat() == "2026-08-04T19:59:59+00:00"


def test_another_country_has_other_holidays() -> None:
    assert WorkingDays(MAHE, "MU").is_working_day(date(2026, 6, 18))
    assert not WorkingDays(MAHE, "MU").is_working_day(date(2026, 3, 12))  # Mauritius National Day
    assert WorkingDays(MAHE) == DAYS != WorkingDays(MAHE, "MU")


@given(MOMENTS, st.integers(0, 60))
def test_as_many_working_days_lie_between_as_were_added(start: datetime, days: int) -> None:
    end = DAYS.after(start, days)
    assert DAYS.between(start, end) == days
    assert days == 0 or DAYS.is_working_day(end.astimezone(MAHE).date())


@given(MOMENTS, st.integers(0, 20), st.integers(1, 20))
def test_times_added_one_after_the_other_are_the_time_added_at_once(start: datetime, first: int, second: int) -> None:
    assert DAYS.after(DAYS.after(start, first), second) == DAYS.after(start, first + second)


@given(MOMENTS, st.integers(0, 400), st.integers(0, 400))
def test_working_days_between_add_up(start: datetime, first: int, second: int) -> None:
    middle = start + timedelta(days=first)
    end = middle + timedelta(days=second)
    assert DAYS.between(start, end) == DAYS.between(start, middle) + DAYS.between(middle, end)


@given(MOMENTS, st.integers(0, 400))
def test_nothing_lies_between_an_end_and_an_earlier_start(start: datetime, days: int) -> None:
    assert DAYS.between(start + timedelta(days=days), start) == 0


@given(st.lists(st.tuples(MOMENTS, MOMENTS), max_size=5))
def test_counting_for_many_is_counting_for_each(spans: list[tuple[datetime, datetime]]) -> None:
    local = [(start.astimezone(MAHE).date(), end.astimezone(MAHE).date()) for start, end in spans]
    counted = DAYS.count([first for first, _ in local], [last for _, last in local])
    assert counted.tolist() == [DAYS.between(start, end) for start, end in spans]


def test_counting_knows_the_holidays_of_the_country_over_the_turn_of_a_year() -> None:
    first, last = [date(2026, 12, 24), date(2026, 12, 31)], [date(2027, 1, 5), date(2026, 12, 24)]
    assert DAYS.count(first, last).tolist() == [6, 0]  # 28 to 31 December, 4 and 5 January
    assert DAYS.count([date(2026, 6, 17)], [date(2026, 6, 18)]).tolist() == [0]
    assert WorkingDays(MAHE, "MU").count([date(2026, 6, 17)], [date(2026, 6, 18)]).tolist() == [1]


def test_the_calendar_counts_as_many_days_as_lie_between() -> None:
    first, last = date(2026, 12, 1), date(2027, 1, 31)
    counted = DAYS.calendar(first, last)
    assert (min(counted), max(counted), len(counted)) == (first, last, 62)
    starts, ends = zip(*[(day, later) for day in counted for later in counted if day <= later], strict=True)
    assert [counted[end] - counted[start] for start, end in zip(starts, ends, strict=True)] == DAYS.count(
        starts, ends
    ).tolist()
