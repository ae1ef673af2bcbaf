"""What somebody can do to an exported log, and what `python verify.py` says of it where no portal is installed."""

import ast
import base64
import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from toy_log import KEY, ORIGIN, OTHER_KEY, PUBLIC, WORDS, append, naive_root, sign

from portal.audit import verify
from portal.audit.checkpoints import signed_note, verifier_key
from portal.audit.export import export_log
from portal.audit.verify import NEEDS_KEY, NEEDS_OLD, TreeHead, leaf_hash, read_line, verify_export
from portal.store import open_store

Line = dict[str, str]


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve events with their details, checkpoints of 4, 8 and 12."""
    folder = tmp_path_factory.mktemp("exported")
    store = open_store(f"sqlite:///{folder / 'log.sqlite'}")
    for _ in range(3):
        append(store, 4)
        sign(store)
    export_log(store, folder / "log", PUBLIC, with_details=True)
    store.close()
    return folder / "log"


@pytest.fixture
def folder(exported: Path, tmp_path: Path) -> Path:
    """A copy to do something to."""
    return Path(shutil.copytree(exported, tmp_path / "log"))


@pytest.fixture(scope="module")
def only_cryptography(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of packages that holds `cryptography`, what it needs itself, and nothing of Lavwa."""
    packages = tmp_path_factory.mktemp("packages")
    for name in ("cryptography", "cffi", "_cffi_backend"):
        found = find_spec(name)
        if found is not None and found.origin is not None:
            origin = Path(found.origin)
            source = origin.parent if found.submodule_search_locations else origin
            (packages / source.name).symlink_to(source)
    return packages


