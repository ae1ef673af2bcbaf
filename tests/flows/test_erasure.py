"""What a person said is gone from every file under the home, and nothing else is.

All posts and people in here are invented. DuckDB packs texts, so that a search of its file's bytes would prove nothing:
here it is told not to.
"""

import hashlib
import json
import os
import pty
import shutil
import subprocess
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest
import sqlalchemy as sa
from command import LAVWA, lavwa
from test_stages import enriched

from flows import erasure
from flows.erasure import (
    Author,
    Erased,
    Post,
    Receipt,
    erase,
    erase_deleted,
    keeping,
    look_for,
    remove_traces,
)
from flows.errors import NothingToEraseError, RunInProgressError
from flows.settings import Settings, load_settings
from flows.stages import retention
from flows.stages.audit import log_key, sign_log
from flows.stages.erased_posts import with_erased_in_faqs, with_erased_in_topics, with_erased_members
from flows.stages.ingest import PullReport, open_source, pull
from flows.stages.merge import merge_posts
from flows.stages.publish import publish_snapshot
from flows.stages.retention import forget_old_text
from flows.stages.route import open_formal_cases, route_groups
from flows.stages.set_aside import remove_older, remove_records, values_of
from ingest.file_source import FileSource
from models.deployment import load_deployment
from nlp.merging import GroupMember, PostFaq, PostTopic, TriagedPost
from nlp.space import unit_rows
from portal.audit.checkpoints import verifier_key
from portal.audit.export import verify_store
from portal.models import Case, CasePost, Event, Submission
from portal.store import open_store
from portal.submissions import submit
from portal.working_days import WorkingDays
from warehouse.database import open_warehouse
from warehouse.enriched import ENRICHED, store_enriched, unenriched_ids
from warehouse.pseudonyms import Pseudonyms

NOON = datetime(2026, 8, 3, 12, tzinfo=UTC)
LATER = NOON + timedelta(days=1)
NAME = "Zan Envante"
PLANTED = ("zorglub", "Zan Envante", "Envante", "Lari 7", "fb.example", "zan-id-", "S-1", "S-2")
THINGS = ("zorglub", "lamp", "road", "waste", "bus", "light", "clinic", "school")


def own_word(number: int) -> str:
    return "".join(chr(ord("a") + int(digit, 16)) for digit in hashlib.sha256(str(number).encode()).hexdigest()[:12])


LETTERS = [
    {
        "id": f"zan-id-{number}" if thing == "zorglub" else f"{thing}-{number}",
        "text": f"{thing} {own_word(100 * axis + number)}",
        "author": NAME if thing == "zorglub" else f"voice {thing} {number}",
        "source": "facebook" if thing == "zorglub" else "sms",
        "created_at": (NOON - timedelta(days=5 * number)).isoformat(),
        **({"address": "Lari 7", "url": f"https://fb.example/{number}"} if thing == "zorglub" else {}),
    }
    for axis, thing in enumerate(THINGS)
    for number in range(10)
]
BROKEN = [
    {"id": "zan-id-77", "author": NAME, "source": "facebook"},
    {"id": "zan-id-3", "text": ""},
    {"id": "other-9", "author": "voice 9"},
]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that has run twice: Zan has written two submissions and ten posts, others have written, too."""
    folder = tmp_path_factory.mktemp("erasure")
    (folder / "letters.jsonl").write_text("".join(json.dumps(post) + "\n" for post in [*LETTERS, *BROKEN]))
    with pytest.MonkeyPatch.context() as patched:
        unpack(patched)
        patched.setenv("LAVWA_HOME", str(folder / "home"))
        load_settings.cache_clear()
        settings = load_settings()
        settings.place.prepare()
        with closing(open_store(settings.portal_url.get_secret_value())) as store:
            said = "the zorglub of Zan Envante leaks"
            submit(store, text=f"{said} at Lari 7", author=NAME, address="Lari 7", reference="S-1", received_at=NOON)
            submit(store, text=f"{said} at Lari 7 still", reference="S-2", received_at=NOON)
            submit(store, text="the clinic is closed", author="Another", reference="S-3", received_at=NOON)
            with store.session() as session:
                session.execute(sa.update(Submission).where(Submission.reference == "S-2").values(follows="S-1"))
        read_all(settings, folder / "letters.jsonl")
        go_through(settings)
        extra = {"id": "late", "text": "lamp is late", "source": "sms"}
        (folder / "late.jsonl").write_text(json.dumps(extra))
        pull(FileSource("late", str(folder / "late.jsonl")), settings.place, "1GB", lambda: NOON)
        go_through(settings)
        (settings.place.set_aside / "failure-4000001.txt").write_text("Traceback: the zorglub pump")
        (settings.place.set_aside / ".letters-4000001.partial").write_text("the zorglub pump")
    load_settings.cache_clear()
    return folder


@pytest.fixture
def settings(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A copy of that home of this test's own."""
    unpack(monkeypatch)
    shutil.copytree(made, tmp_path / "copy")
    monkeypatch.setenv("LAVWA_HOME", str(tmp_path / "copy" / "home"))
    return load_settings()


