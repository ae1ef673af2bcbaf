"""`lavwa users`: what it answers, what it asks for, and that no password gets out of it."""

import json
import os
import pty
import subprocess
import sys
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import pytest
from command import LAVWA, lavwa

from flows.cli.people_commands import RoleName
from portal.errors import SignInRefusedError
from portal.models import Event, Role
from portal.people import add_account, list_accounts, sign_in
from portal.store import Store, open_store

RIGHT = "mango rain on the roof"
OTHER = "another mango on the roof"
MARIE = ("users", "add", "marie", "--role", "officer", "--agency", "PUC")


def opened(home: Path) -> closing[Store]:
    (home / "store").mkdir(parents=True, exist_ok=True)
    return closing(open_store(f"sqlite:///{home / 'store' / 'portal.sqlite'}"))


def add_marie(home: Path) -> None:
    with opened(home) as store:
        add_account(store, "marie", Role.OFFICER, mda="PUC", password=RIGHT, email=None, now=datetime.now(UTC))


def names(home: Path) -> list[str]:
    with opened(home) as store:
        return [account.name for account in list_accounts(store)]


def lets_in(home: Path, password: str, name: str = "marie") -> bool:
    with opened(home) as store:
        try:
            sign_in(store, name, password, datetime.now(UTC))
        except SignInRefusedError:
            return False
    return True


def only_line(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 1, done.stderr
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    return line


def on_a_terminal(home: Path, arguments: tuple[str, ...], answers: list[str]) -> tuple[int, str]:
    """Run a command on a terminal of its own, answering each question; its status and all that was on the screen."""
    process, screen = pty.fork()
    if process == 0:
        os.execve(LAVWA, [LAVWA, *arguments], {**os.environ, "LAVWA_HOME": str(home), "COLUMNS": "200"})
    shown, waiting, until = b"", list(answers), time.monotonic() + 240
    while time.monotonic() < until:
        try:
            shown += os.read(screen, 1024)
        except OSError:  # the other end of a terminal is closed
            break
        if shown.endswith(b": "):  # the space comes when the echo is off
            if not waiting:
                break  # nobody answers: the terminal is closed, which ends the command
            os.write(screen, waiting.pop(0).encode() + b"\n")
            shown += b"<answered>"
    os.close(screen)
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), shown.decode()


def test_the_roles_that_help_names_are_those_of_the_store(home: Path) -> None:
    assert list(get_args(RoleName)) == [role.value for role in Role]
    shown = lavwa(home, "users", "add", "--help").stdout
    assert all(role.value in shown for role in Role)


def test_users_explain_themselves_and_are_documented(home: Path) -> None:
    page = (Path(__file__).parent.parent.parent / "docs" / "command.md").read_text(encoding="utf-8")
    assert " users " in lavwa(home, "--help").stdout
    for command in ("add", "list", "disable", "enable", "password"):
        assert f"Usage: lavwa users {command}" in lavwa(home, "users", command, "--help").stdout
        assert f"lavwa users {command}" in "".join(line for line in page.splitlines() if line.startswith("## "))


def test_a_piped_password_lets_the_new_officer_in(home: Path) -> None:
    done = lavwa(home, *MARIE, "--email", "Marie@example.sc", stdin=f"{RIGHT}\r\nand what comes after\n")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "account marie added: officer of PUC\n"
    assert lets_in(home, RIGHT)


def test_the_list_has_a_line_an_account_and_ends_with_their_number(home: Path) -> None:
    assert lavwa(home, "users", "list").stdout == "0 accounts\n"
    assert json.loads(lavwa(home, "users", "list", "--json").stdout) == {"accounts": []}
    add_marie(home)
    lavwa(home, "users", "add", "jo", "--role", "statistician", "--no-password", "--email", "jo@example.sc")
    lavwa(home, "users", "disable", "jo")
    for _ in range(5):
        assert not lets_in(home, OTHER)
    done = lavwa(home, "users", "list")
    first, second, last = done.stdout.splitlines()
    assert first == "jo     statistician  -    disabled"
    assert second.startswith("marie  officer       PUC  locked until 20")
    assert last == "2 accounts"
    listed = json.loads(lavwa(home, "users", "list", "--json").stdout)["accounts"]
    assert listed[0] == {
        "name": "jo", "role": "statistician", "agency": None, "email": "jo@example.sc", "has_password": False,
        "state": "disabled", "locked_until": None,
    }  # fmt: skip
    assert (listed[1]["state"], listed[1]["has_password"]) == ("locked", True)
    assert datetime.fromisoformat(listed[1]["locked_until"]).utcoffset() is not None


def test_a_disabled_officer_is_out_until_enabled_and_a_lock_is_lifted_with_it(home: Path) -> None:
    add_marie(home)
    done = lavwa(home, "users", "disable", "Marie")
    assert (done.returncode, done.stderr) == (0, "account marie disabled\n")
    for _ in range(5):
        assert not lets_in(home, RIGHT)
    done = lavwa(home, "users", "enable", "Marie")
    assert (done.returncode, done.stderr) == (0, "account marie enabled\n")
    assert lets_in(home, RIGHT)


