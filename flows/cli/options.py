"""Options and small habits that several commands share."""

import json
import os
import sys
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from flows.settings_names import SETTINGS_VARIABLE, hold_places


def _use_settings(path: str | None) -> str | None:
    """The named file holds for this process and every one that it starts."""
    if path is not None:
        os.environ[SETTINGS_VARIABLE] = path
        hold_places()
    return path


SettingsOption = Annotated[
    str | None,
    typer.Option(
        "--settings", metavar="FILE", callback=_use_settings, help="Settings file instead of LAVWA_HOME/lavwa.toml."
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the summary as one JSON object.")]
PostsArgument = Annotated[
    str, typer.Argument(metavar="[FILE]", help="JSON Lines, CSV or Parquet; - or nothing for standard input.")
]
MapOption = Annotated[
    list[str] | None,
    typer.Option(
        "--map", metavar="FIELD=COLUMN", help="The file's own name for a field of a post; may be given several times."
    ),
]


def parse_mapping(pairs: list[str] | None) -> dict[str, str]:
    """`["text=body"]` as a dictionary. Wrong usage ends the command with status 2."""
    mapping = {}
    for pair in pairs or []:
        field, equals, column = pair.partition("=")
        if not equals or not field or not column:
            raise typer.BadParameter(f"'{pair}' is not of the form FIELD=COLUMN, such as text=body", param_hint="--map")
        mapping[field.strip()] = column.strip()
    return mapping


def write_record(record: Mapping[str, Any]) -> None:
    """One JSON line to standard output."""
    sys.stdout.write(json.dumps(record, ensure_ascii=False) + "\n")


def plural(n: int, thing: str, things: str | None = None) -> str:
    """`1 post`, `1,124 posts`."""
    return f"{n:,} {thing if n == 1 else things or thing + 's'}"
