"""Photos prepared for comparison: what of a photo is looked at, in grey, and its places."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.Image import Transpose

from curator.copies.borders import Box, Grey, caption_rows, content_box, scaled
from curator.copies.keypoints import Keypoints, describe
from faces.scaling import resized

Matrix = NDArray[np.float64]  # (2, 3): shift, turn and one scale
Span = NDArray[np.float64]  # (2, 2): left and top, right and bottom

SIDE_PX = 512
PHOTO_PX = 1024  # of the photo itself: a part of it is looked at closer
LEAST_SIDE_PX = 400  # smaller ones are enlarged to look for places
CELLS, PER_CELL = 8, 8
LEAST_PART_PX = 32
ALL_SHARE = 0.95  # of both sides: a part as large is the whole


@dataclass(frozen=True)
class Picture:
    """A part of a photo in grey: where no caption covers it, its places, where it lies."""

    photo: Image.Image  # upright and grey
    grey: Grey
    uncovered: NDArray[np.uint8]  # 1 or 0, of grey's shape
    keypoints: Keypoints
    corner: tuple[float, float]  # of the part in the whole photo, in the part's pixels
    width_px: float  # of the whole photo, in the part's pixels


def picture(photo: Image.Image) -> Picture:
    """Look at the content of an upright photo, of any size and mode."""
    photo = photo.convert("L")
    whole = resized(photo, SIDE_PX)
    return _part(photo, scaled(content_box(whole), photo.width / whole.shape[1]), SIDE_PX)


def mirror(picture: Picture) -> Picture:
    """Return a picture as it looks in a mirror."""
    grey = np.ascontiguousarray(picture.grey[:, ::-1])
    left, top = picture.corner
    return Picture(
        picture.photo.transpose(Transpose.FLIP_LEFT_RIGHT),
        grey,
        np.ascontiguousarray(picture.uncovered[:, ::-1]),
        _places(grey),
        (picture.width_px - left - grey.shape[1], top),
        picture.width_px,
    )


def closer(first: Picture, second: Picture, matrix: Matrix) -> tuple[Picture, Picture] | None:
    """Look closer at what both show, each photo at the resolution of the coarser one.

    In a screenshot or a crop the shared part is small: looked at as a whole, little of the detail
    that tells two photos of one person apart would be left.

    Args:
        matrix: lays the second on the first, in their pixels.

    Returns:
        The same pictures where both show the same already, None where they share too little.
    """
    import cv2

    wholes = [np.array([(0, 0), each.grey.shape[::-1]], np.float64) for each in (first, second)]
    back = np.asarray(cv2.invertAffineTransform(matrix), np.float64)
    one = _common(_moved(wholes[1], matrix), wholes[0])
    other = _common(_moved(one, back), wholes[1])
    sizes = [span[1] - span[0] for span in (one, other)]
    if min(map(np.min, sizes)) < 1:
        return None
    if all((size >= ALL_SHARE * whole[1]).all() for size, whole in zip(sizes, wholes, strict=True)):
        return first, second
    boxes = _in_photo(one, first), _in_photo(other, second)
    longest = [max(right - left, bottom - top) for left, top, right, bottom in boxes]
    if min(longest) < LEAST_PART_PX:
        return None
    side_px = min(SIDE_PX, *longest)
    return _closer(first, one, side_px), _closer(second, other, side_px)


def on_one_frame(
    first: Picture, second: Picture, matrix: Matrix
) -> tuple[Grey, Grey, NDArray[np.uint8]]:
    """Bring both to the coarser one's resolution, in the first one's frame; say where both can be seen."""
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


def in_widths(matrix: Matrix, first: Picture, second: Picture) -> tuple[tuple[float, ...], ...]:
    """Rewrite a matrix between pictures in pixels as one between whole photos in their widths."""
    start = np.array(second.corner)
    shift = matrix[:, 2] - matrix[:, :2] @ start + np.array(first.corner)
    whole = np.column_stack([matrix[:, :2] * second.width_px, shift]) / first.width_px
    return tuple(tuple(round(float(value), 6) for value in row) for row in whole)


def _part(photo: Image.Image, box: Box, most_side_px: int) -> Picture:
    content = photo.crop(box)
    grey = resized(content, min(most_side_px, max(content.size)))
    covered = np.broadcast_to(caption_rows(grey)[:, None], grey.shape)
    ratio = grey.shape[1] / content.width
    corner = (box[0] * ratio, box[1] * ratio)
    return Picture(
        photo, grey, (~covered).astype(np.uint8), _places(grey), corner, photo.width * ratio
    )


def _closer(picture: Picture, span: Span, side_px: int) -> Picture:
    """Look at a span of a picture; what a caption covers stays covered, though its bar be cut."""
    import cv2

    part = _part(picture.photo, _in_photo(span, picture), side_px)
    (left, top), (right, bottom) = span.astype(int).tolist()
    uncovered: Any = picture.uncovered[top : bottom + 1, left : right + 1]
    uncovered = cv2.resize(uncovered, part.grey.shape[::-1], interpolation=cv2.INTER_NEAREST)
    return replace(part, uncovered=part.uncovered & uncovered)


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


def _moved(span: Span, matrix: Matrix) -> Span:
    """Return what encloses a span after it was moved."""
    (left, top), (right, bottom) = span
    corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom]])
    moved = corners @ matrix[:, :2].T + matrix[:, 2]
    return np.array([moved.min(axis=0), moved.max(axis=0)])


def _common(one: Span, other: Span) -> Span:
    return np.array([np.maximum(one[0], other[0]), np.minimum(one[1], other[1])])


def _in_photo(span: Span, picture: Picture) -> Box:
    """Return a span of a picture in whole pixels of its photo."""
    photo = picture.photo
    pixels = np.rint((span + picture.corner) * (photo.width / picture.width_px)).astype(int)
    (left, top), (right, bottom) = np.clip(pixels, 0, photo.size).tolist()
    return left, top, right, bottom