def run_python(packages: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Python without site-packages, in another folder than the project's."""
    return subprocess.run(
        [sys.executable, "-S", *arguments],
        cwd=packages, env={"PYTHONPATH": str(packages), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1"},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


@pytest.fixture
def run(only_cryptography: Path) -> Callable[..., tuple[int, str]]:
    """Runs the folder's own `verify.py`; returns its status and what it said."""

    def run_verify(folder: Path, *arguments: str | Path) -> tuple[int, str]:
        done = run_python(only_cryptography, str(folder / "verify.py"), str(folder), *map(str, arguments))
        return done.returncode, done.stdout + done.stderr

    return run_verify


Run = Callable[..., tuple[int, str]]


def read_lines(folder: Path) -> list[Line]:
    return [json.loads(line) for line in (folder / "events.jsonl").read_bytes().decode().rstrip("\n").split("\n")]


def write_lines(folder: Path, lines: list[Line]) -> None:
    said = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    (folder / "events.jsonl").write_bytes(said.encode())


def canonical(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def with_entry(line: Line, **changed: object) -> Line:
    return {**line, "entry": canonical({**json.loads(line["entry"]), **changed})}


def renumbered(lines: list[Line]) -> list[Line]:
    return [with_entry(line, seq=seq) for seq, line in enumerate(lines, 1)]


def rewritten_details(line: Line) -> Line:
    """New details to which the entry commits, as the log's owner could write them."""
    details = canonical({"note": "all was well"})
    commitment = hashlib.sha256(bytes.fromhex(line["salt"]) + details.encode()).hexdigest()
    return {**with_entry(line, commitment=commitment), "details": details}


def sign_anew(folder: Path, key: Ed25519PrivateKey) -> None:
    """Checkpoints of what the folder now holds, as the owner of the key could make them."""
    entries = [line["entry"].encode() for line in read_lines(folder)]
    for path in (folder / "checkpoints").iterdir():
        size = min(int(path.stem), len(entries))
        path.write_text(signed_note(TreeHead(ORIGIN, size, naive_root(entries[:size])), key), encoding="utf-8")
    (folder / "public.key").write_text(verifier_key(key, ORIGIN) + "\n")


def pinned(tmp_path: Path) -> Path:
    path = tmp_path / "published.key"
    path.write_text(PUBLIC + "\n")
    return path


def kept(exported: Path, tmp_path: Path, size: int) -> Path:
    return Path(shutil.copy(exported / "checkpoints" / f"{size:09d}.txt", tmp_path / f"kept-{size}.txt"))


def test_portal_cannot_be_imported_where_the_verifier_runs(only_cryptography: Path) -> None:
    done = run_python(only_cryptography, "-c", "import cryptography.hazmat; import portal")
    assert "No module named 'portal'" in done.stderr


def test_the_verifier_imports_the_standard_library_and_cryptography_only() -> None:
    tree = ast.parse(Path(verify.__file__).read_text(encoding="utf-8"))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "." for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in names} <= {*sys.stdlib_module_names, "cryptography"}


def test_an_untouched_export_holds_with_every_check_said(
    exported: Path, folder: Path, tmp_path: Path, run: Run
) -> None:
    old = [kept(exported, tmp_path, size) for size in (4, 8)]
    status, said = run(folder, "--key", pinned(tmp_path), "--old", *old)
    assert status == 0
    assert said.splitlines() == [
        "holds: the key in the folder is the one that was given",
        f"holds: 3 checkpoints signed by the key {PUBLIC}",
        f"holds: 2 old checkpoints signed by the key {PUBLIC}",
        "holds: 12 events in canonical JSON, numbered from 1 without a gap",
        "holds: details of 12 events match their commitments; those of 0 are not here or were erased",
        "holds: the events are those of 3 checkpoints, of which the last covers 12",
        "holds: the events are those of 2 old checkpoints, of which the last covers 8",
        "All that was checked holds.",
    ]


def test_what_cannot_be_seen_is_said_where_no_key_and_no_old_checkpoint_is_given(folder: Path, run: Run) -> None:
    status, said = run(folder)
    assert status == 0
    assert f"note: {NEEDS_OLD}" in said
    assert f"note: {NEEDS_KEY}" in said


def test_events_after_the_last_checkpoint_are_said_to_be_unsigned(folder: Path, run: Run) -> None:
    (folder / "checkpoints" / "000000012.txt").unlink()
    status, said = run(folder)
    assert status == 0
    assert "note: 4 events at the end: no checkpoint covers them yet" in said


ON_LINES: dict[str, tuple[Callable[[list[Line]], list[Line]], str]] = {
    **{
        f"{name} flipped": ((lambda lines, name=name, value=value: [
            *lines[:5], with_entry(lines[5], **{name: value}), *lines[6:]]), why)
        for name, value, why in (
            ("seq", 7, "event 7 comes after event 5"),
            ("seq", True, "place 6 holds no event"),
            ("at", "2026-08-03T12:30:15.000043Z", "among events 5 to 8 something was changed"),
            ("at", "yesterday", "place 6 holds no event"),
            ("actor", "officer.inventee", "among events 5 to 8 something was changed"),
            ("action", "decision kept", "among events 5 to 8 something was changed"),
            ("subject", "C-2222-9", "among events 5 to 8 something was changed"),
            ("subject", None, "among events 5 to 8 something was changed"),
            ("commitment", "ab" * 32, "details of event 6 do not match"),
            ("more", "x", "place 6 holds no event"),
        )
    },
    "details flipped": (
        lambda lines: [*lines[:5], {**lines[5], "details": lines[5]["details"].replace("dry", "wet")}, *lines[6:]],
        "details of event 6 do not match",
    ),
    "details of another event": (
        lambda lines: [*lines[:5], {**lines[5], "details": lines[6]["details"], "salt": lines[6]["salt"]}, *lines[6:]],
        "details of event 6 do not match",
    ),
    "details moved into the salt": (
        lambda lines: [
            *lines[:5],
            {**lines[5], "salt": lines[5]["salt"] + lines[5]["details"][:1].encode().hex(),
             "details": lines[5]["details"][1:]},
            *lines[6:],
        ],
        "details of event 6 do not match",
    ),
    "salt flipped": (
        lambda lines: [*lines[:5], {**lines[5], "salt": "ab" * 32}, *lines[6:]],
        "details of event 6 do not match",
    ),
    "salt without details": (
        lambda lines: [*lines[:5], {"entry": lines[5]["entry"], "salt": lines[5]["salt"]}, *lines[6:]],
        "details of event 6 do not match",
    ),
    "details without salt": (
        lambda lines: [*lines[:5], {"entry": lines[5]["entry"], "details": lines[5]["details"]}, *lines[6:]],
        "details of event 6 do not match",
    ),
    "details rewritten with their commitment": (
        lambda lines: [*lines[:5], rewritten_details(lines[5]), *lines[6:]],
        "among events 5 to 8 something was changed",
    ),
    "something added to a line": (
        lambda lines: [*lines[:5], {**lines[5], "remark": "x"}, *lines[6:]],
        "place 6 holds no event",
    ),
    "deleted": (lambda lines: [*lines[:5], *lines[6:]], "event 7 comes after event 5"),
    "deleted and renumbered": (
        lambda lines: renumbered([*lines[:5], *lines[6:]]),
        "the checkpoint of 12 events covers more than the 11",
    ),
    "inserted": (lambda lines: [*lines[:5], lines[4], *lines[5:]], "event 5 comes after event 5"),
    "inserted and renumbered": (
        lambda lines: renumbered([*lines[:5], lines[4], *lines[5:]]),
        "among events 5 to 8 something was changed",
    ),
    "reordered": (lambda lines: [*lines[:5], lines[6], lines[5], *lines[7:]], "event 7 comes after event 5"),
    "reordered and renumbered": (
        lambda lines: renumbered([*lines[:5], lines[6], lines[5], *lines[7:]]),
        "among events 5 to 8 something was changed",
    ),
    "first changed": (
        lambda lines: [with_entry(lines[0], actor="x"), *lines[1:]],
        "among events 1 to 4 something was changed",
    ),
    "last deleted": (lambda lines: lines[:-1], "the checkpoint of 12 events covers more than the 11"),
    "truncated": (lambda lines: lines[:6], "the checkpoint of 8 events covers more than the 6"),
    "emptied": (lambda lines: [], "the checkpoint of 4 events covers more than the 0"),
}  # fmt: skip


@pytest.mark.parametrize(("attack", "why"), ON_LINES.values(), ids=list(ON_LINES))
def test_what_was_done_to_the_events_is_found(
    folder: Path, attack: Callable[[list[Line]], list[Line]], why: str, run: Run
) -> None:
    write_lines(folder, attack(read_lines(folder)))
    status, said = run(folder)
    assert status == 1
    assert any(why in line for line in said.splitlines() if line.startswith("FAILS: ")), said
    assert said.endswith("This log does not hold.\n")
    assert WORDS not in said


def test_a_log_cut_short_with_its_checkpoints_is_found_by_an_old_one_only(
    exported: Path, folder: Path, tmp_path: Path, run: Run
) -> None:
    write_lines(folder, read_lines(folder)[:8])
    (folder / "checkpoints" / "000000012.txt").unlink()
    assert run(folder, "--key", pinned(tmp_path))[0] == 0
    status, said = run(folder, "--old", kept(exported, tmp_path, 12))
    assert status == 1
    assert "FAILS: the old checkpoint of 12 events covers more than the 8 that are here" in said


def test_a_log_rewritten_and_signed_anew_by_its_own_key_is_found_by_an_old_checkpoint_only(
    exported: Path, folder: Path, tmp_path: Path, run: Run
) -> None:
    lines = read_lines(folder)
    write_lines(folder, [*lines[:5], rewritten_details(lines[5]), *lines[6:]])
    sign_anew(folder, KEY)
    assert run(folder, "--key", pinned(tmp_path))[0] == 0
    old = kept(exported, tmp_path, 8)
    status, said = run(folder, "--key", pinned(tmp_path), "--old", kept(exported, tmp_path, 4), old)
    assert status == 1
    assert "FAILS: the old checkpoint of 8 events has another root" in said
    assert "(a fork)" in said
    assert "old checkpoint of 4" not in said


def test_a_log_signed_anew_by_another_key_is_found_by_the_published_one_or_an_old_checkpoint(
    exported: Path, folder: Path, tmp_path: Path, run: Run
) -> None:
    lines = read_lines(folder)
    write_lines(folder, [*lines[:5], rewritten_details(lines[5]), *lines[6:]])
    sign_anew(folder, OTHER_KEY)
    status, said = run(folder)
    assert status == 0
    assert f"note: {NEEDS_KEY}" in said
    status, said = run(folder, "--key", pinned(tmp_path))
    assert status == 1
    assert "FAILS: the key in the folder is another than the one that was given" in said
    assert "FAILS: checkpoint number 1 of 3 is refused: it is not signed by this key" in said
    status, said = run(folder, "--old", kept(exported, tmp_path, 4))
    assert status == 1
    assert "FAILS: old checkpoint number 1 of 1 is refused: it is not signed by this key" in said


def test_two_checkpoints_of_one_size_with_two_roots_are_a_fork(folder: Path, run: Run) -> None:
    other = signed_note(TreeHead(ORIGIN, 8, leaf_hash(b"another log")), KEY)
    (folder / "checkpoints" / "other.txt").write_text(other, encoding="utf-8")
    status, said = run(folder)
    assert status == 1
    assert "FAILS: the checkpoint of 8 events has another root" in said


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda note: note.replace("\n8\n", "\n7\n"), "its signature does not fit its text"),
        (lambda note: note.replace(ORIGIN, "other.example/log", 1), "its signature does not fit its text"),
        (lambda note: note[:-10] + ("A" if note[-10] != "A" else "B") + note[-9:], "its signature does not fit"),
        (lambda note: note.split("\n\n")[0] + "\n", "it is no signed note"),
        (lambda note: "", "it is no signed note"),
    ],
)
def test_a_checkpoint_that_was_changed_is_refused(
    folder: Path, change: Callable[[str], str], why: str, run: Run
) -> None:
    path = folder / "checkpoints" / "000000008.txt"
    path.write_bytes(change(path.read_bytes().decode()).encode())
    status, said = run(folder)
    assert status == 1
    assert f"FAILS: checkpoint number 2 of 3 is refused: {why}" in said


