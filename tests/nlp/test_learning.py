from collections.abc import Sequence
from itertools import chain

import numpy as np
import pytest
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.stats import beta
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from toy import kernel_by_definition, some_of

from nlp.classifier import ANY_LANGUAGE, Features, Floats, Scope, Task, nearness, softmax
from nlp.errors import TooFewExamplesError
from nlp.kernel_ridge import RIDGE
from nlp.learning import (
    ENOUGH_FOR_A_LANGUAGE,
    ENOUGH_TO_WHITEN,
    FEWEST_TO_CHOOSE,
    HEAD_START,
    MANY,
    STARTS,
    VIEW_WEIGHTS,
    HeldOut,
    Learned,
    auto_threshold,
    fit_detector,
    fit_features,
    learn,
    thresholds_by_language,
)
from nlp.space import Vectors, unit_rows

SEED = 7
Evidence = tuple[Floats, NDArray[np.bool_]]


def clouds(sizes: Sequence[int], spread: float = 0.1, seed: int = SEED) -> tuple[Features, list[str]]:
    """Directions round one axis a class (a, b, c, …), as many as each size says; terms and views say the same."""
    rng = np.random.default_rng(seed)
    rows = [
        np.eye(len(sizes))[k] * 3 + rng.normal(0, spread, len(sizes)) for k, n in enumerate(sizes) for _ in range(n)
    ]
    labels = [chr(ord("a") + k) for k, n in enumerate(sizes) for _ in range(n)]
    return features_of(np.array(rows)), labels


def features_of(points: Floats) -> Features:
    directions = unit_rows(points.astype(np.float32))
    return Features(sp.csr_matrix(directions), 1, directions, directions)


def learned_from(
    features: Features,
    labels: Sequence[str],
    hands: Sequence[str | None] | None = None,
    langs: Sequence[str] | None = None,
) -> Learned:
    n = len(labels)
    return learn(features, {"task": labels}, langs or ["en"] * n, hands or [None] * n, SEED)


def fit(
    features: Features,
    labels: Sequence[str],
    hands: Sequence[str | None] | None = None,
    langs: Sequence[str] | None = None,
) -> tuple[Task, HeldOut]:
    learned = learned_from(features, labels, hands, langs)
    return learned.tasks["task"], learned.held_out


def margins_of(task: Task, known: Features, asked: Features) -> Floats:
    return task.margins(asked.terms, nearness(asked.views, known.views))


def best(classes: Sequence[str], margins: Floats) -> list[str]:
    return [classes[i] for i in margins.argmax(axis=1)]


def said_by(classes: Sequence[str], labels: Sequence[str]) -> Floats:
    """1 for the label of a text and 0 for others, shape (texts, classes)."""
    return np.array([[float(label == c) for c in classes] for label in labels])


def chosen_view_weight(features: Features, task: Task) -> float:
    """What was chosen, told from the weights: those of examples are so many times those that terms are made of."""
    from_examples = features.terms.T @ task.example_weights
    return float((from_examples * task.term_weights).sum() / (task.term_weights**2).sum())


@pytest.mark.parametrize("sizes", [[12, 12, 12], [12, 12], [30, 4, 6]], ids=["three", "two", "uneven"])
def test_clear_classes_are_told_apart_also_where_they_are_left_out(sizes: list[int]) -> None:
    features, labels = clouds(sizes)
    task, held_out = fit(features, labels)
    assert task.classes == tuple(sorted(set(labels)))
    assert best(task.classes, margins_of(task, features, features)) == labels
    assert held_out.rows.tolist() == list(range(len(labels)))
    assert best(task.classes, held_out.margins) == labels


def test_a_class_with_a_single_example_does_not_blur_the_others() -> None:
    features, labels = clouds([10, 10, 1])
    task, held_out = fit(features, labels)
    assert task.classes == ("a", "b", "c")
    assert best(task.classes, margins_of(task, features, features)) == labels
    assert best(task.classes, held_out.margins[:20]) == labels[:20]


def test_two_classes_of_which_one_has_a_single_example_cannot_be_learned() -> None:
    features, labels = clouds([2, 1])
    with pytest.raises(TooFewExamplesError):
        fit(features, labels)


