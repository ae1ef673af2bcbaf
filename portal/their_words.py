"""Finding in what officers wrote the words and the name of a person whose own words are erased."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

QUOTED_WORDS = 6  # as many in a row are a quotation; fewer are how everybody speaks
SHORTEST_NAME = 4
SHORTEST_HANDLE = 6
NAME, QUOTATION = "[person]", "[erased]"
_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class TheirWords:
    """`names` are parts of names, as they are written in a letter, and whole user names; `runs` are `QUOTED_WORDS`
    words in small letters that follow one another somewhere in what the person said."""

    names: frozenset[str]
    runs: frozenset[tuple[str, ...]]

    def are_in(self, value: Any) -> bool:
        """Whether any text of a JSON value names or quotes the person."""
        return any(self.without(text) != text for text in _texts(value))

    def without(self, text: str) -> str:
        """The text with `[person]` where it names the person and `[erased]` where it quotes what they said."""
        spans = [match.span() for match in _WORD.finditer(text)]
        said = [text[start:end] for start, end in spans]
        marks: list[str | None] = [NAME if word in self.names else None for word in said]
        small = [word.casefold() for word in said]
        for i in range(len(said) - QUOTED_WORDS + 1):
            if tuple(small[i : i + QUOTED_WORDS]) in self.runs:
                marks[i : i + QUOTED_WORDS] = [QUOTATION] * QUOTED_WORDS
        return _marked(text, spans, marks)


def words_of(authors: Iterable[str], texts: Iterable[str]) -> TheirWords:
    """What tells that a text names one of `authors` or quotes one of `texts`.

    A part of a name counts from four letters on where it begins with a capital; a user name of one word from six.
    """
    names: set[str] = set()
    for author in authors:
        parts = _WORD.findall(author)
        capital = [part for part in parts if len(part) >= SHORTEST_NAME and part[0].isupper()]
        whole = parts if len(parts) == 1 and len(parts[0]) >= SHORTEST_HANDLE else []
        for part in (*capital, *whole):
            names |= {part, part.upper(), part.capitalize()}
    runs: set[tuple[str, ...]] = set()
    for text in texts:
        small = [word.casefold() for word in _WORD.findall(text)]
        runs |= {tuple(small[i : i + QUOTED_WORDS]) for i in range(len(small) - QUOTED_WORDS + 1)}
    return TheirWords(frozenset(names), frozenset(runs))


def _marked(text: str, spans: Sequence[tuple[int, int]], marks: Sequence[str | None]) -> str:
    """Words that follow one another under one mark become that mark."""
    out, end = [], 0
    for i, ((start, stop), mark) in enumerate(zip(spans, marks, strict=True)):
        if mark is None:
            continue
        if i == 0 or marks[i - 1] != mark:
            out += [text[end:start], mark]
        end = stop
    return "".join([*out, text[end:]])


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)
