"""Spreads one pure function over all cores, in order, with memory that does not grow with the work."""

import multiprocessing
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

AHEAD = 32  # results that may wait for each worker: the caller may be busy with a batch of them


def spread(
    function: Callable[[Item], Result], items: Iterable[Item], processes: int
) -> Iterator[Result]:
    """Yield `function(item)` for each item, in order; `function` must be importable by name."""
    if processes == 1:
        yield from map(function, items)
        return
    # Fresh interpreters: a fork would copy the server's threads and locks in any state.
    context = multiprocessing.get_context("spawn")
    waiting: deque[Future[Result]] = deque()
    with ProcessPoolExecutor(processes, mp_context=context, initializer=work_alone) as pool:
        for item in items:
            waiting.append(pool.submit(function, item))
            if len(waiting) > AHEAD * processes:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def work_alone() -> None:
    """Let libraries start no threads: on a busy machine they wait for each other, five times as long."""
    import cv2
    import faiss

    cv2.setNumThreads(1)
    faiss.omp_set_num_threads(1)
