"""Indicators of results-based management from two CSV files, each row taken or refused with a reason.

`indicators.csv`: indicator_id, mda, programme, result_level, title_en, title_fr, title_crs, definition, unit, measure,
is_ascending, source, frequency, owner, baseline_year, baseline_value, criteria_for_change, valid_from.
`values.csv`: indicator_id, period_start, period_end, location, target, actual, numerator, denominator, status,
deviation_reason, source_ref.
"""

import csv
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, FiniteFloat, ValidationError, model_validator

from ingest.errors import FileUnreadableError

INDICATORS, VALUES = "indicators.csv", "values.csv"
NATIONAL = "_T"


def _none_of_empty(value: object) -> object:
    return None if isinstance(value, str) and not value.strip() else value


Text = Annotated[str, Field(min_length=1, max_length=500)]
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
    valid_from: date


class Value(Row):
    """A target, an actual or both, of a period (both days are in it) and a place (a code of a district, or `_T`)."""

    indicator_id: Text
    period_start: date
    period_end: date
    location: Annotated[str, BeforeValidator(lambda value: value or NATIONAL)] = NATIONAL
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
    if not (folder / INDICATORS).exists() and not (folder / VALUES).exists():
        raise FileUnreadableError(str(folder), f"there is neither {INDICATORS} nor {VALUES} in it")
    refused: list[Refused] = []
    indicators: dict[tuple[str, date], Indicator] = {}
    for line, row, indicator in _rows(folder / INDICATORS, Indicator, refused):
        why = _why_no_indicator(indicator, mdas, indicators)
        if why:
            refused.append(Refused(INDICATORS, line, row["indicator_id"], why))
        else:
            indicators[indicator.indicator_id, indicator.valid_from] = indicator
    held = {**known}
    for indicator_id, _ in indicators:
        held.setdefault(indicator_id, [])
    values: list[Value] = []
    for line, row, value in _rows(folder / VALUES, Value, refused):
        why = _why_no_value(value, locations, held, values)
        if why:
            refused.append(Refused(VALUES, line, row["indicator_id"], why))
        else:
            values.append(value)
    return KpiFiles(list(indicators.values()), values, refused)


def _rows(path: Path, model: type[Model], refused: list[Refused]) -> Iterator[tuple[int, dict[str, str], Model]]:
    """Each row that fits the model, with its line; those that do not are refused."""
    if not path.exists():
        return
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream, strict=True)
            missing = [name for name, of in model.model_fields.items() if name not in (reader.fieldnames or ())]
            if missing:
                raise FileUnreadableError(str(path), f"it has no column {', '.join(missing)}")
            for row in reader:
                given: dict[str, Any] = {name: value for name, value in row.items() if name in model.model_fields}
                try:
                    yield reader.line_num, row, model.model_validate(given)
                except ValidationError as error:
                    refused.append(Refused(path.name, reader.line_num, row["indicator_id"] or "", _said(error)))
    except UnicodeDecodeError as error:
        raise FileUnreadableError(str(path), "it is not UTF-8") from error
    except csv.Error as error:
        raise FileUnreadableError(str(path), f"it is not CSV: {error}") from error
    except OSError as error:
        raise FileUnreadableError(str(path), error.strerror or "it cannot be read") from error


def _said(error: ValidationError) -> str:
    first = error.errors(include_input=False, include_url=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    what = first["msg"].removeprefix("Value error, ")
    if first["type"] in {"string_too_short", "int_parsing", "float_parsing"} and where in {"owner", "baseline_year"}:
        return f"there is no {where}"
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
    value: Value, locations: Collection[str], held: Mapping[str, Sequence[Value]], taken: Sequence[Value]
) -> str | None:
    if value.indicator_id not in held:
        return "no indicator of this id was taken"
    if value.location != NATIONAL and value.location not in locations:
        return f"there is no place {value.location}"
    if any(other.key == value.key for other in taken):
        return "an earlier line gives the same period and place"
    for other in (*held[value.indicator_id], *(one for one in taken if one.indicator_id == value.indicator_id)):
        is_apart = other.period_end < value.period_start or value.period_end < other.period_start
        if other.location == value.location and other.key != value.key and not is_apart:
            return f"its period overlaps {other.period_start} to {other.period_end}"
    return None
