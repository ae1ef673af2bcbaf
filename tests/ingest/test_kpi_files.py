"""Files of indicators: each row is taken, or refused with a sentence. All figures are invented."""

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import combinations
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import FileUnreadableError
from ingest.kpi_files import INDICATORS, VALUES, Indicator, KpiFiles, Value, read_kpi_files

MDAS, PLACES = {"PUC", "SLTA"}, {"SC-05"}
INDICATOR = {
    "indicator_id": "PUC-01", "mda": "PUC", "programme": "Water", "result_level": "outcome",
    "title_en": "Homes with water", "title_fr": "Foyers", "title_crs": "Lakaz",
    "definition": "Homes without a cut, of all", "unit": "%", "measure": "percentage", "is_ascending": "true",
    "source": "Log", "frequency": "quarterly", "owner": "Water Division", "baseline_year": "2024",
    "baseline_value": "81.0", "criteria_for_change": "", "valid_from": "2025-01-01",
}  # fmt: skip
VALUE = {
    "indicator_id": "PUC-01", "period_start": "2025-01-01", "period_end": "2025-03-31", "location": "_T",
    "target": "84", "actual": "83.6", "numerator": "418", "denominator": "500", "status": "final",
    "deviation_reason": "", "source_ref": "Report 1",
}  # fmt: skip


def written(rows: Sequence[Mapping[str, str]], columns: Mapping[str, str]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(columns))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def read(
    folder: Path,
    indicators: Sequence[Mapping[str, str]] | bytes = (INDICATOR,),
    values: Sequence[Mapping[str, str]] | bytes = (VALUE,),
    known: Mapping[str, Sequence[Value]] | None = None,
) -> KpiFiles:
    for name, rows, columns in ((INDICATORS, indicators, INDICATOR), (VALUES, values, VALUE)):
        (folder / name).write_bytes(rows if isinstance(rows, bytes) else written(rows, columns).encode())
    return read_kpi_files(folder, MDAS, PLACES, known or {})


def refused(files: KpiFiles) -> list[tuple[str, int, str, str]]:
    return [(row.file, row.line, row.indicator_id, row.why) for row in files.refused]


def test_rows_become_indicators_and_values(tmp_path: Path) -> None:
    files = read(tmp_path)
    (indicator,), (value,) = files.indicators, files.values
    assert (indicator.indicator_id, indicator.is_ascending, indicator.baseline_value) == ("PUC-01", True, 81.0)
    assert (indicator.valid_from, indicator.criteria_for_change) == (date(2025, 1, 1), "")
    assert (value.target, value.actual, value.numerator, value.denominator) == (84, 83.6, 418, 500)
    assert (value.location, value.period_end, files.refused) == ("_T", date(2025, 3, 31), [])


@pytest.mark.parametrize(
    ("change", "why"),
    [
        pytest.param({"owner": ""}, "there is no owner", id="owner"),
        pytest.param({"owner": "  "}, "there is no owner", id="owner of blanks"),
        pytest.param({"baseline_year": ""}, "there is no baseline_year", id="baseline year"),
        pytest.param({"baseline_value": ""}, "there is no baseline_value", id="baseline value"),
        pytest.param({"indicator_id": ""}, "there is no indicator_id", id="id"),
        pytest.param({"mda": "XXX"}, "there is no agency XXX", id="agency"),
        pytest.param({"result_level": "impact"}, "result_level: Input should be 'outcome' or 'output'", id="level"),
        pytest.param({"valid_from": "1/1/2025"}, "valid_from: it is no date such as 2026-03-31", id="date"),
    ],
)
def test_an_indicator_that_lacks_what_it_needs_is_refused(tmp_path: Path, change: dict[str, str], why: str) -> None:
    row = {**INDICATOR, **change}
    files = read(tmp_path, [INDICATOR | {"indicator_id": "PUC-00"}, row], [])
    assert refused(files) == [(INDICATORS, 3, row["indicator_id"], why)]
    assert [indicator.indicator_id for indicator in files.indicators] == ["PUC-00"]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        pytest.param({"source_ref": " "}, "the actual has no source_ref", id="source"),
        pytest.param({"numerator": "501"}, "the numerator is greater than the denominator", id="numerator"),
        pytest.param({"target": "", "actual": ""}, "there is neither a target nor an actual", id="empty"),
        pytest.param({"period_end": "2024-12-31"}, "the period ends before it begins", id="backwards"),
        pytest.param({"period_end": "2025-02-30"}, None, id="no such day"),
        pytest.param({"period_end": ""}, "there is no period_end", id="no end"),
        pytest.param({"period_end": "86400"}, "period_end: it is no date such as 2026-03-31", id="seconds"),
        pytest.param({"period_end": "2025-03-31T00:00:00"}, "period_end: it is no date such as 2026-03-31", id="time"),
        pytest.param({"indicator_id": "PUC-09"}, "no indicator of this id was taken", id="unknown indicator"),
        pytest.param({"location": "SC-99"}, "there is no place SC-99", id="place"),
        pytest.param({"status": "draft"}, "status: Input should be 'provisional' or 'final'", id="status"),
        pytest.param({"actual": "nan"}, "actual: Input should be a finite number", id="nan"),
        pytest.param({"actual": "inf"}, "actual: Input should be a finite number", id="inf"),
        pytest.param({"target": "1e400"}, "target: Input should be a finite number", id="beyond all"),
        pytest.param({"target": "1,000"}, None, id="comma"),
        pytest.param({"target": "84 %"}, None, id="unit"),
    ],
)
def test_a_value_that_does_not_hold_together_is_refused(
    tmp_path: Path, change: dict[str, str], why: str | None
) -> None:
    files = read(tmp_path, values=[{**VALUE, **change}])
    ((file, line, indicator_id, said),) = refused(files)
    assert (file, line, indicator_id, files.values) == (VALUES, 2, change.get("indicator_id", "PUC-01"), [])
    assert said == why if why else next(iter(change)) in said


