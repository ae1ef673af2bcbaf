"""Who may do what, against tables written by hand."""

from datetime import timedelta

import pytest
from toy_cases import (
    NOON,
    OFFICERS,
    add_account,
    desk_of,
    everything,
    open_toy_case,
    put,
    routed_post,
    toy_account,
    toy_case,
    toy_matter,
    version_of,
)

from portal.desk import Desk
from portal.errors import NotAllowedError, PortalError, UnknownCaseError
from portal.models import Account, Case, CaseState, Level, Role
from portal.permissions import Act, may, may_for, may_on, require, require_for, require_on
from portal.store import Store

A, O, H, V, S, D = (  # noqa: E741 - the columns of the table below
    Role.ANALYST, Role.OFFICER, Role.HEAD, Role.OVERSIGHT, Role.STATISTICIAN, Role.ADMINISTRATOR,
)  # fmt: skip
ROLES_THAT_MAY = {
    Act.SEE: {A, O, H, V},
    Act.CORRECT: {A, O, H, V},
    Act.ACCEPT: {O, H, V},
    Act.REPLY: {O, H, V},
    Act.CLOSE: {O, H, V},
    Act.ARRANGE: {O, H, V},
    Act.EXTEND: {O, H, V},
    Act.ESCALATE: {O, H, V},
    Act.REVEAL: {O, H, V},
    Act.TAKE_UP: {O, H},
    Act.PUBLISH: {H},
    Act.SEE_INBOX: {A, O, H, V},
    Act.READ: {A, O, H, V},
    Act.STEER: {A, V},
}
ON_A_CASE = {
    Act.SEE, Act.ACCEPT, Act.CORRECT, Act.REPLY, Act.CLOSE, Act.ARRANGE, Act.EXTEND, Act.ESCALATE, Act.REVEAL,
}  # fmt: skip
ALSO_OF_A_HEAD = ON_A_CASE | {Act.PUBLISH}
RIGHTS = {"all+": ALSO_OF_A_HEAD, "all": ON_A_CASE, "fix": {Act.SEE, Act.CORRECT}, "see": {Act.SEE}, "-": set()}

PEOPLE = {
    "analyst": toy_account(A),
    "officer": toy_account(O, "PUC"),
    "head": toy_account(H, "PUC"),
    "stranger": toy_account(O, "SLTA"),
    "strange head": toy_account(H, "SLTA"),
    "oversight": toy_account(V),
    "statistician": toy_account(S),
    "administrator": toy_account(D),
    "officer of none": toy_account(O),
}
CASES = {
    "own": toy_case(),
    "confidential": toy_case(is_confidential=True),
    "at the head": toy_case(level=Level.HEAD),
    "at the oversight": toy_case(level=Level.OVERSIGHT),
    "at the Ombudsman": toy_case(level=Level.OMBUDSMAN),
    "accuses the agency": toy_case(level=Level.OVERSIGHT, accused=["PUC"]),
    "accuses two agencies": toy_case(level=Level.OVERSIGHT, accused=["PUC", "SLTA"], is_confidential=True),
    "accuses another agency": toy_case(accused=["SLTA"]),
    "accuses another, at the oversight": toy_case(level=Level.OVERSIGHT, accused=["SLTA"]),
    "of no agency": toy_case(mda=None),
    "of no agency, confidential": toy_case(mda=None, is_confidential=True),
    "of no agency, accuses": toy_case(mda=None, accused=["PUC"]),
    "foreign": toy_case(mda="SLTA"),
    "appealed, who closed it is barred": toy_case(barred=[1]),
    "appealed, others are barred": toy_case(barred=[2, 3]),
    "at the Ombudsman, all are barred": toy_case(level=Level.OMBUDSMAN, barred=[1]),
}
# A case that has risen past its agency is still the agency's to see, not to decide; what accuses it is neither.
TABLE = """
case                              | analyst | officer | head | stranger | strange head | oversight | statistician | administrator | officer of none
own                               | see     | all     | all+ | -        | -            | see       | -            | -             | -
confidential                      | -       | all     | all+ | -        | -            | see       | -            | -             | -
at the head                       | see     | all     | all+ | -        | -            | see       | -            | -             | -
at the oversight                  | see     | see     | see  | -        | -            | all       | -            | -             | -
at the Ombudsman                  | see     | see     | see  | -        | -            | all       | -            | -             | -
accuses the agency                | see     | -       | -    | -        | -            | all       | -            | -             | -
accuses two agencies              | -       | -       | -    | -        | -            | all       | -            | -             | -
accuses another agency            | see     | all     | all+ | -        | -            | see       | -            | -             | -
accuses another, at the oversight | see     | see     | see  | -        | -            | all       | -            | -             | -
of no agency                      | fix     | -       | -    | -        | -            | see       | -            | -             | -
of no agency, confidential        | -       | -       | -    | -        | -            | see       | -            | -             | -
of no agency, accuses             | fix     | -       | -    | -        | -            | see       | -            | -             | -
foreign                           | see     | -       | -    | all      | all+         | see       | -            | -             | -
appealed, who closed it is barred | see     | see     | see  | -        | -            | see       | -            | -             | -
appealed, others are barred       | see     | all     | all+ | -        | -            | see       | -            | -             | -
at the Ombudsman, all are barred  | see     | see     | see  | -        | -            | see       | -            | -             | -
"""  # noqa: E501 - a table
HEADINGS, *ROWS = ([cell.strip() for cell in line.split("|")] for line in TABLE.strip().splitlines())
CELLS = [
    pytest.param(PEOPLE[person], CASES[row[0]], RIGHTS[rights], id=f"{person}: {row[0]}")
    for row in ROWS
    for person, rights in zip(HEADINGS[1:], row[1:], strict=True)
]


