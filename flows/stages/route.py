"""Route: decide for each group of posts which agency the pipeline suggests, and open cases for formal submissions."""

from collections.abc import Callable
from datetime import datetime

import pandas as pd
import pyarrow as pa

from flows.home import Home
from portal.cases import RoutedMatter, open_cases
from portal.store import Store
from warehouse.database import open_warehouse
from warehouse.merged import (
    ROUTES,
    formal_matters,
    input_digest,
    load_current_posts,
    load_groups,
    replace_results,
    stage_is_done,
)

MOST_URGENT_FIRST = ("emergency", "urgent", "normal")


def route_groups(home: Home, memory_limit: str, clock: Callable[[], datetime]) -> None:
    """One route a group: that of its surest post; the most urgent and the most confidential post speak for all."""
    with open_warehouse(home.warehouse, memory_limit=memory_limit) as connection:
        digest = input_digest(connection)
        if stage_is_done(connection, "route", digest):
            return
        posts, _ = load_current_posts(connection)
        rows = _routes(posts.merge(load_groups(connection), on="post_id"))
        replace_results(connection, "route", digest, clock(), {"routes": pa.Table.from_pylist(rows, schema=ROUTES)})


def _routes(posts: pd.DataFrame) -> list[dict[str, object]]:
    rows = []
    for group_id, said in posts.groupby("group_id", sort=True):
        surest = said.loc[said["confidence"].idxmax()]
        is_confidential = bool(said["is_confidential"].any())
        rows.append(
            {
                "group_id": group_id,
                "mda": surest["mda"] if isinstance(surest["mda"], str) else None,
                "category": surest["category"],
                "route": "review" if is_confidential else surest["route"],
                "confidence": float(surest["confidence"]),
                "urgency": next(level for level in MOST_URGENT_FIRST if (said["urgency"] == level).any()),
                "is_formal": bool(said["is_formal"].any()),
                "is_confidential": is_confidential,
                "model": surest["model"],
            }
        )
    return rows


def open_formal_cases(home: Home, memory_limit: str, store: Store, clock: Callable[[], datetime]) -> int:
    """Open a case for every group with a formal submission that has none; returns how many were opened."""
    with open_warehouse(home.warehouse, memory_limit=memory_limit) as connection:
        matters = [RoutedMatter(*row) for row in formal_matters(connection)]
    return open_cases(store, matters, clock())