def unpack(patched: pytest.MonkeyPatch) -> None:
    """DuckDB writes texts as they are."""
    connect = duckdb.connect

    def plainly(database: str, read_only: bool = False, config: dict[str, str] | None = None) -> Any:
        return connect(database, read_only=read_only, config={**(config or {}), "force_compression": "uncompressed"})

    patched.setattr(duckdb, "connect", plainly)


def read_all(settings: Settings, letters: Path) -> list[PullReport]:
    pseudonyms = Pseudonyms(settings.pseudonym_key_bytes())
    sources = [open_source("portal", settings.sources["portal"], settings), FileSource("letters", str(letters))]
    return [pull(source, settings.place, "1GB", lambda: NOON, pseudonyms) for source in sources]


def vector(text: str) -> list[float]:
    """Near the axis of the thing that a text tells of."""
    axis = next(i for i, thing in enumerate(THINGS) if thing in text)
    noise = np.random.default_rng(len(text) * 31 + sum(text.encode())).normal(0, 0.02, 10)
    return list(unit_rows((np.eye(10)[[axis]] + noise).astype(np.float32))[0].tolist())


def go_through(settings: Settings) -> None:
    """Triage by hand all that has landed and lead it to cases and a snapshot."""
    home, names = settings.place, Pseudonyms(settings.pseudonym_key_bytes())
    with open_warehouse(home.warehouse) as connection:
        landed = connection.execute(
            "SELECT landing_id, source, source_id, text, channel, author, is_formal, created_at, fetched_at "
            "FROM landing ANTI JOIN enriched USING (landing_id)"
        ).fetchall()
        rows = [
            enriched(
                landing_id, text.replace(NAME, "[person]"), vector(text), post_id=names.post(source, source_id),
                source=source, channel=channel, submitter_id=names.submitter(channel, author), is_formal=is_formal,
                created_at=created_at, fetched_at=fetched_at, gloss=text, reasons=[f"words that speak: {text}"],
                kind="complaint",
            )
            for landing_id, source, source_id, text, channel, author, is_formal, created_at, fetched_at in landed
        ]  # fmt: skip
        store_enriched(connection, pa.Table.from_pylist(rows, schema=ENRICHED))
    deployment = load_deployment(settings.deployment)
    merge_posts(home, "1GB", deployment.stop_words, lambda: NOON)
    route_groups(home, "1GB", lambda: NOON)
    with closing(open_store(settings.portal_url.get_secret_value())) as store:
        open_formal_cases(home, "1GB", store, WorkingDays(settings.timezone), lambda: NOON)
        with store.session() as session:
            theirs = sa.select(CasePost.case_id).where(CasePost.receipt == "S-1")
            session.execute(sa.update(Case).where(Case.case_id.in_(theirs)).values(meaning=b"zorglub"))
    publish_snapshot(home, "1GB", deployment, 3, settings.timezone)


def holding(settings: Settings, word: str) -> list[str]:
    """The files under the home that hold a word in their bytes."""
    return sorted(
        str(path.relative_to(settings.place.folder))
        for path in settings.place.folder.rglob("*")
        if path.is_file() and word.encode() in path.read_bytes()
    )


def rows(settings: Settings, query: str) -> list[tuple[Any, ...]]:
    with open_warehouse(settings.place.warehouse) as connection:
        return connection.execute(query).fetchall()