def test_the_tables_here_know_every_act_and_every_kind_of_case_and_person() -> None:
    assert set(ROLES_THAT_MAY) == set(Act)
    assert set(HEADINGS[1:]) == set(PEOPLE)
    assert [row[0] for row in ROWS] == list(CASES)


@pytest.mark.parametrize("act", Act)
def test_a_role_allows_what_the_table_says(act: Act) -> None:
    assert {role for role in Role if may(toy_account(role, "PUC"), act)} == ROLES_THAT_MAY[act]
    assert not any(may(toy_account(role, "PUC", is_disabled=True), act) for role in Role)


@pytest.mark.parametrize(("person", "case", "rights"), CELLS)
def test_on_a_case_a_person_may_do_what_the_table_says(person: Account, case: Case, rights: set[Act]) -> None:
    assert {act for act in ALSO_OF_A_HEAD if may_on(person, act, case)} == rights
    for act in rights:
        require_on(person, act, case)
    for act in ALSO_OF_A_HEAD - rights:  # what may not be seen does not exist
        with pytest.raises(NotAllowedError if Act.SEE in rights else UnknownCaseError):
            require_on(person, act, case)


@pytest.mark.parametrize("role", Role)
def test_a_disabled_account_sees_nothing(role: Role) -> None:
    account = toy_account(role, "PUC" if role in OFFICERS else None, is_disabled=True)
    assert not any(may_on(account, act, case) for case in CASES.values() for act in Act)


def test_a_refusal_names_the_person_and_the_act() -> None:
    with pytest.raises(NotAllowedError, match=r"^statistician-invented may not see an inbox$"):
        require(toy_account(Role.STATISTICIAN), Act.SEE_INBOX)
    require(toy_account(Role.HEAD, "PUC"), Act.SEE_INBOX)
    with pytest.raises(NotAllowedError, match=r"^analyst-invented may not close this case$"):
        require_on(toy_account(Role.ANALYST), Act.CLOSE, toy_case())


@pytest.mark.parametrize("act", [Act.TAKE_UP, Act.PUBLISH])
def test_in_the_name_of_an_agency_only_its_own_people_act(act: Act) -> None:
    for name, person in PEOPLE.items():
        for mda in ("PUC", "SLTA", None, ""):
            is_allowed = person.mda == mda and person.role in ROLES_THAT_MAY[act]
            assert may_for(person, act, mda) is (is_allowed and mda is not None), name
            if is_allowed and mda is not None:
                require_for(person, act, mda)
            else:
                with pytest.raises(NotAllowedError, match=f"^{person.name} may not {act.value}$"):
                    require_for(person, act, mda)


