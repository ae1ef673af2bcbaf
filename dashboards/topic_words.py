"""How topics are told: what one is marked as, what happens to it, what people did to it."""

from collections.abc import Mapping
from datetime import date

import pandas as pd

from dashboards import words
from flows.language import mark, n, t
from portal.steering import Steered

SIGNS = {
    "is_pinned": mark("Pinned"),
    "is_bursting": mark("Bursting"),
    "is_campaign": mark("Campaign"),
    "is_muted": mark("Muted"),
}
BADGES = {"is_pinned": "blue", "is_bursting": "orange", "is_campaign": "violet", "is_muted": "gray"}
ENOUGH_TO_TELL = 5  # posts in seven days: fewer are chance, no fading
DONE = {
    "topic renamed": mark("{when}: {who} gave it a name."),
    "topic's name taken back": mark("{when}: {who} gave it the machine's name back."),
    "topic merged": mark("{when}: {who} made it a part of {other}."),
    "topic's merge undone": mark("{when}: {who} took it out of {other} again."),
    "topic pinned": mark("{when}: {who} pinned it."),
    "topic unpinned": mark("{when}: {who} unpinned it."),
    "topic muted": mark("{when}: {who} muted it."),
    "topic unmuted": mark("{when}: {who} let it be heard again."),
}


def signs(topic: pd.Series) -> str:
    """`Pinned, Bursting`; nothing where it is an ordinary topic."""
    return ", ".join(t(word) for name, word in SIGNS.items() if topic[name])


def badges(topic: pd.Series) -> str:
    """The same as Markdown, for the head of a topic."""
    return " ".join(f":{BADGES[name]}-badge[{t(word)}]" for name, word in SIGNS.items() if topic[name])


def burst(topic: pd.Series) -> str:
    """`14 voices in the 6 hours to 3 Aug 14:00, where 1.2 are usual`."""
    figures = int(topic["burst_n_voices"]), int(topic["burst_window_hours"]), float(topic["burst_n_expected"])
    return words.burst(*figures, topic["burst_until_at"])


def happens(topic: pd.Series, until: date) -> str:
    """What happens to a topic now, in one sentence, as Markdown."""
    n_last, n_before = int(topic["n_last_7_days"]), int(topic["n_previous_7_days"])
    values = {"until": words.day(until), "before": words.number(n_before)}
    if topic["is_bursting"]:
        return t("It bursts: {burst}.", burst=burst(topic))
    if not n_last and not n_before:
        return t("It is quiet: the last post is of {when}.", when=words.day(topic["last_at"]))
    if not n_last:
        return n(
            "It went quiet: no post in the seven days to {until}, after {n} in the seven before.",
            "It went quiet: no post in the seven days to {until}, after {n} in the seven before.",
            n_before, until=values["until"],
        )  # fmt: skip
    if topic["n_grown"]:
        return n(
            "It grows: {n} post in the seven days to {until}, after {before} in the seven before.",
            "It grows: {n} posts in the seven days to {until}, after {before} in the seven before.",
            n_last, **values,
        )  # fmt: skip
    if n_before >= ENOUGH_TO_TELL and n_last <= n_before / 2:
        return n(
            "It fades: {n} post in the seven days to {until}, after {before} in the seven before.",
            "It fades: {n} posts in the seven days to {until}, after {before} in the seven before.",
            n_last, **values,
        )  # fmt: skip
    return n(
        "It goes on: {n} post in the seven days to {until}, after {before} in the seven before.",
        "It goes on: {n} posts in the seven days to {until}, after {before} in the seven before.",
        n_last, **values,
    )  # fmt: skip


