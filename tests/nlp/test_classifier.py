from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from toy import DIMENSIONS, LEXICONS, TOY_POSTS, kernel_by_definition, some_of, toy_encode

from nlp.classifier import (
    ANY_LANGUAGE,
    Features,
    Scope,
    Task,
    TextFeatures,
    Typical,
    joined,
    nearness,
    scope_evidence,
    softmax,
)
from nlp.kernel_ridge import RIDGE
from nlp.learning import HEAD_START, VIEW_WEIGHTS, fit_characters, fit_features, fit_words, learn
from nlp.space import Space, Views, language_means, unit_rows

SEED = 7


def task_of_two(temperatures: Mapping[str, float]) -> Task:
    """A task whose margins are the two terms themselves."""
    nothing = np.zeros((0, 2), np.float32)
    return Task(("a", "b"), np.eye(2, dtype=np.float32), nothing, np.zeros(2, np.float32), temperatures)


def features_of(texts: list[str], english: list[str]) -> TextFeatures:
    return TextFeatures(
        fit_words(english), fit_characters(texts), fit_characters(english) if texts != english else None
    )


def views_of(n: int, views: int = 3, dimensions: int = 5, seed: int = SEED) -> Views:
    return unit_rows(np.random.default_rng(seed).normal(size=(n, views, dimensions)).astype(np.float32))


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


def test_margins_are_the_weighted_terms_the_weighted_nearness_and_the_bias() -> None:
    task = Task(
        ("a", "b"),
        np.array([[1, -1], [0, 2]], np.float32),
        np.array([[4, 0], [0, 8], [2, 2]], np.float32),
        np.array([0.5, 0], np.float32),
        {},
    )
    terms = sp.csr_matrix([[1.0, 0.0], [2.0, 3.0]])
    near = np.array([[0, 0, 0], [1, 0.5, 0.25]], np.float32)
    assert task.margins(terms, near).tolist() == [[1.5, -1.0], [2.5 + 4.5, 4.0 + 4.5]]


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


def test_features_are_words_of_the_gloss_characters_as_written_characters_of_the_gloss_and_the_views() -> None:
    texts, english, views = ["napa delo", "napa kouran"], ["no water", "no power"], views_of(2)
    learned = features_of(texts, english)
    assert learned.gloss is not None
    features = learned.of(texts, english, views)
    words, written, glossed = learned.word.terms, learned.character.terms, learned.gloss.terms
    assert words == ["no", "no power", "no water", "power", "water"]
    assert {" nap", "napa"} <= set(written)
    assert {" wat", "water"} <= set(glossed)
    assert features.blocks == 3
    assert features.terms.shape == (2, len(words) + len(written) + len(glossed))
    ends = np.cumsum([0, len(words), len(written), len(glossed)])
    for first, last in pairwise(ends):  # each block has rows of length 1
        assert np.sqrt(features.terms[:, first:last].power(2).sum(axis=1)).ravel() == pytest.approx(np.ones((1, 2)))
    vocabularies = [*words, *written, *glossed]
    for row, (text, gloss) in enumerate(zip(texts, english, strict=True)):
        weighty = [vocabularies[column] for column in features.terms[row].indices]
        assert weighty.count(text.split()[1][:5]) == 1  # as characters as written
        assert weighty.count(gloss) == 1  # as two words
        assert weighty.count(gloss.split()[1]) == 2  # as a word, and as characters of the gloss
    assert np.array_equal(features.views, joined(views))
    assert np.array_equal(features.sentences, views[:, 0])


def test_where_nothing_is_glossed_the_gloss_has_no_terms_of_its_own() -> None:
    texts = ["no water", "no power"]
    learned = features_of(texts, texts)
    features = learned.of(texts, texts, views_of(2))
    assert features.blocks == 2
    assert features.terms.shape == (2, 5 + len(learned.character.terms))


