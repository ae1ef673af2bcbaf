import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from toy import LEXICONS, MDA_OF, TOY_POSTS, toy_detector, toy_encode, toy_model

from models.errors import ModelDamagedError, ModelMissingError
from models.store import encoder_of, load_detector, load_model, save_detector, save_model
from nlp.classifier import Scope, Typical
from nlp.learning import fit_detector
from nlp.space import ALL_LANGUAGES
from nlp.triage import Knowledge, PostText, Triage, TriageModel

MODEL = toy_model(thresholds={"en": 0.5, "fr": None, "crs": 0.75})
POSTS = [PostText(str(i), text) for i, (text, *_) in enumerate(TOY_POSTS)]
UNSEEN = [PostText("x", "the tap gives no water and nobody repairs it"), PostText("y", ""), PostText("z", "😡 ÉCOLE")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save_model(MODEL, tmp_path / "deep" / "toy", encoder_name="toy-encoder", card="# toy@1\n")
    return tmp_path / "deep" / "toy"


@pytest.fixture
def languages(tmp_path: Path) -> Path:
    save_detector(toy_detector(), tmp_path)
    return tmp_path


def same(left: Any, right: Any) -> bool:
    return left.dtype == right.dtype and np.array_equal(left, right)


def load(folder: Path) -> TriageModel:
    return load_model(folder, toy_encode, LEXICONS)


def test_a_model_read_back_gives_the_same_records(folder: Path) -> None:
    knowledge = Knowledge(mda_of=MDA_OF)
    before, vectors = Triage(MODEL, knowledge, toy_detector()).records(POSTS + UNSEEN)
    after, again = Triage(load(folder), knowledge, toy_detector()).records(POSTS + UNSEEN)
    assert after == before
    assert np.array_equal(vectors, again)


def test_a_model_read_back_has_the_same_parts(folder: Path) -> None:
    model = load(folder)
    assert (model.name, model.thresholds) == ("toy@1", {"en": 0.5, "fr": None, "crs": 0.75})
    assert model.examples.texts == MODEL.examples.texts
    assert model.examples.categories == MODEL.examples.categories
    assert {name: (task.classes, dict(task.temperatures)) for name, task in model.tasks.items()} == {
        name: (task.classes, dict(task.temperatures)) for name, task in MODEL.tasks.items()
    }
    for name, task in MODEL.tasks.items():
        for part in ("term_weights", "example_weights", "bias"):
            assert same(getattr(model.tasks[name], part), getattr(task, part)), (name, part)
    assert model.scope == MODEL.scope
    assert model.scope.typical is None  # of so few posts
    assert same(model.examples.views, MODEL.examples.views)
    assert set(model.space.means) == set(MODEL.space.means) == {ALL_LANGUAGES, "crs", "en", "fr"}
    assert all(same(model.space.means[lang], mean) for lang, mean in MODEL.space.means.items())
    for block in ("word", "character", "gloss"):
        found, kept = getattr(model.features, block), getattr(MODEL.features, block)
        assert (found.analyzer, found.longest, list(found.terms)) == (kept.analyzer, kept.longest, list(kept.terms))
        assert same(found.idf, kept.idf)


def test_a_model_of_unglossed_texts_read_back_has_no_terms_of_a_gloss(tmp_path: Path) -> None:
    unglossed = replace(MODEL, features=replace(MODEL.features, gloss=None))
    save_model(unglossed, tmp_path, encoder_name="toy-encoder", card="")
    assert load(tmp_path).features.gloss is None


def test_views_of_several_kinds_come_back(tmp_path: Path) -> None:
    means = {lang: np.concatenate([mean, 2 * mean]) for lang, mean in MODEL.space.means.items()}
    views = np.hstack([MODEL.examples.views] * 2)
    model = replace(MODEL, space=replace(MODEL.space, means=means), examples=replace(MODEL.examples, views=views))
    save_model(model, tmp_path, encoder_name="toy-encoder", card="")
    found = load(tmp_path)
    assert same(found.space.means["fr"], means["fr"])
    assert same(found.examples.views, views)


def typical_of_two() -> TriageModel:
    """The toy model as one of many posts would be: it knows what is typical."""
    typical = Typical(np.diag([1, 10]).astype(np.float32), np.eye(2, dtype=np.float32)[::-1])
    return replace(MODEL, scope=Scope(typical, 6.0, -4.0))


def test_a_scope_that_knows_what_is_typical_comes_back(tmp_path: Path) -> None:
    save_model(typical_of_two(), tmp_path, encoder_name="toy-encoder", card="")
    scope, kept = load(tmp_path).scope, typical_of_two().scope
    assert scope.typical is not None
    assert kept.typical is not None
    assert same(scope.typical.whitener, kept.typical.whitener)
    assert same(scope.typical.means, kept.typical.means)
    assert (scope.slope, scope.shift) == (6.0, -4.0)


def test_a_model_that_lost_by_what_its_scope_whitens_is_refused(tmp_path: Path) -> None:
    save_model(typical_of_two(), tmp_path, encoder_name="toy-encoder", card="")
    arrays = dict(np.load(tmp_path / "arrays.npz", allow_pickle=False))
    np.savez(tmp_path / "arrays.npz", **{name: kept for name, kept in arrays.items() if name != "scope_whitener"})
    with pytest.raises(ModelDamagedError):
        load(tmp_path)


def test_a_scope_that_nothing_tells_comes_back_also_where_another_lay(tmp_path: Path) -> None:
    save_model(typical_of_two(), tmp_path, encoder_name="toy-encoder", card="")
    save_model(replace(MODEL, scope=Scope(None, 0.0, 0.0)), tmp_path, encoder_name="toy-encoder", card="")
    assert load(tmp_path).scope == Scope(None, 0.0, 0.0)


def test_temperatures_of_languages_come_back(tmp_path: Path) -> None:
    tuned = replace(MODEL.tasks["category"], temperatures={"any": 0.5, "en": 0.25, "crs": 2})
    save_model(replace(MODEL, tasks={"category": tuned}), tmp_path, encoder_name="toy-encoder", card="")
    assert load(tmp_path).tasks["category"].temperatures == {"any": 0.5, "en": 0.25, "crs": 2.0}


def test_a_detector_read_back_says_the_same(languages: Path) -> None:
    texts = [post.text for post in POSTS + UNSEEN] + ["mo pe al lakaz", "no hay agua en el grifo"]
    again = load_detector(languages)
    assert again.detect(texts) == toy_detector().detect(texts)
    assert again.languages == toy_detector().languages
    assert same(again.weights, toy_detector().weights)
    assert same(again.bias, toy_detector().bias)


def test_a_detector_of_two_languages_read_back_tells_both(tmp_path: Path) -> None:
    said = {text: lang for text, lang, *_ in TOY_POSTS if lang in {"en", "crs"}}
    save_detector(fit_detector(list(said), list(said.values()), seed=1), tmp_path)
    assert set(load_detector(tmp_path).detect(list(said))) == {"en", "crs"}


def test_the_folder_of_a_detector_holds_a_description_and_arrays(languages: Path) -> None:
    assert sorted(file.name for file in languages.iterdir()) == ["arrays.npz", "model.json"]


def test_a_detector_is_no_model_and_a_model_no_detector(languages: Path) -> None:
    with pytest.raises(ModelDamagedError):
        load(languages)
    with pytest.raises(ModelDamagedError, match=r"model\.json names no encoder"):
        encoder_of(languages)
    save_model(MODEL, languages, encoder_name="toy-encoder", card="")
    with pytest.raises(ModelDamagedError):
        load_detector(languages)


def test_the_folder_holds_a_description_arrays_and_a_card_for_people(folder: Path) -> None:
    assert sorted(file.name for file in folder.iterdir()) == ["CARD.md", "arrays.npz", "model.json"]
    assert (folder / "CARD.md").read_text(encoding="utf-8") == "# toy@1\n"
    assert encoder_of(folder) == "toy-encoder"


def test_opening_a_model_runs_no_code_of_its_maker(folder: Path) -> None:
    arrays = dict(np.load(folder / "arrays.npz", allow_pickle=False))
    np.savez(folder / "arrays.npz", **{**arrays, "word_idf": np.array([{"any": "object"}], dtype=object)})
    with pytest.raises(ModelDamagedError):
        load(folder)


def test_a_model_written_over_another_replaces_it(folder: Path) -> None:
    other = toy_model(thresholds={"en": 0.25})
    save_model(other, folder, encoder_name="another", card="# other\n")
    assert load(folder).thresholds == {"en": 0.25}
    assert encoder_of(folder) == "another"


def test_other_files_in_the_folder_of_a_model_stay(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    save_model(MODEL, tmp_path, encoder_name="toy-encoder", card="# toy@1\n")
    assert (tmp_path / "notes.txt").read_text(encoding="utf-8") == "mine"
    assert load(tmp_path).name == "toy@1"


@pytest.mark.parametrize("read", [load, encoder_of, load_detector], ids=["load", "encoder", "detector"])
@pytest.mark.parametrize("name", ["", "not-there", "file.txt"], ids=["empty folder", "no folder", "a file"])
def test_a_missing_model_says_how_to_make_one(tmp_path: Path, name: str, read: Callable[[Path], Any]) -> None:
    (tmp_path / "file.txt").write_text("no folder")
    with pytest.raises(ModelMissingError, match=r"there is no model in .*; make one with `lavwa train") as caught:
        read(tmp_path / name)
    assert caught.value.folder == str(tmp_path / name)


@pytest.mark.parametrize("read", [load, encoder_of, load_detector], ids=["load", "encoder", "detector"])
@pytest.mark.parametrize(
    ("content", "why"),
    [
        pytest.param(b"{", "model.json is not readable", id="cut off"),
        pytest.param(b"\xff\xfe", "model.json is not readable", id="not text"),
        pytest.param(b"[]", "another version of Lavwa", id="no object"),
        pytest.param(b'{"format": 99, "encoder": "toy"}', "another version of Lavwa", id="a later format"),
        pytest.param(b'{"format": 2, "encoder": "toy"}', "another version of Lavwa", id="the format before"),
        pytest.param(b'{"format": 1, "encoder": "toy"}', "another version of Lavwa", id="an earlier format"),
        pytest.param(b'{"encoder": "toy"}', "another version of Lavwa", id="no format"),
    ],
)
def test_a_description_that_is_none_or_of_another_version_is_refused(
    folder: Path, content: bytes, why: str, read: Callable[[Path], Any]
) -> None:
    (folder / "model.json").write_bytes(content)
    with pytest.raises(
        ModelDamagedError, match=rf"the model in .* cannot be used \(.*{why}\); train it again"
    ) as caught:
        read(folder)
    assert caught.value.folder == str(folder)


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda raw: b"", id="empty, as on a full disk"),
        pytest.param(lambda raw: raw[: len(raw) // 2], id="cut off"),
        pytest.param(lambda raw: raw[:3000] + b"XXXXXXXXXX" + raw[3010:], id="bytes changed"),
        pytest.param(lambda raw: b"hello", id="no archive"),
        pytest.param(None, id="gone"),
    ],
)
def test_damaged_arrays_are_refused(folder: Path, damage: Callable[[bytes], bytes] | None) -> None:
    arrays = folder / "arrays.npz"
    raw = arrays.read_bytes()
    arrays.unlink()
    if damage is not None:
        arrays.write_bytes(damage(raw))
    with pytest.raises(ModelDamagedError):
        load(folder)


@pytest.mark.parametrize(
    "changes",
    [
        {"tasks": None},
        {"tasks": []},
        {"vocabularies": None},
        {"vocabularies": {}},
        {"vocabularies": {"word": {"analyzer": "word", "longest": 2, "terms": ["one"]}}},
        {"examples": {}},
        {"mean_langs": ["de"]},
        {"tasks": {"category": {"classes": ["a", "b"]}}},
        {"tasks": {"mood": {"classes": ["a", "b"], "temperatures": {"any": 1.0}}}},
        {"scope": {}},
        {"scope": {"slope": "steep", "shift": 0.0}},
    ],
    ids=[
        "no tasks",
        "tasks as a list",
        "vocabularies as none",
        "no vocabularies",
        "another vocabulary",
        "no examples",
        "a mean that is not there",
        "no temperatures",
        "weights that are not there",
        "no scope",
        "a scope in words",
    ],
)
def test_a_description_that_does_not_fit_its_arrays_is_refused(folder: Path, changes: dict[str, Any]) -> None:
    description = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    (folder / "model.json").write_text(json.dumps({**description, **changes}), encoding="utf-8")
    with pytest.raises(ModelDamagedError):
        load(folder)


def test_a_description_without_its_encoder_is_refused(folder: Path) -> None:
    (folder / "model.json").write_text('{"format": 3}', encoding="utf-8")
    with pytest.raises(ModelDamagedError, match=r"model\.json names no encoder"):
        encoder_of(folder)
