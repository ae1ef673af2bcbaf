"""`lavwa audit` and `lavwa corrections`: what is given out can be verified and learned from; a change is found."""

import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from command import lavwa
from desk_cases import add_person, desk_of, open_cases_of, opened, plain_matter, post

from flows.home import Home
from flows.stages.audit import sign_log
from models.training import labelled_posts
from nlp.learning import fit_detector
from nlp.personal_data import PersonalDataFinder
from portal.audit.verify import NEEDS_OLD
from portal.cases import RoutedMatter, RoutedPost
from portal.models import CaseState, Checkpoint
from portal.store import Store
from portal.submissions import submit

RAW = "PLANTED-RAW-WORDS of Zan Envante, 2 555 555"
MAHE = ZoneInfo("Indian/Mahe")
ORIGIN = "toy.example/log"

HOLDS = f"the log holds; {NEEDS_OLD}\n"


def matter_of(*posts: RoutedPost, **fields: Any) -> RoutedMatter:
    return plain_matter("", posts=posts, **fields)


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    """A home in which marie has accepted, corrected, answered and closed; one case waits."""
    with closing(opened(home)) as made:
        marie = desk_of(made, add_person(made, "marie", "PUC"))
        receipt = submit(made, text=RAW, received_at=datetime.now(UTC))
        accepted, corrected, answered, closed, _ = open_cases_of(
            made,
            matter_of(post("a1", "no water at [person]'s", receipt=receipt), post("a2", "napa delo", lang="crs")),
            matter_of(post("b1", "the lamp is dark")),
            matter_of(post("c1", "a leak"), urgency="urgent"),
            matter_of(post("d1", "taken back")),
            matter_of(post("e1", "still waits"), is_confidential=True),
        )
        marie.accept(accepted, 1)
        marie.reveal(accepted, "a1", "to find the house")
        marie.correct(corrected, 1, category="electricity")
        marie.answer(answered, 1, {"en": "It is mended."})
        marie.close(closed, 1, CaseState.WITHDRAWN, {})
        yield made