@pytest.mark.parametrize("answers", [{"task": "aaaa"}, {"task": "aabb", "other": "aaaa"}], ids=["main", "another"])
def test_one_class_is_refused(answers: dict[str, str]) -> None:
    features, _ = clouds([2, 2])
    with pytest.raises(TooFewExamplesError, match="needs two labels with two examples each"):
        learn(features, {task: list(said) for task, said in answers.items()}, ["en"] * 4, [None] * 4, SEED)


def test_a_label_has_a_head_start_of_half_its_share() -> None:
    features, labels = clouds([30, 6, 4])
    task, _ = fit(features, labels)
    assert task.bias == pytest.approx(np.array([0.375, 0.075, 0.05]))


def test_rare_labels_are_found_although_others_are_frequent_but_not_everywhere() -> None:
    features, labels = clouds([180, 20], spread=2.0)
    _, held_out = fit(features, labels)
    is_rare = np.array(labels) == "b"
    share = np.array([0.9, 0.1])

    def found(head_start: float) -> NDArray[np.bool_]:
        said: NDArray[np.bool_] = (held_out.margins + (head_start - HEAD_START) * share).argmax(axis=1) == 1
        return said

    assert np.array_equal(found(HEAD_START), held_out.margins.argmax(axis=1) == 1)
    assert found(HEAD_START)[is_rare].mean() >= found(1.0)[is_rare].mean() + 0.2
    assert found(HEAD_START)[~is_rare].mean() <= found(0.0)[~is_rare].mean() / 2


def test_the_same_seed_gives_the_same_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nlp.learning.FEWEST_TO_CHOOSE", 90)
    monkeypatch.setattr("nlp.learning.MOST_TO_CHOOSE", 45)
    features, labels = clouds([30, 30, 30], spread=2.0)
    first, again = (learned_from(features, labels) for _ in range(2))
    task, other = first.tasks["task"], again.tasks["task"]
    assert np.array_equal(task.term_weights, other.term_weights)
    assert np.array_equal(task.example_weights, other.example_weights)
    assert np.array_equal(first.held_out.margins, again.held_out.margins)
    assert task.temperatures == other.temperatures
    assert (first.scope.slope, first.scope.shift) == (again.scope.slope, again.scope.shift)


def test_tasks_learned_together_are_those_learned_alone_and_the_first_is_calibrated() -> None:
    features, labels = clouds([12, 12, 12], spread=2.0)
    kinds = ["xy"[i % 2] for i in range(36)]
    both = learn(features, {"main": labels, "kind": kinds}, ["en"] * 36, [None] * 36, SEED)
    assert list(both.tasks) == ["main", "kind"]
    assert both.held_out.margins.shape == (36, 3)
    for name, said in (("main", labels), ("kind", kinds)):
        alone, _ = fit(features, said)
        assert both.tasks[name].classes == alone.classes
        assert both.tasks[name].term_weights == pytest.approx(alone.term_weights, abs=1e-5)
        assert both.tasks[name].example_weights == pytest.approx(alone.example_weights, abs=1e-5)
        assert both.tasks[name].bias == pytest.approx(alone.bias)
    assert both.tasks["main"].temperatures == pytest.approx(fit(features, labels)[0].temperatures, rel=1e-3)
    assert both.tasks["kind"].temperatures == {ANY_LANGUAGE: 1.0}


def test_what_is_frozen_teaches_nothing_and_is_evidence_all_the_same() -> None:
    features, labels = clouds([14, 14, 14], spread=2.0)
    hands = hands_in_turn(42, None, "first", "second")
    taught = np.flatnonzero(np.arange(42) % 4 != 1)
    frozen = (np.arange(42) % 4 == 1).tolist()
    lied = ["a" if is_frozen else label for label, is_frozen in zip(labels, frozen, strict=True)]
    alone, _ = fit(some_of(features, taught), [labels[i] for i in taught], [hands[i] for i in taught])
    for said in (labels, lied):  # whatever the answers of the frozen ones are
        learned = learn(features, {"task": said}, ["en"] * 42, hands, SEED, frozen)
        task = learned.tasks["task"]
        assert task.term_weights == pytest.approx(alone.term_weights, abs=1e-4)
        assert task.example_weights == pytest.approx(alone.example_weights, abs=1e-4)
        assert task.bias == pytest.approx(alone.bias)
        assert learned.held_out.rows.tolist() == [i for i, hand in enumerate(hands) if hand]


