from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from toy import toy_vectors
from wild import any_rows, any_text

from nlp.space import Vectors, unit_rows
from nlp.topics import SMALLEST_TOPIC, Topic, TopicPost, find_topics

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
IN_TURN = [k * 5 + i for i in range(5) for k in range(3)]


def posts_of(*subjects: str) -> list[str]:
    """The posts of the subjects, taken in turn."""
    return [text for group in zip(*(SUBJECTS[subject] for subject in subjects), strict=True) for text in group]


def clusters(sizes: list[int], spread: float = 0.15, dimensions: int = 16) -> Vectors:
    """Rows round one axis a cluster."""
    rng = np.random.default_rng(11)
    rows = [
        np.eye(dimensions)[k] + rng.normal(0, spread, dimensions) for k, size in enumerate(sizes) for _ in range(size)
    ]
    return unit_rows(np.array(rows, np.float32))


def english(texts: Sequence[str]) -> list[TopicPost]:
    return [TopicPost(text, text, "en") for text in texts]


def apart(n: int) -> list[TopicPost]:
    """Posts that have no word in common."""
    return english([f"text{i}" for i in range(n)])


def beside_others(
    posts: Sequence[TopicPost], vectors: Vectors | None = None, stop_words: frozenset[str] = frozenset()
) -> Topic:
    """The topic of these posts among thirty others on six other things."""
    n = len(posts)
    mine = np.tile(np.eye(16)[15], (n, 1)) if vectors is None else np.hstack([np.zeros((n, 12)), vectors])
    rows = np.vstack([mine, clusters([5] * 6)])
    found = find_topics([*posts, *apart(30)], unit_rows(rows.astype(np.float32)), stop_words)
    [topic] = [topic for topic in found if topic.members[0] == 0]
    assert topic.members == tuple(range(n))
    return topic


def test_clear_clusters_are_found_largest_first() -> None:
    sizes = [6, 14, 9]
    found = find_topics(apart(sum(sizes)), clusters(sizes))
    assert [topic.members for topic in found] == [tuple(range(6, 20)), tuple(range(20, 29)), tuple(range(6))]
    assert [topic.topic for topic in found] == [0, 1, 2]


def test_topics_of_equal_size_come_in_the_order_of_their_first_post() -> None:
    rows = clusters([8, 8, 8])[[*range(16, 24), *range(16)]]
    assert [topic.members[0] for topic in find_topics(apart(24), rows)] == [0, 8, 16]


@pytest.mark.parametrize(
    "sizes",
    [
        pytest.param([200, 40, 3], id="three of two hundred and forty"),
        pytest.param([4] * 40, id="forty of four each"),
        pytest.param([1000, 300, 60, 60, 20], id="a thousand and twenty"),
    ],
)
def test_large_and_small_topics_are_found_side_by_side(sizes: list[int]) -> None:
    found = find_topics(apart(sum(sizes)), clusters(sizes, 0.08, dimensions=40))
    begins = np.cumsum([0, *sizes])
    assert [topic.members for topic in found] == [tuple(range(start, end)) for start, end in pairwise(begins.tolist())]


def test_words_tell_apart_what_is_near_in_meaning() -> None:
    texts = [
        f"{subject} {word}"
        for word in ("queue", "closed", "again", "today", "slow", "late")
        for subject in ("passport counter", "fuel jetty")
    ]
    found = find_topics(english(texts), clusters([len(texts)], 0.03))
    assert [topic.members for topic in found] == [tuple(range(0, 12, 2)), tuple(range(1, 12, 2))]


def test_words_are_compared_in_the_gloss() -> None:
    texts = [
        ("delo", "water"),
        ("eau", "water"),
        ("water", "water"),
        ("semen", "road"),
        ("route", "road"),
        ("road", "road"),
    ]
    posts = [TopicPost(text, f"{gloss} {gloss}works", "en") for text, gloss in texts * 3]
    found = find_topics(posts, clusters([len(posts)]))
    roads = [i for i, post in enumerate(posts) if post.gloss.startswith("road")]
    assert sorted(topic.members for topic in found) == sorted(
        [tuple(roads), tuple(i for i in range(len(posts)) if i not in roads)]
    )


