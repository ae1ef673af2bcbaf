"""Commands for whoever looks after an installation: backup, restore, doctor."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from flows.cli.options import JsonOption, SettingsOption, plural, write_record
from flows.progress import say
from flows.settings_names import home_folder

MEBIBYTE = 1 << 20


def register(app: typer.Typer) -> None:
    panel = "Look after it"
    app.command(rich_help_panel=panel)(backup)
    app.command(rich_help_panel=panel)(restore)
    app.command(rich_help_panel=panel)(doctor)


def backup(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new or an empty folder, best on another disk.")],
    is_json: JsonOption = False,
    settings: SettingsOption = None,
) -> None:
    """Copy all that cannot be made anew, secrets and all, while people work. A run in progress is waited for."""
    from flows.backup import back_up
    from flows.settings import load_settings
    from flows.stages.ingest import utc_now

    held = load_settings()
    if held.place.is_held():
        say("a run is going on: waiting until it has finished, up to ten minutes")
    made = back_up(held, folder, utc_now)
    if is_json:
        write_record(
            {
                "folder": str(folder.absolute()), "made_at": made.made_at.isoformat(), "files": len(made.files),
                "bytes": made.n_bytes, "events": made.log.size, "root": made.log.root, "findings": made.findings,
            }
        )  # fmt: skip
    say(
        f"{plural(len(made.files), 'file')}, {made.n_bytes / MEBIBYTE:,.1f} MiB, {plural(made.log.size, 'event')} of "
        f"the log, in {folder}: it is as secret as the home, keys and raw text are in it"
    )
    if not made.has_pseudonym_key:
        say("the key of all pseudonyms is not in it, since the settings give it: keep a copy of that elsewhere")
    _tell(made.findings, "wrong with this home, and so with its backup")


def restore(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that `lavwa backup` wrote.")],
    is_replacing: Annotated[
        bool, typer.Option("--replace", help="Move what the home holds aside; without it, only an empty one is filled.")
    ] = False,
    is_json: JsonOption = False,
    settings: SettingsOption = None,
) -> None:
    """Verify a backup and make it the home. What was done after it was made is not in it."""
    from flows.backup import restore as put_back
    from flows.home import Home
    from flows.stages.ingest import utc_now

    done = put_back(folder, Home(home_folder()), utc_now, is_replacing=is_replacing)
    if is_json:
        write_record(
            {**asdict(done), "made_at": done.made_at.isoformat(), "aside": str(done.aside) if done.aside else None}
        )
    made_at = f"{done.made_at:%Y-%m-%d %H:%M:%S %Z}"
    say(f"{home_folder()} is as it was at {made_at}, {plural(done.n_events, 'event')} of the log; {done.store}")
    if done.n_lost is not None:
        say(f"the log that was there has {plural(done.n_lost, 'event')} more, which are not in this one")
    elif done.is_continued is False:
        say("the log that was there does not begin with this one: it is another home's, or was changed")
    else:
        say("how much was done since is not known here: there was no log to compare with")
    if done.n_lost != 0:
        say(
            f"whoever keeps a checkpoint of more than {plural(done.n_events, 'event')} will find that the log was cut: "
            f"event {done.n_events + 1:,} of it now says that it was restored"
        )
    if done.aside:
        say(f"what was there before lies in {done.aside}: delete it when you need it no more")
    if not done.has_pseudonym_key:
        say("the key of all pseudonyms was not in the backup: set `pseudonym_key` as before, before the next run")
    _tell(done.findings, "wrong when the backup was made")


def doctor(is_json: JsonOption = False, settings: SettingsOption = None) -> None:
    """Check everything and say what is wrong and what to do: exit status 0 only when nothing is. Writes nothing."""
    from flows.doctor import examine_home
    from flows.stages.ingest import utc_now

    findings = examine_home(utc_now)
    is_well = all(finding.state != "wrong" for finding in findings)
    if is_json:
        write_record({"is_well": is_well, "findings": [asdict(finding) for finding in findings]})
    else:
        for finding in findings:
            typer.echo(f"{finding.state.upper():8}  {finding.check}: {finding.said}")
    if not is_well:
        raise typer.Exit(1)


def _tell(findings: list[str], where: str) -> None:
    for finding in findings:
        say(f"FAILS: {finding} ({where})")
    if findings:
        raise typer.Exit(1)
