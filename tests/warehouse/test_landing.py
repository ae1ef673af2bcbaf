import itertools
import json
from collections.abc import Iterator
from datetime import datetime, timedelta

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from warehouse_rows import NOON, received

from warehouse.landing import Landed, PullState, content_hash, land, record_pull, watermark


def versions(connection: duckdb.DuckDBPyConnection, source_id: str) -> list[tuple[int, str]]:
    return connection.execute(
        "SELECT version, text FROM landing WHERE source_id = ? ORDER BY version", [source_id]
    ).fetchall()


def test_the_same_post_lands_once(connection: duckdb.DuckDBPyConnection) -> None:
    assert land(connection, "a", [received("1"), received("1")], None, NOON) == Landed(n_read=2, n_new=1)
    assert land(connection, "a", [received("1")], None, NOON + timedelta(days=1)) == Landed(n_read=1, n_new=0)
    assert versions(connection, "1") == [(1, "no water")]


def test_an_edited_post_becomes_a_new_version(connection: duckdb.DuckDBPyConnection) -> None:
    land(connection, "a", [received("1", "no water")], None, NOON)
    land(connection, "a", [received("1", "water is back")], None, NOON)
    assert versions(connection, "1") == [(1, "no water"), (2, "water is back")]


def test_an_edit_taken_back_is_a_version_too_where_a_source_tells_what_is_new(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    for text in ("no water", "water is back", "no water"):
        land(connection, "a", [received("1", text)], {"newest": 5}, NOON)
    assert versions(connection, "1") == [(1, "no water"), (2, "water is back"), (3, "no water")]


def test_a_file_that_landed_before_adds_nothing_whatever_came_between(connection: duckdb.DuckDBPyConnection) -> None:
    old, new = [received("1", "no water"), received("2")], [received("1", "water is back"), received("2")]
    landed = [land(connection, "a", rows, None, NOON).n_new for rows in (old, new, old, new)]
    assert landed == [2, 1, 0, 0]
    assert versions(connection, "1") == [(1, "no water"), (2, "water is back")]


def test_what_another_source_or_another_post_said_is_new_all_the_same(connection: duckdb.DuckDBPyConnection) -> None:
    land(connection, "a", [received("1")], None, NOON)
    assert land(connection, "b", [received("1")], None, NOON).n_new == 1
    assert land(connection, "a", [received("2")], None, NOON).n_new == 1


def test_a_file_that_holds_two_versions_adds_nothing_the_second_time(connection: duckdb.DuckDBPyConnection) -> None:
    rows = [received("1", "no water"), received("2"), received("1", "water is back")]
    assert land(connection, "a", rows, None, NOON).n_new == 3
    assert land(connection, "a", rows, None, NOON).n_new == 0
    assert versions(connection, "1") == [(1, "no water"), (2, "water is back")]


def test_a_page_that_continues_a_history_adds_only_what_is_new(connection: duckdb.DuckDBPyConnection) -> None:
    land(connection, "a", [received("1", "one"), received("1", "two")], {}, NOON)
    assert land(connection, "a", [received("1", "two"), received("1", "three")], {}, NOON).n_new == 1
    assert versions(connection, "1") == [(1, "one"), (2, "two"), (3, "three")]


def test_two_sources_may_use_the_same_id(connection: duckdb.DuckDBPyConnection) -> None:
    land(connection, "a", [received("1", "from a")], None, NOON)
    land(connection, "b", [received("1", "from b")], None, NOON)
    rows = connection.execute("SELECT source, version, text FROM landing ORDER BY source").fetchall()
    assert rows == [("a", 1, "from a"), ("b", 1, "from b")]


def test_counters_of_a_site_do_not_make_a_new_version(connection: duckdb.DuckDBPyConnection) -> None:
    land(connection, "a", [received("1", raw='{"votes": 1}')], None, NOON)
    assert land(connection, "a", [received("1", raw='{"votes": 2}')], None, NOON).n_new == 0
    assert connection.execute("SELECT raw FROM landing").fetchall() == [('{"votes": 1}',)]


def test_every_contract_field_makes_a_difference() -> None:
    other = {
        "text": "x", "created_at": NOON + timedelta(seconds=1), "channel": "sms", "author": "x", "district": "SC-05",
        "lat": 1.0, "lon": 1.0, "address": "x", "url": "x", "is_formal": False, "source_category": "x",
    }  # fmt: skip
    hashes = {content_hash(received("1", **{field: value})) for field, value in other.items()}
    assert len(hashes | {content_hash(received("1"))}) == len(other) + 1


def test_the_watermark_moves_with_the_rows(connection: duckdb.DuckDBPyConnection) -> None:
    assert watermark(connection, "a") is None
    land(connection, "a", [received("1")], {"newest": 5}, NOON)
    assert watermark(connection, "a") == {"newest": 5}
    land(connection, "a", [], None, NOON)
    assert watermark(connection, "a") == {"newest": 5}


def test_a_source_that_breaks_half_way_lands_neither_rows_nor_watermark(connection: duckdb.DuckDBPyConnection) -> None:
    def rows() -> Iterator[dict[str, object]]:
        yield received("1")
        raise ConnectionError("gone")

    with pytest.raises(ConnectionError):
        land(connection, "a", rows(), {"newest": 5}, NOON)
    assert versions(connection, "1") == []
    assert watermark(connection, "a") is None
    assert land(connection, "a", [received("1")], None, NOON).n_new == 1


def test_what_lands_is_what_was_received(connection: duckdb.DuckDBPyConnection) -> None:
    raw = json.dumps({"id": 7, "body": "Delo 💧 napa", "nested": {"a": [1, None]}}, ensure_ascii=False)
    row = received("7", "Delo 💧 napa", raw=raw, author="Invented Person", lat=-4.6, lon=55.4, district="SC-05")
    land(connection, "a", [row], None, NOON)
    (stored,) = connection.execute("SELECT * FROM landing").df().to_dict("records")
    assert {name: stored[name] for name in ("source_id", "text", "raw", "author", "lat", "lon", "district")} == {
        name: row[name] for name in ("source_id", "text", "raw", "author", "lat", "lon", "district")
    }
    assert stored["created_at"].to_pydatetime() == NOON


def test_more_rows_than_a_chunk_land_in_order(connection: duckdb.DuckDBPyConnection) -> None:
    rows = (received(str(i), f"post {i}") for i in range(12_001))
    assert land(connection, "a", rows, None, NOON) == Landed(n_read=12_001, n_new=12_001)
    order = connection.execute("SELECT source_id FROM landing ORDER BY landing_id").fetchall()
    assert [row[0] for row in order] == [str(i) for i in range(12_001)]


_runs = itertools.count()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=st.lists(st.lists(st.tuples(st.sampled_from("pq"), st.sampled_from("xyz")), max_size=6), max_size=4))
def test_landing_any_batches_again_adds_nothing_after_the_last(
    connection: duckdb.DuckDBPyConnection, batches: list[list[tuple[str, str]]]
) -> None:
    source = f"run {next(_runs)}"
    for batch in batches:
        land(connection, source, [received(post, text) for post, text in batch], {}, NOON)
        assert land(connection, source, [received(post, text) for post, text in batch], {}, NOON).n_new == 0
    for post in "pq":
        said = [text for batch in batches for name, text in batch if name == post]
        last = connection.execute(
            "SELECT arg_max(text, version) FROM landing WHERE source = ? AND source_id = ?", [source, post]
        ).fetchall()
        assert last == [(said[-1] if said else None,)]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=st.lists(st.lists(st.tuples(st.sampled_from("pq"), st.sampled_from("xyz")), max_size=6), max_size=4))
