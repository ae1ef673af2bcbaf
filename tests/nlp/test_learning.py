from collections.abc import Callable, Sequence
from itertools import chain

import numpy as np
import pytest
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.stats import beta

from nlp.classifier import ANY_LANGUAGE, Floats, LinearTask, softmax
from nlp.errors import TooFewExamplesError
from nlp.learning import (
    ENOUGH_FOR_A_LANGUAGE,
    ENOUGH_TO_CHOOSE,
    MANY,
    STARTS,
    VECTOR_WEIGHTS,
    auto_threshold,
    fit_calibrated,
    fit_detector,
    fit_features,
    fit_task,
    thresholds_by_language,
)
from nlp.space import Vectors, unit_rows

SEED = 7
Evidence = tuple[Floats, NDArray[np.bool_]]


def clouds(sizes: Sequence[int], spread: float = 0.1) -> tuple[sp.csr_matrix, list[str]]:
    """Points round one axis a class (a, b, c, …), as many as each size says."""
    rng = np.random.default_rng(SEED)
    rows = [
        np.eye(len(sizes))[k] * 3 + rng.normal(0, spread, len(sizes)) for k, n in enumerate(sizes) for _ in range(n)
    ]
    labels = [chr(ord("a") + k) for k, n in enumerate(sizes) for _ in range(n)]
    return sp.csr_matrix(np.array(rows, np.float32)), labels


def best(classes: Sequence[str], margins: Floats) -> list[str]:
    return [classes[i] for i in margins.argmax(axis=1)]


def fit_without_hands(features: sp.csr_matrix, labels: Sequence[str]) -> LinearTask:
    return fit_calibrated(features, labels, ["en"] * len(labels), [None] * len(labels), SEED)[0]


def fit_alone(features: sp.csr_matrix, labels: Sequence[str]) -> LinearTask:
    return fit_task(features, labels, SEED)


Fit = Callable[[sp.csr_matrix, Sequence[str]], LinearTask]


@pytest.mark.parametrize("sizes", [[12, 12, 12], [12, 12], [30, 4, 6]], ids=["three", "two", "uneven"])
def test_clear_classes_are_told_apart_in_and_out_of_fold(sizes: list[int]) -> None:
    features, labels = clouds(sizes)
    task, held_out = fit_calibrated(features, labels, ["en"] * len(labels), [None] * len(labels), SEED)
    assert task.classes == tuple(sorted(set(labels)))
    assert best(task.classes, task.margins(features)) == labels
    assert sorted(held_out.rows) == list(range(len(labels)))
    assert best(task.classes, held_out.margins) == [labels[i] for i in held_out.rows]


def test_a_class_with_a_single_example_does_not_blur_the_others_out_of_fold() -> None:
    features, labels = clouds([10, 10, 1])
    task, held_out = fit_calibrated(features, labels, ["en"] * 21, [None] * 21, SEED)
    assert task.classes == ("a", "b", "c")
    common = held_out.rows < 20
    assert best(task.classes, held_out.margins[common]) == [labels[i] for i in held_out.rows[common]]


def test_two_classes_of_which_one_has_a_single_example_cannot_be_calibrated() -> None:
    features, labels = clouds([2, 1])
    with pytest.raises(TooFewExamplesError):
        fit_without_hands(features, labels)


@pytest.mark.parametrize("fit", [fit_alone, fit_without_hands])
def test_one_class_is_refused(fit: Fit) -> None:
    features, _ = clouds([4])
    with pytest.raises(TooFewExamplesError, match="needs two labels with two examples each"):
        fit(features, ["a"] * 4)


def test_a_rare_label_has_the_weight_of_a_common_one_where_the_task_is_balanced() -> None:
    features = sp.csr_matrix(np.array([[1.0]] * 90 + [[1.0]] * 10, np.float32))
    labels = ["normal"] * 90 + ["urgent"] * 10

    def bias_to_common(task: LinearTask) -> float:
        margins = task.margins(features[:1])[0]
        return float(margins[0] - margins[1])

    plain, balanced = fit_task(features, labels, SEED), fit_task(features, labels, SEED, is_balanced=True)
    assert bias_to_common(plain) > 1
    assert abs(bias_to_common(balanced)) < 0.1


