"""Topics: what many posts are about, found from who is whose neighbour.

A shared-nearest-neighbour graph (an edge weighs how many neighbours two posts share, times their cosine) is cut into
communities by the Leiden algorithm (Traag et al., 2019) at resolution 1; the level of detail comes from the data.
Terms are the words that a topic uses more than the rest does (class-based TF-IDF, Grootendorst, 2022).
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from sknetwork.clustering import Leiden

from nlp.similarity import neighbours
from nlp.space import Vectors
from nlp.words import words

MOST_NEIGHBOURS, FEWEST_NEIGHBOURS = 15, 5
SMALLEST_TOPIC = 3
TERMS = 6
SEED = 20260803


@dataclass(frozen=True, slots=True)
class Topic:
    """`topic` counts from 0, largest first; `members` and `representative` are positions of posts."""

    topic: int
    label: str
    terms: tuple[str, ...]
    members: tuple[int, ...]
    representative: int


def find_topics(texts: Sequence[str], vectors: Vectors, stop_words: Set[str] = frozenset()) -> list[Topic]:
    """Topics of three posts or more, largest first; posts in none of them belong to no topic.

    `stop_words` (folded) never become terms.
    """
    if len(texts) < SMALLEST_TOPIC:
        return []
    labels = _communities(vectors)
    members: dict[int, list[int]] = {}
    for i, label in enumerate(labels):
        members.setdefault(int(label), []).append(i)
    kept = sorted((m for m in members.values() if len(m) >= SMALLEST_TOPIC), key=lambda m: (-len(m), m[0]))
    tokens = [[w for w in words(text) if _may_be_term(w, stop_words)] for text in texts]
    in_posts = Counter(word for post in tokens for word in set(post))
    found = []
    for number, rows in enumerate(kept):
        terms = _terms([tokens[i] for i in rows], in_posts, len(texts))
        centre = vectors[rows].mean(axis=0)
        representative = rows[int(np.argmax(vectors[rows] @ centre))]
        found.append(Topic(number, ", ".join(terms[:3]), terms, tuple(rows), representative))
    return found


def _communities(vectors: Vectors) -> np.ndarray:
    n = len(vectors)
    # A third of the square root of n: a few hundred posts hold few of a kind, and too wide a view would join them.
    k = min(max(FEWEST_NEIGHBOURS, round(math.sqrt(n) / 3)), MOST_NEIGHBOURS, n - 1)
    ids, cosines = neighbours(vectors, k)
    has = sp.csr_matrix((np.ones(n * k, np.float32), ids.ravel(), np.arange(0, n * k + 1, k)), shape=(n, n))
    shared = (has @ has.T).tocoo()
    near = sp.csr_matrix((np.maximum(cosines, 0).ravel(), ids.ravel(), np.arange(0, n * k + 1, k)), shape=(n, n))
    jaccard = shared.data / (2 * k - shared.data)
    weights = sp.csr_matrix((jaccard, (shared.row, shared.col)), shape=(n, n)).multiply(near.maximum(near.T))
    weights = sp.csr_matrix(weights)
    weights.setdiag(0)
    weights.eliminate_zeros()
    if weights.nnz == 0:
        return np.arange(n)
    return np.asarray(Leiden(resolution=1.0, random_state=SEED).fit_predict(weights))


def _may_be_term(word: str, stop_words: Set[str]) -> bool:
    return len(word) > 2 and word not in stop_words and not any(ch.isdigit() for ch in word)


def _terms(posts: Sequence[Sequence[str]], in_posts: Mapping[str, int], n_posts: int) -> tuple[str, ...]:
    inside = Counter(word for post in posts for word in set(post))
    score = {
        word: count / len(posts) * math.log(1 + n_posts / in_posts[word]) for word, count in inside.items() if count > 1
    }
    return tuple(sorted(score, key=lambda word: (-score[word], word))[:TERMS])


def matched_ids(previous: Mapping[int, Set[str]], current: Sequence[Set[str]], next_id: int) -> list[int]:
    """Stable ids: a topic keeps the id of the earlier one it shares most posts with, if that is a third or more.

    `previous` holds the post ids of each known topic, `current` those of each new one; a new topic gets `next_id` and
    on. An id goes to one topic only, the one with the larger share.
    """
    claims = sorted(
        (
            (len(posts & earlier) / len(posts | earlier), -position, topic_id)
            for position, posts in enumerate(current)
            for topic_id, earlier in previous.items()
            if posts & earlier
        ),
        reverse=True,
    )
    chosen: dict[int, int] = {}
    for share, negative, topic_id in claims:
        if share >= 1 / 3 and -negative not in chosen and topic_id not in chosen.values():
            chosen[-negative] = topic_id
    fresh = iter(range(next_id, next_id + len(current)))
    return [chosen[i] if i in chosen else next(fresh) for i in range(len(current))]
