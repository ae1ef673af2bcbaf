"""The Prefect flows: thin tasks round the stages, one task a batch.

Prefect stores the parameters of flows, so these are names of sources only; it stores what a flow or task raises, so
nothing but `StepFailedError` leaves one. Nothing is retried here: a source has its own back-off, a batch that fails
stays unenriched and is taken up by the next run.
"""

from collections.abc import Callable, Collection
from contextlib import closing
from dataclasses import asdict, dataclass
from typing import Any, ParamSpec, TypeVar

from prefect import Flow, flow, task
from prefect.cache_policies import NO_CACHE

from flows.erasure import erase_deleted, keeping
from flows.failures import guarded
from flows.progress import track
from flows.public_log import publish_log
from flows.settings import Settings, load_settings
from flows.stages.audit import sign_log
from flows.stages.copy_cases import copy_cases
from flows.stages.enrich import batches_to_enrich, enrich_batch
from flows.stages.ingest import PullReport, open_source, pull, utc_now
from flows.stages.merge import merge_posts
from flows.stages.publish import publish_snapshot
from flows.stages.publish_public import PublicOutcome, publish_public_snapshot
from flows.stages.retention import forget_old_text
from flows.stages.route import open_formal_cases, route_groups
from models.deployment import load_deployment
from models.registry import load_in_use
from portal.store import open_store
from portal.working_days import WorkingDays
from warehouse.database import open_warehouse
from warehouse.pseudonyms import Pseudonyms
from warehouse.publish import Published
from warehouse.status import count_rows

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


def plain_task(name: str) -> Callable[[Callable[Parameters, Result]], Callable[Parameters, Result]]:
    """Make a stage a Prefect task that stores neither its arguments nor its result: they may hold what people wrote."""

    def make(stage: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
        return task(name=name, cache_policy=NO_CACHE, persist_result=False)(guarded(name)(stage))

    return make


def plain_flow(name: str) -> Callable[[Callable[Parameters, Result]], Flow[Parameters, Result]]:
    """Make an arrangement of tasks a Prefect flow whose result is not stored."""

    def make(arrangement: Callable[Parameters, Result]) -> Flow[Parameters, Result]:
        return flow(name=name, persist_result=False)(guarded(name)(arrangement))

    return make


@dataclass(frozen=True, slots=True)
class RunSummary:
    """What a run did. Counts of the warehouse are as they stand after it."""

    sources: tuple[PullReport, ...]
    enriched: int
    cases_opened: int
    counts: dict[str, int]
    published: str
    is_published_anew: bool
    public: PublicOutcome

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@plain_task("pull-source")
def pull_source(name: str, settings: Settings) -> PullReport:
    source = open_source(name, settings.sources[name], settings)
    pseudonyms = Pseudonyms(settings.pseudonym_key_bytes())

    def erase(source_ids: Collection[str]) -> None:
        with keeping(settings) as kept:
            erase_deleted(kept, name, source_ids, utc_now())

    return pull(source, settings.place, settings.memory_limit, pseudonyms=pseudonyms, erase=erase)


@plain_flow("ingest")
def ingest(only: list[str] | None = None) -> tuple[PullReport, ...]:
    """Read every configured source, or `only` these; one that fails is reported and stops no other."""
    settings = load_settings()
    return tuple(pull_source(name, settings) for name in track(only or list(settings.sources), "reading sources"))


enrich_one_batch = plain_task("enrich-batch")(enrich_batch)


@plain_flow("enrich")
def enrich() -> int:
    """Triage what has landed; returns how many posts were triaged."""
    settings = load_settings()
    home, limit = settings.place, settings.memory_limit
    deployment = load_deployment(settings.deployment)
    triage = load_in_use(deployment, home.models, settings.encoder)
    pseudonyms = Pseudonyms(settings.pseudonym_key_bytes())
    batches = batches_to_enrich(home, limit, triage.model.name, pseudonyms, settings.batch_size)
    return sum(
        enrich_one_batch(home, limit, triage, deployment, pseudonyms, batch, utc_now)
        for batch in track(batches, "triaging posts")
    )


merge_all = plain_task("merge-posts")(merge_posts)


@plain_flow("topics")
def topics() -> bool:
    """Merge posts into groups, topics and FAQs; returns whether anything had to be done."""
    settings = load_settings()
    stop_words = load_deployment(settings.deployment).stop_words
    return merge_all(settings.place, settings.memory_limit, stop_words, utc_now)


route_all = plain_task("route-groups")(route_groups)
open_all_cases = plain_task("open-cases")(open_formal_cases)
sign_all = plain_task("sign-log")(sign_log)
publish_signed_log = plain_task("publish-log")(publish_log)
copy_all_cases = plain_task("copy-cases")(copy_cases)


@plain_flow("route")
def route() -> int:
    """Route groups to agencies, open cases, sign and publish the log, and copy what marts tell of cases; returns how
    many were opened."""
    settings = load_settings()
    route_all(settings.place, settings.memory_limit, utc_now)
    with closing(open_store(settings.portal_url.get_secret_value())) as store:
        days = WorkingDays(settings.timezone)
        opened = open_all_cases(settings.place, settings.memory_limit, store, days, utc_now)
        sign_all(settings.place, store, settings.audit_origin, settings.timezone, utc_now)
        publish_signed_log(settings.place, store, settings.audit_origin)
        copy_all_cases(settings.place, settings.memory_limit, store)
    return opened


publish_marts = plain_task("publish-snapshot")(publish_snapshot)


@plain_flow("publish")
def publish() -> Published:
    """Build marts and publish them, unless nothing has changed."""
    settings = load_settings()
    deployment = load_deployment(settings.deployment)
    return publish_marts(settings.place, settings.memory_limit, deployment, settings.keep_snapshots, settings.timezone)


publish_for_all = plain_task("publish-public")(publish_public_snapshot)


@plain_flow("publish-public")
def publish_public() -> PublicOutcome:
    """Publish what everybody may see, of the marts as they stand."""
    settings = load_settings()
    return publish_for_all(settings.place, settings.memory_limit, settings.keep_snapshots, settings.timezone, utc_now)


forget_old = plain_task("forget-old-text")(forget_old_text)


@plain_flow("pipeline")
def pipeline(only: list[str] | None = None) -> RunSummary:
    """Everything, in order, by one process at a time."""
    settings = load_settings()
    with settings.place.exclusive():
        reports = ingest(only)
        enriched = enrich()
        topics()
        opened = route()
        published = publish()
        public = publish_public()
        forget_old(settings, utc_now)
        with open_warehouse(settings.place.warehouse, memory_limit=settings.memory_limit) as connection:
            counts = count_rows(connection)
    return RunSummary(reports, enriched, opened, counts, str(published.path), published.is_new, public)
