"""What the marts count: few posts in, the real files run, the published rows compared."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa
import pytest
from warehouse_rows import MAHE, NOON, enriched, store_groups

from warehouse.landing import PullState, record_pull
from warehouse.merged import SCHEMAS, replace_results, suggest_routes
from warehouse.publish import Published, build_marts, publish
from warehouse.readers import Snapshot, open_published

MONDAY = date(2026, 8, 3)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@contextmanager
def published(
    connection: duckdb.DuckDBPyConnection, folder: Path, *posts: dict[str, Any], timezone: ZoneInfo = MAHE
) -> Iterator[Snapshot]:
    """The snapshot of posts, each a group of its own and all of them one topic."""
    store_groups(connection, *[[post] for post in posts])
    topic = {"topic_id": 1, "label": "water", "terms": ["water"], "representative_post_id": posts[0]["post_id"]}
    tables = {
        "topics": pa.Table.from_pylist([topic], schema=SCHEMAS["topics"]),
        "topic_members": pa.Table.from_pylist(
            [{"post_id": post["post_id"], "topic_id": 1} for post in posts], schema=SCHEMAS["topic_members"]
        ),
        "routes": suggest_routes(connection),
    }
    replace_results(connection, "route", "1", NOON, tables)
    publish(connection, folder, 3, timezone)
    snapshot = open_published(folder)
    yield snapshot
    snapshot.close()


def series(snapshot: Snapshot, by: str) -> dict[str, list[int]]:
    """The weekly counts of each series, in order of weeks."""
    rows = snapshot.read("weekly", by=by)
    return {str(name): of["n_posts"].tolist() for name, of in rows.groupby("series")}


def weeks(snapshot: Snapshot) -> list[date]:
    return [week.date() for week in snapshot.read("topic_weeks", topic_id=1)["week_date"]]


@pytest.mark.parametrize(
    ("timezone", "created_date"),
    [
        pytest.param("Indian/Mahe", date(2026, 8, 3), id="Mahé: Monday has begun"),
        pytest.param("UTC", date(2026, 8, 2), id="UTC: still Sunday"),
        pytest.param("Pacific/Honolulu", date(2026, 8, 2), id="Honolulu"),
    ],
)
def test_days_and_weeks_are_those_of_the_deployment(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, timezone: str, created_date: date
) -> None:
    monday = created_date - timedelta(days=created_date.weekday())
    post = enriched(1, created_at=at("2026-08-02 21:00"), fetched_at=at("2026-08-02 21:30"))
    with published(connection, tmp_path, post, timezone=ZoneInfo(timezone)) as snapshot:
        for table in ("mart_posts", "mart_daily"):
            found = snapshot.connection.execute(f"SELECT created_date FROM {table}").fetchall()
            assert found == [(created_date,)]
        assert weeks(snapshot) == [monday]
        assert snapshot.timezone == ZoneInfo(timezone)
        assert snapshot.as_of is not None
        assert snapshot.as_of.utcoffset() == at("2026-08-02").astimezone(ZoneInfo(timezone)).utcoffset()
        assert str(snapshot.read("topic_posts", topic_id=1)["created_at"].dt.tz) == timezone
    assert connection.execute("SELECT current_setting('TimeZone')").fetchall() == [("UTC",)]


def test_a_week_without_posts_is_a_zero_in_every_series(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    posts = [
        enriched(1, created_at=NOON - timedelta(days=21), lang="fr"),
        enriched(2, created_at=NOON - timedelta(days=7)),
        enriched(3, created_at=NOON - timedelta(days=6), mda=None),
    ]
    with published(connection, tmp_path, *posts) as snapshot:
        assert weeks(snapshot) == [MONDAY - timedelta(days=7 * n) for n in (3, 2, 1, 0)]
        assert series(snapshot, "lang") == {"en": [0, 0, 2, 0], "fr": [1, 0, 0, 0]}
        assert series(snapshot, "mda") == {"PUC": [1, 0, 1, 0], "none": [0, 0, 1, 0]}
        assert series(snapshot, "category") == {"water_supply": [1, 0, 2, 0]}
        assert snapshot.read("topics").at[0, "weekly_posts"].tolist() == [1, 0, 2, 0]


@pytest.mark.parametrize(
    "wild", [pytest.param("2099-01-01", id="in the future"), pytest.param("1991-05-01", id="long ago")]
)
def test_one_post_with_a_wild_date_spoils_no_series_and_no_growth(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, wild: str
) -> None:
    posts = [
        enriched(1, created_at=at(wild)),
        enriched(2, created_at=NOON - timedelta(days=1)),
        enriched(3, created_at=NOON - timedelta(days=8)),
        enriched(4, created_at=NOON - timedelta(days=7)),
    ]
    with published(connection, tmp_path, *posts) as snapshot:
        topic = snapshot.read("topics").iloc[0]
        assert topic[["n_posts", "n_last_7_days", "n_previous_7_days"]].tolist() == [4, 1, 2]
        assert series(snapshot, "channel") == {"portal": [1, 2, 0]}


def test_series_reach_back_two_years_and_not_further(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    posts = [enriched(1, created_at=at("2019-03-01 12:00")), enriched(2, created_at=at("2024-08-06 12:00"))]
    with published(connection, tmp_path, *posts) as snapshot:
        assert weeks(snapshot)[0] == date(2024, 8, 5)
        assert len(weeks(snapshot)) == 105
        assert sum(series(snapshot, "lang")["en"]) == 1
        assert int(snapshot.read("headline").at[0, "n_posts"]) == 2


def test_posts_that_are_all_older_leave_one_empty_week(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    with published(connection, tmp_path, enriched(1, created_at=at("2019-03-01 12:00"))) as snapshot:
        assert series(snapshot, "lang") == {"en": [0]}


def test_a_confidential_post_is_published_without_who_when_and_where(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    hidden = enriched(
        1, is_confidential=True, submitter_id="SECRET-WHO", source="SECRET-SOURCE", channel="SECRET-CHANNEL",
        created_at=at("2026-07-29 21:34:56"), fetched_at=at("2026-07-29 21:35:57"),
    )  # fmt: skip
    shown = enriched(2, created_at=at("2026-07-30 12:00"))
    with published(connection, tmp_path, hidden, shown) as snapshot:
        first = "SELECT submitter_id, source, channel, created_date, text FROM mart_posts ORDER BY post_id"
        assert snapshot.connection.execute(first).fetchall() == [
            (None, None, None, date(2026, 7, 27), None),
            ("who2", "a", "portal", date(2026, 7, 30), "no water"),
        ]
        times = "SELECT first_at, last_at FROM mart_issues WHERE is_confidential"
        assert {t for row in snapshot.connection.execute(times).fetchall() for t in row} == {at("2026-07-26 20:00")}
        assert series(snapshot, "channel") == {"none": [1, 0], "portal": [1, 0]}
        assert int(snapshot.read("headline").at[0, "n_voices"]) == 2
        tables = [row[0] for row in snapshot.connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()]
        everything = {
            table: str(snapshot.connection.execute(f'FROM "{table}"').fetchall())
            for table in tables
            if table != "mart_sources"  # a source that was read has its line, whatever it brought
        }
    for secret in ("SECRET-WHO", "SECRET-SOURCE", "SECRET-CHANNEL", "34, 56"):
        assert [table for table, rows in everything.items() if secret in rows] == []


def test_the_newest_post_of_a_source_is_never_a_confidential_one(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    posts = [enriched(1, created_at=NOON, is_confidential=True), enriched(2, created_at=NOON - timedelta(days=1))]
    with published(connection, tmp_path, *posts) as snapshot:
        assert snapshot.read("sources").at[0, "newest_post_at"] == NOON - timedelta(days=1)


def _pull(connection: duckdb.DuckDBPyConnection, folder: Path, failure: str | None, state: PullState) -> Published:
    record_pull(connection, "a", "file", NOON, NOON, 0, 0, 0, failure, state)
    return publish(connection, folder, 3, MAHE)


def test_a_failure_told_in_other_words_publishes_nothing_anew(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    store_groups(connection, [enriched(1)])
    assert _pull(connection, tmp_path, None, PullState.OK).is_new
    assert _pull(connection, tmp_path, "/home/someone/a.csv: not there", PullState.UNREADABLE).is_new
    assert not _pull(connection, tmp_path, "/home/someone/a.csv: line 3", PullState.UNREADABLE).is_new
    snapshot = open_published(tmp_path)
    (source,) = snapshot.read("sources").to_dict("records")
    snapshot.close()
    assert (source["source"], source["state"]) == ("a", "unreadable")
    assert "/home/someone" not in str(source)


def test_a_text_or_list_that_is_not_there_is_none(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    with published(connection, tmp_path, enriched(1, is_confidential=True)) as snapshot:
        issue = snapshot.read("issues", mda="").iloc[0]
    assert issue[["text", "reasons", "candidates", "district"]].tolist() == [None] * 4


def test_an_empty_warehouse_has_every_mart(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    assert set(build_marts(connection, MAHE)) == {
        "mart_clock", "mart_daily", "mart_faqs", "mart_headline", "mart_issues", "mart_names", "mart_posts",
        "mart_sources", "mart_topic_weeks", "mart_topics", "mart_weeks",
    }  # fmt: skip
    assert not publish(connection, tmp_path, 3, MAHE).as_of
    snapshot = open_published(tmp_path)
    assert (snapshot.as_of, int(snapshot.read("headline").at[0, "n_posts"])) == (None, 0)
    snapshot.close()
