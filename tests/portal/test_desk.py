"""What each act changes, what it refuses, and the event it leaves."""

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from toy_cases import (
    DAYS,
    MODEL,
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
    read_case,
    routed_post,
    toy_matter,
    version_of,
)

from portal.audit.log import forget, history, record
from portal.cases import RoutedMatter, open_cases
from portal.desk import EXTENSION_DAYS, Desk
from portal.errors import (
    ChangedMeanwhileError,
    DecisionRefusedError,
    NotAllowedError,
    PortalError,
    TransitionError,
    UnknownCaseError,
)
from portal.models import Case, CaseState, Level, Reply, ReplyKind, Role, Submission
from portal.store import Store
from portal.submissions import submit
from portal.transitions import CLOSED

RAW = "Mon apel Zan Envante, mon napa delo depi Lendi"
SUGGESTED = {"category": "water_supply", "mda": "PUC", "urgency": "normal"}
REAL = {"en": "The pipe was repaired on Monday and the water is back."}
LATER = NOON + timedelta(days=90)
DECISIONS = (DecisionRefusedError, TransitionError, UnknownCaseError, NotAllowedError)


def last_event(store: Store, reference: str) -> tuple[str, str, Any]:
    return events(store, reference)[-1]


def actor(desk: Desk, role: Role = Role.OFFICER) -> str:
    return f"{role.value} {desk.account_id}"


def replies(store: Store, reference: str) -> list[tuple[ReplyKind, str, str]]:
    query = sa.select(Reply).join(Case, Case.case_id == Reply.case_id).where(Case.reference == reference)
    with store.session() as session:
        return [(reply.kind, reply.lang, reply.text) for reply in session.scalars(query.order_by(Reply.reply_id))]


def refused(store: Store, act: Callable[[], Any], *kinds: type[PortalError]) -> str:
    """The sentence of a refused act, of which nothing was written."""
    before = everything(store)
    with pytest.raises(kinds or DECISIONS) as error:
        act()
    assert everything(store) == before
    return str(error.value)


def test_acknowledging_says_that_the_agency_has_seen_it(store: Store) -> None:
    desk, reference = desk_of(store), open_toy_case(store)
    case = desk.acknowledge(reference, 1)
    assert (case.state, case.version, case.decided_at) == (CaseState.ACKNOWLEDGED, 2, None)
    assert last_event(store, reference) == (actor(desk), "acknowledged", {})
    assert "acknowledge" in refused(store, lambda: desk.acknowledge(reference, 2), TransitionError)


def test_accepting_makes_the_suggestion_a_persons_word(store: Store) -> None:
    desk, reference = desk_of(store), open_toy_case(store)
    desk.accept(reference, 1)
    case = read_case(store, reference)
    assert (case.state, case.decided_at, case.handler_id) == (CaseState.ROUTED, NOON, desk.account_id)
    assert last_event(store, reference) == (actor(desk), "accepted", SUGGESTED)
    refused(store, lambda: desk.accept(reference, 2), TransitionError)


def test_accepting_many_takes_each_on_its_own_and_says_why_one_was_not(store: Store) -> None:
    desk = desk_of(store)
    good, seen_before, closed, foreign = [open_toy_case(store, mda=mda) for mda in ("PUC", "PUC", "PUC", "SLTA")]
    desk.acknowledge(seen_before, 1)
    desk.close(closed, 1, CaseState.WITHDRAWN, {})
    also_good = open_toy_case(store)
    asked = {good: 1, seen_before: 1, closed: 2, foreign: 1, "C-ZZZZ-ZZZZ": 1, also_good: 1}
    why = {reference: str(error) for reference, error in desk.accept_all(asked).items()}
    assert list(why) == [seen_before, closed, foreign, "C-ZZZZ-ZZZZ"]
    assert "someone changed" in why[seen_before]
    assert "is withdrawn" in why[closed]
    assert why[foreign] == why["C-ZZZZ-ZZZZ"].replace("C-ZZZZ-ZZZZ", foreign)
    states = {reference: read_case(store, reference).state for reference in (good, seen_before, foreign, also_good)}
    assert list(states.values()) == [
        CaseState.ROUTED, CaseState.ACKNOWLEDGED, CaseState.RECEIVED, CaseState.ROUTED,
    ]  # fmt: skip
    assert [action for _, action, _ in events(store)].count("accepted") == 2
    assert desk.accept_all({}) == {}


def test_a_correction_says_what_was_before_and_after_and_keeps_what_the_machine_said(store: Store) -> None:
    desk, reference = desk_of(store), open_toy_case(store)
    case = desk.correct(reference, 1, category="electricity", urgency="urgent")
    assert (case.state, case.category, case.mda, case.urgency) == (CaseState.ROUTED, "electricity", "PUC", "urgent")
    assert (case.suggested_category, case.suggested_mda, case.suggested_by_model) == ("water_supply", "PUC", MODEL)
    assert (case.decided_at, case.level) == (NOON, Level.AGENCY)
    before = {**SUGGESTED, "is_confidential": False}
    after = {**before, "category": "electricity", "urgency": "urgent"}
    assert last_event(store, reference) == (actor(desk), "corrected", {"before": before, "after": after})


