"""A text classifier over words, characters and meaning, whose probabilities mean what they say.

Features: TF-IDF of word 1-2-grams of the English gloss, of character 2-5-grams as written, and the post's vector; a
linear SVM a task
(one against the rest) gives margins, a softmax with a fitted temperature makes them probabilities (Guo et al., 2017,
"On Calibration of Modern Neural Networks"). Temperature and the thresholds for automatic routing come from out-of-fold
predictions, so they speak of texts the model has not seen.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.stats import beta
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import StratifiedKFold
from sklearn.svm import LinearSVC

from nlp.errors import TooFewExamplesError
from nlp.space import Vectors
from nlp.words import fold

Floats = NDArray[np.float64]

WORD_PATTERN = r"(?u)\b\w+\b"
WORD_WEIGHT = 1.0
CHARACTER_WEIGHT = 1.0
VECTOR_WEIGHT = 1.0
NEIGHBOURS = 5
FOLDS = 5
MANY = 200  # from here on what occurs in a single text is left out
FEWEST_EVIDENCE = 60  # with fewer, not even all right would prove a precision of 0.95


@dataclass(frozen=True)
class TextFeatures:
    """Fitted vectorisers over folded text: English words of the glossed post, and characters of the post as written.

    The gloss lets the three languages share what they teach; the characters keep what the lexicon does not know.
    """

    word: TfidfVectorizer
    character: TfidfVectorizer

    @classmethod
    def fit(cls, texts: Sequence[str], english: Sequence[str]) -> "TextFeatures":
        """Raises `TooFewExamplesError` when the texts hold no words."""
        word, character = new_vectorizers(min_df=2 if len(texts) >= MANY else 1)
        try:
            return cls(word.fit([fold(t) for t in english]), character.fit([fold(t) for t in texts]))
        except ValueError as error:
            raise TooFewExamplesError("the examples hold no words to learn from") from error

    def matrix(self, texts: Sequence[str], english: Sequence[str], vectors: Vectors) -> sp.csr_matrix:
        """A row a text: words, characters, vector side by side, each block of length 1 before its weight."""
        blocks = [
            self.word.transform([fold(t) for t in english]) * WORD_WEIGHT,
            self.character.transform([fold(t) for t in texts]) * CHARACTER_WEIGHT,
            sp.csr_matrix(vectors * VECTOR_WEIGHT),
        ]
        return sp.hstack(blocks, format="csr")


def new_vectorizers(min_df: int = 1) -> tuple[TfidfVectorizer, TfidfVectorizer]:
    """Unfitted word and character vectorisers, as every model uses them."""
    word = TfidfVectorizer(
        ngram_range=(1, 2), sublinear_tf=True, token_pattern=WORD_PATTERN, min_df=min_df, dtype=np.float32
    )
    character = TfidfVectorizer(
        analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, min_df=min_df, max_features=120_000, dtype=np.float32
    )
    return word, character


@dataclass(frozen=True)
class LinearTask:
    """One question put to a text: `classes` in the order of the columns of `weights` (features × classes)."""

    classes: tuple[str, ...]
    weights: NDArray[np.float32]
    bias: NDArray[np.float32]
    temperature: float

    def margins(self, features: sp.csr_matrix) -> Floats:
        return np.asarray(features @ self.weights + self.bias, dtype=np.float64)

    def probabilities(self, features: sp.csr_matrix) -> Floats:
        return softmax(self.margins(features) / self.temperature)


@dataclass(frozen=True)
class OutOfFold:
    """Margins for every training text by a model that did not see it, shape (texts, classes)."""

    classes: tuple[str, ...]
    margins: Floats


def fit_task(features: sp.csr_matrix, labels: Sequence[str], seed: int, *, is_balanced: bool = False) -> LinearTask:
    """Fit one task, uncalibrated; `is_balanced` gives rare labels the weight of common ones.

    Raises `TooFewExamplesError` for fewer than two labels in use.
    """
    classes, y = _indexed(labels)
    weights, bias = _fit_svm(features, y, len(classes), seed, "balanced" if is_balanced else None)
    return LinearTask(classes, weights, bias, temperature=1.0)


def fit_calibrated(features: sp.csr_matrix, labels: Sequence[str], seed: int) -> tuple[LinearTask, OutOfFold]:
    """Fit one task and its temperature, measured out of fold. Raises `TooFewExamplesError` like `fit_task`."""
    task = fit_task(features, labels, seed)
    _, y = _indexed(labels)
    margins = _out_of_fold(features, y, len(task.classes), seed)
    return replace(task, temperature=_fit_temperature(margins, y)), OutOfFold(task.classes, margins)


def _indexed(labels: Sequence[str]) -> tuple[tuple[str, ...], NDArray[np.int_]]:
    counts = Counter(labels)
    classes = tuple(sorted(counts))
    if sum(n >= 2 for n in counts.values()) < 2:
        raise TooFewExamplesError(f"a classifier needs two labels with two examples each, these have {dict(counts)}")
    index = {label: i for i, label in enumerate(classes)}
    return classes, np.array([index[label] for label in labels])


def softmax(margins: Floats) -> Floats:
    shifted = np.exp(margins - margins.max(axis=1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=1, keepdims=True))


def _fit_svm(
    features: sp.csr_matrix, y: NDArray[np.int_], n_classes: int, seed: int, class_weight: str | None = None
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    svm = LinearSVC(C=1.0, class_weight=class_weight, random_state=seed, dual=True, max_iter=5000).fit(features, y)
    weights = np.zeros((features.shape[1], n_classes), np.float32)
    bias = np.full(n_classes, -1.0, np.float32)  # a class this fold lacks stays behind every class it has
    if len(svm.classes_) == 2:
        no, yes = svm.classes_
        weights[:, no], weights[:, yes] = -svm.coef_[0], svm.coef_[0]
        bias[no], bias[yes] = -svm.intercept_[0], svm.intercept_[0]
    else:
        weights[:, svm.classes_] = svm.coef_.T
        bias[svm.classes_] = svm.intercept_
    return weights, bias


def _out_of_fold(features: sp.csr_matrix, y: NDArray[np.int_], n_classes: int, seed: int) -> Floats:
    smallest = int(np.bincount(y).min())
    margins = np.zeros((len(y), n_classes))
    folds = StratifiedKFold(max(2, min(FOLDS, smallest)), shuffle=True, random_state=seed)
    counts = np.bincount(y)
    strata = np.where(counts[y] < 2, counts.argmax(), y)  # classes too rare to stratify are measured as they fall
    for train, test in folds.split(features, strata):
        weights, bias = _fit_svm(features[train], y[train], n_classes, seed)
        margins[test] = features[test] @ weights + bias
    return margins


def _fit_temperature(margins: Floats, y: NDArray[np.int_]) -> float:
    """The temperature of smallest negative log likelihood, between 0.02 and 5."""

    def loss(log_temperature: float) -> float:
        probabilities = softmax(margins / np.exp(log_temperature))
        return float(-np.log(probabilities[np.arange(len(y)), y] + 1e-12).mean())

    return float(np.exp(minimize_scalar(loss, bounds=(np.log(0.02), np.log(5.0)), method="bounded").x))


def auto_threshold(
    confidence: Floats, is_right: NDArray[np.bool_], precision: float = 0.95, error: float = 0.1
) -> float | None:
    """The lowest confidence above which held-out evidence supports `precision`; None where none does.

    Support: the one-sided Clopper-Pearson lower bound of the precision among all predictions at or above the
    threshold, at level 1 - `error`, is at least `precision`. Thresholds are tried from the most confident
    downwards and the search stops at the first that fails after one that held, in the manner of fixed-sequence testing
    (Angelopoulos et al., 2021, "Learn then Test").
    """
    order = np.argsort(-confidence, kind="stable")
    ranked, right = confidence[order], np.cumsum(is_right[order])
    found = None
    for n in range(FEWEST_EVIDENCE, len(order) + 1):
        if n < len(order) and ranked[n] == ranked[n - 1]:
            continue  # a threshold takes all posts of equal confidence or none
        k = int(right[n - 1])
        lower = beta.ppf(error, k, n - k + 1) if k else 0.0
        if lower >= precision:
            found = float(ranked[n - 1])
        elif found is not None or n >= 2 * FEWEST_EVIDENCE:  # the first few may be too few to prove anything
            break
    return found


@dataclass(frozen=True)
class Scope:
    """How sure it is that any known category fits: the top margin + 3 × the mean cosine to the nearest examples.

    `quantiles` are out-of-fold values of that sum over texts in scope, ascending: a score is the share of them that a
    text passes, so 0.05 means "less like a known category than 95 % of the posts that are".
    """

    quantiles: Floats

    def score(self, margins: Floats, cosines: Floats) -> Floats:
        raw = margins.max(axis=1) + NEIGHBOUR_WEIGHT * cosines
        return np.asarray(np.searchsorted(self.quantiles, raw) / len(self.quantiles))


NEIGHBOUR_WEIGHT = 3.0


def nearest_cosine(vectors: Vectors, examples: Vectors, *, skip_self: bool = False) -> Floats:
    """Mean cosine of each row to its nearest examples."""
    cosines = vectors @ examples.T
    if skip_self:
        np.fill_diagonal(cosines, -1)
    k = max(1, min(NEIGHBOURS, cosines.shape[1] - skip_self))
    return np.asarray(np.sort(cosines, axis=1)[:, -k:].mean(axis=1), dtype=np.float64)


def thresholds_by_language(
    confidence: Floats, is_right: NDArray[np.bool_], langs: Sequence[str]
) -> Mapping[str, float | None]:
    """`auto_threshold` for each language on its own evidence."""
    labels = np.array(langs)
    return {lang: auto_threshold(confidence[labels == lang], is_right[labels == lang]) for lang in sorted(set(langs))}