def test_categories_tell_apart_what_is_alike_in_all_else_and_cut_no_clear_topic() -> None:
    categories = ["roads", "water"] * 12
    posts = [TopicPost(f"text{i}", f"text{i}", "en", category) for i, category in enumerate(categories)]
    found = find_topics(posts, clusters([24], 0.02))
    assert [topic.members for topic in found] == [tuple(range(0, 24, 2)), tuple(range(1, 24, 2))]
    found = find_topics(posts, clusters([8, 8, 8]))
    assert [topic.members for topic in found] == [tuple(range(8)), tuple(range(8, 16)), tuple(range(16, 24))]


def test_terms_are_the_words_and_phrases_that_a_topic_uses_more_than_the_rest() -> None:
    texts = posts_of("water", "bus", "dogs")
    found = find_topics(english(texts), clusters([5, 5, 5])[IN_TURN])
    assert [topic.members for topic in found] == [(0, 3, 6, 9, 12), (1, 4, 7, 10, 13), (2, 5, 8, 11, 14)]
    assert [topic.terms for topic in found] == [
        ("water", "tap"), ("bus", "late", "morning"), ("stray dogs", "dogs bark"),
    ]  # fmt: skip
    assert [topic.label for topic in found] == ["water, tap", "bus, late, morning", "stray dogs, dogs bark"]


def test_a_word_that_all_topics_use_tells_none_apart() -> None:
    texts = [f"please {text}" for text in posts_of("water", "bus", "dogs")]
    found = find_topics(english(texts), clusters([5, 5, 5])[IN_TURN])
    assert [topic.terms[0].split()[-1] for topic in found] == ["water", "bus", "dogs"]
    assert [topic.terms.index("please") for topic in found if "please" in topic.terms[:-1]] == []


def test_a_topic_has_six_terms_at_most_and_three_of_them_for_a_label() -> None:
    names = ["alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel"]
    orders = [names, names[::-1], names[::2] + names[1::2], names[1::2] + names[::2]]
    topic = beside_others(english([" 1 ".join(order) for order in orders]))
    assert topic.terms == ("alpha", "bravo", "charlie", "delta", "echo", "foxtrot")
    assert topic.label == "alpha, bravo, charlie"


def test_a_phrase_stands_for_the_words_in_it() -> None:
    topic = beside_others(english(["water tank leaks", "old water tank", "water tank empty", "a water tank please"]))
    assert topic.terms == ("water tank",)


def test_a_phrase_runs_over_no_number_and_no_stop_word() -> None:
    posts = english(
        ["hole 12 road", "hole 12 road big", "a hole 12 road", "lamp the post", "lamp the post", "lamp the post"]
    )
    terms = beside_others(posts, stop_words=frozenset({"the"})).terms
    assert set(terms) == {"hole", "road", "lamp", "post"}


def test_short_words_numbers_and_words_of_one_post_only_are_no_terms() -> None:
    topic = beside_others(english(["no bus 2026 7er rain", "no bus 2026 7er sun", "no bus 2026 7er wind"]))
    assert topic.terms == ("bus",)


def test_what_one_post_alone_says_is_no_term() -> None:
    topic = beside_others(english(["alpha bravo", "charlie delta", "echo foxtrot"]))
    assert (topic.terms, topic.label) == ((), "")


def test_stop_words_are_never_terms() -> None:
    texts = posts_of("water", "bus", "dogs")
    stop_words = {"water", "bus", "stray"}
    for topic in find_topics(english(texts), toy_vectors(texts), stop_words):
        assert stop_words & {word for term in topic.terms for word in term.split()} == set()
    posts = [TopicPost(text, text, "fr") for text in ("Eau l'école", "eau l'ecole", "Eau L’école")]
    assert beside_others(posts, stop_words=frozenset({"l'ecole"})).terms == ("Eau",)


def test_terms_are_in_the_language_of_most_of_the_posts() -> None:
    said = [
        ("delo i koupe", "crs"),
        ("delo koupe ankor", "crs"),
        ("delo koupe", "crs"),
        ("water cut", "en"),
        ("water cut", "en"),
    ]
    posts = [TopicPost(text, "water cut", lang) for text, lang in said]
    assert beside_others(posts, stop_words=frozenset({"i"})).terms == ("delo koupe",)
    assert beside_others(posts[2:]).terms == ("water cut",)