def test_a_correction_of_nothing_is_refused(store: Store) -> None:
    desk, reference = desk_of(store), open_toy_case(store)
    assert "say what" in refused(store, lambda: desk.correct(reference, 1), DecisionRefusedError)


def test_a_person_makes_a_case_confidential_and_open_again(store: Store) -> None:
    desk, analyst, reference = desk_of(store), desk_of(store, Role.ANALYST), open_toy_case(store, urgency="urgent")
    case = desk.correct(reference, 1, is_confidential=True)
    assert (case.is_confidential, case.category, case.urgency, case.decided_at) == (
        True,
        "water_supply",
        "urgent",
        NOON,
    )
    details = last_event(store, reference)[2]
    assert (details["before"]["is_confidential"], details["after"]["is_confidential"]) == (False, True)
    refused(store, lambda: analyst.case(reference), UnknownCaseError)
    assert desk.correct(reference, case.version, category="electricity").is_confidential  # left as it is
    case = desk.correct(reference, version_of(store, reference), is_confidential=False)
    assert (case.is_confidential, analyst.case(reference).reference) == (False, reference)


def test_a_case_that_a_person_made_confidential_stays_so_when_plain_posts_join(store: Store) -> None:
    desk, reference = desk_of(store), open_toy_case(store, "a")
    desk.correct(reference, 1, is_confidential=True)
    open_cases(store, [toy_matter("a", "new")], DAYS, NOON)
    assert read_case(store, reference).is_confidential


def test_a_case_that_was_escalated_can_be_accepted_there(store: Store) -> None:
    desk, reference = desk_of(store), open_toy_case(store)
    desk.escalate(reference, 1, "too big")
    head = desk_of(store, Role.HEAD)
    case = head.accept(reference, 2)
    assert (case.state, case.level, case.handler_id) == (CaseState.ROUTED, Level.HEAD, head.account_id)


# Telling those who wrote elsewhere


def test_that_a_writer_elsewhere_was_told_is_noted_with_its_time(store: Store) -> None:
    clock = Clock()
    desk = desk_of(store, clock=clock)
    receipt = submit(store, text=RAW, received_at=NOON)
    reference = open_toy_case(store, "social1", "social2", routed_post("formal", receipt=receipt))
    assert "no answer yet" in refused(store, lambda: desk.tell(reference, 1, ["social1"]), DecisionRefusedError)
    version = desk.answer(reference, 1, REAL).version
    for chosen in ([], ["formal"], ["social1", "formal"], ["nowhere"], ["social1", "nowhere"]):
        assert "receipt" in refused(store, partial(desk.tell, reference, version, chosen), DecisionRefusedError)
    clock.now += timedelta(hours=2)
    case = desk.tell(reference, version, ["social1"])
    assert {post.post_id: post.told_at for post in case.posts} == {
        "social1": clock.now, "social2": None, "formal": None,
    }  # fmt: skip
    assert last_event(store, reference) == (actor(desk), "told", {"posts": ["social1"]})
    refused(store, lambda: desk.tell(reference, version, ["social2"]), ChangedMeanwhileError)
    assert case.version > version


def test_writers_are_told_of_a_closed_case_too(store: Store) -> None:
    desk, reference = desk_of(store), open_toy_case(store, "social")
    version = desk.close(reference, 1, CaseState.RESOLVED, REAL).version
    assert desk.tell(reference, version, ["social"]).posts[0].told_at == NOON


# Taking up what people say elsewhere


def social_matter(*posts: str, **fields: Any) -> RoutedMatter:
    said = [routed_post(post, source="reddit", url=f"https://social.example/{post}") for post in posts]
    return toy_matter(*said, **{"is_formal": False, **fields})


def test_a_matter_that_is_taken_up_is_a_case_of_the_person_who_did(store: Store) -> None:
    desk = desk_of(store)
    reference = desk.take_up(social_matter("a", "b", urgency="urgent"))
    case = read_case(store, reference)
    assert (case.state, case.level, case.mda, case.is_formal) == (CaseState.ROUTED, Level.AGENCY, "PUC", False)
    assert (case.handler_id, case.decided_at, case.opened_at) == (desk.account_id, NOON, NOON)
    assert (case.acknowledge_by, case.answer_by) == (DAYS.after(NOON, 2), DAYS.after(NOON, 10))
    assert (case.suggested_category, case.suggested_by_model, case.urgency) == ("water_supply", MODEL, "urgent")
    assert {(post.post_id, post.receipt, post.source) for post in case.posts} == {
        ("a", None, "reddit"), ("b", None, "reddit"),
    }  # fmt: skip
    assert [(who, action) for who, action, _ in events(store, reference)] == [
        (actor(desk), "case opened"), (actor(desk), "accepted"),
    ]  # fmt: skip
    desk.answer(reference, version_of(store, reference), REAL)


def test_a_matter_of_which_a_post_is_in_a_case_is_not_taken_up(store: Store) -> None:
    desk = desk_of(store)
    open_case, closed_case = open_toy_case(store, "a"), open_toy_case(store, "b")
    desk.close(closed_case, 1, CaseState.WITHDRAWN, {})
    mine = desk.take_up(social_matter("c"))
    for post, reference in (("a", open_case), ("b", closed_case), ("c", mine)):
        take_up = partial(desk.take_up, social_matter("new", post, "newer"))
        assert refused(store, take_up, DecisionRefusedError) == f"this is case {reference} already"
    for matter in (
        social_matter(),
        social_matter("new", is_confidential=True),
        social_matter("new", accused=["PUC"]),
    ):
        refused(store, partial(desk.take_up, matter), DecisionRefusedError)
    desk.take_up(social_matter("new", accused=["SLTA"]))


