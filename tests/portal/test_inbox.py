"""Whose cases an inbox shows, in which order, with what counts."""

import itertools
import random
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from toy_cases import (
    DAYS,
    NOON,
    Clock,
    add_account,
    count_rows,
    desk_of,
    mahe,
    open_toy_case,
    put,
    routed_post,
    version_of,
)

from portal.errors import NotAllowedError
from portal.inbox import CaseLine, Filter, Order, Page, inbox
from portal.models import Account, Case, CasePost, CaseState, Level, Role
from portal.permissions import Act, may_on
from portal.store import Store
from portal.transitions import OPEN

MANY = 100_000
LATER = mahe(2026, 9, 1)  # every case opened at NOON is late by then
WORK = {Act.ACCEPT, Act.CORRECT, Act.REPLY, Act.CLOSE, Act.ARRANGE, Act.EXTEND, Act.ESCALATE, Act.REVEAL}


def references(page: Page) -> list[str]:
    return [line.reference for line in page.lines]


def add_cases(store: Store, rows: Sequence[dict[str, Any]], copies: int = 1) -> None:
    """Store many cases at once, each with one post: these rows, and the same again with other numbers."""
    cases = [
        {
            "case_id": i, "reference": f"C{i}", "version": 1, "state": CaseState.RECEIVED, "level": Level.AGENCY,
            "mda": "PUC", "category": "water_supply", "urgency": "normal", "is_confidential": False, "is_formal": True,
            "accused": [], "suggested_category": "water_supply", "suggested_by_model": "toy@1", "confidence": 0.5,
            "candidates": [], "reasons": [], "opened_at": NOON, "acknowledge_by": NOON, "answer_by": NOON, **row,
        }
        for i, row in enumerate(rows)
    ]  # fmt: skip
    columns: dict[str, Any] = {name: getattr(Case, name) for name in cases[0]}
    with store.session() as session:
        session.execute(sa.insert(Case), cases)
        for copy in range(1, copies):
            case_id = Case.case_id + len(rows) * copy
            columns |= {"case_id": case_id, "reference": sa.literal("C") + sa.cast(case_id, sa.String)}
            again = sa.select(*columns.values()).where(Case.case_id < len(rows))
            session.execute(sa.insert(Case).from_select(list(columns), again))
        post = sa.select(Case.reference, Case.case_id, sa.literal("no water"), sa.literal("en"))
        session.execute(sa.insert(CasePost).from_select(["post_id", "case_id", "text", "lang"], post))


def test_an_officer_sees_the_open_cases_of_the_agency(store: Store) -> None:
    own = open_toy_case(store)
    open_toy_case(store, mda="SLTA")
    open_toy_case(store, mda=None)
    open_toy_case(store, accused=["PUC"])
    closed, risen = open_toy_case(store), open_toy_case(store)
    desk = desk_of(store)
    desk.close(closed, 1, CaseState.WITHDRAWN, {})
    desk.escalate(risen, 1, "too big")
    assert references(inbox(store, desk.account_id, NOON)) == [own, risen]
    head = desk_of(store, Role.HEAD)
    assert references(inbox(store, head.account_id, NOON)) == [own, risen]
    head.escalate(risen, 2, "far too big")
    assert references(inbox(store, desk.account_id, NOON)) == [own]


def test_the_oversight_sees_what_has_risen_to_it_and_what_accuses_an_agency(store: Store) -> None:
    open_toy_case(store)
    accusing, risen = open_toy_case(store, accused=["PUC"]), open_toy_case(store)
    put(store, risen, level=Level.OMBUDSMAN)
    assert references(inbox(store, add_account(store, Role.OVERSIGHT), NOON)) == [accusing, risen]


def test_an_analyst_sees_what_has_no_agency_and_is_not_confidential(store: Store) -> None:
    open_toy_case(store)
    lost = open_toy_case(store, mda=None)
    open_toy_case(store, mda=None, is_confidential=True)
    assert references(inbox(store, add_account(store, Role.ANALYST), NOON)) == [lost]


@pytest.mark.parametrize(
    ("role", "fields"),
    [
        pytest.param(Role.STATISTICIAN, {}, id="a statistician"),
        pytest.param(Role.ADMINISTRATOR, {}, id="an administrator"),
        pytest.param(Role.OFFICER, {"is_disabled": True}, id="an account that is disabled"),
    ],
)
def test_who_has_no_inbox_is_told_so(store: Store, role: Role, fields: dict[str, Any]) -> None:
    open_toy_case(store)
    account_id = add_account(store, role, **fields)
    with pytest.raises(NotAllowedError, match="may not see an inbox"):
        inbox(store, account_id, NOON)
    with pytest.raises(NotAllowedError, match="this account may not see an inbox"):
        inbox(store, account_id + 1, NOON)


