"""FAQs: questions on the same thing as one entry, with the question that stands for them all."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.sparse.csgraph import connected_components

from nlp.linkage import Groups, members
from nlp.similarity import neighbours
from nlp.space import Vectors, unit_rows
from nlp.triage import PLACEHOLDER
from nlp.words import words

CANDIDATES = 10
REACH = 1.15  # times the typical distance of a question to its nearest other one
FARTHEST = 0.6  # cosine distance; beyond it questions share little, however sparse the set
SAME_COSINE = 0.98
DRAWN, PULL, QUESTIONS_A_NEIGHBOUR = 5, 0.5, 100
AS_CENTRAL = 0.95
SHORT = 140  # characters that need no shortening: a question alone often does not tell what it is about
_SENTENCE = re.compile(r"(?:[^.!?…\n]|\.(?=\w))+(?:[.!?…]+|\n|$)")


# Folded words that questions begin with, in English, French and Creole.
ASKING = frozenset(
    {
        "am", "are", "can", "could", "did", "do", "does", "has", "have", "how", "is", "may", "might", "shall", "should",
        "was", "were", "what", "when", "where", "which", "who", "whom", "whose", "why", "will", "would",
        "combien", "comment", "est", "pourquoi", "quand", "que", "quel", "quelle", "quelles", "quels", "qui",
        "akoz", "eski", "kan", "ki", "kimannyer", "kisisa", "konbyen", "kote", "lekel",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Faq:
    """`faq` counts from 0, most asked first; `members` and `question` are positions of posts."""

    faq: int
    question: int
    members: tuple[int, ...]


def find_faqs(texts: Sequence[str], vectors: Vectors) -> list[Faq]:
    """Groups of questions by average linkage of cosines; single questions stand alone.

    `vectors` are the questions' rows of length 1. All questions carry the same "how do I …" in them, so their mean is
    taken away, and each is drawn half way towards the mean of its nearest ones, which brings out what they share. How
    near is near depends on the set (many questions about one matter lie closer than a few about everything), so groups
    join up to `REACH` times the median distance of a question to its nearest other one. Of the questions nearest to the
    middle of a group the shortest speaks for all, if possible one from which nothing was redacted.
    """
    n = len(texts)
    if n < 2:
        return [Faq(i, i, (i,)) for i in range(n)]
    points = unit_rows(vectors - vectors.mean(axis=0)) if n > 2 else vectors
    ids, cosines = neighbours(points, CANDIDATES)
    nearest = float(np.median(1 - cosines[:, 0]))
    if drawn := min(DRAWN, n // QUESTIONS_A_NEIGHBOUR):
        points = unit_rows(points + PULL * points[ids[:, :drawn]].mean(axis=1))
    questions = _Questions(points, ids, 1 - min(REACH * nearest, FARTHEST), _repeated(vectors))
    questions.join_most_alike()
    return [Faq(number, _spokesman(texts, points, rows), tuple(rows)) for number, rows in enumerate(questions.groups())]


def asks(text: str) -> bool:
    """Whether a text has a question mark or begins like a question, as many do that are typed in haste."""
    return "?" in text or ASKING.intersection(words(text)[:1]) != frozenset()


def asked_in(text: str) -> str:
    """A short text as it is; of a long one the longest sentence that ends with a question mark, where there is one."""
    if len(text) <= SHORT:
        return text
    asked = [str(sentence.strip()) for sentence in _SENTENCE.findall(text) if "?" in sentence]
    return max(asked, key=len, default=text)


class _Questions(Groups):
    def __init__(self, points: Vectors, ids: NDArray[np.int64], least: float, labels: NDArray[np.int64]) -> None:
        n, found = len(points), ids.ravel() >= 0
        pairs = np.repeat(np.arange(n), ids.shape[1])[found], ids.ravel()[found]
        ties = sp.csr_matrix((np.ones(int(found.sum()), np.float32), pairs), shape=(n, n))
        super().__init__(points, ties + ties.T, labels)
        self._least = least

    def is_enough(self, alike: float) -> bool:
        return alike >= self._least

    def groups(self) -> list[list[int]]:
        return members(self.labels())


def _repeated(vectors: Vectors) -> NDArray[np.int64]:
    """A label a question, the same for those that say the same: the mean may be all that equal questions hold."""
    ids, cosines = neighbours(vectors, CANDIDATES)
    rows, columns = np.nonzero(cosines >= SAME_COSINE)
    n = len(vectors)
    graph = sp.csr_matrix((np.ones(len(rows), np.int8), (rows, ids[rows, columns])), shape=(n, n))
    return np.asarray(connected_components(graph, directed=False)[1], np.int64)


def _spokesman(texts: Sequence[str], points: Vectors, rows: Sequence[int]) -> int:
    nearness = points[rows] @ points[rows].mean(axis=0)
    central = [row for row, near in zip(rows, nearness, strict=True) if near >= AS_CENTRAL * nearness.max()]
    return min(central, key=lambda row: (bool(PLACEHOLDER.search(texts[row])), len(texts[row]), row))
