"""The portal's own store as a source: formal submissions that citizens made."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta

from ingest.records import RawPost
from ingest.sources import Cursor, Page
from portal.store import Store
from portal.submissions import submissions_since

# A transaction that began earlier may commit later; what was read twice lands once.
OVERLAP = timedelta(hours=1)


@dataclass(frozen=True)
class PortalSource:
    """The cursor holds the newest `received_at` seen (ISO 8601). The store is open only while pages are read."""

    name: str
    open_store: Callable[[], Store]
    page_size: int = 2000
    kind: str = "portal"

    def pages(self, cursor: Cursor | None) -> Iterator[Page]:
        since = datetime.fromisoformat(cursor["received_at"]) - OVERLAP if cursor else None
        with closing(self.open_store()) as store:
            for submissions in submissions_since(store, since, self.page_size):
                posts = [
                    RawPost(
                        source_id=submission.reference,
                        text=submission.text,
                        raw=submission.as_record(),
                        created_at=submission.created_at,
                        channel="portal",
                        author=submission.author,
                        district=submission.district,
                        address=submission.address,
                        is_formal=True,
                        source_category=submission.source_category,
                    )
                    for submission in submissions
                ]
                yield Page(posts, cursor={"received_at": submissions[-1].received_at.isoformat()})
