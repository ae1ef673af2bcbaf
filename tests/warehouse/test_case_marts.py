"""Marts of cases, decisions and official answers: few rows in, figures counted by hand."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from case_rows import case, official
from test_marts import published
from warehouse_rows import MAHE, NOON, enriched, store_groups

from warehouse.cases import replace_cases
from warehouse.merged import SCHEMAS, replace_results, suggest_routes
from warehouse.publish import publish
from warehouse.readers import Snapshot, open_published

DAY = timedelta(days=1)
MONDAY_IN_MAHE = datetime(2026, 8, 2, 20, tzinfo=UTC)  # the first moment of 3 August there


def ask(connection: duckdb.DuckDBPyConnection, *members: str, question: str = "When?") -> None:
    """One question that these posts ask, the first of them in the words that stand for all."""
    rows = {
        "faqs": [{"faq_id": members[0], "question": question}],
        "faq_members": [{"post_id": post_id, "faq_id": members[0]} for post_id in members],
    }
    tables = {name: pa.Table.from_pylist(of, schema=SCHEMAS[name]) for name, of in rows.items()}
    replace_results(connection, "merge", "1", NOON, tables)


def faqs(snapshot: Snapshot) -> dict[str, dict[str, Any]]:
    return {
        row["faq_id"]: row
        for row in snapshot.read("faq_page", mda="", is_unanswered_first=False, n=1000).to_dict("records")
    }


def asked_at(number: int, days: float, **fields: Any) -> dict[str, Any]:
    return enriched(number, kind="question", created_at=NOON + days * DAY, text=f"when {number}", **fields)


# Questions with official answers


def test_a_question_has_the_official_answer_of_a_case_that_holds_one_of_its_posts(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    posts = [asked_at(1, -2), asked_at(2, -1, lang="fr"), asked_at(3, 1), asked_at(4, 2, submitter_id=None)]
    ask(connection, *(post["post_id"] for post in posts))
    replace_cases(connection, [[case("C-1", "post2")]], [official(7, "post2", review_by=NOON + 90 * DAY)])
    with published(connection, tmp_path, *posts) as snapshot:
        (faq,) = faqs(snapshot).values()
    assert (faq["faq_id"], faq["question"], faq["mda"]) == ("post1", "Official question 7?", "PUC")
    assert (faq["n_asked"], faq["n_voices"], faq["n_without_author"], faq["n_since"]) == (4, 3, 1, 2)
    assert (faq["texts"], faq["approved_at"], faq["review_by"]) == ('{"en": "answer 7"}', NOON, NOON + 90 * DAY)
    assert (list(faq["langs"]), list(faq["variants"])) == (["en", "fr"], ["when 1", "when 2", "when 3", "when 4"])
    assert (faq["first_at"], faq["last_at"]) == (NOON - 2 * DAY, NOON + 2 * DAY)


def test_a_question_tells_the_last_four_weeks_and_the_four_before(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    days = (0, -27, -28, -55, -56)  # before the newest post: two in the last four weeks, two in the four before
    posts = [asked_at(number, day, fetched_at=NOON) for number, day in enumerate(days, start=1)]
    ask(connection, *(post["post_id"] for post in posts))
    with published(connection, tmp_path, *posts) as snapshot:
        (faq,) = faqs(snapshot).values()
    assert (faq["n_asked"], faq["n_last_28_days"], faq["n_previous_28_days"]) == (5, 2, 2)


def test_a_question_without_an_official_answer_has_none(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    ask(connection, "post1", "post2")
    replace_cases(connection, [[case("C-1", "post1")]], [])
    with published(connection, tmp_path, asked_at(1, 0), asked_at(2, 1)) as snapshot:
        (faq,) = faqs(snapshot).values()
    assert (faq["question"], faq["texts"], faq["n_asked"], faq["n_since"]) == ("When?", None, 2, 0)


def test_of_several_official_answers_the_newest_answers_the_question_and_the_others_stand_alone(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    ask(connection, "post1", "post2")
    answers = [
        official(1, "post1", approved_at=NOON + DAY),
        official(2, "post2"),
        official(3, "post2", approved_at=NOON + DAY),
    ]
    replace_cases(connection, [[case("C-1", "post1"), case("C-2", "post2")]], answers)
    with published(connection, tmp_path, asked_at(1, 0), asked_at(2, 0)) as snapshot:
        found = faqs(snapshot)
    assert {faq_id: row["question"] for faq_id, row in found.items()} == {
        "post1": "Official question 3?", "answer-1": "Official question 1?", "answer-2": "Official question 2?",
    }  # fmt: skip


def test_an_official_answer_to_what_nobody_asked_twice_is_an_entry_by_itself(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    ask(connection, "post1", "post2")
    answers = [official(1, "post3", "post4", mda="SLTA"), official(2), official(3, "gone")]
    replace_cases(connection, [[case("C-1", "post3", "post4")]], answers)
    posts = [asked_at(1, 0), asked_at(2, 0), asked_at(3, -1, lang="crs"), asked_at(4, 1, lang="crs")]
    with published(connection, tmp_path, *posts) as snapshot:
        found = faqs(snapshot)
    assert list(found) == ["answer-1", "post1", "answer-2", "answer-3"]
    alone = found["answer-1"]
    assert (alone["mda"], alone["n_asked"], alone["n_since"], alone["n_voices"]) == ("SLTA", 2, 1, 2)
    assert (list(alone["langs"]), list(alone["variants"])) == (["crs"], ["when 3", "when 4"])
    for name in ("answer-2", "answer-3"):
        empty = found[name]
        assert (empty["n_asked"], empty["n_since"], list(empty["langs"]), list(empty["variants"])) == (0, 0, [], [])
        assert (empty["first_at"], empty["last_at"]) == (NOON, NOON)


def test_a_withdrawn_answer_and_a_case_that_is_gone_are_in_no_later_snapshot(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    replace_cases(connection, [[case("C-1", "post1")], [case("C-2")]], [official(1, "post1"), official(2)])
    with published(connection, tmp_path, enriched(1)) as snapshot:
        assert (len(faqs(snapshot)), references(snapshot)) == (2, ["C-1", "C-2"])
    replace_cases(connection, [[case("C-2")]], [official(2)])
    with published(connection, tmp_path, enriched(1)) as snapshot:
        assert (list(faqs(snapshot)), references(snapshot)) == (["answer-2"], ["C-2"])


def references(snapshot: Snapshot) -> list[str]:
    rows = snapshot.connection.execute("SELECT reference FROM mart_cases WHERE reference IS NOT NULL ORDER BY 1")
    return [row[0] for row in rows.fetchall()]


def test_a_copy_that_breaks_off_leaves_the_last_one(connection: duckdb.DuckDBPyConnection) -> None:
    replace_cases(connection, [[case("C-1")]], [official(1)])
    with pytest.raises(duckdb.ConstraintException):
        replace_cases(connection, [[case("C-2")], [case("C-2")]], [])
    kept = connection.execute("SELECT reference FROM cases UNION ALL SELECT question FROM official_answers").fetchall()
    assert kept == [("C-1",), ("Official question 1?",)]


# Confidential by a person's word


def test_a_case_that_a_person_made_confidential_hides_the_words_of_its_posts_in_every_mart(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    hidden = [
        asked_at(n, n, lang="crs", source="SECRET-SOURCE", submitter_id=f"SECRET-WHO-{n}", district="SECRET-PLACE",
                 reasons=["SECRET-REASON"], candidates='["SECRET-CANDIDATE"]')
        for n in (1, 2)
    ]  # fmt: skip
    for post in hidden:
        post["text"] = f"SECRET-WORDS {post['post_id']}"
    others = [asked_at(3, 0), asked_at(4, 1)]
    ask(connection, "post1", "post2", "post3", "post4", question="SECRET-WORDS post1")
    secret = case("C-SECRET", "post1", "post2", is_confidential=True, decided_at=NOON, lang="crs")
    replace_cases(connection, [[secret, case("C-PLAIN", "post3")]], [official(1, "post1"), official(2, "post3")])
    with published(connection, tmp_path, *others, *hidden) as snapshot:
        tables = [row[0] for row in snapshot.connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()]
        shown = {table: str(snapshot.connection.execute(f'FROM "{table}"').fetchall()) for table in tables}
        found = faqs(snapshot)
        n_hidden = snapshot.connection.execute("SELECT count(*) FROM mart_posts WHERE is_confidential").fetchone()
    assert n_hidden == (2,)
    assert [table for table, rows in shown.items() if "SECRET" in rows and table != "mart_sources"] == []
    assert "C-PLAIN" in shown["mart_cases"]
    assert found["post1"]["n_asked"] == 2
    assert list(found["post1"]["variants"]) == ["when 3", "when 4"]
    assert (found["answer-1"]["n_asked"], list(found["answer-1"]["variants"])) == (0, [])


def test_the_earliest_open_post_speaks_for_a_question_whose_own_words_became_confidential(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    ask(connection, "post1", "post2", "post3", question="SECRET")
    replace_cases(connection, [[case("C-1", "post1", is_confidential=True)]], [])
    with published(connection, tmp_path, asked_at(1, 0), asked_at(2, 2), asked_at(3, 1)) as snapshot:
        (faq,) = faqs(snapshot).values()
    assert (faq["question"], faq["n_asked"]) == ("when 3", 2)


def test_a_question_of_which_one_open_post_is_left_is_no_entry_any_more(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    ask(connection, "post1", "post2")
    posts = [asked_at(1, 0), asked_at(2, 1)]
    secret = case("C-1", "post1", is_confidential=True)
    replace_cases(connection, [[secret]], [])
    with published(connection, tmp_path, *posts) as snapshot:
        assert faqs(snapshot) == {}
    replace_cases(connection, [[secret]], [official(1, "post2")])
    with published(connection, tmp_path, *posts) as snapshot:
        assert {faq_id: row["n_asked"] for faq_id, row in faqs(snapshot).items()} == {"answer-1": 1}


def test_a_case_that_a_person_found_not_confidential_shows_its_posts(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    replace_cases(connection, [[case("C-1", "post1", decided_at=NOON)]], [])
    posts = [enriched(1, is_confidential=True, text="shown"), enriched(2, is_confidential=True, text="SECRET")]
    with published(connection, tmp_path, *posts) as snapshot:
        rows = snapshot.connection.execute("SELECT text, is_confidential FROM mart_posts ORDER BY post_id").fetchall()
    assert rows == [("shown", False), (None, True)]


def test_of_a_confidential_case_weeks_and_codes_are_told_and_no_reference_or_language(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    names = ("opened_at", "answer_by", "decided_at", "first_answered_at", "closed_at", "appealed_at")
    moments = dict.fromkeys(names, NOON + 2 * DAY)
    rows = [case("C-1", "a", "b", **moments), case("C-2", is_confidential=True, **moments)]
    replace_cases(connection, [rows], [])
    with published(connection, tmp_path, enriched(1)) as snapshot:
        plain, secret = (
            snapshot.connection.execute("FROM mart_cases ORDER BY is_confidential").to_arrow_table().to_pylist()
        )
    assert {name: plain[name] for name in moments} == moments
    assert {secret[name] for name in moments} == {MONDAY_IN_MAHE}
    assert (plain["reference"], plain["lang"], plain["n_posts"]) == ("C-1", "en", 2)
    assert (secret["reference"], secret["lang"], secret["mda"], secret["state"]) == (None, None, "PUC", "received")


# Matters and their cases


def test_a_matter_names_the_newest_case_of_its_posts_and_counts_each_post_once(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    rows = [
        case("C-1", "post1"),
        case("C-2", "post2", is_confidential=True),
    ]
    replace_cases(connection, [rows], [])
    with published(connection, tmp_path, enriched(1), enriched(2), enriched(3)) as snapshot:
        issues = snapshot.read("issues", mda="", start=0).set_index("group_id")
    assert issues["n_posts"].tolist() == [1, 1, 1]
    named = issues["case_reference"].to_dict()
    assert (named["post1"], named["post2"], named["post3"]) == ("C-1", None, None)


def test_the_posts_of_a_matter_are_shown_earliest_first_without_what_is_confidential(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    posts = [enriched(1, created_at=NOON + DAY), enriched(2), enriched(3, is_confidential=True)]
    store_groups(connection, posts)
    replace_results(connection, "route", "1", NOON, {"routes": suggest_routes(connection)})
    publish(connection, tmp_path, 3, MAHE)
    snapshot = open_published(tmp_path)
    shown = snapshot.read("issue_posts", group_id="post1")
    snapshot.close()
    assert shown["post_id"].tolist() == ["post2", "post1"]


# Decisions


def decided(reference: str, confidence: float, **fields: Any) -> dict[str, Any]:
    """A case that a person decided; `right` is whether as the machine had it."""
    is_right = fields.pop("right", True)
    category = "water_supply" if is_right else "electricity"
    return case(reference, **{"confidence": confidence, "category": category, "decided_at": NOON, **fields})


DECIDED = [
    decided("C-1", 0.95), decided("C-2", 0.91, right=False), decided("C-3", 1.0), decided("C-4", 0.5, lang="fr"),
    decided("C-5", 0.59, lang="crs", right=False, decided_at=NOON - 7 * DAY),
    decided("C-6", 0.2, right=False, is_confidential=True, decided_at=NOON + DAY),
    decided("C-7", 0.3, suggested_mda="LWMA", suggested_category="waste", category="waste", decided_at=NOON - 7 * DAY),
    decided("C-8", 0.4, suggested_mda=None, suggested_category="other", category="roads", mda="SLTA"),
    case("C-9", confidence=0.99),
]  # fmt: skip
POSTS = [
    enriched(1, confidence=0.9), enriched(2, confidence=0.7, lang="fr", route="review"),
    enriched(3, confidence=0.5, mda="SLTA", created_at=NOON - 14 * DAY),
    enriched(4, confidence=0.3, mda=None, lang="other"),
]  # fmt: skip


@pytest.fixture
def told(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> Iterator[Snapshot]:
    """Nine cases, eight of them decided, and four posts."""
    replace_cases(connection, [DECIDED[:5], DECIDED[5:]], [])
    with published(connection, tmp_path, *POSTS) as snapshot:
        yield snapshot


def test_decisions_are_counted_by_the_agency_that_was_suggested(told: Snapshot) -> None:
    assert told.read("decisions_by_agency").values.tolist() == [
        ["PUC", 2, 1, 6, 3], ["SLTA", 1, 1, 0, 0], ["none", 1, 1, 1, 1], ["LWMA", 0, 0, 1, 0],
    ]  # fmt: skip


def test_decisions_are_counted_by_language_without_confidential_cases(told: Snapshot) -> None:
    assert told.read("decisions_by_lang").values.tolist() == [
        ["en", 2, 2, 5, 2], ["fr", 1, 0, 1, 0], ["other", 1, 1, 0, 0], ["crs", 0, 0, 1, 1],
    ]  # fmt: skip


def test_calibration_tells_how_often_the_machine_was_right_by_tenth(told: Snapshot) -> None:
    rows = told.read("calibration")
    assert rows[["tenth", "n_right", "n_decided"]].values.tolist() == [
        [2, 0, 1], [3, 1, 1], [4, 0, 1], [5, 1, 2], [9, 2, 3],
    ]  # fmt: skip
    assert rows["said"].round(4).tolist() == [0.2, 0.3, 0.4, 0.545, round((0.95 + 0.91 + 1.0) / 3, 4)]


def test_drift_has_a_row_for_a_week_with_a_post_or_a_decision(told: Snapshot) -> None:
    rows = told.read("drift")
    assert [week.date() for week in rows["week_date"]] == [date(2026, 7, 20), date(2026, 7, 27), date(2026, 8, 3)]
    counts = ["n_posts", "n_en", "n_fr", "n_crs", "n_other", "n_decided", "n_corrected"]
    assert rows[counts].values.tolist() == [[1, 1, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 2, 1], [3, 1, 1, 0, 1, 6, 3]]
    assert rows["mean_confidence"].round(4).tolist()[::2] == [0.5, round((0.9 + 0.7 + 0.3) / 3, 4)]
    assert rows["mean_confidence"].isna().tolist() == [False, True, False]


def test_drift_reaches_back_twenty_six_weeks(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    weeks = [enriched(number, created_at=NOON - n * 7 * DAY) for number, n in ((1, 0), (2, 25), (3, 26))]
    with published(connection, tmp_path, *weeks) as snapshot:
        rows = snapshot.read("drift")
    assert [week.date() for week in rows["week_date"]] == [date(2026, 2, 9), date(2026, 8, 3)]


def test_what_nobody_decided_says_nothing_of_quality(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    replace_cases(connection, [[case("C-1")]], [])
    with published(connection, tmp_path, enriched(1)) as snapshot:
        assert snapshot.read("calibration").empty
        assert snapshot.read("decisions_by_agency").values.tolist() == [["PUC", 1, 1, 0, 0]]
