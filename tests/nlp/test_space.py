import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from toy import DIMENSIONS, RecordingEncoder, toy_encode

from nlp.space import LONGEST_PHRASE, Space, gloss, language_means, unit_rows

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


def test_equal_texts_are_encoded_once() -> None:
    encoder = RecordingEncoder([])
    vectors = Space(encoder).embed(["water", "bridge", "water", "water"])
    assert encoder.calls == [["water", "bridge"]]
    assert np.array_equal(vectors, toy_encode(["water", "bridge", "water", "water"]))


def test_vectors_come_in_the_order_of_the_texts_and_have_length_one() -> None:
    texts = ["no water", "a hole in the road", "no power"]
    vectors = Space(lambda said: 3 * toy_encode(said)).embed(texts)
    assert vectors.dtype == np.float32
    assert vectors.shape == (3, DIMENSIONS)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(3), abs=1e-6)
    assert np.allclose(vectors, toy_encode(texts), atol=1e-6)


def test_no_texts_give_no_rows() -> None:
    space = Space(toy_encode, means={"en": toy_encode(["no"])[0]})
    assert space.embed([]).shape == (0, 0)
    assert space.centre(space.embed([]), []).shape == (0, 0)


def test_embedding_leaves_the_vectors_as_the_encoder_gives_them() -> None:
    space = Space(toy_encode, {"crs": LEXICON}, {"en": toy_encode(["no"])[0] / 2})
    assert np.allclose(space.embed(["no water", "delo"]), toy_encode(["no water", "delo"]), atol=1e-6)


def test_each_language_is_centred_on_its_own_mean() -> None:
    means = {"en": np.eye(DIMENSIONS, dtype=np.float32)[0], "fr": np.eye(DIMENSIONS, dtype=np.float32)[1]}
    word = toy_encode(["pont"])
    encoded = np.repeat(word, 3, axis=0)
    vectors = Space(toy_encode, means=means).centre(encoded, ["en", "fr", "crs"])
    assert vectors.dtype == np.float32
    assert np.allclose(vectors[0:1], unit_rows(word - means["en"]), atol=1e-6)
    assert np.allclose(vectors[1:2], unit_rows(word - means["fr"]), atol=1e-6)
    assert np.allclose(vectors[2:3], word, atol=1e-6)  # a language that has no mean is left where it is
    assert np.array_equal(encoded, np.repeat(word, 3, axis=0))


def test_a_space_without_means_centres_nothing() -> None:
    encoded = toy_encode(["pont", "road"])
    assert np.array_equal(Space(toy_encode).centre(encoded, ["fr", "en"]), encoded)


def test_the_means_of_the_languages_are_of_their_own_texts_only() -> None:
    means = language_means(toy_encode(["water", "power", "pont"]), ["en", "en", "fr"])
    assert list(means) == ["en", "fr"]
    assert np.allclose(means["en"], toy_encode(["water", "power"]).mean(axis=0), atol=1e-6)
    assert np.allclose(means["fr"], toy_encode(["pont"])[0], atol=1e-6)


def test_centring_brings_the_same_matter_in_two_languages_together() -> None:
    before = toy_encode(["hello there water", "hello there road", "bonzour zot water", "bonzour zot road"])
    langs = ["en", "en", "crs", "crs"]
    after = Space(toy_encode, means=language_means(before, langs)).centre(before, langs)
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
