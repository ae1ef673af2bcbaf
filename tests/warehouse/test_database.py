import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from warehouse_rows import enriched

from warehouse.database import MIGRATIONS, migrate, open_warehouse, transaction
from warehouse.enriched import ENRICHED, store_enriched
from warehouse.errors import (
    DiskFullError,
    MigrationEditedError,
    WarehouseDamagedError,
    WarehouseError,
    WarehouseLockedError,
    WarehouseTooNewError,
)


def test_opening_applies_every_migration_once(tmp_path: Path) -> None:
    path = tmp_path / "w.duckdb"
    with open_warehouse(path) as connection:
        first = connection.execute("SELECT version, applied_at FROM schema_migrations ORDER BY version").fetchall()
    with open_warehouse(path) as connection:
        second = connection.execute("SELECT version, applied_at FROM schema_migrations ORDER BY version").fetchall()
    assert [version for version, _ in first] == list(range(1, len(first) + 1))
    assert first == second


def test_a_migration_that_fails_leaves_neither_its_tables_nor_its_record(tmp_path: Path) -> None:
    folder = tmp_path / "migrations"
    folder.mkdir()
    (folder / "0001_good.sql").write_text("CREATE TABLE good (x INTEGER)")
    (folder / "0002_bad.sql").write_text("CREATE TABLE half (x INTEGER); SELECT nothing FROM nowhere")
    connection = duckdb.connect()
    with pytest.raises(duckdb.Error):
        migrate(connection, tmp_path, folder)
    tables = {row[0] for row in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    assert tables == {"schema_migrations", "good"}
    assert connection.execute("SELECT version FROM schema_migrations").fetchall() == [(1,)]


def test_posts_that_were_triaged_before_glosses_were_kept_stay_and_have_none(tmp_path: Path) -> None:
    before = tmp_path / "migrations"
    before.mkdir()
    for script in sorted(MIGRATIONS.glob("000[1-6]_*.sql")):
        shutil.copy(script, before)
    connection = duckdb.connect()
    migrate(connection, tmp_path, before)
    old = {name: value for name, value in enriched(1).items() if name != "gloss"}
    connection.register("old", pa.Table.from_pylist([old]))
    connection.execute("INSERT INTO enriched BY NAME FROM old")
    migrate(connection, tmp_path)
    assert connection.execute("SELECT post_id, gloss FROM current_posts").fetchall() == [("post1", None)]
    store_enriched(connection, pa.Table.from_pylist([enriched(1, gloss="no water")], schema=ENRICHED))
    assert connection.execute("SELECT post_id, gloss FROM current_posts").fetchall() == [("post1", "no water")]


def test_a_migration_changed_after_it_ran_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "migrations"
    folder.mkdir()
    script = folder / "0001_posts.sql"
    script.write_text("CREATE TABLE posts (x INTEGER)")
    connection = duckdb.connect()
    migrate(connection, tmp_path, folder)
    script.write_text("CREATE TABLE posts (x BIGINT)")
    with pytest.raises(MigrationEditedError, match=r"0001_posts\.sql was changed after it had run"):
        migrate(connection, tmp_path, folder)


def test_a_warehouse_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "w.duckdb"
    with open_warehouse(path) as connection:
        connection.execute("INSERT INTO schema_migrations (version, name, digest) VALUES (9999, 'later', '')")
    with pytest.raises(WarehouseTooNewError, match="schema version 9999, made by a newer Lavwa"), open_warehouse(path):
        pass


def test_a_warehouse_in_use_names_the_process_that_holds_it(tmp_path: Path) -> None:
    path = tmp_path / "w.duckdb"
    with open_warehouse(path):
        pass
    script = f"import duckdb, sys; c = duckdb.connect({str(path)!r}); print('open', flush=True); sys.stdin.read()"
    holder = subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "open\n"
        in_use = f"is in use by process {holder.pid}"
        with pytest.raises(WarehouseLockedError, match=in_use), open_warehouse(path, wait_seconds=0):
            pass
        assert holder.stdin is not None
        holder.stdin.close()


def test_a_warehouse_in_use_for_a_moment_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "w.duckdb"
    script = f"import duckdb, time; c = duckdb.connect({str(path)!r}); print('open', flush=True); time.sleep(1)"
    holder = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "open\n"
        with open_warehouse(path) as connection:
            assert connection.execute("SELECT count(*) FROM landing").fetchall() == [(0,)]


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda whole: b"not a database at all", id="other file"),
        pytest.param(lambda whole: whole[:100], id="truncated"),
        pytest.param(lambda whole: whole[:8] + b"\0" * 8000 + whole[8008:], id="header overwritten"),
    ],
)
def test_a_damaged_warehouse_says_so_and_is_left_as_it_is(tmp_path: Path, damage: object) -> None:
    path = tmp_path / "w.duckdb"
    with open_warehouse(path) as connection:
        connection.execute("INSERT INTO watermarks VALUES ('a', '{}', now())")
    assert callable(damage)
    path.write_bytes(damage(path.read_bytes()))
    before = path.read_bytes()
    with pytest.raises(WarehouseDamagedError, match="is damaged"), open_warehouse(path):
        pass
    assert path.read_bytes() == before


