"""The officers' side put together: the operational store, the deployment's words, and the clock."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from flows.settings import load_settings
from flows.stages.ingest import utc_now
from models.deployment import load_deployment
from portal.desk import Desk
from portal.inbox import Filter, Order, Page, inbox
from portal.models import Account
from portal.people import sign_in
from portal.store import Store, open_store
from portal.working_days import WorkingDays


@dataclass(frozen=True)
class Office:
    """`titles` and `mda_of` by category; `agencies` and `districts` are names by code."""

    store: Store
    days: WorkingDays
    titles: Mapping[str, str]
    mda_of: Mapping[str, str | None]
    agencies: Mapping[str, str]
    districts: Mapping[str, str]

    def sign_in(self, name: str, password: str) -> Account:
        """Raises a `PortalError` where name and password do not belong together."""
        return sign_in(self.store, name, password, utc_now())

    def desk(self, account_id: int) -> Desk:
        return Desk(self.store, account_id, self.days, self.mda_of, utc_now)

    def inbox(self, account_id: int, asked: Filter, order: Order, start: int = 0) -> Page:
        """Raises a `NotAllowedError` for a role that has no inbox."""
        return inbox(self.store, account_id, utc_now(), asked=asked, order=order, start=start)

    def now(self) -> datetime:
        """This moment in the deployment's own zone."""
        return self.local(utc_now())

    def local(self, moment: datetime) -> datetime:
        return moment.astimezone(self.days.timezone)


def open_office() -> Office:
    """Raises `PortalError`, `DeploymentError` or `SettingsError`."""
    settings = load_settings()
    settings.place.prepare()
    deployment = load_deployment(settings.deployment)
    return Office(
        store=open_store(settings.portal_url.get_secret_value()),
        days=WorkingDays(settings.timezone),
        titles=deployment.categories,
        mda_of={category: deployment.taxonomy.get(category) for category in deployment.categories},
        agencies={mda: row["name"] for mda, row in deployment.agencies.items()},
        districts=deployment.districts,
    )
