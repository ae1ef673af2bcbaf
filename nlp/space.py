"""One space for three languages: posts about the same matter lie near each other whatever language they are in.

The encoder knows English. French and Creole are glossed into English by a lexicon (longest phrase first), then each
language's own mean vector is subtracted, which takes away what is common to all text of that language.
An encoder may have several views of a text (other layers, other poolings); the first is the sentence vector, by which
posts are compared. Vectors are float32 rows of length 1.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from nlp.words import words

Vectors = NDArray[np.float32]
Views = NDArray[np.float32]  # of shape (texts, views, dimensions)
Encode = Callable[[Sequence[str]], Views]
Lexicon = Mapping[str, str]

LONGEST_PHRASE = 5
ALL_LANGUAGES = "all"


def gloss(text: str, lexicon: Lexicon) -> str:
    """`text` in English words as far as `lexicon` (folded phrase → English) has them; other words stay.

    An entry with an empty gloss drops the phrase: function words carry no matter.
    """
    tokens = words(text)
    out: list[str] = []
    i = 0
    while i < len(tokens):
        for length in range(min(LONGEST_PHRASE, len(tokens) - i), 0, -1):
            found = lexicon.get(" ".join(tokens[i : i + length]))
            if found is not None:
                out.append(found)
                i += length
                break
        else:
            out.append(tokens[i])
            i += 1
    return " ".join(part for part in out if part)


@dataclass(frozen=True)
class Space:
    """`lexicons` and `means` by language; a language without a lexicon is encoded as it is, and one without a mean of
    its own is centred by that of `ALL_LANGUAGES`."""

    encode: Encode
    lexicons: Mapping[str, Lexicon] = field(default_factory=dict)
    means: Mapping[str, Vectors] = field(default_factory=dict)

    def english(self, text: str, lang: str) -> str:
        lexicon = self.lexicons.get(lang)
        return gloss(text, lexicon) if lexicon else text

    def embed(self, english: Sequence[str]) -> Views:
        """Views of glossed texts as the encoder has them, shape (len(english), views, dimensions), each of length 1.

        Equal texts are encoded once.
        """
        if not english:
            return np.zeros((0, 1, 0), np.float32)
        distinct = list(dict.fromkeys(english))
        position = {text: i for i, text in enumerate(distinct)}
        return unit_rows(self.encode(distinct)[[position[text] for text in english]])

    def centre(self, views: Views, langs: Sequence[str]) -> Views:
        """The same views without what all texts of their language share, so that languages lie upon each other."""
        if not self.means or not len(views):
            return views
        return unit_rows(views - np.stack([self.means.get(lang, self.means[ALL_LANGUAGES]) for lang in langs]))


def language_means(views: Views, langs: Sequence[str]) -> dict[str, Vectors]:
    """The mean of each language's views and of all, each of shape (views, dimensions), for a `Space` to subtract."""
    labels = np.array(langs)
    by_language = {lang: views[labels == lang].mean(axis=0) for lang in sorted(set(langs))}
    return {ALL_LANGUAGES: views.mean(axis=0), **by_language}


def unit_rows(vectors: Vectors) -> Vectors:
    """Each row (along the last axis) scaled to length 1; a zero row stays zero."""
    norms = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return (vectors / np.where(norms == 0, 1, norms)).astype(np.float32)
