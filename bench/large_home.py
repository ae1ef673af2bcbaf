"""A home with a million posts and a hundred thousand cases: `python bench/large_home.py FOLDER [POSTS] [CASES]`.

Everything and everybody in it is invented, and every text and page says so.
The warehouse is written by DuckDB alone (`large_home.sql`), the operational store in bulk from the same matters, with a
log whose tree holds; marts are built and published by the project's own code. Prints how long each part took, the
highest memory of this process, and how big the files are.
"""

import json
import os
import resource
import secrets
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import rfc8785
import sqlalchemy as sa

from flows.home import Home
from flows.settings import Settings, load_settings
from flows.stages.audit import sign_log
from flows.stages.copy_cases import copy_cases
from flows.stages.publish import publish_snapshot
from flows.stages.publish_public import publish_public_snapshot
from models.deployment import Deployment, load_deployment
from portal.audit.log import entry_of
from portal.audit.verify import commitment_of, extended, leaf_hash
from portal.models import (
    Account,
    Case,
    CasePost,
    CaseState,
    Event,
    Level,
    LogHead,
    OfficialAnswer,
    Reply,
    ReplyKind,
    Role,
    Submission,
)  # fmt: skip
from portal.people import HASHER
from portal.store import Store, open_store
from warehouse.database import open_warehouse, transaction
from warehouse.sql_files import load_query

N_POSTS, N_CASES = 1_000_000, 100_000
N_TOPICS, N_FAQS, N_OFFICIAL, N_DAYS = 400, 2_000, 50, 1_096
POSTS_A_MATTER = 1.8
MEMORY_LIMIT = "5GB"
SEED = 20261128
UNTIL = datetime(2026, 11, 28, 4, tzinfo=UTC)
PASSWORD = "mahe-tap-water-1"
PEOPLE = (
    ("marie", Role.OFFICER, "PUC"), ("jules", Role.HEAD, "PUC"), ("ana", Role.ANALYST, None),
    ("olga", Role.OVERSIGHT, None),
)  # fmt: skip
MEANING_WIDTH = 384
AT_ONCE = 10_000

PHRASES = {
    "en": (
        ["Since Monday there is trouble with", "Who answers for", "For the third time I ask about", "We wait for"],
        ["the long delays of", "the broken promises on", "the new rules for", "the bad state of", "no help with"],
        ["please send somebody", "and the children suffer", "how long must we wait?", "this cannot go on like that"],
    ),
    "fr": (
        ["Depuis lundi il y a un problème de", "Qui répond de", "Pour la troisième fois, je demande pour"],
        ["ces longs retards de", "les promesses sur", "les nouvelles règles de", "le mauvais état de"],
        ["envoyez quelqu'un s'il vous plaît", "jusqu'à quand faut-il attendre ?", "cela ne peut plus durer"],
    ),
    "crs": (
        ["Depi Lendi i annan problenm avek", "Lekel ki responsab pour", "Trwazyenm fwa mon demann lo", "Nou pe esper"],
        ["sa bann long reta lo", "sa bann promes lo", "sa bann nouvo reg lo", "move leta"],
        ["silvouple anvoy dimoun", "bann zanfan pe soufer", "konbyen letan pour esper?", "sa pa kapab kontinyen"],
    ),
    "other": (["Seit Montag", "Da lunedì"], ["niente", "nichts"], ["danke", "grazie"]),
}  # fmt: skip


def main(arguments: list[str]) -> int:
    folder = Path(arguments[0]).absolute()
    n_posts, n_cases = (int(n) for n in (arguments[1:] + [str(N_POSTS), str(N_CASES)][len(arguments) - 1 :])[:2])
    if (folder / "store").exists():
        print(f"{folder} has a store already: name an empty folder", file=sys.stderr)
        return 1
    make(folder, n_posts, n_cases)
    return 0


def make(folder: Path, n_posts: int, n_cases: int) -> None:
    """Write the home. `n_cases` may be no more than `n_posts` over `POSTS_A_MATTER`."""
    os.environ["LAVWA_HOME"] = str(folder)
    settings = load_settings()
    home = settings.place
    home.prepare()
    deployment = load_deployment(settings.deployment)
    with closing(open_store(settings.portal_url.get_secret_value())) as store:
        with open_warehouse(home.warehouse, memory_limit=MEMORY_LIMIT) as connection:
            connection.execute("SET preserve_insertion_order = false")
            with took("posts"), transaction(connection):
                write_posts(connection, deployment, n_posts, n_cases)
            with took("cases"):
                write_cases(connection, store, deployment)
        with took("checkpoint"):
            sign_log(home, store, settings.audit_origin, settings.timezone, lambda: UNTIL)
        with took("copy of the cases"):
            copy_cases(home, settings.memory_limit, store)
    publish_again(settings, home, deployment)


