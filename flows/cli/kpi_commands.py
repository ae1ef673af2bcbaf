"""Indicators of results-based management: importing them."""

from pathlib import Path
from typing import Annotated

import typer

from flows.cli.options import JsonOption, SettingsOption, plural, write_record
from flows.progress import say


def register(app: typer.Typer) -> None:
    kpi = typer.Typer(help="Indicators of results-based management.", no_args_is_help=True)
    kpi.command("import")(import_kpis)
    app.add_typer(kpi, name="kpi", rich_help_panel="Government performance")


def import_kpis(
    folder: Annotated[
        Path,
        typer.Argument(metavar="DIR", exists=True, file_okay=False, help="Holds indicators.csv, values.csv or both."),
    ],
    is_json: JsonOption = False,
    settings: SettingsOption = None,
) -> None:
    """Take indicators and values; what was taken before and differs now is a new version, the old one stays.

    Tells of every row that was refused, and why. The next `lavwa run` publishes them.
    """
    from flows.settings import load_settings
    from flows.stages.kpis import take_kpis

    held = load_settings()
    with held.place.exclusive():
        taken = take_kpis(held, folder)
    if is_json:
        write_record(taken.as_json())
    for refused in taken.refused:
        say(f"{refused.file}, line {refused.line}: {refused.indicator_id or 'no id'} refused: {refused.why}")
    for name, stored in (("indicator", taken.indicators), ("value", taken.values)):
        say(f"{plural(stored.n_new, name)} new, {stored.n_changed:,} in a new version, {stored.n_known:,} known")
    if taken.refused:
        say(f"{plural(len(taken.refused), 'row')} refused: mend them and import the folder again")
    if taken.refused and not taken.n_taken:
        raise typer.Exit(1)
