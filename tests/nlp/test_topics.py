import numpy as np
import pytest
from toy import toy_encode

from nlp.space import Vectors, unit_rows
from nlp.topics import SMALLEST_TOPIC, find_topics, matched_ids

SUBJECTS = {
    "water": [
        "no water in tap",
        "water cut again",
        "tap dry water gone",
        "dirty water in tap",
        "water low pressure tap",
    ],
    "bus": ["bus late morning", "last bus never came", "bus driver rude", "bus late again", "bus full every morning"],
    "dogs": ["stray dogs bark", "dogs bite children", "stray dogs near school", "dogs bark all night", "stray dogs"],
}


def posts_of(*subjects: str) -> list[str]:
    """The posts of the subjects, taken in turn."""
    return [text for group in zip(*(SUBJECTS[subject] for subject in subjects), strict=True) for text in group]


def clusters(sizes: list[int], spread: float = 0.15) -> Vectors:
    """Rows round one axis a cluster."""
    rng = np.random.default_rng(11)
    rows = [np.eye(16)[k] + rng.normal(0, spread, 16) for k, size in enumerate(sizes) for _ in range(size)]
    return unit_rows(np.array(rows, np.float32))


def test_clear_clusters_are_found_largest_first() -> None:
    sizes = [6, 14, 9]
    found = find_topics([f"text{i}" for i in range(sum(sizes))], clusters(sizes))
    assert [topic.members for topic in found] == [tuple(range(6, 20)), tuple(range(20, 29)), tuple(range(6))]
    assert [topic.topic for topic in found] == [0, 1, 2]


def test_topics_of_equal_size_come_in_the_order_of_their_first_post() -> None:
    rows = clusters([8, 8, 8])[[*range(16, 24), *range(16)]]
    found = find_topics([f"text{i}" for i in range(24)], rows)
    assert [topic.members[0] for topic in found] == [0, 8, 16]


def test_terms_are_the_words_that_a_topic_uses_more_than_the_rest() -> None:
    texts = posts_of("water", "bus", "dogs")
    found = find_topics(texts, clusters([5, 5, 5])[[k * 5 + i for i in range(5) for k in range(3)]])
    assert [topic.terms[0] for topic in found] == ["water", "bus", "dogs"]
    assert found[0].terms == ("water", "tap")
    assert found[0].label == "water, tap"
    assert [topic.members for topic in found] == [(0, 3, 6, 9, 12), (1, 4, 7, 10, 13), (2, 5, 8, 11, 14)]


def test_a_topic_has_six_terms_at_most_and_three_of_them_for_a_label() -> None:
    [topic] = find_topics(["alpha bravo charlie delta echo foxtrot golf"] * 4, np.ones((4, 1), np.float32))
    assert topic.terms == ("alpha", "bravo", "charlie", "delta", "echo", "foxtrot")
    assert topic.label == "alpha, bravo, charlie"


def test_short_words_numbers_and_words_of_one_post_only_are_no_terms() -> None:
    [topic] = find_topics(
        ["no bus 2026 7er rain", "no bus 2026 7er sun", "no bus 2026 7er wind"], np.ones((3, 1), np.float32)
    )
    assert topic.terms == ("bus",)


def test_stop_words_are_never_terms() -> None:
    texts = posts_of("water", "bus", "dogs")
    for topic in find_topics(texts, toy_encode(texts), {"water", "bus", "stray"}):
        assert {"water", "bus", "stray"} & set(topic.terms) == set()
    [topic] = find_topics(["Eau l'école", "eau l'ecole", "EAU L’école"], np.ones((3, 1), np.float32), {"l'ecole"})
    assert topic.terms == ("eau",)


def test_the_representative_is_the_post_nearest_the_middle() -> None:
    angles = np.radians([0, 10, 20])
    rows = np.column_stack([np.cos(angles), np.sin(angles)]).astype(np.float32)
    [topic] = find_topics(["a", "b", "c"], rows)
    assert topic.representative == 1


@pytest.mark.parametrize("n", [0, 1, 2])
def test_under_three_posts_there_is_no_topic(n: int) -> None:
    assert find_topics(["no water"] * n, np.ones((n, 1), np.float32)) == []


def test_no_topic_is_smaller_than_three_and_loners_belong_to_none() -> None:
    found = find_topics([f"text{i}" for i in range(14)], clusters([6, 5, 1, 1, 1]))
    assert min(len(topic.members) for topic in found) >= SMALLEST_TOPIC == 3
    assert find_topics(["one", "two", "three"], np.eye(3, dtype=np.float32)) == []


def test_no_post_is_in_two_topics() -> None:
    rows = unit_rows(np.random.default_rng(2).normal(size=(80, 8)).astype(np.float32))
    members = [i for topic in find_topics(["text"] * 80, rows) for i in topic.members]
    assert len(members) == len(set(members))


def test_the_same_posts_give_the_same_topics() -> None:
    rows = unit_rows(np.random.default_rng(2).normal(size=(80, 8)).astype(np.float32))
    texts = [f"text {i % 7} water" for i in range(80)]
    assert find_topics(texts, rows) == find_topics(list(texts), rows.copy())


def ids(text: str) -> set[str]:
    return set(text)


@pytest.mark.parametrize(
    ("previous", "current", "expected"),
    [
        pytest.param({4: ids("abc")}, [ids("abcd")], [4], id="a topic that grew keeps its id"),
        pytest.param({4: ids("abcdef")}, [ids("ab")], [4], id="a third is enough"),
        pytest.param({4: ids("abcdefg")}, [ids("ab")], [10], id="less is not"),
        pytest.param({4: ids("abc")}, [ids("xyz")], [10], id="a new topic gets a new id"),
        pytest.param({}, [ids("abc"), ids("xyz")], [10, 11], id="the first time all are new"),
        pytest.param({4: ids("abcdef")}, [ids("ab"), ids("cdef")], [10, 4], id="a topic that split: the larger share"),
        pytest.param({4: ids("abc"), 5: ids("de")}, [ids("abcde")], [4], id="topics that joined: the larger share"),
        pytest.param({4: ids("abc"), 5: ids("xyz")}, [ids("xyz"), ids("abc")], [5, 4], id="order does not matter"),
        pytest.param(
            {4: ids("abc"), 5: ids("xyz")}, [ids("abc"), ids("mno"), ids("xyz")], [4, 10, 5], id="one between"
        ),
        pytest.param({4: ids("abcd")}, [ids("ab"), ids("cd")], [4, 10], id="equal shares: the first"),
        pytest.param({4: ids("abc")}, [], [], id="no topics now"),
    ],
)
def test_topics_keep_their_ids(previous: dict[int, set[str]], current: list[set[str]], expected: list[int]) -> None:
    assert matched_ids(previous, current, next_id=10) == expected
