"""Files that leave the house, opened again. All posts and figures are invented."""

import csv
import io
import re
import struct
import xml.etree.ElementTree as ET
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
import streamlit as st
from hostile import HOSTILE
from streamlit.testing.v1 import AppTest

from dashboards import charts, files
from dashboards.files import Said

VIEWS = Path(__file__).parent.parent.parent / "dashboards" / "views"
MAHE = ZoneInfo("Indian/Mahe")
MOMENT = datetime(2026, 10, 26, 12, tzinfo=MAHE)
SAID = Said("Posts by agency", "Source: invented posts.", "As of 26 Oct 2026, 12:00 Mahe time.", MOMENT, "en")
FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =HYPERLINK(1)", "＝1+1"]
NS = {"x": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}


def chart() -> Any:
    weeks = pd.DataFrame({"period_date": pd.to_datetime(["2026-02-02", "2026-02-09"]), "n_posts": [1200, 3]})
    return charts.over_time(weeks, "week")


def drawn_texts(file: bytes) -> list[str]:
    """The lines of text in an SVG."""
    texts = (element for element in ET.fromstring(file).iter() if element.tag.endswith(("}text", "}tspan")))
    return [element.text for element in texts if element.text]


def opened_csv(file: bytes) -> list[list[str]]:
    assert file.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(file.decode("utf-8-sig"), newline="")))


def opened_xlsx(file: bytes) -> dict[str, tuple[str, str]]:
    """Of each cell its kind (`s` for a text, `n` for a number, `b` for a truth, `f` for a formula) and its value."""
    with zipfile.ZipFile(io.BytesIO(file)) as book:
        strings = ["".join(one.itertext()) for one in ET.fromstring(book.read("xl/sharedStrings.xml"))]
        cells = ET.fromstring(book.read("xl/worksheets/sheet1.xml")).iterfind(".//x:c", NS)
        found = {}
        for cell in cells:
            kind, value = cell.get("t", "n"), cell.findtext("x:v", "", NS)
            if cell.find("x:f", NS) is not None:
                kind = "f"
            found[cell.get("r", "")] = (kind, strings[int(value)] if kind == "s" else value)
        return found


# --- charts


def test_a_drawing_holds_title_source_and_as_of_line() -> None:
    texts = drawn_texts(files.svg(chart(), SAID))
    for line in (SAID.title, SAID.source, SAID.as_of):
        assert line in texts


def test_a_picture_is_wide_enough_to_print() -> None:
    drawn = files.png(chart(), SAID)
    assert drawn.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", drawn[16:24])
    assert width >= 2 * files.WIDTH
    assert height >= 2 * 260


def test_a_long_caption_is_cut_into_lines_and_nothing_of_it_is_lost() -> None:
    long = Said("A title " * 30, "Source: " + "word " * 60, SAID.as_of, MOMENT, "en")
    texts = drawn_texts(files.svg(chart(), long))
    assert max(map(len, texts)) <= files.LINE
    said = " ".join(texts)
    assert (said.count("A title"), said.count("word")) == (30, 60)


def test_numbers_and_dates_of_a_chart_are_written_in_the_language_of_the_page() -> None:
    assert {"2 Feb", "1,200"} <= set(drawn_texts(files.svg(chart(), SAID)))
    french = drawn_texts(files.svg(chart(), Said("Titre", "Source", "Au 26 oct.", MOMENT, "fr")))
    assert {"2 févr.", "1\u202f200"} <= set(french)


def test_hostile_text_in_a_drawing_is_text() -> None:
    named = charts.bars(
        pd.DataFrame({"label": [HOSTILE, "<script>alert(1)</script>"], "n_posts": [1, 2]}), "label", "n_posts"
    )
    drawn = ET.fromstring(files.svg(named, Said(HOSTILE, HOSTILE, HOSTILE, MOMENT, "en")))
    kinds = {element.tag.rsplit("}", 1)[-1] for element in drawn.iter()}
    assert kinds.isdisjoint({"script", "a", "image", "foreignObject"})


# --- tables


TABLE = pd.DataFrame(
    {
        "Ajans": ["Lotorite Lasante", "Société d'électricité"],
        "n": [3, 1200],
        "share": [0.5, np.nan],
        "on": [pd.Timestamp("2026-10-20 14:05", tz=MAHE), pd.NaT],
        "day": [date(2026, 10, 20), None],
        "is_late": [True, False],
        "trend": [[1.0, 2.5], None],
    }
)


