"""The post contract: what a record of any source becomes, or why it cannot.

`parse_post` is the one border where foreign records enter. A post without an id or without text cannot be used and
is set aside. Any other field that cannot be read is left empty and named in `unread`: the whole record is kept as it
came in `raw`, so nothing is lost, and one odd date does not silence a citizen.
"""

import base64
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from portal.limits import MAX_TEXT_CHARS

POST_FIELDS = (
    "id", "text", "created_at", "source", "author", "district", "lat", "lon", "address", "url", "is_formal",
    "category", "lang",
)  # fmt: skip
DEFAULT_TIMEZONE = ZoneInfo("Indian/Mahe")
MAX_EPOCH_SECONDS = 1e11  # the year 5138; a greater number counts milliseconds


@dataclass(frozen=True, slots=True)
class RawPost:
    """One thing one person said, as received.

    `created_at` is UTC. `channel` is where it was said (portal, facebook, …), None when the source does not tell.
    `raw` is the record as it came, before mapping. `unread` names the optional fields that could not be read.
    """

    source_id: str
    text: str
    raw: Mapping[str, Any]
    created_at: datetime | None = None
    channel: str | None = None
    author: str | None = None
    district: str | None = None
    lat: float | None = None
    lon: float | None = None
    address: str | None = None
    url: str | None = None
    is_formal: bool | None = None
    source_category: str | None = None
    source_lang: str | None = None
    unread: tuple[str, ...] = ()

    @property
    def spot(self) -> tuple[float, float] | None:
        """Latitude and longitude in degrees, where both are known."""
        return None if self.lat is None or self.lon is None else (self.lat, self.lon)


@dataclass(frozen=True, slots=True)
class SetAside:
    """A record that cannot be used: why, where it stood (1-based line or row, 0 where it has no place), all of it.

    `source_id` tells a record that is met again, where the source names its records.
    """

    reason: str
    position: int
    content: str | bytes
    source_id: str | None = None

    def as_json(self) -> str:
        """One JSON line; bytes that are not UTF-8 travel as base64, so that nothing is lost."""
        record: dict[str, Any] = {"position": self.position, "reason": self.reason}
        if isinstance(self.content, bytes):
            record["base64"] = base64.b64encode(self.content).decode("ascii")
        else:
            record["content"] = self.content
        return json.dumps(record, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Deleted:
    """A post that its source has deleted: what landed of it is to be erased."""

    source_id: str


Record = RawPost | SetAside | Deleted


class UnusableRecordError(Exception):
    """A record lacks what a post cannot be without. Never leaves this package: it becomes a `SetAside`."""


def parse_post(
    record: Mapping[str, Any], mapping: Mapping[str, str] | None = None, zone: tzinfo = DEFAULT_TIMEZONE
) -> RawPost:
    """Turn a source's record into a `RawPost`.

    `mapping` gives the source's own name for a field (`{"text": "body"}`); other fields are looked up by their own
    name. A time without a zone is local time of `zone`. Raises `UnusableRecordError` with a short reason when there is
    no id, no text, or far too much text.
    """
    columns = mapping or {}

    def value(field: str) -> Any:
        found = record.get(columns.get(field, field))
        return None if isinstance(found, float) and math.isnan(found) else found

    source_id = _identifier(value("id"))
    text = value("text")
    if text is None or (isinstance(text, str) and not text.strip()):
        raise UnusableRecordError("no text")
    if not isinstance(text, str):
        raise UnusableRecordError(f"text is {type(text).__name__}, not a string")
    if len(text) > MAX_TEXT_CHARS:
        raise UnusableRecordError(f"text has {len(text):,} characters, the limit is {MAX_TEXT_CHARS:,}")
    unread: list[str] = []

    def read(field: str, parse: Any) -> Any:
        found = value(field)
        if found is None or found == "":
            return None
        try:
            return parse(found)
        except (ValueError, TypeError, OverflowError, OSError):
            unread.append(field)
            return None

    return RawPost(
        source_id=source_id,
        text=text,
        raw=dict(record),
        created_at=read("created_at", lambda v: parse_time(v, zone)),
        channel=read("source", _line),
        author=read("author", _line),
        district=read("district", _line),
        lat=read("lat", lambda v: _degrees(v, 90)),
        lon=read("lon", lambda v: _degrees(v, 180)),
        address=read("address", _line),
        url=read("url", _line),
        is_formal=read("is_formal", _truth),
        source_category=read("category", _line),
        source_lang=read("lang", _line),
        unread=tuple(unread),
    )


def parse_time(value: Any, zone: tzinfo = DEFAULT_TIMEZONE) -> datetime:
    """ISO 8601, a datetime or date, or the time since 1970, as UTC; what says no zone is local time of `zone`.

    A time since 1970, also as text of nine digits or more, is in seconds, beyond `MAX_EPOCH_SECONDS` in milliseconds.
    Raises ValueError, TypeError, OverflowError or OSError.
    """
    if isinstance(value, bool):
        raise TypeError("a truth value is no time")
    if isinstance(value, str):
        value = value.strip()
        value = float(value) if re.fullmatch(r"\d{9,}(\.\d+)?", value) else datetime.fromisoformat(value)
    if isinstance(value, int | float):
        return datetime.fromtimestamp(value / 1000 if abs(value) > MAX_EPOCH_SECONDS else value, UTC)
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime.combine(value, time())
    if not isinstance(value, datetime):
        raise TypeError(f"{type(value).__name__} is no time")
    return (value if value.tzinfo else value.replace(tzinfo=zone)).astimezone(UTC)


def _identifier(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        raise UnusableRecordError("no id")
    if not isinstance(value, str | int | float | Decimal):
        raise UnusableRecordError(f"id is {type(value).__name__}, not a string or a number")
    if isinstance(value, float | Decimal) and math.isfinite(value) and value == int(value):
        value = int(value)  # 1.0 and 1 are one post
    try:
        identifier = str(value).strip()
    except ValueError:  # Python's limit on the digits of a number
        raise UnusableRecordError("id is a number too long to write") from None
    if not identifier:
        raise UnusableRecordError("no id")
    return identifier


def _line(value: Any) -> str | None:
    if isinstance(value, bool | list | dict):
        raise TypeError("not a line of text")
    return str(value).strip() or None


def _degrees(value: Any, bound: int) -> float:
    if isinstance(value, bool):
        raise TypeError("a truth value is no place")
    number = float(value)
    if not abs(number) <= bound:
        raise ValueError("outside the globe")
    return number


def _truth(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    truths = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
    return truths[str(value).strip().lower()] if str(value).strip().lower() in truths else _not_a_truth()


def _not_a_truth() -> bool:
    raise ValueError("neither true nor false")
