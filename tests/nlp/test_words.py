import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp.words import canonical, fold, words


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        pytest.param("ÉCOLE Fermée", "ecole fermee", id="case and accents"),
        pytest.param("cœur, ŒUVRE, æther", "coeur, oeuvre, aether", id="ligatures"),
        pytest.param("l’eau d‘ici", "l'eau d'ici", id="curly apostrophes"),
        pytest.param("Ｗａｔｅｒ ①", "water 1", id="full width and circled forms"),
        pytest.param("Straße", "strasse", id="sharp s"),
        pytest.param("e\u0301cole", "ecole", id="accent as a character of its own"),
        pytest.param("ve\u0322\u0321\u0334ry", "very", id="piled-up marks"),
        pytest.param("", "", id="nothing"),
        pytest.param("𝐇𝐞𝐥𝐩 𝕎𝕒𝕥𝕖𝕣", "help water", id="fancy letters of social media"),
        pytest.param("№ 5", "no 5", id="numero sign"),
    ],
)
def test_folding_undoes_case_accents_and_typography(text: str, folded: str) -> None:
    assert fold(text) == folded


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("No water, again!", ["no", "water", "again"], id="signs are no words"),
        pytest.param("Nou'n fatige; pa’n vini", ["nou'n", "fatige", "pa'n", "vini"], id="apostrophes join"),
        pytest.param("'quoted' words'", ["quoted", "words"], id="apostrophes at the edge do not"),
        pytest.param("bus 22 at 7:30", ["bus", "22", "at", "7", "30"], id="digits are letters"),
        pytest.param("Anse-aux-Pins_road", ["anse", "aux", "pins", "road"], id="hyphens and underscores part"),
        pytest.param("💧🚱👍🏽", [], id="emoji only"),
        pytest.param("water💧gone", ["water", "gone"], id="emoji between"),
        pytest.param(" \n\t\u00a0", [], id="white space of any kind"),
        pytest.param("вода 水", ["вода", "水"], id="other scripts"),
    ],
)
def test_words_come_in_order_without_signs(text: str, found: list[str]) -> None:
    assert words(text) == found


@pytest.mark.parametrize(
    ("left", "right"),
    [
        pytest.param("No water AGAIN!!!", "no  water, again", id="signs, case, spacing"),
        pytest.param("L’école est fermée.", "l'ecole est fermee", id="accents and apostrophes"),
        pytest.param("napa delo 😡", "Napa delo", id="emoji"),
        pytest.param("no\nwater", "no water", id="line breaks"),
    ],
)
def test_texts_that_differ_only_in_dress_have_one_canonical_form(left: str, right: str) -> None:
    assert canonical(left) == canonical(right)


def test_texts_with_other_words_have_another_canonical_form() -> None:
    assert canonical("no water") == "no water"
    assert canonical("no water at 7") != canonical("no water at 8")


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60) | st.text("aÉœ’ßﬃŉǅ№℡𝐇Ｗ①½", max_size=10))
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60))
def test_the_canonical_form_is_its_own_canonical_form(text: str) -> None:
    assert canonical(canonical(text)) == canonical(text)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.from_regex(r"[a-z0-9]{1,8}", fullmatch=True), max_size=8), st.sampled_from([" ", ", ", " - ", "\n"]))
def test_words_joined_by_signs_are_found_again(parts: list[str], sign: str) -> None:
    assert words(sign.join(parts)) == parts
