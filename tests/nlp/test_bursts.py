from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import false_discovery_control, nbinom

from nlp.bursts import (
    FALSE_SHARE,
    HOUR,
    LEARNING,
    MEMORY,
    WINDOWS,
    Burst,
    Said,
    burst_probabilities,
    false_discovery,
    find_bursts,
)

UNTIL = datetime(2026, 8, 3, 12, tzinfo=UTC)
OF_DAY = np.array([1, 1, 1, 1, 1, 2, 4, 8, 10, 10, 9, 8, 9, 9, 8, 8, 9, 10, 10, 8, 6, 4, 2, 1])
OF_WEEK = np.concatenate([OF_DAY * (1.0 if day < 5 else 0.4) for day in range(7)])


def steady(seed: int, rates: Sequence[float], weeks: int) -> NDArray[np.int32]:
    """Voices by topic and hour: topics of these mean rates an hour, with the rhythm of a week and no bursts."""
    rhythm = np.tile(OF_WEEK / OF_WEEK.mean(), weeks)
    return np.random.default_rng(seed).poisson(np.outer(rates, rhythm)).astype(np.int32)


def said(topic: int, hours_before: float, voice: str | None = None, group: str | None = None) -> Said:
    """A post so long before UNTIL; without further words a voice and a group of its own."""
    own = f"{topic} {hours_before} {voice}"
    return Said(topic, UNTIL - hours_before * HOUR, voice or own, group or own)


def as_said(voices: NDArray[np.int32]) -> list[Said]:
    """Posts in the middle of their hour, each by a voice of its own; the last column is the hour before UNTIL."""
    n_hours = voices.shape[1]
    return [
        said(topic, n_hours - hour - 0.5, voice=f"{topic} {hour} {n}")
        for topic, hour in zip(*np.nonzero(voices), strict=True)
        for n in range(voices[topic, hour])
    ]


def quiet(topic: int, days: int, every: float = 12) -> list[Said]:
    """A voice every few hours for so many days, up to a day before UNTIL."""
    return [said(topic, hours + 0.5) for hours in np.arange(24, 24 * days, every)]


def burst_of(posts: Sequence[Said], topic: int = 0) -> Burst:
    return next(burst for burst in find_bursts(posts, UNTIL) if burst.topic == topic)


@pytest.mark.parametrize("seed", range(10))
def test_steady_topics_with_the_rhythm_of_a_week_never_burst(seed: int) -> None:
    p, _, _ = burst_probabilities(steady(seed, np.geomspace(0.01, 2, 30).tolist(), weeks=12))
    assert not false_discovery(p[:, -MEMORY:]).any()


def test_steady_topics_do_not_burst_at_the_busiest_hour_of_the_week() -> None:
    voices = steady(1, [0.02, 0.1, 0.3, 0.5], weeks=8)
    voices = np.hstack([voices, steady(2, [0.02, 0.1, 0.3, 0.5], weeks=1)[:, :9]])  # up to nine on Monday
    findings = find_bursts(as_said(voices), UNTIL)
    assert [finding.topic for finding in findings] == [0, 1, 2, 3]
    assert [finding for finding in findings if finding.is_bursting] == []


def test_false_alarms_beside_true_bursts_are_fewer_than_the_rate() -> None:
    planted = ((3, 1500), (10, 1700), (15, 1800), (20, 1950))
    n_alarms = n_false = 0
    for seed in range(10):
        voices = steady(seed, np.geomspace(0.01, 2, 30).tolist(), weeks=12)
        true = np.zeros(voices.shape, bool)
        for topic, hour in planted:
            voices[topic, hour : hour + 6] += np.random.default_rng(seed).poisson(8, 6).astype(np.int32)
            true[topic, hour : hour + 6 + max(WINDOWS)] = True  # as long as a window holds an hour of it
        p, _, _ = burst_probabilities(voices)
        alarms = false_discovery(p[:, -MEMORY:])
        true = true[:, -MEMORY:]
        assert all(alarms[topic, hour - voices.shape[1] + 6].any() for topic, hour in planted)
        n_alarms += int(alarms.sum())
        n_false += int((alarms & ~true).sum())
    assert n_alarms > 500
    assert n_false <= FALSE_SHARE * n_alarms


def test_a_planted_burst_is_found_with_its_window_voices_and_what_is_usual() -> None:
    # A voice an hour for three weeks and 22 in the last one. The hour of the week it falls in then had 24 voices of
    # 525 in all, every other one 3; each is drawn by one towards the usual 525/504.
    voices = np.ones((1, 504), np.int32)
    voices[0, -1] = 22
    usual = Fraction(525, 504)
    other, last = (3 + 1) / (3 * usual + 1), (24 + 1) / (3 * usual + 1)
    rate = (503 + 1) / (501 * other + 2 * last + 1 / usual)
    (found,) = find_bursts(as_said(voices), UNTIL)
    assert (found.topic, found.is_bursting, found.window_hours, found.n_voices) == (0, True, 1, 22)
    assert (found.n_posts, found.is_campaign) == (22, False)
    assert found.n_expected == pytest.approx(float(rate * last))
    size = 504  # as many voices as the past had, and one; days are no more spread than that
    by_hand = len(WINDOWS) * nbinom.sf(21, size, size / (size + float(rate * last)))
    assert found.p == pytest.approx(by_hand)


