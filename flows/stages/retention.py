"""Retention: raw text is kept `keep_raw_days` days; what was redacted of it, and all counts, stay."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from flows.erasure import PORTAL, Keeping, keeping, remove_traces
from flows.settings import Settings
from flows.stages.set_aside import remove_older
from portal.erasure import forget_raw as forget_submissions
from portal.erasure import posts_in_cases
from warehouse.database import open_warehouse
from warehouse.erasure import OldPost, forget_raw, old_posts
from warehouse.merged import mark_done, stage_is_done

STAGE = "retention"


def forget_old_text(settings: Settings, clock: Callable[[], datetime]) -> int:
    """Once a day, take raw text, authors, addresses and spots from what was fetched more than `keep_raw_days` days ago,
    and remove set-aside files as old; then finish what this, or erasing, left to do.

    A post keeps its raw text until it has been triaged, while it is in an open case, and, where it is formal, until its
    case is closed. Returns how many landed versions lost it. The home is the caller's to hold.
    """
    now = clock()
    today = now.astimezone(settings.timezone).date().isoformat()
    with keeping(settings) as kept:
        with open_warehouse(kept.home.warehouse, memory_limit=kept.memory_limit) as connection:
            is_done = stage_is_done(connection, STAGE, today)
        n = 0 if is_done else _forget(kept, now - timedelta(days=settings.keep_raw_days), now, today)
        remove_traces(kept, settings, clock)
    return n


def _forget(kept: Keeping, before: datetime, now: datetime, today: str) -> int:
    """The store's submissions go first: by what is still in landing a run that was cut finds them again."""
    with open_warehouse(kept.home.warehouse, memory_limit=kept.memory_limit) as connection:
        old = _without_need(kept, old_posts(connection, before))
        forget_submissions(kept.store, {post.source_id for post in old if post.source == PORTAL}, now)
        if old:
            forget_raw(connection, [post.landing_id for post in old], now)
        remove_older(kept.home.set_aside, before)
        mark_done(connection, STAGE, today, now)
    return len(old)


def _without_need(kept: Keeping, old: Sequence[OldPost]) -> list[OldPost]:
    is_open = posts_in_cases(kept.store, {post.post_id for post in old})
    return [post for post in old if not is_open.get(post.post_id, post.is_formal)]