def hands_in_turn(n: int, *hands: str | None) -> list[str | None]:
    return [hands[i % len(hands)] for i in range(n)]


def test_what_is_held_out_is_exactly_the_hands_that_are_evidence() -> None:
    features, labels = clouds([12, 12, 12])
    hands = hands_in_turn(36, None, "first", None, "second", "second")
    task, held_out = fit(features, labels, hands)
    assert held_out.rows.tolist() == [i for i, hand in enumerate(hands) if hand]
    assert held_out.margins.shape == (len(held_out.rows), 3)
    assert best(task.classes, held_out.margins) == [labels[i] for i in held_out.rows]


@pytest.mark.parametrize(
    "hands",
    [
        pytest.param(hands_in_turn(36, None, "first", "second", None), id="hand by hand"),
        pytest.param([None] * 36, id="each text alone"),
    ],
)
def test_what_is_held_out_is_judged_by_a_model_that_has_not_read_it(hands: list[str | None]) -> None:
    features, labels = clouds([12, 12, 12], spread=2.0)
    task, held_out = fit(features, labels, hands)
    said = said_by(task.classes, labels)
    kernel = kernel_by_definition(features, features, VIEW_WEIGHTS[0])
    together = hands if any(hands) else range(36)
    assert len(held_out.rows) == (18 if any(hands) else 36)
    for row, margins in zip(held_out.rows, held_out.margins, strict=True):
        rest = [i for i in range(36) if together[i] != together[row]]
        blind = np.linalg.solve(
            kernel[np.ix_(rest, rest)] + RIDGE * np.eye(len(rest)), (said - said.mean(axis=0))[rest]
        )
        assert margins == pytest.approx(kernel[row, rest] @ blind + HEAD_START * said.mean(axis=0), abs=1e-4)


def test_how_a_hand_is_judged_does_not_depend_on_which_of_its_texts_has_which_label() -> None:
    features, labels = clouds([12, 12, 12], spread=2.0)
    hands = hands_in_turn(36, None, "first", "second", None)
    own = [i for i in range(36) if hands[i] == "first"]
    mixed = list(labels)
    for i, j in zip(own, own[::-1], strict=True):
        mixed[i] = labels[j]
    _, held_out = fit(features, labels, hands)
    _, changed = fit(features, mixed, hands)
    is_own = np.isin(held_out.rows, own)
    assert mixed != labels
    assert changed.margins[is_own] == pytest.approx(held_out.margins[is_own], abs=1e-5)
    assert np.abs(changed.margins - held_out.margins)[~is_own].max() > 0.05


def test_the_model_that_is_kept_has_read_the_evidence_as_well() -> None:
    features, labels = clouds([12, 12, 12], spread=2.0)
    task, _ = fit(features, labels, hands_in_turn(36, None, "first"))
    without_hands, _ = fit(features, labels)
    assert np.array_equal(task.term_weights, without_hands.term_weights)
    assert np.array_equal(task.example_weights, without_hands.example_weights)


