"""The shapes that tools draw, as polygons."""

import math
from collections.abc import Sequence

from shapely import Polygon
from shapely.ops import unary_union

from curator.base.errors import RegionInvalid
from curator.base.messages import Translatable, translatable
from curator.formats.nodes import Node
from faces.regions import Point, Region

ELLIPSE_POINTS = 64
BOX_SLACK = 0.001  # of the longer side
MASK = translatable("a mask")
POINTS = translatable("points")
LINE = translatable("an open line")
TWO_NUMBERS = translatable("a list of two numbers")


def rectangle(left: float, top: float, width: float, height: float) -> Region:
    """Return a rectangle's corners, clockwise from the top left."""
    right, bottom = left + width, top + height
    return (left, top), (right, top), (right, bottom), (left, bottom)


def ellipse(x: float, y: float, radius_x: float, radius_y: float, degrees: float = 0) -> Region:
    """Return an ellipse around its centre, turned clockwise."""
    angles = [2 * math.pi * step / ELLIPSE_POINTS for step in range(ELLIPSE_POINTS)]
    points = tuple((x + radius_x * math.cos(a), y + radius_y * math.sin(a)) for a in angles)
    return rotated(points, (x, y), degrees)


def rotated(points: Region, around: Point, degrees: float) -> Region:
    """Turn points clockwise, as they appear with y pointing down; both axes must have one unit."""
    if not degrees:
        return points
    sine, cosine = math.sin(math.radians(degrees)), math.cos(math.radians(degrees))
    x0, y0 = around
    return tuple(
        (
            x0 + (x - x0) * cosine - (y - y0) * sine,
            y0 + (x - x0) * sine + (y - y0) * cosine,
        )
        for x, y in points
    )


def joined(polygons: Sequence[Region]) -> Region:
    """Return polygons that touch or overlap as one, without holes.

    Raises:
        RegionInvalid: they lie apart, or one crosses itself.
    """
    if len(polygons) == 1:
        return polygons[0]
    parts = [Polygon(points) for points in polygons if len(points) >= 3]
    if not all(part.is_valid for part in parts):
        raise RegionInvalid("A part of the outline crosses itself: draw it again.")
    whole = unary_union(parts)
    if not isinstance(whole, Polygon) or whole.is_empty:
        raise RegionInvalid(
            "The outline has %(count)s parts that lie apart, and a face region is one outline.",
            count=len(polygons),
        )
    return tuple((x, y) for x, y in whole.exterior.coords[:-1])


def closed(points: Region) -> Region:
    """Return a line that ends where it begins as a polygon; empty if it does not."""
    return points[:-1] if len(points) > 3 and points[0] == points[-1] else ()


def area(points: Region) -> float:
    """Return a polygon's area by the shoelace formula."""
    turned = (*points[1:], points[0])
    return abs(sum(x * v - u * y for (x, y), (u, v) in zip(points, turned, strict=True))) / 2


def box_around(points: Region) -> tuple[float, float, float, float]:
    """Return left, top, width and height of the box around points."""
    xs, ys = zip(*points, strict=True)
    return min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)


def is_box_around(box: Region, points: Region) -> bool:
    """Tell whether an outline is the upright box around another one, however tools rounded it."""
    if len(box) != 4 or not points:
        return False
    left, top, width, height = box_around(points)
    slack = max(width, height) * BOX_SLACK
    corners = zip(sorted(box), sorted(rectangle(left, top, width, height)), strict=True)
    return all(math.dist(one, other) <= slack for one, other in corners)


def paired(numbers: Sequence[float]) -> Region:
    """Return `x, y, x, y ...` as points.

    Raises:
        RegionInvalid: a y is missing.
    """
    if len(numbers) % 2:
        raise RegionInvalid(
            "An outline has %(count)s numbers, and each point has two.", count=len(numbers)
        )
    return tuple(zip(numbers[::2], numbers[1::2], strict=True))


def points_in(node: Node) -> Region:
    """Return a list of lists of two numbers as points."""
    return tuple(_point(point) for point in node.items())


def _point(node: Node) -> Point:
    numbers = node.numbers()
    if len(numbers) != 2:
        raise node.wrong(TWO_NUMBERS)
    return numbers[0], numbers[1]


def not_read(what: Translatable) -> RegionInvalid:
    """Return why a shape cannot be a face region."""
    return RegionInvalid(
        "%(what)s cannot be read as an outline: draw or export a polygon or a rectangle.", what=what
    )
