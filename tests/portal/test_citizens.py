"""What the holder of a receipt sees and does, and what nobody learns of it. All people here are invented."""

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import timedelta
from functools import partial

import pytest
import sqlalchemy as sa
from test_desk import refused
from toy_cases import (
    DAYS,
    NOON,
    Clock,
    add_account,
    count_rows,
    desk_of,
    events,
    everything,
    mahe,
    open_toy_case,
    post_ids,
    put,
    read_case,
    routed_post,
    run_pipeline,
    submitted_case,
    toy_matter,
    version_of,
)

from portal.cases import open_cases
from portal.citizens import MOST_APPEALS, REVIEW_DAYS, Standing, add, appeal, standing
from portal.desk import Desk
from portal.errors import (
    ChangedMeanwhileError,
    DecisionRefusedError,
    NotAllowedError,
    SubmissionRefusedError,
    UnknownReceiptError,
)
from portal.models import Case, CaseState, Event, Level, Role, Submission
from portal.store import Store
from portal.submissions import submit

RAW = "PLANTED-WORDS napa delo kot Zan Envante"
ANSWER = {"en": "The pipe was repaired on Monday and the water is back."}
DAY = timedelta(days=1)


def close(store: Store, desk: Desk, reference: str, outcome: CaseState = CaseState.NOT_UPHELD) -> None:
    desk.close(reference, version_of(store, reference), outcome, ANSWER)


def closed_case(store: Store, desk: Desk, outcome: CaseState = CaseState.NOT_UPHELD) -> tuple[str, str]:
    receipt, reference = submitted_case(store, RAW)
    close(store, desk, reference, outcome)
    return receipt, reference


def read_cases(store: Store) -> list[Case]:
    with store.reading() as session:
        references = list(session.scalars(sa.select(Case.reference).order_by(Case.case_id)))
    return [read_case(store, reference) for reference in references]


def followers(store: Store, receipt: str) -> list[str]:
    with store.reading() as session:
        asked = sa.select(Submission.reference).where(Submission.follows == receipt).order_by(Submission.submission_id)
        return list(session.scalars(asked))


def test_a_receipt_says_how_a_case_stands_from_its_receipt_to_its_end(store: Store) -> None:
    clock = Clock()
    receipt = submit(store, text=RAW, received_at=NOON)
    assert standing(store, receipt) == Standing(receipt, NOON)
    run_pipeline(store)
    desk = desk_of(store, clock=clock)
    due = DAYS.after(NOON, 10)
    stands = standing(store, receipt)
    assert (stands.state, stands.mda, stands.answer_by, stands.level) == (CaseState.RECEIVED, "PUC", due, Level.AGENCY)
    assert (stands.said, stands.may_add, stands.may_appeal, stands.closed_at) == ([], True, False, None)
    reference = read_cases(store)[0].reference
    desk.ask(reference, 1, "Which house?", "en")
    clock.now += DAY
    desk.resume(reference, version_of(store, reference))
    desk.answer(reference, version_of(store, reference), ANSWER)
    stands = standing(store, receipt)
    assert [(said.kind, said.lang, said.text, said.written_at) for said in stands.said] == [
        ("question", "en", "Which house?", NOON), ("answer", "en", ANSWER["en"], clock.now),
    ]  # fmt: skip
    assert (stands.state, stands.answer_by, stands.may_add) == (CaseState.IN_PROGRESS, None, True)
    desk.close(reference, version_of(store, reference), CaseState.PARTLY_UPHELD, {})
    stands = standing(store, receipt)
    assert (stands.state, stands.closed_at, stands.answer_by) == (CaseState.PARTLY_UPHELD, clock.now, None)
    assert (stands.may_add, stands.may_appeal) == (False, True)


