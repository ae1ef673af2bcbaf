import socket
import sqlite3
import threading
import time
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from postgres import Cluster
from sqlalchemy.orm import Session

from portal.errors import (
    PortalError,
    StoreDamagedError,
    StoreFailedError,
    StoreForbiddenError,
    StoreFullError,
    StoreLockedError,
    StoreLostError,
    StoreTooNewError,
    StoreUnreachableError,
)
from portal.models import Base, LogHead, Submission
from portal.store import Store, migrating, open_store, translated
from portal.submissions import submissions_since, submit

NOON = datetime(2026, 8, 3, 12, tzinfo=UTC)
SECRET = "SECRET-WORDS of a citizen"
OLD_CASE = (
    "INSERT INTO cases (reference, state, suggested_mda, suggested_category, suggested_by_model, opened_at) "
    "VALUES (:reference, 'received', 'PUC', 'water_supply', 'toy@1', :at)"
)


def texts(store: Store) -> list[str]:
    return [submission.text for page in submissions_since(store, None, 100) for submission in page]


def count_up(store: Store) -> None:
    with store.session() as session:
        head = session.get_one(LogHead, 1, with_for_update=True)
        time.sleep(0.001)  # long enough for the others to read it, if they could
        head.size += 1


def downgrade(store: Store, revision: str) -> None:
    with migrating(store.engine, store.shown) as config:
        command.downgrade(config, revision)


@contextmanager
def opened(url: str, *, wait_seconds: float = 15.0) -> Iterator[Store]:
    with closing(open_store(url, wait_seconds=wait_seconds)) as store:
        yield store


# The schema


def test_the_migrations_make_the_tables_that_the_models_describe(store: Store) -> None:
    with store.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_every_migration_can_be_undone_and_done_again(store: Store) -> None:
    downgrade(store, "base")
    assert sa.inspect(store.engine).get_table_names() == ["alembic_version"]
    with migrating(store.engine, store.shown) as config:
        command.upgrade(config, "head")
    with store.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_cases_of_the_first_schema_keep_their_posts_up_and_down(store_url: str) -> None:
    held = "SELECT p.post_id, c.reference, c.suggested_mda FROM case_posts p JOIN cases c USING (case_id) ORDER BY 1"
    expected = [("p1", "C-1", "PUC"), ("p2", "C-2", "PUC"), ("p3", "C-2", "PUC")]
    with opened(store_url) as store:
        downgrade(store, "0001")
        with store.session() as session:
            for number in (1, 2):
                session.execute(sa.text(OLD_CASE), {"reference": f"C-{number}", "at": NOON + timedelta(days=number)})
            session.execute(sa.text("INSERT INTO case_posts VALUES ('p1', 1), ('p2', 2), ('p3', 2)"))
    with opened(store_url) as store:
        with store.reading() as session:
            assert [tuple(row) for row in session.execute(sa.text(held))] == expected
            due = session.execute(sa.text("SELECT count(*) FROM cases WHERE answer_by = opened_at AND mda = 'PUC'"))
            assert due.scalar_one() == 2
        downgrade(store, "0001")
        with store.reading() as session:
            assert [tuple(row) for row in session.execute(sa.text(held))] == expected


def test_a_post_whose_case_is_gone_is_found_before_the_schema_changes(tmp_path: Path) -> None:
    path = tmp_path / "portal.sqlite"
    with opened(f"sqlite:///{path}") as store:
        downgrade(store, "0001")
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("INSERT INTO case_posts VALUES ('p1', 77)")
    with pytest.raises(StoreDamagedError, match="nothing was written to it"):
        open_store(f"sqlite:///{path}")
    with closing(sqlite3.connect(path)) as other:
        assert other.execute("SELECT version_num FROM alembic_version").fetchall() == [("0001",)]


def test_programs_that_open_a_new_store_at_once_make_its_schema_once(empty_url: str) -> None:
    start = threading.Barrier(4, timeout=30)

    def open_and_write(number: int) -> None:
        start.wait()
        with opened(empty_url) as store:
            submit(store, text=str(number), received_at=NOON)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(open_and_write, range(4)))
    with opened(empty_url) as store:
        assert sorted(texts(store)) == ["0", "1", "2", "3"]


def test_a_store_of_a_newer_version_is_refused(store_url: str) -> None:
    with opened(store_url) as store, store.session() as session:
        session.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreTooNewError, match="revision 9999"):
        open_store(store_url)


def test_opening_again_keeps_what_is_there(store_url: str) -> None:
    with opened(store_url) as store:
        submit(store, text="Napa delo", received_at=NOON)
    with opened(store_url) as store:
        assert texts(store) == ["Napa delo"]


# Writing and reading


