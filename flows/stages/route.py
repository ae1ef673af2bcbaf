"""Route: which agency the pipeline suggests for each group of posts, and cases for formal submissions."""

from collections.abc import Callable
from datetime import datetime

from flows.home import Home
from portal.cases import RoutedMatter, open_cases
from portal.store import Store
from warehouse.database import open_warehouse
from warehouse.merged import formal_matters, input_digest, replace_results, stage_is_done, suggest_routes


def route_groups(home: Home, memory_limit: str, clock: Callable[[], datetime]) -> None:
    """Route every group anew; does nothing when no post has changed."""
    with open_warehouse(home.warehouse, memory_limit=memory_limit) as connection:
        digest = input_digest(connection)
        if not stage_is_done(connection, "route", digest):
            replace_results(connection, "route", digest, clock(), {"routes": suggest_routes(connection)})


def open_formal_cases(home: Home, memory_limit: str, store: Store, clock: Callable[[], datetime]) -> int:
    """Open a case for every group with a formal submission that has none; returns how many were opened."""
    with open_warehouse(home.warehouse, memory_limit=memory_limit) as connection:
        matters = [RoutedMatter(*row) for row in formal_matters(connection)]
    return open_cases(store, matters, clock())
