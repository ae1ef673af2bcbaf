from collections.abc import Callable
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from toy import TOY_POSTS, toy_detector
from toy_sentences import TOY_SENTENCES

from nlp.language import LANGUAGES, OTHER, LanguageDetector


@pytest.fixture(scope="session")
def built_detector() -> LanguageDetector:
    """The detector of the bundled deployment."""
    from models.deployment import load_deployment
    from models.registry import ensure_detector
    from models.store import load_detector

    return load_detector(ensure_detector(load_deployment("seychelles")))


@pytest.fixture(params=["toy", "built"])
def detector(request: pytest.FixtureRequest) -> LanguageDetector:
    """What holds for a detector whatever it has read."""
    if request.param == "toy":
        return toy_detector()
    return cast("LanguageDetector", request.getfixturevalue("built_detector"))


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
        "Who do I call about a fallen tree?",
        "cant believe rice went up AGAIN",
    ],
)
def test_english_is_told(built_detector: LanguageDetector, text: str) -> None:
    assert built_detector.detect([text]) == ["en"]


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
        "merci beaucoup",
        "plus de courant",
        "qui appeler pour un arbre tombe",
    ],
)
def test_french_is_told_also_without_accents(built_detector: LanguageDetector, text: str) -> None:
    assert built_detector.detect([text]) == ["fr"]


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
        "nou pe esper repons",
        "Lisyen pe mord zanfan",
        "Personn pa pe okip sa bann lisyen",
        "Lalimyer larout pa pe marse depi semenn pase",
        "I annan en gro pye dibwa ki'n tonm lo semen",
        "mon pe al travay ou pou la aswar?",
        "Zot ti'n dir nou tiyo pou ranplase avan Nwel",
        "i'n al lapes ek son frer",
    ],
)
def test_seychellois_creole_is_told(built_detector: LanguageDetector, text: str) -> None:
    assert built_detector.detect([text]) == ["crs"]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Bizin repar sa sime la vit, li extra danzere pou bann dimounn ki pe travers", id="Mauritian"),
        pytest.param("Ena enn gro trou lor sime, tou loto pe abime", id="Mauritian, short"),
        pytest.param("Dilo finn koupe dan nou landrwa depi yer gramatin", id="Mauritian about water"),
        pytest.param("Enn lisien sovaz finn mord mo tifi", id="Mauritian about dogs"),
        pytest.param("Kifer pri manze pe monte toulezour?", id="Mauritian question"),
        pytest.param("mo p al travay, to pou la tanto?", id="Mauritian in a text message"),
        pytest.param("lin aste en telefonn nef, aster li pas reponn mwa", id="Mauritian spelt like Seychellois"),
        pytest.param("couma to pe allé, longtemps mo pas trouve toi", id="Mauritian spelt like French"),
        pytest.param("Mwen pa gen dlo nan kay mwen depi twa jou, tanpri ede nou", id="Haitian"),
        pytest.param("Ki jan nou ka jwenn yon doktè nan vil la?", id="Haitian question"),
        pytest.param("Yo pa janm ranmase fatra yo nan lari a", id="Haitian about waste"),
        pytest.param("Nou pa ni dlo adan kaz-la dépi twa jou", id="Guadeloupean"),
        pytest.param("Mi koné pa kosa i fo fèr, nana pi dolo dan la kaz", id="Réunionese"),
        pytest.param("Zot la di anou aspèr, mé lo docteur lé pa là", id="Réunionese, spelt like French"),
    ],
)
def test_the_creoles_beside_seychellois_are_honestly_other(built_detector: LanguageDetector, text: str) -> None:
    assert built_detector.detect([text]) == ["other"]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Seit Dienstag haben wir kein Wasser im Haus und niemand geht ans Telefon.", id="German"),
        pytest.param("Wann wird die Straße vor der Schule repariert?", id="German question"),
        pytest.param("Desde el martes no tenemos agua en casa y nadie contesta el teléfono.", id="Spanish"),
        pytest.param("Non c'è acqua in casa da martedì e nessuno risponde al telefono.", id="Italian"),
        pytest.param("Hakuna maji nyumbani kwetu tangu Jumanne na hakuna anayejibu simu.", id="Swahili"),
        pytest.param("Tsy misy rano ao an-tranonay hatramin'ny talata.", id="Malagasy"),
        pytest.param("Sejak hari Selasa tidak ada air di rumah kami.", id="Indonesian"),
        pytest.param("Talossamme ei ole ollut vettä tiistaista lähtien.", id="Finnish"),
    ],
)
def test_any_other_language_is_honestly_other(detector: LanguageDetector, text: str) -> None:
    assert detector.detect([text]) == ["other"]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("На нашей улице нет воды со вторника", id="Cyrillic"),
        pytest.param("我们家从星期二开始没有水", id="Chinese"),
        pytest.param("لا يوجد ماء في منزلنا منذ يوم الثلاثاء", id="Arabic"),
        pytest.param("मंगलवार से हमारे घर में पानी नहीं है", id="Devanagari"),
        pytest.param("எங்கள் தெருவில் விளக்கு இல்லை", id="Tamil"),
        pytest.param("Από την Τρίτη δεν έχουμε νερό στο σπίτι", id="Greek"),
        pytest.param("אין מים בבית שלנו מאז יום שלישי", id="Hebrew"),
        pytest.param("ทำไมน้ำไม่ไหลตั้งแต่วันอังคาร", id="Thai"),
        pytest.param("화요일부터 집에 물이 없어요", id="Korean"),
        pytest.param("нет воды", id="two words"),
        pytest.param("нет", id="one word"),
        pytest.param("дом улица вода no water", id="more of it than of Latin letters"),
    ],
)
def test_text_in_another_script_is_none_of_the_three(detector: LanguageDetector, text: str) -> None:
    assert detector.detect([text]) == ["other"]


