"""Route: which agency the pipeline suggests for each group of posts, and cases for formal submissions."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np

from flows.home import Home
from portal.cases import (
    RoutedMatter,
    RoutedPost,
    escalate_late,
    fill_in,
    open_cases,
    posts_to_fill_in,
    posts_without_case,
    take_edits,
)  # fmt: skip
from portal.store import Store
from portal.working_days import WorkingDays
from warehouse.database import open_warehouse
from warehouse.merged import (
    edited_posts,
    formal_groups,
    input_digest,
    matters,
    replace_results,
    said_posts,
    stage_is_done,
    suggest_routes,
)  # fmt: skip


def route_groups(home: Home, memory_limit: str, clock: Callable[[], datetime]) -> None:
    """Route every group anew; does nothing when no post has changed."""
    with open_warehouse(home.warehouse, memory_limit=memory_limit) as connection:
        digest = input_digest(connection)
        if not stage_is_done(connection, "route", digest):
            replace_results(connection, "route", digest, clock(), {"routes": suggest_routes(connection)})


def open_formal_cases(
    home: Home, memory_limit: str, store: Store, days: WorkingDays, clock: Callable[[], datetime]
) -> int:
    """Open a case for every group with a formal submission that has none, bring what cases lack or what was edited of
    their posts, and let late cases rise.

    Returns how many were opened.
    """
    lacking = posts_to_fill_in(store)
    with open_warehouse(home.warehouse, memory_limit=memory_limit) as connection:
        groups = formal_groups(connection)
        new = posts_without_case(store, [post_id for posts in groups.values() for post_id in posts])
        rows = matters(connection, [group for group, posts in groups.items() if not new.isdisjoint(posts)])
        said, edited = said_posts(connection, lacking), edited_posts(connection)
    fill_in(store, {post["post_id"]: (_post(post), _meaning(post["embedding"])) for post in said})
    take_edits(store, {post["post_id"]: _post(post) for post in edited}, clock())
    opened = open_cases(store, [_matter(row) for row in rows], days, clock())
    escalate_late(store, days, clock())
    return opened


def _matter(row: Mapping[str, Any]) -> RoutedMatter:
    return RoutedMatter(
        posts=[_post(post) for post in row["posts"]],
        mda=row["mda"],
        category=row["category"],
        urgency=row["urgency"],
        is_confidential=row["is_confidential"],
        is_formal=True,
        accused=row["accused"],
        confidence=row["confidence"],
        candidates=json.loads(row["candidates"]),
        reasons=row["reasons"],
        model=row["model"],
        meaning=_meaning(row["embedding"]),
    )


def _post(row: Mapping[str, Any]) -> RoutedPost:
    return RoutedPost(
        row["post_id"], row["text"], row["lang"], row["said_at"], row["source"], row["district"], row.get("receipt"),
        row["url"],
    )  # fmt: skip


def _meaning(vector: Sequence[float]) -> bytes | None:
    return np.asarray(vector, dtype=np.float16).tobytes() or None
