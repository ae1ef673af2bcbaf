"""Weighed terms of texts: TF-IDF over words or characters as scikit-learn computes it, without importing it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import pairwise

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

WORDS = "word"
CHARACTERS = "char_wb"
WORD_PATTERN = r"(?u)\b\w+\b"
SHORTEST_CHARACTER_GRAM = 2


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
