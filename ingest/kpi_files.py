"""Indicators of results-based management from two CSV files, each row taken or refused with a reason.

`indicators.csv`: indicator_id, mda, programme, result_level, title_en, title_fr, title_crs, definition, unit, measure,
is_ascending, source, frequency, owner, baseline_year, baseline_value, criteria_for_change, valid_from.
`values.csv`: indicator_id, period_start, period_end, location, target, actual, numerator, denominator, status,
deviation_reason, source_ref.

Columns may stand in any order, with others beside them, which are not read. Dates are YYYY-MM-DD.
"""

import csv
import os
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, FiniteFloat, ValidationError, model_validator

from ingest.errors import FileUnreadableError

INDICATORS, VALUES = "indicators.csv", "values.csv"
NATIONAL = "_T"
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
MOST_OF_AN_ID = 40  # characters, where it is repeated


def _none_of_empty(value: object) -> object:
    return None if isinstance(value, str) and not value.strip() else value


def _day(value: object) -> object:
    """Pydantic would also read a number as seconds since 1970."""
    if isinstance(value, str) and value.strip() and not DAY.fullmatch(value.strip()):
        raise ValueError("it is no date such as 2026-03-31")
    return value


Text = Annotated[str, Field(min_length=1, max_length=500)]
Day = Annotated[date, BeforeValidator(_day)]
Number = Annotated[FiniteFloat | None, BeforeValidator(_none_of_empty)]
Model = TypeVar("Model", bound="Row")


class Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Indicator(Row):
    """What is measured, from when on, by whom; a later `valid_from` of the same id is a new definition."""

    indicator_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$")]
    mda: Text
    programme: str = ""
    result_level: Literal["outcome", "output"]
    title_en: Text
    title_fr: str = ""
    title_crs: str = ""
    definition: Text
    unit: Text
    measure: Text
    is_ascending: bool
    source: str = ""
    frequency: Literal["monthly", "quarterly", "yearly"]
    owner: Text
    baseline_year: Annotated[int, Field(ge=1950, le=2100)]
    baseline_value: FiniteFloat
    criteria_for_change: str = ""
    valid_from: Day


class Value(Row):
    """A target, an actual or both, of a period (both days are in it) and a place (a code of a district, or `_T`)."""

    indicator_id: Text
    period_start: Day
    period_end: Day
    location: Annotated[str, Field(max_length=40), BeforeValidator(lambda value: _none_of_empty(value) or NATIONAL)]
    target: Number = None
    actual: Number = None
    numerator: Number = None
    denominator: Number = None
    status: Literal["provisional", "final"]
    deviation_reason: str = ""
    source_ref: str = ""

    @model_validator(mode="after")
    def _holds_together(self) -> "Value":
        if self.period_end < self.period_start:
            raise ValueError("the period ends before it begins")
        if self.target is None and self.actual is None:
            raise ValueError("there is neither a target nor an actual")
        if self.actual is not None and not self.source_ref:
            raise ValueError("the actual has no source_ref")
        if self.numerator is not None and self.denominator is not None and self.numerator > self.denominator:
            raise ValueError("the numerator is greater than the denominator")
        return self

    @property
    def key(self) -> tuple[str, str, date, date]:
        return self.indicator_id, self.location, self.period_start, self.period_end


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that was not taken: `line` is its line in the file."""

    file: str
    line: int
    indicator_id: str
    why: str


@dataclass(frozen=True, slots=True)
class KpiFiles:
    indicators: Sequence[Indicator]
    values: Sequence[Value]
    refused: Sequence[Refused]


def read_kpi_files(
    folder: Path, mdas: Collection[str], locations: Collection[str], known: Mapping[str, Sequence[Value]]
) -> KpiFiles:
    """Read both files of a folder, either of which may be missing.

    `mdas` and `locations` are the codes that there are; `known` are the values held already, by indicator, the empty
    list for an indicator without any. Raises `FileUnreadableError` where a file is no such CSV, or there is none.
    """
    if not any(os.path.lexists(folder / name) for name in (INDICATORS, VALUES)):
        raise FileUnreadableError(str(folder), f"there is neither {INDICATORS} nor {VALUES} in it")
    refused: list[Refused] = []
    indicators: dict[tuple[str, date], Indicator] = {}
    for line, indicator in _rows(folder / INDICATORS, Indicator, refused):
        why = _why_no_indicator(indicator, mdas, indicators)
        if why:
            refused.append(Refused(INDICATORS, line, indicator.indicator_id, why))
        else:
            indicators[indicator.indicator_id, indicator.valid_from] = indicator
    held = {indicator_id: list(values) for indicator_id, values in known.items()}
    for indicator_id, _ in indicators:
        held.setdefault(indicator_id, [])
    taken: dict[tuple[str, str, date, date], Value] = {}
    for line, value in _rows(folder / VALUES, Value, refused):
        why = _why_no_value(value, locations, held, taken)
        if why:
            refused.append(Refused(VALUES, line, value.indicator_id, why))
        else:
            taken[value.key] = value
            held[value.indicator_id].append(value)
    return KpiFiles(list(indicators.values()), list(taken.values()), refused)


def _rows(path: Path, model: type[Model], refused: list[Refused]) -> Iterator[tuple[int, Model]]:
    """Each row that fits the model, with its line; those that do not are refused."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream, strict=True)
            columns = [name.strip() for name in reader.fieldnames or ()]
            reader.fieldnames = columns
            _check(path, columns, list(model.model_fields))
            for row in reader:
                try:
                    yield reader.line_num, _read(model, row)
                except (_UnevenRowError, ValidationError) as error:
                    why = _said(error) if isinstance(error, ValidationError) else str(error)
                    refused.append(Refused(path.name, reader.line_num, _id_of(row), why))
    except FileNotFoundError:
        return
    except UnicodeDecodeError as error:
        raise FileUnreadableError(str(path), "it is not UTF-8") from error
    except csv.Error as error:
        raise FileUnreadableError(str(path), f"it is not CSV: {error}") from error
    except OSError as error:
        raise FileUnreadableError(str(path), error.strerror or "it cannot be read") from error


