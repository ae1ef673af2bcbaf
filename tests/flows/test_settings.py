"""Settings by environment: what is wrong names the variable, what sets nothing is told."""

from pathlib import Path

import pytest
from command import lavwa

from flows.settings import load_settings


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        pytest.param({"LAVWA_SOURCES": "foo"}, "environment variable LAVWA_SOURCES is not JSON: it takes", id="words"),
        pytest.param({"LAVWA_SOURCES": "[1]"}, "environment variable LAVWA_SOURCES: sources: Input should", id="list"),
        pytest.param(
            {"LAVWA_SOURCES__R__KIND": "reddit", "LAVWA_SOURCES__R__SUBREDDITS": "Seychelles"},
            "environment variable LAVWA_SOURCES__R__SUBREDDITS is not JSON",
            id="list that is none",
        ),
        pytest.param(
            {
                "LAVWA_SOURCES__R__KIND": "reddit", "LAVWA_SOURCES__R__SUBREDDITS": '["a"]',
                "LAVWA_SOURCES__R__CLIENT_ID": "x", "LAVWA_SOURCES__R__LIMIT": "hidden-word",
                "LAVWA_SOURCES__R__CLIENT_SECRET": "y",
            },
            "environment variable LAVWA_SOURCES__R__LIMIT: sources.r.reddit.limit: Input should be a valid integer",
            id="wrong type within a source",
        ),
        pytest.param(
            {"LAVWA_BATCH_SIZE": "hidden-word"},
            "environment variable LAVWA_BATCH_SIZE: batch_size: Input should be a valid integer",
            id="wrong type",
        ),
    ],
)  # fmt: skip
def test_a_malformed_variable_is_named_and_its_value_is_not_shown(
    home: Path, variables: dict[str, str], said: str
) -> None:
    for command in ("status", "settings"):
        done = lavwa(home, command, **variables)
        assert done.returncode == 1
        assert done.stderr.startswith(f"lavwa: {said}")
        assert done.stderr.count("\n") == 1
        assert "hidden-word" not in done.stderr


def test_a_misspelt_variable_is_told_once_and_changes_nothing(home: Path) -> None:
    done = lavwa(home, "status", "--json", LAVWA_BATCHSIZE="5", LAVWA_COLOUR="blue")
    assert done.returncode == 0
    assert done.stderr.splitlines() == [
        "lavwa: LAVWA_BATCHSIZE is no setting and changes nothing; is LAVWA_BATCH_SIZE meant?",
        "lavwa: LAVWA_COLOUR is no setting and changes nothing",
    ]


def test_settings_are_read_once_a_process(home: Path) -> None:
    held = load_settings()
    home.mkdir()
    (home / "lavwa.toml").write_text("batch_size = 7\n")
    assert load_settings() is held
