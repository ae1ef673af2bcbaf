"""Rows of a CSV, read strictly one by one, so that a row that is no row costs itself and no other."""

import csv
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from portal.limits import MAX_TEXT_CHARS

UNBOUNDED = 2**31 - 1
UNMATCHED_QUOTE = (
    f"quotes do not match: one is never closed within {MAX_TEXT_CHARS:,} characters, or stands inside a cell"
)


@dataclass(frozen=True, slots=True)
class CsvRow:
    """`position` is the physical line on which the row began, 1-based, and `line` that line with its end.

    `cells` is None where no row can be read from there.
    """

    position: int
    line: str
    cells: list[str] | None


def csv_rows(lines: Iterator[str], delimiter: str) -> Iterator[CsvRow]:
    """Yield the rows of physical lines; after one that cannot be read, reading goes on at the next physical line.

    A quoted cell of several lines that grows beyond `MAX_TEXT_CHARS` counts as never closed, so that a bad line costs
    no more than that much to be read again.
    """
    again: deque[str] = deque()
    taken: list[str] = []
    position = 1

    def physical_lines() -> Iterator[str]:
        while (line := again.popleft() if again else next(lines, None)) is not None:
            taken.append(line)
            yield line

    csv.field_size_limit(MAX_TEXT_CHARS)
    reader = csv.reader(physical_lines(), delimiter=delimiter, strict=True)
    while True:
        taken.clear()
        cells: list[str] | None
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            again.extendleft(reversed(taken[1:]))
            del taken[1:]
            cells = _row_of_one_line(taken[0], delimiter)
            reader = csv.reader(physical_lines(), delimiter=delimiter, strict=True)
        yield CsvRow(position, taken[0], cells)
        position += len(taken)


def _row_of_one_line(line: str, delimiter: str) -> list[str] | None:
    """A cell of any length is one where its line ends it; whether it is too long, others judge."""
    csv.field_size_limit(UNBOUNDED)
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    finally:
        csv.field_size_limit(MAX_TEXT_CHARS)