def test_a_log_without_any_checkpoint_does_not_hold(folder: Path, run: Run) -> None:
    shutil.rmtree(folder / "checkpoints")
    status, said = run(folder)
    assert status == 1
    assert "FAILS: no signed checkpoint vouches for the 12 events" in said


def test_old_checkpoints_vouch_for_a_log_whose_own_were_lost(
    exported: Path, folder: Path, tmp_path: Path, run: Run
) -> None:
    shutil.rmtree(folder / "checkpoints")
    status, said = run(folder, "--old", exported / "checkpoints")
    assert status == 0
    assert "holds: the events are those of 3 old checkpoints" in said


def test_forgotten_details_leave_a_log_that_holds(folder: Path, run: Run) -> None:
    lines = read_lines(folder)
    write_lines(folder, [{"entry": line["entry"]} if seq == 5 else line for seq, line in enumerate(lines)])
    status, said = run(folder)
    assert status == 0
    assert "details of 11 events match their commitments; those of 1 are not here or were erased" in said


def test_many_failures_of_a_kind_are_counted_and_not_all_printed(folder: Path, run: Run) -> None:
    write_lines(folder, read_lines(folder)[::-1])
    status, said = run(folder)
    assert status == 1
    assert said.count("comes after event") == 5
    assert "FAILS: 7 more like the last" in said


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"no json",
        b"[]",
        b"17",
        b'{"entry": 17}',
        b'{"entry": null}',
        b'{"details": "{}", "salt": ""}',
        b'{"entry": "a", "entry": "b"}',
        b'{"entry": "\xff"}',
        b'{"entry": "\\ud800"}',
        b"[" * 100_000,
        b'{"entry": "' + b"[" * 100_000 + b'"}',
        b'{"entry": "' + b"9" * 5000 + b'"}',
        b'{"entry": "{\\"seq\\": 6}"}',
    ],
)
def test_a_line_that_is_no_event_is_found_and_breaks_nothing(folder: Path, line: bytes) -> None:
    lines = (folder / "events.jsonl").read_bytes().split(b"\n")
    (folder / "events.jsonl").write_bytes(b"\n".join([*lines[:5], line, *lines[6:]]))
    found = verify_export(folder, PUBLIC)
    assert "place 6 holds no event in canonical JSON" in found
    assert any("among events 5 to 8" in sentence for sentence in found)