def publish_again(settings: Settings, home: Home, deployment: Deployment) -> None:
    """Publish as a run does, and say how long it took and how big it is."""
    with took("publication"):
        published = publish_snapshot(
            home, settings.memory_limit, deployment, settings.keep_snapshots, settings.timezone
        )
    with took("publication for everybody"):
        public = publish_public_snapshot(
            home, settings.memory_limit, settings.keep_snapshots, settings.timezone, lambda: UNTIL
        )
    if public.refused:
        print(public.refused)
    for path in (home.warehouse, home.portal_store, published.path):
        print(f"{path.name}: {path.stat().st_size / 1e6:,.0f} MB")


def write_posts(connection: duckdb.DuckDBPyConnection, deployment: Deployment, n_posts: int, n_formal: int) -> None:
    categories = deployment.categories
    give(connection, "subjects", {
        "nth": range(1, len(categories) + 1), "category": list(categories),
        "mda": [deployment.taxonomy.get(category) for category in categories], "title": list(categories.values()),
    })  # fmt: skip
    districts = deployment.districts
    give(connection, "places", {
        "nth": range(1, len(districts) + 1), "district": list(districts), "name": list(districts.values()),
    })  # fmt: skip
    give(connection, "phrases", {
        "lang": list(PHRASES),
        **{part: [said[nth] for said in PHRASES.values()] for nth, part in enumerate(("openings", "middles", "ends"))},
    })  # fmt: skip
    variables = {
        "n_posts": n_posts, "n_groups": int(n_posts / POSTS_A_MATTER), "n_formal": n_formal, "n_topics": N_TOPICS,
        "n_faqs": N_FAQS, "n_days": N_DAYS, "seed": SEED, "until_at": UNTIL,
    }  # fmt: skip
    for name, value in variables.items():
        connection.execute(f"SET VARIABLE {name} = ?", [value])
    connection.execute(beside("large_home.sql"))
    connection.execute(f"INSERT INTO routes BY NAME {load_query('group_routes')}")


def write_cases(connection: duckdb.DuckDBPyConnection, store: Store, deployment: Deployment) -> None:
    """Accounts, cases, their posts, answers, submissions and the log."""
    officers = add_accounts(store, deployment)
    give(connection, "officers", {"mda": list(officers), "account_id": list(officers.values())})
    connection.execute(beside("large_cases.sql"))
    with store.session() as session:
        for rows in pages(connection, "SELECT * EXCLUDE (g, title) FROM invented_cases ORDER BY case_id"):
            meanings = vectors([row.pop("about") for row in rows])
            session.execute(sa.insert(Case), [
                {
                    **row, "state": CaseState(row["state"]), "level": Level(row["level"]), "version": 1,
                    "is_formal": True, "accused": [], "suggested_by_model": "invented@1",
                    "held_since": row["opened_at"] if row["state"] == "on_hold" else None,
                    "candidates": [
                        {
                            "category": row["suggested_category"], "mda": row["suggested_mda"],
                            "probability": row["confidence"],
                        }
                    ],
                    "reasons": ["words that speak for it: invented"], "meaning": meaning.tobytes(),
                }
                for row, meaning in zip(rows, meanings, strict=True)
            ])  # fmt: skip
        posts = """
            SELECT p.post_id, c.case_id, p.text, p.lang, p.said_at, p.source, p.district, p.i, p.channel,
                'https://example.org/' || p.source_id AS url
            FROM said AS p JOIN invented_cases AS c USING (g) ORDER BY p.landing_id"""
        for rows in pages(connection, posts):
            formal = [row for row in rows if row["channel"] == "portal"]
            for row in rows:
                is_formal, number = row.pop("channel") == "portal", row.pop("i")
                row["receipt"], row["url"] = (f"S-{number:012d}", None) if is_formal else (None, row["url"])
            session.execute(sa.insert(CasePost), rows)
            session.execute(sa.insert(Submission), [
                {
                    "reference": row["receipt"], "text": row["text"], "author": None, "district": row["district"],
                    "created_at": row["said_at"], "received_at": row["said_at"],
                }
                for row in formal
            ])  # fmt: skip
        answers = (
            "SELECT case_id, title, handler_id, first_answered_at FROM invented_cases WHERE handler_id IS NOT NULL"
        )
        for rows in pages(connection, answers):
            session.execute(sa.insert(Reply), [
                {
                    "case_id": row["case_id"], "account_id": row["handler_id"], "kind": ReplyKind.ANSWER, "lang": "en",
                    "text": f"An invented answer on {row['title']}: a team comes this week.",
                    "written_at": row["first_answered_at"],
                }
                for row in rows
            ])  # fmt: skip
        official = f"""
            FROM invented_cases WHERE handler_id IS NOT NULL AND NOT is_confidential
            ORDER BY hash(case_id, {SEED}) LIMIT {N_OFFICIAL}"""
        session.execute(sa.insert(OfficialAnswer), [
            {
                "case_id": row["case_id"], "mda": row["mda"], "category": row["category"],
                "question": f"Invented question {row['case_id']}: what happens with {row['title']}?",
                "texts": dict.fromkeys(("en", "fr", "crs"), f"An invented official answer on {row['title']}."),
                "approved_by": row["handler_id"], "approved_at": row["first_answered_at"],
                "review_by": row["first_answered_at"] + timedelta(days=180),
            }
            for rows in pages(connection, official) for row in rows
        ])  # fmt: skip
        write_log(session, connection)


