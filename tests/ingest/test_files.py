"""Posts from files: every line and row becomes a post or is set aside whole; only a whole file can be refused."""

import base64
import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.errors import ColumnMissingError, FileUnreadableError
from ingest.files import Record, read_file
from ingest.records import POST_FIELDS, RawPost, SetAside
from portal.limits import MAX_TEXT_CHARS

GOOD = b'{"id": "good", "text": "Napa delo"}'
Read = Callable[..., list[Record]]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Write bytes to a file of that name in a folder of the test's own, and read its records."""

    def written(name: str, content: bytes, mapping: dict[str, str] | None = None) -> list[Record]:
        (tmp_path / name).write_bytes(content)
        return list(read_file(str(tmp_path / name), mapping))

    return written


def post(record: Record) -> RawPost:
    assert isinstance(record, RawPost), record
    return record


def aside(record: Record) -> SetAside:
    assert isinstance(record, SetAside), record
    return record


def said(records: list[Record]) -> list[tuple[str, str]]:
    return [(post(record).source_id, post(record).text) for record in records]


def kept(record: Record) -> Any:
    """What a person gets back from the line that is written about a record set aside."""
    line = json.loads(aside(record).as_json().encode("utf-8"))
    return base64.b64decode(line["base64"]) if "base64" in line else line["content"]


# JSON Lines


@pytest.mark.parametrize("name", ["a.jsonl", "a.ndjson", "a.json", "A.JSONL"])
def test_json_lines_come_in_their_order(read: Read, name: str) -> None:
    lines = [json.dumps({"id": n, "text": f"post {n}"}) for n in (3, 1, 2)]
    assert said(read(name, "\n".join(lines).encode())) == [("3", "post 3"), ("1", "post 1"), ("2", "post 2")]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(GOOD, id="no newline at the end"),
        pytest.param(GOOD + b"\n", id="newline at the end"),
        pytest.param(GOOD + b"\r\n", id="CRLF"),
        pytest.param(b"\xef\xbb\xbf" + GOOD + b"\n", id="byte order mark"),
        pytest.param(b"\n  \n\t\r\n" + GOOD + b"\n\n\n", id="blank lines"),
        pytest.param(b"  " + GOOD + b"  \n", id="space around"),
    ],
)
def test_what_surrounds_a_line_does_not_matter(read: Read, content: bytes) -> None:
    records = read("a.jsonl", content)
    assert said(records) == [("good", "Napa delo")]
    assert post(records[0]).raw == {"id": "good", "text": "Napa delo"}


def test_a_file_with_nothing_in_it_holds_no_posts(read: Read) -> None:
    assert read("a.jsonl", b"") == []


def test_the_fields_of_a_line_are_read_under_mapped_names(read: Read) -> None:
    (record,) = read("a.jsonl", b'{"id": 1, "text": "title", "body": "Napa delo"}', {"text": "body"})
    assert post(record).text == "Napa delo"
    assert post(record).raw == {"id": 1, "text": "title", "body": "Napa delo"}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        pytest.param(b'{"id": 1, "text": }', "not JSON: Expecting value at character 18", id="broken"),
        pytest.param(
            b'{"id": 1, "text": "x',
            "not JSON: Unterminated string starting at at character 18",
            id="cut off",
        ),
        pytest.param(b"Napa delo", "not JSON: Expecting value at character 0", id="no JSON at all"),
        pytest.param(b'[{"id": 1, "text": "x"}]', "a JSON list, not an object", id="list"),
        pytest.param(b'"x"', "a JSON str, not an object", id="string"),
        pytest.param(b"null", "a JSON NoneType, not an object", id="null"),
        pytest.param(b'{"text": "x"}', "no id", id="without id"),
        pytest.param(b'{"id": 1, "text": " "}', "no text", id="without text"),
        pytest.param(b'{"id": NaN, "text": "x"}', "no id", id="NaN for an id"),
    ],
)
def test_a_line_that_is_no_post_is_set_aside_with_its_place_and_reason(read: Read, line: bytes, reason: str) -> None:
    first, second, third = read("a.jsonl", GOOD + b"\n\n" + line + b"\r\n" + GOOD + b"\n")
    assert said([first, third]) == [("good", "Napa delo")] * 2
    assert second == SetAside(reason, 3, line.decode())
    assert kept(second) == line.decode()


