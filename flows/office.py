"""The operational side put together, for officers and for citizens: the store, the deployment's words, the clock."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from flows.settings import SignInSettings, load_settings
from flows.spoken import LANGUAGES, spoken
from flows.stages.ingest import utc_now
from models.deployment import load_deployment
from portal.cases import RoutedMatter, RoutedPost
from portal.citizens import Standing, add, appeal, proof_of_receipt, standing
from portal.desk import Desk
from portal.errors import IdentityEndedError
from portal.inbox import Filter, Order, Page, inbox
from portal.models import Account, OfficialAnswer, TopicMark
from portal.official import confirm, own_answers, withdraw_answer
from portal.people import Provider, sign_in, vouched_for
from portal.steering import Steering, topic_marks
from portal.store import Store, open_store
from portal.taken import record_taken
from portal.working_days import WorkingDays


@dataclass(frozen=True)
class Office:
    """`mda_of` by category; `named` are names by language, kind and code; `provider` vouches for people, None where
    there is none; `ended` are the nonces of those it vouched for who signed out."""

    store: Store
    days: WorkingDays
    mda_of: Mapping[str, str | None]
    named: Mapping[str, Mapping[str, Mapping[str, str]]]
    provider: Provider | None = None
    ended: set[str] = field(default_factory=set)

    @property
    def titles(self) -> Mapping[str, str]:
        """By category, in the language spoken now."""
        return self.named[spoken()]["category"]

    @property
    def agencies(self) -> Mapping[str, str]:
        """Their names by code, in the language spoken now."""
        return self.named[spoken()]["agency"]

    @property
    def districts(self) -> Mapping[str, str]:
        """Their names by code, in the language spoken now."""
        return self.named[spoken()]["district"]

    def sign_in(self, name: str, password: str) -> Account:
        """Raises a `PortalError` where name and password do not belong together."""
        return sign_in(self.store, name, password, utc_now())

    def vouched_for(self, claims: Mapping[str, Any]) -> Account:
        """The account of whom the provider said this. Raises a `PortalError` where it lets nobody in."""
        if self.provider is None or claims.get("nonce") in self.ended:
            raise IdentityEndedError
        return vouched_for(self.store, claims, self.provider, utc_now())

    def sign_out(self, claims: Mapping[str, Any]) -> None:
        """Let nobody in by these claims any more: another tab, or a copy of the cookie, may still hold them."""
        self.ended.add(str(claims.get("nonce")))

    def desk(self, account_id: int) -> Desk:
        return Desk(self.store, account_id, self.days, self.mda_of, utc_now)

    def inbox(self, account_id: int, asked: Filter, order: Order, start: int = 0) -> Page:
        """Raises a `NotAllowedError` for a role that has no inbox."""
        return inbox(self.store, account_id, utc_now(), asked=asked, order=order, start=start)

    def take_up(self, account_id: int, issue: Mapping[str, Any], posts: Sequence[Mapping[str, Any]]) -> str:
        """Make a case of a published matter (columns of `mart_issues`) and its posts (`queries/issue_posts.sql`);
        returns its reference. Raises a `PortalError` where that cannot be."""
        matter = RoutedMatter(
            posts=[
                RoutedPost(
                    post["post_id"], post["text"], post["lang"], post["created_at"].to_pydatetime(), post["source"],
                    post["district"], receipt=None,
                )
                for post in posts
            ],
            mda=issue["mda"],
            category=issue["category"],
            urgency=issue["urgency"],
            is_confidential=bool(issue["is_confidential"]),
            is_formal=False,
            accused=list(issue["accused"]),
            confidence=float(issue["confidence"]),
            candidates=json.loads(issue["candidates"] or "[]"),
            reasons=list(issue["reasons"]),
            model=posts[0]["model"],
        )  # fmt: skip
        return self.desk(account_id).take_up(matter)

    def standing(self, receipt: str) -> Standing:
        """How a submission stands. Raises `UnknownReceiptError`."""
        return standing(self.store, receipt)

    def add(self, receipt: str, text: str) -> None:
        """Add to a submission. Raises a `PortalError` where that cannot be."""
        add(self.store, receipt, text, utc_now())

    def appeal(self, receipt: str, text: str) -> None:
        """Ask for a second look at a closed case. Raises a `PortalError` where that cannot be."""
        appeal(self.store, receipt, text, self.days, utc_now())

    def proof(self, receipt: str) -> str:
        """The proof that a submission is in the signed log, as JSON. Raises a `PortalError` where there is none yet."""
        return json.dumps(proof_of_receipt(self.store, receipt))

    def official_answers(self, account_id: int) -> Sequence[OfficialAnswer]:
        """Those of the person's agency, the next to be looked at first. Raises `NotAllowedError`."""
        return own_answers(self.store, account_id)

    def confirm(self, account_id: int, answer_id: int, review_by: datetime) -> None:
        """Say that an official answer still holds. Raises a `PortalError` where that cannot be."""
        confirm(self.store, account_id, answer_id, review_by, utc_now())

    def withdraw(self, account_id: int, answer_id: int, reason: str) -> None:
        """Show an official answer no more. Raises a `PortalError` where that cannot be."""
        withdraw_answer(self.store, account_id, answer_id, reason, utc_now())

    def topic_marks(self) -> dict[int, TopicMark]:
        """What people decided of topics, by topic. Raises a `PortalError` where the store cannot be read."""
        return {mark.topic_id: mark for mark in topic_marks(self.store)}

    def steering(self, account_id: int, known: Collection[int]) -> Steering:
        """What a person may do with topics, of which these are there."""
        return Steering(self.store, account_id, known, utc_now)

    def took_away(self, account_id: int, what: str, n_rows: int) -> None:
        """Log that a person took a table with citizens' words away. Raises a `PortalError` where that cannot be."""
        record_taken(self.store, account_id, what, n_rows, utc_now())

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
        mda_of={category: deployment.taxonomy.get(category) for category in deployment.categories},
        named={
            lang: {
                kind: {**names, **deployment.names_in.get(lang, {}).get(kind, {})}
                for kind, names in deployment.names.items()
            }
            for lang in LANGUAGES
        },
        provider=_provider(settings.sign_in) if settings.sign_in else None,
    )


def _provider(settings: SignInSettings) -> Provider:
    return Provider(settings.client_id, timedelta(hours=settings.hours), settings.trust_unverified_email)