def test_a_new_password_takes_the_place_of_the_old(home: Path) -> None:
    add_marie(home)
    done = lavwa(home, "users", "password", "marie", stdin=OTHER)
    assert (done.returncode, done.stderr) == (0, "password of account marie set\n")
    assert (lets_in(home, RIGHT), lets_in(home, OTHER)) == (False, True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(("add", "marie"), "Missing option '--role'", id="no role"),
        pytest.param(("add", "marie", "--role", "king"), "'king' is not one of", id="unknown role"),
        pytest.param(("add", "marie", "--role", "officer"), "is of one agency: say of which", id="officer of none"),
        pytest.param(
            ("add", "marie", "--role", "analyst", "--agency", "PUC"),
            "is of no agency: leave PUC out",
            id="one too many",
        ),
        pytest.param(
            ("add", "marie", "--role", "head", "--agency", "puc"), "there is no agency 'puc'", id="unknown agency"
        ),
        pytest.param(("add", "m e", "--role", "analyst"), "'m e' is no name for an account", id="no name"),
        pytest.param(("add", "marie", "--role", "analyst", "--email", "x"), "'x' is no e-mail address", id="no e-mail"),
        pytest.param(
            ("add", "marie", "--role", "analyst", "--no-password"), "there must be an e-mail address", id="no way in"
        ),
        pytest.param(("add", "marie", "--role", "analyst", "--password", RIGHT), "No such option", id="password shown"),
        pytest.param(("password", "marie", RIGHT), "unexpected extra argument", id="password shown again"),
    ],
)
def test_wrong_usage_of_users_is_status_two_and_asks_for_no_password(
    home: Path, arguments: tuple[str, ...], said: str
) -> None:
    done = lavwa(home, "users", *arguments, stdin=RIGHT)
    assert done.returncode == 2
    assert done.stdout == ""
    assert said in " ".join(done.stderr.replace("│", " ").split())
    assert names(home) == []


@pytest.mark.parametrize(
    ("arguments", "stdin", "said"),
    [
        pytest.param(MARIE, "", "the password has fewer than 12 characters", id="no password"),
        pytest.param(MARIE, "\n" + RIGHT, "the password has fewer than 12 characters", id="empty first line"),
        pytest.param(MARIE, "motdepasse2026", "the password is one of those that are tried first", id="plain"),
        pytest.param(MARIE, b"motdepas\xff\xff\xff", "the password is not in UTF-8", id="not UTF-8"),
        pytest.param(("users", "add", "Jo", "--role", "head", "--agency", "PUC"), RIGHT, "the name Jo is", id="taken"),
        pytest.param(("users", "disable", "marie"), "", "there is no account 'marie'", id="nobody to disable"),
        pytest.param(("users", "enable", "marie"), "", "there is no account 'marie'", id="nobody to enable"),
        pytest.param(("users", "password", "marie"), RIGHT, "there is no account 'marie'", id="nobody's password"),
    ],
)
def test_what_cannot_be_done_with_users_is_one_line(
    home: Path, arguments: tuple[str, ...], stdin: str | bytes, said: str
) -> None:
    with opened(home) as store:
        add_account(store, "jo", Role.OVERSIGHT, mda=None, password=RIGHT, email=None, now=datetime.now(UTC))
    line = only_line(lavwa(home, *arguments, stdin=stdin))
    assert line.startswith(f"lavwa: {said}")
    assert "motdepas" not in line
    assert names(home) == ["jo"]


def test_on_a_terminal_the_password_is_asked_for_twice_and_never_shown(home: Path) -> None:
    status, shown = on_a_terminal(home, MARIE, [RIGHT, OTHER, RIGHT, RIGHT])
    assert status == 0, shown
    assert shown.count("Password for marie:") == 2
    assert shown.count("The same again:") == 2
    assert "do not match" in shown
    assert "account marie added: officer of PUC" in shown
    assert RIGHT not in shown
    assert OTHER not in shown
    assert lets_in(home, RIGHT)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(MARIE, "the name marie is another account's", id="name taken"),
        pytest.param(("users", "password", "jo"), "there is no account 'jo'", id="nobody's password"),
    ],
)
def test_what_a_password_cannot_mend_is_told_before_one_is_asked_for(
    home: Path, arguments: tuple[str, ...], said: str
) -> None:
    add_marie(home)
    status, shown = on_a_terminal(home, arguments, [])
    assert status == 1
    assert said in shown
    assert "Password" not in shown


def test_acts_on_accounts_are_in_the_log_and_no_password_is_anywhere(home: Path) -> None:
    said = ""
    for arguments, stdin in (
        (MARIE, RIGHT),
        (("users", "disable", "marie"), ""),
        (("users", "enable", "marie"), ""),
        (("users", "password", "marie"), OTHER),
        (("users", "list"), ""),
        (("users", "list", "--json"), ""),
    ):
        done = lavwa(home, *arguments, stdin=stdin)
        assert done.returncode == 0, done.stderr
        said += done.stdout + done.stderr
    with opened(home) as store, store.reading() as session:
        events = session.query(Event).order_by(Event.seq).all()
        hashes = [str(account.password_hash) for account in list_accounts(store)]
    assert [(event.actor, event.action) for event in events] == [
        ("operator", "account added"),
        ("operator", "account disabled"),
        ("operator", "account enabled"),
        ("operator", "password set"),
    ]
    files = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
    assert b"argon2" in files
    for secret in (RIGHT, OTHER):
        assert secret.encode() not in files
        assert secret not in said
    assert all(one not in said + str([event.details for event in events]) for one in hashes)


def test_users_start_without_a_model_or_the_warehouse(home: Path) -> None:
    script = (
        "import sys; sys.argv = ['lavwa', 'users', 'list']\n"
        "from flows.cli.main import app\n"
        "try: app()\n"
        "except SystemExit: pass\n"
        "print([m for m in ('numpy', 'pandas', 'duckdb', 'spacy', 'torch', 'prefect') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["0 accounts", "[]"]
