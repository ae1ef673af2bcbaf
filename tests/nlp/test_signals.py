import pytest

from nlp.signals import PhraseList, accused_agencies

NAMES = {
    "PUC": PhraseList(["PUC", "Public Utilities"]),
    "POLICE": PhraseList(["Police", "Lapolis"]),
    "SLA": PhraseList(["SLA", "Licensing Authority"]),
}
ACCUSATIONS = PhraseList(["bribe", "under the table", "pot-de-vin", "koripsyon"])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("He took a BRIBE.", ["bribe"], id="case and signs"),
        pytest.param("paid under  the\ntable", ["under the table"], id="spacing"),
        pytest.param("un pot de vin", ["pot de vin"], id="a hyphen or a space"),
        pytest.param("Koripsyon! koripsyon and a bribe", ["koripsyon", "bribe"], id="in order, each once"),
        pytest.param("the bribery act", [], id="a longer word is another word"),
        pytest.param("", [], id="empty"),
    ],
)
def test_phrases_are_found_as_whole_words(text: str, found: list[str]) -> None:
    assert ACCUSATIONS.found(text) == found


def test_a_longer_phrase_is_found_before_one_inside_it() -> None:
    assert PhraseList(["table", "under the table"]).found("it went under the table") == ["under the table"]


@pytest.mark.parametrize("phrases", [[], ["", "!!"]], ids=["no phrases", "phrases without words"])
def test_an_empty_list_finds_nothing(phrases: list[str]) -> None:
    assert PhraseList(phrases).found("a bribe, or nothing!!") == []


@pytest.mark.parametrize(
    ("text", "accused"),
    [
        pytest.param("an officer of the Licensing Authority wanted a bribe", ["SLA"], id="one agency"),
        pytest.param("lapolis i lo koripsyon", ["POLICE"], id="Creole"),
        pytest.param(
            "police and PUC: all under the table", ["PUC", "POLICE"], id="two agencies, in the order of names"
        ),
        pytest.param("the Licensing Authority is slow", [], id="no wrongdoing"),
        pytest.param("somebody wanted a bribe", [], id="nobody named"),
        pytest.param("public utilities of the neighbour", [], id="a name and no accusation"),
    ],
)
def test_agencies_named_beside_wrongdoing_are_accused(text: str, accused: list[str]) -> None:
    assert accused_agencies(text, NAMES, ACCUSATIONS) == accused
