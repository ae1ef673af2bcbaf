"""What is usual: the statistics against hand-computed values and simulation, the marts against rows counted by hand.

All posts are invented.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from math import gamma
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
from warehouse_rows import MAHE, enriched, store_groups

from warehouse.publish import publish
from warehouse.pulse import LEAST_UNEVEN, judged, unevenness, usual
from warehouse.readers import Snapshot, open_published

THURSDAY = datetime(2026, 10, 22, 6, tzinfo=UTC)  # 10 o'clock in Mahé
DOUBT = (1 + 0.9**2 + 0.81**2) / (1 + 0.9 + 0.81) ** 2  # of a mean learnt from three weeks
LATER = datetime(2026, 10, 24, tzinfo=UTC)


def mass(n: int, size: float, mean: float) -> float:
    """The chance of n in a negative binomial, written out."""
    share = size / (size + mean)
    return gamma(n + size) / gamma(size) / gamma(n + 1) * share**size * (1 - share) ** n


def test_what_is_usual_weighs_the_nearer_weeks_more() -> None:
    found = usual(np.array([9]), np.array([[3, 1, 2]]))
    heard = 3 + 0.9 * 1 + 0.81 * 2 + 0.5
    mean = heard / (1 + 0.9 + 0.81)
    assert found.mean == pytest.approx([mean])
    assert mean == pytest.approx(2.2214, abs=1e-4)
    size = 1 / (1 / heard + LEAST_UNEVEN * (1 + DOUBT))
    assert found.p == pytest.approx([2 * (1 - sum(mass(n, size, mean) for n in range(9)))])
    assert sum(mass(n, size, mean) for n in range(int(found.high[0]) + 1)) >= 0.95
    assert sum(mass(n, size, mean) for n in range(int(found.high[0]))) < 0.95


def test_silence_has_the_chance_of_none() -> None:
    heard = 10 * (1 + 0.9 + 0.81) + 0.5
    found = usual(np.array([0]), np.array([[10, 10, 10]]))
    size = 1 / (1 / heard + LEAST_UNEVEN * (1 + DOUBT))
    assert found.p == pytest.approx([2 * mass(0, size, heard / 2.71)])
    assert found.is_unusual.tolist() == [True]


def test_a_trend_is_followed() -> None:
    rising = np.array([range(24, 8, -2)])
    assert usual(np.array([26]), rising).mean[0] > rising.mean() + 1


def test_a_series_without_a_past_is_not_unusual_for_one_voice() -> None:
    assert not usual(np.array([1]), np.zeros((1, 8), int)).is_unusual.any()


@pytest.mark.parametrize(
    ("past", "uneven"),
    [
        pytest.param([[0, 4, 0, 4]], [5 / 6], id="wide"),  # (2² · 4/3 - 2) / 2²
        pytest.param([[0, 4, 0, 4], [2, 2, 2, 2]], [1 / 2, 1 / 6], id="wide beside even"),  # together (5/6 - 1/2) / 2
        pytest.param([[2, 2, 2, 2]], [LEAST_UNEVEN], id="even"),
        pytest.param([[0, 1, 0, 0]], [LEAST_UNEVEN], id="too few to tell"),
        pytest.param([[9, 0]], [LEAST_UNEVEN], id="too short to tell"),
    ],
)
def test_series_are_as_uneven_as_their_weeks_together_show(past: list[list[int]], uneven: list[float]) -> None:
    assert unevenness(np.array(past)) == pytest.approx(uneven)


def steady(random: np.random.Generator) -> np.ndarray:
    return random.poisson(np.geomspace(0.2, 60, 100)[:, None], (100, 9))


def uneven(random: np.random.Generator) -> np.ndarray:
    mean = np.geomspace(0.2, 60, 100)[:, None]
    return random.negative_binomial(6, 6 / (6 + mean), (100, 9))


def growing(random: np.random.Generator) -> np.ndarray:
    return random.poisson(np.geomspace(0.2, 60, 100)[:, None] * 1.03 ** -np.arange(9), (100, 9))


@pytest.mark.parametrize("nothing", [steady, uneven, growing])
def test_where_nothing_happens_an_alarm_is_as_rare_as_promised(
    nothing: Callable[[np.random.Generator], np.ndarray],
) -> None:
    """Where nothing is unusual any alarm is false: one publication in ten may have one."""
    random = np.random.default_rng(20261022)
    alarms = [usual(counts[:, 0], counts[:, 1:]).is_unusual.any() for counts in (nothing(random) for _ in range(400))]
    assert np.mean(alarms) <= 0.10 + 2 * (0.1 * 0.9 / 400) ** 0.5


def test_an_outbreak_and_a_silence_are_found_among_a_hundred_series() -> None:
    random = np.random.default_rng(7)
    found = []
    for _ in range(100):
        counts = random.poisson(12, (100, 9))
        counts[0, 0], counts[1, 0] = 43, 0
        found.append(usual(counts[:, 0], counts[:, 1:]).is_unusual[:2])
    assert np.mean(found, axis=0).min() >= 0.9


def test_all_series_are_judged_together() -> None:
    one, many = np.array([5]), np.array([5] + [2] * 99)
    size, mean = 1000.0, 1.0
    assert judged(one, np.full(1, mean), np.full(1, size)).is_unusual[0]
    assert not judged(many, np.r_[mean, np.full(99, 2.0)], np.full(100, size)).is_unusual[0]


def published(connection: duckdb.DuckDBPyConnection, folder: Path, posts: list[dict[str, Any]]) -> Snapshot:
    store_groups(connection, *[[post] for post in posts])
    publish(connection, folder, 3, MAHE)
    return open_published(folder)


def post(number: int, at: datetime, fetched: datetime = LATER, **fields: Any) -> dict[str, Any]:
    return enriched(number, created_at=at, fetched_at=fetched, **fields)


def counts(snapshot: Snapshot, dimension: str, code: str, unit: str) -> list[int]:
    """Voices of a series by week, the newest last."""
    rows = snapshot.read("pulse", unit=unit)
    (row,) = rows[(rows["dimension"] == dimension) & (rows["code"] == code)].to_dict("records")
    assert row["n_voices"] == row["n_voices_by_week"][-1]
    return list(row["n_voices_by_week"])


def test_the_newest_day_is_set_against_the_same_day_of_the_weeks_before(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    week, day = timedelta(weeks=1), timedelta(days=1)
    snapshot = published(
        connection, tmp_path,
        [
            post(1, THURSDAY), post(2, THURSDAY, submitter_id="who1"), post(3, THURSDAY, submitter_id=None),
            post(4, THURSDAY - day), post(5, THURSDAY - week), post(6, THURSDAY - 3 * week, channel="facebook"),
            post(7, THURSDAY - 9 * week),
        ],
    )  # fmt: skip
    assert counts(snapshot, "all", "all", "day") == [0, 0, 0, 0, 0, 1, 0, 1, 2]  # who1 speaks once, nobody for himself
    assert counts(snapshot, "channel", "facebook", "day") == [0, 0, 0, 0, 0, 1, 0, 0, 0]
    assert counts(snapshot, "channel", "portal", "week") == [0, 0, 0, 0, 0, 0, 0, 1, 3]
    rows = snapshot.read("pulse", unit="day").set_index(["dimension", "code"])
    assert rows.loc[("all", "all"), "n_posts"] == 3
    assert rows.loc[("channel", "facebook"), "last_date"].date() == date(2026, 10, 1)
    snapshot.close()


def test_a_day_that_is_not_over_is_set_against_the_same_hours(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    week, hours = timedelta(weeks=1), timedelta(hours=1)
    fetched = THURSDAY + 2 * hours
    snapshot = published(
        connection, tmp_path,
        [
            post(1, THURSDAY, fetched), post(2, THURSDAY - week + hours, fetched),
            post(3, THURSDAY - week + 3 * hours, fetched), post(4, THURSDAY - 4 * week, fetched),
        ],
    )  # fmt: skip
    clock = snapshot.read("pulse_clock").iloc[0]
    assert (bool(clock["is_partial"]), f"{clock['until_at']:%H:%M}", clock["n_days"]) == (True, "12:00", 4)
    assert counts(snapshot, "all", "all", "day") == [1, 0, 0, 1, 1]
    assert counts(snapshot, "all", "all", "week") == [0, 0, 1, 2]  # the fourth week before is not whole: no 24 Sep
    snapshot.close()


def test_confidential_posts_count_in_whole_weeks_and_nowhere_else(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    week = timedelta(weeks=1)
    confidential = {"is_confidential": True, "district": "SC-09", "channel": "sms", "lang": "fr"}
    snapshot = published(
        connection, tmp_path,
        [
            post(1, THURSDAY), post(2, THURSDAY - 8 * week), post(3, THURSDAY - week, **confidential),
            post(4, THURSDAY, **confidential),
        ],
    )  # fmt: skip
    # The week of post 3 ended with Sunday, 18 October; that of post 4 has not ended.
    assert counts(snapshot, "lang", "fr", "week")[-3:] == [0, 0, 1]
    assert counts(snapshot, "lang", "fr", "day") == [0] * 9
    rows = snapshot.read("pulse", unit="week")
    assert not set(rows["code"]) & {"sms", "SC-09", "confidential"}
    assert rows.set_index(["dimension", "code"])["last_date"].isna()[("lang", "fr")]
    snapshot.close()


def test_with_less_than_three_weeks_of_past_nothing_is_judged(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    posts = [post(number, THURSDAY) for number in range(1, 40)]
    snapshot = published(connection, tmp_path, [*posts, post(40, THURSDAY - timedelta(weeks=2))])
    rows = snapshot.read("pulse", unit="day")
    assert (rows["n_usual"].isna().all(), rows["is_unusual"].any()) == (True, False)
    snapshot.close()
