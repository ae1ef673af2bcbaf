"""The weekly brief, against figures counted by hand. All posts, cases and people are invented."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import streamlit as st
import typst

sys.path.append(str(Path(__file__).parent.parent / "warehouse"))
from case_rows import case, official
from command import lavwa
from hostile import HOSTILE
from kpi_rows import indicator, value

from flows import brief
from flows.brief_figures import Brief, OpenCase
from flows.errors import BriefRefusedError
from flows.spoken import speaking
from warehouse.cases import replace_cases
from warehouse.database import open_warehouse
from warehouse.kpis import store_kpis
from warehouse.publish import publish
from warehouse.readers import Snapshot, open_published

MAHE = ZoneInfo("Indian/Mahe")
WEEK = date(2026, 10, 19)  # the six posts of conftest.py are as of Monday, 26 October, 12 o'clock in Mahé
DAY = timedelta(days=1)
MONDAY = datetime(2026, 10, 19, 8, tzinfo=UTC)
OLD = datetime(2026, 8, 24, 8, tzinfo=UTC)  # a Monday, 45 working days before 26 October
FAR = datetime(2026, 12, 1, 8, tzinfo=UTC)


def answered(reference: str, opened_at: datetime, days: int, **fields: Any) -> dict[str, Any]:
    at = opened_at + days * DAY
    return case(
        reference, opened_at=opened_at, first_answered_at=at, answered_at=at, answer_by=FAR, **fields
    )  # fmt: skip


CASES = [
    case("C-OLD", opened_at=OLD, answer_by=OLD + 14 * DAY, urgency="urgent"),  # 45 working days open, late
    case("C-HOLD", opened_at=MONDAY - 21 * DAY, answer_by=MONDAY, held_since=MONDAY, state="on_hold"),  # 20 days
    case("C-NEW", opened_at=MONDAY + DAY, answer_by=FAR),  # opened on Tuesday of the week, 4 days
    answered("C-ANSWERED", MONDAY, 1),  # opened and answered in the week, still open
    answered("C-CLOSED", MONDAY, 2, closed_at=MONDAY + 3 * DAY, decided_at=MONDAY + DAY, category="electricity"),
    case("C-SECRET", opened_at=MONDAY, answer_by=OLD, is_confidential=True),  # late, by weeks
    case("C-GONE", opened_at=MONDAY, mda="SLTA", category="roads", decided_at=MONDAY + DAY),
    case("C-COME", opened_at=OLD, suggested_mda="SLTA", suggested_category="roads", decided_at=MONDAY, answer_by=FAR,
         closed_at=MONDAY + 7 * DAY, state="withdrawn"),
    case("C-ELSEWHERE", opened_at=MONDAY, mda="SLTA", suggested_mda="SLTA", decided_at=MONDAY),
]  # fmt: skip


@pytest.fixture
def snapshot(published: Path) -> Iterator[Snapshot]:
    yield from _opened(published, CASES)


def _opened(home: Path, cases: Sequence[dict[str, Any]], answers: Sequence[dict[str, Any]] = ()) -> Iterator[Snapshot]:
    with open_warehouse(home / "store" / "warehouse.duckdb") as connection:
        kpis = [indicator(title_fr="Foyers avec eau"), indicator("SLTA-01", mda="SLTA")]
        store_kpis(connection, "kpi_indicators", kpis, MONDAY)
        store_kpis(connection, "kpi_values", [value(2025, target=90.0, actual=89.5)], MONDAY)
        replace_cases(connection, [cases], answers)
        publish(connection, home / "published", keep=3, timezone=MAHE)
    st.cache_data.clear()
    st.cache_resource.clear()
    opened = open_published(home / "published")
    yield opened
    opened.close()


def texts_of(found: Any) -> list[str]:
    """All texts of a page of the brief."""
    if isinstance(found, str):
        return [found]
    values = found.values() if isinstance(found, dict) else found if isinstance(found, list) else []
    return [text for value in values for text in texts_of(value)]


def block(read: Brief, heading: str) -> list[dict[str, Any]]:
    """What stands under a heading, columns side by side one after the other."""
    blocks = brief.page(read)["blocks"]
    start = next(place for place, one in enumerate(blocks) if one.get("text") == heading) + 1
    end = next((place for place, one in enumerate(blocks) if place >= start and one["kind"] == "heading"), len(blocks))
    return [
        one
        for of in blocks[start:end]
        for one in ([*of["left"], *of["right"]] if of["kind"] == "side" else [of])
    ]  # fmt: skip


def test_what_came_in_is_set_beside_the_weeks_before(snapshot: Snapshot) -> None:
    came_in = brief.read_brief(snapshot, "PUC", WEEK).came_in
    assert (came_in.n_posts, came_in.n_formal, came_in.n_confidential) == (3, 2, 0)
    assert came_in.weeks == [
        (date(2026, 9, 28), 1), (date(2026, 10, 5), 0), (date(2026, 10, 12), 1), (WEEK, 3),
    ]  # fmt: skip
    assert came_in.usual == pytest.approx(2 / 3)
    assert [(code, n) for code, n, _ in came_in.categories] == [("water_supply", 3)]
    sentence, bars, table, note = block(brief.read_brief(snapshot, "PUC", WEEK), "What came in")
    assert sentence["text"] == (
        "3 posts came in, more than in any of the 3 weeks before (0 to 1). 2 were formal submissions."
    )
    assert [bar["value"] for bar in bars["bars"]] == ["1", "0", "1", "3"]
    assert [bar["is_now"] for bar in bars["bars"]] == [False, False, False, True]
    assert table["rows"] == [["Water", "3", "0.7"]]
    assert note["text"] == "Usual is the mean of the 3 weeks before."


def test_a_week_that_is_not_over_is_compared_with_nothing(snapshot: Snapshot) -> None:
    read = brief.read_brief(snapshot, "PUC", WEEK + 7 * DAY)
    assert not read.is_over
    assert block(read, "What came in")[0]["text"].startswith(
        "0 posts came in until 26 Oct 2026, 12:00; the week is not"
    )


def test_the_first_week_of_all_has_nothing_usual(snapshot: Snapshot) -> None:
    read = brief.read_brief(snapshot, "PUC", date(2026, 9, 28))
    assert read.came_in.usual is None
    assert read.came_in.weeks == [(date(2026, 9, 28), 1)]
    assert block(read, "What came in")[0]["text"] == "1 post came in this week. 1 was a formal submission."


def test_cases_of_the_week_and_of_the_day_are_counted_apart(snapshot: Snapshot) -> None:
    cases = brief.read_brief(snapshot, "PUC", WEEK).cases
    assert (cases.n_opened, cases.n_answered, cases.n_closed) == (4, 2, 1)
    assert (cases.n_open, cases.n_unanswered, cases.n_on_hold, cases.n_confidential) == (5, 4, 1, 1)
    assert cases.n_late == 2  # the old one and the confidential one; one that is on hold is not
    assert (cases.n_decided, cases.n_corrected, cases.n_sent_away, cases.n_taken_over) == (3, 3, 1, 1)
    assert cases.ages == [2, 1, 0, 1]


def test_the_longest_waiting_cases_are_named_and_no_confidential_one(snapshot: Snapshot) -> None:
    read = brief.read_brief(snapshot, "PUC", WEEK)
    assert read.cases.oldest == [
        OpenCase("C-OLD", "water_supply", "urgent", date(2026, 8, 24), date(2026, 9, 7), 45, True),
        OpenCase("C-HOLD", "water_supply", "normal", date(2026, 9, 28), date(2026, 10, 19), 20, False),
        OpenCase("C-NEW", "water_supply", "normal", date(2026, 10, 20), date(2026, 12, 1), 4, False),
    ]
    table = block(read, "Open cases, as of 26 Oct 2026")[2]
    assert table["rows"][0] == ["C-OLD", "Water", "Urgent", "24 Aug 2026", "45", "7 Sep 2026: late"]
    assert "1 open case is confidential: it is counted and not listed." in texts_of(brief.page(read))


def test_waits_are_those_of_all_cases_with_their_intervals(snapshot: Snapshot) -> None:
    of_all = brief.read_brief(snapshot, "PUC", WEEK).cases.waiting
    # 7 cases: answered after 1 and 2 working days; others wait 4, 5 (by weeks), 20 and 45; one was withdrawn after 45.
    assert of_all is not None
    assert (of_all.n, of_all.n_answered) == (7, 2)
    assert of_all.within == pytest.approx(1 - 6 / 7 * 5 / 6)  # of 7 on day 1, of 6 on day 2
    said = dict(block(brief.read_brief(snapshot, "PUC", WEEK), "Answers and routing")[1]["pairs"])
    assert said["Answered within 10 working days"].startswith("29% (")


def test_topics_are_those_of_the_agencys_posts_of_the_week(snapshot: Snapshot) -> None:
    assert block(brief.read_brief(snapshot, "PUC", WEEK), "Topics of the week")[0]["rows"] == [["water, cut", "1", "1"]]
    assert brief.read_brief(snapshot, "SLTA", WEEK).topics == []


def test_questions_with_an_official_answer_are_left_out(published: Path) -> None:
    for answers, n in (([], 1), ([official(1, "p4", mda="PUC")], 0)):
        for snapshot in _opened(published, CASES, answers):
            assert brief.read_brief(snapshot, "PUC", WEEK).n_questions == n


def test_questions_and_indicators_stand_in_their_words(snapshot: Snapshot) -> None:
    read = brief.read_brief(snapshot, "PUC", WEEK)
    assert block(read, "Asked most, without an official answer")[0]["rows"] == [
        ["2", "When is the water back?", "22 Oct 2026"]
    ]
    assert block(read, "Indicators")[0]["rows"] == [
        ["Homes with water", "89.5 %", "90 %", "1 Jan 2025 to 31 Dec 2025", "✓ On track"]
    ]


def test_of_confidential_posts_there_are_counts_only(snapshot: Snapshot) -> None:
    read = brief.read_brief(snapshot, "SLTA", WEEK)
    assert (read.came_in.n_posts, read.came_in.n_confidential) == (1, 1)
    said = texts_of(brief.page(read))
    assert not [text for text in said if "CONFIDENTIAL-TEXT" in text]
    assert any("1 is confidential." in text for text in said)
    assert not [text for text in texts_of(brief.page(brief.read_brief(snapshot, "PUC", WEEK))) if "C-SECRET" in text]


def test_it_says_where_it_is_from_and_whom_it_is_for(snapshot: Snapshot) -> None:
    page = brief.page(brief.read_brief(snapshot, "PUC", WEEK))
    assert page["week"] == "Week 43 of 2026: 19 Oct 2026 to 25 Oct 2026"
    assert page["source"].endswith("As of 26 Oct 2026, 12:00 Mahe time.")
    assert page["warning"].startswith("For officials only.")


def test_numbers_days_and_titles_follow_the_language(snapshot: Snapshot) -> None:
    with speaking("fr"):
        page = brief.page(brief.read_brief(snapshot, "PUC", WEEK))
    assert page["lang"] == "fr"
    said = texts_of(page)
    assert "Foyers avec eau" in said
    assert "24 août 2026" in said
    assert "0,7" in said


# --- as PDF


def n_pages(texts: dict[str, Any]) -> int:
    pages = typst.compile(
        Path(brief.__file__).with_name("brief.typ").read_bytes(), format="png", ppi=20,
        sys_inputs={"texts": json.dumps(texts)}, ignore_system_fonts=True,
    )  # fmt: skip
    return len(pages) if isinstance(pages, list) else 1


def test_the_same_publication_gives_the_same_bytes_on_two_pages_at_most(snapshot: Snapshot) -> None:
    pdf = brief.weekly_brief(snapshot, "PUC", WEEK)
    assert pdf.startswith(b"%PDF-")
    assert pdf == brief.weekly_brief(snapshot, "PUC", WEEK)
    assert pdf == brief.weekly_brief(snapshot, "PUC")  # the last whole week
    assert pdf != brief.weekly_brief(snapshot, "PUC", WEEK, "fr")
    assert n_pages(brief.page(brief.read_brief(snapshot, "PUC", WEEK))) <= 2


def test_it_fits_two_pages_where_everything_is_long(snapshot: Snapshot) -> None:
    read = brief.read_brief(snapshot, "PUC", WEEK)
    questions = [{**read.questions[0], "question": "Word word word? " * 60, "n_asked": 1_000} for _ in range(5)]
    kpis = [{**read.kpis[0], "title_en": "A promise of many words that goes on"} for _ in range(12)]
    oldest = [read.cases.oldest[0]] * 8
    long = Brief(
        **{
            **{name: getattr(read, name) for name in Brief.__dataclass_fields__},
            "questions": questions,
            "kpis": kpis,
            "topics": [{"label": "w" * 60, "n_posts": 1, "n_before": 1, "is_bursting": True}] * 5,
            "cases": type(read.cases)(
                **{
                    **{name: getattr(read.cases, name) for name in type(read.cases).__dataclass_fields__},
                    "oldest": oldest,
                }
            ),
        }
    )
    assert n_pages(brief.page(long)) == 2


def test_hostile_words_are_words(published_hostile: str) -> None:
    assert published_hostile == HOSTILE
    from flows.settings import load_settings

    snapshot = open_published(load_settings().place.published)
    read = brief.read_brief(snapshot, "PUC", WEEK)
    snapshot.close()
    assert read.questions[0]["question"] == HOSTILE
    bad = {**brief.page(read), "agency": '#link("https://evil.example")[x] $x$ *b* <a> \\ @ref #panic()'}
    assert brief.as_pdf(bad).startswith(b"%PDF-")
    assert b"evil.example" not in brief.as_pdf(bad)  # a link's address would stand in the file uncompressed
    found = typst.query(
        Path(brief.__file__).with_name("brief.typ").read_bytes(), "link",
        sys_inputs={"texts": json.dumps(bad)}, ignore_system_fonts=True,
    )  # fmt: skip
    assert json.loads(found) == []


def test_what_no_font_can_draw_and_words_without_end_do_no_harm(snapshot: Snapshot) -> None:
    read = brief.read_brief(snapshot, "PUC", WEEK)
    words = [{**read.questions[0], "question": said} for said in ("😀 delo \x07 \u200d", "a" * 4_000)]
    fields = {name: getattr(read, name) for name in Brief.__dataclass_fields__}
    settable = brief._settable(brief.page(Brief(**{**fields, "questions": words})))
    assert "delo" in " ".join(texts_of(settable)).replace("  ", " ")
    assert not re.search("[\U0001f600\x07]", " ".join(texts_of(settable)))
    assert max(len(word) for text in texts_of(settable) for word in re.split("[\\s\u200b]", text)) <= 30
    assert brief.as_pdf(settable).startswith(b"%PDF-")


# --- refusals and the command


def test_what_there_is_no_brief_of_is_said(snapshot: Snapshot) -> None:
    with pytest.raises(BriefRefusedError, match=r"there is no agency 'NOPE'; known are: PUC, SLTA"):
        brief.read_brief(snapshot, "NOPE", WEEK)
    with pytest.raises(
        BriefRefusedError, match=r"week 2026-W45 begins after what is published, which is of 2026-10-26"
    ):
        brief.read_brief(snapshot, "PUC", date(2026, 11, 2))
    for code in ("2026-W54", "2026-43", "", "2026-W00", "W43"):
        with pytest.raises(BriefRefusedError, match="is no week, such as 2026-W47"):
            brief.monday_of(code)
    assert brief.monday_of("2026-W43") == WEEK
    assert brief.week_code(WEEK) == "2026-W43"


def test_the_command_writes_the_brief_for_its_owner_only(published: Path, tmp_path: Path) -> None:
    file = tmp_path / "brief.pdf"
    done = lavwa(published, "brief", "PUC", "--week", "2026-W43", "--lang", "en", "-o", str(file), "--json")
    assert (done.returncode, done.stderr) == (0, f"brief of PUC for 2026-W43: {file}\n")
    assert json.loads(done.stdout) == {
        "file": str(file), "agency": "PUC", "week": "2026-W43", "lang": "en", "as_of": "2026-10-26T12:00:00+04:00",
    }  # fmt: skip
    assert file.read_bytes().startswith(b"%PDF-")
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("NOPE",), 1, "lavwa: no brief can be written: there is no agency 'NOPE'; known are: PUC, SLTA\n"),
        (("PUC", "-o", "/nowhere/brief.pdf"), 1,
         "lavwa: no brief can be written: /nowhere/brief.pdf cannot be written: No such file or directory\n"),
        (("PUC", "--week", "2026-W60"), 2, "'2026-W60' is no week, such as 2026-W47"),
        (("PUC", "--lang", "de"), 2, "'de' is none of en, fr, crs"),
    ],
)  # fmt: skip
def test_the_command_says_in_one_line_what_it_cannot_do(
    published: Path, arguments: Sequence[str], status: int, said: str
) -> None:
    done: subprocess.CompletedProcess[str] = lavwa(published, "brief", *arguments)
    assert done.returncode == status
    assert (done.stderr == said) if status == 1 else (said in done.stderr)