def hottest(topics: pd.DataFrame, until: date) -> str:
    """Which of the topics, in any order, is hot, in one sentence, as Markdown."""
    heard = topics[~topics["is_muted"]]
    if len(bursting := heard[heard["is_bursting"]]):
        first = bursting.sort_values(["burst_p", "topic_id"]).iloc[0]
        return t("Bursting: **{label}**, {burst}.", label=words.escaped(first["label"]), burst=burst(first))
    if len(growing := heard[heard["n_grown"] > 0]):
        first = growing.sort_values(["n_grown", "n_posts", "topic_id"], ascending=[False, False, True]).iloc[0]
        return n(
            "Growing most: **{label}**, {n} post in the seven days to {until} after {before} in the seven before.",
            "Growing most: **{label}**, {n} posts in the seven days to {until} after {before} in the seven before.",
            int(first["n_last_7_days"]), label=words.escaped(first["label"]), until=words.day(until),
            before=words.number(int(first["n_previous_7_days"])),
        )  # fmt: skip
    return t("Nothing grew in the seven days to {until}; the largest topics come first.", until=words.day(until))


def sureness(topic: pd.Series, labels: Mapping[int, str]) -> str:
    """How well the machine can tell this topic from others, in one sentence."""
    if not topic["n_sampled"]:
        return t("There is no other topic to tell it from.")
    if topic["n_nearer"] == topic["n_sampled"]:
        return n(
            "The one post looked at lies nearer to it than to any other topic.",
            "All {n} posts looked at lie nearer to it than to any other topic.",
            int(topic["n_sampled"]),
        )
    other = labels.get(int(topic["taken_for_id"]), t("topic {number}", number=int(topic["taken_for_id"])))
    return n(
        "{share} of its posts ({n} looked at) lie nearer to it than to “{other}”, which it is most easily taken for.",
        "{share} of its posts ({n} looked at) lie nearer to it than to “{other}”, which it is most easily taken for.",
        int(topic["n_sampled"]), share=words.percent(topic["n_nearer"] / topic["n_sampled"]),
        other=words.escaped(other),
    )  # fmt: skip


def most(rows: pd.DataFrame, unit: str) -> str:
    """In which period (`period_date`, `n_posts`) most was said, in one sentence."""
    first = rows.loc[rows["n_posts"].idxmax()]
    if unit == "month":
        return n(
            "Most in the month from {when}: {n} post.", "Most in the month from {when}: {n} posts.",
            int(first["n_posts"]), when=words.day(first["period_date"]),
        )  # fmt: skip
    return n(
        "Most in the week of {when}: {n} post.", "Most in the week of {when}: {n} posts.", int(first["n_posts"]),
        when=words.day(first["period_date"]),
    )  # fmt: skip


def leads(rows: pd.DataFrame) -> str:
    """Which of the rows (`name`, `n_posts`, `n_voices`) leads, in one sentence."""
    first = rows.loc[rows["n_posts"].idxmax()]
    return n(
        "{name} leads: {n} post of {all}, from {voices}.", "{name} leads: {n} posts of {all}, from {voices}.",
        int(first["n_posts"]), name=words.escaped(first["name"]), all=words.number(int(rows["n_posts"].sum())),
        voices=voices(int(first["n_voices"])),
    )  # fmt: skip


def voices(count: int) -> str:
    """`12 known voices`."""
    return n("{n} known voice", "{n} known voices", count)


def done(act: Steered, when: str, labels: Mapping[int, str]) -> str:
    """`5 Aug 2026, 14:02: ana (analyst) pinned it.`: an act of a person on a topic."""
    other = labels.get(act.other_id, t("topic {number}", number=act.other_id)) if act.other_id else ""
    return t(DONE.get(act.action, mark("{when}: {who} changed it.")), when=when, who=act.who, other=other)


def said(quote: pd.Series, districts: Mapping[str, str]) -> str:
    """`5 Aug 2026 · Facebook · Creole · Anse Royale`: where a quote is from."""
    where = districts.get(quote["district"], quote["district"]) if quote["district"] else None
    parts = [words.day(quote["created_at"]), words.channel(quote["channel"]), words.language(quote["lang"]), where]
    return " · ".join(words.escaped(part) for part in parts if part)
