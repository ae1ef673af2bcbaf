"""Commands that tell how things stand: status, sources, settings."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from flows.cli.options import JsonOption, SettingsOption, plural, write_record
from flows.progress import say
from flows.settings_names import settings_path

if TYPE_CHECKING:
    from flows.settings import Settings


def register(app: typer.Typer) -> None:
    panel = "How things stand"
    app.command(rich_help_panel=panel)(status)
    app.command(rich_help_panel=panel)(settings)
    sources = typer.Typer(
        help="What is configured, what came of it, and whether a source answers.", invoke_without_command=True
    )
    sources.callback()(sources_root)
    sources.command("list")(list_sources)
    sources.command("test")(probe_source)
    app.add_typer(sources, name="sources", rich_help_panel=panel)


def status(is_json: JsonOption = False, settings: SettingsOption = None) -> None:
    """Count what is in the warehouse and say what is published."""
    from flows.settings import load_settings

    found = _status(load_settings())
    if is_json:
        write_record(found)
        return
    for name, value in found.items():
        typer.echo(f"{name:10} {value if value is not None else 'nothing yet'}")


def settings(settings: SettingsOption = None, is_json: JsonOption = False) -> None:
    """Print every setting that holds and where it comes from; secrets are masked."""
    from flows.settings import origins

    found = origins()
    if is_json:
        write_record({name: {"value": str(value), "from": origin} for name, (value, origin) in found.items()})
        return
    path = settings_path()
    say(f"settings file: {path}{'' if path.exists() else ' (not there: defaults hold)'}")
    for name, (value, origin) in found.items():
        typer.echo(f"{name} = {value}  ({origin})")


def sources_root(context: typer.Context, is_json: JsonOption = False, settings: SettingsOption = None) -> None:
    if context.invoked_subcommand is None:
        list_sources(is_json)


def list_sources(is_json: JsonOption = False, settings: SettingsOption = None) -> None:
    """List configured sources and those that files were read under: last read, rows, failures."""
    from flows.settings import load_settings
    from warehouse.database import open_warehouse
    from warehouse.status import source_summary

    held = load_settings()
    rows: dict[str, dict[str, Any]] = {
        name: {"source": name, "kind": source.kind, "is_configured": True, "last_pull_at": None}
        for name, source in held.sources.items()
    }
    if held.place.warehouse.exists():
        with open_warehouse(held.place.warehouse, memory_limit=held.memory_limit) as connection:
            for row in source_summary(connection).to_dict("records"):
                row["last_pull_at"] = row["last_pull_at"].isoformat(timespec="seconds")
                name = str(row["source"])
                rows[name] = {"is_configured": False, **rows.get(name, {}), **{str(k): v for k, v in row.items()}}
    if is_json:
        write_record({"sources": list(rows.values())})
        return
    for row in rows.values():
        read = f"last read {row['last_pull_at']}" if row["last_pull_at"] else "never read"
        counts = f", {plural(row.get('n_new', 0), 'post')}, {row.get('n_set_aside', 0):,} set aside"
        failed = (
            f", {plural(row['n_failures'], 'failure')}, last: {row['last_failure']}" if row.get("n_failures") else ""
        )
        kind = row["kind"] if row["is_configured"] else f"{row['kind']}, by `lavwa ingest`"
        typer.echo(f"{row['source']} ({kind}): {read}{counts}{failed}")


def probe_source(
    name: Annotated[str, typer.Argument(help="A configured source.")],
    is_json: JsonOption = False,
    settings: SettingsOption = None,
) -> None:
    """Read a first page of a source without landing anything."""
    from itertools import islice

    from flows.settings import load_settings
    from flows.stages.ingest import open_source
    from ingest.records import RawPost

    held = load_settings()
    if name not in held.sources:
        raise typer.BadParameter(f"there is no source '{name}'; configured are: {', '.join(held.sources)}")
    held.place.prepare()
    records = [
        r
        for page in islice(open_source(name, held.sources[name], held).pages(None), 1)
        for r in islice(page.records, 1000)
    ]
    usable = sum(isinstance(record, RawPost) for record in records)
    if is_json:
        write_record({"source": name, "n_read": len(records), "n_usable": usable})
        return
    typer.echo(
        f"source {name} answers: {plural(usable, 'usable post')} of {plural(len(records), 'record')} on its first page"
    )


def _status(held: "Settings") -> dict[str, Any]:
    from portal.cases import count_cases
    from portal.store import open_store
    from warehouse.database import open_warehouse
    from warehouse.publish import read_pointer
    from warehouse.status import COUNTED, count_rows

    counts = dict.fromkeys(COUNTED, 0)
    if held.place.warehouse.exists():
        with open_warehouse(held.place.warehouse, memory_limit=held.memory_limit) as connection:
            counts = count_rows(connection)
    held.place.prepare()
    store = open_store(held.portal_url.get_secret_value())
    try:
        cases = count_cases(store)
    finally:
        store.close()
    pointer = read_pointer(held.place.published)
    published = str(held.place.published / pointer["snapshot"]) if pointer else None
    return {**counts, "cases": cases, "published": published, "as_of": pointer["as_of"] if pointer else None}
