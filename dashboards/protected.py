"""How figures of the public snapshot are said: rounded ones as such, masked ones in words."""

import pandas as pd

from dashboards import words
from flows.language import n, t


def figure(count: float | None) -> str:
    """`1,120`, `fewer than 10` where it is masked."""
    return t("fewer than 10") if count is None or pd.isna(count) else words.number(count)


def about(count: float | None) -> str:
    """`about 1,120`, `fewer than 10`: inside a sentence."""
    return t("fewer than 10") if count is None or pd.isna(count) else t("about {n}", n=words.number(count))


def share(part: float | None, whole: float | None) -> str:
    """`83% (71 to 91)` of rounded figures; `fewer than 10 of 70`, and a dash where the whole is masked."""
    if whole is None or pd.isna(whole):
        return "–"
    if part is None or pd.isna(part):
        return t("fewer than 10 of {n}", n=words.number(whole))
    return words.share(min(int(part), int(whole)), int(whole))


def half_answered(n_cases: float | None, median: float | None, low: float | None, high: float | None) -> str:
    """`6 working days (5 to 7)`; where half are not answered yet, what can be said of it."""
    if n_cases is None or pd.isna(n_cases):
        return "–"
    if median is not None and not pd.isna(median):
        said = n("{n} working day", "{n} working days", median)
        if low is None or high is None or pd.isna(low) or pd.isna(high):
            return said
        return t("{days} ({low} to {high})", days=said, low=words.number(low), high=words.number(high))
    if low is None or pd.isna(low) or not low:
        return t("cannot be told yet")
    return n("{n} working day or more", "{n} working days or more", low)
