"""Erased posts in the warehouse: no word, no name and no byte is left; counts stay; nothing lands again.

All posts and people in here are invented. DuckDB packs texts, so that a search of its file's bytes would prove nothing:
here it is told not to.
"""

import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from warehouse_rows import MAHE, NOON, enriched, received, store_groups

from warehouse.database import open_warehouse
from warehouse.enriched import ENRICHED, store_enriched, unenriched_ids
from warehouse.erasure import (
    ERASURE,
    RETENTION,
    clear_traces,
    compact,
    erase_posts,
    find_posts,
    find_posts_of,
    forget_raw,
    keys_meant,
    old_posts,
    submitter_meant,
    traces,
)
from warehouse.errors import DiskFullError, PseudonymKeyChangedError, PseudonymKeyMissingError
from warehouse.landing import Landed, land
from warehouse.merged import (
    formal_groups,
    input_digest,
    load_current_posts,
    load_erased_posts,
    mark_done,
    matters,
    replace_results,
    stage_is_done,
    suggest_routes,
)
from warehouse.pseudonyms import Pseudonyms, require_same_key
from warehouse.publish import build_marts, publish, remove_older_snapshots
from warehouse.tombstones import Tombstones, load_tombstones

NAMES = Pseudonyms(b"k" * 32)
WORDS, NAME, PLACE, ID = "zorglub water gone", "Zan Envante", "House 77 Lari Envante", "t3_zorglub"
LATER = NOON + timedelta(days=2)


@pytest.fixture
def unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    """DuckDB writes texts as they are."""
    connect = duckdb.connect

    def plainly(database: str, read_only: bool = False, config: dict[str, str] | None = None) -> Any:
        return connect(database, read_only=read_only, config={**(config or {}), "force_compression": "uncompressed"})

    monkeypatch.setattr(duckdb, "connect", plainly)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "warehouse.duckdb"


def their_post(text: str = WORDS, source_id: str = ID, **fields: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "raw": f'{{"body": "{text}", "by": "{NAME}"}}', "author": NAME, "address": PLACE, "lat": -4.6, "lon": 55.4,
        "url": f"https://site.example/{ID}", "channel": "reddit", "district": PLACE, "source_category": WORDS,
        "is_formal": False,
    }  # fmt: skip
    return received(source_id, text, **{**values, **fields})


def triage(connection: duckdb.DuckDBPyConnection, **fields: Any) -> None:
    """Triage all that has landed and not been triaged, and merge each post into a group of its own."""
    rows = [
        enriched(
            landing_id, post_id=NAMES.post(source, source_id), version=version, channel=channel, source=source,
            submitter_id=NAMES.submitter(channel, author), text=text, gloss=f"{text} glossed",
            reasons=[f"words that speak for Water: {text}"], created_at=created_at, fetched_at=fetched_at,
            is_formal=is_formal, **fields,
        )
        for landing_id, source, source_id, version, channel, author, text, created_at, fetched_at, is_formal
        in connection.execute(
            "SELECT landing_id, source, source_id, version, channel, author, text, created_at, fetched_at, is_formal "
            "FROM landing ANTI JOIN enriched USING (landing_id)"
        ).fetchall()
    ]  # fmt: skip
    newest = {row["post_id"]: row for row in sorted(rows, key=lambda row: row["version"])}
    store_groups(connection, *[[row] for row in newest.values()])
    store_enriched(connection, pa.Table.from_pylist(rows, schema=ENRICHED))
    replace_results(connection, "route", input_digest(connection), NOON, {"routes": suggest_routes(connection)})


def erase(connection: duckdb.DuckDBPyConnection, *keys: tuple[str, str], at: datetime = NOON) -> None:
    require_same_key(connection, NAMES)
    post_ids = {NAMES.post(*key) for key in keys}
    erase_posts(connection, find_posts(connection, NAMES, post_ids), post_ids, [], at)


def everything(connection: duckdb.DuckDBPyConnection) -> str:
    """All rows of all tables but the marts, which are made anew."""
    names = [row[0] for row in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()]
    return " ".join(
        str(connection.execute(f'FROM "{name}"').fetchall()) for name in names if not name.startswith("mart_")
    )


