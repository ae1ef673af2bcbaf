"""How codes, counts, times and people's own words are said on a page."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from math import isfinite, isnan
from typing import Any, TypeGuard
from zoneinfo import ZoneInfo

from scipy.stats import binomtest

from flows.formats import day, long_day, moment, month, number, percent, short_day, short_month, weekday

LANGUAGES = {"en": "English", "fr": "French", "crs": "Creole", "other": "Other"}
CHANNELS = {
    "portal": "Portal",
    "facebook": "Facebook",
    "reddit": "Reddit",
    "whatsapp": "WhatsApp",
    "sms": "SMS",
    "forum": "Forum",
}
URGENCY = {"emergency": "Emergency", "urgent": "Urgent", "normal": "Normal"}
URGENCY_STYLES = {
    "Emergency": "background-color: #9a3a00; color: #ffffff; font-weight: bold",
    "Urgent": "background-color: #f3bd4f; color: #1b2a33",
    "Normal": "",
}
ROUTES = {"auto": "Automatic", "review": "A person decides"}
STATES = {
    "ok": "Read",
    "unavailable": "Could not be reached",
    "refused": "Refused to answer",
    "unreadable": "Could not be read",
}
CASE_STATES = {
    "received": "New",
    "acknowledged": "Acknowledged",
    "routed": "Accepted",
    "in_progress": "In progress",
    "on_hold": "Waits for the citizen",
    "escalated": "Escalated",
    "resolved": "Resolved",
    "upheld": "Upheld",
    "partly_upheld": "Partly upheld",
    "not_upheld": "Not upheld",
    "duplicate": "Duplicate",
    "out_of_scope": "Out of scope",
    "withdrawn": "Withdrawn",
}
OUTCOMES = {
    "resolved": "close it: resolved",
    "upheld": "close it: upheld",
    "partly_upheld": "close it: partly upheld",
    "not_upheld": "close it: not upheld",
    "out_of_scope": "close it: out of scope",
}
KPI_STATES = {"on_track": "On track", "at_risk": "At risk", "off_track": "Off track", "no_data": "No data"}
KPI_SIGNS = {"on_track": "✓ On track", "at_risk": "! At risk", "off_track": "✗ Off track", "no_data": "· No data"}
ERASED = "Erased: these words were taken back."
NO_AGENCY = "No agency"
NO_CHANNEL = "Confidential"
NOT_KNOWN = "not known"
THREE_LINES, FOUR_LINES = 66, 86  # pixels of a table's row; Streamlit wraps its words from 65 on
__all__ = [
    "day",
    "long_day",
    "moment",
    "month",
    "number",
    "percent",
    "short_day",
    "short_month",
    "weekday",
]  # of `flows`
MARKDOWN = re.compile(r"([!-/:-@\[-`{-~])")


def channel(code: object) -> str:
    """Confidential posts are published under no channel."""
    return CHANNELS.get(code, code) if isinstance(code, str) and code != "none" else NO_CHANNEL


def language(code: str) -> str:
    return LANGUAGES.get(code, code)


def agency(code: object, names: Mapping[str, str]) -> str:
    """The agency's name; a code that has none is said as it is."""
    return names.get(code, code) if isinstance(code, str) and code != "none" else NO_AGENCY


def agency_and_code(code: str, names: Mapping[str, str]) -> str:
    """`Public Utilities Corporation (PUC)`, for whoever looks it up by its code."""
    return f"{names[code]} ({code})" if code in names else agency(code, names)


def count(n: int, thing: str, things: str | None = None) -> str:
    """`1 post`, `1,124 posts`."""
    return f"{n:,} {thing if n == 1 else things or thing + 's'}"


def voices(n_posts: int, n_voices: int, n_without_author: int) -> str:
    """`3 posts by 2 voices`; a voice is a known author, so posts without one are told apart."""
    if not n_posts:
        return "no posts"
    if n_without_author == n_posts:
        return f"{count(n_posts, 'post')}, author{'s' if n_posts > 1 else ''} {NOT_KNOWN}"
    if n_posts == 1:
        return count(n_posts, "post")
    others = f", {n_without_author:,} without author" if n_without_author else ""
    return f"{count(n_posts, 'post')} by {count(n_voices, 'voice')}{others}"


def routing(n_matters: int, n_auto: int, n_confidential: int) -> str:
    """How many matters go to their agency by themselves, and why the others do not, as Markdown."""
    n_unsure = n_matters - n_auto - n_confidential
    whys = [f"{n_confidential:,} {'is' if n_confidential == 1 else 'are'} confidential"] * (n_confidential > 0)
    whys += [f"of {n_unsure:,} the machine is not sure enough, or the agency itself is accused"] * (n_unsure > 0)
    because = f" For the others a person must confirm the agency: {'; '.join(whys)}." if whys else ""
    return f"**{n_auto:,} of {count(n_matters, 'matter')}** go to an agency without a person.{because}"


def dates(first: date, last: date) -> str:
    """`14 Oct 2026`, `14 Oct to 3 Nov 2026`, `30 Dec 2025 to 2 Jan 2026`."""
    if (first.year, first.month, first.day) == (last.year, last.month, last.day):
        return f"{last:%-d %b %Y}"
    return f"{first:{'%-d %b' if first.year == last.year else '%-d %b %Y'}} to {last:%-d %b %Y}"