@pytest.mark.parametrize("line", [b'{"id": 1, "text": "caf\xe9"}\n', b"\xff\xfe\x00\n", b'{"id": "\xed\xa0\x80"}\n'])
def test_a_line_that_is_not_utf8_is_set_aside_with_every_byte(read: Read, line: bytes) -> None:
    first, second, third = read("a.jsonl", GOOD + b"\n" + line + GOOD)
    assert said([first, third]) == [("good", "Napa delo")] * 2
    assert aside(second).position == 2
    assert aside(second).reason.startswith("not valid UTF-8 at byte ")
    assert kept(second) == line


def test_the_place_of_the_first_bad_byte_is_told(read: Read) -> None:
    (record,) = read("a.jsonl", b"caf\xe9")
    assert aside(record).reason == "not valid UTF-8 at byte 3"


def test_a_byte_order_mark_is_none_further_down(read: Read) -> None:
    first, second = read("a.jsonl", GOOD + b"\n\xef\xbb\xbf" + GOOD)
    assert said([first]) == [("good", "Napa delo")]
    assert kept(second) == "\ufeff" + GOOD.decode()


@pytest.mark.parametrize(
    "line",
    [
        r'{"id": "1", "text": "half \ud83d"}',
        r'{"id": "\udc80", "text": "x"}',
        r'{"id": "1", "text": "x", "votes": [{"by": "\ud83d"}]}',
        r'{"id": "1", "text": "x", "\ud83d": 1}',
    ],
    ids=["text", "id", "deep inside", "name of a field"],
)
def test_a_line_with_half_a_character_is_set_aside_and_can_be_rebuilt(read: Read, line: str) -> None:
    first, second = read("a.jsonl", line.encode() + b"\n" + GOOD)
    assert said([second]) == [("good", "Napa delo")]
    assert (aside(first).reason, aside(first).position) == ("holds half a character (a lone surrogate)", 1)
    assert json.loads(kept(first)) == json.loads(line)


def test_two_halves_of_a_character_are_one_character(read: Read) -> None:
    assert said(read("a.jsonl", rb'{"id": "1", "text": "\ud83d\udca7"}')) == [("1", "💧")]


@pytest.mark.parametrize("depth", [10, 450, 900, 100_000])
def test_no_depth_of_nesting_stops_the_lines_after_it(read: Read, depth: int) -> None:
    nested = '{"id": "deep", "text": "x", "votes": ' + "[" * depth + "]" * depth + "}"
    first, second = read("a.jsonl", nested.encode() + b"\n" + GOOD)
    assert said([second]) == [("good", "Napa delo")]
    assert isinstance(first, RawPost) or kept(first) == nested


def test_a_line_nested_too_deep_says_so(read: Read) -> None:
    (record,) = read("a.jsonl", b"[" * 100_000)
    assert aside(record).reason == "not JSON: nested too deep"


def test_a_number_of_thousands_of_digits_stops_no_other_line(read: Read) -> None:
    line = '{"id": "long", "text": "x", "votes": ' + "1" * 5000 + "}"
    first, second = read("a.jsonl", line.encode() + b"\n" + GOOD)
    assert said([second]) == [("good", "Napa delo")]
    assert isinstance(first, RawPost) or kept(first) == line


def test_a_time_beyond_all_clocks_stops_no_other_line(read: Read) -> None:
    first, second = read("a.jsonl", b'{"id": "late", "text": "x", "created_at": 1e17}\n' + GOOD)
    assert said([first, second]) == [("late", "x"), ("good", "Napa delo")]
    assert post(first).unread == ("created_at",)


def test_a_text_that_is_too_long_is_set_aside_whole(read: Read) -> None:
    line = json.dumps({"id": 1, "text": "x" * (MAX_TEXT_CHARS + 1)})
    first, second = read("a.jsonl", line.encode() + b"\n" + GOOD)
    assert aside(first).reason == "text has 200,001 characters, the limit is 200,000"
    assert kept(first) == line
    assert said([second]) == [("good", "Napa delo")]


def test_a_minus_sign_reads_json_lines_from_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"\xef\xbb\xbf" + GOOD + b"\n\xff\n")))
    first, second = read_file("-")
    assert said([first]) == [("good", "Napa delo")]
    assert (aside(second).position, kept(second)) == (2, b"\xff\n")


