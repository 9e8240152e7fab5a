"""Tests which networks score significantly below the best one on the same photos."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from intervals.bootstrap import drawn_weights, reach_of
from trainer.errors import PhotosDiffer, ScoreUndefined
from trainer.runs.predictions import Prediction
from trainer.scores.definitions import weighted_curves, weighted_rates
from trainer.scores.sample import Sample, as_sample

SIGNIFICANCE = 0.05
COMPARABLE = {"f1": weighted_rates, "roc_auc": weighted_curves}


@dataclass(frozen=True)
class DifferenceFromBest:
    """A network's score minus that of the best, and the evidence against a tie.

    `interval` is the 95% interval of this difference alone and `p` its two-sided p-value;
    `adjusted_p` allows for all pairs of networks, and below 0.05 the network is not `tied`.
    """

    difference: float
    interval: tuple[float, float]
    p: float
    adjusted_p: float
    tied: bool


def tied_with_best(
    predictions: Mapping[str, Sequence[Prediction]],
    thresholds: Mapping[str, float],
    score: str = "f1",
) -> dict[str, DifferenceFromBest]:
    """Compare each network with the one of the highest score; the best is tied with itself.

    A difference is divided by its bootstrap standard error over draws of whole groups that all
    networks share, and judged by Student's t with as many degrees of freedom as groups less
    one. The best is chosen on the same photos, so that any pair might have been the one to be
    compared: Holm's correction counts all pairs, not only those with the best.

    Args:
        predictions: per network those of the same photos, for instance of the test split.
        thresholds: per network the score from which it calls positive.
        score: `f1` or `roc_auc`.

    Raises:
        PhotosDiffer: two networks were scored on different photos.
        ScoreUndefined: the score needs both classes, and the photos lack one.

    Source: Holm 1979; why all pairs and why t: docs/decisions.md#ties.
    """
    samples = _aligned(predictions, thresholds)
    groups = len(np.unique(samples[0].groups))
    values = np.array([_value(sample, score) for sample in samples])
    errors = _standard_errors(np.array([_drawn(sample, score) for sample in samples]), groups)
    differences = values[:, np.newaxis] - values
    p = p_values(differences, errors, groups)
    adjusted = _adjusted(p)
    best = int(values.argmax())
    return {
        name: DifferenceFromBest(
            difference=float(differences[at, best]),
            interval=_interval(differences[at, best], errors[at, best], groups),
            p=float(p[at, best]),
            adjusted_p=float(adjusted[at, best]),
            tied=bool(adjusted[at, best] >= SIGNIFICANCE),
        )
        for at, name in enumerate(predictions)
    }


def _aligned(
    predictions: Mapping[str, Sequence[Prediction]], thresholds: Mapping[str, float]
) -> list[Sample]:
    """Arrange all predictions in the same order of photos."""
    ordered = {name: sorted(rows, key=lambda row: row.id) for name, rows in predictions.items()}
    photos_of = {name: [(p.id, p.label, p.group) for p in rows] for name, rows in ordered.items()}
    first = next(iter(photos_of))
    for name, photos in photos_of.items():
        if photos != photos_of[first]:
            raise PhotosDiffer(
                f"{name} and {first} were scored on different photos: train both on one export"
            )
    return [as_sample(rows, thresholds[name]) for name, rows in ordered.items()]


def _value(sample: Sample, score: str) -> float:
    value = COMPARABLE[score](sample, np.ones((1, len(sample.labels))))[score][0]
    if np.isnan(value):
        raise ScoreUndefined(f"{score} needs photos of both classes: export more")
    return float(value)


def _drawn(sample: Sample, score: str) -> np.ndarray:
    blocks = drawn_weights(sample.groups)
    return np.concatenate([COMPARABLE[score](sample, weights)[score] for weights in blocks])


def _standard_errors(drawn: np.ndarray, groups: int) -> np.ndarray:
    """Estimate the standard error of each pair's difference.

    Args:
        drawn: (networks, draws) the score of each; NaN where undefined.
        groups: how many were drawn from. Draws spread too little by (groups - 1) / groups.

    Returns:
        (networks, networks) float64.
    """
    defined = drawn[:, ~np.isnan(drawn).any(axis=0)]
    if groups < 2 or defined.shape[1] < drawn.shape[1] / 2:
        return np.full((len(drawn), len(drawn)), np.inf)
    spread = np.array([(defined - one).std(axis=1) for one in defined])
    expanded: np.ndarray = spread * np.sqrt(groups / (groups - 1))
    return expanded


def p_values(differences: np.ndarray, errors: np.ndarray, groups: int) -> np.ndarray:
    """Compute two-sided p-values of differences; equal networks have 1.

    None is below that of the sign test in which all groups agree, the least that any paired
    test can give on so few groups.
    """
    from scipy.special import stdtr

    size = np.abs(differences)
    ratio = np.divide(size, errors, out=np.full(size.shape, np.inf), where=errors > 0)
    p = np.maximum(2 * stdtr(max(groups - 1, 1), -ratio), 0.5 ** (groups - 1))
    return np.where(size == 0, 1.0, p)


def _adjusted(p: np.ndarray) -> np.ndarray:
    """Correct the p-values of all pairs, given on both sides of the diagonal."""
    above = np.triu_indices(len(p), 1)
    adjusted = np.ones_like(p)
    adjusted[above] = holm(p[above])
    both_sides: np.ndarray = np.minimum(adjusted, adjusted.T)
    return both_sides


def holm(p: np.ndarray) -> np.ndarray:
    """Adjust p-values for their number, by Holm's step-down method."""
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(p[order] * (len(p) - np.arange(len(p))))
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(stepped, 1.0)
    return adjusted


def _interval(difference: float, error: float, groups: int) -> tuple[float, float]:
    reach = reach_of(max(groups, 2)) * error
    return max(difference - reach, -1.0), min(difference + reach, 1.0)
