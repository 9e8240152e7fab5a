"""Kills jobs, takes their power or their disk space away, and says what does not hold afterwards."""

import io
import os
import random
import shutil
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy

from curator.base import db
from curator.base.pixels import Limits
from curator.base.workers import Lane
from curator.cli import curator
from curator.custody.examination import examine
from curator.custody.findings import Kind
from curator.photos import importing, inspecting
from curator.photos.inspecting import Inspected, inspect
from tests.curator.custody.crash_jobs import (
    JOBS,
    Job,
    Study,
    half_backups,
    half_rows,
    make_study,
    state_of,
)
from tests.curator.custody.damage import remembering
from tests.curator.custody.power import Disk, Survives
from tests.curator.custody.steps import FOREVER, Ended, Tell, What, read_steps, run_counted

AT_ITS_END = 20  # so many kills of a job come before one after its last change
BY_TIME = 0.1  # the share of kills that come after a time, wherever the job is
# What a crash may leave until the job is run again, and doctor names: temporary files, photo files
# and thumbnails that no row names yet, and what an erasure has still to remove.
TOLERATED = {Kind.LEFT_OVER, Kind.FILE_UNKNOWN, Kind.CACHE_BROKEN, Kind.ERASURE_UNFINISHED}
# Thumbnails are not synced; pages draw a torn one anew.
WITHOUT_POWER = {Kind.CACHE_BROKEN}
TOLD_OF_SPACE = ("No space left on device", "disk space", "is full")


@dataclass
class Tried:
    """What was tried of one job, and what did not hold.

    Attributes:
        cut_short: how often it was killed, or lost its power or space.
        ended: how often it had ended before.
        acknowledged: what it had acknowledged by then, in all.
    """

    job: str
    steps: int
    cut_short: int = 0
    ended: int = 0
    acknowledged: int = 0
    broken: list[str] = field(default_factory=list)

    def note(self, ended: Ended, is_cut_short: bool, where: str, broken: Sequence[str]) -> None:
        self.cut_short += is_cut_short
        self.ended += not is_cut_short
        self.acknowledged += len(ended.told)
        self.broken += [f"{self.job} {where}: {one}" for one in broken]


