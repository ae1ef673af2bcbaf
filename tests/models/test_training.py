from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from toy import DIMENSIONS, LEXICONS, MDA_OF, TOY_POSTS, toy_detector, toy_encode

from models.training import (
    LabelledPost,
    coverage_at_precision,
    evaluate,
    expected_calibration_error,
    labelled_posts,
    labelled_spans,
    thinned,
    train,
)
from nlp.classifier import joined
from nlp.errors import TooFewExamplesError
from nlp.personal_data import PersonalDataFinder, PersonalSpan
from nlp.space import ALL_LANGUAGES, Space
from nlp.triage import Knowledge, PostText, Triage
from nlp.word_lists import WordLists

SPACE = Space(toy_encode, LEXICONS)
NO_FINDER = PersonalDataFinder()
FINDER = PersonalDataFinder(WordLists(given=frozenset({"ansly"}), surnames=frozenset({"pool"})))
POSTS = [LabelledPost(text, lang, {"category": category, "kind": kind}) for text, lang, category, kind in TOY_POSTS]


def labelled(*records: dict[str, Any], finder: PersonalDataFinder = NO_FINDER) -> list[LabelledPost]:
    return labelled_posts(records, finder, toy_detector())


def span(kind: str, text: str) -> dict[str, str]:
    return {"kind": kind, "text": text}


@pytest.mark.parametrize(
    ("text", "pii", "redacted"),
    [
        pytest.param("the gate at 14", [span("address", "gate at 14")], "the [address]", id="one span"),
        pytest.param("Gemma V, 14", [span("person", "Gemma V"), span("nin", "14")], "[person], [nin]", id="two kinds"),
        pytest.param("Volcy said Volcy", [span("person", "Volcy")], "[person] said [person]", id="every mention"),
        pytest.param(
            "Gemma is Gemma Volcy", [span("person", "Gemma"), span("person", "Gemma Volcy")], "[person] is [person]",
            id="a short name first, the whole name after",
        ),
        pytest.param(
            "Volcy said Volcy", [{"kind": "person", "start": 11, "end": 16}], "Volcy said [person]", id="by its place"
        ),
        pytest.param("no water", [], "no water", id="none"),
        pytest.param("no water", None, "no water", id="no field"),
        pytest.param("no water", [span("person", "")], "no water", id="an empty span"),
    ],
)  # fmt: skip
def test_labelled_spans_are_redacted(text: str, pii: Any, redacted: str) -> None:
    found = labelled({"text": text, "lang": "en", "category": "water", "pii": pii})
    assert found == [LabelledPost(redacted, "en", {"category": "water"})]


@pytest.mark.parametrize(
    ("text", "pii", "redacted"),
    [
        pytest.param("Ansly Pool, call 2 512 345", [], "[person], call [phone]", id="what nobody labelled"),
        pytest.param(
            "Gemma Volcy and Ansly Pool",
            [span("person", "Gemma Volcy")],
            "[person] and [person]",
            id="and what they did",
        ),
        pytest.param("Ansly Pool", [span("person", "Ansly")], "[person]", id="a label that is too short"),
        pytest.param("Ansly Pool", [{"kind": "person", "start": 5, "end": 99}], "[person]", id="a label out of place"),
    ],
)
def test_what_the_finder_finds_is_redacted_besides(text: str, pii: Any, redacted: str) -> None:
    found = labelled({"text": text, "lang": "en", "category": "water", "pii": pii}, finder=FINDER)
    assert found == [LabelledPost(redacted, "en", {"category": "water"})]


