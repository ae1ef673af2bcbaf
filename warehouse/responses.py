"""How long people wait for an answer, open cases counted for as long as they have waited.

Kaplan and Meier (1958): averages over answered cases alone would reward silence. Intervals are of 95 %, for a share by
Greenwood's variance on the log-log scale, for the median where these bands cross one half (Brookmeyer and Crowley,
1982).
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import CensoredData, ecdf

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Waiting:
    """Of `n` cases, `n_answered` have a first answer. `median` and `within` have intervals; None and an infinite bound
    where too few were answered to tell. `within` is the share answered by the end of the day asked for.

    `steps` are days and the share that has no answer after them.
    """

    n: int
    n_answered: int
    median: float | None
    median_interval: Interval
    within: float
    within_interval: Interval
    steps: Sequence[tuple[float, float]]


def waiting(days: Sequence[int], is_answered: Sequence[bool], by_day: int) -> Waiting | None:
    """From the working days each case waited or has waited so far, and whether its wait ended with an answer.

    None of no cases.
    """
    waited, ended = np.asarray(days, dtype=float), np.asarray(is_answered, dtype=bool)
    if not len(waited):
        return None
    if not ended.any():
        return Waiting(
            len(waited), 0, None, (float("nan"), np.inf), 0.0, (0.0, _no_more_than(len(waited))), [(0.0, 1.0)]
        )
    survival = ecdf(CensoredData(uncensored=waited[ended], right=waited[~ended])).sf
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # there is no interval at 0 and 1: see `_filled`
        bands = survival.confidence_interval(confidence_level=0.95, method="log-log")
    at, share = survival.quantiles, survival.probabilities
    low, high = (_filled(band.probabilities, share) for band in (bands.low, bands.high))
    upto = np.searchsorted(at, by_day, side="right") - 1
    within = (
        (0.0, 0.0, float(_no_more_than(len(waited)))) if upto < 0 else (1 - share[upto], 1 - high[upto], 1 - low[upto])
    )
    median = _first(at, share)
    return Waiting(
        len(waited), int(ended.sum()), None if np.isinf(median) else median, (_first(at, low), _first(at, high)),
        float(within[0]), (float(within[1]), float(within[2])),
        [(0.0, 1.0), *((float(day), float(part)) for day, part in zip(at, share, strict=True))],
    )  # fmt: skip


def _first(at: np.ndarray, share: np.ndarray) -> float:
    """The first day after which half or fewer have no answer; infinite where that is not reached."""
    below = np.flatnonzero(share <= 0.5)
    return float(at[below[0]]) if len(below) else float("inf")


def _filled(band: np.ndarray, share: np.ndarray) -> np.ndarray:
    """The log-log scale has no interval at 0 and 1: there the band is the share itself."""
    return np.where(np.isfinite(band), band, share)


def _no_more_than(n: int) -> float:
    """The 95 % upper bound of a share of which n trials gave none (the rule of three, exactly)."""
    return float(1 - 0.05 ** (1 / n))
