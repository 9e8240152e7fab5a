"""Checkpoints of a training phase, so that an interrupted run can continue."""

from __future__ import annotations

import io
import json
import math
import time
import zipfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from trainer.files import write_whole
from trainer.runs.history import HistoryRow

if TYPE_CHECKING:
    import keras

EVERY_S = 20.0


@dataclass
class PhaseState:
    """The state of a phase: its epochs so far and the trained weights of the best.

    `best` is -1 as long as none is better than what the phase started from.
    """

    rows: list[HistoryRow] = field(default_factory=list)
    best: int = -1
    weights: list[np.ndarray] = field(default_factory=list)
    start_loss: float = math.inf

    def start(self, val_loss: float, model: keras.Model) -> None:
        """Record the state before the first epoch."""
        self.start_loss = val_loss
        self.weights = [variable.numpy() for variable in model.trainable_variables]

    def record(self, row: HistoryRow, model: keras.Model) -> None:
        """Record an epoch; the lowest validation loss is the best."""
        least = self.start_loss if self.best < 0 else self.rows[self.best].val_loss
        self.rows.append(row)
        if row.val_loss < least:
            self.best = len(self.rows) - 1
            self.weights = [variable.numpy() for variable in model.trainable_variables]

    def is_over(self, epochs: int, patience: int) -> bool:
        """Say whether all epochs are done, or too many passed without improvement."""
        done = len(self.rows)
        return done >= epochs or (patience > 0 and done - 1 - self.best >= patience)


class Checkpoint:
    """One phase of one training, in one file; frozen weights are not in it."""

    def __init__(self, file: Path, every_s: float = EVERY_S) -> None:
        self.file = file
        self.every_s = every_s
        self.written = time.monotonic()

    def load(self, model: keras.Model) -> PhaseState:
        """Restore a compiled model to the saved state; a new state if there is none, or a damaged one."""
        model.optimizer.build(model.trainable_variables)
        try:
            with np.load(self.file, allow_pickle=False) as archive:
                kept = dict(archive)
            content = json.loads(str(kept["standing"]))
        except (FileNotFoundError, zipfile.BadZipFile, EOFError, ValueError, KeyError):
            return PhaseState()
        for name, variables in _parts(model).items():
            for place, variable in enumerate(variables):
                variable.assign(kept[f"{name}-{place}"])
        best = [kept[f"best-{place}"] for place in range(len(model.trainable_variables))]
        rows = [HistoryRow(**row) for row in content["rows"]]
        return PhaseState(rows, content["best"], best, content["start_loss"])

    def save(self, state: PhaseState, model: keras.Model, is_last: bool) -> None:
        """Save the state, at the end of the phase and from time to time before."""
        if not is_last and time.monotonic() - self.written < self.every_s:
            return
        content = {
            "rows": [asdict(row) for row in state.rows],
            "best": state.best,
            "start_loss": state.start_loss,
        }
        arrays = {f"best-{place}": weight for place, weight in enumerate(state.weights)}
        for name, variables in _parts(model).items():
            arrays |= {f"{name}-{place}": one.numpy() for place, one in enumerate(variables)}
        archive = io.BytesIO()
        np.savez(archive, allow_pickle=False, standing=np.array(json.dumps(content)), **arrays)
        write_whole(self.file, archive.getvalue())
        self.written = time.monotonic()


def _parts(model: keras.Model) -> dict[str, Sequence[keras.Variable]]:
    return {"model": model.trainable_variables, "optimizer": model.optimizer.variables}