@pytest.mark.parametrize(
    ("pii", "spans"),
    [
        pytest.param([{"kind": "person", "start": 4, "end": 9}], [("person", 4, 9)], id="by start and end"),
        pytest.param([span("person", "Volcy")], [("person", 4, 9), ("person", 15, 20)], id="by text, wherever it is"),
        pytest.param([{**span("person", "Volcy"), "start": 15, "end": 20}], [("person", 15, 20)], id="place first"),
        pytest.param([span("person", "a.b*")], [], id="signs are no pattern"),
        pytest.param([span("person", "Tirant")], [], id="not in the text"),
        pytest.param(
            [{**span("person", "Volcy"), "start": 4, "end": 99}], [("person", 4, 9), ("person", 15, 20)],
            id="its place beyond the text, its text in it",
        ),
        pytest.param([{"kind": "person", "start": -5, "end": 4}], [], id="before the text"),
        pytest.param([{"kind": "person", "start": 9, "end": 4}], [], id="end before start"),
        pytest.param([{"kind": "person", "start": 4, "end": 4}], [], id="nothing in it"),
        pytest.param([{"kind": "person", "start": "4", "end": "9"}], [], id="places as text"),
        pytest.param([{"kind": "person", "start": 4}], [], id="no end"),
        pytest.param([span("colour", "Volcy")], [], id="a kind that is none"),
        pytest.param([{"text": "Volcy"}], [], id="no kind"),
        pytest.param([{"kind": "person", "text": 7}], [], id="text that is none"),
        pytest.param(["Volcy", None, 7, [4, 9]], [], id="no objects"),
        pytest.param("Volcy", [], id="no list"),
        pytest.param({"kind": "person", "text": "Volcy"}, [], id="an object alone"),
        pytest.param(None, [], id="none"),
        pytest.param([7, span("person", "is ")], [("person", 10, 13)], id="the sound one among others"),
    ],
)  # fmt: skip
def test_labelled_spans_are_read_by_place_or_text_and_malformed_ones_left_out(
    pii: object, spans: list[tuple[str, int, int]]
) -> None:
    assert labelled_spans("Mrs Volcy is a Volcy", pii) == [PersonalSpan(*expected) for expected in spans]


def test_a_labelled_post_keeps_the_answers_that_are_known() -> None:
    record = {"text": "no water", "lang": "en", "category": "water", "kind": "complaint", "urgency": None,
              "confidential": True, "district": "SC-09"}  # fmt: skip
    labels = {"category": "water", "kind": "complaint", "confidential": "true"}
    assert labelled(record) == [LabelledPost("no water", "en", labels)]


def test_a_labelled_post_knows_the_hand_whose_evidence_it_is() -> None:
    records = [{"text": text, "lang": "en", "category": "water"} for text in ("no water", "dry tap")]
    found = labelled_posts(records, NO_FINDER, toy_detector(), "first")
    assert found == [LabelledPost(text, "en", {"category": "water"}, "first") for text in ("no water", "dry tap")]


@pytest.mark.parametrize("finder", [NO_FINDER, FINDER], ids=["labels only", "names of a list as well"])
def test_many_posts_at_once_are_redacted_and_told_as_each_is_alone_in_their_order(finder: PersonalDataFinder) -> None:
    records: list[dict[str, Any]] = [
        {"text": "Volcy told Tirant", "category": "a", "pii": [span("person", "Volcy")], "lang": "en"},
        {"text": "Ansly Pool has no category", "pii": [span("person", "Pool")]},
        {"text": "Volcy told Tirant", "category": "b", "pii": [span("person", "Tirant")], "lang": "en"},
        {"text": "Ansly Pool, napa delo dan nou lakaz depi lendi", "category": "c", "kind": "complaint"},
        {"id": 7},
        {"text": "Volcy told Tirant", "category": "d", "lang": "en"},
        {"text": "il n'y a pas d'eau chez nous depuis lundi", "category": "e", "pii": [span("nin", "lundi")]},
    ]  # fmt: skip
    found = labelled(*records, finder=finder)
    assert found == [post for record in records for post in labelled(record, finder=finder)]
    name = "[person]" if finder is FINDER else "Ansly Pool"
    assert [(post.text, post.lang, post.labels["category"]) for post in found] == [
        ("[person] told Tirant", "en", "a"),
        ("Volcy told [person]", "en", "b"),
        (f"{name}, napa delo dan nou lakaz depi lendi", "crs", "c"),
        ("Volcy told Tirant", "en", "d"),
        ("il n'y a pas d'eau chez nous depuis [nin]", "fr", "e"),
    ]


