"""How long people wait for an answer, open cases counted for as long as they have waited.

Kaplan and Meier (1958): averages over answered cases alone would reward silence. Intervals are of 95 %, for a share by
Greenwood's variance on the log-log scale, for the median where these bands cross one half (Brookmeyer and Crowley,
1982). Where the estimate is 0 or 1 that variance is 0 and would claim certainty: there the bound is the exact binomial
one of as many cases as are known at that day (Hanley and Lippman-Hand, 1983: "the rule of three").
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import CensoredData, ecdf

Interval = tuple[float, float]
HALF = 0.5 + 1e-12  # a product such as 9/10 · 8/9 · … ends a little beside one half


@dataclass(frozen=True, slots=True)
class Waiting:
    """Of `n` cases, `n_answered` have a first answer.

    `median` is the first day by whose end half were answered, None where that is not reached; its interval runs from 0
    or to infinity where too few were answered, or followed for long enough, to tell. `within` is the share answered by
    the end of the day asked for; it and its interval are None where no case was followed for that long and some wait.
    `steps` are days and the share that has no answer after them, up to the day to which anybody was followed.
    """

    n: int
    n_answered: int
    median: float | None
    median_interval: Interval
    within: float | None
    within_interval: Interval | None
    steps: Sequence[tuple[float, float]]


def waiting(days: Sequence[int], is_answered: Sequence[bool], by_day: int) -> Waiting | None:
    """From the working days each case waited or has waited so far, and whether its wait ended with an answer.

    None of no cases.
    """
    waited, ended = np.asarray(days, dtype=float), np.asarray(is_answered, dtype=bool)
    if not len(waited):
        return None
    at, share, low, high = _curve(waited, ended)
    median = _first(at, share)
    upto = np.searchsorted(at, by_day, side="right") - 1
    is_known = bool(waited.max() >= by_day or share[-1] == 0)
    return Waiting(
        len(waited),
        int(ended.sum()),
        None if np.isinf(median) else median,
        (_not_before(at, share, low), _first(at, high)),
        float(1 - share[upto]) if is_known else None,
        (float(1 - high[upto]), float(1 - low[upto])) if is_known else None,
        [(float(day), float(part)) for day, part in zip(at, share, strict=True)],
    )


def _curve(waited: np.ndarray, ended: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Days, the share without an answer after each, and its lower and upper bound; day 0 stands for itself even where
    nobody was answered on it."""
    if ended.any():
        survival = ecdf(CensoredData(uncensored=waited[ended], right=waited[~ended])).sf
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # there is no interval at 0 and 1: see below
            bands = survival.confidence_interval(confidence_level=0.95, method="log-log")
        at, share, low, high = (
            survival.quantiles, survival.probabilities, bands.low.probabilities, bands.high.probabilities,
        )  # fmt: skip
    else:
        at = np.unique(waited)
        share = low = high = np.ones(len(at))
    if at[0] > 0:
        at, share, low, high = (np.insert(of, 0, first) for of, first in ((at, 0), (share, 1), (low, 1), (high, 1)))
    surprise = np.array([0.05 ** (1 / max(1, _n_known(waited, ended, day))) for day in at])
    low = np.where(share == 1, surprise, np.where(share == 0, 0, low))
    high = np.where(share == 0, 1 - surprise, np.where(share == 1, 1, high))
    return at, share, low, high


def _n_known(waited: np.ndarray, ended: np.ndarray, day: float) -> int:
    """Of how many cases it is known whether they had an answer by the end of the day."""
    return int((ended | (waited >= day)).sum())


def _first(at: np.ndarray, share: np.ndarray) -> float:
    """The first day after which half or fewer have no answer; infinite where that is not reached."""
    below = np.flatnonzero(share <= HALF)
    return float(at[below[0]]) if len(below) else float("inf")


def _not_before(at: np.ndarray, share: np.ndarray, low: np.ndarray) -> float:
    """The day before which half were not answered: where the lower bound falls to one half, or the last day on which it
    had not, where it falls because fewer are known and not because of answers."""
    below = np.flatnonzero(low <= HALF)
    if not len(below):
        return float(at[-1])
    crossed = below[0]
    return float(at[crossed] if crossed == 0 or share[crossed] < share[crossed - 1] else at[crossed - 1])
