import time
from typing import Any

import duckdb
import pytest
from warehouse_rows import MAHE, NOON, enriched, received, store_groups

from warehouse.landing import land
from warehouse.merged import formal_matters, load_current_posts, replace_results, suggest_routes
from warehouse.publish import build_marts


def routes(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    return list(suggest_routes(connection).to_pylist())


def test_a_group_goes_where_its_surest_post_goes(connection: duckdb.DuckDBPyConnection) -> None:
    group = [
        enriched(1, confidence=0.7, mda="PUC", is_formal=False, urgency="urgent"),
        enriched(2, confidence=0.95, mda="SLTA", category="roads", is_formal=False),
        enriched(3, confidence=0.8, mda="PUC"),
    ]
    store_groups(connection, group, [enriched(4, mda=None, route="review", urgency="emergency")])
    assert routes(connection) == [
        {
            "group_id": "post1", "mda": "SLTA", "category": "roads", "route": "auto", "confidence": 0.95,
            "urgency": "urgent", "is_formal": True, "is_confidential": False, "model": "toy@1",
        },
        {
            "group_id": "post4", "mda": None, "category": "water_supply", "route": "review", "confidence": 0.9,
            "urgency": "emergency", "is_formal": True, "is_confidential": False, "model": "toy@1",
        },
    ]  # fmt: skip


def test_of_equally_sure_posts_the_earliest_decides(connection: duckdb.DuckDBPyConnection) -> None:
    store_groups(connection, [enriched(1, created_at=None, mda="SLTA"), enriched(2, mda="PUC")])
    assert [route["mda"] for route in routes(connection)] == ["PUC"]


@pytest.mark.parametrize(
    ("member", "route"),
    [
        pytest.param({"route": "review"}, "review", id="must be reviewed"),
        pytest.param({"is_confidential": True}, "review", id="is confidential"),
        pytest.param({"accused": ["SLTA", "PUC"]}, "review", id="accuses the agency of the group"),
        pytest.param({"accused": ["SLTA"]}, "auto", id="accuses another agency"),
        pytest.param({}, "auto", id="nothing against it"),
    ],
)
def test_one_post_of_a_group_is_enough_to_need_a_person(
    connection: duckdb.DuckDBPyConnection, member: dict[str, Any], route: str
) -> None:
    surest, other = enriched(1, confidence=0.99), enriched(2, confidence=0.5, **member)
    store_groups(connection, [surest, other], [enriched(3)])
    assert [found["route"] for found in routes(connection)] == [route, "auto"]


def test_thousands_of_groups_are_routed_at_once(connection: duckdb.DuckDBPyConnection) -> None:
    store_groups(connection, *[[enriched(i)] for i in range(5000)])
    started = time.perf_counter()
    assert len(routes(connection)) == 5000
    assert time.perf_counter() - started < 1


def test_formal_matters_hold_every_post_of_their_group(connection: duckdb.DuckDBPyConnection) -> None:
    store_groups(connection, [enriched(1), enriched(2, is_formal=False)], [enriched(3, is_formal=False)])
    replace_results(connection, "route", "1", NOON, {"routes": suggest_routes(connection)})
    assert formal_matters(connection) == [(["post1", "post2"], "PUC", "water_supply", "toy@1")]


def test_posts_are_read_in_their_newest_version_earliest_first(connection: duckdb.DuckDBPyConnection) -> None:
    store_groups(
        connection,
        [enriched(1, created_at=None, embedding=[0.0, 1.0])],
        [enriched(2, text="old words"), enriched(3, post_id="post2", version=2, text="new words")][1:],
    )
    posts, vectors = load_current_posts(connection)
    assert posts.column("post_id").to_pylist() == ["post2", "post1"]
    assert posts.column("text").to_pylist() == ["new words", "no water"]
    assert vectors.tolist() == [[1.0, 0.0], [0.0, 1.0]]


def test_posts_are_read_with_what_merging_compares(connection: duckdb.DuckDBPyConnection) -> None:
    land(connection, "a", [received("1", lat=-4.62, lon=55.45), received("2")], None, NOON)
    ids = [row[0] for row in connection.execute("SELECT landing_id FROM landing ORDER BY source_id").fetchall()]
    store_groups(
        connection,
        [enriched(ids[0], text="napa delo", gloss="no water", lang="crs")],
        [enriched(ids[1], submitter_id=None, text="no power")],
    )
    posts, _ = load_current_posts(connection)
    names = ["text", "gloss", "lang", "lat", "lon", "submitter_id"]
    assert [tuple(row[name] for name in names) for row in posts.to_pylist()] == [
        ("napa delo", "no water", "crs", -4.62, 55.45, f"who{ids[0]}"),
        ("no power", "no power", "en", None, None, None),  # without a gloss the text stands for it
    ]


def test_no_published_table_holds_coordinates(connection: duckdb.DuckDBPyConnection) -> None:
    build_marts(connection, MAHE)
    columns = connection.execute(
        "SELECT table_name, column_name FROM duckdb_columns() WHERE table_name LIKE 'mart_%'"
    ).fetchall()
    assert len(columns) > 50
    assert [column for column in columns if column[1] in ("lat", "lon", "spot", "gloss")] == []


def test_an_empty_warehouse_has_no_posts_and_no_routes(connection: duckdb.DuckDBPyConnection) -> None:
    posts, vectors = load_current_posts(connection)
    assert (posts.num_rows, vectors.shape) == (0, (0, 0))
    assert routes(connection) == []
