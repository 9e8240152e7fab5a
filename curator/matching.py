"""Are two look-alikes copies of one photo? Aligned, a copy's fine detail coincides everywhere."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from curator.framing import Grey, caption_rows, content_box
from curator.keypoints import Keypoints, arrangement, describe
from curator.scaling import resized, scaled

Matrix = NDArray[np.float64]  # (2, 3): shift, turn and one scale
Map = NDArray[Any]  # (height, width) float32

SIDE_PX = 512
LEAST_SIDE_PX = 400  # smaller ones are enlarged to look for places
CELLS, PER_CELL = 8, 8
LEAST_PLACES = 12
DISTINCT = 0.85  # a place's best match against its second best; Lowe 2004, section 7.1
FARTHEST_BITS = 70
SCALES = (0.1, 10.0)

FINE_PX, COARSE_PX = 1.0, 4.0  # the detail compared: between JPEG's noise and the shape of a head
WINDOW_SHARE = 0.06  # of the longest side: about an eye of a portrait
LEAST_TEXTURE, MOST_TEXTURE = 2.0, 20.0  # grey levels; skin without detail says nothing
COINCIDES = 0.95  # local correlation; JPEG and filters leave more, a moved feature less
LEAST_OVERLAP = 0.2
VERIFIED, SMALLNESS_PX = 0.68, 25  # 0.73 at 512 pixels, 0.93 at 100
DOUBT = 0.1
BLURRED_PX = 64  # photos without corners are compared as they lie, this large
SHAPE_RATIO = 1.03
BLURRED_VERIFIED, BLURRED_DOUBT = 0.995, 0.015
LEAST_TEXTURED = 0.02


@dataclass(frozen=True)
class Picture:
    """A photo prepared for comparison: its content in grey, where no caption covers it, its places."""

    grey: Grey
    uncovered: NDArray[np.uint8]  # 1 or 0, of grey's shape
    keypoints: Keypoints
    corner: tuple[float, float]  # of the content in the whole photo, in the content's pixels
    width_px: float  # of the whole photo, in the content's pixels


@dataclass(frozen=True)
class Alignment:
    """How the second photo lies on the first.

    `matrix` maps (x, y) of the second, mirrored first where `mirrored`, to the first; both in
    widths of their photo, origin top left.
    """

    mirrored: bool
    matrix: tuple[tuple[float, ...], ...]
    scale: float
    rotation_degrees: float
    overlap: float  # share of the first photo's content that could be compared
    places: int  # that agree with it
    frame_px: int  # longest side at which the photos were compared


@dataclass(frozen=True)
class Match:
    """`score`, 0..1: the share of the fine detail that coincides."""

    score: float = 0.0
    alignment: Alignment | None = None

    @property
    def is_verified(self) -> bool:
        """Say whether no other explanation than a copy is left."""
        return self.alignment is not None and self.score >= required(self.alignment)

    @property
    def is_possible(self) -> bool:
        """Say whether a human should look at the pair."""
        if self.alignment is None:
            return False
        doubt = DOUBT if self.alignment.places else BLURRED_DOUBT
        return self.score >= required(self.alignment) - doubt


def required(alignment: Alignment) -> float:
    """Return the score that verifies a copy; a small frame shows less of a moved mouth."""
    return VERIFIED + SMALLNESS_PX / alignment.frame_px if alignment.places else BLURRED_VERIFIED


def picture(photo: Image.Image) -> Picture:
    """Prepare an upright photo, of any size and mode, for comparison."""
    photo = photo.convert("L")
    whole = resized(photo, SIDE_PX)
    box = content_box(whole)
    width_px = whole.shape[1]
    content = photo.crop(scaled(box, photo.width / width_px))
    grey = resized(content, min(SIDE_PX, max(content.size)))
    covered = np.broadcast_to(caption_rows(grey)[:, None], grey.shape)
    ratio = grey.shape[1] / (box[2] - box[0])
    corner = (box[0] * ratio, box[1] * ratio)
    uncovered = (~covered).astype(np.uint8)
    return Picture(grey, uncovered, _places(grey), corner, width_px * ratio)


def mirror(photo: Picture) -> Picture:
    """Return a picture as it looks in a mirror."""
    grey = np.ascontiguousarray(photo.grey[:, ::-1])
    left, top = photo.corner
    corner = (photo.width_px - left - grey.shape[1], top)
    uncovered = np.ascontiguousarray(photo.uncovered[:, ::-1])
    return Picture(grey, uncovered, _places(grey), corner, photo.width_px)


def compare(first: Picture, second: Picture, *, mirrored: bool = False) -> Match:
    """Lay the second photo on the first and measure how much of their detail coincides.

    Args:
        mirrored: the second is a mirror image already; noted in the alignment.
    """
    if max(len(first.keypoints), len(second.keypoints)) < LEAST_PLACES:
        return _compare_blurred(first, second, mirrored)
    matrix, places = align(first.keypoints, second.keypoints)
    if matrix is None or places < LEAST_PLACES:
        return Match()
    scale = float(np.hypot(*matrix[:, 0]))
    if not SCALES[0] < scale < SCALES[1]:
        return Match()
    one, other, seen = _on_one_frame(first, second, matrix)
    score, overlap = coincidence(one, other, seen)
    alignment = Alignment(
        mirrored=mirrored,
        matrix=_in_widths(matrix, first, second),
        scale=round(scale * second.width_px / first.width_px, 4),
        rotation_degrees=round(float(np.degrees(np.arctan2(matrix[1, 0], matrix[0, 0]))), 2),
        overlap=round(overlap, 4),
        places=places,
        frame_px=max(one.shape),
    )
    return Match(score, alignment)


def align(first: Keypoints, second: Keypoints) -> tuple[Matrix | None, int]:
    """Find what brings most places of the second onto the first; see keypoints.arrangement."""
    import cv2

    if min(len(first), len(second)) < 2:
        return None, 0
    matcher = cv2.BFMatcher(cv2.NORM_HAMMING)
    pairs = matcher.knnMatch(second.descriptors, first.descriptors, k=2)
    distinct = [
        best
        for best, next_best in pairs
        if best.distance < min(DISTINCT * next_best.distance, FARTHEST_BITS)
    ]
    rows = np.array([match.queryIdx for match in distinct], dtype=np.int64)
    columns = np.array([match.trainIdx for match in distinct], dtype=np.int64)
    return arrangement(second.points, first.points, rows, columns)


def coincidence(first: Grey, second: Grey, seen: NDArray[np.uint8]) -> tuple[float, float]:
    """Return the share of the fine detail that coincides, and the share of the frame compared.

    Windows count by their detail, in the photo that has less of it: what a caption or a glare
    covers has little to lose, a moved mouth has much.

    Args:
        first, second: of one shape, one photo laid on the other.
        seen: 1 where both can be compared.
    """
    import cv2

    margin = np.ones((int(4 * COARSE_PX) + 1,) * 2, np.uint8)
    inside = cv2.erode(seen, margin, borderType=cv2.BORDER_CONSTANT, borderValue=1)
    inside = inside.astype(np.float32)
    overlap = float(inside.mean())
    if overlap < LEAST_OVERLAP:
        return 0.0, overlap
    detail = [_detail(each) * inside for each in (first, second)]
    correlation, spreads = _local_correlation(detail[0], detail[1], inside)
    energies = [float(np.square(each).sum()) + 1.0 for each in detail]
    gain = float(np.clip(np.sqrt(energies[0] / energies[1]), 1 / 3, 3))
    texture = np.minimum(np.minimum(spreads[0], gain * spreads[1]), MOST_TEXTURE)
    texture = np.where(texture < LEAST_TEXTURE, 0, texture) * inside
    if (texture > 0).mean() < LEAST_TEXTURED:
        return 0.0, overlap
    return float(texture[correlation > COINCIDES].sum() / texture.sum()), overlap


def keeping_order(pixels: int, size_bytes: int, photo_id: int) -> tuple[int, int, int]:
    """Return what copies are sorted by: most pixels, then least compressed, then earliest."""
    return -pixels, -size_bytes, photo_id


def _compare_blurred(first: Picture, second: Picture, mirrored: bool) -> Match:
    """Correlate two photos that have no corner to align them by: they count if framed alike."""
    shapes = [each.grey.shape[0] / each.grey.shape[1] for each in (first, second)]
    if not 1 / SHAPE_RATIO < shapes[0] / shapes[1] < SHAPE_RATIO:
        return Match()
    levels = [_levels(each.grey) for each in (first, second)]
    scale = float(np.linalg.norm(levels[0]) * np.linalg.norm(levels[1]))
    score = float((levels[0] * levels[1]).sum()) / scale if scale else 0.0
    ratio = first.grey.shape[1] / second.grey.shape[1]
    matrix = np.array([[ratio, 0, 0], [0, ratio, 0]])
    frame_px = min(max(first.grey.shape), max(second.grey.shape))
    in_widths = _in_widths(matrix, first, second)
    return Match(score, Alignment(mirrored, in_widths, ratio, 0.0, 1.0, 0, frame_px))


def _levels(grey: Grey) -> Map:
    """Return (64, 64) levels about their mean: indifferent to size, and soon to brightness."""
    small = Image.fromarray(grey).resize((BLURRED_PX, BLURRED_PX), Image.Resampling.BOX)
    levels: Map = np.asarray(small, dtype=np.float64)
    return levels - float(levels.mean())


def _places(grey: Grey) -> Keypoints:
    """Describe a picture; a small one is enlarged, so that its corners are large enough."""
    import cv2

    factor = max(1.0, LEAST_SIDE_PX / max(grey.shape))
    if factor > 1:
        grey = np.asarray(
            cv2.resize(grey, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
        )
    places = describe(grey, PER_CELL, CELLS)
    # Pixel centres stay centres.
    points = (places.points + np.float32(0.5)) / np.float32(factor) - np.float32(0.5)
    return Keypoints(points, places.descriptors)


def _on_one_frame(
    first: Picture, second: Picture, matrix: Matrix
) -> tuple[Grey, Grey, NDArray[np.uint8]]:
    """Bring both to the coarser one's resolution, in the first one's frame."""
    import cv2

    height, width = first.grey.shape
    shrink = min(1.0, 1 / float(np.hypot(*matrix[:, 0])))
    size = (max(1, round(width * shrink)), max(1, round(height * shrink)))
    one: Any = first.grey
    if shrink < 1:
        one = cv2.resize(one, size, interpolation=cv2.INTER_AREA)
    uncovered: Any = cv2.resize(first.uncovered, size, interpolation=cv2.INTER_NEAREST)
    ratio = np.array([size[0] / width, size[1] / height])
    onto = matrix * ratio[:, None]
    onto[:, 2] += (ratio - 1) / 2  # pixel centres stay centres
    other: Any = second.grey
    finer = float(np.hypot(*onto[:, 0]))
    if finer < 0.95:
        other = cv2.GaussianBlur(other, (0, 0), 0.5 * np.sqrt(finer**-2 - 1))
    border = cv2.BORDER_REPLICATE
    other = cv2.warpAffine(other, onto, size, flags=cv2.INTER_CUBIC, borderMode=border)
    seen: Any = cv2.warpAffine(second.uncovered, onto, size, flags=cv2.INTER_NEAREST)
    return one, other, seen & uncovered


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


def _in_widths(matrix: Matrix, first: Picture, second: Picture) -> tuple[tuple[float, ...], ...]:
    """Rewrite a matrix between contents in pixels as one between whole photos in their widths."""
    start = np.array(second.corner)
    shift = matrix[:, 2] - matrix[:, :2] @ start + np.array(first.corner)
    whole = np.column_stack([matrix[:, :2] * second.width_px, shift]) / first.width_px
    return tuple(tuple(round(float(value), 6) for value in row) for row in whole)
