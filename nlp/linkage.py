"""Groups that join one another, most alike first, along the ties of a graph.

Average linkage without a matrix of distances: the mean cosine between two groups of points of length 1 is the product
of their sums over the product of their sizes, and only groups that a tie connects are ever compared.
"""

import heapq
from abc import ABC, abstractmethod

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from nlp.space import Vectors


class Groups(ABC):
    """Groups of points, numbered; a group that is joined with another ends and a new number begins.

    Says how groups join; a subclass says by `alike` what is compared and by `is_enough` when to stop.

    `ties` has, for each living group, the groups it is tied to and how strongly; `inside` is the weight of the ties
    within groups, both directions counted.
    """

    def __init__(self, points: Vectors, graph: sp.csr_matrix, labels: NDArray[np.int64] | None = None) -> None:
        """Start from `labels` (from 0 on, none left out), else from one group a point. `graph` is symmetric, (n, n)."""
        n = len(points)
        labels = np.arange(n) if labels is None else labels
        belongs = sp.csr_matrix((np.ones(n, np.float32), (np.arange(n), labels)))
        between = sp.coo_matrix(belongs.T @ graph @ belongs)
        self.ties: dict[int, dict[int, float]] = {i: {} for i in range(belongs.shape[1])}
        self.inside = 0.0
        for i, j, weight in zip(between.row.tolist(), between.col.tolist(), between.data.tolist(), strict=True):
            if i == j:
                self.inside += weight
            else:
                self.ties[i][j] = weight
        self._labels = labels
        self._sums = list((belongs.T @ points).astype(np.float64))
        self._sizes = np.bincount(labels).tolist()
        self._parents: dict[int, int] = {}

    def likeness(self, i: int, j: int, dimensions: int | None = None) -> float:
        """Mean product of the points of two groups, of their first `dimensions` only where given."""
        product = self._sums[i][:dimensions] @ self._sums[j][:dimensions]
        return float(product / (self._sizes[i] * self._sizes[j]))

    def alike(self, i: int, j: int) -> float:
        """How alike two groups are; by itself their likeness."""
        return self.likeness(i, j)

    @abstractmethod
    def is_enough(self, alike: float) -> bool:
        """Whether the two groups that are most alike of all should join."""

    def cohesion(self, i: int) -> float:
        """Mean cosine between two points of a group; 1 for a single one."""
        return cohesion(self._sums[i], self._sizes[i])

    def join(self, i: int, j: int) -> int:
        """The number of the new group that holds all of both."""
        new = len(self._sums)
        self._sums.append(self._sums[i] + self._sums[j])
        self._sizes.append(self._sizes[i] + self._sizes[j])
        self._parents[i] = self._parents[j] = new
        self.inside += 2 * self.ties[i].get(j, 0.0)
        ended = self.ties.pop(i), self.ties.pop(j)
        self.ties[new] = {}
        for old, weights in zip((i, j), ended, strict=True):
            for other, weight in weights.items():
                if other in self.ties:
                    del self.ties[other][old]
                    self.ties[new][other] = self.ties[other][new] = self.ties[new].get(other, 0.0) + weight
        return new

    def join_most_alike(self) -> None:
        """Join the two tied groups that are most alike, again and again, until the best pair is not alike enough."""
        queue = [(-self.alike(i, j), i, j) for i, ties in self.ties.items() for j in ties if i < j]
        heapq.heapify(queue)
        while queue:
            negative, i, j = heapq.heappop(queue)
            if i not in self.ties or j not in self.ties:
                continue  # one of them has been joined since
            if not self.is_enough(-negative):
                break
            new = self.join(i, j)
            for other in self.ties[new]:
                heapq.heappush(queue, (-self.alike(other, new), other, new))

    def labels(self) -> list[int]:
        """The living group of each point."""
        return [self._root(label) for label in self._labels.tolist()]

    def _root(self, i: int) -> int:
        while i in self._parents:
            i = self._parents[i]
        return i


def cohesion(total: NDArray[np.float64], size: int) -> float:
    """Mean cosine between two of `size` points of length 1 with this sum; 1 for a single one."""
    return 1.0 if size == 1 else float((total @ total - size) / (size * (size - 1)))


def members(labels: list[int]) -> list[list[int]]:
    """Positions by label, the largest group first, equal ones in the order of their first position."""
    found: dict[int, list[int]] = {}
    for i, label in enumerate(labels):
        found.setdefault(label, []).append(i)
    return sorted(found.values(), key=lambda group: (-len(group), group[0]))
