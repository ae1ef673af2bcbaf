"""A run over several sources: one that fails is reported and stops no other."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from command import lavwa
from reddit_replay import RedditReplay


@pytest.fixture
def configured(home: Path, tmp_path: Path, shared_data: Callable[[str], Path]) -> Path:
    """Besides the portal: Reddit that is down, a missing file, a good one, Reddit that answers, one with no secret."""
    home.mkdir()
    (tmp_path / "good.jsonl").write_text('{"id": 1, "text": "Napa delo Anse Royale depi Lendi"}\n')
    (tmp_path / "secret").write_text("hidden-word\n")
    reddit = """kind = "reddit"
client_id = "id"
subreddits = ["r/askreddit"]"""
    with RedditReplay(shared_data("reddit-api")) as server:
        (home / "lavwa.toml").write_text(
            f"""retry_attempts = 2
retry_first_wait_seconds = 0.1

[sources.down]
{reddit}
client_secret_file = "{tmp_path / "secret"}"
base_url = "http://127.0.0.1:1"

[sources.gone]
kind = "file"
path = "{tmp_path / "gone.jsonl"}"

[sources.good]
kind = "file"
path = "{tmp_path / "good.jsonl"}"

[sources.reddit]
{reddit}
client_secret_file = "{tmp_path / "secret"}"
base_url = "{server.url}"

[sources.unsigned]
{reddit}
client_secret_file = "{tmp_path / "no-secret"}"
base_url = "{server.url}"
"""
        )
        yield home


def test_a_source_that_fails_is_reported_and_all_others_go_on(configured: Path) -> None:
    done = lavwa(configured, "run", "--json")
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    reports = {report["source"]: report for report in summary["sources"]}
    assert list(reports) == ["portal", "down", "gone", "good", "reddit", "unsigned"]
    assert reports["good"]["n_new"] == 1
    assert reports["reddit"]["n_new"] > 150
    assert reports["reddit"]["failure"] is None
    assert "source down: r/askreddit/new could not be reached" in reports["down"]["failure"]
    assert reports["unsigned"]["failure"].endswith("no-secret cannot be read: No such file or directory")
    assert reports["gone"]["failure"].endswith("gone.jsonl: there is no such file")
    assert summary["enriched"] == summary["counts"]["landing"] == 1 + reports["reddit"]["n_new"]
    assert "hidden-word" not in done.stdout + done.stderr
    for line in (
        "down: not read to the end: source down: r/askreddit/new could not be reached",
        "good: 1 record read, 1 new, 0 already there",
    ):
        assert line in done.stderr

    listed = lavwa(configured, "sources").stdout
    assert "good (file): last read" in listed
    assert "1 failure, last: source down: r/askreddit/new could not be reached" in listed
    tested = lavwa(configured, "sources", "test", "good")
    assert tested.stdout == "source good answers: 1 usable post of 1 record on its first page\n"

    again = json.loads(lavwa(configured, "run", "--source", "good", "--source", "reddit", "--json").stdout)
    assert [report["n_new"] for report in again["sources"]] == [0, 0]
    assert again["is_published_anew"] is False
