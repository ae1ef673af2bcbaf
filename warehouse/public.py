"""The public snapshot: protected figures and approved texts alone, built of the ordinary marts, for everybody.

What stands behind the figures is gathered in temporary tables (`behind_…`), which vanish with the connection.
"""

from datetime import datetime
from functools import partial
from math import isinf
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa

from warehouse.disclosure import ANSWER_DAYS, install_rules, refuse_unsafe
from warehouse.publish import Published, build_marts, publish_tables, session_timezone
from warehouse.responses import waiting
from warehouse.sql_files import load_query

PUBLIC_MARTS = Path(__file__).parent / "public_marts"
FOLDER_MODE, FILE_MODE = 0o755, 0o644
WAITS = pa.schema(
    [
        pa.field("lang", pa.string()),
        pa.field("median", pa.int32()),
        pa.field("low", pa.int32()),
        pa.field("high", pa.int32()),
    ]
)


def publish_public(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    keep: int,
    timezone: ZoneInfo,
    until: datetime,
    *,
    is_invented: bool = False,
) -> Published:
    """Publish what may be public of everything that happened before `until`, unless nothing has changed;
    `is_invented` is told on pages.

    The ordinary marts must have been built and the working days stored (`warehouse.calendar`). Raises
    `PublicationRefusedError` where a table is not safe, or another `WarehouseError`; the version before stays published
    then.
    """
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(FOLDER_MODE)
    install_rules(connection, until, is_invented=is_invented)
    with session_timezone(connection, timezone.key):
        for name in ("behind_posts", "behind_cases"):
            connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {load_query(name)}")
    _store_waits(connection)
    digests = build_marts(connection, timezone, PUBLIC_MARTS)
    with session_timezone(connection, timezone.key):
        row = connection.execute("SELECT as_of_at FROM public_clock").fetchone()
        return publish_tables(
            connection, folder, keep, digests, row[0] if row else None, refuse=partial(refuse_unsafe, connection),
            mode=FILE_MODE,
        )  # fmt: skip


def _store_waits(connection: duckdb.DuckDBPyConnection) -> None:
    """After how many working days half had an answer, by language, into `behind_waits`."""
    cases = connection.execute(load_query("waits_by_lang")).df()
    rows = []
    for lang, own in cases.groupby("lang"):
        waited = waiting(own["n_waited"].tolist(), own["is_answered"].tolist(), ANSWER_DAYS)
        if waited is not None:
            low, high = waited.median_interval
            median = None if waited.median is None else int(waited.median)
            rows.append({"lang": lang, "median": median, "low": int(low), "high": None if isinf(high) else int(high)})
    waits = pa.Table.from_pylist(rows, schema=WAITS)
    connection.register("waits", waits)
    connection.execute("CREATE OR REPLACE TEMP TABLE behind_waits AS FROM waits")
    connection.unregister("waits")
