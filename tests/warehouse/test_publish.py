import json
import os
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from warehouse_rows import MAHE, NOON, enriched, received

from warehouse.enriched import ENRICHED, load_landed, store_enriched, unenriched_ids
from warehouse.errors import DiskFullError, NothingPublishedError, WarehouseError
from warehouse.landing import land
from warehouse.merged import GROUP_MEMBERS, ROUTES, input_digest, replace_results
from warehouse.pseudonyms import Pseudonyms
from warehouse.publish import POINTER, publish, read_pointer, store_names
from warehouse.readers import open_published, published_at

MODEL = "toy@1"


def fill(connection: duckdb.DuckDBPyConnection, *rows: dict[str, object]) -> None:
    land(connection, "a", [received(str(row["landing_id"]), str(row["text"])) for row in rows], None, NOON)
    store_enriched(connection, pa.Table.from_pylist(list(rows), schema=ENRICHED))
    group = {"match": "none", "of": None, "score": 1.0}
    route = {
        "mda": "PUC", "category": "water_supply", "route": "auto", "confidence": 0.9, "urgency": "normal",
        "is_formal": True, "model": MODEL,
    }  # fmt: skip
    groups = [{"post_id": row["post_id"], "group_id": row["post_id"], **group} for row in rows]
    routes = [{"group_id": r["post_id"], "is_confidential": r["is_confidential"], **route} for r in rows]
    replace_results(
        connection,
        "merge",
        input_digest(connection),
        NOON,
        {"group_members": pa.Table.from_pylist(groups, schema=GROUP_MEMBERS)},
    )
    replace_results(connection, "route", "1", NOON, {"routes": pa.Table.from_pylist(routes, schema=ROUTES)})


