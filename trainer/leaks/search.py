"""Finds photos that repeat across splits or folds: in the export's table and in its pixels."""

from __future__ import annotations

import hashlib
import itertools
import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any, Literal

import numpy as np

from trainer.errors import LeakFound
from trainer.exports.manifest import Example, Export
from trainer.images.photos import read_pixels
from trainer.leaks.alignment import (
    COARSE,
    COARSE_PX,
    STEPS,
    Alignment,
    FloatArray,
    GreySquare,
    align,
    grey_square,
    stretch,
)
from trainer.progress import counted

Partition = Literal["split", "fold"]

LEAST_CORRELATION = STEPS[-1].least
CANDIDATES = 30  # of each photo, upright and mirrored: the most similar coarse squares
KEPT = 8  # of those, after they were aligned
SCALES = (0.9, 0.97, 1.03, 1.1)
MOST_STRETCH = 0.14  # difference of the two scales
SHIFTS_PX = (-2.0, -1.0, 0.0, 1.0, 2.0)  # of COARSE_PX
MOST_LISTED = 10

Pair = tuple[int, int]  # places in the export, the lower one first


@dataclass(frozen=True)
class Leak:
    """Two examples of different splits or folds that show one photo.

    `correlation` is 1 for the same photo or the same pixels, and at least LEAST_CORRELATION.
    """

    first: Example
    second: Example
    correlation: float


@dataclass(frozen=True)
class Pose:
    """How a coarse square may lie on its copy: scaled and shifted, columns first, then rows."""

    scale: tuple[float, float]
    shift_px: tuple[float, float]


def _all_poses() -> Iterator[Pose]:
    for across, down in itertools.product(SCALES, repeat=2):
        if abs(across - down) <= MOST_STRETCH:
            for right, below in itertools.product(SHIFTS_PX, repeat=2):
                yield Pose((across, down), (right, below))


POSES = tuple(_all_poses())


@dataclass(frozen=True)
class _CandidatePair:
    """Two places in the export: the row's region is laid on the column's."""

    row: int
    column: int
    is_mirrored: bool
    alignment: Alignment

    @property
    def pair(self) -> Pair:
        return min(self.row, self.column), max(self.row, self.column)


@dataclass(frozen=True)
class _HashedSquare:
    """`pixels_sha256` is of the exported pixels, whatever the file's encoding."""

    pixels_sha256: str
    region: GreySquare


def refuse_leaks(leaks: Sequence[Leak], across: Partition = "split") -> None:
    """Raise LeakFound if there are any, and say what to do."""
    if leaks:
        raise LeakFound(
            f"{leak_text(leaks, across)}. The score would leak: decide each pair in curator as "
            "copies or as the same person and export again, or accept them with --accept-leaks"
        )


def find_leaks(export: Export, across: Partition = "split") -> list[Leak]:
    """Find all pairs of examples in different splits or folds that show one photo.

    Returns:
        The pairs, the most similar first.

    Source: the rule and its measured rates: docs/decisions.md#leaks.
    """
    examples = export.examples
    squares = _hashed_squares(export)
    parts = np.array([str(getattr(example, across)) for example in examples])
    found = _look_alikes([square.region for square in squares], parts)
    for names in ([x.pixel_sha256 for x in examples], [square.pixels_sha256 for square in squares]):
        found |= dict.fromkeys(_equal_pairs(names, parts), 1.0)
    leaks = [Leak(examples[i], examples[j], alike) for (i, j), alike in found.items()]
    return sorted(leaks, key=lambda leak: (-leak.correlation, leak.first.id, leak.second.id))


def leak_text(leaks: Sequence[Leak], across: Partition = "split") -> str:
    """Say in one line which photos repeat."""
    listed = "; ".join(_pair_text(leak, across) for leak in leaks[:MOST_LISTED])
    more = f"; and {len(leaks) - MOST_LISTED} more" if len(leaks) > MOST_LISTED else ""
    pairs = "1 pair shows" if len(leaks) == 1 else f"{len(leaks)} pairs show"
    return f"{pairs} one photo in two {across}s: {listed}{more}"


def describe_leak(leak: Leak) -> dict[str, Any]:
    """Describe a pair for metrics.json."""
    pair = [{"id": x.id, "split": x.split, "fold": x.fold} for x in (leak.first, leak.second)]
    return {"examples": pair, "likeness": leak.correlation}


def _pair_text(leak: Leak, across: Partition) -> str:
    first, second = (f"{x.id} ({getattr(x, across)})" for x in (leak.first, leak.second))
    return f"{first} and {second}, similarity {leak.correlation:.2f}"


def _hashed_squares(export: Export) -> list[_HashedSquare]:
    def square(example: Example) -> _HashedSquare:
        pixels = read_pixels(example.path)
        digest = hashlib.sha256(f"{pixels.shape}".encode() + pixels.tobytes()).hexdigest()
        return _HashedSquare(digest, grey_square(pixels, export.crop.fill_rgb))

    with _threads() as pool:
        squares = pool.map(square, export.examples)
        return list(counted("reading the photos", squares, len(export.examples), "photos"))