UNKNOWN = "C-ZZZZ-ZZZZ"
LATER = NOON + timedelta(days=90)
ACTS_OF_A_DESK = {
    "acknowledge": lambda desk, ref: desk.acknowledge(ref, 1),
    "accept": lambda desk, ref: desk.accept(ref, 1),
    "correct": lambda desk, ref: desk.correct(ref, 1, category="roads"),
    "correct badly": lambda desk, ref: desk.correct(ref, 1, category="no such"),
    "ask": lambda desk, ref: desk.ask(ref, 1, "Where?", "en"),
    "resume": lambda desk, ref: desk.resume(ref, 1),
    "answer": lambda desk, ref: desk.answer(ref, 1, {"en": "Repaired."}),
    "answer badly": lambda desk, ref: desk.answer(ref, 1, {}),
    "close": lambda desk, ref: desk.close(ref, 1, CaseState.RESOLVED, {"en": "Repaired."}),
    "close by an impossible step": lambda desk, ref: desk.close(ref, 1, CaseState.RECEIVED, {}),
    "duplicate": lambda desk, ref: desk.close_as_duplicate(ref, 1, UNKNOWN),
    "split": lambda desk, ref: desk.split(ref, 1, ["foreign1"]),
    "extend": lambda desk, ref: desk.extend(ref, 1, "parts"),
    "escalate": lambda desk, ref: desk.escalate(ref, 1, "help"),
    "tell": lambda desk, ref: desk.tell(ref, 1, ["foreign1"]),
    "tell badly": lambda desk, ref: desk.tell(ref, 1, []),
    "publish": lambda desk, ref: desk.publish(ref, 1, "When?", {"en": "Repaired."}, LATER),
    "publish badly": lambda desk, ref: desk.publish(ref, 1, "", {}, NOON),
    "make confidential": lambda desk, ref: desk.correct(ref, 1, is_confidential=True),
    "similar": lambda desk, ref: desk.similar(ref),
    "reveal": lambda desk, ref: desk.reveal(ref, "foreign1", "why"),
    "case": lambda desk, ref: desk.case(ref),
    "history": lambda desk, ref: desk.history(ref),
    "an old version": lambda desk, ref: desk.accept(ref, 77),
}


def refusal(act: str, desk: Desk, reference: str) -> tuple[type[PortalError], str]:
    with pytest.raises(PortalError) as refused:
        ACTS_OF_A_DESK[act](desk, reference)
    return type(refused.value), str(refused.value).replace(reference, "REFERENCE")


def test_a_case_that_one_may_not_see_is_refused_in_the_words_of_a_wrong_reference(store: Store) -> None:
    foreign = [
        open_toy_case(store, "foreign1", "foreign2", mda="SLTA"),
        open_toy_case(store, "foreign3", accused=["PUC"], is_confidential=True),
        open_toy_case(store, "foreign4", mda=None, is_confidential=True),
    ]
    put(store, foreign[0], state=CaseState.WITHDRAWN, version=5)
    before = everything(store)
    for role in (Role.OFFICER, Role.HEAD, Role.STATISTICIAN, Role.ADMINISTRATOR):
        desk = desk_of(store, role)
        said = {(act, *refusal(act, desk, reference)) for act in ACTS_OF_A_DESK for reference in [*foreign, UNKNOWN]}
        assert said == {
            (act, UnknownCaseError, "there is no case REFERENCE that you may see") for act in ACTS_OF_A_DESK
        }
    after = everything(store)
    assert {**after, "accounts": []} == {**before, "accounts": []}


