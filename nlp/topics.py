"""Topics: what many posts are about, at a level of detail that comes from the posts themselves.

1. A post's point is its vector of meaning beside a vector of its words, so that names and rare words count, and its
   category where triage has told it.
2. Points that share neighbours are tied (shared-nearest-neighbour graph: the share of common neighbours times the
   cosine) and the graph is cut finely by the Leiden algorithm (Traag et al., 2019).
3. The small communities are joined, most alike first, while two are nearly as alike as the looser of them is in itself
   (average linkage, measured against each one's own cohesion as in Chameleon, Karypis et al., 1999). What counts as
   alike so comes from the posts: three people on one leak and a thousand on the budget are both one topic.

Terms are the words and phrases that a topic uses more than the rest does (class-based TF-IDF, Grootendorst, 2022).
"""

import math
from collections import Counter
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sknetwork.clustering import Leiden

from nlp.linkage import Groups, cohesion, members
from nlp.similarity import neighbours
from nlp.space import Vectors, unit_rows
from nlp.spelling import word_vectors
from nlp.words import fold, surface_words

MOST_NEIGHBOURS, FEWEST_NEIGHBOURS = 10, 5
FINE = 3.0  # Leiden's resolution: communities smaller than topics, which joining then brings together
WORD_WEIGHT = 0.6
WORD_DIMENSIONS = 256
CATEGORY_WEIGHT = 0.3  # enough to keep heaps of several categories from being topics, too little to make one of each
AS_ALIKE = 0.65  # how alike two communities must be, as a share of the cohesion of the looser one
# Where many ties still run between topics, the posts have no gaps at that level; broader ones are then wanted, unless
# there are too few posts to know.
APART, BARELY_ALIKE, ENOUGH_TO_KNOW = 0.9, 0.2, 1000
SMALLEST_TOPIC = 3
TERMS, LONGEST_TERM = 6, 3
SEED = 20260803


@dataclass(frozen=True, slots=True)
class TopicPost:
    """What topics are found in: a redacted text, the same glossed into English, its language, its category if known."""

    text: str
    gloss: str
    lang: str
    category: str | None = None


@dataclass(frozen=True, slots=True)
class Topic:
    """`topic` counts from 0, largest first; `members` and `representative` are positions of posts.

    `label` and `terms` are in the language of most of its posts, as people write them. `cohesion` is the mean cosine
    between the vectors of two of its posts.
    """

    topic: int
    label: str
    terms: tuple[str, ...]
    members: tuple[int, ...]
    representative: int
    cohesion: float


def find_topics(posts: Sequence[TopicPost], vectors: Vectors, stop_words: Set[str] = frozenset()) -> list[Topic]:
    """Topics of three posts or more, largest first; posts in none of them belong to no topic.

    `vectors` are the posts' rows of length 1, shape (posts, dimensions); `stop_words` (folded) never become terms.
    The work grows almost linearly with the posts.
    """
    if len(posts) < SMALLEST_TOPIC:
        return []
    points = _points(posts, vectors)
    groups = _Topics(points, _shared_neighbours(points))
    groups.join_most_alike()
    kept = [rows for rows in members(groups.labels()) if len(rows) >= SMALLEST_TOPIC]
    named = _Terms(posts, stop_words)
    found = []
    for number, rows in enumerate(kept):
        terms = named.of(rows)
        representative = rows[int(np.argmax(points[rows] @ points[rows].sum(axis=0)))]
        close = cohesion(vectors[rows].sum(axis=0, dtype=np.float64), len(rows))
        found.append(Topic(number, ", ".join(terms[:3]), terms, tuple(rows), representative, close))
    return found


def _points(posts: Sequence[TopicPost], vectors: Vectors) -> Vectors:
    """Meaning, words and category side by side, less what all posts share; rows of length 1."""
    spelt = word_vectors([post.gloss for post in posts], WORD_DIMENSIONS)
    categories = sorted({post.category for post in posts if post.category})
    filed = np.array([[post.category == category for category in categories] for post in posts], np.float32)
    points = unit_rows(np.hstack([vectors, WORD_WEIGHT * spelt, CATEGORY_WEIGHT * filed]))
    return points if (points == points[0]).all() else unit_rows(points - points.mean(axis=0))


