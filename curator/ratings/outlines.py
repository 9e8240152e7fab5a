"""Outlines as files give them, in units of their own, and how they become regions of the upright photo."""

from collections.abc import Callable
from dataclasses import dataclass

from curator.base.errors import RegionInvalid
from curator.ratings.regions import check_region
from faces.regions import Point, Region

SIDE_TOLERANCE_PX = 1.0  # programs round sides, up or down
FRACTIONS = (1.0, 1.0)  # the frame of a photo whose size is not told
SHAPE_TOLERANCE = 0.01  # of a frame's height by width: thumbnails have whole pixels

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
        raise RegionInvalid("The photo's size in the file is no size: %(given)s.", given="0x0")
    fractions = tuple((x / width, y / height) for x, y in outline.points)
    if outline.frame == FRACTIONS or _fits(width, height, width_px, height_px):
        return check_region(fractions)
    turn = orientation() if _fits(height, width, width_px, height_px) else 1
    if turn < 5:  # it swaps no sides
        raise RegionInvalid(
            "It was drawn on a photo of %(given)s pixels, and this one has %(size)s: it is another photo.",
            given=f"{width:g}x{height:g}",
            size=f"{width_px}x{height_px}",
        )
    return check_region(tuple(UPRIGHT[turn](x, y) for x, y in fractions))


def _fits(width: float, height: float, width_px: int, height_px: int) -> bool:
    """Tell whether a frame has the photo's size, or is the photo at another scale."""
    if max(abs(width - width_px), abs(height - height_px)) <= SIDE_TOLERANCE_PX:
        return True
    shape = (height / width) / (height_px / width_px)
    return abs(shape - 1) <= SHAPE_TOLERANCE
