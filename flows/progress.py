"""Progress of long work, on a terminal only and on standard error, so that results can be piped."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

Item = TypeVar("Item")


def track(items: Sequence[Item], description: str) -> Iterator[Item]:
    """Yield the items, with a bar where a person is watching and there is more than one."""
    if not sys.stderr.isatty() or len(items) < 2:
        yield from items
        return
    from rich.console import Console
    from rich.progress import track as bar

    yield from bar(items, description, console=Console(stderr=True), transient=True)


def say(message: str) -> None:
    """A line for the person at the terminal."""
    print(message, file=sys.stderr)  # noqa: T201 - the one place that talks


def counted(items: Iterable[Item], description: str) -> Iterator[Item]:
    """Yield items of unknown number; on a terminal a running count is shown."""
    if not sys.stderr.isatty():
        yield from items
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn

    columns = (SpinnerColumn(), TextColumn("{task.description} {task.completed:,.0f}"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(description, total=None)
        for item in items:
            progress.advance(task)
            yield item
