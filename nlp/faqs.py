"""FAQs: questions on the same thing as one entry, with the question that stands for them all."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.cluster import AgglomerativeClustering

from nlp.space import Vectors, unit_rows

REACH = 1.3  # times the typical distance of a question to its nearest other one
FARTHEST = 0.9  # cosine distance; beyond it questions share nothing, however sparse the set
SAME_COSINE = 0.98
MOST_AT_ONCE = 5000  # average linkage is quadratic in memory; beyond this the newest count


@dataclass(frozen=True, slots=True)
class Faq:
    """`faq` counts from 0, most asked first; `members` and `question` are positions of posts."""

    faq: int
    question: int
    members: tuple[int, ...]


def find_faqs(vectors: Vectors) -> list[Faq]:
    """Groups of questions by average linkage of cosine distances; single questions stand alone.

    All questions carry the same "how do I …" in their vectors, so their mean is taken away first. How near is near
    depends on the set (many questions about one matter lie closer than a few about everything), so the threshold is
    `REACH` times the median distance of a question to its nearest neighbour.
    """
    n = min(len(vectors), MOST_AT_ONCE)
    offset = len(vectors) - n
    if n == 0:
        return []
    if n == 1:
        return [Faq(0, offset, (offset,))]
    rows = unit_rows(vectors[offset:] - vectors[offset:].mean(axis=0)) if n > 2 else vectors[offset:]
    distances = np.clip(1 - rows @ rows.T, 0, 2)
    distances[vectors[offset:] @ vectors[offset:].T >= SAME_COSINE] = 0  # the mean may be all that equal questions hold
    np.fill_diagonal(distances, np.inf)
    threshold = min(REACH * float(np.median(distances.min(axis=1))), FARTHEST)
    np.fill_diagonal(distances, 0)
    clustering = AgglomerativeClustering(
        n_clusters=None, metric="precomputed", linkage="average", distance_threshold=max(threshold, 1e-6)
    )
    labels = clustering.fit_predict(distances)
    members: dict[int, list[int]] = {}
    for i, label in enumerate(labels):
        members.setdefault(int(label), []).append(i)
    ordered = sorted(members.values(), key=lambda m: (-len(m), m[0]))
    return [
        Faq(number, offset + _middle(rows, group), tuple(offset + i for i in group))
        for number, group in enumerate(ordered)
    ]


def _middle(rows: Vectors, group: Sequence[int]) -> int:
    centre = rows[list(group)].mean(axis=0)
    return group[int(np.argmax(rows[list(group)] @ centre))]
