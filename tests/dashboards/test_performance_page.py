"""The page of government performance, against figures reckoned by hand. All figures and cases are invented."""

import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

sys.path.append(str(Path(__file__).parent.parent / "warehouse"))
from case_rows import case
from kpi_rows import indicator, value

import dashboards.visitor  # noqa: F401 - pages speak the visitor's language
from portal.working_days import WorkingDays
from warehouse.calendar import days_of_cases, store_working_days
from warehouse.cases import replace_cases
from warehouse.database import open_warehouse
from warehouse.kpis import store_kpis
from warehouse.publish import publish

PAGE = Path(__file__).parent.parent.parent / "dashboards" / "views" / "performance.py"
MONDAY = datetime(
    2026, 9, 28, 8, tzinfo=UTC
)  # noon in Mahé; the six posts of conftest.py are as of 26 October, a Monday
OLD = datetime(2026, 8, 24, 8, tzinfo=UTC)  # a Monday, 45 working days before
DAY = timedelta(days=1)
MAHE = ZoneInfo("Indian/Mahe")
LATER = datetime(2026, 10, 26, 9, tzinfo=UTC)

KPIS = [
    indicator("PUC-01", title_en="Homes with water"),
    indicator("PUC-02", title_en="Hours without water", is_ascending=False, unit="hours"),
    indicator("PUC-03", title_en="Pipes laid", unit="km"),
    indicator("SLTA-01", mda="SLTA", title_en="Roads mended", frequency="monthly"),
]
VALUES = [
    value(2024, target=85.0, actual=82.0),
    value(2025, target=90.0, actual=89.5, numerator=895.0, denominator=1000.0),
    value(2025, "PUC-02", target=60.0, actual=64.0, status="provisional", deviation_reason="A *pump* failed"),
    value(2025, "SLTA-01", actual=81.0),
    value(2026, "SLTA-01", target=100.0),
]


def answered(reference: str, opened_at: datetime, days: int, **fields: Any) -> dict[str, Any]:
    at = opened_at + days * DAY
    return case(reference, opened_at=opened_at, first_answered_at=at, answered_at=at, **fields)


CASES = [
    answered("C-1", MONDAY, 1),  # 1 working day
    answered("C-2", MONDAY, 7, sends_elsewhere=True),  # 5
    answered("C-3", MONDAY, 21),  # 15
    case("C-4", opened_at=OLD),  # waits 45
    case("C-5", opened_at=MONDAY, closed_at=MONDAY + 2 * DAY, state="withdrawn"),  # waited 2
    case(  # 1; waits 10 since the appeal
        "C-6", opened_at=MONDAY, first_answered_at=MONDAY + DAY, appealed_at=MONDAY + 14 * DAY, appeals=1,
    ),
    answered("C-7", MONDAY, 0, mda="SLTA"),
    case("C-8", opened_at=datetime(2026, 10, 26, 8, tzinfo=UTC), mda=None),
]  # fmt: skip


def page(
    home: Path,
    indicators: Sequence[dict[str, Any]] = (),
    values: Sequence[dict[str, Any]] = (),
    cases: Sequence[dict[str, Any]] = (),
    target: float | None = None,
) -> AppTest:
    with open_warehouse(home / "store" / "warehouse.duckdb") as connection:
        store_kpis(connection, "kpi_indicators", indicators, MONDAY)
        store_kpis(connection, "kpi_values", values, MONDAY)
        if target is not None:
            store_kpis(connection, "kpi_values", [{**VALUES[1], "target": target}], LATER)
        replace_cases(connection, [cases], [])
        if span := days_of_cases(connection):
            store_working_days(connection, WorkingDays(MAHE).calendar(*span))
        publish(connection, home / "published", keep=3, timezone=MAHE)
    st.cache_data.clear()
    st.cache_resource.clear()
    return checked(AppTest.from_file(str(PAGE), default_timeout=60).run())


def checked(shown: AppTest) -> AppTest:
    assert [exception.value for exception in shown.exception] == []
    return shown


def chosen(shown: AppTest, code: str) -> AppTest:
    return checked(shown.selectbox(key="agency").set_value(code).run())


def tiles(shown: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in shown.metric}


def captions(shown: AppTest) -> list[str]:
    return [caption.value for caption in shown.caption]


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    st.cache_data.clear()
    st.cache_resource.clear()


