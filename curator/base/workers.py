"""Decodes photos in other processes, a few at once, each task within limits of memory and time."""

import multiprocessing
import os
import pickle
import resource
import signal
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Semaphore
from typing import Any, Generic, TypeVar

from curator.base.config import Config
from curator.base.errors import DecodingFailed

Item = TypeVar("Item")
Result = TypeVar("Result")

FEW = 24  # tasks that one process does: starting more would take longer
CHUNK_SIZE = 4  # items per task: each handover costs time on both sides
AHEAD = 32  # results that may queue per worker while the caller is busy with a batch
# Libraries only: the fork server resolves imports from the installation, not the working directory.
LOADED_ONCE = ["cv2", "imagehash", "pillow_heif", "scipy.fftpack", "shapely"]
IDLE_S = 60.0  # until a worker ends, and its memory is free
PATIENCE = 4  # a task may take so many times its processor time, since others use the machine, too
STOPPED_BY_TIME = (signal.SIGPROF, signal.SIGALRM)
# Limits on TensorFlow: the networks are too small to profit from more threads, which would compete
# with the server's, and a GPU is left to the trainer.
MODEST = {
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "CUDA_VISIBLE_DEVICES": "",
}


@dataclass(frozen=True)
class Bounds:
    """What one task may use: processor time, and memory beside what its worker has."""

    cpu_s: int
    memory_bytes: int

    @property
    def wall_s(self) -> int:
        return PATIENCE * self.cpu_s


def bounds(config: Config) -> Bounds:
    return Bounds(config.max_decoding_s, config.max_decoding_memory_bytes)


def processes_for(config: Config, tasks: int) -> int:
    return config.worker_count if tasks > FEW else 1


class Lane:
    """Workers for one kind of task, of which `at_once` run; they start when needed and end when idle."""

    def __init__(self, at_once: int, niceness: int = 0) -> None:
        self._turn = Semaphore(at_once)
        self._niceness = niceness
        self._idle: deque[_Worker] = deque()

    def run(self, function: Callable[[Item], Result], item: Item, within: Bounds) -> Result:
        """Return `function(item)`; `function` must be importable by name.

        Raises:
            DecodingFailed: it took too much time or memory, or ended its process.
        """
        with self._turn, self._worker() as worker:
            [outcome] = worker.each(function, [item], within)
        return outcome.result()

    def run_each(
        self,
        function: Callable[[Item], Result],
        items: Sequence[Item],
        within: Bounds,
        instead: Callable[[Item, DecodingFailed], Result],
    ) -> list[Result]:
        """Return `function(item)` for each item, and what `instead` returns where that failed."""
        done: list[Result] = []
        while len(done) < len(items):
            try:
                with self._turn, self._worker() as worker:
                    for outcome in worker.each(function, items[len(done) :], within):
                        done.append(outcome.result())
            except DecodingFailed as failed:
                done.append(instead(items[len(done)], failed))
        return done

    @contextmanager
    def _worker(self) -> Iterator["_Worker"]:
        worker = self._waiting() or _Worker(self._niceness)
        try:
            yield worker
        finally:
            if worker.is_idle:
                self._idle.append(worker)
            else:
                worker.end()

    def _waiting(self) -> "_Worker | None":
        with suppress(IndexError):
            while worker := self._idle.pop():
                if worker.is_fresh:
                    return worker
                worker.end()
        return None


CORES = os.cpu_count() or 1
COMMANDS = Lane(10_000)  # as many as the command says
UPLOADS = Lane(min(CORES, 4), niceness=5)  # pages and saves take precedence
PICTURES = Lane(min(CORES, 4))  # that somebody waits for


def spread(
    function: Callable[[Item], Result],
    items: Iterable[Item],
    processes: int,
    within: Bounds,
    instead: Callable[[Item, DecodingFailed], Result],
    lane: Lane = COMMANDS,
) -> Iterator[Result]:
    """Yield `function(item)` for each item, in order; `function` must be importable by name.

    Args:
        instead: what to yield for an item that took too much time or memory, or ended its process.
    """
    waiting: deque[Future[list[Result]]] = deque()
    remaining = iter(items)
    threads = ThreadPoolExecutor(processes)
    try:
        while part := list(islice(remaining, CHUNK_SIZE)):
            waiting.append(threads.submit(lane.run_each, function, part, within, instead))
            if len(waiting) * CHUNK_SIZE > AHEAD * processes:
                yield from waiting.popleft().result()
        while waiting:
            yield from waiting.popleft().result()
    finally:
        threads.shutdown(cancel_futures=True)


