"""How much of the detail of two pictures, laid on each other, coincides, and where it does not."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from copies.borders import Grey

Map = NDArray[Any]  # (height, width) float32


FRAME_PX = 256  # longest side at which the detail is compared


@dataclass(frozen=True)
class Band:
    """Detail of one size, between two radii, compared in square windows."""

    fine_px: float
    coarse_px: float
    window_px: int


EDGES = Band(0.7, 1.4, 15)  # of eyes, mouth and hair; the window is about an eye of a portrait
SHAPES = Band(1.4, 2.8, 21)  # coarser than grain, rasters and JPEG, and still finer than a head
STEP = 4  # every fourth window of every fourth row is read
CLEAREST = 0.15  # share of the windows, by what both show: the noise matters least there
NOISE_QUANTILE = 0.25  # of what is left where both agree
LEAST_TEXTURE, MOST_TEXTURE = 1.5, 20.0  # grey levels; skin without detail says nothing
LEAST_COMPARED = 0.15  # of the frame
LEAST_TEXTURED = 0.01
DIFFERS = 0.6  # correlation below which a place shows something else
BESIDE = 0.9  # of a line at the edge differs: what lies there is beside the photo, as in a collage
MOST_BESIDE = 0.3  # of the frame, on each side


@dataclass(frozen=True)
class Agreement:
    """Shares of the detail, 0..1; noise is set aside.

    lost: what differs of the shapes, anywhere.
    patch: what differs of the edges, in the largest connected place.
    exact: how exactly the edges coincide: the correlation that a quarter of them stays below.
    """

    lost: float
    patch: float
    exact: float


@dataclass(frozen=True)
class _Windows:
    """How each window's detail correlates, -1..1, and how it counts: its share of all detail."""

    correlation: Map
    weights: Map

    @property
    def differ(self) -> NDArray[np.bool_]:
        return (self.weights > 0) & (self.correlation < DIFFERS)


def agreement(first: Grey, second: Grey, seen: NDArray[np.uint8]) -> Agreement | None:
    """Compare the detail of two pictures of one shape, laid on each other, window by window.

    What JPEG, grain, a raster or dust add is alike everywhere: it is read off the windows that have
    least detail, and taken out of the others before they are correlated. Windows count by their
    detail, in the picture that has less of it.

    Args:
        seen: 1 where both can be compared.

    Returns:
        None where they have no detail, or next to nothing in common.
    """
    reduced = _reduced(first, second, seen)
    edges, shapes = (_windows(*reduced, band) for band in (EDGES, SHAPES))
    if edges is None or shapes is None:
        return None
    return Agreement(
        lost=float(shapes.weights[shapes.differ].sum()),
        patch=_largest(edges.differ, edges.weights),
        exact=_weighted_quantile(edges.correlation, edges.weights, 0.25),
    )


def has_detail(picture: Grey) -> bool:
    """Say whether a picture has any detail to compare; a blurred one has none."""
    return agreement(picture, picture, np.ones_like(picture)) is not None


def _windows(first: Grey, second: Grey, seen: Grey, band: Band) -> _Windows | None:
    """Correlate all windows; None where there is too little to compare."""
    inside = _inside(seen, band)
    if inside.mean() < LEAST_COMPARED:
        return None
    one, other = (_detail(each, band) * inside for each in (first, second))
    moments = _moments(one, other, inside, band.window_px)
    ours, theirs, together = (each[::STEP, ::STEP] for each in moments)
    correlation, texture = _denoised(ours, theirs, together, inside[::STEP, ::STEP] > 0)
    texture = _without_sides(correlation, texture)
    if (texture > 0).mean() < LEAST_TEXTURED:
        return None
    return _Windows(correlation, texture / texture.sum())


def _reduced(first: Grey, second: Grey, seen: Grey) -> tuple[Grey, Grey, Grey]:
    import cv2

    height, width = first.shape
    factor = FRAME_PX / max(height, width)
    if factor >= 1:
        return first, second, seen
    size = max(1, round(width * factor)), max(1, round(height * factor))
    one, other = (cv2.resize(each, size, interpolation=cv2.INTER_AREA) for each in (first, second))
    both = cv2.resize(seen, size, interpolation=cv2.INTER_NEAREST)
    return np.asarray(one, np.uint8), np.asarray(other, np.uint8), np.asarray(both, np.uint8)


