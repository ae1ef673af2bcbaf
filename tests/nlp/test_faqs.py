from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from toy import toy_vectors
from wild import any_rows, any_text

from nlp.faqs import Faq, asked_in, asks, find_faqs
from nlp.space import Vectors, unit_rows


def questions(matters: Sequence[int], spread: float = 0.2) -> Vectors:
    """A row a question: along the axis of its matter, a little off along an axis of its own."""
    rows = np.zeros((len(matters), 10 + len(matters)), np.float32)
    for i, matter in enumerate(matters):
        rows[i, matter], rows[i, 10 + i] = 1, spread
    return unit_rows(rows)


def asked(vectors: Vectors, texts: Sequence[str] | None = None) -> list[Faq]:
    """The entries; without texts every question is as long as the others."""
    return find_faqs(texts or [f"{i:05}" for i in range(len(vectors))], vectors)


def members(faqs: list[Faq]) -> list[tuple[int, ...]]:
    return [faq.members for faq in faqs]


def test_questions_on_one_thing_are_one_entry_most_asked_first() -> None:
    faqs = asked(questions([4, 7, 7, 7, 4, 2]))
    assert members(faqs) == [(1, 2, 3), (0, 4), (5,)]
    assert [faq.faq for faq in faqs] == [0, 1, 2]


def test_entries_of_equal_size_come_in_the_order_of_their_first_question() -> None:
    assert members(asked(questions([5, 1, 5, 1, 3, 3]))) == [(0, 2), (1, 3), (4, 5)]


def test_of_the_questions_near_the_middle_the_shortest_speaks_for_all() -> None:
    rows = np.zeros((8, 9), np.float32)
    rows[[0, 1, 2, 3], 0], rows[[0, 2, 3], 6] = 1, (0.1, -0.1, 0.4)  # the fourth lies at the edge
    rows[[4, 5], 1], rows[[4, 5], 7] = 1, (0.4, -0.4)
    rows[[6, 7], 2], rows[[6, 7], 8] = 1, (0.4, -0.4)
    texts = ["how long is it", "how is it", "how long is it now", "it", "abc", "abc", "abcd", "abc"]
    faq = find_faqs(texts, unit_rows(rows))[0]
    assert (faq.members, texts[faq.question]) == ((0, 1, 2, 3), "how is it")


def test_a_question_from_which_something_was_redacted_speaks_only_where_all_were() -> None:
    rows = np.tile(np.array([[1, 0]], np.float32), (3, 1))
    texts = ["Is [person] in?", "Is the officer of our district in?", "Is the head of the office in?"]
    assert [faq.question for faq in find_faqs(texts, rows)] == [2]
    assert [faq.question for faq in find_faqs([f"{text} [phone]" for text in texts], rows)] == [0]


@pytest.mark.parametrize(
    ("vectors", "expected"),
    [
        pytest.param(np.zeros((0, 4), np.float32), [], id="none"),
        pytest.param(np.eye(4, dtype=np.float32)[:1], [(0,)], id="one"),
        pytest.param(np.eye(4, dtype=np.float32)[[1, 1]], [(0, 1)], id="two alike"),
        pytest.param(np.eye(4, dtype=np.float32)[[1, 1, 1, 1]], [(0, 1, 2, 3)], id="all alike"),
        pytest.param(np.eye(4, dtype=np.float32)[:2], [(0,), (1,)], id="two on different things"),
        pytest.param(np.eye(4, dtype=np.float32), [(0,), (1,), (2,), (3,)], id="all on different things"),
    ],
)
def test_single_questions_stand_alone_and_equal_ones_together(
    vectors: Vectors, expected: list[tuple[int, ...]]
) -> None:
    assert members(asked(vectors)) == expected


def test_questions_repeated_word_for_word_are_one_entry_each() -> None:
    texts = ["how do I renew my passport", "when does the last bus leave", "who pays a widow's pension"]
    assert members(asked(toy_vectors(texts * 3), texts * 3)) == [(0, 3, 6), (1, 4, 7), (2, 5, 8)]


def test_every_question_is_in_exactly_one_entry_that_one_of_its_own_speaks_for() -> None:
    rng = np.random.default_rng(3)
    faqs = asked(questions(rng.integers(0, 8, 40).tolist(), spread=0.6))
    assert sorted(i for group in members(faqs) for i in group) == list(range(40))
    assert [faq.faq for faq in faqs if faq.question not in faq.members] == []


