"""Publish: marts into a new snapshot, the pointer to it."""

from zoneinfo import ZoneInfo

from flows.home import Home
from models.deployment import Deployment
from portal.working_days import WorkingDays
from warehouse.calendar import days_of_cases, store_working_days
from warehouse.database import open_warehouse
from warehouse.publish import Published, publish, store_districts, store_names


def publish_snapshot(home: Home, memory_limit: str, deployment: Deployment, keep: int, timezone: ZoneInfo) -> Published:
    """Build the marts, with the deployment's names of codes and the working days of its cases, and publish them unless
    nothing has changed."""
    with open_warehouse(home.warehouse, memory_limit=memory_limit) as connection:
        store_names(connection, deployment.names, deployment.names_in)
        store_districts(connection, deployment.shown_districts)
        if span := days_of_cases(connection):
            store_working_days(connection, WorkingDays(timezone).calendar(*span))
        return publish(connection, home.published, keep, timezone)
