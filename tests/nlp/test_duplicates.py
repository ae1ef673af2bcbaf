from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from toy import toy_vectors
from wild import any_rows, any_text

from nlp.duplicates import SAME_MATTER, DuplicateFinding, Statement, find_duplicates
from nlp.space import Vectors, unit_rows

MONDAY = datetime(2026, 8, 3, 9, tzinfo=UTC)
TEXT = "There is no water in our house since Monday morning and nobody answers the phone at the office"
OTHER = "Stray dogs bark all night behind my shop, they bite children who walk past on their way to school"
CREOLE = "napa delo depi lendi"  # shares no letters in a row with TEXT
SPOT = (-4.62, 55.45)


def said(
    post_id: str,
    text: str,
    days: float | None = None,
    district: str | None = None,
    spot: tuple[float, float] | None = None,
) -> Statement:
    created_at = None if days is None else MONDAY + timedelta(days=days)
    return Statement(post_id, text, created_at, district, spot=spot)


def metres_off(north: float, east: float = 0) -> tuple[float, float]:
    """A spot so many metres from SPOT."""
    degree = 40_030_000 / 360
    return SPOT[0] + north / degree, SPOT[1] + east / (degree * float(np.cos(np.radians(SPOT[0]))))


def find(*statements: Statement, vectors: Vectors | None = None) -> list[DuplicateFinding]:
    return find_duplicates(statements, toy_vectors([s.text for s in statements]) if vectors is None else vectors)


MANY_WORDS = [
    "the bus is late", "no light in the street", "dogs bark all night", "a permit for a shop", "the clinic was closed",
    "school fees are high", "the beach is dirty", "a tree fell down", "noise from the bar", "my pension is late",
]  # fmt: skip


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
        DuplicateFinding("b", 0, "exact", "a", 1.0, "a"),
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
    assert (first.copy_of, second.copy_of) == (None, "a")
    assert 0.55 <= second.score < 1


def test_the_score_of_a_near_copy_is_the_share_of_common_shingles() -> None:
    # " abcdefgh " and " abcdefgx " hold 7 shingles of four each, of which 5 are common: 5 of 9
    _, near = find(said("a", "abcdefgh"), said("b", "abcdefgx"), vectors=same_matter(2, 0.5))
    assert (near.match, near.score) == ("near", round(5 / 9, 4))


def test_copies_of_a_post_that_is_not_the_first_of_its_group_are_told_too() -> None:
    posts = [said("a", TEXT, 0, "SC-09"), said("b", CREOLE, 1, "SC-09"), said("c", CREOLE + "!", 2, "SC-09")]
    found = find(*posts, vectors=same_matter(3))
    assert [(f.group, f.of, f.copy_of) for f in found] == [(0, None, None), (0, "a", None), (0, "a", "b")]


def test_other_words_for_another_matter_stay_apart() -> None:
    assert find(said("a", TEXT), said("b", OTHER)) == [
        DuplicateFinding("a", 0, "none", None, 1.0),
        DuplicateFinding("b", 1, "none", None, 1.0),
    ]


