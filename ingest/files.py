"""Posts from a file: JSON Lines, CSV or Parquet, with a mapping of columns."""

import io
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from datetime import tzinfo
from itertools import chain, zip_longest
from pathlib import Path
from typing import IO, Any

from ingest.csv_rows import UNMATCHED_QUOTE, CsvRow, csv_rows
from ingest.errors import ColumnMissingError, FileUnreadableError
from ingest.records import DEFAULT_TIMEZONE, POST_FIELDS, RawPost, SetAside, UnusableRecordError, parse_post

FORMATS = {".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "jsonl", ".csv": "csv", ".tsv": "csv", ".parquet": "parquet"}
CSV_DELIMITERS = ",;\t|"

Mapped = Mapping[str, str]
Record = RawPost | SetAside


def file_format(path: str) -> str:
    """`jsonl`, `csv` or `parquet`, by the name; `-` (standard input) is JSON Lines. Raises `FileUnreadableError`."""
    if path == "-":
        return "jsonl"
    try:
        return FORMATS[Path(path).suffix.lower()]
    except KeyError:
        raise FileUnreadableError(path, f"unknown kind of file; known endings are {', '.join(FORMATS)}") from None


def read_file(path: str, mapping: Mapped | None = None, zone: tzinfo = DEFAULT_TIMEZONE) -> Iterator[Record]:
    """Yield every record of a file in its order, as a post or set aside with its reason.

    `path` may be `-` for standard input; times without a zone are local times of `zone`. Raises `FileUnreadableError`
    when the file as a whole cannot be read, and `ColumnMissingError` when a CSV or Parquet file lacks the column of
    `id`, of `text` or of a mapped field.
    """
    mapping = dict(mapping or {})
    for field in mapping:
        if field not in POST_FIELDS:
            raise FileUnreadableError(path, f"--map knows no field '{field}'; the fields are {', '.join(POST_FIELDS)}")
    kind = file_format(path)
    if path == "-":
        yield from _json_lines(sys.stdin.buffer, mapping, zone)
        return
    try:
        if kind == "parquet":
            yield from _parquet(path, mapping, zone)
        else:
            with Path(path).open("rb") as stream:
                yield from _json_lines(stream, mapping, zone) if kind == "jsonl" else _csv(path, stream, mapping, zone)
    except FileNotFoundError:
        raise FileUnreadableError(path, "there is no such file") from None
    except IsADirectoryError:
        raise FileUnreadableError(path, "is a folder, not a file") from None
    except PermissionError:
        raise FileUnreadableError(path, "may not be read by this user") from None


def _json_lines(stream: IO[bytes], mapping: Mapped, zone: tzinfo) -> Iterator[Record]:
    for position, line in enumerate(stream, start=1):
        if not line.strip():
            continue
        try:
            text = line.decode("utf-8-sig" if position == 1 else "utf-8").rstrip("\r\n")
        except UnicodeDecodeError as error:
            yield SetAside(f"not valid UTF-8 at byte {error.start}", position, line)
            continue
        try:
            record = json.loads(text)
            if isinstance(record, dict):
                found = _post_or_aside(record, mapping, zone, position, text)
            else:
                found = SetAside(f"a JSON {type(record).__name__}, not an object", position, text)
        except json.JSONDecodeError as error:
            found = SetAside(f"not JSON: {error.msg} at character {error.pos}", position, text)
        except RecursionError:
            found = SetAside("not JSON: nested too deep", position, text)
        except ValueError:
            found = SetAside("not JSON: a number too long to read", position, text)
        yield found


def _csv(path: str, stream: IO[bytes], mapping: Mapped, zone: tzinfo) -> Iterator[Record]:
    # Bytes that are not UTF-8 become lone surrogates here and are found again row by row.
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="surrogateescape", newline="")
    try:
        opening = _through_first_with_content(text)
        delimiter = max(CSV_DELIMITERS, key=opening[-1].count) if opening else CSV_DELIMITERS[0]
        rows = csv_rows(chain(opening, text), delimiter)
        header = _column_names(path, rows)
        _require_columns(path, header, mapping)
        for row in rows:
            if row.cells == []:
                continue
            yield _csv_record(row, header, mapping, zone)
    finally:
        text.detach()  # the stream is the caller's to close


