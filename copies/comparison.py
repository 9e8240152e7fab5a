"""Are two look-alikes copies of one photo? Laid on each other, a copy coincides to a fraction of a pixel."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from PIL import Image

from copies.borders import Grey
from copies.detail import Agreement, Map, agreement
from copies.fitting import Fit, fit, laid, laid_mask
from copies.keypoints import align_freely
from copies.shapes import (
    TO_CENTRES,
    Matrix,
    composed,
    in_widths,
    inverse,
    is_mild,
    scaling,
    shape_of,
)
from copies.views import Part, Picture, common_parts

LEAST_PLACES = 10
FEW_PLACES = 100  # of a photo that may have no detail: sharp ones have hundreds
# Certainty = -56.7 - 6.3 ln(strain) - 1.2 ln(lost + 0.0005): of a logistic fit to copies and to
# other photos of the same people, docs/decisions.md#copy-verification.
OFFSET, PER_STRAIN, PER_LOST, LEAST_LOST = -56.7, 6.3, 1.2, 0.0005
MOST_STRAIN = 0.0006  # of the frame: whatever the detail says, it would not be possible
LEAST_STRAIN = 4e-5  # of the frame: a fiftieth of a pixel of 512
VERIFIED, POSSIBLE, POSSIBLE_BACK = 1.5, 0.4, -1.0
SURE = 3.0  # below it, strain is measured the other way round as well, and less may differ
# Of the detail, in one place and in all: where the rest coincides exactly, a difference is no noise.
MOST_DIFFERING, MOST_LOST, PER_INEXACT = 0.012, 0.03, 0.5
MOST_IN_DOUBT, MOST_IF_SURE = 0.02, 0.05
FLAT = 0.001  # of the width: what a perspective moves less is none
ALMOST = 0.9999  # 1 is for the same pixels
BLURRED_PX = 64  # photos without corners are compared as they lie, this large
SHAPE_RATIO = 1.03
BLURRED_VERIFIED, BLURRED_POSSIBLE = 0.995, 0.98

Rows = tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class Alignment:
    """How the second photo lies on the first.

    `matrix` maps (x, y, 1) of the second, mirrored first where `mirrored`, to the first; both in
    widths of their photo, origin top left.
    """

    mirrored: bool
    matrix: Rows
    scale: float
    rotation_degrees: float
    overlap: float  # share of the first photo's content that could be compared
    places: int  # that agree with it; 0 for photos without corners
    frame_px: int  # longest side at which the photos were compared
    patch: float = 0.0  # share of the detail in the largest place that differs
    exact: float = 0.0  # how exactly the rest of the detail coincides
    strain: float | None = None  # of copies.fitting.Fit; None where nothing could be fitted
    strain_back: float = 0.0  # of the first photo laid on the second, where that was measured
    overlap_of_second: float = 1.0
    squeeze: float = 1.0  # width by height, of the second photo as it lies on the first
    slant: float = 0.0
    tilt: float = 1.0


@dataclass(frozen=True)
class Match:
    """`score`, 0..1: the share of the detail that coincides; it is 1 for the same pixels only."""

    score: float = 0.0
    alignment: Alignment | None = None

    @property
    def is_same(self) -> bool:
        return self.score == 1

    @property
    def is_verified(self) -> bool:
        """Say whether no other explanation than a copy is left."""
        laid = self.alignment
        if laid is None or laid.strain is None:
            return laid is not None and self.score >= BLURRED_VERIFIED
        most = MOST_IF_SURE if self.certainty_back >= SURE else MOST_IN_DOUBT
        noise = PER_INEXACT * (1 - laid.exact)
        is_whole = laid.patch <= min(MOST_DIFFERING + noise, most)
        is_certain = self.certainty_back >= VERIFIED
        return is_certain and is_whole and 1 - self.score <= MOST_LOST + noise

    @property
    def is_possible(self) -> bool:
        """Say whether a human should look at the pair."""
        laid = self.alignment
        if laid is None or laid.strain is None:
            return laid is not None and self.score >= BLURRED_POSSIBLE
        return self.certainty >= POSSIBLE and self.certainty_back >= POSSIBLE_BACK

    def with_strain_back(self, strain: float) -> "Match":
        laid = self.alignment
        return self if laid is None else replace(self, alignment=replace(laid, strain_back=strain))

    @property
    def is_doubtful(self) -> bool:
        return POSSIBLE <= self.certainty < SURE

    @property
    def rank(self) -> tuple[bool, bool, float]:
        """Order the matches of one pair, mirrored and not: the better one is larger."""
        return self.is_verified, self.is_possible, self.score

    @property
    def certainty(self) -> float:
        """Say how certain a copy is, as log odds: by how exactly it fits and how much of it differs."""
        strain = self.alignment.strain if self.alignment else None
        return self._certainty(strain) if strain is not None else float("-inf")

    @property
    def certainty_back(self) -> float:
        """Say the same by the worse of both strains, where it was measured both ways round."""
        laid = self.alignment
        if laid is None or laid.strain is None:
            return float("-inf")
        return self._certainty(max(laid.strain, laid.strain_back))

    def _certainty(self, strain: float) -> float:
        lost = PER_LOST * np.log(1 - self.score + LEAST_LOST)
        return float(OFFSET - PER_STRAIN * np.log(max(strain, LEAST_STRAIN)) - lost)


def compare(first: Picture, second: Picture, *, mirrored: bool = False) -> Match:
    """Lay the second photo on the first and measure how exactly and how much of it coincides.

    Args:
        mirrored: the second is a mirror image already; noted in the alignment.
    """
    match = _compare_laid(first, second, mirrored)
    if match is None and _is_blurred(first, second):
        return _compare_blurred(first, second, mirrored)
    return match or Match()


def _is_blurred(first: Picture, second: Picture) -> bool:
    fewest = min(len(first.keypoints), len(second.keypoints))
    return fewest < FEW_PLACES and not (first.has_detail and second.has_detail)


def _compare_laid(first: Picture, second: Picture, mirrored: bool) -> Match | None:
    """Compare two pictures laid on each other; None where they cannot be."""
    rough, places = align_freely(first.keypoints, second.keypoints)
    if rough is None or places < LEAST_PLACES or not is_mild(rough, *second.size):
        return None
    parts = common_parts(first, second, rough)
    if parts is None:
        return None
    one, other = parts
    onto_one = inverse(one.to_photo), first.to_photo, rough
    start = composed(*onto_one, inverse(second.to_photo), other.to_photo)
    found = fit(one.grey, other.grey, (one.uncovered, other.uncovered), start)
    if found is None or found.strain > MOST_STRAIN:
        return None
    if not is_mild(found.matrix, *other.grey.shape[::-1]):
        return None
    alike = _agreement(one, other, found)
    if alike is None:
        return None
    whole = composed(one.to_photo, found.matrix, inverse(other.to_photo))
    match = Match(
        min(1 - alike.lost, ALMOST),
        Alignment(
            mirrored=mirrored,
            **_described(whole, first.photo, second.photo),
            overlap=round(one.share, 4),
            overlap_of_second=round(other.share, 4),
            places=places,
            frame_px=max(one.grey.shape),
            patch=round(alike.patch, 4),
            exact=round(alike.exact, 4),
            strain=round(found.strain, 7),
        ),
    )
    return _measured_back(match, one, other, found) if match.is_doubtful else match


def _measured_back(match: Match, one: Part, other: Part, found: Fit) -> Match:
    """Measure the strain of the first photo laid on the second: by chance, one of the two may be small."""
    seen = other.uncovered, one.uncovered
    back = fit(other.grey, one.grey, seen, inverse(found.matrix))
    return match.with_strain_back(round(back.strain, 7)) if back else match


def _agreement(one: Part, other: Part, found: Fit) -> Agreement | None:
    size = one.grey.shape[1], one.grey.shape[0]
    seen = one.uncovered & laid_mask(other.uncovered, found.matrix, size)
    return agreement(one.grey, laid(other.grey, found.matrix, size), seen)


def _described(matrix: Matrix, first: Image.Image, second: Image.Image) -> dict[str, Any]:
    """Describe a matrix between the pixels' centres of two photos."""
    corners = composed(inverse(TO_CENTRES), matrix, TO_CENTRES)
    shape = shape_of(corners, *second.size)
    return {
        "matrix": _flattened(in_widths(corners, first.width, second.width)),
        "scale": round(shape.scale * second.width / first.width, 4),
        "rotation_degrees": round(shape.rotation_degrees, 2),
        "squeeze": round(shape.squeeze, 4),
        "slant": round(shape.slant, 4),
        "tilt": round(shape.tilt, 4),
    }


