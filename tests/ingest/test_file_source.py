"""A configured file: one page, read whole each time, under the names its source uses."""

from pathlib import Path

import pytest

from ingest.errors import FileUnreadableError
from ingest.file_source import FileSource
from ingest.records import RawPost, SetAside
from ingest.sources import Source


@pytest.fixture
def requests(tmp_path: Path) -> Path:
    path = tmp_path / "requests.csv"
    path.write_text("id,title,description\n1,Water,Napa delo\n2,Road,\n3,Light,Nothing works\n", encoding="utf-8")
    return path


def test_a_file_is_one_page_that_keeps_no_place(requests: Path) -> None:
    source: Source = FileSource("council", str(requests), {"text": "description"})
    (page,) = source.pages(None)
    assert page.cursor is None
    assert (source.name, source.kind) == ("council", "file")


def test_records_come_in_order_with_the_mapping_applied(requests: Path) -> None:
    (page,) = FileSource("council", str(requests), {"text": "description"}).pages(None)
    first, second, third = page.records
    assert isinstance(first, RawPost)
    assert isinstance(third, RawPost)
    assert [(post.source_id, post.text) for post in (first, third)] == [("1", "Napa delo"), ("3", "Nothing works")]
    assert isinstance(second, SetAside)
    assert (second.reason, second.position) == ("no text", 3)


def test_without_a_mapping_fields_go_by_their_own_names(tmp_path: Path) -> None:
    (tmp_path / "posts.jsonl").write_text('{"id": 1, "text": "Napa delo"}\n')
    (page,) = FileSource("posts", str(tmp_path / "posts.jsonl")).pages(None)
    assert list(page.records) == [RawPost("1", "Napa delo", raw={"id": 1, "text": "Napa delo"})]


def test_a_cursor_changes_nothing_and_every_run_reads_the_file_whole(requests: Path) -> None:
    source = FileSource("council", str(requests), {"text": "description"})
    runs = [[list(page.records) for page in source.pages(cursor)] for cursor in (None, {"newest": 2}, None)]
    assert runs[0] == runs[1] == runs[2]
    assert len(runs[0][0]) == 3


def test_a_file_that_is_not_there_is_an_error_of_its_own_kind(tmp_path: Path) -> None:
    with pytest.raises(FileUnreadableError, match="there is no such file"):
        [list(page.records) for page in FileSource("council", str(tmp_path / "gone.csv")).pages(None)]
