"""Which steps a case can take, from where to where."""

from dataclasses import dataclass

from portal.errors import TransitionError
from portal.models import Case, CaseState

OPEN = frozenset(
    {
        CaseState.RECEIVED,
        CaseState.ACKNOWLEDGED,
        CaseState.ROUTED,
        CaseState.IN_PROGRESS,
        CaseState.ON_HOLD,
        CaseState.ESCALATED,
    }
)
CLOSED = frozenset(CaseState) - OPEN
MOVING = OPEN - {CaseState.ON_HOLD}
OUTCOMES = CLOSED - {CaseState.DUPLICATE}  # a duplicate is closed by naming what it repeats


@dataclass(frozen=True, slots=True)
class Transition:
    """A named step: allowed in the states `before`, leading to one of `after`."""

    name: str
    before: frozenset[CaseState]
    after: frozenset[CaseState]

    def take(self, case: Case, state: CaseState) -> None:
        """Put the case into `state`. Raises `TransitionError`, and changes nothing, where that is no such step."""
        if case.state not in self.before or state not in self.after:
            raise TransitionError(case.reference, self.name, case.state.value, state.value)
        case.state = state


def _to(name: str, before: frozenset[CaseState], *after: CaseState) -> Transition:
    return Transition(name, before, frozenset(after))


ACKNOWLEDGE = _to("acknowledge", frozenset({CaseState.RECEIVED}), CaseState.ACKNOWLEDGED)
ACCEPT = _to("accept", frozenset({CaseState.RECEIVED, CaseState.ACKNOWLEDGED, CaseState.ESCALATED}), CaseState.ROUTED)
CORRECT = _to("correct", MOVING, CaseState.ROUTED)
ASK = _to("ask the citizen", MOVING, CaseState.ON_HOLD)
RESUME = _to("resume", frozenset({CaseState.ON_HOLD}), CaseState.IN_PROGRESS)
ANSWER = _to("answer", MOVING, CaseState.IN_PROGRESS)
CLOSE = Transition("close", OPEN, OUTCOMES)
APPEAL = _to("appeal", OUTCOMES - {CaseState.WITHDRAWN}, CaseState.RECEIVED)
REPEAT = _to("close as a duplicate", OPEN, CaseState.DUPLICATE)
ESCALATE = _to("escalate", OPEN, CaseState.ESCALATED)
