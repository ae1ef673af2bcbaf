"""Nearest neighbours in the space of meaning, sub-quadratic through an HNSW index (usearch)."""

import numpy as np
import openvino  # noqa: F401 - loaded after usearch, OpenVINO can read no network on some processors
from numpy.typing import NDArray
from usearch.index import Index

from nlp.space import Vectors

EXACT_BELOW = 4000  # up to here a full product is faster than building an index


def neighbours(vectors: Vectors, k: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """For each row the `k` nearest other rows and their cosines, best first; shapes (n, k).

    Where fewer than `k` others exist, the rest has index -1 and cosine -1. Rows must have length 1.
    """
    n = len(vectors)
    ids = np.full((n, k), -1, np.int64)
    cosines = np.full((n, k), -1, np.float32)
    if n < 2:
        return ids, cosines
    wide = min(k + 1, n)
    if n <= EXACT_BELOW:
        product = vectors @ vectors.T
        np.fill_diagonal(product, -2)
        wide = min(k, n - 1)
        near = np.argpartition(-product, wide - 1, axis=1)[:, :wide]
        near = np.take_along_axis(near, np.argsort(-np.take_along_axis(product, near, 1), axis=1, kind="stable"), 1)
        ids[:, :wide], cosines[:, :wide] = near, np.take_along_axis(product, near, 1)
        return ids, cosines
    index = Index(ndim=vectors.shape[1], metric="cos", dtype="f32")
    index.add(np.arange(n), vectors)
    matches = index.search(vectors, wide)
    for row in range(n):
        others = [
            (int(key), 1 - float(d))
            for key, d in zip(matches.keys[row], matches.distances[row], strict=True)
            if key != row
        ]
        for column, (key, cosine) in enumerate(others[:k]):
            ids[row, column], cosines[row, column] = key, cosine
    return ids, cosines
