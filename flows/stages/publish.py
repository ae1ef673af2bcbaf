"""Publish: marts into a new snapshot, the pointer to it."""

from flows.home import Home
from warehouse.database import open_warehouse
from warehouse.publish import Published, publish


def publish_snapshot(home: Home, memory_limit: str, keep: int) -> Published:
    with open_warehouse(home.warehouse, memory_limit=memory_limit) as connection:
        return publish(connection, home.published, keep)