def _inside(seen: Grey, band: Band) -> Map:
    import cv2

    margin = np.ones((int(3 * band.coarse_px) | 1,) * 2, np.uint8)
    inside = cv2.erode(seen, margin, borderType=cv2.BORDER_CONSTANT, borderValue=1)
    return np.asarray(inside, np.float32)


def _detail(grey: Grey, band: Band) -> Map:
    import cv2

    levels = grey.astype(np.float32)
    fine = cv2.GaussianBlur(levels, (0, 0), band.fine_px)
    return np.asarray(fine - cv2.GaussianBlur(levels, (0, 0), band.coarse_px))


def _moments(first: Map, second: Map, inside: Map, window_px: int) -> tuple[Map, Map, Map]:
    """Return the variances of both and their covariance in a window around each pixel."""
    import cv2

    def mean(values: Map) -> Map:
        window = (window_px, window_px)
        return np.asarray(cv2.boxFilter(values, -1, window, borderType=cv2.BORDER_REFLECT))

    share = mean(inside) + np.float32(1e-6)
    one, other = mean(first) / share, mean(second) / share
    return (
        np.maximum(mean(first * first) / share - one * one, 0),
        np.maximum(mean(second * second) / share - other * other, 0),
        mean(first * second) / share - one * other,
    )


def _denoised(first: Map, second: Map, together: Map, read: NDArray[np.bool_]) -> tuple[Map, Map]:
    """Return the correlation without noise, and how much detail above the noise it is based on."""
    clear = read & (together >= np.quantile(together[read], 1 - CLEAREST))
    gain = float(np.sqrt(max(second[clear].sum() / (first[clear].sum() + 1e-6), 1e-3)))
    common = np.maximum(together, 0)
    noises = [
        max(0.0, float(np.quantile((each - common * by)[read], NOISE_QUANTILE)))
        for each, by in ((first, 1 / gain), (second, gain))
    ]
    signals = [np.maximum(each - n, 1e-3) for each, n in zip((first, second), noises, strict=True)]
    correlation = np.clip(together / np.sqrt(signals[0] * signals[1] + 1e-2), -1, 1)
    texture = np.minimum(np.sqrt(signals[0]), np.sqrt(signals[1]) / gain)
    faint = [n + 0.5 * g for n, g in zip(noises, (1.0, gain**2), strict=True)]
    says = read & (texture >= LEAST_TEXTURE) & (signals[0] >= faint[0]) & (signals[1] >= faint[1])
    return correlation, np.where(says, np.minimum(texture, MOST_TEXTURE), 0)


def _without_sides(correlation: Map, texture: Map) -> Map:
    """Return the texture without the lines at the edges that show something else all along.

    A photo cropped to fit into a collage, or slid under a banner, ends before the frame does.
    """
    kept = texture.copy()
    lost = texture * (correlation < DIFFERS)
    for side in (np.s_[:], np.s_[::-1]):
        _clear_beside(kept[side], lost[side])
        _clear_beside(kept.T[side], lost.T[side])
    return kept


def _clear_beside(texture: Map, lost: Map) -> None:
    """Clear the first rows that differ all along."""
    whole = texture.sum(axis=1)
    differs = lost.sum(axis=1) >= BESIDE * whole  # a line without detail says nothing against it
    last = int(MOST_BESIDE * len(texture))
    beside = int(np.argmin(differs[:last])) if not differs[:last].all() else last
    texture[:beside] = 0


def _weighted_quantile(values: Map, weights: Map, share: float) -> float:
    counted = weights > 0
    values, weights = values[counted], weights[counted]
    order = np.argsort(values)
    place = int(np.searchsorted(np.cumsum(weights[order]), share))
    return float(values[order][min(place, len(order) - 1)])


def _largest(places: NDArray[np.bool_], weights: Map) -> float:
    """Return the weight of the largest connected place: a moved mouth, a sticker."""
    import cv2

    _, numbers = cv2.connectedComponents(places.astype(np.uint8), connectivity=4)
    found = np.bincount(numbers.ravel(), weights=weights.ravel().astype(np.float64))
    return float(found[1:].max(initial=0))
