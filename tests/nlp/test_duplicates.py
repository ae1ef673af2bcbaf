from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from toy import toy_encode

from nlp.duplicates import DuplicateFinding, Statement, find_duplicates
from nlp.space import Vectors, unit_rows

MONDAY = datetime(2026, 8, 3, 9, tzinfo=UTC)
TEXT = "There is no water in our house since Monday morning and nobody answers the phone at the office"
OTHER = "The last bus to the village never came and my children walked home along the dark road"


def said(post_id: str, text: str, days: float | None = None, district: str | None = None) -> Statement:
    return Statement(post_id, text, None if days is None else MONDAY + timedelta(days=days), district)


def find(*statements: Statement, vectors: Vectors | None = None) -> list[DuplicateFinding]:
    return find_duplicates(statements, toy_encode([s.text for s in statements]) if vectors is None else vectors)


def same_matter(n: int, cosine: float = 0.95) -> Vectors:
    """Rows that all have the same cosine to each other."""
    rows = np.zeros((n, n + 1))
    rows[:, 0], rows[np.arange(n), 1 + np.arange(n)] = np.sqrt(cosine), np.sqrt(1 - cosine)
    return unit_rows(rows.astype(np.float32))


@pytest.mark.parametrize(
    "again",
    [
        pytest.param(TEXT, id="to the letter"),
        pytest.param(TEXT.upper() + "!!!", id="shouted"),
        pytest.param(TEXT.replace(" ", "\n") + " 😡", id="other line breaks, an emoji"),
        pytest.param(TEXT.replace("is", "ïs"), id="accents"),
    ],
)
def test_the_same_words_are_an_exact_repetition(again: str) -> None:
    assert find(said("a", TEXT), said("b", again)) == [
        DuplicateFinding("a", 0, "none", None, 1.0),
        DuplicateFinding("b", 0, "exact", "a", 1.0),
    ]


@pytest.mark.parametrize(
    "again",
    [
        pytest.param(TEXT.replace("morning", "evening"), id="edited"),
        pytest.param("Forwarded: " + TEXT, id="forwarded"),
        pytest.param("Fwd from a friend >> " + TEXT + " Please share!", id="forwarded with a plea"),
        pytest.param(TEXT + ". Regards, Gemma Volcy", id="signed"),
        pytest.param(TEXT.replace("water", "watter").replace("answers", "anwsers"), id="typing errors"),
    ],
)
def test_an_edited_forwarded_or_signed_copy_is_near(again: str) -> None:
    first, second = find(said("a", TEXT), said("b", again))
    assert (first.match, second.match, second.of, second.group) == ("none", "near", "a", 0)
    assert 0.55 <= second.score < 1


def test_the_score_of_a_near_copy_is_the_share_of_common_shingles() -> None:
    # " abcdefgh " and " abcdefgx " hold 7 shingles of four each, of which 5 are common: 5 of 9
    _, near = find(said("a", "abcdefgh"), said("b", "abcdefgx"), vectors=same_matter(2, 0.5))
    assert (near.match, near.score) == ("near", round(5 / 9, 4))


def test_other_words_for_another_matter_stay_apart() -> None:
    assert find(said("a", TEXT), said("b", OTHER)) == [
        DuplicateFinding("a", 0, "none", None, 1.0),
        DuplicateFinding("b", 1, "none", None, 1.0),
    ]


def test_other_words_for_the_same_matter_are_semantic_and_scored_by_their_cosine() -> None:
    posts = [said("a", TEXT, 0, "SC-09"), said("b", OTHER, 3, "SC-09")]
    assert find(*posts, vectors=same_matter(2)) == [
        DuplicateFinding("a", 0, "none", None, 1.0),
        DuplicateFinding("b", 0, "semantic", "a", 0.95),
    ]


@pytest.mark.parametrize(
    ("left", "right", "is_one"),
    [
        pytest.param((0, "SC-09"), (30, "SC-09"), True, id="thirty days"),
        pytest.param((0, "SC-09"), (30.1, "SC-09"), False, id="more than thirty days"),
        pytest.param((31, "SC-09"), (0, "SC-09"), False, id="the later one first"),
        pytest.param((0, "SC-09"), (0, "SC-08"), False, id="another district"),
        pytest.param((None, "SC-09"), (99, "SC-09"), True, id="a missing time"),
        pytest.param((0, None), (0, "SC-08"), True, id="a missing place"),
        pytest.param((None, None), (None, None), True, id="both missing"),
        pytest.param((None, "SC-09"), (0, "SC-08"), False, id="a missing time does not excuse the place"),
        pytest.param((0, None), (99, "SC-08"), False, id="a missing place does not excuse the time"),
    ],
)
def test_semantic_repetitions_are_near_in_time_and_place(
    left: tuple[float | None, str | None], right: tuple[float | None, str | None], is_one: bool
) -> None:
    first, second = find(said("a", TEXT, *left), said("b", OTHER, *right), vectors=same_matter(2))
    assert (first.group == second.group) is is_one


def test_a_post_without_a_place_does_not_join_two_districts() -> None:
    posts = [said("a", TEXT, 0, "SC-09"), said("b", OTHER, 0), said("c", "napa delo depi lendi", 0, "SC-08")]
    findings = find(*posts, vectors=same_matter(3))
    assert findings[0].group != findings[2].group


