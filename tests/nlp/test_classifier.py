from collections.abc import Mapping
from itertools import pairwise

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer

from nlp.classifier import (
    ANY_LANGUAGE,
    WORD_PATTERN,
    LinearTask,
    Scope,
    TextFeatures,
    nearest_cosine,
    raw_scope,
    softmax,
)
from nlp.learning import fit_characters, fit_words
from nlp.words import fold


def task_of_two(temperatures: Mapping[str, float]) -> LinearTask:
    """A task whose margins are the two features themselves."""
    return LinearTask(("a", "b"), np.eye(2, dtype=np.float32), np.zeros(2, np.float32), temperatures)


def features_of(texts: list[str], english: list[str], vector_weight: float = 1.0) -> TextFeatures:
    return TextFeatures(
        fit_words(english),
        fit_characters(texts),
        fit_characters(english) if texts != english else None,
        vector_weight,
    )


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


def test_margins_are_the_weighted_features_and_the_bias() -> None:
    task = LinearTask(("a", "b"), np.array([[1, -1], [0, 2]], np.float32), np.array([0.5, 0], np.float32), {})
    assert task.margins(sp.csr_matrix([[1.0, 0.0], [2.0, 3.0]])).tolist() == [[1.5, -1.0], [2.5, 4.0]]


def test_a_temperature_scales_the_margins() -> None:
    task = task_of_two({ANY_LANGUAGE: 0.5})
    expected = [1 / (1 + np.exp(-2)), 1 / (1 + np.exp(2))]
    assert task.probabilities(np.array([[1.0, 0.0]]), ["en"])[0] == pytest.approx(expected)


def test_each_post_is_read_at_the_temperature_of_its_language_and_other_languages_at_the_common_one() -> None:
    task = task_of_two({ANY_LANGUAGE: 1.0, "en": 0.5, "crs": 2.0})
    probabilities = task.probabilities(np.array([[1.0, 0.0]] * 4), ["crs", "other", "en", "fr"])
    expected = [1 / (1 + np.exp(-1 / temperature)) for temperature in (2.0, 1.0, 0.5, 1.0)]
    assert probabilities[:, 0] == pytest.approx(expected)
    assert probabilities.sum(axis=1) == pytest.approx(np.ones(4))


def test_features_are_words_of_the_gloss_characters_as_written_characters_of_the_gloss_and_the_vector() -> None:
    texts, english = ["napa delo", "napa kouran"], ["no water", "no power"]
    features = features_of(texts, english, vector_weight=3.0)
    assert features.gloss is not None
    matrix = features.matrix(texts, english, np.eye(2, dtype=np.float32))
    words, written, glossed = features.word.terms, features.character.terms, features.gloss.terms
    assert words == ["no", "no power", "no water", "power", "water"]
    assert {" nap", "napa"} <= set(written)
    assert {" wat", "water"} <= set(glossed)
    assert matrix.shape == (2, len(words) + len(written) + len(glossed) + 2)
    assert matrix[:, -2:].toarray().tolist() == [[3, 0], [0, 3]]
    ends = np.cumsum([0, len(words), len(written), len(glossed)])
    for first, last in pairwise(ends):  # each block has rows of length 1
        assert np.sqrt(matrix[:, first:last].power(2).sum(axis=1)).ravel() == pytest.approx(np.ones((1, 2)))


def test_where_nothing_is_glossed_the_gloss_has_no_features_of_its_own() -> None:
    texts = ["no water", "no power"]
    features = features_of(texts, texts)
    matrix = features.matrix(texts, texts, np.eye(2, dtype=np.float32))
    assert matrix.shape == (2, 5 + len(features.character.terms) + 2)


TEXTS = st.lists(st.text(st.sampled_from("abé水 \n.,'1"), max_size=30) | st.text(max_size=8), max_size=4)


@settings(max_examples=100, deadline=None)
@given(TEXTS)
def test_weights_of_terms_are_those_that_scikit_learn_gives(texts: list[str]) -> None:
    learned = ["a ba ba b'a 1 1a", "ab é abé, baba", "水1 a. b", "aa aa aa"]
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=WORD_PATTERN, dtype=np.float32)
    characters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True, dtype=np.float32)
    folded = [fold(text) for text in texts] + ["a"]
    for ours, theirs in ((fit_words(learned), words), (fit_characters(learned, longest=4), characters)):
        expected = theirs.fit(learned).transform(folded)
        assert ours.transform(folded).toarray() == pytest.approx(expected.toarray(), abs=1e-6)


def test_case_and_accents_make_no_difference_to_the_features() -> None:
    texts, english, vectors = ["napa delo", "napa kouran"], ["no water", "no power"], np.eye(2, dtype=np.float32)
    features = features_of(texts, english)
    folded = features.matrix(["NAPA DELO", "Nàpa kouran"], ["NO Water", "Nó power"], vectors)
    assert (folded != features.matrix(texts, english, vectors)).nnz == 0


def test_words_never_seen_before_weigh_nothing() -> None:
    features = features_of(["no water"], ["no water"])
    matrix = features.matrix(["zzz"], ["zzz"], np.zeros((1, 2), np.float32))
    assert matrix.nnz == 0


def test_scope_is_the_share_of_known_posts_that_a_text_passes() -> None:
    scope = Scope(np.array([1.0, 2.0, 3.0, 4.0]))
    margins = np.array([[-5.0, 0.0], [0.5, -1.0], [0.0, 1.0], [2.0, 2.0]])
    assert scope.score(margins, np.array([0.0, 0.5, 0.5, 1.0])).tolist() == [0.0, 0.25, 0.5, 1.0]


def test_likeness_to_the_examples_counts_three_times_as_much_as_the_margin() -> None:
    assert raw_scope(np.array([[-1.0, 0.5], [0.0, -2.0]]), np.array([0.25, 1.0])).tolist() == [1.25, 3.0]


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