def test_the_same_seed_gives_the_same_model() -> None:
    features, labels = clouds([9, 9, 9], spread=2.0)
    first, again = (fit_calibrated(features, labels, ["en"] * 27, [None] * 27, SEED) for _ in range(2))
    assert np.array_equal(first[0].weights, again[0].weights)
    assert np.array_equal(first[1].margins, again[1].margins)
    assert first[0].temperatures == again[0].temperatures


def hands_in_turn(n: int, *hands: str | None) -> list[str | None]:
    return [hands[i % len(hands)] for i in range(n)]


def test_what_is_held_out_is_exactly_the_hands_that_are_evidence() -> None:
    features, labels = clouds([12, 12, 12])
    hands = hands_in_turn(36, None, "first", None, "second", "second")
    task, held_out = fit_calibrated(features, labels, ["en"] * 36, hands, SEED)
    assert sorted(held_out.rows) == [i for i, hand in enumerate(hands) if hand]
    assert held_out.margins.shape == (len(held_out.rows), 3)
    assert best(task.classes, held_out.margins) == [labels[i] for i in held_out.rows]


def test_a_hand_is_judged_by_a_model_that_has_read_all_hands_but_this_one() -> None:
    features, labels = clouds([12, 12, 12], spread=2.0)
    hands = hands_in_turn(36, None, "first", "second", None)
    _, held_out = fit_calibrated(features, labels, ["en"] * 36, hands, SEED)
    for hand in ("first", "second"):
        rest = [i for i in range(36) if hands[i] != hand]
        blind = fit_task(features[rest], [labels[i] for i in rest], SEED)
        rows = [k for k, i in enumerate(held_out.rows) if hands[i] == hand]
        assert held_out.margins[rows] == pytest.approx(blind.margins(features[held_out.rows[rows]]))


def test_the_model_that_is_kept_has_read_the_evidence_as_well() -> None:
    features, labels = clouds([12, 12, 12], spread=2.0)
    task, _ = fit_calibrated(features, labels, ["en"] * 36, hands_in_turn(36, None, "first"), SEED)
    assert np.array_equal(task.weights, fit_task(features, labels, SEED).weights)


