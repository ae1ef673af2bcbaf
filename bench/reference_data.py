"""Where the real data lie that measurements need; they are no part of the project."""

from pathlib import Path

SHARED = Path(__file__).parent.parent.parent / "shared"
SCORER = SHARED / "tools" / "score.py"


class DataMissingError(Exception):
    """Its text is one sentence for a person."""


def data(name: str) -> Path:
    """The folder of a data set. Raises `DataMissingError`."""
    folder = SHARED / "data" / name
    if not folder.is_dir():
        raise DataMissingError(f"the data set {folder} is not on this machine")
    return folder
