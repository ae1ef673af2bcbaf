"""Numbers, days and times as each language writes them.

Babel knows English and French. Of Seychellois Creole it knows nothing: the names of months and days are here, and
numbers are written as in Seychelles' English. A native speaker must review the names.
"""

from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from typing import Any

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal, format_percent

from flows.spoken import spoken

MONTHS = (
    "Zanvye", "Fevriye", "Mars", "Avril", "Me", "Zen", "Zilyet", "Out", "Septanm", "Oktob", "Novanm", "Desanm",
)  # fmt: skip
SHORT_MONTHS = ("Zan", "Fev", "Mar", "Avr", "Me", "Zen", "Zil", "Out", "Sep", "Okt", "Nov", "Des")
DAYS = ("Lendi", "Mardi", "Merkredi", "Zedi", "Vandredi", "Sanmdi", "Dimans")
SHORT_DAYS = ("Len", "Mar", "Mer", "Zed", "Van", "Sam", "Dim")


class _Creole(Locale):
    """English, its months and days named in Seychellois Creole."""

    def __init__(self) -> None:
        super().__init__("en")

    @property
    def months(self) -> Mapping[str, Mapping[str, Mapping[int, str]]]:  # type: ignore[override]
        widths = {
            "wide": dict(enumerate(MONTHS, 1)),
            "abbreviated": dict(enumerate(SHORT_MONTHS, 1)),
        }
        return {"format": widths, "stand-alone": widths}

    @property
    def days(self) -> Mapping[str, Mapping[str, Mapping[int, str]]]:  # type: ignore[override]
        widths = {"wide": dict(enumerate(DAYS)), "abbreviated": dict(enumerate(SHORT_DAYS))}
        return {"format": widths, "stand-alone": widths}


def number(value: float, decimals: int = 0) -> str:
    """`1,124`, in French `1 124`; `decimals` at most, none that are zero."""
    return str(format_decimal(round(value, decimals), format="#,##0." + "#" * decimals, locale=_locale()))


def percent(share: float) -> str:
    """`62%`, in French `62 %`: the share in whole hundredths, the same wherever it stands."""
    return str(format_percent(round(share * 100) / 100, locale=_locale()))


def day(of: date) -> str:
    """`5 Aug 2026`."""
    return _date(of, "d MMM yyyy")


def long_day(of: date) -> str:
    """`5 August 2026`."""
    return _date(of, "d MMMM yyyy")


def short_day(of: date) -> str:
    """`5 Aug`, where the year is known."""
    return _date(of, "d MMM")


def weekday(of: date) -> str:
    """`Tuesday`."""
    return _date(of, "EEEE")


def month(of: date) -> str:
    """`August 2026`."""
    return _date(of, "MMMM yyyy")


def short_month(of: date) -> str:
    """`Aug 2026`."""
    return _date(of, "MMM yyyy")


def moment(of: datetime) -> str:
    """`5 Aug 2026, 14:02`, in the zone that the time is in."""
    return str(format_datetime(of, "d MMM yyyy, HH:mm", tzinfo=of.tzinfo, locale=_locale()))


def short_moment(of: datetime) -> str:
    """`5 Aug 14:02`, where the year is known."""
    return str(format_datetime(of, "d MMM HH:mm", tzinfo=of.tzinfo, locale=_locale()))


def vega_locale() -> dict[str, Any]:
    """The same for charts: what Vega's `config.locale` takes."""
    of = _locale()
    symbols = of.number_symbols["latn"]
    return {
        "number": {
            "decimal": symbols["decimal"], "thousands": symbols["group"], "grouping": [3], "currency": ["", ""],
            "percent": str(format_percent(0, locale=of))[1:],
        },
        "time": {
            "dateTime": "%-d %B %Y, %H:%M", "date": "%d/%m/%Y", "time": "%H:%M", "periods": ["", ""],
            "days": _sunday_first(of.days["format"]["wide"]),
            "shortDays": _sunday_first(of.days["format"]["abbreviated"]),
            "months": list(of.months["format"]["wide"].values()),
            "shortMonths": list(of.months["format"]["abbreviated"].values()),
        },
    }  # fmt: skip


def _sunday_first(names: Mapping[int, str]) -> list[str]:
    return [names[(place + 6) % 7] for place in range(7)]


def _date(of: date, pattern: str) -> str:
    if isinstance(of, datetime):
        return str(format_datetime(of, pattern, tzinfo=of.tzinfo, locale=_locale()))
    return str(format_date(of, pattern, locale=_locale()))


def _locale() -> Locale:
    return _of(spoken())


@cache
def _of(language: str) -> Locale:
    return _Creole() if language == "crs" else Locale(language)