@pytest.mark.parametrize(
    "typed",
    [
        pytest.param(lambda receipt: receipt.lower(), id="small letters"),
        pytest.param(lambda receipt: f"  {receipt}\n", id="spaces round it"),
        pytest.param(lambda receipt: receipt.lower().replace("-", " "), id="spaces for dashes"),
        pytest.param(lambda receipt: receipt.replace("-", " - "), id="spaces beside dashes"),
        pytest.param(lambda receipt: receipt.replace("-", ""), id="no dashes"),
    ],
)
def test_a_receipt_is_known_however_it_is_typed(store: Store, typed: Callable[[str], str]) -> None:
    receipt = submit(store, text=RAW, received_at=NOON)
    submit(store, text="another", received_at=NOON)
    assert standing(store, typed(receipt)).receipt == receipt
    add(store, typed(receipt), "the house by the bridge", NOON)
    assert len(followers(store, receipt)) == 1


def test_a_receipt_of_another_form_is_known_as_it_is(store: Store) -> None:
    for receipt in ("imported-17", "S-1", "S-2222-3333"):
        submit(store, text=RAW, received_at=NOON, reference=receipt)
        assert standing(store, f" {receipt} ").receipt == receipt


def test_what_is_no_receipt_opens_nothing_for_any_act(store: Store) -> None:
    receipt, reference = closed_case(store, desk_of(store))
    before = everything(store)
    for wrong in ("", " ", "-", "%", reference, receipt[:-1], receipt[:-1] + "0", f"of {receipt}", "S-2222-2222-2222"):
        for act in (
            lambda typed: standing(store, typed),
            lambda typed: add(store, typed, "more", NOON),
            lambda typed: appeal(store, typed, "more", DAYS, NOON),
        ):
            with pytest.raises(UnknownReceiptError) as error:
                act(wrong)
            assert len(wrong) < 3 or wrong not in str(error.value)
    assert everything(store) == before


def test_a_standing_holds_no_words_of_the_citizen_and_no_name(store: Store) -> None:
    officer, other = desk_of(store), desk_of(store)
    receipt, reference = closed_case(store, officer)
    appeal(store, receipt, "PLANTED-APPEAL by Zan", DAYS, NOON)
    other.accept(reference, version_of(store, reference))
    run_pipeline(store)
    shown = repr(standing(store, receipt))
    names = [row[1] for row in everything(store)["accounts"]]
    assert [word for word in ("PLANTED", "Zan", reference, "says of", *names) if word in shown] == []
    assert set(asdict(standing(store, receipt))) == {
        "receipt", "received_at", "state", "mda", "answer_by", "closed_at", "level", "said", "n_added", "may_add",
        "may_appeal", "is_erased",
    }  # fmt: skip


def test_the_public_part_of_the_log_holds_no_receipt_and_no_words(store: Store) -> None:
    receipt, reference = closed_case(store, desk_of(store))
    appeal(store, receipt, "PLANTED-APPEAL", DAYS, NOON)
    add(store, receipt, "PLANTED-MORE", NOON)
    run_pipeline(store)
    receipts = [receipt, *followers(store, receipt)]
    assert len(receipts) == 3
    with store.reading() as session:
        public = [(event.actor, event.action, event.subject) for event in session.scalars(sa.select(Event))]
    said = repr(public)
    assert [word for word in (*receipts, "PLANTED", "Zan") if word in said] == []
    assert [entry for entry in public if entry[0] == "citizen"] == [
        ("citizen", "received", None), ("citizen", "received", None), ("citizen", "appealed", reference),
        ("citizen", "received", None),
    ]  # fmt: skip
    assert "PLANTED" not in json.dumps(events(store))


def test_an_erased_submission_stands_as_erased_and_takes_nothing_more(store: Store) -> None:
    receipt, _ = closed_case(store, desk_of(store))
    with store.session() as session:
        session.execute(sa.update(Submission).values(text="", author=None, erased_at=NOON))
    assert standing(store, receipt) == Standing(receipt, NOON, is_erased=True, may_add=False)
    refused(store, lambda: add(store, receipt, "more", NOON), DecisionRefusedError)
    refused(store, lambda: appeal(store, receipt, "more", DAYS, NOON), DecisionRefusedError)


# Adding


