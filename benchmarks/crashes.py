"""Kills jobs at random points, takes their power or their disk space away, and examines what is left."""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from tests.curator.custody import steps

if TYPE_CHECKING:
    from tests.curator.custody.crashes import Crashes, Tried

IN_MEMORY = Path("/dev/shm")  # a kill leaves there what it leaves on a disk, and sooner  # noqa: S108
TOLD_EVERY_S = 60.0
MOST_CRASHES = 100  # until a planted fault must be found
COMMANDS = {  # whose disk is filled
    "import": ("import", "{study.incoming}"),
    "export": ("export", "--ratios", "60,20,20", "--folds", "2"),
    "backup": ("backup", "{study.backups}"),
}
SURVIVES: tuple[Literal["none", "some"], ...] = ("none", "some")  # of what was not synced


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("jobs", nargs="*", help="all without a name")
    parser.add_argument("--kills", type=int, default=200, help="of all jobs together")
    parser.add_argument("--power", type=int, default=0, help="failures of power, of each job")
    parser.add_argument("--full", type=int, default=0, help="writes at which the disk is full")
    parser.add_argument("--faults", action="store_true", help="plant faults, which must be found")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    if not steps.can_count():
        sys.exit("Counting steps needs Linux with 64 bits and a C compiler.")
    steps.count_here("benchmarks.crashes")
    with tempfile.TemporaryDirectory(dir=IN_MEMORY if IN_MEMORY.is_dir() else None) as made:
        found = [*try_all(Path(made), asked)]
    print(json.dumps({"tried": found}))
    sys.exit(any(one["broken"] for one in found))


def try_all(folder: Path, asked: argparse.Namespace) -> Iterator[dict[str, object]]:
    from tests.curator.custody.crash_faults import FAULTS
    from tests.curator.custody.crash_jobs import JOBS
    from tests.curator.custody.crashes import Crashes, cheaply

    with cheaply():
        jobs = asked.jobs or [*JOBS]
        together = sum(JOBS[name].weight for name in jobs)
        for name in jobs:
            crashes = Crashes(folder, name, asked.seed)
            if asked.kills:
                share = asked.kills * JOBS[name].weight / together
                yield told("killed", crashes, crashes.kill(round(share)))
            for survives in SURVIVES if asked.power else ():
                lost = crashes.lose_power(asked.power, survives)
                yield told(f"without power, {survives} of the rest kept", crashes, lost)
            if asked.full and name in COMMANDS:
                words = COMMANDS[name]
                yield told("out of space", crashes, crashes.fill_disk(asked.full, words))
                brief = crashes.fill_disk(asked.full, words, is_brief=True)
                yield told("out of space for one write", crashes, brief)
        for fault, job in FAULTS.items() if asked.faults else ():
            crashes = Crashes(folder, "import", asked.seed)
            tries = crashes.kill(10**6, job)
            if fault == "folder not synced":
                tries = crashes.lose_power(20, "none", job)
            yield sought(fault, tries)


def told(how: str, crashes: "Crashes", tries: "Iterator[Tried]") -> dict[str, object]:
    started, said = time.monotonic(), time.monotonic()
    shown = 0
    for tried in tries:
        for one in tried.broken[shown:]:
            print(f"  {one:.500}", flush=True)
        shown = len(tried.broken)
        if time.monotonic() - said > TOLD_EVERY_S:
            said = time.monotonic()
            print(f"  {crashes.name}: {tried.cut_short}", file=sys.stderr, flush=True)
    seconds = round(time.monotonic() - started, 1)
    print(
        f"{crashes.name:<12}{how:<40}{tried.cut_short:>7} times, {tried.ended:>4} ended before, of "
        f"{tried.steps:>5} steps, {tried.acknowledged:>6} acknowledged, {len(tried.broken):>3} broken"
        f"{seconds:>8} s",
        flush=True,
    )
    return {"how": how, "seconds": seconds, **asdict(tried)}


def sought(fault: str, tries: "Iterator[Tried]") -> dict[str, object]:
    """Crash until a planted fault is found; it is broken if it is not."""
    for tried in tries:
        if tried.broken:
            print(f"{fault}: found by the {tried.cut_short}. crash: {tried.broken[0]:.150}")
            return {"how": fault, "cut_short": tried.cut_short, "broken": []}
        if tried.cut_short >= MOST_CRASHES:
            break
    return {"how": fault, "cut_short": tried.cut_short, "broken": ["it was not found"]}


if __name__ == "__main__":
    main()
