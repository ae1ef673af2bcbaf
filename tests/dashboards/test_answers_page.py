"""Official answers for everybody: in the visitor's language first, found by words and by agency. All are invented."""

import json
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from case_rows import official
from public_rows import ANSWER, SECRETS, fill, publish_country
from streamlit.testing.v1 import AppTest

from dashboards.visitor import IN_ADDRESS
from flows.home import Home
from warehouse.cases import replace_cases
from warehouse.database import open_warehouse

PAGE = Path(__file__).parent.parent.parent / "dashboards" / "views" / "answers.py"
HOSTILE = "![x](https://evil.example/a.png) **bold** [link](https://evil.example)"


@pytest.fixture(autouse=True)
def _empty_caches() -> Iterator[None]:
    st.cache_data.clear()
    st.cache_resource.clear()
    yield
    st.cache_data.clear()
    st.cache_resource.clear()


def answer(number: int, mda: str, question: str, **texts: str) -> dict[str, Any]:
    at = ANSWER["approved_at"] - timedelta(days=number)
    return official(number, mda=mda, question=question, texts=json.dumps(texts), approved_at=at)


OTHERS = [
    answer(2, "SLTA", "Who mends the road?", en="The Land Transport Agency does.", fr="L'agence des transports."),
    answer(3, "PUC", HOSTILE, en=HOSTILE),
]


def shown(home: Path, others: Sequence[dict[str, Any]] = OTHERS, lang: str = "en") -> AppTest:
    place = Home(home)
    place.prepare()
    with open_warehouse(place.warehouse) as connection:
        fill(connection)
        replace_cases(connection, [], [ANSWER, *others])
        publish_country(connection, place.public)
    page = AppTest.from_file(str(PAGE), default_timeout=60)
    page.query_params[IN_ADDRESS] = lang
    page.run()
    assert not page.exception
    return page


def texts(page: AppTest) -> list[str]:
    return [text.value for text in page.text]


def test_answers_stand_newest_first_with_their_agency_day_and_how_often_asked(home: Path) -> None:
    page = shown(home)
    assert "**3 answers**, the newest first" in [markdown.value for markdown in page.markdown]
    assert texts(page)[:2] == ["When is the water back, élève?", "The water is back on Monday."]
    captions = [caption.value for caption in page.caption]
    assert captions[0].endswith("As of the end of 1 November 2026.")
    assert "**Public Utilities Corporation** · answered on 6 Oct 2026 · asked about 10 times since" in captions
    assert "**Land Transport Agency** · answered on 4 Oct 2026 · asked fewer than 10 times since" in captions


def test_the_visitors_language_comes_first_and_others_are_kept(home: Path) -> None:
    page = shown(home, lang="crs")
    assert texts(page)[1] == "Delo i retourn Lendi."
    (expander, _) = page.expander
    assert [text.value for text in expander.text] == ["The water is back on Monday."]


@pytest.mark.parametrize(
    ("words", "question"),
    [
        ("ELEVE", "When is the water back, élève?"),
        ("lendi", "When is the water back, élève?"),
        ("transports agence", "Who mends the road?"),
        ("evil", HOSTILE),
    ],
)
def test_a_search_finds_words_of_question_and_texts_in_any_language(home: Path, words: str, question: str) -> None:
    page = shown(home)
    page.text_input(key="search").set_value(words).run()
    assert texts(page)[0] == question
    assert "**1 answer**, the newest first" in [markdown.value for markdown in page.markdown]


def test_a_search_without_result_says_so(home: Path) -> None:
    page = shown(home)
    page.text_input(key="search").set_value("PLANTED-WORDS").run()
    assert [info.value for info in page.info] == ["No answer has all of these words. Try fewer."]


def test_agencies_are_named_in_the_visitors_language(home: Path) -> None:
    page = shown(home, lang="fr")
    assert "Services publics" in " ".join(caption.value for caption in page.caption)


def test_an_agency_can_be_chosen(home: Path) -> None:
    page = shown(home)
    page.selectbox(key="agency").set_value("SLTA").run()
    assert texts(page)[0] == "Who mends the road?"
    assert "**1 answer**, the newest first" in [markdown.value for markdown in page.markdown]


def test_texts_are_no_markdown_and_nobodys_words_are_there(home: Path) -> None:
    page = shown(home)
    said = " ".join(element.value for kind in (page.markdown, page.caption, page.info) for element in kind)
    assert "evil.example" not in said
    assert HOSTILE in texts(page)
    for secret in SECRETS:
        assert secret not in said + " ".join(texts(page))


def test_more_than_ten_are_shown_bit_by_bit(home: Path) -> None:
    page = shown(home, [answer(number, "PUC", f"Question {number}?", en="yes") for number in range(2, 14)])
    assert sum(text.startswith("Question") for text in texts(page)) == 9
    (more,) = page.button
    assert more.label == "Show 3 more"
    more.click().run()
    assert sum(text.startswith("Question") for text in texts(page)) == 12
    assert not page.button


def test_the_page_leads_to_ones_own_case(home: Path) -> None:
    assert "[My case](my_case)" in " ".join(markdown.value for markdown in shown(home).markdown)