def counts(settings: Settings) -> list[list[tuple[Any, ...]]]:
    queries = (
        "SELECT count(*) FROM landing", "SELECT count(*) FROM enriched", "FROM mart_headline", "FROM mart_daily",
        "FROM mart_sources", "SELECT n_posts, n_voices FROM mart_issues ORDER BY ALL",
    )  # fmt: skip
    return [rows(settings, query) for query in queries]


def events(settings: Settings) -> list[tuple[str | None, str, dict[str, Any]]]:
    with closing(open_store(settings.portal_url.get_secret_value())) as store, store.reading() as session:
        found = session.scalars(sa.select(Event).order_by(Event.seq))
        return [(event.subject, event.action, event.details or {}) for event in found]


def test_all_that_a_person_said_is_in_no_byte_under_the_home_and_is_counted_as_before(settings: Settings) -> None:
    published = settings.place.published
    for word, files in {
        "zorglub": {"store/warehouse.duckdb", "store/portal.sqlite", "set-aside/failure-4000001.txt"},
        NAME: {"store/warehouse.duckdb", "store/portal.sqlite"},
        "zan-id-77": {f"set-aside/{path.name}" for path in settings.place.set_aside.glob("letters-*.jsonl")},
    }.items():
        assert files <= set(holding(settings, word))
    snapshots = list(published.glob("lavwa-*"))
    assert len(snapshots) == 2
    assert all(f"published/{path.name}" in holding(settings, "zorglub") for path in snapshots)
    assert any("zorglub" in label for (label,) in rows(settings, "SELECT label FROM topics"))
    before = counts(settings)

    erased = erase(settings, Author(NAME.lower(), None), lambda: LATER)
    assert erased == Erased(
        "author", posts=12, versions=12, submissions=2, cases=1, events=0, replies=0, set_aside=2, snapshots=2,
    )  # fmt: skip
    # The receipts stay in the store: the rows of the submissions, without a word.
    assert {word: files for word in PLANTED if (files := holding(settings, word)) and not word.startswith("S-")} == {}
    assert {file for receipt in ("S-1", "S-2") for file in holding(settings, receipt)} == {"store/portal.sqlite"}
    assert counts(settings) == before
    assert len(holding(settings, "lamp is late")) == 2
    (snapshot,) = published.glob("lavwa-*")
    assert json.loads((published / "current.json").read_text())["snapshot"] == snapshot.name
    (aside,) = settings.place.set_aside.iterdir()
    assert "other-9" in aside.read_text()


