"""Toys for the tests of language work: an encoder that hashes words, a small detector, a small triage model, some of
many features, and the kernel of the classifier as it is defined.

All people and posts in here are invented.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from toy_sentences import TOY_SENTENCES

from nlp.classifier import Features, Floats
from nlp.language import LanguageDetector
from nlp.learning import fit_detector, fit_features, learn
from nlp.space import Encode, Lexicon, Space, Vectors, Views, language_means, unit_rows
from nlp.triage import Examples, TriageModel
from nlp.words import words

DIMENSIONS = 64
SEED = 7


@cache
def _direction(word: str) -> Any:
    return np.random.default_rng(zlib.crc32(word.encode())).normal(size=DIMENSIONS)


def toy_encode(texts: Sequence[str]) -> Views:
    """Texts to one float32 view of length 1: the sum of a fixed direction a word, so shared words bring texts
    together."""
    rows = [np.sum([_direction(word) for word in words(text) or ["(no words)"]], axis=0) for text in texts]
    return unit_rows(np.array(rows, np.float32).reshape(len(texts), 1, DIMENSIONS))


def toy_vectors(texts: Sequence[str]) -> Vectors:
    """The sentence vectors of the toy encoder, shape (texts, DIMENSIONS)."""
    return toy_encode(texts)[:, 0]


@dataclass
class RecordingEncoder:
    """The toy encoder, with a memory of every text it was given, call by call."""

    calls: list[list[str]]

    def __call__(self, texts: Sequence[str]) -> Views:
        self.calls.append(list(texts))
        return toy_encode(texts)


LEXICONS: dict[str, Lexicon] = {
    "crs": {
        "napa": "no",
        "delo": "water",
        "kouran": "power",
        "larout": "road",
        "dan": "",
        "nou": "our",
        "trou": "hole",
    },
    "fr": {"pas": "no", "d'eau": "water", "courant": "power", "route": "road", "la": "", "de": "", "trou": "hole"},
}
MDA_OF = {"water_supply": "PUC", "electricity": "PUC", "roads": "SLTA"}

# text, lang, category, kind
TOY_POSTS = [
    ("there is no water in our tap since Monday", "en", "water_supply", "complaint"),
    ("when will the water come back to our tap?", "en", "water_supply", "question"),
    ("napa delo dan nou robine depi lendi", "crs", "water_supply", "complaint"),
    ("kan delo pou retourn dan nou robine?", "crs", "water_supply", "question"),
    ("pas d'eau au robinet depuis lundi", "fr", "water_supply", "complaint"),
    ("quand aurons-nous de l'eau au robinet ?", "fr", "water_supply", "question"),
    ("no power in our street since last night", "en", "electricity", "complaint"),
    ("when will the power come back to our street?", "en", "electricity", "question"),
    ("napa kouran dan nou semen depi yer swar", "crs", "electricity", "complaint"),
    ("kan kouran pou retourn dan nou semen?", "crs", "electricity", "question"),
    ("pas de courant dans notre quartier depuis hier", "fr", "electricity", "complaint"),
    ("quand aurons-nous du courant dans notre quartier ?", "fr", "electricity", "question"),
    ("a big hole in the road near the bridge", "en", "roads", "complaint"),
    ("who repairs the hole in the road near the bridge?", "en", "roads", "question"),
    ("en gran trou dan larout obor pon", "crs", "roads", "complaint"),
    ("ki sannla ki repar sa trou dan larout obor pon?", "crs", "roads", "question"),
    ("un grand trou dans la route pres du pont", "fr", "roads", "complaint"),
    ("qui repare le trou dans la route pres du pont ?", "fr", "roads", "question"),
    ("happy birthday to my dear friend", "en", "other", "complaint"),
    ("who sells a cake for a birthday?", "en", "other", "question"),
    ("bonn fet mon bon zanmi", "crs", "other", "complaint"),
    ("lekel ki vann gato pour en fet?", "crs", "other", "question"),
    ("joyeux anniversaire mon bon ami", "fr", "other", "complaint"),
    ("qui vend un gateau pour un anniversaire ?", "fr", "other", "question"),
]


@cache
def toy_detector() -> LanguageDetector:
    """A detector that has read `TOY_SENTENCES` and `TOY_POSTS`, nothing else."""
    said = [(sentence, lang) for lang, sentences in TOY_SENTENCES.items() for sentence in sentences]
    said += [(text, lang) for text, lang, _, _ in TOY_POSTS]
    return fit_detector([text for text, _ in said], [lang for _, lang in said], SEED)


def toy_model(encode: Encode = toy_encode, thresholds: dict[str, float | None] | None = None) -> TriageModel:
    """A model of four categories that answers `category` and `kind`; `thresholds` as they are given."""
    texts, langs, categories, kinds = (list(column) for column in zip(*TOY_POSTS, strict=True))
    plain = Space(toy_encode, LEXICONS)
    english = [plain.english(text, lang) for text, lang in zip(texts, langs, strict=True)]
    encoded = plain.embed(english)
    space = Space(encode, LEXICONS, language_means(encoded, langs))
    terms = fit_features(texts, english)
    features = terms.of(texts, english, space.centre(encoded, langs))
    learned = learn(features, {"category": categories, "kind": kinds}, langs, [None] * len(texts), SEED)
    return TriageModel(
        name="toy@1",
        space=space,
        features=terms,
        tasks=learned.tasks,
        scope=learned.scope,
        thresholds=thresholds or {},
        examples=Examples(tuple(texts), tuple(categories), features.views),
    )


def some_of(features: Features, chosen: NDArray[np.int_]) -> Features:
    """The features of the chosen texts, in the order they are chosen in."""
    return Features(features.terms[chosen], features.blocks, features.views[chosen], features.sentences[chosen])


def kernel_by_definition(left: Features, right: Features, view_weight: float) -> Floats:
    """How near the texts of two sets are, shape (left, right), from the formula at the head of `nlp.classifier`."""
    terms = (left.terms @ right.terms.T).toarray().astype(np.float64)
    cosines = left.views.astype(np.float64) @ right.views.T
    near: Floats = (terms + view_weight * np.exp(2 * (cosines - 1))) / (left.blocks + view_weight)
    return near