def write_log(session: sa.orm.Session, connection: duckdb.DuckDBPyConnection) -> None:
    """What happened to the cases, in the order of time, in a tree that verifies."""
    steps = ["('case opened', opened_at, 'pipeline')"]
    steps += [
        f"('{action}', {at}, 'officer ' || coalesce(handler_id, 0))"
        for action, at in (("accepted", "decided_at"), ("answered", "first_answered_at"), ("closed", "closed_at"))
    ]
    happened = f"""
        SELECT reference AS subject, action, happened_at AS "at", actor
        FROM invented_cases, LATERAL (VALUES {", ".join(steps)}) AS steps(action, happened_at, actor)
        WHERE happened_at IS NOT NULL ORDER BY happened_at, reference, action"""
    edge: list[bytes] = []
    size = 0
    said = rfc8785.dumps({})
    for rows in pages(connection, happened):
        for row in rows:
            salt = secrets.token_hex(32)
            row.update(seq=size + 1, commitment=commitment_of(salt, said), details={}, salt=salt)
            leaf = leaf_hash(entry_of(SimpleNamespace(**row)))
            row["leaf"] = leaf.hex()
            edge = extended(edge, size, leaf)
            size += 1
        session.execute(sa.insert(Event), rows)
    session.execute(sa.update(LogHead).values(size=size, edge=[one.hex() for one in edge]))


def add_accounts(store: Store, deployment: Deployment) -> dict[str, int]:
    """Those of `PEOPLE`, and an officer an agency; all have one password. Returns agency to its officer's account."""
    hashed = HASHER.hash(PASSWORD)
    wanted = [*PEOPLE, *((f"officer-{mda.lower()}", Role.OFFICER, mda) for mda in deployment.agencies)]
    rows = [
        {
            "account_id": nth, "name": name, "role": role, "mda": mda, "password_hash": hashed, "failures": 0,
            "is_disabled": False, "created_at": UNTIL - timedelta(days=N_DAYS),
        }
        for nth, (name, role, mda) in enumerate(wanted, start=1)
    ]  # fmt: skip
    with store.session() as session:
        session.execute(sa.insert(Account), rows)
    return {row["mda"]: row["account_id"] for row in rows if row["name"].startswith("officer-")}


def vectors(about: list[int]) -> np.ndarray:
    """A vector a case (float16), alike where cases are about the same topic."""
    chance = np.random.default_rng(SEED)
    shared = {topic: np.random.default_rng(topic).standard_normal(MEANING_WIDTH) for topic in set(about)}
    own = chance.standard_normal((len(about), MEANING_WIDTH))
    return (np.array([shared[topic] for topic in about]) + own).astype(np.float16)


def pages(connection: duckdb.DuckDBPyConnection, query: str) -> Iterator[list[dict[str, Any]]]:
    """The rows of a query, some thousands at a time."""
    for batch in connection.execute(query).to_arrow_table().to_batches(max_chunksize=AT_ONCE):
        yield batch.to_pylist()


def give(connection: duckdb.DuckDBPyConnection, name: str, columns: dict[str, Any]) -> None:
    """A temporary table of these columns."""
    connection.register("given", pa.table({column: pa.array(values) for column, values in columns.items()}))
    connection.execute(f"CREATE TEMP TABLE {name} AS FROM given")
    connection.unregister("given")


def beside(name: str) -> str:
    return (Path(__file__).parent / name).read_text(encoding="utf-8")


@contextmanager
def took(what: str) -> Iterator[None]:
    began = time.monotonic()
    yield
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(
        json.dumps({"part": what, "seconds": round(time.monotonic() - began, 1), "peak_gb": round(peak, 2)}), flush=True
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
