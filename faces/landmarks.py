"""Geometry of a face from its eyes and mouth: which region to suggest, and whether a region touches the eyes."""

from collections.abc import Iterable
from dataclasses import dataclass

from shapely import Polygon, box

from faces.regions import Point, Region, RegionUnfit, fitted

Eyes = tuple[Point, Point]  # both pupils

# Face coordinates: origin midway between the pupils, x along their line, y towards the chin, unit their distance.
# The left half of the region over cheeks and nose: x, y from the pupils' line, plus a share of the mouth's y.
HALF = (
    *((0, 0.065, 0), (-0.45, 0.23, 0), (-1, 0.15, 0), (-0.98, 0, 0.62)),
    *((-0.72, 0, 1), (-0.3, 0, 0.94), (0, 0, 0.74)),
)  # fmt: skip
MOUTH_DOWN = (0.4, 3.0)  # a mouth's distance below the pupils, even in a nodding or turned head
MOUTH_ASIDE = 0.5

LID = 0.1  # how far the edge of the lower lid is below the pupil
CORNERS = (0.2, 0.8)  # an eye with its lids lies between these, on both sides
FAR = 100.0  # beyond every photo
_INNER, _OUTER = CORNERS
# Everything above the pupils' line between the outer corners, plus both eyes, but not the bridge of the nose.
ABOVE_LIDS = Polygon(
    [
        *((-_OUTER, -FAR), (-_OUTER, LID), (-_INNER, LID), (-_INNER, 0)),
        *((_INNER, 0), (_INNER, LID), (_OUTER, LID), (_OUTER, -FAR)),
    ]
)
PHOTO = box(0, 0, 1, 1)

# Skin that a malar rash spares. Below the region, y counts in the region's depth, so that a nod moves it along.
FOREHEAD = ((-0.2, -0.95), (0.2, -0.95), (0.2, -0.45), (-0.2, -0.45))
TEMPLE = ((-0.6, -0.95), (-0.2, -0.95), (-0.2, -0.45), (-0.6, -0.45))
CHIN = ((-0.32, 1.42), (0.32, 1.42), (0.25, 1.68), (-0.25, 1.68))
JAW = ((-0.78, 1.08), (-0.5, 1.15), (-0.45, 1.5), (-0.62, 1.45))


@dataclass(frozen=True)
class Landmarks:
    """Points of a face in fractions of the upright photo; left is the viewer's left on an upright face."""

    left_eye: Point
    right_eye: Point
    left_mouth: Point
    right_mouth: Point

    @property
    def eyes(self) -> Eyes:
        return self.left_eye, self.right_eye


@dataclass(frozen=True)
class MarkedFace:
    """A face in a photo: both pupils, and the region over cheeks and nose."""

    eyes: Eyes
    region: Region


@dataclass(frozen=True)
class _Face:
    """Converts between a photo's and one face's coordinates, as complex numbers x + iy."""

    eyes: Eyes
    shape: float  # of the photo: height by width

    @property
    def origin(self) -> complex:
        return sum(map(self._in_widths, self.eyes)) / 2

    @property
    def unit(self) -> complex:
        left, right = map(self._in_widths, self.eyes)
        return right - left

    def from_photo(self, point: Point) -> complex:
        return (self._in_widths(point) - self.origin) / self.unit

    def to_photo(self, place: complex) -> Point:
        moved = place * self.unit + self.origin
        return moved.real, moved.imag / self.shape

    def _in_widths(self, point: Point) -> complex:
        x, y = point
        return complex(x, y * self.shape)


def suggested_region(landmarks: Landmarks, shape: float) -> Region:
    """Return the polygon over cheeks and nose, below the eyes; empty if the points cannot be a face.

    Args:
        shape: height by width of the photo.

    The polygon's shape: docs/decisions.md#suggested-region.
    """
    if landmarks.left_eye == landmarks.right_eye:
        return ()
    face = _Face(landmarks.eyes, shape)
    mouth = sum(map(face.from_photo, (landmarks.left_mouth, landmarks.right_mouth))) / 2
    least, most = MOUTH_DOWN
    if not least <= mouth.imag <= most or abs(mouth.real) > MOUTH_ASIDE:
        return ()
    right_half = [(-x, fixed, share) for x, fixed, share in reversed(HALF[1:-1])]
    places = []
    for x, fixed, share in (*HALF, *right_half):
        y = fixed + share * mouth.imag
        places.append(complex(x + y * mouth.real / mouth.imag, y))
    return _within_photo([face.to_photo(place) for place in places])


def reaches_eyes(region: Region, eyes: Eyes, shape: float) -> bool:
    """Tell whether a region touches an eye, its lower lid, or the area above both.

    Args:
        shape: height by width of the photo.

    What counts as reaching: docs/decisions.md#eyes-line.
    """
    face = _Face(eyes, shape)
    places = map(face.from_photo, region)
    return bool(Polygon([(place.real, place.imag) for place in places]).intersects(ABOVE_LIDS))


def spared_areas(marked: MarkedFace, shape: float) -> tuple[Region, ...]:
    """Return three polygons on the forehead, and one each on chin and jaws; they may reach beyond the photo.

    Args:
        shape: height by width of the photo.
    """
    face = _Face(marked.eyes, shape)
    depth = max(face.from_photo(point).imag for point in marked.region)
    chin, jaw = ([(x, y * depth) for x, y in area] for area in (CHIN, JAW))
    areas = (FOREHEAD, TEMPLE, _mirrored(TEMPLE), chin, jaw, _mirrored(jaw))
    return tuple(tuple(face.to_photo(complex(x, y)) for x, y in area) for area in areas)


def _mirrored(area: Iterable[Point]) -> list[Point]:
    return [(-x, y) for x, y in area]


def _within_photo(points: list[Point]) -> Region:
    outline = Polygon(points)
    inside = outline.intersection(PHOTO) if outline.is_valid else Polygon()
    if not isinstance(inside, Polygon):  # cut in two by the photo's edge
        return ()
    try:
        return fitted(tuple((x, y) for x, y in inside.exterior.coords[:-1]))
    except RegionUnfit:
        return ()
