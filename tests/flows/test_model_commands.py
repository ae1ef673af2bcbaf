"""`lavwa models`: officers' decisions make a better model, a worse one is refused, and one command goes back.

The deployment, its people and all posts are invented. The command runs in this process, with the toy encoder.
"""

import json
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from desk_cases import add_person, desk_of, open_cases_of, opened, plain_matter, post
from toy import toy_encode
from toyland import EXAMPLES, write_toyland

from flows import pipeline
from flows.cli import filter_commands, main
from flows.errors import StepFailedError
from flows.settings import load_settings
from models import registry
from models.deployment import load_deployment
from models.encoder import PACKAGED
from models.frozen import is_frozen
from models.store import MODEL_FILES
from nlp.space import Encode
from portal.corrections import decided_posts
from portal.models import Event, LogHead

TAPS, LAMPS = "tiyo i'n kase", "lanp i'n tengn"  # new words in Creole: what the deployment's own model does not know
WORDS = ("obor", "lakaz", "lekol", "legliz", "laboutik", "laplaz", "montanny", "larivyer", "zarden", "lopital")
N_CASES = 90  # about each topic
PLANTED = "zafer-sekre-planted"


def sayings(what: str, n: int) -> list[str]:
    return [f"{what} {WORDS[i % 10]} {WORDS[i // 10 % 10]} {i}" for i in range(n)]


@dataclass
class Answer:
    code: int
    out: str
    err: str

    @property
    def line(self) -> str:
        """The one line of a command that failed."""
        assert self.code == 1, self.err
        (line,) = self.err.splitlines()
        return line

    def json(self) -> dict[str, Any]:
        said = json.loads(self.out)
        assert isinstance(said, dict)
        return said


Command = Callable[..., Answer]


@pytest.fixture(scope="module")
def _toys(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """What is built here is built beside the tests, with the toy encoder."""

    def load_toy(name: str = PACKAGED) -> Encode:
        return toy_encode

    place = tmp_path_factory.mktemp("toys")
    (place / "code").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "BUILT", place / "built")
        patch.setattr(registry, "CODE", (place / "code",))
        patch.setattr(registry, "load_encoder", load_toy)
        yield place


@pytest.fixture(scope="module")
def deployment(_toys: Path) -> Path:
    """Toyland with evidence: ten wordings of each of its posts, of which a fifth is frozen."""
    place = write_toyland(_toys / "toyland")
    evidence = [{**p, "text": f"{p['text']} {word}"} for p in EXAMPLES for word in WORDS]
    (place / "evidence" / "first").mkdir(parents=True)
    (place / "evidence" / "first" / "posts.jsonl").write_text("".join(f"{json.dumps(p)}\n" for p in evidence))
    assert sum(is_frozen(p["text"]) for p in evidence) > 30
    return place


@pytest.fixture(scope="module")
def decided_home(_toys: Path) -> Path:
    """A home where an officer corrected many cases: broken taps are about water, dark lamps about electricity."""
    home, numbers = _toys / "home", count()
    with pytest.MonkeyPatch.context() as patch, closing(opened(home)) as store:
        patch.setattr("portal.cases.new_reference", lambda kind: f"{kind}-{next(numbers)}")  # each on the same side
        marie = desk_of(store, add_person(store, "marie", "PUC"))
        for what, told, meant in ((TAPS, "electricity", "water_supply"), (LAMPS, "water_supply", "electricity")):
            said = [f"{text} {PLANTED}{i}" for i, text in enumerate(sayings(what, N_CASES))]
            matters = [
                plain_matter("", posts=[post(f"{meant}{i}", text, lang="crs")], category=told)
                for i, text in enumerate(said)
            ]
            for reference in open_cases_of(store, *matters):
                marie.correct(reference, 1, category=meant)
    return home


@pytest.fixture(scope="module")
def better(deployment: Path, decided_home: Path, _toys: Path) -> Path:
    """A model that learned from all corrections that a model may learn from."""
    toyland = load_deployment(str(deployment))
    with closing(opened(decided_home)) as store:
        registry.train_candidate(_toys / "better", list(decided_posts(store)), toyland, registry.load_triage(toyland))
    return _toys / "better"


