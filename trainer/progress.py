"""Progress with time left: bars on a terminal; elsewhere a line now and then, for steps that take long."""

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

import click

from trainer.interruption import check_told_to_end

Advance = Callable[[int], None]
Item = TypeVar("Item")

FIRST_LINE_S = 30.0  # without a terminal; each wait is twice as long as the one before
LONGEST_WAIT_S = 600.0


@contextmanager
def progress_bar(what: str, total: int, unit: str) -> Iterator[Advance]:
    """Tell on standard error how far the block is."""
    if not sys.stderr.isatty():
        yield _stoppable(ProgressLines(what, total, unit).advance)
        return
    from tqdm import tqdm

    with tqdm(total=total, desc=what, unit=f" {unit}", leave=False) as bar:
        yield _stoppable(bar.update)


def counted(what: str, items: Iterable[Item], total: int, unit: str) -> Iterator[Item]:
    """Yield the items, and tell how far they are if there are several."""
    if total < 2:
        yield from items
        return
    with progress_bar(what, total, unit) as advance:
        for item in items:
            yield item
            advance(1)


@contextmanager
def working(what: str) -> Iterator[None]:
    """Name on a terminal what the block does, where nothing can be counted."""
    if not sys.stderr.isatty():
        yield
        return
    from tqdm import tqdm

    with tqdm(desc=what, bar_format="{desc} ...", leave=False):
        yield


def _stoppable(advance: Callable[[int], object]) -> Advance:
    def step(count: int) -> None:
        check_told_to_end()
        advance(count)

    return step


@dataclass
class ProgressLines:
    """Progress in plain lines, for logs; a step that is soon over prints none."""

    what: str
    total: int
    unit: str
    done: int = 0
    wait_s: float = FIRST_LINE_S
    started: float = field(default_factory=time.monotonic)
    told: float = field(default_factory=time.monotonic)

    def advance(self, count: int) -> None:
        """Count, and print a line if the last one is long ago."""
        self.done += count
        now = time.monotonic()
        if now - self.told >= self.wait_s and 0 < self.done < self.total:
            left_s = (now - self.started) / self.done * (self.total - self.done)
            click.echo(
                f"trainer: {self.what}: {self.done} of {self.total} {self.unit}, "
                f"about {duration(left_s)} left",
                err=True,
            )
            self.told, self.wait_s = now, min(2 * self.wait_s, LONGEST_WAIT_S)


def duration(seconds: float) -> str:
    """Return a duration in the largest unit that keeps it readable."""
    if seconds < 90:
        return f"{round(seconds)} s"
    if seconds < 90 * 60:
        return f"{round(seconds / 60)} min"
    return f"{seconds / 3600:.1f} h"