@pytest.mark.parametrize(
    ("planted", "window"),
    [
        pytest.param({1: 12}, 1, id="an hour"),
        pytest.param({1: 3, 2: 4, 3: 4, 4: 4, 5: 3, 6: 4}, 6, id="six hours"),
        pytest.param(dict.fromkeys(range(1, 25), 1), 24, id="a day"),
    ],
)
def test_a_burst_is_told_over_the_window_that_shows_it_best(planted: dict[int, int], window: int) -> None:
    voices = steady(3, [0.05, 0.05, 0.1, 0.1, 0.2], weeks=10)
    voices[0, -48:] = 0
    for hours_before, n in planted.items():
        voices[0, -hours_before] = n
    found = burst_of(as_said(voices))
    assert (found.is_bursting, found.window_hours) == (True, window)
    assert found.n_voices == found.n_posts == sum(planted.values())
    assert 0 < found.n_expected < 0.3 * window
    assert not burst_of(as_said(voices), 4).is_bursting


def test_one_voice_that_posts_fifty_times_makes_no_burst() -> None:
    insisting = [said(0, 23 * n / 50 + 0.1, voice="one person", group=f"post {n}") for n in range(50)]
    found = burst_of([*quiet(0, 40), *quiet(1, 40), *insisting])
    once = burst_of([*quiet(0, 40), *quiet(1, 40), insisting[-1]])
    assert (found.is_bursting, found.window_hours, found.n_voices) == (False, once.window_hours, once.n_voices)
    crowd = [said(0, 23 * n / 50 + 0.1, voice=f"person {n}") for n in range(50)]
    assert burst_of([*quiet(0, 40), *quiet(1, 40), *quiet(2, 40), *crowd]).is_bursting


@pytest.mark.parametrize("n_topics", [1, 2, 3])
@pytest.mark.parametrize("n_voices", [50, 500])
def test_a_day_that_bursts_does_not_hide_itself_where_topics_are_few(n_topics: int, n_voices: int) -> None:
    past = [post for topic in range(n_topics) for post in quiet(topic, 40)]
    crowd = [said(0, 23 * n / n_voices + 0.1, voice=f"person {n}") for n in range(n_voices)]
    assert burst_of([*past, *crowd]).is_bursting


def test_a_count_that_eight_weeks_of_tests_would_show_by_chance_is_no_burst() -> None:
    past = [post for topic in range(4) for post in quiet(topic, 80)]
    found = burst_of([*past, *(said(0, 0.5, voice=f"person {n}") for n in range(6))])
    assert FALSE_SHARE / (4 * MEMORY) < found.p < FALSE_SHARE / 4  # an alarm if this hour alone were tested
    assert not found.is_bursting


def test_a_voice_counts_again_the_day_after() -> None:
    posts = [*quiet(0, 30), *(said(0, hours, voice="one person") for hours in (30.5, 12.5, 5.5))]
    found = burst_of(posts)
    assert (found.window_hours, found.n_voices, found.n_posts) == (6, 1, 1)


def test_the_same_voice_counts_in_each_topic() -> None:
    posts = [*quiet(0, 30), *quiet(1, 30), said(0, 0.5, voice="one person"), said(1, 0.5, voice="one person")]
    assert [finding.n_voices for finding in find_bursts(posts, UNTIL)] == [1, 1]


@pytest.mark.parametrize(
    ("n_copies", "n_own", "is_campaign"),
    [
        pytest.param(20, 0, True, id="twenty copies"),
        pytest.param(20, 20, True, id="half of all"),
        pytest.param(20, 21, False, id="fewer than half"),
        pytest.param(0, 20, False, id="everyone in words of their own"),
    ],
)
def test_copies_by_twenty_authors_burst_and_are_marked(n_copies: int, n_own: int, is_campaign: bool) -> None:
    copies = [said(0, 0.5, voice=f"author {n}", group="the letter") for n in range(n_copies)]
    own = [said(0, 0.5, voice=f"other {n}") for n in range(n_own)]
    found = burst_of([*quiet(0, 40), *quiet(1, 40), *copies, *own])
    assert (found.is_bursting, found.is_campaign) == (True, is_campaign)
    assert found.n_posts == n_copies + n_own


def test_fewer_than_five_copies_are_no_campaign() -> None:
    for n_copies, is_campaign in ((4, False), (5, True)):
        copies = [said(0, 0.5, voice=f"author {n}", group="the letter") for n in range(n_copies)]
        assert burst_of([*quiet(0, 40), *copies]).is_campaign is is_campaign


def test_copies_of_several_letters_are_a_campaign_too() -> None:
    copies = [said(0, 0.5, voice=f"author {n}", group=f"letter {n % 3}") for n in range(6)]
    assert burst_of([*quiet(0, 40), *copies]).is_campaign