def test_an_inbox_holds_the_open_cases_that_one_may_work_on_and_no_other(store: Store) -> None:
    """Every mix that can arise: what accuses its own agency is never below the oversight."""
    kinds = itertools.product(
        [None, "PUC", "SLTA"], Level, [[], ["PUC"], ["SLTA"], ["PUC", "SLTA"]], [False, True], [None, NOON]
    )
    rows = [
        {"mda": mda, "level": level, "accused": accused, "is_confidential": is_confidential, "closed_at": closed_at}
        for mda, level, accused, is_confidential, closed_at in kinds
        if mda not in accused or level in (Level.OVERSIGHT, Level.OMBUDSMAN)
    ]
    add_cases(store, rows)
    people: list[tuple[Role, str | None]] = [(Role.ANALYST, None), (Role.OVERSIGHT, None)]
    people += [(role, mda) for role in (Role.OFFICER, Role.HEAD) for mda in ("PUC", "SLTA", "LWMA", "nobody's")]
    ids = [add_account(store, role, mda) for role, mda in people]
    with store.session() as session:
        session.execute(sa.update(Account).where(Account.mda == "nobody's").values(mda=None))
        accounts = [session.get_one(Account, account_id) for account_id in ids]
        cases = session.scalars(sa.select(Case)).all()
    differ = []
    for account in accounts:
        shown = set(references(inbox(store, account.account_id, NOON, size=len(cases))))
        for case in cases:
            is_to_do = case.closed_at is None and any(may_on(account, act, case) for act in WORK)
            if is_to_do != (case.reference in shown):
                where = "only allowed" if is_to_do else "only shown"
                differ.append((where, account.role.value, account.mda, case.mda, case.level.value, case.accused))
    assert not differ, "\n".join(map(str, differ))


def test_the_inbox_begins_with_what_is_due_first_and_of_a_day_with_what_is_most_urgent(store: Store) -> None:
    late, plain, urgent, emergency, first = [
        open_toy_case(store, now=NOON + timedelta(days=days), urgency=urgency)
        for days, urgency in ((9, "emergency"), (1, "normal"), (1, "urgent"), (1, "emergency"), (0, "normal"))
    ]
    page = inbox(store, add_account(store, Role.OFFICER), NOON)
    assert references(page) == [first, emergency, urgent, plain, late]


def test_the_inbox_may_begin_with_what_the_machine_is_least_sure_of(store: Store) -> None:
    sure, unsure, half = [open_toy_case(store, confidence=confidence) for confidence in (0.9, 0.1, 0.5)]
    page = inbox(store, add_account(store, Role.OFFICER), NOON, order=Order.UNSURE)
    assert references(page) == [unsure, half, sure]
    assert [line.confidence for line in page.lines] == [0.1, 0.5, 0.9]


def test_an_inbox_is_filtered_and_counts_what_meets_the_filter(store: Store) -> None:
    desk = desk_of(store)
    mine, power, urgent, waiting = [
        open_toy_case(store, category=category, urgency=urgency)
        for category, urgency in (
            ("water_supply", "normal"), ("electricity", "normal"),
            ("water_supply", "urgent"), ("electricity", "urgent"),
        )
    ]  # fmt: skip
    desk.accept(mine, 1)
    desk.ask(waiting, 1, "Where?", "en")
    open_toy_case(store, mda="SLTA", category="electricity")

    def found(**asked: Any) -> tuple[list[str], int, int]:
        page = inbox(store, desk.account_id, LATER, asked=Filter(**asked))
        return references(page), page.n_open, page.n_late

    assert found() == ([urgent, waiting, mine, power], 4, 3)
    assert found(state=CaseState.RECEIVED) == ([urgent, power], 2, 2)
    assert found(category="electricity") == ([waiting, power], 2, 1)
    assert found(urgency="urgent") == ([urgent, waiting], 2, 1)
    assert found(is_late=True) == ([urgent, mine, power], 3, 3)
    assert found(is_late=False) == ([waiting], 1, 0)
    assert found(is_mine=True) == ([mine], 1, 1)
    assert found(category="electricity", urgency="urgent", is_late=True) == ([], 0, 0)


