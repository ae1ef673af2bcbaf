import json
import os
import stat
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from toy_log import NOON, ORIGIN, OTHER_KEY, PUBLIC, WORDS, append, sign

from portal.audit import verify
from portal.audit.checkpoints import verifier_key
from portal.audit.export import export_log, verify_store
from portal.audit.log import forget, record
from portal.audit.verify import verify_export
from portal.errors import ExportRefusedError, LogDamagedError
from portal.models import Checkpoint, Event, LogHead
from portal.store import Store, open_store


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Store]:
    """For what is alike on every database, or only SQLite lets a test do."""
    opened = open_store(f"sqlite:///{tmp_path / 'log.sqlite'}")
    yield opened
    opened.close()


@pytest.fixture
def signed(sqlite: Store) -> Store:
    """Nine events, the fifth forgotten; checkpoints of four and eight."""
    append(sqlite, 4)
    sign(sqlite)
    append(sqlite, 4)
    sign(sqlite)
    append(sqlite, 1)
    with sqlite.session() as session:
        forget(session, session.get_one(Event, 5))
    return sqlite


def damage(store: Store, *statements: sa.Executable) -> None:
    with store.session() as session:
        for statement in statements:
            session.execute(statement)


def lines(folder: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in (folder / "events.jsonl").read_bytes().decode().rstrip("\n").split("\n")]


