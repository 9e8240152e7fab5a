"""Models that must not work: each sees one thing other than the rash and is scored like a network.

If one of them comes close to a network, the network's score may come from how photos were
collected. They are fitted on the train split alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from intervals.bootstrap import bca_interval
from trainer.evidence.confounder_features import (
    BLANKED,
    DESCRIBE,
    FILE_FACTS,
    MEAN_COLOUR,
    SEX,
    SEX_AND_SOURCE,
    SHAPE,
    FeatureMatrix,
    region_facts,
)
from trainer.exports.manifest import Export
from trainer.progress import counted
from trainer.runs.predictions import Prediction
from trainer.scores.definitions import weighted_curves
from trainer.scores.intervals import interval_of, resampled
from trainer.scores.sample import Sample

# What each sees, in words that end a sentence.
SEEN = {
    FILE_FACTS: "source, size, compression and place of the region",
    SEX: "the person's sex",
    SEX_AND_SOURCE: "the person's sex and the photo's source",
    SHAPE: "the outline of the region",
    BLANKED: "what lies around the region",
    MEAN_COLOUR: "the region's mean colour",
}

PENALTY = 10.0  # of the weights; there are more pixels than photos
CLOSE_SHARE = 0.75  # of what the network is better than chance


@dataclass(frozen=True)
class ConfounderResult:
    """A network beside one confounder on the same examples, by ROC AUC with 95% intervals.

    `difference` is the interval of the network's AUC less the confounder's. `is_close`: the
    confounder explains too much of the network's score.
    """

    name: str
    network_auc: float
    confounder_auc: float
    network_interval: tuple[float, float]
    confounder_interval: tuple[float, float]
    difference: tuple[float, float]

    @property
    def is_close(self) -> bool:
        """Say whether the network is not clearly better: docs/decisions.md#confounders."""
        near = 0.5 + CLOSE_SHARE * (self.network_auc - 0.5)
        return self.difference[0] <= 0 or self.confounder_auc >= near

    @property
    def text(self) -> str:
        """Say in one sentence what the comparison means, for the report."""
        network = _auc_text(self.network_auc, self.network_interval)
        confounder = _auc_text(self.confounder_auc, self.confounder_interval)
        better = "not clearly" if self.is_close else "clearly"
        sentence = (
            f"The detector ({network}) is {better} better than a model that sees only "
            f"{SEEN[self.name]} ({confounder})"
        )
        return f"{sentence}: {_warning(self.name)}." if self.is_close else f"{sentence}."


def fit_confounders(export: Export) -> dict[str, np.ndarray | None]:
    """Fit every confounder on the train split and score all examples.

    Returns:
        By name: (N,) P(positive), in the order of `export.examples`; None for `blanked` where
        the export has masked its surroundings.
    """
    examples = counted("measuring confounders", export.examples, len(export.examples), "photos")
    regions = [region_facts(example) for example in examples]
    labels = np.array([example.is_positive for example in export.examples])
    trained = np.array([example.split == "train" for example in export.examples])
    scores: dict[str, np.ndarray | None] = {}
    for name in counted("fitting confounders", DESCRIBE, len(DESCRIBE), "models"):
        hidden = name == BLANKED and export.crop.mode == "mask"
        scores[name] = None if hidden else _fitted_scores(DESCRIBE[name](regions), labels, trained)
    return scores


def measure_confounders(export: Export, predictions: Sequence[Prediction]) -> list[dict[str, Any]]:
    """Compare a network's predictions of one split with every confounder: for metrics.json."""
    score_of = {one.id: one.score for one in predictions}
    rows = [place for place, x in enumerate(export.examples) if x.id in score_of]
    examples = [export.examples[place] for place in rows]
    compared = compare_with_confounders(
        labels=np.array([x.is_positive for x in examples]),
        groups=np.array([x.group for x in examples]),
        network=np.array([score_of[x.id] for x in examples]),
        confounders={
            name: None if scores is None else scores[rows]
            for name, scores in fit_confounders(export).items()
        },
    )
    return [asdict(one) | {"is_close": one.is_close, "text": one.text} for one in compared]


def compare_with_confounders(
    labels: np.ndarray,
    groups: np.ndarray,
    network: np.ndarray,
    confounders: Mapping[str, np.ndarray | None],
) -> list[ConfounderResult]:
    """Compare a network with each confounder on one split, drawing whole groups.

    Args:
        labels: (N,) bool, True for positive.
        groups: (N,) group of each example.
        network: (N,) P(positive).
        confounders: by name, (N,) P(positive) or None.

    Returns:
        One comparison for each confounder that has scores; none where a class is missing. Those
        with `is_close` are the alarms.
    """
    if labels.all() or not labels.any():
        return []
    networks = _areas(labels, groups, network)
    scored = [(name, scores) for name, scores in confounders.items() if scores is not None]
    return [
        _compare(name, networks, _areas(labels, groups, scores))
        for name, scores in counted("comparing with confounders", scored, len(scored), "models")
    ]


@dataclass(frozen=True)
class _Areas:
    """The ROC AUC of one model: of all examples, its interval, of each draw, and without each group."""

    value: float
    interval: tuple[float, float]
    drawn: np.ndarray
    left_out: np.ndarray


def _compare(name: str, network: _Areas, confounder: _Areas) -> ConfounderResult:
    return ConfounderResult(
        name=name,
        network_auc=network.value,
        confounder_auc=confounder.value,
        network_interval=network.interval,
        confounder_interval=confounder.interval,
        difference=_difference_interval(network, confounder),
    )


def _areas(labels: np.ndarray, groups: np.ndarray, scores: np.ndarray) -> _Areas:
    sample = Sample(labels=labels, scores=scores, groups=groups, threshold=0.5)
    area = resampled(sample, weighted_curves)["roc_auc"]
    low, high = interval_of(sample, "roc_auc", area) or (0.0, 1.0)
    return _Areas(area.value, (low, high), area.drawn, area.left_out)


def _difference_interval(network: _Areas, confounder: _Areas) -> tuple[float, float]:
    """Estimate the 95% interval of a difference; the widest one if there are too few groups."""
    low, high = bca_interval(
        network.value - confounder.value,
        network.drawn - confounder.drawn,
        network.left_out - confounder.left_out,
    ) or (-1.0, 1.0)
    return low, high


def _auc_text(area: float, interval: tuple[float, float]) -> str:
    return f"ROC AUC {area:.2f}, 95% interval {interval[0]:.2f} to {interval[1]:.2f}"


def _warning(name: str) -> str:
    if name == MEAN_COLOUR:
        return "redness is part of the sign, but no pattern of a rash was needed for this score"
    return "its score may come from how the photos were collected and not from the rash"


def _fitted_scores(features: FeatureMatrix, labels: np.ndarray, trained: np.ndarray) -> np.ndarray:
    """Fit a logistic regression on the trained rows and score all: (N,) P(positive)."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    regression = LogisticRegression(C=1 / PENALTY, class_weight="balanced", max_iter=1000)
    model = make_pipeline(StandardScaler(), regression)
    model.fit(features[trained], labels[trained])
    return np.asarray(model.predict_proba(features)[:, 1], dtype=np.float64)
