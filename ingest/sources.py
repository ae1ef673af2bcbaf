"""What a source is to the rest of the pipeline, and how often it is asked again.

A source yields pages: records, and the cursor that holds once they have landed. Whoever lands a page stores its
cursor in the same transaction, so a source that fails half-way loses nothing and repeats nothing.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_exponential_jitter

from ingest.errors import SourceUnavailableError
from ingest.records import Record

Cursor = Mapping[str, Any]
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Page:
    """Records in the source's order; `cursor` is None where the source keeps no place (a file).

    A page with a cursor is read whole before it is yielded, so that nothing waits for a network while it lands. A page
    without one may be read as it lands; it is all that the source holds, however often that landed before.
    """

    records: Iterable[Record]
    cursor: Cursor | None = None


class Source(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def kind(self) -> str: ...

    def pages(self, cursor: Cursor | None) -> Iterator[Page]:
        """Yield what is new since `cursor`; what has landed before may come again.

        Whatever the source needs is opened here and closed when reading ends. Raises `IngestError`s, and whatever its
        settings or its store raise when it cannot be opened.
        """
        ...


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Exponential back-off with jitter that obeys a source's own Retry-After.

    A source that asks for more than `longest_wait_seconds` is left alone until the next run.
    """

    attempts: int = 4
    first_wait_seconds: float = 1.0
    longest_wait_seconds: float = 60.0
    sleep: Callable[[float], None] = time.sleep

    def call(self, action: Callable[[], Result]) -> Result:
        """Return what `action` returns, asking again while it raises `SourceUnavailableError`; else let it through."""
        retrying = Retrying(
            retry=retry_if_exception(self._is_worth_another_try),
            stop=stop_after_attempt(self.attempts),
            wait=self._wait,
            sleep=self.sleep,
            reraise=True,
        )
        return retrying(action)

    def _is_worth_another_try(self, error: BaseException) -> bool:
        return (
            isinstance(error, SourceUnavailableError) and (error.retry_after_seconds or 0) <= self.longest_wait_seconds
        )

    def _wait(self, state: RetryCallState) -> float:
        back_off = wait_exponential_jitter(multiplier=self.first_wait_seconds, max=self.longest_wait_seconds)
        error = state.outcome.exception() if state.outcome else None
        asked = error.retry_after_seconds if isinstance(error, SourceUnavailableError) else None
        return max(back_off(state), asked or 0.0)
