"""Pooled features of the frozen network, computed once for each view of a photo and cached."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from trainer.caches import keep
from trainer.config import RunConfig
from trainer.environment import version_of
from trainer.exports.manifest import Crop, Example
from trainer.images import augmentation
from trainer.networks.detector import Detector
from trainer.networks.engines import Engine, network_digest
from trainer.progress import Advance, progress_bar
from trainer.startup import PRECISION

PIXEL_BATCH = 32
LAYOUT = 1  # of the files below; another number leaves old ones unread


@dataclass(frozen=True)
class Features:
    """The frozen network's features of some examples.

    views: (N, 1 + views, D) float32; the first view is the image as it is.
    labels: (N,) int64, 1 for positive.
    """

    views: np.ndarray
    labels: np.ndarray

    @property
    def clean(self) -> np.ndarray:
        """Return the features of the images as they are: (N, D)."""
        return self.views[:, 0]


@dataclass(frozen=True)
class FeatureCache:
    """One file per photo, named by its content, in one folder per network and settings.

    `width` is D, the number of features.
    """

    folder: Path
    width: int

    def load(self, example: Example) -> np.ndarray:
        """Read a photo's cached views, from the first: (views, D), or none."""
        none = np.empty((0, self.width), np.float32)
        try:
            found: np.ndarray = np.load(self._file(example), allow_pickle=False)
        except (
            OSError,
            ValueError,
            EOFError,
            zipfile.BadZipFile,
        ):  # not there, or cut off: computed again
            return none
        fits = found.dtype == np.float32 and found.shape[1:] == (self.width,)
        return found if fits and np.isfinite(found).all() else none

    def keep(self, example: Example, views: np.ndarray) -> None:
        """Write the views of a photo."""
        content = io.BytesIO()
        np.save(content, views)
        keep(self._file(example), content.getvalue())

    def _file(self, example: Example) -> Path:
        return self.folder / example.sha256[:2] / f"{example.sha256}.npy"


def find_cache(
    root: Path, detector: Detector, engine: Engine, config: RunConfig, crop: Crop
) -> FeatureCache:
    """Return the cache of one network, engine and kind of views."""
    seen = {
        "layout": LAYOUT,
        "precision": PRECISION,  # earlier versions computed with that of the machine's settings
        "network": network_digest(detector.network),
        "engine": engine.name,
        "library": version_of(engine.name.split("-")[0]),
        "size": config.img_size,
        "resize": config.resize,
        "fill": crop.fill_rgb,
        "augmentation": [
            getattr(augmentation, name) for name in sorted(dir(augmentation)) if name[:4] == "MAX_"
        ],
        "colour": [config.hue, config.saturation],
    }
    digest = hashlib.sha256(json.dumps(seen, sort_keys=True).encode()).hexdigest()
    return FeatureCache(root / f"{config.arch}-{digest[:16]}", detector.extractor.output_shape[-1])


def compute_features(
    engine: Engine,
    cache: FeatureCache,
    wanted: Mapping[Example, int],
    config: RunConfig,
    crop: Crop,
) -> dict[str, np.ndarray]:
    """Compute the features of photos that are not cached yet, and return those of all.

    Training the head on these equals training it through the network on the same views,
    since nothing in the network changes.

    Args:
        wanted: how many augmented views of each photo, beside the photo as it is.

    Returns:
        (1 + views, D) float32 by the example's id.
    """
    kept = {example.id: cache.load(example) for example in wanted}
    todo = _todo(kept, wanted)
    images = sum(len(numbers) * len(part) for numbers, part in todo.items())
    with progress_bar("looking at the photos", images, "images") as advance:
        for numbers, part in todo.items():
            for example, rows in _extracted(engine, part, config, crop, numbers, advance):
                kept[example.id] = np.concatenate([kept[example.id], rows])
                cache.keep(example, kept[example.id])
    return {example.id: kept[example.id][: 1 + views] for example, views in wanted.items()}


def gather(seen: Mapping[str, np.ndarray], examples: Sequence[Example], views: int) -> Features:
    """Stack the features of some examples: each as it is, and its augmented views."""
    stacked = [seen[example.id][: 1 + views] for example in examples]
    labels = np.array([example.is_positive for example in examples], dtype=np.int64)
    return Features(views=np.stack(stacked), labels=labels)


def _todo(
    kept: Mapping[str, np.ndarray], wanted: Mapping[Example, int]
) -> dict[range, list[Example]]:
    """Group the photos by the numbers of their missing views."""
    todo: dict[range, list[Example]] = {}
    for example, views in wanted.items():
        numbers = range(len(kept[example.id]), 1 + views)
        if numbers:
            todo.setdefault(numbers, []).append(example)
    return todo


def _extracted(
    engine: Engine,
    examples: Sequence[Example],
    config: RunConfig,
    crop: Crop,
    numbers: range,
    advance: Advance,
) -> Iterator[tuple[Example, np.ndarray]]:
    """Yield each photo with the features of its numbered views, (views, D), once all are computed."""
    waiting: list[np.ndarray] = []
    ahead = iter(examples)
    pixels = augmentation.photo_views(examples, config, crop.fill_rgb, numbers)
    for batch in pixels.batch(PIXEL_BATCH).prefetch(1):
        waiting.extend(engine.extract(batch.numpy()))
        advance(len(batch))
        while len(waiting) >= len(numbers):
            yield next(ahead), np.stack(waiting[: len(numbers)])
            del waiting[: len(numbers)]
