import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from models.entities import load_recogniser, save_recogniser
from models.errors import ModelDamagedError
from models.train_entities import LabelledText, labelled_text, measure, train_recogniser
from nlp.entities import BATCH_WORDS, EntityRecogniser
from nlp.personal_data import PersonalDataFinder, PersonalSpan
from nlp.word_lists import WordLists

LISTS = WordLists(
    given=frozenset({"marie", "ansly", "didier"}), surnames=frozenset({"pool", "bibi", "labrosse"}),
    places=frozenset({"victoria"}),
)  # fmt: skip
NAMES = ["Ansly Pool", "Marie Bibi", "Didier Labrosse"]
NAMED = [
    "they sent {} away again", "the nurse {} was kind", "I spoke to {} on Monday", "my neighbour {} shouts",
    "Mr {} told me to wait", "Madanm {} pa reponn", "mon vwazen {} i kriye", "mon apel {} e napa delo",
    "je m'appelle {} et j'attends", "M. {} a dit non", "No water. Thanks, {}", "Regards, {}",
]  # fmt: skip
NAMELESS = ["no water in our tap", "the road to Victoria is full of holes", "napa delo dan nou lakaz"]


def span(kind: str, text: str) -> dict[str, str]:
    return {"kind": kind, "text": text}


POSTS = [
    labelled_text({"text": said.format(NAMES[i % 3]), "pii": [span("person", NAMES[i % 3])]})
    for i, said in enumerate(NAMED)
] + [LabelledText(text, ()) for text in NAMELESS]


@pytest.fixture(scope="module")
def tiny() -> EntityRecogniser:
    """A recogniser that has read a dozen posts some times."""
    return train_recogniser(POSTS * 10, LISTS, epochs=3)


@pytest.fixture(scope="module")
def saved(tiny: EntityRecogniser, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("deployment") / "entities"
    save_recogniser(tiny, folder)
    return folder


def test_a_trained_recogniser_finds_the_names_and_leaves_the_rest(tiny: EntityRecogniser) -> None:
    figures = measure(tiny, POSTS)["person"]
    assert figures["n"] == len(NAMED)
    assert figures["recall"] >= 0.75
    assert figures["precision"] >= 0.75


def test_a_recogniser_read_back_gives_the_same_spans(tiny: EntityRecogniser, saved: Path) -> None:
    again = load_recogniser(saved, LISTS)
    assert again is not None
    texts = [*(post.text for post in POSTS), "", "😡", "THE NURSE MARIE POOL", "nobody knows Gemma Volcy"]
    assert [list(again.spans(text)) for text in texts] == [list(tiny.spans(text)) for text in texts]


def test_training_again_gives_the_same_network() -> None:
    first, again = (train_recogniser(POSTS, LISTS, epochs=1).network.to_bytes(exclude=["vocab"]) for _ in range(2))
    assert first == again


def test_a_folder_of_a_deployment_without_a_recogniser_is_none(tmp_path: Path) -> None:
    assert load_recogniser(tmp_path / "entities", LISTS) is None


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda raw: b"", id="empty, as on a full disk"),
        pytest.param(lambda raw: raw[: len(raw) // 2], id="cut off"),
        pytest.param(lambda raw: b"hello", id="something else"),
    ],
)
@pytest.mark.parametrize("name", ["cfg", "model", "moves", "vocab/strings.json", "vocab/vectors"])
def test_a_damaged_recogniser_is_refused(
    saved: Path, tmp_path: Path, name: str, damage: Callable[[bytes], bytes]
) -> None:
    folder = tmp_path / "entities"
    shutil.copytree(saved, folder)
    (folder / name).write_bytes(damage((folder / name).read_bytes()))
    with pytest.raises(ModelDamagedError, match=r"the model in .*entities cannot be used \(\w+\); train it again"):
        load_recogniser(folder, LISTS)


