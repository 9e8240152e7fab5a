"""Maps a pure function over all cores, in order, in memory independent of the number of items."""

import multiprocessing
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import islice
from multiprocessing.context import BaseContext
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

CHUNK_SIZE = 4  # items per task: each handover costs time on both sides
AHEAD = 32  # results that may queue per worker while the caller is busy with a batch
# Libraries only: the fork server resolves imports from the installation, not the working directory.
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
        while part := list(islice(remaining, CHUNK_SIZE)):
            waiting.append(pool.submit(_each, function, part))
            if len(waiting) * CHUNK_SIZE > AHEAD * processes:
                yield from waiting.popleft().result()
        while waiting:
            yield from waiting.popleft().result()


def _each(function: Callable[[Item], Result], items: list[Item]) -> list[Result]:
    return [function(item) for item in items]


def work_alone() -> None:
    """Stop libraries from starting threads: on a busy machine they wait for each other, five times slower."""
    import faiss

    faiss.omp_set_num_threads(1)
    _use_one_thread()


def _use_one_thread() -> None:
    import cv2

    cv2.setNumThreads(1)


def _context() -> BaseContext:
    """Return a context that starts workers from a clean process: forking the server would copy its locks."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(LOADED_ONCE)
    return context
