"""What marts tell of topics: a person's hand on them, shares, days, quotes, relations, cases. All rows are invented."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from case_rows import case, official
from scipy.stats import binomtest
from test_marts import burst
from warehouse_rows import MAHE, NOON, enriched, store_groups

from warehouse.cases import replace_cases
from warehouse.comparison import chances, more_than_chance
from warehouse.merged import SCHEMAS, replace_results
from warehouse.publish import publish
from warehouse.readers import Snapshot, open_published
from warehouse.topic_marks import replace_topic_marks

Marks = dict[int, dict[str, Any]]
DAY = timedelta(days=1)


def mark(topic_id: int, **fields: Any) -> dict[str, Any]:
    return {"topic_id": topic_id, "label": None, "merged_into": None, "is_pinned": False, "is_muted": False, **fields}


@contextmanager
def published(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    posts_of: dict[int, list[dict[str, Any]]],
    *marks: dict[str, Any],
    bursts: tuple[dict[str, Any], ...] = (),
    terms: dict[int, list[str]] | None = None,
    groups: list[list[dict[str, Any]]] | None = None,
) -> Iterator[Snapshot]:
    """The snapshot of topics of these posts, each post a group of its own where `groups` says nothing else."""
    store_groups(connection, *(groups or [[post] for posts in posts_of.values() for post in posts]))
    rows: dict[str, list[dict[str, Any]]] = {
        "topics": [
            {
                "topic_id": n, "label": f"topic {n}", "terms": (terms or {}).get(n, ["a"]),
                "representative_post_id": posts[0]["post_id"],
            }
            for n, posts in posts_of.items()
        ],
        "topic_members": [
            {"post_id": post["post_id"], "topic_id": n} for n, posts in posts_of.items() for post in posts
        ],
        "topic_bursts": list(bursts),
    }  # fmt: skip
    tables = {name: pa.Table.from_pylist(of, schema=SCHEMAS[name]) for name, of in rows.items()}
    replace_results(connection, "merge", "1", NOON, tables)
    replace_topic_marks(connection, marks)
    publish(connection, folder, 3, MAHE)
    snapshot = open_published(folder)
    yield snapshot
    snapshot.close()


def posts(first: int, n: int, **fields: Any) -> list[dict[str, Any]]:
    return [enriched(number, **fields) for number in range(first, first + n)]


THREE = {1: posts(1, 3), 2: posts(11, 2), 3: posts(21, 4)}


def counts(snapshot: Snapshot) -> dict[int, int]:
    return dict(snapshot.read("topics").sort_values("topic_id")[["topic_id", "n_posts"]].values.tolist())


@pytest.mark.parametrize(
    ("marks", "expected"),
    [
        pytest.param([], {1: 3, 2: 2, 3: 4}, id="none"),
        pytest.param([mark(1, merged_into=3)], {2: 2, 3: 7}, id="one into another"),
        pytest.param([mark(1, merged_into=2), mark(2, merged_into=3)], {3: 9}, id="a chain is followed"),
        pytest.param([mark(1, merged_into=3), mark(2, merged_into=3)], {3: 9}, id="two into one"),
        pytest.param([mark(1, merged_into=9)], {1: 3, 2: 2, 3: 4}, id="into one that is gone"),
        pytest.param([mark(1, merged_into=9), mark(9, merged_into=3)], {1: 3, 2: 2, 3: 4}, id="by one that is gone"),
        pytest.param([mark(9, merged_into=3)], {1: 3, 2: 2, 3: 4}, id="of one that is gone"),
        pytest.param([mark(1, merged_into=2), mark(2, merged_into=1)], {1: 3, 2: 2, 3: 4}, id="a circle"),
        pytest.param([mark(3, merged_into=1), mark(1, merged_into=2), mark(2, merged_into=1)], {1: 3, 2: 2, 3: 4},
                     id="into a circle"),
    ],
)  # fmt: skip
def test_a_merge_moves_the_posts_and_an_impossible_one_does_nothing(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, marks: list[dict[str, Any]], expected: dict[int, int]
) -> None:
    with published(connection, tmp_path, THREE, *marks) as snapshot:
        assert counts(snapshot) == expected
        assert set(snapshot.read("topic_periods", topic_id=3)["n_posts"]) == {expected[3]}
        parts = snapshot.read("topic_parts")
    assert parts["part_id"].tolist() == [1, 2, 3]
    assert parts["label"].tolist() == ["topic 1", "topic 2", "topic 3"]
    assert parts["n_posts"].tolist() == [3, 2, 4]
    assert connection.execute("SELECT count(*) FROM topic_marks").fetchone() == (len(marks),)


def test_a_merge_that_is_undone_gives_the_topics_back(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    with published(connection, tmp_path, THREE, mark(1, merged_into=3)) as snapshot:
        assert counts(snapshot) == {2: 2, 3: 7}
    replace_topic_marks(connection, [mark(1)])
    publish(connection, tmp_path, 3, MAHE)
    snapshot = open_published(tmp_path)
    assert counts(snapshot) == {1: 3, 2: 2, 3: 4}
    snapshot.close()


def test_a_persons_name_pin_and_mute_are_shown_and_the_machines_name_is_kept(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    marks = [mark(1, label="Water", is_pinned=True), mark(3, is_muted=True)]
    with published(connection, tmp_path, THREE, *marks) as snapshot:
        shown = snapshot.read("topics")
    assert shown["topic_id"].tolist() == [1, 2, 3]  # pinned, plain, muted, whatever their size
    columns = ["label", "machine_label", "is_pinned", "is_muted"]
    assert shown[columns].values.tolist() == [
        ["Water", "topic 1", True, False], ["topic 2", "topic 2", False, False], ["topic 3", "topic 3", False, True],
    ]  # fmt: skip


def test_a_merged_topic_bursts_as_its_likeliest_part_and_bears_the_terms_of_both(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    bursts = (
        burst(1, is_bursting=True, p=1e-6, n_voices=9, window_hours=6, is_campaign=True),
        burst(3, p=0.3, n_voices=40),
    )
    terms = {1: ["pipe", "water"], 3: ["water", "tank"]}
    with published(connection, tmp_path, THREE, mark(1, merged_into=3), bursts=bursts, terms=terms) as snapshot:
        topic = snapshot.read("topics").set_index("topic_id").loc[3]
    figures = ["is_bursting", "burst_p", "burst_n_voices", "burst_window_hours", "is_campaign", "label"]
    assert topic[figures].tolist() == [True, 1e-6, 9, 6, True, "topic 3"]
    assert list(topic["terms"]) == ["water", "tank", "pipe"]


def test_shares_count_confidential_posts_by_language_alone(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    of = [
        enriched(1, channel="facebook", submitter_id="a"),
        enriched(2, channel="facebook", submitter_id="a", lang="crs", district=None),
        enriched(3, channel="sms", submitter_id=None, district="SC-02"),
        enriched(4, channel="sms", submitter_id="PLANTED", lang="crs", district="SC-27", is_confidential=True),
    ]
    with published(connection, tmp_path, {1: of, 2: posts(11, 3)}) as snapshot:
        rows = snapshot.read("topic_shares", topic_id=1)
        assert snapshot.read("topics").set_index("topic_id").loc[1, "n_confidential"] == 1
    assert rows.values.tolist() == [
        ["channel", "facebook", 2, 1], ["channel", "sms", 1, 0],
        ["district", "SC-02", 1, 0], ["district", "SC-05", 1, 1], ["district", "none", 1, 1],
        ["lang", "crs", 2, 1], ["lang", "en", 2, 1],
    ]  # fmt: skip


def test_days_tell_posts_and_voices_without_confidential_ones(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    of = [
        enriched(1, submitter_id="a"), enriched(2, submitter_id="a"), enriched(3, submitter_id=None),
        enriched(4, submitter_id=None), enriched(5, submitter_id="a", created_at=NOON - DAY),
        enriched(6, is_confidential=True), enriched(7, created_at=NOON.replace(year=2099)),
    ]  # fmt: skip
    with published(connection, tmp_path, {1: of}) as snapshot:
        rows = snapshot.connection.execute("SELECT * FROM mart_topic_days").fetchall()
    assert rows == [(1, date(2026, 8, 2), 1, 1), (1, date(2026, 8, 3), 4, 3)]


def test_quotes_are_of_several_voices_and_languages_and_nothing_confidential(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    english = [enriched(n, text=f"en {n}", created_at=NOON - n * DAY) for n in range(1, 21)]
    creole = [enriched(n, text=f"crs {n}", lang="crs", created_at=NOON - n * DAY) for n in (31, 32)]
    one_voice = [enriched(n, text=f"again {n}", submitter_id="loud", created_at=NOON) for n in (41, 42, 43)]
    copies = [enriched(n, text=f"copy {n}", created_at=NOON - n * DAY) for n in (51, 52)]
    hidden = [enriched(61, text="PLANTED", is_confidential=True), enriched(62, text="", embedding=[])]
    of = [*english, *creole, *one_voice, *copies, *hidden]
    groups = [copies, *[[post] for post in of if post not in copies]]
    with published(connection, tmp_path, {1: of}, groups=groups) as snapshot:
        quotes = snapshot.read("topic_quotes", topic_id=1)
        everything = snapshot.connection.execute("SELECT string_agg(q::VARCHAR) FROM mart_topic_quotes AS q").fetchone()
    assert quotes["text"].tolist() == ["again 41", *[f"en {n}" for n in range(1, 8)], "crs 31", "crs 32"]
    assert everything is not None
    assert "PLANTED" not in everything[0]


def test_cases_and_answers_of_a_topic_follow_a_merge_and_confidential_cases_are_a_number(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    cases = [
        case("C-1", "post1", "post2", first_answered_at=NOON, answered_at=NOON),
        case("C-2", "post11", state="upheld", closed_at=NOON),
        case("C-3", "post3", is_confidential=True),
        case("C-4", "elsewhere"),
    ]
    replace_cases(connection, [cases], [official(1, "post11"), official(2, "elsewhere")])
    with published(connection, tmp_path, THREE, mark(2, merged_into=1)) as snapshot:
        topic = snapshot.read("topics").set_index("topic_id").loc[1]
        listed = snapshot.read("topic_cases", topic_id=1)
        answers = snapshot.read("topic_answers", topic_id=1)
        dump = snapshot.connection.execute("SELECT string_agg(c::VARCHAR) FROM mart_topic_cases AS c").fetchone()
        assert snapshot.read("topic_cases", topic_id=3).empty
    assert topic[["n_cases", "n_answered_cases", "n_confidential_cases"]].tolist() == [2, 1, 1]
    assert listed[["reference", "is_answered", "n_posts"]].values.tolist() == [["C-1", True, 2], ["C-2", False, 1]]
    assert answers[["answer_id", "question"]].values.tolist() == [[1, "Official question 1?"]]
    assert dump is not None
    assert "C-3" not in dump[0]


def test_related_topics_are_nearer_than_usual_and_a_topic_tells_what_it_is_taken_for(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    # By hand: the means are (1, 0, 0), (0.8, 0.6, 0) and (0, 0, 1), their mean (0.6, 0.2, 1/3). Less it, the cosine of
    # the first two is (0.08 - 0.08 + 1/9) / (√(0.16 + 0.04 + 1/9) · √(0.04 + 0.16 + 1/9)) = (1/9) / (14/45) = 0.357.
    stray = enriched(19, embedding=[1.0, 0.0, 0.0], is_confidential=True)
    of = {
        1: posts(1, 3, embedding=[1.0, 0.0, 0.0]),
        2: [*posts(11, 3, embedding=[0.8, 0.6, 0.0]), stray],
        3: posts(21, 3, embedding=[0.0, 0.0, 1.0]),
    }
    terms = {1: ["water", "pipe"], 2: ["pipe", "meter"], 3: ["road"]}
    with published(connection, tmp_path, of, terms=terms) as snapshot:
        related = {n: snapshot.read("topic_relations", topic_id=n) for n in (1, 2, 3)}
        rows = snapshot.connection.execute(
            "SELECT topic_id, other_id, place, likeness, n_sampled, n_nearer FROM mart_topic_relations"
        ).fetchall()
        topics = snapshot.read("topics").set_index("topic_id")
    assert {n: of["other_id"].tolist() for n, of in related.items()} == {1: [2], 2: [1], 3: []}
    assert [list(terms) for terms in related[1]["shared_terms"]] == [["pipe"]]
    assert rows[0] == (1, 2, 1, 0.357, 3, 3)
    assert topics.loc[1, ["taken_for_id", "n_sampled", "n_nearer"]].tolist() == [2, 3, 3]
    assert topics.loc[2, "n_sampled"] == 3  # the confidential post lends nothing


def test_posts_that_lie_with_another_topic_make_the_machine_less_sure(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    astray = enriched(4, embedding=[0.0, 1.0])
    of = {1: [*posts(1, 3, embedding=[1.0, 0.0]), astray], 2: posts(11, 3, embedding=[0.0, 1.0])}
    with published(connection, tmp_path, of) as snapshot:
        topics = snapshot.read("topics").set_index("topic_id")
    assert topics.loc[1, ["taken_for_id", "n_sampled", "n_nearer"]].tolist() == [2, 4, 3]
    assert topics.loc[2, ["taken_for_id", "n_sampled", "n_nearer"]].tolist() == [1, 3, 3]


def test_vectors_of_another_width_and_of_nothing_lend_nothing(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    odd = [enriched(4, embedding=[1.0]), enriched(5, embedding=[], text=""), enriched(6, embedding=[0.0, 0.0])]
    of = {1: [*posts(1, 3, embedding=[1.0, 0.0]), *odd], 2: posts(11, 3, embedding=[0.0, 1.0])}
    with published(connection, tmp_path, of) as snapshot:
        topics = snapshot.read("topics").set_index("topic_id")
    assert topics.loc[1, ["n_posts", "n_sampled", "n_nearer"]].tolist() == [6, 3, 3]


def test_one_topic_alone_is_taken_for_none(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    with published(connection, tmp_path, {1: posts(1, 3)}) as snapshot:
        topic = snapshot.read("topics").iloc[0]
    assert topic[["n_sampled", "n_nearer"]].tolist() == [0, 0]


def test_the_same_rows_publish_nothing_anew(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    with published(connection, tmp_path, THREE, mark(1, merged_into=3)):
        assert not publish(connection, tmp_path, 3, MAHE).is_new


def test_two_periods_are_told_with_posts_and_voices_in_each(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    of = {
        1: [enriched(n, created_at=NOON - days * DAY) for n, days in enumerate((0, 0, 6, 7, 13, 14), start=1)],
        2: [enriched(n, created_at=NOON - days * DAY) for n, days in enumerate((8, 9), start=11)],
        3: [enriched(n, created_at=NOON - days * DAY) for n, days in enumerate((20, 30), start=21)],
    }
    last = date(2026, 8, 3)
    with published(connection, tmp_path, of) as snapshot:
        rows = snapshot.read(
            "topic_comparison", first_before=last - 13 * DAY, last_before=last - 7 * DAY, first_after=last - 6 * DAY,
            last_after=last,
        )  # fmt: skip
    names = ["topic_id", "n_posts_before", "n_posts_after", "n_voices_before", "n_voices_after"]
    assert rows[names].values.tolist() == [[1, 2, 3, 2, 3], [2, 2, 0, 2, 0]]


# Whether a difference is more than chance


def test_the_chance_of_two_counts_is_that_of_the_binomial_test() -> None:
    before, after = [0, 3, 14, 40, 5, 0], [0, 12, 1, 38, 5, 9]
    expected = [1.0, *[binomtest(b, a + b, 0.5).pvalue for a, b in zip(before[1:], after[1:], strict=True)]]
    assert chances(before, after, 7, 7) == pytest.approx(expected)


def test_periods_of_different_length_are_weighed_by_their_days() -> None:
    assert chances([28], [7], 28, 7)[0] == 1.0  # as many a day
    assert chances([28], [28], 28, 7)[0] < 0.001
    # By hand: of 3 voices all 3 in the day after, where 1 of 4 days is after: twice (1/4)³.
    assert chances([0], [3], 3, 1)[0] == pytest.approx(2 / 64)


def test_chance_finds_at_most_one_in_ten_over_all_topics() -> None:
    # Benjamini and Hochberg by hand: 0.01 ≤ 0.1 · 1/4, 0.04 ≤ 0.1 · 2/4, 0.08 > 0.1 · 3/4, 0.5 > 0.1.
    found = more_than_chance(chances([0] * 4, [0] * 4, 1, 1) * [0.04, 0.5, 0.01, 0.08])
    assert found.tolist() == [True, False, True, False]
    assert more_than_chance(chances([], [], 7, 7)).tolist() == []
