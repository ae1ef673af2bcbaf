"""Drills on the operational store: officers who all work at once, writers who are killed, and what must hold after.

`retold` replays the log by itself and says where the cases are not what it tells; so an act is there whole or not at
all. Everybody and everything in here is invented.
"""

import json
import multiprocessing
import os
import random
import signal
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count, pairwise
from typing import Any

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from desk_cases import DAYS, MDA_OF, open_cases_of, plain_matter, post

from portal.audit.checkpoints import sign_checkpoint, verifier_key
from portal.audit.export import verify_store
from portal.cases import escalate_late, open_cases
from portal.desk import REFUSALS, Desk
from portal.errors import ChangedMeanwhileError, PortalError
from portal.models import Account, Case, CasePost, CaseState, Event, Reply, Role, Submission
from portal.store import Store, open_store
from portal.submissions import submit
from portal.transitions import CLOSED

OPENED_AT = datetime(2026, 8, 3, 8, tzinfo=UTC)
LATE = OPENED_AT + timedelta(days=30)
KEY, ORIGIN = Ed25519PrivateKey.from_private_bytes(bytes(range(32))), "drill.example/log"
OFTEN = {
    "accept": 4, "correct": 4, "answer": 5, "ask": 3, "resume": 5, "acknowledge": 3, "extend": 1, "split": 2,
    "duplicate": 2, "close": 1, "escalate": 1, "hand over": 1,
}  # fmt: skip
LOGGED = {
    "accept": ["accepted"], "correct": ["corrected"], "hand over": ["corrected"], "answer": ["answered"],
    "close": ["answered", "closed"], "ask": ["asked the citizen"], "resume": ["resumed"], "escalate": ["escalated"],
    "split": ["split"], "duplicate": ["closed as a duplicate"], "acknowledge": ["acknowledged"],
    "extend": ["extended"],
}  # fmt: skip
ARRIVALS = ("posts joined", "split off")  # what an act on another case has done to this one
ENDS = frozenset(state.value for state in CLOSED)
THINKING_SECONDS = 0.02


# --- people


def add_people(store: Store) -> list[int]:
    """Twenty accounts: 14 officers and 2 heads of PUC, 2 officers of SLTA, 2 of the oversight; returns their ids."""
    roles = [(Role.OFFICER, "PUC")] * 14 + [(Role.HEAD, "PUC")] * 2 + [(Role.OFFICER, "SLTA")] * 2
    with store.session() as session:
        people = [
            Account(name=f"invented-{n:02}", role=role, mda=mda, created_at=OPENED_AT)
            for n, (role, mda) in enumerate([*roles, *[(Role.OVERSIGHT, None)] * 2])
        ]
        session.add_all(people)
        session.flush()
        return [person.account_id for person in people]


def open_matters(store: Store, n: int) -> list[str]:
    """Cases of three posts each; returns their references."""
    matters = [
        plain_matter("", posts=[post(f"m{number}-{part}", f"no water, says {number}-{part}") for part in range(3)])
        for number in range(n)
    ]
    return open_cases_of(store, *matters, now=OPENED_AT)


@dataclass(frozen=True)
class Done:
    """An act that returned: `seen` is the version that was named, `after` the one that came back."""

    act: str
    actor: str
    reference: str
    seen: int
    after: int
    text: str | None


@dataclass
class Ledger:
    """What officers were told, kept by nobody but them; `failures` is what neither they nor the pipeline may see."""

    done: list[Done] = field(default_factory=list)
    changed: list[tuple[str, int]] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    failures: list[BaseException] = field(default_factory=list)


