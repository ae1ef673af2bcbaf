"""Route: which agency the pipeline suggests for each group of posts, and cases for formal submissions."""

import json
from collections.abc import Callable
from datetime import datetime

from flows.home import Home
from portal.cases import RoutedMatter, RoutedPost, escalate_late, open_cases
from portal.store import Store
from portal.working_days import WorkingDays
from warehouse.database import open_warehouse
from warehouse.merged import formal_matters, input_digest, replace_results, stage_is_done, suggest_routes


def route_groups(home: Home, memory_limit: str, clock: Callable[[], datetime]) -> None:
    """Route every group anew; does nothing when no post has changed."""
    with open_warehouse(home.warehouse, memory_limit=memory_limit) as connection:
        digest = input_digest(connection)
        if not stage_is_done(connection, "route", digest):
            replace_results(connection, "route", digest, clock(), {"routes": suggest_routes(connection)})


def open_formal_cases(
    home: Home, memory_limit: str, store: Store, days: WorkingDays, clock: Callable[[], datetime]
) -> int:
    """Open a case for every group with a formal submission that has none, and let late cases rise.

    Returns how many were opened.
    """
    with open_warehouse(home.warehouse, memory_limit=memory_limit) as connection:
        rows = formal_matters(connection)
    matters = [
        RoutedMatter(
            posts=[RoutedPost(**post) for post in row["posts"]],
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
        )
        for row in rows
    ]
    opened = open_cases(store, matters, days, clock())
    escalate_late(store, days, clock())
    return opened
