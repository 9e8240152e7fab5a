"""Measures a function's seconds and memory in its own process, so that no earlier peak hides its own."""

import multiprocessing
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Measured:
    """`grown_mb` is the peak memory above that before the call."""

    answer: int
    seconds: float
    grown_mb: float


def measured(run: Callable[[], int]) -> Measured:
    """Run in a fork, which shares what is already loaded."""
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=lambda: sender.send(measured_here(run)))
    child.start()
    sender.close()  # so that a dead child is noticed
    found: Measured = receiver.recv()
    child.join()
    return found


def measured_here(run: Callable[[], int]) -> Measured:
    before = peak_mb()
    started = time.perf_counter()
    answer = run()
    return Measured(answer, time.perf_counter() - started, peak_mb() - before)


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
