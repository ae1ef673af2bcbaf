"""How codes, counts, times and people's own words are said on a page."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from math import floor, isfinite, isnan, log10
from typing import Any, TypeGuard
from zoneinfo import ZoneInfo

from scipy.stats import binomtest

from flows.formats import (
    day,
    long_day,
    moment,
    month,
    number,
    percent,
    short_day,
    short_moment,
    short_month,
    weekday,
)
from flows.language import mark, n, t
from portal.errors import PortalError, Words
from portal.models import CaseState

# Words by code, translated where they are looked up: by the functions below, or by `t` where they are shown.
LANGUAGES = {"en": mark("English"), "fr": mark("French"), "crs": mark("Creole"), "other": mark("Other")}
CHANNELS = {
    "portal": mark("Portal"),
    "facebook": "Facebook",
    "reddit": "Reddit",
    "whatsapp": "WhatsApp",
    "sms": "SMS",
    "forum": mark("Forum"),
}
URGENCY = {"emergency": mark("Emergency"), "urgent": mark("Urgent"), "normal": mark("Normal")}
STYLES = {
    "emergency": "background-color: #9a3a00; color: #ffffff; font-weight: bold",
    "urgent": "background-color: #f3bd4f; color: #1b2a33",
    "normal": "",
}
ROUTES = {"auto": mark("Automatic"), "review": mark("A person decides")}
STATES = {
    "ok": mark("Read"),
    "unavailable": mark("Could not be reached"),
    "refused": mark("Refused to answer"),
    "unreadable": mark("Could not be read"),
}
CASE_STATES = {
    "received": mark("New"),
    "acknowledged": mark("Acknowledged"),
    "routed": mark("Accepted"),
    "in_progress": mark("In progress"),
    "on_hold": mark("Waits for the citizen"),
    "escalated": mark("Escalated"),
    "resolved": mark("Resolved"),
    "upheld": mark("Upheld"),
    "partly_upheld": mark("Partly upheld"),
    "not_upheld": mark("Not upheld"),
    "duplicate": mark("Duplicate"),
    "out_of_scope": mark("Out of scope"),
    "withdrawn": mark("Withdrawn"),
}
OUTCOMES = {
    "resolved": mark("close it: resolved"),
    "upheld": mark("close it: upheld"),
    "partly_upheld": mark("close it: partly upheld"),
    "not_upheld": mark("close it: not upheld"),
    "out_of_scope": mark("close it: out of scope"),
}
ENDS = {
    "resolved": mark("resolved"),
    "upheld": mark("upheld"),
    "partly_upheld": mark("partly upheld"),
    "not_upheld": mark("not upheld"),
    "duplicate": mark("duplicate"),
    "out_of_scope": mark("out of scope"),
    "withdrawn": mark("withdrawn"),
}
LEVELS = {
    "agency": mark("agency"),
    "head": mark("head"),
    "oversight": mark("oversight"),
    "ombudsman": mark("Ombudsman"),
}
ROLES = {
    "analyst": mark("analyst"),
    "officer": mark("officer"),
    "head": mark("head"),
    "oversight": mark("oversight"),
    "statistician": mark("statistician"),
    "administrator": mark("administrator"),
}
ACTORS = {"pipeline": mark("pipeline"), "citizen": mark("citizen"), "operator": mark("operator")}
ACTIONS = {
    "accepted": mark("accepted"),
    "acknowledged": mark("acknowledged"),
    "answered": mark("answered"),
    "appealed": mark("appealed"),
    "asked the citizen": mark("asked the citizen"),
    "case late": mark("case late"),
    "case opened": mark("case opened"),
    "closed": mark("closed"),
    "closed as a duplicate": mark("closed as a duplicate"),
    "corrected": mark("corrected"),
    "erased": mark("erased"),
    "escalated": mark("escalated"),
    "extended": mark("extended"),
    "made official": mark("made official"),
    "official answer confirmed": mark("official answer confirmed"),
    "official answer withdrawn": mark("official answer withdrawn"),
    "post edited": mark("post edited"),
    "posts joined": mark("posts joined"),
    "raw text forgotten": mark("raw text forgotten"),
    "received": mark("received"),
    "resumed": mark("resumed"),
    "revealed": mark("revealed"),
    "split": mark("split"),
    "split off": mark("split off"),
    "told": mark("told"),
}
KPI_STATES = {
    "on_track": mark("On track"),
    "at_risk": mark("At risk"),
    "off_track": mark("Off track"),
    "no_data": mark("No data"),
}
KPI_COUNTS = {
    "on_track": mark("**{k}** on track"),
    "at_risk": mark("**{k}** at risk"),
    "off_track": mark("**{k}** off track"),
    "no_data": mark("**{k}** no data"),
}
KPI_SIGNS = {
    "on_track": mark("✓ On track"),
    "at_risk": mark("! At risk"),
    "off_track": mark("✗ Off track"),
    "no_data": mark("· No data"),
}
REASONS = (  # as nlp.triage says them
    mark("words that speak for {category}: {words}"),
    mark("most like this labelled post ({category}): {text}"),
    mark("names {district} ({code})"),
    mark("accuses {agency} of wrongdoing: a person decides"),
)
ERASED = mark("Erased: these words were taken back.")
NO_AGENCY = mark("No agency")
NO_CHANNEL = mark("Confidential")
NOT_KNOWN = mark("not known")
THREE_LINES, FOUR_LINES = 66, 86  # pixels of a table's row; Streamlit wraps its words from 65 on
__all__ = [
    "day",
    "long_day",
    "moment",
    "month",
    "number",
    "percent",
    "short_day",
    "short_moment",
    "short_month",
    "weekday",
]  # of `flows`
SPACE = re.compile(r"[^\S\u00a0\u202f]+")  # French holds its marks to their words by a space that does not break
MARKDOWN = re.compile(r"([!-/:-@\[-`{-~])")


def channel(code: object) -> str:
    """Confidential posts are published under no channel."""
    return t(CHANNELS.get(code, code)) if isinstance(code, str) and code != "none" else t(NO_CHANNEL)


def language(code: str) -> str:
    return t(LANGUAGES.get(code, code))


def urgency(code: str) -> str:
    return t(URGENCY[code])


def urgency_styles() -> dict[str, str]:
    """How a cell looks, by the word of urgency in it."""
    return {urgency(code): style for code, style in STYLES.items()}


def route(code: str) -> str:
    return t(ROUTES[code])


def read_state(code: object) -> str | None:
    """How the last read of a source ended; None where there was none."""
    return t(STATES[code]) if isinstance(code, str) else None


def case_state(state: str) -> str:
    return t(CASE_STATES[state])


def role(code: str) -> str:
    return t(ROLES[code])


def kpi_state(state: str) -> str:
    return t(KPI_STATES[state])


def kpi_sign(state: str) -> str:
    return t(KPI_SIGNS[state])


def agency(code: object, names: Mapping[str, str]) -> str:
    """The agency's name; a code that has none is said as it is."""
    return names.get(code, code) if isinstance(code, str) and code != "none" else t(NO_AGENCY)


