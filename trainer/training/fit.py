"""Trains a detector: first the head on the frozen network's features, then, if asked, its last blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from trainer.archs import find_architecture
from trainer.config import RunConfig
from trainer.errors import TrainingDiverged
from trainer.images.augmentation import augmented_batches
from trainer.networks.detector import CLASS_COUNT, Detector
from trainer.networks.features import Features
from trainer.networks.inference import BATCH
from trainer.progress import Advance
from trainer.runs.history import HistoryRow
from trainer.training.checkpoints import Checkpoint, PhaseState

if TYPE_CHECKING:
    import keras

# Inputs, targets (N, classes), and how much each example counts (N,).
Batch = tuple[Any, Any, Any]


@dataclass(frozen=True)
class Pixels:
    """Photos as the network's input.

    images: (N, size, size, 3) uint8.
    labels: (N,) int64, 1 for positive.
    """

    images: np.ndarray
    labels: np.ndarray


def train_head(
    detector: Detector,
    train: Features,
    val: Features,
    config: RunConfig,
    checkpoint: Checkpoint,
    advance: Advance,
) -> list[HistoryRow]:
    """Train the head on a random view of each photo per epoch; keep the best epoch.

    The best epoch has the lowest validation loss. The same seed gives the same head.
    """
    detector.start_head(config.seed)
    steps = config.epochs * _steps(len(train.labels), config.batch_size)
    compile_classifier(detector.head, config, config.lr, steps)
    return _train(
        detector.head,
        Phase("head", config.epochs, config.patience),
        lambda epoch: random_view_batches(train, config, epoch),
        (val.clean, one_hot(val.labels)),
        checkpoint,
        advance,
    )


def fine_tune(
    detector: Detector,
    train: Pixels,
    val: Pixels,
    config: RunConfig,
    checkpoint: Checkpoint,
    advance: Advance,
) -> list[HistoryRow]:
    """Train the network's last blocks with the head at a low rate; keep the best epoch.

    Batch normalisation stays frozen: a few hundred photos give poor statistics.
    """
    import tensorflow as tf

    unfreeze_last_blocks(detector.network, find_architecture(config.arch).frozen_through)
    steps = config.fine_tune_epochs * _steps(len(train.labels), config.batch_size)
    compile_classifier(detector.model, config, config.fine_tune_lr, steps)
    images, targets = tf.constant(train.images), one_hot(train.labels)
    weights = example_weights(train.labels, config.class_weights)
    return _train(
        detector.model,
        Phase("fine-tune", config.fine_tune_epochs, config.patience, starts_trained=True),
        lambda epoch: augmented_batches(images, targets, weights, config, (config.seed, epoch)),
        (val.images, one_hot(val.labels)),
        checkpoint,
        advance,
    )


@dataclass(frozen=True)
class Phase:
    """How long a phase may last; one that starts trained is kept only if it improves."""

    name: str
    epochs: int
    patience: int
    starts_trained: bool = False


def _train(
    model: keras.Model,
    phase: Phase,
    batches: Callable[[int], Iterable[Batch]],
    val: tuple[np.ndarray, np.ndarray],
    checkpoint: Checkpoint,
    advance: Advance,
) -> list[HistoryRow]:
    """Train epoch by epoch from the checkpoint, and end with the best weights."""
    state = checkpoint.load(model)
    if phase.starts_trained and not state.rows:
        state.start(evaluate(model, *val)["cross_entropy"], model)
    advance(len(state.rows))
    while not state.is_over(phase.epochs, phase.patience):
        epoch = len(state.rows)
        state.record(_train_epoch(model, phase.name, epoch, batches(epoch), val), model)
        checkpoint.save(state, model, state.is_over(phase.epochs, phase.patience))
        advance(1)
    for variable, weight in zip(model.trainable_variables, state.weights, strict=True):
        variable.assign(weight)
    return _marked(state)


def _train_epoch(
    model: keras.Model,
    phase: str,
    epoch: int,
    batches: Iterable[Batch],
    val: tuple[np.ndarray, np.ndarray],
) -> HistoryRow:
    trained = _mean(
        (len(targets), model.train_on_batch(inputs, targets, weights, return_dict=True))
        for inputs, targets, weights in batches
    )
    held_out = evaluate(model, *val)
    if not np.isfinite(held_out["cross_entropy"]):
        raise TrainingDiverged(
            f"the loss is not a number after epoch {epoch + 1} of the {phase} phase: "
            "train with a smaller learning rate"
        )
    return HistoryRow(
        phase=phase,
        epoch=epoch + 1,
        loss=trained["cross_entropy"],
        accuracy=trained["accuracy"],
        val_loss=held_out["cross_entropy"],
        val_accuracy=held_out["accuracy"],
    )


def evaluate(model: keras.Model, inputs: np.ndarray, targets: np.ndarray) -> dict[str, float]:
    """Measure loss and accuracy on held-out examples; Keras' own takes longer than an epoch."""
    step = BATCH if inputs.ndim > 2 else len(inputs)
    parts = [slice(start, start + step) for start in range(0, len(inputs), step)]
    return _mean(
        (len(targets[x]), model.test_on_batch(inputs[x], targets[x], return_dict=True))
        for x in parts
    )


