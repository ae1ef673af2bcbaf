"""Answers that an agency stands for: who makes them so, confirms and withdraws them, and what is shown."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from test_desk import last_event, refused
from toy_cases import NOON, Clock, add_account, desk_of, everything, open_toy_case, put, version_of

from portal.desk import Desk
from portal.errors import DecisionRefusedError, NotAllowedError, UnknownCaseError
from portal.models import OfficialAnswer, Role
from portal.official import (
    LONGEST_REVIEW,
    confirm,
    may_look_after,
    official_entries,
    own_answers,
    withdraw_answer,
)
from portal.store import Store

ANSWER = {"en": "Ask Marie Envante: the pipe was repaired on Monday and the water is back."}
PUBLIC = {"en": "The pipe was repaired on Monday.", "crs": "Tiyo in repare Lendi."}
LATER = NOON + timedelta(days=180)


def answered(store: Store, desk: Desk, *posts: str, **fields: Any) -> str:
    reference = open_toy_case(store, *posts, **fields)
    desk.answer(reference, 1, ANSWER)
    return reference


def publish(store: Store, head: Desk, reference: str, question: str = " When? ", **asked: Any) -> None:
    values = {"texts": PUBLIC, "review_by": LATER, **asked}
    head.publish(reference, version_of(store, reference), question, values["texts"], values["review_by"])


def rows(store: Store) -> list[OfficialAnswer]:
    with store.reading() as session:
        return list(session.scalars(sa.select(OfficialAnswer).order_by(OfficialAnswer.answer_id)))


def test_a_head_makes_an_answer_official_in_words_for_everybody(store: Store) -> None:
    head = desk_of(store, Role.HEAD)
    reference = answered(store, head, "b", "a")
    version = version_of(store, reference)
    publish(store, head, reference)
    (entry,) = official_entries(store)
    answer = entry.answer
    assert (answer.mda, answer.category, answer.question, answer.texts) == ("PUC", "water_supply", "When?", PUBLIC)
    assert (answer.approved_by, answer.approved_at, answer.review_by) == (head.account_id, NOON, LATER)
    assert list(entry.post_ids) == ["a", "b"]
    details = {"question": "When?", "texts": PUBLIC, "review_by": LATER.isoformat()}
    assert last_event(store, reference) == (f"head {head.account_id}", "made official", details)
    assert version_of(store, reference) == version + 1


def test_a_second_official_answer_of_a_case_takes_the_place_of_the_first(store: Store) -> None:
    clock = Clock()
    head = desk_of(store, Role.HEAD, clock=clock)
    reference, other = answered(store, head), answered(store, head)
    publish(store, head, reference, "first")
    publish(store, head, other, "other")
    clock.now += timedelta(days=1)
    publish(store, head, reference, "second")
    assert [entry.answer.question for entry in official_entries(store)] == ["other", "second"]
    assert [row.withdrawn_at for row in rows(store)] == [clock.now, None, None]


def test_what_cannot_be_official_is_refused(store: Store) -> None:
    head = desk_of(store, Role.HEAD)
    reference, silent, hidden = answered(store, head), open_toy_case(store), answered(store, head, is_confidential=True)
    assert "confidential" in refused(store, partial(publish, store, head, hidden), DecisionRefusedError)
    assert "no answer yet" in refused(store, partial(publish, store, head, silent), DecisionRefusedError)
    for asked in (
        {"question": " "},
        {"texts": {}},
        {"texts": {"en": " "}},
        {"texts": {"de": "Repariert."}},
        {"review_by": NOON},
        {"review_by": NOON + LONGEST_REVIEW + timedelta(seconds=1)},
    ):
        refused(store, partial(publish, store, head, reference, **asked), DecisionRefusedError)
    publish(store, head, reference, review_by=NOON + LONGEST_REVIEW)


def test_nobody_but_the_head_of_the_agency_makes_an_answer_official(store: Store) -> None:
    head = desk_of(store, Role.HEAD)
    reference = answered(store, head)
    sees = [desk_of(store, role) for role in (Role.OFFICER, Role.ANALYST, Role.OVERSIGHT)]
    sees_not = [
        desk_of(store, Role.HEAD, "SLTA"),
        *(desk_of(store, r) for r in (Role.STATISTICIAN, Role.ADMINISTRATOR)),
    ]
    for desk in sees:
        refused(store, partial(publish, store, desk, reference), NotAllowedError)
    for desk in sees_not:
        refused(store, partial(publish, store, desk, reference), UnknownCaseError)
    put(store, reference, barred=[head.account_id])
    refused(store, partial(publish, store, head, reference), NotAllowedError)


def test_an_answer_of_a_case_that_became_confidential_is_shown_no_more(store: Store) -> None:
    head = desk_of(store, Role.HEAD)
    reference = answered(store, head)
    publish(store, head, reference)
    head.correct(reference, version_of(store, reference), is_confidential=True)
    assert list(official_entries(store)) == []
    assert len(own_answers(store, head.account_id)) == 1  # to be withdrawn by its agency


def test_an_official_answer_is_confirmed_or_withdrawn_by_a_head_of_its_agency(store: Store) -> None:
    head, colleague = desk_of(store, Role.HEAD), add_account(store, Role.HEAD)
    reference = answered(store, head)
    publish(store, head, reference)
    (answer,) = rows(store)
    confirm(store, colleague, answer.answer_id, LATER + timedelta(days=30), NOON)
    assert [row.review_by for row in rows(store)] == [LATER + timedelta(days=30)]
    details = {"review_by": (LATER + timedelta(days=30)).isoformat()}
    assert last_event(store, reference) == (f"head {colleague}", "official answer confirmed", details)
    for review_by in (NOON, NOON + LONGEST_REVIEW + timedelta(seconds=1)):
        refused(store, partial(confirm, store, colleague, answer.answer_id, review_by, NOON), DecisionRefusedError)
    refused(store, partial(withdraw_answer, store, colleague, answer.answer_id, " ", NOON), DecisionRefusedError)
    withdraw_answer(store, colleague, answer.answer_id, " the tariff changed ", NOON)
    assert list(official_entries(store)) == []
    event = (f"head {colleague}", "official answer withdrawn", {"reason": "the tariff changed"})
    assert last_event(store, reference) == event
    for act in (
        partial(withdraw_answer, store, colleague, answer.answer_id, "again", NOON),
        partial(confirm, store, colleague, answer.answer_id, LATER, NOON),
    ):
        assert "withdrawn already" in refused(store, act, DecisionRefusedError)
    publish(store, head, reference, "anew")
    assert [entry.answer.question for entry in official_entries(store)] == ["anew"]


def test_nobody_else_confirms_or_withdraws_an_official_answer_whatever_number_they_guess(store: Store) -> None:
    head = desk_of(store, Role.HEAD)
    publish(store, head, answered(store, head))
    (answer,) = rows(store)
    people = [add_account(store, role) for role in Role if role is not Role.HEAD]
    people += [add_account(store, Role.HEAD, "SLTA"), add_account(store, Role.HEAD, is_disabled=True), 999]
    for person in people:
        for act in (
            partial(withdraw_answer, store, person, answer.answer_id, "mine", NOON),
            partial(confirm, store, person, answer.answer_id, LATER, NOON),
        ):
            refused(store, act, NotAllowedError)
        for guessed in (0, -1, answer.answer_id + 1):
            refused(store, partial(withdraw_answer, store, person, guessed, "mine", NOON))
    before = everything(store)
    assert [entry.answer.answer_id for entry in official_entries(store)] == [answer.answer_id]
    assert everything(store) == before


def test_a_person_sees_the_official_answers_of_the_own_agency_and_the_oversight_all(store: Store) -> None:
    puc, slta = desk_of(store, Role.HEAD), desk_of(store, Role.HEAD, "SLTA")
    publish(store, puc, answered(store, puc), "late", review_by=LATER)
    publish(store, puc, answered(store, puc), "early", review_by=NOON + timedelta(days=1))
    publish(store, slta, answered(store, slta, mda="SLTA", category="roads"), "road")
    questions = {
        (role, mda): [answer.question for answer in own_answers(store, add_account(store, role, mda))]
        for role, mda in (
            (Role.OFFICER, "PUC"), (Role.HEAD, "SLTA"), (Role.OFFICER, "LWMA"), (Role.OVERSIGHT, None),
            (Role.ANALYST, None),
        )
    }  # fmt: skip
    assert list(questions.values()) == [["early", "late"], ["road"], [], ["early", "late", "road"], []]
    for role in (Role.STATISTICIAN, Role.ADMINISTRATOR):
        with pytest.raises(NotAllowedError):
            own_answers(store, add_account(store, role))
    with pytest.raises(NotAllowedError):
        own_answers(store, 999)


@pytest.mark.parametrize("role", Role)
def test_only_a_head_may_look_after_official_answers(store: Store, role: Role) -> None:
    account = desk_of(store, role).account()
    assert may_look_after(account) is (role is Role.HEAD)
