"""The numbers that pages show, against figures counted by hand from the six posts of conftest.py."""

import tomllib
from pathlib import Path

import duckdb
import pytest
from streamlit.testing.v1 import AppTest

from dashboards import words

HIDDEN = "Confidential: only the responsible officer sees the text."
APP = Path(__file__).parent.parent.parent / "dashboards" / "app.py"
VIEWS = APP.parent / "views"
TITLES = {
    "pulse": "Pulse", "trends": "Trends", "districts": "Districts", "topics": "Topics", "faqs": "Questions",
    "issues": "Routed issues",
    "routing": "Routing quality", "performance": "Government performance",
}  # fmt: skip


def page(name: str) -> AppTest:
    return checked(AppTest.from_file(str(VIEWS / f"{name}.py"), default_timeout=30).run())


def checked(shown: AppTest) -> AppTest:
    assert [exception.value for exception in shown.exception] == []
    return shown


def tick(shown: AppTest, row: int) -> AppTest:
    """Tick a line of the page's first table."""
    shown.session_state[shown.dataframe[0].key] = {"selection": {"rows": [row], "columns": [], "cells": []}}
    return checked(shown.run())


def captions(shown: AppTest) -> list[str]:
    return [caption.value for caption in shown.caption]


def tiles(shown: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in shown.metric}


@pytest.mark.usefixtures("published")
def test_the_start_page_counts_posts_matters_and_voices() -> None:
    shown = page("pulse")
    assert tiles(shown) == {"Posts": "6", "Distinct matters": "4", "Voices": "5", "Formal": "4", "For a person": "33%"}
    assert "All that was read: 28 Sep to 22 Oct 2026." in captions(shown)
    assert "As of 26 Oct 2026, 12:00 Mahe time" in shown.caption[0].value
    sources = shown.dataframe[-1].value
    assert sources[["source", "n_posts", "state"]].values.tolist() == [["portal", 6, "Refused to answer"]]


@pytest.mark.usefixtures("published_for_years")
def test_posts_without_an_author_are_no_voice() -> None:
    shown = page("pulse")
    assert tiles(shown)["Voices"] == "not known"
    assert "6 of 6 posts without an author." in captions(shown)
    assert page("topics").dataframe[0].value["n_voices"].isna().all()
    assert any("2 posts, authors not known" in caption for caption in captions(page("faqs")))


@pytest.mark.usefixtures("published")
def test_trends_show_every_week_of_every_series_newest_first() -> None:
    shown = page("trends")
    table = shown.dataframe[0].value.set_index("Agency")
    assert table.columns.tolist() == ["Total", "19 Oct", "12 Oct", "5 Oct", "28 Sep"]
    assert table.loc["Public Utilities Corporation"].tolist() == [5, 3, 1, 0, 1]
    assert table.loc["Seychelles Land Transport Agency"].tolist() == [1, 1, 0, 0, 0]
    assert "**Public Utilities Corporation** · 5" in [markdown.value for markdown in shown.markdown]
    shown.segmented_control(key="by").set_value("lang").run()
    by_language = shown.dataframe[0].value.set_index("Language")["Total"].to_dict()
    assert by_language == {"English": 3, "Creole": 2, "French": 1}
    shown.segmented_control(key="by").set_value("channel").run()
    by_channel = shown.dataframe[0].value.set_index("Channel")["Total"].to_dict()
    assert by_channel == {"Portal": 3, "Facebook": 2, "Confidential": 1}


@pytest.mark.usefixtures("published_for_years")
def test_trends_over_years_are_told_by_month_and_the_last_weeks_on_demand() -> None:
    shown = page("trends")
    columns = shown.dataframe[0].value.columns.tolist()
    assert len(columns) == len(set(columns)) == 2 + 43
    assert (columns[1:4], columns[-1]) == (["Total", "Sep 2026", "Aug 2026"], "Mar 2023")
    assert shown.dataframe[0].value["Total"].tolist() == [5, 1]
    checked(shown.segmented_control(key="period").set_value("week").run())
    weeks = shown.dataframe[0].value
    assert (len(weeks.columns), weeks.columns[2]) == (2 + 26, "28 Sep")
    assert weeks["Total"].tolist() == [2, 1]


@pytest.mark.usefixtures("published_for_years")
@pytest.mark.parametrize("name", ["pulse", "districts", "topics", "faqs", "issues"])
def test_every_page_shows_posts_of_several_years(name: str) -> None:
    page(name)