def test_landing_any_files_again_in_any_order_adds_nothing(
    connection: duckdb.DuckDBPyConnection, batches: list[list[tuple[str, str]]]
) -> None:
    source = f"run {next(_runs)}"
    landed = [
        land(connection, source, [received(post, text) for post, text in batch], None, NOON).n_new
        for batch in (*batches, *reversed(batches), *batches)
    ]
    assert sum(landed) == sum(landed[: len(batches)]) == len({said for batch in batches for said in batch})
    numbered = connection.execute(
        "SELECT count(*), count(DISTINCT (source_id, version)), max(version) FROM landing WHERE source = ?", [source]
    ).fetchall()
    assert numbered[0][0] == numbered[0][1] == sum(landed)
    assert (numbered[0][2] or 0) <= 3


@pytest.mark.parametrize(
    ("created_at", "is_believed"),
    [
        pytest.param(NOON + timedelta(days=1), True, id="clocks that differ"),
        pytest.param(NOON + timedelta(days=1, seconds=1), False, id="not yet"),
        pytest.param(NOON.replace(year=2999), False, id="far ahead"),
        pytest.param(NOON.replace(year=1990, month=1, day=1, hour=0), True, id="1990"),
        pytest.param(NOON.replace(year=1989), False, id="1989"),
        pytest.param(None, True, id="none"),
    ],
)
def test_a_time_that_cannot_be_true_lands_empty_and_is_counted(
    connection: duckdb.DuckDBPyConnection, created_at: datetime | None, is_believed: bool
) -> None:
    landed = land(connection, "a", [received("1", created_at=created_at), received("2")], None, NOON)
    assert landed == Landed(n_read=2, n_new=2, n_without_time=0 if is_believed else 1)
    (stored,) = connection.execute("SELECT created_at FROM landing WHERE source_id = '1'").fetchone() or ()
    assert stored == (created_at if is_believed else None)


def test_a_time_that_has_come_true_since_makes_no_new_version(connection: duckdb.DuckDBPyConnection) -> None:
    rows = [received("1", created_at=NOON + timedelta(days=9))]
    land(connection, "a", rows, {}, NOON)
    assert land(connection, "a", rows, {}, NOON + timedelta(days=9)).n_new == 0


def test_every_attempt_to_read_a_source_is_remembered(connection: duckdb.DuckDBPyConnection) -> None:
    record_pull(connection, "a", "file", NOON, NOON, 10, 7, 2, None, PullState.OK)
    record_pull(connection, "a", "file", NOON, NOON, 0, 0, 0, "source a: down", PullState.UNAVAILABLE)
    rows = connection.execute("SELECT n_read, n_new, n_set_aside, failure FROM pulls ORDER BY pull_id").fetchall()
    assert rows == [(10, 7, 2, None), (0, 0, 0, "source a: down")]
