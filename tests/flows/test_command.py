"""What the command answers: help, versions, wrong usage, bad input. One clear line each, nothing lost."""

import json
import os
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from command import LAVWA, lavwa

COMMANDS = ("run", "ingest", "sample", "serve", "dashboard", "triage", "dedupe", "topics", "faqs", "train", "evaluate",
            "status", "settings", "sources", "erase")  # fmt: skip
MISSING_COLUMN = (
    "a.csv has no column 'text' for the field 'text'; its columns are: id, body. "
    "Say which one holds it with --map text=COLUMN"
)
HEAVY = (
    "numpy",
    "pandas",
    "duckdb",
    "pyarrow",
    "sklearn",
    "spacy",
    "torch",
    "openvino",
    "prefect",
    "streamlit",
    "sqlalchemy",
)


def only_line(done: subprocess.CompletedProcess[str]) -> str:
    """The one line that a failed command says."""
    assert done.returncode == 1, done.stderr
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    return line


def test_help_names_every_command_and_every_command_explains_itself(home: Path) -> None:
    shown = lavwa(home, "--help").stdout
    for command in COMMANDS:
        assert f" {command} " in shown
        assert "Usage: lavwa " + command in lavwa(home, command, "--help").stdout


def test_every_command_is_documented() -> None:
    page = (Path(__file__).parent.parent.parent / "docs" / "command.md").read_text(encoding="utf-8")
    assert [command for command in COMMANDS if f"## lavwa {command}" not in page] == []


def test_the_command_starts_without_anything_heavy() -> None:
    script = f"import sys, flows.cli.main; print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_version_is_that_of_the_package(home: Path) -> None:
    from importlib.metadata import version

    assert lavwa(home, "--version").stdout == f"lavwa {version('lavwa')}\n"


def test_the_shell_can_complete_commands(home: Path) -> None:
    done = lavwa(home, _LAVWA_COMPLETE="complete_bash", COMP_WORDS="lavwa tri", COMP_CWORD="1")
    assert done.stdout.split() == ["triage"]


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(("nonsense",), id="unknown command"),
        pytest.param(("ingest", "posts.jsonl"), id="no source name"),
        pytest.param(("ingest", "posts.jsonl", "--source", "a", "--map", "text"), id="mapping without a column"),
        pytest.param(("run", "--source", "nowhere"), id="source that is not configured"),
    ],
)
def test_wrong_usage_ends_with_status_two_and_says_what_is_wrong(home: Path, arguments: tuple[str, ...]) -> None:
    done = lavwa(home, *arguments)
    assert done.returncode == 2
    assert "Usage: lavwa" in done.stderr
    assert "Traceback" not in done.stderr


