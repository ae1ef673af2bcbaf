"""Indicators are kept version upon version; progress and states against figures reckoned by hand."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from kpi_rows import indicator, value
from test_marts import published
from warehouse_rows import MAHE, enriched

from warehouse.kpis import Stored, known_values, store_kpis
from warehouse.publish import build_marts

FIRST, LATER = datetime(2026, 1, 5, tzinfo=UTC), datetime(2026, 2, 5, tzinfo=UTC)


def stored(
    connection: duckdb.DuckDBPyConnection, *values: dict[str, Any], indicators: Sequence[dict[str, Any]] = ()
) -> None:
    store_kpis(connection, "kpi_indicators", list(indicators) or [indicator()], FIRST)
    store_kpis(connection, "kpi_values", values, FIRST)


def mart(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    build_marts(connection, MAHE)
    rows: list[dict[str, Any]] = (
        connection.execute("FROM mart_kpis ORDER BY indicator_id, location, period_end").to_arrow_table().to_pylist()
    )
    return rows


# Versions


def test_what_is_known_adds_nothing_and_what_differs_is_a_new_version_beside_the_old(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    first, moved = value(target=90.0), value(target=85.0)
    assert store_kpis(connection, "kpi_values", [first, value(2026, target=95.0)], FIRST) == Stored(2, 0, 0)
    assert store_kpis(connection, "kpi_values", [first], LATER) == Stored(0, 0, 1)
    assert store_kpis(connection, "kpi_values", [moved], LATER) == Stored(0, 1, 0)
    rows = connection.execute(
        "SELECT version, target, imported_at FROM kpi_values WHERE period_end = '2025-12-31' ORDER BY version"
    ).fetchall()
    assert rows == [(1, 90.0, FIRST), (2, 85.0, LATER)]
    assert store_kpis(connection, "kpi_values", [first], LATER) == Stored(0, 1, 0)  # back again is a third


def test_two_definitions_of_an_indicator_are_both_kept_and_known_again(connection: duckdb.DuckDBPyConnection) -> None:
    definitions = [indicator(valid_from=date(2026, 1, 1), unit="homes"), indicator()]
    assert store_kpis(connection, "kpi_indicators", definitions, FIRST) == Stored(2, 0, 0)
    assert store_kpis(connection, "kpi_indicators", definitions, LATER) == Stored(0, 0, 2)
    assert store_kpis(connection, "kpi_indicators", [indicator(owner="Network")], LATER) == Stored(0, 1, 0)
    rows = connection.execute("SELECT version, valid_from, owner FROM kpi_indicators ORDER BY version").fetchall()
    assert [(version, day.year, owner) for version, day, owner in rows] == [
        (1, 2026, "Water Division"), (2, 2025, "Water Division"), (3, 2025, "Network"),
    ]  # fmt: skip


def test_known_are_the_newest_values_of_each_indicator(connection: duckdb.DuckDBPyConnection) -> None:
    stored(connection, value(target=90.0), indicators=[indicator(), indicator("PUC-02")])
    store_kpis(connection, "kpi_values", [value(target=85.0)], LATER)
    assert known_values(connection) == {"PUC-01": [value(target=85.0)], "PUC-02": []}


def test_a_failure_half_way_stores_nothing(connection: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(duckdb.Error):
        store_kpis(connection, "kpi_values", [value(target=90.0), value(2026, status=None)], FIRST)
    assert connection.execute("SELECT count(*) FROM kpi_values").fetchall() == [(0,)]


# Progress


@pytest.mark.parametrize(
    ("fields", "target", "actual", "progress", "state"),
    [
        pytest.param({}, 90, 90, 1.0, "on_track", id="reached"),
        pytest.param({}, 90, 93, 1.3, "on_track", id="surpassed"),
        pytest.param({}, 90, 89.5, 0.95, "on_track", id="95 % of the way"),
        pytest.param({"baseline_value": 81.0}, 85, 84.8, 0.95, "on_track", id="95 % in floating point"),
        pytest.param({}, 90, 89.4, 0.94, "at_risk", id="just under 95 %"),
        pytest.param({}, 90, 88, 0.8, "at_risk", id="80 % of the way"),
        pytest.param({}, 90, 87.9, 0.79, "off_track", id="just under 80 %"),
        pytest.param({}, 90, 75, -0.5, "off_track", id="backwards"),
        pytest.param({"is_ascending": False}, 60, 61, 0.95, "on_track", id="down, 95 % of the way"),
        pytest.param({"is_ascending": False}, 60, 64, 0.8, "at_risk", id="down, 80 %"),
        pytest.param({"is_ascending": False}, 60, 70, 0.5, "off_track", id="down, half"),
        pytest.param({"is_ascending": False}, 60, 90, -0.5, "off_track", id="down, backwards"),
        pytest.param({}, 80, 80, 1.0, "on_track", id="to keep the baseline, kept"),
        pytest.param({}, 80, 79.9, 0.0, "off_track", id="to keep the baseline, lost"),
        pytest.param({"is_ascending": False}, 80, 81, 0.0, "off_track", id="to keep it down, lost"),
        pytest.param({"is_ascending": False}, 80, 79, 1.0, "on_track", id="to keep it down, bettered"),
        pytest.param({}, 75, 78, 1.0, "on_track", id="a fall was allowed, less came"),
        pytest.param({}, 75, 70, 0.0, "off_track", id="a fall was allowed, more came"),
        pytest.param({}, 90, None, None, "no_data", id="no actual"),
        pytest.param({}, None, 90, None, "no_data", id="no target"),
    ],
)
def test_progress_is_the_share_of_the_way_from_baseline_to_target(
    connection: duckdb.DuckDBPyConnection, fields: dict[str, Any], target: Any, actual: Any, progress: Any, state: str
) -> None:
    stored(connection, value(target=target, actual=actual), indicators=[indicator(**fields)])
    (row,) = mart(connection)
    assert (row["progress"], row["state"]) == (pytest.approx(progress), state)


def test_without_a_target_of_its_own_a_period_is_judged_by_the_line_to_the_next(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    half = value(2025, period_end=date(2025, 6, 30), actual=82.0)
    stored(connection, half, value(2026, target=90.0), value(2027, actual=99.0))
    first, second, last = mart(connection)
    assert first["expected"] == pytest.approx(80 + 10 * 181 / 730)  # days from the end of 2024
    assert (first["progress"], first["state"]) == (pytest.approx(2 / (10 * 181 / 730)), "at_risk")
    assert (second["expected"], second["state"]) == (90, "no_data")
    assert (last["expected"], last["state"]) == (None, "no_data")


def test_a_line_is_of_one_place(connection: duckdb.DuckDBPyConnection) -> None:
    stored(connection, value(actual=85.0), value(2026, target=90.0, location="SC-05"))
    (national,) = [row for row in mart(connection) if row["location"] == "_T"]
    assert national["expected"] is None


def test_a_target_that_leads_to_before_the_baseline_is_what_is_expected(connection: duckdb.DuckDBPyConnection) -> None:
    stored(connection, value(2023, actual=70.0), value(2024, target=90.0))
    assert [row["expected"] for row in mart(connection)] == [90, 90]


def test_the_newest_version_holds_and_the_first_target_is_told(connection: duckdb.DuckDBPyConnection) -> None:
    stored(connection, value(actual=84.0))
    for target in (90.0, 85.0):
        store_kpis(connection, "kpi_values", [value(target=target, actual=84.0)], LATER)
    (row,) = mart(connection)
    assert (row["target"], row["first_target"], row["n_versions"], row["progress"]) == (85, 90, 3, 0.8)


def test_a_value_is_judged_by_the_definition_of_its_time(connection: duckdb.DuckDBPyConnection) -> None:
    definitions = [indicator(), indicator(valid_from=date(2026, 1, 1), baseline_year=2025, baseline_value=50.0)]
    values = [value(year, target=90.0, actual=88.0) for year in (2024, 2025, 2026)]
    stored(connection, *values, indicators=definitions[::-1])
    assert [(row["period_end"].year, row["baseline_value"], row["progress"]) for row in mart(connection)] == [
        (2024, 80, 0.8), (2025, 80, 0.8), (2026, 50, 0.95),
    ]  # fmt: skip


def test_a_line_ends_with_its_definition(connection: duckdb.DuckDBPyConnection) -> None:
    definitions = [indicator(), indicator(valid_from=date(2026, 1, 1), unit="homes")]
    stored(connection, value(actual=85.0), value(2026, target=900.0), indicators=definitions)
    assert mart(connection)[0]["expected"] is None


def test_an_indicator_without_a_national_value_has_no_data(connection: duckdb.DuckDBPyConnection) -> None:
    local = value(target=90.0, actual=90.0, location="SC-05", indicator_id="PUC-02")
    stored(connection, local, indicators=[indicator(), indicator("PUC-02")])
    assert [(row["indicator_id"], row["location"], row["state"], row["n_versions"]) for row in mart(connection)] == [
        ("PUC-01", "_T", "no_data", 0), ("PUC-02", "SC-05", "on_track", 1), ("PUC-02", "_T", "no_data", 0),
    ]  # fmt: skip


def test_the_page_reads_the_newest_figure_of_each_indicator_and_those_before_of_the_same_definition(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    values = [
        value(2025, target=90.0, actual=85.0), value(2026, actual=86.0), value(2027, target=90.0, actual=87.0),
        value(2028, target=95.0), value(2026, target=1.0, actual=1.0, location="SC-05"),
        value(2027, "SLTA-01", target=1.0),
    ]  # fmt: skip
    definitions = [indicator(), indicator(valid_from=date(2025, 6, 1)), indicator("SLTA-01", mda="SLTA")]
    stored(connection, *values, indicators=definitions)
    with published(connection, tmp_path, enriched(1)) as snapshot:
        rows = snapshot.read("kpis", mda="").to_dict("records")
        assert [row["indicator_id"] for row in snapshot.read("kpis", mda="SLTA").to_dict("records")] == ["SLTA-01"]
    puc, slta = rows
    assert (puc["period_end"].year, puc["actual"], list(puc["trend"])) == (2027, 87, [86, 87])
    assert (slta["period_end"].year, slta["state"], slta["trend"]) == (2027, "no_data", None)
