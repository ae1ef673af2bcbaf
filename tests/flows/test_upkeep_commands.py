"""`lavwa backup`, `restore` and `doctor`: what was there comes back, elsewhere, too; damage is told and changes
nothing; a doctor writes nothing. Everybody and everything in here is invented."""

import hashlib
import json
import multiprocessing
import os
import random
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from command import lavwa
from desk_cases import DAYS, MDA_OF, add_person, desk_of, open_cases_of, opened, plain_matter
from drills import Ledger, Officer, add_people, held, missing, open_matters, retold
from postgres import Cluster, postgresql

from flows.backup import MANIFEST, back_up, restore
from flows.doctor import Finding, examine_home
from flows.errors import BackupRefusedError, RestoreRefusedError, RunInProgressError
from flows.home import Home
from flows.settings import load_settings
from flows.stages.audit import sign_log
from portal.audit.checkpoints import signing_key, verifier_key
from portal.audit.export import verify_store
from portal.desk import Desk
from portal.models import Base, CaseState, Checkpoint, Event, LogHead, Role, Submission
from portal.people import sign_in
from portal.store import Store, open_store
from portal.submissions import submit
from warehouse.database import open_warehouse
from warehouse.landing import PullState, land, record_pull
from warehouse.pseudonyms import Pseudonyms, require_same_key
from warehouse.publish import publish
from warehouse.readers import open_published
from warehouse.upkeep import examine_warehouse

__all__ = ["postgresql"]  # a fixture is found by its name here

RAW = "PLANTED-RAW-WORDS of Zan Envante, 2 555 555"
ORIGIN = "lavwa.local/log"
MAHE = ZoneInfo("Indian/Mahe")


def now() -> datetime:
    return datetime.now(UTC)


