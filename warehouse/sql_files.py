"""The statements that lie in files beside the code: one question a file, its values bound by name or in order."""

from functools import cache
from pathlib import Path

QUERIES = Path(__file__).parent / "queries"


@cache
def load_query(name: str) -> str:
    """The text of `queries/NAME.sql`."""
    return (QUERIES / f"{name}.sql").read_text(encoding="utf-8")
