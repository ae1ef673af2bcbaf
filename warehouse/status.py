"""Counts and sources, for `lavwa status` and `lavwa sources`."""

import duckdb
import pandas as pd

from warehouse.sql_files import load_query

COUNTED = {
    "landing": "SELECT count(*) FROM landing",
    "enriched": "SELECT count(*) FROM enriched",
    "groups": "SELECT count(DISTINCT group_id) FROM group_members",
    "topics": "SELECT count(*) FROM topics",
}


def count_rows(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """How much there is of each thing."""
    counts = {}
    for name, query in COUNTED.items():
        row = connection.execute(query).fetchone()
        counts[name] = int(row[0]) if row else 0
    return counts


def source_summary(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """One row a source that was ever read: what it brought, how often it failed, and what its last pull set aside."""
    return connection.execute(load_query("source_summary")).df()


def is_invented(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether every post is the bundled sample's, as the marts tell; not so where there is none."""
    row = connection.execute("SELECT sum(n_posts) > 0 AND bool_and(n_invented = n_posts) FROM mart_sources").fetchone()
    return bool(row and row[0])
