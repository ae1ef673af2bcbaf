"""Read a source into landing."""

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from flows.failures import explain
from flows.home import Home
from flows.settings import AnySource, FileSourceSettings, RedditSourceSettings, Settings
from flows.stages.set_aside import SetAsideFile, values_of
from ingest.errors import ColumnMissingError, FileUnreadableError, SourceRefusedError
from ingest.file_source import FileSource
from ingest.records import Deleted, RawPost, Record
from ingest.sources import Page, RetryPolicy, Source
from warehouse.database import open_warehouse
from warehouse.errors import WarehouseError
from warehouse.landing import PullState, land, record_pull, watermark
from warehouse.pseudonyms import Pseudonyms
from warehouse.tombstones import Tombstones, load_tombstones

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class PullReport:
    """What came of reading one source. `failure` is a sentence, None when all went well.

    `set_aside_file` holds the records that could not be used; `unread` counts records kept without a field that could
    not be read, by field; `n_deleted` the posts that the source says it has deleted.
    """

    source: str
    kind: str
    n_read: int = 0
    n_new: int = 0
    n_set_aside: int = 0
    set_aside_file: str | None = None
    unread: tuple[tuple[str, int], ...] = ()
    failure: str | None = None
    n_deleted: int = 0


def open_source(name: str, settings: AnySource, all_settings: Settings) -> Source:
    """The connector of a configured source. It opens what it needs when it is read, so this cannot fail."""
    if isinstance(settings, FileSourceSettings):
        return FileSource(name, settings.path, settings.map, all_settings.timezone)
    if isinstance(settings, RedditSourceSettings):
        from ingest.reddit import RedditSource

        retry = RetryPolicy(
            all_settings.retry_attempts,
            all_settings.retry_first_wait_seconds,
            all_settings.retry_longest_wait_seconds,
        )
        return RedditSource(
            name=name,
            client_id=settings.client_id,
            client_secret=settings.secret,
            user_agent=settings.user_agent,
            subreddits=settings.subreddits,
            base_url=settings.base_url,
            overlap_hours=settings.overlap_hours,
            limit=settings.limit,
            retry=retry,
        )
    from ingest.portal_source import PortalSource
    from portal.store import open_store

    return PortalSource(name, partial(open_store, all_settings.portal_url.get_secret_value()))


def pull(
    source: Source,
    home: Home,
    memory_limit: str,
    clock: Clock = utc_now,
    pseudonyms: Pseudonyms | None = None,
    erase: Callable[[Collection[str]], object] | None = None,
) -> PullReport:
    """Land what a source has that is new. A source's own failure is reported, not raised; what came before it stays.

    The warehouse is open only while a page lands. What was erased neither lands nor is set aside; `pseudonyms` tell it.
    `erase` gets the ids of the posts that the source has deleted before their page lands: where it fails, the page is
    read again the next time.
    Raises `WarehouseError` when it cannot be written, or when something was erased and the key is not given.
    """
    started_at, set_aside = clock(), SetAsideFile(home.set_aside, source.name)
    unread, dropped, deleted = Counter[str](), Counter[str](), set[str]()
    n_read = n_new = 0
    failure, state = None, PullState.OK
    with open_warehouse(home.warehouse, memory_limit=memory_limit) as connection:
        cursor, tombstones = watermark(connection, source.name), load_tombstones(connection, pseudonyms)
    try:
        for page in source.pages(cursor):
            gone = _deleted(page)
            if gone and erase is not None:
                erase(gone)
            deleted |= gone
            rows = _rows(_usable(page.records, source.name, set_aside, tombstones, dropped), source.name, unread)
            with open_warehouse(home.warehouse, memory_limit=memory_limit) as connection:
                landed = land(connection, source.name, rows, page.cursor, clock(), pseudonyms)
            n_read, n_new = n_read + landed.n_read, n_new + landed.n_new
            unread["created_at"] += landed.n_without_time
    except WarehouseError:
        raise
    except Exception as error:  # one source, however it fails, stops no other
        failure, state = explain(error), _state(error)
    finally:
        set_aside_file = set_aside.close()
    n_read += set_aside.n + dropped.total() + len(deleted)
    with open_warehouse(home.warehouse, memory_limit=memory_limit) as connection:
        record_pull(
            connection, source.name, source.kind, started_at, clock(), n_read, n_new, set_aside.n, failure, state
        )
    return PullReport(
        source.name, source.kind, n_read, n_new, set_aside.n, set_aside_file, tuple(sorted((+unread).items())), failure,
        len(deleted),
    )  # fmt: skip


def _state(error: Exception) -> PullState:
    if isinstance(error, FileUnreadableError | ColumnMissingError):
        return PullState.UNREADABLE
    return PullState.REFUSED if isinstance(error, SourceRefusedError) else PullState.UNAVAILABLE


def _deleted(page: Page) -> set[str]:
    """What a source with a cursor says it has deleted; what has none, a file, tells by leaving out."""
    records = page.records if page.cursor is not None else ()
    return {record.source_id for record in records if isinstance(record, Deleted)}


def _usable(
    records: Iterable[Record],
    source: str,
    set_aside: SetAsideFile,
    tombstones: Tombstones,
    dropped: Counter[str],
) -> Iterator[RawPost]:
    """The posts among the records; the others are set aside, or dropped where somebody had erased what they hold."""
    for record in records:
        if isinstance(record, RawPost):
            yield record
        elif isinstance(record, Deleted):
            continue
        elif not tombstones.are_none and tombstones.name(source, {record.source_id or "", *values_of(record.content)}):
            dropped[source] += 1
        else:
            set_aside.add(record)


def _rows(posts: Iterable[RawPost], source: str, unread: Counter[str]) -> Iterator[dict[str, Any]]:
    for record in posts:
        unread.update(record.unread)
        yield {
            "source_id": record.source_id,
            "raw": json.dumps(record.raw, ensure_ascii=False, default=str),
            "text": record.text,
            "created_at": record.created_at,
            "channel": record.channel or source,
            "author": record.author,
            "district": record.district,
            "lat": record.lat,
            "lon": record.lon,
            "address": record.address,
            "url": record.url,
            "is_formal": bool(record.is_formal),
            "source_category": record.source_category,
        }
