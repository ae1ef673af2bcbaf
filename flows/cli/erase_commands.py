"""The command that takes back what somebody said: erase."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from flows.cli.options import JsonOption, SettingsOption, plural, write_record
from flows.progress import say

if TYPE_CHECKING:
    from flows.erasure import Asked, Erased


def register(app: typer.Typer) -> None:
    app.command(rich_help_panel="People")(erase)


def erase(
    receipt: Annotated[
        str | None,
        typer.Option("--receipt", metavar="S-…", help="A submission to the portal, with all that follows it."),
    ] = None,
    post: Annotated[
        str | None, typer.Option("--post", metavar="ID", help="A post, by its post_id or as SOURCE:ID-AT-THE-SOURCE.")
    ] = None,
    author: Annotated[
        str | None,
        typer.Option("--author", metavar="NAME", help="All that a person has said; - reads the name from input."),
    ] = None,
    channel: Annotated[
        str | None, typer.Option("--channel", metavar="CHANNEL", help="With --author: on this channel only.")
    ] = None,
    is_sure: Annotated[bool, typer.Option("--yes", help="Do not ask on a terminal.")] = False,
    is_json: JsonOption = False,
    settings: SettingsOption = None,
) -> None:
    """Erase text and identity of a person everywhere; counts and an event of the log stay."""
    from dataclasses import asdict

    asked = _asked(receipt, post, author, channel)
    from flows.erasure import erase as erase_everywhere
    from flows.settings import load_settings

    held = load_settings()
    if sys.stdin.isatty() and not is_sure:
        from flows.erasure import look_for

        found = look_for(held, asked)
        on = f" said on {', '.join(found.channels)}" if found.channels else ""
        typer.confirm(f"Erase {plural(len(found.post_ids), 'post')}{on} for good?", abort=True, err=True)
    done = erase_everywhere(held, asked)
    if is_json:
        write_record(asdict(done))
    say(_said(done))


def _asked(receipt: str | None, post: str | None, author: str | None, channel: str | None) -> "Asked":
    """What the options ask for. Wrong usage ends the command with status 2."""
    from flows.erasure import Author, Post, Receipt

    given = {"--receipt": receipt, "--post": post, "--author": author}
    named = {option: value.strip() for option, value in given.items() if value is not None}
    if len(named) != 1:
        raise typer.BadParameter("say one of --receipt, --post and --author", param_hint="erase")
    ((option, value),) = named.items()
    if channel is not None and option != "--author":
        raise typer.BadParameter("goes with --author only", param_hint="--channel")
    if option == "--author" and value == "-":
        value = sys.stdin.readline().strip()
    if not value:
        raise typer.BadParameter("is empty: nothing and everything would be meant", param_hint=option)
    if option == "--author":
        return Author(value, channel)
    return Receipt(value) if option == "--receipt" else Post(value)


def _said(done: "Erased") -> str:
    """What was erased, in one line."""
    if not any((done.posts, done.submissions, done.cases, done.set_aside)):
        return "erased before: nothing new was found"
    parts = [
        f"{plural(done.posts, 'post')} in the warehouse",
        plural(done.submissions, "submission"),
        f"words in {plural(done.cases, 'case')}, {plural(done.events, 'event')} of the log and "
        f"{plural(done.replies, 'reply', 'replies')}",
        plural(done.set_aside, "set-aside record"),
        plural(done.snapshots, "older snapshot"),
    ]
    return f"erased: {', '.join(parts)}; counts stay"