JSON_LINE = st.builds(
    lambda record: json.dumps(record).encode(),
    st.dictionaries(st.sampled_from(POST_FIELDS), st.none() | st.integers() | st.text(), max_size=4)
    | st.fixed_dictionaries({"id": st.integers(), "text": st.text(min_size=1)}),
)
ANY_LINE = JSON_LINE | st.binary().map(lambda line: line.replace(b"\n", b" ")) | st.sampled_from([b"", b" \r", GOOD])


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(ANY_LINE, max_size=8))
def test_any_lines_give_one_record_for_each_that_is_not_blank(read: Read, lines: list[bytes]) -> None:
    records = read("a.jsonl", b"\n".join(lines))
    numbered = [(position, line) for position, line in enumerate(lines, start=1) if line.strip()]
    for (position, line), record in zip(numbered, records, strict=True):
        if isinstance(record, RawPost):
            assert record.raw == json.loads(line)
        else:
            assert (record.position, bool(record.reason)) == (position, True)
            kept(record)


# CSV


@pytest.mark.parametrize(
    ("name", "delimiter"), [("a.csv", ","), ("a.csv", ";"), ("a.csv", "\t"), ("a.tsv", "\t"), ("A.CSV", "|")]
)
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["", "byte order mark"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_rows_are_read_whatever_parts_their_cells(
    read: Read, name: str, delimiter: str, mark: bytes, newline: str
) -> None:
    rows = [["id", "text", "author"], ["2", "Napa delo, é", "A. B."], ["1", "Road: broken", ""]]
    text = newline.join(delimiter.join(f'"{cell}"' if "," in cell else cell for cell in row) for row in rows)
    records = read(name, mark + text.encode())
    assert said(records) == [("2", "Napa delo, é"), ("1", "Road: broken")]
    assert [post(record).author for record in records] == ["A. B.", None]


def test_a_quoted_text_may_hold_newlines_quotes_and_delimiters(read: Read) -> None:
    records = read("a.csv", b'id,text\n1,"one\ntwo\r\nthree, ""four"""\n2,five\n')
    assert said(records) == [("1", 'one\ntwo\r\nthree, "four"'), ("2", "five")]


def test_a_row_is_kept_whole_as_it_came(read: Read) -> None:
    (record,) = read("a.csv", b"id,text,votes\n 1 ,Napa delo,07\n")
    assert post(record).raw == {"id": " 1 ", "text": "Napa delo", "votes": "07"}


def test_the_columns_of_a_csv_are_read_under_mapped_names(read: Read) -> None:
    mapping = {"id": "Ref", "text": "What was said", "district": "Area"}
    (record,) = read("a.csv", b"Ref;What was said;Area\n1;Napa delo;SC-05\n", mapping)
    assert said([record]) == [("1", "Napa delo")]
    assert post(record).district == "SC-05"


def test_a_row_with_more_cells_than_columns_is_set_aside(read: Read) -> None:
    first, second, third = read("a.csv", b"id,text\n1,one\n2,two,three,four\n5,five\n")
    assert said([first, third]) == [("1", "one"), ("5", "five")]
    assert (aside(second).reason, aside(second).position) == ("4 cells under 2 column names", 3)
    assert json.loads(kept(second)) == {"id": "2", "text": "two", "(more cells)": ["three", "four"]}


def test_a_row_with_fewer_cells_than_columns_lacks_only_those_fields(read: Read) -> None:
    first, second = read("a.csv", b"id,text,author\n1,one\n2\n")
    assert said([first]) == [("1", "one")]
    assert post(first).author is None
    assert (aside(second).reason, aside(second).position) == ("no text", 3)
    assert json.loads(kept(second)) == {"id": "2", "text": None, "author": None}


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (",Napa delo", "no id"),
        ("2, ", "no text"),
        (f"2,{'x' * (MAX_TEXT_CHARS + 1)}", "text has 200,001 characters, the limit is 200,000"),
    ],
    ids=["no id", "no text", "too long"],
)
def test_a_row_that_is_no_post_is_set_aside_with_its_place_and_reason(read: Read, row: str, reason: str) -> None:
    first, second, third = read("a.csv", f"id,text\n1,one\n{row}\n3,three\n".encode())
    assert said([first, third]) == [("1", "one"), ("3", "three")]
    assert (aside(second).reason, aside(second).position) == (reason, 3)
    assert list(json.loads(kept(second)).values()) == row.split(",")


