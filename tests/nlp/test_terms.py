import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer

from nlp.learning import fit_characters, fit_words
from nlp.terms import CHARACTERS, WORD_PATTERN, WORDS, TfIdf
from nlp.words import fold

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


def test_the_weight_of_a_term_is_its_damped_count_times_its_idf_in_a_row_of_length_one() -> None:
    words = TfIdf(WORDS, 2, ["no", "no water", "water"], np.array([1, 3, 2], np.float32))
    row = np.array([1 + np.log(3), 3, 2])  # "no" three times
    found = words.transform(["no no no water", "zzz", ""]).toarray()
    assert found[0] == pytest.approx(row / np.linalg.norm(row))
    assert not found[1:].any()  # what is not known weighs nothing


def test_terms_of_characters_stay_inside_their_word() -> None:
    characters = TfIdf(CHARACTERS, 3, [" ba", "ab", "b b"], np.ones(3, np.float32))
    assert characters.transform(["ab bab"]).toarray()[0] == pytest.approx(
        np.array([1, 1 + np.log(2), 0]) / np.hypot(1, 1 + np.log(2))
    )
