"""The command's root: which commands there are, and how every failure ends."""

import os
import shutil
import sys
import traceback
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from flows.cli import deployment_commands, filter_commands, run_commands
from flows.cli.options import SettingsOption
from flows.errors import FlowError
from flows.progress import say
from flows.settings_names import DEFAULT_HOME, HOME_VARIABLE
from ingest.errors import IngestError
from models.errors import ModelError
from nlp.errors import NlpError
from portal.errors import PortalError
from warehouse.errors import WarehouseError

FULL_BELOW_BYTES = 1_000_000
KNOWN_FAILURES = (FlowError, IngestError, ModelError, NlpError, PortalError, WarehouseError)

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
deployment_commands.register(app)


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
    try:
        app()
    except KNOWN_FAILURES as error:
        say(f"lavwa: {error}")
        sys.exit(1)
    except BrokenPipeError:  # the reader of a pipe has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except OSError as error:
        say(f"lavwa: {error.strerror or error}{f' ({error.filename})' if error.filename else ''}")
        sys.exit(1)
    except Exception as error:
        if _is_disk_full():  # whatever failed, in whichever library, this is what a person must act on
            say(f"lavwa: no room left in {_home()}: free some space and run the same command again")
            sys.exit(1)
        say(f"lavwa: something unexpected went wrong ({type(error).__name__}); {_keep_traceback()}")
        sys.exit(1)


def _home() -> Path:
    return Path(os.environ.get(HOME_VARIABLE, DEFAULT_HOME))


def _is_disk_full() -> bool:
    try:
        return shutil.disk_usage(_home()).free < FULL_BELOW_BYTES
    except OSError:
        return False


def _keep_traceback() -> str:
    """A traceback may quote a post, so it is kept with the records set aside, for their owner only."""
    folder = _home() / "set-aside"
    path = folder / f"failure-{os.getpid()}.txt"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as stream:
            stream.write(traceback.format_exc())
    except OSError:
        return "and the details could not be written"
    return f"please report it with the details in {path}"