@dataclass
class Officer:
    """Somebody who takes a case at random, looks at it, and does to it what comes to mind."""

    desk: Desk
    role: Role
    references: list[str]
    dice: random.Random
    ledger: Ledger
    numbers: Iterator[int] = field(default_factory=count)

    def work(self, n: int) -> None:
        for _ in range(n):
            self.act_once()

    def act_once(self) -> None:
        (act,) = self.dice.choices(list(OFTEN), list(OFTEN.values()))
        reference = self.dice.choice(self.references)
        try:
            case = self.desk.case(reference)
            time.sleep(self.dice.random() * THINKING_SECONDS)
            text = f"said by {self.desk.account_id}, number {next(self.numbers)}"
            after = self._do(act, case, text)
        except ChangedMeanwhileError:
            self.ledger.changed.append((reference, case.version))
        except REFUSALS as error:
            self.ledger.refused[type(error).__name__] += 1
        except BaseException as error:
            self.ledger.failures.append(error)
        else:
            actor = f"{self.role.value} {self.desk.account_id}"
            is_said = act in ("answer", "close", "ask")
            self.ledger.done.append(Done(act, actor, reference, case.version, after, text if is_said else None))

    def _do(self, act: str, case: Case, text: str) -> int:
        """Returns the version that the case has after it."""
        desk, ref, seen = self.desk, case.reference, case.version
        if act == "correct":
            return desk.correct(ref, seen, category=self.dice.choice(["water_supply", "electricity"])).version
        if act == "hand over":
            return desk.correct(ref, seen, category="roads").version
        if act == "answer":
            return desk.answer(ref, seen, {"en": text}).version
        if act == "close":
            return desk.close(ref, seen, CaseState.RESOLVED, {"en": text}).version
        if act == "ask":
            return desk.ask(ref, seen, text, "en").version
        if act == "split":
            desk.split(ref, seen, [case.posts[0].post_id] if case.posts else [])
            return seen + 1
        if act == "duplicate":
            return desk.close_as_duplicate(ref, seen, self.dice.choice(self.references)).version
        if act in ("escalate", "extend"):
            return int(getattr(desk, act)(ref, seen, "it is bigger than it looked").version)
        return int(getattr(desk, act)(ref, seen).version)


def work_at_once(urls: Sequence[str], people: Sequence[int], references: list[str], n: int, seed: int) -> Ledger:
    """Let everybody do `n` acts at once, each a thread, spread over stores opened at `urls` as over processes, while a
    pipeline opens cases, adds posts to those that are there and lets late ones rise."""
    ledger, stop = Ledger(), threading.Event()
    stores = [open_store(url) for url in urls]
    try:
        officers = []
        for i, account_id in enumerate(people):
            desk = Desk(stores[i % len(stores)], account_id, DAYS, MDA_OF, lambda: datetime.now(UTC))
            officers.append(Officer(desk, desk.account().role, references, random.Random(seed + i), ledger))
        with ThreadPoolExecutor(len(officers) + 1) as pool:
            pipeline = pool.submit(run_pipeline, urls[0], stop, ledger)
            for working in [pool.submit(officer.work, n) for officer in officers]:
                working.result()
            stop.set()
            pipeline.result()
    finally:
        for store in stores:
            store.close()
    return ledger


def run_pipeline(url: str, stop: threading.Event, ledger: Ledger) -> None:
    """Rounds of what a run does to cases, until it is told to stop; one at the least."""
    with closing(open_store(url)) as store:
        for number in count():
            new = plain_matter("", posts=[post(f"n{number}", "a new matter")])
            joining = [
                plain_matter("", posts=[post(f"m{m}-1", "no water"), post(f"j{m}-{number}", "no water either")])
                for m in range(0, 12, 3)
            ]
            try:
                open_cases(store, [new, *joining], DAYS, OPENED_AT)
                escalate_late(store, DAYS, LATE)
            except BaseException as error:
                ledger.failures.append(error)
            if stop.wait(0.02):
                return


# --- what must hold


