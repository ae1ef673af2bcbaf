"""What everybody may see of a country counted by hand (public_rows.py), and that nothing else is in the file."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from case_rows import case
from public_rows import OCTOBER, SECRETS, SEPTEMBER, UNTIL, fill, publish_country, said

from warehouse.cases import replace_withdrawn_answers
from warehouse.readers import Snapshot, open_public

FOUND = date(2026, 9, 1), date(2026, 10, 1)


@contextmanager
def public(connection: duckdb.DuckDBPyConnection, folder: Path, until: datetime = UNTIL) -> Iterator[Snapshot]:
    publish_country(connection, folder, until)
    snapshot = open_public(folder)
    yield snapshot
    snapshot.close()


def rows(snapshot: Snapshot, table: str) -> list[tuple[Any, ...]]:
    return snapshot.connection.execute(f"FROM {table}").fetchall()


def hidden(snapshot: Snapshot) -> dict[tuple[str, date | None], int | None]:
    return {(kind, month): n for kind, month, n in rows(snapshot, "public_hidden")}


def test_months_tell_what_ten_people_or_more_wrote_about_and_no_more(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    fill(connection)
    with public(connection, tmp_path) as snapshot:
        september, october = FOUND
        assert rows(snapshot, "public_months") == [
            (september, "roads", 35),  # 23 and 11 confidential ones; 15 on water are by nobody known: one submitter
            (october, "water_supply", 25),  # 12 and 11; 9 on roads are too few
        ]
        assert rows(snapshot, "public_clock") == [("Indian/Mahe", datetime(2026, 10, 31, 20, tzinfo=UTC), False)]


def test_a_month_counts_once_it_is_over(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    fill(connection)
    with public(connection, tmp_path, UNTIL - timedelta(days=7)) as snapshot:
        assert [month for month, _, _ in rows(snapshot, "public_months")] == [FOUND[0]]


def test_waiting_cases_stand_in_bands_of_working_days(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    waiting = [case(f"C-new{n}", f"PLANTED-POST-q{n}", opened_at=UNTIL - timedelta(days=3)) for n in range(1, 12)]
    fill(connection, also=waiting)  # 11 of Friday 30 October, none of whose working days is over
    with public(connection, tmp_path) as snapshot:
        assert rows(snapshot, "public_waiting") == [
            ("PUC", "water_supply", "0-2", 10),
            ("PUC", "water_supply", "all", 15),  # 11 and the 2 that wait since 5 October: masked in their own band
            ("SLTA", "roads", "31+", 25),
            ("SLTA", "roads", "all", 25),
            ("all", "all", "0-2", 10),
            ("all", "all", "31+", 25),
        ]


@pytest.mark.parametrize(
    ("change", "is_listed"),
    [
        pytest.param({"closed_at": UNTIL - timedelta(days=1), "state": "withdrawn"}, False, id="closed"),
        pytest.param(
            {"closed_at": UNTIL + timedelta(days=1), "state": "withdrawn"}, True, id="closed too late to count"
        ),
        pytest.param({"answered_at": UNTIL - timedelta(days=1)}, False, id="answered"),
    ],
)
def test_what_ended_before_the_count_waits_no_more(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, change: dict[str, Any], is_listed: bool
) -> None:
    more = [case(f"C-more{n}", f"PLANTED-POST-q{n}", opened_at=OCTOBER, **change) for n in range(1, 12)]
    fill(connection, also=more)
    with public(connection, tmp_path) as snapshot:
        told = [row for row in rows(snapshot, "public_waiting") if row[0] == "PUC"]
        assert bool(told) is is_listed


def test_every_agency_is_listed_with_what_it_received_and_answered(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    fill(connection)
    with public(connection, tmp_path) as snapshot:
        assert rows(snapshot, "public_agencies") == [
            ("ENV", None, None, None, None, None, None),
            ("PUC", 10, 10, 10, 10, 1.0, None),  # 12 received, 10 answered in time
            ("SLTA", 25, None, 25, None, None, None),
        ]


def test_cases_closed_without_an_answer_are_told(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    closed = {"mda": "ENV", "opened_at": SEPTEMBER, "closed_at": OCTOBER, "state": "out_of_scope"}
    fill(connection, also=[case(f"C-out{n}", f"PLANTED-POST-q{n}", **closed) for n in range(1, 12)])
    with public(connection, tmp_path) as snapshot:
        (env, *_) = rows(snapshot, "public_agencies")
        assert env == ("ENV", 10, None, 10, None, None, 10)
        assert hidden(snapshot)["out_of_scope", date(2026, 10, 1)] == 10


def test_one_case_of_many_people_is_few_cases(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    fill(connection, also=[case("C-all", *(f"PLANTED-POST-q{n}" for n in range(1, 12)), mda="ENV", opened_at=OCTOBER)])
    with public(connection, tmp_path) as snapshot:
        assert rows(snapshot, "public_agencies")[0] == ("ENV", None, None, None, None, None, None)


def test_many_cases_of_one_person_are_masked(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    alike = [said(f"m{n}", OCTOBER, "en", "ENV", "roads", submitter_id="one") for n in range(40)]
    fill(
        connection,
        *alike,
        also=[case(f"C-m{n}", f"PLANTED-POST-m{n}", mda="ENV", opened_at=OCTOBER) for n in range(40)],
    )
    with public(connection, tmp_path) as snapshot:
        assert rows(snapshot, "public_agencies")[0] == ("ENV", None, None, None, None, None, None)


def test_languages_stand_side_by_side(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    fill(connection)
    with public(connection, tmp_path) as snapshot:
        # lang, contributions, auto, share, cases, decided, corrected, share, due, in time, share, median and its bounds
        crs, en, fr = rows(snapshot, "public_parity")
    assert crs == ("crs", 25, None, None, 25, None, None, None, 25, None, None, None, 36, None)
    assert en[:11] == ("en", 25, 10, 0.4, 10, None, None, None, 10, 10, 1.0)  # 12 and 11 confidential ones
    assert (en[11], en[12], en[13]) == (3, 3, 3)
    assert fr == ("fr", 35, 35, 1.0, None, None, None, None, None, None, None, None, None, None)


def test_what_people_corrected_is_a_share_of_what_they_decided(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    decided = [
        case(
            f"C-d{n}", f"PLANTED-POST-q{n}", lang="fr", opened_at=OCTOBER, decided_at=OCTOBER,
            suggested_category="roads",
        )
        for n in range(1, 12)
    ]  # fmt: skip
    fill(connection, also=decided)
    with public(connection, tmp_path) as snapshot:
        (fr,) = (row for row in rows(snapshot, "public_parity") if row[0] == "fr")
    assert fr[4:8] == (10, 10, 10, 1.0)


def test_confidential_cases_tell_no_language(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    secret = {"lang": "fr", "opened_at": OCTOBER, "is_confidential": True}
    fill(connection, also=[case(f"C-s{n}", f"PLANTED-POST-q{n}", **secret) for n in range(1, 12)])
    with public(connection, tmp_path) as snapshot:
        (fr,) = (row for row in rows(snapshot, "public_parity") if row[0] == "fr")
    assert fr[4:] == (None,) * 10


def test_what_is_hidden_is_told_by_reason_and_month(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    fill(connection)
    erased = [f"PLANTED-POST-r{n}" for n in range(1, 14)]
    connection.execute("INSERT INTO erased_posts SELECT unnest($ids), $at", {"ids": erased, "at": OCTOBER})
    connection.execute("INSERT INTO erased_posts VALUES ('never landed', $at)", {"at": OCTOBER})
    replace_withdrawn_answers(
        connection,
        [{"answer_id": n, "withdrawn_at": OCTOBER, "post_ids": [f"PLANTED-POST-q{n}"]} for n in range(2, 12)],
    )
    with public(connection, tmp_path) as snapshot:
        told = hidden(snapshot)
    september, october = FOUND
    assert {key: n for key, n in told.items() if n is not None} == {
        ("erased", None): 15,
        ("erased", october): 15,
        ("confidential_by_machine", None): 10,
        ("confidential_by_machine", september): 10,
        ("answer_withdrawn", None): 10,
        ("answer_withdrawn", october): 10,
    }
    assert {kind for kind, month in told if month is None} >= {"withdrawn", "out_of_scope", "raw_text_forgotten"}


def test_who_made_a_post_confidential_is_told_apart(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    by_person = {"opened_at": OCTOBER, "decided_at": OCTOBER, "is_confidential": True}
    opened = {"opened_at": SEPTEMBER, "decided_at": OCTOBER, "is_confidential": False}
    fill(
        connection,
        also=[
            *(case(f"C-p{n}", f"PLANTED-POST-q{n}", **by_person) for n in range(1, 12)),
            *(case(f"C-o{n}", f"PLANTED-POST-c{n}", **opened) for n in range(1, 12)),
        ],
    )
    with public(connection, tmp_path) as snapshot:
        told = hidden(snapshot)
    assert told["confidential_by_person", None] == 10
    assert told["opened_by_person", None] == 10
    assert told["confidential_by_machine", None] is None


def test_official_answers_are_whole_and_tell_how_often_they_were_asked_since(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    fill(connection)
    with public(connection, tmp_path) as snapshot:
        (answer,) = rows(snapshot, "public_answers")
    assert answer == (
        "PUC", "When is the water back, élève?",
        '{"crs": "Delo i retourn Lendi.", "en": "The water is back on Monday."}',
        date(2026, 10, 6), 10,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("words", "n_found"),
    [([], 1), (["eleve"], 1), (["lendi", "water"], 1), (["lendi", "fire"], 0), (["planted"], 0)],
    ids=["no words", "an accent less", "two languages", "one word too many", "citizens' words"],
)
def test_answers_are_found_by_all_of_the_words(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, words: list[str], n_found: int
) -> None:
    fill(connection)
    with public(connection, tmp_path) as snapshot:
        assert len(snapshot.read("public_answers", mda="", words=words, n_shown=10)) == n_found
        assert snapshot.read("public_answers", mda="SLTA", words=words, n_shown=10).empty


def test_no_word_name_reference_or_id_of_anybody_is_in_the_file(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    fill(connection)
    path = publish_country(connection, tmp_path).path
    content = path.read_bytes()
    with duckdb.connect(str(path), read_only=True) as snapshot:
        tables = [row[0] for row in snapshot.execute("SELECT table_name FROM duckdb_tables()").fetchall()]
        values = " ".join(str(snapshot.execute(f'FROM "{table}"').fetchall()) for table in tables)
    assert len(tables) == 8
    for found in (b"When is the water back", b"Public Utilities"):  # so a planted word would be found, too
        assert found in content
    for secret in (*SECRETS, "PLANTED", "Anse Royale", "toy@1"):
        assert secret.encode() not in content
        assert secret not in values


def test_nothing_new_publishes_nothing(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    fill(connection)
    assert publish_country(connection, tmp_path).is_new
    assert not publish_country(connection, tmp_path).is_new
    alone = said("alone", OCTOBER, "en", "PUC", "water_supply", route="review")  # 23 become 24, which round alike
    fill(connection, alone)
    assert not publish_country(connection, tmp_path).is_new


def test_an_empty_warehouse_publishes_no_figure(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    with public(connection, tmp_path) as snapshot:
        assert rows(snapshot, "public_months") == rows(snapshot, "public_waiting") == []
        assert {n for _, _, n in rows(snapshot, "public_hidden")} == {None}
