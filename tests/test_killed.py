"""Whatever is killed, and whenever: what was acknowledged is there, nothing is there by half, nobody has to mend
anything."""

import json
import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from command import LAVWA, lavwa
from desk_cases import opened
from drills import add_people, held, killed_writer, log_findings, missing, retold, writing
from postgres import Cluster, crashed_and_started_anew, postgresql, required_binaries, running_cluster

from flows.home import Home
from portal.store import Store, open_store
from portal.submissions import submit
from portal.upkeep import damages
from warehouse.database import open_warehouse
from warehouse.readers import open_published
from warehouse.status import count_rows

__all__ = ["postgresql"]  # a fixture is found by its name here

SAID = [
    "Napa delo Anse Royale depi Lendi", "No water at Anse Royale since Monday", "The road to La Misere has a deep hole",
    "Semen La Misere i annan en gro trou", "Street lamps are out at Beau Vallon", "Le camion poubelle ne passe plus",
    "No water at Anse Royale since Monday", "The bus from Takamaka did not come again",
]  # fmt: skip
KILLS = 8  # on each database; bench/drills.py does a hundred
LONGEST_SECONDS = 0.3
RUN_KILLS = 2
LONGEST_RUN_SECONDS = 5.0


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'portal.sqlite'}"
        return
    cluster: Cluster = request.getfixturevalue("postgresql")
    with cluster.database() as name:
        yield cluster.url(name)


def check_whole(store: Store, acknowledged: list[dict[str, Any]]) -> None:
    assert missing(store, acknowledged) == []
    assert held(store) == retold(store)
    assert damages(store) == []


def test_every_acknowledged_decision_of_a_killed_writer_is_there_and_none_by_half(url: str) -> None:
    dice, acknowledged = random.Random(20261128), []
    with closing(open_store(url)) as store:
        add_people(store)
    for _ in range(KILLS):
        acknowledged += killed_writer(url, dice, LONGEST_SECONDS)
        with closing(open_store(url)) as store:
            check_whole(store, acknowledged)
    with closing(open_store(url)) as store:
        assert log_findings(store) == []
        assert missing(store, [{"receipt": "S-NONE", "text": "never said"}]) != []  # the check can fail
    assert len(acknowledged) > KILLS


def test_every_acknowledged_decision_outlives_a_database_server_that_is_stopped_at_once() -> None:
    binaries = required_binaries()
    with running_cluster(binaries) as cluster, ExitStack() as writers:
        cluster.execute("CREATE DATABASE {} OWNER {}", "crashing", cluster.owner)
        url = cluster.url("crashing")
        with closing(open_store(url)) as store:
            add_people(store)
        told = [writers.enter_context(writing(url, seed))[1] for seed in range(2)]
        time.sleep(LONGEST_SECONDS)
        with crashed_and_started_anew(cluster, binaries):
            writers.close()
            acknowledged = [said for by_one in told for said in by_one]
            with closing(open_store(url)) as store:
                check_whole(store, acknowledged)
                assert log_findings(store) == []
    assert len(acknowledged) > 2


def test_a_run_that_is_killed_again_and_again_ends_as_one_that_never_was(tmp_path: Path) -> None:
    check_killed_runs(tmp_path, RUN_KILLS)


def check_killed_runs(folder: Path, kills: int) -> None:
    """Kill a run so many times, then let it end, beside one that is left alone: assert that both come to the same."""
    whole, cut = folder / "whole", folder / "cut"
    Home(whole).prepare()
    Home(whole).pseudonym_key()
    with closing(opened(whole)) as store:
        for n, text in enumerate(SAID):
            submit(store, text=text, received_at=datetime(2026, 8, 3, 8, n, tzinfo=UTC), reference=f"S-{n}")
    shutil.copytree(whole, cut)
    dice = random.Random(20261128)
    with ThreadPoolExecutor(1) as pool:
        beside = pool.submit(ran, whole)
        for _ in range(kills):
            kill_run(cut, dice)
        done = ran(cut)
        assert beside.result().returncode == 0
    assert done.returncode == 0, done.stderr
    assert came_to(cut) == came_to(whole)
    assert json.loads(done.stdout)["counts"]["landing"] == len(SAID)


def ran(home: Path) -> subprocess.CompletedProcess[str]:
    return lavwa(home, "run", "--json")


def kill_run(home: Path, dice: random.Random) -> None:
    """Start a run and kill it, with all it started, once it has taken the home and some time has passed."""
    process = subprocess.Popen(
        [LAVWA, "run"],
        env={**os.environ, "LAVWA_HOME": str(home)},
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    with process:
        while process.poll() is None and not Home(home).is_held():
            time.sleep(0.05)
        time.sleep(dice.random() * LONGEST_RUN_SECONDS)
        os.killpg(process.pid, signal.SIGKILL)


def came_to(home: Path) -> dict[str, Any]:
    """What runs came to, without times and references: how many of everything, the words of the groups and cases."""
    with open_warehouse(Home(home).warehouse) as connection:
        counts: dict[str, Any] = count_rows(connection)
        told = "SELECT post_id, text, category, route, group_id FROM current_posts JOIN group_members USING (post_id)"
        posts = sorted(connection.execute(told).fetchall())
    with closing(opened(home)) as store:
        cases = sorted((sorted(case["posts"]), case["state"], case["mda"] or "") for case in held(store).values())
        assert held(store) == retold(store)
    with closing(open_published(Home(home).published)) as snapshot:
        published = snapshot.read("headline").drop(columns="as_of_at", errors="ignore").to_dict("records")
    return {**counts, "posts": posts, "cases": cases, "published": published}
