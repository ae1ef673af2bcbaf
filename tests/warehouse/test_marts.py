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
from warehouse.merged import SCHEMAS, TOPIC_CHANGES, replace_results, suggest_routes
from warehouse.publish import COMPUTED, MARTS, Published, build_marts, publish
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


def burst(topic_id: int, **fields: Any) -> dict[str, Any]:
    """A row of the topic_bursts schema: nothing out of the ordinary."""
    return {
        "topic_id": topic_id, "until_at": NOON, "is_bursting": False, "window_hours": 24, "n_voices": 1,
        "n_expected": 1.0, "p": 1.0, "n_posts": 1, "is_campaign": False, **fields,
    }  # fmt: skip


@contextmanager
def published_topics(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    posts_of: dict[int, list[dict[str, Any]]],
    bursts: list[dict[str, Any]] | None = None,
    changes: list[tuple[datetime, str, int, int]] | None = None,
) -> Iterator[Snapshot]:
    """The snapshot of some topics, each post a group of its own."""
    store_groups(connection, *[[post] for posts in posts_of.values() for post in posts])
    rows: dict[str, list[dict[str, Any]]] = {
        "topics": [
            {"topic_id": n, "label": f"topic {n}", "terms": ["a"], "representative_post_id": posts[0]["post_id"]}
            for n, posts in posts_of.items()
        ],
        "topic_members": [
            {"post_id": post["post_id"], "topic_id": n} for n, posts in posts_of.items() for post in posts
        ],
        "topic_bursts": bursts or [],
    }
    tables = {name: pa.Table.from_pylist(of, schema=SCHEMAS[name]) for name, of in rows.items()}
    changed = [dict(zip(TOPIC_CHANGES.names, change, strict=True)) for change in changes or []]
    replace_results(connection, "merge", "1", NOON, tables, pa.Table.from_pylist(changed, schema=TOPIC_CHANGES))
    publish(connection, folder, 3, MAHE)
    snapshot = open_published(folder)
    yield snapshot
    snapshot.close()


def series(snapshot: Snapshot, by: str, unit: str = "week") -> dict[str, list[int]]:
    """The counts of each series, in order of periods."""
    rows = snapshot.read("series", by=by, unit=unit)
    return {str(name): of["n_posts"].tolist() for name, of in rows.groupby("series")}


def periods(snapshot: Snapshot) -> list[date]:
    return [period.date() for period in snapshot.read("topic_periods", topic_id=1)["period_date"]]


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
        assert periods(snapshot) == [monday]
        assert snapshot.timezone == ZoneInfo(timezone)
        assert snapshot.as_of is not None
        assert snapshot.as_of.utcoffset() == at("2026-08-02").astimezone(ZoneInfo(timezone)).utcoffset()
        assert str(snapshot.read("topic_posts", topic_id=1)["created_at"].dt.tz) == timezone
    assert connection.execute("SELECT current_setting('TimeZone')").fetchall() == [("UTC",)]


