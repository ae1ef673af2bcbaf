"""Kernel ridge regression, and what it would have said of texts had it not seen them, without fitting it again."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import scipy.linalg as la
from numpy.typing import NDArray

Index = NDArray[np.int_]
Matrix = NDArray[np.float32]

RIDGE = 0.2
ROWS = 1024


@dataclass(frozen=True)
class KernelRidge:
    """`weights` (texts × columns) on the kernel that best give `targets`; `inverse` of kernel + 0.2 I."""

    inverse: Matrix
    targets: Matrix
    weights: Matrix

    def left_out(self, groups: Index, rows: Index) -> Matrix:
        """Predictions for `rows`, in their order, each by the regression that saw no text of the same group.

        With S the rows of a group, they are targets_S − (inverse_SS)⁻¹ weights_S: the block form of the leave-one-out
        residual (Rifkin and Lippert, 2007, "Notes on Regularized Least Squares").
        """
        predicted = np.empty_like(self.targets)
        for members in members_of(groups, rows):
            block = self.inverse[np.ix_(members, members)]
            predicted[members] = self.targets[members] - la.solve(block, self.weights[members], assume_a="pos")
        return predicted[rows]

    def weights_without(self, rows: Index) -> Matrix:
        """The weights of the regression that saw all texts but `rows`, whose own are 0: by the block inverse, they
        are weights − inverse_S (inverse_SS)⁻¹ weights_S."""
        block = self.inverse[np.ix_(rows, rows)]
        weights: Matrix = self.weights - self.inverse[:, rows] @ la.solve(block, self.weights[rows], assume_a="pos")
        weights[rows] = 0
        return weights


def members_of(groups: Index, rows: Index) -> Iterator[Index]:
    """For each group that one of `rows` is in: all its members."""
    order = np.argsort(groups, kind="stable")
    starts = np.flatnonzero(np.diff(groups[order], prepend=groups.min() - 1))
    wanted = set(groups[rows].tolist())
    yield from (members for members in np.split(order, starts[1:]) if groups[members[0]] in wanted)


def fit_kernel_ridge(kernel: Matrix, targets: Matrix) -> KernelRidge:
    """Fit on a symmetric positive kernel (texts × texts), whose memory is used up. O(texts³) time.

    Twice the kernel's memory at most.
    """
    kernel[np.diag_indices(len(kernel))] += RIDGE
    factor = la.cholesky(kernel.T, lower=True, overwrite_a=True, check_finite=False)
    weights = la.cho_solve((factor, True), targets, check_finite=False).astype(np.float32)
    inverse = la.lapack.spotri(factor, lower=1, overwrite_c=1)[0]
    for start in range(0, len(inverse), ROWS):  # spotri fills the lower triangle only
        rows = slice(start, start + ROWS)
        inverse[rows, rows] = np.tril(inverse[rows, rows]) + np.tril(inverse[rows, rows], -1).T
        inverse[rows, start + ROWS :] = inverse[start + ROWS :, rows].T
    return KernelRidge(inverse, targets, weights)