def work_alone() -> None:
    """Stop libraries from starting threads: on a busy machine they wait for each other, five times slower."""
    import faiss

    faiss.omp_set_num_threads(1)
    _use_one_thread()


@dataclass(frozen=True)
class _Outcome(Generic[Result]):
    value: Result | None = None
    error: Exception | None = None

    def result(self) -> Result:
        if self.error:
            raise self.error
        return self.value  # type: ignore[return-value]


class _Worker:
    """A process that runs one task at a time; it ends when its pipe closes, however this process ends."""

    def __init__(self, niceness: int) -> None:
        context: Any = _context()
        self._pipe, end = context.Pipe()
        self._process = context.Process(target=_serve, args=(end, niceness), daemon=True)
        self._process.start()
        end.close()
        self._idle_since = time.monotonic()
        self.is_idle = True

    @property
    def is_fresh(self) -> bool:
        """Whether it can be given a task: it is not about to end by itself."""
        return time.monotonic() - self._idle_since < IDLE_S / 2 and self._process.is_alive()

    def each(
        self, function: Callable[[Item], Result], items: Sequence[Item], within: Bounds
    ) -> Iterator[_Outcome[Result]]:
        self.is_idle = False
        try:
            self._pipe.send((function, items, within))
            for _ in items:
                if not self._pipe.poll(within.wall_s + IDLE_S):
                    raise _too_long(within)
                yield self._pipe.recv()
        except (EOFError, OSError) as error:
            raise self._why_ended(within) from error
        self._idle_since = time.monotonic()
        self.is_idle = True

    def end(self) -> None:
        self._pipe.close()
        self._process.kill()

    def _why_ended(self, within: Bounds) -> DecodingFailed:
        self._process.join(5)
        if -(self._process.exitcode or 0) in STOPPED_BY_TIME:
            return _too_long(within)
        return DecodingFailed("unreadable: its data ends the decoder")


def _serve(pipe: Connection, niceness: int) -> None:
    """Run the tasks that arrive, until none does for a while or nobody is left to send them."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the process that waits
    os.nice(niceness)
    os.environ.update(MODEST)
    _use_one_thread()
    with suppress(EOFError, OSError):
        while pipe.poll(IDLE_S):
            task = pipe.recv_bytes()
            try:
                function, items, within = pickle.loads(task)  # noqa: S301  # from the process that started this one
            except Exception as error:  # the program is broken, and not an item
                _send(pipe, _Outcome(error=error))
                return
            for item in items:
                _send(pipe, _outcome(function, item, within))


def _outcome(function: Callable[[Item], Result], item: Item, within: Bounds) -> "_Outcome[Result]":
    try:
        with _limited(within):
            return _Outcome(function(item))
    except MemoryError:
        return _Outcome(error=DecodingFailed("takes too much memory to decode"))
    except Exception as error:
        error.add_note(traceback.format_exc())
        return _Outcome(error=error)


def _send(pipe: Connection, outcome: _Outcome[Any]) -> None:
    try:
        pipe.send(outcome)
    except (TypeError, AttributeError, ValueError):  # cannot be handed over
        pipe.send(_Outcome(error=RuntimeError(repr(outcome))))


@contextmanager
def _limited(within: Bounds) -> Iterator[None]:
    """Let the system end this process if it takes too long, and refuse it more memory.

    Where the system does not tell how much memory is in use, only time is limited.
    """
    before, most = resource.getrlimit(resource.RLIMIT_DATA)
    signal.setitimer(signal.ITIMER_PROF, within.cpu_s)
    signal.setitimer(signal.ITIMER_REAL, within.wall_s)
    if used_bytes := _used_bytes():
        limit = used_bytes + within.memory_bytes
        limit = limit if most == resource.RLIM_INFINITY else min(limit, most)
        resource.setrlimit(resource.RLIMIT_DATA, (limit, most))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (before, most))
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)


def _used_bytes() -> int:
    """Return how much RLIMIT_DATA counts of this process; 0 if the system does not tell."""
    try:
        pages = Path("/proc/self/statm").read_text().split()[5]
    except OSError:
        return 0
    return int(pages) * resource.getpagesize()


def _too_long(within: Bounds) -> DecodingFailed:
    return DecodingFailed("takes too long to decode: at most %(most)s seconds", most=within.cpu_s)


def _use_one_thread() -> None:
    import cv2

    cv2.setNumThreads(1)


def _context() -> Any:
    """Return a context that starts workers from a clean process: forking the server would copy its locks."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(LOADED_ONCE)
    return context