def test_a_week_without_posts_is_a_zero_in_every_series(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    posts = [
        enriched(1, created_at=NOON - timedelta(days=21), lang="fr"),
        enriched(2, created_at=NOON - timedelta(days=7)),
        enriched(3, created_at=NOON, mda=None),
    ]
    with published(connection, tmp_path, *posts) as snapshot:
        assert periods(snapshot) == [MONDAY - timedelta(days=7 * n) for n in (3, 2, 1, 0)]
        assert series(snapshot, "lang") == {"en": [0, 0, 1, 1], "fr": [1, 0, 0, 0]}
        assert series(snapshot, "mda") == {"PUC": [1, 0, 1, 0], "none": [0, 0, 0, 1]}
        assert series(snapshot, "category") == {"water_supply": [1, 0, 1, 1]}
        assert snapshot.read("topics").at[0, "n_posts_by_period"].tolist() == [1, 0, 1, 1]


@pytest.mark.parametrize(
    "wild",
    [
        pytest.param("2099-01-01", id="in the future"),
        pytest.param("1991-05-01", id="long ago"),
        pytest.param(None, id="none at all"),
    ],
)
def test_one_post_with_a_wild_date_spoils_no_series_and_no_growth(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, wild: str | None
) -> None:
    posts = [
        enriched(1, created_at=at(wild) if wild else None, fetched_at=NOON + timedelta(days=30)),
        enriched(2, created_at=NOON - timedelta(days=1)),
        enriched(3, created_at=NOON - timedelta(days=8)),
        enriched(4, created_at=NOON - timedelta(days=9)),
    ]
    with published(connection, tmp_path, *posts) as snapshot:
        topic = snapshot.read("topics").iloc[0]
        assert topic[["n_posts", "n_last_7_days", "n_previous_7_days"]].tolist() == [4, 1, 2]
        assert series(snapshot, "channel") == {"portal": [2, 1]}
        headline = snapshot.read("headline").iloc[0]
        assert (headline["first_date"].date(), headline["latest_date"].date()) == (date(2026, 7, 25), date(2026, 8, 2))
        assert headline["n_undated"] == 1


def test_twenty_six_weeks_are_told_by_week_and_more_by_month_too(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    latest = enriched(1, created_at=NOON)
    with published(connection, tmp_path, latest, enriched(2, created_at=NOON - timedelta(weeks=25))) as snapshot:
        assert snapshot.read("clock").at[0, "unit"] == "week"
        assert series(snapshot, "lang") == {"en": [1, *[0] * 24, 1]}
        assert series(snapshot, "lang", "month") == {}
    with published(connection, tmp_path, latest, enriched(3, created_at=NOON - timedelta(weeks=26))) as snapshot:
        assert snapshot.read("clock").at[0, "unit"] == "month"
        assert series(snapshot, "lang") == {"en": [1, *[0] * 24, 1]}
        assert series(snapshot, "lang", "month") == {"en": [2, 0, 0, 0, 0, 0, 1]}
        assert periods(snapshot) == [date(2026, month, 1) for month in range(2, 9)]


def test_posts_that_are_all_old_are_told_of_to_their_own_last_day(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    days = ["2016-03-31 12:00", "2017-07-09 12:00", "2019-05-12 12:00", "2019-05-13 12:00", "2019-05-19 12:00"]
    posts = [enriched(number, created_at=at(day)) for number, day in enumerate(days, start=1)]
    with published(connection, tmp_path, *posts) as snapshot:
        months = periods(snapshot)
        assert (months[0], months[-1], len(months)) == (date(2016, 3, 1), date(2019, 5, 1), 39)
        assert sum(series(snapshot, "lang", "month")["en"]) == 5
        topic = snapshot.read("topics").iloc[0]
        assert topic[["n_last_7_days", "n_previous_7_days"]].tolist() == [2, 1]


def test_series_reach_back_ten_years_and_not_further(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    posts = [
        enriched(1, created_at=at("2016-08-02 12:00")),
        enriched(2, created_at=at("2016-08-03 12:00")),
        enriched(3, created_at=NOON),
    ]
    with published(connection, tmp_path, *posts) as snapshot:
        assert (periods(snapshot)[0], len(periods(snapshot))) == (date(2016, 8, 1), 121)
        assert sum(series(snapshot, "lang", "month")["en"]) == 2
        assert snapshot.read("headline").loc[0, ["n_posts", "n_undated"]].tolist() == [3, 1]


@pytest.mark.parametrize(
    ("last", "before", "n_grown"),
    [
        pytest.param(4, 0, 0, id="four posts are chance"),
        pytest.param(5, 3, 2, id="five posts after three"),
        pytest.param(5, 5, 0, id="as many as before"),
        pytest.param(5, 7, 0, id="fewer than before"),
    ],
)
def test_growth_counts_from_five_posts(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, last: int, before: int, n_grown: int
) -> None:
    days = [0] * last + [7] * before
    posts = [enriched(number, created_at=NOON - timedelta(days=n)) for number, n in enumerate(days, start=1)]
    with published(connection, tmp_path, *posts) as snapshot:
        assert snapshot.read("topics").at[0, "n_grown"] == n_grown


def numbered(first: int, *days_ago: int) -> list[dict[str, Any]]:
    """Posts of these days, numbered from `first` on."""
    return [enriched(first + i, created_at=NOON - timedelta(days=days)) for i, days in enumerate(days_ago)]


def test_a_topic_that_bursts_comes_before_one_that_grew_and_the_least_likely_first(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    posts_of = {
        1: numbered(1, 0, 0, 0, 0, 0, 0, 0),
        2: numbered(11, 0, 8, 8),
        3: numbered(21, 0, 0, 8),
        4: numbered(31, 30, 30, 30, 30, 30, 30, 30, 30, 30),
        5: numbered(51, 30, 30, 30),
    }
    bursts = [
        burst(2, is_bursting=True, p=1e-4, window_hours=6, n_voices=9, n_expected=0.4),
        burst(3, is_bursting=True, p=1e-9, is_campaign=True),
        burst(4, p=1e-12, is_campaign=True),  # unlikely, but no alarm: it counts for nothing
        burst(1),
    ]
    with published_topics(connection, tmp_path, posts_of, bursts) as snapshot:
        topics = snapshot.read("topics").set_index("topic_id")
    assert topics.index.tolist() == [3, 2, 1, 4, 5]
    assert topics["is_bursting"].tolist() == [True, True, False, False, False]
    assert topics["is_campaign"].tolist() == [True, False, False, True, False]
    figures = ["burst_window_hours", "burst_n_voices", "burst_n_expected", "burst_p"]
    assert topics.loc[2, figures].tolist() == [6, 9, 0.4, 1e-4]
    assert topics.loc[2, "burst_until_at"] == NOON
    assert str(topics["burst_until_at"].dt.tz) == "Indian/Mahe"
    assert topics.loc[5, ["burst_until_at", *figures]].isna().all()


def test_a_topic_without_a_burst_is_counted_once(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    posts_of = {1: numbered(1, 0, 1, 9), 2: numbered(11, 2, 3, 4)}
    with published_topics(connection, tmp_path, posts_of, [burst(1, is_bursting=True)]) as snapshot:
        topics = snapshot.read("topics")
    assert topics[["topic_id", "n_posts", "is_bursting"]].values.tolist() == [[1, 3, True], [2, 3, False]]


def test_a_change_of_topics_is_told_where_the_topic_that_lives_came_out_of_it(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    monday, tuesday = at("2026-08-03 08:00"), at("2026-08-04 08:00")
    changes = [
        (monday, "merged", 7, 1),
        (tuesday, "merged", 8, 1),
        (tuesday, "merged", 6, 1),
        (tuesday, "split", 2, 1),
        (monday, "split", 1, 5),
    ]
    with published_topics(connection, tmp_path, {1: numbered(1, 0, 0, 0)}, changes=changes) as snapshot:
        told = {
            topic_id: snapshot.read("topic_changes", topic_id=topic_id)[["kind", "other_id"]].values.tolist()
            for topic_id in (1, 2, 5, 7)
        }
        times = snapshot.read("topic_changes", topic_id=1)["changed_at"]
    assert told == {
        1: [["merged", 6], ["merged", 8], ["split", 5], ["merged", 7]],
        2: [["split", 1]],
        5: [],
        7: [],
    }
    assert times.tolist() == [tuesday, tuesday, monday, monday]
    assert str(times.dt.tz) == "Indian/Mahe"


def test_changes_of_earlier_runs_stay_and_bursts_are_replaced(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    for day, other in ((3, 7), (4, 8)):
        changes = [(at(f"2026-08-0{day} 08:00"), "merged", other, 1)]
        bursts = [burst(1, p=other / 100, is_bursting=True)]
        with published_topics(connection, tmp_path, {1: numbered(1, 0, 0, 0)}, bursts, changes) as snapshot:
            told = snapshot.read("topic_changes", topic_id=1)["other_id"].tolist()
            topics = snapshot.read("topics")
    assert told == [8, 7]
    assert topics["burst_p"].tolist() == [0.08]


def test_posts_without_an_author_are_no_voice(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    posts = [enriched(1), enriched(2, submitter_id=None), enriched(3, submitter_id=None), enriched(4)]
    with published(connection, tmp_path, *posts) as snapshot:
        for query in ("headline", "topics"):
            assert snapshot.read(query).loc[0, ["n_voices", "n_without_author"]].tolist() == [2, 2]
        issues = snapshot.read("issues", mda="", start=0)
        assert sorted(zip(issues["n_voices"], issues["n_without_author"], strict=True)) == [
            (0, 1),
            (0, 1),
            (1, 0),
            (1, 0),
        ]


def test_a_matter_gives_the_reasons_of_the_post_that_routes_it(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    first = enriched(1, confidence=0.5, text="first", reasons=["weak"], candidates='["weak"]')
    surest = enriched(2, confidence=0.9, text="second", reasons=["strong"], candidates='["strong"]')
    store_groups(connection, [first, surest])
    replace_results(connection, "route", "1", NOON, {"routes": suggest_routes(connection)})
    publish(connection, tmp_path, 3, MAHE)
    snapshot = open_published(tmp_path)
    issue = snapshot.read("issues", mda="", start=0).iloc[0]
    snapshot.close()
    assert (issue["text"], issue["confidence"]) == ("first", 0.9)
    assert (list(issue["reasons"]), issue["candidates"]) == (["strong"], '["strong"]')


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
        assert series(snapshot, "channel") == {"none": [1], "portal": [1]}
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


def test_the_days_that_a_publication_tells_of_give_no_confidential_day_away(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    days = [MONDAY - timedelta(days=12), MONDAY - timedelta(days=9), MONDAY - timedelta(days=3)]
    posts = [
        enriched(number, created_at=at(f"{day} 12:00"), is_confidential=number != 2)
        for number, day in enumerate(days, start=1)
    ]
    with published(connection, tmp_path, *posts) as snapshot:
        clock = snapshot.read("clock").iloc[0]
        mondays = MONDAY - timedelta(days=14), MONDAY - timedelta(days=7)
        assert (clock["first_date"].date(), clock["latest_date"].date()) == mondays


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
        issue = snapshot.read("issues", mda="", start=0).iloc[0]
    assert issue[["text", "reasons", "candidates", "district"]].tolist() == [None] * 4


def test_an_empty_warehouse_has_every_mart(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    built = set(build_marts(connection, MAHE))
    assert built == {script.stem for script in MARTS.glob("*.sql")} | set(COMPUTED)
    assert built > {"mart_cases", "mart_clock", "mart_districts", "mart_posts", "mart_pulse", "mart_topics"}
    assert not publish(connection, tmp_path, 3, MAHE).as_of
    snapshot = open_published(tmp_path)
    assert (snapshot.as_of, int(snapshot.read("headline").at[0, "n_posts"])) == (None, 0)
    snapshot.close()
