"""How much of the fine detail of two pictures, laid on each other, coincides, and where it does not."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curator.copies.borders import Grey

Map = NDArray[Any]  # (height, width) float32

FINE_PX, COARSE_PX = 1.0, 4.0  # the detail compared: between JPEG's noise and the shape of a head
WINDOW_SHARE = 0.06  # of the longest side: about an eye of a portrait
LEAST_TEXTURE, MOST_TEXTURE = 2.0, 20.0  # grey levels; skin without detail says nothing
LEAST_TEXTURED = 0.02  # of the frame
LEAST_COMPARED = 0.2  # of the frame
# Local correlation. JPEG and filters leave more than the first, a moved feature less; below the
# last nothing is in common: one photo is covered there.
COINCIDES, DIFFERS, COVERED = 0.95, 0.9, 0.5
MOST_COVERED = 0.4


@dataclass(frozen=True)
class Coincidence:
    """Shares of the fine detail, 0..1.

    score: what coincides, of the detail that nothing covers.
    covered: what has nothing in common.
    patch: the largest connected place that differs.
    """

    score: float = 0.0
    covered: float = 0.0
    patch: float = 0.0


def coincidence(first: Grey, second: Grey, seen: NDArray[np.uint8]) -> Coincidence:
    """Compare the detail of two pictures, window by window.

    Windows count by their detail, in the picture that has less of it: what a caption or a glare
    covers has little to lose, a moved mouth has much.

    Args:
        first, second: of one shape, one picture laid on the other.
        seen: 1 where both can be compared.
    """
    import cv2

    margin = np.ones((int(4 * COARSE_PX) + 1,) * 2, np.uint8)
    inside = cv2.erode(seen, margin, borderType=cv2.BORDER_CONSTANT, borderValue=1)
    inside = inside.astype(np.float32)
    if inside.mean() < LEAST_COMPARED:
        return Coincidence()
    correlation, texture = _correlation(_detail(first) * inside, _detail(second) * inside, inside)
    if (texture > 0).mean() < LEAST_TEXTURED:
        return Coincidence()
    texture /= texture.sum()
    covered = float(texture[correlation < COVERED].sum())
    agreeing = float(texture[correlation > COINCIDES].sum())
    score = agreeing / (1 - min(covered, MOST_COVERED))
    return Coincidence(min(score, 1.0), covered, _largest_patch(correlation, texture))


def _correlation(first: Map, second: Map, inside: Map) -> tuple[Map, Map]:
    """Return the correlation in a window around each pixel, and how much detail it is based on."""
    correlation, spreads = _local_correlation(first, second, inside)
    energies = [float(np.square(each).sum()) + 1.0 for each in (first, second)]
    gain = float(np.clip(np.sqrt(energies[0] / energies[1]), 1 / 3, 3))
    texture = np.minimum(np.minimum(spreads[0], gain * spreads[1]), MOST_TEXTURE)
    return correlation, np.where(texture < LEAST_TEXTURE, 0, texture) * inside


def _largest_patch(correlation: Map, texture: Map) -> float:
    """Return the texture of the largest connected place that differs: of a moved mouth, of a sticker."""
    import cv2

    differs = ((correlation < DIFFERS) & (texture > 0)).astype(np.uint8)
    _, places = cv2.connectedComponents(differs, connectivity=4)
    weights = np.bincount(places.ravel(), weights=texture.ravel().astype(np.float64))
    return float(weights[1:].max(initial=0))


def _detail(grey: Grey) -> Map:
    """Keep what is finer than a head's shape and coarser than noise."""
    import cv2

    levels = grey.astype(np.float32)
    fine = cv2.GaussianBlur(levels, (0, 0), FINE_PX)
    return fine - cv2.GaussianBlur(levels, (0, 0), COARSE_PX)


def _local_correlation(first: Map, second: Map, inside: Map) -> tuple[Map, tuple[Map, Map]]:
    """Correlate two pictures in a window around each pixel; return the local spreads too."""
    import cv2

    side = max(9, int(max(first.shape) * WINDOW_SHARE) | 1)

    def mean(values: Map) -> Map:
        return cv2.boxFilter(values, -1, (side, side), borderType=cv2.BORDER_REFLECT)

    share = mean(inside) + 1e-6
    means = [mean(each) / share for each in (first, second)]
    spreads = [
        np.sqrt(np.maximum(mean(np.square(each)) / share - np.square(middle), 0))
        for each, middle in zip((first, second), means, strict=True)
    ]
    together = mean(first * second) / share - means[0] * means[1]
    return together / np.sqrt(np.square(spreads[0] * spreads[1]) + 1e-2), (spreads[0], spreads[1])