@dataclass
class RecordingFinder(PersonalDataFinder):
    """A finder with a memory of every batch of texts it was given."""

    batches: list[list[str]] = field(default_factory=list)

    def find_all(
        self,
        texts: Sequence[str],
        known_names: Sequence[Sequence[str]],
        also: Sequence[Iterable[PersonalSpan]] | None = None,
    ) -> list[list[PersonalSpan]]:
        self.batches.append(list(texts))
        return super().find_all(texts, known_names, also)


def test_many_posts_are_read_in_one_batch_and_those_that_teach_nothing_not_at_all() -> None:
    finder = RecordingFinder()
    labelled({"text": "one", "category": "a"}, {"text": "two"}, {"text": "three", "category": "a"}, finder=finder)
    assert finder.batches == [["one", "three"]]


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("napa delo dan nou lakaz depi lendi", "crs"),
        ("there is no water in our house since Monday", "en"),
        ("il n'y a pas d'eau chez nous depuis lundi", "fr"),
    ],
)
def test_a_language_that_is_not_said_is_told(text: str, lang: str) -> None:
    (found,) = labelled({"text": text, "category": "water"})
    assert found.lang == lang


@pytest.mark.parametrize("category", [None, "", "  ", 7])
def test_a_post_without_a_category_teaches_nothing(category: Any) -> None:
    assert labelled({"text": "no water", "category": category}, {"text": "no water"}) == []


def test_a_trained_model_answers_its_own_posts() -> None:
    model, report = train(POSTS, SPACE, MDA_OF, "toy")
    records, _ = Triage(model, Knowledge(mda_of=MDA_OF), toy_detector()).records(
        [PostText(p.text, p.text) for p in POSTS]
    )
    assert [record.category for record in records] == [post.labels["category"] for post in POSTS]
    assert [record.kind for record in records] == [post.labels["kind"] for post in POSTS]
    assert {record.model for record in records} == {model.name}
    assert (report.n, report.n_held_out, report.categories) == (24, 24, 4)
    assert list(report.accuracy_by_lang) == ["crs", "en", "fr"]
    assert report.accuracy == pytest.approx(sum(report.accuracy_by_lang.values()) / 3)
    assert 0.5 < report.accuracy <= 1
    assert report.thresholds == model.thresholds == {"crs": None, "en": None, "fr": None}  # too few to prove anything
    assert model.examples.texts == tuple(post.text for post in POSTS)


def test_training_again_gives_the_same_model() -> None:
    first, again = train(POSTS, SPACE, MDA_OF, "toy")[0], train(POSTS, SPACE, MDA_OF, "toy")[0]
    assert first.name == again.name
    for name, task in first.tasks.items():
        assert np.array_equal(task.term_weights, again.tasks[name].term_weights)
        assert np.array_equal(task.example_weights, again.tasks[name].example_weights)
    assert (first.scope.slope, first.scope.shift) == (again.scope.slope, again.scope.shift)


def test_enough_right_answers_in_a_language_give_it_a_threshold() -> None:
    many = [LabelledPost(f"{p.text} {i}", p.lang, p.labels) for p in POSTS if p.lang == "en" for i in range(20)]
    model, report = train(many, SPACE, MDA_OF, "toy")
    assert report.accuracy_by_lang == {"en": 1.0}
    assert list(model.thresholds) == ["en"]
    assert 0 < cast(float, model.thresholds["en"]) <= 1


def test_only_the_posts_of_the_evidence_are_measured_where_there_are_any() -> None:
    hands = ("first", "second")
    more = [LabelledPost(f"{p.text} {hand}", p.lang, p.labels, hand) for hand in hands for p in POSTS if p.lang == "en"]
    model, report = train([*POSTS, *more], SPACE, MDA_OF, "toy")
    assert (report.n, report.n_held_out) == (len(POSTS) + len(more), len(more))
    assert list(report.accuracy_by_lang) == list(report.thresholds) == ["en"]
    assert model.thresholds.get("fr") is None
    assert len(model.examples.texts) == report.n  # all of them teach