class _UnevenRowError(Exception):
    """A row whose cells are not one a column: a comma without quotes moves all that follows."""


def _check(path: Path, columns: Sequence[str], wanted: Sequence[str]) -> None:
    if missing := [name for name in wanted if name not in columns]:
        raise FileUnreadableError(str(path), f"it has no column {', '.join(missing)}")
    if twice := [name for name in wanted if columns.count(name) > 1]:
        raise FileUnreadableError(str(path), f"it has two columns {', '.join(twice)}")


def _read(model: type[Model], row: Mapping[str | None, Any]) -> Model:
    if None in row:
        raise _UnevenRowError("it has more cells than there are columns: put quotes around a text that holds a comma")
    if None in row.values():
        raise _UnevenRowError("it has fewer cells than there are columns")
    return model.model_validate({name: value for name, value in row.items() if name in model.model_fields})


def _id_of(row: Mapping[str | None, Any]) -> str:
    """On one line, and no longer than an id is."""
    return " ".join((row["indicator_id"] or "").split())[:MOST_OF_AN_ID]


def _said(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    if where and isinstance(first["input"], str) and not first["input"].strip():
        return f"there is no {where}"
    what = first["msg"].removeprefix("Value error, ")
    return f"{where}: {what}" if where else what


def _why_no_indicator(
    indicator: Indicator, mdas: Collection[str], taken: Mapping[tuple[str, date], Indicator]
) -> str | None:
    if indicator.mda not in mdas:
        return f"there is no agency {indicator.mda}"
    if (indicator.indicator_id, indicator.valid_from) in taken:
        return f"an earlier line defines it from {indicator.valid_from} on"
    return None


def _why_no_value(
    value: Value,
    locations: Collection[str],
    held: Mapping[str, Sequence[Value]],
    taken: Collection[tuple[str, str, date, date]],
) -> str | None:
    if value.indicator_id not in held:
        return "no indicator of this id was taken"
    if value.location != NATIONAL and value.location not in locations:
        return f"there is no place {value.location}"
    if value.key in taken:
        return "an earlier line gives the same period and place"
    for other in held[value.indicator_id]:
        is_apart = other.period_end < value.period_start or value.period_end < other.period_start
        if other.location == value.location and other.key != value.key and not is_apart:
            return f"its period overlaps {other.period_start} to {other.period_end}"
    return None
