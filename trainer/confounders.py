"""Models that must not work: each sees one thing beside the rash and is scored as a network is.

Where one of them comes close to a network, the network's score may come from the way photos were
collected. They are fitted on the train split alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from trainer.bootstrap import bca_interval, drawn_weights, left_out_weights
from trainer.likeness import read_pixels
from trainer.manifest import SEXES, Example, Export
from trainer.metrics import interval_of
from trainer.prediction_table import Prediction
from trainer.sample import Sample
from trainer.scores import weighted_curves

FILE_FACTS = "file facts"
SEX = "sex"
SEX_AND_SOURCE = "sex + source"
SHAPE = "shape"
BLANKED = "blanked"
MEAN_COLOUR = "mean colour"

# What each sees, in words that end a sentence.
SEEN = {
    FILE_FACTS: "source, size, compression and place of the region",
    SEX: "the person's sex",
    SEX_AND_SOURCE: "the person's sex and the photo's source",
    SHAPE: "the outline of the region",
    BLANKED: "what lies around the region",
    MEAN_COLOUR: "the region's mean colour",
}

SMALL_PX = 16
OUTLINE_PX = 256
JPEG_BLOCK_PX = 8
PENALTY = 10.0  # of the weights; there are more pixels than photos
CLOSE_SHARE = 0.75  # of what the network is better than chance

Features = np.ndarray  # (N, D) float64, one row per example


@dataclass(frozen=True)
class View:
    """What the models see of one example, without its pixels: 1,810 of them would fill the memory.

    `region_share` is the share of its box that the region fills; `surroundings` are SMALL_PX
    squared RGB of the crop with the region blanked, `colour` the region's mean in CIELAB.
    """

    example: Example
    width_px: int
    height_px: int
    region_share: float
    blockiness: float
    surroundings: np.ndarray
    colour: np.ndarray


@dataclass(frozen=True)
class Comparison:
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
        told = (
            f"The detector ({network}) is {better} better than a model that sees only "
            f"{SEEN[self.name]} ({confounder})"
        )
        return f"{told}: {_warning(self.name)}." if self.is_close else f"{told}."


def fit_confounders(export: Export) -> dict[str, np.ndarray | None]:
    """Fit every confounder on the train split and score all examples.

    Returns:
        By name: (N,) P(positive), in the order of `export.examples`; None for `blanked` where
        the export has masked its surroundings.
    """
    views = [_view(example) for example in export.examples]
    labels = np.array([example.is_positive for example in export.examples])
    trained = np.array([example.split == "train" for example in export.examples])
    scores: dict[str, np.ndarray | None] = {}
    for name, describe in DESCRIBE.items():
        hidden = name == BLANKED and export.crop.mode == "mask"
        scores[name] = None if hidden else _fitted_scores(describe(views), labels, trained)
    return scores


def measure_confounders(export: Export, predictions: Sequence[Prediction]) -> list[dict[str, Any]]:
    """Compare a network's predictions of one split with every confounder: for metrics.json."""
    said = {one.id: one.score for one in predictions}
    rows = [place for place, x in enumerate(export.examples) if x.id in said]
    examples = [export.examples[place] for place in rows]
    compared = confounder_alarms(
        labels=np.array([x.is_positive for x in examples]),
        groups=np.array([x.group for x in examples]),
        network=np.array([said[x.id] for x in examples]),
        confounders={
            name: None if scores is None else scores[rows]
            for name, scores in fit_confounders(export).items()
        },
    )
    return [asdict(one) | {"is_close": one.is_close, "text": one.text} for one in compared]


def confounder_alarms(
    labels: np.ndarray,
    groups: np.ndarray,
    network: np.ndarray,
    confounders: Mapping[str, np.ndarray | None],
) -> list[Comparison]:
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
    return [
        _compare(name, networks, _areas(labels, groups, scores))
        for name, scores in confounders.items()
        if scores is not None
    ]


@dataclass(frozen=True)
class _Areas:
    """The ROC AUC of one model: of all examples, its interval, of each draw, and without each group."""

    value: float
    interval: tuple[float, float]
    drawn: np.ndarray
    left_out: np.ndarray


def _compare(name: str, network: _Areas, confounder: _Areas) -> Comparison:
    return Comparison(
        name=name,
        network_auc=network.value,
        confounder_auc=confounder.value,
        network_interval=network.interval,
        confounder_interval=confounder.interval,
        difference=_difference_interval(network, confounder),
    )


def _areas(labels: np.ndarray, groups: np.ndarray, scores: np.ndarray) -> _Areas:
    sample = Sample(labels=labels, scores=scores, groups=groups, threshold=0.5)
    drawn, left_out = (
        np.concatenate([weighted_curves(sample, weights)["roc_auc"] for weights in blocks])
        for blocks in (drawn_weights(groups), left_out_weights(groups))
    )
    whole = float(weighted_curves(sample, np.ones((1, len(labels))))["roc_auc"][0])
    low, high = interval_of(sample, "roc_auc", whole, drawn, left_out) or (0.0, 1.0)
    return _Areas(whole, (low, high), drawn, left_out)


def _difference_interval(network: _Areas, confounder: _Areas) -> tuple[float, float]:
    """Estimate the 95% interval of a difference; the widest where too few groups are there."""
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


