"""The numbers that pages show, against figures counted by hand from the six posts of conftest.py."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboards import words

HIDDEN = "Confidential: only the responsible officer sees the text."
VIEWS = Path(__file__).parent.parent.parent / "dashboards" / "views"


def page(name: str) -> AppTest:
    return checked(AppTest.from_file(str(VIEWS / f"{name}.py"), default_timeout=30).run())


def checked(shown: AppTest) -> AppTest:
    assert [exception.value for exception in shown.exception] == []
    return shown


def tick(shown: AppTest, row: int) -> AppTest:
    """Tick a line of the page's first table."""
    shown.session_state[shown.dataframe[0].key] = {"selection": {"rows": [row], "columns": [], "cells": []}}
    return checked(shown.run())


@pytest.mark.usefixtures("published")
def test_the_start_page_counts_posts_matters_and_voices() -> None:
    shown = page("overview")
    assert {metric.label: metric.value for metric in shown.metric} == {
        "Posts": "6", "Distinct matters": "4", "Voices": "5", "Formal": "4", "For a person": "33%",
    }  # fmt: skip
    assert "**6 posts** about **4 distinct matters**, for **2 agencies**" in shown.markdown[0].value
    assert "Between **28 September 2026** and **22 October 2026**" in shown.markdown[0].value
    assert "As of 26 October 2026, 12:00 Mahe time" in shown.caption[0].value
    sources = shown.dataframe[0].value
    assert sources[["source", "n_posts", "state"]].values.tolist() == [["portal", 6, "Refused to answer"]]


@pytest.mark.usefixtures("published")
def test_trends_show_every_week_of_every_series() -> None:
    shown = page("trends")
    table = shown.dataframe[0].value.set_index("Agency")
    assert table.columns.tolist() == ["Total", "28 Sep", "5 Oct", "12 Oct", "19 Oct", "26 Oct"]
    assert table.loc["PUC"].tolist() == [5, 1, 0, 1, 3, 0]
    assert table.loc["SLTA"].tolist() == [1, 0, 0, 0, 1, 0]
    shown.segmented_control(key="by").set_value("Language").run()
    by_language = shown.dataframe[0].value.set_index("Language")["Total"].to_dict()
    assert by_language == {"English": 3, "Creole": 2, "French": 1}
    shown.segmented_control(key="by").set_value("Channel").run()
    by_channel = shown.dataframe[0].value.set_index("Channel")["Total"].to_dict()
    assert by_channel == {"Portal": 3, "Facebook": 2, "Confidential": 1}


@pytest.mark.usefixtures("published")
def test_a_topic_shows_its_growth_and_its_posts() -> None:
    shown = page("topics")
    row = shown.dataframe[0].value.iloc[0]
    assert row[["n_posts", "n_voices", "n_last_7_days", "n_previous_7_days"]].tolist() == [3, 2, 1, 1]
    assert list(row["weekly_posts"]) == [1, 0, 1, 1, 0]
    posts = shown.dataframe[1].value
    assert posts["text"].tolist() == ["Napa delo Anse Royale", "text 2", "text 1"]
    assert posts["district"].tolist() == ["Anse Royale", "not said", "not said"]
    assert [str(said_at) for said_at in posts["created_at"]] == [
        "2026-10-20 14:00:00+04:00", "2026-10-13 14:00:00+04:00", "2026-09-28 01:00:00+04:00",
    ]  # fmt: skip


@pytest.mark.usefixtures("published")
def test_a_question_is_shown_once_with_how_often_it_was_asked() -> None:
    shown = page("faqs")
    assert [metric.value for metric in shown.metric] == ["2"]
    assert "**1 question** came **2** times" in shown.markdown[0].value
    assert "PUC · English, French · 21 Oct to 22 Oct 2026 · 2 voices" in [caption.value for caption in shown.caption]


@pytest.mark.usefixtures("published")
def test_issues_stand_under_their_agency_most_urgent_first() -> None:
    shown = page("issues")
    assert shown.dataframe[0].value["mda"].tolist() == ["PUC", "PUC", "SLTA", "PUC"]
    assert shown.dataframe[0].value["n_posts"].tolist() == [2, 1, 1, 2]
    assert "**4 matters**; for **1** of them a person must confirm" in shown.markdown[0].value
    shown.selectbox(key="agency").set_value("SLTA").run()
    rows = shown.dataframe[0].value
    assert rows["text"].tolist() == [HIDDEN]


@pytest.mark.usefixtures("published")
def test_a_ticked_issue_shows_its_text_and_why_it_goes_there() -> None:
    shown = tick(page("issues"), 1)
    assert [text.value for text in shown.text] == [
        "Napa delo Anse Royale",
        "• words that speak for water_supply: water",
    ]
    assert "1 post by 1 voice · 20 Oct to 20 Oct 2026 · Automatic" in [caption.value for caption in shown.caption]


@pytest.mark.usefixtures("published")
def test_a_ticked_confidential_issue_shows_counts_and_its_week_only() -> None:
    shown = tick(page("issues"), 2)
    assert [text.value for text in shown.text] == [HIDDEN]
    assert "1 post by 1 voice · weeks of 19 Oct to 19 Oct 2026 · A person decides" in [c.value for c in shown.caption]


@pytest.mark.usefixtures("published")
def test_a_line_ticked_in_one_table_is_not_ticked_in_the_next() -> None:
    shown = tick(page("issues"), 3)
    checked(shown.selectbox(key="agency").set_value("SLTA").run())
    assert [text.value for text in shown.text] == []


@pytest.mark.parametrize(
    ("name", "times"),
    [
        pytest.param("faqs", 3, id="a question and its two variants"),
        pytest.param("topics", 1, id="the post that stands for a topic"),
        pytest.param("issues", 2, id="an issue and its reason"),
    ],
)
def test_what_people_wrote_is_shown_as_they_wrote_it_and_never_as_markdown(
    published_hostile: str, name: str, times: int
) -> None:
    shown = page(name)
    if name == "issues":
        tick(shown, 0)
    assert [text.value.removeprefix("• ") for text in shown.text] == [published_hostile] * times
    rendered = [*shown.markdown, *shown.caption, *shown.subheader, *shown.info, *shown.expander]
    said = " ".join(getattr(element, "value", "") or getattr(element, "label", "") for element in rendered)
    assert [sign for sign in ("evil", "<img", "$5", ":material/", ":red[", "*water*", "$cut$") if sign in said] == []


def test_words_in_a_sentence_are_escaped() -> None:
    for sign in ("![x](", "<img", "$5", "**", ":material/", ":red[", "`", "\\"):
        assert words.escaped(sign) == "".join(f"\\{c}" if not c.isalnum() else c for c in sign)
    assert words.escaped("Sant Lasante,\n  Anse Royale") == "Sant Lasante\\, Anse Royale"


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