def test_a_row_that_is_not_utf8_is_set_aside_with_its_bytes(read: Read) -> None:
    first, second, third = read("a.csv", b"id,text\n1,caf\xc3\xa9\n2,caf\xe9 \xff\n3,three\n")
    assert said([first, third]) == [("1", "café"), ("3", "three")]
    assert (aside(second).reason, aside(second).position) == ("not valid UTF-8", 3)
    assert json.loads(kept(second).decode("latin-1")) == {"id": "2", "text": "caf\xe9 \xff"}


def test_a_csv_with_column_names_alone_holds_no_posts(read: Read) -> None:
    assert read("a.csv", b"id,text\n") == []


@pytest.mark.parametrize(
    ("content", "mapping", "complaint"),
    [
        pytest.param(
            b"ref,text\n1,x\n",
            {},
            "has no column 'id' for the field 'id'; its columns are: ref, text. "
            "Say which one holds it with --map id=COLUMN",
            id="id",
        ),
        pytest.param(
            b"id;body\n1;x\n",
            {},
            "has no column 'text' for the field 'text'; its columns are: id, body. "
            "Say which one holds it with --map text=COLUMN",
            id="text",
        ),
        pytest.param(
            b"id,text\n1,x\n",
            {"text": "body"},
            "has no column 'body' for the field 'text'; its columns are: id, text. "
            "Say which one holds it with --map text=COLUMN",
            id="mapped text",
        ),
        pytest.param(
            b"id,text\n1,x\n",
            {"district": "Area"},
            "has no column 'Area' for the field 'district'; its columns are: id, text. "
            "Say which one holds it with --map district=COLUMN",
            id="mapped optional field",
        ),
        pytest.param(
            b"",
            {},
            "has no column 'id' for the field 'id'; its columns are: none. Say which one holds it with --map id=COLUMN",
            id="empty file",
        ),
    ],
)
def test_a_csv_without_a_needed_column_is_refused_in_a_helpful_sentence(
    read: Read, tmp_path: Path, content: bytes, mapping: dict[str, str], complaint: str
) -> None:
    with pytest.raises(ColumnMissingError) as caught:
        read("a.csv", content, mapping)
    assert str(caught.value) == f"{tmp_path / 'a.csv'} {complaint}"


UNMATCHED = "quotes do not match: one is never closed within 200,000 characters, or stands inside a cell"


@pytest.mark.parametrize(
    ("line", "lines_after"),
    [
        pytest.param('2,"never closed', "3,three\n4,four\n", id="never closed"),
        pytest.param('2,"never closed', '3,"three"\n4,four\n', id="closed in a later row"),
        pytest.param('2,"one" two', "3,three\n4,four\n", id="text after a quote"),
        pytest.param('2,"""', '3,three\n4,"four"\n', id="three quotes"),
    ],
)
def test_a_row_whose_quotes_do_not_match_costs_itself_and_no_other(read: Read, line: str, lines_after: str) -> None:
    first, second, *others = read("a.csv", f"id,text\n1,one\n{line}\r\n{lines_after}".encode())
    assert said([first, *others]) == [("1", "one"), ("3", "three"), ("4", "four")]
    assert second == SetAside(UNMATCHED, 3, line)


def test_every_row_whose_quotes_do_not_match_is_set_aside(read: Read) -> None:
    lines = [f'{n},"open' if n % 3 == 0 else f"{n},good" for n in range(1, 31)]
    records = read("a.csv", ("id,text\n" + "\n".join(lines)).encode())
    assert [(aside(r).position, kept(r)) for r in records if isinstance(r, SetAside)] == [
        (n + 1, lines[n - 1]) for n in range(3, 31, 3)
    ]
    assert len(records) == 30


def test_an_unclosed_quote_is_given_up_after_the_longest_text_that_a_post_may_have(read: Read) -> None:
    rows = [f"{n},{'x' * 990}" for n in range(3, 1000)]
    lines = ["id,text", "1,one", '2,"never closed', *rows, '1000,"closed here"']
    first, second, *others = read("a.csv", "\n".join(lines).encode())
    assert said([first]) == [("1", "one")]
    assert (aside(second).position, kept(second)) == (3, '2,"never closed')
    assert [post(record).source_id for record in others] == [str(n) for n in range(3, 1001)]


