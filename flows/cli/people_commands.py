"""Commands for accounts of the embedded sign-in: users add, list, disable, enable, password."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from flows.cli.options import JsonOption, SettingsOption, plural, write_record
from flows.progress import say

if TYPE_CHECKING:
    from flows.settings import Settings
    from portal.models import Account
    from portal.store import Store

# The values of `portal.models.Role`, said again so that `--help` names them without loading a database driver.
RoleName = Literal["analyst", "officer", "head", "oversight", "statistician", "administrator"]
NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The name that the person signs in with.")]


def register(app: typer.Typer) -> None:
    users = typer.Typer(help="Accounts of the people who may sign in.", no_args_is_help=True)
    users.command("add")(add_user)
    users.command("list")(list_users)
    users.command("disable")(disable_user)
    users.command("enable")(enable_user)
    users.command("password")(set_user_password)
    app.add_typer(users, name="users", rich_help_panel="People")


def add_user(
    name: NameArgument,
    role: Annotated[RoleName, typer.Option("--role", help="What the person may do.")],
    agency: Annotated[
        str | None, typer.Option("--agency", metavar="PUC", help="Whose officer or head the person is.")
    ] = None,
    email: Annotated[
        str | None, typer.Option("--email", metavar="ADDRESS", help="By which an OpenID provider knows the person.")
    ] = None,
    is_without_password: Annotated[
        bool, typer.Option("--no-password", help="Sign in by OpenID only; needs --email.")
    ] = False,
    settings: SettingsOption = None,
) -> None:
    """Add an account. The password is asked for, or is the first line of standard input."""
    from flows.settings import load_settings
    from portal.errors import AccountRefusedError
    from portal.models import Role
    from portal.people import add_account, check_account

    held = load_settings()
    if is_without_password and email is None:
        raise typer.BadParameter("without a password there must be an e-mail address", param_hint="--email")
    if agency is not None:
        _require_agency(agency, held)
    with _opened_store(held) as store:
        try:
            check_account(store, name, Role(role), agency, email)
        except AccountRefusedError as error:
            raise typer.BadParameter(str(error)) from error
        password = None if is_without_password else _read_password(name)
        account = add_account(
            store, name, Role(role), mda=agency, password=password, email=email, now=datetime.now(UTC)
        )
    say(f"account {account.name} added: {_what(account)}")


def list_users(is_json: JsonOption = False, settings: SettingsOption = None) -> None:
    """List all accounts: name, role, agency, and whether the person may sign in."""
    from flows.settings import load_settings
    from portal.people import list_accounts

    with _opened_store(load_settings()) as store:
        accounts = list_accounts(store)
    rows = [_row(account, datetime.now(UTC)) for account in accounts]
    if is_json:
        write_record({"accounts": rows})
        return
    widths = {
        column: max((len(row[column] or "-") for row in rows), default=0) for column in ("name", "role", "agency")
    }
    for row in rows:
        said = "  ".join(f"{row[column] or '-':{width}}" for column, width in widths.items())
        until = f" until {row['locked_until']}" if row["locked_until"] else ""
        typer.echo(f"{said}  {row['state']}{until}")
    typer.echo(plural(len(rows), "account"))


def disable_user(name: NameArgument, settings: SettingsOption = None) -> None:
    """Let a person in no more. The account and what the person did stay."""
    from flows.settings import load_settings
    from portal.people import disable_account

    with _opened_store(load_settings()) as store:
        account = disable_account(store, name, datetime.now(UTC))
    say(f"account {account.name} disabled")


def enable_user(name: NameArgument, settings: SettingsOption = None) -> None:
    """Let a person in again; also after too many wrong passwords."""
    from flows.settings import load_settings
    from portal.people import enable_account

    with _opened_store(load_settings()) as store:
        account = enable_account(store, name, datetime.now(UTC))
    say(f"account {account.name} enabled")


def set_user_password(name: NameArgument, settings: SettingsOption = None) -> None:
    """Give an account another password: it is asked for, or is the first line of standard input."""
    from flows.settings import load_settings
    from portal.people import account_named, set_password

    with _opened_store(load_settings()) as store:
        account = set_password(store, account_named(store, name).name, _read_password(name), datetime.now(UTC))
    say(f"password of account {account.name} set")


@contextmanager
def _opened_store(held: "Settings") -> Iterator["Store"]:
    from portal.store import open_store

    held.place.prepare()
    store = open_store(held.portal_url.get_secret_value())
    try:
        yield store
    finally:
        store.close()


def _require_agency(agency: str, held: "Settings") -> None:
    from models.deployment import load_deployment

    known = load_deployment(held.deployment).agencies
    if agency not in known:
        raise typer.BadParameter(
            f"there is no agency '{agency}'; the agencies are: {', '.join(known)}", param_hint="--agency"
        )


def _read_password(name: str) -> str:
    """Asked for twice without echo on a terminal, else the first line of standard input. Never an argument: those can
    be read by every user of the machine."""
    from portal.errors import PasswordRefusedError

    if sys.stdin.isatty():
        asked: str = typer.prompt(
            f"Password for {name}", hide_input=True, confirmation_prompt="The same again", err=True
        )
        return asked
    try:
        return sys.stdin.buffer.readline().decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError:
        raise PasswordRefusedError("is not in UTF-8") from None  # whose words would quote it


def _row(account: "Account", now: datetime) -> dict[str, Any]:
    is_locked = account.locked_until is not None and account.locked_until > now
    return {
        "name": account.name,
        "role": account.role.value,
        "agency": account.mda,
        "email": account.email,
        "has_password": account.password_hash is not None,
        "state": "disabled" if account.is_disabled else "locked" if is_locked else "active",
        "locked_until": account.locked_until.isoformat(timespec="seconds")
        if is_locked and account.locked_until
        else None,
    }


def _what(account: "Account") -> str:
    return f"{account.role.value} of {account.mda}" if account.mda else account.role.value
