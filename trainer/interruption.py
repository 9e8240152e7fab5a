"""Ends a command that is told to stop as Ctrl+C does: what it began is cleared away."""

import signal
from types import FrameType

STOPPING = (signal.SIGTERM, signal.SIGHUP)


class Terminated(BaseException):
    """The process was told to end; `number` is the signal's."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def end_cleanly() -> None:
    """Raise Terminated where a signal would end the process; one that is ignored stays ignored."""
    for number in STOPPING:
        if signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, _terminate)


def _terminate(number: int, _: FrameType | None) -> None:
    raise Terminated(number)
