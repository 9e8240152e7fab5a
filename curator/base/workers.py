"""Spreads one pure function over all cores, in order, with memory that does not grow with the work."""

import multiprocessing
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import islice
from multiprocessing.context import BaseContext
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

TOGETHER = 4  # items handed over at once: each time costs both sides
AHEAD = 32  # results that may wait for each worker: the caller may be busy with a batch of them
# Libraries alone: what Python loads here, it looks for where it is installed, not where we are.
LOADED_ONCE = ["cv2", "imagehash", "pillow_heif", "scipy.fftpack", "shapely"]


def spread(
    function: Callable[[Item], Result], items: Iterable[Item], processes: int
) -> Iterator[Result]:
    """Yield `function(item)` for each item, in order; `function` must be importable by name."""
    if processes == 1:
        yield from map(function, items)
        return
    waiting: deque[Future[list[Result]]] = deque()
    remaining = iter(items)
    with ProcessPoolExecutor(processes, _context(), initializer=_use_one_thread) as pool:
        while part := list(islice(remaining, TOGETHER)):
            waiting.append(pool.submit(_each, function, part))
            if len(waiting) * TOGETHER > AHEAD * processes:
                yield from waiting.popleft().result()
        while waiting:
            yield from waiting.popleft().result()


def _each(function: Callable[[Item], Result], items: list[Item]) -> list[Result]:
    return [function(item) for item in items]


def work_alone() -> None:
    """Let libraries start no threads: on a busy machine they wait for each other, five times as long."""
    import faiss

    faiss.omp_set_num_threads(1)
    _use_one_thread()


def _use_one_thread() -> None:
    import cv2

    cv2.setNumThreads(1)


def _context() -> BaseContext:
    """Start workers from a process of their own: a fork of the server would copy its threads and locks."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(LOADED_ONCE)
    return context
