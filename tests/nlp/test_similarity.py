import numpy as np
import pytest

from nlp import similarity
from nlp.similarity import neighbours
from nlp.space import Vectors, unit_rows


@pytest.fixture(params=["product", "index"])
def path(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways of finding neighbours, whatever the number of rows."""
    if request.param == "index":
        monkeypatch.setattr(similarity, "EXACT_BELOW", 0)


def random_rows(n: int, dimensions: int = 32) -> Vectors:
    return unit_rows(np.random.default_rng(5).normal(size=(n, dimensions)).astype(np.float32))


@pytest.mark.usefixtures("path")
def test_the_nearest_other_rows_come_best_first() -> None:
    vectors = unit_rows(np.array([[1, 0], [1, 0.1], [0, 1], [-1, -0.2]], np.float32))
    ids, cosines = neighbours(vectors, 2)
    assert ids.tolist() == [[1, 2], [0, 2], [1, 0], [2, 0]]
    assert cosines[0].tolist() == pytest.approx([1 / np.sqrt(1.01), 0.0], abs=1e-6)
    assert cosines[3].tolist() == pytest.approx([-0.2 / np.sqrt(1.04), -1 / np.sqrt(1.04)], abs=1e-6)


@pytest.mark.usefixtures("path")
def test_a_row_is_never_its_own_neighbour_even_among_equal_ones() -> None:
    ids, cosines = neighbours(np.tile(np.array([[1, 0]], np.float32), (4, 1)), 3)
    assert [sorted(row) for row in ids.tolist()] == [[1, 2, 3], [0, 2, 3], [0, 1, 3], [0, 1, 2]]
    assert cosines.tolist() == [[1.0] * 3] * 4


@pytest.mark.usefixtures("path")
@pytest.mark.parametrize("n_copies", [30, 1500])
def test_many_copies_of_one_row_are_each_others_neighbours(n_copies: int) -> None:
    rows = random_rows(200)
    vectors = np.concatenate([rows, np.tile(rows[7], (n_copies, 1))])
    ids, cosines = neighbours(vectors, 10)
    copies = np.array([7, *range(200, len(vectors))])
    assert np.isin(ids[copies], copies).all()
    assert np.allclose(cosines[copies], 1, atol=1e-5)
    assert (ids[copies] != copies[:, None]).all()
    assert [len(set(row)) for row in ids[copies].tolist()] == [10] * len(copies)


@pytest.mark.usefixtures("path")
def test_a_few_copies_do_not_draw_the_other_rows_to_them() -> None:
    rows = random_rows(400)
    vectors = np.concatenate([rows, np.tile(rows[7], (20, 1))])
    _, cosines = neighbours(vectors, 10)
    others = np.setdiff1d(np.arange(400), [7])
    product = vectors[others] @ vectors.T
    product[np.arange(len(others)), others] = -2
    tenth = -np.sort(-product, axis=1)[:, 9:10]
    assert (cosines[others] >= tenth - 1e-5).mean() > 0.95


@pytest.mark.usefixtures("path")
def test_where_fewer_rows_exist_the_rest_is_marked() -> None:
    ids, cosines = neighbours(np.array([[1, 0], [0, 1]], np.float32), 4)
    assert ids.tolist() == [[1, -1, -1, -1], [0, -1, -1, -1]]
    assert cosines.tolist() == [[0, -1, -1, -1], [0, -1, -1, -1]]


@pytest.mark.usefixtures("path")
def test_one_row_has_no_neighbour() -> None:
    ids, cosines = neighbours(np.array([[1, 0]], np.float32), 3)
    assert ids.tolist() == [[-1, -1, -1]]
    assert cosines.tolist() == [[-1.0, -1.0, -1.0]]


@pytest.mark.usefixtures("path")
def test_no_rows_give_no_rows() -> None:
    ids, cosines = neighbours(np.zeros((0, 8), np.float32), 3)
    assert ids.shape == (0, 3)
    assert cosines.shape == (0, 3)


@pytest.mark.usefixtures("path")
def test_the_given_rows_are_left_as_they_were() -> None:
    vectors = random_rows(50)
    before = vectors.copy()
    neighbours(vectors, 5)
    assert np.array_equal(vectors, before)


def test_every_row_is_found_in_whatever_block_it_lies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(similarity, "BLOCK", 7)
    vectors = random_rows(60)
    product = vectors @ vectors.T
    np.fill_diagonal(product, -2)
    ids, cosines = neighbours(vectors, 5)
    assert ids.tolist() == np.argsort(-product, axis=1)[:, :5].tolist()
    assert np.allclose(cosines, -np.sort(-product, axis=1)[:, :5], atol=1e-6)


def test_the_index_agrees_with_the_full_product(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = random_rows(3000)
    exact_ids, exact = neighbours(vectors, 10)
    monkeypatch.setattr(similarity, "EXACT_BELOW", 0)
    ids, cosines = neighbours(vectors, 10)
    assert [array.dtype for array in (ids, cosines)] == [array.dtype for array in (exact_ids, exact)]
    assert ids.shape == exact_ids.shape == cosines.shape == exact.shape == (3000, 10)
    shared = np.mean([len(set(a) & set(b)) / 10 for a, b in zip(ids.tolist(), exact_ids.tolist(), strict=True)])
    assert shared > 0.97
    assert np.abs(np.take_along_axis(vectors @ vectors.T, ids, axis=1) - cosines).max() < 1e-5
    assert (ids != np.arange(len(vectors))[:, None]).all()
    assert (np.diff(cosines, axis=1) <= 0).all()
    assert (cosines <= exact + 1e-5).all()
    assert float(np.mean(exact - cosines)) < 0.005


@pytest.mark.usefixtures("path")
@pytest.mark.parametrize("shape", [(2, 3), (5, 1), (40, 2)])
def test_rows_with_nothing_in_them_break_nothing(shape: tuple[int, int]) -> None:
    ids, cosines = neighbours(np.zeros(shape, np.float32), 3)
    assert np.isfinite(cosines).all()
    assert (ids < shape[0]).all()
    assert (ids != np.arange(shape[0])[:, None]).all()
