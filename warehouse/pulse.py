"""What is usual: each series of counts against its own past, and which series differ from it by more than chance.

What is usual now comes from the same window of the weeks before, the nearer ones weighing more, so that a trend is
followed: the discounted Gamma-Poisson filter of Harvey and Fernandes (Time series models for count or qualitative
observations, Journal of Business and Economic Statistics 7, 1989, eqs. 2.6 to 2.10) from Jeffreys' prior. The next
count is then negative binomial, spread as series are seen to be from week to week. All series are judged together
by Benjamini and Hochberg's procedure (1995): at most a share `FALSE_SHARE` of those named differ by chance.
"""

from dataclasses import dataclass
from math import ceil

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from scipy.stats import false_discovery_control, nbinom

WEEKS = 8  # of past that count
LEAST_WEEKS = 3  # of past, before anything is judged
DISCOUNT = 0.9  # a week's weight in the next one
PRIOR = 0.5  # Jeffreys' prior of a Poisson rate, as if half a voice had been heard
LEAST_UNEVEN = 0.001  # of counts that are as good as Poisson distributed
RANGE = 0.90  # of counts lie in the usual range
FALSE_SHARE = 0.10
PULSE = pa.schema(
    [
        pa.field("dimension", pa.string(), nullable=False),
        pa.field("code", pa.string(), nullable=False),
        pa.field("unit", pa.string(), nullable=False),
        pa.field("n_weeks", pa.int32(), nullable=False),
        pa.field("n_posts", pa.int64(), nullable=False),
        pa.field("n_voices", pa.int64(), nullable=False),
        pa.field("n_usual", pa.float64()),
        pa.field("low", pa.int64()),
        pa.field("high", pa.int64()),
        pa.field("p", pa.float64()),
        pa.field("is_unusual", pa.bool_(), nullable=False),
        pa.field("last_date", pa.date32()),
        pa.field("n_voices_by_week", pa.list_(pa.int64()), nullable=False),
    ]
)


@dataclass(frozen=True, slots=True)
class Usual:
    """What to expect, each of shape (series,): the mean, the range of `RANGE` of counts, the chance of a count as far
    from it as the one found or farther (both sides), and whether that is a discovery among all series."""

    mean: NDArray[np.float64]
    low: NDArray[np.int64]
    high: NDArray[np.int64]
    p: NDArray[np.float64]
    is_unusual: NDArray[np.bool_]


def usual(now: NDArray[np.int64], past: NDArray[np.int64]) -> Usual:
    """Judge counts of shape (series,) by those of shape (series, weeks), the newest week first."""
    weights = np.power(DISCOUNT, np.arange(past.shape[1], dtype=np.float64))
    heard = (past @ weights + PRIOR).astype(np.float64)
    return judged(now, heard / weights.sum(), widened(heard, past, weights))


def judged(now: NDArray[np.int64], mean: NDArray[np.float64], size: NDArray[np.float64]) -> Usual:
    """Judge counts that are negative binomial of these means and sizes (mean + mean² / size is the variance)."""
    share = size / (size + mean)
    tails = np.minimum(nbinom.cdf(now, size, share), nbinom.sf(now - 1, size, share))
    p = np.minimum(1, 2 * tails)
    low, high = (nbinom.ppf(edge, size, share).astype(np.int64) for edge in ((1 - RANGE) / 2, (1 + RANGE) / 2))
    return Usual(mean, low, high, p, false_discovery_control(p) <= FALSE_SHARE if len(p) else np.zeros(0, bool))


def widened(size: NDArray[np.float64], past: NDArray[np.int64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """The size of the negative binomial when weeks vary by more than chance: variances add up, also that of the mean,
    which was learnt from such weeks, so weighted."""
    doubt = (weights**2).sum() / weights.sum() ** 2 if len(weights) else 0.0
    return np.asarray(1 / (1 / size + unevenness(past) * (1 + doubt)))


def unevenness(past: NDArray[np.int64]) -> NDArray[np.float64]:
    """How much more than chance the weeks of each series vary: (variance - mean) / mean², shape (series,).

    Eight weeks tell little of one series, so it is what all series show together, the large ones weighing more and the
    most uneven tenth left out, or else an outbreak of the past would hide the next one; a series that is more uneven
    than the others itself lies halfway between.
    """
    n_weeks = past.shape[1]
    if n_weeks < LEAST_WEEKS:
        return np.full(len(past), LEAST_UNEVEN)
    mean = past.mean(axis=1)
    own = (past.var(axis=1, ddof=1) - mean) / np.maximum(mean, 1) ** 2
    known = np.argsort(np.where(mean >= 1, own, np.inf))[: ceil(0.9 * (mean >= 1).sum())]
    weights = mean[known] ** 2 / (mean[known] + 1)
    common = max(0.0, float(np.average(own[known], weights=weights))) if len(known) else 0.0
    return np.asarray(np.maximum(LEAST_UNEVEN, np.maximum(common, (common + own) / 2)))


def pulse(weeks: pd.DataFrame) -> pa.Table:
    """The rows of `mart_pulse` from those of `mart_pulse_weeks`; the days are judged together, and so are the weeks."""
    rows: list[dict[str, object]] = []
    for unit, of_unit in weeks.groupby("unit"):
        counts = of_unit.pivot_table(index=["dimension", "code"], columns="weeks_ago", values="n_voices", aggfunc="sum")
        voices = counts.sort_index(axis=1).to_numpy(np.int64)
        is_known = voices.shape[1] > LEAST_WEEKS
        found = usual(voices[:, 0], voices[:, 1:]) if is_known else None
        now = of_unit[of_unit["weeks_ago"] == 0].set_index(["dimension", "code"]).loc[counts.index]
        for place, ((dimension, code), row) in enumerate(zip(counts.index, now.itertuples(), strict=True)):
            rows.append(
                {
                    "dimension": dimension, "code": code, "unit": unit, "n_weeks": voices.shape[1] - 1,
                    "n_posts": row.n_posts, "n_voices": voices[place, 0],
                    "last_date": None if pd.isna(row.last_date) else row.last_date,
                    "n_usual": found.mean[place] if found else None, "low": found.low[place] if found else None,
                    "high": found.high[place] if found else None, "p": found.p[place] if found else None,
                    "is_unusual": bool(found and found.is_unusual[place]), "n_voices_by_week": voices[place, ::-1],
                }
            )  # fmt: skip
    return pa.Table.from_pylist(rows, schema=PULSE)
