"""Faults that are planted in the program, which crashes must bring to light."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from curator.base import writing
from curator.base.store import Store
from curator.photos import importing
from tests.curator.custody.crash_jobs import JOBS, Job, Study
from tests.curator.custody.steps import Tell

Patch = Callable[[pytest.MonkeyPatch], None]


def with_fault(plant: Patch) -> Job:
    """Return the import with a fault in it; it is planted in the process that is killed, and in no other."""
    job = JOBS["import"]

    def act(study: Study, tell: Tell) -> None:
        with pytest.MonkeyPatch.context() as patched:
            plant(patched)
            job.act(study, tell)

    return replace(job, act=act)


def acknowledge_before_commit(tell: Tell, study: Study) -> Patch:
    """Tell of a batch's files before its rows are committed."""
    add_batch = importing.add_batch

    def plant(patched: pytest.MonkeyPatch) -> None:
        def told_first(sessions: Any, config: Any, batch: int, incoming: Any, *more: Any) -> Any:
            for one in incoming:
                tell(one.file.name)
            return add_batch(sessions, config, batch, incoming, *more)

        patched.setattr(importing, "add_batch", told_first)

    return plant


def early() -> Job:
    job = JOBS["import"]

    def act(study: Study, tell: Tell) -> None:
        with pytest.MonkeyPatch.context() as patched:
            acknowledge_before_commit(tell, study)(patched)
            job.act(study, tell)

    return replace(job, act=act)


def row_before_file(patched: pytest.MonkeyPatch) -> None:
    """Write a batch's files after its rows are committed."""
    add_photo, store_batch = Store.add_photo, importing._store_batch

    def store_later(*given: Any) -> Any:
        waiting: list[Any] = []
        with pytest.MonkeyPatch.context() as meanwhile:
            meanwhile.setattr(Store, "add_photo", lambda *photo: waiting.append(photo))
            outcomes = store_batch(*given)
        for photo in waiting:
            add_photo(*photo)
        return outcomes

    patched.setattr(importing, "require_stored", lambda *_: None)
    patched.setattr(importing, "_store_batch", store_later)


def no_folder_synced(patched: pytest.MonkeyPatch) -> None:
    """Sync files, and not the folders that hold their names."""
    patched.setattr(writing, "sync_folder", lambda _: None)


FAULTS: dict[str, Job] = {
    "acknowledge before commit": early(),
    "row before file": with_fault(row_before_file),
    "folder not synced": with_fault(no_folder_synced),
}