def test_of_two_who_take_a_matter_up_at_the_same_moment_one_does(store: Store) -> None:
    desks = [desk_of(store) for _ in range(3)]
    together = threading.Barrier(len(desks))

    def work(desk: Desk) -> str:
        together.wait()
        try:
            desk.take_up(social_matter("a", "b"))
        except DecisionRefusedError as error:
            return str(error)[:12]
        return "taken"

    with ThreadPoolExecutor(len(desks)) as pool:
        assert sorted(pool.map(work, desks)) == ["taken", "this is case", "this is case"]
    assert count_rows(store, Case) == 1


def test_what_repeats_a_matter_that_was_taken_up_joins_its_case(store: Store) -> None:
    reference = desk_of(store).take_up(social_matter("a"))
    receipt = submit(store, text=RAW, received_at=NOON)
    open_cases(store, [toy_matter("a", routed_post("formal", receipt=receipt))], DAYS, NOON)
    case = read_case(store, reference)
    assert (post_ids(case), case.is_formal, case.state) == (["a", "formal"], True, CaseState.ROUTED)


def test_a_correction_of_one_thing_leaves_the_other(store: Store) -> None:
    desk, reference = desk_of(store), open_toy_case(store, urgency="emergency")
    assert desk.correct(reference, 1, category="electricity").urgency == "emergency"
    case = desk.correct(reference, 2, urgency="normal")
    assert (case.category, case.urgency) == ("electricity", "normal")


def test_a_correction_to_what_there_is_not_is_refused(store: Store) -> None:
    desk, reference = desk_of(store), open_toy_case(store)
    wrong = [{"category": "weather"}, {"category": ""}, {"urgency": "tomorrow"}, {"category": "roads", "urgency": ""}]
    for asked in wrong:
        refused(store, partial(desk.correct, reference, 1, **asked), DecisionRefusedError)


def test_a_correction_to_another_agencys_category_hands_the_case_over(store: Store) -> None:
    desk, reference = desk_of(store), open_toy_case(store)
    desk.accept(reference, 1)
    case = desk.correct(reference, 2, category="roads")
    assert (case.mda, case.state, case.handler_id) == ("SLTA", CaseState.ACKNOWLEDGED, None)
    assert case.level is Level.AGENCY
    assert case.answer_by == DAYS.after(NOON, 10)  # the citizen's clock goes on
    for gone in (lambda: desk.case(reference), lambda: desk.answer(reference, 3, {"en": "Repaired."})):
        refused(store, gone, UnknownCaseError)
    other = desk_of(store, mda="SLTA")
    assert other.accept(reference, 3).handler_id == other.account_id


def test_a_correction_to_an_agency_that_is_accused_rises_to_the_oversight(store: Store) -> None:
    reference = open_toy_case(store, accused=["SLTA"])
    desk, other, oversight = desk_of(store), desk_of(store, mda="SLTA"), desk_of(store, Role.OVERSIGHT)
    case = desk.correct(reference, 1, category="roads")
    assert (case.mda, case.level) == ("SLTA", Level.OVERSIGHT)
    for out in (desk, other, desk_of(store, Role.HEAD, "SLTA")):
        refused(store, partial(out.case, reference), UnknownCaseError)
    assert oversight.accept(reference, 2).state is CaseState.ROUTED


def test_a_correction_never_brings_a_case_down_a_level(store: Store) -> None:
    oversight, reference = desk_of(store, Role.OVERSIGHT), open_toy_case(store, accused=["PUC", "SLTA"])
    oversight.escalate(reference, 1, "beyond us")
    assert oversight.correct(reference, 2, category="roads").level is Level.OMBUDSMAN


def test_an_analyst_finds_an_agency_for_a_case_that_has_none_and_then_only_looks(store: Store) -> None:
    analyst, reference = desk_of(store, Role.ANALYST), open_toy_case(store, mda=None, category="other")
    case = analyst.correct(reference, 1, category="roads")
    assert (case.mda, case.state) == ("SLTA", CaseState.ACKNOWLEDGED)
    refused(store, lambda: analyst.correct(reference, 2, category="waste"), NotAllowedError)
    assert analyst.case(reference).mda == "SLTA"


