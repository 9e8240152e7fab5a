"""What a requirement is, how its test is carried out, and what came of it."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from curator.validation.scratch import Scratch

LONGEST_SEEN = 600  # characters


class Outcome(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    NOT_RUN = "not run"


class Unmet(Exception):
    """The requirement is not met; the message says what was seen instead."""


class NotRun(Exception):
    """The test could not be carried out here; the message says why."""


def require(holds: object, otherwise: str) -> None:
    if not holds:
        raise Unmet(otherwise)


@dataclass(frozen=True)
class Requirement:
    """One row of the table: `check` returns what it saw, or raises Unmet or NotRun."""

    number: str
    area: str
    says: str
    tested: str
    check: "Callable[[Scratch], str]"


@dataclass(frozen=True)
class Result:
    """What came of one requirement's test; `seen` is one line."""

    number: str
    area: str
    requirement: str
    tested: str
    outcome: Outcome
    seen: str
    seconds: float


def carry_out(requirement: Requirement, scratch: "Scratch") -> Result:
    """Test one requirement; whatever goes wrong in the test is a failed row, and ends no other."""
    began = time.monotonic()
    outcome, seen = _tried(requirement, scratch)
    return Result(
        requirement.number,
        requirement.area,
        requirement.says,
        requirement.tested,
        outcome,
        _one_line(seen),
        round(time.monotonic() - began, 2),
    )


def _tried(requirement: Requirement, scratch: "Scratch") -> tuple[Outcome, str]:
    try:
        return Outcome.PASSED, requirement.check(scratch)
    except Unmet as problem:
        return Outcome.FAILED, str(problem)
    except NotRun as why:
        return Outcome.NOT_RUN, str(why)
    except Exception as error:
        told = str(error).strip().partition("\n")[0] or "no message"
        return Outcome.FAILED, f"The test ended with an error: {type(error).__name__}: {told}"


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    line = f"{line[:1].upper()}{line[1:]}"
    line += "" if line.endswith((".", "!", "?")) else "."
    return line if len(line) <= LONGEST_SEEN else f"{line[: LONGEST_SEEN - 1]}…"