def test_a_line_that_shows_one_entry_and_hashes_another_is_no_event(folder: Path) -> None:
    lines = (folder / "events.jsonl").read_bytes().split(b"\n")
    lines[5] = b'{"entry": "nothing happened", ' + lines[5][1:]
    (folder / "events.jsonl").write_bytes(b"\n".join(lines))
    assert "place 6 holds no event in canonical JSON" in verify_export(folder, PUBLIC)


def test_a_field_given_twice_in_an_entry_is_no_event(folder: Path) -> None:
    lines = read_lines(folder)
    lines[5]["entry"] = lines[5]["entry"].replace("{", '{"action":"other",', 1)
    write_lines(folder, lines)
    assert "place 6 holds no event in canonical JSON" in verify_export(folder, PUBLIC)


def test_files_that_are_missing_are_said_to_be(folder: Path, tmp_path: Path, run: Run) -> None:
    for name in ("events.jsonl", "public.key"):
        copy = Path(shutil.copytree(folder, tmp_path / f"without-{name}"))
        (copy / name).unlink()
        status, said = run(copy)
        assert status == 1
        assert f"{copy / name} cannot be read" in said
    (folder / "public.key").write_bytes(b"\xff")
    assert "is no text" in run(folder)[1]
    assert "cannot be read" in verify_export(tmp_path / "nowhere", PUBLIC)[0]