def whole(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def test_an_export_holds_the_whole_log_and_verifies(store: Store, tmp_path: Path) -> None:
    append(store, 4, note="é \u2028 \x00 \U0001f600")
    first = sign(store)
    append(store, 3)
    second = sign(store)
    append(store, 2)
    assert export_log(store, tmp_path / "out", PUBLIC) == 9
    names = sorted(str(path.relative_to(tmp_path / "out")) for path in (tmp_path / "out").rglob("*"))
    assert names == [
        "README.txt", "checkpoints", "checkpoints/000000004.txt", "checkpoints/000000007.txt", "events.jsonl",
        "public.key", "verify.py",
    ]  # fmt: skip
    assert (tmp_path / "out/checkpoints/000000004.txt").read_bytes().decode() == first
    assert (tmp_path / "out/public.key").read_text() == f"{PUBLIC}\n"
    assert (tmp_path / "out/verify.py").read_bytes() == Path(verify.__file__).read_bytes()
    assert ORIGIN in (tmp_path / "out/README.txt").read_text()
    assert [json.loads(line["entry"])["seq"] for line in lines(tmp_path / "out")] == list(range(1, 10))
    assert verify_export(tmp_path / "out", PUBLIC, [first, second]) == []
    assert verify_store(store, PUBLIC, [first, second]) == []
    export_log(store, tmp_path / "full", PUBLIC, with_details=True)
    assert all(set(line) == {"entry", "details", "salt"} for line in lines(tmp_path / "full"))
    assert verify_export(tmp_path / "full", PUBLIC, [first, second]) == []


def test_details_are_exported_only_where_asked_for_and_not_where_forgotten(signed: Store, tmp_path: Path) -> None:
    export_log(signed, tmp_path / "plain", PUBLIC)
    with signed.session() as session:
        salts = [salt for salt in session.scalars(sa.select(Event.salt)) if salt]
    assert len(salts) == 8
    held = whole(tmp_path / "plain")
    assert WORDS.encode() not in held
    assert not any(salt.encode() in held for salt in salts)
    export_log(signed, tmp_path / "full", PUBLIC, with_details=True)
    given = lines(tmp_path / "full")
    assert [set(line) == {"entry", "details", "salt"} for line in given] == [True] * 4 + [False] + [True] * 4
    assert json.loads(given[0]["details"]) == {"note": f"{WORDS}, 0", "confidence": 0.25, "to": None}
    assert set(given[4]) == {"entry"}
    assert verify_export(tmp_path / "full", PUBLIC) == verify_export(tmp_path / "plain", PUBLIC) == []


def test_details_are_for_the_eyes_of_the_owner_of_the_folder(signed: Store, tmp_path: Path) -> None:
    export_log(signed, tmp_path / "full", PUBLIC, with_details=True)
    assert stat.S_IMODE((tmp_path / "full").stat().st_mode) == 0o700


def test_the_same_log_is_exported_to_the_same_bytes(signed: Store, tmp_path: Path) -> None:
    for name in ("one", "two"):
        export_log(signed, tmp_path / name, PUBLIC, with_details=True)
    assert whole(tmp_path / "one") == whole(tmp_path / "two")


def test_an_export_takes_an_empty_folder_but_never_one_that_holds_something(signed: Store, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    export_log(signed, tmp_path / "empty", PUBLIC)
    assert verify_export(tmp_path / "empty", PUBLIC) == []
    before = whole(tmp_path / "empty")
    (tmp_path / "file").write_text("mine")
    for name in ("empty", "file"):
        with pytest.raises(ExportRefusedError, match="something is there already"):
            export_log(signed, tmp_path / name, PUBLIC)
    assert whole(tmp_path / "empty") == before
    assert (tmp_path / "file").read_text() == "mine"
    with pytest.raises(ExportRefusedError, match="cannot be written"):
        export_log(signed, tmp_path / "file" / "below", PUBLIC)


def test_an_export_that_breaks_off_leaves_nothing(signed: Store, tmp_path: Path) -> None:
    damage(signed, sa.text("UPDATE events SET at = 'no time' WHERE seq = 7"))
    (tmp_path / "there").mkdir()
    with pytest.raises(LogDamagedError, match="events after number 0 cannot be read"):
        export_log(signed, tmp_path / "there" / "out", PUBLIC)
    assert list((tmp_path / "there").iterdir()) == []


def test_a_relative_folder_is_exported_to_from_where_one_stands(
    signed: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    export_log(signed, Path("out"), PUBLIC)
    assert os.listdir(tmp_path / "here") == ["out"]


def test_neither_export_nor_check_holds_the_log_in_memory(sqlite: Store, tmp_path: Path) -> None:
    """Four megabytes of details, each at times in several forms, pass through less than four."""
    with sqlite.session() as session:
        for number in range(1000):
            details = {"note": f"{number} " + "x" * 4000}
            record(session, at=NOON, actor="a", action="b", subject=None, details=details)
            if number % 100 == 99:
                session.flush()
                session.expunge_all()
    sign(sqlite)
    tracemalloc.start()
    try:
        export_log(sqlite, tmp_path / "out", PUBLIC, with_details=True)
        assert verify_export(tmp_path / "out", PUBLIC) == []
        assert verify_store(sqlite, PUBLIC) == []
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4e6


def test_the_live_log_that_nobody_touched_verifies(signed: Store) -> None:
    assert verify_store(signed, PUBLIC) == []


def test_the_live_log_is_not_verified_by_another_key(signed: Store) -> None:
    other = verifier_key(OTHER_KEY, ORIGIN)
    assert any("is not signed by this key" in found for found in verify_store(signed, other))
    assert "public key cannot be used" in verify_store(signed, "no key")[0]


def shorten(store: Store) -> None:
    """Remove the events after the first four, the checkpoint over them, and set the head back, all consistently."""
    with store.session() as session:
        leaves = [bytes.fromhex(leaf) for leaf in session.scalars(sa.select(Event.leaf).order_by(Event.seq).limit(4))]
    damage(
        store,
        sa.delete(Event).where(Event.seq > 4),
        sa.delete(Checkpoint).where(Checkpoint.size > 4),
        sa.update(LogHead).values(size=4, edge=[verify.root_of(leaves).hex()]),
    )


def test_a_live_log_cut_short_with_its_checkpoints_is_found_by_an_old_one(signed: Store) -> None:
    with signed.session() as session:
        old = session.scalars(sa.select(Checkpoint.note).order_by(Checkpoint.size)).all()
    shorten(signed)
    assert verify_store(signed, PUBLIC) == []
    [found] = verify_store(signed, PUBLIC, old)
    assert "the old checkpoint of 8 events covers more than the 4" in found


ON_LIVE: list[tuple[Callable[[], list[sa.Executable]], str]] = [
    *(
        ((lambda values=values: [sa.update(Event).where(Event.seq == 3).values(**values)]), why)
        for values, why in (
            ({"at": NOON}, "event 3 is not the one"),
            ({"actor": "another"}, "event 3 is not the one"),
            ({"action": "decision kept"}, "among events 1 to 4 something was changed"),
            ({"subject": "C-9"}, "event 3 is not the one"),
            ({"subject": None}, "event 3 is not the one"),
            ({"commitment": "ab" * 32}, "details of event 3 do not match"),
            ({"leaf": "ab" * 32}, "event 3 is not the one"),
            ({"details": {"note": "nothing"}}, "details of event 3 do not match"),
            ({"details": {"n": 2**60}}, "details of event 3 do not match"),
            ({"details": sa.null()}, "details of event 3 do not match"),
            ({"salt": "ab" * 32}, "details of event 3 do not match"),
            ({"salt": "no hex"}, "details of event 3 do not match"),
            ({"salt": None}, "details of event 3 do not match"),
        )
    ),
    (lambda: [sa.text("UPDATE events SET at = 'no time' WHERE seq = 3")], "events after number 0 cannot be read"),
    (lambda: [sa.text("UPDATE events SET at = 17 WHERE seq = 3")], "events after number 0 cannot be read"),
    (lambda: [sa.text("UPDATE events SET details = 'no json' WHERE seq = 3")], "events after number 0 cannot be read"),
    (lambda: [sa.text("UPDATE events SET actor = x'00' WHERE seq = 3")], "place 3 holds no event"),
    (lambda: [sa.delete(Event).where(Event.seq == 3)], "event 4 comes after event 2"),
    (lambda: [sa.delete(Event).where(Event.seq == 9)], "head of 9 events is not that of the 8"),
    (lambda: [sa.delete(Event).where(Event.seq > 6)], "checkpoint of 8 events covers more than the 6"),
    (lambda: [sa.delete(Event)], "checkpoint of 4 events covers more than the 0"),
    (lambda: [sa.update(Event).where(Event.seq == 9).values(seq=10)], "events up to number 10"),
    (lambda: [sa.update(Event).where(Event.seq == 1).values(seq=0)], "event 0 comes after event 0"),
    (
        lambda: [
            sa.update(Event).where(Event.seq == 2).values(seq=99),
            sa.update(Event).where(Event.seq == 3).values(seq=2),
            sa.update(Event).where(Event.seq == 99).values(seq=3),
        ],
        "among events 1 to 4 something was changed",
    ),
    (lambda: [sa.update(LogHead).values(size=8)], "events up to number 9, and the log's head says 8"),
    (lambda: [sa.update(LogHead).values(edge=["ab" * 32, "ab" * 32])], "is not that of the 9 events"),
    (lambda: [sa.update(LogHead).values(edge="none")], "is not that of the 9 events"),
    (lambda: [sa.text("UPDATE log_head SET edge = 'no json'")], "its head cannot be read"),
    (lambda: [sa.delete(LogHead)], "its head has 0 rows"),
    (lambda: [sa.update(Checkpoint).where(Checkpoint.size == 4).values(note="none")], "checkpoint number 1 of 2"),
    (lambda: [sa.update(Checkpoint).where(Checkpoint.size == 4).values(size=5)], "stored for 5 events is for another"),
    (lambda: [sa.delete(Checkpoint)], "no signed checkpoint vouches for the 9 events"),
]


@pytest.mark.parametrize(("statements", "why"), ON_LIVE)
def test_what_is_done_to_the_live_log_behind_its_back_is_found(
    signed: Store, statements: Callable[[], list[sa.Executable]], why: str
) -> None:
    damage(signed, *statements())
    found = verify_store(signed, PUBLIC)
    assert any(why in sentence for sentence in found), found
    assert not any(WORDS in sentence for sentence in found)


def test_what_was_changed_in_the_live_log_is_found_in_its_export_too(signed: Store, tmp_path: Path) -> None:
    values: list[dict[str, Any]] = [{"actor": "another"}, {"details": {"n": 2**60}}, {"salt": None}]
    for seq, changed in enumerate(values, 1):
        damage(signed, sa.update(Event).where(Event.seq == seq).values(**changed))
    damage(signed, sa.text("UPDATE events SET actor = x'00' WHERE seq = 8"))
    export_log(signed, tmp_path / "out", PUBLIC, with_details=True)
    found = verify_export(tmp_path / "out", PUBLIC)
    assert sum("the details of event" in sentence for sentence in found) == 2
    assert any("place 8 holds no event" in sentence for sentence in found)
    assert any("among events 1 to 4" in sentence for sentence in found)


def test_an_empty_log_verifies_and_says_nothing(sqlite: Store, tmp_path: Path) -> None:
    export_log(sqlite, tmp_path / "out", PUBLIC)
    assert verify_store(sqlite, PUBLIC) == verify_export(tmp_path / "out", PUBLIC) == []


def test_a_store_that_grows_while_it_is_verified_still_verifies(store: Store) -> None:
    append(store, 3)
    sign(store)
    with store.reading() as session:
        session.scalar(sa.select(sa.func.count()).select_from(Event))
        append(store, 2)
        assert verify_store(store, PUBLIC) == []
