"""What the trainer writes is there whole or not at all, and what was left damaged does not stop it."""

import errno
import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.trainer.conftest import TINY
from trainer.caches import keep
from trainer.errors import DiskFull, LedgerUnwritable, RunUnfinished
from trainer.exports.looks import count_looks, ledger_file, record_look
from trainer.exports.manifest import Export
from trainer.exports.reader import read_export
from trainer.files import write_whole
from trainer.runs.folder import CHECKPOINTS, STARTED, open_run, write_json
from trainer.runs.history import HistoryRow, write_history
from trainer.runs.predictions import Prediction, write_predictions

ROW = HistoryRow("head", 1, 0.5, 0.5, 0.5, 0.5)
PREDICTION = Prediction("a" * 16, "test", 0, "positive", "female", "visual", "", "g", 0.5)
WRITERS: dict[str, Callable[[Path], None]] = {
    "json": lambda file: write_json(file, {"a": 1}),
    "history": lambda file: write_history(file, [ROW]),
    "predictions": lambda file: write_predictions(file, [PREDICTION]),
    "cache": lambda file: keep(file, b"new"),
    "any": lambda file: write_whole(file, b"new"),
}


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that is full at the moment when what was written must reach it."""

    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", fail)
    monkeypatch.setattr(Path, "replace", fail)


@pytest.mark.usefixtures("full_disk")
@pytest.mark.parametrize("writer", WRITERS.values(), ids=WRITERS)
@pytest.mark.parametrize("before", [None, b"old"])
def test_a_full_disk_leaves_the_earlier_file_and_nothing_beside_it(
    tmp_path: Path, writer: Callable[[Path], None], before: bytes | None
) -> None:
    file = tmp_path / "file"
    if before is not None:
        file.write_bytes(before)
    with pytest.raises((OSError, DiskFull)):
        writer(file)
    assert [path.read_bytes() for path in tmp_path.iterdir()] == ([before] if before else [])


def test_names_are_brought_to_the_disk_and_not_content_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[tuple[int, set[str]]] = []

    def sync(handle: int) -> None:
        found = os.fstat(handle)
        names = os.listdir(handle) if stat.S_ISDIR(found.st_mode) else []
        synced.append((found.st_ino, {*names}))

    monkeypatch.setattr(os, "fsync", sync)
    run = tmp_path / "runs" / "first"
    with open_run(run, {"seed": 1}, resume=False) as (hidden, checkpoints):
        write_whole(checkpoints / "fold.npz", b"weights")
        holders = [(checkpoints, "fold.npz"), (hidden, "checkpoints"), (hidden, STARTED)]
        for folder, name in (*holders, (hidden.parent, hidden.name), (tmp_path, "runs")):
            assert any(ino == folder.stat().st_ino and name in names for ino, names in synced), name
        (hidden / "model.keras").write_bytes(b"by a library")
        model = (hidden / "model.keras").stat().st_ino
    assert model in {ino for ino, _ in synced}
    assert synced[-1][0] == run.parent.stat().st_ino
    assert run.name in synced[-1][1]


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError])
def test_an_interrupted_writer_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
) -> None:
    def stop(*_: object) -> None:
        raise error

    monkeypatch.setattr(os, "fsync", stop)
    with pytest.raises(error):
        write_whole(tmp_path / "file", b"new")
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def own_export(export_path: Path, tmp_path: Path) -> Export:
    """An export whose ledger is the test's own."""
    import shutil

    shutil.copytree(export_path, tmp_path / "exports" / "tiny")
    return read_export(tmp_path / "exports" / "tiny")


def test_a_look_that_cannot_be_noted_is_not_counted(
    own_export: Export, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert record_look(own_export, "one", TINY, tmp_path / "look-1") == 1
    before = ledger_file(own_export).read_bytes()

    def fail(*_: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        with pytest.raises(LedgerUnwritable):
            record_look(own_export, "two", TINY, tmp_path / "look-2")
    assert ledger_file(own_export).read_bytes() == before
    assert not (tmp_path / "look-2").exists()
    assert record_look(own_export, "two", TINY, tmp_path / "look-2") == 2
    assert count_looks(own_export) == 2


@pytest.mark.parametrize("damaged", [b"", b"x", b"\xff\xfe", b"1.5"])
def test_a_damaged_note_of_a_look_is_mended_from_the_ledger(
    own_export: Export, tmp_path: Path, damaged: bytes
) -> None:
    notes = [tmp_path / f"look-{number}" for number in (1, 2, 3)]
    for number, note in enumerate(notes[:2], start=1):
        assert record_look(own_export, f"run-{number}", TINY, note) == number
    notes[0].write_bytes(damaged)
    assert record_look(own_export, "run-1", TINY, notes[0]) == 1
    assert notes[0].read_bytes() == b"1"
    notes[2].write_bytes(damaged)  # of a look that the ledger does not know
    assert record_look(own_export, "run-3", TINY, notes[2]) == 3
    assert count_looks(own_export) == 3


def test_a_ledger_that_is_not_text_still_counts(own_export: Export, tmp_path: Path) -> None:
    record_look(own_export, "run", TINY, tmp_path / "look-1")
    with ledger_file(own_export).open("ab") as ledger:
        ledger.write(b"\xff\xfe,cut")
    assert count_looks(own_export) == 2


@pytest.mark.parametrize("damaged", ["", "{", "[1"])
def test_a_damaged_start_of_a_run_is_named(tmp_path: Path, damaged: str) -> None:
    hidden = tmp_path / ".partial-one"
    (hidden / CHECKPOINTS).mkdir(parents=True)
    (hidden / CHECKPOINTS / "head.npz").touch()
    (hidden / STARTED).write_text(damaged)
    with (
        pytest.raises(RunUnfinished, match=r"started\.json is missing or damaged"),
        open_run(tmp_path / "one", {}, resume=True),
    ):
        pytest.fail("the block must not run")


@pytest.mark.parametrize("damaged", [b"", b"PK\x03\x04cut", b"text", b"\x93NUMPY"])
def test_a_damaged_checkpoint_counts_as_none(
    tensorflow: None, tmp_path: Path, damaged: bytes
) -> None:
    import keras

    from trainer.training.checkpoints import Checkpoint, PhaseState

    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)])
    model.compile(optimizer="adam", loss="mse")
    checkpoint = Checkpoint(tmp_path / "head.npz", every_s=0)
    assert checkpoint.load(model).rows == []
    state = PhaseState([ROW], 0, [variable.numpy() for variable in model.trainable_variables])
    checkpoint.save(state, model, is_last=True)
    assert checkpoint.load(model).rows == [ROW]
    assert [file.name for file in tmp_path.iterdir()] == ["head.npz"]
    (tmp_path / "head.npz").write_bytes(damaged)
    assert checkpoint.load(model).rows == []


def test_a_written_file_is_as_readable_as_any_other(tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(b"")
    write_json(tmp_path / "written", {"á": np.pi})
    modes = {file.stat().st_mode for file in tmp_path.iterdir()}
    assert len(modes) == 1
    assert json.loads((tmp_path / "written").read_text(encoding="utf-8")) == {"á": np.pi}
