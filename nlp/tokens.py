"""Text in tokens, as spaCy documents: words, numbers, single signs and white space.

Linear in the text, whatever it holds (spaCy's own tokenizer is not). A token's norm is its folded form, worked out
once a word.
"""

import re

from nlp.light_spacy import NORM, Doc, Language, Vocab, spacy
from nlp.words import fold

_WHITE = " "
_TOKEN = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*|\d+|[^\w\s]|_|\s+")


def blank_pipeline() -> Language:
    """A spaCy pipeline that does nothing but tokenise."""
    nlp = spacy.blank("xx")
    nlp.vocab.lex_attr_getters[NORM] = _norm  # type: ignore[attr-defined]
    for lexeme in nlp.vocab:  # the words that spaCy begins with
        lexeme.norm_ = _norm(lexeme.text)
    nlp.tokenizer = Tokenizer(nlp.vocab)
    return nlp


def _norm(word: str) -> str:
    return fold(word) or word


class Tokenizer:
    def __init__(self, vocab: Vocab) -> None:
        self._vocab = vocab

    def __call__(self, text: str) -> Doc:
        words: list[str] = []
        spaces: list[bool] = []
        for token in _TOKEN.findall(text):
            if token == _WHITE and words and not words[-1].isspace():
                spaces[-1] = True
            else:
                words.append(token)
                spaces.append(False)
        return Doc(self._vocab, words=words, spaces=spaces)
