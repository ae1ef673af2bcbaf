"""How well found groups agree with given ones."""

from collections.abc import Sequence

import numpy as np
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import adjusted_rand_score


def agreement(gold: Sequence[str], found: Sequence[int]) -> tuple[float, float]:
    """Accuracy under the best matching of groups, and the adjusted Rand index; -1 in `found` stands alone."""
    y = np.unique(gold, return_inverse=True)[1]
    alone = [label if label >= 0 else -i for i, label in enumerate(found, start=1)]
    z = np.unique(alone, return_inverse=True)[1]
    table = np.zeros((z.max() + 1, y.max() + 1))
    np.add.at(table, (z, y), 1)
    rows, columns = linear_sum_assignment(-table)
    return float(table[rows, columns].sum() / len(y)), float(adjusted_rand_score(y, z))
