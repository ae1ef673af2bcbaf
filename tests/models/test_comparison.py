"""When a new model is better, and when it is worse beyond noise. All posts are invented."""

from dataclasses import replace

import pytest
from toy import LEXICONS, MDA_OF, TOY_POSTS, toy_detector, toy_encode

from models.comparison import BETTER, WORSE, Comparison, Paired, compare, unlearned
from models.training import UNQUOTED, LabelledPost, train
from nlp.space import Space
from nlp.triage import Knowledge, Triage

SPACE = Space(toy_encode, LEXICONS)
POSTS = [
    LabelledPost(text, lang, {"category": category, "kind": kind, "urgency": "normal", "confidential": "false"})
    for text, lang, category, kind in TOY_POSTS
]
ASKED = [replace(post, text=f"{post.text} again") for post in POSTS]


def triage_of(posts: list[LabelledPost]) -> Triage:
    return Triage(train(posts, SPACE, MDA_OF, "toy")[0], Knowledge(mda_of=MDA_OF), toy_detector())


def with_category(post: LabelledPost, category: str) -> LabelledPost:
    return replace(post, labels={**post.labels, "category": category})


def mistaken(lang: str) -> list[LabelledPost]:
    """The posts, of which those in one language are called by another category."""
    other = {"water_supply": "roads", "roads": "electricity", "electricity": "other", "other": "water_supply"}
    return [with_category(p, other[p.labels["category"]]) if p.lang == lang else p for p in POSTS]


def part(comparison: Comparison, what: str) -> Paired:
    (found,) = [one for one in comparison.parts if one.what == what]
    return found


@pytest.fixture(scope="module")
def good() -> Triage:
    return triage_of(POSTS)


@pytest.fixture(scope="module")
def bad_in_creole() -> Triage:
    return triage_of(mistaken("crs"))


@pytest.mark.parametrize(
    ("gained", "lost", "better", "worse"),
    [
        (0, 0, 1.0, 1.0),
        (5, 0, 1 / 32, 1.0),
        (4, 0, 1 / 16, 1.0),
        (0, 4, 1.0, 1 / 16),
        (12, 3, 576 / 32768, 1 - 121 / 32768),  # sums of binomial coefficients of 15
        (3, 3, 42 / 64, 42 / 64),
    ],
)
def test_how_likely_chance_is_follows_from_the_posts_on_which_the_two_differ(
    gained: int, lost: int, better: float, worse: float
) -> None:
    paired = Paired("all posts", 100, 50 + gained, 50 + lost, gained, lost)
    assert paired.p_better == pytest.approx(better)
    assert paired.p_worse == pytest.approx(worse)


def test_the_same_model_is_neither_better_nor_worse(good: Triage) -> None:
    comparison = compare(good, good, ASKED, MDA_OF)
    assert (comparison.whole.n, comparison.whole.gained, comparison.whole.lost) == (24, 0, 0)
    (objection,) = comparison.objections
    assert objection.startswith("it is not better beyond chance: right on 24 of 24, the model in use on 24")


def test_a_model_that_has_learned_a_language_is_better(good: Triage, bad_in_creole: Triage) -> None:
    comparison = compare(good, bad_in_creole, ASKED, MDA_OF)
    assert comparison.whole.p_better <= BETTER
    assert part(comparison, "posts in crs").gained >= 5
    assert comparison.objections == ()


def test_a_model_that_is_worse_says_where_and_by_how_much(good: Triage, bad_in_creole: Triage) -> None:
    comparison = compare(bad_in_creole, good, ASKED, MDA_OF)
    creole = part(comparison, "posts in crs")
    assert creole.p_worse <= WORSE
    not_better, worse = comparison.objections
    assert not_better.startswith("it is not better beyond chance: ")
    less = f"({100 * creole.lost / 8:.1f} points less)"
    assert f"posts in crs: right on {creole.right} of 8, the model in use on 8 {less}" in worse
    assert "posts in en" not in worse


def test_a_model_that_is_better_overall_and_worse_for_one_language_is_objected_to_for_that_language_alone() -> None:
    """In use: one that errs in French, of which there are three times as many posts as of Creole."""
    asked = [post for post in ASKED if post.lang != "fr"]
    asked += [replace(p, text=f"{p.text} {more}") for p in ASKED if p.lang == "fr" for more in ("oui", "non", "alors")]
    comparison = compare(triage_of(mistaken("crs")), triage_of(mistaken("fr")), asked, MDA_OF)
    assert comparison.whole.p_better <= BETTER
    (objection,) = comparison.objections
    assert objection.startswith("it is worse beyond noise on posts in crs: right on ")
    assert "fr" not in objection


def test_agencies_are_those_of_the_right_category(good: Triage) -> None:
    comparison = compare(good, good, ASKED, MDA_OF)
    counts = {one.what: one.n for one in comparison.parts}
    assert (counts["posts of PUC"], counts["posts of SLTA"], counts["posts of no agency"]) == (12, 6, 6)


def test_a_model_that_overlooks_what_is_urgent_or_confidential_is_objected_to() -> None:
    def labelled(posts: list[LabelledPost]) -> list[LabelledPost]:
        return [
            replace(p, labels={**p.labels, "urgency": "urgent", "confidential": "true"})
            if p.labels["category"] == "water_supply"
            else p
            for p in posts
        ]

    comparison = compare(triage_of(POSTS), triage_of(labelled(POSTS)), labelled(ASKED), MDA_OF)
    assert comparison.whole.lost == 0
    for what in ("urgency", "confidentiality", "urgent posts", "confidential posts"):
        assert part(comparison, what).lost >= 4, what
    assert "worse beyond noise on urgency: right on " in comparison.objections[-1]
    assert comparison.objections[-1].endswith("; and on 1 more (--json has all)")
    assert part(comparison, "confidential posts").n == 6


def test_posts_that_a_model_has_learned_from_are_not_compared_on(good: Triage) -> None:
    asked = [ASKED[0], replace(POSTS[3], text=POSTS[3].text.replace(" ", "  "))]
    assert unlearned(asked, good) == [ASKED[0]]
    assert unlearned(asked, triage_of([*POSTS, ASKED[0]]), good) == []


def test_a_post_that_may_not_be_quoted_teaches_and_is_not_in_the_model() -> None:
    secret = LabelledPost("zebra zebra", "en", POSTS[0].labels, is_quotable=False)
    model, report = train([*POSTS, secret], SPACE, MDA_OF, "toy")
    assert report.n == 25
    assert model.examples.texts[-1] == UNQUOTED
    assert model.examples.texts[:-1] == tuple(post.text for post in POSTS)


def test_frozen_posts_are_no_example_of_the_model_and_not_among_its_words() -> None:
    frozen = [replace(p, text=f"{p.text} zebra", is_frozen=True) for p in POSTS]
    model, report = train([*POSTS, *frozen], SPACE, MDA_OF, "toy")
    alone, _ = train(POSTS, SPACE, MDA_OF, "toy")
    assert (report.n, report.n_held_out) == (24, 48)
    assert model.examples.texts == alone.examples.texts
    assert model.features.word.terms == alone.features.word.terms
    for name, task in alone.tasks.items():
        assert model.tasks[name].example_weights == pytest.approx(task.example_weights, abs=1e-4)
    assert model.name != alone.name