@pytest.mark.parametrize("name", ["cfg", "model", "moves", "vocab/strings.json"])
def test_a_recogniser_that_lacks_a_file_is_refused(saved: Path, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "entities"
    shutil.copytree(saved, folder)
    (folder / name).unlink()
    with pytest.raises(ModelDamagedError) as caught:
        load_recogniser(folder, LISTS)
    assert caught.value.folder == str(folder)


@pytest.mark.parametrize("make", [Path.mkdir, lambda path: path.write_text("hello")], ids=["empty folder", "a file"])
def test_what_holds_no_recogniser_is_refused(tmp_path: Path, make: Callable[[Path], object]) -> None:
    make(tmp_path / "entities")
    with pytest.raises(ModelDamagedError):
        load_recogniser(tmp_path / "entities", LISTS)


def test_a_finder_finds_what_its_recogniser_finds_and_what_patterns_find(tiny: EntityRecogniser) -> None:
    text = "the nurse Marie Bibi was kind, call 2 512 345"
    name, phone = PersonalSpan("person", 10, 20), PersonalSpan("phone", 36, 45)
    assert ("person", 10, 20) in list(tiny.spans(text))
    assert PersonalDataFinder().find(text) == [phone]
    assert PersonalDataFinder(recogniser=tiny).find(text) == [name, phone]


@pytest.mark.parametrize(
    ("text", "pii", "spans"),
    [
        pytest.param("Volcy said Volcy", [span("person", "Volcy")], [("person", 0, 5)], id="first mention"),
        pytest.param(
            "Volcy said Volcy", [span("person", "Volcy")] * 2, [("person", 0, 5), ("person", 11, 16)],
            id="the second mention is the second occurrence",
        ),
        pytest.param("Volcy said", [span("person", "Volcy")] * 2, [("person", 0, 5)], id="more mentions than places"),
        pytest.param(
            "House 14, Gemma", [span("person", "Gemma"), span("address", "House 14")],
            [("address", 0, 8), ("person", 10, 15)], id="in the order of the text",
        ),
        pytest.param("call 2 512 345", [span("phone", "2 512 345")], [], id="kinds that have a shape are left out"),
        pytest.param(
            "14 at 14", [span("account", "14"), span("address", "14")], [("address", 6, 8)],
            id="mentions of a kind that is left out count",
        ),
        pytest.param("no water", [span("person", "Volcy")], [], id="not in the text"),
        pytest.param("no water", [], [], id="none"),
    ],
)  # fmt: skip
def test_the_nth_mention_of_a_text_is_its_nth_occurrence(
    text: str, pii: list[dict[str, str]], spans: list[tuple[str, int, int]]
) -> None:
    assert labelled_text({"text": text, "pii": pii}) == LabelledText(text, tuple(spans))


class KnownSpans:
    """Stands in for a recogniser: the same spans for every text."""

    def __init__(self, *spans: tuple[str, int, int]) -> None:
        self.found = spans

    def spans(self, text: str) -> Any:
        return iter(self.found)


@pytest.mark.parametrize(
    ("found", "recall", "precision"),
    [
        pytest.param([("person", 0, 11)], 0.5, 1.0, id="one of two, and right"),
        pytest.param([("person", 0, 11), ("address", 17, 22)], 1.0, 1.0, id="as another kind is found as well"),
        pytest.param([("person", 0, 5), ("person", 6, 11)], 0.5, 1.0, id="in two parts, but for the space"),
        pytest.param([("person", 0, 5)], 0.0, 1.0, id="a part of a name is not found, but what is said is right"),
        pytest.param([("person", 12, 16), ("person", 17, 22)], 0.5, 0.5, id="one that is no name"),
        pytest.param([], 0.0, 0.0, id="nothing"),
    ],
)
def test_recall_and_precision_are_those_worked_out_by_hand(
    found: list[tuple[str, int, int]], recall: float, precision: float
) -> None:
    post = LabelledText("Gemma Volcy said Ansly", (("person", 0, 11), ("person", 17, 22)))
    figures = measure(cast(EntityRecogniser, KnownSpans(*found)), [post])
    assert figures["person"] == {"n": 2, "recall": recall, "precision": precision}


def test_many_texts_at_once_give_what_each_gives_alone_in_their_order(tiny: EntityRecogniser) -> None:
    text = "the nurse Marie Bibi was kind, call 2 512 345"
    texts = [text, "", "no water " * BATCH_WORDS, "ask Jan", *[f"{text} {i}" for i in range(BATCH_WORDS // 10)]]
    names = [["Jan Volcy"] if i % 2 else [] for i in range(len(texts))]
    finder = PersonalDataFinder(recogniser=tiny)
    alone = [finder.find(one, known) for one, known in zip(texts, names, strict=True)]
    assert finder.find_all(texts, names) == alone
    assert alone[3] == [PersonalSpan("person", 4, 7)]
