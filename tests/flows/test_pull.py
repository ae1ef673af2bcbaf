"""Reading one source into landing: whatever it does becomes its report, and it holds nothing up."""

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from flows.home import Home
from flows.settings import PortalSourceSettings, RedditSourceSettings, Settings
from flows.stages.ingest import PullReport, open_source, pull
from ingest.errors import SourceUnavailableError
from ingest.file_source import FileSource
from ingest.records import Deleted, RawPost, Record, SetAside
from ingest.sources import Cursor, Page, Source
from portal.errors import StoreUnreachableError
from warehouse.database import open_warehouse
from warehouse.errors import WarehouseError

NOON = datetime(2026, 8, 3, 12, tzinfo=UTC)
LIMIT = "1GB"


@pytest.fixture
def place(home: Path) -> Home:
    return Home(home)


@dataclass(frozen=True)
class Listed:
    """A source that yields these pages and then fails as told."""

    listed: tuple[Page, ...] = ()
    failure: Exception | None = None
    name: str = "listed"
    kind: str = "reddit"
    seen: list[Cursor | None] = field(default_factory=list)

    def pages(self, cursor: Cursor | None) -> Iterator[Page]:
        self.seen.append(cursor)
        yield from self.listed
        if self.failure is not None:
            raise self.failure


def read(place: Home, source: Source) -> PullReport:
    return pull(source, place, LIMIT, lambda: NOON)


def rows(place: Home, query: str) -> list[tuple[Any, ...]]:
    with open_warehouse(place.warehouse) as connection:
        return connection.execute(query).fetchall()


def page(*posts: Record, **cursor: int) -> Page:
    return Page(posts, cursor)


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        pytest.param(SourceUnavailableError("listed", "is down"), "source listed: is down", id="of the source"),
        pytest.param(StoreUnreachableError("x", "no"), "the portal's store x cannot be opened: no", id="of a store"),
        pytest.param(PermissionError(13, "Permission denied", "/etc/x"), "Permission denied (/etc/x)", id="of a file"),
        pytest.param(
            KeyError("Zeferin"), "something unexpected went wrong (KeyError); please report it", id="that nobody named"
        ),
    ],
)
def test_any_failure_is_the_sources_own_report_and_what_came_before_stays(
    place: Home, failure: Exception, said: str
) -> None:
    report = read(place, Listed((page(RawPost("1", "Napa delo", {}), newest=1),), failure))
    assert (report.n_read, report.n_new) == (1, 1)
    assert report.failure is not None
    assert report.failure.startswith(said)
    assert "Zeferin" not in report.failure
    assert rows(place, "SELECT source, n_new, failure FROM pulls") == [("listed", 1, report.failure)]
    assert rows(place, "SELECT cursor FROM watermarks") == [('{"newest": 1}',)]


def test_a_warehouse_that_cannot_be_written_is_no_failure_of_the_source(place: Home) -> None:
    place.warehouse.parent.mkdir(parents=True)
    place.warehouse.write_bytes(b"damaged")
    with pytest.raises(WarehouseError, match="is damaged"):
        read(place, Listed())


def test_a_failure_of_the_warehouse_half_way_is_raised(place: Home) -> None:
    with open_warehouse(place.warehouse) as connection:
        connection.execute("DROP TABLE watermarks")
        connection.execute(
            "CREATE TABLE watermarks (source VARCHAR, cursor JSON CHECK (false), updated_at TIMESTAMPTZ)"
        )
    with pytest.raises(WarehouseError, match="refused"):
        read(place, Listed((page(newest=1),)))


def test_a_secret_that_cannot_be_read_is_the_sources_own_failure(place: Home, tmp_path: Path) -> None:
    reddit = RedditSourceSettings(
        kind="reddit", subreddits=["Seychelles"], client_id="id", client_secret_file=tmp_path / "gone"
    )
    report = read(place, open_source("reddit", reddit, Settings()))
    assert report.failure == f"client_secret_file {tmp_path / 'gone'} cannot be read: No such file or directory"


def test_a_portal_store_that_cannot_be_opened_is_the_sources_own_failure(place: Home, tmp_path: Path) -> None:
    (tmp_path / "letter").write_bytes(b"this is a letter, not a database " * 100)
    settings = Settings(portal_url=f"sqlite:///{tmp_path / 'letter'}")
    report = read(place, open_source("portal", PortalSourceSettings(), settings))
    assert (report.failure or "").startswith(f"the portal's store sqlite:///{tmp_path / 'letter'} is damaged")
    assert rows(place, "SELECT source, kind FROM pulls") == [("portal", "portal")]


