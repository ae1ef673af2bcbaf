"""Every page in French and Creole: it draws without a failure, and no sentence of its own stays English."""

import json
import re
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from desk_cases import add_person, open_cases_of, opened, plain_matter
from streamlit.testing.v1 import AppTest
from test_desk_page import checked, press, tick

import dashboards.visitor  # noqa: F401 - pages speak the visitor's language
from flows.language import t
from flows.messages import messages
from flows.spoken import LANGUAGES, speaking
from portal.store import Store
from portal.submissions import submit

VIEWS = Path(__file__).parent.parent.parent / "dashboards" / "views"
TITLES = {
    "issues": {"fr": "Affaires orientées", "crs": "Zafer dirize"},
    "faqs": {"fr": "Questions", "crs": "Kestyon"},
    "routing": {"fr": "Qualité de l’orientation", "crs": "Kalite direksyon"},
    "performance": {"fr": "Performance du gouvernement", "crs": "Performans gouvernman"},
    "desk": {"fr": "Mon bureau", "crs": "Mon biro"},
    "my_case": {"fr": "Mon dossier", "crs": "Mon dosye"},
}
SHOWN_IN = {"body", "label", "help", "placeholder", "options", "caption", "title", "message", "text"}
FEW = 3  # words a message must have to be told from other words on a page, once it has names to fill in


@pytest.fixture(params=["fr", "crs"])
def language(request: pytest.FixtureRequest) -> Iterator[str]:
    """A test asks widgets for their words outside the page's run, where nobody is asked for a language."""
    with speaking(request.param):
        yield request.param


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    """A home with marie, officer of PUC."""
    st.cache_resource.clear()
    with closing(opened(home)) as made:
        add_person(made, "marie", "PUC")
        yield made
    st.cache_resource.clear()


def page(name: str, language: str) -> AppTest:
    shown = AppTest.from_file(str(VIEWS / f"{name}.py"), default_timeout=60)
    shown.session_state["language"] = language
    return checked(shown.run())


def left_in_english(shown: AppTest, language: str) -> list[str]:
    """What the page shows of the messages that have another wording in the language."""
    said = {text for element in shown.main for text in _texts(getattr(element, "proto", None))}
    said |= {name for table in shown.dataframe for name in table.value.columns if name[:1].isupper()}
    said -= set(LANGUAGES.values())  # each calls itself by its own name
    left = []
    plurals = {form for one in messages() if not isinstance(one, str) for form in one}
    for message in {form for one in messages() for form in ([one] if isinstance(one, str) else one)}:
        with speaking(language):
            if t(message) == message and message not in plurals:
                continue
        form = re.compile(re.sub(r"\\\{\w+\\\}", ".+", re.escape(message)))
        is_telling = "{" not in message or len(re.findall(r"[A-Za-z]{2,}", re.sub(r"\{\w+\}", "", message))) >= FEW
        left += [text for text in said if is_telling and form.fullmatch(text)]
    return sorted(left)


def _texts(proto: Any) -> Iterator[str]:
    """The texts for people in what the browser gets, titles of tables and charts too."""
    if not hasattr(proto, "ListFields"):
        return
    for field, value in proto.ListFields():
        several = value if hasattr(value, "append") or hasattr(value, "add") else [value]
        for one in several:
            if not isinstance(one, str):
                yield from _texts(one)
            elif field.name in SHOWN_IN:
                yield one.replace("\\", "")
            elif one.startswith(("{", "[")):
                yield from _titles(json.loads(one))


def _titles(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for part in value:
            yield from _titles(part)
    elif isinstance(value, dict):
        for name, part in value.items():
            if name in {"label", "help", "title"} and isinstance(part, str):
                yield part
            else:
                yield from _titles(part)


@pytest.mark.parametrize("name", ["issues", "faqs", "routing", "performance"])
def test_a_page_of_figures_speaks_the_visitors_language(published: Path, name: str, language: str) -> None:
    shown = page(name, language)
    assert [title.value for title in shown.title] == [TITLES[name][language]]
    if name == "issues":
        shown = tick_first(shown)
    assert left_in_english(shown, language) == []


def tick_first(shown: AppTest) -> AppTest:
    shown.session_state[shown.dataframe[0].key] = {"selection": {"rows": [1], "columns": [], "cells": []}}
    return checked(shown.run())


def test_the_desk_speaks_the_officers_language_also_where_it_refuses(store: Store, language: str) -> None:
    open_cases_of(store, plain_matter("no water"), plain_matter("no current", urgency="urgent"))
    shown = page("desk", language)
    assert [title.value for title in shown.title] == [TITLES["desk"][language]]
    assert left_in_english(shown, language) == []
    shown.text_input[0].set_value("marie")
    shown.text_input[1].set_value("mango rain on the roof")
    sign_in, urgent, send, refusal = t("Sign in"), t("Urgent"), t("Send the answer"), t("a reply needs a text")
    shown = press(shown, sign_in)
    assert urgent in shown.dataframe[0].value["urgency"].tolist()
    assert left_in_english(shown, language) == []
    shown = press(tick(shown, "no water"), send)
    assert [error.value.replace("\\", "") for error in shown.error] == [f"{refusal[0].upper()}{refusal[1:]}."]
    assert left_in_english(shown, language) == []


def test_a_citizen_reads_the_case_in_the_own_language(store: Store, language: str) -> None:
    receipt = submit(store, text="no water", author="Zan Envante", received_at=datetime.now(UTC))
    shown = page("my_case", language)
    assert [title.value for title in shown.title] == [TITLES["my_case"][language]]
    look, unknown = (
        t("Look"),
        t("there is no submission with this receipt: look at every letter and digit of it again"),
    )
    shown.text_input[0].set_value("S-2222-2222-2222")
    shown = press(shown, look)
    assert [error.value.replace("\\", "") for error in shown.error] == [f"{unknown[0].upper()}{unknown[1:]}."]
    shown.text_input[0].set_value(receipt)
    shown = press(shown, look)
    assert [header.value for header in shown.subheader] == [receipt]
    assert left_in_english(shown, language) == []


def test_what_stays_english_is_found(published: Path) -> None:
    shown = page("routing", "en")
    assert {"Routing quality", "Does it change?", "Cases decided"} <= set(left_in_english(shown, "fr"))
