"""The portal's store as a source: open while it is read, and no longer."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event

from ingest.portal_source import PortalSource
from ingest.records import RawPost
from portal.store import Store, open_store
from portal.submissions import submit

NOON = datetime(2026, 8, 3, 12, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path / 'portal.sqlite'}")
    yield opened
    opened.close()


def submitted(source: PortalSource, cursor: dict[str, str] | None = None) -> list[str]:
    return [post.text for page in source.pages(cursor) for post in page.records if isinstance(post, RawPost)]


def test_submissions_are_formal_posts_and_the_cursor_is_the_newest_receipt(store: Store) -> None:
    for hour in (1, 3, 2):
        submit(store, text=f"hour {hour}", author="A. B.", received_at=NOON + timedelta(hours=hour))
    (page,) = PortalSource("portal", lambda: store).pages(None)
    posts = [post for post in page.records if isinstance(post, RawPost)]
    assert [(post.text, post.is_formal, post.channel) for post in posts] == [
        (f"hour {hour}", True, "portal") for hour in (1, 2, 3)
    ]
    assert posts[0].raw["author"] == posts[0].author == "A. B."
    assert page.cursor == {"received_at": "2026-08-03T15:00:00+00:00"}


def test_a_later_reading_looks_back_an_hour_and_no_further(store: Store) -> None:
    for hour in (1, 2, 3):
        submit(store, text=f"hour {hour}", received_at=NOON + timedelta(hours=hour))
    source = PortalSource("portal", lambda: store)
    assert submitted(source, {"received_at": "2026-08-03T15:00:00+00:00"}) == ["hour 2", "hour 3"]


def test_the_store_is_closed_when_reading_ends_also_half_way(store: Store) -> None:
    closed: list[object] = []
    event.listen(store.engine, "engine_disposed", closed.append)
    for n in range(3):
        submit(store, text=str(n), received_at=NOON)
    source = PortalSource("portal", lambda: store, page_size=2)
    assert len(submitted(source)) == 3
    assert len(closed) == 1
    next(source.pages(None))
    assert len(closed) == 2
