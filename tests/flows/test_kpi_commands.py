"""`lavwa kpi import`: what is taken, what is refused and why, what a second time adds. All figures are invented."""

import json
from pathlib import Path

import duckdb
import pytest
from command import lavwa

INDICATORS = """\
indicator_id,mda,programme,result_level,title_en,title_fr,title_crs,definition,unit,measure,is_ascending,source,\
frequency,owner,baseline_year,baseline_value,criteria_for_change,valid_from
PUC-01,PUC,Water,outcome,Homes with water,,,"Homes without a cut, of all",%,percentage,true,Log,yearly,Water Division,\
2024,80,,2025-01-01
PUC-02,PUC,Water,output,Leaks repaired,,,Leaks repaired in time,%,percentage,true,Log,yearly,,2024,52,,2025-01-01
"""
VALUES = """\
indicator_id,period_start,period_end,location,target,actual,numerator,denominator,status,deviation_reason,source_ref
PUC-01,2025-01-01,2025-12-31,_T,90,88,440,500,final,,Report 2025
PUC-01,2026-01-01,2026-12-31,_T,95,,,,provisional,,
PUC-01,2025-06-01,2025-12-31,SC-05,90,88,440,500,final,,
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "kpi"
    made.mkdir()
    (made / "indicators.csv").write_text(INDICATORS)
    (made / "values.csv").write_text(VALUES)
    return made


def test_rows_are_taken_and_each_refused_row_is_told_with_its_line(home: Path, folder: Path) -> None:
    done = lavwa(home, "kpi", "import", str(folder))
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.splitlines() == [
        "indicators.csv, line 3: PUC-02 refused: there is no owner",
        "values.csv, line 4: PUC-01 refused: the actual has no source_ref",
        "1 indicator new, 0 in a new version, 0 known",
        "2 values new, 0 in a new version, 0 known",
        "2 rows refused: mend them and import the folder again",
    ]


def test_again_adds_nothing_and_a_moved_target_is_a_new_version(home: Path, folder: Path) -> None:
    assert lavwa(home, "kpi", "import", str(folder)).returncode == 0
    again = json.loads(lavwa(home, "kpi", "import", str(folder), "--json").stdout)
    assert again["indicators"] == {"n_new": 0, "n_changed": 0, "n_known": 1}
    assert again["values"] == {"n_new": 0, "n_changed": 0, "n_known": 2}
    assert [row["file"] for row in again["refused"]] == ["indicators.csv", "values.csv"]
    (folder / "indicators.csv").unlink()
    (folder / "values.csv").write_text(VALUES.replace("_T,90,", "_T,85,"))
    moved = json.loads(lavwa(home, "kpi", "import", str(folder), "--json").stdout)
    assert (moved["indicators"]["n_known"], moved["values"]) == (0, {"n_new": 0, "n_changed": 1, "n_known": 1})
    with duckdb.connect(str(home / "store" / "warehouse.duckdb"), read_only=True) as warehouse:
        targets = warehouse.execute("SELECT version, target FROM kpi_values WHERE actual = 88 ORDER BY ALL").fetchall()
    assert targets == [(1, 90.0), (2, 85.0)]


def test_a_value_that_overlaps_one_of_an_earlier_import_is_refused_and_nothing_taken_is_exit_status_1(
    home: Path, folder: Path
) -> None:
    assert lavwa(home, "kpi", "import", str(folder)).returncode == 0
    (folder / "indicators.csv").unlink()
    header = VALUES.splitlines()[0]
    (folder / "values.csv").write_text(f"{header}\nPUC-01,2025-07-01,2026-06-30,_T,90,,,,final,,\n")
    done = lavwa(home, "kpi", "import", str(folder))
    assert done.returncode == 1
    assert done.stderr.startswith("values.csv, line 2: PUC-01 refused: its period overlaps 2025-01-01 to 2025-12-31\n")


def test_a_folder_without_the_files_is_one_line(home: Path, tmp_path: Path) -> None:
    done = lavwa(home, "kpi", "import", str(tmp_path))
    assert done.returncode == 1
    assert done.stderr == f"lavwa: {tmp_path}: there is neither indicators.csv nor values.csv in it\n"
    assert lavwa(home, "kpi", "import", str(tmp_path / "nowhere")).returncode == 2
