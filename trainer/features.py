"""Pooled features of the frozen network, computed once, so that the head trains in seconds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from trainer.config import RunConfig
from trainer.data import Colour, view_stacks
from trainer.manifest import Example
from trainer.model import Detector
from trainer.progress import Advance

if TYPE_CHECKING:
    import tensorflow as tf

PIXEL_BATCH = 32


@dataclass(frozen=True)
class Features:
    """What the frozen network sees in some examples.

    views: (N, 1 + views, D) float32; the first view is the image as it is.
    labels: (N,) int64, 1 for positive.
    """

    views: np.ndarray
    labels: np.ndarray

    @property
    def clean(self) -> np.ndarray:
        """Select the images as they are: (N, D)."""
        return self.views[:, 0]


def compute_features(
    detector: Detector,
    examples: Sequence[Example],
    config: RunConfig,
    fill: Colour,
    views: int,
    advance: Advance,
) -> Features:
    """Show examples and their augmented views to the frozen network.

    Training the head on these equals training it through the network on the same views,
    since nothing in the network changes.
    """
    paths = [example.path for example in examples]
    stacks = view_stacks(paths, config.img_size, config.resize, fill, views, config.seed)
    pooled = pooled_features(detector, stacks.unbatch(), advance)
    return Features(
        views=pooled.reshape(len(examples), 1 + views, -1),
        labels=np.array([example.is_positive for example in examples], dtype=np.int64),
    )


def pooled_features(detector: Detector, pixels: tf.data.Dataset, advance: Advance) -> np.ndarray:
    """Run images through the extractor: (images, D) float32."""
    parts = []
    for batch in pixels.batch(PIXEL_BATCH).prefetch(1):
        parts.append(detector.extractor.predict_on_batch(batch))
        advance(len(batch))
    return np.concatenate(parts)
