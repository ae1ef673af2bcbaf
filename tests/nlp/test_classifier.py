from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta

from nlp.classifier import (
    LinearTask,
    Scope,
    TextFeatures,
    auto_threshold,
    fit_calibrated,
    fit_task,
    nearest_cosine,
    softmax,
    thresholds_by_language,
)
from nlp.errors import TooFewExamplesError

SEED = 7


def clouds(sizes: list[int], spread: float = 0.1) -> tuple[sp.csr_matrix, list[str]]:
    """Points round one axis a class (a, b, c, …), as many as each size says."""
    rng = np.random.default_rng(SEED)
    rows = [
        np.eye(len(sizes))[k] * 3 + rng.normal(0, spread, len(sizes)) for k, n in enumerate(sizes) for _ in range(n)
    ]
    labels = [chr(ord("a") + k) for k, n in enumerate(sizes) for _ in range(n)]
    return sp.csr_matrix(np.array(rows, np.float32)), labels


def best(task: Any, margins: Any) -> list[str]:
    return [task.classes[i] for i in margins.argmax(axis=1)]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.floats(-1e3, 1e3), min_size=3, max_size=3), min_size=1, max_size=5))
def test_softmax_rows_sum_to_one_and_keep_the_order(rows: list[list[float]]) -> None:
    margins = np.array(rows)
    probabilities = softmax(margins)
    assert probabilities.sum(axis=1) == pytest.approx(np.ones(len(rows)))
    assert (probabilities >= 0).all()
    assert np.take_along_axis(probabilities, margins.argmax(axis=1)[:, None], 1).ravel() == pytest.approx(
        probabilities.max(axis=1)
    )


def test_softmax_gives_the_known_values() -> None:
    assert softmax(np.log(np.array([[1.0, 2.0, 5.0]]))).tolist() == [pytest.approx([0.125, 0.25, 0.625])]


@pytest.mark.parametrize("sizes", [[12, 12, 12], [12, 12], [30, 4, 6]], ids=["three", "two", "uneven"])
def test_clear_classes_are_told_apart_in_and_out_of_fold(sizes: list[int]) -> None:
    features, labels = clouds(sizes)
    task, held_out = fit_calibrated(features, labels, SEED)
    assert task.classes == held_out.classes == tuple(sorted(set(labels)))
    assert best(task, task.margins(features)) == labels
    assert best(held_out, held_out.margins) == labels
    assert task.probabilities(features).sum(axis=1) == pytest.approx(np.ones(len(labels)))


def test_a_class_with_a_single_example_does_not_blur_the_others_out_of_fold() -> None:
    features, labels = clouds([10, 10, 1])
    task, held_out = fit_calibrated(features, labels, SEED)
    assert task.classes == ("a", "b", "c")
    assert best(held_out, held_out.margins)[:20] == labels[:20]


def test_two_classes_of_which_one_has_a_single_example_cannot_be_calibrated() -> None:
    features, labels = clouds([2, 1])
    with pytest.raises(TooFewExamplesError):
        fit_calibrated(features, labels, SEED)


@pytest.mark.parametrize("fit", [fit_task, fit_calibrated])
def test_one_class_is_refused(fit: Any) -> None:
    features, _ = clouds([4])
    with pytest.raises(TooFewExamplesError, match="needs two labels with two examples each"):
        fit(features, ["a"] * 4, SEED)


def test_the_same_seed_gives_the_same_model() -> None:
    features, labels = clouds([9, 9, 9], spread=2.0)
    first, again = fit_calibrated(features, labels, SEED), fit_calibrated(features, labels, SEED)
    assert np.array_equal(first[0].weights, again[0].weights)
    assert np.array_equal(first[1].margins, again[1].margins)
    assert first[0].temperature == again[0].temperature


def test_the_temperature_is_the_one_that_held_out_texts_find_least_surprising() -> None:
    features, labels = clouds([60, 60, 60], spread=2.0)
    task, held_out = fit_calibrated(features, labels, SEED)
    right = np.array([held_out.classes.index(label) for label in labels])

    def surprise(temperature: float) -> float:
        return float(-np.log(softmax(held_out.margins / temperature)[np.arange(180), right]).mean())

    assert 0.02 <= task.temperature <= 5
    assert surprise(task.temperature) <= min(surprise(task.temperature * factor) for factor in (0.5, 0.9, 1.1, 2))
    confidence = softmax(held_out.margins / task.temperature).max(axis=1)
    is_right = held_out.margins.argmax(axis=1) == right
    assert abs(float(confidence.mean()) - float(is_right.mean())) < 0.05


def test_a_temperature_scales_the_margins() -> None:
    task = LinearTask(("a", "b"), np.eye(2, dtype=np.float32), np.zeros(2, np.float32), temperature=0.5)
    assert task.probabilities(sp.csr_matrix([[1.0, 0.0]]))[0] == pytest.approx(
        [1 / (1 + np.exp(-2)), 1 / (1 + np.exp(2))]
    )