def test_asking_the_citizen_stops_the_clock_and_resuming_gives_back_the_working_days_waited(store: Store) -> None:
    clock = Clock(mahe(2026, 8, 5, 12))  # a Wednesday
    desk, reference = desk_of(store, clock=clock), open_toy_case(store)
    due = read_case(store, reference).answer_by
    assert due == mahe(2026, 8, 17, 23, 59, 59)
    case = desk.ask(reference, 1, " Which road? ", "en")
    assert (case.state, case.held_since, case.answer_by) == (CaseState.ON_HOLD, clock.now, due)
    assert replies(store, reference) == [(ReplyKind.QUESTION, "en", "Which road?")]
    assert last_event(store, reference)[:2] == (actor(desk), "asked the citizen")
    for act in (
        lambda: desk.answer(reference, 2, {"en": "Repaired."}),
        lambda: desk.accept(reference, 2),
        lambda: desk.correct(reference, 2, category="electricity"),
        lambda: desk.ask(reference, 2, "And when?", "en"),
    ):
        refused(store, act, TransitionError)
    clock.now = mahe(2026, 8, 11, 9)  # Tuesday: Thursday, Friday, Monday, Tuesday were waited
    case = desk.resume(reference, 2)
    assert (case.state, case.held_since) == (CaseState.IN_PROGRESS, None)
    assert case.answer_by == mahe(2026, 8, 21, 23, 59, 59)
    assert last_event(store, reference) == (actor(desk), "resumed", {"working_days_waited": 4})
    refused(store, lambda: desk.resume(reference, 3), TransitionError)


@pytest.mark.parametrize(
    ("end", "due"),
    [
        pytest.param(mahe(2026, 8, 7, 18), mahe(2026, 8, 17, 23, 59, 59), id="the same day"),
        pytest.param(mahe(2026, 8, 9, 18), mahe(2026, 8, 17, 23, 59, 59), id="over a weekend"),
        pytest.param(mahe(2026, 8, 10, 1), mahe(2026, 8, 18, 23, 59, 59), id="into Monday"),
    ],
)
def test_only_working_days_of_waiting_are_given_back(store: Store, end: datetime, due: datetime) -> None:
    clock = Clock(mahe(2026, 8, 7, 12))
    desk, reference = desk_of(store, clock=clock), open_toy_case(store)
    desk.ask(reference, 1, "Where?", "en")
    clock.now = end
    assert desk.resume(reference, 2).answer_by == due


def test_an_escalation_of_a_waiting_case_gives_back_the_working_days_waited(store: Store) -> None:
    clock = Clock(mahe(2026, 8, 5, 12))
    desk, reference = desk_of(store, clock=clock), open_toy_case(store)
    desk.ask(reference, 1, "Where?", "en")
    clock.now = mahe(2026, 8, 11, 9)
    case = desk.escalate(reference, 2, "no word from the citizen")
    assert (case.held_since, case.answer_by) == (None, mahe(2026, 8, 21, 23, 59, 59))


def test_an_answer_goes_to_everybody_in_each_language_given(store: Store) -> None:
    desk, reference = desk_of(store), open_toy_case(store)
    texts = {
        "en": "The pipe was repaired on Monday and the water is back in every house of the street.",
        "fr": "La conduite a été réparée lundi et l'eau est revenue dans toutes les maisons de la rue.",
        "crs": "Tiyo in repare Lendi e delo in retournen dan tou lakaz lo semen.",
    }
    case = desk.answer(reference, 1, texts)
    assert (case.state, case.answered_at, case.decided_at) == (CaseState.IN_PROGRESS, NOON, NOON)
    assert (case.handler_id, case.sends_elsewhere, case.closed_at) == (desk.account_id, False, None)
    assert replies(store, reference) == [(ReplyKind.ANSWER, lang, text) for lang, text in texts.items()]
    assert last_event(store, reference) == (actor(desk), "answered", {"texts": texts, "sends_elsewhere": False})


def test_a_later_answer_keeps_the_time_of_the_first_and_who_handles_it(store: Store) -> None:
    clock = Clock()
    desk, reference = desk_of(store, clock=clock), open_toy_case(store)
    desk.answer(reference, 1, {"en": "We look into it and repair the pipe on Friday morning."})
    clock.now = NOON + timedelta(days=3)
    head = desk_of(store, Role.HEAD, clock=clock)
    case = head.answer(reference, version_of(store, reference), {"en": "The pipe was repaired this morning at nine."})
    assert (case.answered_at, case.handler_id) == (NOON, desk.account_id)
    assert len(replies(store, reference)) == 2


def test_an_answer_that_only_sends_elsewhere_is_marked_until_a_real_one_comes(store: Store) -> None:
    desk, reference = desk_of(store), open_toy_case(store)
    assert desk.answer(reference, 1, {"en": "Please contact the Ministry."}).sends_elsewhere
    assert last_event(store, reference)[2]["sends_elsewhere"] is True
    real = {"en": "The pipe was repaired on Monday and the water is back."}
    assert not desk.answer(reference, version_of(store, reference), real).sends_elsewhere


def test_what_is_written_to_citizens_needs_a_text_in_a_language_of_the_country(store: Store) -> None:
    desk, reference = desk_of(store), open_toy_case(store)
    bad = [{"en": ""}, {"en": " \n "}, {"de": "Repariert."}, {"EN": "Repaired."}, {"en": "Repaired.", "fr": " "}]
    for texts in [{}, *bad]:
        refused(store, partial(desk.answer, reference, 1, texts), DecisionRefusedError)
    for texts in bad:
        lang, text = list(texts.items())[-1]
        refused(store, partial(desk.ask, reference, 1, text, lang), DecisionRefusedError)
        close = partial(desk.close, reference, 1, CaseState.RESOLVED, texts)
        refused(store, close, DecisionRefusedError)


