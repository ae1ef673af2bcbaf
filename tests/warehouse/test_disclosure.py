"""The rules of disclosure control, and the gate that trusts nobody to have kept them."""

import itertools
import shutil
from pathlib import Path

import duckdb
import pytest
from public_rows import UNTIL, fill, publish_country
from scipy.optimize import linprog

from warehouse.disclosure import install_rules
from warehouse.errors import PublicationRefusedError
from warehouse.public import PUBLIC_MARTS
from warehouse.publish import read_pointer

MASKED = None
MOST_MASKED, MOST_MOVED = 9, 2  # what a masked figure can be, and how far rounding moves one


@pytest.fixture
def ruled() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    install_rules(connection, UNTIL, is_invented=False)
    return connection


def asked(connection: duckdb.DuckDBPyConnection, expression: str, *values: object) -> object:
    row = connection.execute(f"SELECT {expression}", list(values)).fetchone()
    assert row is not None
    return row[0]


@pytest.mark.parametrize(
    ("n", "n_submitters", "shown"),
    [
        pytest.param(0, 0, MASKED, id="nothing"),
        pytest.param(9, 9, MASKED, id="nine people"),
        pytest.param(500, 9, MASKED, id="nine people who write much"),
        pytest.param(4, 12, MASKED, id="four cases of twelve people"),
        pytest.param(10, 10, 10, id="ten people"),
        pytest.param(12, 11, 10, id="rounded down"),
        pytest.param(13, 11, 15, id="rounded up"),
        pytest.param(1_002_343, 40, 1_002_345, id="a million"),
    ],
)
def test_a_count_is_shown_of_ten_people_or_more_and_rounded_to_five(
    ruled: duckdb.DuckDBPyConnection, n: int, n_submitters: int, shown: int | None
) -> None:
    assert asked(ruled, "protect(?, ?)", n, n_submitters) == shown


@pytest.mark.parametrize(
    ("part", "whole", "share"),
    [(10, 20, 0.5), (25, 20, 1.0), (MASKED, 20, None), (10, MASKED, None)],
    ids=["half", "rounded above the whole", "a masked part", "a masked whole"],
)
def test_a_share_is_of_rounded_figures_or_is_not(
    ruled: duckdb.DuckDBPyConnection, part: int | None, whole: int | None, share: float | None
) -> None:
    assert asked(ruled, "share_of(?::BIGINT, ?::BIGINT)", part, whole) == share


def bounds(total: int, parts: list[int | None], masked: int) -> tuple[float, float]:
    """How low and how high a masked part can be for whoever knows the rules and the published figures."""
    ranges = [(0, MOST_MASKED) if part is None else (part - MOST_MOVED, part + MOST_MOVED) for part in parts]
    of_all = [[1.0] * len(parts), [-1.0] * len(parts)]
    limits = [total + MOST_MOVED, MOST_MOVED - total]
    found = []
    for sign in (1, -1):
        goal = [float(sign) if place == masked else 0.0 for place in range(len(parts))]
        solved = linprog(goal, A_ub=of_all, b_ub=limits, bounds=ranges)
        assert solved.success
        found.append(sign * solved.fun)
    return found[0], found[1]


def test_no_total_that_is_shown_tells_that_a_masked_part_is_not_zero(ruled: duckdb.DuckDBPyConnection) -> None:
    n_shown = n_held_back = 0
    for truth in itertools.product((0, 7, 9, 12, 23), repeat=4):
        parts = [asked(ruled, "protect(?, ?)", n, n) for n in truth]
        total = asked(ruled, "protect(?, ?)", sum(truth), sum(truth))
        shown = asked(ruled, "protect_total(?::BIGINT, ?::BIGINT[])", total, parts)
        masked = [place for place, part in enumerate(parts) if part is None]
        n_held_back += shown is None and total is not None
        for place in masked if shown is not None else []:
            low, high = bounds(int(str(shown)), parts, place)  # type: ignore[arg-type]
            assert low == pytest.approx(0)
            assert high >= 3
            n_shown += 1
    assert n_shown > 100
    assert n_held_back > 10


