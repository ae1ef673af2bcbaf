"""Commands that move posts through the house: sample, ingest, run, serve, dashboard."""

from typing import TYPE_CHECKING, Annotated

import typer

from flows.cli.options import JsonOption, MapOption, SettingsOption, parse_mapping, plural, write_record
from flows.progress import say
from flows.settings_names import SAMPLE_SOURCE

if TYPE_CHECKING:
    from flows.stages.ingest import PullReport

SourceOption = Annotated[
    list[str] | None,
    typer.Option("--source", metavar="NAME", help="Only this configured source; may be given several times."),
]
PortOption = Annotated[
    int | None, typer.Option("--port", min=0, max=65535, help="Port to listen on; 0 takes a free one.")
]


def register(app: typer.Typer) -> None:
    panel = "Run the pipeline"
    app.command(rich_help_panel=panel)(run)
    app.command(rich_help_panel=panel)(ingest)
    app.command(rich_help_panel=panel)(sample)
    app.command(rich_help_panel=panel)(serve)
    app.command(rich_help_panel=panel)(dashboard)


def run(source: SourceOption = None, is_json: JsonOption = False, settings: SettingsOption = None) -> None:
    """Pull all sources, triage, merge, route and publish. With nothing new, nothing changes."""
    from flows.engine import run_pipeline
    from flows.settings import load_settings

    held = load_settings()
    known = list(held.sources)
    for name in source or []:
        if name not in known:
            raise typer.BadParameter(
                f"there is no source '{name}'; configured are: {', '.join(known)}", param_hint="--source"
            )
    held.place.require_free()
    say("starting")
    summary = run_pipeline(held.place, source)
    if is_json:
        write_record(summary.as_json())
    for report in summary.sources:
        _say_report(report)
    say(f"{plural(summary.enriched, 'post')} triaged, {plural(summary.cases_opened, 'case')} opened")
    counts = summary.counts
    say(
        f"in the warehouse: {plural(counts['landing'], 'post version')}, "
        f"{plural(counts['groups'], 'distinct matter')}, {plural(counts['topics'], 'topic')}"
    )
    say(f"{'published' if summary.is_published_anew else 'unchanged, still published:'} {summary.published}")
    say(f"for everybody: {summary.public.refused or summary.public.path}")
    failed = [report for report in summary.sources if report.failure]
    if failed and len(failed) == len(summary.sources):
        raise typer.Exit(1)


def ingest(
    file: Annotated[str, typer.Argument(metavar="FILE", help="JSON Lines, CSV or Parquet; - for standard input.")],
    source: Annotated[str, typer.Option("--source", metavar="NAME", help="Name under which these posts are kept.")],
    mapping: MapOption = None,
    is_json: JsonOption = False,
    settings: SettingsOption = None,
) -> None:
    """Land the posts of a file. The same file again adds nothing; an edited post becomes a new version."""
    from dataclasses import asdict

    from flows.settings import load_settings
    from flows.stages.ingest import pull
    from ingest.file_source import FileSource
    from warehouse.pseudonyms import Pseudonyms

    held = load_settings()
    if not source.strip():
        raise typer.BadParameter("a source needs a name", param_hint="--source")
    if source == SAMPLE_SOURCE:  # what is called so is taken for invented, and shown to everybody
        raise typer.BadParameter(
            f"'{source}' is the bundled sample's name: give these posts another one", param_hint="--source"
        )
    with held.place.exclusive():
        posts = FileSource(source, file, parse_mapping(mapping), held.timezone)
        report = pull(posts, held.place, held.memory_limit, pseudonyms=Pseudonyms(held.pseudonym_key_bytes()))
    if is_json:
        write_record(asdict(report))
    if report.failure:
        say(f"lavwa: {report.failure}")
        raise typer.Exit(1)
    _say_report(report)
    if report.n_set_aside and report.n_set_aside == report.n_read:
        raise typer.Exit(1)


def sample(is_json: JsonOption = False, settings: SettingsOption = None) -> None:
    """Load the bundled sample: invented posts of invented people over twelve weeks, and invented indicators."""
    from flows.settings import load_settings
    from flows.stages.sample import load_sample

    held = load_settings()
    with held.place.exclusive():
        submitted, social, indicators = load_sample(held)
    if is_json:
        write_record({"portal_submissions": submitted, "social_posts": social, "indicators": indicators})
    say(
        f"sample of invented posts and figures: {plural(submitted, 'portal submission')}, "
        f"{plural(social, 'social post')}, {plural(indicators, 'indicator')}"
    )


def serve(
    port: PortOption = None,
    is_quick: Annotated[
        bool, typer.Option("--no-schedule", help="Only the dashboard, no server and no schedule.")
    ] = False,
    settings: SettingsOption = None,
) -> None:
    """Run everything in the foreground: flow server, schedule, dashboard. Stop with Ctrl-C."""
    from flows.serve import dashboard_service, run_services, scheduler_services
    from flows.settings import load_settings
    from flows.sign_in import write_sign_in_secrets

    held = load_settings()
    held.place.prepare()
    services = [] if is_quick else scheduler_services(held, _port(None, held.prefect_port))
    services.append(dashboard_service(held, _port(port, held.dashboard_port), write_sign_in_secrets(held)))
    run_services(services, held.place.logs, say)


def dashboard(port: PortOption = None, settings: SettingsOption = None) -> None:
    """Run the dashboard alone in the foreground. Stop with Ctrl-C."""
    serve(port, is_quick=True)


def _port(asked: int | None, configured: int) -> int:
    from flows.ports import free_port

    port = configured if asked is None else asked
    return port or free_port()


def _say_report(report: "PullReport") -> None:
    """What came of one source, in a line or three."""
    if report.failure:
        say(f"{report.source}: not read to the end: {report.failure}")
    if not report.failure or report.n_read:
        repeats = report.n_read - report.n_new - report.n_set_aside - report.n_deleted
        say(f"{report.source}: {plural(report.n_read, 'record')} read, {report.n_new:,} new, {repeats:,} already there")
    if report.n_deleted:
        say(
            f"{report.source}: {plural(report.n_deleted, 'post')} deleted there; what had landed of them is erased here"
        )
    if report.n_set_aside:
        say(f"{report.n_set_aside:,} of {plural(report.n_read, 'record')} set aside: see {report.set_aside_file}")
    for field, n in report.unread:
        say(f"{plural(n, 'record')} kept without {field}, which could not be read")