def test_a_case_is_closed_with_an_answer_and_only_a_withdrawn_one_without(store: Store) -> None:
    desk = desk_of(store)
    for outcome in sorted(CLOSED - {CaseState.DUPLICATE}):
        reference, silent = open_toy_case(store), open_toy_case(store)
        case = desk.close(reference, 1, outcome, {"en": "The pipe was repaired on Monday."})
        assert (case.state, case.closed_at, case.answered_at) == (outcome, NOON, NOON)
        assert [action for _, action, _ in events(store, reference)] == ["case opened", "answered", "closed"]
        details = {"outcome": outcome.value, "sends_elsewhere": False}
        assert last_event(store, reference) == (actor(desk), "closed", details)
        if outcome is not CaseState.WITHDRAWN:
            close = partial(desk.close, silent, 1, outcome, {})
            assert "no answer yet" in refused(store, close, DecisionRefusedError)
    case = desk.close(silent, 1, CaseState.WITHDRAWN, {})  # the last in alphabetical order
    assert (case.closed_at, case.answered_at, replies(store, silent)) == (NOON, None, [])


def test_a_case_that_was_answered_before_is_closed_without_another_answer(store: Store) -> None:
    desk, reference = desk_of(store), open_toy_case(store)
    desk.answer(reference, 1, {"en": "Please call the hotline."})
    assert desk.close(reference, 2, CaseState.RESOLVED, {}).state is CaseState.RESOLVED
    assert last_event(store, reference)[2] == {"outcome": "resolved", "sends_elsewhere": True}
    assert len(replies(store, reference)) == 1


def test_a_waiting_case_can_be_closed(store: Store) -> None:
    desk, reference = desk_of(store), open_toy_case(store)
    desk.ask(reference, 1, "Where?", "en")
    case = desk.close(reference, 2, CaseState.WITHDRAWN, {})
    assert (case.state, case.held_since) == (CaseState.WITHDRAWN, None)


def test_a_case_cannot_be_closed_as_what_is_no_outcome(store: Store) -> None:
    desk, reference = desk_of(store), open_toy_case(store)
    for outcome in (CaseState.DUPLICATE, CaseState.RECEIVED, CaseState.ESCALATED, CaseState.ON_HOLD):
        close = partial(desk.close, reference, 1, outcome, {"en": "Repaired."})
        refused(store, close, TransitionError)


def test_nothing_is_done_to_a_closed_case(store: Store) -> None:
    desk, reference, other = desk_of(store), open_toy_case(store, "a", "b"), open_toy_case(store)
    seen = desk.close(reference, 1, CaseState.RESOLVED, {"en": "The pipe was repaired."}).version
    for act in (
        lambda: desk.acknowledge(reference, seen),
        lambda: desk.accept(reference, seen),
        lambda: desk.correct(reference, seen, category="roads"),
        lambda: desk.ask(reference, seen, "Where?", "en"),
        lambda: desk.resume(reference, seen),
        lambda: desk.answer(reference, seen, {"en": "Repaired."}),
        lambda: desk.close(reference, seen, CaseState.UPHELD, {"en": "Repaired."}),
        lambda: desk.close_as_duplicate(reference, seen, other),
        lambda: desk.close_as_duplicate(other, 1, reference),
        lambda: desk.split(reference, seen, ["a"]),
        lambda: desk.extend(reference, seen, "parts are missing"),
        lambda: desk.escalate(reference, seen, "help"),
    ):
        refused(store, act, TransitionError, DecisionRefusedError)


def test_a_duplicate_is_closed_and_its_posts_move_to_what_it_repeats(store: Store) -> None:
    desk = desk_of(store)
    first, second = open_toy_case(store, "a", "b"), open_toy_case(store, "c", "d")
    case = desk.close_as_duplicate(second, 1, first)
    assert (case.state, case.closed_at) == (CaseState.DUPLICATE, NOON)
    assert case.duplicate_of == read_case(store, first).case_id
    assert post_ids(read_case(store, first)) == ["a", "b", "c", "d"]
    assert post_ids(read_case(store, second)) == []
    _, action, details = last_event(store, second)
    assert (action, details["of"], sorted(details["posts"])) == ("closed as a duplicate", first, ["c", "d"])
    by, action, details = last_event(store, first)
    assert (by, action, sorted(details["posts"])) == (actor(desk), "posts joined", ["c", "d"])


def test_what_is_grave_in_a_duplicate_holds_for_the_case_that_gets_its_posts(store: Store) -> None:
    first = open_toy_case(store, "a")
    second = open_toy_case(store, "b", is_confidential=True, urgency="emergency")
    desk_of(store).close_as_duplicate(second, 1, first)
    case = read_case(store, first)
    assert (case.is_confidential, case.urgency) == (True, "emergency")


def test_a_duplicate_that_accuses_the_agency_does_not_come_before_its_officers(store: Store) -> None:
    oversight, officer = desk_of(store, Role.OVERSIGHT), desk_of(store)
    first, second = open_toy_case(store, "a"), open_toy_case(store, "b", accused=["PUC"])
    head = desk_of(store, Role.HEAD)
    head.escalate(first, 1, "ours and not ours")
    head.escalate(first, 2, "ours and not ours")
    oversight.close_as_duplicate(second, 1, first)
    with pytest.raises(UnknownCaseError):
        officer.case(first)


