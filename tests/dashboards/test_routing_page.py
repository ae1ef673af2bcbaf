"""Routing quality and official answers on pages, against figures counted by hand."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from case_rows import case, official
from test_views import captions, page, tick

from dashboards import charts
from warehouse.cases import replace_cases
from warehouse.database import open_warehouse
from warehouse.publish import publish

FETCHED = datetime(2026, 10, 26, 8, tzinfo=UTC)  # when the six posts of conftest.py were


def publish_cases(home: Path, cases: list[dict[str, Any]], answers: list[dict[str, Any]] | None = None) -> None:
    """The six posts again, with these cases and official answers."""
    with open_warehouse(home / "store" / "warehouse.duckdb") as connection:
        replace_cases(connection, [cases], answers or [])
        publish(connection, home / "published", keep=3, timezone=ZoneInfo("Indian/Mahe"))


def decided(number: int, is_right: bool, **fields: Any) -> dict[str, Any]:
    category = "water_supply" if is_right else "roads"
    return case(f"C-{number}", **{"category": category, "decided_at": FETCHED, "confidence": 0.8, **fields})


@pytest.mark.usefixtures("published")
def test_before_anybody_decided_the_page_says_so() -> None:
    shown = page("routing")
    assert shown.markdown[0].value == "**67%** of 6 posts are sure enough to go to an agency without a person."
    assert [info.value.split(":")[0] for info in shown.info] == ["Nobody has decided a case yet"]
    assert "No case was decided yet." in captions(shown)
    by_language, by_agency = (table.value for table in shown.dataframe)
    assert by_language["Category right"].tolist() == ["–"] * 3
    assert by_agency["Cases decided"].tolist() == [0, 0]


def test_decisions_are_told_by_language_and_agency(published: Path) -> None:
    cases = [decided(number, number > 2) for number in range(1, 9)]  # 6 of 8 right
    cases += [decided(9, True, lang="crs"), decided(10, True, is_confidential=True), case("C-11")]
    cases += [decided(12, False, suggested_mda="SLTA", lang="fr")]
    publish_cases(published, cases)
    shown = page("routing")
    said = [text.value for text in shown.markdown]
    assert said[1] == "Of **11 cases** that people decided, the category was right in **73% (43 to 90)**."
    by_language, by_agency = (table.value for table in shown.dataframe)
    assert by_language.values.tolist() == [
        ["English", 3, "33% (6 to 79)", 8, "75% (41 to 93)"],
        ["Creole", 2, "100% (34 to 100)", 1, "100% (21 to 100)"],
        ["French", 1, "100% (21 to 100)", 1, "0% (0 to 79)"],
    ]
    assert by_agency.values.tolist() == [
        ["Public Utilities Corporation", 5, "80% (38 to 96)", 10, "80% (49 to 94)"],
        ["Seychelles Land Transport Agency", 1, "0% (0 to 79)", 1, "0% (0 to 79)"],
    ]
    assert len(shown.get("vega_lite_chart") or shown.get("arrow_vega_lite_chart")) == 4


def test_a_question_shows_its_official_answer_and_how_often_it_came_since(published: Path) -> None:
    answers = [official(1, "p4", texts='{"en": "On *Monday*.", "crs": "Lendi."}', review_by=FETCHED)]
    publish_cases(published, [case("C-1", "p4")], answers)
    shown = page("faqs")
    assert shown.markdown[0].value == "**1 question** came **2** times. **1** has an official answer."
    texts = [text.value for text in shown.text]
    assert texts[0] == "Official question 1?"
    assert {"On *Monday*.", "Lendi."} <= set(texts)
    assert "**Official answer** of 3 Aug 2026 · 2 times since" in [text.value for text in shown.markdown]
    assert "It should have been looked at again by now." in captions(shown)


@pytest.mark.parametrize(("n_since", "is_doubted"), [(4, False), (5, True)])
def test_an_answer_after_which_the_question_comes_again_and_again_is_doubted(
    published_many_questions: Path, n_since: int, is_doubted: bool
) -> None:
    with open_warehouse(published_many_questions / "store" / "warehouse.duckdb") as connection:
        ids = [f"p{number}" for number in range(1, n_since + 1)]
        connection.execute("UPDATE faq_members SET faq_id = 'p2' WHERE post_id IN (SELECT unnest($1))", [ids])
    publish_cases(published_many_questions, [case("C-1", "p1")], [official(1, "p1", review_by=FETCHED)])
    doubted = [said.value for said in page("faqs").warning if "since it was answered" in said.value]
    said = "Asked 5 times since it was answered: the answer does not help, or does not reach people."
    assert doubted == ([said] if is_doubted else [])


def test_an_official_answer_that_nobody_asked_for_lately_is_a_question_too(published: Path) -> None:
    answers = [official(1, mda="SLTA", approved_at=FETCHED, review_by=FETCHED.replace(year=2027))]
    publish_cases(published, [], answers)
    shown = page("faqs")
    assert shown.markdown[0].value == "**2 questions** came **2** times. **1** has an official answer."
    assert next(text.value for text in shown.text if text.value.endswith("?")) == "When is the water back?"
    assert any(caption.startswith("**no posts** · Seychelles Land Transport Agency") for caption in captions(shown))
    assert "**Official answer** of 26 Oct 2026 · not asked since" in [text.value for text in shown.markdown]
    assert "It should have been looked at again by now." not in captions(shown)


def test_a_matter_that_is_a_case_names_it(published: Path) -> None:
    publish_cases(published, [case("C-2222-3333", "p3")])
    shown = tick(page("issues"), 1)
    assert "It is case C-2222-3333." in captions(shown)


def test_a_chart_of_calibration_has_a_dot_a_tenth_over_the_line_of_truth() -> None:
    rows = pd.DataFrame({"tenth": [5, 9], "said": [0.55, 0.93], "n_right": [1, 9], "n_decided": [4, 10]})
    line, dots = charts.calibration(rows).to_dict()["layer"]
    data = charts.calibration(rows).to_dict()["datasets"]
    assert [row["right"] for row in data[dots["data"]["name"]]] == [0.25, 0.9]
    assert [(row["said"], row["right"]) for row in data[line["data"]["name"]]] == [(0, 0), (1, 1)]


def test_a_weekly_share_is_the_part_of_the_whole() -> None:
    weeks = pd.to_datetime(["2026-08-03", "2026-08-10"])
    rows = pd.DataFrame({"week_date": weeks, "n_corrected": [1, 0], "n_decided": [4, 2]})
    (data,) = charts.weekly_share(rows, "n_corrected", "n_decided").to_dict()["datasets"].values()
    assert [row["share"] for row in data] == [0.25, 0.0]
