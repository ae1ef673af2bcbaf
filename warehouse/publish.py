"""Publishing: marts are rebuilt, copied into a new versioned file, and a pointer moves to it.

The officials' snapshot and the public one (`warehouse.public`) go the same way, each in its own folder.

Readers open the file that the pointer names. A plain overwrite would not do: a process that holds the old file goes
on serving old rows even on new connections. The last few versions stay, so that nobody's file vanishes while open.
"""

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa

from warehouse.database import transaction, translated
from warehouse.districts import compared
from warehouse.errors import WarehouseError
from warehouse.pulse import pulse

MARTS = Path(__file__).parent / "marts"
BUILT_FIRST = ("mart_clock", "mart_periods", "mart_posts")  # other marts read them
# Marts that are computed, not queried, and the marts whose rows the function takes.
COMPUTED: Mapping[str, tuple[Callable[..., pa.Table], tuple[str, ...]]] = {
    "mart_pulse": (pulse, ("mart_pulse_weeks",)),
    "mart_districts": (compared, ("mart_district_windows", "mart_district_facts", "mart_names")),
}
POINTER = "current.json"


@dataclass(frozen=True, slots=True)
class Published:
    """`is_new` is False where nothing had changed and the published version stays."""

    path: Path
    as_of: datetime | None
    is_new: bool


def build_marts(connection: duckdb.DuckDBPyConnection, timezone: ZoneInfo, folder: Path = MARTS) -> dict[str, str]:
    """Rebuild every mart, all in one transaction; returns table name to a digest of its rows.

    Days and weeks are those of `timezone`: a time that becomes a date in a mart does so in the session's zone.
    """
    digests = {}
    names = sorted(script.stem for script in folder.glob("*.sql"))
    with session_timezone(connection, timezone.key), transaction(connection):
        for name in sorted(names, key=lambda name: (name not in BUILT_FIRST, name)):
            sql = (folder / f"{name}.sql").read_text(encoding="utf-8")
            connection.execute(f"CREATE OR REPLACE TABLE {name} AS {sql}")
            digests[name] = _digest(connection, name)
        for name, (compute, sources) in COMPUTED.items():
            if digests.keys() >= set(sources):
                connection.register("computed", compute(*(connection.table(source).df() for source in sources)))
                connection.execute(f"CREATE OR REPLACE TABLE {name} AS FROM computed")
                connection.unregister("computed")
                digests[name] = _digest(connection, name)
    return digests


def publish(connection: duckdb.DuckDBPyConnection, folder: Path, keep: int, timezone: ZoneInfo) -> Published:
    """Write the marts as a new version and move the pointer, unless the published version holds the same rows.

    `timezone` is the one whose days and weeks the marts count. Raises a `WarehouseError`; the version before stays
    published then.
    """
    folder.mkdir(parents=True, exist_ok=True)
    digests = build_marts(connection, timezone)
    row = connection.execute("SELECT as_of_at FROM mart_clock").fetchone()
    return publish_tables(connection, folder, keep, digests, row[0] if row else None)


def publish_tables(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    keep: int,
    digests: Mapping[str, str],
    as_of: datetime | None,
    *,
    refuse: Callable[[str], None] | None = None,
    mode: int | None = None,
) -> Published:
    """Publish tables of the warehouse, by name to the digest of their rows, unless the published version has the same.

    `refuse` is given the name under which the new version is attached before anybody can read it, and raises where it
    may not be published; `mode` is the file's and the pointer's, where it is not the process's own.
    """
    as_of = as_of.astimezone(UTC) if as_of else None
    digest = hashlib.sha256(json.dumps(digests, sort_keys=True).encode()).hexdigest()[:12]
    current = read_pointer(folder)
    if current and current["digest"] == digest and (folder / current["snapshot"]).exists():
        os.utime(folder / POINTER)  # nothing is new, and somebody looked: readers tell when
        return Published(folder / current["snapshot"], as_of, is_new=False)
    stamp = as_of.strftime("%Y%m%dT%H%M%SZ") if as_of else "empty"
    target = folder / f"lavwa-{stamp}-{digest}.duckdb"
    unfinished = folder / f".{target.name}.partial"
    try:
        _write(connection, unfinished, list(digests), refuse)
        with translated(target):
            _settle(unfinished, target, mode)
            pointer = {"snapshot": target.name, "digest": digest, "as_of": as_of.isoformat() if as_of else None}
            _move_pointer(folder, pointer, mode)
    finally:
        unfinished.unlink(missing_ok=True)
    _prune(folder, keep, target)
    return Published(target, as_of, is_new=True)