def test_a_case_repeats_only_an_open_one_that_is_not_itself(store: Store) -> None:
    desk, reference = desk_of(store), open_toy_case(store)
    refused(store, lambda: desk.close_as_duplicate(reference, 1, reference), DecisionRefusedError)
    closed, foreign = open_toy_case(store), open_toy_case(store, mda="SLTA")
    desk.close(closed, 1, CaseState.WITHDRAWN, {})
    refused(store, lambda: desk.close_as_duplicate(reference, 1, closed), DecisionRefusedError)
    for unseen in (foreign, "C-ZZZZ-ZZZZ"):
        refused(store, partial(desk.close_as_duplicate, reference, 1, unseen), UnknownCaseError)


def test_a_split_moves_some_posts_to_a_case_of_their_own(store: Store) -> None:
    desk = desk_of(store)
    reference = open_toy_case(store, "a", "b", "c", urgency="urgent", is_confidential=True)
    desk.accept(reference, 1)
    new = desk.split(reference, 2, ["a", "c"])
    old = read_case(store, reference)
    assert new.reference not in ("", reference)
    assert (post_ids(old), post_ids(read_case(store, new.reference))) == (["b"], ["a", "c"])
    alike = (
        "state", "level", "mda", "category", "urgency", "is_confidential", "is_formal", "accused", "suggested_mda",
        "suggested_category", "suggested_by_model", "confidence", "candidates", "reasons", "opened_at", "answer_by",
        "acknowledge_by", "decided_at", "handler_id",
    )  # fmt: skip
    split = read_case(store, new.reference)
    assert {name: getattr(split, name) for name in alike} == {name: getattr(old, name) for name in alike}
    by, action, details = last_event(store, reference)
    assert (by, action, details["into"], sorted(details["posts"])) == (actor(desk), "split", new.reference, ["a", "c"])
    _, action, details = last_event(store, new.reference)
    assert (action, details["out_of"], sorted(details["posts"])) == ("split off", reference, ["a", "c"])


def test_a_split_needs_some_and_not_all_of_the_posts(store: Store) -> None:
    desk, reference = desk_of(store), open_toy_case(store, "a", "b")
    open_toy_case(store, "x")
    for chosen in ([], ["a", "b"], ["x"], ["a", "x"], ["a", "b", "x"]):
        refused(store, partial(desk.split, reference, 1, chosen), DecisionRefusedError)


def test_a_split_of_an_answered_case_still_owes_the_new_one_an_answer(store: Store) -> None:
    desk, reference = desk_of(store), open_toy_case(store, "a", "b")
    desk.answer(reference, 1, {"en": "The pipe was repaired on Monday."})
    new = desk.split(reference, version_of(store, reference), ["b"])
    refused(store, lambda: desk.close(new.reference, 1, CaseState.RESOLVED, {}), DecisionRefusedError)


def test_the_time_is_extended_once_for_a_reason(store: Store) -> None:
    desk, reference = desk_of(store), open_toy_case(store)
    refused(store, lambda: desk.extend(reference, 1, "  "), DecisionRefusedError)
    case = desk.extend(reference, 1, " parts come by ship ")
    due = DAYS.after(DAYS.after(NOON, 10), EXTENSION_DAYS)
    assert (case.is_extended, case.answer_by, case.state) == (True, due, CaseState.RECEIVED)
    details = {"reason": "parts come by ship", "answer_by": due.isoformat()}
    assert last_event(store, reference) == (actor(desk), "extended", details)
    refused(store, lambda: desk.extend(reference, 2, "once more"), DecisionRefusedError)


def test_a_case_is_escalated_to_the_ombudsman_and_no_further(store: Store) -> None:
    clock = Clock()
    reference = open_toy_case(store)
    officer, head, oversight = [desk_of(store, role, clock=clock) for role in (Role.OFFICER, Role.HEAD, Role.OVERSIGHT)]
    refused(store, lambda: officer.escalate(reference, 1, " "), DecisionRefusedError)
    refused(store, lambda: oversight.escalate(reference, 1, "ours"), NotAllowedError)
    for version, (desk, role, level) in enumerate(
        [
            (officer, Role.OFFICER, Level.HEAD),
            (head, Role.HEAD, Level.OVERSIGHT),
            (oversight, Role.OVERSIGHT, Level.OMBUDSMAN),
        ],
        1,
    ):
        clock.now += timedelta(hours=1)
        case = desk.escalate(reference, version, " too big ")
        assert (case.level, case.state, case.risen_at) == (level, CaseState.ESCALATED, clock.now)
        details = {"level": level.value, "reason": "too big"}
        assert last_event(store, reference) == (actor(desk, role), "escalated", details)
    why = refused(store, lambda: oversight.escalate(reference, 4, "still too big"), DecisionRefusedError)
    assert "Ombudsman" in why


def test_an_original_text_is_shown_for_a_reason_and_stays_out_of_the_log(store: Store) -> None:
    receipt = submit(store, text=RAW, received_at=NOON)
    reference = open_toy_case(store, routed_post("a", text="[person], no water", receipt=receipt), "b")
    desk = desk_of(store)
    assert desk.reveal(reference, "a", " the address is missing ") == RAW
    details = {"post": "a", "reason": "the address is missing"}
    assert last_event(store, reference) == (actor(desk), "revealed", details)
    assert version_of(store, reference) == 1
    assert desk.close(reference, 1, CaseState.RESOLVED, {"en": "The pipe was repaired."}).closed_at == NOON
    assert desk.reveal(reference, "a", "an appeal is coming") == RAW
    assert "Zan" not in json.dumps(events(store))
    assert not {word for word in ("Zan", "delo") if word in repr(everything(store)["events"])}


