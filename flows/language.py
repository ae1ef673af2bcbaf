"""What the interface says, by GNU gettext catalogues.

A message is its English sentence. `make messages` brings the catalogues up to date with the code; a person translates.
"""

import io
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from flows.formats import number as written
from flows.spoken import SOURCE, spoken

CATALOGUES = Path(__file__).parent / "catalogues"


def t(message: str, **values: object) -> str:
    """The message in the language spoken now, its `{names}` filled in."""
    said = _catalogue(spoken()).gettext(message) if message else ""  # what a catalogue says to nothing is its header
    return said.format(**values) if values else said


def n(one: str, many: str, number: float, **values: object) -> str:
    """The form of a message that goes with a number, which stands for `{n}`, written as the language writes it."""
    said = _catalogue(spoken()).ngettext(one, many, int(number))
    return said.format(n=written(number), **values)


def mark(message: str) -> str:
    """The message as it is, to be translated where it is shown: for tables of words."""
    return message


@cache
def _catalogue(language: str) -> NullTranslations:
    if language == SOURCE:
        return NullTranslations()
    with (CATALOGUES / f"{language}.po").open("rb") as stream:
        compiled = io.BytesIO()
        write_mo(compiled, read_po(stream, locale=None))
    compiled.seek(0)
    return GNUTranslations(compiled)