def test_what_is_kept_of_the_examples_is_what_new_posts_are_compared_with() -> None:
    model, _ = train(POSTS, SPACE, MDA_OF, "toy")
    english = [SPACE.english(post.text, post.lang) for post in POSTS]
    centred = model.space.centre(toy_encode(english), [post.lang for post in POSTS])
    assert set(model.space.means) == {ALL_LANGUAGES, "crs", "en", "fr"}
    assert np.allclose(model.examples.views, joined(centred), atol=1e-6)
    assert model.tasks["category"].example_weights.shape == (len(POSTS), 4)


def test_only_a_model_of_many_posts_knows_what_is_typical(monkeypatch: pytest.MonkeyPatch) -> None:
    many = [LabelledPost(f"{p.text} {word}", p.lang, p.labels) for p in POSTS for word in ("today", "again", "here")]
    monkeypatch.setattr("nlp.learning.ENOUGH_TO_WHITEN", len(many))
    typical = train(many, SPACE, MDA_OF, "toy")[0].scope.typical
    assert typical is not None
    assert (typical.whitener.shape, typical.means.shape) == ((DIMENSIONS, DIMENSIONS), (4, DIMENSIONS))
    few = train(many[1:], SPACE, MDA_OF, "toy")[0].scope
    assert (few.typical, few.slope > 0) == (None, True)


def numbered(*categories: tuple[str, int]) -> list[LabelledPost]:
    """Posts of categories, so many each, mixed; the text is the place."""
    labels = [category for category, n in categories for _ in range(n)]
    mixed = np.random.default_rng(5).permutation(len(labels))
    return [LabelledPost(str(place), "en", {"category": labels[i]}) for place, i in enumerate(mixed)]


def counted(posts: Sequence[LabelledPost]) -> dict[str, int]:
    return dict(Counter(post.labels["category"] for post in posts))


@pytest.mark.parametrize(
    ("most", "kept"),
    [
        pytest.param(155, {"often": 100, "seldom": 50, "rare": 5}, id="no more than may be"),
        pytest.param(154, {"often": 99, "seldom": 50, "rare": 5}, id="one too many"),
        pytest.param(125, {"often": 70, "seldom": 50, "rare": 5}, id="only the most frequent is thinned"),
        pytest.param(65, {"often": 30, "seldom": 30, "rare": 5}, id="two are thinned to as many each"),
        pytest.param(9, {"often": 3, "seldom": 3, "rare": 3}, id="all are"),
    ],
)
def test_of_too_many_posts_the_most_frequent_categories_are_thinned(most: int, kept: dict[str, int]) -> None:
    posts = numbered(("often", 100), ("seldom", 50), ("rare", 5))
    left = thinned(posts, most)
    assert counted(left) == kept
    places = [int(post.text) for post in left]
    assert places == sorted(set(places))  # in their order, each once
    assert [posts[place] for place in places] == list(left)
    assert list(thinned(posts, most)) == list(left)