def test_a_quoted_text_that_is_too_long_for_a_post_is_told_so_where_its_line_ends_it(read: Read) -> None:
    first, second = read("a.csv", f'id,text\n1,"{"x" * (MAX_TEXT_CHARS + 1)}"\n2,two\n'.encode())
    assert aside(first).reason == "text has 200,001 characters, the limit is 200,000"
    assert said([second]) == [("2", "two")]


def test_a_line_that_is_no_row_and_no_utf8_is_set_aside_with_its_bytes(read: Read) -> None:
    (record,) = read("a.csv", b'id,text\n1,"caf\xe9\n')
    assert (aside(record).reason, kept(record)) == (UNMATCHED, b'1,"caf\xe9')


def test_a_position_is_the_physical_line_on_which_a_row_begins(read: Read) -> None:
    records = read("a.csv", b'\nid,text\n1,"one\ntwo"\n\n,none\n"3",\n4,"four\r\nfive" six\n')
    assert [aside(record).position for record in records[1:3]] == [6, 7]
    assert (aside(records[3]).position, kept(records[3])) == (8, '4,"four')


def test_a_position_tells_the_line_after_rows_that_were_given_up_too(read: Read) -> None:
    records = read("a.csv", b'id,text\n1,"open\n2,two\n3,\n')
    assert [aside(record).position for record in (records[0], records[2])] == [2, 4]


@pytest.mark.parametrize("opening", [b"\n", b"\r\n \n", b"\xef\xbb\xbf\n", b";;\n"])
def test_lines_without_content_before_the_column_names_do_not_matter(read: Read, opening: bytes) -> None:
    assert said(read("a.csv", opening + b"id;text\n1;Napa delo\n")) == [("1", "Napa delo")]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        pytest.param(
            b"id,text,cat\xe9gorie\n1,x,y\n",
            "its column names are not valid UTF-8; save the file as UTF-8",
            id="Latin-1",
        ),
        pytest.param(b'id,"text\n1,x\n', f"its column names cannot be read, {UNMATCHED}", id="unclosed quote"),
    ],
)
def test_a_csv_whose_column_names_cannot_be_read_is_refused(
    read: Read, tmp_path: Path, content: bytes, why: str
) -> None:
    with pytest.raises(FileUnreadableError) as caught:
        read("a.csv", content)
    assert str(caught.value) == f"{tmp_path / 'a.csv'}: {why}"


def test_seconds_since_1970_in_a_cell_are_a_time(read: Read) -> None:
    (record,) = read("a.csv", b"id,text,created_at\n1,x,1785758400\n")
    assert str(post(record).created_at) == "2026-08-03 12:00:00+00:00"


NOT_BLANK = st.text(min_size=1).filter(str.strip)
ROW = st.fixed_dictionaries({"id": NOT_BLANK, "text": NOT_BLANK})


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ROW, max_size=6), delimiter=st.sampled_from(",;\t|"))
def test_whatever_was_written_as_csv_is_read_back(read: Read, rows: list[dict[str, str]], delimiter: str) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerow(["id", "text"])
    writer.writerows([row["id"], row["text"]] for row in rows)
    records = read("a.csv", text.getvalue().encode())
    assert said(records) == [(row["id"].strip(), row["text"]) for row in rows]


# Parquet


def parquet(columns: dict[str, Any]) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink)
    return sink.getvalue()


def test_rows_of_a_parquet_file_come_in_order_with_their_types(read: Read) -> None:
    moments = pa.array([1_785_758_400_000_000, None], pa.timestamp("us", "UTC"))
    columns = {"id": [2, 1], "body": ["Napa delo", "💧"], "created_at": moments, "lat": [-4.6, float("nan")]}
    records = read("a.parquet", parquet(columns), {"text": "body"})
    assert said(records) == [("2", "Napa delo"), ("1", "💧")]
    assert [str(post(record).created_at) for record in records] == ["2026-08-03 12:00:00+00:00", "None"]
    assert [(post(record).lat, post(record).unread) for record in records] == [(-4.6, ()), (None, ())]


def test_a_row_of_a_parquet_file_that_is_no_post_is_set_aside(read: Read) -> None:
    seen = pa.array([0, 0, 0], pa.timestamp("us"))
    columns = {"id": ["1", "2", None], "text": ["one", None, "three"], "seen": seen}
    first, second, third = read("a.parquet", parquet(columns))
    assert said([first]) == [("1", "one")]
    assert [(aside(r).reason, aside(r).position) for r in (second, third)] == [("no text", 2), ("no id", 3)]
    assert json.loads(kept(third)) == {"id": None, "text": "three", "seen": "1970-01-01 00:00:00"}


