"""Erasing posts from the warehouse, in every version, and forgetting raw text that was kept long enough.

What goes is every word and whatever leads to the writer; what stays is what counts are made of: source, channel,
times, language, category, route, district. An erased post counts as one voice, by a mark drawn by lot. No word is left
of a post whose `text` is empty, and no other post's is.
"""

import os
import secrets
import shutil
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from warehouse.database import open_warehouse, transaction, translated
from warehouse.pseudonyms import EVERY_CHANNEL, Pseudonyms
from warehouse.sql_files import load_query

ERASURE, RETENTION = "erasure", "retention"  # reasons of traces
PSEUDONYM_CHARS = 24

Key = tuple[str, str]  # source and source_id, as landed


@dataclass(frozen=True, slots=True)
class FoundPost:
    """A post that is about to be erased. `channels`, `authors` and `texts` (raw and redacted) are of all its
    versions; they tell what else names or quotes it."""

    post_id: str
    source: str
    source_id: str
    channels: frozenset[str]
    authors: frozenset[str]
    texts: frozenset[str]
    n_versions: int


@dataclass(frozen=True, slots=True)
class OldPost:
    """A landed version that has been kept as long as the settings say and was triaged."""

    landing_id: int
    post_id: str
    source: str
    source_id: str
    is_formal: bool


def keys_meant(name: str) -> list[Key]:
    """The keys that SOURCE:SOURCE_ID may mean: either may hold colons itself."""
    parts = name.split(":")
    return [(":".join(parts[:i]), ":".join(parts[i:])) for i in range(1, len(parts))]


def find_posts(
    connection: duckdb.DuckDBPyConnection, pseudonyms: Pseudonyms, post_ids: Collection[str]
) -> list[FoundPost]:
    """Those of the posts that have landed and were not erased, triaged or not."""
    keys = [
        (source, source_id)
        for source, source_id, post_id in connection.execute(load_query("landed_keys")).fetchall()
        if (post_id or pseudonyms.post(source, source_id)) in post_ids
    ]
    return _found(connection, pseudonyms, keys)


def find_posts_of(
    connection: duckdb.DuckDBPyConnection, pseudonyms: Pseudonyms, author: str, channel: str | None
) -> list[FoundPost]:
    """Every post by an author of this name on a channel, None for any; capitals make no difference.

    Found by the name as landed and, where that is kept no more, by the pseudonym of the triaged post.
    """
    channels = {channel} if channel is not None else set(_values(connection, "SELECT DISTINCT channel FROM landing"))
    submitters = [pseudonyms.submitter(one, author) for one in channels]
    named = connection.execute(
        "SELECT DISTINCT source, source_id, channel, author FROM landing WHERE author IS NOT NULL"
    ).fetchall()
    keys = [
        (source, source_id)
        for source, source_id, said_on, name in named
        if said_on in channels and name.casefold() == author.casefold()
    ]
    keys += connection.execute(
        "SELECT DISTINCT landing.source, source_id FROM landing JOIN enriched USING (landing_id) "
        "WHERE submitter_id IN (SELECT unnest($submitters))",
        {"submitters": submitters},
    ).fetchall()
    return _found(connection, pseudonyms, keys)


def submitter_meant(pseudonyms: Pseudonyms, author: str, channel: str | None) -> str:
    """The pseudonym under which a person's tombstone stands."""
    return str(pseudonyms.submitter(EVERY_CHANNEL if channel is None else channel, author))


def erase_posts(
    connection: duckdb.DuckDBPyConnection,
    found: Sequence[FoundPost],
    tombstones: Collection[str],
    submitters: Collection[str],
    at: datetime,
) -> None:
    """Take the words and the writers of posts from landing and from what triage made of them, in one transaction.

    `tombstones` are pseudonyms of posts, `submitters` of persons, that land no more from now on. What all posts
    together gave (groups, topics, questions, routes, marts) is to be made anew; `traces` tells so until then.
    """
    keys = pa.table(
        {
            "source": pa.array([post.source for post in found], pa.string()),
            "source_id": pa.array([post.source_id for post in found], pa.string()),
            "post_id": pa.array([post.post_id for post in found], pa.string()),
        }
    )
    erased = sorted({post.post_id for post in found} | set(tombstones))
    with transaction(connection):
        connection.register("gone", keys)
        _draw_marks(connection)
        connection.execute(load_query("erase_enriched"))
        connection.execute(load_query("erase_landing"))
        connection.execute("DROP TABLE marks")
        connection.unregister("gone")
        connection.execute("INSERT OR IGNORE INTO erased_posts SELECT unnest($ids), $at", {"ids": erased, "at": at})
        connection.execute(
            "INSERT OR REPLACE INTO erased_submitters SELECT unnest($ids), $at", {"ids": list(submitters), "at": at}
        )
        connection.execute("DELETE FROM stages WHERE stage IN ('merge', 'route')")
        _leave_traces(connection, ERASURE, at)


