"""Proposes pairs of regions that may be copies, by the corners and hashes that curator knows photos by."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from copies.fingerprints import INDEXED, SIDE_PX, both_places
from copies.hashes import VIEWS, neighbours, phashes
from copies.keypoint_index import KeypointIndex
from copies.keypoints import Keypoints, arranged
from copies.shapes import TO_CENTRES, Matrix, composed, inverse, is_mild
from trainer.leaks.alignment import LARGE_PX, LUMA, Alignment, FloatArray, Pixels

LEAST_ARRANGED = 5  # corners in one arrangement: few, since a wrong proposal costs little
RADIUS_BITS = 8
MOST_NEAR = 3  # of each part, by hash
RADII_PX = (3, 9, 27)  # up to so far beyond its outline a region is continued
LEAST_REACHED = 0.02


@dataclass(frozen=True)
class Print:
    """What a region is known by; `to_square` lays its keypoints on the region's GreySquare."""

    keypoints: Keypoints
    mirrored: Keypoints
    hashes: np.ndarray  # see copies.hashes.VIEWS
    to_square: Matrix


@dataclass(frozen=True)
class CandidatePair:
    """Two places in the export: the row's region is laid on the column's."""

    row: int
    column: int
    is_mirrored: bool
    alignment: Alignment

    @property
    def pair(self) -> tuple[int, int]:
        """The places in order."""
        return min(self.row, self.column), max(self.row, self.column)


def print_of(pixels: Pixels, inside: FloatArray) -> Print:
    """Take the print of an exported image, (height, width, 3), from what lies inside its outline."""
    import cv2

    height, width = inside.shape
    factor = SIDE_PX / max(height, width)
    size = max(1, round(width * factor)), max(1, round(height * factor))
    how = cv2.INTER_CUBIC if factor > 1 else cv2.INTER_AREA
    grey = cv2.resize(np.asarray(pixels @ LUMA, np.float32), size, interpolation=how)
    known = cv2.resize(inside, size, interpolation=cv2.INTER_NEAREST)
    picture = _continued(grey, known).round().clip(0, 255).astype(np.uint8)
    across, down = LARGE_PX / size[0], LARGE_PX / size[1]
    stretch = np.array([[across, 0, 0], [0, down, 0], [0, 0, 1]], np.float64)
    return Print(
        *both_places(picture),
        phashes(picture, picture),
        composed(TO_CENTRES, stretch, inverse(TO_CENTRES)),
    )


def candidates(prints: Sequence[Print], parts: np.ndarray) -> Iterator[CandidatePair]:
    """Yield the pairs of different parts that have corners in one arrangement, or hashes that are near."""
    for name in np.unique(parts):
        columns, rows = np.flatnonzero(parts == name), np.flatnonzero(parts != name)
        yield from _by_keypoints(prints, rows.tolist(), columns.tolist())
        yield from _by_hash(prints, rows.tolist(), columns.tolist())


def pairs_within(prints: Sequence[Print]) -> Iterator[CandidatePair]:
    """Yield all pairs of a few regions as they are cut, and those that have corners in one arrangement."""
    for row, column in itertools.combinations(range(len(prints)), 2):
        for is_mirrored in (False, True):
            yield _candidate(row, column, is_mirrored, np.eye(3))
    yield from candidates(prints, np.arange(len(prints)))


def _by_keypoints(
    prints: Sequence[Print], rows: list[int], columns: list[int]
) -> Iterator[CandidatePair]:
    indexed = {column: prints[column].keypoints.strongest(INDEXED) for column in columns}
    index = KeypointIndex.of(indexed, sought=len(rows))
    for is_mirrored in (False, True):
        sought = [_places(prints[row], is_mirrored) for row in rows]
        strongest = [places.strongest(INDEXED) for places in sought]
        for row, places, alike in zip(rows, sought, index.alike(strongest), strict=True):
            for column in alike:
                count, matrix = arranged(prints[column].keypoints, places)
                if count >= LEAST_ARRANGED and is_mild(matrix, SIDE_PX, SIDE_PX):
                    squares = prints[column].to_square, matrix, inverse(prints[row].to_square)
                    yield _candidate(row, column, is_mirrored, composed(*squares))


def _by_hash(
    prints: Sequence[Print], rows: list[int], columns: list[int]
) -> Iterator[CandidatePair]:
    """Yield regions that look alike as a whole; they are laid on each other as they are cut."""
    plain = len(VIEWS) // 2
    stored = np.array([prints[column].hashes[0] for column in columns], np.uint64)
    sought = np.concatenate([prints[row].hashes[::plain] for row in rows] or [stored[:0]])
    for asked, found, _ in neighbours(stored, sought, RADIUS_BITS, MOST_NEAR).tolist():
        yield _candidate(rows[asked // 2], columns[found], bool(asked % 2), np.eye(3))


def _candidate(row: int, column: int, is_mirrored: bool, matrix: Matrix) -> CandidatePair:
    """Begin with a matrix that lays the row's square on the column's; an alignment maps back."""
    start = inverse(matrix)[:2].astype(np.float32)
    return CandidatePair(row, column, is_mirrored, Alignment(start, LARGE_PX, 0.0))


def _places(known: Print, is_mirrored: bool) -> Keypoints:
    return known.mirrored if is_mirrored else known.keypoints


def _continued(grey: FloatArray, inside: FloatArray) -> FloatArray:
    """Continue a region smoothly beyond its outline, which else would have corners of its own."""
    import cv2

    known = inside > 0
    levels = np.where(known, grey, grey[known].mean() if known.any() else 0)
    light = np.stack([grey * inside, inside], axis=2)
    for radius_px in RADII_PX:
        around, share = cv2.split(cv2.GaussianBlur(light, (0, 0), radius_px))
        reached = ~known & (share > LEAST_REACHED)
        levels[reached] = around[reached] / share[reached]
        known |= reached
    return np.asarray(levels, np.float32)
