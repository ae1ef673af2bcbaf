"""The public folder: who may open it, what is in it, what the run says when something must not be published."""

import os
import stat
import zipfile
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from command import lavwa
from desk_cases import add_person, desk_of, open_cases_of, opened, plain_matter, post
from public_rows import fill

from flows.home import Home
from flows.public_log import open_public_log, publish_log
from flows.stages.audit import sign_log
from flows.stages.copy_cases import copy_cases
from flows.stages.publish_public import publish_public_snapshot, start_of_week
from portal.audit.verify import verify_export
from portal.official import own_answers, withdraw_answer
from portal.store import Store
from warehouse.database import open_warehouse
from warehouse.public import PUBLIC_MARTS
from warehouse.publish import build_marts
from warehouse.readers import open_public

MAHE = ZoneInfo("Indian/Mahe")
WEDNESDAY = datetime(2026, 11, 4, 8, tzinfo=UTC)
ORIGIN = "toy.example/log"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Home]:
    """A home with the country of public_rows.py, made by a process that keeps everything from others."""
    before = os.umask(0o077)
    home = Home(tmp_path / "home")
    home.prepare()
    with open_warehouse(home.warehouse) as connection:
        fill(connection)
        build_marts(connection, MAHE)
    yield home
    os.umask(before)


@pytest.fixture
def store(place: Home) -> Iterator[Store]:
    with closing(opened(place.folder)) as made:
        yield made


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_everybody_may_read_the_public_folder_and_no_other(place: Home, store: Store) -> None:
    open_cases_of(store, plain_matter("no water"))
    sign_log(place, store, ORIGIN, MAHE, lambda: WEDNESDAY)
    assert publish_log(place, store, ORIGIN)
    assert publish_public_snapshot(place, "1GB", 3, MAHE, lambda: WEDNESDAY).refused is None
    inside = [place.public, *place.public.rglob("*")]
    assert {path.name.split("-")[0] for path in inside} == {
        "public", "current.json", "lavwa", "log", "checkpoint.txt", "public.key",
    }  # fmt: skip
    assert {mode(path) for path in inside if path.is_dir()} == {0o755}
    assert {mode(path) for path in inside if path.is_file()} == {0o644}
    for other in place.folder.iterdir():
        assert other == place.public or mode(other) & 0o007 == 0


def test_whole_weeks_count(place: Home) -> None:
    publish_public_snapshot(place, "1GB", 3, MAHE, lambda: WEDNESDAY)
    with closing(open_public(place.public)) as snapshot:
        assert snapshot.as_of == datetime(2026, 11, 1, tzinfo=MAHE)  # the Sunday before
    for later in (WEDNESDAY + timedelta(days=4), datetime(2026, 11, 8, 19, 59, tzinfo=UTC)):
        assert start_of_week(later, MAHE) == start_of_week(WEDNESDAY, MAHE) == datetime(2026, 11, 1, 20, tzinfo=UTC)
    assert start_of_week(datetime(2026, 11, 8, 20, tzinfo=UTC), MAHE) == datetime(2026, 11, 8, 20, tzinfo=UTC)


def test_a_refusal_is_one_sentence_and_the_snapshot_of_before_stays(
    place: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = publish_public_snapshot(place, "1GB", 3, MAHE, lambda: WEDNESDAY)
    (tmp_path / "marts").mkdir()
    for script in PUBLIC_MARTS.glob("*.sql"):
        (tmp_path / "marts" / script.name).write_bytes(script.read_bytes())
    (tmp_path / "marts" / "public_posts.sql").write_text("FROM mart_posts")
    monkeypatch.setattr("warehouse.public.PUBLIC_MARTS", tmp_path / "marts")
    outcome = publish_public_snapshot(place, "1GB", 3, MAHE, lambda: WEDNESDAY)
    assert outcome.path is None
    assert outcome.refused is not None
    assert "public_posts.post_id is not declared as safe; the one before stays" in outcome.refused
    with closing(open_public(place.public)) as snapshot:
        assert before.path is not None
        assert before.path.endswith(snapshot.version)


def test_the_public_log_is_written_once_for_each_checkpoint(place: Home, store: Store, tmp_path: Path) -> None:
    assert open_public_log(place) is None
    assert not publish_log(place, store, ORIGIN)  # nothing was signed yet
    open_cases_of(store, plain_matter("no water"))
    sign_log(place, store, ORIGIN, MAHE, lambda: WEDNESDAY)
    assert publish_log(place, store, ORIGIN)
    assert not publish_log(place, store, ORIGIN)
    first = open_public_log(place)
    assert first is not None
    assert first.size == 1
    open_cases_of(store, plain_matter("no light"))
    sign_log(place, store, ORIGIN, MAHE, lambda: WEDNESDAY + timedelta(days=1))
    assert publish_log(place, store, ORIGIN)
    second = open_public_log(place)
    assert second is not None
    assert second.size == 2
    with zipfile.ZipFile(second.archive) as archive:
        archive.extractall(tmp_path / "log")
    assert verify_export(tmp_path / "log", second.key, [first.checkpoint]) == []


def test_withdrawn_answers_are_counted_and_not_kept(place: Home, store: Store) -> None:
    head = add_person(store, "helen", "PUC", role="head")
    (reference,) = open_cases_of(store, plain_matter("", posts=[post("PLANTED-POST-w1", "when is the water back?")]))
    desk = desk_of(store, head)
    case = desk.accept(reference, desk.case(reference).version)
    case = desk.answer(reference, case.version, {"en": "On Monday."})
    review_by = datetime.now(UTC) + timedelta(days=90)
    desk.publish(reference, case.version, "When?", {"en": "WITHDRAWN-WORDS"}, review_by)
    (answer,) = own_answers(store, head)
    withdraw_answer(store, head, answer.answer_id, "it was wrong", WEDNESDAY)
    copy_cases(place, "1GB", store)
    with open_warehouse(place.warehouse) as connection:
        assert connection.execute("SELECT count(*) FROM official_answers").fetchall() == [(0,)]
        assert connection.execute("FROM withdrawn_answers").fetchall() == [
            (answer.answer_id, WEDNESDAY, ["PLANTED-POST-w1"])
        ]


def test_a_run_publishes_for_officials_and_for_everybody(sample_home: Path) -> None:
    home = Home(sample_home)
    with closing(open_public(home.public)) as snapshot:
        assert not snapshot.read("public_clock").at[0, "is_invented"]  # the planted posts are not of the sample
        assert not snapshot.read("public_parity").dropna(subset="n_contributions").empty
    log = open_public_log(home)
    assert log is not None
    assert {mode(path) for path in home.public.rglob("*") if path.is_file()} == {0o644}
    again = lavwa(sample_home, "run")
    assert again.returncode == 0, again.stderr
    assert f"for everybody: {home.public}" in again.stderr