def test_readers_open_the_version_that_the_pointer_names(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    fill(connection, enriched(1))
    published = publish(connection, tmp_path / "published", keep=3, timezone=MAHE)
    snapshot = open_published(tmp_path / "published")
    assert published.is_new
    assert snapshot.version == published.path.name
    assert snapshot.as_of == NOON
    assert snapshot.read("headline").at[0, "n_posts"] == 1
    snapshot.connection.close()


def test_nothing_new_publishes_nothing(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    fill(connection, enriched(1))
    folder = tmp_path / "published"
    first = publish(connection, folder, keep=3, timezone=MAHE)
    os.utime(folder / POINTER, (0, 0))
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    written_at = first.path.stat().st_mtime_ns
    second = publish(connection, folder, keep=3, timezone=MAHE)
    assert (second.is_new, second.path) == (False, first.path)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert first.path.stat().st_mtime_ns == written_at
    assert published_at(folder).year > 1970  # somebody looked, and readers tell when


def test_an_open_reader_keeps_its_version_and_a_new_one_sees_the_next(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    folder = tmp_path / "published"
    fill(connection, enriched(1))
    publish(connection, folder, keep=1, timezone=MAHE)
    old = open_published(folder)
    fill(connection, enriched(1), enriched(2))
    publish(connection, folder, keep=1, timezone=MAHE)
    new = open_published(folder)
    assert int(old.read("headline").at[0, "n_posts"]) == 1
    assert int(new.read("headline").at[0, "n_posts"]) == 2
    old.connection.close()
    new.connection.close()


def test_only_the_last_few_versions_are_kept(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    folder = tmp_path / "published"
    for n in range(1, 6):
        fill(connection, *[enriched(i) for i in range(1, n + 1)])
        newest = publish(connection, folder, keep=2, timezone=MAHE).path
        os.utime(newest, ns=(n * 10**9, n * 10**9))
    kept = sorted(path.name for path in folder.glob("*.duckdb"))
    assert len(kept) == 2
    assert newest.name in kept


def test_a_snapshot_never_holds_the_text_place_or_reasons_of_a_confidential_post(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    fill(
        connection, enriched(1, text="SECRET-WORDS", is_confidential=True, reasons=["SECRET-REASON"], district="SC-09")
    )
    path = publish(connection, tmp_path / "published", keep=3, timezone=MAHE).path
    with duckdb.connect(str(path), read_only=True) as snapshot:
        tables = [row[0] for row in snapshot.execute("SELECT table_name FROM duckdb_tables()").fetchall()]
        everything = " ".join(str(snapshot.execute(f'FROM "{table}"').fetchall()) for table in tables)
    assert "mart_posts" in tables
    assert "mart_issues" in tables
    for secret in ("SECRET-WORDS", "SECRET-REASON", "SC-09"):
        assert secret not in everything


def test_a_snapshot_explains_its_codes(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    fill(connection, enriched(1))
    names = {"category": {"water": "Water", "roads": "Roads"}, "agency": {"PUC": "Public Utilities Corporation"}}
    store_names(connection, names, {"fr": {"category": {"water": "Eau"}}})
    publish(connection, tmp_path, keep=3, timezone=MAHE)
    snapshot = open_published(tmp_path)
    assert snapshot.read("names", kind="agency", lang="en").values.tolist() == [["PUC", "Public Utilities Corporation"]]
    assert snapshot.read("names", kind="agency", lang="crs").values.tolist() == [
        ["PUC", "Public Utilities Corporation"]
    ]
    assert snapshot.read("names", kind="category", lang="fr").values.tolist() == [["roads", "Roads"], ["water", "Eau"]]
    assert snapshot.read("names", kind="category", lang="en")["name"].tolist() == ["Roads", "Water"]
    snapshot.connection.close()


def test_before_the_first_publication_readers_are_told_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NothingPublishedError, match="run `lavwa run` once"):
        open_published(tmp_path)


def test_a_damaged_pointer_says_how_to_mend_it(tmp_path: Path) -> None:
    (tmp_path / POINTER).write_text("{half")
    with pytest.raises(WarehouseError, match="delete it and run `lavwa run`"):
        read_pointer(tmp_path)


def test_a_disk_that_fills_while_publishing_leaves_the_version_before(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "published"
    fill(connection, enriched(1))
    publish(connection, folder, keep=3, timezone=MAHE)
    before = json.loads((folder / POINTER).read_text())
    fill(connection, enriched(1), enriched(2))

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DiskFullError):
        publish(connection, folder, keep=3, timezone=MAHE)
    assert json.loads((folder / POINTER).read_text()) == before
    assert [path for path in folder.iterdir() if path.name.endswith(".partial") and path.stat().st_size > 4096] == []
    assert len(list(folder.glob("lavwa-*.duckdb"))) == 1


def test_a_new_model_reads_every_post_again(connection: duckdb.DuckDBPyConnection) -> None:
    land(connection, "a", [received("1"), received("2")], None, NOON)
    first, second = unenriched_ids(connection, MODEL)
    store_enriched(connection, pa.Table.from_pylist([enriched(first)], schema=ENRICHED))
    assert unenriched_ids(connection, MODEL) == [second]
    assert unenriched_ids(connection, "other@2") == [first, second]
    assert [post.source_id for post in load_landed(connection, [second, first])] == ["1", "2"]


def test_an_edited_post_counts_once_in_its_newest_words(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    rows = [enriched(1, post_id="p", text="old words"), enriched(2, post_id="p", version=2, text="new words")]
    store_enriched(connection, pa.Table.from_pylist(rows, schema=ENRICHED))
    group = {"post_id": "p", "group_id": "p", "match": "none", "of": None, "score": 1.0}
    members = pa.Table.from_pylist([group], schema=GROUP_MEMBERS)
    replace_results(connection, "merge", "x", NOON, {"group_members": members})
    publish(connection, tmp_path, keep=3, timezone=MAHE)
    snapshot = open_published(tmp_path)
    assert int(snapshot.read("headline").at[0, "n_posts"]) == 1
    assert snapshot.connection.execute("SELECT text FROM mart_posts").fetchall() == [("new words",)]
    snapshot.connection.close()


def test_pseudonyms_are_stable_keyed_and_apart_by_channel() -> None:
    names, others = Pseudonyms(b"key"), Pseudonyms(b"other key")
    assert names.submitter("portal", "Invented Person") == names.submitter("portal", "invented person")
    assert names.submitter("portal", "Invented Person") != names.submitter("sms", "Invented Person")
    assert names.submitter("portal", "Invented Person") != others.submitter("portal", "Invented Person")
    assert names.submitter("portal", None) is None
    assert names.post("a", "1") != names.submitter("a", "1")
