"""The drills of the tests at full length: `python bench/drills.py [officers] [killed] [server] [runs]`.

officers    20 people, 40 acts each, and a pipeline, at once on the same cases
killed      a writer is killed at 100 random moments
server      PostgreSQL is stopped at once under two writers, ten times
runs        `lavwa run` is killed at ten random moments, ends, and is compared with one that was left alone
The first two on SQLite and, where it is installed, on PostgreSQL. Prints what was done and what was lost; exit status 1
when anything was. Everybody in here is invented.
"""

import random
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "flows"))
sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from drills import (
    add_people,
    check_ledger,
    held,
    killed_writer,
    log_findings,
    missing,
    open_matters,
    retold,
    work_at_once,
    writing,
)
from postgres import crashed_and_started_anew, find_binaries, running_cluster
from test_killed import check_killed_runs

from portal.store import open_store
from portal.upkeep import damages

SEED = 20261128
KILLS = 100
ACTS = 40
CRASHES = 10
RUN_KILLS = 10


def main(parts: list[str]) -> int:
    lost = 0
    for part in parts or list(PARTS):
        lost += PARTS[part]()
    return min(lost, 1)


def officers() -> int:
    lost = 0
    for name, url in databases():
        with closing(open_store(url)) as store:
            references, people = open_matters(store, 60), add_people(store)
            began = time.monotonic()
            ledger = work_at_once([url] * 4, people, references, ACTS, SEED)
            seconds = time.monotonic() - began
            check_ledger(store, ledger)
            found = log_findings(store)
        lost += len(found) + len(ledger.failures)
        print(
            f"officers, {name}: {len(ledger.done)} acts of {len(people) * ACTS} tries in {seconds:.0f} s, "
            f"{len(ledger.changed)} told that someone changed the case, {sum(ledger.refused.values())} refused by the "
            f"rules, {len(ledger.failures)} failures, {len(found)} findings in the log"
        )
    return lost


def killed() -> int:
    lost = 0
    for name, url in databases():
        dice, acknowledged = random.Random(SEED), []
        with closing(open_store(url)) as store:
            add_people(store)
        for _ in range(KILLS):
            acknowledged += killed_writer(url, dice, 0.4)
            with closing(open_store(url)) as store:
                lost += len(missing(store, acknowledged)) + len(damages(store)) + (held(store) != retold(store))
        with closing(open_store(url)) as store:
            lost += len(log_findings(store))
        print(f"killed, {name}: {KILLS} kills, {len(acknowledged)} acknowledgements, {lost} lost or by half")
    return lost


def server() -> int:
    binaries, lost, n = find_binaries(), 0, 0
    if binaries is None:
        print("server: PostgreSQL is not on this machine")
        return 0
    for crash in range(CRASHES):
        with running_cluster(binaries) as cluster, ExitStack() as writers:
            cluster.execute("CREATE DATABASE {} OWNER {}", "crashing", cluster.owner)
            url = cluster.url("crashing")
            with closing(open_store(url)) as store:
                add_people(store)
            told = [writers.enter_context(writing(url, seed))[1] for seed in range(2)]
            time.sleep(random.Random(SEED + crash).random())
            with crashed_and_started_anew(cluster, binaries):
                writers.close()
                acknowledged = [said for by_one in told for said in by_one]
                with closing(open_store(url)) as store:
                    lost += len(missing(store, acknowledged)) + (held(store) != retold(store))
                    lost += len(log_findings(store))
            n += len(acknowledged)
    print(f"server: {CRASHES} stops at once, {n} acknowledgements, {lost} lost or by half")
    return lost


def databases() -> Iterator[tuple[str, str]]:
    """A fresh database of each kind there is, one at a time."""
    with tempfile.TemporaryDirectory() as folder:
        yield "SQLite", f"sqlite:///{folder}/portal.sqlite"
    if binaries := find_binaries():
        with running_cluster(binaries) as cluster, cluster.database() as name:
            yield "PostgreSQL", cluster.url(name)


def runs() -> int:
    with tempfile.TemporaryDirectory() as folder:
        check_killed_runs(Path(folder), RUN_KILLS)
    print(f"runs: killed {RUN_KILLS} times, then as one that never was")
    return 0


PARTS = {"officers": officers, "killed": killed, "server": server, "runs": runs}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
