"""Predictions as arrays, from which scores are computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from trainer.runs.predictions import Prediction

# From which score on a photo is called positive: for all photos, or by fold.
Threshold = float | Mapping[int, float]


@dataclass(frozen=True)
class Sample:
    """Labels, scores and groups of one set of predictions, as arrays of one length.

    The threshold is one for all, or one for each.
    """

    labels: np.ndarray
    scores: np.ndarray
    groups: np.ndarray
    threshold: float | np.ndarray

    @property
    def called(self) -> np.ndarray:
        """Say which examples the detector calls positive."""
        called: np.ndarray = self.scores >= self.threshold
        return called

    @property
    def has_both_classes(self) -> bool:
        """Say whether there are positive and negative examples."""
        return bool(self.labels.any() and not self.labels.all())


def as_sample(predictions: Sequence[Prediction], threshold: Threshold) -> Sample:
    """Arrange predictions as arrays."""
    return Sample(
        labels=np.array([one.is_positive for one in predictions], dtype=bool),
        scores=np.array([one.score for one in predictions], dtype=np.float64),
        groups=np.array([one.group for one in predictions], dtype=str),
        threshold=_thresholds(predictions, threshold),
    )


def _thresholds(predictions: Sequence[Prediction], given: Threshold) -> float | np.ndarray:
    if not isinstance(given, Mapping):
        return given
    return np.array([given[one.fold] for one in predictions])


def ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Divide; NaN where the whole is 0."""
    undefined = np.full(np.shape(whole), np.nan)
    divided: np.ndarray = np.divide(part, whole, out=undefined, where=np.asarray(whole) > 0)
    return divided
