"""Whether topics are spoken of more in one period than in another, many topics at once.

Two Poisson counts are compared by what one is given their sum: of `before + after` voices, each falls into the later
period with the chance that its days are of all days (conditional binomial test, Przyborowski and Wilenski, 1940). p is
twice the smaller tail, which is `scipy.stats.binomtest` where both periods are equally long. Over all topics together
Benjamini and Hochberg's procedure (1995) keeps the share of false ones among those found at `FALSE_SHARE`.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom, false_discovery_control

FALSE_SHARE = 0.10


def chances(before: Sequence[int], after: Sequence[int], days_before: int, days_after: int) -> NDArray[np.float64]:
    """p of each topic, shape (topics,): how likely so uneven counts are where nothing has changed; 1 where none is
    counted. Periods are in days, at least one each."""
    counted = np.asarray(after, np.int64)
    total = counted + np.asarray(before, np.int64)
    share = days_after / (days_before + days_after)
    tail = np.minimum(binom.cdf(counted, total, share), binom.sf(counted - 1, total, share))
    return np.asarray(np.minimum(1.0, 2 * tail))


def more_than_chance(p: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which of the topics differ, shape (topics,), at most a share `FALSE_SHARE` of them by chance on average."""
    return np.asarray(false_discovery_control(p) <= FALSE_SHARE) if len(p) else np.zeros(0, bool)