def store_names(
    connection: duckdb.DuckDBPyConnection,
    names: Mapping[str, Mapping[str, str]],
    names_in: Mapping[str, Mapping[str, Mapping[str, str]]] = MappingProxyType({}),
) -> None:
    """Keep the deployment's names of codes, so that a snapshot explains itself: in English (kind to code to name), and
    in other languages (language to kind to code to name)."""
    rows = [(kind, code, name) for kind, of in names.items() for code, name in of.items()]
    others = [
        (kind, code, lang, name)
        for lang, said in names_in.items()
        for kind, of in said.items()
        for code, name in of.items()
    ]
    with transaction(connection):
        connection.execute("DELETE FROM names")
        connection.executemany("INSERT INTO names VALUES (?, ?, ?)", rows)
        connection.execute("DELETE FROM names_in_languages")
        if others:
            connection.executemany("INSERT INTO names_in_languages VALUES (?, ?, ?, ?)", others)


def store_districts(connection: duckdb.DuckDBPyConnection, rows: Sequence[Mapping[str, object]]) -> None:
    """Keep how the deployment shows its districts: rows of `models.deployment.Deployment.shown_districts`."""
    names = ("district", "short", "column", "row", "population", "year", "source")
    with transaction(connection):
        connection.execute("DELETE FROM district_facts")
        for row in rows:
            connection.execute("INSERT INTO district_facts VALUES (?, ?, ?, ?, ?, ?, ?)", [row[name] for name in names])


def read_pointer(folder: Path) -> dict[str, str] | None:
    """What is published: `snapshot` (file name), `digest`, `as_of`; None before the first time.

    Raises `WarehouseError` when the pointer is damaged.
    """
    try:
        pointer = json.loads((folder / POINTER).read_text(encoding="utf-8"))
        return {"snapshot": pointer["snapshot"], "digest": pointer["digest"], "as_of": pointer["as_of"]}
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise WarehouseError(
            f"{folder / POINTER} is damaged: delete it and run `lavwa run` to publish again"
        ) from error


def remove_older_snapshots(folder: Path) -> int:
    """Remove every version but the published one, and what a crash left of one; returns how many versions it were.

    Who has one open reads on in it until they close it. Raises `WarehouseError` when the pointer is damaged.
    """
    pointer = read_pointer(folder)
    published = pointer["snapshot"] if pointer else None
    older = [path for path in folder.glob("lavwa-*.duckdb") if path.name != published]
    for path in [*older, *folder.glob(".lavwa-*.partial*")]:
        path.unlink(missing_ok=True)
    return len(older)


def _digest(connection: duckdb.DuckDBPyConnection, table: str) -> str:
    return repr(connection.execute(f"SELECT count(*), bit_xor(hash(m)) FROM {table} AS m").fetchone())  # noqa: S608


@contextmanager
def session_timezone(connection: duckdb.DuckDBPyConnection, timezone: str) -> Iterator[None]:
    """Work in another zone than UTC for the block."""
    connection.execute("SET TimeZone = ?", [timezone])
    try:
        yield
    finally:
        connection.execute("SET TimeZone = 'UTC'")


def _write(
    connection: duckdb.DuckDBPyConnection, path: Path, tables: list[str], refuse: Callable[[str], None] | None
) -> None:
    path.unlink(missing_ok=True)
    with translated(path):
        connection.execute(f"ATTACH '{str(path).replace(chr(39), chr(39) * 2)}' AS snapshot")
        try:
            for name in tables:
                connection.execute(f"CREATE TABLE snapshot.{name} AS FROM main.{name}")
            if refuse:
                refuse("snapshot")
        finally:
            connection.execute("DETACH snapshot")


def _settle(unfinished: Path, target: Path, mode: int | None) -> None:
    with unfinished.open("rb") as written:
        _set_mode(written.fileno(), mode)
        os.fsync(written.fileno())
    os.replace(unfinished, target)


def _set_mode(descriptor: int, mode: int | None) -> None:
    if mode is not None:
        os.fchmod(descriptor, mode)


def _move_pointer(folder: Path, pointer: dict[str, str | None], mode: int | None) -> None:
    unfinished = folder / f".{POINTER}.partial"
    with unfinished.open("w", encoding="utf-8") as stream:
        json.dump(pointer, stream)
        stream.flush()
        _set_mode(stream.fileno(), mode)
        os.fsync(stream.fileno())
    os.replace(unfinished, folder / POINTER)


def _prune(folder: Path, keep: int, published: Path) -> None:
    others = sorted(
        (path for path in folder.glob("lavwa-*.duckdb") if path != published),
        key=lambda p: p.stat().st_mtime,
        reverse=True,
    )
    for old in others[max(0, keep - 1) :]:
        old.unlink(missing_ok=True)
