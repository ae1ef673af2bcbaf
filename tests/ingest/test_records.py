"""The border where foreign records enter: what becomes a post, what is left empty, what is set aside."""

import base64
import json
import math
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.records import POST_FIELDS, RawPost, SetAside, UnusableRecordError, parse_post
from portal.limits import MAX_TEXT_CHARS

NOON = datetime(2026, 8, 3, 12, tzinfo=UTC)
NAN = float("nan")
OPTIONAL_FIELDS = [field for field in POST_FIELDS if field not in ("id", "text")]


def parsed(**fields: Any) -> RawPost:
    return parse_post({"id": "1", "text": "Napa delo", **fields})


def test_every_field_finds_its_place() -> None:
    record = {
        "id": "7", "text": "Napa delo", "created_at": "2026-08-03T12:00:00Z", "source": "facebook", "author": "A. B.",
        "district": "SC-05", "lat": -4.6, "lon": 55.4, "address": "Mont Fleuri", "url": "https://example.org/7",
        "is_formal": True, "category": "water", "lang": "crs",
    }  # fmt: skip
    assert set(record) == set(POST_FIELDS)
    assert parse_post(record) == RawPost(
        source_id="7", text="Napa delo", raw=record, created_at=NOON, channel="facebook", author="A. B.",
        district="SC-05", lat=-4.6, lon=55.4, address="Mont Fleuri", url="https://example.org/7", is_formal=True,
        source_category="water", source_lang="crs", unread=(),
    )  # fmt: skip


def test_a_mapped_field_is_read_under_the_name_the_source_gives_it() -> None:
    record = {"id": "1", "text": "a title", "body": "Napa delo", "when": "2026-08-03T12:00:00Z", "author": "A. B."}
    post = parse_post(record, {"text": "body", "created_at": "when"})
    assert (post.text, post.created_at, post.author) == ("Napa delo", NOON, "A. B.")


def test_a_mapped_field_is_never_read_under_its_own_name() -> None:
    post = parse_post({"id": "1", "text": "Napa delo", "author": "A. B."}, {"author": "user"})
    assert post.author is None
    with pytest.raises(UnusableRecordError, match="no text"):
        parse_post({"id": "1", "text": "Napa delo"}, {"text": "body"})


@pytest.mark.parametrize(
    ("source_id", "expected"),
    [
        ("a-1", "a-1"),
        (" a 1\t", "a 1"),
        (7, "7"),
        (0, "0"),
        (1.5, "1.5"),
        ("nan", "nan"),
        ("1.0", "1.0"),
        (1.0, "1"),
        (-0.0, "0"),
        (1e20, "100000000000000000000"),
        (Decimal("7.00"), "7"),
        (Decimal("7.10"), "7.10"),
    ],
)
def test_an_id_is_kept_as_text_without_space_around_it_and_a_whole_number_as_one(
    source_id: object, expected: str
) -> None:
    assert parsed(id=source_id).source_id == expected


@pytest.mark.parametrize(
    ("source_id", "reason"),
    [
        (None, "no id"),
        ("", "no id"),
        (" \t\n", "no id"),
        (NAN, "no id"),
        (True, "no id"),
        (False, "no id"),
        (["a"], "id is list, not a string or a number"),
        ({"a": 1}, "id is dict, not a string or a number"),
    ],
)
def test_a_record_without_a_usable_id_is_no_post(source_id: object, reason: str) -> None:
    with pytest.raises(UnusableRecordError, match=f"^{reason}$"):
        parsed(id=source_id)


def test_an_id_too_long_to_be_written_out_is_refused_like_any_other() -> None:
    with pytest.raises(UnusableRecordError):
        parsed(id=10**5000)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (None, "no text"),
        ("", "no text"),
        (" \t\r\n\u00a0", "no text"),
        (NAN, "no text"),
        (7, "text is int, not a string"),
        (True, "text is bool, not a string"),
        (["Napa delo"], "text is list, not a string"),
        (b"Napa delo", "text is bytes, not a string"),
        ("x" * (MAX_TEXT_CHARS + 1), "text has 200,001 characters, the limit is 200,000"),
    ],
    ids=["none", "empty", "blank", "nan", "number", "truth", "list", "bytes", "too long"],
)
def test_a_record_without_a_usable_text_is_no_post(text: object, reason: str) -> None:
    with pytest.raises(UnusableRecordError, match=f"^{reason}$"):
        parsed(text=text)