def test_a_csv_tells_what_it_is_before_its_rows() -> None:
    assert opened_csv(files.csv(TABLE, SAID)) == [
        [SAID.title], [SAID.source], [SAID.as_of], [],
        ["Ajans", "n", "share", "on", "day", "is_late", "trend"],
        ["Lotorite Lasante", "3", "0.5", "2026-10-20T14:05:00+04:00", "2026-10-20", "true", "1.0; 2.5"],
        ["Société d'électricité", "1200", "", "", "", "false", ""],
    ]  # fmt: skip


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_of_a_csv_is_a_formula(text: str) -> None:
    rows = opened_csv(files.csv(pd.DataFrame({text: [text]}), Said(text, text, text, MOMENT, "en")))
    assert [cell for row in rows for cell in row] == [f"'{text}"] * 5


def test_numbers_below_zero_and_plain_words_are_left_alone() -> None:
    rows = opened_csv(files.csv(pd.DataFrame({"n": [-5], "text": ["up 5 - down 3"], "none": ["–"]}), SAID))
    assert rows[-1] == ["-5", "up 5 - down 3", "–"]


def test_a_sheet_has_typed_cells_under_a_frozen_header() -> None:
    file = files.xlsx(TABLE, SAID)
    cells = opened_xlsx(file)
    assert [cells[place][1] for place in ("A1", "A2", "A3", "A5", "G5")] == [
        SAID.title, SAID.source, SAID.as_of, "Ajans", "trend",
    ]  # fmt: skip
    assert cells["A7"] == ("s", "Société d'électricité")
    assert cells["B7"] == ("n", "1200")
    assert cells["C6"] == ("n", "0.5")
    assert "C7" not in cells
    kind, days = cells["D6"]
    assert kind == "n"
    assert float(days) == pytest.approx(46_315 + (14 + 5 / 60) / 24)  # 20 October 2026 is day 46,315 of Excel
    assert cells["E6"] == ("n", "46315")
    assert cells["F6"] == ("b", "1")
    with zipfile.ZipFile(io.BytesIO(file)) as book:
        sheet, about = book.read("xl/worksheets/sheet1.xml").decode(), book.read("docProps/core.xml").decode()
    assert 'ySplit="5"' in sheet
    assert 'state="frozen"' in sheet
    assert SAID.title in about
    assert SAID.source in about
    assert SAID.as_of in about


@pytest.mark.parametrize("text", [*FORMULAS, "https://evil.example", "mailto:x@evil.example", HOSTILE])
def test_a_text_in_a_sheet_is_a_text_whatever_it_begins_with(text: str) -> None:
    file = files.xlsx(pd.DataFrame({text: [text]}), Said(text, text, text, MOMENT, "en"))
    cells = opened_xlsx(file)
    assert {kind for kind, _ in cells.values()} == {"s"}
    with zipfile.ZipFile(io.BytesIO(file)) as book:
        assert "hyperlink" not in book.read("xl/worksheets/sheet1.xml").decode()


def test_a_column_is_as_wide_as_what_stands_in_it_up_to_a_page() -> None:
    file = files.xlsx(pd.DataFrame({"a": ["x" * 30], "b": ["y" * 500]}), SAID)
    with zipfile.ZipFile(io.BytesIO(file)) as book:
        widths = re.findall(r'<col [^>]*width="([\d.]+)"', book.read("xl/worksheets/sheet1.xml").decode())
    assert [round(float(width)) for width in widths] == [33, 61]


def test_the_same_table_gives_the_same_bytes() -> None:
    assert files.xlsx(TABLE, SAID) == files.xlsx(TABLE, SAID)
    assert files.csv(TABLE, SAID) == files.csv(TABLE, SAID)


def test_what_excel_cannot_hold_is_left_out_and_nothing_fails() -> None:
    table = pd.DataFrame({"text": ["x" * 40_000, "bell \x07"], "n": [np.inf, 1]})
    cells = opened_xlsx(files.xlsx(table, SAID))
    assert len(cells["A6"][1]) == 32_767
    assert "B6" not in cells


def test_an_empty_table_has_its_header() -> None:
    empty = TABLE.head(0)
    assert opened_csv(files.csv(empty, SAID))[-1][0] == "Ajans"
    assert opened_xlsx(files.xlsx(empty, SAID))["A5"] == ("s", "Ajans")


def test_a_file_has_the_columns_of_the_page_in_its_order_under_its_headers() -> None:
    frame = pd.DataFrame({"n": [1], "hidden": [2], "mda": ["PUC"], "sure": [83], "left_out": [3]})
    config = {
        "n": st.column_config.NumberColumn("Posts"),
        "hidden": None,
        "mda": "Agency",
        "sure": st.column_config.ProgressColumn("Confidence", format="%d %%"),
    }
    shown = files.as_shown(frame, ["mda", "n", "sure", "hidden"], config, is_index_shown=False)
    assert shown.to_dict("list") == {"Agency": ["PUC"], "Posts": [1], "Confidence (%)": [83]}


