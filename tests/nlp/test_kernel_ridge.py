import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp.kernel_ridge import RIDGE, ROWS, Index, KernelRidge, Matrix, fit_kernel_ridge, members_of
from nlp.space import unit_rows

SEED = 7


def kernel_of(n: int, dimensions: int = 6, seed: int = SEED) -> Matrix:
    """Cosines between random directions."""
    points = unit_rows(np.random.default_rng(seed).normal(size=(n, dimensions)).astype(np.float32))
    kernel: Matrix = points @ points.T
    return kernel


def targets_of(n: int, columns: int = 3, seed: int = SEED) -> Matrix:
    return np.random.default_rng(seed + 1).normal(size=(n, columns)).astype(np.float32)


def fitted(kernel: Matrix, targets: Matrix) -> KernelRidge:
    """Fitted on a copy, as the kernel is used up."""
    return fit_kernel_ridge(kernel.copy(), targets)


def fitted_without(kernel: Matrix, targets: Matrix, groups: Index, row: int) -> Matrix:
    """The prediction for one text after really fitting again without its group."""
    rest = np.flatnonzero(groups != groups[row])
    kernel = kernel.astype(np.float64)
    weights = np.linalg.solve(kernel[np.ix_(rest, rest)] + RIDGE * np.eye(len(rest)), targets[rest])
    predicted: Matrix = kernel[row, rest] @ weights
    return predicted


def test_the_weights_solve_the_regression() -> None:
    kernel, targets = kernel_of(40), targets_of(40)
    ridge = fitted(kernel, targets)
    assert RIDGE == 0.2
    assert (kernel + 0.2 * np.eye(40)) @ ridge.weights == pytest.approx(targets, abs=1e-4)
    assert (kernel + 0.2 * np.eye(40)) @ ridge.inverse == pytest.approx(np.eye(40), abs=1e-4)
    assert np.array_equal(ridge.targets, targets)
    assert ridge.inverse.dtype == ridge.weights.dtype == np.float32


def test_on_a_kernel_where_no_text_is_near_another_each_keeps_its_own_target_shrunk() -> None:
    targets = targets_of(5)
    ridge = fitted(np.eye(5, dtype=np.float32), targets)
    assert ridge.weights == pytest.approx(targets / 1.2, abs=1e-6)
    everyone = np.arange(5)
    assert ridge.left_out(everyone, everyone) == pytest.approx(np.zeros((5, 3)), abs=1e-6)  # nothing tells of it


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 5), min_size=2, max_size=24), st.integers(0, 99), st.data())
def test_what_is_left_out_is_predicted_as_if_fitted_again_without_its_group(
    numbers: list[int], seed: int, data: st.DataObject
) -> None:
    groups, n = np.array(numbers), len(numbers)
    rows = np.array(data.draw(st.lists(st.integers(0, n - 1), min_size=1, unique=True)))
    kernel, targets = kernel_of(n, seed=seed), targets_of(n, seed=seed)
    found = fitted(kernel, targets).left_out(groups, rows)
    assert found == pytest.approx(
        np.array([fitted_without(kernel, targets, groups, row) for row in rows]), abs=1e-3
    )  # in the order of the rows that were asked for


@pytest.mark.parametrize(
    "groups",
    [
        pytest.param(np.arange(12), id="each text alone"),
        pytest.param(np.array([0] * 4 + [1] * 8), id="one group and the rest"),
        pytest.param(np.arange(12) % 3, id="three groups in turn"),
        pytest.param(np.array([9, -4, 9, 70, 70, -4, 9, 9, 1, 1, 1, -4]), id="any numbers name groups"),
    ],
)
def test_a_prediction_does_not_depend_on_what_else_is_asked_for(groups: Index) -> None:
    kernel, targets = kernel_of(12), targets_of(12)
    ridge = fitted(kernel, targets)
    everyone = ridge.left_out(groups, np.arange(12))
    assert everyone == pytest.approx(
        np.array([fitted_without(kernel, targets, groups, row) for row in range(12)]), abs=1e-4
    )
    for row in range(12):
        assert ridge.left_out(groups, np.array([row])) == pytest.approx(everyone[[row]], abs=1e-6)
    assert ridge.left_out(groups, np.arange(12)[::-1]) == pytest.approx(everyone[::-1], abs=1e-6)
    assert ridge.left_out(groups, np.array([], np.int_)).shape == (0, 3)


def test_what_a_group_says_does_not_move_its_own_prediction() -> None:
    kernel, targets, groups = kernel_of(20), targets_of(20), np.arange(20) % 4
    changed = targets.copy()
    changed[groups == 2] += 5
    before = fitted(kernel, targets).left_out(groups, np.arange(20))
    after = fitted(kernel, changed).left_out(groups, np.arange(20))
    assert after[groups == 2] == pytest.approx(before[groups == 2], abs=1e-4)
    assert np.abs(after - before)[groups != 2].max() > 0.1


def test_weights_without_some_texts_are_those_of_fitting_the_others_alone() -> None:
    kernel, targets = kernel_of(40), targets_of(40)
    left_out = np.array([3, 4, 17, 39])
    rest = np.setdiff1d(np.arange(40), left_out)
    weights = fitted(kernel, targets).weights_without(left_out)
    assert weights[rest] == pytest.approx(fitted(kernel[np.ix_(rest, rest)], targets[rest]).weights, abs=1e-4)
    assert (weights[left_out] == 0).all()


def test_more_texts_than_are_mirrored_at_once_have_a_whole_inverse() -> None:
    n = 1_100
    assert ROWS < n < 2 * ROWS
    kernel, targets = kernel_of(n, dimensions=4), targets_of(n, columns=2)
    ridge = fitted(kernel, targets)
    assert np.array_equal(ridge.inverse, ridge.inverse.T)
    assert np.allclose((kernel + 0.2 * np.eye(n, dtype=np.float32)) @ ridge.inverse, np.eye(n), atol=1e-3)
    groups = np.arange(n) // 100  # the one of 1,000 to 1,099 lies on both sides of the seam
    rows = np.array([ROWS, 3, ROWS - 1])
    assert ridge.left_out(groups, rows) == pytest.approx(
        np.array([fitted_without(kernel, targets, groups, row) for row in rows]), abs=1e-2
    )


def test_equal_texts_with_unequal_targets_can_be_fitted() -> None:
    ridge = fitted(np.ones((3, 3), np.float32), np.array([[1], [0], [-1]], np.float32))
    assert np.ones((1, 3)) @ ridge.weights == pytest.approx(np.zeros((1, 1)), abs=1e-5)
    assert ridge.left_out(np.arange(3), np.arange(3)) == pytest.approx(
        np.array([[-1], [0], [1]]) / 2.2, abs=1e-5
    )  # the sum of the other two, over 2 + 0.2


def test_the_members_of_the_groups_that_are_asked_for_come_whole_each_once() -> None:
    groups = np.array([5, 2, 5, 9, 2, 5])
    assert [members.tolist() for members in members_of(groups, np.array([2, 3, 0]))] == [[0, 2, 5], [3]]
    assert [members.tolist() for members in members_of(groups, np.arange(6))] == [[1, 4], [0, 2, 5], [3]]
    assert list(members_of(groups, np.array([], np.int_))) == []


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(-3, 3), min_size=1, max_size=20))
def test_the_members_of_all_groups_are_all_texts(numbers: list[int]) -> None:
    groups = np.array(numbers)
    found = list(members_of(groups, np.arange(len(groups))))
    assert sorted(np.concatenate(found).tolist()) == list(range(len(groups)))
    assert [len(set(groups[members].tolist())) for members in found] == [1] * len(set(numbers))