def _shared_neighbours(points: Vectors) -> sp.csr_matrix:
    """The graph of points, symmetric, shape (n, n): how many neighbours two neighbours share, times their cosine."""
    n = len(points)
    # A third of the square root of n: a few hundred posts hold few of a kind, and too wide a view would join them.
    k = min(max(FEWEST_NEIGHBOURS, round(math.sqrt(n) / 3)), MOST_NEIGHBOURS, n - 1)
    ids, cosines = neighbours(points, k)
    rows, columns, found = np.repeat(np.arange(n), k), ids.ravel(), ids.ravel() >= 0
    pairs = rows[found], columns[found]
    has = sp.csr_matrix((np.ones(len(pairs[0]), np.float32), pairs), shape=(n, n)) + sp.eye(n, dtype=np.float32)
    near = sp.csr_matrix((np.maximum(cosines.ravel()[found], 1e-6), pairs), shape=(n, n))
    near = near.maximum(near.T)
    common = sp.csr_matrix((has @ has.T).multiply(near > 0))
    common.data /= 2 * (k + 1) - common.data
    graph = sp.csr_matrix(common.multiply(near))
    graph.setdiag(0)
    graph.eliminate_zeros()
    return graph


def _communities(graph: sp.csr_matrix) -> NDArray[np.int64]:
    if graph.nnz == 0:
        return np.arange(graph.shape[0])
    labels = Leiden(resolution=FINE, random_state=SEED).fit_predict(graph)
    return np.unique(labels, return_inverse=True)[1].astype(np.int64)


class _Topics(Groups):
    """Communities on their way to topics: alike is what is nearly as alike as the looser of two is in itself."""

    def __init__(self, points: Vectors, graph: sp.csr_matrix) -> None:
        super().__init__(points, graph, _communities(graph))
        self._total = float(graph.sum())
        self._is_large = len(points) >= ENOUGH_TO_KNOW

    def alike(self, i: int, j: int) -> float:
        return self.likeness(i, j) / max(min(self.cohesion(i), self.cohesion(j)), 1e-6)

    def is_enough(self, alike: float) -> bool:
        is_apart = not self._is_large or self.inside >= APART * self._total
        return alike >= (AS_ALIKE if is_apart else BARELY_ALIKE)


class _Terms:
    """The words and phrases of posts, to tell topics apart by."""

    def __init__(self, posts: Sequence[TopicPost], stop_words: Set[str]) -> None:
        self._langs = [post.lang for post in posts]
        self._phrases = [Counter(_phrases(surface_words(post.text), stop_words)) for post in posts]
        self._in_posts: Counter[str] = Counter()
        for phrases in self._phrases:
            self._in_posts.update({fold(phrase) for phrase in phrases})

    def of(self, rows: Sequence[int]) -> tuple[str, ...]:
        """The most telling terms of these posts, best first; a phrase stands for the words in it."""
        lang = Counter(self._langs[i] for i in rows).most_common(1)[0][0]
        spoken = [i for i in rows if self._langs[i] == lang]
        said: Counter[str] = Counter()
        written: dict[str, Counter[str]] = {}
        for i in spoken:
            for phrase in self._phrases[i]:
                written.setdefault(fold(phrase), Counter())[phrase] += 1
            said.update({fold(phrase) for phrase in self._phrases[i]})
        score = {
            term: math.sqrt(len(term.split())) * n / len(spoken) * math.log(1 + len(self._langs) / self._in_posts[term])
            for term, n in said.items()
            if n > 1  # what one post alone says may be a name that redaction missed
        }
        chosen: list[str] = []
        for term in sorted(score, key=lambda term: (-score[term], term)):
            if not any(_holds(other, term) or _holds(term, other) for other in chosen):
                chosen.append(term)
            if len(chosen) == TERMS:
                break
        return tuple(min(written[term], key=lambda form: (-written[term][form], form)) for term in chosen)


def _phrases(surface: Sequence[str], stop_words: Set[str]) -> Iterator[str]:
    """One to three words in a row as people wrote them, none of them a stop word, a number or very short."""
    useful = [_may_be_term(fold(word), stop_words) for word in surface]
    for start in range(len(surface)):
        for end in range(start + 1, min(start + LONGEST_TERM, len(surface)) + 1):
            if not useful[end - 1]:
                break
            yield " ".join(surface[start:end])


def _may_be_term(word: str, stop_words: Set[str]) -> bool:
    return len(word) > 2 and word not in stop_words and not any(ch.isdigit() for ch in word)


def _holds(phrase: str, term: str) -> bool:
    return f" {term} " in f" {phrase} "
