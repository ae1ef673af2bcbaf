"""The page for whoever watches over government, against figures counted by hand (public_rows.py), all invented."""

import os
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import streamlit as st
from desk_cases import open_cases_of, opened, plain_matter
from public_rows import SECRETS, fill, publish_country
from streamlit.testing.v1 import AppTest

from dashboards import protected
from flows.home import Home
from flows.public_log import publish_log
from flows.stages.audit import sign_log
from warehouse.database import open_warehouse

PAGE = Path(__file__).parent.parent.parent / "dashboards" / "views" / "watch.py"


@pytest.fixture(autouse=True)
def _empty_caches() -> Iterator[None]:
    st.cache_data.clear()
    st.cache_resource.clear()
    yield
    st.cache_data.clear()
    st.cache_resource.clear()


@pytest.fixture
def published(home: Path) -> Path:
    place = Home(home)
    place.prepare()
    with open_warehouse(place.warehouse) as connection:
        fill(connection)
        publish_country(connection, place.public)
    return home


def shown() -> AppTest:
    page = AppTest.from_file(str(PAGE), default_timeout=60).run()
    assert not page.exception
    return page


def said(page: AppTest) -> str:
    kinds = (page.markdown, page.caption, page.info, page.text, page.code, page.title, page.subheader)
    return "\n".join(str(element.value) for kind in kinds for element in kind)


def table(page: AppTest, column: str) -> list[dict[str, str]]:
    """The rows of the table that has such a column."""
    (found,) = (frame.value for frame in page.dataframe if column in frame.value.columns)
    return [{str(key): value for key, value in row.items()} for row in found.to_dict("records")]


def test_before_anything_is_published_the_page_says_so(home: Path) -> None:
    page = shown()
    assert [info.value for info in page.info] == ["Nothing is published yet. Please come back later."]


def test_the_page_says_what_day_it_speaks_of_and_how_figures_are_protected(published: Path) -> None:
    page = shown()
    assert page.caption[0].value.endswith("As of the end of 1 November 2026.")
    assert "rounded to 5" in page.caption[1].value
    assert "sample" not in said(page)


def test_what_waits_is_told_in_words_and_by_agency_with_the_longest_first(published: Path) -> None:
    page = shown()
    assert (
        "Cases that wait for an answer now: **about 25** for more than 30 working days, **fewer than 10** for 21 to "
        "30, fewer than 10 for 11 to 20, fewer than 10 for 3 to 10, fewer than 10 for 2 or less."
    ) in said(page)
    (row,) = table(page, "longer")
    assert (row["agency"], row["category"], row["any_age"], row["longer"]) == (
        "Land Transport Agency",
        "Roads",
        "25",
        "25",
    )
    assert {row[band] for band in ("up_to_2", "up_to_10", "up_to_20", "up_to_30")} == {"fewer than 10"}


def test_who_never_answers_stands_first_and_agencies_with_little_are_named(published: Path) -> None:
    page = shown()
    assert "2 agencies received 10 cases or more; **1** of them have answered fewer than 10." in said(page)
    first, second = table(page, "unanswered")
    assert first == {
        "agency": "Land Transport Agency", "received": "25", "answered": "fewer than 10",
        "in_time": "fewer than 10 of 25", "unanswered": "fewer than 10",
    }  # fmt: skip
    assert second["agency"] == "Public Utilities Corporation"
    assert (second["received"], second["answered"], second["in_time"]) == ("10", "10", "100% (72 to 100)")
    (expander,) = (one for one in page.expander if "agency with fewer" in one.label)
    assert expander.text[0].value == "Environment (ENV)"