def _flattened(rows: Rows) -> Rows:
    """Leave out a perspective that moves nothing by a thousandth of the width."""
    is_flat = max(map(abs, rows[2][:2])) < FLAT
    return (*rows[:2], (0.0, 0.0, 1.0)) if is_flat else rows


def _compare_blurred(first: Picture, second: Picture, mirrored: bool) -> Match:
    """Correlate two photos that have no corner to align them by: they count if framed alike."""
    shapes = [each.grey.shape[0] / each.grey.shape[1] for each in (first, second)]
    if not 1 / SHAPE_RATIO < shapes[0] / shapes[1] < SHAPE_RATIO:
        return Match()
    levels = [_levels(each.grey) for each in (first, second)]
    strength = float(np.linalg.norm(levels[0]) * np.linalg.norm(levels[1]))
    score = float((levels[0] * levels[1]).sum()) / strength if strength else 0.0
    whole = composed(
        first.to_photo, scaling(first.size[0] / second.size[0]), inverse(second.to_photo)
    )
    return Match(
        min(max(score, 0.0), ALMOST),
        Alignment(
            mirrored=mirrored,
            **_described(whole, first.photo, second.photo),
            overlap=1.0,
            places=0,
            frame_px=min(max(first.grey.shape), max(second.grey.shape)),
        ),
    )


def _levels(grey: Grey) -> Map:
    """Return (64, 64) levels about their mean: indifferent to size, and soon to brightness."""
    small = Image.fromarray(grey).resize((BLURRED_PX, BLURRED_PX), Image.Resampling.BOX)
    levels: Map = np.asarray(small, dtype=np.float64)
    return levels - float(levels.mean())
