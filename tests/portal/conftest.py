"""A fresh store."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.store import Store, open_store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path / 'portal.sqlite'}")
    yield opened
    opened.close()