def test_an_index_that_a_page_shows_is_a_column() -> None:
    frame = pd.DataFrame({"n": [1]}, index=pd.Index(["PUC"], name="mda"))
    assert files.as_shown(frame, None, None, is_index_shown=True).to_dict("list") == {"mda": ["PUC"], "n": [1]}
    assert files.as_shown(frame, None, None, is_index_shown=False).to_dict("list") == {"n": [1]}


# --- on pages


@pytest.fixture
def buttons(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What a press of each download button would give, by the file's name; Streamlit makes it in its server, which an
    AppTest has not."""
    found: dict[str, Any] = {}

    def kept(label: str, data: Any, *, file_name: str, **how: Any) -> bool:
        found[file_name] = data
        return False

    monkeypatch.setattr(st, "download_button", kept)
    return found


def page(name: str) -> AppTest:
    shown = AppTest.from_file(str(VIEWS / f"{name}.py"), default_timeout=60).run()
    assert [exception.value for exception in shown.exception] == []
    return shown


@pytest.mark.usefixtures("published")
def test_every_chart_and_table_of_routing_quality_can_be_taken_away(buttons: dict[str, Any]) -> None:
    page("routing")
    assert sorted(buttons) == sorted(
        [f"lavwa-routing-by-{by}-2026-10-26.{form}" for by in ("language", "agency") for form in ("xlsx", "csv")]
        + [f"lavwa-{what}-by-week-2026-10-26.{form}" for what in ("confidence", "languages") for form in ("png", "svg")]
    )
    rows = opened_csv(buttons["lavwa-routing-by-language-2026-10-26.csv"]())
    assert rows[:3] == [
        ["Routing quality by language"], ["Source: Lavwa, what people wrote to and about their government."],
        ["As of 26 Oct 2026, 12:00 Mahe time."],
    ]  # fmt: skip
    assert [row[:3] for row in rows[5:]] == [["English", "3", "1"], ["Creole", "2", "2"], ["French", "1", "1"]]
    assert b"As of 26 Oct 2026" in buttons["lavwa-languages-by-week-2026-10-26.svg"]()


@pytest.mark.usefixtures("published_hostile")
def test_hostile_words_are_harmless_in_what_is_taken_from_the_issues(buttons: dict[str, Any]) -> None:
    page("issues")
    cells = opened_xlsx(buttons["lavwa-issues-2026-10-26.xlsx"]())
    assert {kind for place, (kind, _) in cells.items() if place.startswith("C")} == {"s"}
    rows = opened_csv(buttons["lavwa-issues-2026-10-26.csv"]())
    assert rows[4] == ["Urgency", "Agency", "What was said first", "Posts", "Last said", "Confidence (%)"]
    assert any(row[2].startswith("![x](https://evil.example/a.png)") for row in rows[5:])
    assert "For officials only" in rows[1][0]


@pytest.mark.usefixtures("published")
def test_confidential_words_are_in_no_file(buttons: dict[str, Any]) -> None:
    for name in ("issues", "faqs", "routing"):
        page(name)
    for name, make in buttons.items():
        file = make()
        if name.endswith("xlsx"):
            with zipfile.ZipFile(io.BytesIO(file)) as book:
                file = b"".join(map(book.read, book.namelist()))
        assert b"CONFIDENTIAL-TEXT" not in file


@pytest.mark.usefixtures("published")
def test_questions_are_taken_away_as_a_table(buttons: dict[str, Any]) -> None:
    page("faqs")
    rows = opened_csv(buttons["lavwa-questions-2026-10-26.csv"]())
    assert rows[5][:4] == ["When is the water back?", "2", "Public Utilities Corporation", "English, French"]


@pytest.mark.usefixtures("published")
def test_a_file_speaks_the_language_in_which_its_page_was_drawn(
    buttons: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as visitor:
        visitor.setattr("flows.spoken._asked", [lambda: "fr"])
        page("routing")
    assert "26 oct. 2026" in opened_csv(buttons["lavwa-routing-by-language-2026-10-26.csv"]())[2][0]


@pytest.mark.usefixtures("published")
def test_a_failure_is_one_sentence_that_quotes_nobody(
    buttons: dict[str, Any], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any) -> bytes:
        raise ValueError("a citizen's words")

    monkeypatch.setattr(files, "csv", broken)
    page("issues")
    with pytest.raises(Exception, match=r"^the file could not be made: something unexpected") as failed:
        buttons["lavwa-issues-2026-10-26.csv"]()
    assert failed.value.__cause__ is failed.value.__context__ is None
    assert "citizen's words" not in caplog.text
