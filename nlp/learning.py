"""Fitting what `nlp.classifier` and `nlp.language` apply: terms, tasks, temperatures, scope, thresholds.

Probabilities and thresholds for automatic routing speak of texts a model has not seen, so they come from held-out
predictions: of the hands set aside as evidence, each left out whole, where there are any, else of each text left out
alone.
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
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from nlp.classifier import (
    ANY_LANGUAGE,
    Features,
    Floats,
    Scope,
    Task,
    TextFeatures,
    Typical,
    nearness,
    scope_evidence,
    softmax,
)
from nlp.errors import TooFewExamplesError
from nlp.kernel_ridge import ROWS, Index, Matrix, fit_kernel_ridge, members_of
from nlp.language import LanguageDetector, detector_features
from nlp.space import Vectors, unit_rows
from nlp.terms import CHARACTERS, SHORTEST_CHARACTER_GRAM, WORD_PATTERN, WORDS, TfIdf
from nlp.words import fold

VIEW_WEIGHTS = (9.0, 18.0, 3.0, 1.0)  # where two do equally well, the first
FEWEST_TO_CHOOSE = 500
MOST_TO_CHOOSE = 5_000
MOST_CHARACTER_GRAMS = 120_000
MANY = 200  # from here on what occurs in a single text is left out
ENOUGH_FOR_A_LANGUAGE = 100
HEAD_START = 0.5  # of a label, as a part of its share of the texts: 1 neglects rare labels, 0 finds them everywhere
ENOUGH_TO_WHITEN = 1_000  # fewer texts are all typical of categories whose spread they made themselves
SHRINKAGE = 0.3  # of the spread within categories towards a ball
STARTS = (0.2, 0.4, 0.6, 0.8)


def fit_features(texts: Sequence[str], english: Sequence[str]) -> TextFeatures:
    """Fit the terms. Raises `TooFewExamplesError` when the texts hold no words."""
    min_df = 2 if len(texts) >= MANY else 1
    folded, folded_english = [fold(text) for text in texts], [fold(text) for text in english]
    try:
        word = fit_words(folded_english, min_df)
        character = fit_characters(folded, min_df)
        gloss = fit_characters(folded_english, min_df) if list(texts) != list(english) else None
    except ValueError as error:
        raise TooFewExamplesError("the examples hold no words to learn from") from error
    return TextFeatures(word, character, gloss)


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
    """Margins for some of the texts by models that did not see them: `rows` of them, shape (rows, classes)."""

    rows: Index
    margins: Floats


@dataclass(frozen=True)
class Learned:
    """The tasks, the scope of the main one, and what was held out of that."""

    tasks: Mapping[str, Task]
    scope: Scope
    held_out: HeldOut


def learn(
    features: Features,
    answers: Mapping[str, Sequence[str]],
    langs: Sequence[str],
    hands: Sequence[str | None],
    seed: int,
    frozen: Sequence[bool] | None = None,
) -> Learned:
    """Fit tasks on the same texts; the first of `answers` is the main one, whose probabilities are calibrated.

    `hands` names for each text the hand whose texts are evidence, None for texts that only teach; where no text is
    evidence, all are, each alone. Of `VIEW_WEIGHTS` the one that does best on held-out texts is taken.

    Texts that `frozen` names are evidence only: the tasks are those of the others, which `example_weights` has a row
    for, and no choice is made by what is right of a frozen one. They do tell how sure a task may be.

    Raises `TooFewExamplesError` for a task of fewer than two labels in use, and where a hand leaves fewer than two.
    """
    coded = {task: indexed(said) for task, said in answers.items()}
    y = next(iter(coded.values()))[1]
    rows, groups = _evidence(hands, y)
    is_frozen = np.zeros(len(y), np.bool_) if frozen is None else np.array(frozen, np.bool_)
    taught = np.flatnonzero(~is_frozen)
    gram = _gram(features.terms)
    weight = _choose_view_weight(features, gram, y, taught, rows, groups, seed)
    targets = np.hstack([_targets(code, taught) for _, code in coded.values()])
    ridge = fit_kernel_ridge(_kernel(gram, features.views, features.blocks, weight), targets)
    weights = ridge.weights_without(np.flatnonzero(is_frozen)) if is_frozen.any() else ridge.weights
    tasks: dict[str, Task] = {}
    start = 0
    for task, (labels, code) in coded.items():
        columns = slice(start, start := start + len(labels))
        tasks[task] = Task(
            labels,
            np.asarray(features.terms.T @ weights[:, columns] / (features.blocks + weight), np.float32),
            np.asarray(weights[taught, columns] * (weight / (features.blocks + weight)), np.float32),
            np.asarray(HEAD_START * np.bincount(code[taught], minlength=len(labels)) / len(taught), np.float32),
            {ANY_LANGUAGE: 1.0},
        )
    main = next(iter(tasks))
    classes, bias = slice(0, len(tasks[main].classes)), tasks[main].bias
    held_out = HeldOut(rows, (ridge.left_out(groups, rows)[:, classes] + bias).astype(np.float64))
    unseen = (ridge.left_out(y, np.arange(len(y)))[:, classes] + bias).astype(np.float64)
    tasks[main] = replace(tasks[main], temperatures=_temperatures(held_out, y, langs))
    return Learned(tasks, _fit_scope(features, y, groups, held_out, unseen), held_out)


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


def _evidence(hands: Sequence[str | None], y: Index) -> tuple[Index, Index]:
    """The texts that are evidence, and for each text a number that those share which are left out together."""
    named = sorted({hand for hand in hands if hand is not None})
    if not named:
        return np.arange(len(hands)), np.arange(len(hands))
    groups = np.array([named.index(hand) if hand is not None else len(named) for hand in hands])
    for i, hand in enumerate(named):
        if len(set(y[groups != i].tolist())) < 2:
            raise TooFewExamplesError(f"beside '{hand}' there are not two labels to learn from")
    return np.flatnonzero(groups < len(named)), groups


def _choose_view_weight(
    features: Features, gram: Matrix, y: Index, taught: Index, rows: Index, groups: Index, seed: int
) -> float:
    if len(taught) < FEWEST_TO_CHOOSE:
        return VIEW_WEIGHTS[0]
    chosen = np.sort(np.random.default_rng(seed).permutation(taught)[:MOST_TO_CHOOSE])
    views, evidence = features.views[chosen], np.flatnonzero(np.isin(chosen, rows))

    def right(weight: float) -> int:
        kernel = _kernel(gram[np.ix_(chosen, chosen)], views, features.blocks, weight)
        ridge = fit_kernel_ridge(kernel, _targets(y[chosen], np.arange(len(chosen))))
        return int((ridge.left_out(groups[chosen], evidence).argmax(axis=1) == y[chosen][evidence]).sum())

    return max(VIEW_WEIGHTS, key=right)


def _gram(terms: sp.csr_matrix) -> Matrix:
    """The products of all pairs of rows, a band of rows at a time: as a sparse matrix it would take thrice the room."""
    gram = np.empty((terms.shape[0], terms.shape[0]), np.float32)
    turned = terms.T.tocsr()
    for start in range(0, len(gram), ROWS):
        gram[start : start + ROWS] = (terms[start : start + ROWS] @ turned).toarray()
    return gram


def _kernel(gram: Matrix, views: Vectors, blocks: int, view_weight: float) -> Matrix:
    """The kernel of `nlp.classifier` between all texts, in the place of `gram`, the products of their terms."""
    for start in range(0, len(gram), ROWS):
        band = gram[start : start + ROWS]
        band += view_weight * nearness(views[start : start + ROWS], views)
        band /= blocks + view_weight
    return gram


def _targets(y: Index, taught: Index) -> Matrix:
    """1 for the label of a text and 0 for others, less what is so on the mean of `taught`."""
    targets: Matrix = (y[:, None] == np.arange(y.max() + 1)).astype(np.float32)
    targets -= targets[taught].mean(axis=0)
    return targets


def _temperatures(held_out: HeldOut, y: Index, langs: Sequence[str]) -> dict[str, float]:
    truth, spoken = y[held_out.rows], np.array(langs)[held_out.rows]
    temperatures = {ANY_LANGUAGE: _fit_temperature(held_out.margins, truth)}
    for lang in sorted(set(spoken.tolist())):
        if (spoken == lang).sum() >= ENOUGH_FOR_A_LANGUAGE:
            temperatures[lang] = _fit_temperature(held_out.margins[spoken == lang], truth[spoken == lang])
    return temperatures


def _fit_temperature(margins: Floats, y: Index) -> float:
    """The temperature of smallest negative log likelihood, between 0.02 and 5."""

    def loss(log_temperature: float) -> float:
        probabilities = softmax(margins / np.exp(log_temperature))
        return float(-np.log(probabilities[np.arange(len(y)), y] + 1e-12).mean())

    return float(np.exp(minimize_scalar(loss, bounds=(np.log(0.02), np.log(5.0)), method="bounded").x))


def _fit_scope(features: Features, y: Index, groups: Index, held_out: HeldOut, unseen: Floats) -> Scope:
    """Known: the evidence as it was held out. Unknown: all texts of a category that no text was seen of."""
    whitened, whitener = _whitened(features.sentences, y)
    is_whitened, everyone = len(y) >= ENOUGH_TO_WHITEN, np.arange(len(y))

    def evidence(rows: Index, groups: Index, margins: Floats) -> Floats:
        typical = _typical_without(whitened, y, groups, rows) if is_whitened else np.zeros(len(rows))
        return scope_evidence(margins, _nearest_without(features.views, groups, rows), typical)

    known = evidence(held_out.rows, groups, held_out.margins.max(axis=1))
    unseen[everyone, y] = -np.inf
    unknown = evidence(everyone, y, unseen.max(axis=1))
    fitted = LogisticRegression(class_weight="balanced").fit(
        np.concatenate([known, unknown])[:, None], np.repeat([1, 0], [len(known), len(unknown)])
    )
    slope, shift = float(fitted.coef_[0, 0]), float(fitted.intercept_[0])
    means = unit_rows(np.stack([whitened[y == label].sum(axis=0) for label in range(y.max() + 1)]))
    typical = Typical(whitener, means) if is_whitened else None
    return Scope(typical, slope, shift) if slope > 0 else Scope(None, 0.0, 0.0)  # told by nothing: 0.5 for all


def _whitened(sentences: Vectors, y: Index) -> tuple[Vectors, Vectors]:
    """Sentence vectors scaled so that the shrunk spread within categories is the same in all directions, and by what.

    The second has shape (dimensions, dimensions).
    """
    means = np.stack([sentences[y == label].mean(axis=0) for label in range(y.max() + 1)])
    within = sentences - means[y]
    spread = within.T @ within / len(y)
    dimensions = len(spread)
    ball = np.trace(spread) / dimensions * np.eye(dimensions)
    values, axes = np.linalg.eigh((1 - SHRINKAGE) * spread + SHRINKAGE * ball + 1e-6 * np.eye(dimensions))
    whitener = (axes / np.sqrt(values)).astype(np.float32)
    return sentences @ whitener, whitener


def _typical_without(whitened: Vectors, y: Index, groups: Index, rows: Index) -> Floats:
    """For each of `rows` the cosine to the nearest mean of a category, texts of its own group left out of the means."""
    counts = np.bincount(y)
    sums = np.stack([whitened[y == label].sum(axis=0) for label in range(len(counts))])
    found = np.empty(len(y))
    for members in members_of(groups, rows):
        rest = sums.copy()
        np.subtract.at(rest, y[members], whitened[members])
        left = counts - np.bincount(y[members], minlength=len(counts)) > 0
        found[members] = (unit_rows(whitened[members]) @ unit_rows(rest[left]).T).max(axis=1)
    return found[rows]


def _nearest_without(views: Vectors, groups: Index, rows: Index) -> Floats:
    """For each of `rows` the cosine to the nearest text of another group."""
    found = []
    for start in range(0, len(rows), ROWS):
        band = rows[start : start + ROWS]
        cosines = views[band] @ views.T
        cosines[groups[band][:, None] == groups] = -1
        found.append(cosines.max(axis=1))
    return np.concatenate(found).astype(np.float64)


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
    """A linear SVM over the terms of `sentences`, one language against the rest. Raises `TooFewExamplesError`."""
    folded = [fold(sentence) for sentence in sentences]
    try:
        word = fit_words(folded)  # rare words tell the creoles apart: none is left out
        character = fit_characters(folded, min_df=3 if len(folded) >= MANY else 1, longest=4)
    except ValueError as error:
        raise TooFewExamplesError("the sentences hold no words to learn from") from error
    classes, y = indexed(languages)
    svm = LinearSVC(C=2.0, class_weight="balanced", random_state=seed, dual=True, max_iter=5000)
    svm.fit(detector_features(word, character, sentences), y)
    weights, bias = svm.coef_.T, svm.intercept_
    if len(classes) == 2:  # one column then: the second language against the first
        weights, bias = np.hstack([-weights, weights]), np.concatenate([-bias, bias])
    return LanguageDetector(word, character, classes, weights.astype(np.float32), bias.astype(np.float32))