def _fitted_scores(features: Features, labels: np.ndarray, trained: np.ndarray) -> np.ndarray:
    """Fit a logistic regression on the trained rows and score all: (N,) P(positive)."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    regression = LogisticRegression(C=1 / PENALTY, class_weight="balanced", max_iter=1000)
    model = make_pipeline(StandardScaler(), regression)
    model.fit(features[trained], labels[trained])
    return np.asarray(model.predict_proba(features)[:, 1], dtype=np.float64)


def _view(example: Example) -> View:
    pixels = read_pixels(example.path)
    height, width = pixels.shape[:2]
    inside = _outline(example, width, height)
    return View(
        example=example,
        width_px=width,
        height_px=height,
        region_share=float(inside.mean()),
        blockiness=_blockiness(pixels, inside),
        surroundings=_surroundings(pixels, inside),
        colour=_mean_colour(pixels, inside),
    )


def _outline(example: Example, width_px: int, height_px: int) -> np.ndarray:
    """Draw the polygon over its own bounding box: (height, width) bool."""
    import cv2

    corners = np.array(example.region)
    spread = np.maximum(np.ptp(corners, axis=0), 1e-9)
    places = (corners - corners.min(axis=0)) / spread * (width_px - 1, height_px - 1)
    inside = np.zeros((height_px, width_px), np.uint8)
    cv2.fillPoly(inside, [places.round().astype(np.int32)], (1,))
    return inside.astype(bool)


def _file_facts(views: Sequence[View]) -> Features:
    """Describe what a file tells without its picture.

    Evidence is left out: it says how a label was reached, and no picture shows it.
    """
    facts = []
    for view in views:
        corners = np.array(view.example.region)
        height, width = view.height_px, view.width_px
        size_bytes = view.example.path.stat().st_size
        facts.append(
            [
                *(np.log(width), np.log(height), np.log(width / height)),
                size_bytes / (width * height),
                view.blockiness,
                *corners.mean(axis=0),
                *np.ptp(corners, axis=0),
                view.region_share * np.ptp(corners, axis=0).prod(),
                len(corners),
            ]
        )
    return np.hstack([np.array(facts), _sources(views)])


def _blockiness(pixels: np.ndarray, region: np.ndarray) -> float:
    """Measure how far one column or row in eight stands out, as a JPEG leaves it.

    The region may begin anywhere in a block, so that the strongest of eight places counts.
    """
    grey = pixels.mean(axis=2)
    ratios = []
    for levels, inside in ((grey, region), (grey.T, region.T)):
        both = inside[:, 1:] & inside[:, :-1]
        steps, counts = (np.abs(np.diff(levels, axis=1)) * both).sum(axis=0), both.sum(axis=0)
        means = [
            steps[phase::JPEG_BLOCK_PX].sum() / max(counts[phase::JPEG_BLOCK_PX].sum(), 1)
            for phase in range(JPEG_BLOCK_PX)
        ]
        ratios.append(max(means) / max(float(np.mean(means)), 1e-9))
    return float(np.mean(ratios))


def _sources(views: Sequence[View]) -> Features:
    known = {view.example.source for view in views if view.example.split == "train"}
    return _one_hot([view.example.source for view in views], sorted(known))


def _sexes(views: Sequence[View]) -> Features:
    return _one_hot([view.example.sex for view in views], SEXES)


def _one_hot(words: Sequence[str], known: Sequence[str]) -> Features:
    return np.array([[word == each for each in known] for word in words], dtype=np.float64)


def _sexes_and_sources(views: Sequence[View]) -> Features:
    """Describe sex, source and each pair of the two."""
    sexes, sources = _sexes(views), _sources(views)
    pairs = (sexes[:, :, np.newaxis] * sources[:, np.newaxis]).reshape(len(views), -1)
    return np.hstack([sexes, sources, pairs])


def _shapes(views: Sequence[View]) -> Features:
    """Reduce the outline, drawn large so that its size in the photo is not seen."""
    outlines = [_outline(view.example, OUTLINE_PX, OUTLINE_PX) for view in views]
    return np.array([_reduced(outline.astype(np.float32)) for outline in outlines])


def _surroundings(pixels: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """Reduce the picture with the mean of its surroundings in place of the region."""
    blank = pixels.astype(np.float32)
    around = blank[~inside]
    blank[inside] = around.mean(axis=0) if len(around) else 0
    return _reduced(blank)


def _mean_colour(pixels: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """Take the mean of CIELAB within the region."""
    import cv2

    lab = cv2.cvtColor(pixels.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    colour: np.ndarray = lab[inside].mean(axis=0)
    return colour


def _reduced(picture: np.ndarray) -> np.ndarray:
    import cv2

    small = cv2.resize(picture, (SMALL_PX, SMALL_PX), interpolation=cv2.INTER_AREA)
    return np.asarray(small, dtype=np.float64).ravel()


DESCRIBE: Mapping[str, Callable[[Sequence[View]], Features]] = {
    FILE_FACTS: _file_facts,
    SEX: _sexes,
    SEX_AND_SOURCE: _sexes_and_sources,
    SHAPE: _shapes,
    BLANKED: lambda views: np.array([view.surroundings for view in views]),
    MEAN_COLOUR: lambda views: np.array([view.colour for view in views]),
}