def test_only_formal_posts_of_the_case_have_an_original_text(store: Store) -> None:
    receipt = submit(store, text=RAW, received_at=NOON)
    reference = open_toy_case(store, routed_post("a", receipt=receipt), "social")
    open_toy_case(store, routed_post("elsewhere", receipt=submit(store, text=RAW, received_at=NOON)))
    desk = desk_of(store)
    for post_id in ("social", "elsewhere", "nowhere"):
        refused(store, partial(desk.reveal, reference, post_id, "why not"), DecisionRefusedError)


def test_an_original_text_is_not_shown_without_a_reason_or_once_it_was_erased(store: Store) -> None:
    receipt = submit(store, text=RAW, received_at=NOON)
    reference = open_toy_case(store, routed_post("a", receipt=receipt))
    desk, analyst = desk_of(store), desk_of(store, Role.ANALYST)
    refused(store, lambda: desk.reveal(reference, "a", " \t "), DecisionRefusedError)
    with store.session() as session:
        session.execute(sa.delete(Submission))
    assert "erased" in refused(store, lambda: desk.reveal(reference, "a", "why"), DecisionRefusedError)
    refused(store, lambda: analyst.reveal(reference, "a", "why"), NotAllowedError)


ACTS: dict[str, Callable[[Desk, str, int], Any]] = {
    "acknowledge": lambda desk, ref, version: desk.acknowledge(ref, version),
    "accept": lambda desk, ref, version: desk.accept(ref, version),
    "correct": lambda desk, ref, version: desk.correct(ref, version, urgency="urgent"),
    "ask": lambda desk, ref, version: desk.ask(ref, version, "Where?", "en"),
    "answer": lambda desk, ref, version: desk.answer(ref, version, {"en": "The pipe was repaired."}),
    "close": lambda desk, ref, version: desk.close(ref, version, CaseState.WITHDRAWN, {}),
    "split": lambda desk, ref, version: desk.split(ref, version, [desk.case(ref).posts[0].post_id]),
    "extend": lambda desk, ref, version: desk.extend(ref, version, "parts"),
    "escalate": lambda desk, ref, version: desk.escalate(ref, version, "help"),
    "make confidential": lambda desk, ref, version: desk.correct(ref, version, is_confidential=True),
}
ACTS_ON_AN_ANSWERED_CASE: dict[str, Callable[[Desk, str, int], Any]] = {
    "tell": lambda desk, ref, version: desk.tell(ref, version, [desk.case(ref).posts[0].post_id]),
    "publish": lambda desk, ref, version: desk.publish(ref, version, "When?", REAL, LATER),
}


def test_whoever_comes_second_writes_nothing(store: Store) -> None:
    mine, theirs = desk_of(store), desk_of(store, Role.HEAD)
    receipt = submit(store, text=RAW, received_at=NOON)
    reference = open_toy_case(store, routed_post("a", receipt=receipt), "b")
    other = open_toy_case(store)
    mine.acknowledge(reference, 1)
    for act in ACTS.values():
        why = refused(store, partial(act, theirs, reference, 1), ChangedMeanwhileError)
        assert reference in why
    refused(store, lambda: theirs.close_as_duplicate(reference, 1, other), ChangedMeanwhileError)
    mine.ask(reference, 2, "Where?", "en")
    refused(store, lambda: theirs.resume(reference, 2), ChangedMeanwhileError)
    assert theirs.reveal(reference, "a", "only reads") == RAW


def test_every_act_makes_old_what_others_had_open(store: Store) -> None:
    mine, theirs = desk_of(store), desk_of(store, Role.HEAD)
    unnoticed = []
    for name, act in ACTS.items():
        reference = open_toy_case(store, f"{name}1", f"{name}2")
        act(mine, reference, 1)
        try:
            theirs.acknowledge(reference, 1)
            unnoticed.append(name)
        except ChangedMeanwhileError:
            continue
    assert unnoticed == []


def test_a_second_answer_makes_old_what_others_had_open(store: Store) -> None:
    mine, theirs, reference = desk_of(store), desk_of(store, Role.HEAD), open_toy_case(store)
    real = {"en": "The pipe was repaired on Monday and the water is back."}
    seen = mine.answer(reference, 1, real).version
    mine.answer(reference, seen, real)
    refused(store, lambda: theirs.answer(reference, seen, real), ChangedMeanwhileError)


@pytest.mark.parametrize("act", ACTS_ON_AN_ANSWERED_CASE)
def test_telling_and_publishing_make_old_what_others_had_open(store: Store, act: str) -> None:
    mine, theirs, reference = desk_of(store, Role.HEAD), desk_of(store, Role.HEAD), open_toy_case(store)
    seen = mine.answer(reference, 1, REAL).version
    ACTS_ON_AN_ANSWERED_CASE[act](mine, reference, seen)
    for late in ACTS_ON_AN_ANSWERED_CASE.values():
        refused(store, partial(late, theirs, reference, seen), ChangedMeanwhileError)


