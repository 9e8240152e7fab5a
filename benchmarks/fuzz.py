"""Gives every reader of files, and the server, damaged inputs: `python -m benchmarks.fuzz 1000000`.

What was neither read nor refused in one line is kept in --failures, with the reason.
"""

import argparse
import atexit
import resource
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import replace
from functools import cache
from pathlib import Path

from flask import Flask

from curator.app import create_app
from curator.base.config import Config
from tests.curator.custody.walks import Walk
from tests.curator.drawing import jpeg
from tests.fuzzing.campaign import Failure, Outcome, Target, attack, keep
from tests.fuzzing.files import targets
from tests.fuzzing.requests import Requests

WORKERS = 2
BLOCK = 1000  # inputs after which a worker tells what it found
# Of a hundred inputs, how many go to whom; a photo costs most.
SHARES = {
    "photo": 14,
    "annotations": 24,
    "posts": 12,
    "ratings": 12,
    "sidecar": 12,
    "packed-sidecar": 4,
    "export": 8,
    "run": 8,
    "request": 6,
}
ACCOUNTS = ("ana", "ben", "")


def studied(folder: Path) -> tuple[Flask, Config]:
    """Return the server of a study that people have worked in, without a limit of requests."""
    config = Config(instance=folder / "instance", workers=1, api_per_minute=10**9)
    (pool := folder / "pool").mkdir()
    photos = [pool / f"{seed}.jpg" for seed in range(9)]
    for seed, photo in enumerate(photos):
        photo.write_bytes(jpeg(seed))
    Walk(config, photos, 1).finish()
    app = create_app(replace(config, secret_key="for this test alone " * 3))
    app.config["PROPAGATE_EXCEPTIONS"] = True
    return app, config


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("inputs", type=int, nargs="?", default=20_000)
    parser.add_argument("--campaign", type=int, default=1, help="another one has other inputs")
    parser.add_argument("--failures", type=Path, default=Path("fuzzed"))
    asked = parser.parse_args()
    started = time.monotonic()
    blocks = [
        (name, range(start, min(start + BLOCK, count)))
        for name, share in SHARES.items()
        for count in [asked.inputs * share // 100]
        for start in range(0, count, BLOCK)
    ]
    read: dict[str, Counter[str]] = {name: Counter() for name in SHARES}
    failures: list[Failure] = []
    most_mb = 0
    with ProcessPoolExecutor(WORKERS) as pool:
        running = {pool.submit(attack_block, *block, asked.campaign): block[0] for block in blocks}
        for done in as_completed(running):
            outcome, memory_mb = done.result()  # raises if the worker died
            read[running[done]] += outcome.read
            failures += outcome.failures
            keep(outcome.failures, asked.failures)
            most_mb = max(most_mb, memory_mb)
    report(read, failures, most_mb, time.monotonic() - started)


def attack_block(name: str, numbers: Sequence[int], campaign: int) -> tuple[Outcome, int]:
    """Return what came of some inputs, and the most memory that this process took, in MB."""
    outcome = attack(target_of(name), numbers, campaign)
    return outcome, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


@cache
def target_of(name: str) -> Target:
    """Return the target, made once in each process."""
    folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    if name == Requests.name:
        app, _ = studied(folder)
        return Requests(app, ACCOUNTS)
    return next(target for target in targets(folder) if target.name == name)


def report(
    read: dict[str, Counter[str]], failures: Sequence[Failure], most_mb: int, seconds: float
) -> None:
    for name, found in read.items():
        print(f"{name:15} {found.total():8}  {dict(found.most_common())}")
    total = sum(found.total() for found in read.values())
    print(f"{total} inputs in {seconds:.0f} s; a process took {most_mb} MB at most")
    print(f"neither read nor refused in one line: {len(failures)}, no process died")


if __name__ == "__main__":
    main()