def test_case_and_accents_make_no_difference_to_the_terms() -> None:
    texts, english, views = ["napa delo", "napa kouran"], ["no water", "no power"], views_of(2)
    learned = features_of(texts, english)
    folded = learned.of(["NAPA DELO", "Nàpa kouran"], ["NO Water", "Nó power"], views)
    assert (folded.terms != learned.of(texts, english, views).terms).nnz == 0


def test_words_never_seen_before_weigh_nothing() -> None:
    features = features_of(["no water"], ["no water"]).of(["zzz"], ["zzz"], views_of(1))
    assert features.terms.nnz == 0


def test_no_texts_have_no_features() -> None:
    features = features_of(["no water"], ["no water"]).of([], [], Space(toy_encode).embed([]))
    assert (features.terms.shape[0], features.views.shape, features.sentences.shape) == (0, (0, 0), (0, 0))


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 5), st.integers(1, 6), st.integers(0, 99))
def test_the_product_of_joined_views_is_their_mean_cosine_the_sentence_counting_four_times(
    views: int, dimensions: int, seed: int
) -> None:
    one, other = views_of(3, views, dimensions, seed), views_of(4, views, dimensions, seed + 1)
    cosines = np.einsum("avd,bvd->abv", one, other)
    expected = (4 * cosines[:, :, 0] + cosines[:, :, 1:].sum(axis=2)) / (4 + views - 1)
    assert joined(one) @ joined(other).T == pytest.approx(expected, abs=1e-6)
    assert np.linalg.norm(joined(one), axis=1) == pytest.approx(np.ones(3), abs=1e-6)
    assert joined(one).dtype == np.float32


def test_a_single_view_is_joined_as_it_is() -> None:
    views = views_of(3, views=1)
    assert np.array_equal(joined(views), views[:, 0])


def test_nearness_is_one_where_texts_are_equal_and_falls_with_the_cosine() -> None:
    examples = np.array([[1, 0], [0.5, np.sqrt(0.75)], [0, 1], [-1, 0]], np.float32)
    near = nearness(np.array([[1, 0], [0, -1]], np.float32), examples)
    assert near.shape == (2, 4)
    assert near[0] == pytest.approx(np.exp([0, -1, -2, -4]))
    assert near[1, 2] == pytest.approx(np.exp(-4))


def toy_features() -> tuple[Features, Features, list[str], list[str]]:
    """Two views of the toy posts that teach and of the others, and the categories and languages of the first."""
    texts, langs, categories, _ = (list(column) for column in zip(*TOY_POSTS, strict=True))
    space = Space(lambda said: np.concatenate([toy_encode(said), toy_encode([s[::-1] for s in said])], 1), LEXICONS)
    english = [space.english(text, lang) for text, lang in zip(texts, langs, strict=True)]
    encoded = space.embed(english)
    assert encoded.shape == (len(texts), 2, DIMENSIONS)
    views = replace(space, means=language_means(encoded, langs)).centre(encoded, langs)
    is_taught = np.arange(len(texts)) % 3 < 2
    taught, rest = np.flatnonzero(is_taught), np.flatnonzero(~is_taught)
    features = fit_features(texts, english).of(texts, english, views)
    known, others = some_of(features, taught), some_of(features, rest)
    return known, others, [categories[i] for i in taught], [langs[i] for i in taught]


def test_weights_of_terms_and_of_examples_say_what_the_kernel_says() -> None:
    known, others, categories, langs = toy_features()
    n = len(categories)
    task = learn(known, {"category": categories}, langs, [None] * n, SEED).tasks["category"]
    said = np.array([[category == c for c in task.classes] for category in categories], np.float64)
    kernel = kernel_by_definition(known, known, VIEW_WEIGHTS[0])
    weights = np.linalg.solve(kernel + RIDGE * np.eye(n), said - said.mean(axis=0))
    expected = kernel_by_definition(others, known, VIEW_WEIGHTS[0]) @ weights + HEAD_START * said.mean(axis=0)
    found = task.margins(others.terms, nearness(others.views, known.views))
    assert known.blocks == 3
    assert found == pytest.approx(expected, abs=1e-4)
    assert found.shape == (len(TOY_POSTS) - n, 4)