PLANTED = {
    "an undeclared table": ("public_extra", "SELECT 10::BIGINT AS n", "public_extra.n is not declared as safe"),
    "posts": ("public_posts", "FROM mart_posts", "public_posts.post_id is not declared"),
    "an undeclared column": (
        "public_months", "SELECT month, category, 10::BIGINT AS n, 'PLANTED' AS post_id FROM behind_posts", "post_id",
    ),
    "an unrounded count": (
        "public_months", "SELECT month, category, count(*) AS n FROM behind_posts GROUP BY ALL", "not rounded",
    ),
    "a small count": ("public_months", "SELECT month, category, 5::BIGINT AS n FROM behind_posts", "below 10"),
    "a day": (
        "public_months", "SELECT said_at::DATE AS month, category, 10::BIGINT AS n FROM behind_posts", "only months",
    ),
    "a reference": (
        "public_months",
        "SELECT end_month AS month, reference AS category, 10::BIGINT AS n FROM behind_cases",
        "no category",
    ),
    "a count of another type": (
        "public_months", "SELECT month, category, 12.5::DOUBLE AS n FROM behind_posts", "type DOUBLE, not BIGINT",
    ),
    "words nobody approved": (
        "public_answers",
        "SELECT mda, text AS question, '{}'::JSON AS texts, NULL::DATE AS approved_on, NULL::BIGINT AS n_since "
        "FROM mart_posts",
        "no person has approved",
    ),
    "an answer nobody approved": (
        "public_answers",
        "SELECT mda, question, '{\"en\": \"no\"}'::JSON AS texts, NULL::DATE AS approved_on, NULL::BIGINT AS n_since "
        "FROM official_answers",
        "public_answers.texts holds a text that no person has approved",
    ),
    "a moment": (
        "public_clock",
        "SELECT 'Indian/Mahe' AS timezone, max(fetched_at) AS as_of_at, false AS is_invented FROM current_posts",
        "finer than a day",
    ),
    "a share that its parts do not give": (
        "public_agencies",
        "SELECT code AS mda, 20::BIGINT AS n_received, 20::BIGINT AS n_answered, 20::BIGINT AS n_due, "
        "10::BIGINT AS n_in_time, 11 / 20::DOUBLE AS in_time, NULL::BIGINT AS n_unanswered FROM names "
        "WHERE kind = 'agency'",
        "not the share of n_in_time in n_due",
    ),
    "a share of a masked part": (
        "public_agencies",
        "SELECT code AS mda, 20::BIGINT AS n_received, 20::BIGINT AS n_answered, 20::BIGINT AS n_due, "
        "NULL::BIGINT AS n_in_time, 1::DOUBLE AS in_time, NULL::BIGINT AS n_unanswered FROM names "
        "WHERE kind = 'agency'",
        "not the share of n_in_time in n_due",
    ),
    "a median of few": (
        "public_parity",
        "SELECT * REPLACE (NULL::BIGINT AS n_cases, 3::INTEGER AS median_days) "
        f"FROM ({(PUBLIC_MARTS / 'public_parity.sql').read_text(encoding='utf-8')})",
        "median of fewer than 10",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("table", "sql", "why"), PLANTED.values(), ids=PLANTED)
def test_what_is_not_safe_is_refused_and_the_snapshot_of_before_stays(
    connection: duckdb.DuckDBPyConnection,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    table: str,
    sql: str,
    why: str,
) -> None:
    fill(connection)
    folder = tmp_path / "public"
    before = publish_country(connection, folder)
    marts = Path(shutil.copytree(PUBLIC_MARTS, tmp_path / "marts"))
    (marts / f"{table}.sql").write_text(sql)
    monkeypatch.setattr("warehouse.public.PUBLIC_MARTS", marts)
    with pytest.raises(PublicationRefusedError, match=why) as refused:
        publish_country(connection, folder)
    assert "the one before stays" in str(refused.value)
    assert "PLANTED" not in str(refused.value)
    pointer = read_pointer(folder)
    assert pointer is not None
    assert pointer["snapshot"] == before.path.name
    assert [path.name for path in folder.iterdir() if path.suffix in {".duckdb", ".partial"}] == [before.path.name]