def test_a_case_is_late_after_its_time_unless_it_waits_for_the_citizen_or_was_answered(store: Store) -> None:
    clock = Clock()
    desk = desk_of(store, clock=clock)
    plain, waiting, answered = [open_toy_case(store) for _ in range(3)]
    desk.ask(waiting, 1, "Where?", "en")
    desk.answer(answered, 1, {"en": "The pipe was repaired on Monday."})
    due = DAYS.after(NOON, 10)
    for now, late in ((due, []), (due + timedelta(seconds=1), [plain])):
        page = inbox(store, desk.account_id, now)
        assert [line.reference for line in page.lines if line.is_late] == late
        assert (page.n_open, page.n_late) == (3, len(late))
        assert references(inbox(store, desk.account_id, now, asked=Filter(is_late=True))) == late


def test_a_line_shows_the_case_as_it_stands_and_its_earliest_post(store: Store) -> None:
    reference = open_toy_case(
        store,
        routed_post("b", text="second", said_at=NOON),
        routed_post("c", text="undated", said_at=None),
        routed_post("a", text="napa delo", lang="crs", district="SC-08", said_at=NOON - timedelta(days=1)),
        urgency="urgent", is_confidential=True, is_formal=False, confidence=0.25,
    )  # fmt: skip
    [line] = inbox(store, add_account(store, Role.OFFICER), NOON).lines
    assert line == CaseLine(
        reference, 1, CaseState.RECEIVED, Level.AGENCY, "water_supply", "PUC", "urgent", False, True, 0.25,
        DAYS.after(NOON, 10), False, 3, "napa delo", "crs", "SC-08",
    )  # fmt: skip


def test_a_line_of_a_case_without_posts_has_no_text(store: Store) -> None:
    reference, other = open_toy_case(store, "a"), open_toy_case(store, "b")
    with store.session() as session:
        session.execute(sa.delete(CasePost).where(CasePost.post_id == "a"))
    lines = inbox(store, add_account(store, Role.OFFICER), NOON).lines
    assert [(line.reference, line.n_posts, line.text) for line in lines] == [
        (reference, 0, ""), (other, 1, "no water at [person]'s house, says b"),
    ]  # fmt: skip


@pytest.mark.parametrize("order", Order)
def test_pages_hold_every_case_once(store: Store, order: Order) -> None:
    tied = random.Random(5)
    add_cases(store, [{"answer_by": NOON, "confidence": tied.choice([0.1, 0.2])} for _ in range(25)])
    account_id = add_account(store, Role.OFFICER)
    pages = [inbox(store, account_id, NOON, order=order, start=start, size=7) for start in range(0, 35, 7)]
    assert [len(page.lines) for page in pages] == [7, 7, 7, 4, 0]
    assert {page.n_open for page in pages} == {25}
    together = [reference for page in pages for reference in references(page)]
    assert sorted(together) == sorted(f"C{i}" for i in range(25))
    assert together == references(inbox(store, account_id, NOON, order=order))


def test_a_version_from_the_inbox_is_the_one_to_act_on(store: Store) -> None:
    desk, reference = desk_of(store), open_toy_case(store)
    desk.acknowledge(reference, 1)
    [line] = inbox(store, desk.account_id, NOON).lines
    assert line.version == version_of(store, reference)
    assert desk.accept_all({line.reference: line.version}) == {}


def test_a_page_of_a_hundred_thousand_open_cases_comes_at_once(store: Store) -> None:
    chance = random.Random(7)
    rows: list[dict[str, Any]] = [
        {
            "mda": chance.choice(["PUC", "PUC", "SLTA", None]), "level": chance.choice([*Level]),
            "state": chance.choice(sorted(OPEN)), "confidence": chance.random(),
            "urgency": chance.choice(["normal", "normal", "urgent", "emergency"]),
            "answer_by": DAYS.after(NOON, chance.randrange(20)),
        }
        for _ in range(1_000)
    ]  # fmt: skip
    add_cases(store, rows, copies=MANY // len(rows))
    assert count_rows(store, Case) == count_rows(store, CasePost) == MANY
    is_sqlite = store.engine.dialect.name == "sqlite"
    clock = time.thread_time if is_sqlite else time.perf_counter  # its own time, whoever else is at work here
    took: dict[str, float] = {}
    for role, order in itertools.product((Role.OFFICER, Role.OVERSIGHT, Role.ANALYST), Order):
        account_id = add_account(store, role)
        seconds = []
        for _ in range(3):
            started = clock()
            page = inbox(store, account_id, NOON + timedelta(days=10), order=order)
            seconds.append(clock() - started)
        assert len(page.lines) == 50
        took[f"{role.value}, {order.value} first"] = min(seconds)
    said = ", ".join(f"{what}: {seconds * 1000:.0f} ms" for what, seconds in took.items())
    assert max(took.values()) < (0.3 if is_sqlite else 1.0), said
