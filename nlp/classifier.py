"""A text classifier over words, characters and meaning, whose probabilities mean what they say.

Two texts are as near as their terms (TF-IDF of word 1-2-grams and of character 2-5-grams of the English gloss, and of
character 2-5-grams as written) and the views the encoder has of them:

    k(a, b) = (Σ cosine of each block of terms + w · exp(2 (cosine of the views − 1))) / (blocks + w)

Kernel ridge regression on this kernel gives margins, a softmax with a fitted temperature makes them probabilities (Guo
et al., 2017, "On Calibration of Modern Neural Networks"). The terms' part is linear, so it is kept as a weight a term
and tells which words decided; the views' part is kept as a weight an example. `nlp.learning` fits all of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from nlp.space import Vectors, Views, unit_rows
from nlp.terms import TfIdf
from nlp.words import fold

Floats = NDArray[np.float64]

SHARPNESS = 2.0
SENTENCE_WEIGHT = 4.0  # of the sentence vector; each further view counts once
NEAREST_WEIGHT = 0.9
TYPICAL_WEIGHT = 0.6
ANY_LANGUAGE = "any"


@dataclass(frozen=True)
class Features:
    """What the classifier sees of texts: `terms` (texts × terms) of as many vocabularies as `blocks`, each a row of
    length 1; `views` (texts × numbers) and `sentences` (texts × dimensions), rows of length 1."""

    terms: sp.csr_matrix
    blocks: int
    views: Vectors
    sentences: Vectors


@dataclass(frozen=True)
class TextFeatures:
    """Terms of folded text.

    The gloss lets languages share what they teach; the characters as written keep what the lexicon does not know.
    `gloss` is None where no language is glossed.
    """

    word: TfIdf
    character: TfIdf
    gloss: TfIdf | None

    def of(self, texts: Sequence[str], english: Sequence[str], views: Views) -> Features:
        """Features of texts, their glosses and their centred views, all in one order."""
        folded = [fold(text) for text in english]
        blocks = [self.word.transform(folded), self.character.transform([fold(text) for text in texts])]
        if self.gloss is not None:
            blocks.append(self.gloss.transform(folded))
        return Features(sp.hstack(blocks, format="csr"), len(blocks), joined(views), views[:, 0])


def joined(views: Views) -> Vectors:
    """The views of each text side by side in one row, so that the product of two rows is their weighed mean cosine."""
    weights = np.ones(views.shape[1], np.float32)
    weights[:1] = SENTENCE_WEIGHT
    weighed: Vectors = views * np.sqrt(weights / weights.sum())[:, None]
    return weighed.reshape(len(views), views.shape[1] * views.shape[2])


def nearness(views: Vectors, examples: Vectors) -> Vectors:
    """exp(2 (cosine − 1)) of each text to each example, shape (texts, examples)."""
    near: Vectors = np.exp(SHARPNESS * (views @ examples.T - 1))
    return near


@dataclass(frozen=True)
class Task:
    """One question put to a text: `classes` in the order of the columns of `term_weights` (terms × classes),
    `example_weights` (examples × classes) and `bias`.

    `temperatures` by language; `ANY_LANGUAGE` holds for the others.
    """

    classes: tuple[str, ...]
    term_weights: NDArray[np.float32]
    example_weights: NDArray[np.float32]
    bias: NDArray[np.float32]
    temperatures: Mapping[str, float]

    def margins(self, terms: sp.csr_matrix, near: Vectors) -> Floats:
        """Shape (texts, classes); `near` is the `nearness` of the texts to the examples."""
        return np.asarray(terms @ self.term_weights + near @ self.example_weights + self.bias, dtype=np.float64)

    def probabilities(self, margins: Floats, langs: Sequence[str]) -> Floats:
        """Shape (texts, classes), each row of sum 1."""
        default = self.temperatures[ANY_LANGUAGE]
        temperatures = np.array([self.temperatures.get(lang, default) for lang in langs])
        return softmax(margins / temperatures[:, None])


def softmax(margins: Floats) -> Floats:
    shifted = np.exp(margins - margins.max(axis=1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=1, keepdims=True))


@dataclass(frozen=True)
class Typical:
    """How near a text is to the middle of a category: sentence vectors are whitened by `whitener` (dimensions ×
    dimensions) as categories spread in themselves; `means` of the categories, rows of length 1, are whitened so."""

    whitener: Vectors
    means: Vectors

    def cosines(self, sentences: Vectors) -> Floats:
        """For each text that to the nearest mean."""
        return np.asarray((unit_rows(sentences @ self.whitener) @ self.means.T).max(axis=1), dtype=np.float64)


@dataclass(frozen=True)
class Scope:
    """How sure it is that any known category fits.

    The evidence is the top margin + 0.9 × the cosine to the nearest example − 0.6 × how typical the text is, which
    `typical` tells where there were enough examples. `slope` and `shift` make it the probability that a category is
    known, where half of the texts are of categories never seen.
    """

    typical: Typical | None
    slope: float
    shift: float

    def score(self, margins: Floats, near: Vectors, sentences: Vectors) -> Floats:
        """Between 0 and 1 for each text; `near` is the `nearness` of the texts to the examples."""
        nearest = np.log(near.max(axis=1)) / SHARPNESS + 1
        typical = self.typical.cosines(sentences) if self.typical else np.zeros(len(margins))
        evidence = scope_evidence(margins.max(axis=1), nearest, typical)
        return np.asarray(1 / (1 + np.exp(-(self.slope * evidence + self.shift))))


def scope_evidence(margin: Floats, nearest: Floats, typical: Floats) -> Floats:
    """What `Scope` judges by."""
    return np.asarray(margin + NEAREST_WEIGHT * nearest - TYPICAL_WEIGHT * typical)