def test_whether_creole_is_answered_as_english_is_said_in_a_sentence(published: Path) -> None:
    page = shown()
    assert "**No:** cases in Creole are answered in time less often than cases in English." in said(page)
    english, french, creole = table(page, "half")
    assert (english["lang"], english["n"], english["auto"]) == ("English", "25", "40% (23 to 59)")
    assert (english["in_time"], english["half"]) == ("100% (72 to 100)", "3 working days (3 to 3)")
    assert (creole["auto"], creole["in_time"]) == ("fewer than 10 of 25", "fewer than 10 of 25")
    assert creole["half"] == "36 working days or more"
    assert (french["n"], french["corrected"], french["half"]) == ("35", "–", "–")


def test_what_is_hidden_is_told_with_its_reason(published: Path) -> None:
    page = shown()
    assert "Most often: Posts kept confidential by the machine (about 10 so far)." in said(page)
    rows = table(page, "why")
    assert len(rows) == 8
    assert {row["what"]: row["n"] for row in rows}["Posts erased"] == "fewer than 10"
    (expander,) = (one for one in page.expander if one.label == "By month")
    assert expander.dataframe[0].value.to_numpy().tolist() == [
        ["September 2026", "Posts kept confidential by the machine", "10"]
    ]


def test_what_people_write_about_is_told_by_month(published: Path) -> None:
    page = shown()
    assert "In **October 2026** most was written about **Water**: about 25 contributions." in said(page)
    page.selectbox(key="category").set_value("roads").run()
    rows = [frame.value for frame in page.dataframe if list(frame.value.columns) == ["month", "n"]]
    assert rows[-1].to_numpy().tolist() == [["September 2026", "35"]]


def test_the_checkpoint_the_key_and_the_log_can_be_taken(published: Path) -> None:
    place = Home(published)
    with closing(opened(published)) as store:
        open_cases_of(store, plain_matter("PLANTED-WORDS"))
        sign_log(place, store, "toy.example/log", ZoneInfo("Indian/Mahe"), lambda: datetime.now(UTC))
        publish_log(place, store, "toy.example/log")
    page = shown()
    assert "signs its first event" in said(page)
    assert page.code[0].value.startswith("toy.example/log\n1\n")
    assert page.code[1].value.startswith("toy.example/log+")
    assert "verify.py lavwa-log --key public.key --old checkpoint-1.txt" in page.code[2].value
    assert {button.proto.label for button in page.get("download_button")} >= {
        "Take the checkpoint", "Take the key", "Take the log",
    }  # fmt: skip


def test_without_a_signed_log_the_page_says_so(published: Path) -> None:
    assert "The log was not signed yet: the next run does it." in said(shown())


def test_the_officials_snapshot_is_not_needed_and_nobody_is_told_of(published: Path) -> None:
    assert os.listdir(Home(published).published) == []
    page = shown()
    everything = said(page) + "".join(frame.value.to_csv() for frame in page.dataframe)
    for secret in SECRETS:
        assert secret not in everything


def test_a_country_of_which_nothing_may_be_told_says_so(home: Path) -> None:
    place = Home(home)
    place.prepare()
    with open_warehouse(place.warehouse) as connection:
        publish_country(connection, place.public)
    page = shown()
    infos = " ".join(info.value for info in page.info)
    for sentence in ("Fewer than 10 cases wait", "No agency has received 10 cases", "no whole month with 10"):
        assert sentence in infos
    assert "cannot be told yet" in said(page)
    assert "Of every kind there are fewer than 10, or none." in said(page)


@pytest.mark.parametrize(
    ("figures", "words"),
    [
        pytest.param((None, 3, 3, 4), "–", id="masked"),
        pytest.param((20, 1, 1, 2), "1 working day (1 to 2)", id="known"),
        pytest.param((20, 6, 5, None), "6 working days", id="no upper bound"),
        pytest.param((20, None, 12, None), "12 working days or more", id="not yet"),
        pytest.param((20, None, 0, None), "cannot be told yet", id="nothing known"),
    ],
)
def test_how_long_half_waited_is_said_as_far_as_it_is_known(figures: tuple[float | None, ...], words: str) -> None:
    assert protected.half_answered(*figures) == words