@pytest.mark.parametrize(("missing", "reason"), [("id", "no id"), ("text", "no text")])
def test_a_record_that_lacks_the_field_altogether_is_no_post(missing: str, reason: str) -> None:
    record = {"id": "1", "text": "Napa delo"}
    del record[missing]
    with pytest.raises(UnusableRecordError, match=f"^{reason}$"):
        parse_post(record)


@pytest.mark.parametrize("text", [" Napa delo \n", "x" * MAX_TEXT_CHARS, "💧"], ids=["space", "longest", "emoji"])
def test_a_text_is_kept_to_the_character(text: str) -> None:
    assert parsed(text=text).text == text


@pytest.mark.parametrize("nothing", [None, "", NAN])
def test_an_optional_field_that_holds_nothing_is_empty_and_not_unread(nothing: object) -> None:
    record = {"id": "1", "text": "Napa delo", **dict.fromkeys(OPTIONAL_FIELDS, nothing)}
    assert parse_post(record) == RawPost(source_id="1", text="Napa delo", raw=record)


@pytest.mark.parametrize(
    "value",
    [
        "2026-08-03T12:00:00Z",
        "2026-08-03T16:00:00+04:00",
        "2026-08-03T16:00:00",
        "2026-08-03 16:00",
        " 2026-08-03T12:00:00Z ",
        int(NOON.timestamp()),
        NOON.timestamp(),
        str(int(NOON.timestamp())),
        NOON.timestamp() * 1000,
        f"{NOON.timestamp() * 1000:.0f}",
        NOON,
        NOON.replace(tzinfo=None, hour=16),
        NOON.astimezone(timezone(timedelta(hours=4))),
    ],
)
def test_every_form_of_a_time_is_read_as_the_same_moment_in_utc(value: object) -> None:
    post = parsed(created_at=value)
    assert (post.created_at, post.unread) == (NOON, ())
    assert post.created_at is not None
    assert post.created_at.utcoffset() == timedelta(0)


def test_a_date_without_a_time_is_its_midnight_on_the_islands() -> None:
    for value in (NOON.date(), "2026-08-03", "20260803"):
        assert parsed(created_at=value).created_at == datetime(2026, 8, 2, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "hour"),
    [("2026-08-03T12:00:00", 10), (NOON.replace(tzinfo=None), 10), ("2026-08-03T12:00:00Z", 12), (NOON, 12)],
)
def test_only_a_time_that_says_no_zone_is_local(value: object, hour: int) -> None:
    post = parse_post({"id": "1", "text": "x", "created_at": value}, zone=ZoneInfo("Europe/Paris"))
    assert post.created_at == NOON.replace(hour=hour)


def test_zero_seconds_since_1970_is_a_time() -> None:
    assert parsed(created_at=0).created_at == datetime(1970, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("created_at", "yesterday"),
        ("created_at", "2026-13-01"),
        ("created_at", "0001-01-01T00:00:00+04:00"),
        ("created_at", True),
        ("created_at", ["2026-08-03"]),
        ("created_at", {"seconds": 0}),
        ("created_at", 1e15),
        ("created_at", 1e17),
        ("created_at", -1e18),
        ("created_at", 10**30),
        ("created_at", math.inf),
        ("lat", 90.1),
        ("lat", -91),
        ("lat", "55,4"),
        ("lat", "nan"),
        ("lat", math.inf),
        ("lat", 10**400),
        ("lat", [4.6]),
        ("lat", True),
        ("lon", 180.5),
        ("lon", -181),
        ("lon", "east"),
        ("is_formal", "maybe"),
        ("is_formal", 2),
        ("is_formal", [True]),
        ("source", ["facebook"]),
        ("author", {"name": "A. B."}),
        ("district", True),
        ("address", ["Mont Fleuri"]),
        ("url", False),
        ("category", {}),
        ("lang", []),
    ],
)
def test_a_field_that_cannot_be_read_is_left_empty_and_named(field: str, value: object) -> None:
    record = {"id": "1", "text": "Napa delo", field: value}
    assert parse_post(record) == RawPost(source_id="1", text="Napa delo", raw=record, unread=(field,))


def test_every_field_that_cannot_be_read_is_named() -> None:
    post = parsed(created_at="yesterday", author="A. B.", lat=900, lon=900, is_formal="maybe")
    assert set(post.unread) == {"created_at", "lat", "lon", "is_formal"}
    assert post.author == "A. B."