def due(by: datetime, now: datetime, *, is_late: bool) -> str:
    """`5 Aug, 3 days late`, `today`, `tomorrow`, `14 Aug`: until when an answer is owed."""
    days = (by.date() - now.date()).days
    if is_late:
        return f"{by:%-d %b}, {count(max(1, -days), 'day')} late"
    return {0: "today", 1: "tomorrow"}.get(days, f"{by:%-d %b}")


def happened(at: datetime, who: str, action: str, details: Mapping[str, Any], titles: Mapping[str, str]) -> str:
    """`5 Aug 2026, 14:02 · marie (officer): corrected (Roads, SLTA)`: an event of a case on a line."""
    note = details.get("reason") or details.get("outcome") or details.get("level") or details.get("category") or ""
    if isinstance(after := details.get("after"), Mapping):
        before = details.get("before") or {}
        note = ", ".join(_changed(name, value, titles) for name, value in after.items() if value != before.get(name))
    return f"{at:%-d %b %Y, %H:%M} · {who}: {action}{f' ({titles.get(note, str(note))})' if note else ''}"


def _changed(name: str, value: object, titles: Mapping[str, str]) -> str:
    if name == "is_confidential":
        return "confidential" if value else "not confidential"
    if value is None:
        return NO_AGENCY
    return titles.get(str(value), str(value))


def hundredths(share: float) -> int:
    """The share in whole hundredths, the same wherever it stands."""
    return round(share * 100)


def share(k: int, n: int) -> str:
    """`83% (71 to 91)`: k of n with Wilson's 95 % interval (Wilson, 1927), an en dash where n is 0."""
    if not n:
        return "–"
    low, high = binomtest(int(k), int(n)).proportion_ci(method="wilson")
    return f"{percent(k / n)} ({hundredths(low)} to {hundredths(high)})"


def figure(value: float | None, unit: str) -> str:
    """`84.5 %`, `1,120 minutes`, `0.042 cases`, an en dash where there is none."""
    if value is None or isnan(value):
        return "–"
    is_plain = value == 0 or 1 <= abs(value) < 1e12
    said = f"{value:,.1f}".removesuffix(".0") if is_plain else f"{value:.3g}"
    return f"{said} {unit}"


def reached(actual: float | None, unit: str, status: object) -> str:
    """`84.5 %`, `84.5 % (provisional)`."""
    return figure(actual, unit) + (" (provisional)" if status == "provisional" and has_value(actual) else "")


def aimed(target: float | None, first_target: float | None, expected: float | None, unit: str) -> str:
    """`90 %`; of a target that was moved `88 % (first 90)`; without one `85.5 % by then`, where a later one leads."""
    if not has_value(target):
        return f"{figure(expected, unit)} by then" if has_value(expected) else "–"
    moved = f" (first {figure(first_target, '').strip()})" if has_value(first_target) and first_target != target else ""
    return f"{figure(target, unit)}{moved}"


def counted(n: float | None) -> str:
    """`50,750`, an en dash where it is not known."""
    return f"{n:,.0f}" if has_value(n) else "–"


def has_value(number: float | None) -> TypeGuard[float]:
    return number is not None and not isnan(number)


def working_days(days: float | None) -> str:
    """`6 working days`; of half of which too few were answered, `not yet`."""
    return "not yet" if days is None else count(int(days), "working day")


def between(interval: tuple[float, float]) -> str:
    """`60 to 81%`."""
    return f"{hundredths(interval[0])} to {percent(interval[1])}"


def between_days(interval: tuple[float, float]) -> str:
    """`5 to 7 days`, `5 days`, `5 days or more`, `7 days or fewer`, `cannot be told yet`."""
    low, high = interval
    if not isfinite(high):
        return f"{count(int(low), 'day')} or more" if low > 0 else "cannot be told yet"
    if low == high:
        return count(int(low), "day")
    return f"{int(low)} to {count(int(high), 'day')}" if low > 0 else f"{count(int(high), 'day')} or fewer"


def shortened(text: str, most: int = 140) -> str:
    """The beginning of a text on one line, cut between words."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[:most].rsplit(' ', 1)[0]}…"


def burst(n_voices: int, window_hours: int, n_expected: float, until: date) -> str:
    """`14 voices in the 6 hours to 3 Aug 14:00, where 1.2 are usual`; expected counts under 0.1 are said as such."""
    usual = f"{n_expected:.1f}" if n_expected >= 0.1 else "fewer than 0.1"
    days, hours = divmod(window_hours, 24)
    window = f"{window_hours} hours" if hours else f"{days} days"
    window = {1: "hour", 24: "day"}.get(window_hours, window)
    return f"{count(n_voices, 'voice')} in the {window} to {until:%-d %b %H:%M}, where {usual} are usual"


def topic_change(kind: str, other_id: int, changed_at: date) -> str:
    """How a topic came to be what it is: what joined it, or what it was part of."""
    if kind == "merged":
        return f"Topic {other_id} became part of this one on {changed_at:%-d %b %Y}."
    return f"This was part of topic {other_id} until {changed_at:%-d %b %Y}."


def escaped(text: str) -> str:
    """A few words of a machine's or a deployment's, safe inside a Markdown sentence, on one line.

    What people wrote is shown by `st.text`, which knows no Markdown at all: Streamlit makes links and signs also of
    escaped words.
    """
    return MARKDOWN.sub(r"\\\1", " ".join(text.split()))


def zone(timezone: ZoneInfo) -> str:
    """`Mahe time` for Indian/Mahe."""
    return f"{timezone.key.rsplit('/', 1)[-1].replace('_', ' ')} time"