def test_a_hand_that_does_as_it_likes_lowers_the_confidence_in_its_language() -> None:
    features, labels = clouds([200, 200])
    is_evidence = [i % 2 == 0 for i in range(400)]
    langs = ["en" if i % 4 else "fr" for i in range(400)]
    odd = ["ab"[(i // 4) % 2] if langs[i] == "fr" else label for i, label in enumerate(labels)]
    hands = ["hand" if yes else None for yes in is_evidence]
    task, _ = fit_calibrated(features, odd, langs, hands, SEED)
    assert task.temperatures["fr"] > 4 * task.temperatures["en"]


@pytest.mark.parametrize(
    "hands",
    [pytest.param(["hand"] * 8, id="all are evidence"), pytest.param([None] * 2 + ["hand"] * 6, id="one label left")],
)
def test_a_hand_beside_which_there_is_too_little_to_learn_from_cannot_be_evidence(hands: list[str | None]) -> None:
    features, labels = clouds([2, 2, 2, 2])
    with pytest.raises(TooFewExamplesError, match="beside 'hand' there are not two labels"):
        fit_calibrated(features, labels, ["en"] * 8, hands, SEED)


def test_a_label_that_only_one_hand_uses_is_behind_all_others_when_this_hand_is_judged() -> None:
    features, labels = clouds([10, 10, 4])
    hands = [None if label != "c" and i % 2 else "hand" for i, label in enumerate(labels)]
    task, held_out = fit_calibrated(features, labels, ["en"] * 24, hands, SEED)
    assert task.classes == ("a", "b", "c")
    assert held_out.margins[:, 2].tolist() == [-1.0] * len(held_out.rows)
    assert set(best(task.classes, task.margins(features))) == {"a", "b", "c"}


HANDS = [
    pytest.param([None] * 480, id="fold by fold"),
    pytest.param(hands_in_turn(480, None, "first", "second"), id="hand by hand"),
]


@pytest.mark.parametrize("hands", HANDS)
def test_the_temperatures_are_those_that_held_out_texts_find_least_surprising(hands: list[str | None]) -> None:
    features, labels = clouds([160, 160, 160], spread=2.0)
    langs = ["en" if i % 2 else "crs" for i in range(480)]
    task, held_out = fit_calibrated(features, labels, langs, hands, SEED)
    right = np.array([task.classes.index(labels[i]) for i in held_out.rows])
    spoken = np.array([langs[i] for i in held_out.rows])
    assert set(task.temperatures) == {ANY_LANGUAGE, "crs", "en"}
    for lang, temperature in task.temperatures.items():
        rows = np.flatnonzero((spoken == lang) | (lang == ANY_LANGUAGE))

        def surprise(tried: float, rows: NDArray[np.int_] = rows) -> float:
            return float(-np.log(softmax(held_out.margins[rows] / tried)[np.arange(len(rows)), right[rows]]).mean())

        assert 0.02 <= temperature <= 5
        assert surprise(temperature) <= min(surprise(temperature * factor) for factor in (0.5, 0.9, 1.1, 2))
        confidence = softmax(held_out.margins[rows] / temperature).max(axis=1)
        is_right = held_out.margins[rows].argmax(axis=1) == right[rows]
        assert abs(float(confidence.mean()) - float(is_right.mean())) < 0.06


@pytest.mark.parametrize("hands", HANDS)
def test_a_language_that_is_harder_is_read_at_a_higher_temperature(hands: list[str | None]) -> None:
    features, labels = clouds([160, 160, 160])
    langs = ["en" if i % 2 else "crs" for i in range(480)]
    noise = np.random.default_rng(SEED).normal(0, 2, features.shape) * np.array([[lang == "crs"] for lang in langs])
    task, _ = fit_calibrated(sp.csr_matrix(features + noise), labels, langs, hands, SEED)
    assert task.temperatures["crs"] > task.temperatures[ANY_LANGUAGE] > task.temperatures["en"]


def test_a_language_of_few_held_out_texts_has_no_temperature_of_its_own() -> None:
    features, labels = clouds([150, 150])
    n = ENOUGH_FOR_A_LANGUAGE
    langs = ["en"] * n + ["fr"] * (n - 1) + ["crs"] * (300 - 2 * n + 1)
    mixed = np.random.default_rng(SEED).permutation(300)  # every language has both labels
    shuffled, said = features[mixed], [labels[i] for i in mixed]
    task, _ = fit_calibrated(shuffled, said, langs, [None] * 300, SEED)
    assert set(task.temperatures) == {ANY_LANGUAGE, "crs", "en"}
    hands = ["hand" if lang != "crs" or i % 2 else None for i, lang in enumerate(langs)]
    task, _ = fit_calibrated(shuffled, said, langs, hands, SEED)
    assert set(task.temperatures) == {ANY_LANGUAGE, "en"}  # half of the Creole texts only teach


def labels_in_turn(n: int) -> list[str]:
    return ["ab"[i % 2] for i in range(n)]


def small_talk(n: int) -> list[str]:
    """Texts of words that tell nothing."""
    rng = np.random.default_rng(SEED)
    return [" ".join(f"w{word}" for word in rng.integers(0, 400, 12)) for _ in range(n)]


def close_but_clear(labels: Sequence[str]) -> Vectors:
    """Vectors near each other whose small difference tells the label."""
    side = np.array([0.05 if label == "a" else -0.05 for label in labels])
    noise = np.random.default_rng(SEED).normal(0, 0.02, len(labels))
    return unit_rows(np.column_stack([np.ones(len(labels)), side + noise]).astype(np.float32))


def test_vectors_weigh_much_where_they_tell_more_than_the_words() -> None:
    labels = labels_in_turn(ENOUGH_TO_CHOOSE)
    texts = small_talk(len(labels))
    assert fit_features(texts, texts, close_but_clear(labels), labels, SEED).vector_weight == max(VECTOR_WEIGHTS)


def test_vectors_weigh_little_where_the_words_tell_more() -> None:
    labels = labels_in_turn(ENOUGH_TO_CHOOSE)
    texts = [f"{talk} {label * 4}" for talk, label in zip(small_talk(len(labels)), labels, strict=True)]
    vectors = unit_rows(np.random.default_rng(SEED).normal(size=(len(labels), 200)).astype(np.float32))
    assert fit_features(texts, texts, vectors, labels, SEED).vector_weight == min(VECTOR_WEIGHTS)


def test_few_texts_leave_nothing_to_choose_by() -> None:
    labels = labels_in_turn(ENOUGH_TO_CHOOSE - 1)
    vectors = np.zeros((len(labels), 2), np.float32)
    assert fit_features(labels, labels, vectors, labels, SEED).vector_weight == VECTOR_WEIGHTS[-1]


def test_features_are_learned_from_the_folded_text_and_gloss() -> None:
    texts, english = ["Nàpa delo", "napa kouran"], ["No water", "nó power"]
    features = fit_features(texts, english, np.eye(2, dtype=np.float32), ["a", "b"], SEED)
    assert features.word.terms == ["no", "no power", "no water", "power", "water"]
    assert {" nap", "delo"} <= set(features.character.terms)
    assert features.gloss is not None
    assert {" no", "water"} <= set(features.gloss.terms)


def test_the_gloss_has_features_only_where_something_is_glossed() -> None:
    texts = ["no water", "no power"]
    assert fit_features(texts, texts, np.eye(2, dtype=np.float32), ["a", "b"], SEED).gloss is None


@pytest.mark.parametrize(("n", "is_known"), [(MANY - 1, True), (MANY, False)])
def test_of_many_texts_a_word_of_one_text_only_is_left_out(n: int, is_known: bool) -> None:
    texts = ["no water", *["no power"] * (n - 1)]
    features = fit_features(texts, texts, np.zeros((n, 2), np.float32), ["a"] * n, SEED)
    assert ("water" in features.word.terms) == is_known


@pytest.mark.parametrize("text", ["", "😡", "!?"])
def test_texts_without_words_teach_nothing(text: str) -> None:
    with pytest.raises(TooFewExamplesError, match="hold no words"):
        fit_features([text] * 4, [text] * 4, np.zeros((4, 2), np.float32), list("aabb"), SEED)


def ranked(*runs: tuple[int, bool]) -> Evidence:
    """Posts from the most confident down: so many in a row that are right, or wrong."""
    is_right = np.array(list(chain.from_iterable([right] * n for n, right in runs)), bool)
    return np.linspace(0.99, 0.5, len(is_right)), is_right


def taken(evidence: Evidence) -> int:
    """How many of the posts pass the threshold."""
    threshold = auto_threshold(*evidence)
    return 0 if threshold is None else int((evidence[0] >= threshold).sum())


def is_supported(right: int, n: int) -> bool:
    return bool(beta.ppf(0.1 / len(STARTS), right, n - right + 1) >= 0.95)


@pytest.mark.parametrize(
    ("n", "wrong_in_ten"),
    [(0, 0), (1, 0), (71, 0), (300, 1), (2000, 5), (100, 10), (2000, 10)],
    ids=["no posts", "one post", "too few to prove anything", "nearly", "half", "none right", "none of many right"],
)
def test_without_evidence_there_is_no_threshold(n: int, wrong_in_ten: int) -> None:
    is_right = np.arange(n) % 10 >= wrong_in_ten
    assert auto_threshold(np.linspace(0.99, 0.5, n), is_right) is None


@pytest.mark.parametrize("n", [100, 300, 600])
def test_where_all_are_right_all_may_pass(n: int) -> None:
    confidence, is_right = ranked((n, True))
    assert auto_threshold(confidence, is_right) == 0.5
    assert auto_threshold(confidence[::-1], is_right) == 0.5


def test_the_threshold_is_the_lowest_confidence_that_the_evidence_supports() -> None:
    evidence = ranked((200, True), (300, False))
    n = taken(evidence)
    assert n > 200
    assert is_supported(200, n)
    assert not is_supported(200, n + 1)


def test_an_early_error_does_not_forbid_later_thresholds() -> None:
    assert not is_supported(99, 100)  # the first sequence fails at once
    assert taken(ranked((2, True), (1, False), (497, True))) == 500


def test_a_bad_start_does_not_forbid_later_thresholds_that_outweigh_it() -> None:
    assert taken(ranked((5, False), (495, True))) == 500


def test_a_sequence_ends_where_the_evidence_first_fails() -> None:
    blocks = [True] * 20 + [False] + [True] * 4  # the last sequence starts after the twentieth
    is_right, confidence = np.repeat(blocks, 820), np.repeat(np.linspace(0.99, 0.5, 25), 820)
    assert is_supported(20 * 820, 20 * 820)
    assert not is_supported(20 * 820, 21 * 820)
    assert is_supported(24 * 820, 25 * 820)  # what comes after counts no more
    assert taken((confidence, is_right)) == 20 * 820


def test_equal_confidences_are_taken_together_or_not_at_all() -> None:
    is_right = np.array([True] * 160 + [False] * 160)
    assert auto_threshold(np.full(320, 0.9), is_right) is None
    assert auto_threshold(np.full(320, 0.9), is_right[::-1]) is None
    assert auto_threshold(np.repeat([0.9, 0.8], 160), is_right) == 0.9
    assert auto_threshold(np.full(160, 0.9), is_right[:160]) == 0.9


def test_a_model_that_is_right_just_often_enough_is_seldom_taken_for_better() -> None:
    rng = np.random.default_rng(SEED)
    accepted = sum(auto_threshold(rng.random(500), rng.random(500) < 0.95) is not None for _ in range(400))
    assert accepted / 400 <= 0.1 + 2 * np.sqrt(0.1 * 0.9 / 400)  # with room for chance


def test_a_model_that_is_right_far_more_often_is_recognised() -> None:
    rng = np.random.default_rng(SEED)
    accepted = sum(auto_threshold(rng.random(300), rng.random(300) < 0.995) is not None for _ in range(20))
    assert accepted >= 18


def test_a_threshold_keeps_its_promise_on_posts_it_has_not_seen() -> None:
    rng = np.random.default_rng(SEED)
    kept = 0
    for _ in range(60):
        confidence = rng.beta(4, 1, 600)
        threshold = auto_threshold(confidence, rng.random(600) < confidence)
        # calibrated: of the posts at or above t, the mean of their confidences is right
        kept += threshold is None or float(np.mean((fresh := rng.beta(4, 1, 20_000))[fresh >= threshold])) >= 0.95
    assert kept >= 0.85 * 60  # at an error level of 10 %, with room for chance


def test_each_language_is_judged_by_its_own_evidence() -> None:
    langs = ["en"] * 100 + ["fr"] * 100 + ["crs"] * 10
    confidence = np.concatenate([np.linspace(0.99, 0.9, 100), np.linspace(0.99, 0.9, 100), np.full(10, 0.99)])
    is_right = np.array([True] * 100 + [False] * 100 + [True] * 10)
    thresholds = thresholds_by_language(confidence, is_right, langs)
    assert thresholds == {"crs": None, "en": pytest.approx(0.9), "fr": None}
    assert list(thresholds) == ["crs", "en", "fr"]


ENGLISH = ["there is no water in the house", "the road is full of holes", "nobody answers the phone"]
FRENCH = ["il n'y a plus d'eau à la maison", "la route est pleine de trous", "personne ne répond au téléphone"]
CREOLE = ["napa delo dan lakaz ditou", "larout i ranpli avek trou", "personn pa reponn telefonn"]


@pytest.mark.parametrize(
    ("langs", "sentences"),
    [
        pytest.param(["en"] * 3 + ["fr"] * 3, ENGLISH + FRENCH, id="two languages"),
        pytest.param(["crs"] * 3 + ["fr"] * 3, CREOLE + FRENCH, id="two others"),
        pytest.param(["en"] * 3 + ["fr"] * 3 + ["crs"] * 3, ENGLISH + FRENCH + CREOLE, id="three languages"),
    ],
)
def test_a_detector_tells_the_languages_that_it_has_read(langs: list[str], sentences: list[str]) -> None:
    assert fit_detector(sentences, langs, SEED).detect(sentences) == langs


def test_a_detector_weighs_a_language_of_few_sentences_like_one_of_many() -> None:
    sentences = ENGLISH * 60 + FRENCH + CREOLE * 2
    langs = ["en"] * 180 + ["fr"] * 3 + ["crs"] * 6
    assert fit_detector(sentences, langs, SEED).detect(["plus d'eau à la maison"]) == ["fr"]


@pytest.mark.parametrize(
    ("sentences", "langs"),
    [
        pytest.param(ENGLISH, ["en"] * 3, id="one language"),
        pytest.param([ENGLISH[0], ENGLISH[1], FRENCH[0]], ["en", "en", "fr"], id="one sentence of the second"),
        pytest.param(["😡", "!!!", "?", ""], ["en", "en", "fr", "fr"], id="no words"),
        pytest.param([], [], id="nothing"),
    ],
)
def test_too_little_makes_no_detector(sentences: list[str], langs: list[str]) -> None:
    with pytest.raises(TooFewExamplesError):
        fit_detector(sentences, langs, SEED)
