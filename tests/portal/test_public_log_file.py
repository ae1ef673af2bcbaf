"""What everybody may have of the log: hashes that verify, and nothing of what events say. All events are invented."""

import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from toy_log import ORIGIN, OTHER_KEY, PUBLIC, WORDS, append, sign

from portal.audit.checkpoints import verifier_key
from portal.audit.export import export_log, newest_checkpoint, write_public_log
from portal.audit.verify import examine_export, verify_export
from portal.models import Event
from portal.store import Store, open_store


@pytest.fixture
def signed(tmp_path: Path) -> Iterator[Store]:
    """Nine events, the last of them not signed yet; checkpoints of four and eight."""
    opened = open_store(f"sqlite:///{tmp_path / 'log.sqlite'}")
    append(opened, 4)
    sign(opened)
    append(opened, 4)
    sign(opened)
    append(opened, 1)
    yield opened
    opened.close()


def taken(store: Store, folder: Path) -> Path:
    """The public log as somebody unpacks it."""
    stream = io.BytesIO()
    write_public_log(store, stream, PUBLIC)
    with zipfile.ZipFile(stream) as archive:
        archive.extractall(folder)
    return folder


def test_the_public_log_verifies_with_nothing_but_what_is_in_it(signed: Store, tmp_path: Path) -> None:
    folder = taken(signed, tmp_path / "log")
    assert sorted(path.name for path in folder.iterdir()) == [
        "README.txt", "checkpoints", "events.jsonl", "public.key", "verify.py",
    ]  # fmt: skip
    (tmp_path / "kept.txt").write_text((folder / "checkpoints" / "000000004.txt").read_text())
    (tmp_path / "published.key").write_text(PUBLIC)
    done = subprocess.run(
        [sys.executable, "-I", "log/verify.py", "log", "--key", "published.key", "--old", "kept.txt"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "the events are those of 2 checkpoints, of which the last covers 8" in done.stdout
    assert "of 8 events only the hash is here" in done.stdout
    assert "in canonical JSON" not in done.stdout  # nobody has seen that
    assert done.stdout.endswith("All that was checked holds.\n")


def test_nothing_of_what_an_event_says_is_in_it(signed: Store, tmp_path: Path) -> None:
    folder = taken(signed, tmp_path / "log")
    content = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.name != "verify.py")
    assert ORIGIN.encode() in content
    for said in ("C-2222", "officer.invented", "decision changed", WORDS, "2026-08-03"):
        assert said.encode() not in content
    lines = [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]
    with signed.reading() as session:
        leaves = session.scalars(sa.select(Event.leaf).order_by(Event.seq)).all()
    assert lines == [{"leaf": leaf} for leaf in leaves[:8]]  # the ninth is under no checkpoint yet


Lines = list[str]


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda lines: [lines[0][:-4] + '00"}', *lines[1:]], id="flipped"),
        pytest.param(lambda lines: lines[:2] + lines[3:], id="deleted"),
        pytest.param(lambda lines: [lines[0], lines[0], *lines[1:]], id="inserted"),
        pytest.param(lambda lines: [lines[1], lines[0], *lines[2:]], id="moved"),
        pytest.param(lambda lines: lines[:5], id="cut short"),
        pytest.param(lambda lines: ['{"leaf": "no hash"}', *lines[1:]], id="no hash"),
        pytest.param(lambda lines: ['{"leaf": 7}', *lines[1:]], id="a number"),
    ],
)
def test_a_changed_public_log_fails(signed: Store, tmp_path: Path, damage: Callable[[Lines], Lines]) -> None:
    folder = taken(signed, tmp_path / "log")
    assert verify_export(folder, PUBLIC) == []
    lines = (folder / "events.jsonl").read_text().splitlines()
    (folder / "events.jsonl").write_text("".join(f"{line}\n" for line in damage(lines)))
    assert verify_export(folder, PUBLIC) != []


def test_an_entry_that_was_changed_in_the_store_shows_in_the_public_log(signed: Store, tmp_path: Path) -> None:
    with signed.session() as session:
        session.execute(sa.update(Event).where(Event.seq == 3).values(actor="nobody"))  # and its leaf is left alone
    assert verify_export(taken(signed, tmp_path / "log"), PUBLIC) != []


def test_a_log_that_was_written_anew_is_found_by_an_old_checkpoint(signed: Store, tmp_path: Path) -> None:
    old = newest_checkpoint(signed)
    assert old is not None
    other = open_store(f"sqlite:///{tmp_path / 'other.sqlite'}")
    append(other, 9, note="another story")
    sign(other)
    folder = taken(other, tmp_path / "log")
    assert verify_export(folder, PUBLIC) == []
    assert "fork" in " ".join(verify_export(folder, PUBLIC, [old]))
    other.close()


def test_another_key_fails(signed: Store, tmp_path: Path) -> None:
    assert verify_export(taken(signed, tmp_path / "log"), verifier_key(OTHER_KEY, ORIGIN)) != []


def test_the_full_export_and_the_public_log_are_of_the_same_tree(signed: Store, tmp_path: Path) -> None:
    export_log(signed, tmp_path / "full", PUBLIC)
    public = taken(signed, tmp_path / "log")
    notes = [path.read_text() for path in (public / "checkpoints").iterdir()]
    assert examine_export(tmp_path / "full", PUBLIC, notes).findings == []


def test_a_log_without_a_checkpoint_gives_no_event(tmp_path: Path) -> None:
    opened = open_store(f"sqlite:///{tmp_path / 'log.sqlite'}")
    append(opened, 2)
    assert newest_checkpoint(opened) is None
    assert (taken(opened, tmp_path / "log") / "events.jsonl").read_bytes() == b""
    opened.close()
