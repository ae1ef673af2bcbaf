"""Commands for the model in use: models list, train, promote, rollback."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flows.cli.options import JsonOption, SettingsOption, plural, write_record
from flows.progress import say

if TYPE_CHECKING:
    from flows.settings import Settings
    from models.promoted import PromotedModel, Shelf
    from portal.store import Store

OWN = "the deployment's own"
FolderArgument = Annotated[Path, typer.Argument(metavar="DIR", help="Folder of a model.")]


def register(app: typer.Typer) -> None:
    models = typer.Typer(help="Which model is in use, and how a better one takes its place.", no_args_is_help=True)
    models.command("list")(list_models)
    models.command("train")(train_candidate)
    models.command("promote")(promote_model)
    models.command("rollback")(roll_back_model)
    app.add_typer(models, name="models", rich_help_panel="Models")


def list_models(is_json: JsonOption = False, settings: SettingsOption = None) -> None:
    """List the models of this home: which is in use, since when, and how it did when it was promoted."""
    from flows.settings import load_settings
    from models.deployment import load_deployment
    from models.promoted import shelf_of

    held = load_settings()
    rows = _rows(shelf_of(load_deployment(held.deployment), held.place.models))
    if is_json:
        write_record({"models": rows})
        return
    width = max(len(row["name"]) for row in rows)
    for row in rows:
        typer.echo(f"{row['name']:{width}}  {row['state']:10}  {_figures(row)}")


def train_candidate(
    decided: Annotated[
        str,
        typer.Argument(
            metavar="CORRECTIONS.jsonl", help="What `lavwa corrections export` wrote; - for standard input."
        ),
    ],
    out: Annotated[str, typer.Option("--out", metavar="DIR", help="Folder of the new model.")],
    is_json: JsonOption = False,
    settings: SettingsOption = None,
) -> None:
    """Train a model on the deployment's own posts and on what officers decided; it is not in use until promoted."""
    from dataclasses import asdict

    from flows.cli.filter_commands import CHUNK, Posts, labelled_record
    from flows.settings import load_settings
    from models.deployment import load_deployment
    from models.registry import load_in_use
    from models.registry import train_candidate as train
    from nlp.errors import TooFewExamplesError

    texts = Posts(decided, None)
    posts = [labelled_record(post) for chunk in texts.chunks(CHUNK) for post in chunk if post.source_category]
    if not posts:
        raise TooFewExamplesError(f"{decided} holds no decided post")
    held = load_settings()
    deployment = load_deployment(held.deployment)
    folder = Path(out).resolve()  # the model takes the folder's name, also where OUT is `.`
    in_use = load_in_use(deployment, held.place.models, held.encoder)
    made = train(folder, posts, deployment, in_use, held.encoder)
    if is_json:
        write_record(asdict(made))
    unknown = f", {made.n_unknown:,} of other categories left out" if made.n_unknown else ""
    say(
        f"trained on {plural(made.report.n, 'post')}, of them {made.n_decided:,} that officers decided "
        f"({made.n_frozen:,} more kept back to compare models with{unknown}); the card is {folder / 'CARD.md'}; "
        f"put it in use with: lavwa models promote {folder}"
    )
    texts.finish()


def promote_model(folder: FolderArgument, is_json: JsonOption = False, settings: SettingsOption = None) -> None:
    """Put a model in use if it is better than the one in use, and worse for no language and no agency."""
    from flows.settings import load_settings
    from flows.stages.ingest import utc_now
    from flows.stages.promotion import promote
    from models.deployment import load_deployment
    from models.errors import CandidateRefusedError

    held = load_settings()
    with _opened_store(held) as store:
        done = promote(folder, held.place, load_deployment(held.deployment), store, held.encoder, utc_now)
    if is_json:
        write_record({"is_promoted": done.model is not None, **done.comparison.as_json()})
    if done.model is None:
        raise CandidateRefusedError(str(folder), "; ".join(done.comparison.objections))
    whole = done.comparison.whole
    say(
        f"{done.model.name} is in use: right on {whole.right:,} of {plural(whole.n, 'frozen post')}, "
        f"{done.comparison.in_use} on {whole.right_in_use:,}; the next run triages all posts again"
    )


def roll_back_model(is_json: JsonOption = False, settings: SettingsOption = None) -> None:
    """Go back to the model that was in use before."""
    from flows.settings import load_settings
    from flows.stages.ingest import utc_now
    from flows.stages.promotion import roll_back
    from models.deployment import load_deployment

    held = load_settings()
    with _opened_store(held) as store:
        given_up, now = roll_back(held.place, load_deployment(held.deployment), store, utc_now)
    name = now.name if now else OWN
    if is_json:
        write_record({"in_use": name, "given_up": given_up.name})
    say(f"{name} is in use again instead of {given_up.name}; the next run triages all posts again")


@contextmanager
def _opened_store(held: "Settings") -> Iterator["Store"]:
    from portal.store import open_store

    held.place.prepare()
    with closing(open_store(held.portal_url.get_secret_value())) as store:
        yield store


def _rows(shelf: "Shelf") -> list[dict[str, Any]]:
    """The deployment's own model, then those promoted, oldest first."""
    state = shelf.read()
    own = {"name": OWN, "state": "before" if state.stack else "in use", "promoted_at": None, "folder": None,
           "figures": None}  # fmt: skip
    return [
        own,
        *(_row(model, state.stack, shelf) for model in sorted(state.models.values(), key=lambda m: m.promoted_at)),
    ]


def _row(model: "PromotedModel", stack: tuple[str, ...], shelf: "Shelf") -> dict[str, Any]:
    place = "in use" if stack[-1:] == (model.digest,) else "before" if model.digest in stack else "not in use"
    return {
        "name": model.name,
        "state": place if shelf.is_whole(model.digest) else f"{place}, damaged",
        "promoted_at": model.promoted_at,
        "folder": str(shelf.place(model.digest)),
        "figures": dict(model.figures),
    }


def _figures(row: dict[str, Any]) -> str:
    figures = row["figures"]
    if figures is None:
        return "learned from the deployment's own posts; its figures are on its card"
    return (
        f"promoted {row['promoted_at']}: {figures['accuracy']:.1%} right on {figures['n']:,} frozen posts, "
        f"{figures['in_use']} {figures['accuracy_in_use']:.1%}"
    )
