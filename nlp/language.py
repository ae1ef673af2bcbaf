"""Which language a post is in: English, French, Seychellois Creole, or honestly another one.

A linear model over words and characters that has seen sentences of the three, of their nearest neighbours (Mauritian,
Haitian and other French creoles) and of some others. Languages that it has never seen are told by CLD2 (Google's
compact language detector), which knows eighty; texts without a letter of the Latin script are none of the three.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pycld2
import scipy.sparse as sp
from numpy.typing import NDArray

from nlp.terms import TfIdf
from nlp.words import fold, words

LANGUAGES = ("en", "fr", "crs")
OTHER = "other"
SURE = 0.3  # a margin above which CLD2 is not asked: it takes some short Creole for Slovak
# What CLD2 calls texts of the three and of the creoles beside them; where it says so, the model knows better.
_NEAR = frozenset({"en", "fr", "crs", "mfe", "ht", "un"})
_FEWEST_WORDS = 4  # CLD2 guesses wildly on less
_WORD_WEIGHT = 1.5


@dataclass(frozen=True)
class LanguageDetector:
    """A linear model: `languages` in the order of the columns of `weights` (terms × languages); all but `LANGUAGES`
    count as `OTHER`. Fitted by `nlp.learning.fit_detector`."""

    word: TfIdf
    character: TfIdf
    languages: tuple[str, ...]
    weights: NDArray[np.float32]
    bias: NDArray[np.float32]

    def detect(self, texts: Sequence[str]) -> list[str]:
        """One of `LANGUAGES`, or `OTHER`, for each text: the language of most of its words."""
        if not texts:
            return []
        margins = detector_features(self.word, self.character, texts) @ self.weights + self.bias
        guesses = [self.languages[i] for i in np.argmax(margins, axis=1)]
        return [
            guess if guess in LANGUAGES and _is_latin(text) and (is_sure or not _is_foreign(text)) else OTHER
            for guess, text, is_sure in zip(guesses, texts, margins.max(axis=1) > SURE, strict=True)
        ]


def detector_features(word: TfIdf, character: TfIdf, texts: Sequence[str]) -> sp.csr_matrix:
    """A row a text: words, characters."""
    folded = [fold(text) for text in texts]
    return sp.hstack([word.transform(folded) * _WORD_WEIGHT, character.transform(folded)], format="csr")


def _is_latin(text: str) -> bool:
    """True if half of the words or more, numbers left out, have a letter from a to z."""
    tokens = [token for token in words(text) if not token.isdigit()]
    latin = [token for token in tokens if any("a" <= ch <= "z" for ch in token)]
    return bool(latin) and len(latin) >= len(tokens) / 2


def _is_foreign(text: str) -> bool:
    return len(words(text)) >= _FEWEST_WORDS and _cld2(text) not in _NEAR


def _cld2(text: str) -> str:
    """CLD2's code where it is sure, else `un`."""
    printable = "".join(ch if ch.isprintable() else " " for ch in text)
    try:
        is_reliable, _, details = pycld2.detect(printable, bestEffort=True)
    except (pycld2.error, ValueError):
        return "un"
    return str(details[0][1]) if is_reliable else "un"
