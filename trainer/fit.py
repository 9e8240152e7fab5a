"""Trains a detector: first the head on the frozen network's features, then, if asked, its last blocks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from trainer.archs import find_architecture
from trainer.config import RunConfig
from trainer.data import Colour, augmented_batches, clean_pixels
from trainer.features import Features
from trainer.manifest import Example
from trainer.model import CLASS_COUNT, Detector
from trainer.progress import Advance

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class HistoryRow:
    """One epoch: what it reached on the training views and on the validation split."""

    phase: str
    epoch: int
    loss: float
    accuracy: float
    val_loss: float
    val_accuracy: float
    is_best: bool = False


def train_head(
    detector: Detector, train: Features, val: Features, config: RunConfig, advance: Advance
) -> list[HistoryRow]:
    """Train the head on a random view of each photo per epoch; keep the best epoch.

    The best epoch has the lowest validation loss.
    """
    import keras

    head = detector.head
    compile_classifier(head, keras.optimizers.Adam(config.lr))
    keeper = best_epoch_keeper("head", advance)
    head.fit(
        random_view_batches(train, config),
        steps_per_epoch=_steps(len(train.labels), config.batch_size),
        epochs=config.epochs,
        validation_data=(val.clean, one_hot(val.labels)),
        callbacks=[keeper],
        verbose=0,
    )
    history: list[HistoryRow] = keeper.finish(head)
    return history


def fine_tune(
    detector: Detector,
    train: Sequence[Example],
    val: Sequence[Example],
    config: RunConfig,
    fill: Colour,
    advance: Advance,
) -> list[HistoryRow]:
    """Train the network's last blocks with the head at a low rate; keep the best epoch.

    Batch normalisation stays frozen: a few hundred photos give poor statistics.
    """
    import keras

    unfreeze_last_blocks(detector.network, find_architecture(config.arch).frozen_through)
    compile_classifier(detector.model, keras.optimizers.Adam(config.fine_tune_lr))
    labels = [one_hot(np.array([x.is_positive for x in part], np.int64)) for part in (train, val)]
    pixels = [
        clean_pixels([x.path for x in part], config.img_size, config.resize, fill)
        for part in (train, val)
    ]
    keeper = best_epoch_keeper("fine-tune", advance)
    detector.model.fit(
        augmented_batches(pixels[0], labels[0], config.batch_size, config.seed),
        steps_per_epoch=_steps(len(train), config.batch_size),
        epochs=config.fine_tune_epochs,
        validation_data=_labelled(pixels[1], labels[1], config.batch_size),
        callbacks=[keeper],
        verbose=0,
    )
    history: list[HistoryRow] = keeper.finish(detector.model)
    return history


def unfreeze_last_blocks(network: keras.Model, frozen_through: str) -> None:
    """Make the layers after the named one trainable, batch normalisation excepted."""
    import keras

    names = [layer.name for layer in network.layers]
    last_frozen = names.index(frozen_through)
    network.trainable = True
    for place, layer in enumerate(network.layers):
        is_normalisation = isinstance(layer, keras.layers.BatchNormalization)
        layer.trainable = place > last_frozen and not is_normalisation


def compile_classifier(model: keras.Model, optimizer: keras.optimizers.Optimizer) -> None:
    """Give a model the loss that both phases share."""
    model.compile(optimizer=optimizer, loss="categorical_crossentropy", metrics=["accuracy"])


def random_view_batches(
    train: Features, config: RunConfig
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield batches without end: each pass shows every photo once, in one of its views."""
    generator = np.random.default_rng(config.seed)
    count, views = train.views.shape[:2]
    targets = one_hot(train.labels)
    while True:
        order = generator.permutation(count)
        chosen = generator.integers(0, views, size=(count,))
        for start in range(0, count, config.batch_size):
            rows = order[start : start + config.batch_size]
            yield train.views[rows, chosen[rows]], targets[rows]


def one_hot(labels: np.ndarray) -> np.ndarray:
    """Write labels as the softmax should answer: (N, 2) float32."""
    targets: np.ndarray = np.eye(CLASS_COUNT, dtype=np.float32)[labels]
    return targets


def best_epoch_keeper(phase: str, advance: Advance) -> Any:
    """Make a Keras callback that records each epoch and keeps the weights of the best."""
    import keras

    class BestEpochKeeper(keras.callbacks.Callback):  # type: ignore[misc]
        """Remembers the epoch with the lowest validation loss."""

        def __init__(self) -> None:
            super().__init__()
            self.rows: list[HistoryRow] = []
            self.weights: list[np.ndarray] = []
            self.best = -1

        def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
            """Record the epoch and, if it is the best so far, its weights."""
            self.rows.append(_history_row(phase, epoch + 1, logs or {}))
            if self.best < 0 or self.rows[-1].val_loss < self.rows[self.best].val_loss:
                self.best = epoch
                self.weights = self.model.get_weights()
            advance(1)

        def finish(self, model: keras.Model) -> list[HistoryRow]:
            """Give the model its best weights back and return the history."""
            model.set_weights(self.weights)
            return [_marked(row, row.epoch == self.best + 1) for row in self.rows]

    return BestEpochKeeper()


def _history_row(phase: str, epoch: int, logs: dict[str, float]) -> HistoryRow:
    return HistoryRow(
        phase=phase,
        epoch=epoch,
        loss=float(logs["loss"]),
        accuracy=float(logs["accuracy"]),
        val_loss=float(logs["val_loss"]),
        val_accuracy=float(logs["val_accuracy"]),
    )


def _marked(row: HistoryRow, is_best: bool) -> HistoryRow:
    from dataclasses import replace

    return replace(row, is_best=is_best)


def _labelled(pixels: Any, labels: np.ndarray, batch_size: int) -> Any:
    import tensorflow as tf

    targets = tf.data.Dataset.from_tensor_slices(labels)
    return tf.data.Dataset.zip((pixels, targets)).batch(batch_size).cache()


def _steps(count: int, batch_size: int) -> int:
    return -(-count // batch_size)