def dies(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


STEPS = (
    "remove_records", "erase_said", "erase_posts", "merge_posts", "route_groups", "publish_snapshot",
    "remove_older_snapshots", "scrub", "compact", "clear_traces",
)  # fmt: skip


@pytest.mark.parametrize("step", STEPS)
def test_an_erasure_that_dies_before_any_step_is_finished_by_the_same_command(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    before, asked = counts(settings), Author(NAME, None)
    with monkeypatch.context() as broken:
        broken.setattr(erasure, step, dies)
        with pytest.raises(KeyboardInterrupt):
            erase(settings, asked, lambda: LATER)
    erase(settings, asked, lambda: LATER)
    assert {word: files for word in PLANTED if (files := holding(settings, word)) and not word.startswith("S-")} == {}
    assert counts(settings) == before
    (told,) = ((subject, details) for subject, action, details in events(settings) if action == "erased")
    assert told[0] is not None
    assert told[1] == {"request": "author", "posts": 12}
    assert rows(settings, "FROM traces") == []


def test_a_run_finishes_what_an_erasure_has_begun(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(erasure, "merge_posts", dies)
        with pytest.raises(KeyboardInterrupt):
            erase(settings, Author(NAME, None), lambda: LATER)
    assert holding(settings, "zorglub") != []
    with settings.place.exclusive():
        forget_old_text(settings, lambda: LATER)
    assert holding(settings, "zorglub") == []


def test_a_receipt_means_its_submission_and_what_follows_it(settings: Settings) -> None:
    assert look_for(settings, Receipt("S-1")).references == {"S-1", "S-2"}
    erased = erase(settings, Receipt("S-1"), lambda: LATER)
    assert (erased.posts, erased.submissions, erased.cases, erased.set_aside) == (2, 2, 1, 0)
    assert rows(settings, "SELECT count(*) FROM landing WHERE text LIKE '%zorglub%'") == [(10,)]
    told = [(subject, details) for subject, action, details in events(settings) if action == "erased"]
    (case,) = {subject for subject, action, _ in events(settings) if action == "case opened" and subject == told[0][0]}
    assert told == [(case, {"request": "receipt", "posts": 2})]
    with closing(open_store(settings.portal_url.get_secret_value())) as store:
        sign_log(settings.place, store, settings.audit_origin, settings.timezone, lambda: LATER)
        assert verify_store(store, verifier_key(log_key(settings.place), settings.audit_origin)) == []
    again = erase(settings, Receipt("S-1"), lambda: LATER)
    assert again == Erased("receipt")
    assert [action for _, action, _ in events(settings)].count("erased") == 1


def test_the_journal_is_emptied_while_an_officer_has_the_store_open(settings: Settings) -> None:
    with closing(open_store(settings.portal_url.get_secret_value())) as open_at_a_desk:
        with open_at_a_desk.session() as session:
            session.execute(sa.update(Submission).where(Submission.reference == "S-1").values(text="zorglub anew"))
        erase(settings, Receipt("S-1"), lambda: LATER)
        assert holding(settings, "zorglub anew") == []
        assert submissions(settings)["S-1"] == ""


def test_a_submission_that_has_not_landed_never_will(settings: Settings) -> None:
    with closing(open_store(settings.portal_url.get_secret_value())) as store:
        submit(store, text="zorglubissimo", author=NAME, reference="S-9", received_at=NOON)
    assert erase(settings, Receipt("S-9"), lambda: LATER).submissions == 1
    read_all(settings, settings.place.folder.parent / "letters.jsonl")
    assert holding(settings, "zorglubissimo") == []
    assert rows(settings, "SELECT count(*) FROM landing WHERE source_id = 'S-9'") == [(0,)]


@pytest.mark.parametrize("is_pseudonym", [True, False])
def test_a_post_is_meant_by_its_pseudonym_or_by_its_own_id(settings: Settings, is_pseudonym: bool) -> None:
    post_id = Pseudonyms(settings.pseudonym_key_bytes()).post("letters", "zan-id-3")
    name = post_id if is_pseudonym else "letters:zan-id-3"
    erased = erase(settings, Post(name), lambda: LATER)
    assert (erased.posts, erased.versions, erased.set_aside) == (1, 1, 1)
    assert holding(settings, "zan-id-3") == []
    assert rows(settings, "SELECT count(*) FROM landing WHERE author IS NOT NULL AND source_id LIKE 'zan%'") == [(9,)]
    assert [details for _, action, details in events(settings) if action == "erased"] == [
        {"request": "post", "posts": 1}
    ]  # fmt: skip


def test_a_submission_may_be_named_as_a_post(settings: Settings) -> None:
    post_id = Pseudonyms(settings.pseudonym_key_bytes()).post("portal", "S-1")
    for name in ("portal:S-1", post_id):
        assert look_for(settings, Post(name)).references == {"S-1", "S-2"}


def test_an_author_is_meant_on_one_channel_or_on_all(settings: Settings) -> None:
    assert len(look_for(settings, Author(NAME, "facebook")).posts) == 10
    assert look_for(settings, Author(NAME.upper(), "portal")).references == {"S-1", "S-2"}
    assert look_for(settings, Author(NAME, None)).channels == ["facebook", "portal"]
    assert not look_for(settings, Author(NAME, "sms")).is_known
    erased = erase(settings, Author(NAME, "facebook"), lambda: LATER)
    assert (erased.posts, erased.submissions, erased.set_aside) == (10, 0, 2)


def test_posts_deleted_at_their_source_go_the_same_way(settings: Settings) -> None:
    with settings.place.exclusive(), keeping(settings) as kept:
        assert erase_deleted(kept, "letters", ["never-landed"], LATER) is None
        erased = erase_deleted(kept, "letters", ["zan-id-1", "zan-id-2", "never-landed"], LATER)
        assert erased is not None
        assert (erased.request, erased.posts) == ("deleted at the source", 2)
        assert remove_traces(kept, settings, lambda: LATER) == 2
        assert remove_traces(kept, settings, lambda: LATER) == 0
    for number in (1, 2):
        assert holding(settings, own_word(number)) == []
    assert holding(settings, own_word(4)) != []


def test_sources_that_are_read_again_bring_nothing_back(settings: Settings) -> None:
    letters = settings.place.folder.parent / "letters.jsonl"
    erase(settings, Author(NAME, None), lambda: LATER)
    landed = rows(settings, "SELECT count(*) FROM landing")
    portal, again = read_all(settings, letters)
    assert (portal.n_new, again.n_read, again.n_new, again.n_set_aside) == (0, 83, 0, 1)
    newer = {**LETTERS[0], "id": "zan-new", "text": "new words", "created_at": (LATER + timedelta(hours=1)).isoformat()}
    with letters.open("a") as file:
        file.write(json.dumps({**LETTERS[1], "text": "edited zorglub"}) + "\n" + json.dumps(newer) + "\n")
    _, edited = read_all(settings, letters)
    assert edited.n_new == 1
    assert holding(settings, "zorglub") == []
    assert rows(settings, "SELECT count(*) FROM landing") == [(landed[0][0] + 1,)]


def test_what_nobody_said_cannot_be_erased_and_the_name_is_not_repeated(settings: Settings) -> None:
    for asked in (Author("Nobody Invented", None), Receipt("S-8"), Post("letters:none"), Post("x")):
        with pytest.raises(NothingToEraseError) as told:
            erase(settings, asked, lambda: LATER)
        assert "Nobody" not in str(told.value)
    assert [action for _, action, _ in events(settings)].count("erased") == 0
    assert rows(settings, "FROM erased_posts") == []
    assert rows(settings, "FROM erased_submitters") == []


def test_what_was_only_set_aside_can_be_erased_and_is_set_aside_no_more(settings: Settings) -> None:
    assert erase(settings, Post("letters:zan-id-77"), lambda: LATER).set_aside == 1
    read_all(settings, settings.place.folder.parent / "letters.jsonl")
    assert holding(settings, "zan-id-77") == []


def test_a_home_where_nothing_was_published_is_not_published_by_erasing(home: Path, tmp_path: Path) -> None:
    settings = load_settings()
    settings.place.prepare()
    (tmp_path / "a.jsonl").write_text('{"id": 1, "text": "zorglub", "author": "Zan Envante"}')
    pull(FileSource("a", str(tmp_path / "a.jsonl")), settings.place, "1GB", lambda: NOON)
    assert erase(settings, Author(NAME, None), lambda: LATER).posts == 1
    assert list(settings.place.published.iterdir()) == []
    assert rows(settings, "SELECT text FROM landing") == [("",)]


def test_erasing_waits_for_no_run(settings: Settings) -> None:
    with settings.place.exclusive(), pytest.raises(RunInProgressError, match="wait until it has finished"):
        erase(settings, Receipt("S-1"))


# What a merge makes of erased posts


def post(post_id: str) -> TriagedPost:
    return TriagedPost(post_id, "", "", "en", None, None, None, None, None, "question", "roads", is_confidential=False)


def row(post_id: str, group_id: str, match: str = "near", score: float = 0.9) -> dict[str, Any]:
    is_first = post_id == group_id
    return {
        "post_id": post_id, "group_id": group_id, "match": "none" if is_first else match,
        "of": None if is_first else group_id, "score": 1.0 if is_first else score,
    }  # fmt: skip


def member(post_id: str, group_id: str) -> GroupMember:
    return GroupMember(**row(post_id, group_id))


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        pytest.param([("a", "a"), ("x", "a")], [("a", "a")], ("a", "near", "a", 0.9), id="with those it was with"),
        pytest.param([("x", "x"), ("a", "x")], [("a", "a")], ("a", "near", "a", 0.9), id="that it stood before"),
        pytest.param(
            [("a", "a"), ("b", "a"), ("c", "a"), ("x", "a")], [("a", "a"), ("b", "b"), ("c", "b")],
            ("b", "near", "b", 0.9), id="with most of them",
        ),
        pytest.param(
            [("x", "x"), ("a", "x")], [("b", "b"), ("a", "b")], ("b", "semantic", "b", 1.0), id="where they have gone"
        ),
        pytest.param([("x", "x"), ("y", "x")], [("a", "a")], ("x", "none", None, 1.0), id="alone with erased ones"),
        pytest.param([], [("a", "a")], ("x", "none", None, 1.0), id="never merged"),
    ],
)  # fmt: skip
def test_an_erased_post_stays_in_the_group(
    before: list[tuple[str, str]], now: list[tuple[str, str]], expected: tuple[Any, ...]
) -> None:
    known = {post_id: row(post_id, group_id) for post_id, group_id in before}
    *others, found = with_erased_members([member(*pair) for pair in now], [post("x")], known)
    assert [(other.post_id, other.group_id) for other in others] == now
    assert (found.post_id, (found.group_id, found.match, found.of, found.score)) == ("x", expected)


def test_erased_posts_that_were_together_stay_together() -> None:
    known = {post_id: row(post_id, "x") for post_id in ("x", "y")}
    found = with_erased_members([], [post("x"), post("y")], known)
    assert [(one.post_id, one.group_id, one.of) for one in found] == [("x", "x", None), ("y", "x", "x")]


def test_erased_posts_stay_in_topics_and_questions_that_others_speak_of_and_end_with_the_rest() -> None:
    topic = PostTopic("bus", ("bus",), "a", frozenset({"a", "b"}))
    found = with_erased_in_topics([topic], [post("x"), post("y")], {"a": 7, "x": 7, "y": 8, "b": 9})
    assert [one.post_ids for one in found] == [{"a", "b", "x"}]
    faq = PostFaq("a", "when?", ("a", "b"))
    asked = with_erased_in_faqs([faq], [post("x"), post("y")], {"x": "x", "a": "x", "b": "x", "y": "y"})
    assert [one.post_ids for one in asked] == [("a", "b", "x")]


def test_a_topic_keeps_its_number_and_its_posts_when_most_of_them_are_erased(settings: Settings) -> None:
    theirs = "SELECT topic_id, count(*) FROM topic_members GROUP BY topic_id ORDER BY topic_id"
    before = rows(settings, theirs)
    with settings.place.exclusive(), keeping(settings) as kept:
        erase_deleted(kept, "letters", [f"bus-{number}" for number in range(6)], LATER)
        remove_traces(kept, settings, lambda: LATER)
    assert rows(settings, theirs) == before
    assert rows(settings, "SELECT count(*) FROM topic_changes") == [(0,)]


# Retention


def forget_at(settings: Settings, now: datetime) -> int:
    with settings.place.exclusive():
        return forget_old_text(settings, lambda: now)


def raw_left(settings: Settings) -> set[str]:
    return {name for (name,) in rows(settings, "SELECT source_id FROM landing WHERE text <> ''")}


def close_case_of(settings: Settings, receipt: str) -> None:
    with closing(open_store(settings.portal_url.get_secret_value())) as store, store.session() as session:
        theirs = sa.select(CasePost.case_id).where(CasePost.receipt == receipt)
        session.execute(sa.update(Case).where(Case.case_id.in_(theirs)).values(closed_at=NOON))


def submissions(settings: Settings) -> dict[str, str]:
    with closing(open_store(settings.portal_url.get_secret_value())) as store, store.reading() as session:
        return dict(session.execute(sa.select(Submission.reference, Submission.text)).all())


def test_raw_text_is_kept_for_a_year_and_longer_in_open_cases(settings: Settings) -> None:
    with open_warehouse(settings.place.warehouse) as connection:
        connection.execute(
            "DELETE FROM enriched WHERE post_id = (SELECT post_id FROM enriched WHERE text LIKE 'road %' LIMIT 1)"
        )
    close_case_of(settings, "S-3")
    in_open_cases = {name for name in raw_left(settings) if name.startswith(("zan-id-", "S-1", "S-2"))}
    assert forget_at(settings, NOON + timedelta(days=365)) == 0
    assert len(raw_left(settings)) == 84

    n = forget_at(settings, NOON + timedelta(days=366))
    (not_triaged,) = raw_left(settings) - in_open_cases
    assert not_triaged.startswith("road-")
    assert n == 84 - len(in_open_cases) - 1
    assert submissions(settings)["S-3"] == ""
    assert "zorglub" in submissions(settings)["S-1"]
    assert holding(settings, "voice lamp 3") == []
    assert holding(settings, own_word(103)) != []  # redacted it stays
    assert rows(settings, "SELECT count(*) FROM landing") == [(84,)]
    assert len(list(settings.place.published.glob("lavwa-*"))) == 2
    with open_warehouse(settings.place.warehouse) as connection:
        assert len(unenriched_ids(connection, "newer@2")) == len(in_open_cases) + 1


def test_a_formal_post_that_no_case_holds_keeps_its_raw_text(settings: Settings) -> None:
    with closing(open_store(settings.portal_url.get_secret_value())) as store, store.session() as session:
        session.execute(sa.delete(CasePost).where(CasePost.receipt == "S-3"))
    forget_at(settings, NOON + timedelta(days=366))
    assert "S-3" in raw_left(settings)
    assert submissions(settings)["S-3"] == "the clinic is closed"


def test_retention_looks_once_a_day_of_the_deployment(settings: Settings) -> None:
    evening = datetime(2027, 9, 3, 19, 59, tzinfo=UTC)  # one minute before midnight in Mahé
    assert forget_at(settings, evening) > 0
    for receipt in ("S-1", "S-3"):
        close_case_of(settings, receipt)
    assert forget_at(settings, evening) == 0
    assert forget_at(settings, evening + timedelta(minutes=1)) > 0
    assert raw_left(settings) == set()


def test_a_retention_that_dies_before_landing_is_done_forgets_the_rest_the_next_time(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for receipt in ("S-1", "S-3"):
        close_case_of(settings, receipt)
    late = NOON + timedelta(days=400)
    with monkeypatch.context() as broken:
        broken.setattr(retention, "forget_raw", dies)
        with pytest.raises(KeyboardInterrupt):
            forget_at(settings, late)
    assert set(submissions(settings).values()) == {""}
    assert len(raw_left(settings)) == 84
    assert forget_at(settings, late) == 84
    assert raw_left(settings) == set()


def test_set_aside_files_follow_the_same_setting(settings: Settings) -> None:
    aside = settings.place.set_aside
    old, new = aside / "a-0123456789.jsonl", aside / "b-0123456789.jsonl"
    for path, at in ((old, NOON), (new, NOON + timedelta(days=300))):
        path.write_text("{}\n")
        os.utime(path, (at.timestamp(), at.timestamp()))
    assert remove_older(aside, NOON + timedelta(days=1)) == 1
    assert not old.exists()
    assert new.exists()


@pytest.mark.parametrize("days", ["0", "-1", "36501", "for ever"])
def test_raw_text_is_kept_for_a_day_at_least(home: Path, days: str) -> None:
    done = lavwa(home, "status", LAVWA_KEEP_RAW_DAYS=days)
    assert done.returncode == 1
    assert "environment variable LAVWA_KEEP_RAW_DAYS: keep_raw_days: Input should be" in done.stderr


def test_the_settings_of_retention_and_what_erasing_cannot_reach_are_documented() -> None:
    page = (Path(__file__).parent.parent.parent / "docs" / "operating.md").read_text(encoding="utf-8")
    assert "keep_raw_days = 365" in page
    assert "lavwa erase" in page


# Records set aside


@pytest.mark.parametrize(
    ("content", "values"),
    [
        pytest.param('{"id": 7, "who": " Zan ", "deep": {"x": 1}, "l": ["a", 2]}', {"7", "Zan", "a", "2"}, id="JSON"),
        pytest.param('{"id": "7", "text": "half', {"id", "7", "text", "half"}, id="broken JSON"),
        pytest.param("7;Zan Envante;no", {"7", "Zan Envante", "no"}, id="broken CSV"),
        pytest.param(b'{"id": "7", "text": "\xff"}', {"7", "\ufffd"}, id="no UTF-8"),
        pytest.param("[" * 100_000, set(), id="nested too deep"),
    ],
)
def test_the_values_of_a_record_are_those_of_its_fields(content: str | bytes, values: set[str]) -> None:
    assert values_of(content) == values


def test_only_records_that_are_meant_are_removed_and_the_file_stays_as_private_and_as_old(tmp_path: Path) -> None:
    file = tmp_path / "my-letters-0123456789.jsonl"
    lines = ['{"position": 1, "content": "{\\"id\\": 1}"}', '{"position": 2, "base64": "eyJpZCI6IDJ9"}', "no JSON 3"]
    file.write_text("".join(f"{line}\n" for line in lines))
    file.chmod(0o600)
    os.utime(file, (1_000_000_000, 1_000_000_000))
    seen: list[tuple[str, set[str]]] = []

    def is_meant(name: str, values: set[str]) -> bool:
        seen.append((name, values))
        return values == {"2"}

    assert remove_records(tmp_path, is_meant) == 1
    assert seen == [("my-letters", {"1"}), ("my-letters", {"2"}), ("my-letters", {"no JSON 3"})]
    assert file.read_text().splitlines() == [lines[0], lines[2]]
    assert (file.stat().st_mode & 0o777, file.stat().st_mtime) == (0o600, 1_000_000_000)
    assert remove_records(tmp_path, lambda *_: True) == 2
    assert list(tmp_path.iterdir()) == []
    assert remove_records(tmp_path / "none", lambda *_: True) == 0


def test_what_a_living_process_writes_is_left_to_it(tmp_path: Path) -> None:
    alive, dead = tmp_path / f".a-{os.getpid()}.partial", tmp_path / ".a-4000001.partial"
    for path in (alive, dead):
        path.write_text("x")
    remove_records(tmp_path, lambda *_: True)
    assert [path.name for path in tmp_path.iterdir()] == [alive.name]


# The command


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param((), id="nothing"),
        pytest.param(("--receipt", "S-1", "--post", "x"), id="two"),
        pytest.param(("--receipt", "S-1", "--channel", "sms"), id="a channel of no author"),
        pytest.param(("--author", "  "), id="nobody"),
    ],
)
def test_wrong_usage_of_erasing_is_told_and_erases_nothing(home: Path, arguments: tuple[str, ...]) -> None:
    done = lavwa(home, "erase", *arguments)
    assert done.returncode == 2
    assert "Usage: lavwa erase" in done.stderr
    assert not (home / "store").exists()


