"""The numbers that pages show, against figures counted by hand from the six posts of conftest.py."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

VIEWS = Path(__file__).parent.parent.parent / "dashboards" / "views"


def page(name: str) -> AppTest:
    shown = AppTest.from_file(str(VIEWS / f"{name}.py"), default_timeout=30).run()
    assert [exception.value for exception in shown.exception] == []
    return shown


@pytest.mark.usefixtures("published")
def test_the_start_page_counts_posts_matters_and_voices() -> None:
    shown = page("overview")
    assert {metric.label: metric.value for metric in shown.metric} == {
        "Posts": "6", "Distinct matters": "4", "Voices": "5", "Formal": "4", "For a person": "33%",
    }  # fmt: skip
    assert "**6 posts** about **4 distinct matters**, for **2 agencies**" in shown.markdown[0].value
    assert "As of 26 October 2026, 08:00 UTC" in shown.caption[0].value
    sources = shown.dataframe[0].value
    assert sources[["source", "n_posts"]].values.tolist() == [["portal", 6]]


@pytest.mark.usefixtures("published")
def test_trends_show_every_week_of_every_series() -> None:
    shown = page("trends")
    table = shown.dataframe[0].value.set_index("Agency")
    assert table.loc["PUC"].tolist() == [5, 1, 1, 3]
    assert table.loc["SLTA"].tolist() == [1, 0, 0, 1]
    shown.segmented_control(key="by").set_value("Language").run()
    by_language = shown.dataframe[0].value.set_index("Language")["Total"].to_dict()
    assert by_language == {"English": 3, "Creole": 2, "French": 1}


@pytest.mark.usefixtures("published")
def test_a_topic_shows_its_growth_and_its_posts() -> None:
    shown = page("topics")
    row = shown.dataframe[0].value.iloc[0]
    assert row[["n_posts", "n_voices", "n_last_7_days", "n_previous_7_days"]].tolist() == [3, 2, 1, 1]
    assert list(row["weekly_posts"]) == [1, 1, 1]
    posts = shown.dataframe[1].value
    assert posts["text"].tolist() == ["Napa delo Anse Royale", "text 2", "text 1"]
    assert posts["district"].tolist() == ["Anse Royale", "not said", "not said"]


@pytest.mark.usefixtures("published")
def test_a_question_is_shown_once_with_how_often_it_was_asked() -> None:
    shown = page("faqs")
    assert [metric.value for metric in shown.metric] == ["2"]
    assert "**1 question** came **2** times" in shown.markdown[0].value
    assert "PUC · English, French · 21 Oct to 22 Oct 2026 · 2 voices" in [caption.value for caption in shown.caption]


@pytest.mark.usefixtures("published")
def test_issues_stand_under_their_agency_most_urgent_first() -> None:
    shown = page("issues")
    assert shown.dataframe[0].value["mda"].tolist() == ["PUC", "SLTA", "PUC", "PUC"]
    assert shown.dataframe[0].value["n_posts"].tolist() == [2, 1, 1, 2]
    assert "**4 matters**; for **1** of them a person must confirm" in shown.markdown[0].value
    shown.selectbox(key="agency").set_value("SLTA").run()
    rows = shown.dataframe[0].value
    assert rows["text"].tolist() == ["Confidential: only the responsible officer sees the text."]


@pytest.mark.parametrize("name", ["overview", "trends", "topics", "faqs", "issues"])
def test_before_the_first_run_every_page_says_what_to_do(home: Path, name: str) -> None:
    shown = AppTest.from_file(str(VIEWS / f"{name}.py"), default_timeout=30).run()
    assert [info.value for info in shown.info] == [
        "Nothing is published yet. Once the first `lavwa run` has finished, this page fills by itself."
    ]
    assert [exception.value for exception in shown.exception] == []


def test_a_damaged_snapshot_is_one_sentence_on_the_page(published: Path) -> None:
    (snapshot,) = (published / "published").glob("*.duckdb")
    snapshot.write_bytes(b"no database")
    shown = AppTest.from_file(str(VIEWS / "overview.py"), default_timeout=30).run()
    assert len(shown.error) == 1
    assert shown.error[0].value.startswith("The published snapshot cannot be opened:")