def test_each_indicator_shows_what_was_reached_of_what_was_promised(published: Path) -> None:
    shown = page(published, KPIS, VALUES)
    table = shown.dataframe[0].value.set_index("title")
    assert table[["reached", "aimed", "began", "counted", "period", "state"]].values.tolist() == [
        ["89.5 %", "90 %", "80 % (2024)", "1,000", "1 Jan to 31 Dec 2025", "✓ On track"],
        ["64 hours (provisional)", "60 hours", "80 hours (2024)", "–", "1 Jan to 31 Dec 2025", "! At risk"],
        ["–", "–", "80 km (2024)", "–", "–", "· No data"],
        ["81 %", "90 % by then", "80 % (2024)", "–", "1 Jan to 31 Dec 2025", "✗ Off track"],
    ]
    assert list(table.loc["Homes with water", "trend"]) == [82, 89.5]
    assert shown.markdown[0].value == (
        "4 indicators: **1** on track, **1** at risk, **1** off track, **1** no data. "
        "Of **2** nothing was reported for two periods or longer."
    )
    assert "Hours without water (PUC): A \\*pump\\* failed." in captions(shown)
    assert [info.value for info in shown.info] == ["No case of this agency was opened yet."]


def test_an_indicator_bears_its_name_in_the_visitors_language_else_in_english(published: Path) -> None:
    named = [{**KPIS[0], "title_fr": "Foyers avec eau"}, KPIS[1]]
    page(published, named, VALUES[:4])
    shown = AppTest.from_file(str(PAGE), default_timeout=60)
    shown.session_state["language"] = "fr"
    assert checked(shown.run()).dataframe[0].value["title"].tolist() == ["Foyers avec eau", "Hours without water"]


def test_a_moved_target_is_shown_beside_the_first(published: Path) -> None:
    shown = page(published, KPIS, VALUES, target=89.0)
    assert shown.dataframe[0].value["aimed"].iloc[0] == "89 % (first 90)"


def test_waits_of_one_agency_are_told_with_their_intervals(published: Path) -> None:
    shown = chosen(page(published, cases=CASES), "PUC")
    # Of 6: 2 answered on day 1; 1 withdrawn on day 2; of 3 one answered on day 5, of 2 one on day 15; one waits 45.
    assert tiles(shown) == {
        "Half had an answer after": "5 working days",
        "Answered within 10 working days": "56%",  # 1 - 4/6 · 2/3
        "Wait for an answer now": "2",
        "Answers that sent people elsewhere": "1",
    }
    said = captions(shown)
    assert any(caption.endswith("; 4 of 6 cases answered") for caption in said)
    assert "half for 27 working days or more, 1 for more than 30" in said  # 45 since it was opened, 10 since the appeal
    assert "of 3 cases with an answer; 1 appealed against" in said
    assert len(shown.dataframe) == 0
    assert [info.value for info in shown.info] == ["No indicators of this agency were imported."]


def test_agencies_stand_side_by_side_also_nobodys_cases(published: Path) -> None:
    shown = page(published, cases=CASES)
    table = shown.dataframe[0].value
    assert table[["agency", "n", "n_answered"]].values.tolist() == [
        ["Public Utilities Corporation", 6, 4], ["Seychelles Land Transport Agency", 1, 1], ["No agency", 1, 0],
    ]  # fmt: skip
    puc, slta, nobody = table["share"]
    assert puc.startswith("56% (")
    assert (slta, table["median"].iloc[1]) == ("100% (5 to 100%)", "0 working days (cannot be told yet)")
    assert (nobody, table["median"].iloc[2]) == (
        "not known yet (no case is 10 working days old)", "not yet (cannot be told yet)",
    )  # fmt: skip
    assert chosen(shown, "none").selectbox(key="agency").format_func("none") == "No agency"


def test_whoever_waits_goes_on_waiting_when_no_posts_come(published: Path) -> None:
    cases = [case("C-1", opened_at=MONDAY), answered("C-2", MONDAY + 35 * DAY, 7)]  # 2 to 9 November, 2 is a holiday
    shown = chosen(page(published, cases=cases), "PUC")
    assert "half for 29 working days or more, 0 for more than 30" in captions(shown)


def test_of_confidential_cases_weeks_are_counted(published: Path) -> None:
    friday = datetime(2026, 10, 23, 8, tzinfo=UTC)
    cases = [
        case("C-1", opened_at=friday, is_confidential=True),  # from Monday to Monday, though Thursday is known of
        answered("C-2", friday, 3, is_confidential=True),
        answered("C-3", friday, 6, mda="SLTA"),
    ]
    shown = chosen(page(published, cases=cases), "PUC")
    assert "half for 5 working days or more, 0 for more than 30" in captions(shown)
    assert tiles(shown)["Half had an answer after"] == "5 working days"


def test_an_agency_without_cases_and_one_without_indicators_say_so(published: Path) -> None:
    shown = page(published, KPIS[:1], VALUES[:2], [answered("C-1", MONDAY, 0, mda="SLTA")])
    assert [info.value for info in chosen(shown, "PUC").info] == ["No case of this agency was opened yet."]
    assert len(shown.dataframe) == 1
    assert [info.value for info in chosen(shown, "SLTA").info] == ["No indicators of this agency were imported."]


def test_without_indicators_and_cases_the_page_says_how_they_come(published: Path) -> None:
    shown = page(published)
    assert ["lavwa kpi import" in info.value for info in shown.info] == [True]
    assert list(shown.selectbox) == []