@pytest.fixture
def exported(store: Store, home: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "log"
    done = lavwa(home, "audit", "export", str(folder))
    assert done.returncode == 0, done.stderr
    return folder


def only_finding(done: subprocess.CompletedProcess[str]) -> str:
    """The one line of a check that found something."""
    assert (done.returncode, done.stdout) == (1, ""), done.stderr
    (line,) = done.stderr.splitlines()
    assert line.startswith("FAILS: ")
    return line.removeprefix("FAILS: ")


def run_verify(folder: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """The folder's own program."""
    command = [sys.executable, str(folder / "verify.py"), str(folder), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_an_exported_log_holds_for_lavwa_and_for_its_own_program(store: Store, home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "log"
    done = lavwa(home, "audit", "export", str(folder))
    n = len((folder / "events.jsonl").read_text(encoding="utf-8").splitlines())
    assert n == 12  # an account, a submission, five cases, five acts
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == f"12 events written to {folder}; verify them with: python {folder}/verify.py {folder}\n"
    for arguments in ((), (str(folder),)):
        done = lavwa(home, "audit", "verify", *arguments)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", HOLDS)
    done = lavwa(home, "audit", "verify", "--json")
    assert (done.returncode, json.loads(done.stdout)) == (0, {"holds": True, "findings": []})
    alone = run_verify(folder)
    assert alone.returncode == 0, alone.stdout + alone.stderr


def test_an_export_names_nobody_and_quotes_no_citizen_unless_details_are_asked_for(
    exported: Path, home: Path, tmp_path: Path
) -> None:
    written = "".join(path.read_text(encoding="utf-8") for path in exported.rglob("*.*"))
    for said in (RAW, "to find the house", "It is mended.", "no water"):
        assert said not in written
    detailed = tmp_path / "detailed"
    assert lavwa(home, "audit", "export", str(detailed), "--details").returncode == 0
    assert "to find the house" in (detailed / "events.jsonl").read_text(encoding="utf-8")
    assert RAW not in (detailed / "events.jsonl").read_text(encoding="utf-8")
    assert detailed.stat().st_mode & 0o077 == 0
    assert lavwa(home, "audit", "verify", str(detailed)).returncode == 0


def test_a_flipped_byte_of_an_exported_folder_is_found(exported: Path, home: Path) -> None:
    events = exported / "events.jsonl"
    lines = events.read_bytes()
    at = lines.index(b"accepted")
    events.write_bytes(lines[:at] + b"b" + lines[at + 1 :])
    done = lavwa(home, "audit", "verify", str(exported))
    assert "checkpoint" in only_finding(done)
    alone = run_verify(exported)
    assert alone.returncode == 1
    assert only_finding(done) in alone.stdout + alone.stderr
    assert "Traceback" not in alone.stderr
    as_json = lavwa(home, "audit", "verify", str(exported), "--json")
    assert as_json.returncode == 1
    assert json.loads(as_json.stdout) == {"holds": False, "findings": [only_finding(done)]}


def test_a_row_changed_in_the_database_is_found_and_named(exported: Path, home: Path) -> None:
    with closing(sqlite3.connect(home / "store" / "portal.sqlite")) as connection, connection:
        changed = connection.execute("UPDATE events SET details = '{\"reason\": \"none\"}' WHERE action = 'revealed'")
        assert changed.rowcount == 1
    (seq,) = [number for number, line in enumerate(event_lines(exported), 1) if '"revealed"' in line]
    assert only_finding(lavwa(home, "audit", "verify")) == f"the details of event {seq} do not match its commitment"
    assert lavwa(home, "audit", "verify", str(exported)).returncode == 0


def test_events_taken_out_of_the_database_with_their_checkpoint_are_found_by_an_old_one(
    store: Store, exported: Path, home: Path
) -> None:
    (kept,) = (exported / "checkpoints").iterdir()
    assert lavwa(home, "audit", "verify", "--old", str(kept)).returncode == 0
    with closing(sqlite3.connect(home / "store" / "portal.sqlite")) as connection, connection:
        connection.execute("DELETE FROM events")
        connection.execute("DELETE FROM checkpoints")
        connection.execute("UPDATE log_head SET size = 0, edge = '[]'")
    assert lavwa(home, "audit", "verify").returncode == 0  # what a log alone cannot tell
    assert "old checkpoint" in only_finding(lavwa(home, "audit", "verify", "--old", str(kept)))
    missing = lavwa(home, "audit", "verify", "--old", str(exported / "none.txt"))
    assert missing.returncode == 2
    assert "cannot be read" in missing.stderr


def event_lines(folder: Path) -> list[str]:
    return [json.loads(line)["entry"] for line in (folder / "events.jsonl").read_text(encoding="utf-8").splitlines()]


def test_a_second_export_into_the_same_folder_is_refused_and_changes_nothing(exported: Path, home: Path) -> None:
    before = {path: path.read_bytes() for path in exported.rglob("*") if path.is_file()}
    done = lavwa(home, "audit", "export", str(exported))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"lavwa: the audit log cannot be exported to {exported}: something is there already; name a new or an empty "
        "folder\n"
    )
    assert {path: path.read_bytes() for path in exported.rglob("*") if path.is_file()} == before


def test_a_folder_that_is_no_export_is_said_so_without_a_traceback(home: Path, tmp_path: Path) -> None:
    done = lavwa(home, "audit", "verify", str(tmp_path / "nothing"))
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("FAILS: ")


def test_the_log_is_signed_once_a_day_of_the_zone_and_only_when_it_has_grown(store: Store, home: Path) -> None:
    place = Home(home)
    evening = datetime(2026, 12, 1, 19, 59, tzinfo=UTC)  # 23:59 in Mahé

    def signs(now: datetime) -> bool:
        return sign_log(place, store, ORIGIN, MAHE, lambda: now)

    def sizes() -> list[int]:
        with store.reading() as session:
            return list(session.scalars(sa.select(Checkpoint.size).order_by(Checkpoint.size)))

    assert signs(evening)
    assert not signs(evening)
    assert not signs(evening + timedelta(minutes=1))  # another day, and nothing happened
    add_person(store, "paul", "SLTA")
    assert not signs(evening)
    assert signs(evening + timedelta(minutes=1))
    add_person(store, "jo", None, role="statistician")
    assert not signs(evening + timedelta(hours=23))
    assert signs(evening + timedelta(hours=25))
    assert sizes() == [12, 13, 14]


def test_corrections_are_the_decided_posts_redacted_with_what_a_person_said(store: Store, home: Path) -> None:
    done = lavwa(home, "corrections", "export")
    assert (done.returncode, done.stderr) == (0, "4 decided posts\n")
    said = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(post["id"], post["category"], post["urgency"], post["is_corrected"]) for post in said] == [
        ("a1", "water_supply", "normal", False), ("a2", "water_supply", "normal", False),
        ("b1", "electricity", "normal", True), ("c1", "water_supply", "urgent", False),
    ]  # fmt: skip
    assert [post["text"] for post in said] == ["no water at [person]'s", "napa delo", "the lamp is dark", "a leak"]
    assert RAW not in done.stdout


def test_corrections_are_what_training_reads(store: Store, home: Path) -> None:
    lines = lavwa(home, "corrections", "export").stdout.splitlines()
    sentences = {"en": ["there is no water", "the road is bad"], "crs": ["napa delo", "semen i move"]}
    detector = fit_detector([text for said in sentences.values() for text in said], ["en", "en", "crs", "crs"], seed=1)
    read = labelled_posts([json.loads(line) for line in lines], PersonalDataFinder(), detector)
    assert [(post.text, post.lang) for post in read] == [
        ("no water at [person]'s", "en"), ("napa delo", "crs"), ("the lamp is dark", "en"), ("a leak", "en"),
    ]  # fmt: skip
    assert read[2].labels == {"category": "electricity", "urgency": "normal", "confidential": "false"}


def test_a_home_without_a_decision_gives_no_correction_and_has_no_log_to_verify(home: Path) -> None:
    done = lavwa(home, "corrections", "export")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "0 decided posts\n")
    done = lavwa(home, "audit", "verify")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.endswith("this home's log was never signed; `lavwa run` does it\n")
    assert not (home / "secrets" / "audit.key").exists()


def test_the_proof_of_a_receipt_is_written_once_the_log_is_signed_and_verify_py_believes_it(
    store: Store, home: Path, tmp_path: Path
) -> None:
    receipt = submit(store, text=RAW, received_at=datetime.now(UTC))
    early = lavwa(home, "audit", "receipt", receipt)
    assert (early.returncode, early.stdout, early.stderr.count("\n")) == (1, "", 1)
    folder = tmp_path / "log"
    assert lavwa(home, "audit", "export", str(folder)).returncode == 0
    done = lavwa(home, "audit", "receipt", receipt)
    assert done.returncode == 0, done.stderr
    assert "PLANTED" not in done.stdout
    proof = tmp_path / "proof.json"
    proof.write_text(done.stdout, encoding="utf-8")
    command = [sys.executable, folder / "verify.py", proof, "--key", folder / "public.key"]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (checked.returncode, receipt in checked.stdout) == (0, False), checked.stdout + checked.stderr
    unknown = lavwa(home, "audit", "receipt", "S-2222-2222-2222")
    assert (unknown.returncode, unknown.stderr) == (
        1,
        "lavwa: there is no submission with this receipt: look at every letter and digit of it again\n",
    )
