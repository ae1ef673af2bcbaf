"""Publish for everybody: protected figures and approved texts into the public snapshot."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flows.home import Home
from portal.working_days import WorkingDays
from warehouse.calendar import days_of_cases, store_working_days
from warehouse.database import open_warehouse
from warehouse.errors import PublicationRefusedError
from warehouse.public import publish_public
from warehouse.status import is_invented


@dataclass(frozen=True, slots=True)
class PublicOutcome:
    """`path` is None where nothing was published because it was not safe: `refused` says what, in one sentence."""

    path: str | None
    refused: str | None


def publish_public_snapshot(
    home: Home, memory_limit: str, keep: int, timezone: ZoneInfo, clock: Callable[[], datetime]
) -> PublicOutcome:
    """Publish what everybody may see, of the marts as they stand; what is refused leaves the version before."""
    now = clock()
    with open_warehouse(home.warehouse, memory_limit=memory_limit) as connection:
        if span := days_of_cases(connection, now):
            store_working_days(connection, WorkingDays(timezone).calendar(*span))
        is_sample = is_invented(connection)
        until = now if is_sample else start_of_week(now, timezone)  # what is invented needs no protection
        try:
            published = publish_public(connection, home.public, keep, timezone, until, is_invented=is_sample)
            return PublicOutcome(str(published.path), None)
        except PublicationRefusedError as error:
            return PublicOutcome(None, str(error))


def start_of_week(now: datetime, timezone: ZoneInfo) -> datetime:
    """The first moment of this week's Monday in the zone: whole weeks count, so that no publication tells what came in
    since the last one but in rounded figures of a week."""
    today = now.astimezone(timezone).date()
    return datetime.combine(today - timedelta(days=today.weekday()), time(), timezone).astimezone(UTC)
