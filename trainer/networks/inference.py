"""Runs a model over examples and returns predictions; scores/metrics.py scores them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from trainer.exports.manifest import CLASSES, POSITIVE, Example
from trainer.runs.predictions import Prediction, as_prediction

if TYPE_CHECKING:
    import keras

POSITIVE_OUTPUT = CLASSES.index(POSITIVE)
BATCH = 32


def predict_examples(
    model: keras.Model, inputs: Any, examples: Sequence[Example]
) -> list[Prediction]:
    """Score examples by their inputs: pixels for a whole detector, features for a head."""
    scores = positive_scores(model, inputs)
    return [as_prediction(x, float(score)) for x, score in zip(examples, scores, strict=True)]


def positive_scores(model: keras.Model, inputs: Any) -> np.ndarray:
    """Compute P(positive) of each input, in order: (N,) float64."""
    batches = inputs.batch(BATCH) if hasattr(inputs, "batch") else _batched(inputs)
    outputs = [model.predict_on_batch(batch)[:, POSITIVE_OUTPUT] for batch in batches]
    return np.concatenate(outputs).astype(np.float64)


def _batched(inputs: np.ndarray) -> Iterable[np.ndarray]:
    return (inputs[start : start + BATCH] for start in range(0, len(inputs), BATCH))
