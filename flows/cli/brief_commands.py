"""The weekly brief of an agency, printable."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from flows.cli.options import JsonOption, SettingsOption, write_record
from flows.progress import say


def register(app: typer.Typer) -> None:
    app.command(rich_help_panel="Government performance")(brief)


def brief(
    agency: Annotated[str, typer.Argument(metavar="AGENCY", help="Code of the agency, such as PUC.")],
    week: Annotated[
        str | None, typer.Option("--week", metavar="YEAR-WNN", help="ISO week; else the last one that is over.")
    ] = None,
    lang: Annotated[str, typer.Option("--lang", metavar="LANG", help="en, fr or crs.")] = "en",
    out: Annotated[
        str | None, typer.Option("-o", "--out", metavar="FILE", help="Where to write it; - for standard output.")
    ] = None,
    is_json: JsonOption = False,
    settings: SettingsOption = None,
) -> None:
    """Write the weekly brief of an agency as PDF, from what is published. It is for officials."""
    from flows.brief import last_whole_week, monday_of, week_code, weekly_brief
    from flows.errors import BriefRefusedError
    from flows.home import write_private
    from flows.settings import load_settings
    from flows.spoken import LANGUAGES
    from warehouse.readers import open_published

    if lang not in LANGUAGES:
        raise typer.BadParameter(f"'{lang}' is none of {', '.join(LANGUAGES)}", param_hint="--lang")
    try:
        monday = monday_of(week) if week else None
    except BriefRefusedError as error:
        raise typer.BadParameter(error.why, param_hint="--week") from error
    snapshot = open_published(load_settings().place.published)
    try:
        monday = monday or last_whole_week(snapshot)
        pdf = weekly_brief(snapshot, agency, monday, lang)
    finally:
        snapshot.close()
    if out == "-":
        sys.stdout.buffer.write(pdf)
        return
    file = Path(out or f"lavwa-brief-{agency}-{week_code(monday)}-{lang}.pdf")
    try:
        write_private(file, pdf)
    except OSError as error:
        raise BriefRefusedError(f"{file} cannot be written: {error.strerror}") from error
    if is_json:
        as_of = snapshot.as_of.isoformat() if snapshot.as_of else None
        write_record({"file": str(file), "agency": agency, "week": week_code(monday), "lang": lang, "as_of": as_of})
    say(f"brief of {agency} for {week_code(monday)}: {file}")
