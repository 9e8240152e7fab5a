"""Face regions: polygons in fractions (0..1) of the upright photo, origin top left, and the rules they keep."""

from typing import Literal

from shapely import Polygon

Point = tuple[float, float]
Region = tuple[Point, ...]
Flaw = Literal["points", "outside", "crossing", "small"]

MAX_POINTS = 200
MIN_AREA = 0.001  # of the photo: anything smaller is a slip of the mouse
DECIMALS = 6  # of a fraction, in databases and exports


class RegionUnfit(ValueError):
    """A polygon is not a valid face region; each program words the message itself."""

    def __init__(self, flaw: Flaw) -> None:
        super().__init__(flaw)
        self.flaw = flaw


def fitted(region: Region) -> Region:
    """Return the region, moving points just outside the photo to its edge.

    Raises:
        RegionUnfit: not 3..200 points, clearly outside the photo, self-crossing, or far too small.
    """
    if not 3 <= len(region) <= MAX_POINTS:
        raise RegionUnfit("points")
    if any(not -0.01 <= value <= 1.01 for point in region for value in point):
        raise RegionUnfit("outside")
    clipped = tuple((min(max(x, 0.0), 1.0), min(max(y, 0.0), 1.0)) for x, y in region)
    polygon = Polygon(clipped)
    if not polygon.is_valid:
        raise RegionUnfit("crossing")
    if polygon.area < MIN_AREA:
        raise RegionUnfit("small")
    return clipped


def as_kept(region: Region) -> Region:
    """Round a region as databases and exports do, so that cutting it gives the same pixels as an export."""
    return tuple((round(x, DECIMALS), round(y, DECIMALS)) for x, y in region)