def test_what_may_be_empty_may_be_empty(tmp_path: Path) -> None:
    target = {**VALUE, "actual": " ", "numerator": "", "denominator": "", "source_ref": "", "location": " "}
    (value,) = read(tmp_path, values=[target]).values
    assert (value.actual, value.numerator, value.location) == (None, None, "_T")


def test_all_of_a_whole_is_not_more_than_it(tmp_path: Path) -> None:
    assert len(read(tmp_path, values=[{**VALUE, "numerator": "500"}]).values) == 1


def test_a_value_of_a_refused_indicator_is_refused(tmp_path: Path) -> None:
    files = read(tmp_path, [{**INDICATOR, "owner": ""}])
    assert [why for *_, why in refused(files)] == ["there is no owner", "no indicator of this id was taken"]


def test_values_of_an_indicator_that_is_held_need_no_file_of_indicators(tmp_path: Path) -> None:
    (tmp_path / VALUES).write_text(written([VALUE], VALUE))
    assert len(read_kpi_files(tmp_path, MDAS, PLACES, {"PUC-01": []}).values) == 1


@pytest.mark.parametrize(
    ("start", "end", "why"),
    [
        pytest.param("2025-03-31", "2025-06-30", "its period overlaps 2025-01-01 to 2025-03-31", id="a day in both"),
        pytest.param("2025-02-01", "2025-02-28", "its period overlaps 2025-01-01 to 2025-03-31", id="inside"),
        pytest.param("2025-01-01", "2025-12-31", "its period overlaps 2025-01-01 to 2025-03-31", id="around"),
        pytest.param("2025-01-01", "2025-03-31", "an earlier line gives the same period and place", id="the same"),
        pytest.param("2025-04-01", "2025-06-30", None, id="the day after"),
        pytest.param("2024-10-01", "2024-12-31", None, id="the days before"),
    ],
)
def test_no_day_is_in_two_periods(tmp_path: Path, start: str, end: str, why: str | None) -> None:
    other = {**VALUE, "period_start": start, "period_end": end}
    assert [said for *_, said in refused(read(tmp_path, values=[VALUE, other]))] == ([why] if why else [])
    assert refused(read(tmp_path, values=[VALUE, {**other, "location": "SC-05"}])) == []


def test_a_period_that_overlaps_one_held_already_is_refused_and_the_same_one_is_a_new_version(tmp_path: Path) -> None:
    (held,) = read(tmp_path).values
    known = {"PUC-01": [held]}
    (taken,) = read(tmp_path, values=[{**VALUE, "target": "82"}], known=known).values
    assert (taken.key, taken.target) == (held.key, 82)
    files = read(tmp_path, values=[{**VALUE, "period_end": "2025-06-30"}], known=known)
    assert [why for *_, why in refused(files)] == ["its period overlaps 2025-01-01 to 2025-03-31"]
    assert known == {"PUC-01": [held]}


def test_an_indicator_defined_twice_from_one_day_is_refused_from_two_days_it_is_two_definitions(tmp_path: Path) -> None:
    later = {**INDICATOR, "valid_from": "2026-01-01"}
    files = read(tmp_path, [later, INDICATOR, {**INDICATOR, "unit": "homes"}], [])
    assert [row.valid_from.year for row in files.indicators] == [2026, 2025]
    assert refused(files) == [(INDICATORS, 4, "PUC-01", "an earlier line defines it from 2025-01-01 on")]


# Files


