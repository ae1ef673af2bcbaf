from collections.abc import Callable

import numpy as np
import pytest
from sklearn.metrics.pairwise import cosine_similarity

from nlp.space import Vectors
from nlp.spelling import letter_vectors, word_vectors

Spelt = Callable[[list[str], int], Vectors]
EVERY = 10**6  # more dimensions than there are slices: nothing is projected
BOTH = pytest.mark.parametrize("spelt", [word_vectors, letter_vectors])

NAMES = ["water", "road", "bus", "light", "school", "clinic", "bridge", "market", "beach", "drain", "fence", "lamp"]
SAID = ["is broken", "is late again", "needs repair", "was closed today", "smells since Monday", "has no guard"]
WHERE = ["Anse Royale", "Beau Vallon", "Takamaka", "Grand Anse", "Mont Fleuri", "La Digue", "Baie Lazare"]


def many_texts(n: int = 300) -> list[str]:
    rng = np.random.default_rng(4)
    return [f"the {rng.choice(NAMES)} at {rng.choice(WHERE)} {rng.choice(SAID)}, number {i % 40}" for i in range(n)]


@BOTH
@pytest.mark.parametrize("dimensions", [8, 64, EVERY])
def test_equal_texts_have_equal_rows(spelt: Spelt, dimensions: int) -> None:
    texts = many_texts(60)
    rows = spelt([*texts, *texts], dimensions)
    assert np.array_equal(rows[:60], rows[60:])
    assert rows.dtype == np.float32


@BOTH
@pytest.mark.parametrize("dimensions", [8, EVERY])
def test_case_accents_and_signs_do_not_matter_in_spelling(spelt: Spelt, dimensions: int) -> None:
    plain = ["pas d'eau a l'ecole", "the water is gone", "lekol i ferme", "the school is shut"]
    dressed = ["PAS D’EAU à l'école !!!", "The  water… is gone 😡", "Lékol i fermé", "THE SCHOOL IS SHUT"]
    rows = spelt([*plain, *dressed, *many_texts(20)], dimensions)
    assert np.array_equal(rows[:4], rows[4:8])


@BOTH
@pytest.mark.parametrize("dimensions", [16, 64])
def test_few_dimensions_keep_cosines_up_to_the_stated_error(spelt: Spelt, dimensions: int) -> None:
    texts = many_texts()
    whole, few = spelt(texts, EVERY).astype(np.float64), spelt(texts, dimensions).astype(np.float64)
    pairs = np.triu_indices(len(texts), 1)
    error = (few @ few.T - whole @ whole.T)[pairs]
    assert whole.shape[1] > dimensions
    assert few.shape == (len(texts), dimensions)
    assert np.sqrt((error**2).mean()) <= 1.25 / np.sqrt(dimensions)
    assert abs(error.mean()) <= 0.4 / np.sqrt(dimensions)
    assert np.abs(error).max() <= 7 / np.sqrt(dimensions)
    lengths = np.linalg.norm(few, axis=1)
    assert abs(np.sqrt((lengths**2).mean()) - 1) <= 0.4 / np.sqrt(dimensions)


@BOTH
def test_more_dimensions_err_less(spelt: Spelt) -> None:
    texts = many_texts()
    exact = spelt(texts, EVERY)
    errors = [np.abs(rows @ rows.T - exact @ exact.T).mean() for rows in (spelt(texts, n) for n in (8, 32, 128))]
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < errors[0] / 2


@BOTH
def test_a_text_that_shares_nothing_is_a_zero_row(spelt: Spelt) -> None:
    texts = ["no water today", "qqqq zzzz", "no water again", "", "😡 !!!"]
    for dimensions in (2, EVERY):
        rows = spelt(texts, dimensions)
        assert not rows[[1, 3, 4]].any()
        assert rows[0].any()
    assert not spelt(["alpha", "bridge", "zzz"], EVERY).any()


@BOTH
@pytest.mark.parametrize("texts", [[""], ["one text alone"], ["", "", ""], ["alpha", "zzz"]])
def test_where_nothing_is_shared_there_is_a_row_a_text(spelt: Spelt, texts: list[str]) -> None:
    rows = spelt(texts, 16)
    assert rows.shape[0] == len(texts)
    assert not rows.any()


def cosines(rows: Vectors) -> Vectors:
    return np.asarray(cosine_similarity(rows))


def test_other_forms_of_a_word_are_near_by_letters_and_not_by_words() -> None:
    texts = ["flooding", "flooded", "lamps", "lamp", "flooding", "flooded", "lamps", "lamp"]
    by_letters, by_words = cosines(letter_vectors(texts, EVERY)), cosines(word_vectors(texts, EVERY))
    assert by_letters[0, 1] > 0.3
    assert by_letters[2, 3] > 0.3
    assert (by_letters[0, 2], by_words[0, 1], by_words[2, 3]) == (0, 0, 0)


def test_the_order_of_words_does_not_count() -> None:
    texts = ["the tap is dry", "dry is the tap", *many_texts(10)]
    for rows in (word_vectors(texts, EVERY), letter_vectors(texts, EVERY)):
        assert np.allclose(rows[0], rows[1])


def test_rare_words_count_more_than_common_ones() -> None:
    common = [f"the {name} is broken" for name in NAMES for _ in range(2)]
    rows = word_vectors(["the Perseverance tap is broken", "Perseverance clinic", *common], EVERY)
    near = cosines(rows)
    assert near[0, 1] > near[0, 2:].max()


@BOTH
def test_two_texts_that_share_one_common_word_are_not_alike(spelt: Spelt) -> None:
    rows = spelt(["There is no water at the house since Monday", "The last bus never came, we walked home"], EVERY)
    assert float(rows[0] @ rows[1]) < 0.5
