import pytest

from nlp.language import MARKERS, detect_language
from nlp.words import words


@pytest.mark.parametrize(
    "text",
    [
        "There has been no water in our house since Tuesday morning and nobody answers the phone.",
        "The nurse at the clinic was kind to my mother",
        "why is the bus late again",
        "pls fix the road",
        "Street light out near the school gate",
        "WHERE IS THE 7AM BUS",
        "Garbage not collected",
        "no water again 😡😡",
    ],
)
def test_english_is_told(text: str) -> None:
    assert detect_language(text) == "en"


@pytest.mark.parametrize(
    "text",
    [
        "Depuis mardi matin nous n'avons plus d'eau à la maison et personne ne répond au téléphone.",
        "Pourquoi le bus est-il encore en retard ?",
        "Le medecin de la clinique etait tres gentil avec ma mere",
        "la route est cassee devant l'ecole",
        "Quand est-ce que la route sera reparee",
        "pas d'eau depuis trois jours",
        "toujours pas de bus",
        "bonjour",
    ],
)
def test_french_is_told_also_without_accents(text: str) -> None:
    assert detect_language(text) == "fr"


@pytest.mark.parametrize(
    "text",
    [
        "Depi mardi bomaten nou napa delo dan lakaz e personn pa reponn telefonn.",
        "Ners dan klinik ti byen zantiy avek mon manman",
        "Poubel dan nou semen pa'n ganny vide depi de semenn",
        "Kan zot pou repar sa larout?",
        "nou bezwen en medsen lo Ladig",
        "mon pa konn kot pou ale",
        "larout in kase devan lekol",
        "napa delo",
        "mersi bokou",
        "DELO KOUPE ANKOR",
    ],
)
def test_seychellois_creole_is_told(text: str) -> None:
    assert detect_language(text) == "crs"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Bizin repar sa sime la vit, li extra danzere pou bann dimounn ki pe travers", id="Mauritian"),
        pytest.param("Ena enn gro trou lor sime, tou loto pe abime", id="Mauritian, short"),
        pytest.param("Mwen pa gen dlo nan kay mwen depi twa jou, tanpri ede nou", id="Haitian"),
        pytest.param("Ki jan nou ka jwenn yon doktè nan vil la?", id="Haitian question"),
        pytest.param("Seit Dienstag haben wir kein Wasser im Haus und niemand geht ans Telefon.", id="German"),
        pytest.param("Wann wird die Straße vor der Schule repariert?", id="German question"),
        pytest.param("Desde el martes no tenemos agua en casa y nadie contesta el teléfono.", id="Spanish"),
        pytest.param("На нашей улице нет воды со вторника", id="Russian"),
        pytest.param("我们家从星期二开始没有水", id="Chinese"),
        pytest.param("لا يوجد ماء في منزلنا منذ يوم الثلاثاء", id="Arabic"),
    ],
)
def test_any_other_language_is_honestly_other(text: str) -> None:
    assert detect_language(text) == "other"


@pytest.mark.parametrize(
    "text",
    ["", "   ", "\n\t", "😡😡😡", "👍🏽", "!!! ???", "\u200b\u200d", "💧🚱 ❗", "\x00\x01\x7f", "12345"],
    ids=["empty", "spaces", "white space", "emoji", "toned emoji", "signs", "invisible", "signs and emoji", "control",
         "digits"],
)  # fmt: skip
def test_what_has_no_words_has_no_language(text: str) -> None:
    assert detect_language(text) == "other"


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("no bus at all this morning and the school is far", "en"),
        ("napa bis ditou sa bomaten e lekol i lwen", "crs"),
    ],
)
def test_control_characters_and_emoji_do_not_hide_a_language(text: str, lang: str) -> None:
    assert detect_language(f"\x00{text}\x07 🚌😡") == lang


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("merci beaucoup", "fr"),
        ("plus de courant", "fr"),
        ("nou pe esper repons", "crs"),
        ("Lisyen pe mord zanfan", "crs"),
        ("Personn pa pe okip sa bann lisyen", "crs"),
        ("Lalimyer larout pa pe marse depi semenn pase", "crs"),
    ],
)
def test_a_short_post_with_telling_words_of_one_language_only_is_in_that_language(text: str, lang: str) -> None:
    telling = {known for known, marks in MARKERS.items() if marks & set(words(text))}
    assert telling == {lang}
    assert detect_language(text) == lang


def test_the_language_of_most_words_is_the_language_of_a_mixed_post() -> None:
    mixed = "Mon'n esper de zour e personn pa'n vini repar sa tiyo, delo pe koule partou dan semen. No comment."
    assert detect_language(mixed) == "crs"
    assert detect_language("The water came back at noon and nobody told us a thing. Mersi PUC.") == "en"


def test_telling_words_are_written_as_words_are_compared() -> None:
    wrong = [(lang, mark) for lang, marks in MARKERS.items() for mark in marks if words(mark) != [mark]]
    assert wrong == []
