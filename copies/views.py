"""Photos prepared for comparison: what of a photo is looked at, in grey, and its places."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.Image import Transpose

from copies.borders import Box, Grey, caption_rows, content_box, scaled
from copies.detail import has_detail
from copies.keypoints import Keypoints, describe, joined
from copies.shapes import (
    TO_CENTRES,
    Matrix,
    Span,
    around,
    composed,
    corners_of,
    inverse,
    moved,
)
from faces.scaling import resized

SIDE_PX = 512
PHOTO_PX = 1024  # of the photo itself: a part of it is looked at closer
LEAST_SIDE_PX = 400  # smaller ones are enlarged to look for places
CELLS = 8
PER_CELL, PER_COARSE_CELL = 6, 3  # at full size and at half, to find a small picture in a large one
LEAST_PART_PX = 32
FRAME_PX = 256, SIDE_PX  # least and most of a part: what is smaller is enlarged


@dataclass(frozen=True)
class Picture:
    """The content of a photo in grey: where no caption covers it, and its places."""

    photo: Image.Image  # upright and grey
    grey: Grey
    uncovered: NDArray[np.uint8]  # 1 or 0, of grey's shape
    to_photo: Matrix  # from its pixels to the photo's

    @cached_property
    def keypoints(self) -> Keypoints:
        return _places(self.grey)

    @cached_property
    def has_detail(self) -> bool:
        return has_detail(self.grey)

    @property
    def size(self) -> tuple[int, int]:
        height, width = self.grey.shape
        return width, height


@dataclass(frozen=True)
class Part:
    """A part of a photo, cut out of it again at a resolution of its own."""

    grey: Grey
    uncovered: NDArray[np.uint8]
    to_photo: Matrix
    share: float  # of the picture's area


def picture(photo: Image.Image) -> Picture:
    """Look at the content of an upright photo, of any size and mode."""
    photo = photo.convert("L")
    whole = resized(photo, SIDE_PX)
    box = scaled(content_box(whole), photo.width / whole.shape[1])
    left, top, right, bottom = box
    grey, to_photo = _cut(photo, box, min(SIDE_PX, max(right - left, bottom - top)))
    return Picture(photo, grey, _uncovered(grey), to_photo)


def mirror(picture: Picture) -> Picture:
    """Return a picture as it looks in a mirror."""
    grey = np.ascontiguousarray(picture.grey[:, ::-1])
    flipped = picture.photo.transpose(Transpose.FLIP_LEFT_RIGHT)
    flip, unflip = (
        np.array([[-1, 0, width - 1], [0, 1, 0], [0, 0, 1]], np.float64)
        for width in (picture.photo.width, grey.shape[1])
    )
    return Picture(
        flipped,
        grey,
        np.ascontiguousarray(picture.uncovered[:, ::-1]),
        composed(flip, picture.to_photo, unflip),
    )


def common_parts(first: Picture, second: Picture, matrix: Matrix) -> tuple[Part, Part] | None:
    """Cut out what both show, each photo at the resolution of the coarser one.

    In a screenshot, a crop or a collage the shared part is small: looked at as a whole, little of
    the detail that tells two photos of one person apart would be left.

    Args:
        matrix: lays the second on the first, in their pixels.

    Returns:
        None where they share too little.
    """
    wholes = [np.array([(0, 0), each.size], np.float64) for each in (first, second)]
    one = _common(around(moved(corners_of(wholes[1]), matrix)), wholes[0])
    if np.min(one[1] - one[0]) < 1:
        return None
    other = _common(around(moved(corners_of(one), inverse(matrix))), wholes[1])
    if np.min(other[1] - other[0]) < 1:
        return None
    boxes = _in_photo(one, first), _in_photo(other, second)
    longest = [max(right - left, bottom - top) for left, top, right, bottom in boxes]
    if min(longest) < LEAST_PART_PX:
        return None
    side_px = max(FRAME_PX[0], min(FRAME_PX[1], *longest))
    return _part(first, one, boxes[0], side_px), _part(second, other, boxes[1], side_px)


def _part(picture: Picture, span: Span, box: Box, side_px: int) -> Part:
    """Cut a span of a picture out; what a caption covers stays covered, though its bar be cut."""
    import cv2

    grey, to_photo = _cut(picture.photo, box, side_px)
    (left, top), (right, bottom) = span.astype(int).tolist()
    uncovered: Any = picture.uncovered[top : bottom + 1, left : right + 1]
    uncovered = cv2.resize(uncovered, grey.shape[::-1], interpolation=cv2.INTER_NEAREST)
    share = float(np.prod(span[1] - span[0]) / picture.grey.size)
    return Part(grey, uncovered & _uncovered(grey), to_photo, min(share, 1.0))


def _cut(photo: Image.Image, box: Box, side_px: int) -> tuple[Grey, Matrix]:
    """Return a box of a photo, `side_px` long, and the matrix from its pixels to the photo's."""
    import cv2

    content = photo.crop(box)
    grey = resized(content, min(side_px, max(content.size)))
    if side_px > max(content.size):
        factor = side_px / max(content.size)
        size = tuple(max(1, round(side * factor)) for side in content.size)
        grey = np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_CUBIC))
    across = content.width / grey.shape[1]
    down = content.height / grey.shape[0]
    stretch = np.array([[across, 0, box[0]], [0, down, box[1]], [0, 0, 1]], np.float64)
    return grey, composed(TO_CENTRES, stretch, inverse(TO_CENTRES))


def _uncovered(grey: Grey) -> NDArray[np.uint8]:
    rows = ~caption_rows(grey)
    return np.repeat(rows[:, None], grey.shape[1], axis=1).astype(np.uint8)


def _places(grey: Grey) -> Keypoints:
    """Describe a picture at full size and at half; a small one is enlarged, so that its corners are large enough."""
    factor = max(1.0, LEAST_SIDE_PX / max(grey.shape))
    fine, half = (_at(grey, size) for size in (factor, factor / 2))
    places = describe(fine, PER_CELL, CELLS)
    return joined(
        places.scaled(1 / factor), describe(half, PER_COARSE_CELL, CELLS).scaled(2 / factor)
    )


def _at(grey: Grey, factor: float) -> Grey:
    import cv2

    if factor == 1:
        return grey
    height, width = (max(1, round(side * factor)) for side in grey.shape)
    how = cv2.INTER_CUBIC if factor > 1 else cv2.INTER_AREA
    return np.asarray(cv2.resize(grey, (width, height), interpolation=how), np.uint8)


def _common(one: Span, other: Span) -> Span:
    return np.array([np.maximum(one[0], other[0]), np.minimum(one[1], other[1])])


def _in_photo(span: Span, picture: Picture) -> Box:
    """Return a span of a picture in whole pixels of its photo."""
    points = np.rint(around(moved(span, picture.to_photo))).astype(int)
    (left, top), (right, bottom) = np.clip(points, 0, picture.photo.size).tolist()
    return left, top, right, bottom
