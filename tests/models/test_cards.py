from dataclasses import replace

from models.cards import model_card
from models.training import LabelledPost, TrainingReport

POSTS = [
    LabelledPost("no water", "en", {"category": "water_supply"}),
    LabelledPost("pas d'eau", "fr", {"category": "water_supply"}),
    LabelledPost("a hole in the road", "en", {"category": "roads"}),
]
REPORT = TrainingReport(1234, 40, 2, 0.75, {"en": 0.8, "fr": 0.5}, {"en": 0.876, "fr": None})


def test_a_card_says_what_a_model_learned_how_good_it_is_and_what_it_is_not_for() -> None:
    assert model_card("toy@1", "all-MiniLM-L6-v2", POSTS, REPORT).splitlines() == [
        "# toy@1",
        "",
        "Kernel ridge regression over words, characters and sentence vectors: it suggests what a public post is about "
        "and who must answer it. A person decides wherever the evidence is thin.",
        "",
        "- **Learned from** 1,234 labelled posts in 2 categories (en 2, fr 1); encoder all-MiniLM-L6-v2.",
        "- **Meant for** triage of submissions and public posts to the agencies of its deployment; not for decisions "
        "about persons, and not for languages it has not seen.",
        "- **Category right on 40 posts that it had not seen**: 0.750 over all; en 0.800, fr 0.500. Other people's "
        "posts may be harder: measure with `lavwa evaluate`.",
        "- **Routed without a person** from this probability of the agency on: en 0.88, fr never: from there on those "
        "posts support a precision of 0.95 for the agency (each language at level 0.9). Confidential posts and posts "
        "that accuse an agency always go to a person.",
        "",
        "| category | posts |",
        "|---|---|",
        "| roads | 1 |",
        "| water_supply | 2 |",
    ]


def test_a_card_quotes_no_post() -> None:
    card = model_card("toy@1", "toy", [LabelledPost("secret words", "en", {"category": "roads"})], REPORT)
    assert "secret words" not in card
    assert card.endswith("| roads | 1 |\n")


def test_a_card_counts_apart_what_is_kept_back_and_what_officers_decided() -> None:
    posts = [*POSTS, replace(POSTS[0], is_frozen=True), replace(POSTS[1], is_quotable=False)]
    card = model_card("toy@1", "toy", posts, REPORT)
    assert "in 2 categories (en 2, fr 2); 1 of them are what officers decided, redacted; encoder toy." in card
    assert "- **Not learned from**: 1 posts that are kept back to compare models with; they do count among" in card
    assert card.endswith("| roads | 1 |\n| water_supply | 3 |\n")
