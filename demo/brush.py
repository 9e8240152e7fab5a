"""Smooth shapes on a Pillow image: filled outlines, strokes and bundles of hair."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from demo.pose import Box, Points

Colour = tuple[float, float, float]

# Shapes are drawn this many times larger and averaged down, for smooth edges.
OVERSAMPLING = 2


def curve(points: ArrayLike, closed: bool = False, pieces: int = 8) -> Points:
    """Run a Catmull-Rom spline through points."""
    knots = np.asarray(points, dtype=np.float64)
    if closed:
        knots = np.vstack([knots[-1], knots, knots[:2]])
    else:
        knots = np.vstack([2 * knots[0] - knots[1], knots, 2 * knots[-1] - knots[-2]])
    before, start, end, after = knots[:-3], knots[1:-2], knots[2:-1], knots[3:]
    t = np.linspace(0, 1, pieces, endpoint=False)[None, :, None]
    p0, p1, p2, p3 = (side[:, None, :] for side in (before, start, end, after))
    spline = p1 + t / 2 * (
        (p2 - p0) + t * ((2 * p0 - 5 * p1 + 4 * p2 - p3) + t * (3 * (p1 - p2) + p3 - p0))
    )
    flat = spline.reshape(-1, 2)
    return flat if closed else np.vstack([flat, end[-1]])


def oval(centre: tuple[float, float], radius: tuple[float, float], corners: int = 28) -> Points:
    """Return the outline of an ellipse."""
    angles = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    return np.column_stack(
        [centre[0] + radius[0] * np.cos(angles), centre[1] + radius[1] * np.sin(angles)]
    )


def box_around(points: Points, margin_px: float, size: tuple[int, int]) -> Box | None:
    """Return the box of pixels that a shape can touch, None if it is outside the photo."""
    low = np.floor(points.min(axis=0) - margin_px).astype(int)
    high = np.ceil(points.max(axis=0) + margin_px).astype(int) + 1
    left, top = max(int(low[0]), 0), max(int(low[1]), 0)
    right, bottom = min(int(high[0]), size[0]), min(int(high[1]), size[1])
    return (left, top, right, bottom) if left < right and top < bottom else None


def rgb(colour: ArrayLike) -> tuple[int, int, int]:
    """Round a colour to bytes."""
    red, green, blue = np.clip(np.rint(np.asarray(colour, dtype=np.float64)), 0, 255).astype(int)
    return int(red), int(green), int(blue)


def fill(
    photo: Image.Image,
    outline: Points,
    colour: ArrayLike,
    opacity: float = 1.0,
    blur_px: float = 0.0,
    within: Points | None = None,
) -> None:
    """Fill an outline, with soft edges if `blur_px` is given, clipped to `within` if given."""
    box = box_around(outline, 3 * blur_px + 1, photo.size)
    if box is None:
        return
    mask = area_mask(outline, box, blur_px, opacity)
    if within is not None:
        mask = ImageChops.multiply(mask, area_mask(within, box, 0))
    photo.paste(rgb(colour), box, mask)


def stroke(
    photo: Image.Image,
    line: Points,
    width_px: float,
    colour: ArrayLike,
    opacity: float = 1.0,
    blur_px: float = 0.0,
) -> None:
    """Draw a line with round joints."""
    hatch(photo, [line], width_px, colour, opacity, blur_px)


def hatch(
    photo: Image.Image,
    lines: Sequence[Points],
    width_px: float,
    colour: ArrayLike,
    opacity: float = 1.0,
    blur_px: float = 0.0,
) -> None:
    """Draw many lines in one colour."""
    box = box_around(np.vstack(lines), width_px + 3 * blur_px + 1, photo.size)
    if box is None:
        return
    mask, pen = _large_mask(box)
    for line in lines:
        joint = "curve" if len(line) > 2 else None
        pen.line(_large(line, box), round(255 * opacity), _large_width(width_px), joint)
    photo.paste(rgb(colour), box, _soften(mask.reduce(OVERSAMPLING), blur_px))


def strands(
    photo: Image.Image,
    outline: Points,
    hairs: Sequence[Points],
    shades: NDArray[np.float64],
    width_px: float,
    loose: int = 4,
) -> None:
    """Fill an outline with hairs, each in its own colour.

    Every `loose`-th hair may leave the outline, for a natural edge; 0 keeps all inside.
    """
    free = hairs[::loose] if loose else []
    around = np.vstack([outline, *free])
    box = box_around(around, 3, photo.size)
    if box is None:
        return
    mask, mask_pen = _large_mask(box)
    mask_pen.polygon(_large(outline, box), fill=255)
    tile = Image.new("RGB", mask.size, rgb(shades.mean(axis=0) * 0.8))
    pen, width = ImageDraw.Draw(tile), _large_width(width_px)
    for hair, shade in zip(hairs, shades, strict=True):
        pen.line(_large(hair, box), fill=rgb(shade), width=width)
    for hair in free:
        mask_pen.line(_large(hair, box), fill=255, width=max(1, width // 2))
    soft = _soften(mask.reduce(OVERSAMPLING), 0.8)
    photo.paste(tile.reduce(OVERSAMPLING), box, soft)


def area_mask(outline: Points, box: Box, blur_px: float, opacity: float = 1.0) -> Image.Image:
    """Return the mask of an outline within a box of the photo."""
    mask, pen = _large_mask(box)
    pen.polygon(_large(outline, box), fill=round(255 * opacity))
    return _soften(mask.reduce(OVERSAMPLING), blur_px)


def _large_mask(box: Box) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    left, top, right, bottom = box
    mask = Image.new("L", ((right - left) * OVERSAMPLING, (bottom - top) * OVERSAMPLING))
    return mask, ImageDraw.Draw(mask)


def _large(points: Points, box: Box) -> list[tuple[float, float]]:
    scaled = (points - np.array(box[:2])) * OVERSAMPLING
    return list(map(tuple, scaled.tolist()))


def _large_width(width_px: float) -> int:
    return max(1, round(width_px * OVERSAMPLING))


def _soften(mask: Image.Image, blur_px: float) -> Image.Image:
    return mask.filter(ImageFilter.GaussianBlur(blur_px)) if blur_px > 0 else mask