@pytest.mark.parametrize(
    "text",
    ["", "   ", "\n\t", "😡😡😡", "👍🏽", "!!! ???", "\u200b\u200d", "💧🚱 ❗", "\x00\x01\x7f", "12345", "1 2 3 4 5"],
    ids=["empty", "spaces", "white space", "emoji", "toned emoji", "signs", "invisible", "signs and emoji", "control",
         "digits", "numbers"],
)  # fmt: skip
def test_what_has_no_words_has_no_language(detector: LanguageDetector, text: str) -> None:
    assert detector.detect([text]) == ["other"]


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("no bus at all this morning and the school is far", "en"),
        ("napa bis ditou sa bomaten e lekol i lwen", "crs"),
        ("pas de bus du tout ce matin et l'école est loin", "fr"),
    ],
)
@pytest.mark.parametrize(
    "dressed",
    [
        pytest.param("\x00{}\x07 🚌😡", id="control"),
        pytest.param("\u202e{}\u202c", id="directions"),
        pytest.param("{} 248 1234567 99 100 101 102", id="numbers"),
        pytest.param("\ud800 {}", id="half a character"),
        pytest.param("\ufeff{}\n\n\n!!!!", id="byte order"),
        pytest.param("🚌" * 50 + "{}", id="emoji"),
    ],
)
def test_control_characters_numbers_and_emoji_do_not_hide_a_language(
    detector: LanguageDetector, text: str, lang: str, dressed: str
) -> None:
    assert detector.detect([dressed.format(text)]) == [lang]


@pytest.mark.parametrize("change", [str.upper, str.title, str.casefold], ids=["capitals", "titles", "folded"])
def test_case_makes_no_difference(built_detector: LanguageDetector, change: Callable[[str], str]) -> None:
    texts = ["there is no water in the house", "il n'y a plus d'eau à la maison", "napa delo dan lakaz ditou"]
    assert built_detector.detect([change(text) for text in texts]) == ["en", "fr", "crs"]


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        (
            "Mon'n esper de zour e personn pa'n vini repar sa tiyo, delo pe koule partou dan semen. No comment.",
            "crs",
        ),
        ("So nou pe dir we have a budget, me napa personn pour fer sa travay dan bann distrik?", "crs"),
        ("The water came back at noon and nobody told us a thing. Mersi PUC.", "en"),
        ("Il n'y a plus de courant dans tout le quartier depuis hier soir. Thank you so much.", "fr"),
    ],
)
def test_the_language_of_most_words_is_the_language_of_a_mixed_post(
    built_detector: LanguageDetector, text: str, lang: str
) -> None:
    assert built_detector.detect([text]) == [lang]


def test_what_a_detector_has_read_it_tells_and_languages_that_are_none_of_the_three_it_calls_other() -> None:
    said = [(sentence, lang) for lang, sentences in TOY_SENTENCES.items() for sentence in sentences]
    said += [(text, lang) for text, lang, _, _ in TOY_POSTS]
    found = toy_detector().detect([text for text, _ in said])
    expected = [lang if lang in LANGUAGES else OTHER for _, lang in said]
    wrong = [(text, one) for (text, _), one, right in zip(said, found, expected, strict=True) if one != right]
    assert wrong == []
    assert {"mfe", "hat"} <= set(toy_detector().languages)


def test_languages_come_in_the_order_of_the_texts_and_no_text_changes_another(detector: LanguageDetector) -> None:
    texts = ["there is no water in the house", "", "napa delo dan lakaz ditou", "нет воды", "pas d'eau à la maison"]
    assert detector.detect(texts) == ["en", "other", "crs", "other", "fr"]
    assert [detector.detect([text])[0] for text in texts] == detector.detect(texts)
    assert detector.detect(texts[::-1]) == detector.detect(texts)[::-1]


def test_no_texts_have_no_languages(detector: LanguageDetector) -> None:
    assert detector.detect([]) == []


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=40) | st.text(st.characters(categories=["Cs", "Cc", "Cf", "Mn", "Lo"]), max_size=20))
def test_any_text_has_one_of_three_languages_or_another(text: str) -> None:
    [found] = toy_detector().detect([text])
    assert found in {*LANGUAGES, OTHER}


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    ("text", "lang"),
    [
        pytest.param("there is no water in our tap. " * 7000, "en", id="sentences"),
        pytest.param("😡" * 200_000, "other", id="emoji"),
        pytest.param("\n" * 200_000, "other", id="line breaks"),
        pytest.param("1 " * 100_000, "other", id="digits"),
        pytest.param("水" * 200_000, "other", id="one long word of another script"),
    ],
)
def test_two_hundred_thousand_characters_are_read_in_time(text: str, lang: str) -> None:
    assert toy_detector().detect([text]) == [lang]
