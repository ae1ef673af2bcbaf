"""Voices of districts against what is expected of them: by hand, by simulation, and the marts by counted rows.

All posts and people are invented.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
from warehouse_rows import MAHE, enriched, store_groups

from warehouse.districts import MOST_EVEN, evenness, expected
from warehouse.publish import publish, store_districts, store_names
from warehouse.pulse import LEAST_UNEVEN, judged
from warehouse.readers import Snapshot, open_published

NEWEST = datetime(2026, 10, 22, 6, tzinfo=UTC)


def test_past_and_people_lead_to_what_is_expected() -> None:
    """300 and 100 people spoke 16 and 40 times, where 42 and 14 were due; now 62 speak, so 46.5 and 15.5 are due."""
    mean, size = expected(np.array([32, 30]), np.array([[16], [40]]), np.array([300.0, 100.0]))
    variance = (42 * (16 / 42 - 1) ** 2 + 14 * (40 / 14 - 1) ** 2) / 56 - 2 / 56
    alike = 1 / variance
    by_hand = [46.5 * (16 + alike) / (42 + alike), 15.5 * (40 + alike) / (14 + alike)]
    assert mean == pytest.approx(by_hand)
    assert mean == pytest.approx([18.3, 42.6], abs=0.1)
    assert size == pytest.approx([1 / (1 / (heard + alike) + 2 * LEAST_UNEVEN) for heard in (16, 40)])


def test_without_a_past_people_alone_tell() -> None:
    mean, _ = expected(np.array([6, 2]), np.zeros((2, 0), int), np.array([300.0, 100.0]))
    assert mean == pytest.approx([6, 2])


def test_without_people_the_past_alone_tells() -> None:
    mean, size = expected(np.array([5, 5, 10]), np.array([[3], [3], [4]]), np.array([100.0, 100.0, np.nan]))
    assert mean[2] == pytest.approx(4.5 / 10 * 20)
    assert size[2] == pytest.approx(1 / (1 / 4.5 + 2 * LEAST_UNEVEN))
    neither, _ = expected(np.array([5]), np.zeros((1, 0), int), np.array([np.nan]))
    assert np.isnan(neither).all()


def test_districts_that_differ_as_chance_does_are_drawn_to_their_people() -> None:
    assert evenness(np.array([11, 9]), np.array([10.0, 10.0])) == MOST_EVEN
    assert evenness(np.array([16, 4]), np.array([10.0, 10.0])) == pytest.approx(1 / (0.36 - 0.1))


def test_where_nothing_happens_an_alarm_is_as_rare_as_promised() -> None:
    """27 districts that speak as differently as they like, but now as ever: at most one map in ten may have a sign."""
    random = np.random.default_rng(1976)
    people = random.uniform(2000, 5500, 27)
    people[[3, 8]] = np.nan
    alarms = []
    for _ in range(400):
        rates = random.gamma(4, 1 / 4, 27) * random.uniform(1, 20)
        voices = random.poisson(rates[:, None], (27, 7))
        mean, size = expected(voices[:, 0], voices[:, 1:], people)
        alarms.append(judged(voices[:, 0], mean, size).is_unusual.any())
    assert np.mean(alarms) <= 0.10 + 2 * (0.1 * 0.9 / 400) ** 0.5


def published(connection: duckdb.DuckDBPyConnection, folder: Path, *posts: tuple[int, dict[str, Any]]) -> Snapshot:
    """The snapshot of posts, each so many days before the newest; three districts, one of them without a tile."""
    rows = [
        enriched(
            number, **{"created_at": NEWEST - timedelta(days=days), "fetched_at": NEWEST + timedelta(days=2)} | fields
        )
        for number, (days, fields) in enumerate(posts, start=1)
    ]
    store_groups(connection, *[[row] for row in rows])
    store_names(connection, {"district": {"SC-05": "Anse Royale", "SC-09": "Bel Air", "SC-15": "La Digue"}})
    facts = {"short": "x", "row": 0, "population": 100, "year": None, "source": "invented"}
    tiles = [{"district": code, "column": place, **facts} for place, code in enumerate(["SC-05", "SC-09"])]
    store_districts(connection, tiles)
    publish(connection, folder, 3, MAHE)
    return open_published(folder)


def test_a_map_counts_voices_in_its_time_and_tells_silence(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    here, there = {"district": "SC-05"}, {"district": "SC-09"}
    past = [(days, place | {"submitter_id": f"{days}"}) for days in range(7, 70) for place in (here, there)]
    now = [(day, here) for day in range(7)] + [(0, here | {"submitter_id": "who127"})]
    apart = [(0, {"district": None}), (1, {"district": None}), (4, {"is_confidential": True, "district": "SC-09"})]
    snapshot = published(connection, tmp_path, *past, *now, *apart)
    rows = snapshot.read("districts", days=7, category="").set_index("district")
    assert rows["n_posts"].to_dict() == {"SC-05": 8, "SC-09": 0, "SC-15": 0, "unknown": 2, "confidential": 1}
    assert rows["n_voices"].to_dict() == {"SC-05": 7, "SC-09": 0, "SC-15": 0, "unknown": 2, "confidential": 1}
    # In each of eight weeks before both had seven voices, so of seven now each is due a half, and its past agrees.
    assert rows["n_expected"].to_dict() == pytest.approx(
        {"SC-05": 3.5, "SC-09": 3.5, "SC-15": 0.5 / 112 * 7, "unknown": float("nan"), "confidential": float("nan")},
        nan_ok=True,
    )
    assert rows["state"].to_dict()["SC-09"] == "silent"
    size = 1 / (1 / (56 + MOST_EVEN) + LEAST_UNEVEN * (1 + 1 / 8))
    assert rows.loc["SC-09", "p_silent"] == pytest.approx((size / (size + 3.5)) ** size)
    assert (rows.loc["SC-15", "state"], rows.loc["unknown", "state"]) == ("untold", "untold")
    snapshot.close()


def test_only_whole_windows_are_past(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    snapshot = published(connection, tmp_path, (0, {}), (30, {}), (55, {}), (57, {}), (60, {}))
    found = snapshot.connection.execute(
        "SELECT windows_ago, n_posts FROM mart_district_windows WHERE days = 28 AND category = '' ORDER BY 1"
    ).fetchall()
    assert found == [(0, 1), (1, 2)]
    snapshot.close()


def test_a_district_tells_its_agencies_and_weeks_and_no_confidential_post(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    roads = {"category": "roads", "mda": "SLTA"}
    snapshot = published(
        connection, tmp_path, (0, {}), (3, roads), (8, {}), (8, {}), (0, {"is_confidential": True}), (2, {"mda": None})
    )
    asked = {"district": "SC-05", "category": ""}
    agencies = snapshot.read("district_agencies", days=7, **asked)
    assert agencies.values.tolist() == [["PUC", 1], ["SLTA", 1], ["none", 1]]
    assert snapshot.read("district_agencies", days=28, **asked).values.tolist()[0] == ["PUC", 3]
    assert snapshot.read("district_weeks", **asked)["n_posts"].tolist() == [2, 3]  # weeks of 12 and 19 October
    assert snapshot.read("district_weeks", district="SC-05", category="roads")["n_posts"].tolist() == [0, 1]
    assert snapshot.read("district_categories", days=7)["category"].tolist() == ["water_supply", "roads"]
    snapshot.close()