def test_the_same_questions_give_the_same_entries() -> None:
    vectors = questions([4, 7, 7, 7, 4, 2, 9, 9], spread=0.5)
    assert asked(vectors) == asked(vectors.copy())


def test_many_questions_about_few_things_are_as_many_entries() -> None:
    matters = np.random.default_rng(3).integers(0, 10, 400).tolist()
    faqs = asked(questions(matters, spread=0.6))
    assert {frozenset(group) for group in members(faqs)} == {
        frozenset(i for i, other in enumerate(matters) if other == matter) for matter in range(10)
    }
    assert [len(group) for group in members(faqs)] == sorted((len(group) for group in members(faqs)), reverse=True)


def test_questions_that_all_begin_alike_are_told_apart_by_what_follows() -> None:
    common = np.zeros((9, 12), np.float32)
    common[:, 11] = 3  # "how do I ..." outweighs all else
    common[np.arange(9), np.arange(9) % 3] = 1
    common[np.arange(9), 3 + np.arange(9) % 8] += 0.2
    assert members(asked(unit_rows(common))) == [(0, 3, 6), (1, 4, 7), (2, 5, 8)]


LONG = "We are five at home, my mother is old and it has been like this for more than a week now"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("No water in Anse Royale. When is it back? Thanks", id="a question and what it is about"),
        pytest.param("I want to know when it is back", id="no question mark"),
        pytest.param("", id="nothing"),
        pytest.param("?" * 140, id="140 characters"),
        pytest.param(f"{LONG}. {LONG}.", id="long without a question"),
    ],
)
def test_a_short_text_or_one_without_a_question_speaks_as_a_whole(text: str) -> None:
    assert asked_in(text) == text


@pytest.mark.parametrize(
    ("text", "question"),
    [
        pytest.param(f"{LONG}. When is it back? {LONG}.", "When is it back?", id="among other sentences"),
        pytest.param(f"{LONG}!! When will it be back?? {LONG}", "When will it be back??", id="asked twice over"),
        pytest.param(f"{LONG}. Quand revient l'eau ? {LONG}.", "Quand revient l'eau ?", id="a space before the mark"),
        pytest.param(f"Hello? {LONG}. When is it back? {LONG}. Why?", "When is it back?", id="the longest of several"),
        pytest.param(f"{LONG}\nwhen is it back?\n{LONG}", "when is it back?", id="a line of its own"),
        pytest.param(f"{LONG}… when is it back?! {LONG}", "when is it back?!", id="dots before, a shout behind"),
        pytest.param(f"{LONG}, when is it back? {LONG}.", f"{LONG}, when is it back?", id="long itself"),
        pytest.param(f"{LONG}. {LONG}. Are 3.5 rupees right?", "Are 3.5 rupees right?", id="a number"),
    ],
)
def test_the_question_of_a_long_text_is_the_sentence_that_asks(text: str, question: str) -> None:
    assert asked_in(text) == question


@settings(max_examples=60, deadline=None)
@given(st.lists(any_text, max_size=25), st.integers(0, 1000), st.none() | st.integers(1, 3))
def test_any_questions_are_each_in_one_entry(texts: list[str], seed: int, n_directions: int | None) -> None:
    faqs = find_faqs(texts, any_rows(len(texts), seed, n_directions))
    assert sorted(i for group in members(faqs) for i in group) == list(range(len(texts)))
    assert [faq.faq for faq in faqs] == list(range(len(faqs)))
    assert [faq for faq in faqs if faq.question not in faq.members] == []


@given(any_text)
def test_the_asking_sentence_is_a_part_of_the_text(text: str) -> None:
    assert asked_in(text) in text
    assert asked_in(text) == text or "?" in asked_in(text)


@pytest.mark.parametrize(
    ("text", "is_question"),
    [
        ("How long does a passport take", True),
        ("eski zot ouver samdi", True),
        ("Comment payer la facture", True),
        ("it is closed again?", True),
        ("The road is flooded", False),
        ("", False),
        ("😡", False),
    ],
)
def test_a_question_is_known_by_its_mark_or_its_first_word(text: str, is_question: bool) -> None:
    assert asks(text) is is_question
