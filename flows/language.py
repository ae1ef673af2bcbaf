"""The interface's languages: GNU gettext catalogues, and which language is spoken now.

A message is its English sentence. `make messages` brings the catalogues up to date with the code; a person translates.
"""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LANGUAGES = {"en": "English", "fr": "Français", "crs": "Kreol Seselwa"}
SOURCE = "en"
CATALOGUES = Path(__file__).parent / "catalogues"

_set: ContextVar[str | None] = ContextVar("set_language", default=None)
_asked: list[Callable[[], str]] = [lambda: SOURCE]


def t(message: str, **values: object) -> str:
    """The message in the language spoken now, its `{names}` filled in."""
    said = _catalogue(spoken()).gettext(message) if message else ""  # what a catalogue says to nothing is its header
    return said.format(**values) if values else said


def n(one: str, many: str, number: float, **values: object) -> str:
    """The form of a message that goes with a number, which stands for `{n}`, written as the language writes it."""
    from flows.formats import number as written

    said = _catalogue(spoken()).ngettext(one, many, int(number))
    return said.format(n=written(number), **values)


def mark(message: str) -> str:
    """The message as it is, to be translated where it is shown: for tables of words."""
    return message


def spoken() -> str:
    """The code of the language that `t` and `n` speak."""
    return _set.get() or _asked[0]()


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Speak a language for the block. Raises `KeyError` for one that there is not."""
    if language not in LANGUAGES:
        raise KeyError(language)
    token = _set.set(language)
    try:
        yield
    finally:
        _set.reset(token)


def speak(language: str) -> None:
    """Speak a language from now on in this thread's context, where asking each time would cost too much."""
    _set.set(language)


def follow(ask: Callable[[], str]) -> None:
    """Speak what `ask` answers, wherever no block says otherwise: a server asks each visitor."""
    _asked[0] = ask


@cache
def _catalogue(language: str) -> NullTranslations:
    if language == SOURCE:
        return NullTranslations()
    with (CATALOGUES / f"{language}.po").open("rb") as stream:
        compiled = io.BytesIO()
        write_mo(compiled, read_po(stream, locale=None))
    compiled.seek(0)
    return GNUTranslations(compiled)
