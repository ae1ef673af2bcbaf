"""What the pipeline does with cases, and what it leaves alone."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from toy_cases import (
    DAYS,
    MODEL,
    NOON,
    Clock,
    desk_of,
    events,
    everything,
    mahe,
    open_toy_case,
    post_ids,
    put,
    read_case,
    routed_post,
    toy_matter,
    version_of,
)

from portal.cases import (
    ACKNOWLEDGE_DAYS,
    ANSWER_DAYS,
    RISE_DAYS,
    count_cases,
    escalate_late,
    fill_in,
    open_cases,
    posts_to_fill_in,
    posts_without_case,
    take_edits,
)
from portal.desk import Desk
from portal.errors import ChangedMeanwhileError, UnknownCaseError
from portal.models import Case, CasePost, CaseState, Level, Role
from portal.store import Store

DUE = DAYS.after(NOON, ANSWER_DAYS)
SECOND = timedelta(seconds=1)


def cases(store: Store) -> dict[int, set[str]]:
    with store.session() as session:
        posts = session.scalars(sa.select(CasePost)).all()
    return {case: {p.post_id for p in posts if p.case_id == case} for case in {p.case_id for p in posts}}


def only_case(store: Store) -> Case:
    with store.session() as session:
        reference = session.scalars(sa.select(Case.reference)).one()
    return read_case(store, reference)


def test_a_matter_opens_one_case_however_often_it_is_routed(store: Store) -> None:
    matters = [toy_matter("a", "b"), toy_matter("c")]
    assert open_cases(store, matters, DAYS, NOON) == 2
    before = everything(store)
    assert open_cases(store, matters, DAYS, NOON + timedelta(days=1)) == 0
    assert everything(store) == before
    assert sorted(map(sorted, cases(store).values())) == [["a", "b"], ["c"]]
    assert count_cases(store) == 2


def test_a_case_keeps_what_the_machine_said_and_holds_it_until_a_person_says_otherwise(store: Store) -> None:
    matter = toy_matter(
        routed_post("b", text="napa delo", lang="crs", district="SC-08", receipt="S-2222-2222"),
        routed_post("a", source="reddit", said_at=None),
        mda="SLTA", category="roads", urgency="emergency", is_confidential=True, confidence=0.25,
        candidates=[{"category": "roads", "probability": 0.25}], reasons=["road", "hole"],
    )  # fmt: skip
    open_cases(store, [matter], DAYS, NOON)
    case = only_case(store)
    assert (case.mda, case.category, case.urgency, case.is_confidential) == ("SLTA", "roads", "emergency", True)
    assert (case.suggested_mda, case.suggested_category, case.suggested_by_model) == ("SLTA", "roads", MODEL)
    assert (case.confidence, case.candidates, case.reasons) == (0.25, list(matter.candidates), ["road", "hole"])
    assert (case.state, case.level, case.version, case.is_formal) == (CaseState.RECEIVED, Level.AGENCY, 1, True)
    assert {case.decided_at, case.answered_at, case.closed_at, case.risen_at, case.handler_id} == {None}
    first, second = sorted(case.posts, key=lambda post: post.post_id)
    assert (second.text, second.lang, second.said_at, second.source) == ("napa delo", "crs", NOON, "portal")
    assert (second.district, second.receipt) == ("SC-08", "S-2222-2222")
    assert (first.source, first.said_at, first.receipt) == ("reddit", None, None)
    details = {"mda": "SLTA", "category": "roads", "urgency": "emergency", "model": MODEL, "posts": ["b", "a"]}
    assert events(store, case.reference) == [("pipeline", "case opened", details)]


def test_a_case_is_to_be_acknowledged_and_answered_within_working_days(store: Store) -> None:
    reference = open_toy_case(store, now=mahe(2026, 6, 17))  # the 18th and the 29th are public holidays
    case = read_case(store, reference)
    assert (ACKNOWLEDGE_DAYS, ANSWER_DAYS) == (2, 10)
    assert case.acknowledge_by == mahe(2026, 6, 22, 23, 59, 59)
    assert case.answer_by == mahe(2026, 7, 3, 23, 59, 59)


def test_a_new_post_of_a_matter_joins_its_case(store: Store) -> None:
    open_cases(store, [toy_matter("a")], DAYS, NOON)
    assert open_cases(store, [toy_matter("a", "z")], DAYS, NOON) == 0
    assert list(cases(store).values()) == [{"a", "z"}]
    assert events(store)[1:] == [("pipeline", "posts joined", {"posts": ["z"]})]


def test_groups_that_merge_later_do_not_move_posts_between_cases(store: Store) -> None:
    open_cases(store, [toy_matter("a"), toy_matter("b")], DAYS, NOON)
    open_cases(store, [toy_matter("b", "a", "c")], DAYS, NOON)
    first, second = cases(store).values()
    assert {frozenset(first), frozenset(second)} == {frozenset({"a", "c"}), frozenset({"b"})}


def test_more_matters_than_are_written_at_once_all_get_their_case(store: Store) -> None:
    matters = [toy_matter(f"{n}a", f"{n}b") for n in range(501)]
    assert open_cases(store, matters, DAYS, NOON) == 501
    assert open_cases(store, matters, DAYS, NOON) == 0
    assert count_cases(store) == 501
    assert [len(posts) for posts in cases(store).values()] == [2] * 501


def test_a_matter_that_accuses_its_own_agency_begins_at_the_oversight(store: Store) -> None:
    for mda, accused, level in (
        ("PUC", ["PUC"], Level.OVERSIGHT),
        ("PUC", ["PUC", "SLTA"], Level.OVERSIGHT),
        ("PUC", ["SLTA"], Level.AGENCY),
        (None, ["PUC"], Level.AGENCY),
    ):
        case = read_case(store, open_toy_case(store, mda=mda, accused=accused))
        assert (case.level, case.state, case.accused) == (level, CaseState.RECEIVED, accused)


DECISIONS: dict[str, Callable[[Desk, str], Any]] = {
    "accepted": lambda desk, ref: desk.accept(ref, 1),
    "corrected": lambda desk, ref: desk.correct(ref, 1, category="electricity", urgency="urgent"),
    "handed over": lambda desk, ref: desk.correct(ref, 1, category="roads"),
    "asked": lambda desk, ref: desk.ask(ref, 1, "Where?", "en"),
    "answered": lambda desk, ref: desk.answer(ref, 1, {"en": "The pipe was repaired."}),
    "closed": lambda desk, ref: desk.close(ref, 1, CaseState.NOT_UPHELD, {"en": "The tariff is the law's."}),
    "extended": lambda desk, ref: desk.extend(ref, 1, "parts come by ship"),
    "escalated": lambda desk, ref: desk.escalate(ref, 1, "too big"),
    "split": lambda desk, ref: desk.split(ref, 1, [desk.case(ref).posts[0].post_id]),
}


def test_a_run_of_the_pipeline_changes_nothing_that_a_person_decided(store: Store) -> None:
    desk = desk_of(store)
    for decide in DECISIONS.values():
        a, b = (f"{count_cases(store)}{letter}" for letter in "ab")
        reference = open_toy_case(store, a, b)
        decide(desk, reference)
        before = everything(store)
        other = {"mda": "LWMA", "category": "waste", "urgency": "emergency", "confidence": 0.99, "model": "toy@2"}
        later = NOON + timedelta(hours=1)
        open_cases(store, [toy_matter(a, b, **other)], DAYS, later)
        open_cases(store, [toy_matter(a, **other), toy_matter(b, **other)], DAYS, later)
        escalate_late(store, DAYS, later)
        assert everything(store) == before


def test_a_post_that_joins_leaves_what_a_person_decided(store: Store) -> None:
    desk, reference = desk_of(store), open_toy_case(store, "a")
    desk.correct(reference, 1, category="electricity", urgency="urgent")
    open_cases(store, [toy_matter("a", "new", mda="LWMA", category="waste", model="toy@2")], DAYS, NOON)
    case = read_case(store, reference)
    assert (case.mda, case.category, case.urgency, case.state) == ("PUC", "electricity", "urgent", CaseState.ROUTED)
    assert (case.suggested_mda, case.suggested_by_model) == ("PUC", MODEL)
    assert post_ids(case) == ["a", "new"]


def test_posts_that_were_split_off_stay_apart_and_new_ones_join_the_oldest(store: Store) -> None:
    reference = open_toy_case(store, "a", "b")
    new = desk_of(store).split(reference, 1, ["b"])
    open_cases(store, [toy_matter("a", "b", "c")], DAYS, NOON)
    assert (post_ids(read_case(store, reference)), post_ids(read_case(store, new.reference))) == (["a", "c"], ["b"])


def test_a_new_post_joins_the_case_that_got_the_posts_of_a_duplicate(store: Store) -> None:
    desk = desk_of(store)
    duplicate, kept = open_toy_case(store, "a"), open_toy_case(store, "b")
    desk.close_as_duplicate(duplicate, 1, kept)
    open_cases(store, [toy_matter("a", "new")], DAYS, NOON)
    assert post_ids(read_case(store, kept)) == ["a", "b", "new"]


def test_a_post_that_accuses_the_agency_takes_the_case_it_joins_to_the_oversight(store: Store) -> None:
    officer, reference = desk_of(store), open_toy_case(store, "a")
    open_cases(store, [toy_matter("a", "accusing", accused=["PUC"])], DAYS, NOON)
    case = read_case(store, reference)
    assert (post_ids(case), case.accused, case.level) == (["a", "accusing"], ["PUC"], Level.OVERSIGHT)
    with pytest.raises(UnknownCaseError):
        officer.case(reference)


def test_a_confidential_post_makes_the_case_it_joins_confidential(store: Store) -> None:
    analyst, reference = desk_of(store, Role.ANALYST), open_toy_case(store, "a")
    open_cases(store, [toy_matter("a", "confidential", is_confidential=True)], DAYS, NOON)
    assert read_case(store, reference).is_confidential
    with pytest.raises(UnknownCaseError):
        analyst.case(reference)


def levels(store: Store, *references: str) -> list[Level]:
    return [read_case(store, reference).level for reference in references]


def test_a_late_case_rises_to_the_head_and_later_to_the_oversight_and_stays_there(store: Store) -> None:
    reference = open_toy_case(store)
    risen = DUE + timedelta(hours=9)  # when the pipeline runs next
    again = DAYS.after(risen, RISE_DAYS)
    for now, rises, level in (
        (NOON, 0, Level.AGENCY),
        (DUE, 0, Level.AGENCY),
        (risen, 1, Level.HEAD),
        (risen, 0, Level.HEAD),
        (again, 0, Level.HEAD),
        (again + SECOND, 1, Level.OVERSIGHT),
        (again + SECOND, 0, Level.OVERSIGHT),
        (again + timedelta(days=400), 0, Level.OVERSIGHT),
    ):
        assert escalate_late(store, DAYS, now) == rises
        case = read_case(store, reference)
        assert case.level is level
        assert case.state is (CaseState.RECEIVED if level is Level.AGENCY else CaseState.ESCALATED)
    assert RISE_DAYS == 10
    assert case.risen_at == again + SECOND
    assert events(store, reference)[1:] == [
        ("pipeline", "case late", {"level": level, "answer_by": DUE.isoformat()}) for level in ("head", "oversight")
    ]


def test_a_case_that_waits_is_closed_or_was_answered_is_not_late(store: Store) -> None:
    desk = desk_of(store)
    waiting, closed, answered, late = [open_toy_case(store) for _ in range(4)]
    desk.ask(waiting, 1, "Where?", "en")
    desk.close(closed, 1, CaseState.RESOLVED, {"en": "The pipe was repaired."})
    desk.answer(answered, 1, {"en": "The pipe was repaired."})
    escalate_late(store, DAYS, DUE + SECOND)
    assert levels(store, waiting, closed, late) == [Level.AGENCY, Level.AGENCY, Level.HEAD]
    assert levels(store, answered) == [Level.AGENCY]  # the inbox does not call it late either


def test_what_was_waited_for_and_an_extension_put_off_the_rise(store: Store) -> None:
    clock = Clock()
    desk = desk_of(store, clock=clock)
    held, extended = open_toy_case(store), open_toy_case(store)
    desk.ask(held, 1, "Where?", "en")
    clock.now = mahe(2026, 8, 5)  # two working days later
    desk.resume(held, 2)
    desk.extend(extended, 1, "parts come by ship")
    assert escalate_late(store, DAYS, DAYS.after(DUE, 2)) == 0
    assert escalate_late(store, DAYS, DAYS.after(DUE, 2) + SECOND) == 1
    assert levels(store, held, extended) == [Level.HEAD, Level.AGENCY]
    assert escalate_late(store, DAYS, DAYS.after(DUE, 10) + SECOND) == 1
    assert levels(store, held, extended) == [Level.HEAD, Level.HEAD]


def test_a_case_of_the_oversight_or_the_ombudsman_rises_no_further_by_itself(store: Store) -> None:
    accusing, highest = open_toy_case(store, accused=["PUC"]), open_toy_case(store)
    put(store, highest, level=Level.OMBUDSMAN)
    assert escalate_late(store, DAYS, DUE + timedelta(days=400)) == 0
    assert levels(store, accusing, highest) == [Level.OVERSIGHT, Level.OMBUDSMAN]


def test_every_late_case_rises_in_one_run(store: Store) -> None:
    references = [open_toy_case(store, mda=mda) for mda in ("PUC", "SLTA", None)]
    later = open_toy_case(store, now=NOON + timedelta(days=3))
    assert escalate_late(store, DAYS, DUE + SECOND) == 3
    assert levels(store, *references, later) == [Level.HEAD] * 3 + [Level.AGENCY]


def test_a_person_who_writes_while_late_cases_rise_stops_none_of_them(store: Store) -> None:
    first, second, third = [open_toy_case(store) for _ in range(3)]
    with ThreadPoolExecutor(1) as pool:
        with store.session() as session:  # a desk between its change and its commit
            case = session.scalars(sa.select(Case).where(Case.reference == second)).one()
            case.urgency = "urgent"
            session.flush()
            rising = pool.submit(escalate_late, store, DAYS, DUE + SECOND)
            time.sleep(0.5)  # long enough for the other to read, where the database lets it
        rising.result()
    assert read_case(store, second).urgency == "urgent"
    assert levels(store, first, third) == [Level.HEAD] * 2


def test_a_case_that_a_person_raised_rises_on_once_it_is_late_and_was_long_enough_with_the_head(store: Store) -> None:
    early, lately = open_toy_case(store), open_toy_case(store)
    desk_of(store, clock=Clock(NOON)).escalate(early, 1, "too big")
    desk_of(store, clock=Clock(DUE)).escalate(lately, 1, "too big")
    assert escalate_late(store, DAYS, DUE) == 0
    assert escalate_late(store, DAYS, DUE + SECOND) == 1
    assert levels(store, early, lately) == [Level.OVERSIGHT, Level.HEAD]
    assert escalate_late(store, DAYS, DAYS.after(DUE, RISE_DAYS)) == 0
    assert escalate_late(store, DAYS, DAYS.after(DUE, RISE_DAYS) + SECOND) == 1


# What a case lacks of its posts


def test_posts_without_a_case_are_told_from_those_of_open_and_closed_ones(store: Store) -> None:
    open_toy_case(store, "a")
    desk_of(store).close(open_toy_case(store, "b"), 1, CaseState.WITHDRAWN, {})
    assert posts_without_case(store, ["a", "b", "c", "d"]) == {"c", "d"}
    assert posts_without_case(store, []) == set()
    many = [f"p{n}" for n in range(1_200)]
    assert posts_without_case(store, ["a", *many]) == set(many)


def test_what_a_case_lacks_is_filled_in_and_nothing_that_is_there_is_changed(store: Store) -> None:
    lacking = open_toy_case(
        store, routed_post("late", text="", lang="other", said_at=None, source="", district=None),
        routed_post("social", source="reddit", url="https://social.example/1"), is_formal=False,
    )  # fmt: skip
    whole = open_toy_case(store, routed_post("formal", receipt="S-1"), meaning=b"whole")
    assert sorted(posts_to_fill_in(store)) == ["late", "social"]
    known = {}
    for name in ("late", "social", "formal"):
        said_at, url = NOON + timedelta(hours=1 if name == "late" else 0), f"https://x.example/{name}"
        post = routed_post(
            name, text="FILLED", lang="crs", said_at=said_at, source="forum", district="SC-08", url=url
        )  # fmt: skip
        known[name] = (post, f"of {name}".encode())
    versions = [read_case(store, reference).version for reference in (lacking, whole)]
    fill_in(store, known)
    late, social = sorted(read_case(store, lacking).posts, key=lambda post: post.post_id)
    assert (late.text, late.lang, late.said_at, late.source, late.district, late.url) == (
        "FILLED", "crs", NOON + timedelta(hours=1), "forum", "SC-08", "https://x.example/late",
    )  # fmt: skip
    assert (social.text, social.source, social.url) == (
        "no water at [person]'s house, says social", "reddit", "https://social.example/1",
    )  # fmt: skip
    (formal,) = read_case(store, whole).posts
    assert (formal.text, formal.lang, formal.district) == ("no water at [person]'s house, says formal", "en", "SC-05")
    assert meanings(store) == {lacking: known["social"][1], whole: b"whole"}
    assert [read_case(store, reference).version for reference in (lacking, whole)] == versions
    assert posts_to_fill_in(store) == []


def meanings(store: Store) -> dict[str, bytes | None]:
    with store.reading() as session:
        return dict(session.execute(sa.select(Case.reference, Case.meaning)).tuples().all())


def test_nothing_of_a_closed_case_is_filled_in(store: Store) -> None:
    reference = open_toy_case(store, routed_post("a", text=""))
    assert posts_to_fill_in(store) == ["a"]
    desk_of(store).close(reference, 1, CaseState.WITHDRAWN, {})
    assert posts_to_fill_in(store) == []
    fill_in(store, {"a": (routed_post("a", text="FILLED"), b"meaning")})
    assert (read_case(store, reference).posts[0].text, meanings(store)) == ("", {reference: None})


def test_an_edited_post_is_read_in_its_newest_words_and_nobody_answers_the_old_ones(store: Store) -> None:
    desk = desk_of(store)
    reference = open_toy_case(store, "a", "b")
    other = open_toy_case(store, "c")
    edited = {"a": routed_post("a", text="EDITED", lang="crs"), "b": routed_post("b"), "gone": routed_post("gone")}
    assert take_edits(store, edited, NOON) == 1
    case = read_case(store, reference)
    assert {post.post_id: (post.text == "EDITED", post.lang) for post in case.posts} == {
        "a": (True, "crs"), "b": (False, "en"),
    }  # fmt: skip
    assert [action for _, action, _ in events(store, reference)] == ["case opened", "post edited"]
    with pytest.raises(ChangedMeanwhileError):
        desk.answer(reference, 1, {"en": "It is mended, and the water is back since Monday."})
    assert take_edits(store, edited, NOON) == 0
    assert version_of(store, reference) == case.version
    assert version_of(store, other) == 1


def test_a_closed_case_and_an_erased_post_keep_what_they_have(store: Store) -> None:
    desk = desk_of(store)
    reference = open_toy_case(store, "a")
    erased = open_toy_case(store, "b")
    with store.session() as session:
        session.execute(sa.update(CasePost).where(CasePost.post_id == "b").values(text=""))
    desk.close(reference, 1, CaseState.WITHDRAWN, {})
    edited = {name: routed_post(name, text="EDITED") for name in ("a", "b")}
    assert take_edits(store, edited, NOON) == 0
    assert take_edits(store, {"b": routed_post("b", text="")}, NOON) == 0
    assert [post.text for post in read_case(store, erased).posts] == [""]
