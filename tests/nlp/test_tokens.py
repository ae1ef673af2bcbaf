from nlp.light_spacy import spacy
from nlp.tokens import blank_pipeline
from nlp.words import fold


def test_the_norm_of_every_token_is_its_folded_form_or_itself_where_nothing_is_left_of_it() -> None:
    text = "Élodie ENTÈD — delo, can't   ﬁn\n\u0301 😡 :) cos"
    doc = blank_pipeline()(text)
    assert doc.text == text
    assert [token.norm_ for token in doc] == [fold(token.text) or token.text for token in doc]


def test_the_command_line_of_spacy_stays_free_for_others() -> None:
    from spacy.cli.info import info

    assert callable(info)
    assert spacy.__version__
