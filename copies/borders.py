"""What of a picture is content: uniform borders around it, caption bars over it."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]
Box = tuple[int, int, int, int]  # left, top, right, bottom

BORDER_TOLERANCE = 12  # grey levels that JPEG may add to a uniform border
STRAY_SHARE = 0.02  # of a border's line may stray: a mark, a spot of noise
LEAST_CONTENT_PX = 16
BLOCK = 16  # lines read at once

EDGE_STEP = 12  # grey levels between a bar and the photo
EDGE_SHARE = 0.5  # of the width where the bar ends in such a step
BAR_TOLERANCE = 8
BAR_SHARE = 0.5  # of a bar is its own colour; the rest is text
BAR_HEIGHTS = (0.03, 0.35)  # of the picture: least and most
NESTED = 3  # a caption in a frame, or the other way round


def content_box(grey: Grey) -> Box:
    """Return the picture without its uniform borders, as (left, top, right, bottom) in pixels."""
    height, width = grey.shape
    top, left = _border(grey), _border(grey.T)
    bottom, right = height - _border(grey[::-1]), width - _border(grey.T[::-1])
    if bottom - top < LEAST_CONTENT_PX or right - left < LEAST_CONTENT_PX:
        return 0, 0, width, height
    return left, top, right, bottom


def caption_rows(grey: Grey) -> NDArray[np.bool_]:
    """Mark the rows of a bar of one colour at the top or bottom edge, with or without text on it.

    Such a bar ends in a straight step across most of the picture, which a plain wall behind a
    head does not.

    Returns:
        (height,) bool.
    """
    import cv2

    height, width = grey.shape
    if height < 3:
        return np.zeros(height, dtype=np.bool_)
    steps = np.count_nonzero(np.asarray(cv2.absdiff(grey[2:], grey[:-2])) > EDGE_STEP, axis=1)
    marked = np.zeros(height, dtype=np.bool_)
    edges = np.flatnonzero(steps > EDGE_SHARE * width) + 1
    levels = grey.astype(np.int16) if len(edges) else grey  # most photos end in no bar
    for edge in edges:
        if _is_bar(levels[: edge - 1], height):
            marked[: edge + 1] = True
        if _is_bar(levels[edge + 2 :], height):
            marked[edge:] = True
    return marked


def photo_share(grey: Grey, box: Box) -> float:
    """Return the share of a picture that is the photo itself: neither frame nor caption bar.

    Unlike `box`, its `content_box`, this leaves a plain wall to the photo: what was put around a
    photo ends in a straight step, a wall behind a head does not.
    """
    photo = grey
    for _ in range(NESTED):
        inside = _without_frame(photo, box)
        inside = inside[~caption_rows(inside)]
        if inside.size == photo.size:
            break
        photo, box = inside, content_box(inside)
    return photo.size / grey.size


def scaled(box: Box, scale: float) -> Box:
    """Return a box of a resized photo in the pixels of the photo, at least one of them."""
    left, top, right, bottom = (round(edge * scale) for edge in box)
    return left, top, max(right, left + 1), max(bottom, top + 1)


def _without_frame(grey: Grey, box: Box) -> Grey:
    """Cut the borders that end in a straight step."""
    height, width = grey.shape
    left, top, right, bottom = box
    above, below = _stepped(grey, top), _stepped(grey[::-1], height - bottom)
    before, behind = _stepped(grey.T, left), _stepped(grey.T[::-1], width - right)
    return grey[above : height - below, before : width - behind]


def _stepped(lines: Grey, border: int) -> int:
    """Return how many lines the border has, none where no straight step ends it."""
    if not 0 < border < len(lines) - 1:
        return 0
    outside, inside = lines[max(border - 2, 0)].astype(np.int16), lines[border + 1]
    return border if (np.abs(outside - inside) > EDGE_STEP).mean() > EDGE_SHARE else 0


def _border(lines: Grey) -> int:
    """Count the first lines that all have the first one's colour."""
    colour = int(np.median(lines[0]))
    for start in range(0, len(lines), BLOCK):  # most photos have no border: few lines are read
        off = np.abs(lines[start : start + BLOCK].astype(np.int16) - colour)
        strays = (off > BORDER_TOLERANCE).mean(axis=1) > STRAY_SHARE
        strays |= off.mean(axis=1) > BORDER_TOLERANCE
        if strays.any():
            return start + int(strays.argmax())
    return len(lines)


def _is_bar(rows: NDArray[np.integer[Any]], height: int) -> bool:
    least, most = BAR_HEIGHTS
    if not max(least * height, 3) <= len(rows) <= most * height:
        return False
    colour = np.median(rows)
    is_even = (np.abs(np.median(rows, axis=1) - colour) <= BAR_TOLERANCE).mean() > 0.9
    return bool(is_even and (np.abs(rows - colour) <= BAR_TOLERANCE).mean() >= BAR_SHARE)