def test_a_hand_that_does_as_it_likes_lowers_the_confidence_in_its_language() -> None:
    features, labels = clouds([200, 200])
    is_evidence = [i % 2 == 0 for i in range(400)]
    langs = ["en" if i % 4 else "fr" for i in range(400)]
    odd = ["ab"[(i // 4) % 2] if langs[i] == "fr" else label for i, label in enumerate(labels)]
    hands = ["hand" if yes else None for yes in is_evidence]
    task, _ = fit(features, odd, hands, langs)
    assert task.temperatures["fr"] > 4 * task.temperatures["en"]


@pytest.mark.parametrize(
    "hands",
    [pytest.param(["hand"] * 8, id="all are evidence"), pytest.param([None] * 2 + ["hand"] * 6, id="one label left")],
)
def test_a_hand_beside_which_there_is_too_little_to_learn_from_cannot_be_evidence(hands: list[str | None]) -> None:
    features, labels = clouds([2, 2, 2, 2])
    with pytest.raises(TooFewExamplesError, match="beside 'hand' there are not two labels"):
        fit(features, labels, hands)


def test_a_label_that_only_one_hand_uses_is_behind_all_others_when_this_hand_is_judged() -> None:
    features, labels = clouds([10, 10, 4])
    hands = [None if label != "c" and i % 2 else "hand" for i, label in enumerate(labels)]
    task, held_out = fit(features, labels, hands)
    assert task.classes == ("a", "b", "c")
    assert set(best(task.classes, held_out.margins)) == {"a", "b"}
    own = held_out.margins[[labels[i] == "c" for i in held_out.rows]]
    assert len(own) == 4
    assert (own[:, 2] < own[:, :2].min(axis=1) - 0.1).all()  # even of the texts that it is the label of
    assert best(task.classes, margins_of(task, features, features)) == labels


HANDS = [
    pytest.param([None] * 480, id="text by text"),
    pytest.param(hands_in_turn(480, None, "first", "second"), id="hand by hand"),
]


@pytest.mark.parametrize("hands", HANDS)
def test_the_temperatures_are_those_that_held_out_texts_find_least_surprising(hands: list[str | None]) -> None:
    features, labels = clouds([160, 160, 160], spread=2.0)
    langs = ["en" if i % 2 else "crs" for i in range(480)]
    task, held_out = fit(features, labels, hands, langs)
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
    noise = np.random.default_rng(SEED).normal(0, 0.7, (480, 3)) * np.array([[lang == "crs"] for lang in langs])
    task, _ = fit(features_of(features.views + noise), labels, hands, langs)
    assert task.temperatures["crs"] > task.temperatures[ANY_LANGUAGE] > task.temperatures["en"]


def test_a_language_of_few_held_out_texts_has_no_temperature_of_its_own() -> None:
    features, labels = clouds([150, 150])
    n = ENOUGH_FOR_A_LANGUAGE
    langs = ["en"] * n + ["fr"] * (n - 1) + ["crs"] * (300 - 2 * n + 1)
    mixed = np.random.default_rng(SEED).permutation(300)  # every language has both labels
    shuffled, said = some_of(features, mixed), [labels[i] for i in mixed]
    task, _ = fit(shuffled, said, langs=langs)
    assert set(task.temperatures) == {ANY_LANGUAGE, "crs", "en"}
    hands = ["hand" if lang != "crs" or i % 2 else None for i, lang in enumerate(langs)]
    task, _ = fit(shuffled, said, hands, langs)
    assert set(task.temperatures) == {ANY_LANGUAGE, "en"}  # half of the Creole texts only teach


def labels_in_turn(n: int) -> list[str]:
    return ["ab"[i % 2] for i in range(n)]


def small_talk(n: int, length: int) -> list[str]:
    """Texts of words that tell nothing."""
    rng = np.random.default_rng(SEED)
    return [" ".join(f"w{word}" for word in rng.integers(0, 400, length)) for _ in range(n)]


def close_views(labels: Sequence[str], noise: float) -> Vectors:
    """Directions near each other whose small difference tells the label, as far as the noise lets it."""
    side = np.array([0.1 if label == "a" else -0.1 for label in labels])
    side += np.random.default_rng(SEED).normal(0, noise, len(labels))
    return unit_rows(np.column_stack([np.ones(len(labels)), side]).astype(np.float32))


def features_from(texts: Sequence[str], views: Vectors) -> Features:
    return fit_features(texts, texts).of(texts, texts, views[:, None])


def test_views_weigh_much_where_they_tell_more_than_the_words() -> None:
    labels = labels_in_turn(FEWEST_TO_CHOOSE)
    features = features_from(small_talk(len(labels), 3), close_views(labels, noise=0.06))
    task, _ = fit(features, labels)
    assert chosen_view_weight(features, task) == pytest.approx(max(VIEW_WEIGHTS), rel=1e-4)


def telling_words(n: int) -> tuple[Features, list[str]]:
    """Each text has one word of its label, and views that tell nothing."""
    rng = np.random.default_rng(SEED)
    labels = labels_in_turn(n)
    texts = [f"{talk} {label}{rng.integers(60)}" for talk, label in zip(small_talk(n, 12), labels, strict=True)]
    return features_from(texts, unit_rows(rng.normal(size=(n, 50)).astype(np.float32))), labels


@pytest.mark.parametrize("hands", [[None], [None, "first", "second", None]], ids=["text by text", "hand by hand"])
@pytest.mark.parametrize("most", [FEWEST_TO_CHOOSE, 200], ids=["all choose", "some choose"])
def test_views_weigh_little_where_the_words_tell_more(
    monkeypatch: pytest.MonkeyPatch, hands: list[str | None], most: int
) -> None:
    monkeypatch.setattr("nlp.learning.MOST_TO_CHOOSE", most)
    features, labels = telling_words(FEWEST_TO_CHOOSE)
    task, _ = fit(features, labels, hands_in_turn(len(labels), *hands))
    assert chosen_view_weight(features, task) == pytest.approx(min(VIEW_WEIGHTS), rel=1e-4)


def test_few_texts_leave_nothing_to_choose_by() -> None:
    features, labels = telling_words(FEWEST_TO_CHOOSE - 1)
    task, _ = fit(features, labels)
    assert chosen_view_weight(features, task) == pytest.approx(VIEW_WEIGHTS[0], rel=1e-4)


def test_where_all_weights_of_views_do_equally_well_the_usual_one_stays() -> None:
    labels = labels_in_turn(FEWEST_TO_CHOOSE)
    features = features_from(small_talk(len(labels), 3), close_views(labels, noise=0))
    task, held_out = fit(features, labels)
    assert best(task.classes, held_out.margins) == labels
    assert chosen_view_weight(features, task) == pytest.approx(VIEW_WEIGHTS[0], rel=1e-4)


def test_terms_are_learned_from_the_folded_text_and_gloss() -> None:
    learned = fit_features(["Nàpa delo", "napa kouran"], ["No water", "nó power"])
    assert learned.word.terms == ["no", "no power", "no water", "power", "water"]
    assert {" nap", "delo"} <= set(learned.character.terms)
    assert learned.gloss is not None
    assert {" no", "water"} <= set(learned.gloss.terms)


def test_the_gloss_has_terms_only_where_something_is_glossed() -> None:
    texts = ["no water", "no power"]
    assert fit_features(texts, texts).gloss is None


@pytest.mark.parametrize(("n", "is_known"), [(MANY - 1, True), (MANY, False)])
def test_of_many_texts_a_word_of_one_text_only_is_left_out(n: int, is_known: bool) -> None:
    texts = ["no water", *["no power"] * (n - 1)]
    assert ("water" in fit_features(texts, texts).word.terms) == is_known


@pytest.mark.parametrize("text", ["", "😡", "!?"])
def test_texts_without_words_teach_nothing(text: str) -> None:
    with pytest.raises(TooFewExamplesError, match="hold no words"):
        fit_features([text] * 4, [text] * 4)


def known_and_never_seen(spread: float) -> tuple[Features, list[str], Features, list[str]]:
    """Texts of the categories a to f to learn from; others of a to f and of g and h, which nobody knows."""
    features, labels = clouds([12] * 8, spread)
    known = [i for i, label in enumerate(labels) if label < "g"]
    return some_of(features, np.array(known)), [labels[i] for i in known], *clouds([40] * 8, spread, seed=SEED + 1)


FEW_AND_MANY = pytest.mark.parametrize("is_whitened", [False, True], ids=["few texts", "many texts"])
BOTH_EVIDENCES = pytest.mark.parametrize(
    "hands", [[None], [None, "first", "second"]], ids=["text by text", "hand by hand"]
)


@FEW_AND_MANY
@BOTH_EVIDENCES
def test_scope_tells_texts_of_a_category_never_seen_from_those_of_known_ones(
    monkeypatch: pytest.MonkeyPatch, hands: list[str | None], is_whitened: bool
) -> None:
    known, labels, fresh, truth = known_and_never_seen(spread=0.6)
    monkeypatch.setattr("nlp.learning.ENOUGH_TO_WHITEN", len(labels) + (not is_whitened))
    learned = learned_from(known, labels, hands_in_turn(len(labels), *hands))
    near = nearness(fresh.views, known.views)
    margins = learned.tasks["task"].margins(fresh.terms, near)
    score = learned.scope.score(margins, near, fresh.sentences)
    is_known = np.array(truth) < "g"
    assert (learned.scope.typical is not None) == is_whitened
    assert roc_auc_score(is_known, score) > 0.98
    assert score[is_known].mean() > 0.75
    assert score[~is_known].mean() < 0.25


def slope_and_shift_by_definition(
    features: Features, labels: Sequence[str], hands: Sequence[str | None], learned: Learned, whitener: Vectors | None
) -> tuple[float, float]:
    """What fits best by the evidence of texts held out and of all texts of categories of which nothing was seen; how
    typical a text is counts where there is a whitener."""
    n, truth, hand_of = len(labels), np.array(labels), np.array(hands)
    task, held_out = learned.tasks["task"], learned.held_out
    said = said_by(task.classes, labels)
    kernel = kernel_by_definition(features, features, VIEW_WEIGHTS[0])

    def evidence(row: int, is_seen: NDArray[np.bool_], margin: float) -> float:
        nearest = (features.views[is_seen] @ features.views[row]).max()
        if whitener is None:
            return float(margin + 0.9 * nearest)
        whitened = features.sentences @ whitener
        means = [whitened[is_seen & (truth == label)].mean(axis=0) for label in sorted({*truth[is_seen]})]
        typical = (unit_rows(np.stack(means)) @ unit_rows(whitened[[row]]).T).max()
        return float(margin + 0.9 * nearest - 0.6 * typical)

    def best_other_margin(row: int) -> float:
        seen, own = truth != truth[row], said[row] == 1
        regression = kernel[np.ix_(seen, seen)] + RIDGE * np.eye(seen.sum())
        predicted = kernel[row, seen] @ np.linalg.solve(regression, (said - said.mean(axis=0))[seen])
        return float((predicted + HEAD_START * said.mean(axis=0))[~own].max())

    known = [
        evidence(row, hand_of != hand_of[row] if any(hands) else np.arange(n) != row, margins.max())
        for row, margins in zip(held_out.rows, held_out.margins, strict=True)
    ]
    unknown = [evidence(row, truth != truth[row], best_other_margin(row)) for row in range(n)]
    fitted = LogisticRegression(class_weight="balanced").fit(
        np.array(known + unknown)[:, None], [1] * len(known) + [0] * n
    )
    return float(fitted.coef_[0, 0]), float(fitted.intercept_[0])


@BOTH_EVIDENCES
def test_scope_is_fitted_to_what_was_held_out_and_to_categories_of_which_nothing_was_seen(
    hands: list[str | None],
) -> None:
    features, labels = clouds([40, 4, 4, 4], spread=0.8)
    hand_of = hands_in_turn(len(labels), *hands)
    learned = learned_from(features, labels, hand_of)
    slope, shift = slope_and_shift_by_definition(features, labels, hand_of, learned, None)
    assert learned.scope.typical is None
    assert learned.scope.slope > 0
    assert (learned.scope.slope, learned.scope.shift) == pytest.approx((slope, shift), rel=1e-3)


@BOTH_EVIDENCES
def test_scope_of_many_texts_is_fitted_to_how_typical_they_are_as_well(
    monkeypatch: pytest.MonkeyPatch, hands: list[str | None]
) -> None:
    features, labels = clouds([40, 4, 4, 4], spread=0.8)
    monkeypatch.setattr("nlp.learning.ENOUGH_TO_WHITEN", len(labels))
    hand_of = hands_in_turn(len(labels), *hands)
    learned = learned_from(features, labels, hand_of)
    typical = learned.scope.typical
    assert typical is not None
    slope, shift = slope_and_shift_by_definition(features, labels, hand_of, learned, typical.whitener)
    assert learned.scope.slope > 0
    assert (learned.scope.slope, learned.scope.shift) == pytest.approx((slope, shift), rel=1e-3)
    whitened = features.sentences @ typical.whitener
    means = np.stack([whitened[np.array(labels) == label].sum(axis=0) for label in "abcd"])
    assert typical.means == pytest.approx(unit_rows(means), abs=1e-5)


@pytest.mark.parametrize(("missing", "is_told"), [(1, False), (0, True)], ids=["one too few", "just enough"])
def test_how_typical_a_text_is_counts_from_a_thousand_texts_on(
    monkeypatch: pytest.MonkeyPatch, missing: int, is_told: bool
) -> None:
    monkeypatch.setattr("nlp.learning.FEWEST_TO_CHOOSE", 2_000)  # which takes longest, and is not asked here
    features, labels = clouds([ENOUGH_TO_WHITEN // 4] * 3 + [ENOUGH_TO_WHITEN // 4 - missing])
    scope = learned_from(features, labels).scope
    assert len(labels) == 1_000 - missing
    assert (scope.typical is not None) == is_told


def test_the_harder_categories_are_to_tell_the_less_sure_is_scope() -> None:
    slopes = []
    for spread in (0.6, 1.0, 1.5):
        known, labels, _, _ = known_and_never_seen(spread)
        slopes.append(learned_from(known, labels).scope.slope)
    assert slopes[0] > slopes[1] > slopes[2] >= 0


@FEW_AND_MANY
def test_where_evidence_would_count_against_a_text_scope_says_nothing(
    monkeypatch: pytest.MonkeyPatch, is_whitened: bool
) -> None:
    if is_whitened:
        monkeypatch.setattr("nlp.learning.ENOUGH_TO_WHITEN", 60)
    n_against = 0
    for seed in range(6):  # labels mean nothing: which way evidence points is chance
        rng = np.random.default_rng(seed)
        labels = [str(label) for label in rng.integers(0, 5, 60)]
        features = features_of(rng.normal(size=(60, 6)))
        learned = learned_from(features, labels)
        whitener = whitener_by_definition(features, labels) if is_whitened else None
        slope, _ = slope_and_shift_by_definition(features, labels, [None] * 60, learned, whitener)
        if slope < 0:
            n_against += 1
            assert learned.scope == Scope(None, 0.0, 0.0)
        else:
            assert learned.scope.slope == pytest.approx(slope, rel=1e-2)
    assert n_against >= 2


def spread_within(features: Features, labels: Sequence[str]) -> Floats:
    """The spread of sentence vectors within categories, shrunk towards a ball; shape (dimensions, dimensions)."""
    centred = features.sentences.astype(np.float64)
    for label in set(labels):
        centred[np.array(labels) == label] -= centred[np.array(labels) == label].mean(axis=0)
    spread = centred.T @ centred / len(labels)
    shrunk: Floats = 0.7 * spread + 0.3 * np.trace(spread) / len(spread) * np.eye(len(spread))
    return shrunk


def whitener_by_definition(features: Features, labels: Sequence[str]) -> Vectors:
    whitener: Vectors = np.linalg.cholesky(np.linalg.inv(spread_within(features, labels))).astype(np.float32)
    return whitener


def test_sentence_vectors_are_whitened_by_the_spread_within_categories(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nlp.learning.ENOUGH_TO_WHITEN", 80)
    rng = np.random.default_rng(SEED)
    labels = ["ab"[i % 2] for i in range(80)]
    sides = np.array([[1, 0, 0] if label == "a" else [0, 1, 0] for label in labels])
    features = features_of(sides + rng.normal(size=(80, 3)) * np.array([0.1, 0.1, 0.8]))
    typical = learned_from(features, labels).scope.typical
    assert typical is not None
    whitened = typical.whitener.T @ spread_within(features, labels) @ typical.whitener
    assert whitened == pytest.approx(np.eye(3), abs=1e-3)


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
