"""Reddit through real PRAW, against a local server that replays recorded traffic."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from reddit_replay import TOKEN_PATH, Answer, RedditReplay, recorded

from ingest.errors import SourceRefusedError, SourceUnavailableError
from ingest.records import Deleted, RawPost, SetAside
from ingest.reddit import RedditSource
from ingest.sources import Cursor, Page, RetryPolicy

NEW, COMMENTS = "/r/askreddit/new", "/r/askreddit/comments"


@pytest.fixture
def recordings(shared_data: Callable[[str], Path]) -> Path:
    return shared_data("reddit-api")


@pytest.fixture
def replay(recordings: Path) -> Iterator[RedditReplay]:
    with RedditReplay(recordings) as server:
        yield server


@pytest.fixture
def waits() -> list[float]:
    """The seconds that the source's own retries would have slept."""
    return []


@pytest.fixture
def source(replay: RedditReplay, waits: list[float]) -> RedditSource:
    return RedditSource(
        name="reddit",
        client_id="id",
        client_secret=lambda: "secret",
        user_agent="lavwa tests",
        subreddits=["askreddit"],
        base_url=replay.url,
        retry=RetryPolicy(attempts=3, sleep=waits.append),
    )


def read(source: RedditSource, cursor: Cursor | None = None) -> tuple[list[Page], list[RawPost]]:
    pages = list(source.pages(cursor))
    return pages, [record for page in pages for record in page.records if isinstance(record, RawPost)]


def recorded_children(answer: Answer) -> dict[str, dict[str, object]]:
    children = json.loads(answer.body)["data"]["children"]
    return {f"{child['kind']}_{child['data']['id']}": child["data"] for child in children}


def test_every_recorded_submission_and_comment_becomes_one_post(source: RedditSource, replay: RedditReplay) -> None:
    expected = {name: recorded_children(answer) for name, answer in replay.listings.items()}
    pages, posts = read(source)
    assert len(pages) == 2
    by_id = {post.source_id: post for post in posts}
    n_aside = sum(isinstance(record, SetAside) for page in pages for record in page.records)
    assert len(posts) == len(by_id) == sum(len(children) for children in expected.values()) - n_aside
    for fullname, data in expected["comments"].items():
        if fullname in by_id:
            post = by_id[fullname]
            assert post.text == data["body"]
            assert post.author == data["author"]
    for fullname, data in expected["new"].items():
        if fullname in by_id:
            post = by_id[fullname]
            assert post.text == f"{data['title']}\n\n{data['selftext']}" if data["selftext"] else data["title"]
            assert post.created_at == datetime.fromtimestamp(float(str(data["created_utc"])), UTC)
            assert post.url == f"https://www.reddit.com{data['permalink']}"
            assert (post.channel, post.is_formal) == ("reddit", False)
            assert post.raw["title"] == data["title"]


def test_each_page_is_oldest_first_and_raw_is_plain_json(source: RedditSource) -> None:
    pages, posts = read(source)
    for page in pages:
        times = [post.created_at for post in page.records if isinstance(post, RawPost) and post.created_at]
        assert times == sorted(times)
    assert all(json.loads(json.dumps(dict(post.raw)))["id"] == post.source_id[3:] for post in posts)


def test_the_cursor_is_the_newest_time_of_each_listing(source: RedditSource, replay: RedditReplay) -> None:
    pages, _ = read(source)
    newest = {
        f"r/askreddit/{name}": max(float(str(data["created_utc"])) for data in recorded_children(answer).values())
        for name, answer in replay.listings.items()
    }
    assert pages[0].cursor == {"r/askreddit/new": newest["r/askreddit/new"]}
    assert pages[1].cursor == newest