def test_a_term_is_written_as_most_people_write_it() -> None:
    texts = ["Éclairage public", "éclairage public", "éclairage public", "ECLAIRAGE PUBLIC"]
    assert beside_others([TopicPost(text, "street light", "fr") for text in texts]).label == "éclairage public"


def test_the_representative_is_the_post_nearest_the_middle() -> None:
    angles = np.radians([10, 0, -10])
    rows = np.column_stack([np.cos(angles), np.sin(angles), np.zeros(3), np.zeros(3)])
    assert beside_others(apart(3), rows).representative == 1


def test_cohesion_is_the_mean_cosine_inside() -> None:
    vectors = clusters([7, 5, 9, 6, 4], 0.3)
    found = find_topics(apart(len(vectors)), vectors)
    cosines = vectors.astype(np.float64) @ vectors.astype(np.float64).T
    assert len(found) >= 4
    for topic in found:
        inside = cosines[np.ix_(topic.members, topic.members)]
        pairs = inside[~np.eye(len(topic.members), dtype=bool)]
        assert topic.cohesion == pytest.approx(pairs.mean(), rel=1e-3)
        assert topic.representative == topic.members[int(inside.sum(axis=1).argmax())]


def test_what_has_nothing_in_common_holds_together_less_than_a_topic() -> None:
    noise = unit_rows(np.random.default_rng(1).normal(size=(12, 40)).astype(np.float32))
    found = find_topics(apart(92), np.vstack([clusters([20, 20, 20, 20], 0.05, 40), noise]))
    clear = [topic.cohesion for topic in found if topic.members[0] < 80]
    heaps = [topic.cohesion for topic in found if topic.members[0] >= 80]
    assert len(clear) == 4
    assert max(heaps, default=0) < min(clear) / 2


@pytest.mark.parametrize("n", [0, 1, 2])
def test_under_three_posts_there_is_no_topic(n: int) -> None:
    assert find_topics(english(["no water"] * n), np.ones((n, 1), np.float32)) == []


def test_no_topic_is_smaller_than_three_and_loners_belong_to_none() -> None:
    found = find_topics(apart(14), clusters([6, 5, 1, 1, 1]))
    assert min(len(topic.members) for topic in found) >= SMALLEST_TOPIC == 3
    assert find_topics(english(["one", "two", "three"]), np.eye(3, dtype=np.float32)) == []


def test_posts_that_are_all_the_same_are_one_topic() -> None:
    [topic] = find_topics(english(["no water"] * 6), np.tile(np.eye(4, dtype=np.float32)[:1], (6, 1)))
    assert (topic.members, topic.terms) == (tuple(range(6)), ("water",))


def test_no_post_is_in_two_topics() -> None:
    rows = unit_rows(np.random.default_rng(2).normal(size=(80, 8)).astype(np.float32))
    members = [i for topic in find_topics(english(["text"] * 80), rows) for i in topic.members]
    assert len(members) == len(set(members))


def test_the_same_posts_give_the_same_topics() -> None:
    rows = unit_rows(np.random.default_rng(2).normal(size=(80, 8)).astype(np.float32))
    posts = english([f"text {i % 7} water" for i in range(80)])
    assert find_topics(posts, rows) == find_topics(list(posts), rows.copy())


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.tuples(any_text, any_text, st.sampled_from(["en", "fr", "crs", "xx"])), max_size=40),
    st.integers(0, 1000),
    st.none() | st.integers(1, 4),
)
def test_any_posts_are_sorted_into_topics(
    rows: list[tuple[str, str, str]], seed: int, n_directions: int | None
) -> None:
    found = find_topics([TopicPost(*row) for row in rows], any_rows(len(rows), seed, n_directions), {"the"})
    members = [i for topic in found for i in topic.members]
    assert len(members) == len(set(members))
    assert set(members) <= set(range(len(rows)))
    assert [len(topic.members) for topic in found] == sorted((len(topic.members) for topic in found), reverse=True)
    for topic in found:
        assert len(topic.members) >= SMALLEST_TOPIC
        assert topic.representative in topic.members
        assert len(topic.terms) <= 6
        assert topic.label == ", ".join(topic.terms[:3])
        assert np.isfinite(topic.cohesion)