def retold(store: Store) -> dict[str, dict[str, Any]]:
    """Every case as the log alone tells it: state, level, agency, category, posts, and what was written to citizens."""
    with store.reading() as session:
        events = session.scalars(sa.select(Event).order_by(Event.seq)).all()
    cases: dict[str, dict[str, Any]] = {}
    for event in events:
        if event.subject is None:
            continue
        told, action = event.details or {}, event.action
        if action == "case opened":
            cases[event.subject] = {
                "state": "received", "level": "agency", "mda": told["mda"], "category": told["category"],
                "posts": set(told["posts"]), "replies": Counter(),
            }  # fmt: skip
            continue
        if action == "split off":
            like = cases[told["out_of"]]
            cases[event.subject] = {**like, "posts": set(told["posts"]), "replies": Counter()}
            continue
        case = cases[event.subject]
        assert case["state"] not in ENDS, f"event {event.seq}: {action} of {event.subject}, which was closed"
        if action == "corrected":
            after = told["after"]
            is_other = after["mda"] != told["before"]["mda"]
            state = "acknowledged" if is_other else "routed"
            case.update(mda=after["mda"], category=after["category"], state=state)
        elif action in ("answered", "asked the citizen"):
            case["replies"].update(told["texts"].values())
            case["state"] = "on_hold" if action == "asked the citizen" else "in_progress"
        elif action in ("closed as a duplicate", "split"):
            case["posts"] = case["posts"] - set(told["posts"])
            case["state"] = "duplicate" if "of" in told else case["state"]
        elif action == "posts joined":
            case["posts"] = case["posts"] | set(told["posts"])
        elif action in ("escalated", "case late"):
            case.update(state="escalated", level=told["level"])
        else:
            steps = {"acknowledged": "acknowledged", "accepted": "routed", "resumed": "in_progress"}
            case["state"] = told["outcome"] if action == "closed" else steps.get(action, case["state"])
    return cases


def held(store: Store) -> dict[str, dict[str, Any]]:
    """Every case as its rows are, in the form of `retold`."""
    with store.reading() as session:
        replies: dict[int, Counter[str]] = defaultdict(Counter)
        for case_id, text in session.execute(sa.select(Reply.case_id, Reply.text)):
            replies[case_id][text] += 1
        posts: dict[int, set[str]] = defaultdict(set)
        for case_id, post_id in session.execute(sa.select(CasePost.case_id, CasePost.post_id)):
            posts[case_id].add(post_id)
        return {
            case.reference: {
                "state": case.state.value, "level": case.level.value, "mda": case.mda, "category": case.category,
                "posts": posts[case.case_id], "replies": replies[case.case_id],
            }
            for case in session.scalars(sa.select(Case))
        }  # fmt: skip


def logged(store: Store) -> Counter[tuple[str, str, str | None]]:
    """(actor, action, case) of every event."""
    with store.reading() as session:
        return Counter(map(tuple, session.execute(sa.select(Event.actor, Event.action, Event.subject)).all()))


def log_findings(store: Store) -> list[str]:
    """What does not hold in the log, once it is signed as it stands."""
    sign_checkpoint(store, KEY, ORIGIN, datetime.now(UTC))
    return verify_store(store, verifier_key(KEY, ORIGIN))


def lost_updates(store: Store, ledger: Ledger) -> list[str]:
    """Acts that changed a case which was not as they had seen it, and versions that no act accounts for."""
    found, by_case = [], defaultdict(list)
    for done in ledger.done:
        by_case[done.reference].append(done)
    with store.reading() as session:
        versions = dict(session.execute(sa.select(Case.reference, Case.version)).all())
    steps = Counter(event[2] for event in logged(store).elements() if event[1] in ("posts joined", "case late"))
    for reference, acts in by_case.items():
        acts.sort(key=lambda done: done.seen)
        found += [
            f"{reference}: {after.act} saw version {after.seen}, and {before.act} had made it {before.after}"
            for before, after in pairwise(acts)
            if after.seen < before.after
        ]
        n = sum(done.after - done.seen for done in acts) + steps[reference]
        if versions[reference] != 1 + n:
            found.append(f"{reference} is at version {versions[reference]}, its acts account for {1 + n}")
    for reference, seen in ledger.changed:
        if versions[reference] <= seen:
            found.append(f"{reference} was refused as changed, and is still at version {seen}")
    return found


