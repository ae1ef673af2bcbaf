from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from toy import DIMENSIONS, RecordingEncoder, toy_encode

from nlp.space import ALL_LANGUAGES, LONGEST_PHRASE, Space, Vectors, Views, gloss, language_means, unit_rows

LEXICON = {
    "delo": "water", "napa": "no", "napa delo": "water cut", "bor lanmer": "beach", "dan": "",
    "lo bor": "on the edge of", "a b c d e": "five", "a b c d e f": "six",
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "english"),
    [
        pytest.param("Napa delo", "water cut", id="the longest phrase first"),
        pytest.param("napa kouran", "no kouran", id="a word that is not known stays"),
        pytest.param("NAPA, delo!", "water cut", id="case and signs do not matter"),
        pytest.param("delo dan lakour", "water lakour", id="an empty entry drops the phrase"),
        pytest.param("dan dan", "", id="nothing left"),
        pytest.param("lo bor lanmer", "on the edge of lanmer", id="from left to right"),
        pytest.param("a b c d e f", "five f", id="no phrase longer than five words"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_a_post_is_glossed_word_by_word_longest_phrase_first(text: str, english: str) -> None:
    assert gloss(text, LEXICON) == english
    assert LONGEST_PHRASE == 5


def test_a_language_without_a_lexicon_is_encoded_as_it_is() -> None:
    space = Space(toy_encode, {"crs": LEXICON})
    assert space.english("No Water!", "en") == "No Water!"
    assert space.english("napa delo", "crs") == "water cut"
    assert space.english("napa delo", "other") == "napa delo"


def two_views(texts: Sequence[str]) -> Views:
    """The toy's view of each text, and its view of the text read backwards."""
    return np.concatenate([toy_encode(texts), toy_encode([text[::-1] for text in texts])], axis=1)


def means_of(**axes: int) -> dict[str, Vectors]:
    """For each language a mean of one view along an axis."""
    return {lang: np.eye(DIMENSIONS, dtype=np.float32)[[axis]] for lang, axis in axes.items()}


def test_equal_texts_are_encoded_once() -> None:
    encoder = RecordingEncoder([])
    views = Space(encoder).embed(["water", "bridge", "water", "water"])
    assert encoder.calls == [["water", "bridge"]]
    assert np.array_equal(views, toy_encode(["water", "bridge", "water", "water"]))


def test_views_come_in_the_order_of_the_texts_and_each_has_length_one() -> None:
    texts = ["no water", "a hole in the road", "no power"]
    views = Space(lambda said: 3 * two_views(said)).embed(texts)
    assert views.dtype == np.float32
    assert views.shape == (3, 2, DIMENSIONS)
    assert np.linalg.norm(views, axis=2) == pytest.approx(np.ones((3, 2)), abs=1e-6)
    assert np.allclose(views, two_views(texts), atol=1e-6)


def test_no_texts_give_no_rows() -> None:
    space = Space(toy_encode, means=language_means(toy_encode(["no"]), ["en"]))
    assert space.embed([]).shape == (0, 1, 0)
    assert space.centre(space.embed([]), []).shape == (0, 1, 0)


def test_embedding_leaves_the_views_as_the_encoder_gives_them() -> None:
    space = Space(two_views, {"crs": LEXICON}, language_means(two_views(["no", "water"]), ["en", "en"]))
    assert np.allclose(space.embed(["no water", "delo"]), two_views(["no water", "delo"]), atol=1e-6)


def test_each_language_is_centred_on_its_own_mean_and_another_on_that_of_all() -> None:
    means = means_of(en=0, fr=1, all=2)
    word = toy_encode(["pont"])
    encoded = np.repeat(word, 4, axis=0)
    views = Space(toy_encode, means=means).centre(encoded, ["en", "fr", "crs", "other"])
    assert views.dtype == np.float32
    assert views.shape == encoded.shape
    for found, lang in zip(views, ["en", "fr", ALL_LANGUAGES, ALL_LANGUAGES], strict=True):
        assert np.allclose(found, unit_rows(word[0] - means[lang]), atol=1e-6)
    assert np.array_equal(encoded, np.repeat(word, 4, axis=0))


def test_each_view_is_centred_on_its_own_mean() -> None:
    langs = ["en", "en", "fr"]
    encoded = two_views(["water", "power", "pont"])
    together = Space(two_views, means=language_means(encoded, langs)).centre(encoded, langs)
    for view in range(2):
        alone = encoded[:, [view]]
        apart = Space(toy_encode, means=language_means(alone, langs)).centre(alone, langs)
        assert np.allclose(together[:, [view]], apart, atol=1e-6)
    assert not np.allclose(together[:, 0], together[:, 1], atol=1e-2)


def test_a_space_without_means_centres_nothing() -> None:
    encoded = two_views(["pont", "road"])
    assert np.array_equal(Space(two_views).centre(encoded, ["fr", "en"]), encoded)


def test_the_means_of_the_languages_are_of_their_own_texts_only_and_one_is_of_all() -> None:
    means = language_means(two_views(["water", "power", "pont"]), ["en", "en", "fr"])
    assert set(means) == {ALL_LANGUAGES, "en", "fr"}
    assert {mean.shape for mean in means.values()} == {(2, DIMENSIONS)}
    assert np.allclose(means["en"], two_views(["water", "power"]).mean(axis=0), atol=1e-6)
    assert np.allclose(means["fr"], two_views(["pont"])[0], atol=1e-6)
    assert np.allclose(means[ALL_LANGUAGES], two_views(["water", "power", "pont"]).mean(axis=0), atol=1e-6)


def test_centring_brings_the_same_matter_in_two_languages_together() -> None:
    encoded = toy_encode(["hello there water", "hello there road", "bonzour zot water", "bonzour zot road"])
    langs = ["en", "en", "crs", "crs"]
    before, after = encoded[:, 0], Space(toy_encode, means=language_means(encoded, langs)).centre(encoded, langs)[:, 0]
    assert np.argmax((before @ before.T - 2 * np.eye(4))[0]) == 1  # the other English post
    assert np.argmax((after @ after.T - 2 * np.eye(4))[0]) == 2  # the Creole post about water


def test_a_zero_row_stays_zero() -> None:
    assert unit_rows(np.array([[0, 0], [3, 4]], np.float32)).tolist() == [
        [0.0, 0.0],
        [pytest.approx(0.6), pytest.approx(0.8)],
    ]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(["napa", "delo", "dan", "pon", "bor", "lanmer"]), max_size=12))
def test_glossing_with_an_empty_lexicon_changes_no_word(tokens: list[str]) -> None:
    assert gloss(" ".join(tokens), {}).split() == tokens