def test_the_command_says_in_one_line_what_was_erased(settings: Settings) -> None:
    folder = settings.place.folder
    missing = lavwa(folder, "erase", "--author", "Nobody Invented")
    assert (missing.returncode, missing.stdout) == (1, "")
    assert missing.stderr == (
        "lavwa: nothing of this author was found here: check how it is written; nothing was erased\n"
    )
    done = lavwa(folder, "erase", "--author", "-", "--json", stdin=f"{NAME}\n")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "request": "author", "posts": 12, "versions": 12, "submissions": 2, "cases": 1, "events": 0, "replies": 0,
        "set_aside": 2, "snapshots": 2,
    }  # fmt: skip
    assert done.stderr == (
        "erased: 12 posts in the warehouse, 2 submissions, words in 1 case, 0 events of the log and 0 replies, "
        "2 set-aside records, 2 older snapshots; counts stay\n"
    )
    again = lavwa(folder, "erase", "--author", NAME)
    assert (again.returncode, again.stderr) == (0, "erased before: nothing new was found\n")


@pytest.mark.parametrize(("arguments", "answer", "goes"), [((), "n", False), ((), "y", True), (("--yes",), "", True)])
def test_on_a_terminal_it_asks_first(settings: Settings, arguments: tuple[str, ...], answer: str, goes: bool) -> None:
    ours, theirs = pty.openpty()
    os.write(ours, f"{answer}\n".encode())
    done = subprocess.run(
        [LAVWA, "erase", "--receipt", "S-1", *arguments], stdin=theirs, capture_output=True, check=False, timeout=120,
        env={**os.environ, "LAVWA_HOME": str(settings.place.folder)},
    )  # fmt: skip
    os.close(ours)
    os.close(theirs)
    said = done.stderr.decode()
    assert ("Erase 2 posts said on portal for good?" in said) == (not arguments)
    assert (done.returncode == 0) == goes
    assert ("zorglub" in submissions(settings)["S-1"]) != goes
    assert "Traceback" not in said
