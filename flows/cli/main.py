"""The command's root: which commands there are, and how every failure ends."""

import io
import os
import sys
from importlib.metadata import version
from typing import Annotated

import typer

from flows.cli import (
    audit_commands,
    brief_commands,
    deployment_commands,
    erase_commands,
    filter_commands,
    kpi_commands,
    model_commands,
    people_commands,
    run_commands,
    upkeep_commands,
)
from flows.cli.options import SettingsOption
from flows.failures import explain
from flows.progress import say
from flows.settings_names import hold_places

app = typer.Typer(
    name="lavwa",
    help="Lavwa turns what people say to and about their government into routed, counted, answerable cases.\n\n"
    "Start with `lavwa sample` and `lavwa run`, then look at it with `lavwa serve`.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
run_commands.register(app)
filter_commands.register(app)
model_commands.register(app)
deployment_commands.register(app)
people_commands.register(app)
audit_commands.register(app)
kpi_commands.register(app)
brief_commands.register(app)
erase_commands.register(app)
upkeep_commands.register(app)


def _print_version(is_asked: bool) -> None:
    if is_asked:
        typer.echo(f"lavwa {version('lavwa')}")
        raise typer.Exit


@app.callback()
def root(
    is_version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and stop.")
    ] = False,
    settings: SettingsOption = None,
) -> None:
    pass


def main() -> None:
    """Run the command. Exit status: 0 done, 1 nothing could be done (one line says why), 2 wrong usage."""
    _speak_utf8()
    hold_places()
    try:
        app()
    except BrokenPipeError:  # the reader of a pipe has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:
        say(f"lavwa: {explain(error)}")
        sys.exit(1)


def _speak_utf8() -> None:
    """Whatever the locale; what UTF-8 cannot say, such as a file's name in another encoding, is escaped."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