@pytest.mark.usefixtures("published")
def test_a_topic_shows_its_growth_and_its_posts() -> None:
    shown = page("topics")
    row = shown.dataframe[0].value.iloc[0]
    assert row[["n_posts", "n_voices", "n_last_7_days", "n_previous_7_days"]].tolist() == [3, 2, 1, 1]
    assert list(row["n_posts_by_period"]) == [1, 0, 1, 1]
    assert shown.markdown[0].value == "Nothing grew in the seven days to 22 Oct 2026; the largest topics come first."
    checked(shown.toggle(key="all posts 1").set_value(True).run())
    posts = shown.dataframe[1].value
    assert posts["text"].tolist() == ["Napa delo Anse Royale", "text 2", "text 1"]
    assert posts["district"].tolist() == ["Anse Royale", None, None]
    assert [str(said_at) for said_at in posts["created_at"]] == [
        "2026-10-20 14:00:00+04:00", "2026-10-13 14:00:00+04:00", "2026-09-28 01:00:00+04:00",
    ]  # fmt: skip


@pytest.mark.usefixtures("published")
def test_a_topic_that_does_not_burst_bears_no_sign() -> None:
    shown = page("topics")
    assert shown.dataframe[0].value["sign"].tolist() == [""]
    assert [text.value for text in shown.markdown if "Bursting" in text.value or "Campaign" in text.value] == []
    assert [caption for caption in captions(shown) if "part of" in caption] == []


@pytest.mark.usefixtures("published_bursting")
def test_a_bursting_topic_is_told_first_with_its_figures_and_where_it_came_from() -> None:
    shown = page("topics")
    told = "14 voices in the 6 hours to 22 Oct 15:00, where 0.4 are usual"
    assert shown.markdown[0].value == f"Bursting: **\\*water\\*\\, cut**, {told}."
    assert shown.dataframe[0].value["sign"].tolist() == ["Bursting, Campaign"]
    said = [text.value for text in shown.markdown]
    assert f"It bursts: {told}." in said
    assert "**Campaign**  \nHalf of the latest posts or more are copies of one another." in said
    assert [caption for caption in captions(shown) if "part of" in caption] == [
        "Topic 7 became part of this one on 21 Oct 2026.", "This was part of topic 5 until 1 Oct 2026.",
    ]  # fmt: skip


@pytest.mark.usefixtures("published")
def test_a_question_is_shown_once_with_how_often_it_was_asked() -> None:
    shown = page("faqs")
    assert "**1 question** came **2** times" in shown.markdown[0].value
    told = (
        "**2 posts by 2 voices** · Public Utilities Corporation · English, French · 21 Oct to 22 Oct 2026 · "
        "↗ 2 times in four weeks, after 0"
    )
    assert told in captions(shown)


@pytest.mark.usefixtures("published_many_questions")
def test_the_first_ten_questions_are_shown_shortened_and_more_on_demand() -> None:
    shown = page("faqs")
    headlines = [text.value for text in shown.text if text.value.startswith("Question")]
    assert len(headlines) == 10
    assert max(map(len, headlines)) <= 141
    assert [button.label for button in shown.button] == ["Show 2 more"]
    checked(shown.button[0].click().run())
    assert len([text for text in shown.text if text.value.startswith("Question")]) == 12
    assert list(shown.button) == []


@pytest.mark.usefixtures("published")
def test_issues_stand_under_their_agency_most_urgent_first() -> None:
    shown = page("issues")
    public, land = "Public Utilities Corporation", "Seychelles Land Transport Agency"
    lines = shown.dataframe[0].value
    assert lines["mda"].tolist() == [public, public, land, public]
    assert lines["urgency"].tolist() == ["Urgent", "Normal", "Normal", "Normal"]
    assert lines["n_posts"].tolist() == [2, 1, 1, 2]
    assert shown.selectbox(key="agency").options == [
        "All agencies",
        f"{public} (PUC): 3 matters",
        f"{land} (SLTA): 1 matter",
    ]
    shown.selectbox(key="agency").set_value("SLTA").run()
    rows = shown.dataframe[0].value
    assert rows["text"].tolist() == [HIDDEN]


@pytest.mark.usefixtures("published")
def test_the_issues_page_says_why_a_person_must_confirm() -> None:
    shown = page("issues")
    assert shown.markdown[0].value == (
        "**3 of 4 matters** go to an agency without a person. "
        "For the others a person must confirm the agency: 1 is confidential."
    )


@pytest.mark.parametrize(
    ("counts", "told"),
    [
        pytest.param((5, 5, 0), "**5 of 5 matters** go to an agency without a person.", id="all by themselves"),
        pytest.param(
            (5, 0, 0),
            "**0 of 5 matters** go to an agency without a person. For the others a person must confirm the agency: "
            "of 5 the machine is not sure enough, or the agency itself is accused.",
            id="none by itself",
        ),
        pytest.param(
            (1005, 1, 2),
            "**1 of 1,005 matters** go to an agency without a person. For the others a person must confirm the agency: "
            "2 are confidential; of 1,002 the machine is not sure enough, or the agency itself is accused.",
            id="some",
        ),
    ],
)
def test_routing_is_told_from_its_figures(counts: tuple[int, int, int], told: str) -> None:
    assert words.routing(*counts) == told


