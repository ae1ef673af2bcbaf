"""The steps of a case, against a table written by hand."""

import pytest
from toy_cases import toy_case

from portal import transitions
from portal.errors import TransitionError
from portal.models import CaseState
from portal.transitions import Transition

MOVING = "received acknowledged routed in_progress escalated"
OPEN = f"{MOVING} on_hold"
DECIDED = "resolved upheld partly_upheld not_upheld out_of_scope"
# step: where it may be taken, where it may lead
TABLE = {
    transitions.ACKNOWLEDGE: ("received", "acknowledged"),
    transitions.ACCEPT: ("received acknowledged escalated", "routed"),
    transitions.CORRECT: (MOVING, "routed"),
    transitions.ASK: (MOVING, "on_hold"),
    transitions.RESUME: ("on_hold", "in_progress"),
    transitions.ANSWER: (MOVING, "in_progress"),
    transitions.CLOSE: (OPEN, f"{DECIDED} withdrawn"),
    transitions.APPEAL: (DECIDED, "received"),
    transitions.REPEAT: (OPEN, "duplicate"),
    transitions.ESCALATE: (OPEN, "escalated"),
}
STEPS = [pytest.param(step, id=step.name) for step in TABLE]


def test_the_table_here_knows_every_step() -> None:
    steps = [step for step in vars(transitions).values() if isinstance(step, Transition)]
    assert len(steps) == len(TABLE)
    assert set(steps) == set(TABLE)


def test_every_state_is_open_or_closed() -> None:
    assert {state.value for state in transitions.OPEN} == set(OPEN.split())
    assert {state.value for state in transitions.CLOSED} == {*DECIDED.split(), "withdrawn", "duplicate"}
    assert frozenset(CaseState) == transitions.OPEN | transitions.CLOSED


@pytest.mark.parametrize("step", STEPS)
def test_a_step_is_taken_from_where_the_table_says_to_where_it_says_and_nowhere_else(step: Transition) -> None:
    before, after = (words.split() for words in TABLE[step])
    for here in CaseState:
        for there in CaseState:
            case = toy_case(state=here)
            if here in before and there in after:
                step.take(case, there)
                assert case.state is there
            else:
                with pytest.raises(TransitionError):
                    step.take(case, there)
                assert case.state is here


def test_a_refused_step_names_the_case_the_step_and_both_states() -> None:
    case = toy_case(state=CaseState.WITHDRAWN)
    with pytest.raises(TransitionError) as refused:
        transitions.ACCEPT.take(case, CaseState.ROUTED)
    error = refused.value
    assert (error.reference, error.step, error.before, error.after) == ("C-2222-3333", "accept", "withdrawn", "routed")
    assert str(error) == "case C-2222-3333 is withdrawn: to accept (routed) is not possible from there"


def test_what_is_closed_opens_again_by_an_appeal_alone_and_what_was_taken_back_or_repeats_never() -> None:
    reopening = {step for step in TABLE if step.before & transitions.CLOSED}
    assert reopening == {transitions.APPEAL}
    ends = {state for state in CaseState if not any(state in step.before for step in TABLE)}
    assert ends == {CaseState.WITHDRAWN, CaseState.DUPLICATE}