def _equal_pairs(names: Sequence[str], parts: np.ndarray) -> Iterator[Pair]:
    """Pair the places of equal names in different parts."""
    places = defaultdict(list)
    for place, name in enumerate(names):
        if name:
            places[name].append(place)
    for same in places.values():
        yield from (pair for pair in itertools.combinations(same, 2) if _are_apart(pair, parts))


def _look_alikes(regions: Sequence[GreySquare], parts: np.ndarray) -> dict[Pair, float]:
    """Find pairs in different parts that are similar enough to be copies, from coarse to fine."""
    found = list(_candidates(regions, parts))
    with _threads() as pool:
        for place, step in enumerate(STEPS):
            aligned = pool.map(partial(_aligned, regions, place), found)
            what = f"comparing photos for leaks, step {place + 1} of {len(STEPS)}"
            found = _most_alike(counted(what, aligned, len(found), "pairs"), step.least)
    # The least similar first, so that the better correlation of a pair found twice is kept.
    return {each.pair: each.alignment.correlation for each in reversed(found)}


def _aligned(regions: Sequence[GreySquare], place: int, each: _CandidatePair) -> _CandidatePair:
    first, second = regions[each.column], regions[each.row]
    return replace(each, alignment=align(first, second, each.alignment, place, each.is_mirrored))


def _most_alike(candidates: Iterable[_CandidatePair], least: float) -> list[_CandidatePair]:
    """Keep the KEPT best of each region, the most similar first, and none below `least`."""
    enough = [each for each in candidates if each.alignment.correlation >= least]
    kept = []
    taken: Counter[tuple[int, bool]] = Counter()
    for each in sorted(enough, key=lambda each: -each.alignment.correlation):
        taken[each.row, each.is_mirrored] += 1
        if taken[each.row, each.is_mirrored] <= KEPT:
            kept.append(each)
    return kept


def _candidates(regions: Sequence[GreySquare], parts: np.ndarray) -> Iterator[_CandidatePair]:
    """Choose for each region the most similar coarse squares of other parts.

    Parts are gone through from the smallest on, each against all larger ones: of two parts the
    smaller one's squares are laid in every pose. A face is nearly its own mirror image, so
    upright and mirrored candidates are chosen separately.
    """
    squares = np.stack([region.detail(COARSE).levels for region in regions])
    names, sizes = np.unique(parts, return_counts=True)
    left = np.ones(len(parts), dtype=bool)
    for name in names[np.argsort(sizes, kind="stable")][:-1]:
        rows = np.flatnonzero(parts == name)
        left[rows] = False
        columns = np.flatnonzero(left)
        for is_mirrored in (False, True):
            posed = squares[rows][:, :, ::-1] if is_mirrored else squares[rows]
            scores, poses = _best_poses(posed, squares[columns])
            for place, row in enumerate(rows):
                for best in np.argsort(-scores[place], kind="stable")[:CANDIDATES]:
                    pose = POSES[poses[place, best]]
                    start = Alignment(stretch(COARSE_PX, pose.scale, pose.shift_px), COARSE_PX, 0.0)
                    yield _CandidatePair(int(row), int(columns[best]), is_mirrored, start)


def _best_poses(squares: FloatArray, others: FloatArray) -> tuple[np.ndarray, np.ndarray]:
    """Correlate squares in every pose with other squares.

    Args:
        squares: (N, side, side), zero outside the outline.
        others: (M, side, side).

    Returns:
        (N, M) best correlation, and (N, M) which of POSES has it.
    """
    # A pose moves columns, then rows, which leaves a square transposed.
    upright = _unit(others.transpose(0, 2, 1)).T
    best = np.full((len(squares), len(others)), -1.0, dtype=np.float32)
    which = np.zeros(best.shape, dtype=np.int16)
    poses = counted("looking for similar photos", POSES, len(POSES), "poses")
    for number, pose in enumerate(poses):
        posed = squares
        for axis, (scale, shift) in enumerate(zip(pose.scale, pose.shift_px, strict=True)):
            posed = np.tensordot(posed, _sampling(scale, shift), axes=(2 - axis, 1))
        scores = _unit(posed) @ upright
        better = scores > best
        best[better] = scores[better]
        which[better] = number
    return best, which


@cache
def _sampling(scale: float, shift_px: float) -> FloatArray:
    """Build the (side, side) matrix that samples a line of pixels, linearly, scaled and shifted."""
    middle = (COARSE_PX - 1) / 2
    at = (np.arange(COARSE_PX) - middle) * scale + middle + shift_px
    weights = 1 - np.abs(at[:, np.newaxis] - np.arange(COARSE_PX))
    sampling: FloatArray = np.maximum(weights, 0).astype(np.float32)
    return sampling


def _unit(squares: FloatArray) -> FloatArray:
    flat = squares.reshape(len(squares), -1)
    norms: np.ndarray = np.linalg.norm(flat, axis=1, keepdims=True)
    return np.asarray(flat / np.maximum(norms, 1e-6))


def _are_apart(pair: Pair, parts: np.ndarray) -> bool:
    return bool(parts[pair[0]] != parts[pair[1]])


def _threads() -> ThreadPoolExecutor:
    """Start threads, which suffice since OpenCV and Pillow release Python's lock."""
    return ThreadPoolExecutor(os.cpu_count())
