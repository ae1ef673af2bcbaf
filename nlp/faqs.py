"""FAQs: questions on the same thing as one entry, with the question that stands for them all."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.cluster import AgglomerativeClustering

from nlp.space import Vectors, unit_rows

COSINE_DISTANCE = 0.62
MOST_AT_ONCE = 5000  # average linkage is quadratic in memory; beyond this the newest count


@dataclass(frozen=True, slots=True)
class Faq:
    """`faq` counts from 0, most asked first; `members` and `question` are positions of posts."""

    faq: int
    question: int
    members: tuple[int, ...]


def find_faqs(vectors: Vectors) -> list[Faq]:
    """Groups of questions by average linkage, the component common to all removed; single questions stand alone.

    All questions carry the same "how do I …" in their vectors; the first principal component of the set holds most
    of it and is taken away before they are compared.
    """
    n = min(len(vectors), MOST_AT_ONCE)
    offset = len(vectors) - n
    if n == 0:
        return []
    if n == 1:
        return [Faq(0, offset, (offset,))]
    rows = _without_common_component(vectors[offset:])
    clustering = AgglomerativeClustering(
        n_clusters=None, metric="cosine", linkage="average", distance_threshold=COSINE_DISTANCE
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


def _without_common_component(vectors: Vectors) -> Vectors:
    centred = vectors - vectors.mean(axis=0)
    if len(vectors) < 3:
        return unit_rows(vectors)
    _, _, components = np.linalg.svd(centred, full_matrices=False)
    return unit_rows(centred - np.outer(centred @ components[0], components[0]))


def _middle(rows: Vectors, group: Sequence[int]) -> int:
    centre = rows[list(group)].mean(axis=0)
    return group[int(np.argmax(rows[list(group)] @ centre))]
