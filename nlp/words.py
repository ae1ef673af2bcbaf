"""Text as the matching steps see it: folded, without accents, in words."""

import re
import unicodedata

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_PLAIN = re.compile(r"[a-z0-9]+(?:[ '][a-z0-9]+)*")
_UNDECOMPOSED = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "’": "'", "‘": "'"})


def fold(text: str) -> str:
    """Lower case, accents and ligatures undone, compatibility forms (full width, ligatures) unified.

    Characters may change in number: positions in the result are not positions in `text`.
    """
    if text.isascii():
        return text.lower()
    unified = unicodedata.normalize("NFKD", text).casefold().translate(_UNDECOMPOSED)
    decomposed = unicodedata.normalize("NFKD", unified)
    return "".join(ch for ch in decomposed if not unicodedata.combining(ch))


def words(text: str) -> list[str]:
    """The words of a folded text, in order; digits count as letters, signs and emoji do not."""
    return _WORD.findall(fold(text))


def surface_words(text: str) -> list[str]:
    """The same words as people wrote them, with case and accents."""
    return _WORD.findall(unicodedata.normalize("NFC", text))


def canonical(text: str) -> str:
    """The form in which two texts that differ only in case, accents, signs and spacing are the same."""
    if _PLAIN.fullmatch(text):  # it has that form: nearly all of a lexicon does, and a lexicon is read at every start
        return text
    return " ".join(words(text))
