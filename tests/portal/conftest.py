"""A fresh store, on SQLite and on PostgreSQL: a test that takes one runs on both."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from postgres import Cluster, postgresql

from portal.store import Store, open_store

__all__ = ["postgresql"]  # a fixture is found by its name here

BOTH = ["sqlite", "postgresql"]


@pytest.fixture(params=BOTH)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database that was never opened."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'portal.sqlite'}"
        return
    cluster: Cluster = request.getfixturevalue("postgresql")
    with cluster.database() as name:
        yield cluster.url(name)


@pytest.fixture(params=BOTH)
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty store with the newest schema, or of one to be made at the first opening."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'portal.sqlite'}"
        return
    cluster: Cluster = request.getfixturevalue("postgresql")
    with cluster.database(template=request.getfixturevalue("migrated")) as name:
        yield cluster.url(name)


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    with closing(open_store(store_url)) as opened:
        yield opened


@pytest.fixture(scope="session")
def migrated(postgresql: Cluster) -> Iterator[str]:
    """The name of a PostgreSQL database with the newest schema, to copy."""
    with postgresql.database() as name:
        open_store(postgresql.url(name)).close()
        yield name


@pytest.fixture
def postgresql_store(postgresql: Cluster, migrated: str) -> Iterator[Store]:
    with postgresql.database(template=migrated) as name, closing(open_store(postgresql.url(name))) as opened:
        yield opened
