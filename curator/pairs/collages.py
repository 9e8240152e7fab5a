"""Photos that show others beside each other: copies of a collage are no copies of one another."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, aliased

from copies.shapes import Span, around, corners_of, from_rows, inverse, moved
from curator.base.models.pairs import DuplicatePair
from curator.base.models.photos import Photo

MOST_FILLED = 0.6  # of a photo by one that it shows beside others
MOST_SHARED = 0.2  # of the smaller place: what lies beside overlaps at most by a frame


class Laid(NamedTuple):
    """Two photos, how the second lies on the first, and the height by width of both."""

    first: int
    second: int
    alignment: dict[str, Any]
    first_shape: float
    second_shape: float


class Collage(NamedTuple):
    """A photo, and two that it shows beside each other."""

    photo: int
    one: int
    other: int

    @property
    def pairs(self) -> tuple[tuple[int, int], ...]:
        """Return its pairs with the two photos, each in order."""
        return tuple((min(self.photo, shown), max(self.photo, shown)) for shown in self[1:])


def collages(links: Iterable[Laid]) -> Iterator[Collage]:
    """Yield which photos show which others beside each other."""
    places: dict[int, list[tuple[int, Span]]] = defaultdict(list)
    for link in links:
        places[link.first].append((link.second, _place_on_first(link)))
        places[link.second].append((link.first, _place_on_second(link)))
    for photo, shown in places.items():
        for (one, here), (other, there) in combinations(shown, 2):
            if _lie_beside(here, there):
                yield Collage(photo, one, other)


def collages_of(session: Session, *where: ColumnElement[bool]) -> list[Collage]:
    """Find the collages by pairs that are verified or decided to be copies, narrowed down by `where`."""
    pair, a, b = DuplicatePair, aliased(Photo), aliased(Photo)
    shares = (pair.alignment[share].as_float() for share in ("overlap", "overlap_of_second"))
    rows = session.execute(
        select(pair.photo_a_id, pair.photo_b_id, pair.alignment)
        .add_columns(a.width_px, a.height_px, b.width_px, b.height_px)
        .join(a, a.id == pair.photo_a_id)
        .join(b, b.id == pair.photo_b_id)
        .where(
            or_(pair.decision == "copy", pair.decision.is_(None) & pair.verified),
            or_(*(share < MOST_FILLED for share in shares)),
            *where,
        )
        .order_by(pair.id)
    )
    return list(
        collages(
            Laid(first, second, alignment, height / width, other_height / other_width)
            for first, second, alignment, width, height, other_width, other_height in rows
        )
    )


def _place_on_first(link: Laid) -> Span:
    """Return where the second lies on the first, in its widths."""
    return _clipped(
        moved(_corners(link.second_shape), from_rows(link.alignment["matrix"])), link.first_shape
    )


def _place_on_second(link: Laid) -> Span:
    """Return where the first lies on the second, mirrored where that is: what lies beside still does."""
    back = inverse(from_rows(link.alignment["matrix"]))
    place = _clipped(moved(_corners(link.first_shape), back), link.second_shape)
    if link.alignment["mirrored"]:
        place[:, 0] = 1 - place[::-1, 0]
    return place


def _corners(shape: float) -> Span:
    return corners_of(np.array([(0, 0), (1, shape)], np.float64))


def _clipped(corners: Span, shape: float) -> Span:
    return np.clip(around(corners), 0, (1, shape))


def _lie_beside(one: Span, other: Span) -> bool:
    shared = np.minimum(one[1], other[1]) - np.maximum(one[0], other[0])
    smaller = min(float(np.prod(each[1] - each[0])) for each in (one, other))
    return float(np.prod(np.maximum(shared, 0))) < MOST_SHARED * smaller
