"""Landing: every post as received, each version once."""

import enum
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import duckdb
import pyarrow as pa

from warehouse.database import transaction
from warehouse.pseudonyms import Pseudonyms
from warehouse.tombstones import load_tombstones

UTC_TIME = pa.timestamp("us", tz="UTC")
RECEIVED = pa.schema(
    [
        pa.field("source_id", pa.string(), nullable=False),
        pa.field("raw", pa.string(), nullable=False),
        pa.field("text", pa.string(), nullable=False),
        pa.field("created_at", UTC_TIME),
        pa.field("channel", pa.string(), nullable=False),
        pa.field("author", pa.string()),
        pa.field("district", pa.string()),
        pa.field("lat", pa.float64()),
        pa.field("lon", pa.float64()),
        pa.field("address", pa.string()),
        pa.field("url", pa.string()),
        pa.field("is_formal", pa.bool_(), nullable=False),
        pa.field("source_category", pa.string()),
    ]
)
CONTENT = tuple(name for name in RECEIVED.names if name != "raw")
CHUNK = 5000
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)  # nobody said anything on line before
CLOCKS_DIFFER_BY = timedelta(days=1)

_RECEIVED_TABLE = f"""
CREATE OR REPLACE TEMP TABLE received AS
SELECT {", ".join(RECEIVED.names)}, content_hash, 0::BIGINT AS arrival FROM landing LIMIT 0
"""  # noqa: S608 - the names are this module's own

# A source without a cursor gives all it holds, again and again: what landed before is known, whatever came between.
_DROP_KNOWN = """
DELETE FROM received
WHERE EXISTS (
    FROM landing
    WHERE landing.source = $source AND landing.source_id = received.source_id
      AND landing.content_hash = received.content_hash
) OR arrival NOT IN (SELECT min(arrival) FROM received GROUP BY source_id, content_hash)
"""

# What of the incoming versions of a post is not yet there: the longest run that ends the stored ones and begins the
# incoming ones is known, the rest is new. So what was read before may be read again, an edited post becomes a new
# version, and an edit taken back is a version, too.
_MERGE = """
INSERT INTO landing BY NAME
WITH incoming AS (
    SELECT *, lag(content_hash) OVER (PARTITION BY source_id ORDER BY arrival) AS before
    FROM received
), steps AS (
    SELECT * EXCLUDE (before), row_number() OVER (PARTITION BY source_id ORDER BY arrival) AS step
    FROM incoming WHERE before IS DISTINCT FROM content_hash
), sequences AS (
    SELECT source_id, list(content_hash ORDER BY step) AS hashes FROM steps GROUP BY source_id
), stored AS (
    SELECT source_id, list(content_hash ORDER BY version) AS hashes, max(version) AS version
    FROM landing SEMI JOIN sequences USING (source_id) WHERE source = $source GROUP BY source_id
), known AS (
    SELECT source_id, coalesce(stored.version, 0) AS version,
           coalesce(list_max(list_filter(
               range(0, least(len(stored.hashes), len(sequences.hashes)) + 1),
               lambda k: k = 0 OR stored.hashes[len(stored.hashes) - k + 1 :] = sequences.hashes[: k]
           )), 0) AS steps
    FROM sequences LEFT JOIN stored USING (source_id)
)
SELECT $source AS source, steps.source_id, known.version + (step - known.steps) AS version, content_hash,
       $fetched_at AS fetched_at, raw, text, created_at, channel, author, district, lat, lon, address, url, is_formal,
       source_category
FROM steps JOIN known USING (source_id)
WHERE step > known.steps
ORDER BY arrival
"""


class PullState(enum.StrEnum):
    """How an attempt to read a source ended."""

    OK = "ok"
    UNAVAILABLE = "unavailable"
    REFUSED = "refused"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Landed:
    """`n_without_time` counts the rows whose time of creation cannot be true."""

    n_read: int
    n_new: int
    n_without_time: int = 0


def content_hash(row: Mapping[str, Any]) -> str:
    """A digest of what the citizen said and where, not of counters that a site adds (votes, views)."""
    said = [row[name].isoformat() if isinstance(row[name], datetime) else row[name] for name in CONTENT]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()