def test_a_byte_order_mark_quotes_and_other_columns_do_no_harm(tmp_path: Path) -> None:
    row = {**INDICATOR, "definition": 'Homes "with", water\nall day', "note": "not read"}
    text = written([row], {"note": "", **INDICATOR})
    files = read(tmp_path, text.encode("utf-8-sig"), [{**VALUE, "source_ref": ""}])
    assert [indicator.definition for indicator in files.indicators] == ['Homes "with", water\nall day']
    assert [line for _, line, *_ in refused(files)] == [2]


def test_a_row_with_a_cell_too_many_or_too_few_is_refused(tmp_path: Path) -> None:
    header, row = written([VALUE], VALUE).splitlines()
    lines = [header, row.replace("83.6", "1,083.6"), row.rsplit(",", 1)[0], row]
    files = read(tmp_path, values="\n".join(lines).encode())
    more, fewer = files.refused
    assert more.why == "it has more cells than there are columns: put quotes around a text that holds a comma"
    assert (fewer.line, fewer.why) == (3, "it has fewer cells than there are columns")
    assert len(files.values) == 1


@pytest.mark.parametrize(
    ("content", "why"),
    [
        pytest.param(b"indicator_id,mda\n", "it has no column programme, result_level", id="columns"),
        pytest.param(b"", "it has no column indicator_id", id="empty"),
        pytest.param((",".join([*INDICATOR, "mda"]) + "\n").encode(), "it has two columns mda", id="twice"),
        pytest.param(",".join(INDICATOR).encode() + b"\n\xe9t\xe9\n", "it is not UTF-8", id="Latin-1"),
        pytest.param(",".join(INDICATOR).encode() + b'\n"open', "it is not CSV: unexpected end of data", id="quote"),
    ],
)
def test_a_file_that_is_no_such_csv_is_told_in_a_sentence(tmp_path: Path, content: bytes, why: str) -> None:
    with pytest.raises(FileUnreadableError) as error:
        read(tmp_path, content)
    assert str(error.value).startswith(f"{tmp_path / INDICATORS}: {why}")


def test_a_folder_without_either_file_and_a_folder_in_place_of_a_file_are_told(tmp_path: Path) -> None:
    with pytest.raises(FileUnreadableError, match=r"there is neither indicators\.csv nor values\.csv in it"):
        read_kpi_files(tmp_path, MDAS, PLACES, {})
    (tmp_path / VALUES).mkdir()
    with pytest.raises(FileUnreadableError, match="Is a directory"):
        read_kpi_files(tmp_path, MDAS, PLACES, {})


def test_a_refusal_repeats_no_more_than_an_id(tmp_path: Path) -> None:
    (row,) = read(tmp_path, [{**INDICATOR, "indicator_id": "x y\n" * 100}], []).refused
    assert (len(row.indicator_id), "\n" in row.indicator_id) == (40, False)


CELL = st.one_of(
    st.sampled_from(["", "PUC-01", "PUC", "1", "nan", "-1e400", "2025-01-01", "9999-12-31", "true", "final"]),
    st.sampled_from(["_T", '"', "\0", "outcome", "yearly"]),
    st.text(max_size=8),
)  # fmt: skip
LINES = st.lists(st.lists(CELL, max_size=20).map(",".join), max_size=6)


@given(LINES, LINES, st.booleans())
def test_whatever_is_in_the_files_is_taken_refused_or_unreadable(
    indicators: list[str], values: list[str], has_header: bool
) -> None:
    with TemporaryDirectory() as folder:
        for name, lines, columns in ((INDICATORS, indicators, INDICATOR), (VALUES, values, VALUE)):
            content = "\n".join([",".join(columns)] * has_header + lines)
            (Path(folder) / name).write_bytes(content.encode("utf-8", "surrogatepass"))
        try:
            files = read_kpi_files(Path(folder), MDAS, PLACES, {"PUC-01": []})
        except FileUnreadableError:
            return
        assert all(isinstance(row, Indicator) for row in files.indicators)
        assert all(row.why and "\n" not in row.indicator_id for row in files.refused)


PERIODS = st.lists(st.tuples(st.integers(1, 12), st.integers(0, 3)), min_size=1, max_size=6)


@given(PERIODS, st.randoms(use_true_random=False))
def test_in_whatever_order_lines_come_what_overlaps_is_not_all_taken(
    periods: list[tuple[int, int]], shuffled: Random
) -> None:
    rows = [
        {**VALUE, "period_start": f"2025-{first:02}-01", "period_end": f"2025-{min(12, first + more):02}-28"}
        for first, more in periods
    ]
    again = list(rows)
    shuffled.shuffle(again)
    with TemporaryDirectory() as folder:
        one, other = read(Path(folder), values=rows), read(Path(folder), values=again)
    assert bool(one.refused) == bool(other.refused)
    for files in (one, other):
        assert len(files.values) + len(files.refused) == len(rows)
        for first, second in combinations(files.values, 2):
            assert first.period_end < second.period_start or second.period_end < first.period_start
