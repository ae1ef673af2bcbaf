"""Twenty people at their desks and a pipeline, all at once, on the same cases."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import sqlalchemy as sa
from desk_cases import DAYS, desk_of, plain_matter, post
from drills import (
    OFTEN,
    OPENED_AT,
    Done,
    add_people,
    check_ledger,
    log_findings,
    lost_updates,
    open_matters,
    work_at_once,
)

from portal.cases import open_cases
from portal.errors import ChangedMeanwhileError, DecisionRefusedError, TransitionError
from portal.models import Case, CasePost, CaseState
from portal.store import Store

ACTS_EACH = 15


def test_twenty_officers_and_the_pipeline_at_once_lose_nothing_and_see_no_lock(store: Store, store_url: str) -> None:
    references, people = open_matters(store, 30), add_people(store)
    ledger = work_at_once([store_url, store_url], people, references, ACTS_EACH, seed=20261128)
    check_ledger(store, ledger)
    assert log_findings(store) == []
    assert len(ledger.done) > 40
    assert len({done.act for done in ledger.done}) > len(OFTEN) // 2
    assert ledger.changed, "nobody ever met a case that somebody else had changed"
    first = ledger.done[0]  # and the check would have seen an update that was lost
    ledger.done.append(Done("accept", "officer 0", first.reference, first.seen, first.after, None))
    assert lost_updates(store, ledger) != []


def test_two_who_each_call_the_others_case_a_duplicate_do_not_wait_for_each_other(store: Store) -> None:
    people, references = add_people(store), open_matters(store, 20)

    def close(account_id: int, reference: str, of: str) -> bool:
        try:
            desk_of(store, account_id).close_as_duplicate(reference, 1, of)
        except (ChangedMeanwhileError, DecisionRefusedError, TransitionError):
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        for one, other in zip(references[::2], references[1::2], strict=True):
            done = [pool.submit(close, people[0], one, other), pool.submit(close, people[1], other, one)]
            assert sorted(future.result() for future in done) == [False, True]


def test_a_post_does_not_join_a_case_that_is_closed_at_that_moment(store: Store) -> None:
    (reference,) = open_matters(store, 1)
    joining = plain_matter("", posts=[post("m0-0", "no water"), post("new", "no water either")])

    def run() -> int:
        return open_cases(store, [joining], DAYS, OPENED_AT)

    with ThreadPoolExecutor(1) as pool:
        with store.session() as session:  # a desk between its change and its commit
            case = session.scalars(sa.select(Case).where(Case.reference == reference).with_for_update()).one()
            case.state, case.closed_at = CaseState.WITHDRAWN, datetime.now(UTC)
            session.flush()
            running = pool.submit(run)
            time.sleep(0.5)  # long enough for the other to read, where the database lets it
        running.result()
    run()
    with store.reading() as session:
        where = session.execute(sa.select(CasePost.post_id, Case.closed_at).join(Case)).all()
    assert {post_id for post_id, closed_at in where if closed_at is None} == {"new"}
