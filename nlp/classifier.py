"""A text classifier over words, characters and meaning, whose probabilities mean what they say.

Features: TF-IDF of word 1-2-grams and of character 2-5-grams of the English gloss, of character 2-5-grams as written,
and the post's vector. A linear SVM a task (one against the rest) gives margins; a softmax with a fitted temperature
makes them probabilities (Guo et al., 2017, "On Calibration of Modern Neural Networks"). `nlp.learning` fits all of it.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import pairwise

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from nlp.space import Vectors
from nlp.words import fold

Floats = NDArray[np.float64]

WORDS = "word"
CHARACTERS = "char_wb"
WORD_PATTERN = r"(?u)\b\w+\b"
SHORTEST_CHARACTER_GRAM = 2
NEIGHBOURS = 5
NEIGHBOUR_WEIGHT = 3.0
ANY_LANGUAGE = "any"


@dataclass(frozen=True)
class TfIdf:
    """What scikit-learn's vectoriser of the same name computes once it is fitted, without the second that importing
    scikit-learn takes. `nlp.learning` fits it.

    `analyzer` is `WORDS`, for word 1-2-grams, or `CHARACTERS`, for n-grams inside words of two characters to `longest`;
    `terms` and their `idf` are in the order of the columns.
    """

    analyzer: str
    longest: int
    terms: Sequence[str]
    idf: NDArray[np.float32]

    @cached_property
    def _column(self) -> Mapping[str, int]:
        return {term: i for i, term in enumerate(self.terms)}

    def transform(self, texts: Sequence[str]) -> sp.csr_matrix:
        """A row a folded text, of length 1: for each term 1 + the logarithm of its count, times its `idf`."""

        @cache
        def columns(part: str) -> list[int]:
            return [self._column[gram] for gram in self._grams(part) if gram in self._column]

        found: list[int] = []
        ends = [0]
        for text in texts:
            for part in [text] if self.analyzer == WORDS else text.split():
                found += columns(part)
            ends.append(len(found))
        shape = (len(texts), len(self.terms))
        matrix = sp.csr_matrix((np.ones(len(found), np.float32), found, ends), shape, dtype=np.float32)
        matrix.sum_duplicates()
        weights = (np.log(matrix.data) + 1) * self.idf[matrix.indices]
        rows = np.repeat(np.arange(len(texts)), np.diff(matrix.indptr))
        matrix.data = (weights / np.sqrt(np.bincount(rows, weights**2))[rows]).astype(np.float32)
        return matrix

    def _grams(self, part: str) -> list[str]:
        if self.analyzer == WORDS:
            words = re.findall(WORD_PATTERN, part)
            return [*words, *(f"{first} {second}" for first, second in pairwise(words))]
        word = f" {part} "
        longest = min(self.longest, len(word))
        return [word[i : i + n] for n in range(SHORTEST_CHARACTER_GRAM, longest + 1) for i in range(len(word) - n + 1)]


@dataclass(frozen=True)
class TextFeatures:
    """Terms of folded text and vectors.

    The gloss lets languages share what they teach; the characters as written keep what the lexicon does not know.
    `gloss` is None where no language is glossed. Each block has rows of length 1; the vectors' is `vector_weight`.
    """

    word: TfIdf
    character: TfIdf
    gloss: TfIdf | None
    vector_weight: float

    def matrix(self, texts: Sequence[str], english: Sequence[str], vectors: Vectors) -> sp.csr_matrix:
        """A row a text: words, characters, characters of the gloss, vector, side by side."""
        folded = [fold(text) for text in english]
        blocks = [self.word.transform(folded), self.character.transform([fold(text) for text in texts])]
        if self.gloss is not None:
            blocks.append(self.gloss.transform(folded))
        return sp.hstack([*blocks, sp.csr_matrix(vectors * self.vector_weight)], format="csr")


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
