"""Face regions as text, checked, and mapped between aligned copies; their geometry is in `faces.regions`."""

import math
from collections.abc import Sequence

import numpy as np
from shapely import Polygon

from copies.shapes import Matrix, from_rows, inverse, moved
from curator.base.errors import RegionInvalid
from curator.base.messages import translatable
from faces.landmarks import Eyes
from faces.regions import DECIMALS, MAX_POINTS, Point, Region, RegionUnfit, fitted

Rows = Sequence[Sequence[float]]  # of an alignment's matrix, as it is stored

FLAWS = {
    "points": translatable("A region has 3 to %(most)s points; this one has %(given)s."),
    "outside": translatable(
        "The region lies outside the photo: check that it belongs to this photo."
    ),
    "crossing": translatable("The region's outline crosses itself: draw it again."),
    "small": translatable("The region is too small to contain the cheeks and nose: draw it again."),
}


def parse_fractions(text: str) -> Region:
    """Parse `x,y x,y ...` in fractions; `RegionInvalid` says what is wrong."""
    return check_region(parse_points(text))


def stored_region(text: str | None) -> Region:
    """Parse a region that was checked before `format_fractions` wrote it, without checking again."""
    return tuple(
        (float(x), float(y)) for x, y in (pair.split(",") for pair in (text or "").split())
    )


def parse_pixels(text: str, width_px: int, height_px: int) -> Region:
    """Parse `x,y x,y ...` in pixels of the upright photo."""
    return check_region(tuple((x / width_px, y / height_px) for x, y in parse_points(text)))


def format_fractions(region: Region) -> str:
    return " ".join(f"{x:.{DECIMALS}f},{y:.{DECIMALS}f}" for x, y in region)


def check_region(region: Region) -> Region:
    """Return the region, moving points just outside the photo to its edge; `RegionInvalid` says what is wrong."""
    try:
        return fitted(region)
    except RegionUnfit as unfit:
        raise RegionInvalid(FLAWS[unfit.flaw], most=MAX_POINTS, given=len(region)) from unfit


def overlap(first: Region, second: Region) -> float:
    """Return the intersection over union, 0..1, of two regions of one photo."""
    a, b = Polygon(first), Polygon(second)
    return float(a.intersection(b).area / a.union(b).area)


def parse_points(text: str) -> Region:
    """Parse `x,y x,y ...`; with decimal commas, `x;y x;y ...`."""
    if any(part.count(",") == 3 for part in text.split()):
        raise RegionInvalid(
            "A region's decimal commas cannot be told from the comma between x and y: write "
            "`10.5,20.5` or `10,5;20,5`."
        )
    if ";" in text:
        text = text.replace(",", ".").replace(";", ",")
    try:
        pairs = [tuple(float(value) for value in part.split(",")) for part in text.split()]
    except ValueError:
        pairs = [()]
    if any(len(pair) != 2 or not all(map(math.isfinite, pair)) for pair in pairs):
        raise RegionInvalid(
            "A region is written `x,y x,y x,y ...`, for instance `10,20 30,20 20,40`."
        )
    return tuple((pair[0], pair[1]) for pair in pairs)


def parse_eyes(text: str) -> Eyes:
    """Parse the pupils that `format_fractions` wrote."""
    left, right = parse_points(text)
    return left, right


def carry_over(
    region: Region, matrix: Rows, mirrored: bool, shape: float, target_shape: float
) -> Region:
    """Map a region from the second of two aligned photos to the first.

    Args:
        matrix: maps points of the second, in units of its width, to the first, in units of its width.
        mirrored: whether the second must be mirrored first.
        shape, target_shape: height by width of the region's photo, and of the other.

    Returns:
        The region in fractions of the other photo; empty if it is not within it.
    """
    points = [(1 - x if mirrored else x, y * shape) for x, y in region]
    laid = _mapped(points, from_rows(matrix))
    return _on_photo(tuple((x, y / target_shape) for x, y in laid))


def carry_back(
    region: Region, matrix: Rows, mirrored: bool, shape: float, target_shape: float
) -> Region:
    """Map a region from the first of two aligned photos to the second; see `carry_over`."""
    points = [(x, y * shape) for x, y in region]
    laid = _mapped(points, inverse(from_rows(matrix)))
    return _on_photo(tuple((1 - x if mirrored else x, y / target_shape) for x, y in laid))


def _mapped(points: Sequence[Point], matrix: Matrix) -> list[Point]:
    return [(x, y) for x, y in moved(np.array(points), matrix).tolist()]


def _on_photo(region: Region) -> Region:
    try:
        return fitted(region)
    except RegionUnfit:
        return ()
