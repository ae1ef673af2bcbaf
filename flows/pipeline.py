"""The Prefect flows: thin tasks round the stages, one task a batch.

Prefect stores the parameters of flows, so they carry names and paths only. Nothing is retried here: a source has its
own back-off, a batch that fails stays unenriched and is taken up by the next run.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, ParamSpec, TypeVar

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from flows.progress import track
from flows.settings import Settings, load_settings
from flows.stages.enrich import batches_to_enrich, enrich_batch
from flows.stages.ingest import PullReport, open_source, pull, utc_now
from flows.stages.merge import merge_posts
from flows.stages.publish import publish_snapshot
from flows.stages.route import open_formal_cases, route_groups
from models.deployment import load_deployment
from models.registry import load_triage
from portal.store import open_store
from warehouse.database import open_warehouse
from warehouse.pseudonyms import Pseudonyms
from warehouse.publish import Published
from warehouse.status import count_rows

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


def plain_task(name: str) -> Callable[[Callable[Parameters, Result]], Callable[Parameters, Result]]:
    """Make a stage a Prefect task that stores neither its arguments nor its result: they may hold what people wrote."""
    return task(name=name, cache_policy=NO_CACHE, persist_result=False)


@dataclass(frozen=True, slots=True)
class RunSummary:
    """What a run did. Counts of the warehouse are as they stand after it."""

    sources: tuple[PullReport, ...]
    enriched: int
    cases_opened: int
    counts: dict[str, int]
    published: str
    is_published_anew: bool

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@plain_task("pull-source")
def pull_source(name: str, settings: Settings) -> PullReport:
    source = open_source(name, settings.sources[name], settings)
    return pull(source, settings.place, settings.memory_limit)


@flow(name="ingest", persist_result=False)
def ingest(only: list[str] | None = None) -> tuple[PullReport, ...]:
    """Read every configured source, or `only` these; one that fails is reported and stops no other."""
    settings = load_settings()
    return tuple(pull_source(name, settings) for name in track(only or list(settings.sources), "reading sources"))


enrich_one_batch = plain_task("enrich-batch")(enrich_batch)


@flow(name="enrich", persist_result=False)
def enrich() -> int:
    """Triage what has landed; returns how many posts were triaged."""
    settings = load_settings()
    home, limit = settings.place, settings.memory_limit
    deployment = load_deployment(settings.deployment)
    triage = load_triage(deployment)
    batches = batches_to_enrich(home, limit, triage.model.name, settings.batch_size)
    pseudonyms = Pseudonyms(settings.pseudonym_key_bytes())
    return sum(
        enrich_one_batch(home, limit, triage, deployment, pseudonyms, batch, utc_now)
        for batch in track(batches, "triaging posts")
    )


merge_all = plain_task("merge-posts")(merge_posts)


@flow(name="topics", persist_result=False)
def topics() -> bool:
    """Merge posts into groups, topics and FAQs; returns whether anything had to be done."""
    settings = load_settings()
    stop_words = load_deployment(settings.deployment).stop_words
    return merge_all(settings.place, settings.memory_limit, stop_words, utc_now).was_needed


route_all = plain_task("route-groups")(route_groups)
open_all_cases = plain_task("open-cases")(open_formal_cases)


@flow(name="route", persist_result=False)
def route() -> int:
    """Route groups to agencies and open cases; returns how many cases were opened."""
    settings = load_settings()
    route_all(settings.place, settings.memory_limit, utc_now)
    store = open_store(settings.portal_store_url)
    try:
        return open_all_cases(settings.place, settings.memory_limit, store, utc_now)
    finally:
        store.close()


publish_marts = plain_task("publish-snapshot")(publish_snapshot)


@flow(name="publish", persist_result=False)
def publish() -> Published:
    """Build marts and publish them, unless nothing has changed."""
    settings = load_settings()
    deployment = load_deployment(settings.deployment)
    return publish_marts(settings.place, settings.memory_limit, deployment, settings.keep_snapshots)


@flow(name="pipeline", persist_result=False)
def pipeline(only: list[str] | None = None) -> RunSummary:
    """Everything, in order, by one process at a time."""
    settings = load_settings()
    with settings.place.exclusive():
        reports = ingest(only)
        enriched = enrich()
        topics()
        opened = route()
        published = publish()
        with open_warehouse(settings.place.warehouse, memory_limit=settings.memory_limit) as connection:
            counts = count_rows(connection)
    return RunSummary(reports, enriched, opened, counts, str(published.path), published.is_new)
