from collections.abc import Sequence

import numpy as np
import pytest
from toy import toy_encode

from nlp.faqs import MOST_AT_ONCE, Faq, find_faqs
from nlp.space import Vectors, unit_rows


def questions(matters: Sequence[int], spread: float = 0.2) -> Vectors:
    """A row a question: along the axis of its matter, a little off along an axis of its own."""
    rows = np.zeros((len(matters), 10 + len(matters)), np.float32)
    for i, matter in enumerate(matters):
        rows[i, matter], rows[i, 10 + i] = 1, spread
    return unit_rows(rows)


def members(faqs: list[Faq]) -> list[tuple[int, ...]]:
    return [faq.members for faq in faqs]


def test_questions_on_one_thing_are_one_entry_most_asked_first() -> None:
    faqs = find_faqs(questions([4, 7, 7, 7, 4, 2]))
    assert members(faqs) == [(1, 2, 3), (0, 4), (5,)]
    assert [faq.faq for faq in faqs] == [0, 1, 2]


def test_entries_of_equal_size_come_in_the_order_of_their_first_question() -> None:
    assert members(find_faqs(questions([5, 1, 5, 1, 3, 3]))) == [(0, 2), (1, 3), (4, 5)]


def test_the_question_in_the_middle_speaks_for_all() -> None:
    rows = np.zeros((7, 8), np.float32)
    rows[[0, 1, 2], 0], rows[[0, 2], 5] = 1, (0.1, -0.1)  # the second lies between the first and the third
    rows[[3, 4], 1], rows[[3, 4], 6] = 1, (0.15, -0.15)
    rows[[5, 6], 2], rows[[5, 6], 7] = 1, (0.15, -0.15)
    faqs = find_faqs(unit_rows(rows))
    assert members(faqs) == [(0, 1, 2), (3, 4), (5, 6)]
    assert faqs[0].question == 1


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
    assert members(find_faqs(vectors)) == expected


def test_questions_repeated_word_for_word_are_one_entry_each() -> None:
    texts = ["how do I renew my passport", "when does the last bus leave", "who pays a widow's pension"]
    assert members(find_faqs(toy_encode(texts * 3))) == [(0, 3, 6), (1, 4, 7), (2, 5, 8)]


def test_every_question_is_in_exactly_one_entry_that_one_of_its_own_speaks_for() -> None:
    rng = np.random.default_rng(3)
    faqs = find_faqs(questions(rng.integers(0, 8, 40).tolist(), spread=0.6))
    assert sorted(i for group in members(faqs) for i in group) == list(range(40))
    assert [faq.faq for faq in faqs if faq.question not in faq.members] == []


def test_the_same_questions_give_the_same_entries() -> None:
    vectors = questions([4, 7, 7, 7, 4, 2, 9, 9], spread=0.5)
    assert find_faqs(vectors) == find_faqs(vectors.copy())


def test_too_many_questions_leave_the_oldest_out_and_keep_positions() -> None:
    vectors = np.tile(questions([1, 2]), (MOST_AT_ONCE // 2 + 3, 1))
    faqs = find_faqs(vectors)
    assert min(i for group in members(faqs) for i in group) == 6
    assert sum(len(group) for group in members(faqs)) == MOST_AT_ONCE