def _mean(batches: Iterable[tuple[int, Mapping[str, Any]]]) -> dict[str, float]:
    """Average Keras' measurements over batches, weighted by their size."""
    sizes, seen = zip(*batches, strict=True)
    return {
        name: float(np.average([float(one[name]) for one in seen], weights=sizes))
        for name in seen[0]
    }


def unfreeze_last_blocks(network: keras.Model, frozen_through: str) -> None:
    """Make the layers after the named one trainable, except batch normalisation."""
    import keras

    names = [layer.name for layer in network.layers]
    last_frozen = names.index(frozen_through)
    network.trainable = True
    for place, layer in enumerate(network.layers):
        is_normalisation = isinstance(layer, keras.layers.BatchNormalization)
        layer.trainable = place > last_frozen and not is_normalisation


def compile_classifier(model: keras.Model, config: RunConfig, lr: float, steps: int) -> None:
    """Give a model the optimizer and loss that both phases share.

    The cross-entropy beside the loss is without label smoothing, so that recipes can be compared.
    """
    import keras

    rate = keras.optimizers.schedules.CosineDecay(lr, steps) if config.schedule == "cosine" else lr
    model.compile(
        optimizer=keras.optimizers.Adam(rate),
        loss=keras.losses.CategoricalCrossentropy(label_smoothing=config.label_smoothing),
        metrics=["accuracy", keras.metrics.CategoricalCrossentropy(name="cross_entropy")],
    )


def random_view_batches(train: Features, config: RunConfig, epoch: int) -> Iterator[Batch]:
    """Yield the batches of one epoch: every photo once, in one of its views."""
    generator = np.random.default_rng((config.seed, epoch))
    count, views = train.views.shape[:2]
    targets = one_hot(train.labels)
    weights = example_weights(train.labels, config.class_weights)
    order = generator.permutation(count)
    chosen = generator.integers(0, views, size=(count,))
    for start in range(0, count, config.batch_size):
        rows = order[start : start + config.batch_size]
        yield train.views[rows, chosen[rows]], targets[rows], weights[rows]


def one_hot(labels: np.ndarray) -> np.ndarray:
    """One-hot encode labels: (N, 2) float32."""
    targets: np.ndarray = np.eye(CLASS_COUNT, dtype=np.float32)[labels]
    return targets


def example_weights(labels: np.ndarray, is_balanced: bool) -> np.ndarray:
    """Weight each example equally, or so that both classes count equally."""
    if not is_balanced:
        return np.ones(len(labels), np.float32)
    counts = np.bincount(labels, minlength=CLASS_COUNT)
    weights: np.ndarray = (len(labels) / (CLASS_COUNT * counts))[labels].astype(np.float32)
    return weights


def _marked(state: PhaseState) -> list[HistoryRow]:
    return [replace(row, is_best=place == state.best) for place, row in enumerate(state.rows)]


def _steps(count: int, batch_size: int) -> int:
    return -(-count // batch_size)