@pytest.mark.parametrize(("days", "is_bursting"), [(1, False), (13, False), (16, True), (40, True)])
def test_nothing_bursts_before_two_weeks(days: int, is_bursting: bool) -> None:
    crowd = [said(0, 0.5, voice=f"person {n}") for n in range(30)]
    found = burst_of([*quiet(0, days, 6), *quiet(1, days, 6), *crowd])
    assert found.is_bursting is is_bursting
    assert (found.p < 1) is is_bursting


def test_before_there_is_a_past_every_chance_is_one() -> None:
    voices = steady(5, [0.2, 1.0], weeks=3)
    voices[0, 100:120] = 30
    p, expected, windows = burst_probabilities(voices)
    assert (p[:, : LEARNING + 1] == 1).all()
    assert p.shape == expected.shape == windows.shape == voices.shape
    assert (p[voices == 0] > 0).all()


def test_posts_after_the_hour_looked_at_do_not_count() -> None:
    past = [*quiet(0, 40), *quiet(1, 40), *(said(0, 0.5, voice=f"person {n}") for n in range(6))]
    later = [said(topic, -hours, voice=f"later {hours}") for hours in (0, 0.01, 5, 1000) for topic in (0, 1, 2)]
    assert find_bursts([*past, *later], UNTIL) == find_bursts(past, UNTIL)
    assert find_bursts(later, UNTIL) == []
    assert find_bursts([], UNTIL) == []


def test_the_order_of_posts_does_not_matter() -> None:
    posts = as_said(steady(6, [0.05, 0.1, 0.3], weeks=5))
    shuffled = [posts[i] for i in np.random.default_rng(0).permutation(len(posts))]
    assert find_bursts(shuffled, UNTIL) == find_bursts(posts, UNTIL)


def test_a_post_on_the_full_hour_counts_in_the_hour_it_begins() -> None:
    on_the_hour = [said(0, 1, voice=f"person {n}") for n in range(8)]
    found = burst_of([*quiet(0, 40), *on_the_hour])
    assert (found.window_hours, found.n_voices, found.n_posts) == (1, 8, 8)
    first = [said(0, 30, voice=f"person {n}") for n in range(3)]
    assert burst_of([*first, said(0, 29.5)]).window_hours == 1
    day = [said(0, hours, voice=f"person {hours}") for hours in range(1, 25)]
    assert burst_of([*quiet(0, 40), *day]).n_voices == 24


def test_a_topic_that_is_new_may_burst_beside_old_ones() -> None:
    crowd = [said(7, 0.5, voice=f"person {n}") for n in range(12)]
    findings = find_bursts([*quiet(2, 40), *quiet(5, 40), *crowd], UNTIL)
    assert [(finding.topic, finding.is_bursting) for finding in findings] == [(2, False), (5, False), (7, True)]


def test_days_that_vary_widely_make_the_same_count_less_of_a_surprise() -> None:
    rng = np.random.default_rng(9)
    even = rng.poisson(0.5, (12, 10 * 168)).astype(np.int32)
    wild = rng.poisson(np.repeat(rng.gamma(1, 0.5, (12, 70)), 24, axis=1)).astype(np.int32)
    for voices in (even, wild):
        voices[0, -24:] = 0
        voices[0, -6:] = 2
    chances = [burst_probabilities(voices)[0][0, -1] for voices in (even, wild)]
    assert chances[0] < chances[1] / 10


def test_false_discovery_against_an_example_by_hand() -> None:
    # The limits of ten chances at a rate of 0.10 are 0.01, 0.02, ..., 0.10: the fourth, 0.035, is the last one below.
    p = np.array([[0.9, 0.001, 0.5, 0.03, 0.021], [0.7, 0.035, 0.3, 0.06, 1.0]])
    assert false_discovery(p, 0.10).tolist() == [[False, True, False, True, True], [False, True, False, False, False]]
    assert not false_discovery(np.array([0.2, 0.4, 1.0]), 0.10).any()
    assert false_discovery(np.array([0.05, 0.1]), 0.10).all()
    assert false_discovery(np.zeros((0, 4))).shape == (0, 4)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=60), st.floats(0.01, 0.5))
def test_false_discovery_agrees_with_scipy(chances: list[float], rate: float) -> None:
    p = np.array(chances)
    adjusted = false_discovery_control(p)
    assume(np.abs(adjusted - rate).min() > 1e-9)
    assert false_discovery(p, rate).tolist() == (adjusted <= rate).tolist()


@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.floats(-50, 5000), st.integers(0, 5), st.integers(0, 5)),
        min_size=1,
        max_size=60,
    )
)
def test_any_posts_give_one_finding_a_topic(rows: list[tuple[int, float, int, int]]) -> None:
    posts = [Said(topic, UNTIL - timedelta(hours=hours), str(v), str(g)) for topic, hours, v, g in rows]
    findings = find_bursts(posts, UNTIL)
    assert [finding.topic for finding in findings] == sorted({post.topic for post in posts if post.at < UNTIL})
    for finding in findings:
        assert 0 <= finding.p <= 1
        assert finding.n_voices <= finding.n_posts
        assert np.isfinite(finding.n_expected)
