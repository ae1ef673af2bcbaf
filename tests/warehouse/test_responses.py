"""How long people wait: Kaplan and Meier's estimate against explicit products, and what it must never say."""

from itertools import pairwise
from math import exp, inf, log, sqrt

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from warehouse.responses import Waiting, waiting

Z = 1.959963984540054
CASES = st.lists(st.tuples(st.integers(0, 40), st.booleans()), min_size=1, max_size=40)

# Freireich and others (1963), as in Kalbfleisch and Prentice: weeks in remission on 6-MP, `True` where it ended.
REMISSION = [
    (6, True), (6, True), (6, True), (6, False), (7, True), (9, False), (10, True), (10, False), (11, False),
    (13, True), (16, True), (17, False), (19, False), (20, False), (22, True), (23, True), (25, False),
    (32, False), (32, False), (34, False), (35, False),
]  # fmt: skip


def waiting_of(cases: list[tuple[int, bool]], by_day: int = 10) -> Waiting:
    found = waiting([days for days, _ in cases], [is_answered for _, is_answered in cases], by_day)
    assert found is not None
    return found


def test_of_no_cases_nothing_is_said() -> None:
    assert waiting([], [], 10) is None


def test_the_estimate_is_that_of_a_published_example() -> None:
    found = waiting_of(REMISSION)
    assert (found.n, found.n_answered, found.median) == (21, 9, 23)
    curve = dict(found.steps)
    printed = {6: 0.857, 7: 0.807, 10: 0.753, 13: 0.690, 16: 0.627, 22: 0.538, 23: 0.448}
    assert {day: round(curve[day], 3) for day in printed} == printed
    assert found.median_interval == (13, inf)


def test_the_interval_is_greenwoods_on_the_log_log_scale() -> None:
    found = waiting_of(REMISSION)
    share = 18 / 21 * 16 / 17 * 14 / 15
    spread = sqrt(3 / (21 * 18) + 1 / (17 * 16) + 1 / (15 * 14)) / abs(log(share))
    low, high = share ** exp(Z * spread), share ** exp(-Z * spread)
    assert found.within == pytest.approx(1 - share)
    assert found.within_interval == pytest.approx((1 - high, 1 - low))


def test_whoever_stops_waiting_on_a_day_of_answers_counts_as_waiting_on_it() -> None:
    found = waiting_of([(3, True), (3, False), (5, True), (12, False)])
    assert found.steps == [(0, 1), (3, 0.75), (5, pytest.approx(0.75 * 0.5)), (12, pytest.approx(0.375))]
    assert found.median == 5


def test_half_of_an_even_number_is_half() -> None:
    medians = {n: waiting_of([*((day, True) for day in range(1, 2 * n)), (2 * n, False)]).median for n in range(1, 30)}
    assert medians == {n: n for n in range(1, 30)}


def test_where_all_were_answered_the_share_is_that_of_the_answered() -> None:
    found = waiting_of([(2, True)] * 12 + [(8, True)] * 6 + [(15, True)] * 6)
    assert (found.median, found.within, found.steps[-1]) == (2, 0.75, (15, 0))
    assert found.median_interval == (2, 8)


def test_all_answered_in_time_is_not_certainty() -> None:
    found = waiting_of([(2, True)] * 20)
    assert (found.median, found.median_interval) == (2, (2, 2))
    assert (found.within, found.within_interval) == (1, (pytest.approx(0.05 ** (1 / 20)), 1))


@pytest.mark.parametrize("n", [1, 4])
def test_a_case_or_a_few_prove_little(n: int) -> None:
    found = waiting_of([(3, True)] * n)
    assert (found.median, found.median_interval) == (3, (0, inf))
    assert found.within_interval == (pytest.approx(0.05 ** (1 / n)), 1)


def test_where_none_was_answered_there_is_no_median_and_at_most_a_share_that_chance_would_hide() -> None:
    found = waiting_of([(10, False)] * 10 + [(30, False)] * 20 + [(2, False)] * 5)
    assert (found.n_answered, found.median, found.within) == (0, None, 0)
    assert found.within_interval == (0, pytest.approx(1 - 0.05 ** (1 / 30)))
    assert found.median_interval == (30, inf)
    assert found.steps == [(0, 1), (2, 1), (10, 1), (30, 1)]


def test_one_that_waits_for_long_says_nothing_of_all() -> None:
    assert waiting_of([(10, False)] * 10 + [(40, False)]).median_interval == (10, inf)


def test_of_cases_that_are_younger_than_the_day_asked_for_nothing_is_claimed() -> None:
    for answered in ([], [(1, True)] * 5):
        found = waiting_of([(3, False)] * 100 + answered)
        assert (found.within, found.within_interval) == (None, None)


def test_a_case_that_was_closed_without_an_answer_counts_as_long_as_it_waited() -> None:
    with_it, without = waiting_of([(2, True), (6, True), (4, False)]), waiting_of([(2, True), (6, True)])
    assert dict(with_it.steps)[2] == pytest.approx(2 / 3)
    assert dict(without.steps)[2] == 0.5


@given(CASES, st.integers(0, 45))
def test_the_estimate_is_the_product_over_the_days_of_answers(cases: list[tuple[int, bool]], by_day: int) -> None:
    share = 1.0
    for day in range(by_day + 1):
        n_waiting = sum(days >= day for days, _ in cases)
        n_answered = sum(days == day and is_answered for days, is_answered in cases)
        share *= 1 - n_answered / n_waiting if n_waiting else 1
    found = waiting_of(cases, by_day)
    is_followed = max(days for days, _ in cases) >= by_day or share == 0
    assert found.within == (pytest.approx(1 - share) if is_followed else None)


@given(CASES, st.integers(0, 45))
def test_an_interval_holds_its_estimate_and_is_never_a_point(cases: list[tuple[int, bool]], by_day: int) -> None:
    found = waiting_of(cases, by_day)
    assert found.median_interval[0] <= (inf if found.median is None else found.median) <= found.median_interval[1]
    if found.within is not None and found.within_interval is not None:
        low, high = found.within_interval
        assert 0 <= low <= found.within <= high <= 1
        assert low < high


@given(CASES)
def test_the_curve_begins_with_day_0_and_never_rises(cases: list[tuple[int, bool]]) -> None:
    steps = waiting_of(cases).steps
    assert steps[0][0] == 0
    assert all(one[0] < other[0] and one[1] >= other[1] for one, other in pairwise(steps))
    assert steps[-1][0] == max(days for days, _ in cases)


@given(CASES, st.integers(0, 45), st.integers(0, 60))
def test_silence_does_not_look_quick(cases: list[tuple[int, bool]], by_day: int, longer: int) -> None:
    before, after = waiting_of(cases, by_day), waiting_of([*cases, (by_day + longer, False)], by_day)
    assume(before.within is not None)
    assert before.within is not None
    assert after.within is not None
    assert after.within <= before.within + 1e-12