def agency_and_code(code: str, names: Mapping[str, str]) -> str:
    """`Public Utilities Corporation (PUC)`, for whoever looks it up by its code."""
    return f"{names[code]} ({code})" if code in names else agency(code, names)


def posts(k: int) -> str:
    """`1 post`, `1,124 posts`."""
    return n("{n} post", "{n} posts", k)


def matters(k: int) -> str:
    return n("{n} matter", "{n} matters", k)


def times(k: int) -> str:
    return n("{n} time", "{n} times", k)


def months(k: int) -> str:
    return n("{n} month", "{n} months", k)


def days(k: int) -> str:
    return n("{n} day", "{n} days", k)


def voices(n_posts: int, n_voices: int, n_without_author: int) -> str:
    """`3 posts by 2 voices`; a voice is a known author, so posts without one are told apart."""
    if not n_posts:
        return t("no posts")
    if n_without_author == n_posts:
        return n("{n} post, author not known", "{n} posts, authors not known", n_posts)
    if n_posts == 1:
        return posts(n_posts)
    if n_without_author:
        return n(
            "{posts} by {n} voice, {others} without author", "{posts} by {n} voices, {others} without author",
            n_voices, posts=posts(n_posts), others=number(n_without_author),
        )  # fmt: skip
    return n("{posts} by {n} voice", "{posts} by {n} voices", n_voices, posts=posts(n_posts))


def routing(n_matters: int, n_auto: int, n_confidential: int) -> str:
    """How many matters go to their agency by themselves, and why the others do not, as Markdown."""
    n_unsure = n_matters - n_auto - n_confidential
    said = n(
        "**{auto} of {n} matter** go to an agency without a person.",
        "**{auto} of {n} matters** go to an agency without a person.",
        n_matters, auto=number(n_auto),
    )  # fmt: skip
    if n_confidential and n_unsure:
        why = n(
            "For the others a person must confirm the agency: {n} is confidential; of {unsure} the machine is not sure "
            "enough, or the agency itself is accused.",
            "For the others a person must confirm the agency: {n} are confidential; of {unsure} the machine is not "
            "sure enough, or the agency itself is accused.",
            n_confidential, unsure=number(n_unsure),
        )  # fmt: skip
    elif n_confidential:
        why = n(
            "For the others a person must confirm the agency: {n} is confidential.",
            "For the others a person must confirm the agency: {n} are confidential.",
            n_confidential,
        )
    elif n_unsure:
        why = t(
            "For the others a person must confirm the agency: of {unsure} the machine is not sure enough, or the "
            "agency itself is accused.",
            unsure=number(n_unsure),
        )
    else:
        return said
    return f"{said} {why}"


