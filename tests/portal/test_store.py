import sqlite3
import traceback
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from portal.errors import (
    PortalError,
    StoreDamagedError,
    StoreFailedError,
    StoreFullError,
    StoreLockedError,
    StoreTooNewError,
    StoreUnreachableError,
)
from portal.models import Base, Submission
from portal.store import Store, open_store, translated
from portal.submissions import submissions_since, submit

NOON = datetime(2026, 8, 3, 12, tzinfo=UTC)
SECRET = "SECRET-WORDS of a citizen"


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
    with pytest.raises(StoreDamagedError, match="is damaged: put your last copy of it back"):
        open_store(f"sqlite:///{path}")


def test_a_folder_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(StoreUnreachableError, match="cannot be opened: unable to open database file"):
        open_store(f"sqlite:///{tmp_path / 'nowhere' / 'portal.sqlite'}")


def test_a_store_that_another_program_writes_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "portal.sqlite"
    store = open_store(f"sqlite:///{path}", wait_seconds=0.05)
    with closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreLockedError, match="in use by another program") as failure:
            submit(store, text=SECRET, received_at=NOON)
    assert SECRET not in str(failure.value)
    store.close()


def test_a_store_damaged_while_open_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "portal.sqlite"
    store = open_store(f"sqlite:///{path}")
    submit(store, text=SECRET, received_at=NOON)
    store.close()
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    with pytest.raises(StoreDamagedError, match="is damaged"):
        submit(store, text=SECRET, received_at=NOON)
    store.close()


def test_a_full_disk_is_one_sentence(store: Store) -> None:
    def fill(connection: sqlite3.Connection, record: object) -> None:
        connection.execute("PRAGMA max_page_count = 1")

    sa.event.listen(store.engine, "connect", fill)
    store.engine.dispose()
    with pytest.raises(StoreFullError, match="free some space"):
        submit(store, text=SECRET * 5_000, received_at=NOON)


def test_a_refused_step_never_quotes_what_a_citizen_wrote(store: Store) -> None:
    submit(store, text=SECRET, received_at=NOON, reference="R")
    values = {"reference": "R", "text": SECRET, "created_at": NOON, "received_at": NOON}
    refused = pytest.raises(StoreFailedError, match=r"refused a step \(IntegrityError\)")
    with refused as failure, store.session() as session:
        session.execute(sa.insert(Submission).values(values))
    everything = "".join(traceback.format_exception(failure.value))
    assert "INSERT INTO submissions" in everything
    assert SECRET not in everything


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        pytest.param("55P03", StoreLockedError, id="lock not available"),
        pytest.param("40P01", StoreLockedError, id="deadlock"),
        pytest.param("XX001", StoreDamagedError, id="data corrupted"),
        pytest.param("53100", StoreFullError, id="disk full"),
        pytest.param("23505", StoreFailedError, id="key taken"),
    ],
)
def test_failures_of_postgresql_are_named_by_their_state(state: str, kind: type[PortalError]) -> None:
    class PostgresError(Exception):
        sqlstate = state

    with pytest.raises(kind) as failure, translated("postgresql://somewhere"):
        raise sa.exc.DatabaseError("INSERT", {}, PostgresError(f"Key (text)=({SECRET}) already exists"))
    assert type(failure.value) is kind
    assert SECRET not in str(failure.value)


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
