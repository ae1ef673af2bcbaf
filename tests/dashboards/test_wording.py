"""How counts, dates and codes are said."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from dashboards import words
from flows.spoken import LANGUAGES, speaking
from portal.models import CaseState
from portal.transitions import OUTCOMES

MAHE = ZoneInfo("Indian/Mahe")


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        pytest.param((1, 1, 0), "1 post", id="one post of one voice"),
        pytest.param((1, 0, 1), "1 post, author not known", id="one post of nobody known"),
        pytest.param((1124, 0, 1124), "1,124 posts, authors not known", id="nobody known"),
        pytest.param((5, 1, 0), "5 posts by 1 voice", id="one who insists"),
        pytest.param((5, 2, 3), "5 posts by 2 voices, 3 without author", id="some known"),
    ],
)
def test_only_known_authors_are_voices(counts: tuple[int, int, int], said: str) -> None:
    assert words.voices(*counts) == said


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        pytest.param(date(2026, 10, 14), date(2026, 10, 14), "14 Oct 2026", id="one day"),
        pytest.param(date(2026, 10, 14), date(2026, 11, 3), "14 Oct to 3 Nov 2026", id="one year"),
        pytest.param(date(2025, 10, 14), date(2026, 10, 14), "14 Oct 2025 to 14 Oct 2026", id="several years"),
    ],
)
def test_dates_say_no_more_and_no_less_than_needed(first: date, last: date, said: str) -> None:
    assert words.dates(first, last) == said


def test_no_code_stands_without_its_name() -> None:
    names = {"PUC": "Public Utilities Corporation"}
    assert [words.agency(code, names) for code in ("PUC", "NEW", None, "none")] == [
        "Public Utilities Corporation", "NEW", "No agency", "No agency",
    ]  # fmt: skip
    assert words.agency_and_code("PUC", names) == "Public Utilities Corporation (PUC)"
    assert words.agency_and_code("none", names) == "No agency"


def test_words_that_show_urgency_are_plain_letters() -> None:
    assert [word for word in words.URGENCY.values() if not word.isascii()] == []
    assert set(words.STYLES) == set(words.URGENCY)


@pytest.mark.parametrize("language", LANGUAGES)
def test_urgency_has_its_colour_in_every_language(language: str) -> None:
    with speaking(language):
        styles = words.urgency_styles()
        assert len(styles) == len(words.URGENCY)
        assert styles[words.urgency("emergency")] == words.STYLES["emergency"]


def test_a_long_text_is_cut_between_words() -> None:
    assert words.shortened("no water\n at  Anse Royale", 40) == "no water at Anse Royale"
    assert words.shortened("no water at Anse Royale", 14) == "no water at…"
    assert words.shortened("x" * 200, 10) == "x" * 10 + "…"


@pytest.mark.parametrize(
    ("figures", "said"),
    [
        pytest.param((14, 6, 1.24), "14 voices in the 6 hours to 3 Aug 14:00, where 1.2 are usual", id="six hours"),
        pytest.param((1200, 24, 300.0), "1,200 voices in the day to 3 Aug 14:00, where 300 are usual", id="day"),
        pytest.param((1, 1, 0.1), "1 voice in the hour to 3 Aug 14:00, where 0.1 are usual", id="one in an hour"),
        pytest.param((3, 1, 0.0999), "3 voices in the hour to 3 Aug 14:00, where fewer than 0.1 are usual", id="rare"),
        pytest.param((3, 1, 0.0), "3 voices in the hour to 3 Aug 14:00, where fewer than 0.1 are usual", id="never"),
        pytest.param((14, 168, 2.7), "14 voices in the 7 days to 3 Aug 14:00, where 2.7 are usual", id="a week"),
    ],
)
def test_a_burst_is_told_beside_what_is_usual(figures: tuple[int, int, float], said: str) -> None:
    assert words.burst(*figures, datetime(2026, 8, 3, 14)) == said  # noqa: DTZ001 - words know no time zone


def test_a_topic_tells_what_joined_it_and_what_it_was_part_of() -> None:
    day = date(2026, 8, 3)
    assert words.topic_change("merged", 7, day) == "Topic 7 became part of this one on 3 Aug 2026."
    assert words.topic_change("split", 7, day) == "This was part of topic 7 until 3 Aug 2026."


@pytest.mark.parametrize(
    ("by", "is_late", "said"),
    [
        pytest.param(datetime(2026, 8, 3, 23, 59, 59, tzinfo=MAHE), False, "today", id="before midnight"),
        pytest.param(datetime(2026, 8, 4, 0, 0, 1, tzinfo=MAHE), False, "tomorrow", id="after midnight"),
        pytest.param(datetime(2026, 8, 5, 23, 59, tzinfo=MAHE), False, "5 Aug", id="later"),
        pytest.param(datetime(2026, 7, 31, 23, 59, tzinfo=MAHE), True, "31 Jul, 3 days late", id="late"),
        pytest.param(datetime(2026, 8, 2, 23, 59, tzinfo=MAHE), True, "2 Aug, 1 day late", id="late since midnight"),
        pytest.param(datetime(2026, 8, 3, 9, tzinfo=MAHE), True, "3 Aug, 1 day late", id="late on its own day"),
        pytest.param(datetime(2026, 7, 31, 23, 59, tzinfo=MAHE), False, "31 Jul", id="over, and answered in time"),
    ],
)
def test_until_when_an_answer_is_owed_is_said_by_the_calendar(by: datetime, is_late: bool, said: str) -> None:
    now = datetime(2026, 8, 3, 12, tzinfo=MAHE)
    assert words.due(by, now, is_late=is_late) == said


@pytest.mark.parametrize(
    ("action", "details", "said"),
    [
        pytest.param("acknowledged", {}, "acknowledged", id="nothing more to say"),
        pytest.param("accepted", {"category": "roads", "mda": "SLTA"}, "accepted (Roads)", id="as what"),
        pytest.param("accepted", {"category": "gone"}, "accepted (gone)", id="as what has no title any more"),
        pytest.param(
            "appealed", {"n": 1, "level": "oversight", "barred": [3]}, "appealed (oversight)", id="to which level"
        ),
        pytest.param("escalated", {"level": "head", "reason": "no pump"}, "escalated (no pump)", id="why"),
        pytest.param("case late", {"level": "head"}, "case late (head)", id="to whom"),
        pytest.param("closed", {"outcome": "upheld", "sends_elsewhere": False}, "closed (upheld)", id="how it ended"),
        pytest.param(
            "corrected",
            {
                "before": {"category": "roads", "mda": "SLTA", "urgency": "urgent", "is_confidential": False},
                "after": {"category": "none", "mda": None, "urgency": "urgent", "is_confidential": True},
            },
            "corrected (none, No agency, confidential)",
            id="to what",
        ),
        pytest.param(
            "corrected",
            {"before": {"is_confidential": True}, "after": {"is_confidential": False}},
            "corrected (not confidential)",
            id="open again",
        ),
        pytest.param(
            "corrected",
            {"before": {"urgency": "normal"}, "after": {"urgency": "normal"}},
            "corrected",
            id="to the same",
        ),
        pytest.param("answered", {"texts": {"en": "mended"}}, "answered", id="an answer is shown elsewhere"),
    ],
)
def test_what_happened_to_a_case_is_a_line(action: str, details: dict[str, Any], said: str) -> None:
    at = datetime(2026, 8, 5, 9, 2, tzinfo=MAHE)
    told = words.happened(at, "marie (officer)", action, details, {"roads": "Roads"})
    assert told == f"5 Aug 2026, 09:02 · marie (officer): {said}"


@pytest.mark.parametrize(
    ("k", "n", "said"),
    [
        # Wilson's interval by its formula: centre (k + z²/2) / (n + z²), z = 1.96
        pytest.param(0, 0, "–", id="nothing"),
        pytest.param(0, 10, "0% (0 to 28)", id="none of ten"),
        pytest.param(10, 10, "100% (72 to 100)", id="ten of ten"),
        pytest.param(1, 1, "100% (21 to 100)", id="one of one"),
        pytest.param(81, 263, "31% (26 to 37)", id="Newcombe's example (1998)"),
        pytest.param(50_000, 100_000, "50% (50 to 50)", id="many"),
    ],
)
def test_a_share_is_told_with_how_sure_it_is(k: int, n: int, said: str) -> None:
    assert words.share(k, n) == said


def test_a_matter_of_which_no_post_may_be_shown_has_no_voices() -> None:
    assert words.voices(0, 0, 0) == "no posts"


def test_every_state_of_a_case_has_words_and_every_outcome_can_be_chosen() -> None:
    assert set(words.CASE_STATES) == {state.value for state in CaseState}
    assert set(words.OUTCOMES) == {state.value for state in OUTCOMES - {CaseState.WITHDRAWN}}


@pytest.mark.parametrize(
    ("number", "unit", "said"),
    [
        pytest.param(84.5, "%", "84.5 %", id="a decimal"),
        pytest.param(84.0, "%", "84 %", id="whole"),
        pytest.param(1120.0, "minutes", "1,120 minutes", id="thousands"),
        pytest.param(0.0, "dumps", "0 dumps", id="none"),
        pytest.param(-12.25, "%", "-12.2 %", id="negative"),
        pytest.param(0.0421, "cases", "0.0421 cases", id="small"),
        pytest.param(1e300, "t", "1e+300 t", id="huge"),
        pytest.param(float("nan"), "%", "–", id="not there"),
        pytest.param(None, "%", "–", id="nothing"),
    ],
)
def test_a_figure_bears_its_unit_and_no_more_digits_than_it_needs(number: float | None, unit: str, said: str) -> None:
    assert words.figure(number, unit) == said


@pytest.mark.parametrize(
    ("target", "first", "expected", "said"),
    [
        pytest.param(90.0, 90.0, 90.0, "90 %", id="its own"),
        pytest.param(88.0, 90.0, 88.0, "88 % (first 90)", id="moved"),
        pytest.param(None, None, 85.5, "85.5 % by then", id="on the way to a later one"),
        pytest.param(float("nan"), float("nan"), float("nan"), "–", id="none"),
    ],
)
def test_a_target_that_was_moved_is_told(
    target: float | None, first: float | None, expected: float | None, said: str
) -> None:
    assert words.aimed(target, first, expected, "%") == said


def test_a_provisional_figure_is_called_so() -> None:
    assert [words.reached(84.5, "%", "provisional"), words.reached(84.5, "%", "final")] == [
        "84.5 % (provisional)", "84.5 %",
    ]  # fmt: skip
    assert words.reached(float("nan"), "%", "provisional") == "–"
    assert [words.counted(50750), words.counted(float("nan")), words.counted(None)] == ["50,750", "–", "–"]


@pytest.mark.parametrize(
    ("interval", "said"),
    [
        pytest.param((5.0, 7.0), "5 to 7 days", id="both"),
        pytest.param((5.0, 5.0), "5 days", id="one day"),
        pytest.param((1.0, 1.0), "1 day", id="day one"),
        pytest.param((5.0, float("inf")), "5 days or more", id="no end"),
        pytest.param((0.0, 7.0), "7 days or fewer", id="no beginning"),
        pytest.param((0.0, 0.0), "0 days", id="the same day"),
        pytest.param((0.0, float("inf")), "cannot be told yet", id="nothing"),
    ],
)
def test_an_interval_of_days_is_said_in_words(interval: tuple[float, float], said: str) -> None:
    assert words.between_days(interval) == said


def test_waits_and_shares_are_said_in_words() -> None:
    assert [words.working_days(days) for days in (None, 1.0, 6.0)] == ["not yet", "1 working day", "6 working days"]
    assert words.between((0.6, 0.812)) == "60 to 81%"
