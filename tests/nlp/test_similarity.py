import numpy as np
import pytest

from nlp.similarity import EXACT_BELOW, neighbours
from nlp.space import Vectors, unit_rows


def random_rows(n: int, dimensions: int = 32) -> Vectors:
    return unit_rows(np.random.default_rng(5).normal(size=(n, dimensions)).astype(np.float32))


def test_the_nearest_other_rows_come_best_first() -> None:
    vectors = unit_rows(np.array([[1, 0], [1, 0.1], [0, 1], [-1, 0]], np.float32))
    ids, cosines = neighbours(vectors, 2)
    assert ids.tolist() == [[1, 2], [0, 2], [1, 0], [2, 1]]
    assert cosines[0].tolist() == pytest.approx([1 / np.sqrt(1.01), 0.0], abs=1e-6)
    assert cosines[3].tolist() == pytest.approx([0.0, -1 / np.sqrt(1.01)], abs=1e-6)


def test_a_row_is_never_its_own_neighbour_even_among_equal_ones() -> None:
    ids, cosines = neighbours(np.tile(np.array([[1, 0]], np.float32), (4, 1)), 3)
    assert [sorted(row) for row in ids.tolist()] == [[1, 2, 3], [0, 2, 3], [0, 1, 3], [0, 1, 2]]
    assert cosines.tolist() == [[1.0] * 3] * 4


def test_where_fewer_rows_exist_the_rest_is_marked() -> None:
    ids, cosines = neighbours(np.array([[1, 0], [0, 1]], np.float32), 4)
    assert ids.tolist() == [[1, -1, -1, -1], [0, -1, -1, -1]]
    assert cosines.tolist() == [[0, -1, -1, -1], [0, -1, -1, -1]]


def test_one_row_has_no_neighbour() -> None:
    ids, cosines = neighbours(np.array([[1, 0]], np.float32), 3)
    assert ids.tolist() == [[-1, -1, -1]]
    assert cosines.tolist() == [[-1.0, -1.0, -1.0]]


def test_no_rows_give_no_rows() -> None:
    ids, cosines = neighbours(np.zeros((0, 8), np.float32), 3)
    assert ids.shape == (0, 3)
    assert cosines.shape == (0, 3)


def test_the_given_rows_are_left_as_they_were() -> None:
    vectors = random_rows(50)
    before = vectors.copy()
    neighbours(vectors, 5)
    assert np.array_equal(vectors, before)


def test_the_index_agrees_with_the_full_product() -> None:
    vectors = random_rows(EXACT_BELOW + 60)
    ids, cosines = neighbours(vectors, 10)
    product = vectors @ vectors.T
    np.fill_diagonal(product, -2)
    exact = np.argpartition(-product, 10, axis=1)[:, :10]
    shared = np.mean([len(set(a) & set(b)) / 10 for a, b in zip(ids.tolist(), exact.tolist(), strict=True)])
    assert shared > 0.98
    assert np.abs(np.take_along_axis(product, ids, axis=1) - cosines).max() < 1e-5
    assert (ids != np.arange(len(vectors))[:, None]).all()
    assert (np.diff(cosines, axis=1) <= 1e-6).all()


def test_both_paths_give_the_same_shapes_and_types() -> None:
    few, many = neighbours(random_rows(30, 8), 4), neighbours(random_rows(EXACT_BELOW + 1, 8), 4)
    assert [array.dtype for array in few] == [array.dtype for array in many] == [np.int64, np.float32]
    assert [array.shape for array in many] == [(EXACT_BELOW + 1, 4)] * 2
