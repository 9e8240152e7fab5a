"""Runs a job in a fork that counts its changes of the disk: killed at one, out of space from one on, or all
written down. The counting is steps.c, a library that is preloaded.
"""

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from struct import Struct, calcsize

SOURCE = Path(__file__).with_name("steps.c")
HEAD = Struct("=6q")
FOREVER = 1 << 40
Tell = Callable[[str], None]


class What(IntEnum):
    OPEN = 1
    WRITE = 2
    CUT = 3
    SYNC = 4
    RENAME = 5
    UNLINK = 6
    MKDIR = 7
    RMDIR = 8
    SYMLINK = 9
    LINK = 10
    NOTE = 11


@dataclass(frozen=True)
class Step:
    """One change of the disk.

    Attributes:
        ino: of the file, where it is open.
        offset: of a write; the new length of a cut; 1 where opening a file made it.
        other: where a rename goes to, or what a link leads to.
    """

    what: What
    ino: int
    offset: int
    path: str
    other: str
    data: bytes


@dataclass(frozen=True)
class Ended:
    """How a job ended: what it had acknowledged, and what it raised, if anything."""

    told: tuple[str, ...]
    status: int
    steps: int
    growing: int
    error: str

    @property
    def is_killed(self) -> bool:
        return self.status == -signal.SIGKILL


def can_count() -> bool:
    """Tell whether this machine can compile and preload the library."""
    return sys.platform == "linux" and calcsize("P") == 8 and compiler() is not None


def compiler() -> str | None:
    return shutil.which("cc") or shutil.which(str(sysconfig.get_config_var("CC")).split(" ")[0])


def count_here(module: str) -> None:
    """Start this program anew with the library, unless it is there already."""
    if hasattr(ctypes.CDLL(None), "steps_begin"):
        shutil.rmtree(
            Path(os.environ.pop("LD_PRELOAD")).parent
        )  # it is loaded, and nobody else needs it
        return
    library = Path(tempfile.mkdtemp()) / "steps.so"
    command = [str(compiler()), "-O1", "-shared", "-fPIC", "-o", str(library), str(SOURCE)]
    subprocess.run(command, check=True)
    started = [sys.executable, "-m", module, *sys.argv[1:]]
    os.execve(sys.executable, started, {**os.environ, "LD_PRELOAD": str(library)})  # noqa: S606


def run_counted(
    act: Callable[[Tell], object],
    below: Path,
    *,
    kill_at: int = 0,
    kill_after_s: float = 0.0,
    full: tuple[int, int] = (0, 0),
    log: Path | None = None,
) -> Ended:
    """Run a job in a fork of this process.

    Args:
        below: where changes are counted.
        kill_at: the step at which it is killed; one more than there are for none.
        kill_after_s: or the time after which it is.
        full: the first and last step in need of space that finds none.
        log: to write the steps into.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        _run(act, writer, (str(below), kill_at, *full, str(log or "")))
    os.close(writer)
    if kill_after_s:
        time.sleep(kill_after_s)
        os.kill(child, signal.SIGKILL)
    with os.fdopen(reader, encoding="utf-8") as lines:
        said = lines.read().splitlines()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    counts = [line.split(" ", 2) for line in said if line.startswith("counted ")]
    return Ended(
        told=tuple(line[5:] for line in said if line.startswith("told ")),
        status=status,
        steps=int(counts[0][1]) if counts else 0,
        growing=int(counts[0][2]) if counts else 0,
        error="\n".join(line[6:] for line in said if line.startswith("error ")),
    )


def _run(act: Callable[[Tell], object], writer: int, begin: tuple[str, int, int, int, str]) -> None:
    """Run a job and end this process."""
    library = ctypes.CDLL(None)

    def say(kind: str, text: str) -> None:
        for line in text.splitlines() or [""]:
            os.write(writer, f"{kind} {line}\n".encode())

    def tell(text: str) -> None:
        say("told", text)
        library.steps_note(text.encode())

    status = 1
    try:
        folder, *numbers, log = begin
        library.steps_begin(folder.encode(), *map(ctypes.c_long, numbers), log.encode())
        act(tell)
        status = 0
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else 1
    except BaseException as error:
        say("error", "".join(traceback.format_exception(error)))
    finally:
        library.steps_end()
        library.steps_taken.restype = library.steps_growing.restype = ctypes.c_long
        say("counted", f"{library.steps_taken()} {library.steps_growing()}")
        os._exit(status)


def read_steps(log: Path) -> Iterator[Step]:
    content = memoryview(log.read_bytes())
    at = 0
    while at < len(content):
        what, ino, offset, *lengths = HEAD.unpack_from(content, at)
        at += HEAD.size
        path, other, data = _parts(content, at, lengths)
        at += sum(lengths)
        yield Step(What(what), ino, offset, os.fsdecode(path), os.fsdecode(other), data)


def _parts(content: memoryview, at: int, lengths: Sequence[int]) -> tuple[bytes, bytes, bytes]:
    first, second, third = lengths
    return (
        bytes(content[at : at + first]),
        bytes(content[at + first : at + first + second]),
        bytes(content[at + first + second : at + first + second + third]),
    )
