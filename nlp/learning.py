"""Fitting what `nlp.classifier` and `nlp.language` apply: features, margins, temperatures, thresholds.

Probabilities and thresholds for automatic routing speak of texts a model has not seen, so they come from held-out
predictions: of the hands set aside as evidence where there are any, else out of fold.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.stats import beta
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import StratifiedKFold, train_test_split
from sklearn.svm import LinearSVC

from nlp.classifier import (
    ANY_LANGUAGE,
    CHARACTERS,
    SHORTEST_CHARACTER_GRAM,
    WORD_PATTERN,
    WORDS,
    Floats,
    LinearTask,
    TextFeatures,
    TfIdf,
    softmax,
)
from nlp.errors import TooFewExamplesError
from nlp.language import LanguageDetector, detector_features
from nlp.space import Vectors
from nlp.words import fold

Index = NDArray[np.int_]

PENALTY = 0.3  # C of the SVM: below 1, because the blocks say the same thing several times
VECTOR_WEIGHTS = (1.0, 3.0)
MOST_CHARACTER_GRAMS = 120_000
FOLDS = 5
MANY = 200  # from here on what occurs in a single text is left out
ENOUGH_TO_CHOOSE = 1000
ENOUGH_FOR_A_LANGUAGE = 100
STARTS = (0.2, 0.4, 0.6, 0.8)


def fit_features(
    texts: Sequence[str], english: Sequence[str], vectors: Vectors, labels: Sequence[str], seed: int
) -> TextFeatures:
    """Fit the terms, and choose the weight of the vectors by a fifth of the texts held out.

    Raises `TooFewExamplesError` when the texts hold no words.
    """
    min_df = 2 if len(texts) >= MANY else 1
    folded, folded_english = [fold(text) for text in texts], [fold(text) for text in english]
    try:
        word = fit_words(folded_english, min_df)
        character = fit_characters(folded, min_df)
        gloss = fit_characters(folded_english, min_df) if list(texts) != list(english) else None
    except ValueError as error:
        raise TooFewExamplesError("the examples hold no words to learn from") from error
    candidates = [TextFeatures(word, character, gloss, weight) for weight in VECTOR_WEIGHTS]
    if len(texts) < ENOUGH_TO_CHOOSE:
        return candidates[-1]
    train, test = train_test_split(np.arange(len(texts)), test_size=0.2, random_state=seed)
    _, y = indexed(labels)

    def share_right(features: TextFeatures) -> float:
        matrix = features.matrix(texts, english, vectors)
        weights, bias = _fit_svm(matrix[train], y[train], int(y.max()) + 1, seed)
        return float((np.argmax(matrix[test] @ weights + bias, axis=1) == y[test]).mean())

    return max(candidates, key=share_right)


def fit_words(folded: Sequence[str], min_df: int = 1) -> TfIdf:
    """Word 1-2-grams that occur in `min_df` texts or more. Raises ValueError where there are none."""
    vectorizer = TfidfVectorizer(
        ngram_range=(1, 2), token_pattern=WORD_PATTERN, lowercase=False, min_df=min_df, dtype=np.float32
    ).fit(folded)
    return TfIdf(WORDS, 2, vectorizer.get_feature_names_out().tolist(), vectorizer.idf_)


def fit_characters(folded: Sequence[str], min_df: int = 1, longest: int = 5) -> TfIdf:
    """Character n-grams inside words that occur in `min_df` texts or more. Raises ValueError where there are none."""
    vectorizer = TfidfVectorizer(
        analyzer=CHARACTERS, ngram_range=(SHORTEST_CHARACTER_GRAM, longest), lowercase=False, min_df=min_df,
        max_features=MOST_CHARACTER_GRAMS, dtype=np.float32,
    ).fit(folded)  # fmt: skip
    return TfIdf(CHARACTERS, longest, vectorizer.get_feature_names_out().tolist(), vectorizer.idf_)


@dataclass(frozen=True)
class HeldOut:
    """Margins for some of the training texts by models that did not see them: `rows` of them, shape (rows, classes)."""

    rows: Index
    margins: Floats


def fit_task(features: sp.csr_matrix, labels: Sequence[str], seed: int, *, is_balanced: bool = False) -> LinearTask:
    """Fit one task, uncalibrated; `is_balanced` gives rare labels the weight of common ones.

    Raises `TooFewExamplesError` for fewer than two labels in use.
    """
    classes, y = indexed(labels)
    weights, bias = _fit_svm(features, y, len(classes), seed, "balanced" if is_balanced else None)
    return LinearTask(classes, weights, bias, {ANY_LANGUAGE: 1.0})


def fit_calibrated(
    features: sp.csr_matrix, labels: Sequence[str], langs: Sequence[str], hands: Sequence[str | None], seed: int
) -> tuple[LinearTask, HeldOut]:
    """Fit one task and its temperatures. `hands` names for each text the hand whose texts are evidence, None for texts
    that only teach; where no text is evidence, all are, fold by fold. Raises `TooFewExamplesError` like `fit_task`.
    """
    task = fit_task(features, labels, seed)
    _, y = indexed(labels)
    held_out = _hold_out(features, y, len(task.classes), hands, seed)
    truth, spoken = y[held_out.rows], np.array(langs)[held_out.rows]
    temperatures = {ANY_LANGUAGE: _fit_temperature(held_out.margins, truth)}
    for lang in sorted(set(spoken.tolist())):
        if (spoken == lang).sum() >= ENOUGH_FOR_A_LANGUAGE:
            temperatures[lang] = _fit_temperature(held_out.margins[spoken == lang], truth[spoken == lang])
    return replace(task, temperatures=temperatures), held_out


def indexed(labels: Sequence[str]) -> tuple[tuple[str, ...], Index]:
    """The labels in alphabetical order, and for each text the place of its own.

    Raises `TooFewExamplesError` for fewer than two labels with two texts each.
    """
    counts = Counter(labels)
    classes = tuple(sorted(counts))
    if sum(n >= 2 for n in counts.values()) < 2:
        raise TooFewExamplesError(f"a classifier needs two labels with two examples each, these have {dict(counts)}")
    index = {label: i for i, label in enumerate(classes)}
    return classes, np.array([index[label] for label in labels])


def _fit_svm(
    features: sp.csr_matrix, y: Index, n_classes: int, seed: int, class_weight: str | None = None, c: float = PENALTY
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    svm = LinearSVC(C=c, class_weight=class_weight, random_state=seed, dual=True, max_iter=5000).fit(features, y)
    weights = np.zeros((features.shape[1], n_classes), np.float32)
    bias = np.full(n_classes, -1.0, np.float32)  # a class this part lacks stays behind every class it has
    if len(svm.classes_) == 2:
        no, yes = svm.classes_
        weights[:, no], weights[:, yes] = -svm.coef_[0], svm.coef_[0]
        bias[no], bias[yes] = -svm.intercept_[0], svm.intercept_[0]
    else:
        weights[:, svm.classes_] = svm.coef_.T
        bias[svm.classes_] = svm.intercept_
    return weights, bias


def _hold_out(features: sp.csr_matrix, y: Index, n_classes: int, hands: Sequence[str | None], seed: int) -> HeldOut:
    parts, rows = [], []
    for train, test in _parts(y, hands, seed):
        if len(set(y[train].tolist())) < 2:
            raise TooFewExamplesError(f"beside '{hands[test[0]]}' there are not two labels to learn from")
        weights, bias = _fit_svm(features[train], y[train], n_classes, seed)
        parts.append(features[test] @ weights + bias)
        rows.append(test)
    return HeldOut(np.concatenate(rows), np.concatenate(parts).astype(np.float64))


def _parts(y: Index, hands: Sequence[str | None], seed: int) -> Iterator[tuple[Index, Index]]:
    """Pairs of rows to learn from and rows to predict."""
    evidence = sorted({hand for hand in hands if hand is not None})
    if evidence:
        of = np.array([hand or "" for hand in hands])
        yield from ((np.flatnonzero(of != hand), np.flatnonzero(of == hand)) for hand in evidence)
        return
    counts = np.bincount(y)
    folds = StratifiedKFold(max(2, min(FOLDS, int(counts.min()))), shuffle=True, random_state=seed)
    strata = np.where(counts[y] < 2, counts.argmax(), y)  # classes too rare to stratify are measured as they fall
    yield from folds.split(np.zeros(len(y)), strata)


def _fit_temperature(margins: Floats, y: Index) -> float:
    """The temperature of smallest negative log likelihood, between 0.02 and 5."""

    def loss(log_temperature: float) -> float:
        probabilities = softmax(margins / np.exp(log_temperature))
        return float(-np.log(probabilities[np.arange(len(y)), y] + 1e-12).mean())

    return float(np.exp(minimize_scalar(loss, bounds=(np.log(0.02), np.log(5.0)), method="bounded").x))


def auto_threshold(
    confidence: Floats, is_right: NDArray[np.bool_], precision: float = 0.95, error: float = 0.1
) -> float | None:
    """The lowest confidence above which held-out evidence supports `precision`; None where none does.

    Support of a threshold: the one-sided Clopper-Pearson lower bound of the precision among all predictions at or above
    it is at least `precision`. Thresholds are tested in fixed sequences (Angelopoulos et al., 2021, "Learn then Test"):
    from each of `STARTS`, shares of the evidence from the most confident down, post by post to the first that fails.
    Each sequence has its part of `error`, so the chance that any supported threshold is wrong is at most `error`.
    """
    order = np.argsort(-confidence, kind="stable")
    ranked, right = confidence[order], np.cumsum(is_right[order])
    found = None
    for start in STARTS:
        for n in range(max(1, int(start * len(order))), len(order) + 1):
            if n < len(order) and ranked[n] == ranked[n - 1]:
                continue  # a threshold takes all posts of equal confidence or none
            k = int(right[n - 1])
            if k == 0 or beta.ppf(error / len(STARTS), k, n - k + 1) < precision:
                break
            found = min(found, float(ranked[n - 1])) if found is not None else float(ranked[n - 1])
    return found


def thresholds_by_language(
    confidence: Floats, is_right: NDArray[np.bool_], langs: Sequence[str]
) -> Mapping[str, float | None]:
    """`auto_threshold` for each language on its own evidence."""
    labels = np.array(langs)
    return {lang: auto_threshold(confidence[labels == lang], is_right[labels == lang]) for lang in sorted(set(langs))}


def fit_detector(sentences: Sequence[str], languages: Sequence[str], seed: int) -> LanguageDetector:
    """A detector of the languages of `sentences`. Raises `TooFewExamplesError`."""
    folded = [fold(sentence) for sentence in sentences]
    try:
        word = fit_words(folded)  # rare words tell the creoles apart: none is left out
        character = fit_characters(folded, min_df=3 if len(folded) >= MANY else 1, longest=4)
    except ValueError as error:
        raise TooFewExamplesError("the sentences hold no words to learn from") from error
    classes, y = indexed(languages)
    features = detector_features(word, character, sentences)
    weights, bias = _fit_svm(features, y, len(classes), seed, "balanced", c=2.0)
    return LanguageDetector(word, character, LinearTask(classes, weights, bias, {ANY_LANGUAGE: 1.0}))
