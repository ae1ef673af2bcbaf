"""A text classifier over words, characters and meaning, whose probabilities mean what they say.

Features: TF-IDF of word 1-2-grams and of character 2-5-grams of the English gloss, of character 2-5-grams as written,
and the post's vector. A linear SVM a task (one against the rest) gives margins; a softmax with a fitted temperature
makes them probabilities (Guo et al., 2017, "On Calibration of Modern Neural Networks"). `nlp.learning` fits all of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer

from nlp.space import Vectors
from nlp.words import fold

Floats = NDArray[np.float64]

WORD_PATTERN = r"(?u)\b\w+\b"
MOST_CHARACTER_GRAMS = 120_000
NEIGHBOURS = 5
NEIGHBOUR_WEIGHT = 3.0
ANY_LANGUAGE = "any"


@dataclass(frozen=True)
class TextFeatures:
    """Fitted vectorisers over folded text.

    The gloss lets languages share what they teach; the characters as written keep what the lexicon does not know.
    `gloss` is None where no language is glossed. Each block has rows of length 1; the vectors' is `vector_weight`.
    """

    word: TfidfVectorizer
    character: TfidfVectorizer
    gloss: TfidfVectorizer | None
    vector_weight: float

    def matrix(self, texts: Sequence[str], english: Sequence[str], vectors: Vectors) -> sp.csr_matrix:
        """A row a text: words, characters, characters of the gloss, vector, side by side."""
        folded = [fold(text) for text in english]
        blocks = [self.word.transform(folded), self.character.transform([fold(text) for text in texts])]
        if self.gloss is not None:
            blocks.append(self.gloss.transform(folded))
        return sp.hstack([*blocks, sp.csr_matrix(vectors * self.vector_weight)], format="csr")


def new_word_vectorizer(min_df: int = 1) -> TfidfVectorizer:
    """An unfitted vectoriser of word 1-2-grams."""
    return TfidfVectorizer(
        ngram_range=(1, 2), sublinear_tf=True, token_pattern=WORD_PATTERN, min_df=min_df, dtype=np.float32
    )


def new_character_vectorizer(min_df: int = 1, longest: int = 5) -> TfidfVectorizer:
    """An unfitted vectoriser of character n-grams inside words, from two characters to `longest`."""
    return TfidfVectorizer(
        analyzer="char_wb", ngram_range=(2, longest), sublinear_tf=True, min_df=min_df,
        max_features=MOST_CHARACTER_GRAMS, dtype=np.float32,
    )  # fmt: skip


@dataclass(frozen=True)
class LinearTask:
    """One question put to a text: `classes` in the order of the columns of `weights` (features × classes).

    `temperatures` by language; `ANY_LANGUAGE` holds for the others.
    """

    classes: tuple[str, ...]
    weights: NDArray[np.float32]
    bias: NDArray[np.float32]
    temperatures: Mapping[str, float]

    def margins(self, features: sp.csr_matrix) -> Floats:
        """Shape (texts, classes)."""
        return np.asarray(features @ self.weights + self.bias, dtype=np.float64)

    def probabilities(self, margins: Floats, langs: Sequence[str]) -> Floats:
        """Shape (texts, classes), each row of sum 1."""
        default = self.temperatures[ANY_LANGUAGE]
        temperatures = np.array([self.temperatures.get(lang, default) for lang in langs])
        return softmax(margins / temperatures[:, None])


def softmax(margins: Floats) -> Floats:
    shifted = np.exp(margins - margins.max(axis=1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=1, keepdims=True))


@dataclass(frozen=True)
class Scope:
    """How sure it is that any known category fits: the top margin + 3 × the mean cosine to the nearest examples.

    `quantiles` are held-out values of that sum over texts in scope, ascending: a score is the share of them that a
    text passes, so 0.05 means "less like a known category than 95 % of the posts that are".
    """

    quantiles: Floats

    def score(self, margins: Floats, cosines: Floats) -> Floats:
        return np.asarray(np.searchsorted(self.quantiles, raw_scope(margins, cosines)) / len(self.quantiles))


def raw_scope(margins: Floats, cosines: Floats) -> Floats:
    return np.asarray(margins.max(axis=1) + NEIGHBOUR_WEIGHT * cosines)


def nearest_cosine(vectors: Vectors, examples: Vectors, *, skip_self: bool = False) -> Floats:
    """Mean cosine of each row to its nearest examples; with `skip_self` the examples are the rows themselves."""
    cosines = vectors @ examples.T
    if skip_self:
        np.fill_diagonal(cosines, -1)
    k = max(1, min(NEIGHBOURS, cosines.shape[1] - skip_self))
    return np.asarray(np.sort(cosines, axis=1)[:, -k:].mean(axis=1), dtype=np.float64)
