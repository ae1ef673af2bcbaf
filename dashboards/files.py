"""Files that leave the house: pictures of charts, tables as XLSX and CSV. Knows no page."""

import csv as csv_writer
import io
import re
import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import altair as alt
import pandas as pd

from dashboards.charts import PALETTE, Drawing
from flows.formats import vega_locale
from flows.spoken import speaking

WIDTH = 720  # pixels of a chart that has no width of its own
SCALE = 2.0  # PNG pixels to one of the drawing
LINE = 125  # letters of a caption's line at that width
WIDEST, NARROWEST = 60, 9  # letters of a column in XLSX
LONGEST_CELL = 32_767  # of Excel
# A cell that begins so is a formula to a spreadsheet that opens a CSV: OWASP, "CSV Injection".
FORMULA = tuple("=+-@\t\r\n＝＋－＠")
DARK, QUIET = "#1b2a33", "#5a6b75"


@dataclass(frozen=True)
class Said:
    """What every file says of itself, in `lang`."""

    title: str
    source: str
    as_of: str
    moment: datetime | None
    lang: str


# --- charts


def svg(chart: Drawing, said: Said) -> bytes:
    """The chart as a drawing, with title, source and as-of line in it."""
    import vl_convert

    drawn: str = vl_convert.vegalite_to_svg(_specification(chart.chart(), said), **_how(said))
    return drawn.encode("utf-8")


def png(chart: Drawing, said: Said) -> bytes:
    """The same as a picture of 1,440 pixels and more."""
    import vl_convert

    drawn: bytes = vl_convert.vegalite_to_png(_specification(chart.chart(), said), scale=SCALE, **_how(said))
    return drawn


def _how(said: Said) -> dict[str, Any]:
    with speaking(said.lang):
        locale = vega_locale()
    return {
        "vl_version": ".".join(alt.SCHEMA_VERSION.removeprefix("v").split(".")[:2]),
        "allowed_base_urls": [],  # nothing is fetched
        "format_locale": locale["number"],
        "time_format_locale": locale["time"],
    }


def _specification(chart: Any, said: Said) -> dict[str, Any]:
    is_single = isinstance(chart, alt.Chart | alt.LayerChart)
    has_width = is_single and chart.width is not alt.Undefined
    sized = chart.properties(width=WIDTH) if is_single and not has_width else chart
    titled = sized.properties(
        title=alt.TitleParams(
            text=textwrap.wrap(said.title, 80),
            subtitle=[*textwrap.wrap(said.source, LINE), *textwrap.wrap(said.as_of, LINE)],
            anchor="start", frame="group", offset=14, fontSize=16, subtitleFontSize=11, subtitlePadding=6,
            color=DARK, subtitleColor=QUIET,
        ),
        description=said.title,
        padding=16,
        background="#ffffff",
    )  # fmt: skip
    specification: dict[str, Any] = titled.to_dict()
    own = specification.setdefault("config", {})
    own.setdefault("font", "Roboto, Arial, sans-serif")
    own.setdefault("range", {"category": PALETTE})
    own["view"] = {**own.get("view", {}), "stroke": None}
    own["axis"] = {
        "labelColor": DARK,
        "titleColor": DARK,
        "gridColor": "#e3e9ed",
        "labelSeparation": 8,
        **own.get("axis", {}),
    }
    return specification


# --- tables


def as_shown(
    frame: pd.DataFrame,
    order: Iterable[str] | None,
    config: Mapping[str, Any] | None,
    *,
    is_index_shown: bool,
) -> pd.DataFrame:
    """The columns that a page shows of a frame, in its order and under its headers."""
    table = frame.reset_index() if is_index_shown and not isinstance(frame.index, pd.RangeIndex) else frame
    config = config or {}
    names = [str(name) for name in (order or table.columns)]
    shown = [name for name in names if name in table.columns and not (name in config and config[name] is None)]
    return table[shown].set_axis([_header(name, config.get(name)) for name in shown], axis=1)


def _header(name: str, column: Any) -> str:
    """The label; with `(%)` where a column writes its numbers so."""
    if isinstance(column, str):
        return column
    if not isinstance(column, Mapping):
        return name
    form = (column.get("type_config") or {}).get("format")
    sign = " (%)" if isinstance(form, str) and form.rstrip().endswith("%%") else ""
    return f"{column.get('label') or name}{sign}"