def dates(first: date, last: date) -> str:
    """`14 Oct 2026`, `14 Oct to 3 Nov 2026`, `30 Dec 2025 to 2 Jan 2026`."""
    if (first.year, first.month, first.day) == (last.year, last.month, last.day):
        return day(last)
    return t("{first} to {last}", first=short_day(first) if first.year == last.year else day(first), last=day(last))


def due(by: datetime, now: datetime, *, is_late: bool) -> str:
    """`5 Aug, 3 days late`, `today`, `tomorrow`, `14 Aug`: until when an answer is owed."""
    ahead = (by.date() - now.date()).days
    if is_late:
        return n("{day}, {n} day late", "{day}, {n} days late", max(1, -ahead), day=short_day(by))
    return t("today") if ahead == 0 else t("tomorrow") if ahead == 1 else short_day(by)


def happened(at: datetime, who: str, action: str, details: Mapping[str, Any], titles: Mapping[str, str]) -> str:
    """`5 Aug 2026, 14:02 · marie (officer): corrected (Roads, SLTA)`: an event of a case on a line."""
    what, when, note = t(ACTIONS.get(action, action)), moment(at), _note(details, titles)
    if not note:
        return t("{when} · {who}: {what}", when=when, who=actor(who), what=what)
    return t("{when} · {who}: {what} ({note})", when=when, who=actor(who), what=what, note=note)


def actor(who: str) -> str:
    """`marie (officer)`, `pipeline`."""
    name, is_person, code = who.removesuffix(")").rpartition(" (")
    return f"{name} ({role(code)})" if is_person and code in ROLES else t(ACTORS.get(who, who))


def _note(details: Mapping[str, Any], titles: Mapping[str, str]) -> str:
    if isinstance(after := details.get("after"), Mapping):
        before = details.get("before") or {}
        return ", ".join(_changed(name, value, titles) for name, value in after.items() if value != before.get(name))
    if reason := details.get("reason"):
        return str(reason)
    for name, table in (("outcome", ENDS), ("level", LEVELS)):
        if code := details.get(name):
            return t(table.get(code, code))
    category = details.get("category") or ""
    return titles.get(category, category)


def _changed(name: str, value: object, titles: Mapping[str, str]) -> str:
    if name == "is_confidential":
        return t("confidential") if value else t("not confidential")
    if name == "urgency":
        return urgency(str(value)).lower()
    if value is None:
        return t(NO_AGENCY)
    return titles.get(str(value), str(value))


def hundredths(share: float) -> int:
    """The share in whole hundredths, the same wherever it stands."""
    return round(share * 100)


def share(k: int, n: int) -> str:
    """`83% (71 to 91)`: k of n with Wilson's 95 % interval (Wilson, 1927), an en dash where n is 0."""
    if not n:
        return "–"
    low, high = binomtest(int(k), int(n)).proportion_ci(method="wilson")
    return t("{share} ({low} to {high})", share=percent(k / n), low=hundredths(low), high=hundredths(high))


def figure(value: float | None, unit: str) -> str:
    """`84.5 %`, `1,120 minutes`, `0.042 cases`, an en dash where there is none."""
    if not has_value(value):
        return "–"
    if value == 0 or 1 <= abs(value) < 1e12:
        said = number(value, 1)
    elif 1e-6 <= abs(value) < 1:
        said = number(value, 2 - floor(log10(abs(value))))  # three digits that count
    else:
        said = f"{value:.3g}"
    return f"{said} {unit}"


def reached(actual: float | None, unit: str, status: object) -> str:
    """`84.5 %`, `84.5 % (provisional)`."""
    said = figure(actual, unit)
    return t("{figure} (provisional)", figure=said) if status == "provisional" and has_value(actual) else said


def aimed(target: float | None, first_target: float | None, expected: float | None, unit: str) -> str:
    """`90 %`; of a target that was moved `88 % (first 90)`; without one `85.5 % by then`, where a later one leads."""
    if not has_value(target):
        return t("{figure} by then", figure=figure(expected, unit)) if has_value(expected) else "–"
    said = figure(target, unit)
    if not has_value(first_target) or first_target == target:
        return said
    return t("{figure} (first {first})", figure=said, first=figure(first_target, "").strip())


