from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.topic_history import TopicChange, changes, matched_ids


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


def told(previous: dict[int, set[str]], current: Sequence[set[str]]) -> list[TopicChange]:
    return changes(previous, current, matched_ids(previous, current, next_id=10))


@pytest.mark.parametrize(
    ("previous", "current", "expected"),
    [
        pytest.param(
            {4: ids("abcd"), 5: ids("xyz")}, [ids("abcdxyz")], [TopicChange("merged", 5, 4)], id="joined a larger one"
        ),
        pytest.param(
            {4: ids("abcd"), 5: ids("xyz")}, [ids("abcdxy")], [TopicChange("merged", 5, 4)], id="most of it joined"
        ),
        pytest.param({4: ids("abcd"), 5: ids("wxyz")}, [ids("abcdwx")], [], id="half of it is not most of it"),
        pytest.param(
            {4: ids("ab"), 5: ids("yz")},
            [ids("abyz123456")],
            [TopicChange("merged", 4, 10), TopicChange("merged", 5, 10)],
            id="two became part of a new one",
        ),
        pytest.param({4: ids("abcdef")}, [ids("abcd"), ids("ef")], [TopicChange("split", 10, 4)], id="a part went off"),
        pytest.param(
            {4: ids("abcdef")}, [ids("abcd"), ids("ef123456789")], [TopicChange("split", 10, 4)], id="new posts aside"
        ),
        pytest.param(
            {4: ids("abcdef"), 5: ids("uvwxyz")}, [ids("abcd"), ids("uvwx"), ids("efyz")], [], id="two halves make one"
        ),
        pytest.param(
            {4: ids("abcdef"), 5: ids("uvwxyz")},
            [ids("abcd"), ids("uvwxy"), ids("efz")],
            [TopicChange("split", 10, 4)],
            id="most of its known posts decide",
        ),
        pytest.param({4: ids("abc")}, [ids("abcd"), ids("xyz")], [], id="grown, and a new one of new posts"),
        pytest.param({4: ids("abc"), 5: ids("xyz")}, [ids("abc")], [], id="its posts are in no topic now"),
        pytest.param({4: ids("abcd"), 5: ids("xyz")}, [ids("abcx"), ids("yzd")], [], id="posts that change sides"),
        pytest.param({}, [ids("abc")], [], id="the first time"),
        pytest.param({4: ids("abc")}, [], [], id="no topics any more"),
    ],
)
def test_what_became_of_a_topic_is_told(
    previous: dict[int, set[str]], current: list[set[str]], expected: list[TopicChange]
) -> None:
    assert told(previous, current) == expected


PLACES = st.tuples(st.none() | st.integers(0, 5), st.none() | st.integers(0, 5))


@given(st.lists(PLACES, max_size=60))
def test_every_ended_topic_is_told_at_most_once_and_no_living_one_as_ended(
    places: list[tuple[int | None, int | None]],
) -> None:
    previous: dict[int, set[str]] = {}
    now: dict[int, set[str]] = {}
    for i, (was_in, is_in) in enumerate(places):
        if was_in is not None:
            previous.setdefault(was_in, set()).add(str(i))
        if is_in is not None:
            now.setdefault(is_in, set()).add(str(i))
    current = list(now.values())
    topic_ids = matched_ids(previous, current, next_id=10)
    assert len(set(topic_ids)) == len(topic_ids)
    assert {topic_id for topic_id in topic_ids if topic_id < 10} <= set(previous)
    found = changes(previous, current, topic_ids)
    merged = [change.topic_id for change in found if change.kind == "merged"]
    split = [change.topic_id for change in found if change.kind == "split"]
    assert len(merged) == len(set(merged))
    assert set(merged) <= set(previous) - set(topic_ids)
    assert len(split) == len(set(split))
    assert set(split) <= set(topic_ids) - set(previous)
    assert {change.other_id for change in found if change.kind == "merged"} <= set(topic_ids)
    assert {change.other_id for change in found if change.kind == "split"} <= set(topic_ids) & set(previous)
