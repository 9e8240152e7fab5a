"""Writes the history of trainings as TensorBoard logs."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from trainer.errors import LibraryMissing

if TYPE_CHECKING:
    from trainer.training.trainer import Trained

SCALARS = ("loss", "accuracy", "val_loss", "val_accuracy")


def require_tensorboard() -> None:
    """Raise LibraryMissing, before anything is trained, if TensorBoard is not installed."""
    if find_spec("tensorboard") is None:
        raise LibraryMissing("TensorBoard is not installed: run  pip install 'malar[tensorboard]'")


def write_events(folder: Path, trainings: Sequence[Trained]) -> None:
    """Write one series per training and score, its steps the epochs of all its phases.

    TensorFlow puts the machine's name into file names: they are renamed.
    """
    import tensorflow as tf

    for trained in trainings:
        own = folder / f"{trained.division.name}-seed-{trained.seed}"
        shutil.rmtree(own, ignore_errors=True)
        writer = tf.summary.create_file_writer(str(own))
        with writer.as_default():
            for step, row in enumerate(trained.history, start=1):
                for name in SCALARS:
                    tf.summary.scalar(name, asdict(row)[name], step=step)
        writer.close()
        for number, file in enumerate(sorted(own.iterdir())):
            file.rename(own / f"events.out.tfevents.{number}")