def test_eight_writers_that_each_read_first_lose_nothing_and_wait_for_each_other(store: Store) -> None:
    def count_25() -> None:
        for _ in range(25):
            count_up(store)

    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(count_25) for _ in range(8)]:
            done.result()
    with store.reading() as session:
        assert session.get_one(LogHead, 1).size == 200


def test_a_session_that_fails_leaves_nothing_behind(store: Store) -> None:
    def fail() -> None:
        with store.session() as session:
            session.add(Submission(reference="R", text="lost", created_at=NOON, received_at=NOON))
            session.flush()
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert texts(store) == []
    submit(store, text="kept", received_at=NOON, reference="R")
    assert texts(store) == ["kept"]


def test_reading_sees_one_moment_and_waits_for_nobody(store_url: str) -> None:
    count = sa.select(sa.func.count()).select_from(Submission)
    with opened(store_url, wait_seconds=0.2) as store:
        submit(store, text="first", received_at=NOON)
        with store.session() as writer:
            writer.add(Submission(reference="R", text="second", created_at=NOON, received_at=NOON))
            writer.flush()
            with store.reading() as reader:
                assert reader.scalar(count) == 1
            with opened(store_url, wait_seconds=0.2) as other:
                assert texts(other) == ["first"]
        with store.reading() as reader:
            assert reader.scalar(count) == 2
            submit(store, text="third", received_at=NOON)
            assert reader.scalar(count) == 2
        assert texts(store) == ["first", "second", "third"]


@pytest.mark.parametrize("is_flushed", [True, False], ids=["at once", "at the end"])
def test_a_change_while_reading_is_refused_and_does_not_get_lost_unseen(store: Store, is_flushed: bool) -> None:
    refused = pytest.raises(StoreFailedError, match="refused a step")
    with refused, store.reading() as session:
        session.add(Submission(reference="R", text=SECRET, created_at=NOON, received_at=NOON))
        if is_flushed:
            session.flush()
    assert texts(store) == []
    submit(store, text="a writer after it", received_at=NOON)
    assert texts(store) == ["a writer after it"]


def test_another_writer_is_waited_for_and_then_told_of(store_url: str) -> None:
    with opened(store_url, wait_seconds=0.2) as store, opened(store_url) as other:
        with other.session() as session:
            session.get_one(LogHead, 1, with_for_update=True).size += 10
            session.flush()
            began = time.monotonic()
            with pytest.raises(StoreLockedError, match="in use by others: wait a little, then try again"):
                count_up(store)
            assert time.monotonic() - began >= 0.2
        count_up(store)
        with store.reading() as session:
            assert session.get_one(LogHead, 1).size == 11


def test_a_foreign_key_holds(store: Store) -> None:
    refused = pytest.raises(StoreFailedError, match="refused a step")
    with refused, store.session() as session:
        session.execute(sa.text("INSERT INTO case_posts (post_id, case_id) VALUES ('p', 77)"))


def test_who_finds_all_connections_in_use_is_told_to_wait(store_url: str) -> None:
    with opened(store_url, wait_seconds=0.05) as store, ExitStack() as held:
        for _ in range(15):
            held.enter_context(store.engine.connect())
        with pytest.raises(StoreLockedError, match="in use by others"):
            texts(store)


# What a citizen wrote and the password stay unsaid


def test_a_refused_step_never_quotes_what_a_citizen_wrote(store: Store) -> None:
    submit(store, text=SECRET, received_at=NOON, reference="R")
    values = {"reference": "R", "text": SECRET, "created_at": NOON, "received_at": NOON}
    refused = pytest.raises(StoreFailedError, match=r"refused a step \((IntegrityError|UniqueViolation)\)")
    with refused as failure, store.session() as session:
        session.execute(sa.insert(Submission).values(values))
    everything = "".join(traceback.format_exception(failure.value))
    assert "INSERT INTO submissions" in everything
    assert SECRET not in everything


def test_a_row_that_postgresql_would_quote_is_not_quoted(store: Store) -> None:
    refused = pytest.raises(StoreFailedError, match=r"refused a step \((IntegrityError|NotNullViolation)\)")
    with refused as failure, store.session() as session:
        session.execute(sa.insert(Submission).values(reference="R", text=SECRET, created_at=NOON, received_at=None))
    everything = "".join(traceback.format_exception(failure.value))
    assert "received_at" in everything
    assert SECRET not in everything


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        pytest.param("XX001", StoreDamagedError, id="data corrupted"),
        pytest.param("53100", StoreFullError, id="disk full"),
        pytest.param("23505", StoreFailedError, id="key taken"),
    ],
)
def test_what_cannot_be_brought_about_here_is_named_by_its_state(state: str, kind: type[PortalError]) -> None:
    class PostgresError(Exception):
        sqlstate = state

    with pytest.raises(kind) as failure, translated("postgresql://somewhere"):
        raise sa.exc.DatabaseError("INSERT", {}, PostgresError(f"no\nKey (text)=({SECRET}) already exists"))
    assert type(failure.value) is kind
    assert SECRET not in "".join(traceback.format_exception(failure.value))


