import time
from datetime import timedelta
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from warehouse_rows import MAHE, NOON, enriched, received, store_groups

from warehouse import merged
from warehouse.enriched import ENRICHED, store_enriched
from warehouse.landing import land
from warehouse.merged import formal_groups, load_current_posts, replace_results, suggest_routes
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


def land_posts(connection: duckdb.DuckDBPyConnection, **source_of: str) -> dict[str, int]:
    """Land a post of each name from its source; returns their landing ids."""
    for name, source in source_of.items():
        land(connection, source, [received(name)], None, NOON)
    return dict(connection.execute("SELECT source_id, landing_id FROM landing").fetchall())


def matters(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    replace_results(connection, "route", "1", NOON, {"routes": suggest_routes(connection)})
    return merged.matters(connection, list(formal_groups(connection)))


def test_a_formal_matter_holds_every_post_of_its_group_earliest_first(connection: duckdb.DuckDBPyConnection) -> None:
    ids = land_posts(connection, S1="portal", t3_x="reddit", S2="portal", other="reddit")
    store_groups(
        connection,
        [
            enriched(ids["S1"], source="portal", district=None, created_at=None),
            enriched(
                ids["t3_x"], is_formal=False, source="reddit", text="napa delo", lang="crs",
                created_at=NOON + timedelta(hours=1), confidence=0.95, candidates='[{"category": "roads"}]',
                reasons=["hole"], mda="SLTA", category="roads", urgency="urgent",
            ),
            enriched(ids["S2"], source="portal"),
        ],
        [enriched(ids["other"], is_formal=False)],
    )  # fmt: skip
    [matter] = matters(connection)
    posts = matter.pop("posts")
    assert matter.pop("embedding") is not None
    assert matter == {
        "group_id": f"post{ids['S1']}", "mda": "SLTA", "category": "roads", "urgency": "urgent",
        "is_confidential": False, "confidence": 0.95, "model": "toy@1", "candidates": '[{"category": "roads"}]',
        "reasons": ["hole"], "accused": [],
    }  # fmt: skip
    same = {"lang": "en", "text": "no water", "source": "portal", "district": "SC-05", "url": None}
    assert posts == [
        {**same, "post_id": f"post{ids['S2']}", "said_at": NOON, "receipt": "S2"},
        {
            **same, "post_id": f"post{ids['t3_x']}", "said_at": NOON + timedelta(hours=1), "receipt": None,
            "source": "reddit", "text": "napa delo", "lang": "crs",
        },
        {**same, "post_id": f"post{ids['S1']}", "said_at": None, "receipt": "S1", "district": None},
    ]  # fmt: skip


def test_only_submissions_to_the_portal_have_a_receipt(connection: duckdb.DuckDBPyConnection) -> None:
    ids = land_posts(connection, S1="portal", x="letters", y="portal2")
    store_groups(connection, [enriched(landing_id) for landing_id in ids.values()])
    [matter] = matters(connection)
    assert [post["receipt"] for post in matter["posts"]] == ["S1", None, None]


def test_a_formal_matter_names_every_agency_that_a_post_of_it_accuses_once(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    ids = land_posts(connection, a="portal", b="portal", c="reddit", d="portal")
    accusing = [enriched(ids["a"], accused=["SLTA", "PUC"]), enriched(ids["b"]), enriched(ids["c"], accused=["PUC"])]
    store_groups(connection, accusing, [enriched(ids["d"])])
    assert [matter["accused"] for matter in matters(connection)] == [["PUC", "SLTA"], []]


def test_formal_matters_come_in_the_order_of_their_earliest_posts(connection: duckdb.DuckDBPyConnection) -> None:
    ids = land_posts(connection, a="portal", b="portal", c="portal", d="portal")
    store_groups(
        connection,
        [enriched(ids["a"], created_at=None)],
        [enriched(ids["b"], created_at=NOON + timedelta(days=1))],
        [enriched(ids["c"], created_at=NOON + timedelta(days=2)), enriched(ids["d"])],
    )
    assert [matter["group_id"] for matter in matters(connection)] == [f"post{ids[name]}" for name in "cba"]


def test_a_formal_matter_shows_the_newest_version_of_its_posts(connection: duckdb.DuckDBPyConnection) -> None:
    land(connection, "portal", [received("S1")], None, NOON)
    land(connection, "portal", [received("S1", text="no water at all")], None, NOON + timedelta(hours=1))
    first, second = sorted(row[0] for row in connection.execute("SELECT landing_id FROM landing").fetchall())
    store_groups(connection, [enriched(first)])
    newest = enriched(second, post_id=f"post{first}", version=2, text="no water at all")
    store_enriched(connection, pa.Table.from_pylist([newest], schema=ENRICHED))
    [matter] = matters(connection)
    assert [(post["text"], post["receipt"]) for post in matter["posts"]] == [("no water at all", "S1")]


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
