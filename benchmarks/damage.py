"""Examines real instances: with single faults planted in them, and sound ones after random walks."""

import argparse
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from curator.base.config import Config
from curator.custody.examination import examine
from tests.curator.custody.damage import Outcome, each_outcome
from tests.curator.custody.walks import Walk, draw_pool

DRAWN_PX = 400
BASES = 4  # instances that faults are planted in, in turn
STEPS = 60  # of a walk


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--faults", type=int, default=1000)
    parser.add_argument("--walks", type=int, default=100)
    parser.add_argument("--people", type=int, default=12, help="drawn, two photos of each")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        pool = draw_pool(folder / "pool", asked.people, DRAWN_PX)
        sound = walks(folder, pool, asked.walks, asked.seed)
        print(
            f"sound instances with findings: {sum(bool(found) for found in sound)} of {len(sound)}"
        )
        for number, found in enumerate(sound):
            for one in found:
                print(f"  walk {number}: {one}")
        bases = [worked_in(folder / f"base{n}", pool, asked.seed + n) for n in range(BASES)]
        report(each_outcome(bases, folder / "scratch", asked.faults, asked.seed))


def walks(folder: Path, pool: Sequence[Path], count: int, seed: int) -> list[list[str]]:
    """Return what is found in each of so many sound instances."""
    found = []
    for number in range(count):
        with tempfile.TemporaryDirectory(dir=folder) as made:
            walk = Walk(
                Config(instance=Path(made) / "instance", workers=1), pool, 1000 * seed + number
            )
            walk.steps(STEPS)
            examined = examine(walk.config, grace_s=0)
            found.append([f"{one.kind} {one.about}: {one.says}" for one in examined.findings])
    return found


def worked_in(folder: Path, pool: Sequence[Path], seed: int) -> Path:
    walk = Walk(Config(instance=folder / "instance", workers=1), pool, seed)
    walk.steps(STEPS)
    walk.finish()
    if found := examine(walk.config, grace_s=0).findings:
        raise SystemExit(f"the instance to be damaged is not sound: {found}")
    return walk.config.instance


def report(outcomes: Iterator[Outcome]) -> None:
    started, counts = time.monotonic(), Counter[tuple[bool, bool, bool]]()
    columns: Counter[str] = Counter()
    for outcome in outcomes:
        fault = outcome.fault
        counts[fault.has_witness, outcome.is_found, outcome.is_named] += 1
        if fault.has_witness and not outcome.is_named:
            print(
                f"  {'not named' if outcome.is_found else 'not found'}: {fault.what} {outcome.told}"
            )
        if not fault.has_witness and not outcome.is_found:
            columns[fault.what.split(" ")[0]] += 1
    for has_witness, title in ((True, "faults"), (False, "faults without a second witness")):
        of = sum(n for (witness, *_), n in counts.items() if witness == has_witness)
        found = sum(
            n for (witness, f, _), n in counts.items() if (witness, f) == (has_witness, True)
        )
        named = counts[has_witness, True, True]
        print(f"{title}: {of}, found {found}, found and named {named}")
    print(f"not found, without a second witness: {dict(columns.most_common())}")
    print(f"{time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()