def test_what_is_added_follows_the_first_submission_and_joins_its_case_at_the_next_run(store: Store) -> None:
    receipt, reference = submitted_case(store, RAW)
    open_toy_case(store, "of somebody else")
    add(store, receipt, "the house by the bridge", NOON)
    assert standing(store, receipt).n_added == 1
    assert run_pipeline(store, NOON + DAY) == 0
    (more,) = followers(store, receipt)
    assert post_ids(read_case(store, reference)) == sorted([f"of {receipt}", f"of {more}"])
    assert standing(store, more).receipt == receipt  # the receipt of what was added opens the whole
    add(store, more, "and it is urgent", NOON)
    assert len(followers(store, receipt)) == 2
    before = everything(store)
    assert run_pipeline(store, NOON + DAY) == 0
    assert run_pipeline(store, NOON + DAY) == 0
    assert len(everything(store)["events"]) == len(before["events"]) + 1


def test_what_is_added_before_any_case_joins_that_of_its_first_submission_in_the_same_run(store: Store) -> None:
    receipt = submit(store, text=RAW, received_at=NOON)
    add(store, receipt, "the house by the bridge", NOON)
    assert run_pipeline(store) == 1
    (more,) = followers(store, receipt)
    (case,) = read_cases(store)
    assert post_ids(case) == sorted([f"of {receipt}", f"of {more}"])


def test_what_is_added_never_joins_the_case_of_another_however_alike_it_is(store: Store) -> None:
    theirs, their_case = submitted_case(store, "theirs")
    mine, my_case = submitted_case(store, RAW)
    add(store, mine, "still no water", NOON)
    (more,) = followers(store, mine)
    group = [routed_post(f"of {receipt}", receipt=receipt) for receipt in (theirs, more)]
    assert open_cases(store, [toy_matter(*group)], DAYS, NOON) == 0
    assert post_ids(read_case(store, their_case)) == [f"of {theirs}"]
    assert post_ids(read_case(store, my_case)) == sorted([f"of {mine}", f"of {more}"])


def test_what_is_added_to_a_case_that_closed_before_the_run_opens_a_new_one(store: Store) -> None:
    desk, (receipt, reference) = desk_of(store), submitted_case(store, RAW)
    add(store, receipt, "it is dry again", NOON)
    close(store, desk, reference)
    before = read_case(store, reference)
    assert run_pipeline(store, NOON + DAY) == 1
    (more,) = followers(store, receipt)
    after = read_case(store, reference)
    assert (post_ids(after), after.state, after.version) == (post_ids(before), CaseState.NOT_UPHELD, before.version)
    assert [post_ids(case) for case in read_cases(store)] == [[f"of {receipt}"], [f"of {more}"]]
    assert [standing(store, one).state for one in (receipt, more)] == [CaseState.RECEIVED] * 2  # the open one
    (_, newest) = read_cases(store)
    close(store, desk, newest.reference, CaseState.UPHELD)
    assert standing(store, receipt).state is CaseState.UPHELD


def test_what_is_added_to_a_case_on_hold_resumes_it_once_and_gives_back_the_days_waited(store: Store) -> None:
    clock = Clock(mahe(2026, 8, 5))  # a Wednesday
    desk, (receipt, reference) = desk_of(store, clock=clock), submitted_case(store, RAW)
    desk.ask(reference, 1, "Which house?", "en")
    due = read_case(store, reference).answer_by
    assert due == mahe(2026, 8, 17, 23, 59, 59)
    seen = version_of(store, reference)
    for words in ("the house", "by the bridge"):
        add(store, receipt, words, mahe(2026, 8, 10))
    run_pipeline(store, mahe(2026, 8, 11))  # Thursday, Friday, Monday and Tuesday were waited
    case = read_case(store, reference)
    assert (case.state, case.held_since) == (CaseState.IN_PROGRESS, None)
    assert case.answer_by == mahe(2026, 8, 21, 23, 59, 59)
    assert [entry for entry in events(store, reference) if entry[1] == "resumed"] == [
        ("citizen", "resumed", {"working_days_waited": 4})
    ]
    assert len(case.posts) == 3
    refused(store, lambda: desk.resume(reference, seen), ChangedMeanwhileError)
    assert standing(store, receipt).answer_by == case.answer_by