def test_a_post_of_a_foreign_case_is_refused_in_the_words_of_a_post_there_is_not(store: Store) -> None:
    own = open_toy_case(store, "own1", "own2")
    open_toy_case(store, routed_post("foreign1", receipt="S-2222-2222"), mda="SLTA")
    desk = desk_of(store)
    for act in (
        lambda post_id: desk.reveal(own, post_id, "why"),
        lambda post_id: desk.tell(own, 1, [post_id]),
        lambda post_id: desk.tell(own, 1, ["own1", post_id]),
        lambda post_id: desk.split(own, 1, [post_id]),
        lambda post_id: desk.split(own, 1, ["own1", post_id]),
    ):
        said = set()
        for post_id in ("foreign1", "nowhere"):
            with pytest.raises(PortalError) as refused:
                act(post_id)
            said.add(str(refused.value))
        assert len(said) == 1


def test_a_foreign_case_cannot_be_named_as_the_one_that_is_repeated(store: Store) -> None:
    own, foreign = open_toy_case(store, "own1"), open_toy_case(store, "foreign1", mda="SLTA")
    desk = desk_of(store)
    said = set()
    for reference in (foreign, UNKNOWN):
        with pytest.raises(UnknownCaseError) as refused:
            desk.close_as_duplicate(own, 1, reference)
        said.add(str(refused.value).replace(reference, "REFERENCE"))
    assert len(said) == 1


def test_a_disabled_or_removed_account_learns_nothing_of_a_case(store: Store) -> None:
    own = open_toy_case(store, "own1", "own2")
    working = desk_of(store)
    for account_id in (add_account(store, Role.OFFICER, is_disabled=True), 999):
        desk = Desk(store, account_id, working.days, working.mda_of, working.clock)
        said = {(act, *refusal(act, desk, reference)) for act in ACTS_OF_A_DESK for reference in (own, UNKNOWN)}
        assert said == {
            (act, NotAllowedError, "this account may not do anything here: it was disabled or removed")
            for act in ACTS_OF_A_DESK
        }


def test_only_an_officer_or_the_head_of_its_agency_takes_a_matter_up(store: Store) -> None:
    desks = {
        (role, mda): desk_of(store, role, mda)
        for role in Role
        for mda in (("PUC", "SLTA") if role in OFFICERS else (None,))
    }
    desks[(Role.OFFICER, "disabled")] = Desk(
        store, add_account(store, Role.OFFICER, is_disabled=True), desks[(Role.OFFICER, "PUC")].days, {}, lambda: NOON
    )
    before = everything(store)
    taken = set()
    for who, desk in desks.items():
        for mda in ("PUC", "SLTA", None):
            matter = toy_matter(f"{who} {mda}", mda=mda, is_formal=False)
            if who[0] in OFFICERS and who[1] == mda:
                taken.add(desk.take_up(matter))
                continue
            with pytest.raises(NotAllowedError, match=r"may not (make a case of what people say|do anything here)"):
                desk.take_up(matter)
    assert len(taken) == 4
    assert len(everything(store)["cases"]) == len(before["cases"]) + 4


def test_who_is_barred_may_look_and_do_nothing_by_any_act(store: Store) -> None:
    own = open_toy_case(store, "foreign1", "own2")
    other = open_toy_case(store, "own3")
    answering = desk_of(store)
    answering.answer(own, 1, {"en": "The pipe was repaired on Monday."})
    desks = [desk_of(store, role) for role in (Role.OFFICER, Role.HEAD)]
    overseer = desk_of(store, Role.OVERSIGHT)
    for level, sitting in ((Level.AGENCY, desks), (Level.OMBUDSMAN, [overseer])):
        put(store, own, level=level, barred=[desk.account_id for desk in (*desks, overseer)])
        before = everything(store)
        for desk in sitting:
            for name, act in ACTS_OF_A_DESK.items():
                if name in ("case", "history", "similar"):
                    act(desk, own)
                    continue
                with pytest.raises(NotAllowedError):
                    act(desk, own)
            with pytest.raises(NotAllowedError):
                desk.tell(own, version_of(store, own), ["foreign1"])
            if level is Level.AGENCY:
                with pytest.raises(NotAllowedError):
                    desk.close_as_duplicate(other, 1, own)
        assert everything(store) == before