def _through_first_with_content(lines: Iterable[str]) -> list[str]:
    """The blank lines that a file begins with and the line after them; what follows stays unread."""
    opening: list[str] = []
    for line in lines:
        opening.append(line)
        if line.strip():
            break
    return opening


def _column_names(path: str, rows: Iterator[CsvRow]) -> list[str]:
    for row in rows:
        if row.cells is None:
            raise FileUnreadableError(path, f"its column names cannot be read, {UNMATCHED_QUOTE}")
        if _has_surrogate("".join(row.cells)):
            raise FileUnreadableError(path, "its column names are not valid UTF-8; save the file as UTF-8")
        if any(cell.strip() for cell in row.cells):
            return row.cells
    return []


def _csv_record(row: CsvRow, header: list[str], mapping: Mapped, zone: tzinfo) -> Record:
    if row.cells is None:
        line = row.line.rstrip("\r\n")
        return SetAside(UNMATCHED_QUOTE, row.position, _bytes(line) if _has_surrogate(line) else line)
    record: dict[str, Any] = dict(zip_longest(header, row.cells[: len(header)]))
    extra = row.cells[len(header) :]
    content = json.dumps({**record, "(more cells)": extra} if extra else record, ensure_ascii=False)
    if _has_surrogate(content):
        return SetAside("not valid UTF-8", row.position, _bytes(content))
    if extra:
        return SetAside(f"{len(row.cells)} cells under {len(header)} column names", row.position, content)
    return _post_or_aside(record, mapping, zone, row.position, content)


def _parquet(path: str, mapping: Mapped, zone: tzinfo) -> Iterator[Record]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    if Path(path).is_dir():
        raise IsADirectoryError
    try:
        with pq.ParquetFile(path) as file:
            _require_columns(path, file.schema_arrow.names, mapping)
            position = 0
            for batch in file.iter_batches(batch_size=4096):
                for record in batch.to_pylist():
                    position += 1
                    content = json.dumps(record, ensure_ascii=False, default=str)
                    yield _post_or_aside(record, mapping, zone, position, content)
    except (FileNotFoundError, PermissionError):
        raise
    except (pa.ArrowException, OSError, ValueError, OverflowError, LookupError) as error:
        # pyarrow and its conversion to Python values each raise in their own way on a damaged file.
        why = str(error).partition("\n")[0]
        raise FileUnreadableError(path, f"not a readable Parquet file: {why}") from error


def _require_columns(path: str, present: list[str], mapping: Mapped) -> None:
    for field in {"id": None, "text": None, **mapping}:
        column = mapping.get(field, field)
        if column not in present:
            raise ColumnMissingError(path, field, column, present)


def _post_or_aside(record: dict[str, Any], mapping: Mapped, zone: tzinfo, position: int, content: str) -> Record:
    if _has_surrogate(content) or _holds_surrogate(record):
        return SetAside("holds half a character (a lone surrogate)", position, json.dumps(record))
    try:
        return parse_post(record, mapping, zone)
    except UnusableRecordError as error:
        return SetAside(str(error), position, content)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _has_surrogate(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False


def _holds_surrogate(value: Any) -> bool:
    """True if any string inside a JSON value holds a lone surrogate, which no UTF-8 file can carry onward."""
    if isinstance(value, str):
        return _has_surrogate(value)
    if isinstance(value, dict):
        return any(_has_surrogate(str(k)) or _holds_surrogate(v) for k, v in value.items())
    return isinstance(value, list) and any(_holds_surrogate(v) for v in value)