def test_posts_that_join_a_case_make_old_what_others_had_open(store: Store) -> None:
    mine, theirs = desk_of(store), desk_of(store, Role.HEAD)
    first, second, third = open_toy_case(store, "a"), open_toy_case(store, "b"), open_toy_case(store, "c")
    mine.close_as_duplicate(second, 1, first)
    refused(store, lambda: theirs.close(first, 1, CaseState.WITHDRAWN, {}), ChangedMeanwhileError)
    open_cases(store, [toy_matter("c", "new")], DAYS, NOON)
    refused(store, lambda: theirs.close(third, 1, CaseState.WITHDRAWN, {}), ChangedMeanwhileError)


@pytest.mark.parametrize("act", ["accept", "answer", "split"])
def test_of_two_at_the_same_moment_one_writes(store: Store, act: str) -> None:
    reference = open_toy_case(store, "a", "b", "c", "d")
    desks = [desk_of(store) for _ in range(4)]
    together = threading.Barrier(len(desks))

    def work(desk: Desk) -> str:
        together.wait()
        try:
            ACTS[act](desk, reference, 1)
        except ChangedMeanwhileError:
            return "refused"
        return "written"

    with ThreadPoolExecutor(len(desks)) as pool:
        assert sorted(pool.map(work, desks)) == ["refused", "refused", "refused", "written"]
    assert len(events(store, reference)) == 2


def test_rights_are_read_anew_at_each_act(store: Store) -> None:
    desk, reference = desk_of(store), open_toy_case(store)
    desk.acknowledge(reference, 1)
    with store.session() as session:
        session.execute(sa.text("UPDATE accounts SET mda = 'SLTA'"))
    refused(store, lambda: desk.accept(reference, 2), UnknownCaseError)


def test_the_case_that_an_act_returns_shows_its_posts(store: Store) -> None:
    desk, reference = desk_of(store), open_toy_case(store, "a", "b")
    assert post_ids(desk.case(reference)) == ["a", "b"]
    assert post_ids(desk.accept(reference, 1)) == ["a", "b"]


def test_the_history_of_a_case_is_everything_done_to_it_in_order(store: Store) -> None:
    desk, reference, other = desk_of(store), open_toy_case(store), open_toy_case(store)
    head = desk_of(store, Role.HEAD)
    desk.accept(reference, 1)
    desk.accept(other, 1)
    head.answer(reference, 2, {"en": "The pipe was repaired."})
    said = [(done.who, done.action) for done in desk.history(reference)]
    assert said == [
        ("pipeline", "case opened"), (f"{desk.account().name} (officer)", "accepted"),
        (f"{head.account().name} (head)", "answered"),
    ]  # fmt: skip
    assert [done.at for done in desk.history(reference)] == [NOON] * 3
    assert desk.history(reference)[1].details == SUGGESTED


def test_a_history_whose_author_was_removed_or_whose_details_were_deleted_still_shows(store: Store) -> None:
    desk, reference = desk_of(store), open_toy_case(store)
    with store.session() as session:
        record(session, at=NOON, actor="officer 999", action="accepted", subject=reference, details={"a": 1})
        session.flush()
        forget(session, history(session, reference)[-1])
    last = desk.history(reference)[-1]
    assert (last.who, last.action, last.details) == ("officer 999", "accepted", {})


def test_a_desk_knows_who_sits_at_it(store: Store) -> None:
    desk = desk_of(store, Role.HEAD)
    assert (desk.account().role, desk.account().mda) == (Role.HEAD, "PUC")
    disabled = Desk(store, add_account(store, Role.HEAD, is_disabled=True), DAYS, {}, Clock())
    with pytest.raises(NotAllowedError, match="disabled or removed"):
        disabled.account()


def test_a_log_of_many_acts_has_no_gap(store: Store) -> None:
    desk = desk_of(store)
    for reference in [open_toy_case(store) for _ in range(3)]:
        desk.accept(reference, 1)
        refused(store, partial(desk.accept, reference, 1), ChangedMeanwhileError)
        desk.close(reference, 2, CaseState.RESOLVED, {"en": "Repaired."})
    with store.session() as session:
        seqs = session.scalars(sa.text("SELECT seq FROM events ORDER BY seq")).all()
        size = session.scalar(sa.text("SELECT size FROM log_head"))
    assert [seq - seqs[0] for seq in seqs] == list(range(12))
    assert (len(seqs), size) == (12, 12)
    assert count_rows(store, Reply) == 3


def test_a_case_goes_to_another_agency_than_the_one_that_answers_for_its_subject_where_a_person_says_so(
    store: Store,
) -> None:
    desk, reference = desk_of(store), open_toy_case(store)
    case = desk.correct(reference, 1, mda="SLTA")
    assert (case.category, case.mda, case.state, case.handler_id) == (
        "water_supply", "SLTA", CaseState.ACKNOWLEDGED, None,
    )  # fmt: skip
    other = open_toy_case(store)
    case = desk.correct(other, 1, category="electricity", mda="LWMA")
    assert (case.category, case.mda) == ("electricity", "LWMA")
    third = open_toy_case(store)
    refused(store, lambda: desk.correct(third, 1, mda="NOBODY"), DecisionRefusedError)