def test_features_are_words_of_the_gloss_characters_as_written_and_the_vector() -> None:
    texts, english = ["Napa delo", "napa kouran"], ["no water", "no power"]
    features = TextFeatures.fit(texts, english)
    matrix = features.matrix(texts, english, np.array([[1, 0], [0, 1]], np.float32))
    assert features.word.get_feature_names_out().tolist() == ["no", "no power", "no water", "power", "water"]
    assert {" nap", "napa"} <= set(features.character.get_feature_names_out())
    assert matrix.shape == (2, 5 + len(features.character.get_feature_names_out()) + 2)
    assert matrix[:, -2:].toarray().tolist() == [[1, 0], [0, 1]]
    assert np.sqrt(matrix[:, 5:-2].power(2).sum(axis=1)).ravel() == pytest.approx(np.ones((1, 2)))
    folded = features.matrix(["NAPA DELO", "Nàpa kouran"], ["NO Water", "Nó power"], np.eye(2, dtype=np.float32))
    assert (folded != matrix).nnz == 0


@pytest.mark.parametrize(
    ("n", "wrong_in_ten"),
    [(0, 0), (1, 0), (44, 0), (300, 1), (2000, 5), (100, 10), (2000, 10)],
    ids=["no posts", "one post", "too few to prove anything", "nearly", "half", "none right", "none of many right"],
)
def test_without_evidence_there_is_no_threshold(n: int, wrong_in_ten: int) -> None:
    is_right = np.arange(n) % 10 >= wrong_in_ten
    assert auto_threshold(np.linspace(0.99, 0.5, n), is_right) is None


def test_the_threshold_is_the_lowest_confidence_that_the_evidence_supports() -> None:
    confidence = np.linspace(1, 0.5, 501)
    is_right = confidence > 0.8  # the 200 most confident are right, all others wrong
    threshold = auto_threshold(confidence, is_right)
    taken = int((confidence >= threshold).sum())
    assert taken == 205
    assert beta.ppf(0.1, 200, 6) >= 0.95 > beta.ppf(0.1, 200, 11)


def test_equal_confidences_are_taken_together_or_not_at_all() -> None:
    is_right = np.array([True] * 60 + [False] * 60)
    assert auto_threshold(np.full(120, 0.9), is_right) is None
    assert auto_threshold(np.full(120, 0.9), is_right[::-1]) is None


def test_a_threshold_keeps_its_promise_on_posts_it_has_not_seen() -> None:
    rng = np.random.default_rng(SEED)
    kept = 0
    for _ in range(60):
        confidence = rng.beta(4, 1, 600)
        threshold = auto_threshold(confidence, rng.random(600) < confidence)
        # calibrated: of the posts at or above t, the mean of their confidences is right
        kept += threshold is None or float(np.mean((fresh := rng.beta(4, 1, 20_000))[fresh >= threshold])) >= 0.95
    assert kept >= 0.85 * 60  # at an error level of 10 %, with room for chance


def test_each_language_is_judged_by_its_own_evidence() -> None:
    langs = ["en"] * 100 + ["fr"] * 100 + ["crs"] * 10
    confidence = np.concatenate([np.linspace(0.99, 0.9, 100), np.linspace(0.99, 0.9, 100), np.full(10, 0.99)])
    is_right = np.array([True] * 100 + [False] * 100 + [True] * 10)
    thresholds = thresholds_by_language(confidence, is_right, langs)
    assert thresholds == {"crs": None, "en": pytest.approx(0.9), "fr": None}
    assert list(thresholds) == ["crs", "en", "fr"]


def test_scope_is_the_share_of_known_posts_that_a_text_passes() -> None:
    scope = Scope(np.array([1.0, 2.0, 3.0, 4.0]))
    margins = np.array([[-5.0, 0.0], [0.5, -1.0], [0.0, 1.0], [2.0, 2.0]])
    assert scope.score(margins, np.array([0.0, 0.5, 0.5, 1.0])).tolist() == [0.0, 0.25, 0.5, 1.0]


def test_the_nearest_cosine_is_the_mean_over_the_five_nearest() -> None:
    examples = np.array([[1, 0], [1, 0], [1, 0], [1, 0], [0.6, 0.8], [0, 1], [-1, 0]], np.float32)
    assert nearest_cosine(np.array([[1, 0]], np.float32), examples).tolist() == [pytest.approx(4.6 / 5)]
    assert nearest_cosine(np.array([[1, 0]], np.float32), examples[:2]).tolist() == [1.0]


@pytest.mark.parametrize("n", [2, 4, 6, 9])
def test_a_post_is_not_its_own_nearest_example(n: int) -> None:
    alike = np.tile(np.array([[1, 0]], np.float32), (n, 1))
    assert nearest_cosine(alike, alike, skip_self=True).tolist() == pytest.approx([1.0] * n)
    apart = np.eye(n, dtype=np.float32)
    assert nearest_cosine(apart, apart, skip_self=True).tolist() == pytest.approx([0.0] * n)