def land(
    connection: duckdb.DuckDBPyConnection,
    source: str,
    rows: Iterable[Mapping[str, Any]],
    cursor: Mapping[str, Any] | None,
    fetched_at: datetime,
    pseudonyms: Pseudonyms | None = None,
) -> Landed:
    """Land rows of the `RECEIVED` schema in their order, and move the source's watermark, in one transaction.

    Without a `cursor`, a content that ever landed for its id adds nothing. A time of creation before 1990, or later
    than `fetched_at` by more than a day, lands as null; `raw` keeps it. What was erased is read and dropped before
    anything of it touches a disk; `pseudonyms` are needed, and raised for, where something was.
    Memory holds a few thousand rows at a time, however many come. A failure, also one of `rows` itself, lands nothing.
    """
    n_read = n_dropped = 0
    with transaction(connection):
        tombstones = load_tombstones(connection, pseudonyms)

        def kept() -> Iterator[Mapping[str, Any]]:
            nonlocal n_dropped
            for row in rows:
                if tombstones.cover(source, row):
                    n_dropped += 1
                else:
                    yield row

        connection.execute(_RECEIVED_TABLE)
        for table in _tables(kept()):
            connection.register("arriving", table)
            connection.execute(
                "INSERT INTO received BY NAME SELECT *, ? + row_number() OVER () AS arrival FROM arriving", [n_read]
            )
            connection.unregister("arriving")
            n_read += table.num_rows
        # Here, not before: the content hash is of the time as stated, else a time of tomorrow would be an edit the day
        # after.
        n_without_time = _clear_unbelievable_times(connection, fetched_at + CLOCKS_DIFFER_BY)
        if cursor is None:
            connection.execute(_DROP_KNOWN, {"source": source})
        before = _count(connection)
        connection.execute(_MERGE, {"source": source, "fetched_at": fetched_at})
        n_new = _count(connection) - before
        connection.execute("DROP TABLE received")
        if cursor is not None:
            connection.execute(
                "INSERT OR REPLACE INTO watermarks VALUES (?, ?, ?)", [source, json.dumps(dict(cursor)), fetched_at]
            )
    return Landed(n_read + n_dropped, n_new, n_without_time)


def watermark(connection: duckdb.DuckDBPyConnection, source: str) -> dict[str, Any] | None:
    """The cursor up to which a source has been read, None when it never was."""
    row = connection.execute("SELECT cursor FROM watermarks WHERE source = ?", [source]).fetchone()
    return json.loads(row[0]) if row else None


def record_pull(
    connection: duckdb.DuckDBPyConnection, source: str, kind: str, started_at: datetime, ended_at: datetime,
    n_read: int, n_new: int, n_set_aside: int, failure: str | None, state: PullState,
) -> None:  # fmt: skip
    """Remember an attempt to read a source. `failure` is a sentence without any post's text; `state` is published."""
    connection.execute(
        "INSERT INTO pulls (source, kind, started_at, ended_at, n_read, n_new, n_set_aside, failure, state) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [source, kind, started_at, ended_at, n_read, n_new, n_set_aside, failure, state],
    )


def _tables(rows: Iterable[Mapping[str, Any]]) -> Iterator[pa.Table]:
    iterator = iter(rows)
    while chunk := list(islice(iterator, CHUNK)):
        table = pa.Table.from_pylist([dict(row) for row in chunk], schema=RECEIVED)
        yield table.append_column("content_hash", pa.array([content_hash(row) for row in chunk]))


def _clear_unbelievable_times(connection: duckdb.DuckDBPyConnection, latest: datetime) -> int:
    cleared = connection.execute(
        "UPDATE received SET created_at = NULL WHERE created_at NOT BETWEEN ? AND ?", [EARLIEST, latest]
    ).fetchall()
    return int(cleared[0][0])


def _count(connection: duckdb.DuckDBPyConnection) -> int:
    rows = connection.execute("SELECT count(*) FROM landing").fetchall()
    return int(rows[0][0])