ADDRESSES = [
    pytest.param("somewhere else", id="words"),
    pytest.param("sqlite://", id="memory"),
    pytest.param("sqlite://portal.sqlite", id="a slash too few"),
    pytest.param("mysql://lavwa:hidden-word@localhost/lavwa", id="another database"),
    pytest.param("postgresql+asyncpg://lavwa:hidden-word@localhost/lavwa", id="another driver"),
    pytest.param("postgresql://lavwa:hidden@half@localhost/lavwa", id="an @ in the password"),
    pytest.param("postgresql://lavwa:hidden-word@localhost:port/lavwa", id="a port in words"),
    pytest.param("postgresql//lavwa:hidden-word@localhost/lavwa", id="a colon too few"),
]


@pytest.mark.parametrize("url", ADDRESSES)
def test_an_address_that_is_none_is_one_sentence_that_does_not_repeat_it(url: str) -> None:
    with pytest.raises(StoreUnreachableError, match="it is no database address, such as") as failure:
        open_store(url)
    everything = "".join(traceback.format_exception(failure.value))
    assert not [secret for secret in ("hidden", "half@") if secret in everything]


# SQLite


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
    with opened(f"sqlite:///{path}", wait_seconds=0.05) as store, closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreLockedError, match="in use by others") as failure:
            submit(store, text=SECRET, received_at=NOON)
        other.rollback()
        submit(store, text="after it", received_at=NOON)
        assert texts(store) == ["after it"]
    assert SECRET not in str(failure.value)


def test_a_new_file_that_another_program_has_begun_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "portal.sqlite"
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreLockedError, match="in use by others"):
            open_store(f"sqlite:///{path}", wait_seconds=0.1)
        release = threading.Timer(0.3, other.rollback)
        release.start()
        with opened(f"sqlite:///{path}") as store:
            assert texts(store) == []
        release.join()


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


def test_a_full_disk_is_one_sentence(tmp_path: Path) -> None:
    def fill(connection: sqlite3.Connection, record: object) -> None:
        connection.execute("PRAGMA max_page_count = 1")

    with opened(f"sqlite:///{tmp_path / 'portal.sqlite'}") as store:
        sa.event.listen(store.engine, "connect", fill)
        store.engine.dispose()
        with pytest.raises(StoreFullError, match="free some space"):
            submit(store, text=SECRET * 5_000, received_at=NOON)


# PostgreSQL


def test_an_address_without_a_driver_is_one_too(postgresql: Cluster, migrated: str) -> None:
    with postgresql.database(migrated) as name:
        for scheme in ("postgresql://", "postgres://"):
            with opened(postgresql.url(name).replace("postgresql+psycopg://", scheme)) as store:
                assert texts(store) == []


@pytest.mark.parametrize(
    ("database", "given", "said"),
    [
        pytest.param(
            "postgres", {"password": "another-word"}, 'password authentication failed for user "lavwa"', id="password"
        ),
        pytest.param("postgres", {"user": "nobody"}, 'password authentication failed for user "nobody"', id="user"),
        pytest.param("nowhere", {}, 'database "nowhere" does not exist', id="database"),
    ],
)
def test_what_the_server_says_when_it_lets_nobody_in_is_repeated(
    postgresql: Cluster, database: str, given: dict[str, str], said: str
) -> None:
    with pytest.raises(StoreUnreachableError) as failure:
        open_store(postgresql.url(database, **given))
    assert str(failure.value) == (
        f"the portal's store postgresql+psycopg:///{database} cannot be opened: connection to server on socket "
        f'"{postgresql.folder}/.s.PGSQL.5432" failed: {said}'
    )
    everything = "".join(traceback.format_exception(failure.value))
    assert not [word for word in ("hidden-word", "another-word") if word in everything]


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("postgresql+psycopg://lavwa:hidden-word@127.0.0.1:1/lavwa", id="in the address"),
        pytest.param("postgresql+psycopg://127.0.0.1:1/lavwa?user=lavwa&password=hidden-word", id="as an option"),
    ],
)
def test_a_server_that_is_not_there_is_one_sentence_without_the_password(url: str) -> None:
    with pytest.raises(StoreUnreachableError) as failure:
        open_store(url)
    assert str(failure.value) == (
        "the portal's store postgresql+psycopg://127.0.0.1:1/lavwa cannot be opened: connection to server at "
        '"127.0.0.1", port 1 failed: Connection refused'
    )
    assert "hidden-word" not in "".join(traceback.format_exception(failure.value))