def test_nothing_holds_the_warehouse_while_a_source_is_read(place: Home) -> None:
    @dataclass(frozen=True)
    class Slow:
        name: str = "slow"
        kind: str = "reddit"

        def pages(self, cursor: Cursor | None) -> Iterator[Page]:
            for n in range(2):
                duckdb.connect(str(place.warehouse), config={"memory_limit": "123MB"}).close()  # refused if it is open
                yield page(RawPost(str(n), "Napa delo", {}), newest=n)
            duckdb.connect(str(place.warehouse), config={"memory_limit": "123MB"}).close()

    report = read(place, Slow())
    assert (report.n_new, report.failure) == (2, None)


def test_a_cursor_comes_back_at_the_next_reading(place: Home) -> None:
    source = Listed((page(newest=1), page(newest=2)))
    read(place, source)
    read(place, source)
    assert source.seen == [None, {"newest": 2}]


def test_a_time_that_cannot_be_true_is_counted_with_the_fields_that_could_not_be_read(place: Home) -> None:
    report = read(
        place,
        Listed(
            (
                page(
                    RawPost("1", "x", {"when": "2999"}, created_at=NOON.replace(year=2999)),
                    RawPost("2", "x", {"when": "?"}, unread=("created_at", "lat")),
                    RawPost("3", "x", {}, created_at=NOON + timedelta(hours=20)),
                ),
            )
        ),
    )
    assert report.unread == (("created_at", 2), ("lat", 1))
    landed = rows(place, "SELECT created_at IS NULL, raw FROM landing ORDER BY source_id")
    assert landed == [(True, '{"when": "2999"}'), (True, '{"when": "?"}'), (False, "{}")]


def test_times_of_a_file_are_read_in_the_zone_of_the_settings(place: Home, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,text,created_at\n1,x,2026-08-01 12:00\n")
    for zone, hour in (("Indian/Mahe", 8), ("Europe/Paris", 10)):
        settings = Settings(timezone=zone, sources={zone: {"kind": "file", "path": str(tmp_path / "a.csv")}})
        read(place, open_source(zone, settings.sources[zone], settings))
        landed = rows(place, f"SELECT created_at FROM landing WHERE source = '{zone}'")
        assert landed == [(datetime(2026, 8, 1, hour, tzinfo=UTC),)]


def test_a_record_set_aside_again_is_written_once_though_counters_change(place: Home) -> None:
    def removed(score: int, reason: str = "removed at the source") -> SetAside:
        return SetAside(reason, 0, json.dumps({"score": score}), source_id="t3_1")

    reports = [read(place, Listed((page(removed(score)),))) for score in (1, 2, 2)]
    assert len({report.set_aside_file for report in reports}) == 1
    (file,) = place.set_aside.iterdir()
    assert json.loads(json.loads(file.read_text())["content"]) == {"score": 2}
    other = read(place, Listed((page(removed(2, "no text")),)))
    assert other.set_aside_file != reports[0].set_aside_file


def test_records_without_an_id_are_told_apart_by_all_they_hold(place: Home) -> None:
    for content in ("a", "b", "a"):
        read(place, Listed((page(SetAside("not JSON", 1, content)),)))
    assert len(list(place.set_aside.iterdir())) == 2


def test_the_same_file_again_adds_none_after_an_edit(place: Home, tmp_path: Path) -> None:
    old, new = tmp_path / "old.jsonl", tmp_path / "new.jsonl"
    old.write_text('{"id": 1, "text": "no water"}\n{"id": 1.0, "text": "no water"}\n')
    new.write_text('{"id": 1, "text": "water is back"}\n')
    assert [read(place, FileSource("a", str(path))).n_new for path in (old, new, old, new)] == [1, 1, 0, 0]


def test_what_a_source_has_deleted_is_handed_on_before_its_page_lands(place: Home) -> None:
    gone: list[tuple[set[str], list[tuple[Any, ...]]]] = []

    def erase(source_ids: Collection[str]) -> None:
        gone.append((set(source_ids), rows(place, "SELECT count(*) FROM landing")))

    source = Listed(
        (
            page(Deleted("a"), RawPost("b", "Napa delo", {}), Deleted("c"), at=1),
            page(RawPost("d", "Napa delo", {}), at=2),
        )
    )
    report = pull(source, place, LIMIT, lambda: NOON, erase=erase)
    assert gone == [({"a", "c"}, [(0,)])]
    assert (report.n_read, report.n_new, report.n_deleted, report.n_set_aside) == (4, 2, 2, 0)


def test_where_nothing_can_be_erased_the_page_is_read_again(place: Home) -> None:
    def fail(source_ids: Collection[str]) -> None:
        raise StoreUnreachableError("sqlite:///x", "it is away")

    report = pull(
        Listed((page(Deleted("a"), RawPost("b", "Napa delo", {}), at=1),)), place, LIMIT, lambda: NOON, erase=fail
    )
    assert (report.n_new, "it is away" in (report.failure or "")) == (0, True)
    again = Listed((page(Deleted("a"), RawPost("b", "Napa delo", {}), at=1),))
    assert pull(again, place, LIMIT, lambda: NOON).n_new == 1
    assert again.seen == [None]
