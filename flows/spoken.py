"""Which of the interface's languages is spoken now."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

LANGUAGES = {"en": "English", "fr": "Français", "crs": "Kreol Seselwa"}
SOURCE = "en"

_set: ContextVar[str | None] = ContextVar("set_language", default=None)
_asked: list[Callable[[], str]] = [lambda: SOURCE]


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