def test_bad_records_are_set_aside_and_the_rest_goes_on(home: Path, tmp_path: Path) -> None:
    posts = tmp_path / "posts.jsonl"
    lines = [
        b'{"id": 1, "text": "Napa delo"}',
        b'{"id": 2, "text": "half',
        b'{"id": 3, "text": "\xff\xfe"}',
        json.dumps({"id": 4, "text": "x" * 10_000_000}).encode(),
        b'{"id": 5}',
        b'{"id": 6, "text": "Larout kase", "created_at": "yesterday"}',
    ]
    posts.write_bytes(b"\n".join(lines) + b"\n")
    done = lavwa(home, "ingest", str(posts), "--source", "letters")
    (file,) = (home / "set-aside").glob("letters-*.jsonl")
    assert done.returncode == 0
    assert done.stderr.splitlines() == [
        "letters: 6 records read, 2 new, 0 already there",
        f"4 of 6 records set aside: see {file}",
        "1 record kept without created_at, which could not be read",
    ]
    aside = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert [record["reason"] for record in aside] == [
        "not JSON: Unterminated string starting at at character 18",
        "not valid UTF-8 at byte 19",
        "text has 10,000,000 characters, the limit is 200,000",
        "no text",
    ]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    ("name", "content", "line"),
    [
        pytest.param("a.csv", "id,body\n1,x\n", MISSING_COLUMN, id="missing column"),
        pytest.param("a.xlsx", "x", "a.xlsx: unknown kind of file", id="unknown kind"),
        pytest.param("a.parquet", "x", "a.parquet: not a readable Parquet file", id="no parquet"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_one_line(home: Path, tmp_path: Path, name: str, content: str, line: str) -> None:
    (tmp_path / name).write_text(content)
    for arguments in (("ingest", str(tmp_path / name), "--source", "a"), ("triage", str(tmp_path / name))):
        said = only_line(lavwa(home, *arguments))
        assert line in said


def test_a_missing_file_is_one_line(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "nothing.jsonl"
    assert only_line(lavwa(home, "ingest", str(path), "--source", "a")) == f"lavwa: {path}: there is no such file"


def test_a_second_writer_is_told_to_wait(home: Path, tmp_path: Path) -> None:
    fifo = tmp_path / "slow.jsonl"
    os.mkfifo(fifo)
    environment = {**os.environ, "LAVWA_HOME": str(home)}
    first = subprocess.Popen([LAVWA, "ingest", str(fifo), "--source", "slow"], env=environment, stderr=subprocess.PIPE)
    with fifo.open("w") as stream:
        stream.write('{"id": 1, "text": "Napa delo"}\n')
        stream.flush()
        said = only_line(lavwa(home, "ingest", "-", "--source", "b", stdin='{"id": 1, "text": "x"}'))
        assert f"another lavwa command (process {first.pid}, since" in said
        assert "wait until it has finished" in said
    with first:
        assert first.wait(timeout=60) == 0
    assert json.loads(lavwa(home, "status", "--json").stdout)["landing"] == 1


def test_a_damaged_warehouse_is_one_line_and_left_alone(home: Path) -> None:
    (home / "store").mkdir(parents=True)
    (home / "store" / "warehouse.duckdb").write_bytes(b"damaged")
    said = only_line(lavwa(home, "ingest", "-", "--source", "b", stdin='{"id": 1, "text": "x"}'))
    assert "warehouse.duckdb is damaged" in said
    assert (home / "store" / "warehouse.duckdb").read_bytes() == b"damaged"


def test_a_home_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    said = only_line(lavwa(tmp_path / "file" / "home", "ingest", "-", "--source", "b", stdin='{"id": 1, "text": "x"}'))
    assert "cannot be written" in said


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        pytest.param("batch_size = 'many'", "batch_size: Input should be a valid integer", id="wrong type"),
        pytest.param("colour = 'blue'", "colour: Extra inputs are not permitted", id="unknown name"),
        pytest.param(
            "[sources.r]\nkind = 'reddit'\nclient_id = 'x'", "sources.r.reddit.subreddits: Field required", id="missing"
        ),
        pytest.param("[sources", "is not TOML", id="not TOML"),
    ],
)
def test_settings_that_make_no_sense_name_the_value(home: Path, toml: str, said: str) -> None:
    home.mkdir()
    (home / "lavwa.toml").write_text(toml)
    assert said in only_line(lavwa(home, "status"))


def test_settings_say_where_they_come_from_and_hide_secrets(home: Path) -> None:
    home.mkdir()
    (home / "lavwa.toml").write_text(
        "keep_snapshots = 5\n[sources.r]\nkind = 'reddit'\nclient_id = 'x'\nsubreddits = ['Seychelles']\n"
    )
    done = lavwa(home, "settings", LAVWA_SOURCES__R__CLIENT_SECRET="hidden-word", LAVWA_BATCH_SIZE="50")
    lines = done.stdout.splitlines()
    assert f"keep_snapshots = 5  ({home / 'lavwa.toml'})" in lines
    assert "batch_size = 50  (environment)" in lines
    assert "schedule_minutes = 15  (default)" in lines
    assert "sources.r.client_secret = ********  (environment)" in lines
    assert "hidden-word" not in done.stdout + done.stderr


@pytest.mark.parametrize("encoding", ["latin-1", "ascii"])
def test_output_is_utf8_whatever_the_locale(home: Path, encoding: str) -> None:
    post = json.dumps({"id": "😀", "text": "Napa delo 😀 Lans Rwayal"})
    done = lavwa(home, "triage", stdin=post, PYTHONIOENCODING=encoding, LC_ALL="C", PYTHONUTF8="0")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["id"] == "😀"
    missing = lavwa(home, "triage", "😀.jsonl", PYTHONIOENCODING=encoding)
    assert only_line(missing) == "lavwa: 😀.jsonl: there is no such file"


def test_every_summary_is_one_json_object(home: Path) -> None:
    sampled = json.loads(lavwa(home, "sample", "--json").stdout)
    assert sampled == {"portal_submissions": 230, "social_posts": 470, "indicators": 12}
    for arguments in (("sources", "--json"), ("sources", "list", "--json")):
        listed = json.loads(lavwa(home, *arguments).stdout, parse_constant=pytest.fail)
        assert [row["source"] for row in listed["sources"]] == ["portal", "sample-social"]
    tested = lavwa(home, "sources", "test", "portal", "--json")
    assert json.loads(tested.stdout)["n_usable"] == sampled["portal_submissions"]
    told = lavwa(home, "sources", "test", "portal")
    assert (told.stdout.count("\n"), told.stderr) == (1, "")
    assert told.stdout.startswith("source portal answers: ")


def test_a_model_trained_into_the_working_folder_bears_its_name_and_removes_nothing(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = {"water_supply": "no water at the tap since", "roads": "a deep hole in the road, day"}
    posts = [
        {"id": f"{category}-{day}", "text": f"{text} {day}", "category": category, "lang": "en"}
        for category, text in said.items()
        for day in range(20)
    ]
    labelled = tmp_path / "northern" / "labelled.jsonl"
    labelled.parent.mkdir()
    labelled.write_text("\n".join(json.dumps(post) for post in posts))
    monkeypatch.chdir(tmp_path / "northern")
    done = lavwa(home, "train", "labelled.jsonl", "--out", ".")
    assert done.returncode == 0, done.stderr
    assert done.stderr.endswith(f"the card is {tmp_path}/northern/CARD.md\n")
    assert labelled.exists()
    (record,) = lavwa(home, "triage", "--model", ".", stdin='{"id": 1, "text": "Napa delo"}').stdout.splitlines()
    assert json.loads(record)["model"].startswith("northern@")


def test_a_locked_portal_store_is_one_line(home: Path) -> None:
    assert lavwa(home, "status").returncode == 0
    with sqlite3.connect(home / "store" / "portal.sqlite") as other:
        other.execute("BEGIN EXCLUSIVE")
        said = only_line(lavwa(home, "sample"))
    other.close()
    assert "portal.sqlite" in said
    assert "locked" in said or "in use" in said
    assert "INSERT" not in said


def test_a_full_disk_is_one_line_and_the_same_command_works_afterwards(home: Path) -> None:
    posts = "".join(json.dumps({"id": i, "text": f"Napa delo {i} " * 300}) + "\n" for i in range(3000))
    full = f"ulimit -f 2048; exec {LAVWA} ingest - --source letters"  # files of at most 2 MiB
    done = subprocess.run(
        ["bash", "-c", full], input=posts, env={**os.environ, "LAVWA_HOME": str(home)},
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert "no room left to write" in only_line(done)
    assert "2,999 new" not in done.stderr
    again = lavwa(home, "ingest", "-", "--source", "letters", stdin=posts)
    assert "letters: 3,000 records read, 3,000 new, 0 already there" in again.stderr


def test_an_engine_that_does_not_start_in_time_is_one_line(home: Path) -> None:
    done = lavwa(home, "run", PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS="1")
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.splitlines()[0] == "starting"
    (line,) = done.stderr.splitlines()[1:]
    assert line.startswith("lavwa: the flow engine (Prefect) did not start within 1 s")
    assert "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS" in line


def test_real_posts_cannot_pass_for_the_invented_ones_that_everybody_may_read(home: Path) -> None:
    done = lavwa(home, "ingest", "-", "--source", "sample-social", stdin='{"id": 1, "text": "Napa delo"}')
    assert done.returncode == 2
    assert "'sample-social' is the bundled sample's name" in " ".join(done.stderr.split())
    assert not (home / "store" / "warehouse.duckdb").exists()
    home.mkdir(exist_ok=True)
    (home / "lavwa.toml").write_text('[sources.sample-social]\nkind = "file"\npath = "x.csv"\n')
    done = lavwa(home, "run")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "'sample-social' is the bundled sample's name: give the source another one" in done.stderr
