"""The catalogues: every message is there and translated, with the same names to fill in; numbers and dates."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from babel.messages.catalog import Message

from flows import formats
from flows.language import n, t
from flows.messages import brought_up_to_date, catalogue, messages
from flows.spoken import LANGUAGES, SOURCE, speaking

TRANSLATED = [language for language in LANGUAGES if language != SOURCE]
NAMES = re.compile(r"\{(\w+)\}")
COMMANDS = re.compile(r"`[^`]+`")
AUGUST = date(2026, 8, 4)  # a Tuesday


def entries(language: str) -> Iterator[Message]:
    return (entry for entry in catalogue(language) if entry.id)


def forms(text: str | tuple[str, ...] | list[str]) -> list[str]:
    return [text] if isinstance(text, str) else list(text)


@pytest.mark.parametrize("language", TRANSLATED)
def test_the_catalogue_has_the_messages_of_the_code_and_no_others(language: str) -> None:
    kept = {tuple(forms(entry.id)): entry.string for entry in entries(language)}
    assert {
        tuple(forms(entry.id)): entry.string for entry in brought_up_to_date(catalogue(language)) if entry.id
    } == kept


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_message_is_translated(language: str) -> None:
    assert [entry.id for entry in entries(language) if not all(forms(entry.string))] == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_fills_in_the_same_names_and_quotes_the_same_commands(language: str) -> None:
    wrong = []
    for entry in entries(language):
        of_english = [
            NAMES.findall(said) for said in forms(entry.id)
        ]  # "the one post" names no number, nor must its form
        for place, form in enumerate(filter(None, forms(entry.string))):
            allowed = [set(names) for names in (of_english[place], of_english[-1])]
            commands = sorted(COMMANDS.findall(forms(entry.id)[-1]))
            if set(NAMES.findall(form)) not in allowed or sorted(COMMANDS.findall(form)) != commands:
                wrong.append((entry.id, form))
    assert wrong == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_keeps_what_is_bold(language: str) -> None:
    wrong = [
        entry.id
        for entry in entries(language)
        for form in filter(None, forms(entry.string))
        if form.count("**") != forms(entry.id)[-1].count("**")
    ]
    assert wrong == []


def test_no_message_is_put_together_before_it_is_translated() -> None:
    """A pair or a text; what is no literal is not found, and would stay English."""
    found = set(messages())
    assert "My desk" in found  # of a page
    assert ("{n} post", "{n} posts") in found
    assert "Emergency" in found  # of a table
    assert "there is no case {reference} that you may see" in found  # of the portal
    assert "see this case" in found


@pytest.mark.parametrize(
    ("language", "said"),
    [
        pytest.param("en", ["0 posts", "1 post", "2 posts", "1,124 posts"], id="English"),
        pytest.param("fr", ["0 message", "1 message", "2 messages", "1\u202f124 messages"], id="French"),
        pytest.param("crs", ["0 mesaz", "1 mesaz", "2 mesaz", "1,124 mesaz"], id="Creole"),
    ],
)
def test_a_count_takes_the_form_of_its_language(language: str, said: list[str]) -> None:
    with speaking(language):
        assert [n("{n} post", "{n} posts", k) for k in (0, 1, 2, 1124)] == said


@pytest.mark.parametrize(
    ("language", "said"),
    [
        pytest.param(
            "en",
            ["4 Aug 2026", "4 August 2026", "4 Aug", "Tuesday", "August 2026", "4 Aug 2026, 14:02", "62%", "1,124.5"],
            id="English",
        ),
        pytest.param(
            "fr",
            [
                "4 août 2026", "4 août 2026", "4 août", "mardi", "août 2026", "4 août 2026, 14:02", "62\xa0%",
                "1\u202f124,5",
            ],
            id="French",
        ),
        pytest.param(
            "crs",
            ["4 Out 2026", "4 Out 2026", "4 Out", "Mardi", "Out 2026", "4 Out 2026, 14:02", "62%", "1,124.5"],
            id="Creole",
        ),
    ],
)  # fmt: skip
def test_days_and_numbers_are_written_as_the_language_writes_them(language: str, said: list[str]) -> None:
    at = datetime(2026, 8, 4, 14, 2, tzinfo=UTC)
    with speaking(language):
        assert [
            formats.day(AUGUST), formats.long_day(AUGUST), formats.short_day(AUGUST), formats.weekday(AUGUST),
            formats.month(AUGUST), formats.moment(at), formats.percent(0.6249), formats.number(1124.5, 1),
        ] == said  # fmt: skip


def test_charts_write_numbers_and_dates_as_the_language_does() -> None:
    with speaking("fr"):
        french = formats.vega_locale()
    assert (french["number"]["decimal"], french["number"]["percent"]) == (",", "\xa0%")
    assert (french["time"]["days"][0], french["time"]["months"][7]) == ("dimanche", "août")
    with speaking("crs"):
        creole = formats.vega_locale()
    assert (creole["time"]["days"][:2], creole["time"]["shortMonths"][9]) == (["Dimans", "Lendi"], "Okt")
    assert creole["number"]["percent"] == "%"


def test_nothing_to_say_is_nothing_in_every_language() -> None:
    for language in LANGUAGES:
        with speaking(language):
            assert t("") == ""
