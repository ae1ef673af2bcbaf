"""The home of all that a run writes: one function says where; the key of all pseudonyms is whole or refused."""

import json
import secrets
import stat
from pathlib import Path

import pytest
from command import lavwa

from flows.errors import PseudonymKeyError
from flows.home import Home
from flows.settings import Settings
from flows.settings_names import hold_places, home_folder, settings_path
from flows.stages.enrich import batches_to_enrich
from warehouse.errors import PseudonymKeyChangedError
from warehouse.pseudonyms import Pseudonyms


def test_the_key_is_made_once_whole_and_closed_to_others(tmp_path: Path) -> None:
    place = Home(tmp_path / "home")
    place.prepare()
    key = place.pseudonym_key()
    assert len(key) == 32
    assert place.pseudonym_key() == place.key_file.read_bytes() == key
    assert stat.S_IMODE(place.key_file.stat().st_mode) == 0o600
    assert [path.name for path in place.key_file.parent.iterdir()] == ["pseudonym.key"]


def test_what_a_crash_left_of_a_key_is_not_taken_for_one(tmp_path: Path) -> None:
    place = Home(tmp_path / "home")
    place.prepare()
    place.key_file.with_suffix(".partial").write_bytes(b"half")
    assert len(place.pseudonym_key()) == 32


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 33], ids=["empty", "short", "long"])
def test_a_file_that_holds_no_whole_key_is_refused_in_one_sentence(tmp_path: Path, content: bytes) -> None:
    place = Home(tmp_path / "home")
    place.prepare()
    place.key_file.write_bytes(content)
    with pytest.raises(PseudonymKeyError, match=rf"pseudonym.key holds {len(content)} bytes, not the 32 of a .* key"):
        place.pseudonym_key()


@pytest.mark.parametrize("value", ["", "abc", "0" * 62, "z" * 64], ids=["empty", "short", "a byte short", "no hex"])
def test_a_key_set_by_hand_must_be_whole_too(home: Path, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("LAVWA_PSEUDONYM_KEY", value)
    with pytest.raises(PseudonymKeyError, match="must be 64 hexadecimal digits"):
        Settings().pseudonym_key_bytes()


def test_no_repr_shows_the_key(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = secrets.token_bytes(32)
    monkeypatch.setenv("LAVWA_PSEUDONYM_KEY", key.hex())
    assert Settings().pseudonym_key_bytes() == key
    for shown in (repr(Settings()), repr(Pseudonyms(key))):
        assert key.hex() not in shown
        assert repr(key) not in shown


def test_a_changed_key_is_refused_with_the_way_to_mend_it(tmp_path: Path) -> None:
    place, first, second = Home(tmp_path / "home"), Pseudonyms(b"1" * 32), Pseudonyms(b"2" * 32)
    for _ in range(2):
        assert batches_to_enrich(place, "1GB", "model@1", first, 10) == []
    with pytest.raises(PseudonymKeyChangedError, match=r"put your copy of it back \(LAVWA_HOME/secrets/pseudonym.key"):
        batches_to_enrich(place, "1GB", "model@1", second, 10)
    assert batches_to_enrich(place, "1GB", "model@1", first, 10) == []


def test_relative_places_stay_the_same_wherever_a_child_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LAVWA_HOME", "here")
    monkeypatch.setenv("LAVWA_SETTINGS", "mine.toml")
    hold_places()
    monkeypatch.chdir("/")
    assert home_folder() == tmp_path / "here"
    assert settings_path() == tmp_path / "mine.toml"


def test_a_settings_file_that_names_a_home_is_told_where_it_belongs(home: Path) -> None:
    home.mkdir()
    (home / "lavwa.toml").write_text('home = "/elsewhere"\n')
    done = lavwa(home, "status")
    assert done.returncode == 1
    assert done.stderr == (
        f"lavwa: {home}/lavwa.toml: `home` cannot be set in the file; name the folder in LAVWA_HOME instead\n"
    )


def test_filters_and_pipeline_write_to_the_same_home(home: Path, tmp_path: Path) -> None:
    (tmp_path / "lavwa.toml").write_text("batch_size = 10\n")
    bad = '{"id": 1}\n{"id": 2, "text": "Napa delo"}\n'
    lavwa(home, "triage", stdin=bad, LAVWA_SETTINGS=str(tmp_path / "lavwa.toml"))
    lavwa(home, "ingest", "-", "--source", "letters", stdin=bad, LAVWA_SETTINGS=str(tmp_path / "lavwa.toml"))
    assert sorted(path.name.split("-")[0] for path in (home / "set-aside").iterdir()) == ["letters", "stdin"]
    assert json.loads(lavwa(home, "status", "--json").stdout)["landing"] == 1


def test_only_the_owner_opens_raw_text_and_only_the_group_opens_snapshots(tmp_path: Path) -> None:
    place = Home(tmp_path / "home")
    place.prepare()
    modes = {folder.name: stat.S_IMODE(folder.stat().st_mode) & 0o077 for folder in place.folder.iterdir()}
    assert modes.pop("published") & 0o007 == 0
    assert modes.pop("public") == 0o055
    assert set(modes) == {"store", "set-aside", "logs", "prefect", "secrets"}
    assert set(modes.values()) == {0}