# sentences of two numbers, of which the second weighs ten times as much; two categories along the axes
TYPICAL = Typical(np.diag([1, 10]).astype(np.float32), np.eye(2, dtype=np.float32))


def scope_of(slope: float = 2.0, shift: float = -1.0, typical: Typical | None = TYPICAL) -> Scope:
    return Scope(typical, slope, shift)


def test_how_typical_a_text_is_is_its_whitened_cosine_to_the_nearest_mean() -> None:
    sentences = np.array([[1, 0], [0.8, 0.6], [-1, 0], [-0.6, -0.8], [0, 0]], np.float32)
    found = TYPICAL.cosines(sentences)
    assert found == pytest.approx([1, 6 / np.hypot(0.8, 6), 0, -0.6 / np.hypot(0.6, 8), 0], abs=1e-6)
    assert found.dtype == np.float64


@pytest.mark.parametrize(
    ("typical", "cosines"),
    [
        pytest.param(TYPICAL, [1.0, 6 / np.hypot(0.8, 6)], id="by a whitened mean"),
        pytest.param(None, [0.0, 0.0], id="of too few texts for means"),
    ],
)
def test_scope_is_a_probability_by_margin_nearest_example_and_how_typical_a_text_is(
    typical: Typical | None, cosines: list[float]
) -> None:
    sentences = np.array([[1, 0], [0.8, 0.6]], np.float32)
    near = nearness(np.array([[1, 0], [0, 1]], np.float32), np.array([[0.6, 0.8], [1, 0]], np.float32))
    evidence = [0.5 + 0.9 * 1.0 - 0.6 * cosines[0], -0.25 + 0.9 * 0.8 - 0.6 * cosines[1]]
    found = scope_of(typical=typical).score(np.array([[0.5, 0.25], [-1, -0.25]]), near, sentences)
    assert found == pytest.approx([1 / (1 + np.exp(-(2 * e - 1))) for e in evidence], abs=1e-6)


def test_a_scope_that_nothing_tells_is_a_half_for_all() -> None:
    near = nearness(views_of(4, 1, 2)[:, 0], views_of(3, 1, 2, SEED + 1)[:, 0])
    margins = np.random.default_rng(SEED).normal(0, 9, (4, 3))
    assert Scope(None, 0.0, 0.0).score(margins, near, views_of(4, 1, 2)[:, 0]).tolist() == [0.5] * 4


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 999), st.floats(0, 50), st.floats(-50, 50), st.sampled_from([TYPICAL, None]))
def test_any_scope_of_any_text_is_between_0_and_1(
    seed: int, slope: float, shift: float, typical: Typical | None
) -> None:
    rng = np.random.default_rng(seed)
    near = nearness(views_of(4, 1, 2, seed)[:, 0], views_of(3, 1, 2, seed + 1)[:, 0])
    sentences = views_of(4, 1, 2, seed + 2)[:, 0]
    sentences[0] = 0  # as centring leaves the only text of a language
    found = scope_of(slope, shift, typical).score(rng.normal(size=(4, 3)), near, sentences)
    assert found.shape == (4,)
    assert ((found >= 0) & (found <= 1)).all()


def test_a_text_is_more_in_scope_the_surer_its_margin_and_the_nearer_its_nearest_example() -> None:
    sentence = np.array([[1, 0]], np.float32)

    def score(margin: float, cosine: float) -> float:
        near = np.exp(2 * (np.array([[cosine, -1]], np.float32) - 1))
        return float(scope_of().score(np.array([[margin, -2]]), near, sentence)[0])

    assert score(0.2, 0.5) < score(0.4, 0.5) < score(1.0, 0.5)
    assert score(0.2, 0.5) < score(0.2, 0.7) < score(0.2, 1.0)
    assert scope_evidence(np.array([0.2]), np.array([0.5]), np.array([0.1])) == pytest.approx([0.2 + 0.45 - 0.06])