def test_thinned_posts_are_drawn_from_all_over() -> None:
    places = [int(post.text) for post in thinned(numbered(("often", 400), ("rare", 5)), 100)]
    assert [sum(place // 100 == quarter for place in places) > 10 for quarter in range(4)] == [True] * 4


def test_a_model_of_too_many_posts_is_trained_on_fewer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.training.MOST_POSTS", 20)
    model, report = train(POSTS, SPACE, MDA_OF, "toy")
    assert (report.n, report.n_held_out, report.categories) == (20, 20, 4)
    assert len(model.examples.texts) == 20
    assert {*model.examples.texts} < {post.text for post in POSTS}


def test_placeholders_of_redacted_posts_teach_nothing() -> None:
    redacted = [LabelledPost(f"{p.text} [person] [phone]", p.lang, p.labels) for p in POSTS]
    model, _ = train(redacted, SPACE, MDA_OF, "toy")
    terms = set(model.features.word.terms)
    assert terms & {"person", "phone"} == set()
    assert "water" in terms


def test_only_questions_that_every_post_answers_become_tasks() -> None:
    partly = [*POSTS[:-1], LabelledPost(POSTS[-1].text, "fr", {"category": "other"})]
    assert set(train(POSTS, SPACE, MDA_OF, "toy")[0].tasks) == {"category", "kind"}
    assert set(train(partly, SPACE, MDA_OF, "toy")[0].tasks) == {"category"}


@pytest.mark.parametrize("task", ["urgency", "confidential"])
@pytest.mark.parametrize(
    ("others", "is_task"),
    [
        pytest.param([], False, id="one label"),
        pytest.param(["high"], False, id="one post of another"),
        pytest.param(["high", "low", "none"], False, id="one post each of others"),
        pytest.param(["high", "high"], True, id="two posts of another"),
        pytest.param(["high", "low", "high"], True, id="two posts of one of the others"),
    ],
)
def test_a_question_becomes_a_task_where_two_of_its_answers_have_two_posts_each(
    task: str, others: list[str], is_task: bool
) -> None:
    said = [*others, *["normal"] * (len(POSTS) - len(others))]
    posts = [LabelledPost(p.text, p.lang, {**p.labels, task: s}) for p, s in zip(POSTS, said, strict=True)]
    tasks = train(posts, SPACE, MDA_OF, "toy")[0].tasks
    assert set(tasks) == {"category", "kind", *([task] if is_task else [])}
    assert tasks["category"].classes == ("electricity", "other", "roads", "water_supply")
    if is_task:
        assert tasks[task].classes == tuple(sorted({*said}))


@pytest.mark.parametrize(
    ("posts", "space"),
    [
        pytest.param([*POSTS[:-1], LabelledPost("another text", "fr", POSTS[-1].labels)], SPACE, id="text"),
        pytest.param([*POSTS[:-1], LabelledPost(POSTS[-1].text, "en", POSTS[-1].labels)], SPACE, id="language"),
        pytest.param([*POSTS[:-1], LabelledPost(POSTS[-1].text, "fr", POSTS[0].labels)], SPACE, id="label"),
        pytest.param(POSTS[:-1], SPACE, id="one post fewer"),
        pytest.param(POSTS, Space(toy_encode, {**LEXICONS, "fr": {"eau": "water"}}), id="lexicon"),
    ],
)
def test_the_version_changes_with_what_is_learned(posts: Sequence[LabelledPost], space: Space) -> None:
    name = train(POSTS, SPACE, MDA_OF, "toy")[0].name
    other = train(posts, space, MDA_OF, "toy")[0].name
    assert name.startswith("toy@")
    assert len(name) == len("toy@") + 10
    assert other != name


@pytest.mark.parametrize(
    ("categories", "sentence"),
    [
        pytest.param([], "these 0 posts have 0 categories, 0 of them with two posts", id="no posts"),
        pytest.param(["a"] * 5, "these 5 posts have 1 categories, 1 of them with two posts", id="one category"),
        pytest.param(["a", "a", "b"], "these 3 posts have 2 categories, 1 of them with two posts", id="one b"),
        pytest.param(["a", "b", "c"], "these 3 posts have 3 categories, 0 of them with two posts", id="one each"),
    ],
)
def test_too_few_examples_are_refused(categories: list[str], sentence: str) -> None:
    posts = [LabelledPost(f"no water here {i}", "en", {"category": c}) for i, c in enumerate(categories)]
    with pytest.raises(TooFewExamplesError, match=sentence):
        train(posts, SPACE, {}, "toy")


@pytest.mark.parametrize(
    "texts",
    [
        pytest.param(["no water here", "no water there", "hole road here", "hole road there"], id="common words"),
        pytest.param(["alpha bravo", "charlie delta", "echo foxtrot", "golf hotel"], id="no word twice"),
        pytest.param(["😡", "", "!!", "👍"], id="no words at all"),
    ],
)
def test_two_categories_of_two_posts_are_enough_or_refused_in_words(texts: list[str]) -> None:
    posts = [LabelledPost(text, "en", {"category": c}) for text, c in zip(texts, "aabb", strict=True)]
    try:
        model, _ = train(posts, SPACE, {}, "toy")
    except TooFewExamplesError:
        assert texts[0] != "no water here"
    else:
        assert model.tasks["category"].classes == ("a", "b")


class KnownAnswers:
    """Stands in for a triage: answers in the order of the posts."""

    def __init__(self, answers: list[tuple[str, float, str]]) -> None:
        self.answers = answers

    def records(self, posts: Sequence[PostText]) -> tuple[list[Any], None]:
        assert len(posts) == len(self.answers)
        return [SimpleNamespace(category=c, confidence=p, lang=lang) for c, p, lang in self.answers], None


def test_the_figures_of_an_evaluation_are_those_worked_out_by_hand() -> None:
    answers = [("a", 0.9, "en"), ("b", 0.8, "en"), ("b", 0.7, "fr"), ("b", 0.6, "crs"), ("a", 0.5, "fr")]
    truth = ["a", "a", "b", "b", "c"]
    records = [{"text": "x", "category": category} for category in truth]
    records[3]["lang"] = "fr"  # what a record says of its language goes before what the model found
    found = evaluate(cast(Triage, KnownAnswers(answers)), records)
    assert found == {
        "n": 5,
        "accuracy": 0.6,
        "macro_f1": 0.4333,  # a 0.5, b 0.8, c 0
        "ece": 0.42,  # (0.1 + 0.8 + 0.3 + 0.4 + 0.5) / 5
        "coverage_at_precision_95": 0.2,
        "by_lang": {
            "en": {"n": 2, "accuracy": 0.5, "macro_f1": 0.6667, "ece": 0.45, "coverage_at_precision_95": 0.5},
            "fr": {"n": 3, "accuracy": 0.6667, "macro_f1": 0.5, "ece": 0.4, "coverage_at_precision_95": 0.6667},
        },
    }


@pytest.mark.parametrize(
    ("is_right", "precision", "coverage"),
    [
        pytest.param([1, 0, 1, 1, 0], 0.75, 0.8, id="shares 1, 1/2, 2/3, 3/4, 3/5"),
        pytest.param([1, 0, 1, 1, 0], 0.95, 0.2, id="only the first"),
        pytest.param([0, 0, 0], 0.5, 0.0, id="none right"),
        pytest.param([1, 1, 1, 1], 0.95, 1.0, id="all right"),
        pytest.param([0, 1, 1, 1], 0.75, 1.0, id="a wrong one first"),
    ],
)
def test_coverage_is_the_largest_share_with_that_precision(
    is_right: list[int], precision: float, coverage: float
) -> None:
    confidence = np.linspace(0.9, 0.1, len(is_right))
    assert coverage_at_precision(confidence, np.array(is_right, bool), precision) == pytest.approx(coverage)
    shuffled = np.random.default_rng(1).permutation(len(is_right))
    assert coverage_at_precision(confidence[shuffled], np.array(is_right, bool)[shuffled], precision) == coverage


@pytest.mark.parametrize(
    ("confidence", "is_right", "error"),
    [
        pytest.param([1.0, 1.0], [1, 1], 0.0, id="sure and right"),
        pytest.param([1.0, 1.0], [0, 0], 1.0, id="sure and wrong"),
        pytest.param([0.75, 0.75, 0.75, 0.75], [1, 1, 1, 0], 0.0, id="as right as it says"),
        pytest.param([0.95, 0.95, 0.55, 0.55], [1, 0, 1, 1], 0.45, id="two bins: 0.45 and 0.45"),
        pytest.param([0.31, 0.39, 0.92], [1, 0, 1], 1 / 3 * (0.3 + 0.08), id="bins by their size"),
    ],
)
def test_the_calibration_error_is_the_mean_gap_of_the_bins(
    confidence: list[float], is_right: list[int], error: float
) -> None:
    found = expected_calibration_error(np.array(confidence), np.array(is_right, bool))
    assert found == pytest.approx(error)
