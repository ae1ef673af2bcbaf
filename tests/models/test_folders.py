from pathlib import Path

import pytest

from models.folders import replaced_folder


def test_a_folder_is_replaced_whole(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "old.txt").write_text("old")
    with replaced_folder(folder) as unfinished:
        (unfinished / "new.txt").write_text("new")
        assert unfinished.name == "model"
        assert [file.name for file in folder.iterdir()] == ["old.txt"]
    assert [file.name for file in folder.iterdir()] == ["new.txt"]
    assert [file.name for file in tmp_path.iterdir()] == ["model"]


def write_and_stop(folder: Path) -> None:
    with replaced_folder(folder) as unfinished:
        (unfinished / "new.txt").write_text("new")
        raise KeyboardInterrupt


def test_a_folder_that_could_not_be_finished_leaves_the_old_one(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "model"
    folder.mkdir(parents=True)
    (folder / "old.txt").write_text("old")
    with pytest.raises(KeyboardInterrupt):
        write_and_stop(folder)
    assert [file.name for file in folder.iterdir()] == ["old.txt"]
    assert [file.name for file in folder.parent.iterdir()] == ["model"]
