"""Cases about the same: near by meaning, of the same category, and shown only to whom they may be."""

import numpy as np
import sqlalchemy as sa
from toy_cases import desk_of, open_toy_case, put, routed_post, version_of

from portal import similar
from portal.desk import Desk
from portal.models import CaseState, Role
from portal.store import Store

ANSWER = {"en": "The pipe was repaired on Monday and the water is back.", "fr": "La conduite est réparée depuis lundi."}


def meaning(*numbers: float) -> bytes:
    return np.asarray(numbers, dtype=np.float16).tobytes()


def case_at(store: Store, degrees: float, text: str = "dry", **fields: object) -> str:
    """A case whose meaning lies so many degrees from that of the first."""
    angle = np.radians(degrees)
    post = routed_post(f"{text} {degrees}", text=f"{text} {degrees}")
    return open_toy_case(store, post, meaning=meaning(3 * np.cos(angle), 3 * np.sin(angle)), **fields)


def found(desk: Desk, reference: str) -> list[str]:
    return [other.reference for other in desk.similar(reference)]


def test_the_nearest_cases_come_first_and_answered_ones_before_them(store: Store) -> None:
    desk, asked = desk_of(store), case_at(store, 0)
    near, far, farther = case_at(store, 10), case_at(store, 30), case_at(store, 50)
    assert found(desk, asked) == [near, far, farther]
    desk.answer(farther, 1, ANSWER)
    assert found(desk, asked) == [farther, near, far]
    first = desk.similar(asked)[0]
    assert (first.state, first.text, first.answers) == (CaseState.IN_PROGRESS, "dry 50", ANSWER)
    assert abs(first.likeness - np.cos(np.radians(50))) < 0.002
    assert len(found(desk, near)) == similar.SHOWN == 3


def test_a_case_is_not_like_what_is_far_of_another_category_without_meaning_or_of_another_model(store: Store) -> None:
    desk, asked = desk_of(store), case_at(store, 0)
    case_at(store, 71)  # a cosine of 0.326
    case_at(store, 5, category="electricity")
    open_toy_case(store, "without meaning")
    open_toy_case(store, "other model", meaning=meaning(3, 0, 0))
    open_toy_case(store, "of nothing", meaning=meaning(0, 0))
    assert found(desk, asked) == []
    near = case_at(store, 70)
    assert found(desk, asked) == [near]
    put(store, near, meaning=None)
    assert found(desk, asked) == found(desk, near) == []


def test_the_last_answer_of_each_language_is_shown_and_no_question(store: Store) -> None:
    desk, asked, other = desk_of(store), case_at(store, 0), case_at(store, 5)
    desk.ask(other, 1, "Which house?", "crs")
    desk.resume(other, version_of(store, other))
    desk.answer(other, version_of(store, other), ANSWER)
    desk.answer(other, version_of(store, other), {"en": "The second pipe was repaired on Friday as well."})
    (shown,) = desk.similar(asked)
    assert shown.answers == {**ANSWER, "en": "The second pipe was repaired on Friday as well."}


def test_a_case_without_posts_is_like_nothing(store: Store) -> None:
    desk, asked, first, second = desk_of(store), case_at(store, 0), case_at(store, 5), case_at(store, 6)
    desk.close_as_duplicate(second, 1, first)
    assert found(desk, asked) == [first]


def test_similar_cases_are_shown_only_to_whom_they_may_be(store: Store) -> None:
    asked = case_at(store, 0)
    plain = case_at(store, 5)
    hidden = case_at(store, 6, is_confidential=True)
    accusing = case_at(store, 7, accused=["PUC"], is_confidential=True)
    foreign = case_at(store, 8, mda="SLTA")
    assert found(desk_of(store), asked) == [plain, hidden]
    assert found(desk_of(store, Role.ANALYST), asked) == [plain, foreign]
    overseer = desk_of(store, Role.OVERSIGHT)
    assert found(overseer, asked) == [plain, hidden, accusing]
    assert found(overseer, foreign)[0] == accusing


def test_cases_that_a_person_may_not_see_crowd_out_none_that_they_may(store: Store) -> None:
    asked, seen = case_at(store, 0), case_at(store, 40)
    for degree in range(35):
        case_at(store, degree / 2 + 0.1, mda="SLTA")
    assert found(desk_of(store), asked) == [seen]


def test_the_meaning_of_a_case_is_read_only_where_it_is_needed(store: Store) -> None:
    reference = case_at(store, 0)
    case = desk_of(store).case(reference)
    assert "meaning" in sa.inspect(case).unloaded