def test_a_later_run_reads_back_over_the_overlap_and_no_further(source: RedditSource, replay: RedditReplay) -> None:
    pages, posts = read(source)
    newest = pages[-1].cursor or {}
    minutes = 2
    _, again = read(replace(source, overlap_hours=minutes / 60), newest)
    expected = {
        fullname
        for name, answer in replay.listings.items()
        for fullname, data in recorded_children(answer).items()
        if float(str(data["created_utc"])) >= newest[f"r/askreddit/{name}"] - minutes * 60
    }
    assert {post.source_id for post in again} == {post.source_id for post in posts} & expected
    assert 0 < len(again) < len(posts)


def test_a_cursor_never_goes_back_when_a_listing_is_empty(source: RedditSource, replay: RedditReplay) -> None:
    replay.next_answers(NEW, replay.nothing_more)
    replay.next_answers(COMMENTS, replay.nothing_more)
    pages, posts = read(source, {"r/askreddit/new": 5.0})
    assert posts == []
    assert pages[-1].cursor == {"r/askreddit/new": 5.0, "r/askreddit/comments": 0.0}


def test_removed_texts_are_told_as_deleted_and_an_author_who_left_is_none(
    source: RedditSource, replay: RedditReplay
) -> None:
    listing = json.loads(replay.listings["comments"].body)
    first, second, third = (child["data"] for child in listing["data"]["children"][:3])
    first["body"], second["body"], third["author"] = "[removed]", "[deleted]", "[deleted]"
    replay.next_answers(COMMENTS, replace(replay.listings["comments"], body=json.dumps(listing)))
    pages, posts = read(source)
    gone = {record.source_id for page in pages for record in page.records if isinstance(record, Deleted)}
    assert gone == {f"t1_{first['id']}", f"t1_{second['id']}"}
    assert next(post for post in posts if post.source_id == f"t1_{third['id']}").author is None


def test_a_limited_rate_is_waited_out_as_long_as_reddit_asks(
    source: RedditSource, replay: RedditReplay, recordings: Path, waits: list[float]
) -> None:
    limited = recorded(recordings, "prawcore/TestSession.test_request__too__many_requests__with_retry_headers", 429)
    replay.next_answers(NEW, *limited)
    _, posts = read(source)
    assert len(waits) == 1
    assert waits[0] >= 4
    assert len(posts) > 150


def test_a_rate_limit_that_does_not_end_is_reported_after_the_other_listing_was_read(
    source: RedditSource, replay: RedditReplay, recordings: Path
) -> None:
    limited = recorded(recordings, "prawcore/TestSession.test_request__too__many_requests__with_retry_headers", 429)
    replay.next_answers(NEW, *limited * 3)
    pages = source.pages(None)
    page = next(pages)
    assert list(page.cursor or {}) == ["r/askreddit/comments"]
    with pytest.raises(SourceUnavailableError) as raised:
        next(pages)
    assert str(raised.value) == "source reddit: r/askreddit/new limits the rate, asks to wait 4 s"


def test_an_outage_is_tried_again_and_then_reported(
    source: RedditSource, replay: RedditReplay, recordings: Path, waits: list[float]
) -> None:
    (outage, *_) = recorded(recordings, "prawcore/TestSession.test_request__service_unavailable", 503)
    replay.next_answers(NEW, outage)
    _, posts = read(source)
    assert len(waits) == 1
    assert len(posts) > 150
    replay.requests.clear()
    replay.next_answers(COMMENTS, *[outage] * 3)
    with pytest.raises(SourceUnavailableError, match=r"^source reddit: r/askreddit/comments answered 503$"):
        read(source)
    assert len(waits) == 3
    assert replay.requests.count(f"GET {COMMENTS}") == 3


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504, 520])
@pytest.mark.parametrize(("path", "pages"), [(NEW, 2), (TOKEN_PATH, 1)], ids=["listing", "sign-in"])
def test_a_server_that_fails_is_asked_again_when_it_says_and_not_before(
    source: RedditSource, replay: RedditReplay, path: str, pages: int, status: int, waits: list[float]
) -> None:
    replay.next_answers(path, Answer(status, "busy", (("retry-after", "30"),)))
    _, posts = read(source)
    assert waits == [30]
    assert sum(request.endswith(f" {path}") for request in replay.requests) == pages + 1
    assert len(posts) > 150