def counted(n: float | None) -> str:
    """`50,750`, an en dash where it is not known."""
    return number(n) if has_value(n) else "–"


def has_value(number: float | None) -> TypeGuard[float]:
    return number is not None and not isnan(number)


def working_days(k: float | None) -> str:
    """`6 working days`; of half of which too few were answered, `not yet`."""
    return t("not yet") if k is None else n("{n} working day", "{n} working days", int(k))


def between(interval: tuple[float, float]) -> str:
    """`60 to 81%`."""
    return t("{low} to {high}", low=hundredths(interval[0]), high=percent(interval[1]))


def between_days(interval: tuple[float, float]) -> str:
    """`5 to 7 days`, `5 days`, `5 days or more`, `7 days or fewer`, `cannot be told yet`."""
    low, high = interval
    if not isfinite(high):
        return n("{n} day or more", "{n} days or more", int(low)) if low > 0 else t("cannot be told yet")
    if low == high:
        return days(int(low))
    if low > 0:
        return n("{low} to {n} day", "{low} to {n} days", int(high), low=number(low))
    return n("{n} day or fewer", "{n} days or fewer", int(high))


def shortened(text: str, most: int = 140) -> str:
    """The beginning of a text on one line, cut between words."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[:most].rsplit(' ', 1)[0]}…"


def burst(n_voices: int, window_hours: int, n_expected: float, until: datetime) -> str:
    """`14 voices in the 6 hours to 3 Aug 14:00, where 1.2 are usual`; expected counts under 0.1 are said as such."""
    usual = number(n_expected, 1) if n_expected >= 0.1 else t("fewer than {number}", number=number(0.1, 1))
    at = short_moment(until)
    if window_hours == 1:
        return n(
            "{n} voice in the hour to {until}, where {usual} are usual",
            "{n} voices in the hour to {until}, where {usual} are usual",
            n_voices, until=at, usual=usual,
        )  # fmt: skip
    if window_hours == 24:
        return n(
            "{n} voice in the day to {until}, where {usual} are usual",
            "{n} voices in the day to {until}, where {usual} are usual",
            n_voices, until=at, usual=usual,
        )  # fmt: skip
    if window_hours % 24:
        return n(
            "{n} voice in the {hours} hours to {until}, where {usual} are usual",
            "{n} voices in the {hours} hours to {until}, where {usual} are usual",
            n_voices, hours=window_hours, until=at, usual=usual,
        )  # fmt: skip
    return n(
        "{n} voice in the {days} days to {until}, where {usual} are usual",
        "{n} voices in the {days} days to {until}, where {usual} are usual",
        n_voices, days=window_hours // 24, until=at, usual=usual,
    )  # fmt: skip


def topic_change(kind: str, other_id: int, changed_at: date) -> str:
    """How a topic came to be what it is: what joined it, or what it was part of."""
    if kind == "merged":
        return t("Topic {other} became part of this one on {day}.", other=other_id, day=day(changed_at))
    return t("This was part of topic {other} until {day}.", other=other_id, day=day(changed_at))


def reason(said: str) -> str:
    """Why the machine suggests what it does: it says so in English, one of `REASONS`."""
    for message in REASONS:
        if found := _form(message).fullmatch(said):
            return t(message, **found.groupdict())
    return said


@cache
def _form(message: str) -> re.Pattern[str]:
    """What a message looks like once its names are filled in."""
    return re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+?)", re.escape(message)), re.DOTALL)


def in_words(error: PortalError) -> str:
    """What the portal refuses, in the language of the page: a sentence without a capital and a full stop."""
    return t(error.message, **{name: _part(value) for name, value in error.values.items()})


def _part(value: object) -> object:
    if isinstance(value, CaseState):
        return case_state(value)
    if isinstance(value, Words):
        return t(value)
    return number(value) if isinstance(value, int) else value


def escaped(text: str) -> str:
    """A few words of a machine's or a deployment's, safe inside a Markdown sentence, on one line.

    What people wrote is shown by `st.text`, which knows no Markdown at all: Streamlit makes links and signs also of
    escaped words.
    """
    return MARKDOWN.sub(r"\\\1", SPACE.sub(" ", text).strip())


def zone(timezone: ZoneInfo) -> str:
    """`Mahe time` for Indian/Mahe."""
    return t("{place} time", place=timezone.key.rsplit("/", 1)[-1].replace("_", " "))
