"""Outlines as files give them, in units of their own, and how they become regions of the upright photo."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby

from shapely import Polygon, box

from curator.base.errors import RegionInvalid
from curator.ratings.regions import check_region
from faces.regions import MAX_POINTS, Point, Region

SIDE_TOLERANCE_PX = 1.001  # programs round sides, up or down, by up to a pixel
FRACTIONS = (1.0, 1.0)  # the frame of a photo whose size is not told
SIMPLER_BY_PX = 0.25  # less than what a region's points are measured by
AT_THE_EDGE = 0.01  # of a side: such points are moved to the edge one by one
MOSTLY = 0.5  # of an outline's area
NEARBY = 1.0  # a photo's side: an outline that reaches further is not clipped, but refused

# Where a point of the photo as it lies in the file comes to lie upright, by Exif's orientation.
UPRIGHT: dict[int, Callable[[float, float], Point]] = {
    1: lambda x, y: (x, y),
    2: lambda x, y: (1 - x, y),
    3: lambda x, y: (1 - x, 1 - y),
    4: lambda x, y: (x, 1 - y),
    5: lambda x, y: (y, x),
    6: lambda x, y: (1 - y, x),
    7: lambda x, y: (1 - y, 1 - x),
    8: lambda x, y: (y, 1 - x),
}


@dataclass(frozen=True)
class Outline:
    """A polygon in units of a frame, its width and height, that covers the photo.

    Without a frame, in pixels of the upright photo; with the frame FRACTIONS, in fractions of it.
    """

    points: Region
    frame: tuple[float, float] | None = None


def region_on(
    outline: Outline, width_px: int, height_px: int, orientation: Callable[[], int] = lambda: 1
) -> Region:
    """Return an outline as a region of a photo.

    Args:
        width_px, height_px: of the upright photo.
        orientation: returns Exif's; called only if the frame is that of the photo as it lies in its file.

    Raises:
        RegionInvalid: the frame does not have the photo's shape, or the region is not valid.
    """
    width, height = outline.frame or (width_px, height_px)
    if not (width > 0 and height > 0):
        raise RegionInvalid(
            "The photo's size in the file is no size: %(given)s.", given=f"{width:g}x{height:g}"
        )
    fractions = tuple((x / width, y / height) for x, y in outline.points)
    is_told = outline.frame != FRACTIONS
    turn = _turn(width, height, width_px, height_px, orientation) if is_told else 1
    upright = tuple(UPRIGHT[turn](x, y) for x, y in fractions)
    return check_region(_usable(upright, width_px, height_px, clips=outline.frame is not None))


def _turn(
    width: float, height: float, width_px: int, height_px: int, orientation: Callable[[], int]
) -> int:
    """Return the orientation in which a frame has the photo's shape: upright, or as it lies in its file."""
    upright = _misfit(width, height, width_px, height_px)
    lying = _misfit(height, width, width_px, height_px)
    turn = orientation() if lying <= 1 and lying < upright else 1
    if turn >= 5:  # it swaps the sides
        return turn
    if upright > 1:
        raise RegionInvalid(
            "It was drawn on a photo of %(given)s pixels, and this one has %(size)s: it is another "
            "photo, or one was cropped or stretched.",
            given=f"{width:g}x{height:g}",
            size=f"{width_px}x{height_px}",
        )
    return 1


def _misfit(width: float, height: float, width_px: int, height_px: int) -> float:
    """Return how far a frame is from being the photo at any scale: above 1, rounding explains it no longer."""
    difference = abs(width / width_px - height / height_px)
    return difference / (SIDE_TOLERANCE_PX / width_px + SIDE_TOLERANCE_PX / height_px)


def _usable(region: Region, width_px: int, height_px: int, *, clips: bool) -> Region:
    """Return a region without repeated points, with few enough, and within the photo if it is mostly there.

    Args:
        clips: whether the photo is known to be the one on which the region was drawn.
    """
    points = tuple(point for point, _ in groupby(region))
    points = points[:-1] if len(points) > 1 and points[0] == points[-1] else points
    beyond = max((max(-value, value - 1) for point in points for value in point), default=0)
    if beyond > NEARBY:
        return points
    if clips and beyond > AT_THE_EDGE:
        points = _clipped(points)
    return points if len(points) <= MAX_POINTS else _simplified(points, width_px, height_px)


def _clipped(points: Region) -> Region:
    """Return the part of an outline on the photo, if it is one outline and most of it; else all."""
    if len(points) < 3 or not (outline := Polygon(points)).is_valid:
        return points
    inside = outline.intersection(box(0, 0, 1, 1))
    if not isinstance(inside, Polygon) or inside.area < MOSTLY * outline.area:
        return points
    return _ring(inside)


def _simplified(points: Region, width_px: int, height_px: int) -> Region:
    """Return an outline without the points that change it by no more than a fraction of a pixel."""
    outline = Polygon([(x * width_px, y * height_px) for x, y in points]).simplify(SIMPLER_BY_PX)
    if not isinstance(outline, Polygon):
        return points
    return tuple((x / width_px, y / height_px) for x, y in _ring(outline))


def _ring(polygon: Polygon) -> Region:
    return tuple((x, y) for x, y in polygon.exterior.coords[:-1])
