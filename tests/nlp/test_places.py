import pytest

from nlp.places import Gazetteer, PlaceName

GAZETTEER = Gazetteer(
    [
        PlaceName("Anse Royale", "SC-05"),
        PlaceName("Ans Rwayal", "SC-05"),
        PlaceName("Grand Anse", "SC-13"),
        PlaceName("Grand Anse Praslin", "SC-14"),
        PlaceName("Côte d'Or", "SC-07"),
        PlaceName("Bel Air", "SC-09"),
        PlaceName("Corgat Estate", "SC-18"),
    ]
)


@pytest.mark.parametrize(
    ("text", "district"),
    [
        pytest.param("no water at Anse Royale", "SC-05", id="as written"),
        pytest.param("no water at ANSE ROYALE!", "SC-05", id="capitals and signs"),
        pytest.param("napa delo Ans-Rwayal", "SC-05", id="Creole spelling, hyphen"),
        pytest.param("anse   royale\nagain", "SC-05", id="spacing"),
        pytest.param("plage de Cote d’Or", "SC-07", id="no accent, curly apostrophe"),
        pytest.param("l'eau d'Anse Royale", "SC-05", id="after an elision"),
        pytest.param("the road in Grand Anse Praslin", "SC-14", id="the longer name wins"),
        pytest.param("the road in Grand Anse", "SC-13", id="the shorter name alone"),
        pytest.param("Corgat Estate block B", "SC-18", id="a locality"),
        pytest.param("Anse Royale, yes Ans Rwayal", "SC-05", id="twice the same district"),
        pytest.param("from Bel Air to Anse Royale", None, id="two districts"),
        pytest.param("nowhere at all", None, id="none"),
        pytest.param("", None, id="empty"),
        pytest.param("Belairs are a band", None, id="inside a word"),
        pytest.param("bel airport", None, id="a longer word"),
        pytest.param("Anse - Royale", "SC-05", id="signs between do not part a name"),
    ],
)
def test_a_post_is_about_the_one_district_it_names(text: str, district: str | None) -> None:
    assert GAZETTEER.district(text) == district


def test_districts_come_in_the_order_of_their_first_mention_each_once() -> None:
    assert GAZETTEER.districts_named("Bel Air, Ans Rwayal, then Bel Air and Anse Royale") == ["SC-09", "SC-05"]


def test_a_longer_name_does_not_also_count_as_the_shorter_one_in_it() -> None:
    assert GAZETTEER.districts_named("Grand Anse Praslin") == ["SC-14"]


def test_every_word_of_a_name_is_known_as_a_word_of_a_place() -> None:
    assert Gazetteer([PlaceName("Côte d'Or", "SC-07"), PlaceName("Bel Air", "SC-09")]).words() == frozenset(
        {"cote", "d'or", "bel", "air"}
    )


def test_without_places_nothing_is_named() -> None:
    empty = Gazetteer([])
    assert empty.districts_named("Anse Royale") == []
    assert empty.district("Anse Royale") is None
    assert empty.words() == frozenset()
