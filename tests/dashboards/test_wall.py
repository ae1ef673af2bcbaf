"""Who may see the pages with people's words, and what a page says that has nothing, or not everything, to show."""

import os
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import streamlit as st
from desk_cases import add_person, opened
from streamlit.testing.v1 import AppTest
from test_desk_page import checked, errors
from test_views import APP, VIEWS

from flows.home import Home

FOR_EVERYBODY = {"__init__", "answers", "desk", "my_case", "watch"}
FOR_OFFICIALS = sorted(path.stem for path in VIEWS.glob("*.py") if path.stem not in FOR_EVERYBODY)
ANALYST, STATISTICIAN, ADMINISTRATOR, OFFICER = 1, 2, 3, 4
FOR_SIGNED_IN = "This page shows what people wrote: it is for officials who are signed in."


@pytest.fixture
def people(home: Path) -> Iterator[None]:
    """An account of each role that the wall tells apart."""
    st.cache_resource.clear()
    with closing(opened(home)) as store:
        add_person(store, "anna", None, role="analyst")
        add_person(store, "nils", None, role="statistician")
        add_person(store, "ada", None, role="administrator")
        add_person(store, "marie", "PUC")
        yield
    st.cache_resource.clear()


def page(view: str, account_id: int | None = None) -> AppTest:
    shown = AppTest.from_file(str(VIEWS / f"{view}.py"), default_timeout=60)
    if account_id is not None:
        shown.session_state["account"] = account_id
    return checked(shown.run())


def links(account_id: int | None = None) -> list[str]:
    shown = AppTest.from_file(str(APP), default_timeout=60)
    if account_id is not None:
        shown.session_state["account"] = account_id
    return [link.proto.label for link in checked(shown.run()).get("page_link")]


@pytest.mark.parametrize("view", FOR_OFFICIALS)
@pytest.mark.usefixtures("published", "people", "walled")
def test_a_stranger_is_asked_to_sign_in_before_any_figure_is_shown(view: str) -> None:
    shown = page(view)
    assert [field.label for field in shown.text_input] == ["Name", "Password"]
    assert FOR_SIGNED_IN in [caption.value for caption in shown.caption]
    assert (len(shown.dataframe), len(shown.metric), len(shown.text), len(shown.get("vega_lite_chart"))) == (0, 0, 0, 0)


@pytest.mark.parametrize("view", FOR_OFFICIALS)
@pytest.mark.usefixtures("published", "people", "walled")
def test_whoever_may_read_sees_the_page(view: str) -> None:
    shown = page(view, ANALYST)
    assert "Password" not in [field.label for field in shown.text_input]
    assert FOR_SIGNED_IN not in [caption.value for caption in shown.caption]


@pytest.mark.parametrize(
    ("account_id", "said"),
    [
        pytest.param(STATISTICIAN, "nils, your account (statistician) is not meant to read", id="a statistician"),
        pytest.param(ADMINISTRATOR, "ada, your account (administrator) is not meant to read", id="an administrator"),
    ],
)
@pytest.mark.usefixtures("published", "people", "walled")
def test_whoever_may_not_read_is_told_so(account_id: int, said: str) -> None:
    shown = page("issues", account_id)
    (error,) = errors(shown)
    assert error.startswith(said)
    assert len(shown.dataframe) == 0


@pytest.mark.usefixtures("published_sample", "people", "walled")
def test_the_bundled_sample_is_invented_and_open_to_everybody() -> None:
    shown = page("issues")
    assert (errors(shown), len(shown.text_input), len(shown.dataframe)) == ([], 0, 1)
    assert "Bundled sample: invented posts, people and figures" in shown.caption[0].value


@pytest.mark.usefixtures("published", "people", "walled")
def test_strangers_are_led_only_to_pages_that_are_for_them() -> None:
    for_strangers = links()
    assert "Routed issues" not in for_strangers
    assert {"My case", "My desk"} <= set(for_strangers)
    assert "Routed issues" in links(OFFICER)
    assert set(for_strangers) < set(links(OFFICER))


def test_before_the_first_run_has_ended_the_page_says_that_it_is_at_work(home: Path) -> None:
    st.cache_resource.clear()
    with Home(home).exclusive():
        shown = page("issues")
    assert [said.value for said in shown.info] == [
        "The first run is at work: this page fills by itself when it has finished, in some minutes."
    ]
    assert [said.value for said in page("issues").info] == [
        "Nothing is published yet. Once the first `lavwa run` has finished, this page fills by itself."
    ]


@pytest.mark.usefixtures("published")
def test_a_source_that_failed_is_named_on_every_page() -> None:
    assert [said.value for said in page("faqs").warning] == [
        "One source could not be read at the last run, so what it brought since is missing: portal. "
        "`lavwa sources` says why."
    ]


def test_figures_that_no_run_has_renewed_for_a_day_are_said_to_be_old(published: Path) -> None:
    pointer = published / "published" / "current.json"
    old = datetime.now(UTC) - timedelta(days=2)
    os.utime(pointer, (old.timestamp(), old.timestamp()))
    assert any(said.value.startswith("The last run ended on") for said in page("faqs").warning)
    just_in_time = datetime.now(UTC) - timedelta(hours=23)
    os.utime(pointer, (just_in_time.timestamp(), just_in_time.timestamp()))
    assert not any(said.value.startswith("The last run ended on") for said in page("faqs").warning)


def test_newer_figures_are_offered_to_whoever_looks_at_older_ones(published: Path) -> None:
    def looking(version: str) -> None:
        from dashboards.data import offer_newer

        offer_newer(version)

    (newest,) = (path.name for path in (published / "published").glob("*.duckdb"))
    offered = "There are newer figures: show them"
    older = AppTest.from_function(looking, args=("lavwa-older.duckdb",), default_timeout=30).run()
    assert [button.label for button in older.button] == [offered]
    current = AppTest.from_function(looking, args=(newest,), default_timeout=30).run()
    assert len(current.button) == 0
