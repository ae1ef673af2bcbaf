"""How it is said that something is more or less than usual: sentences and signs, each with its figure."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pandas as pd

from dashboards import words
from flows.language import mark, n, t

KINDS = {
    "all": mark("All voices"),
    "channel": mark("Channel"),
    "lang": mark("Language"),
    "mda": mark("Agency"),
    "category": mark("Category"),
    "district": mark("District"),
}
STATES = {
    "more": mark("▲ More than expected"),
    "fewer": mark("▼ Fewer than expected"),
    "silent": mark("○ Silent"),
    "usual": mark("= As expected"),
    "untold": mark("· Too little to tell"),
}
MOST_ODDS = 1_000_000


def name(dimension: str, code: str, names: Mapping[str, Mapping[str, str]]) -> str:
    """A series by the name that people know it by; `names` holds those of agencies, categories and districts."""
    if dimension == "all":
        return t("All voices")
    if dimension == "channel":
        return words.channel(code)
    if dimension == "lang":
        return words.language(code)
    if dimension == "district" and code == "unknown":
        return t("Place not known")
    if dimension == "mda":
        return words.agency(code, names["mda"])
    return names[dimension].get(code, code)


def amount(value: float) -> str:
    """`12`, `2.4`, `fewer than 0.1`: an expected number of voices; tenths where there are fewer than ten."""
    if value < 0.1:
        return t("fewer than 0.1")
    return words.number(value, 0 if value >= 10 else 1)


def in_a_table(value: float) -> str:
    """The same where there is room for a figure only: `12`, `2.4`, `< 0.1`, an en dash where it is not known."""
    if pd.isna(value):
        return "–"
    return amount(value) if value >= 0.1 else f"< {words.number(0.1, 1)}"


def changed(row: Mapping[str, Any], of: str, newest: date) -> str:
    """What a series does, in one sentence, as Markdown; `of` is its name, `newest` the day of which is spoken."""
    said = {"name": f"**{words.escaped(of)}**", "usual": amount(row["n_usual"]), "weekday": words.weekday(newest)}
    day = words.short_day(newest)
    if not row["n_voices"] and pd.notna(row["last_date"]):
        last = words.short_day(row["last_date"])
        if row["unit"] == "day":
            return t(
                "{name} is silent: nothing since {last}, {usual} voices are usual on a {weekday}.", last=last, **said
            )
        return t("{name} is silent: nothing since {last}, {usual} voices are usual in seven days.", last=last, **said)
    if row["unit"] == "day":
        return n(
            "{name}: {n} voice on {day}, {usual} are usual on a {weekday}.",
            "{name}: {n} voices on {day}, {usual} are usual on a {weekday}.",
            row["n_voices"], day=day, **said,
        )  # fmt: skip
    return n(
        "{name}: {n} voice in the seven days to {day}, {usual} are usual.",
        "{name}: {n} voices in the seven days to {day}, {usual} are usual.",
        row["n_voices"], day=day, **said,
    )  # fmt: skip


def evidence(row: Mapping[str, Any]) -> str:
    """The range of a series and the odds of what it does, as a line under its figure."""
    return t(
        "Usual: {low} to {high}. As far off by chance: {odds}.",
        low=words.number(row["low"]), high=words.number(row["high"]), odds=odds(row["p"]),
    )  # fmt: skip


def odds(p: float) -> str:
    """`1 in 45`: a chance; the smallest are said as `1 in 1,000,000 or less`."""
    if p * MOST_ODDS <= 1:
        return t("1 in {n} or less", n=words.number(MOST_ODDS))
    return t("1 in {n}", n=words.number(1 / p))


def difference(row: Mapping[str, Any]) -> str:
    """`▲ 31 more`, `▼ 12 fewer`, `= as usual`: how a series stands to its usual range, as a sign and a word."""
    if pd.isna(row["n_usual"]):
        return t("? Too little past")
    off = amount(abs(row["n_voices"] - row["n_usual"]))
    if row["is_unusual"]:
        return t("▲ {n} more", n=off) if row["n_voices"] > row["n_usual"] else t("▼ {n} fewer", n=off)
    return t("= as usual")


def expectation(row: Mapping[str, Any]) -> str:
    """`3 of 9`, `none of 9`: a district's voices beside those expected; without an expectation the voices alone."""
    heard = words.number(row["n_voices"])
    if pd.isna(row["n_expected"]):
        return heard
    return t("{n} of {expected}", n=heard, expected=amount(row["n_expected"]))
