"""Where words were taken back, the pages say so."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import streamlit as st
from desk_cases import PASSWORD, add_person, open_cases_of, opened, plain_matter, post
from streamlit.testing.v1 import AppTest

from dashboards import words
from portal.erasure import erase_said
from portal.store import Store
from warehouse.database import open_warehouse
from warehouse.publish import publish

VIEWS = Path(__file__).parent.parent.parent / "dashboards" / "views"


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    st.cache_resource.clear()
    with closing(opened(home)) as made:
        add_person(made, "marie", "PUC")
        yield made
    st.cache_resource.clear()


def ticked(shown: AppTest, row: int) -> AppTest:
    shown.session_state[shown.dataframe[0].key] = {"selection": {"rows": [row], "columns": [], "cells": []}}
    shown.run()
    assert [exception.value for exception in shown.exception] == []
    return shown


def test_an_erased_issue_is_not_said_to_be_confidential(published: Path) -> None:
    with open_warehouse(published / "store" / "warehouse.duckdb") as connection:
        connection.execute("UPDATE enriched SET text = '', reasons = [] WHERE post_id = 'p3'")
        publish(connection, published / "published", keep=3, timezone=ZoneInfo("Indian/Mahe"))
    shown = AppTest.from_file(str(VIEWS / "issues.py"), default_timeout=60).run()
    listed = shown.dataframe[0].value["text"].tolist()
    assert listed.count(words.ERASED) == 1
    assert [text.value for text in ticked(shown, listed.index(words.ERASED)).text] == [words.ERASED]


def test_an_officer_sees_that_a_post_was_erased(store: Store) -> None:
    open_cases_of(store, plain_matter("", posts=[post("a1", "planted words")]))
    now = datetime.now(UTC)
    erase_said(
        store, references=(), post_ids=("a1",), authors=(), texts=(), n_elsewhere=1, request="post", now=now
    )  # fmt: skip
    shown = AppTest.from_file(str(VIEWS / "desk.py"), default_timeout=60).run()
    shown.text_input[0].set_value("marie")
    shown.text_input[1].set_value(PASSWORD)
    next(button for button in shown.button if button.label == "Sign in").click().run()
    assert shown.dataframe[0].value["text"].tolist() == [words.ERASED]
    assert words.ERASED in [text.value for text in ticked(shown, 0).text]