def test_a_parquet_file_longer_than_a_batch_is_read_to_its_end(read: Read) -> None:
    ids = [str(n) for n in range(4097)]
    records = read("a.parquet", parquet({"id": ids, "text": ["x"] * 4096 + [None]}))
    assert [record.source_id for record in records[:-1] if isinstance(record, RawPost)] == ids[:-1]
    assert aside(records[-1]).position == 4097


def test_a_parquet_file_without_a_needed_column_is_refused_in_a_helpful_sentence(read: Read, tmp_path: Path) -> None:
    with pytest.raises(ColumnMissingError) as caught:
        read("a.parquet", parquet({"id": ["1"], "body": ["x"]}))
    assert str(caught.value) == (
        f"{tmp_path / 'a.parquet'} has no column 'text' for the field 'text'; its columns are: id, body. "
        "Say which one holds it with --map text=COLUMN"
    )


WHOLE = parquet({"id": [str(n) for n in range(1000)], "text": [f"post {n}" for n in range(1000)]})
FOOTER = int.from_bytes(WHOLE[-8:-4], "little") + 8


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"id,text\n1,Napa delo\n", id="text"),
        pytest.param(WHOLE[:-20], id="cut off"),
        pytest.param(WHOLE[:-FOOTER] + b"\xff" * (FOOTER - 8) + WHOLE[-8:], id="overwritten at its end"),
        pytest.param(WHOLE[:4] + b"\xff" * 400 + WHOLE[404:], id="overwritten at its start"),
    ],
)
def test_a_damaged_parquet_file_is_refused_in_one_line(read: Read, tmp_path: Path, content: bytes) -> None:
    with pytest.raises(FileUnreadableError) as caught:
        read("a.parquet", content)
    assert str(caught.value).startswith(f"{tmp_path / 'a.parquet'}: not a readable Parquet file: ")
    assert "\n" not in str(caught.value)


# Any file


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.jsonl", b'{"id": 1, "text": "x", "created_at": "2026-08-03T12:00:00"}'),
        ("a.csv", b"id,text,created_at\n1,x,2026-08-03 12:00\n"),
        (
            "a.parquet",
            parquet({"id": ["1"], "text": ["x"], "created_at": pa.array([1_785_758_400], pa.timestamp("s"))}),
        ),
    ],
)
def test_a_time_without_a_zone_is_local(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    path = str(tmp_path / name)
    assert [str(post(record).created_at)[11:16] for record in read_file(path)] == ["08:00"]
    assert [str(post(record).created_at)[11:16] for record in read_file(path, zone=ZoneInfo("Asia/Kolkata"))] == [
        "06:30"
    ]


@pytest.mark.parametrize("name", ["a.txt", "a", "a.jsonl.gz", ".csv"])
def test_a_file_of_an_unknown_kind_is_refused(read: Read, tmp_path: Path, name: str) -> None:
    with pytest.raises(FileUnreadableError) as caught:
        read(name, GOOD)
    assert str(caught.value) == (
        f"{tmp_path / name}: unknown kind of file; known endings are .jsonl, .ndjson, .json, .csv, .tsv, .parquet"
    )


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv", "a.parquet"])
def test_a_file_that_is_not_there_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(FileUnreadableError) as caught:
        list(read_file(str(tmp_path / name)))
    assert str(caught.value) == f"{tmp_path / name}: there is no such file"


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv", "a.parquet"])
def test_a_folder_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    with pytest.raises(FileUnreadableError) as caught:
        list(read_file(str(tmp_path / name)))
    assert str(caught.value) == f"{tmp_path / name}: is a folder, not a file"


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv", "a.parquet", "-"])
def test_a_mapping_of_an_unknown_field_is_refused(name: str) -> None:
    with pytest.raises(FileUnreadableError) as caught:
        list(read_file(name, {"text": "body", "colour": "c"}))
    assert str(caught.value) == (
        f"{name}: --map knows no field 'colour'; the fields are id, text, created_at, source, author, district, "
        "lat, lon, address, url, is_formal, category, lang"
    )