def test_a_lower_cosine_is_not_the_same_matter() -> None:
    first, second = find(said("a", TEXT, 0), said("b", OTHER, 0), vectors=same_matter(2, 0.85))
    assert (first.group, second.group) == (0, 1)


def test_a_copy_is_a_copy_however_late_and_wherever() -> None:
    findings = find(said("a", TEXT, 0, "SC-09"), said("b", TEXT, 300, "SC-08"), said("c", "Fwd: " + TEXT, 200, "SC-01"))
    assert [(f.match, f.of) for f in findings] == [("none", None), ("exact", "a"), ("near", "a")]


def test_the_earliest_speaks_for_the_group_also_when_listed_later() -> None:
    findings = find(said("a", TEXT, 2), said("b", TEXT, 0), said("c", TEXT, 1), said("d", OTHER, 0))
    assert [(f.post_id, f.group, f.match, f.of) for f in findings] == [
        ("a", 0, "exact", "b"), ("b", 0, "none", None), ("c", 0, "exact", "b"), ("d", 1, "none", None)
    ]  # fmt: skip


def test_a_known_time_goes_before_a_missing_one_and_order_decides_among_the_missing() -> None:
    assert [f.of for f in find(said("a", TEXT), said("b", TEXT, 5))] == ["b", None]
    assert [f.of for f in find(said("a", TEXT), said("b", TEXT))] == [None, "a"]
    assert [f.of for f in find(said("a", TEXT, 1), said("b", TEXT, 1))] == [None, "a"]


def test_groups_count_from_zero_in_the_order_of_their_first_posts() -> None:
    findings = find(
        said("a", OTHER, 9), said("b", TEXT, 1), said("c", OTHER, 1), said("d", "three"), said("e", TEXT, 0)
    )
    assert [f.post_id for f in findings] == ["a", "b", "c", "d", "e"]
    assert [f.group for f in findings] == [0, 1, 0, 2, 1]


@pytest.mark.parametrize("text", ["", "   ", "😡", "!!!"])
def test_posts_without_words_never_merge(text: str) -> None:
    findings = find(said("a", text, 0), said("b", text, 0), said("c", text, 0))
    assert [(f.group, f.match, f.of) for f in findings] == [(0, "none", None), (1, "none", None), (2, "none", None)]


def test_a_group_holds_what_is_alike_step_by_step() -> None:
    steps = [
        "one two three four five six seven",
        "one two three four five six nine",
        "zero two three four five six nine",
    ]
    assert [f.group for f in find(*(said(str(i), text) for i, text in enumerate(steps)))] == [0, 0, 0]


def test_no_posts_give_no_findings_and_one_stands_alone() -> None:
    assert find_duplicates([], np.zeros((0, 4), np.float32)) == []
    assert find(said("a", TEXT)) == [DuplicateFinding("a", 0, "none", None, 1.0)]


WORDS = st.lists(st.sampled_from(["water", "road", "bus", "no", "😡"]), max_size=4).map(" ".join)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(WORDS, st.none() | st.integers(0, 90), st.sampled_from([None, "SC-01", "SC-02"])), max_size=12)
)
def test_every_group_has_one_original_that_the_others_name(rows: list[tuple[str, int | None, str | None]]) -> None:
    findings = find(*(said(str(i), *row) for i, row in enumerate(rows)))
    assert [f.post_id for f in findings] == [str(i) for i in range(len(rows))]
    originals = {f.group: f.post_id for f in findings if f.of is None}
    assert sorted(originals) == sorted({f.group for f in findings})
    assert [f for f in findings if f.of is not None and f.of != originals[f.group]] == []
    assert [f for f in findings if (f.match == "none") != (f.of is None)] == []
    assert list(dict.fromkeys(f.group for f in findings)) == list(range(len(originals)))


@pytest.mark.parametrize(
    ("left", "right", "is_one"),
    [
        pytest.param((0, "SC-09"), (3, "SC-09"), True, id="there and then"),
        pytest.param((0, None), (3, "SC-09"), True, id="one place unknown"),
        pytest.param((None, "SC-09"), (3, "SC-09"), True, id="one time unknown"),
        pytest.param((0, "SC-09"), (3, "SC-08"), False, id="elsewhere"),
        pytest.param((0, "SC-09"), (300, "SC-09"), False, id="long after"),
    ],
)
@pytest.mark.parametrize("again", ["No water again!", "no water again tonight"])
def test_a_short_sentence_said_elsewhere_or_long_after_is_news(
    left: tuple[float | None, str | None], right: tuple[float | None, str | None], is_one: bool, again: str
) -> None:
    first, second = find(said("a", "no water again", *left), said("b", again, *right), vectors=same_matter(2, 0.5))
    assert (first.group == second.group) is is_one


def test_a_short_sentence_said_day_after_day_is_one_matter_and_a_year_later_another() -> None:
    findings = find(*(said(str(day), "no water again", day, "SC-09") for day in (0, 20, 40, 400)))
    assert [f.group for f in findings] == [0, 0, 0, 1]
