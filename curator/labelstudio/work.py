"""Pushes and pulls in the background of the server, one at a time, with their progress and last result."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from threading import Lock, Thread
from typing import Literal

from curator.base.errors import AlreadyThere, CuratorError
from curator.base.progress import Progress
from curator.labelstudio.pulling import Pulled
from curator.labelstudio.pushing import Pushed

Kind = Literal["push", "pull", "look"]
Run = Callable[[Progress], Sequence[Pushed | Pulled]]


@dataclass(frozen=True)
class WorkState:
    """The work under way, or the last one; `results` are None if it stopped without any."""

    kind: Kind | None = None
    is_running: bool = False
    done: int = 0
    total: int = 0
    error: CuratorError | None = None
    results: tuple[Pushed | Pulled, ...] | None = None


class Work:
    """What is done in the background for all administrators of one instance."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._state = WorkState()

    @property
    def state(self) -> WorkState:
        with self._lock:
            return self._state

    def start(self, kind: Kind, run: Run) -> None:
        """Start in a thread; AlreadyThere if something is under way."""
        with self._lock:
            if self._state.is_running:
                raise AlreadyThere("A push or pull is under way: wait until it is done.")
            self._state = WorkState(kind, is_running=True)
        Thread(target=self._run, args=(run,), name=f"label-studio-{kind}", daemon=True).start()

    def _run(self, run: Run) -> None:
        try:
            results = tuple(run(self._progress))
            self._change(results=results)
        except CuratorError as error:
            self._change(error=error)
        finally:  # after an unforeseen error too, which the thread itself reports
            self._change(is_running=False)

    def _progress(self, done: int, total: int) -> None:
        self._change(done=done, total=total)

    def _change(self, **changed: object) -> None:
        with self._lock:
            self._state = replace(self._state, **changed)  # type: ignore[arg-type]
