"""Ends a command that is told to stop as Ctrl+C does: what it began is cleared away."""

import os
import signal
import sys
from types import FrameType

STOPPING = (signal.SIGTERM, signal.SIGHUP)
_received: list[int] = []  # signals, in order
_stderr: list[int] = []  # where standard error led before it was muted


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


def told_to_end() -> int | None:
    """Return the signal that told the process to end: C code may turn what it raised into errors of its own."""
    return _received[0] if _received else None


def unmute() -> None:
    """Let standard error be read again, for what a command itself says as it ends."""
    while _stderr:
        sys.stderr.flush()
        os.dup2(_stderr[0], 2)
        os.close(_stderr.pop())


def _stop(number: int, _: FrameType | None) -> None:
    _received.append(number)
    _mute()
    check_told_to_end()


def _mute() -> None:
    """Close standard error to C code, which prints what a signal raised inside it."""
    if _stderr:
        return
    _stderr.append(os.dup(2))
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)
