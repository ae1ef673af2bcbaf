"""What pages read some rows at a time: the order, the page and the sums are those of all rows."""

import sys
from datetime import date, timedelta
from itertools import chain
from pathlib import Path

import duckdb
import pyarrow as pa

sys.path.append(str(Path(__file__).parent))
from case_rows import case
from test_marts import published
from warehouse_rows import NOON, enriched

from warehouse.calendar import days_of_cases, store_working_days
from warehouse.cases import replace_cases
from warehouse.merged import SCHEMAS, replace_results

DAY = timedelta(days=1)
N_POSTS = 120


def ask(connection: duckdb.DuckDBPyConnection, *questions: list[str]) -> None:
    """Questions by the posts that ask them."""
    rows = {
        "faqs": [{"faq_id": posts[0], "question": "When?"} for posts in questions],
        "faq_members": [{"post_id": post, "faq_id": posts[0]} for posts in questions for post in posts],
    }
    tables = {name: pa.Table.from_pylist(of, schema=SCHEMAS[name]) for name, of in rows.items()}
    replace_results(connection, "merge", "1", NOON, tables)


def test_matters_come_in_pages_of_fifty_the_most_urgent_and_newest_first(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    posts = [
        enriched(number, created_at=NOON + timedelta(minutes=number), mda="PUC" if number % 2 else None)
        for number in range(1, N_POSTS)
    ]
    posts.append(enriched(N_POSTS, created_at=NOON - DAY, urgency="emergency", mda="PUC"))
    with published(connection, tmp_path, *posts) as snapshot:
        pages = [snapshot.read("issues", mda="", start=start)["group_id"].tolist() for start in (0, 50, 100, 150)]
        own = [snapshot.read("issues", mda="PUC", start=start)["group_id"].tolist() for start in (0, 50)]
        nobodys = snapshot.read("issues", mda="none", start=50)["group_id"].tolist()
        agencies = snapshot.read("issue_agencies")[["mda", "n_matters"]].values.tolist()
    newest_first = [f"post{number}" for number in range(N_POSTS - 1, 0, -1)]
    assert [len(page) for page in pages] == [50, 50, 20, 0]
    assert list(chain(*pages)) == [f"post{N_POSTS}", *newest_first]
    assert list(chain(*own)) == [f"post{N_POSTS}", *newest_first[::2]]
    assert nobodys == newest_first[1::2][50:]
    assert agencies == [["PUC", 61], ["none", 59]]


def test_questions_of_an_agency_come_some_at_a_time(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    posts = [
        enriched(number, kind="question", created_at=NOON + number * DAY, mda="PUC" if number < 7 else "SLTA")
        for number in range(1, 10)
    ]
    names = [post["post_id"] for post in posts]
    ask(connection, names[:2], names[2:6], names[6:])
    with published(connection, tmp_path, *posts) as snapshot:
        first = snapshot.read("faq_page", mda="PUC", is_unanswered_first=False, n=1)
        both = snapshot.read("faq_page", mda="PUC", is_unanswered_first=True, n=10)
        every = snapshot.read("faq_page", mda="", is_unanswered_first=True, n=10)
        agencies = snapshot.read("faq_agencies").values.tolist()
    assert first["n_asked"].tolist() == [4]
    assert both["n_asked"].tolist() == [4, 2]
    assert every["n_asked"].tolist() == [4, 3, 2]
    assert agencies == [["PUC", 2, 6, 0], ["SLTA", 1, 3, 0]]


def test_waits_are_counted_in_the_working_days_of_the_calendar(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    """Noon is on a Monday; in this calendar every second day is worked."""
    rows = [
        case("C-1", first_answered_at=NOON + 4 * DAY, answered_at=NOON + 4 * DAY),
        case("C-2", first_answered_at=NOON + 4 * DAY, answered_at=NOON + 4 * DAY, sends_elsewhere=True),
        case("C-3", closed_at=NOON + 2 * DAY),
        case("C-4", mda=None),
    ]
    replace_cases(connection, [rows], [])
    span = days_of_cases(connection)
    assert span is not None
    assert span[0] < NOON.date()
    assert span[1] > (NOON + 4 * DAY).date()
    counted = {date(2026, 7, 20) + n * DAY: n // 2 for n in range(40)}
    store_working_days(connection, counted)
    store_working_days(connection, counted)  # replaced, not added to
    with published(connection, tmp_path, enriched(1)) as snapshot:
        waits = snapshot.read("waits")
    shown = waits.fillna({"days_open": -1})[["mda", "days", "is_ended", "days_open", "n_cases"]]
    assert shown.values.tolist() == [  # C-1 and C-2 wait for nothing now, though they are open
        ["PUC", 1, False, -1, 1], ["PUC", 2, True, -1, 2], ["none", 2, False, 2, 1],
    ]  # fmt: skip
    assert waits["n_elsewhere"].sum() == 1


def test_without_cases_there_is_no_calendar_to_fill(connection: duckdb.DuckDBPyConnection) -> None:
    assert days_of_cases(connection) is None
