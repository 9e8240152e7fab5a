"""Ends a command that is told to stop as Ctrl+C does: what it began is cleared away."""

import signal
from types import FrameType

STOPPING = (signal.SIGTERM, signal.SIGHUP)
_received: list[int] = []  # signals, in order


class Terminated(BaseException):
    """The process was told to end; `number` is the signal's."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def end_cleanly() -> None:
    """Raise Terminated or KeyboardInterrupt where a signal would end the process; one that is ignored stays ignored."""
    _received.clear()
    for number in (signal.SIGINT, *STOPPING):
        if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
            signal.signal(number, _stop)


def check_told_to_end() -> None:
    """Raise at the next step of long work what was raised in a library's callback, and swallowed there."""
    if _received:
        raise KeyboardInterrupt if _received[0] == signal.SIGINT else Terminated(_received[0])


def _stop(number: int, _: FrameType | None) -> None:
    _received.append(number)
    check_told_to_end()