@pytest.fixture
def home(decided_home: Path, deployment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home"
    shutil.copytree(decided_home, folder)
    monkeypatch.setenv("LAVWA_HOME", str(folder))
    monkeypatch.setenv("LAVWA_DEPLOYMENT", str(deployment))
    return folder


@pytest.fixture
def lavwa(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run the command as if it were a process of its own."""

    def run(*arguments: str | Path) -> Answer:
        load_settings.cache_clear()
        filter_commands._engine.cache_clear()
        monkeypatch.setattr(sys, "argv", ["lavwa", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main.main()
        said = capsys.readouterr()
        return Answer(int(ended.value.code or 0), said.out, said.err)

    return run


def write_posts(path: Path, posts: list[dict[str, Any]]) -> Path:
    path.write_text("".join(f"{json.dumps({'id': str(i), **p})}\n" for i, p in enumerate(posts)), encoding="utf-8")
    return path


def exported(lavwa: Command, tmp_path: Path, *, about: str = "") -> Path:
    """The corrections as the command exports them, only those that say `about`."""
    lines = lavwa("corrections", "export").out.splitlines()
    path = tmp_path / "corrections.jsonl"
    path.write_text("".join(f"{line}\n" for line in lines if about in line), encoding="utf-8")
    return path


def candidate(lavwa: Command, tmp_path: Path, name: str, *, about: str = "") -> Path:
    """A model that learned from corrections."""
    folder = tmp_path / name
    made = lavwa("models", "train", exported(lavwa, tmp_path, about=about), "--out", folder)
    assert made.code == 0, made.err
    return folder


def trained(lavwa: Command, tmp_path: Path, name: str, posts: list[dict[str, Any]]) -> Path:
    """A model that learned from a file of labelled posts, whatever they say."""
    folder = tmp_path / name
    made = lavwa("train", write_posts(tmp_path / f"{name}.jsonl", posts), "--out", folder)
    assert made.code == 0, made.err
    return folder


def model_of_a_post(lavwa: Command, tmp_path: Path) -> str:
    asked = write_posts(tmp_path / "asked.jsonl", [{"text": f"{LAMPS} kot nou"}])
    return str(json.loads(lavwa("triage", asked).out)["model"])


def events(home: Path) -> list[Event]:
    """The events about models, oldest first."""
    with closing(opened(home)) as store, store.reading() as session:
        return list(session.scalars(sa.select(Event).where(Event.action.like("model %")).order_by(Event.seq)))


def states(lavwa: Command) -> dict[str, str]:
    rows = lavwa("models", "list", "--json").json()["models"]
    return {row["name"].partition("@")[0]: row["state"] for row in rows}


def test_a_model_that_learned_from_corrections_is_promoted_used_listed_and_logged(
    home: Path, lavwa: Command, tmp_path: Path
) -> None:
    folder = tmp_path / "better"
    made = lavwa("models", "train", exported(lavwa, tmp_path), "--out", folder, "--json")
    counts = made.json()
    assert counts["n_decided"] + counts["n_frozen"] == 2 * N_CASES
    assert 20 <= counts["n_frozen"] <= 60
    assert f"lavwa models promote {folder}" in made.err
    assert model_of_a_post(lavwa, tmp_path).startswith("triage-toyland@")

    done = lavwa("models", "promote", folder, "--json")
    assert done.code == 0, done.err
    figures = done.json()
    assert figures["is_promoted"]
    assert figures["p_better"] <= 0.05
    assert figures["accuracy"] > figures["accuracy_in_use"]
    assert figures["in_use"].startswith("triage-toyland@")
    assert {"all posts", "posts in crs", "posts of PUC"} - {part["what"] for part in figures["parts"]} == {"all posts"}
    assert model_of_a_post(lavwa, tmp_path).startswith("better@")

    own, promoted = lavwa("models", "list", "--json").json()["models"]
    assert (own["state"], promoted["state"]) == ("before", "in use")
    assert promoted["figures"]["n"] == figures["n"]
    assert promoted["promoted_at"]
    shown = lavwa("models", "list").out.splitlines()
    assert len(shown) == 2
    assert f"right on {figures['n']:,} frozen posts" in shown[1]

    (event,) = events(home)
    assert (event.action, event.subject) == ("model promoted", f"model {Path(promoted['folder']).name}")
    assert event.details is not None
    assert (event.details["candidate"], event.details["n"]) == (figures["candidate"], figures["n"])
    shutil.rmtree(folder)  # what is in use is a copy
    assert model_of_a_post(lavwa, tmp_path).startswith("better@")


def test_the_model_in_use_is_refused_a_second_time(home: Path, lavwa: Command, better: Path) -> None:
    assert lavwa("models", "promote", better).code == 0
    assert lavwa("models", "promote", better).line.endswith("is not promoted: it is the model in use")


def test_a_model_that_is_worse_is_refused_in_one_line_and_nothing_changes(
    home: Path, lavwa: Command, tmp_path: Path
) -> None:
    wrong = {"water_supply": "roads", "roads": "electricity", "electricity": "other", "other": "water_supply"}
    folder = trained(lavwa, tmp_path, "worse", [{**p, "category": wrong[p["category"]]} for p in EXAMPLES])
    refused = lavwa("models", "promote", folder)
    assert refused.line.startswith(f"lavwa: the model in {folder} is not promoted: it is not better beyond chance: ")
    for what in ("posts in en", "posts in fr", "posts of SLTA"):
        assert f"{what}: right on 0 of " in refused.line
    assert refused.line.count("(100.0 points less)") == 3
    assert states(lavwa) == {"the deployment's own": "in use"}
    assert not list((home / "models").rglob("arrays.npz"))
    (event,) = events(home)
    assert event.action == "model refused"
    as_json = lavwa("models", "promote", folder, "--json")
    assert (as_json.code, as_json.json()["is_promoted"]) == (1, False)


def test_a_model_that_is_better_overall_and_worse_for_one_language_is_refused_for_that_language(
    home: Path, lavwa: Command, tmp_path: Path
) -> None:
    learned = [json.loads(line) for line in exported(lavwa, tmp_path).read_text(encoding="utf-8").splitlines()]
    kept = [{**p, "kind": "complaint"} for p in learned if not is_frozen(p["case"])]
    turned = {"water_supply": "roads", "roads": "water_supply"}
    own = [
        {**p, "category": turned.get(p["category"], p["category"]) if p["lang"] == "fr" else p["category"]}
        for p in EXAMPLES
    ]
    folder = trained(lavwa, tmp_path, "uneven", [*own, *(
        {name: p[name] for name in ("text", "lang", "category", "kind")} for p in kept
    )])  # fmt: skip
    refused = lavwa("models", "promote", folder)
    before, _, worse = refused.line.partition("it is worse beyond noise on posts in fr: right on ")
    assert worse, refused.line
    assert before == f"lavwa: the model in {folder} is not promoted: "  # better over all
    assert "posts in en" not in worse
    assert "posts in crs" not in worse
    assert states(lavwa) == {"the deployment's own": "in use"}


def test_going_back_takes_one_command_and_works_twice(home: Path, lavwa: Command, tmp_path: Path) -> None:
    for name, about in (("first", TAPS), ("second", "")):
        done = lavwa("models", "promote", candidate(lavwa, tmp_path, name, about=about))
        assert done.code == 0, done.err
    assert states(lavwa) == {"the deployment's own": "before", "first": "before", "second": "in use"}
    back = lavwa("models", "rollback", "--json")
    assert (back.code, back.json()["in_use"].partition("@")[0]) == (0, "first")
    assert model_of_a_post(lavwa, tmp_path).startswith("first@")
    back = lavwa("models", "rollback")
    assert back.err.startswith("the deployment's own is in use again instead of first@")
    assert model_of_a_post(lavwa, tmp_path).startswith("triage-toyland@")
    assert states(lavwa) == {"the deployment's own": "in use", "first": "not in use", "second": "not in use"}
    assert lavwa("models", "rollback").line == (
        "lavwa: the deployment's own model is in use: there is none before it to go back to"
    )
    assert [event.action for event in events(home)] == [*["model promoted"] * 2, *["model rolled back"] * 2]
    assert [(event.details or {})["in_use"].partition("@")[0] for event in events(home)[2:]] == [
        "first", "the deployment's own",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("posts", "why"),
    [
        (
            [*EXAMPLES, *[{**EXAMPLES[0], "category": "ferries"}] * 2],
            "categories that the deployment does not have (ferries)",
        ),
        (
            [p for p in EXAMPLES if p["category"] != "roads"],
            "does not know all categories of the deployment (not roads)",
        ),
        ([{**p, "kind": None} for p in EXAMPLES], "says nothing of kind, as the model in use does"),
    ],
    ids=["one too many", "one too few", "another task"],
)
def test_a_model_of_other_categories_or_fewer_answers_is_refused(
    home: Path, lavwa: Command, tmp_path: Path, posts: list[dict[str, Any]], why: str
) -> None:
    assert why in lavwa("models", "promote", trained(lavwa, tmp_path, "other", posts)).line
    assert states(lavwa) == {"the deployment's own": "in use"}
    assert events(home) == []


def test_a_folder_without_a_model_is_named(home: Path, lavwa: Command, tmp_path: Path) -> None:
    assert lavwa("models", "promote", tmp_path / "nothing").line.startswith(
        f"lavwa: there is no model in {tmp_path / 'nothing'}; "
    )


@pytest.mark.parametrize("name", MODEL_FILES)
def test_a_promoted_model_that_is_damaged_stops_what_needs_it_and_can_be_given_up(
    home: Path, lavwa: Command, tmp_path: Path, better: Path, name: str
) -> None:
    assert lavwa("models", "promote", better).code == 0
    (file,) = (home / "models").rglob(name)
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(bytes(content))
    asked = write_posts(tmp_path / "asked.jsonl", [{"text": "no water"}])
    said = lavwa("triage", asked)
    assert said.out == ""
    assert "is in use and cannot be used" in said.line
    assert "`lavwa models rollback`" in said.line
    load_settings.cache_clear()
    with pytest.raises(StepFailedError, match="is in use and cannot be used"):
        pipeline.enrich.fn()
    assert states(lavwa)["better"] == "in use, damaged"
    assert lavwa("models", "rollback").code == 0
    assert model_of_a_post(lavwa, tmp_path).startswith("triage-toyland@")


def test_a_model_of_another_version_of_lavwa_is_not_used_and_not_passed_over(
    home: Path, lavwa: Command, tmp_path: Path, better: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert lavwa("models", "promote", better).code == 0
    monkeypatch.setattr("models.store.FORMAT", 99)
    line = lavwa("triage", write_posts(tmp_path / "asked.jsonl", [{"text": "no water"}])).line
    assert "is in use and cannot be used (it was made by another version of Lavwa)" in line


def test_a_change_that_cannot_be_logged_is_not_made(home: Path, lavwa: Command, better: Path) -> None:
    with closing(opened(home)) as store, store.session() as session:
        session.execute(sa.delete(LogHead))
    assert "log" in lavwa("models", "promote", better).line
    assert states(lavwa) == {"the deployment's own": "in use"}


def test_the_words_of_a_correction_are_in_no_event_pointer_card_example_or_message(
    home: Path, lavwa: Command, tmp_path: Path
) -> None:
    corrections = exported(lavwa, tmp_path)
    assert PLANTED in corrections.read_text(encoding="utf-8")
    folder = tmp_path / "better"
    said = [lavwa("models", "train", corrections, "--out", folder), lavwa("models", "promote", folder)]
    said += [lavwa("models", "list"), lavwa("models", "list", "--json")]
    asked = write_posts(tmp_path / "asked.jsonl", [{"text": f"{LAMPS} kot nou"}])
    said.append(lavwa("triage", asked))  # its reasons name the nearest post
    said.append(lavwa("models", "rollback"))
    assert [answer.code for answer in said] == [0] * 6
    assert not any(PLANTED in answer.out + answer.err for answer in said)
    written = [path for path in (home / "models").rglob("*") if path.name != "arrays.npz" and path.is_file()]
    assert {path.name for path in written} == {"in-use.json", "CARD.md", "model.json"}
    for path in [*written, *(path for name in ("logs", "set-aside") for path in (home / name).rglob("*.*"))]:
        assert PLANTED not in path.read_text(encoding="utf-8"), path
    for event in events(home):
        assert PLANTED not in json.dumps([event.action, event.subject, event.details])


def test_decisions_that_cannot_be_learned_from_are_told(home: Path, lavwa: Command, tmp_path: Path) -> None:
    frozen = next(str(i) for i in range(100) if is_frozen(str(i)))
    only_frozen = write_posts(tmp_path / "frozen.jsonl", [{"id": frozen, **EXAMPLES[0], "text": "a tap"}])
    assert "none is left to learn from" in lavwa("models", "train", only_frozen, "--out", tmp_path / "m").line
    empty = write_posts(tmp_path / "empty.jsonl", [{"text": "no label"}])
    assert lavwa("models", "train", empty, "--out", tmp_path / "m").line.endswith("empty.jsonl holds no decided post")
    unknown = write_posts(
        tmp_path / "unknown.jsonl",
        [{"text": f"{TAPS} {i}", "lang": "crs", "category": "ferries" if i < 3 else "roads"} for i in range(30)],
    )
    made = lavwa("models", "train", unknown, "--out", tmp_path / "m", "--json")
    assert made.json()["n_unknown"] == 3
    assert "3 of other categories left out" in made.err
    assert not (tmp_path / "home" / "models").exists()