def test_other_words_for_the_same_matter_are_semantic_and_scored_by_the_mean_of_both_cosines() -> None:
    posts = [said("a", TEXT, 0, "SC-09"), said("b", CREOLE, 3, "SC-09")]
    assert find(*posts, vectors=same_matter(2)) == [
        DuplicateFinding("a", 0, "none", None, 1.0),
        DuplicateFinding("b", 0, "semantic", "a", 0.475),  # 0.95 of meaning, 0 of letters
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


@pytest.mark.parametrize(
    ("first", "between", "last"),
    [
        pytest.param((0, "SC-09", None), (0, None, None), (0, "SC-08", None), id="districts"),
        pytest.param((0, None, SPOT), (0, None, None), (0, None, (-4.7, 55.5)), id="spots"),
    ],
)
def test_the_same_few_words_without_a_place_do_not_join_two_places(
    first: tuple[float, str | None, tuple[float, float] | None],
    between: tuple[float, str | None, tuple[float, float] | None],
    last: tuple[float, str | None, tuple[float, float] | None],
) -> None:
    findings = find(
        *(said(name, "no water again", *at) for name, at in zip("abc", (first, between, last), strict=True))
    )
    assert findings[0].group != findings[2].group
    assert findings[1].group in (findings[0].group, findings[2].group)


@pytest.mark.parametrize(("cosine", "is_one"), [(2 * SAME_MATTER + 0.02, True), (2 * SAME_MATTER - 0.02, False)])
def test_meaning_alone_must_be_twice_as_near_where_no_letters_are_shared(cosine: float, is_one: bool) -> None:
    first, second = find(said("a", TEXT, 0), said("b", CREOLE, 0), vectors=same_matter(2, cosine))
    assert (first.group == second.group) is is_one


def two_of_a_meaning(n: int, cosine: float) -> Vectors:
    """Rows of which the first two have this cosine and all others share nothing."""
    rows = np.eye(n, dtype=np.float32)
    rows[1, :2] = cosine, np.sqrt(1 - cosine**2)
    return rows


@pytest.mark.parametrize(
    ("cosine", "again", "is_one"),
    [
        pytest.param(0.36, "Perseverance flooded, nobody came", True, id="a name in common"),
        pytest.param(0.36, "inundated since dawn", False, id="no letters in common"),
        pytest.param(0.2, "Perseverance flooded, nobody came", False, id="a name in common, another matter"),
    ],
)
def test_letters_in_common_make_up_for_some_meaning(cosine: float, again: str, is_one: bool) -> None:
    posts = [said(str(i), text, 0) for i, text in enumerate(["flooding near Perseverance", again, *MANY_WORDS])]
    findings = find(*posts, vectors=two_of_a_meaning(len(posts), cosine))
    assert (findings[1].group == 0) is is_one
    assert {finding.match for finding in findings[1:2]} == {"semantic" if is_one else "none"}
    assert len({finding.group for finding in findings}) == len(posts) - is_one


def test_the_gloss_is_what_letters_are_compared_in() -> None:
    others = [said(str(i), text, 0) for i, text in enumerate(MANY_WORDS)]
    first = Statement("a", "inondasyon Anse", MONDAY, gloss="flooding at the beach")
    for gloss, is_one in (("flooding beach", True), (None, False)):
        posts = [first, Statement("b", "lapli lo laplaz", MONDAY, gloss=gloss), *others]
        findings = find(*posts, vectors=two_of_a_meaning(len(posts), 0.36))
        assert (findings[1].group == 0) is is_one


@pytest.mark.parametrize(
    ("left", "right", "is_one"),
    [("roads", "roads", True), ("roads", "water", False), ("roads", None, True), (None, None, True)],
)
@pytest.mark.parametrize("again", ["a pothole", CREOLE])
def test_posts_of_different_categories_are_different_matters(
    left: str | None, right: str | None, is_one: bool, again: str
) -> None:
    posts = Statement("a", "a pothole", MONDAY, category=left), Statement("b", again, MONDAY, category=right)
    first, second = find(*posts, vectors=same_matter(2))
    assert (first.group == second.group) is is_one


def test_a_long_copy_is_a_copy_in_whatever_category() -> None:
    posts = Statement("a", TEXT, MONDAY, category="roads"), Statement("b", TEXT, MONDAY, category="water")
    assert [finding.of for finding in find(*posts)] == [None, "a"]


def test_a_chain_of_small_steps_makes_no_group() -> None:
    angles = np.radians(np.arange(0, 360, 12))
    vectors = np.column_stack([np.cos(angles), np.sin(angles)]).astype(np.float32)
    words = [f"{letter * 3}{other * 3}" for letter in "bcdfgh" for other in "klmnp"]  # no letters in common
    findings = find(*(said(word, word, 0) for word in words), vectors=vectors)
    for group in {finding.group for finding in findings}:
        rows = [i for i, finding in enumerate(findings) if finding.group == group]
        assert len(rows) < len(words) / 2
        assert (vectors[rows] @ vectors[rows].T).min() > -0.5


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


@pytest.mark.parametrize(
    ("metres", "days", "is_one"),
    [
        pytest.param(0, 0, True, id="there and then"),
        pytest.param(20, 50, True, id="20 m apart, 50 days later"),
        pytest.param(49, 60, True, id="49 m apart, 60 days later"),
        pytest.param(51, 0, False, id="51 m apart"),
        pytest.param(200, 0, False, id="200 m apart"),
        pytest.param(20, 61, False, id="20 m apart, 61 days later"),
    ],
)
@pytest.mark.parametrize("again", ["a pothole", CREOLE])
def test_what_is_short_or_in_other_words_is_one_matter_on_one_spot(
    metres: float, days: float, is_one: bool, again: str
) -> None:
    for spot in (metres_off(metres), metres_off(0, metres), metres_off(-metres / 2**0.5, metres / 2**0.5)):
        posts = said("a", "a pothole", 0, spot=SPOT), said("b", again, days, spot=spot)
        first, second = find(*posts, vectors=same_matter(2))
        assert (first.group == second.group) is is_one


@pytest.mark.parametrize(
    ("left", "right", "is_one"),
    [
        pytest.param((0, "SC-09", SPOT), (50, "SC-08", metres_off(20)), True, id="one spot, whatever the district"),
        pytest.param((0, "SC-09", SPOT), (0, "SC-09", metres_off(500)), False, id="one district, two spots"),
        pytest.param((0, "SC-09", SPOT), (29, "SC-09", None), True, id="a missing spot: the district decides"),
        pytest.param((0, "SC-09", SPOT), (0, "SC-08", None), False, id="a missing spot in another district"),
        pytest.param((0, "SC-09", SPOT), (50, "SC-09", None), False, id="a missing spot: no longer than thirty days"),
        pytest.param((0, None, SPOT), (29, "SC-09", None), True, id="a missing district and a missing spot"),
        pytest.param((None, None, SPOT), (99, None, SPOT), True, id="a missing time"),
        pytest.param((None, None, SPOT), (99, None, metres_off(200)), False, id="a missing time excuses no place"),
    ],
)
def test_spots_go_before_districts(
    left: tuple[float | None, str | None, tuple[float, float] | None],
    right: tuple[float | None, str | None, tuple[float, float] | None],
    is_one: bool,
) -> None:
    first, second = find(said("a", "a pothole", *left), said("b", CREOLE, *right), vectors=same_matter(2))
    assert (first.group == second.group) is is_one


def test_on_one_spot_a_matter_is_found_among_many_that_sound_alike() -> None:
    """Sixty posts that are as near to each other in meaning, each on a spot of its own but for the first and last."""
    spots = [metres_off(1000 * i) for i in range(59)]
    words = [f"{letter * 3}{other * 3}" for letter in "bcdfghjk" for other in "lmnpqrst"][:60]
    posts = [said(word, word, 0, spot=spot) for word, spot in zip(words, [*spots, metres_off(10)], strict=True)]
    findings = find(*posts, vectors=same_matter(60))
    assert [(f.post_id, f.of) for f in findings if f.of] == [(words[59], words[0])]


def test_a_row_of_near_spots_does_not_stretch_a_matter_along_the_road() -> None:
    words = [f"{letter * 3}{other * 3}" for letter in "bcdf" for other in "lmn"]
    posts = [said(word, word, i, spot=metres_off(30 * i)) for i, word in enumerate(words)]
    findings = find(*posts, vectors=same_matter(12))
    for group in {finding.group for finding in findings}:
        places = [30 * i for i, finding in enumerate(findings) if finding.group == group]
        assert max(places) - min(places) <= 150
    assert 3 <= len({finding.group for finding in findings}) < 12


def test_the_spot_of_a_matter_is_the_middle_of_its_posts() -> None:
    vectors = same_matter(3)
    vectors[1] = vectors[0]  # these two join first, with their middle 20 m north
    for metres, is_one in ((68, True), (72, False), (-28, True), (-32, False)):
        posts = [said(word, word, 0, spot=metres_off(m)) for word, m in (("bbb", 0), ("ccc", 40), ("ddd", metres))]
        assert (find(*posts, vectors=vectors)[2].group == 0) is is_one


def test_a_long_copy_is_a_copy_on_any_spot_and_a_short_one_is_not() -> None:
    far = metres_off(40_000)
    assert [f.of for f in find(said("a", TEXT, 0, spot=SPOT), said("b", TEXT, 300, spot=far))] == [None, "a"]
    assert [f.of for f in find(said("a", "bad road", 0, spot=SPOT), said("b", "bad road", 0, spot=far))] == [None, None]


@pytest.mark.parametrize("n_words", [11, 12])
def test_from_twelve_words_on_a_text_is_long(n_words: int) -> None:
    text = " ".join(TEXT.split()[:n_words])
    first, second = find(said("a", text, 0, "SC-09"), said("b", text, 300, "SC-08"))
    assert (first.group == second.group) is (n_words >= 12)


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


SETTINGS = st.tuples(
    any_text,
    st.none() | st.integers(-1000, 1000),
    st.sampled_from([None, "SC-01", "SC-02"]),
    st.none() | st.tuples(st.floats(-90, 90), st.floats(-180, 180)) | st.just(SPOT),
)


@settings(max_examples=80, deadline=None)
@given(st.lists(SETTINGS, max_size=25), st.integers(0, 1000), st.none() | st.integers(1, 3))
def test_any_statements_have_a_finding_each(
    rows: list[tuple[str, int | None, str | None, tuple[float, float] | None]], seed: int, n_directions: int | None
) -> None:
    posts = [said(str(i), *row) for i, row in enumerate(rows)]
    findings = find_duplicates(posts, any_rows(len(rows), seed, n_directions))
    assert [finding.post_id for finding in findings] == [str(i) for i in range(len(rows))]
    originals = {finding.group: finding.post_id for finding in findings if finding.of is None}
    assert [finding for finding in findings if finding.of not in (None, originals.get(finding.group))] == []
    assert [finding for finding in findings if not 0 <= finding.score <= 1] == []