@pytest.mark.usefixtures("published")
def test_a_ticked_issue_shows_its_text_and_why_it_goes_there() -> None:
    shown = tick(page("issues"), 1)
    assert [text.value for text in shown.text] == ["Napa delo Anse Royale", "• words that speak for Water: water"]
    assert "1 post · 20 Oct 2026 · Anse Royale · Automatic" in captions(shown)
    assert shown.dataframe[0].value["confidence"].tolist()[1] == 80
    assert [bar.proto.text for bar in shown.get("progress")] == ["**Water**, Public Utilities Corporation: 80%"]


@pytest.mark.usefixtures("published")
def test_a_ticked_confidential_issue_shows_counts_and_its_week_only() -> None:
    shown = tick(page("issues"), 2)
    assert [text.value for text in shown.text] == [HIDDEN]
    assert "1 post · in the week of 19 Oct 2026 · A person decides" in captions(shown)


@pytest.mark.usefixtures("published")
def test_a_line_ticked_in_one_table_is_not_ticked_in_the_next() -> None:
    shown = tick(page("issues"), 3)
    checked(shown.selectbox(key="agency").set_value("SLTA").run())
    assert [text.value for text in shown.text] == []


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize("name", ["topics", "faqs", "issues"])
def test_pages_with_citizens_words_say_that_redaction_can_miss(name: str) -> None:
    note = "Personal data is removed by a machine, which can miss some: this page is for officials only."
    assert note in captions(page(name))


@pytest.mark.parametrize(
    ("name", "times"),
    [
        pytest.param("faqs", 2, id="a question and how it was asked"),
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
    texts = [text.value.removeprefix("• ") for text in shown.text]
    assert [text for text in texts if text in {published_hostile, words.shortened(published_hostile)}] == texts
    assert len(texts) == times
    rendered = [*shown.markdown, *shown.caption, *shown.subheader, *shown.info, *shown.expander]
    said = " ".join(getattr(element, "value", "") or getattr(element, "label", "") for element in rendered)
    assert [sign for sign in ("evil", "<img", "$5", ":material/", ":red[", "*water*", "$cut$") if sign in said] == []


def test_words_in_a_sentence_are_escaped() -> None:
    for sign in ("![x](", "<img", "$5", "**", ":material/", ":red[", "`", "\\"):
        assert words.escaped(sign) == "".join(f"\\{c}" if not c.isalnum() else c for c in sign)
    assert words.escaped("Sant Lasante,\n  Anse Royale") == "Sant Lasante\\, Anse Royale"


@pytest.mark.parametrize("name", TITLES)
def test_before_the_first_run_every_page_says_what_to_do(home: Path, name: str) -> None:
    shown = AppTest.from_file(str(VIEWS / f"{name}.py"), default_timeout=30).run()
    assert [info.value for info in shown.info] == [
        "Nothing is published yet. Once the first `lavwa run` has finished, this page fills by itself."
    ]
    assert [exception.value for exception in shown.exception] == []


def test_a_damaged_snapshot_is_one_sentence_on_the_page(published: Path) -> None:
    (snapshot,) = (published / "published").glob("*.duckdb")
    snapshot.write_bytes(b"no database")
    shown = checked(AppTest.from_file(str(APP), default_timeout=30).run())
    assert len(shown.error) == 1
    assert shown.error[0].value.startswith("This page cannot be shown now: the warehouse")


@pytest.mark.parametrize("name", TITLES)
def test_a_page_that_fails_shows_and_logs_one_sentence_without_a_post(
    published: Path, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    (snapshot,) = (published / "published").glob("*.duckdb")
    with duckdb.connect(str(snapshot)) as connection:
        connection.execute("ALTER TABLE mart_headline RENAME n_posts TO n_other")
    shown = checked(AppTest.from_file(str(APP), default_timeout=30).switch_page(f"views/{name}.py").run())
    (error,) = shown.error
    assert error.value.startswith("This page cannot be shown now: something unexpected went wrong \\(KeyError\\)")
    (logged,) = [record for record in caplog.records if record.name == "lavwa.dashboard"]
    assert logged.getMessage().startswith("a page could not be shown: something unexpected went wrong (KeyError)")
    assert logged.exc_info is None
    assert [title.value for title in shown.title] == [TITLES[name]]


@pytest.mark.usefixtures("published")
def test_every_page_is_one_click_away_on_every_page() -> None:
    shown = checked(AppTest.from_file(str(APP), default_timeout=30).run())
    assert [link.proto.label for link in shown.get("page_link")] == [
        "Pulse", "Trends", "Districts", "Topics", "Questions", "Routed issues", "Routing quality", "Performance",
        "Answers", "Watch", "My case", "My desk",
    ]  # fmt: skip


def test_no_page_offers_to_ask_strangers_about_an_error() -> None:
    settings = tomllib.loads((APP.parent / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    assert (settings["client"]["showErrorDetails"], settings["client"]["showErrorLinks"]) == ("none", False)
