"""How often a source is asked again, and how long it is left alone in between; no test waits."""

from collections.abc import Sequence
from itertools import pairwise

import pytest

from ingest.errors import FileUnreadableError, SourceRefusedError, SourceUnavailableError
from ingest.sources import RetryPolicy


class Asked:
    """A source that answers with each outcome in turn, the last one for ever, and counts how often it was asked."""

    def __init__(self, outcomes: Sequence[str | BaseException]) -> None:
        self.outcomes, self.times = outcomes, 0

    def __call__(self) -> str:
        outcome = self.outcomes[min(self.times, len(self.outcomes) - 1)]
        self.times += 1
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome


def down(retry_after_seconds: float | None = None) -> SourceUnavailableError:
    return SourceUnavailableError("reddit", "is down", retry_after_seconds)


@pytest.mark.parametrize("failures", [0, 1, 3])
def test_the_first_success_is_the_answer(failures: int) -> None:
    waits: list[float] = []
    source = Asked([*[down() for _ in range(failures)], "posts", "never asked for"])
    assert RetryPolicy(attempts=4, sleep=waits.append).call(source) == "posts"
    assert (source.times, len(waits)) == (failures + 1, failures)


@pytest.mark.parametrize("attempts", [1, 2, 5])
def test_a_source_that_stays_down_is_asked_as_often_as_agreed_and_its_last_error_raised(attempts: int) -> None:
    waits: list[float] = []
    errors = [down() for _ in range(attempts)]
    source = Asked(errors)
    with pytest.raises(SourceUnavailableError) as caught:
        RetryPolicy(attempts=attempts, sleep=waits.append).call(source)
    assert caught.value is errors[-1]
    assert (source.times, len(waits)) == (attempts, attempts - 1)


def test_each_wait_is_about_twice_the_one_before() -> None:
    waits: list[float] = []
    with pytest.raises(SourceUnavailableError):
        RetryPolicy(attempts=7, first_wait_seconds=2, longest_wait_seconds=1000, sleep=waits.append).call(
            Asked([down()])
        )
    assert all(2 * 2**n <= wait <= 2 * 2**n + 1 for n, wait in enumerate(waits))
    assert all(earlier < later for earlier, later in pairwise(waits))
    assert len(waits) == 6


def test_no_wait_is_longer_than_the_longest() -> None:
    waits: list[float] = []
    with pytest.raises(SourceUnavailableError):
        RetryPolicy(attempts=12, first_wait_seconds=1, longest_wait_seconds=5, sleep=waits.append).call(Asked([down()]))
    assert max(waits) == waits[-1] == 5


@pytest.mark.parametrize(
    ("asked", "shortest", "longest"),
    [
        pytest.param(30, 30, 30, id="longer than the back-off"),
        pytest.param(60, 60, 60, id="just as long as the longest"),
        pytest.param(0.5, 10, 11, id="shorter than the back-off"),
        pytest.param(0, 10, 11, id="zero"),
        pytest.param(None, 10, 11, id="nothing said"),
    ],
)
def test_what_the_source_asks_for_is_the_least_it_is_left_alone(
    asked: float | None, shortest: float, longest: float
) -> None:
    waits: list[float] = []
    policy = RetryPolicy(attempts=4, first_wait_seconds=10, longest_wait_seconds=60, sleep=waits.append)
    assert policy.call(Asked([down(asked), "posts"])) == "posts"
    (wait,) = waits
    assert shortest <= wait <= longest


def test_what_one_answer_asks_for_does_not_lengthen_the_next_wait() -> None:
    waits: list[float] = []
    policy = RetryPolicy(attempts=4, first_wait_seconds=1, longest_wait_seconds=60, sleep=waits.append)
    policy.call(Asked([down(30), down(), "posts"]))
    assert waits[0] == 30
    assert 2 <= waits[1] <= 3


@pytest.mark.parametrize("before", [0, 1, 2])
def test_a_source_that_asks_for_too_long_is_left_alone_at_once(before: int) -> None:
    waits: list[float] = []
    too_long = down(60.5)
    source = Asked([*[down() for _ in range(before)], too_long, "posts"])
    with pytest.raises(SourceUnavailableError) as caught:
        RetryPolicy(attempts=4, longest_wait_seconds=60, sleep=waits.append).call(source)
    assert caught.value is too_long
    assert (source.times, len(waits)) == (before + 1, before)


@pytest.mark.parametrize(
    "error",
    [
        SourceRefusedError("reddit", "wrong password"),
        FileUnreadableError("posts.csv", "there is no such file"),
        ConnectionError("a failure nobody has named"),
        KeyboardInterrupt(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_any_other_failure_is_let_through_at_once(error: BaseException) -> None:
    waits: list[float] = []
    source = Asked([error, "posts"])
    with pytest.raises(type(error)) as caught:
        RetryPolicy(attempts=4, sleep=waits.append).call(source)
    assert caught.value is error
    assert (source.times, waits) == (1, [])


def test_a_refusal_after_a_failure_ends_the_asking() -> None:
    waits: list[float] = []
    source = Asked([down(), SourceRefusedError("reddit", "banned"), "posts"])
    with pytest.raises(SourceRefusedError):
        RetryPolicy(attempts=4, sleep=waits.append).call(source)
    assert (source.times, len(waits)) == (2, 1)