def test_a_key_that_is_none_is_said_to_be_none(folder: Path, tmp_path: Path, run: Run) -> None:
    (tmp_path / "published.key").write_text("none")
    status, said = run(folder, "--key", tmp_path / "published.key")
    assert status == 1
    assert "FAILS: the public key cannot be used" in said


def test_wrong_use_of_the_verifier_has_status_two(folder: Path, tmp_path: Path, run: Run) -> None:
    (tmp_path / "empty").mkdir()
    for arguments in (("--old", tmp_path / "empty"), ("--old", tmp_path / "none"), ("--key", tmp_path / "none")):
        status, said = run(folder, *arguments)
        assert status == 2
        assert "Traceback" not in said


def test_the_verifier_says_which_package_it_needs(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    done = run_python(tmp_path / "nothing", str(folder / "verify.py"), str(folder))
    assert done.returncode == 2
    assert "the Python package cryptography is needed" in done.stderr


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_byte_of_the_events_is_changed_is_found_or_says_the_same(
    exported: Path, folder: Path, data: st.DataObject
) -> None:
    whole = (exported / "events.jsonl").read_bytes()
    place = data.draw(st.integers(0, len(whole) - 1))
    changed = whole[:place] + bytes([data.draw(st.integers(0, 255))]) + whole[place + 1 :]
    (folder / "events.jsonl").write_bytes(changed)
    if not verify_export(folder, PUBLIC):
        before, after = ([read_line(line) for line in text.splitlines()] for text in (whole, changed))
        assert after == before


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_byte_of_a_checkpoint_is_changed_is_found(exported: Path, folder: Path, data: st.DataObject) -> None:
    name = Path("checkpoints") / "000000008.txt"
    whole = (exported / name).read_bytes()
    place = data.draw(st.integers(0, len(whole) - 1))
    changed = data.draw(st.integers(0, 255).filter(lambda value: value != whole[place]))
    (folder / name).write_bytes(whole[:place] + bytes([changed]) + whole[place + 1 :])
    assert verify_export(folder, PUBLIC) != []


def test_a_hand_made_export_of_one_event_holds(tmp_path: Path, run: Run) -> None:
    """Made from the formats as described, with none of the code under test."""
    salt, details = b"\x07" * 32, '{"to":"PUC"}'
    commitment = hashlib.sha256(salt + details.encode()).hexdigest()
    entry = (
        '{"action":"routed","actor":"pipeline","at":"2026-08-03T08:00:00.000000Z",'
        f'"commitment":"{commitment}","seq":1,"subject":null}}'
    )
    public = b"\x01" + KEY.public_key().public_bytes_raw()
    key_id = hashlib.sha256(b"hand.example\n" + public).digest()[:4]
    root = base64.b64encode(hashlib.sha256(b"\x00" + entry.encode()).digest()).decode()
    text = f"hand.example\n1\n{root}\n"
    signature = base64.b64encode(key_id + KEY.sign(text.encode())).decode()
    (tmp_path / "log" / "checkpoints").mkdir(parents=True)
    (tmp_path / "log/checkpoints/1.txt").write_bytes(f"{text}\n— hand.example {signature}\n".encode())
    (tmp_path / "log/public.key").write_text(f"hand.example+{key_id.hex()}+{base64.b64encode(public).decode()}\n")
    write_lines(tmp_path / "log", [{"entry": entry, "details": details, "salt": salt.hex()}])
    shutil.copy(verify.__file__, tmp_path / "log")
    status, said = run(tmp_path / "log")
    assert status == 0
    assert "details of 1 event match" in said