def settle_in(home: Path, store: Store) -> Home:
    """A home in which a person has decided, something has landed, was set aside and published; its log is signed."""
    place = Home(home)
    place.prepare()
    (home / "lavwa.toml").write_text("batch_size = 77\n")
    place.set_aside.joinpath("letters-1.jsonl").write_text(RAW)
    (home / "models" / "better").mkdir(parents=True)
    (home / "models" / "better" / "model.json").write_text("{}")
    (place.logs / "dashboard.log").write_text("started\n")
    (home / "secrets" / "another.key").touch(mode=0o600)
    marie = desk_of(store, add_person(store, "marie", "PUC"))
    receipt = submit(store, text=RAW, received_at=now(), author="Zan Envante")
    accepted, closed, repeated = open_cases_of(store, *(plain_matter(f"no water {n}") for n in range(3)))
    marie.accept(accepted, 1)
    marie.close(closed, 1, CaseState.RESOLVED, {"en": "It is mended.", "crs": "In aranze."})
    marie.close_as_duplicate(repeated, 1, accepted)
    sign_log(place, store, ORIGIN, MAHE, now)
    with open_warehouse(place.warehouse) as connection:
        require_same_key(connection, Pseudonyms(place.pseudonym_key()))
        row = {
            "source_id": receipt, "raw": "{}", "text": RAW, "created_at": now(), "channel": "portal", "author": "Zan",
            "district": None, "lat": None, "lon": None, "address": None, "url": None, "is_formal": True,
            "source_category": None,
        }  # fmt: skip
        land(connection, "portal", [row], {"received_at": now().isoformat()}, now())
        record_pull(connection, "portal", "portal", now(), now(), 1, 1, 0, None, PullState.OK)
        publish(connection, place.published, 3, MAHE)
    return place


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with such a `home` and a backup of it, to copy."""
    folder = tmp_path_factory.mktemp("upkeep")
    Home(folder / "home").prepare()
    with closing(opened(folder / "home")) as store, pytest.MonkeyPatch.context() as environment:
        settle_in(folder / "home", store)
        elsewhere(environment, folder / "home")
        assert back_up(load_settings(), folder / "backups" / "monday", now).findings == []
    return folder


@pytest.fixture
def place(made: Path, home: Path) -> Home:
    shutil.copytree(made / "home", home)
    return Home(home)


@pytest.fixture
def kept(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made / "backups", tmp_path / "backups")
    return tmp_path / "backups" / "monday"


def elsewhere(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Home:
    """The home that commands work on from here on."""
    monkeypatch.setenv("LAVWA_HOME", str(folder))
    load_settings.cache_clear()
    return Home(folder)


def rows(store: Store) -> dict[str, list[Any]]:
    with store.reading() as session:
        return {
            table.name: sorted(map(tuple, session.execute(sa.select(table))), key=repr)
            for table in Base.metadata.sorted_tables
        }


def rows_of(place: Home) -> dict[str, list[Any]]:
    with closing(open_store(f"sqlite:///{place.portal_store}")) as store:
        return rows(store)


def without_restoring(found: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """Without the event that a log was restored, and what follows of it."""
    events = [row for row in found["events"] if "restored from a backup" not in row]
    return {**{name: of for name, of in found.items() if name not in ("log_head", "checkpoints")}, "events": events}


def tree(folder: Path) -> dict[str, tuple[int, int, str]]:
    """Mode, time of change and digest of everything under a folder, by name."""
    return {
        str(path.relative_to(folder)): (
            path.stat().st_mode,
            path.stat().st_mtime_ns,
            hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "",
        )
        for path in folder.rglob("*")
        if path.name != "run.lock"
    }


def digests(folder: Path) -> dict[str, str]:
    return {name: digest for name, (_, _, digest) in tree(folder).items() if digest}


# --- there and back


def test_a_backup_restored_on_another_machine_is_the_home_that_it_was_made_of(
    place: Home, kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = rows_of(place)
    new = elsewhere(monkeypatch, tmp_path / "far" / "away" / "home")
    done = restore(kept, new, now)
    assert (done.n_lost, done.is_continued, done.aside, done.findings) == (None, None, None, [])
    assert without_restoring(rows_of(new)) == without_restoring(before)
    assert examine_warehouse(new.warehouse) == examine_warehouse(place.warehouse)
    same = [
        "lavwa.toml", "secrets/pseudonym.key", "secrets/audit.key", "secrets/another.key", "models/better/model.json",
        "set-aside/letters-1.jsonl", "published/current.json",
    ]  # fmt: skip
    for name in same:
        assert (new.folder / name).read_bytes() == (place.folder / name).read_bytes(), name
        assert (new.folder / name).stat().st_mode == (place.folder / name).stat().st_mode, name
    with closing(open_published(new.published)) as one, closing(open_published(place.published)) as other:
        assert one.version == other.version
    assert load_settings().batch_size == 77
    assert list(new.logs.iterdir()) == []
    for folder in new.folder.iterdir():
        if folder.is_dir() and folder.name != "models":
            assert folder.stat().st_mode == (place.folder / folder.name).stat().st_mode, folder
    with closing(open_store(f"sqlite:///{new.portal_store}")) as store:
        assert sign_in(store, "marie", "mango rain on the roof", now()).role is Role.OFFICER
    assert {finding.state for finding in examine_home(now)} == {"ok"}


def test_a_restored_log_says_that_it_was_and_its_checkpoints_go_on(
    place: Home, kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = elsewhere(monkeypatch, tmp_path / "new")
    restore(kept, new, now)
    with closing(open_store(f"sqlite:///{place.portal_store}")) as store, store.reading() as session:
        old = list(session.scalars(sa.select(Checkpoint.note)))
        size = session.scalars(sa.select(LogHead.size)).one()
    with closing(open_store(f"sqlite:///{new.portal_store}")) as store:
        with store.reading() as session:
            last = session.scalars(sa.select(Event).order_by(Event.seq.desc())).first()
            notes = list(session.scalars(sa.select(Checkpoint.note).order_by(Checkpoint.size)))
        assert verify_store(store, verifier_key(signing_key(new.audit_key), ORIGIN), old) == []
    assert last is not None
    assert (last.seq, last.actor, last.action) == (size + 1, "operator", "restored from a backup")
    manifest = json.loads((kept / MANIFEST).read_text())
    assert (last.details or {})["size"] == size == manifest["log"]["size"]
    assert notes[:-1] == old
    assert notes[-1].split("\n")[1] == str(size + 1)


def test_a_backup_is_for_its_owner_only_and_holds_no_log_of_a_service(kept: Path) -> None:
    assert kept.stat().st_mode & 0o077 == 0
    names = set(json.loads((kept / MANIFEST).read_text())["files"])
    assert names == set(digests(kept)) - {MANIFEST}
    assert not [name for name in names if name.startswith(("logs", "prefect")) or "run.lock" in name]
    assert [path.name for path in kept.parent.iterdir()] == ["monday"]


def test_a_home_that_is_replaced_is_moved_aside_whole_and_told_how_much_is_lost(place: Home, kept: Path) -> None:
    with closing(opened(place.folder)) as store:
        marie = Desk(store, 1, DAYS, MDA_OF, now)
        for reference in open_cases_of(store, plain_matter("later"), plain_matter("later still")):
            marie.accept(reference, 1)
    before = digests(place.folder)
    with pytest.raises(RestoreRefusedError, match="holds something already; with --replace that is moved aside"):
        restore(kept, place, now)
    assert digests(place.folder) == before
    done = restore(kept, place, now, is_replacing=True)
    assert (done.n_lost, done.is_continued) == (4, True)
    assert done.aside is not None
    assert digests(done.aside) == before
    assert sorted(path.name for path in place.folder.parent.iterdir()) == sorted(
        [place.folder.name, done.aside.name, "backups"]
    )
    again = restore(kept, place, lambda: now() + timedelta(seconds=2), is_replacing=True)
    assert (again.n_lost, again.is_continued) == (1, True)  # that it was restored


def test_a_log_that_does_not_begin_with_the_backups_is_told(place: Home, kept: Path) -> None:
    shutil.rmtree(place.folder)
    place.prepare()
    with closing(opened(place.folder)) as store:
        open_cases_of(store, *(plain_matter(f"another matter {n}") for n in range(20)))
    done = restore(kept, place, now, is_replacing=True)
    assert (done.n_lost, done.is_continued) == (None, False)


def test_a_home_whose_store_is_damaged_can_be_replaced(place: Home, kept: Path) -> None:
    place.portal_store.write_bytes(b"no database at all, " * 1000)
    done = restore(kept, place, now, is_replacing=True)
    assert (done.n_lost, done.is_continued) == (None, None)
    assert {finding.state for finding in examine_home(now)} == {"ok"}


# --- what is refused


def flip(path: Path) -> None:
    held_bytes = bytearray(path.read_bytes())
    held_bytes[len(held_bytes) // 2] ^= 1
    path.write_bytes(held_bytes)


def say(name: str, value: Any) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        manifest = json.loads((folder / MANIFEST).read_text())
        at = manifest
        *path, last = name.split(".")
        for part in path:
            at = at[part]
        at[last] = value
        (folder / MANIFEST).write_text(json.dumps(manifest))

    return change


DAMAGES: dict[str, tuple[Callable[[Path], Any], str]] = {
    **{
        f"a flipped byte of {name}": (lambda folder, name=name: flip(folder / name), f"{name} is not as it was written")
        for name in ("store/portal.sqlite", "store/warehouse.duckdb", "secrets/audit.key", "lavwa.toml")
    },
    "a missing file": (lambda folder: (folder / "secrets/pseudonym.key").unlink(), "pseudonym.key is missing"),
    "no manifest": (lambda folder: (folder / MANIFEST).unlink(), "there is no manifest.json"),
    "a cut manifest": (lambda folder: os.truncate(folder / MANIFEST, 100), "its manifest.json is damaged"),
    "a newer Lavwa": (say("lavwa", "99.0.0"), "it was made by Lavwa 99.0.0, and this is"),
    "a newer form": (say("format", 2), "it was made by Lavwa"),
    "a newer warehouse": (say("warehouse_schema", 9999), "it was made by Lavwa"),
    "another log": (say("log.size", 3), "its audit log is not the one that its manifest.json tells of"),
    "a file from outside": (say("files", {"../../x": {"sha256": "", "size": 0, "mode": 0}}), "which is no file of a"),
}


@pytest.mark.parametrize(("damage", "said"), DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_backup_is_refused_in_one_sentence_and_nothing_is_touched(
    place: Home, kept: Path, damage: Callable[[Path], Any], said: str
) -> None:
    damage(kept)
    before = tree(place.folder.parent)
    with pytest.raises(RestoreRefusedError, match=said) as refused:
        restore(kept, place, now, is_replacing=True)
    assert str(refused.value).endswith("; nothing was changed")
    after = tree(place.folder.parent)
    assert digests_of(after) == digests_of(before)
    assert set(after) == set(before)


def digests_of(found: dict[str, tuple[int, int, str]]) -> dict[str, str]:
    return {name: digest for name, (_, _, digest) in found.items()}


def test_a_log_that_was_changed_before_the_backup_is_backed_up_told_and_restored(
    place: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(opened(place.folder)) as store, store.session() as session:
        session.execute(sa.update(Event).where(Event.action == "accepted").values(details={"mda": "none"}))
    made = back_up(load_settings(), tmp_path / "kept", now)
    assert len(made.findings) == 1
    assert "do not match its commitment" in made.findings[0]
    done = restore(tmp_path / "kept", elsewhere(monkeypatch, tmp_path / "new"), now)
    assert done.findings == made.findings


@pytest.mark.parametrize("where", ["home", "home/inside"])
def test_a_backup_is_not_written_into_the_home_itself(place: Home, where: str) -> None:
    with pytest.raises(BackupRefusedError, match="it lies in the home itself"):
        back_up(load_settings(), place.folder.parent / where, now)


def test_a_backup_goes_into_a_new_or_an_empty_folder_only(place: Home, kept: Path, tmp_path: Path) -> None:
    before = digests(kept)
    with pytest.raises(BackupRefusedError, match="something is there already; name a new or an empty folder"):
        back_up(load_settings(), kept, now)
    assert digests(kept) == before
    (tmp_path / "empty").mkdir()
    back_up(load_settings(), tmp_path / "empty", now)
    assert (tmp_path / "empty" / MANIFEST).exists()


def test_a_home_that_holds_nothing_is_not_backed_up(home: Path, tmp_path: Path) -> None:
    Home(home).prepare()
    with pytest.raises(BackupRefusedError, match=r"there is nothing in .* yet"):
        back_up(load_settings(), tmp_path / "kept", now)


def test_a_run_in_progress_is_waited_for_and_then_told(place: Home, kept: Path, tmp_path: Path) -> None:
    with place.exclusive():
        with pytest.raises(RunInProgressError, match="is writing to"):
            back_up(load_settings(), tmp_path / "kept", now, wait_seconds=0.1)
        with pytest.raises(RunInProgressError, match="is writing to"):
            restore(kept, place, now, is_replacing=True)
    holding, freed = threading.Event(), []

    def run() -> None:
        with place.exclusive():
            holding.set()
            time.sleep(0.5)
            freed.append(time.monotonic())

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(run)
        holding.wait()
        back_up(load_settings(), tmp_path / "kept", now, wait_seconds=30)
        running.result()
    assert len(freed) == 1


def test_a_home_is_not_taken_from_under_those_who_work_in_it(place: Home, kept: Path) -> None:
    with closing(opened(place.folder)) as store, store.reading() as session:
        session.execute(sa.select(Event)).first()
        with pytest.raises(RestoreRefusedError, match="is open in another program: stop `lavwa serve`"):
            restore(kept, place, now, is_replacing=True)
    assert restore(kept, place, now, is_replacing=True).n_lost == 0


def test_a_home_that_is_a_disk_of_its_own_is_filled_when_empty_and_else_left_alone(
    place: Home, kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "is_mount", lambda path: path.name in ("disk", "home"))
    new = elsewhere(monkeypatch, tmp_path / "disk")
    new.prepare()
    restore(kept, new, now)
    assert without_restoring(rows_of(new)) == without_restoring(rows_of(place))
    assert not [path for path in new.folder.iterdir() if path.name.startswith(".")]
    elsewhere(monkeypatch, place.folder)
    before = digests(place.folder)
    with pytest.raises(RestoreRefusedError, match="cannot be moved aside"):
        restore(kept, place, now, is_replacing=True)
    assert digests(place.folder) == before


# --- while people work, and while machines fail


def test_a_backup_while_officers_work_holds_up_nobody_and_has_all_that_was_acknowledged_before_it(
    place: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger, stop = Ledger(), threading.Event()
    with closing(opened(place.folder)) as store:
        references, people = open_matters(store, 20), add_people(store)
        officers = [
            Officer(Desk(store, person, DAYS, MDA_OF, now), Role.OFFICER, references, random.Random(person), ledger)
            for person in people[:8]
        ]

        def work(officer: Officer) -> None:
            while not stop.is_set():
                officer.act_once()

        with ThreadPoolExecutor(8) as pool:
            working = [pool.submit(work, officer) for officer in officers]
            while len(ledger.done) < 15:
                time.sleep(0.05)
            before = [{"case": done.reference, "version": done.after} for done in list(ledger.done)]
            before.append({"receipt": submit(store, text="said before", received_at=now()), "text": "said before"})
            back_up(load_settings(), tmp_path / "kept", now)
            n_then = len(ledger.done)
            while len(ledger.done) < n_then + 3:
                time.sleep(0.05)
            stop.set()
            for each in working:
                each.result()
    assert ledger.failures == []
    new = elsewhere(monkeypatch, tmp_path / "new")
    restore(tmp_path / "kept", new, now)
    with closing(opened(new.folder)) as store:
        assert missing(store, before) == []
        assert held(store) == retold(store)
        assert verify_store(store, verifier_key(signing_key(new.audit_key), ORIGIN)) == []


def killed_at_random(work: Callable[[], Any], dice: random.Random, longest_seconds: float) -> None:
    child = multiprocessing.get_context("fork").Process(target=work)
    child.start()
    time.sleep(dice.random() * longest_seconds)
    os.kill(child.pid or 0, signal.SIGKILL)
    child.join()


def test_a_restore_that_is_killed_leaves_the_home_as_before_or_is_done(place: Home, kept: Path) -> None:
    before, dice, outcomes = digests(place.folder), random.Random(20261128), set()
    wanted = without_restoring(rows_of(place))
    for longest in (0.3, 0.6, 1.2, 2.4, 5.0):
        killed_at_random(lambda: restore(kept, place, now, is_replacing=True), dice, longest)
        is_before = digests(place.folder) == before
        outcomes.add(is_before)
        if not is_before:
            assert without_restoring(rows_of(place)) == wanted
            before = digests(place.folder)
    assert True in outcomes, "no kill came before the end"
    restore(kept, place, now, is_replacing=True)
    assert {finding.state for finding in examine_home(now)} == {"ok"}
    assert [path for path in place.folder.parent.iterdir() if "restoring" in path.name] == []


def test_a_backup_that_is_killed_is_not_there_and_the_next_one_clears_up(place: Home, tmp_path: Path) -> None:
    folder, dice = tmp_path / "kept" / "monday", random.Random(7)
    held_settings = load_settings()
    for longest in (0.2, 0.4, 0.8):
        killed_at_random(lambda: back_up(held_settings, folder, now), dice, longest)
        if folder.exists():
            assert (folder / MANIFEST).exists()
            shutil.rmtree(folder)
    back_up(held_settings, folder, now)
    assert [path.name for path in folder.parent.iterdir()] == ["monday"]


# --- PostgreSQL


@pytest.fixture
def two_urls(postgresql: Cluster) -> Iterator[tuple[str, str]]:
    with postgresql.database() as one, postgresql.database() as other:
        yield postgresql.url(one), postgresql.url(other)


def test_a_store_on_postgresql_comes_back_there_and_in_a_file(
    two_urls: tuple[str, str], home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, other_url = two_urls
    monkeypatch.setenv("LAVWA_PORTAL_URL", url)
    with closing(open_store(url)) as store:
        place = settle_in(home, store)
        before = rows(store)
    back_up(load_settings(), tmp_path / "kept", now)
    assert sorted(path.name for path in place.warehouse.parent.iterdir()) == ["run.lock", "warehouse.duckdb"]

    with pytest.raises(RestoreRefusedError, match="holds something already; with --replace that is copied to store/"):
        restore(tmp_path / "kept", elsewhere(monkeypatch, tmp_path / "a"), now)
    monkeypatch.setenv("LAVWA_PORTAL_URL", other_url)
    there = elsewhere(monkeypatch, tmp_path / "b")
    restore(tmp_path / "kept", there, now)
    assert not there.portal_store.exists()
    with closing(open_store(other_url)) as store:
        assert without_restoring(rows(store)) == without_restoring(before)
        assert verify_store(store, verifier_key(signing_key(there.audit_key), ORIGIN)) == []
        marie = desk_of(store, add_person(store, "paul", "PUC"))  # numbers go on where they were
        (reference,) = open_cases_of(store, plain_matter("after it"))
        marie.answer(reference, 1, {"en": "It is mended."})
        now_there = rows(store)
    done = restore(tmp_path / "kept", there, now, is_replacing=True)
    assert done.n_lost == 4  # restored, an account, a case, an answer
    (aside,) = there.warehouse.parent.glob("portal-replaced-*.sqlite")
    with closing(open_store(f"sqlite:///{aside}")) as store:
        assert rows(store) == now_there
    assert {finding.state for finding in examine_home(now)} == {"ok"}

    monkeypatch.delenv("LAVWA_PORTAL_URL")
    here = elsewhere(monkeypatch, tmp_path / "c")
    restore(tmp_path / "kept", here, now)
    assert without_restoring(rows_of(here)) == without_restoring(before)


# --- the doctor


def wrong(findings: list[Finding]) -> dict[str, str]:
    checks = {finding.check for finding in findings if finding.state == "wrong"}
    return {check: "; ".join(finding.said for finding in findings if finding.check == check) for check in checks}


def set_settings(text: str) -> Callable[[Home], Any]:
    return lambda place: (place.folder / "lavwa.toml").write_text(text)


def change_rows(statement: str) -> Callable[[Home], Any]:
    def change(place: Home) -> None:
        with closing(opened(place.folder)) as store, store.session() as session:
            session.execute(sa.text("PRAGMA defer_foreign_keys=ON"))
            session.execute(sa.text(statement))

    return change


def break_foreign_key(place: Home) -> None:
    import sqlite3

    with closing(sqlite3.connect(place.portal_store)) as connection, connection:
        connection.execute("UPDATE case_posts SET case_id = 777 WHERE post_id = (SELECT min(post_id) FROM case_posts)")


def fail_a_pull(place: Home) -> None:
    with open_warehouse(place.warehouse) as connection:
        record_pull(connection, "portal", "portal", now(), now(), 0, 0, 0, "it was down", PullState.UNAVAILABLE)


def overwrite(path: Path, at: float = 0.5) -> None:
    with path.open("r+b") as stream:
        stream.seek(int(path.stat().st_size * at))
        stream.write(b"\xa5" * 8192)


ILLS: dict[str, tuple[Callable[[Home], Any], str, str]] = {
    "settings that are none": (set_settings("batch_size = -1"), "settings", "batch_size"),
    "an open folder": (lambda place: place.set_aside.chmod(0o755), "home", "set-aside is open to others"),
    "an open key": (lambda place: place.key_file.chmod(0o644), "home", "pseudonym.key is open to others"),
    "no warehouse": (lambda place: place.warehouse.unlink(), "warehouse", "is gone"),
    "no database": (lambda place: place.warehouse.write_bytes(b"x" * 9000), "warehouse", "is damaged"),
    "another key": (lambda place: place.key_file.write_bytes(b"k" * 32), "pseudonym key", "is not the one"),
    "no key": (lambda place: place.key_file.unlink(), "pseudonym key", "is missing"),
    "half a key": (lambda place: place.key_file.write_bytes(b"k"), "pseudonym key", "holds 1 bytes"),
    "a failed source": (fail_a_pull, "source portal", "it was down"),
    "a damaged store": (lambda place: overwrite(place.portal_store), "portal store", "damaged"),
    "no store at all": (lambda place: place.portal_store.write_bytes(b"x" * 9000), "portal store", "is damaged"),
    "a row astray": (break_foreign_key, "portal store", "rows point to what is not there: case_posts of cases"),
    "a changed event": (change_rows("UPDATE events SET actor = 'nobody' WHERE seq = 2"), "audit log", "event 2"),
    "no signing key": (lambda place: place.audit_key.unlink(), "audit log", "is missing"),
    "a foreign signing key": (
        lambda place: [place.audit_key.unlink(), signing_key(place.audit_key)], "audit log", "not signed by this key",
    ),
    "no snapshot": (
        lambda place: [path.unlink() for path in place.published.glob("*.duckdb")], "published", "nothing is published",
    ),
    "a damaged snapshot": (
        lambda place: [path.write_bytes(b"x" * 9000) for path in place.published.glob("*.duckdb")],
        "published", "damaged",
    ),
    "a newer store": (
        change_rows("UPDATE alembic_version SET version_num = '9999'"), "portal store", "revision 9999",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("harm", "check", "said"), ILLS.values(), ids=ILLS)
def test_the_doctor_finds_what_is_wrong_and_writes_nothing(
    place: Home, harm: Callable[[Home], Any], check: str, said: str
) -> None:
    harm(place)
    load_settings.cache_clear()
    before = tree(place.folder)
    found = wrong(examine_home(now))
    assert tree(place.folder) == before
    assert set(found) == {check}
    assert said in found[check]
    assert RAW not in str(found)


def test_the_doctor_finds_nothing_wrong_with_a_home_that_is_well_and_writes_nothing(place: Home) -> None:
    before = tree(place.folder)
    findings = examine_home(now)
    assert tree(place.folder) == before
    assert {finding.state for finding in findings} == {"ok"}, wrong(findings)
    assert [finding.check for finding in findings] == [
        "settings", "home", "disk", "warehouse", "pseudonym key", "source portal", "last run", "portal store",
        "audit log", "checkpoints", "published", "models", "clock", "dashboard_port", "prefect_port",
    ]  # fmt: skip


def test_the_doctor_says_when_time_has_stood_still_or_gone_back(place: Home) -> None:
    with closing(opened(place.folder)) as store:
        open_cases_of(store, plain_matter("later"))
    later = wrong(examine_home(lambda: now() + timedelta(days=3)))
    assert set(later) == {"last run", "checkpoints"}
    assert set(wrong(examine_home(lambda: now() - timedelta(days=3)))) == {"clock"}


def test_the_doctor_says_what_it_leaves_out_while_a_run_goes_on_and_holds_up_nobody(place: Home) -> None:
    with closing(opened(place.folder)) as store, store.session() as session:
        session.add(Submission(reference="R", text=RAW, created_at=now(), received_at=now()))
        session.flush()  # an officer in the middle of something
        with place.exclusive():
            findings = examine_home(now)
    assert [finding.check for finding in findings if finding.state == "left out"] == ["warehouse"]
    assert wrong(findings) == {}


def test_the_doctor_tells_a_port_that_another_program_has(place: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as stranger:
        monkeypatch.setenv("LAVWA_DASHBOARD_PORT", str(stranger.getsockname()[1]))
        monkeypatch.setenv("LAVWA_PREFECT_PORT", "0")
        load_settings.cache_clear()
        assert set(wrong(examine_home(now))) == {"dashboard_port"}


# --- the commands


def test_the_commands_say_what_they_did_in_words_and_as_json(place: Home, tmp_path: Path) -> None:
    kept, new = tmp_path / "kept", tmp_path / "new"
    done = lavwa(place.folder, "backup", str(kept), "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["findings"] == []
    assert f"in {kept}: it is as secret as the home" in done.stderr
    done = lavwa(new, "restore", str(kept), "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["n_lost"] is None
    assert f"{new} is as it was at" in done.stderr
    done = lavwa(new, "doctor")
    assert (done.returncode, done.stderr) == (0, "")
    assert {line.split()[0] for line in done.stdout.splitlines()} == {"OK"}
    flip(kept / "store" / "portal.sqlite")
    done = lavwa(new, "restore", str(kept), "--replace")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"lavwa: the backup {kept} cannot be restored: store/portal.sqlite is not as it was written: take another "
        "backup; nothing was changed\n"
    )
    (new / "secrets" / "audit.key").unlink()
    done = lavwa(new, "doctor", "--json")
    assert done.returncode == 1
    assert [row["check"] for row in json.loads(done.stdout)["findings"] if row["state"] == "wrong"] == ["audit log"]
