"""How long the reads of the dashboards take on a home's snapshot: `python bench/readers.py FOLDER`.

Every named query that a page asks for, with values that a visitor would choose: once on a snapshot that was just
opened, then `TIMES` times while `OTHERS` threads read at random with pauses, together as many reads a second as 20
people who think for some seconds before each click. Pages keep answers for as long as a version lasts; here every read
is made.
"""

import random
import re
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from warehouse.errors import WarehouseError
from warehouse.readers import Snapshot, open_public, open_published
from warehouse.sql_files import load_query

ROOT = Path(__file__).parent.parent
PUBLIC = "public_"  # queries of the snapshot for everybody begin so
TIMES, OTHERS, PAUSE_SECONDS = 30, 4, 0.2
SEED = 20261128
# What is bound to a name: values, or a query that gives some.
VALUES: dict[str, Sequence[Any] | str] = {
    "kind": ["agency", "category", "district"],
    "by": ["channel", "lang", "mda", "category"],
    "unit": ["day", "week", "month"],
    "mda": "SELECT '' UNION ALL (SELECT mda FROM mart_issues GROUP BY mda ORDER BY count(*) DESC NULLS LAST LIMIT 3)",
    "category": "SELECT '' UNION ALL (SELECT category FROM mart_posts GROUP BY 1 ORDER BY count(*) DESC LIMIT 2)",
    "group_id": "SELECT group_id FROM mart_issues ORDER BY n_posts DESC LIMIT 3",
    "topic_id": "SELECT topic_id FROM mart_topics ORDER BY n_posts DESC LIMIT 3",
    "district": "SELECT district FROM mart_posts GROUP BY district ORDER BY count(*) DESC NULLS LAST LIMIT 3",
    "urgency": ["", "emergency"],
    "days": [7, 28],
    "n_shown": [200],
    "first_before": "SELECT latest_date - 55 FROM mart_clock",
    "last_before": "SELECT latest_date - 28 FROM mart_clock",
    "first_after": "SELECT latest_date - 27 FROM mart_clock",
    "last_after": "SELECT latest_date FROM mart_clock",
    "start": [0, 500],
    "lang": ["crs", "en"],
    "week": "SELECT date_trunc('week', latest_date) FROM mart_clock",
    "day": "SELECT latest_date FROM mart_clock",
    "is_unanswered_first": [True, False],
    "n": [10, 50],
}


def main(arguments: list[str]) -> int:
    print("\n".join(section(Path(arguments[0]))))
    return 0


def section(home: Path) -> list[str]:
    """A Markdown table, the slowest read first."""
    lines = ["| read | rows | first, ms | half within | 95 % within | longest |", "|---|---|---|---|---|---|"]
    asked = sorted(queries_of_pages())
    values = known_values(home)
    reads = [(query, bound) for query in asked for bound in bindings(query, values)]
    without = sorted(set(asked) - {query for query, _ in reads})
    with closing(open_published(home / "published")) as of_officials, closing(open_public(home / "public")) as of_all:
        snapshots = {query: of_all if query.startswith(PUBLIC) else of_officials for query in asked}
        first = {}
        for query in dict.fromkeys(query for query, _ in reads):
            bound = next(values for name, values in reads if name == query)
            first[query] = timed(snapshots[query], query, bound)
        measured: list[tuple[float, str]] = []
        with reading_beside(snapshots, reads):
            for query in first:
                own = [bound for name, bound in reads if name == query]
                took = [timed(snapshots[query], query, own[nth % len(own)]) for nth in range(TIMES)]
                n_rows = max(rows for _, rows in took)
                half, most, longest = np.percentile([seconds * 1000 for seconds, _ in took], [50, 95, 100])
                figures = " | ".join(f"{ms:.0f}" for ms in (first[query][0] * 1000, half, most, longest))
                measured.append((most, f"| {query} | {n_rows:,} | {figures} |"))
    lines += [line for _, line in sorted(measured, reverse=True)]
    if without:
        lines += ["", f"Not measured, since `VALUES` has nothing for them: {', '.join(without)}."]
    return lines


def timed(snapshot: Snapshot, query: str, bound: dict[str, Any]) -> tuple[float, int]:
    """Seconds and rows of a read."""
    began = time.perf_counter()
    rows = snapshot.read(query, **bound)
    return time.perf_counter() - began, len(rows)


def queries_of_pages() -> set[str]:
    """The names of queries that anything in dashboards/ reads."""
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "dashboards").rglob("*.py")]
    named = {name for text in sources for name in re.findall(r'"([a-z_]+)"', text)}
    return {path.stem for path in (ROOT / "warehouse" / "queries").glob("*.sql")} & named


def known_values(home: Path) -> dict[str, list[Any]]:
    known = {}
    with closing(open_published(home / "published")) as snapshot:
        for name, given in VALUES.items():
            if isinstance(given, str):
                rows = snapshot.connection.execute(given).fetchall()
                known[name] = [value for (value,) in rows if value is not None]
            else:
                known[name] = list(given)
    return known


def bindings(query: str, values: dict[str, list[Any]]) -> list[dict[str, Any]]:
    """All mixes of values for the names in a query; none where a name is not known."""
    text = re.sub(r"--.*", "", load_query(query))
    names = sorted(set(re.findall(r"\$([a-z_]+)", text)))
    if not all(name in values for name in names):
        return []
    return [dict(zip(names, mix, strict=True)) for mix in product(*(values[name] for name in names))]


@contextmanager
def reading_beside(snapshots: Mapping[str, Snapshot], reads: Sequence[tuple[str, dict[str, Any]]]) -> Iterator[None]:
    """Other threads that read the same snapshots until the block ends."""
    is_over = threading.Event()

    def read_on(seed: int) -> None:
        dice = random.Random(seed)
        while not is_over.wait(dice.expovariate(1 / PAUSE_SECONDS)):
            query, bound = dice.choice(reads)
            try:
                snapshots[query].read(query, **bound)
            except WarehouseError as error:
                print(f"{query}: {error}", file=sys.stderr)

    threads = [threading.Thread(target=read_on, args=(SEED + nth,)) for nth in range(OTHERS)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        is_over.set()
        for thread in threads:
            thread.join()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
