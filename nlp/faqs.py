"""FAQs: questions on the same thing as one entry, with the question that stands for them all."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.cluster import AgglomerativeClustering

from nlp.similarity import neighbours
from nlp.space import Vectors, unit_rows

REACH = 1.3  # times the typical distance of a question to its nearest other one
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
    rows = vectors[offset:] if n < 3 else unit_rows(vectors[offset:] - vectors[offset:].mean(axis=0))
    threshold = REACH * float(np.median(1 - neighbours(rows, 1)[1][:, 0]))
    clustering = AgglomerativeClustering(
        n_clusters=None, metric="cosine", linkage="average", distance_threshold=max(threshold, 1e-6)
    )
    labels = clustering.fit_predict(rows)
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
