"""The shapes that tools draw, as polygons."""

import math

from faces.regions import Point, Region

ELLIPSE_POINTS = 64


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
