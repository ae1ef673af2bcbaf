"""The clock of complaints: working days of a country, in its own time."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

import numpy as np
from holidays import HolidayBase, country_holidays

END_OF_DAY = time(23, 59, 59)


@dataclass(frozen=True)
class WorkingDays:
    """Monday to Friday, public holidays left out. `country` is an ISO 3166-1 code that the library `holidays` knows."""

    timezone: ZoneInfo
    country: str = "SC"
    _holidays: HolidayBase = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_holidays", country_holidays(self.country))

    def after(self, start: datetime, days: int) -> datetime:
        """The end of the `days`-th working day after the day of `start`; of its own day, where `days` is 0."""
        day = start.astimezone(self.timezone).date()
        while days > 0:
            day += timedelta(days=1)
            days -= self.is_working_day(day)
        return datetime.combine(day, END_OF_DAY, self.timezone).astimezone(UTC)

    def between(self, start: datetime, end: datetime) -> int:
        """How many working days begin after the day of `start` and up to the day of `end`."""
        first, last = (moment.astimezone(self.timezone).date() for moment in (start, end))
        return sum(self.is_working_day(first + timedelta(days=n)) for n in range(1, (last - first).days + 1))

    def count(self, starts: Sequence[date], ends: Sequence[date]) -> np.ndarray:
        """`between` for many: how many working days begin after each start and up to each end, none before it."""
        first, last = (np.asarray(days, dtype="datetime64[D]") for days in (starts, ends))
        if not len(first):
            return np.zeros(0, dtype=np.int64)
        years = range(first.min().astype(object).year, last.max().astype(object).year + 2)
        off = list(country_holidays(self.country, years=years))
        return np.maximum(np.busday_count(first + 1, last + 1, holidays=off), 0)

    def calendar(self, first: date, last: date) -> dict[date, int]:
        """Each day from `first` to `last`, and how many working days there were from `first` up to and including it."""
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        return dict(zip(days, accumulate(int(self.is_working_day(day)) for day in days), strict=True))

    def is_working_day(self, day: date) -> bool:
        return day.weekday() < 5 and day not in self._holidays