def old_posts(connection: duckdb.DuckDBPyConnection, before: datetime) -> list[OldPost]:
    """Versions with raw text that were fetched before and have been triaged, in the order in which they landed."""
    return [OldPost(*row) for row in connection.execute(load_query("old_posts"), {"before": before}).fetchall()]


def forget_raw(connection: duckdb.DuckDBPyConnection, landing_ids: Sequence[int], at: datetime) -> None:
    """Take raw text, author, address and spot from landed versions; what triage made of them stays, and so does their
    digest, by which they are known when they come again."""
    with transaction(connection):
        connection.execute(load_query("forget_raw"), {"landing_ids": list(landing_ids)})
        _leave_traces(connection, RETENTION, at)


def traces(connection: duckdb.DuckDBPyConnection) -> set[str]:
    """Why bytes of what is gone may still lie about: `ERASURE`, `RETENTION`, or nothing."""
    return set(_values(connection, "SELECT reason FROM traces"))


def clear_traces(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("DELETE FROM traces")


def compact(path: Path, *, memory_limit: str) -> None:
    """Write the warehouse anew: DuckDB keeps what was deleted in free blocks and in its journal.

    The new file takes the old one's place at once or not at all, while no other process can have it open. Raises a
    `WarehouseError`; the old file stays then.
    """
    unfinished = path.with_name(f".{path.name}.partial")
    try:
        with open_warehouse(path, memory_limit=memory_limit) as connection, translated(path):
            _remove(unfinished)
            connection.execute("CHECKPOINT")  # empties the journal, which would be read into the new file else
            (name,) = _values(connection, "SELECT current_database()")
            connection.execute(f"ATTACH '{str(unfinished).replace(chr(39), chr(39) * 2)}' AS anew")
            try:
                connection.execute(f'COPY FROM DATABASE "{name}" TO anew')
            finally:
                connection.execute("DETACH anew")
            unfinished.chmod(path.stat().st_mode & 0o777)
            _settle(unfinished, path)
        shutil.rmtree(path.with_name(f"{path.name}.tmp"), ignore_errors=True)  # a crash may have left what spilt over
    finally:
        _remove(unfinished)


def _found(connection: duckdb.DuckDBPyConnection, pseudonyms: Pseudonyms, keys: Iterable[Key]) -> list[FoundPost]:
    wanted = sorted(set(keys))
    table = pa.table(
        {
            "source": pa.array([source for source, _ in wanted], pa.string()),
            "source_id": pa.array([source_id for _, source_id in wanted], pa.string()),
        }
    )
    connection.register("wanted", table)
    rows = connection.execute(load_query("posts_to_erase")).fetchall()
    connection.unregister("wanted")
    return [
        FoundPost(
            pseudonyms.post(source, source_id), source, source_id, frozenset(channels), frozenset(authors or ()),
            frozenset(text for text in texts if text), n_versions,
        )
        for source, source_id, channels, authors, texts, n_versions in rows
    ]  # fmt: skip


def _draw_marks(connection: duckdb.DuckDBPyConnection) -> None:
    """A new mark for each person among the posts of `gone`: they stay one voice, and nothing leads back to whose."""
    held = _values(
        connection,
        "SELECT DISTINCT submitter_id FROM enriched WHERE submitter_id IS NOT NULL "
        "AND post_id IN (SELECT post_id FROM gone)",
    )
    drawn: Mapping[str, list[str]] = {
        "submitter_id": held, "mark": [secrets.token_hex(PSEUDONYM_CHARS // 2) for _ in held],
    }  # fmt: skip
    schema = pa.schema([("submitter_id", pa.string()), ("mark", pa.string())])
    connection.register("drawn", pa.table(drawn, schema=schema))
    connection.execute("CREATE OR REPLACE TEMP TABLE marks AS FROM drawn")
    connection.unregister("drawn")


def _leave_traces(connection: duckdb.DuckDBPyConnection, reason: str, at: datetime) -> None:
    connection.execute("INSERT OR IGNORE INTO traces VALUES (?, ?)", [reason, at])


def _values(connection: duckdb.DuckDBPyConnection, query: str) -> list[str]:
    return [row[0] for row in connection.execute(query).fetchall()]


def _settle(unfinished: Path, path: Path) -> None:
    with unfinished.open("rb") as written:
        os.fsync(written.fileno())
    os.replace(unfinished, path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _remove(file: Path) -> None:
    for path in (file, file.with_name(f"{file.name}.wal")):
        path.unlink(missing_ok=True)