def test_a_full_disk_is_one_sentence_and_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "w.duckdb"
    with open_warehouse(path) as connection:
        connection.execute("INSERT INTO watermarks VALUES ('a', '{}', now())")
    script = f"""
import resource, signal, pathlib
from warehouse.database import open_warehouse, transaction
from warehouse.errors import DiskFullError
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
size = pathlib.Path({str(path)!r}).stat().st_size + 300_000
resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
try:
    with open_warehouse(pathlib.Path({str(path)!r})) as connection:
        with transaction(connection):
            connection.execute("CREATE TABLE big AS SELECT uuid() AS a, uuid() AS b FROM range(200000)")
except DiskFullError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == str(DiskFullError(str(path))), done.stderr
    with open_warehouse(path) as connection:
        assert connection.execute("SELECT count(*) FROM watermarks").fetchall() == [(1,)]
        assert connection.execute("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'big'").fetchall() == [(0,)]


def test_a_transaction_that_raises_leaves_nothing(connection: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(RuntimeError, match="stop"), transaction(connection):  # noqa: PT012
        connection.execute("INSERT INTO watermarks VALUES ('a', '{}', now())")
        raise RuntimeError("stop")
    assert connection.execute("SELECT count(*) FROM watermarks").fetchall() == [(0,)]


@pytest.mark.parametrize(
    ("step", "kind"),
    [
        pytest.param("SELECT nothing FROM nowhere", "CatalogException", id="unknown table"),
        pytest.param("INSERT INTO names VALUES ('category', $said, 'x')", "ConstraintException", id="key taken"),
        pytest.param("SELECT CAST($said AS INTEGER)", "ConversionException", id="wrong type"),
        pytest.param("SELECT error($said)", "InvalidInputException", id="words of damage"),
    ],
)
def test_failures_of_duckdb_leave_the_package_as_its_own_and_quote_no_row(tmp_path: Path, step: str, kind: str) -> None:
    said = "IO Error: Corrupt: corruption, checksum; No space left on device"
    with pytest.raises(WarehouseError) as failure, open_warehouse(tmp_path / "w.duckdb") as connection:  # noqa: PT012
        connection.execute("INSERT INTO names VALUES ('category', $said, 'x')", {"said": said})
        connection.execute(step, {"said": said} if "$said" in step else None)
    assert type(failure.value) is WarehouseError
    assert str(failure.value).endswith(f"refused a step ({kind}); nothing of it was written")


def test_a_damaged_log_of_changes_says_so(tmp_path: Path) -> None:
    path = tmp_path / "w.duckdb"
    script = f"""
import duckdb, os
connection = duckdb.connect({str(path)!r})
connection.execute("CREATE TABLE a AS SELECT uuid() AS x FROM range(10000)")
os._exit(0)
"""
    subprocess.run([sys.executable, "-c", script], check=True)
    log = tmp_path / "w.duckdb.wal"
    whole = log.read_bytes()
    log.write_bytes(whole[:200] + bytes(200) + whole[400:])
    with pytest.raises(WarehouseDamagedError, match="Failure while replaying WAL file"), open_warehouse(path):
        pass


def test_a_folder_in_the_way_is_no_damage(tmp_path: Path) -> None:
    with pytest.raises(WarehouseError, match="Is a directory") as failure, open_warehouse(tmp_path):
        pass
    assert type(failure.value) is WarehouseError
