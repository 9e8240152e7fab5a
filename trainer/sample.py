"""Predictions as arrays, which scores are computed from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from trainer.prediction_table import Prediction


@dataclass(frozen=True)
class Sample:
    """Labels, scores and groups of one set of predictions, as arrays of one length."""

    labels: np.ndarray
    scores: np.ndarray
    groups: np.ndarray
    threshold: float

    @property
    def called(self) -> np.ndarray:
        """Say which examples the detector calls positive."""
        return self.scores >= self.threshold

    @property
    def has_both_classes(self) -> bool:
        """Say whether there are positive and negative examples."""
        return bool(self.labels.any() and not self.labels.all())


def as_sample(predictions: Sequence[Prediction], threshold: float) -> Sample:
    """Arrange predictions as arrays."""
    return Sample(
        labels=np.array([one.is_positive for one in predictions], dtype=bool),
        scores=np.array([one.score for one in predictions], dtype=np.float64),
        groups=np.array([one.group for one in predictions], dtype=str),
        threshold=threshold,
    )


def ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Divide; NaN where the whole is 0."""
    undefined = np.full(np.shape(whole), np.nan)
    divided: np.ndarray = np.divide(part, whole, out=undefined, where=np.asarray(whole) > 0)
    return divided