def files(path: Path) -> bytes:
    return b"".join(file.read_bytes() for file in path.parent.rglob("*") if file.is_file())


def counts(connection: duckdb.DuckDBPyConnection) -> list[Any]:
    """What the marts count that an erased post must go on being counted in."""
    build_marts(connection, MAHE)
    return [
        connection.execute(query).fetchall()
        for query in (
            "FROM mart_headline", "FROM mart_daily", "FROM mart_sources",
            "SELECT n_posts, n_voices, n_without_author, category, mda FROM mart_issues ORDER BY ALL",
        )
    ]  # fmt: skip


def test_an_erased_post_loses_words_writer_and_id_in_every_version_and_is_counted_as_before(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    land(connection, "reddit", [their_post(), their_post(f"{WORDS} still"), received("other", "no lamp")], None, NOON)
    triage(connection)
    before, rows = counts(connection), connection.execute("SELECT count(*) FROM landing").fetchall()
    assert all(
        planted in everything(connection) for planted in (WORDS, NAME, PLACE, ID, NAMES.submitter("reddit", NAME) or "")
    )

    erase(connection, ("reddit", ID))
    left = everything(connection)
    held = [WORDS, "zorglub", NAME, PLACE, ID, "-4.6", NAMES.submitter("reddit", NAME) or "", "glossed', '"]
    assert [planted for planted in held if planted in left] == []
    assert "no lamp" in left
    assert counts(connection) == before
    assert connection.execute("SELECT count(*) FROM landing").fetchall() == rows
    assert connection.execute("SELECT count(*) FROM enriched WHERE text = ''").fetchall() == [(2,)]
    assert traces(connection) == {ERASURE}
    assert not stage_is_done(connection, "route", input_digest(connection))


@pytest.mark.usefixtures("unpacked")
def test_a_compacted_warehouse_holds_no_byte_of_it_and_all_else(path: Path) -> None:
    posts = [received(str(i), f"plain words {i}") for i in range(3000)]
    with open_warehouse(path) as connection:
        land(connection, "a", [their_post(), *posts], None, NOON)
        triage(connection)
    path.chmod(0o600)
    assert WORDS.encode() in files(path)
    with open_warehouse(path) as connection:
        erase(connection, ("a", ID))
        connection.execute("CHECKPOINT")
        kept = everything(connection)
    assert WORDS.encode() in files(path)  # what is deleted is not gone

    compact(path, memory_limit="1GB")
    assert [word for word in (WORDS, "zorglub", NAME, PLACE, ID) if word.encode() in files(path)] == []
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    assert path.stat().st_mode & 0o777 == 0o600
    with open_warehouse(path) as connection:
        assert everything(connection) == kept
        assert connection.execute("SELECT count(*) FROM current_posts").fetchall() == [(3001,)]
        clear_traces(connection)
        assert traces(connection) == set()
        land(connection, "b", [received("new")], None, NOON, NAMES)
        assert connection.execute("SELECT landing_id FROM landing WHERE source = 'b'").fetchall() == [(3002,)]
        with pytest.raises(duckdb.ConstraintException):
            connection.execute("INSERT INTO landing BY NAME SELECT * REPLACE (9000 AS landing_id) FROM landing LIMIT 1")


def test_a_compaction_that_is_cut_leaves_the_file_as_it_was(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_warehouse(path) as connection:
        land(connection, "a", [their_post()], None, NOON)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", full)
        with pytest.raises(DiskFullError):
            compact(path, memory_limit="1GB")
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    with open_warehouse(path) as connection:
        assert connection.execute("SELECT text FROM landing").fetchall() == [(WORDS,)]


def test_what_a_crash_left_beside_the_file_goes_when_it_is_compacted(path: Path) -> None:
    open_warehouse(path).__enter__().close()
    spilt, half = path.with_name("warehouse.duckdb.tmp"), path.with_name(".warehouse.duckdb.partial")
    spilt.mkdir()
    (spilt / "duckdb_temp_storage-0.tmp").write_text(WORDS)
    half.write_text(WORDS)
    compact(path, memory_limit="1GB")
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_a_person_stays_one_voice_and_nothing_leads_back_to_whose(connection: duckdb.DuckDBPyConnection) -> None:
    said = [their_post(source_id="1"), their_post(source_id="2"), their_post(source_id="3", author="Another Envante")]
    land(connection, "a", [*said, their_post(source_id="4", author=None)], None, NOON)
    triage(connection)
    held = dict(
        connection.execute("SELECT source_id, submitter_id FROM enriched JOIN landing USING (landing_id)").fetchall()
    )
    ids = dict(connection.execute("SELECT source_id, landing_id FROM landing").fetchall())
    erase(connection, *(("a", name) for name in "1234"))
    marks = dict(connection.execute("SELECT landing_id, submitter_id FROM enriched").fetchall())
    one, two, three, four = (marks[ids[name]] for name in "1234")
    assert one == two != three
    assert four is None
    assert {one, three}.isdisjoint(held.values())
    assert len(one) == len(held["1"])


def test_an_erased_post_lands_no_more_in_whatever_version_and_counts_as_known(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    land(connection, "a", [their_post(), received("2")], None, NOON)
    triage(connection)
    erase(connection, ("a", ID))
    again = [their_post(), their_post("edited words", created_at=LATER), received("2"), received("3")]
    for cursor in (None, {"at": 1}):
        landed = land(connection, "a", again, cursor, LATER, NAMES)
        assert landed.n_read == 4
    assert connection.execute("SELECT source_id FROM landing WHERE text <> '' ORDER BY ALL").fetchall() == [
        ("2",), ("3",)
    ]  # fmt: skip
    assert land(connection, "b", [their_post()], None, LATER, NAMES).n_new == 1  # another source's post of that id


@pytest.mark.usefixtures("unpacked")
def test_what_was_erased_touches_no_disk_when_it_comes_again(path: Path) -> None:
    with open_warehouse(path) as connection:
        require_same_key(connection, NAMES)
        erase_posts(connection, [], [NAMES.post("a", ID)], [], NOON)
    with open_warehouse(path) as connection:
        assert land(connection, "a", [their_post(), received("2", "plain words")], None, NOON, NAMES) == Landed(2, 1)
    assert b"plain words" in files(path)
    assert b"zorglub" not in files(path)


@pytest.mark.parametrize(
    ("fields", "lands"),
    [
        pytest.param({}, False, id="before"),
        pytest.param({"created_at": LATER}, False, id="at that moment"),
        pytest.param({"created_at": LATER + timedelta(seconds=1)}, True, id="later"),
        pytest.param({"created_at": None}, True, id="without a time"),
        pytest.param({"author": NAME.upper()}, False, id="in capitals"),
        pytest.param({"author": "Another Envante"}, True, id="another person"),
        pytest.param({"author": None}, True, id="nobody known"),
        pytest.param({"channel": "sms"}, True, id="on another channel"),
    ],
)
def test_an_erased_person_is_new_from_that_moment_on(
    connection: duckdb.DuckDBPyConnection, fields: dict[str, Any], lands: bool
) -> None:
    require_same_key(connection, NAMES)
    erase_posts(connection, [], [], [submitter_meant(NAMES, NAME, "reddit")], LATER)
    landed = land(connection, "a", [their_post(**fields)], None, LATER + timedelta(days=1), NAMES)
    assert landed == Landed(n_read=1, n_new=int(lands))


def test_a_person_erased_on_every_channel_lands_on_none(connection: duckdb.DuckDBPyConnection) -> None:
    require_same_key(connection, NAMES)
    erase_posts(connection, [], [], [submitter_meant(NAMES, NAME, None)], LATER)
    said = [their_post(source_id=name, channel=name) for name in ("sms", "reddit", "never-seen")]
    assert land(connection, "a", said, None, LATER, NAMES) == Landed(3, 0)


def test_where_something_was_erased_nothing_lands_without_the_key_or_with_another(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    assert land(connection, "a", [received("1")], None, NOON).n_new == 1
    erase(connection, ("a", "1"))
    with pytest.raises(PseudonymKeyMissingError, match="nobody can tell which"):
        land(connection, "a", [received("2")], None, NOON)
    with pytest.raises(PseudonymKeyChangedError):
        land(connection, "a", [received("2")], None, NOON, Pseudonyms(b"o" * 32))
    assert connection.execute("SELECT count(*) FROM landing").fetchall() == [(1,)]


def test_tombstones_know_a_record_that_is_no_post_by_id_or_name() -> None:
    stones = Tombstones(
        NAMES, frozenset({NAMES.post("a", ID)}), {submitter_meant(NAMES, NAME, "reddit"): NOON}, frozenset({"reddit"})
    )
    assert stones.name("a", {"x", ID})
    assert not stones.name("b", {"x", ID})
    assert stones.name("b", {NAME.lower()})
    assert not stones.name("a", {"x", "y"})
    assert not Tombstones().name("a", {ID, NAME})


def test_posts_are_found_triaged_or_not_and_erased_ones_no_more(connection: duckdb.DuckDBPyConnection) -> None:
    land(connection, "a", [their_post(), their_post(f"{WORDS} still")], None, NOON)
    triage(connection)
    land(connection, "b:c", [their_post("raw", source_id="x:1"), received("2")], None, NOON)
    meant = {NAMES.post("a", ID), *(NAMES.post(*key) for key in keys_meant("b:c:x:1"))}
    first, second = find_posts(connection, NAMES, meant)
    assert (first.source_id, first.n_versions, first.authors, first.channels) == (ID, 2, {NAME}, {"reddit"})
    assert first.texts == {WORDS, f"{WORDS} still"}
    assert (second.source, second.source_id, second.post_id) == ("b:c", "x:1", NAMES.post("b:c", "x:1"))
    erase(connection, ("a", ID), ("b:c", "x:1"))
    assert find_posts(connection, NAMES, meant) == []
    assert load_tombstones(connection, NAMES).posts == {first.post_id, second.post_id}


def test_all_posts_of_a_person_are_found_also_where_the_name_is_kept_no_more(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    said = [their_post(source_id=name, channel=channel) for name, channel in (("1", "sms"), ("2", "reddit"))]
    land(connection, "a", [*said, their_post(source_id="3", author="Another Envante")], None, NOON)
    triage(connection)
    land(connection, "a", [their_post(source_id="4", channel="sms")], {}, NOON)  # not triaged yet
    forget_raw(connection, [post.landing_id for post in old_posts(connection, LATER) if post.source_id == "2"], NOON)

    def found(name: str, channel: str | None) -> list[str]:
        return [post.source_id for post in find_posts_of(connection, NAMES, name, channel)]

    assert found(NAME.lower(), None) == ["1", "2", "4"]
    assert found(NAME, "sms") == ["1", "4"]
    assert found(NAME, "reddit") == ["2"]
    assert found("nobody", None) == []


def test_marts_show_no_empty_words_and_a_group_speaks_by_those_that_have_some(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    group = [enriched(1, text="", reasons=[], confidence=0.99, mda="SLTA"), enriched(2, text="no water here")]
    store_groups(connection, group, [enriched(3, text="", reasons=[])])
    replace_results(connection, "route", "1", NOON, {"routes": suggest_routes(connection)})
    connection.execute("INSERT INTO faqs VALUES ('post2', 'where is the water?')")
    connection.execute("INSERT INTO faq_members VALUES ('post1', 'post2'), ('post2', 'post2')")
    connection.execute(
        "UPDATE group_members SET of = CASE post_id WHEN 'post1' THEN 'post2' END WHERE group_id = 'post1'"
    )
    build_marts(connection, MAHE)
    query = "SELECT text, reasons, mda, n_posts, n_voices FROM mart_issues ORDER BY n_posts DESC"
    assert connection.execute(query).fetchall() == [
        ("no water here", ["words"], "PUC", 2, 2), (None, [], "PUC", 1, 1),
    ]  # fmt: skip
    assert connection.execute("SELECT text FROM mart_posts ORDER BY post_id").fetchall() == [
        (None,), ("no water here",), (None,),
    ]  # fmt: skip
    assert connection.execute("SELECT n_asked, variants FROM mart_faqs").fetchall() == [(2, ["no water here"])]


def test_an_erased_submission_opens_no_case_and_is_no_post_of_one(connection: duckdb.DuckDBPyConnection) -> None:
    for name in ("S1", "S2", "t3_x"):
        land(connection, "portal", [received(name)], None, NOON)
    ids = [row[0] for row in connection.execute("SELECT landing_id FROM landing ORDER BY landing_id").fetchall()]
    store_groups(
        connection,
        [enriched(ids[0], text=""), enriched(ids[1], text="said")],
        [enriched(ids[2], is_formal=False), enriched(99, text="")],
    )
    replace_results(connection, "route", "1", NOON, {"routes": suggest_routes(connection)})
    [matter] = matters(connection, list(formal_groups(connection)))
    assert [post["text"] for post in matter["posts"]] == ["said"]


def test_merging_reads_posts_with_words_and_erased_ones_apart_and_knows_vectors_of_another_width(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    rows = [
        enriched(1, embedding=[1.0, 0.0], enriched_at=NOON, created_at=NOON),
        enriched(2, embedding=[0.0, 1.0, 0.0], enriched_at=LATER, created_at=LATER),
        enriched(3, text="", embedding=[], enriched_at=LATER + timedelta(days=1)),
    ]
    store_enriched(connection, pa.Table.from_pylist(rows, schema=ENRICHED))
    posts, vectors = load_current_posts(connection)
    assert posts.column("post_id").to_pylist() == ["post1", "post2"]
    assert vectors.tolist() == [[0.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
    assert load_erased_posts(connection).column("post_id").to_pylist() == ["post3"]
    assert load_erased_posts(connection).column_names == posts.column_names


def test_what_lost_its_words_is_triaged_by_no_newer_model(connection: duckdb.DuckDBPyConnection) -> None:
    land(connection, "a", [their_post(source_id="1"), their_post(source_id="2"), received("3")], None, NOON)
    triage(connection)
    ids = dict(connection.execute("SELECT source_id, landing_id FROM landing").fetchall())
    land(connection, "a", [their_post(source_id="4")], None, NOON)
    assert len(unenriched_ids(connection, "newer@2")) == 4
    forget_raw(connection, [ids["1"]], NOON)
    erase(connection, ("a", "2"), ("a", "4"))
    assert unenriched_ids(connection, "newer@2") == [ids["3"]]


def test_raw_text_is_forgotten_once_old_and_triaged_and_comes_back_by_no_file(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    land(connection, "a", [their_post(source_id="old")], None, NOON)
    triage(connection)
    land(connection, "a", [their_post(source_id="old, not triaged")], None, NOON)
    land(connection, "a", [their_post(source_id="fresh")], None, LATER)
    old = old_posts(connection, NOON + timedelta(seconds=1))
    assert [(post.source_id, post.is_formal, post.post_id) for post in old] == [("old", False, NAMES.post("a", "old"))]
    assert old_posts(connection, NOON) == []
    kept = connection.execute("FROM enriched").fetchall()
    forget_raw(connection, [post.landing_id for post in old], LATER)
    assert traces(connection) == {RETENTION}
    raw = "raw::VARCHAR, text, author, address, url, lat, lon"
    assert connection.execute(f"SELECT {raw} FROM landing WHERE source_id = 'old'").fetchall() == [
        ("{}", "", None, None, None, None, None)
    ]
    assert connection.execute("FROM enriched").fetchall() == kept
    assert old_posts(connection, NOON + timedelta(seconds=1)) == []
    assert land(connection, "a", [their_post(source_id="old")], None, LATER).n_new == 0
    assert land(connection, "a", [their_post("edited", source_id="old")], None, LATER).n_new == 1


def test_only_the_published_snapshot_stays(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    folder = tmp_path / "published"
    for number in (1, 2, 3):
        store_groups(connection, [enriched(number)])
        newest = publish(connection, folder, keep=3, timezone=MAHE).path
    (folder / ".lavwa-x.duckdb.partial").write_text("half")
    assert len(list(folder.glob("lavwa-*"))) == 3
    assert remove_older_snapshots(folder) == 2
    assert sorted(file.name for file in folder.iterdir()) == sorted(["current.json", newest.name])
    assert remove_older_snapshots(folder) == 0


def test_a_stage_without_results_can_be_done(connection: duckdb.DuckDBPyConnection) -> None:
    mark_done(connection, "retention", "2026-08-03", NOON)
    assert stage_is_done(connection, "retention", "2026-08-03")
    assert not stage_is_done(connection, "retention", "2026-08-04")
