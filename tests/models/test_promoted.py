"""The shelf of promoted models: whole or not there, one pointer, and what is damaged is said."""

import json
import stat
from pathlib import Path

import pytest

from models.deployment import Deployment
from models.errors import (
    ModelChangedError,
    ModelMissingError,
    NoModelBeforeError,
    PromotedModelError,
    RegistryChangedError,
    RegistryDamagedError,
)
from models.promoted import InUse, PromotedModel, Shelf, digest_of, shelf_of


def model_in(folder: Path, content: str = "a model") -> Path:
    """Files that are called as those of a model."""
    folder.mkdir()
    for name in ("CARD.md", "model.json", "arrays.npz"):
        (folder / name).write_text(f"{content}: {name}", encoding="utf-8")
    return folder


def put_in_use(shelf: Shelf, model: Path) -> PromotedModel:
    digest = digest_of(model)
    shelf.take_in(model, digest)
    promoted = PromotedModel(digest, f"{model.name}@1", "2026-11-28T10:00:00+00:00", {"n": 3})
    before = shelf.read()
    with shelf.moving(before, before.with_promoted(promoted)) as move:
        move()
    return promoted


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return shelf_of(Deployment(tmp_path / "toyland"), tmp_path / "home" / "models")


def test_where_nothing_was_promoted_the_deployments_own_model_is_in_use(shelf: Shelf) -> None:
    assert shelf.read() == InUse()
    assert shelf.path_in_use() is None
    assert not shelf.folder.exists()
    with pytest.raises(NoModelBeforeError, match="the deployment's own model is in use: there is none before it"):
        shelf.read().rolled_back()


def test_a_model_is_copied_under_its_digest_and_closed_to_others(shelf: Shelf, tmp_path: Path) -> None:
    model = model_in(tmp_path / "one")
    (model / "other.txt").write_text("no part of a model")
    promoted = put_in_use(shelf, model)
    place = shelf.path_in_use()
    assert place == shelf.folder / promoted.digest
    assert {path.name for path in place.iterdir()} == {"CARD.md", "model.json", "arrays.npz"}
    for folder in (place, shelf.folder, shelf.folder.parent):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {path.name for path in shelf.folder.iterdir()} == {promoted.digest, "in-use.json"}


def test_going_back_takes_one_step_a_time_and_models_stay_known(shelf: Shelf, tmp_path: Path) -> None:
    one, two = (put_in_use(shelf, model_in(tmp_path / name, name)) for name in ("one", "two"))
    state = shelf.read()
    assert (state.top, state.rolled_back().top, state.rolled_back().rolled_back().top) == (two, one, None)
    assert set(state.rolled_back().rolled_back().models) == {one.digest, two.digest}


def test_two_deployments_have_models_of_their_own(tmp_path: Path) -> None:
    here, there = (shelf_of(Deployment(tmp_path / name), tmp_path / "models") for name in ("toyland", "elsewhere"))
    put_in_use(here, model_in(tmp_path / "one"))
    assert there.path_in_use() is None


@pytest.mark.parametrize("name", ["model.json", "arrays.npz", "CARD.md"])
@pytest.mark.parametrize("is_missing", [True, False], ids=["missing", "changed"])
def test_a_model_in_use_that_is_not_as_it_was_promoted_is_refused(
    shelf: Shelf, tmp_path: Path, name: str, is_missing: bool
) -> None:
    put_in_use(shelf, model_in(tmp_path / "one"))
    file = shelf.folder / shelf.read().stack[-1] / name
    file.unlink() if is_missing else file.write_text("flipped")
    with pytest.raises(PromotedModelError, match=r"one@1 in .* is in use and cannot be used .*lavwa models rollback"):
        shelf.path_in_use()


def test_a_damaged_copy_is_made_whole_by_promoting_it_again(shelf: Shelf, tmp_path: Path) -> None:
    model = model_in(tmp_path / "one")
    digest = put_in_use(shelf, model).digest
    (shelf.folder / digest / "model.json").write_text("flipped")
    shelf.take_in(model, digest)
    assert shelf.path_in_use() == shelf.folder / digest


def test_a_model_that_changed_since_it_was_measured_is_not_taken_in(shelf: Shelf, tmp_path: Path) -> None:
    model = model_in(tmp_path / "one")
    digest = digest_of(model)
    (model / "model.json").write_text("another")
    with pytest.raises(ModelChangedError, match="its files changed while it was looked at"):
        shelf.take_in(model, digest)
    assert list(shelf.folder.iterdir()) == []


def test_a_folder_that_lacks_a_file_of_a_model_has_no_digest(tmp_path: Path) -> None:
    model = model_in(tmp_path / "one")
    (model / "CARD.md").unlink()
    with pytest.raises(ModelMissingError):
        digest_of(model)


def test_what_fails_after_the_pointer_moved_moves_it_back(shelf: Shelf, tmp_path: Path) -> None:
    put_in_use(shelf, model_in(tmp_path / "one"))
    before = shelf.read()

    def fail_after_moving() -> None:
        with shelf.moving(before, before.rolled_back()) as move:
            move()
            assert shelf.read() == before.rolled_back()
            raise OSError("the log could not be written")

    with pytest.raises(OSError, match="the log could not be written"):
        fail_after_moving()
    assert shelf.read() == before


def test_a_pointer_that_somebody_else_moved_meanwhile_is_left_alone(shelf: Shelf, tmp_path: Path) -> None:
    before = shelf.read()
    other = put_in_use(shelf, model_in(tmp_path / "one"))
    with (
        pytest.raises(RegistryChangedError, match="somebody else changed the model in use meanwhile"),
        shelf.moving(before, before) as move,
    ):
        move()
    assert shelf.read().top == other


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        '{"format": 2, "stack": [], "models": {}}',
        '{"format": 1, "stack": ["0123456789abcdef"], "models": {}}',
        '{"format": 1, "stack": [], "models": {"0123456789abcdef": {"name": "x"}}}',
        '{"format": 1, "stack": [], "models": {"../../elsewhere": '
        '{"name": "x", "promoted_at": "2026-11-28", "figures": {}}}}',
    ],
)
def test_a_pointer_that_cannot_be_read_is_never_taken_for_none(shelf: Shelf, content: str) -> None:
    shelf.folder.mkdir(parents=True)
    shelf.pointer.write_text(content)
    with pytest.raises(RegistryDamagedError, match=r"in-use\.json, which says which model is in use, cannot be read"):
        shelf.path_in_use()


def test_the_pointer_says_what_it_must_and_no_more(shelf: Shelf, tmp_path: Path) -> None:
    promoted = put_in_use(shelf, model_in(tmp_path / "one"))
    said = json.loads(shelf.pointer.read_text(encoding="utf-8"))
    assert said == {
        "format": 1,
        "stack": [promoted.digest],
        "models": {
            promoted.digest: {
                "digest": promoted.digest,
                "name": "one@1",
                "promoted_at": "2026-11-28T10:00:00+00:00",
                "figures": {"n": 3},
            }
        },
    }