@pytest.mark.parametrize(
    ("lat", "lon", "expected"),
    [
        (90, 180, (90.0, 180.0)),
        (-90, -180, (-90.0, -180.0)),
        (0, 0, (0.0, 0.0)),
        ("-4.62", " 55.45 ", (-4.62, 55.45)),
        (-4.62, None, (-4.62, None)),
    ],
)
def test_a_position_on_the_globe_is_read(lat: object, lon: object, expected: tuple[float, float | None]) -> None:
    post = parsed(lat=lat, lon=lon)
    assert ((post.lat, post.lon), post.unread) == (expected, ())


@pytest.mark.parametrize(
    ("lat", "lon", "spot"),
    [
        pytest.param(-4.62, "55.45", (-4.62, 55.45), id="both"),
        pytest.param(0, 0, (0.0, 0.0), id="where both are nought"),
        pytest.param(-4.62, None, None, id="no longitude"),
        pytest.param(None, 55.45, None, id="no latitude"),
        pytest.param(-4.62, 900, None, id="a longitude that is none"),
        pytest.param(None, None, None, id="neither"),
    ],
)
def test_a_spot_has_both_latitude_and_longitude(lat: object, lon: object, spot: tuple[float, float] | None) -> None:
    assert parsed(lat=lat, lon=lon).spot == spot


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (True, True), ("true", True), (" TRUE ", True), ("yes", True), ("Yes", True), (1, True), ("1", True),
        (False, False), ("false", False), ("False", False), ("no", False), (0, False), ("0", False),
    ],
)  # fmt: skip
def test_every_form_of_a_truth_is_read(value: object, expected: bool) -> None:
    post = parsed(is_formal=value)
    assert post.is_formal is expected
    assert post.unread == ()


@pytest.mark.parametrize(("value", "expected"), [(" SC-05 ", "SC-05"), (7, "7"), (" \t", None)])
def test_a_line_of_text_is_kept_without_space_around_it(value: object, expected: str | None) -> None:
    post = parsed(district=value)
    assert (post.district, post.unread) == (expected, ())


def test_the_record_is_kept_whole_as_it_came() -> None:
    record = {"id": " 7 ", "text": " x ", "created_at": "yesterday", "votes": [1, {"up": None}], "lat": 900}
    post = parse_post(record, {"author": "votes"})
    record["text"] = "changed later"
    assert post.raw == {"id": " 7 ", "text": " x ", "created_at": "yesterday", "votes": [1, {"up": None}], "lat": 900}


@settings(max_examples=100, deadline=None)
@given(content=st.text() | st.binary(), reason=st.text(), position=st.integers(1))
def test_what_is_set_aside_comes_back_from_its_json_line(content: str | bytes, reason: str, position: int) -> None:
    line = SetAside(reason, position, content).as_json()
    assert "\n" not in line
    record = json.loads(line.encode("utf-8"))
    kept = base64.b64decode(record["base64"]) if isinstance(content, bytes) else record["content"]
    assert (kept, record["reason"], record["position"]) == (content, reason, position)


def test_what_is_set_aside_stays_readable_for_a_person() -> None:
    assert SetAside("no id", 3, "Delo 💧 é").as_json() == '{"position": 3, "reason": "no id", "content": "Delo 💧 é"}'
    assert SetAside("bad", 4, b"\xff").as_json() == '{"position": 4, "reason": "bad", "base64": "/w=="}'


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
WITH_ID_AND_TEXT = st.fixed_dictionaries(
    {"id": st.text() | st.integers(), "text": st.text()}, optional=dict.fromkeys(OPTIONAL_FIELDS, JSON_VALUES)
)
ANY_RECORD = WITH_ID_AND_TEXT | st.dictionaries(st.sampled_from(POST_FIELDS) | st.text(), JSON_VALUES)


@settings(max_examples=200, deadline=None)
@given(record=ANY_RECORD)
def test_any_record_is_a_post_with_its_own_id_and_text_or_unusable(record: dict[str, Any]) -> None:
    try:
        post = parse_post(record)
    except UnusableRecordError:
        given_strings = [value for value in (record.get("id"), record.get("text")) if isinstance(value, str)]
        assert len([value for value in given_strings if value.strip()]) < 2
    else:
        assert (post.source_id, post.text) == (str(record["id"]).strip(), record["text"])
        assert post.raw == record
        assert set(post.unread) <= set(OPTIONAL_FIELDS)