def test_somebody_elses_post_that_joins_a_case_on_hold_resumes_nothing(store: Store) -> None:
    desk, (receipt, reference) = desk_of(store), submitted_case(store, RAW)
    desk.ask(reference, 1, "Which house?", "en")
    other = submit(store, text="me too", received_at=NOON)
    group = [routed_post(f"of {name}", receipt=name) for name in (receipt, other)]
    open_cases(store, [toy_matter(*group)], DAYS, NOON + DAY)
    case = read_case(store, reference)
    assert (case.state, len(case.posts)) == (CaseState.ON_HOLD, 2)


def test_what_is_grave_in_what_was_added_holds_for_the_case(store: Store) -> None:
    receipt, reference = submitted_case(store, RAW)
    add(store, receipt, "they want money", NOON)
    run_pipeline(store, accused=["PUC"], is_confidential=True)
    case = read_case(store, reference)
    assert (case.is_confidential, case.level, case.accused) == (True, Level.OVERSIGHT, ["PUC"])


def test_nothing_is_added_to_a_closed_case_and_no_empty_or_endless_text(store: Store) -> None:
    desk = desk_of(store)
    for outcome in (CaseState.RESOLVED, CaseState.WITHDRAWN):
        receipt, _ = closed_case(store, desk, outcome)
        assert "closed case" in refused(store, partial(add, store, receipt, "more", NOON), DecisionRefusedError)
    receipt, _ = submitted_case(store, RAW)
    for text in ("", " \n", "x" * 200_001):
        refused(store, partial(add, store, receipt, text, NOON), SubmissionRefusedError)


# Appeals


def test_an_appeal_opens_the_case_anew_for_somebody_else_and_bars_who_decided(store: Store) -> None:
    clock = Clock()
    first, second = desk_of(store, clock=clock), desk_of(store, clock=clock)
    receipt, reference = closed_case(store, first)
    clock.now += 3 * DAY
    appeal(store, receipt, "PLANTED it is still dry", DAYS, clock.now)
    case = read_case(store, reference)
    assert (case.state, case.level, case.appeals, case.barred) == (
        CaseState.RECEIVED, Level.AGENCY, 1, [first.account_id],
    )  # fmt: skip
    assert (case.answered_at, case.closed_at, case.handler_id, case.risen_at) == (None,) * 4
    assert (case.appealed_at, case.first_answered_at, REVIEW_DAYS) == (clock.now, NOON, 20)
    assert (case.acknowledge_by, case.answer_by) == (DAYS.after(clock.now, 2), DAYS.after(clock.now, 20))
    details = {"n": 1, "level": "agency", "barred": [first.account_id]}
    assert events(store, reference)[-1] == ("citizen", "appealed", details)
    stands = standing(store, receipt)
    assert (stands.state, stands.may_add, stands.may_appeal, stands.n_added) == (CaseState.RECEIVED, True, False, 1)
    assert stands.answer_by == case.answer_by
    refused(store, lambda: first.accept(reference, case.version), NotAllowedError)
    assert second.accept(reference, case.version).handler_id == second.account_id
    refused(store, lambda: second.close(reference, case.version + 1, CaseState.UPHELD, {}), DecisionRefusedError)
    close(store, second, reference, CaseState.UPHELD)


