"""Which steps a case can take, from where to where."""

from dataclasses import dataclass

from portal.errors import TransitionError, Words
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
            raise TransitionError(case.reference, self.name, case.state, state)
        case.state = state


def _to(name: str, before: frozenset[CaseState], *after: CaseState) -> Transition:
    return Transition(name, before, frozenset(after))


ACKNOWLEDGE = _to(Words("acknowledge"), frozenset({CaseState.RECEIVED}), CaseState.ACKNOWLEDGED)
ACCEPT = _to(
    Words("accept"), frozenset({CaseState.RECEIVED, CaseState.ACKNOWLEDGED, CaseState.ESCALATED}), CaseState.ROUTED
)
CORRECT = _to(Words("correct"), MOVING, CaseState.ROUTED)
ASK = _to(Words("ask the citizen"), MOVING, CaseState.ON_HOLD)
RESUME = _to(Words("resume"), frozenset({CaseState.ON_HOLD}), CaseState.IN_PROGRESS)
ANSWER = _to(Words("answer"), MOVING, CaseState.IN_PROGRESS)
CLOSE = Transition(Words("close"), OPEN, OUTCOMES)
APPEAL = _to(Words("appeal"), OUTCOMES - {CaseState.WITHDRAWN}, CaseState.RECEIVED)
REPEAT = _to(Words("close as a duplicate"), OPEN, CaseState.DUPLICATE)
ESCALATE = _to(Words("escalate"), OPEN, CaseState.ESCALATED)