class Crashes:
    """One study, and copies of it in which a job is cut short."""

    def __init__(self, folder: Path, name: str, seed: int = 1) -> None:
        self.folder, self.name, self.job = folder, name, JOBS[name]
        self.rng = random.Random(f"{name} {seed}")
        self.study = Study(folder / "study")
        if not (folder / "made").exists():
            make_study(self.study.folder)
            _copy(self.study.folder, folder / "made")
        _copy(folder / "made", self.study.folder)
        self.job.prepare(self.study)
        _copy(self.study.folder, folder / "base")
        self.seconds = 0.0
        self.whole = self.run(self.job)
        if self.whole.status:
            raise RuntimeError(f"{name} fails undisturbed: {self.whole.error}")
        self.wanted = state_of(self.study)

    def run(self, job: Job, **how: Any) -> Ended:
        """Do a job in a fresh copy, cut short as asked."""
        _copy(self.folder / "base", self.study.folder)
        started = time.monotonic()
        ended = run_counted(partial(job.act, self.study), self.study.folder, **how)
        self.seconds = self.seconds or time.monotonic() - started
        return ended

    def kill(self, kills: int, job: Job | None = None) -> Iterator[Tried]:
        """Kill the job, or a variant of it, at random steps, and after random times."""
        job = job or self.job
        steps = self.whole.steps if job is self.job else self.run(job).steps
        tried = Tried(self.name, steps)
        while tried.cut_short < kills:
            how: dict[str, Any] = {"kill_at": self.rng.randint(1, steps + steps // AT_ITS_END)}
            if self.rng.random() < BY_TIME:
                how = {"kill_after_s": round(self.rng.uniform(0.001, self.seconds), 3)}
            ended = self.run(job, **how)
            tried.note(ended, ended.is_killed, f"killed {how}", self.broken(ended.told))
            yield tried

    def lose_power(self, times: int, survives: Survives, job: Job | None = None) -> Iterator[Tried]:
        """Let the job run once, and the power fail at random moments of it."""
        _copy(self.folder / "base", self.study.folder)
        disk, log = Disk(self.study.folder), self.folder / "steps"
        act = partial((job or self.job).act, self.study)
        ended = run_counted(act, self.study.folder, log=log)
        steps, told = [*read_steps(log)], list[str]()
        after = _as_it_is(self.study.folder)
        tried = Tried(self.name, len(steps))
        moments = sorted(self.rng.randint(1, len(steps)) for _ in range(times - 1))
        at = 0
        for moment in (*moments, len(steps)):
            for step in steps[at:moment]:
                disk.apply(step)
                told += [step.data.decode()] if step.what is What.NOTE else []
            at = moment
            if moment == len(steps) and disk.files() != after:
                raise RuntimeError(f"not all changes were counted: {_unlike(disk.files(), after)}")
            disk.write(survives, self.rng)
            where = (
                f"without power after step {moment} of {len(steps)}, {survives} of the rest kept"
            )
            tried.note(replace_told(ended, told), True, where, self.broken(told, WITHOUT_POWER))
            yield tried

    def fill_disk(
        self, places: int, words: Sequence[str], *, is_brief: bool = False
    ) -> Iterator[Tried]:
        """Let a command find no space, from each of so many places on.

        Args:
            is_brief: only there, as where somebody else frees some.
        """
        job = Job(partial(_command, words=words), self.job.again, self.job.lost)
        whole = self.run(job)
        if whole.status:
            raise RuntimeError(f"{words} fails undisturbed: {whole.told} {whole.error}")
        growing = whole.growing
        tried = Tried(self.name, growing)
        for first in sorted(self.rng.sample(range(1, growing + 1), min(places, growing))):
            ended = self.run(job, full=(first, first if is_brief else FOREVER))
            has_ended = is_brief and ended.status == 0
            wrong = [] if has_ended else _ill_told(ended)
            wrong += [f"left {kind}: {about}" for kind, about in self.findings()]
            where = f"full {'at' if is_brief else 'from'} {first} of {growing}"
            tried.note(ended, not has_ended, where, wrong + self.broken(()))
            yield tried

    def broken(self, told: Sequence[str], known: Collection[Kind] = ()) -> list[str]:
        """Return what does not hold of the study after a crash, and after the job was run again."""
        try:
            return [*self._broken_now(told), *self._broken_after(known)]
        except Exception as error:  # whatever it is, it is what a user would meet
            return [f"{type(error).__name__}: {error}"]

    def _broken_now(self, told: Sequence[str]) -> Iterator[str]:
        yield from (f"lost: {one}" for one in self.job.lost(self.study, told))
        if not self.job.is_of_instance:
            return
        if self.name != "migration" or told:  # whose database is of an older version
            yield from self._half_done()
            found = [one for one in self.findings() if one[0] not in TOLERATED]
            yield from (f"{kind}: {about}" for kind, about in found)

    def _broken_after(self, known: Collection[Kind]) -> Iterator[str]:
        self.job.again(self.study)
        told = () if self.job.is_numbered else self.whole.told
        yield from (f"again, lost: {one}" for one in self.job.lost(self.study, told))
        if not self.job.is_of_instance:
            return
        yield from (f"again, {one}" for one in self._half_done())
        found = [one for one in self.findings() if one[0] not in known]
        yield from (f"again, {kind}: {about}" for kind, about in found)
        now = state_of(self.study)
        for what, wanted in self.wanted.items():
            if now[what] != wanted:
                yield f"again, other {what}: {now[what]} rather than {wanted}"

    def _half_done(self) -> list[str]:
        backups = half_backups(self.study) if self.name == "backup" else []
        return [*half_rows(self.study), *backups]

    def findings(self) -> list[tuple[Kind, str]]:
        found = examine(self.study.config, grace_s=0).findings
        return [(one.kind, f"{one.about}: {one.says}") for one in found]


def replace_told(ended: Ended, told: Sequence[str]) -> Ended:
    return Ended(tuple(told), ended.status, ended.steps, ended.growing, ended.error)


def _ill_told(ended: Ended) -> list[str]:
    """Return what is wrong with how a command ended that found no space."""
    wrong = [] if ended.status == 1 else [f"exit {ended.status} {ended.error}"]
    if len(ended.told) != 1 or not any(text in ended.told[0] for text in TOLD_OF_SPACE):
        wrong.append(f"it says {ended.told}")
    return wrong


def _command(study: Study, tell: Tell, *, words: Sequence[str]) -> None:
    """Run a command as the program does; tell what it says on standard error."""
    said = io.StringIO()
    os.environ["CURATOR_INSTANCE"] = str(study.config.instance)  # of this process, which ends
    try:
        with redirect_stderr(said), redirect_stdout(io.StringIO()):
            given = [word.format(study=study) for word in words]
            curator.main(given, prog_name="curator", standalone_mode=True)
    finally:
        for line in said.getvalue().splitlines():
            tell(line)


def _copy(source: Path, to: Path) -> None:
    shutil.rmtree(to, ignore_errors=True)
    shutil.copytree(source, to, symlinks=True)


def _as_it_is(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.endswith("-shm") and not _is_through_link(path, folder)
    }


def _is_through_link(path: Path, folder: Path) -> bool:
    return any(one.is_symlink() for one in (path, *path.parents) if one.is_relative_to(folder))


def _unlike(one: Mapping[str, bytes], other: Mapping[str, bytes]) -> list[str]:
    return [name for name in one.keys() | other.keys() if one.get(name) != other.get(name)]


@contextmanager
def cheaply() -> Iterator[None]:
    """Decode in this process, each content once, and compile statements once."""
    compiled: dict[Any, Any] = {}
    inspected: dict[tuple[bytes, bool], Inspected] = {}
    create_engine = sqlalchemy.create_engine

    def run_each(_lane: Lane, function: Callable[[Any], Any], items: Any, *_more: Any) -> list[Any]:
        return [function(item) for item in items]

    def run(_lane: Lane, function: Callable[[Any], Any], item: Any, *_more: Any) -> Any:
        return function(item)

    def inspect_once(content: bytes, limits: Limits, *, is_stored: bool = False) -> Inspected:
        if (content, is_stored) not in inspected:
            inspected[content, is_stored] = inspect(content, limits, is_stored=is_stored)
        return inspected[content, is_stored]

    def create(*given: Any, **options: Any) -> Any:
        return create_engine(*given, **options, execution_options={"compiled_cache": compiled})

    with pytest.MonkeyPatch.context() as patched, remembering():
        patched.setattr(Lane, "run_each", run_each)
        patched.setattr(Lane, "run", run)
        for module in (inspecting, importing):
            patched.setattr(module, "inspect", inspect_once)
        patched.setattr(db, "create_engine", create)
        patched.setattr("curator.custody.examination.BREATH_S", 0.0)
        patched.setenv("CURATOR_WORKERS", "1")
        patched.setenv("CURATOR_IMPORT_BATCH", "2")
        yield
