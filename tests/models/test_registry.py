import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from toy import TOY_POSTS, toy_encode
from toy_sentences import TOY_SENTENCES
from toyland import write_toyland

from models import registry
from models.deployment import Deployment, load_deployment
from models.encoder import PACKAGED
from models.errors import ModelMissingError
from models.frozen import is_frozen
from models.registry import (
    ensure_built,
    ensure_detector,
    frozen_posts,
    load_in_use,
    load_triage,
    train_candidate,
    train_into,
)
from models.store import load_detector, load_model
from models.training import UNQUOTED
from nlp.errors import TooFewExamplesError
from nlp.space import Encode
from nlp.triage import PostText

PLANTED = ("Gemma Volcy", "Ansly Pool", "2 512 345")


@pytest.fixture(autouse=True)
def _built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is built here is built beside the test, with the toy encoder, from code that the test may change."""

    def load_toy(name: str = PACKAGED) -> Encode:
        return toy_encode

    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "fits.py").write_text("C = 1\n", encoding="utf-8")
    monkeypatch.setattr(registry, "BUILT", tmp_path / "built")
    monkeypatch.setattr(registry, "CODE", (tmp_path / "code",))
    monkeypatch.setattr(registry, "load_encoder", load_toy)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A deployment that knows the toy posts."""
    return write_toyland(tmp_path / "toyland")


def toyland(folder: Path) -> Deployment:
    """The deployment as it lies there now."""
    return load_deployment(str(folder))


def add(path: Path, line: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as stream:
        stream.write(f"{line}\n")


def add_name(folder: Path) -> None:
    add(folder / "names.csv", "Gemma,given")


def add_example(folder: Path) -> None:
    add(
        folder / "examples" / "toy" / "posts.jsonl",
        '{"text": "the tap is dry", "lang": "en", "category": "water_supply"}',
    )


def add_evidence(folder: Path) -> None:
    evidence = [{"text": f"{text} !", "lang": lang, "category": c, "kind": kind} for text, lang, c, kind in TOY_POSTS]
    for post in evidence:
        add(folder / "evidence" / "first" / "posts.jsonl", json.dumps(post))


def add_sentence(folder: Path) -> None:
    add(folder / "languages.tsv", "en\tnobody told me so")


def change_code(folder: Path) -> None:
    add(folder.parent / "code" / "fits.py", "C = 2")


def add_sample(folder: Path) -> None:
    add(folder / "sample" / "portal.jsonl", "{}")


@pytest.mark.parametrize("ensure", [ensure_built, ensure_detector])
def test_what_is_built_is_built_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch, ensure: Callable[[Deployment], Path]
) -> None:
    built = ensure(toyland(folder))
    assert built.parent == folder.parent / "built"
    assert "toyland" in built.name
    before = {file.name: file.stat().st_mtime_ns for file in built.iterdir()}
    monkeypatch.setattr(Deployment, "examples", None)  # whoever builds again would fail
    assert ensure(toyland(folder)) == built
    assert {file.name: file.stat().st_mtime_ns for file in built.iterdir()} == before


def test_building_says_so_before_it_begins_and_only_then(folder: Path) -> None:
    said: list[str] = []
    ensure_built(toyland(folder), tell=said.append)
    ensure_built(toyland(folder), tell=said.append)
    assert said == ["training the triage model on 24 labelled posts (once, about a minute)"]


@pytest.mark.parametrize("change", [add_name, add_example, add_evidence, add_sentence, change_code])
@pytest.mark.parametrize("ensure", [ensure_built, ensure_detector])
def test_what_is_built_is_built_again_when_what_it_learns_from_or_how_has_changed(
    folder: Path, ensure: Callable[[Deployment], Path], change: Callable[[Path], None]
) -> None:
    built = ensure(toyland(folder))
    (built / "old.txt").write_text("of the old one")
    change(folder)
    assert ensure(toyland(folder)) == built
    assert not (built / "old.txt").exists()


