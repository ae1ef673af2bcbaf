"""The bundled sample: invented posts go the way that real ones go, as if they had been written in the last weeks."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flows.settings import Settings
from flows.settings_names import SAMPLE_SOURCE
from flows.stages.ingest import pull, utc_now
from flows.stages.kpis import take_kpis
from ingest.file_source import FileSource
from ingest.records import RawPost, Record, parse_time
from ingest.sources import Cursor, Page
from models.deployment import load_deployment
from portal.store import Store, open_store
from portal.submissions import submit, submitted_at
from warehouse.pseudonyms import Pseudonyms

Posts = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class LaterSource:
    """A file of posts, each `later` than it says."""

    file: FileSource
    later: timedelta
    name: str = SAMPLE_SOURCE
    kind: str = "file"

    def pages(self, cursor: Cursor | None) -> Iterator[Page]:
        for page in self.file.pages(cursor):
            yield Page(map(self._moved, page.records), page.cursor)

    def _moved(self, record: Record) -> Record:
        if not isinstance(record, RawPost) or record.created_at is None:
            return record
        return replace(record, created_at=record.created_at + self.later)


def load_sample(settings: Settings, clock: Callable[[], datetime] = utc_now) -> tuple[int, int, int]:
    """Submit the portal's part to the portal's store and land the social part, all later by the same whole weeks, so
    that the newest post is of the last seven days.

    Loading again, on whatever day, adds nothing: by how much the sample is later stands in the portal's store. Returns
    how many portal submissions, social posts and indicators the sample has. Whoever calls holds the home.
    """
    deployment = load_deployment(settings.deployment)
    submissions, social = deployment.sample("portal"), deployment.sample("social")
    store = open_store(settings.portal_url.get_secret_value())
    try:
        later = _later(store, submissions, social, settings.timezone, clock())
        for record in submissions:
            submit(
                store,
                reference=_reference(record),
                text=record["text"],
                author=record["author"],
                district=record["district"],
                created_at=parse_time(record["created_at"], settings.timezone) + later,
                received_at=clock(),
            )
    finally:
        store.close()
    file = FileSource(SAMPLE_SOURCE, str(deployment.folder / "sample" / "social.jsonl"), zone=settings.timezone)
    pseudonyms = Pseudonyms(settings.pseudonym_key_bytes())
    report = pull(LaterSource(file, later), settings.place, settings.memory_limit, clock, pseudonyms)
    taken = take_kpis(settings, deployment.folder / "sample" / "kpi", clock)
    return len(submissions), report.n_read, taken.n_indicators


def _later(store: Store, submissions: Posts, social: Posts, zone: ZoneInfo, now: datetime) -> timedelta:
    """By how much the sample is later than written: as loaded before, else so that it ends on one of the seven days
    before today."""
    first = submissions[0]
    if loaded_at := submitted_at(store, _reference(first)):
        return loaded_at - parse_time(first["created_at"], zone)
    newest = max(parse_time(record["created_at"], zone) for record in (*submissions, *social))
    days = (now.astimezone(zone).date() - newest.astimezone(zone).date()).days - 1
    return timedelta(weeks=days // 7)


def _reference(record: Mapping[str, Any]) -> str:
    return f"SAMPLE-{record['id']}"
