"""Nearest neighbours in the space of meaning, sub-quadratic through an HNSW index (usearch)."""

import numpy as np
import openvino  # noqa: F401 - loaded after usearch, OpenVINO can read no network on some processors
from numpy.typing import NDArray
from usearch.index import Index

from nlp.space import Vectors

EXACT_BELOW = 20_000  # up to here a full product is as fast as building an index, and always the same
# bfloat16 and a narrower search than usual: 0.985 of the true neighbours of 100,000 posts, in two thirds of the time
WIDTH = {"connectivity": 16, "expansion_add": 64, "expansion_search": 48}
BLOCK = 2000  # rows of the product at a time


def neighbours(vectors: Vectors, k: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """For each row the `k` nearest other rows and their cosines, best first; shapes (n, k).

    Where fewer than `k` others exist, the rest has index -1 and cosine -1. Rows must have the same length, 1 or less.
    """
    n = len(vectors)
    ids = np.full((n, k), -1, np.int64)
    cosines = np.full((n, k), -1, np.float32)
    if n < 2:
        return ids, cosines
    if n <= EXACT_BELOW:
        wide = min(k, n - 1)
        for start in range(0, n, BLOCK):
            block = slice(start, min(start + BLOCK, n))
            product = vectors[block] @ vectors.T
            product[np.arange(len(product)), np.arange(block.start, block.stop)] = -2
            near = np.argpartition(-product, wide - 1, axis=1)[:, :wide]
            found = np.take_along_axis(product, near, 1)
            order = np.argsort(-found, axis=1, kind="stable")
            ids[block, :wide] = np.take_along_axis(near, order, 1)
            cosines[block, :wide] = np.take_along_axis(found, order, 1)
        return ids, cosines
    wide = min(k + 1, n)
    index = Index(ndim=vectors.shape[1], metric="cos", dtype="bf16", **WIDTH)
    index.add(np.arange(n), vectors)
    matches = index.search(vectors, wide)
    keys = matches.keys.astype(np.int64)
    keys[np.arange(wide) >= matches.counts[:, None]] = -1
    others = keys != np.arange(n)[:, None]
    others[others.all(axis=1), -1] = False  # the index is approximate: a row may miss itself among copies of it
    near = keys[others].reshape(n, wide - 1)
    exact = np.column_stack([np.einsum("ij,ij->i", vectors, vectors[column]) for column in near.T])
    exact[near < 0] = -1
    order = np.argsort(-exact, axis=1, kind="stable")
    ids[:, : wide - 1] = np.take_along_axis(near, order, 1)
    cosines[:, : wide - 1] = np.take_along_axis(exact, order, 1)
    return ids, cosines