def test_another_encoder_makes_another_model(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    packaged = registry.load_encoder

    def load_encoder(name: str) -> Encode:
        asked.append(name)
        return packaged()

    monkeypatch.setattr(registry, "load_encoder", load_encoder)
    built = ensure_built(toyland(folder))
    ensure_built(toyland(folder))
    ensure_built(toyland(folder), "some/other-model")
    assert asked == ["all-MiniLM-L6-v2", "some/other-model"]
    assert "encoder some/other-model" in (built / "CARD.md").read_text(encoding="utf-8")


def test_a_new_sample_builds_nothing_again(folder: Path) -> None:
    built = ensure_built(toyland(folder))
    (built / "old.txt").write_text("of the old one")
    add_sample(folder)
    ensure_built(toyland(folder))
    assert (built / "old.txt").exists()


def test_what_could_not_be_built_leaves_nothing_half_done(folder: Path) -> None:
    (folder / "examples" / "toy" / "posts.jsonl").write_text("", encoding="utf-8")
    with pytest.raises(TooFewExamplesError, match="holds no labelled posts to train on"):
        ensure_built(toyland(folder))
    assert list((folder.parent / "built").glob("*triage*")) == []


def test_the_model_of_a_deployment_learns_from_examples_and_is_measured_on_evidence(folder: Path) -> None:
    add_evidence(folder)
    card = (ensure_built(toyland(folder)) / "CARD.md").read_text(encoding="utf-8")
    assert "**Learned from** 45 labelled posts" in card
    assert "**Not learned from**: 3 posts that are kept back" in card
    assert "**Category right on 24 posts that it had not seen**" in card


def test_the_detector_of_a_deployment_learns_from_its_posts_and_sentences(folder: Path) -> None:
    detector = load_detector(ensure_detector(toyland(folder)))
    assert set(detector.languages) == set(TOY_SENTENCES) | {"en", "fr", "crs"}
    said = [text for text, *_ in TOY_POSTS]
    assert detector.detect(said) == [lang for _, lang, *_ in TOY_POSTS]


def test_a_loaded_triage_answers(folder: Path) -> None:
    triage = load_triage(toyland(folder))
    records, _ = triage.records([PostText("x", "Ansly Pool says there is no water in our tap")])
    assert (records[0].category, records[0].mda, records[0].lang) == ("water_supply", "PUC", "en")
    assert records[0].text == "[person] says there is no water in our tap"
    assert records[0].model == triage.model.name


@pytest.mark.parametrize("change", [add_name, add_example, add_sentence, change_code])
def test_the_version_changes_with_the_deployment_and_the_code(folder: Path, change: Callable[[Path], None]) -> None:
    before = load_triage(toyland(folder)).model.name
    assert load_triage(toyland(folder)).model.name == before
    assert before.startswith("triage-toyland@")
    change(folder)
    assert load_triage(toyland(folder)).model.name != before


def test_the_version_of_a_model_in_a_folder_changes_with_the_names_as_well(folder: Path, tmp_path: Path) -> None:
    train_into(tmp_path / "own", toyland(folder).examples(), toyland(folder))
    before = load_triage(toyland(folder), tmp_path / "own").model.name
    add_name(folder)
    after = load_triage(toyland(folder), tmp_path / "own").model.name
    assert before.startswith("own@")
    assert before.rpartition("-")[0] == after.rpartition("-")[0]  # the model itself is the same
    assert before != after


def test_a_model_folder_that_is_not_there_is_named(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelMissingError):
        load_triage(toyland(folder), tmp_path / "nothing")


def test_what_a_home_works_with_is_the_deployments_own_model_until_one_is_promoted(
    folder: Path, tmp_path: Path
) -> None:
    assert load_in_use(toyland(folder), tmp_path / "home" / "models").model.name.startswith("triage-toyland@")


def decided_posts(n: int, text: str = "zebra on the road") -> list[dict[str, Any]]:
    """Invented posts that an officer decided on, each a case of its own; nobody said their kind."""
    return [
        {"id": f"p{i}", "text": f"{text} {i}", "lang": "en", "category": "roads", "is_corrected": True}
        for i in range(n)
    ]


def test_a_candidate_learns_from_the_deployment_and_from_decisions_but_for_those_kept_back(
    folder: Path, tmp_path: Path
) -> None:
    add_evidence(folder)
    records = decided_posts(50)
    made = train_candidate(tmp_path / "new", records, toyland(folder), load_triage(toyland(folder)))
    n_frozen = sum(is_frozen(r["id"]) for r in records)
    assert (made.n_decided, made.n_frozen, made.n_unknown) == (50 - n_frozen, n_frozen, 0)
    assert (made.report.n, made.report.n_held_out) == (45 + made.n_decided, 24)  # decisions are no evidence
    model = load_model(tmp_path / "new", toy_encode, {})
    assert set(model.tasks) == {"category", "kind"}  # the kind was said by the model in use
    assert set(model.tasks["category"].classes) == {"water_supply", "electricity", "roads", "other"}
    assert Counter(model.examples.texts)[UNQUOTED] == made.n_decided
    assert not [text for text in model.examples.texts if "zebra" in text]


def test_a_decided_post_that_reads_like_one_kept_back_is_not_learned_from(folder: Path, tmp_path: Path) -> None:
    records = decided_posts(50)
    kept_back = next(r for r in records if is_frozen(r["id"]))
    learned = next(r for r in records if not is_frozen(r["id"]))
    learned["text"] = kept_back["text"].upper().replace(" ", "  ")
    made = train_candidate(tmp_path / "new", records, toyland(folder), load_triage(toyland(folder)))
    assert made.n_decided == 49 - made.n_frozen


def test_decisions_leave_room_for_what_the_deployment_teaches(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.training.MOST_POSTS", 34)
    made = train_candidate(tmp_path / "new", decided_posts(50), toyland(folder), load_triage(toyland(folder)))
    assert (made.n_decided, made.report.n) == (10, 34)
    texts = load_model(tmp_path / "new", toy_encode, {}).examples.texts
    assert {text for text, *_ in TOY_POSTS} <= set(texts)


def test_an_answer_that_no_model_knows_is_taken_for_none(folder: Path, tmp_path: Path) -> None:
    records = [{**record, "kind": "shouting"} for record in decided_posts(20)]
    train_candidate(tmp_path / "new", records, toyland(folder), load_triage(toyland(folder)))
    assert load_model(tmp_path / "new", toy_encode, {}).tasks["kind"].classes == ("complaint", "question")


def test_the_frozen_posts_are_those_of_the_evidence_and_a_post_of_each_decided_case_kept_back(folder: Path) -> None:
    add_evidence(folder)
    records = [*decided_posts(50), {"id": "x", "text": "a ferry", "category": "ferries"}]
    found = frozen_posts(toyland(folder), records)
    n_decided = sum(is_frozen(r["id"]) for r in records[:-1])
    assert len(found) == 3 + n_decided
    assert all(is_frozen(post.text) for post in found[:3])


@pytest.mark.parametrize("with_labels", [True, False], ids=["labelled", "found by the finder"])
def test_a_trained_model_holds_no_planted_personal_data(folder: Path, tmp_path: Path, with_labels: bool) -> None:
    records = toyland(folder).examples()
    planted = PLANTED if with_labels else PLANTED[1:]
    pii = [{"kind": "person", "text": "Gemma Volcy"}] if with_labels else []
    for record in records:
        record.update(text=f"{record['text']} {' and '.join(planted)}", pii=pii)
    report = train_into(tmp_path / "own", records, toyland(folder))
    assert report.n == len(records)
    model = load_model(tmp_path / "own", toy_encode, {})
    features = model.features
    blocks = [features.word, features.character, *([features.gloss] if features.gloss else [])]
    terms = {term.strip() for block in blocks for term in block.terms}
    assert terms & {"gemma", "volcy", "volc", "ansly", "pool", "512", "345"} == set()
    assert "water" in terms
    written = [file.read_bytes() for file in (tmp_path / "own").iterdir()]
    for said in ("Gemma", "Volcy", "Ansly", "Pool", "512 345"):
        assert [said.encode() in content for content in written] == [False] * len(written), said


def test_a_model_trained_twice_is_the_same(folder: Path, tmp_path: Path) -> None:
    records = toyland(folder).examples()
    first, again = (train_into(tmp_path / name / "own", records, toyland(folder)) for name in ("a", "b"))
    assert first == again
    with (
        np.load(tmp_path / "a" / "own" / "arrays.npz") as left,
        np.load(tmp_path / "b" / "own" / "arrays.npz") as right,
    ):
        assert all(np.array_equal(left[name], right[name]) for name in left.files)


@pytest.mark.parametrize(
    "records", [[], [{"text": "no water", "lang": "en", "category": "water_supply"}], [{"text": "?"}]]
)
def test_too_few_records_write_no_model(folder: Path, tmp_path: Path, records: list[dict[str, str]]) -> None:
    with pytest.raises(TooFewExamplesError):
        train_into(tmp_path / "own", records, toyland(folder))
    assert not (tmp_path / "own" / "model.json").exists()


def test_what_only_training_needs_is_not_loaded_to_triage() -> None:
    heavy = ("sklearn", "scipy.stats", "pandas", "torch", "spacy.cli")
    script = f"import sys, models.registry; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
