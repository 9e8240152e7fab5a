"""Gives a target one damaged input after another, and keeps what it should have refused in one line."""

import signal
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Protocol

from tests.fuzzing.mutations import mutated

MOST_SECONDS = 20  # of processor time, for one input
MOST_WARMED_UP = 20  # seeds
MOST_CHARACTERS = 2000  # of a refusal


class Target(Protocol):
    """Reads one kind of input. `refusals` are the errors by which it may say no."""

    @property
    def name(self) -> str: ...
    @property
    def is_text(self) -> bool: ...
    @property
    def seeds(self) -> Sequence[bytes]: ...
    @property
    def refusals(self) -> tuple[type[Exception], ...]: ...

    def read(self, content: bytes, seed: int) -> str:
        """Read an input that was made from the seed of that number; return in a word what it was taken for."""


@dataclass(frozen=True)
class Failure:
    """An input that was neither read nor refused in one line."""

    target: str
    number: int
    content: bytes
    why: str


@dataclass
class Outcome:
    read: Counter[str] = field(default_factory=Counter)
    failures: list[Failure] = field(default_factory=list)


class TooSlow(BaseException):
    """No error that a target could take for its own."""


def attack(target: Target, numbers: Sequence[int], campaign: int) -> Outcome:
    """Give a target the inputs of these numbers, each of which is always the same in a campaign."""
    outcome = Outcome()
    _warm_up(target)
    for number in numbers:
        content, seed = damaged(target, number, campaign)
        try:
            with _within(MOST_SECONDS):
                outcome.read[target.read(content, seed)] += 1
        except target.refusals as refused:
            outcome.read["refused"] += 1
            if why := _unclear(str(refused)):
                outcome.failures.append(Failure(target.name, number, content, why))
        except (Exception, TooSlow):
            outcome.read["failed"] += 1
            why = traceback.format_exc(limit=-6)
            outcome.failures.append(Failure(target.name, number, content, why))
    return outcome


def _warm_up(target: Target) -> None:
    """Read what is not damaged: libraries are loaded once, which takes seconds and must not be cut short."""
    for seed, content in enumerate(target.seeds[:MOST_WARMED_UP]):
        with suppress(*target.refusals):
            target.read(content, seed)


def damaged(target: Target, number: int, campaign: int) -> tuple[bytes, int]:
    """Return the input of a number, and the number of the seed from which it was made."""
    draw = Random(f"{campaign}/{target.name}/{number}")
    seed = draw.randrange(len(target.seeds))
    return mutated(target.seeds[seed], target.seeds, draw, is_text=target.is_text), seed


def keep(failures: Sequence[Failure], folder: Path) -> None:
    """Write failed inputs and why they failed into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for one in failures:
        (folder / f"{one.target}-{one.number}").write_bytes(one.content)
        (folder / f"{one.target}-{one.number}.txt").write_text(one.why, "utf-8", "replace")


def _unclear(message: str) -> str:
    """Say what is wrong with a refusal: it must be one line that can be printed and stored."""
    if not message.strip() or len(message) > MOST_CHARACTERS:
        return f"a refusal of {len(message)} characters"
    if any(ord(letter) < 32 or 0xD800 <= ord(letter) < 0xE000 for letter in message):
        return f"not one printable line: {message!r}"
    return ""


@contextmanager
def _within(seconds: int) -> Iterator[None]:
    def stop(*_: Any) -> None:
        raise TooSlow

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