def test_the_second_appeal_goes_to_the_ombudsman_and_the_third_is_refused(store: Store) -> None:
    first, second = desk_of(store), desk_of(store)
    overseers = [desk_of(store, Role.OVERSIGHT) for _ in range(2)]
    receipt, reference = closed_case(store, first)
    appeal(store, receipt, "no", DAYS, NOON)
    close(store, second, reference)
    appeal(store, receipt, "still no", DAYS, NOON)
    case = read_case(store, reference)
    assert (case.level, case.appeals, case.barred) == (
        Level.OMBUDSMAN, MOST_APPEALS, sorted([first.account_id, second.account_id]),
    )  # fmt: skip
    for barred in (first, second):
        refused(store, partial(barred.accept, reference, case.version), NotAllowedError)
    close(store, overseers[0], reference, CaseState.UPHELD)
    assert not standing(store, receipt).may_appeal
    refused(store, lambda: appeal(store, receipt, "once more", DAYS, NOON), DecisionRefusedError)


@pytest.mark.parametrize(
    "others",
    [
        pytest.param([], id="nobody"),
        pytest.param([(Role.OFFICER, "SLTA", False)], id="of another agency"),
        pytest.param([(Role.OFFICER, "PUC", True)], id="disabled"),
        pytest.param([(Role.ANALYST, None, False), (Role.ADMINISTRATOR, None, False)], id="of no agency"),
    ],
)
def test_where_the_agency_has_nobody_else_the_first_appeal_goes_to_the_oversight(
    store: Store, others: list[tuple[Role, str | None, bool]]
) -> None:
    only, overseer = desk_of(store), desk_of(store, Role.OVERSIGHT)
    for role, mda, is_disabled in others:
        add_account(store, role, mda, is_disabled=is_disabled)
    receipt, reference = closed_case(store, only)
    appeal(store, receipt, "no", DAYS, NOON)
    case = read_case(store, reference)
    assert (case.level, case.barred) == (Level.OVERSIGHT, [only.account_id])
    close(store, overseer, reference)
    appeal(store, receipt, "no", DAYS, NOON)
    case = read_case(store, reference)
    # the oversight has nobody else either: its only one looks again
    assert (case.level, case.barred) == (Level.OMBUDSMAN, [only.account_id])
    close(store, overseer, reference)


def test_of_two_overseers_the_one_who_decided_is_barred(store: Store) -> None:
    officer, one, two = desk_of(store), *(desk_of(store, Role.OVERSIGHT) for _ in range(2))
    receipt, reference = closed_case(store, officer)
    appeal(store, receipt, "no", DAYS, NOON)
    close(store, one, reference)
    appeal(store, receipt, "no", DAYS, NOON)
    assert read_case(store, reference).barred == sorted([officer.account_id, one.account_id])
    refused(store, lambda: close(store, one, reference), NotAllowedError)
    close(store, two, reference)


def test_everybody_who_decided_is_barred_and_nobody_who_only_helped(store: Store) -> None:
    corrected, accepted, closed, asked, extended = (desk_of(store) for _ in range(5))
    receipt, reference = submitted_case(store, RAW)
    asked.ask(reference, 1, "Where?", "en")
    asked.resume(reference, version_of(store, reference))
    extended.extend(reference, version_of(store, reference), "parts")
    corrected.correct(reference, version_of(store, reference), category="electricity")
    put(store, reference, state=CaseState.RECEIVED)
    accepted.accept(reference, version_of(store, reference))
    close(store, closed, reference)
    appeal(store, receipt, "no", DAYS, NOON)
    case = read_case(store, reference)
    assert case.barred == sorted(desk.account_id for desk in (corrected, accepted, closed))
    assert case.is_extended is False
    asked.accept(reference, case.version)


def test_who_is_barred_stays_so_for_what_is_split_off(store: Store) -> None:
    first, second = desk_of(store), desk_of(store)
    receipt, reference = closed_case(store, first)
    appeal(store, receipt, "no", DAYS, NOON)
    run_pipeline(store)
    (more,) = followers(store, receipt)
    new = second.split(reference, version_of(store, reference), [f"of {more}"])
    assert (new.barred, new.appeals) == ([first.account_id], 1)
    refused(store, lambda: first.accept(new.reference, 1), NotAllowedError)