def check_ledger(store: Store, ledger: Ledger) -> None:
    """Assert that nothing is lost and nothing is there that nobody did."""
    assert ledger.failures == []
    assert lost_updates(store, ledger) == []
    assert held(store) == retold(store)
    told = Counter((done.actor, action, done.reference) for done in ledger.done for action in LOGGED[done.act])
    by_people = Counter({event: n for event, n in logged(store).items() if event[0] != "pipeline"})
    assert Counter({event: n for event, n in by_people.items() if event[1] not in ARRIVALS}) == told
    written = Counter(text for case in held(store).values() for text in case["replies"].elements())
    assert written == Counter(done.text for done in ledger.done if done.text)


# --- writers who are killed


def write_until_killed(url: str, told: int, seed: int) -> None:
    """Submit, open a case, decide on it, again and again; each is acknowledged on the file descriptor `told`, a JSON
    line, once it was said to be written."""

    def tell(**said: Any) -> None:
        os.write(told, json.dumps(said).encode() + b"\n")

    with suppress(PortalError), closing(open_store(url)) as store:  # the database may be killed in its place
        with store.reading() as session:
            officer = session.scalars(sa.select(Account.account_id).order_by(Account.account_id)).first()
        desk, name = Desk(store, officer or 0, DAYS, MDA_OF, lambda: datetime.now(UTC)), f"{os.getpid()}-{seed}"
        for number in count():
            text = f"said {number} by {name}"
            tell(receipt=submit(store, text=text, received_at=datetime.now(UTC)), text=text)
            (case,) = open_cases_of(store, plain_matter("", posts=[post(f"{name}-{number}", text)]))
            tell(case=case, version=1)
            tell(case=case, version=desk.accept(case, 1).version)
            tell(case=case, version=desk.answer(case, 2, {"en": text}).version, text=text)
            if number % 3 == 0:
                tell(case=case, version=desk.close(case, 3, CaseState.RESOLVED, {}).version)


@contextmanager
def writing(url: str, seed: int) -> Iterator[tuple[int, list[dict[str, Any]]]]:
    """A process that writes, from its first acknowledgement on: its id, and what it acknowledged, whole once the block
    has ended it, whichever way."""
    reading, told = os.pipe()
    child = multiprocessing.get_context("fork").Process(target=write_until_killed, args=(url, told, seed))
    child.start()
    os.close(told)
    acknowledged: list[dict[str, Any]] = []
    with open(reading, "rb") as lines:
        first = lines.readline()
        try:
            yield child.pid or 0, acknowledged
        finally:
            rest = lines.read()  # until the process is no more
            child.join()
    whole = (first + rest).split(b"\n")[:-1]  # what was cut off was not acknowledged
    assert whole, "the writer wrote nothing at all"
    acknowledged += map(json.loads, whole)


def killed_writer(url: str, dice: random.Random, longest_seconds: float) -> list[dict[str, Any]]:
    """Let a process write and kill it at a random moment; returns all that it acknowledged."""
    with writing(url, dice.randrange(10**9)) as (pid, acknowledged):
        time.sleep(dice.random() * longest_seconds)
        os.kill(pid, signal.SIGKILL)
    return acknowledged


def missing(store: Store, acknowledged: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """What was acknowledged and is not there."""
    with store.reading() as session:
        texts = dict(session.execute(sa.select(Submission.reference, Submission.text)).all())
        versions = dict(session.execute(sa.select(Case.reference, Case.version)).all())
        replies = set(session.scalars(sa.select(Reply.text)))
    return [
        said
        for said in acknowledged
        if ("receipt" in said and texts.get(said["receipt"]) != said["text"])
        or ("case" in said and versions.get(said["case"], 0) < said["version"])
        or ("case" in said and "text" in said and said["text"] not in replies)
    ]
