"""Commands for whoever checks or learns from what people decided: audit export and verify, corrections export."""

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.cli.options import JsonOption, SettingsOption, plural, write_record
from flows.progress import say

if TYPE_CHECKING:
    from flows.settings import Settings

OldOption = Annotated[
    list[Path] | None,
    typer.Option("--old", metavar="FILE", help="A checkpoint that you kept from before; may be given several times."),
]


def register(app: typer.Typer) -> None:
    audit = typer.Typer(help="The log of every decision, for third parties to verify.", no_args_is_help=True)
    audit.command("export")(export_audit)
    audit.command("verify")(verify_audit)
    audit.command("receipt")(prove_receipt)
    app.add_typer(audit, name="audit", rich_help_panel="People")
    corrections = typer.Typer(help="What officers decided, as posts to train on.", no_args_is_help=True)
    corrections.command("export")(export_corrections)
    app.add_typer(corrections, name="corrections", rich_help_panel="People")


def export_audit(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new or an empty folder.")],
    has_details: Annotated[
        bool, typer.Option("--details", help="With the details of each event, which may be confidential.")
    ] = False,
    settings: SettingsOption = None,
) -> None:
    """Sign the log as it stands and write events, checkpoints, public key and verify.py."""
    from flows.settings import load_settings
    from flows.stages.audit import log_key
    from flows.stages.ingest import utc_now
    from portal.audit.checkpoints import sign_checkpoint, verifier_key
    from portal.audit.export import export_log
    from portal.store import open_store

    held = load_settings()
    held.place.prepare()
    with closing(open_store(held.portal_url.get_secret_value())) as store:
        key = log_key(held.place)
        sign_checkpoint(store, key, held.audit_origin, utc_now())
        n_events = export_log(store, folder, verifier_key(key, held.audit_origin), with_details=has_details)
    say(f"{plural(n_events, 'event')} written to {folder}; verify them with: python {folder / 'verify.py'} {folder}")


def verify_audit(
    folder: Annotated[
        Path | None, typer.Argument(metavar="[DIR]", help="An exported folder; without it, the log of this home.")
    ] = None,
    old: OldOption = None,
    is_json: JsonOption = False,
    settings: SettingsOption = None,
) -> None:
    """Say whether the log holds: exit status 0 only when everything does."""
    from flows.settings import load_settings
    from portal.audit.verify import NEEDS_OLD

    findings = _findings(load_settings(), folder, [_text(path) for path in old or []])
    if is_json:
        write_record({"holds": not findings, "findings": findings})
    for finding in findings:
        say(f"FAILS: {finding}")
    if findings:
        raise typer.Exit(1)
    say("the log holds" if old else f"the log holds; {NEEDS_OLD}")


def prove_receipt(
    receipt: Annotated[str, typer.Argument(metavar="RECEIPT", help="The receipt of a submission.")],
    settings: SettingsOption = None,
) -> None:
    """Write the proof that a submission is in the signed log, for `verify.py PROOF.json --key FILE`."""
    from flows.settings import load_settings
    from portal.citizens import proof_of_receipt
    from portal.store import open_store

    held = load_settings()
    held.place.prepare()
    with closing(open_store(held.portal_url.get_secret_value())) as store:
        write_record(proof_of_receipt(store, receipt))


def export_corrections(settings: SettingsOption = None) -> None:
    """Write every post that a person decided on, redacted and labelled, to standard output."""
    from flows.settings import load_settings
    from portal.corrections import decided_posts
    from portal.store import open_store

    held = load_settings()
    held.place.prepare()
    n = 0
    with closing(open_store(held.portal_url.get_secret_value())) as store:
        for record in decided_posts(store):
            write_record(record)
            n += 1
    say(plural(n, "decided post"))


def _findings(held: "Settings", folder: Path | None, old: list[str]) -> list[str]:
    from flows.errors import FlowError
    from flows.stages.audit import log_key
    from portal.audit.checkpoints import verifier_key
    from portal.audit.export import verify_store
    from portal.audit.verify import examine_export
    from portal.store import open_store

    held.place.prepare()
    has_key = held.place.audit_key.exists()
    public_key = verifier_key(log_key(held.place), held.audit_origin) if has_key else None
    if folder is not None:  # where this home has no log of its own, the folder's key is believed
        return examine_export(folder, public_key, old).findings
    if public_key is None:
        raise FlowError(f"there is no {held.place.audit_key}: this home's log was never signed; `lavwa run` does it")
    with closing(open_store(held.portal_url.get_secret_value())) as store:
        return verify_store(store, public_key, old)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise typer.BadParameter(f"{path} cannot be read", param_hint="--old") from error