def test_who_is_barred_stays_so_where_the_case_repeats_another(store: Store) -> None:
    first, second = desk_of(store), desk_of(store)
    receipt, reference = closed_case(store, first)
    appeal(store, receipt, "no", DAYS, NOON)
    other = open_toy_case(store)
    second.close_as_duplicate(reference, version_of(store, reference), other)
    case = read_case(store, other)
    assert (case.barred, case.appeals) == ([first.account_id], 1)
    refused(store, lambda: first.accept(other, case.version), NotAllowedError)


def test_the_submission_itself_is_shown_where_its_addition_was_split_off(store: Store) -> None:
    desk, (receipt, reference) = desk_of(store), submitted_case(store, RAW)
    add(store, receipt, "and the road is broken", NOON)
    run_pipeline(store)
    (more,) = followers(store, receipt)
    new = desk.split(reference, version_of(store, reference), [f"of {more}"])
    desk.accept(new.reference, new.version)
    assert standing(store, receipt).state is CaseState.RECEIVED


def test_only_what_a_person_closed_with_an_answer_can_be_appealed_against(store: Store) -> None:
    desk, (receipt, reference) = desk_of(store), submitted_case(store, RAW)
    waiting = submit(store, text=RAW, received_at=NOON)
    refused(store, lambda: appeal(store, waiting, "no", DAYS, NOON), DecisionRefusedError)
    for state in CaseState:
        put(store, reference, state=state)
        is_decided = state in {
            CaseState.RESOLVED, CaseState.UPHELD, CaseState.PARTLY_UPHELD, CaseState.NOT_UPHELD, CaseState.OUT_OF_SCOPE,
        }  # fmt: skip
        assert standing(store, receipt).may_appeal is is_decided
        if not is_decided:
            refused(store, lambda: appeal(store, receipt, "no", DAYS, NOON), DecisionRefusedError)
    close(store, desk, submitted_case(store)[1], CaseState.OUT_OF_SCOPE)


def test_an_appeal_without_a_word_changes_nothing(store: Store) -> None:
    receipt, _ = closed_case(store, desk_of(store))
    refused(store, lambda: appeal(store, receipt, " \n", DAYS, NOON), SubmissionRefusedError)


def test_an_appeal_by_several_at_once_counts_once(store: Store) -> None:
    desk_of(store)
    first, reference = submitted_case(store, RAW)
    other = submit(store, text="me too", received_at=NOON)
    group = [routed_post(f"of {name}", receipt=name) for name in (first, other)]
    open_cases(store, [toy_matter(*group)], DAYS, NOON)
    close(store, desk_of(store), reference)
    receipts = [first, other, first, other]
    together = threading.Barrier(len(receipts))

    def try_it(receipt: str) -> str:
        together.wait()
        try:
            appeal(store, receipt, "no", DAYS, NOON)
        except DecisionRefusedError:
            return "refused"
        return "taken"

    with ThreadPoolExecutor(len(receipts)) as pool:
        assert sorted(pool.map(try_it, receipts)) == ["refused", "refused", "refused", "taken"]
    assert read_case(store, reference).appeals == 1
    assert [action for _, action, _ in events(store, reference)].count("appealed") == 1
    assert count_rows(store, Submission) == 3


def test_after_an_appeal_the_words_of_it_join_the_case(store: Store) -> None:
    desk_of(store)
    receipt, reference = closed_case(store, desk_of(store))
    appeal(store, receipt, "no", DAYS, NOON)
    assert run_pipeline(store) == 0
    (more,) = followers(store, receipt)
    assert post_ids(read_case(store, reference)) == sorted([f"of {receipt}", f"of {more}"])


def test_a_case_that_repeats_another_stands_as_that_one(store: Store) -> None:
    desk = desk_of(store)
    mine, my_case = submitted_case(store, RAW)
    _, other_case = submitted_case(store, "theirs")
    desk.close_as_duplicate(my_case, 1, other_case)
    assert (standing(store, mine).state, standing(store, mine).may_add) == (CaseState.RECEIVED, True)
    close(store, desk, other_case, CaseState.RESOLVED)
    assert standing(store, mine).said[0].text == ANSWER["en"]
