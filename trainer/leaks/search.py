"""Finds photos that repeat across splits or folds, or in a group: in the export's table and in its pixels."""

from __future__ import annotations

import hashlib
import itertools
import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal

import numpy as np

from trainer.errors import LeakFound
from trainer.exports.manifest import Example, Export
from trainer.images.photos import read_pixels
from trainer.leaks.alignment import STEPS, GreySquare, align, grey_square, inside_of
from trainer.leaks.candidates import CandidatePair, Print, candidates, pairs_within, print_of
from trainer.progress import counted

Partition = Literal["split", "fold"]

LEAST_CORRELATION = STEPS[-1].least
KEPT = 8  # of each photo, upright and mirrored: the most alike, after they were aligned
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
class _Region:
    """`pixels_sha256` is of the exported pixels, whatever the file's encoding."""

    pixels_sha256: str
    square: GreySquare
    known_by: Print


def refuse_leaks(leaks: Sequence[Leak], across: Partition = "split") -> None:
    """Raise LeakFound if there are any, and say what to do."""
    if leaks:
        raise LeakFound(
            f"{leak_text(leaks, across)}. The score would leak: search curator's gallery for a pair's "
            "ids, mark both photos as the same person and export again, or accept them with "
            "--accept-leaks"
        )


def find_leaks(export: Export, across: Partition = "split") -> list[Leak]:
    """Find all pairs of examples in different splits or folds that show one photo.

    Returns:
        The pairs, the most similar first.

    Source: the rule and its measured rates: docs/decisions.md#leaks.
    """
    examples = export.examples
    regions = _regions(export, examples)
    parts = np.array([str(getattr(example, across)) for example in examples])
    found = _look_alikes(regions, list(candidates([each.known_by for each in regions], parts)))
    for pair in _same_pixels(examples, regions):
        if _are_apart(pair, parts):
            found[pair] = 1.0
    leaks = [Leak(examples[i], examples[j], alike) for (i, j), alike in found.items()]
    return sorted(leaks, key=lambda leak: (-leak.correlation, leak.first.id, leak.second.id))


def find_copies(export: Export) -> list[tuple[Example, Example]]:
    """Find all pairs of examples of one group that show one photo: `find_leaks` asks across parts only."""
    shared = Counter(example.group for example in export.examples)
    examples = [example for example in export.examples if shared[example.group] > 1]
    regions = _regions(export, examples)
    places = defaultdict(list)
    for place, example in enumerate(examples):
        places[example.group].append(place)
    near = [pair for group in places.values() for pair in _candidates_within(regions, group)]
    found = _look_alikes(regions, near)
    groups = np.array([example.group for example in examples])
    same = (pair for pair in _same_pixels(examples, regions) if not _are_apart(pair, groups))
    return [(examples[i], examples[j]) for i, j in sorted({*found, *same})]


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


def _regions(export: Export, examples: Sequence[Example]) -> list[_Region]:
    def region(example: Example) -> _Region:
        pixels = read_pixels(example.path)
        digest = hashlib.sha256(f"{pixels.shape}".encode() + pixels.tobytes()).hexdigest()
        inside = inside_of(pixels, export.crop.fill_rgb)
        return _Region(digest, grey_square(pixels, inside), print_of(pixels, inside))

    with _threads() as pool:
        regions = pool.map(region, examples)
        return list(counted("reading the photos", regions, len(examples), "photos"))


def _same_pixels(examples: Sequence[Example], regions: Sequence[_Region]) -> Iterator[Pair]:
    """Pair the places of equal photos, and of equal exported pixels."""
    yield from _equal_pairs([example.pixel_sha256 for example in examples])
    yield from _equal_pairs([region.pixels_sha256 for region in regions])


def _equal_pairs(names: Sequence[str]) -> Iterator[Pair]:
    places = defaultdict(list)
    for place, name in enumerate(names):
        if name:
            places[name].append(place)
    for same in places.values():
        yield from itertools.combinations(same, 2)


def _candidates_within(
    regions: Sequence[_Region], places: Sequence[int]
) -> Iterator[CandidatePair]:
    """Yield the pairs to compare within one group, by their places among all regions."""
    for pair in pairs_within([regions[place].known_by for place in places]):
        yield replace(pair, row=places[pair.row], column=places[pair.column])


def _look_alikes(regions: Sequence[_Region], found: list[CandidatePair]) -> dict[Pair, float]:
    """Keep the pairs that are similar enough to be copies, from coarse to fine."""
    with _threads() as pool:
        for place, step in enumerate(STEPS):
            aligned = pool.map(partial(_aligned, regions, place), found)
            what = f"comparing photos for copies, step {place + 1} of {len(STEPS)}"
            found = _most_alike(counted(what, aligned, len(found), "pairs"), step.least)
    # The least similar first, so that the better correlation of a pair found twice is kept.
    return {each.pair: each.alignment.correlation for each in reversed(found)}


def _aligned(regions: Sequence[_Region], place: int, each: CandidatePair) -> CandidatePair:
    first, second = regions[each.column].square, regions[each.row].square
    return replace(each, alignment=align(first, second, each.alignment, place, each.is_mirrored))


def _most_alike(candidates: Iterable[CandidatePair], least: float) -> list[CandidatePair]:
    """Keep the KEPT best of each region, the most similar first, and none below `least`."""
    enough = [each for each in candidates if each.alignment.correlation >= least]
    kept = []
    taken: Counter[tuple[int, bool]] = Counter()
    for each in sorted(enough, key=lambda each: -each.alignment.correlation):
        taken[each.row, each.is_mirrored] += 1
        if taken[each.row, each.is_mirrored] <= KEPT:
            kept.append(each)
    return kept


def _are_apart(pair: Pair, parts: np.ndarray) -> bool:
    return bool(parts[pair[0]] != parts[pair[1]])


def _threads() -> ThreadPoolExecutor:
    """Start threads, which suffice since OpenCV and Pillow release Python's lock."""
    return ThreadPoolExecutor(os.cpu_count())
