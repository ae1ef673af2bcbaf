"""What a visitor takes away: every chart as PNG and SVG, every table as XLSX and CSV.

Each file carries its title, its source and the day it speaks of, in the language of the page. It is made when it is
asked for, in another thread than the page's: nothing of Streamlit is asked there.
"""

import logging
from collections.abc import Callable
from functools import partial
from typing import Any, Literal

import pandas as pd
import streamlit as st

from dashboards import charts, files, words
from dashboards.data import holds_invented
from dashboards.office import office, who_is_signed_in
from flows.errors import TakeAwayFailedError
from flows.failures import explain
from flows.formats import long_day, moment
from flows.language import t
from flows.office import Office
from flows.spoken import speaking, spoken
from warehouse.readers import Snapshot

LOG = logging.getLogger("lavwa.dashboard")
MIME = {
    "png": "image/png",
    "svg": "image/svg+xml",
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}


def show_chart(
    chart: charts.Drawing, title: str, snapshot: Snapshot, *, file: str, source: str | None = None, **how: Any
) -> Any:
    """Draw a chart, and offer it as a picture. Returns what `st.vega_lite_chart` returns, which also takes `how`.

    `title` heads the picture, a sentence without a full stop; `file` names the file (`lavwa-FILE-DATE.png`) and the
    buttons, so it is another one for each chart of a page; `source` says in a sentence where the figures are from.
    """
    shown = st.vega_lite_chart(chart.specification(), **how)
    said = _said(title, snapshot, source)
    with _offer(file):
        for form, draw in (("png", files.png), ("svg", files.svg)):
            _button(file, form, snapshot, _made(partial(draw, chart, said)))
    return shown


def show_table(
    frame: Any,
    title: str,
    snapshot: Snapshot,
    *,
    file: str,
    source: str | None = None,
    has_words: bool = False,
    taken: pd.DataFrame | None = None,
    **how: Any,
) -> Any:
    """Draw a table, and offer it as a file. Returns what `st.dataframe` returns, which also takes `how`.

    The file has the columns that are shown, under the headers that are shown; `taken` stands in it instead where the
    page shows numbers as texts. With `has_words` the table holds what citizens wrote: the file says so, and that a
    person who is signed in took it away is logged.
    """
    shown = st.dataframe(frame, **how)
    if taken is None:
        taken = files.as_shown(
            frame.data if hasattr(frame, "data") else frame,
            how.get("column_order"), how.get("column_config"), is_index_shown=how.get("hide_index") is not True,
        )  # fmt: skip
    offer_table(taken, title, snapshot, file=file, source=source, has_words=has_words)
    return shown


def offer_table(
    table: pd.DataFrame | Callable[[], pd.DataFrame],
    title: str,
    snapshot: Snapshot,
    *,
    file: str,
    source: str | None = None,
    has_words: bool = False,
    n_rows: int | None = None,
) -> None:
    """Offer what a page shows in another form than a table as one; its columns are the headers. Of a table that is made
    only when it is asked for, `n_rows` says how many rows it will have."""
    said = _said(title, snapshot, source, has_words=has_words)
    make = (lambda: table) if isinstance(table, pd.DataFrame) else table
    log = _logging(file, len(table) if isinstance(table, pd.DataFrame) else n_rows or 0) if has_words else None
    with _offer(file):
        for form, write in (("xlsx", files.xlsx), ("csv", files.csv)):
            _button(file, form, snapshot, _made(partial(_written, write, make, said), log))


def _written(
    write: Callable[[pd.DataFrame, files.Said], bytes], make: Callable[[], pd.DataFrame], said: files.Said
) -> bytes:
    return write(make(), said)


def offer_pdf(label: str, file: str, snapshot: Snapshot, make: Callable[[], bytes], *, has_words: bool = False) -> None:
    """A button that makes a PDF in the language of the page when it is pressed."""
    log = _logging(file, 1) if has_words else None
    _button(file, "pdf", snapshot, _made(make, log), label=label, icon=":material/picture_as_pdf:", kind="secondary")


def _offer(file: str) -> Any:
    return st.popover(t("Take away"), type="tertiary", icon=":material/download:", key=f"take away {file}")


def _button(
    file: str,
    form: str,
    snapshot: Snapshot,
    make: Callable[[], bytes],
    *,
    label: str = "",
    icon: str | None = None,
    kind: Literal["secondary", "tertiary"] = "tertiary",
) -> None:
    labels = {
        "png": t("Picture (PNG)"), "svg": t("Drawing (SVG)"), "xlsx": t("Excel (XLSX)"), "csv": t("Plain table (CSV)"),
    }  # fmt: skip
    st.download_button(
        label or labels[form], make, file_name=file_name(file, form, snapshot), mime=MIME[form], key=f"{file} {form}",
        on_click="ignore", type=kind, icon=icon,
    )  # fmt: skip


def file_name(file: str, form: str, snapshot: Snapshot) -> str:
    """`lavwa-routing-by-language-2026-11-28.csv`."""
    day = f"{snapshot.as_of:%Y-%m-%d}" if snapshot.as_of else "empty"
    return f"lavwa-{files.slug(file)}-{day}.{form}"


def _said(title: str, snapshot: Snapshot, source: str | None, *, has_words: bool = False) -> files.Said:
    lines = [source or t("Source: Lavwa, what people wrote to and about their government.")]
    if holds_invented(snapshot):
        lines.append(t("The bundled sample is in it: invented posts, people and figures."))
    if has_words:
        lines.append(t("For officials only: personal data is removed by a machine, which can miss some."))
    return files.Said(title, " ".join(lines), _as_of(snapshot), snapshot.as_of, spoken())


def _as_of(snapshot: Snapshot) -> str:
    if snapshot.as_of is None:
        return ""
    if snapshot.is_public:
        return t("As of the end of {day}.", day=long_day(snapshot.as_of))
    return t("As of {when} {zone}.", when=moment(snapshot.as_of), zone=words.zone(snapshot.timezone))


def _made(make: Callable[[], bytes], log: Callable[[], None] | None = None) -> Callable[[], bytes]:
    """What a button calls: logs first, speaks the page's language, and lets no failure out that could quote anybody."""
    lang = spoken()

    def made() -> bytes:
        try:
            with speaking(lang):
                if log is not None:
                    log()
                return make()
        except Exception as error:
            said = explain(error)
        LOG.error("a file could not be made: %s", said)
        raise TakeAwayFailedError(said)

    return made


def _logging(file: str, n_rows: int) -> Callable[[], None] | None:
    """None where nobody is signed in, as over the sample."""
    account = who_is_signed_in()
    if account is None:
        return None
    at_work: Office = office()
    return lambda: at_work.took_away(account.account_id, file, n_rows)
