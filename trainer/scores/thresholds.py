"""Chooses the threshold of a detector, on the validation split alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from trainer.runs.predictions import Prediction
from trainer.scores.definitions import f1_of_counts
from trainer.scores.sample import as_sample

HALF = 0.5


def is_threshold_chosen(predictions: Sequence[Prediction]) -> bool:
    """Tell whether these validation predictions can choose a threshold; else it is a fallback."""
    return as_sample(predictions, HALF).has_both_classes


def choose_threshold(predictions: Sequence[Prediction]) -> float:
    """Find the threshold with the highest F1 of `positive` on the validation predictions.

    Candidates are 0.5 and the midpoints between neighbouring scores. Of equally good ones the
    nearest to 0.5 is taken, so that 0.5 stays unless another is better. With one class only
    there is nothing to choose by: 0.5.
    """
    sample = as_sample(predictions, HALF)
    if not sample.has_both_classes:
        return HALF
    distinct = np.unique(sample.scores)
    candidates = np.append((distinct[:-1] + distinct[1:]) / 2, HALF)
    called = sample.scores >= candidates[:, np.newaxis]
    hit = (called & sample.labels).sum(axis=1)
    f1 = f1_of_counts(hit, sample.labels.sum() - hit, called.sum(axis=1) - hit)
    best = candidates[f1 == f1.max()]
    return float(min(best, key=lambda candidate: (abs(candidate - HALF), candidate)))