@pytest.mark.parametrize("name", ["askreddit", "r/askreddit", "/r/askreddit", "R/askreddit/", " askreddit "])
def test_a_subreddit_is_found_however_it_is_written(source: RedditSource, replay: RedditReplay, name: str) -> None:
    pages, posts = read(replace(source, subreddits=[name]))
    assert list(pages[-1].cursor or {}) == ["r/askreddit/new", "r/askreddit/comments"]
    assert len(posts) > 150


def test_all_listings_that_fail_are_told_in_one_sentence_each_once(source: RedditSource, replay: RedditReplay) -> None:
    replay.next_answers(NEW, Answer(403, "{}"))
    replay.next_answers(COMMENTS, *[Answer(503, "busy")] * 3)
    with pytest.raises(SourceUnavailableError) as raised:
        read(source)
    assert str(raised.value) == (
        "source reddit: r/askreddit/new answered 403: check the subreddit's name and that it is public; "
        "r/askreddit/comments answered 503"
    )
    replay.token = Answer(401, "{}")
    with pytest.raises(SourceRefusedError) as refused:
        read(source)
    assert str(refused.value) == "source reddit: Reddit refused the client_id and client_secret"


@pytest.mark.parametrize(
    "body", ["<html>busy</html>", '{"kind": "Listing"', "[]", "{}", '{"kind": "Listing", "data": {}}']
)
def test_a_page_that_is_no_listing_is_tried_again_and_then_reported(
    source: RedditSource, replay: RedditReplay, body: str, waits: list[float]
) -> None:
    replay.next_answers(NEW, *[Answer(200, body)] * 3)
    with pytest.raises(SourceUnavailableError, match=r"^source reddit: r/askreddit/new sent no listing"):
        read(source)
    assert len(waits) == 2


@pytest.mark.parametrize("body", ["<html>busy</html>", "[]", "{}"])
def test_a_sign_in_that_answers_nonsense_is_tried_again_and_then_reported(
    source: RedditSource, replay: RedditReplay, body: str, waits: list[float]
) -> None:
    replay.token = Answer(200, body)
    with pytest.raises(SourceUnavailableError, match=r"^source reddit: r/askreddit/new sent no listing"):
        read(source)
    assert len(waits) == 2 * 2


def test_a_forbidden_subreddit_is_refused_at_once(
    source: RedditSource, replay: RedditReplay, recordings: Path, waits: list[float]
) -> None:
    replay.next_answers(NEW, *recorded(recordings, "prawcore/TestSession.test_request__forbidden", 403))
    with pytest.raises(SourceRefusedError, match="answered 403: check the subreddit's name and that it is public"):
        read(source)
    assert waits == []


@pytest.mark.parametrize(
    "answer",
    [
        Answer(401, json.dumps({"message": "Unauthorized", "error": 401})),
        Answer(200, json.dumps({"error": "invalid_grant"})),
    ],
)
def test_wrong_credentials_are_refused_at_once_and_never_named(
    source: RedditSource, replay: RedditReplay, answer: Answer, waits: list[float]
) -> None:
    replay.token = answer
    with pytest.raises(SourceRefusedError) as raised:
        read(replace(source, client_secret=lambda: "hidden-word"))
    assert "client_id" in str(raised.value)
    assert "hidden-word" not in str(raised.value)
    assert waits == []


def test_a_server_that_is_not_there_is_reported(source: RedditSource, waits: list[float]) -> None:
    with pytest.raises(SourceUnavailableError, match="could not be reached"):
        read(replace(source, base_url="http://127.0.0.1:1"))
    assert len(waits) == 2 * 2


def test_reading_asks_for_nothing_but_the_token_and_the_listings(source: RedditSource, replay: RedditReplay) -> None:
    read(source)
    assert set(replay.requests) == {f"POST {TOKEN_PATH}", f"GET {NEW}", f"GET {COMMENTS}"}
