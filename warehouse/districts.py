"""Districts: how many voices a place's own past and its people lead one to expect, so that silence can be told.

Of a window's voices whose place is known a district's share of the people would bring its own share, if all spoke
alike. How much more or less it speaks than that is learnt from its own past and drawn towards "alike", the more the
less is known: a Gamma-Poisson estimate (Clayton and Kaldor, Empirical Bayes estimates of age-standardized relative
risks for use in disease mapping, Biometrics 43, 1987), whose prior varies as the districts do (Marshall's moment
estimate, Mapping disease and mortality rates using empirical Bayes estimators, Applied Statistics 40, 1991). Where no
population is known the district's share of all past voices stands alone.
"""

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from scipy.stats import nbinom

from warehouse.pulse import PRIOR, judged, widened

MOST_EVEN = 1000.0  # size of a prior under which all districts speak alike
LEAST_EXPECTED = 3.0  # voices; with fewer, none is no silence
UNKNOWN, CONFIDENTIAL = "unknown", "confidential"
DISTRICTS = pa.schema(
    [
        pa.field("days", pa.int32(), nullable=False),
        pa.field("category", pa.string(), nullable=False),
        pa.field("district", pa.string(), nullable=False),
        pa.field("n_posts", pa.int64(), nullable=False),
        pa.field("n_voices", pa.int64(), nullable=False),
        pa.field("n_past", pa.int64(), nullable=False),
        pa.field("n_expected", pa.float64()),
        pa.field("low", pa.int64()),
        pa.field("high", pa.int64()),
        pa.field("p", pa.float64()),
        pa.field("p_silent", pa.float64()),
        pa.field("state", pa.string(), nullable=False),
    ]
)


def expected(
    now: NDArray[np.int64], past: NDArray[np.int64], population: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What to expect of districts now: mean and size of a negative binomial, each of shape (districts,).

    `now` has shape (districts,), `past` (districts, windows), `population` (districts,), NaN where it is not known. The
    mean is NaN where there is neither past nor population.
    """
    has_people = ~np.isnan(population)
    share = np.where(has_people, population, 0) / max(float(population[has_people].sum()), 1.0)
    heard = past.sum(axis=1)
    due, due_now = share * heard[has_people].sum(), share * now[has_people].sum()
    prior = evenness(heard[has_people], due[has_people])
    if not heard[has_people].any():
        prior = evenness(now[has_people], due_now[has_people])
    alone = (heard + PRIOR) / heard.sum() * now.sum() if heard.any() else np.full(len(now), np.nan)
    mean = np.where(has_people, due_now * (heard + prior) / (due + prior), alone)
    size = np.where(has_people, heard + prior, heard + PRIOR)
    return mean, widened(size, past, np.ones(past.shape[1]))


def evenness(heard: NDArray[np.int64], due: NDArray[np.float64]) -> float:
    """The size of the prior: how alike districts speak for their people; large where they differ as chance does.

    Marshall's estimate of the variance of rates whose mean is one: the mean of (heard/due - 1)² weighed by what is due,
    less what chance alone would bring; the size is one over it.
    """
    if not due.sum():
        return MOST_EVEN
    known = due > 0
    rates = heard[known] / due[known]
    variance = float((due[known] * (rates - 1) ** 2).sum() / due.sum() - len(due) / due.sum())
    return min(MOST_EVEN, 1 / variance) if variance > 0 else MOST_EVEN


def compared(windows: pd.DataFrame, facts: pd.DataFrame, names: pd.DataFrame) -> pa.Table:
    """The rows of `mart_districts`: every district in each window and category, from `mart_district_windows`,
    `mart_district_facts` and `mart_names`; posts of no known place are a row of their own that expects nothing.

    `state` is `more` or `fewer` where a district differs by more than chance, all districts of a window and category
    judged together; `silent` without any voice where `LEAST_EXPECTED` or more are expected; `usual`; or `untold` where
    too little is expected to tell.
    """
    codes = sorted({*facts["district"], *names.loc[names["kind"] == "district", "code"], *windows["district"]})
    codes = [code for code in codes if code not in {UNKNOWN, CONFIDENTIAL}]
    population = facts.set_index("district")["population"].reindex(codes).to_numpy(np.float64, na_value=np.nan)
    rows: list[dict[str, object]] = []
    for (days, category), found in windows.groupby(["days", "category"]):
        n_past = int(windows.loc[windows["days"] == days, "windows_ago"].max())
        table = found.pivot_table(index="district", columns="windows_ago", values="n_voices", aggfunc="sum")
        voices = table.reindex(index=codes, columns=range(n_past + 1)).fillna(0).to_numpy(np.int64)
        posts = found[found["windows_ago"] == 0].set_index("district")[["n_posts", "n_voices"]]
        mean, size = expected(voices[:, 0], voices[:, 1:], population)
        is_told = ~np.isnan(mean)
        states = _states(voices[:, 0], np.nan_to_num(mean), size)
        for place, code in enumerate(codes):
            rows.append(
                {
                    "days": days, "category": category, "district": code,
                    "n_posts": int(posts["n_posts"].get(code, 0)), "n_past": int(voices[place, 1:].sum()),
                    **(states[place] if is_told[place] else _nothing(int(voices[place, 0]))),
                }
            )  # fmt: skip
        for code in (UNKNOWN, CONFIDENTIAL):
            if code in posts.index:
                n_posts, n_voices = (int(n) for n in posts.loc[code])
                rows.append(
                    {"days": days, "category": category, "district": code, "n_posts": n_posts, "n_past": 0}
                    | _nothing(n_voices)
                )
    return pa.Table.from_pylist(rows, schema=DISTRICTS)


def _states(now: NDArray[np.int64], mean: NDArray[np.float64], size: NDArray[np.float64]) -> list[dict[str, object]]:
    found = judged(now, mean, size)
    silent = nbinom.pmf(0, size, size / (size + mean))
    said = []
    for n, much, low, high, p, none, differs in zip(
        now, mean, found.low, found.high, found.p, silent, found.is_unusual, strict=True
    ):
        state = "usual" if much >= LEAST_EXPECTED else "untold"
        if n == 0 and much >= LEAST_EXPECTED:
            state = "silent"
        elif differs:
            state = "more" if n > much else "fewer"
        said.append(
            {
                "n_voices": n, "n_expected": much, "low": low, "high": high, "p": p, "p_silent": none, "state": state,
            }
        )  # fmt: skip
    return said


def _nothing(n_voices: int) -> dict[str, object]:
    return {
        "n_voices": n_voices, "n_expected": None, "low": None, "high": None, "p": None, "p_silent": None,
        "state": "untold",
    }  # fmt: skip