def test_a_server_that_does_not_answer_is_waited_for_and_no_longer() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        began = time.monotonic()
        with pytest.raises(StoreUnreachableError, match="cannot be opened: connection timeout expired"):
            open_store(f"postgresql://lavwa:hidden-word@127.0.0.1:{silent.getsockname()[1]}/lavwa", wait_seconds=0.1)
        assert time.monotonic() - began < 10


def test_an_option_that_there_is_not_is_one_sentence() -> None:
    with pytest.raises(StoreUnreachableError, match='cannot be opened: invalid connection option "speed"'):
        open_store("postgresql://lavwa:hidden-word@127.0.0.1:1/lavwa?speed=high")


def test_a_user_without_rights_is_one_sentence(postgresql: Cluster) -> None:
    postgresql.execute(f"CREATE ROLE {{}} LOGIN PASSWORD '{postgresql.password}'", "guest")
    with postgresql.database() as name, pytest.raises(StoreForbiddenError, match="make that user the database's owner"):
        open_store(postgresql.url(name, user="guest"))


def test_a_database_that_cannot_hold_every_letter_is_refused(postgresql: Cluster) -> None:
    refused = pytest.raises(StoreUnreachableError, match="encoded in LATIN1; make the database with ENCODING 'UTF8'")
    with postgresql.database(encoding="LATIN1") as name, refused:
        open_store(postgresql.url(name))


def backends(session: Session) -> list[int]:
    return list(session.scalars(sa.text("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")))


@pytest.mark.parametrize("is_at_commit", [False, True], ids=["at a step", "at the commit"])
def test_a_connection_that_breaks_off_is_one_sentence(
    postgresql_store: Store, postgresql: Cluster, is_at_commit: bool
) -> None:
    lost = pytest.raises(StoreLostError, match="broke off: do the same again; nothing is half-written")
    with lost as failure, postgresql_store.session() as session:
        session.execute(sa.insert(Submission).values(reference="R", text=SECRET, created_at=NOON, received_at=NOON))
        postgresql.execute(f"SELECT pg_terminate_backend({backends(session)[0]}, 10000)")
        if not is_at_commit:
            session.execute(sa.text("SELECT 1"))
    assert SECRET not in "".join(traceback.format_exception(failure.value))
    assert texts(postgresql_store) == []


def test_a_connection_that_broke_off_while_nobody_used_it_is_made_anew(
    postgresql_store: Store, postgresql: Cluster
) -> None:
    with postgresql_store.reading() as session:
        pids = backends(session)
    for pid in pids:
        postgresql.execute(f"SELECT pg_terminate_backend({pid}, 10000)")
    submit(postgresql_store, text="Napa delo", received_at=NOON)
    with postgresql_store.reading() as session:
        assert not set(pids) & set(backends(session))


def cause(error: StoreLockedError) -> str:
    assert isinstance(error.__cause__, sa.exc.DBAPIError)
    return type(error.__cause__.orig).__name__


def test_a_deadlock_ends_for_one_of_the_two_with_the_advice_to_try_again(postgresql_store: Store) -> None:
    for reference in ("A", "B"):
        submit(postgresql_store, text="x", received_at=NOON, reference=reference)
    both = threading.Barrier(2, timeout=30)

    def change(first: str, second: str) -> None:
        with postgresql_store.session() as session:
            for reference in (first, second):
                session.execute(
                    sa.update(Submission).where(Submission.reference == reference).values(text=first + second)
                )
                if reference == first:
                    both.wait()

    with ThreadPoolExecutor(2) as pool:
        changes = [pool.submit(change, "A", "B"), pool.submit(change, "B", "A")]
        ends = [done.exception() for done in changes]
    assert {cause(end) for end in ends if isinstance(end, StoreLockedError)} == {"DeadlockDetected"}
    assert ends.count(None) == 1
    assert set(texts(postgresql_store)) in ({"AB"}, {"BA"})


def test_a_change_that_another_one_overtook_ends_with_the_advice_to_try_again(postgresql_store: Store) -> None:
    refused = pytest.raises(StoreLockedError, match="wait a little, then try again")
    with refused as failure, postgresql_store.session() as session:
        session.connection(execution_options={"isolation_level": "SERIALIZABLE"})
        size = session.get_one(LogHead, 1).size
        count_up(postgresql_store)
        session.execute(sa.update(LogHead).values(size=size + 1))
    assert cause(failure.value) == "SerializationFailure"


def test_times_are_utc_whatever_the_zone_of_the_server(postgresql_store: Store, postgresql: Cluster) -> None:
    assert postgresql.execute("SHOW timezone") == [("Indian/Mahe",)]
    submit(postgresql_store, text="x", received_at=NOON)
    ((submission,),) = submissions_since(postgresql_store, None, 10)
    assert (submission.received_at, submission.received_at.utcoffset()) == (NOON, timedelta(0))
