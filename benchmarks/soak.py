"""Lets annotators work for a while on a real server: counts errors, and measures its answers and its memory."""

import argparse
import re
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from os import environ
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.error import HTTPError

import numpy as np

from benchmarks.instances import made_instance
from benchmarks.raters import draw_photos
from curator.base.config import Config
from curator.photos.importing import import_folders
from tests.curator.databases import environment_of
from tests.curator.serving import Caller, served

ANNOTATORS = ("ana", "ben", "carl", "dora", "eva", "finn", "gina", "hugo")
PHOTOS = 60
WARM_UP = 0.3  # of the time; what is loaded on first use is no growth
REDNESS_EVERY, UNDO_EVERY, GALLERY_EVERY = 4, 7, 10  # photos


@dataclass
class Record:
    """The seconds of each request by its kind, and what went wrong."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: list[str] = field(default_factory=list)

    @property
    def requests(self) -> int:
        return sum(map(len, self.seconds.values()))


@dataclass(frozen=True)
class Soaked:
    record: Record
    warm_bytes: int
    end_bytes: int

    @property
    def growth(self) -> float:
        return self.end_bytes / self.warm_bytes - 1


class Annotator:
    """One annotator: the next photo, its picture, a save; now and then redness, an undo, the gallery."""

    def __init__(
        self, caller: Caller, record: Record, photos: Sequence[int], pause_s: float
    ) -> None:
        self._caller, self._record = caller, record
        self._photos, self._pause_s = photos, pause_s
        self._done = 0

    def work_until(self, end: float) -> None:
        while time.monotonic() < end:
            try:
                self._rate_one()
            except Exception as error:  # counted, and the next photo tried
                self._record.errors.append(f"{type(error).__name__}: {error}")
            time.sleep(self._pause_s)

    def _rate_one(self) -> None:
        self._done += 1
        self._timed("next", self._caller.see, "/annotate")
        photo = self._photos[self._done % len(self._photos)]
        _, shown = self._timed("photo", self._caller.read, f"/annotate/{photo}")
        self._timed("picture", self._caller.see, shown["pictures"]["display"])
        if self._done % REDNESS_EVERY == 0:
            self._timed("redness", self._caller.see, shown["pictures"]["redness"])
        said = {"version": shown["version"], "label": "unsure", "note": f"{self._done}"}
        self._timed("save", self._caller.post, f"/annotate/{photo}", **said)
        if self._done % UNDO_EVERY == 0:
            self._undo(photo)
        if self._done % GALLERY_EVERY == 0:
            self._timed("gallery", self._caller.see, "/gallery")

    def _undo(self, photo: int) -> None:
        page = self._timed("history", self._caller.see, f"/photos/{photo}").decode()
        if found := re.search(r'name="event" value="(\d+)"', page):
            self._timed("undo", self._caller.post, "/photos/undo", event=found[1])

    def _timed(self, kind: str, ask: Callable[..., Any], address: str, **fields: Any) -> Any:
        started = time.perf_counter()
        try:
            answer = ask(address, **fields)
        except HTTPError as error:
            self._record.errors.append(f"{kind}: {error.code} {address}")
            raise
        finally:
            self._record.seconds[kind].append(time.perf_counter() - started)
        if isinstance(answer, tuple) and answer[0] != 200:
            self._record.errors.append(f"{kind}: {answer[0]} {address} {answer[1]}")
        return answer


def soak(
    config: Config,
    names: Sequence[str],
    photos: Sequence[int],
    seconds: float,
    *,
    pause_s: float = 0.5,
    incoming: Path | None = None,
) -> Soaked:
    """Let these annotators work, beside an import of a folder if one is given."""
    record = Record()
    beside = importing(config, incoming, record) if incoming else nullcontext()
    with served(config) as (port, process):
        callers = [Caller(port, name) for name in names]
        start = time.monotonic()
        workers = [Annotator(caller, record, photos, pause_s) for caller in callers]
        with beside, ThreadPoolExecutor(len(names)) as threads:
            ends = [threads.submit(each.work_until, start + seconds) for each in workers]
            time.sleep(seconds * WARM_UP)
            warm_bytes = memory_of(process)
            for each in ends:
                each.result()
        return Soaked(record, warm_bytes, memory_of(process))


@contextmanager
def importing(config: Config, folder: Path, record: Record) -> Iterator[None]:
    """Import a folder meanwhile."""

    def run() -> None:
        command = [sys.executable, "-m", "flask", "curator", "import", str(folder)]
        environment = environ | environment_of(config)
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            record.errors.append(f"import: {done.stderr}")

    thread = Thread(target=run)
    thread.start()
    yield
    thread.join()


def memory_of(process: int) -> int:
    """Return the bytes that a process holds in memory, without its workers."""
    status = Path(f"/proc/{process}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    return int(found[1]) * 1024 if found else 0


def report(name: str, soaked: Soaked) -> None:
    record = soaked.record
    print(f"{name}: {record.requests} requests, {len(record.errors)} errors")
    for kind, seconds in sorted(record.seconds.items()):
        p50, p95 = 1000 * np.percentile(seconds, (50, 95))
        print(f"  {kind:10}{len(seconds):>7}{p50:>8.0f} ms{p95:>8.0f} ms p95")
    warm_mb, end_mb = soaked.warm_bytes / 1e6, soaked.end_bytes / 1e6
    print(f"  memory of the server: {warm_mb:.0f} MB warm, {end_mb:.0f} MB ({soaked.growth:+.1%})")
    for error in record.errors[:5]:
        print(f"  {error}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=5, help="without an import, then with one")
    parser.add_argument("--imported", type=int, default=1000, help="photos")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as made, made_instance(*ANNOTATORS) as (config, sessions):
        shown, incoming = Path(made) / "shown", Path(made) / "incoming"
        draw_photos(shown, range(PHOTOS))
        draw_photos(incoming, range(PHOTOS, PHOTOS + asked.imported))
        import_folders(sessions, config, [shown], actor="bench")
        photos, seconds = range(1, PHOTOS + 1), 60 * asked.minutes
        runs: Mapping[str, Path | None] = {"alone": None, "beside an import": incoming}
        for name, folder in runs.items():
            report(name, soak(config, ANNOTATORS, photos, seconds, incoming=folder))


if __name__ == "__main__":
    main()
