from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from portal.errors import StoreTooNewError, StoreUnreachableError
from portal.models import Base
from portal.store import Store, open_store
from portal.submissions import submissions_since, submit

NOON = datetime(2026, 8, 3, 12, tzinfo=UTC)


def test_the_migrations_make_the_tables_that_the_models_describe(store: Store) -> None:
    with store.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_opening_again_keeps_what_is_there(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'portal.sqlite'}"
    first = open_store(url)
    submit(first, text="Napa delo", received_at=NOON)
    first.close()
    second = open_store(url)
    assert [s.text for page in submissions_since(second, None, 10) for s in page] == ["Napa delo"]
    second.close()


def test_a_file_that_is_no_database_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "portal.sqlite"
    path.write_bytes(b"this is a letter, not a database " * 100)
    with pytest.raises(StoreUnreachableError, match="cannot be opened: file is not a database"):
        open_store(f"sqlite:///{path}")


def test_the_password_of_a_store_is_never_shown() -> None:
    with pytest.raises(StoreUnreachableError) as failure:
        open_store("postgresql://someone:hidden-word@127.0.0.1:1/nowhere")
    assert "hidden-word" not in str(failure.value)
    assert "…@127.0.0.1:1/nowhere" in str(failure.value)


def test_an_address_that_is_none_is_one_sentence() -> None:
    with pytest.raises(StoreUnreachableError, match="it is no database address"):
        open_store("somewhere else")


def test_a_store_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'portal.sqlite'}"
    store = open_store(url)
    with store.session() as session:
        session.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    store.close()
    with pytest.raises(StoreTooNewError, match="revision 9999"):
        open_store(url)