def csv(table: pd.DataFrame, said: Said) -> bytes:
    """UTF-8 with the mark that Excel needs. Title, source, as-of line and an empty line stand before the header; times
    are in ISO 8601. A text that a spreadsheet would take for a formula has an apostrophe before it."""
    stream = io.StringIO(newline="")
    lines = csv_writer.writer(stream)
    lines.writerows([[guarded(line)] for line in (said.title, said.source, said.as_of)])
    lines.writerow([])
    lines.writerow([guarded(str(name)) for name in table.columns])
    lines.writerows([[_csv_cell(value) for value in row] for row in table.itertuples(index=False, name=None)])
    return stream.getvalue().encode("utf-8-sig")


def guarded(text: str) -> str:
    """The text, harmless in a spreadsheet."""
    return f"'{text}" if text.startswith(FORMULA) or text.lstrip().startswith(FORMULA) else text


def _csv_cell(value: Any) -> Any:
    value = _plain(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bool):
        return "true" if value else "false"
    return guarded(value) if isinstance(value, str) else value


def xlsx(table: pd.DataFrame, said: Said) -> bytes:
    """A sheet of the same order: numbers are numbers, times are times (in the deployment's zone, as Excel has none),
    texts are texts whatever they begin with. The same table gives the same bytes."""
    import xlsxwriter

    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_urls": False}) as book:
        made = said.moment.replace(tzinfo=None, microsecond=0) if said.moment else datetime(2000, 1, 1)  # noqa: DTZ001
        book.set_properties(
            {"title": said.title, "author": "Lavwa", "comments": f"{said.source} {said.as_of}", "created": made}
        )
        forms = {
            name: book.add_format(form)
            for name, form in {
                "title": {"bold": True, "font_size": 14}, "quiet": {"font_color": QUIET},
                "header": {"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"},
                "text": {"text_wrap": True, "valign": "top"}, "number": {"valign": "top"},
                "day": {"num_format": "yyyy-mm-dd", "valign": "top"},
                "moment": {"num_format": "yyyy-mm-dd hh:mm", "valign": "top"},
            }.items()
        }  # fmt: skip
        sheet = book.add_worksheet("Lavwa")
        for row, (line, form) in enumerate(((said.title, "title"), (said.source, "quiet"), (said.as_of, "quiet"))):
            sheet.write_string(row, 0, line, forms[form])
        header = 4
        for place, name in enumerate(table.columns):
            sheet.write_string(header, place, str(name), forms["header"])
            values = [_plain(value) for value in table.iloc[:, place]]
            has_hours = any(isinstance(value, datetime) and value.time() != value.time().min for value in values)
            for row, value in enumerate(values, start=header + 1):
                _write_cell(sheet, row, place, value, forms, "moment" if has_hours else "day")
            longest = max([len(str(name)), *(_length(value, has_hours=has_hours) for value in values)])
            sheet.set_column(place, place, min(max(longest + 2, NARROWEST), WIDEST))
        sheet.freeze_panes(header + 1, 0)
        if len(table.columns):
            sheet.autofilter(header, 0, header + len(table), len(table.columns) - 1)
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(header)
    return stream.getvalue()


def _write_cell(sheet: Any, row: int, place: int, value: Any, forms: Mapping[str, Any], time_form: str) -> None:
    if value is None:
        return
    if isinstance(value, bool):
        sheet.write_boolean(row, place, value, forms["number"])
    elif isinstance(value, int | float):
        sheet.write_number(row, place, value, forms["number"])
    elif isinstance(value, datetime):
        sheet.write_datetime(row, place, value.replace(tzinfo=None), forms[time_form])
    elif isinstance(value, date):
        sheet.write_datetime(row, place, value, forms["day"])
    else:
        sheet.write_string(row, place, value[:LONGEST_CELL], forms["text"])


def _length(value: Any, *, has_hours: bool) -> int:
    """Letters that a cell takes."""
    if isinstance(value, date):
        return 16 if has_hours else 10
    return 0 if value is None else max(map(len, str(value).splitlines() or [""]))


def _plain(value: Any) -> Any:
    """A number, a truth, a time or a text of Python; None for what is not there; a list becomes a text."""
    if isinstance(value, str):
        return value
    if hasattr(value, "tolist") and not isinstance(value, pd.Timestamp):
        value = value.tolist()  # of numpy
    if isinstance(value, list | tuple):
        return "; ".join(str(_plain(one)) for one in value)
    if value is None or pd.isna(value) or value in (float("inf"), float("-inf")):
        return None
    if isinstance(value, pd.Timestamp):
        return value.to_pydatetime(warn=False)
    return value if isinstance(value, bool | int | float | date) else str(value)


def slug(text: str) -> str:
    """`routing-by-language`: fit for the name of a file anywhere."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "table"
