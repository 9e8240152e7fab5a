"""Writes the history of a training as TensorBoard reads it."""

from collections.abc import Sequence
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path

from trainer.checkpoints import HistoryRow
from trainer.errors import LibraryMissing

SCALARS = ("loss", "accuracy", "val_loss", "val_accuracy")


def require_tensorboard() -> None:
    """Raise LibraryMissing where TensorFlow cannot write its logs, before anything is trained."""
    if find_spec("tensorboard") is None:
        raise LibraryMissing("TensorBoard is not installed: run  pip install 'malar[tensorboard]'")


def write_events(folder: Path, history: Sequence[HistoryRow]) -> None:
    """Write one series per score, its steps the epochs of all phases one after the other."""
    import tensorflow as tf

    writer = tf.summary.create_file_writer(str(folder))
    with writer.as_default():
        for step, row in enumerate(history, start=1):
            for name in SCALARS:
                tf.summary.scalar(name, asdict(row)[name], step=step)
    writer.close()
