"""Text in tokens, as spaCy documents: words, numbers, single signs and white space.

Linear in the text, whatever it holds (spaCy's own tokenizer is not). A token's norm is its folded form.
"""

import re

from nlp.light_spacy import Doc, Language, Vocab, spacy
from nlp.words import fold

_WHITE = " "
_TOKEN = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*|\d+|[^\w\s]|_|\s+")


def blank_pipeline() -> Language:
    """A spaCy pipeline that does nothing but tokenise."""
    nlp = spacy.blank("xx")
    nlp.tokenizer = Tokenizer(nlp.vocab)
    return nlp


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
        doc = Doc(self._vocab, words=words, spaces=spaces)
        for token in doc:
            token.norm_ = fold(token.text) or token.text
        return doc
