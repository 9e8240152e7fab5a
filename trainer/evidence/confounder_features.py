"""What each confounder sees of an example, as a row of numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from trainer.exports.manifest import SEXES, Example
from trainer.images.photos import read_pixels

FILE_FACTS = "file facts"


SEX = "sex"


SEX_AND_SOURCE = "sex + source"


SHAPE = "shape"


BLANKED = "blanked"


MEAN_COLOUR = "mean colour"


SMALL_PX = 16


OUTLINE_PX = 256


JPEG_BLOCK_PX = 8


FeatureMatrix = np.ndarray  # (N, D) float64, one row per example


@dataclass(frozen=True)
class RegionFacts:
    """What the models see of one example; the pixels of 1,810 would fill the memory.

    `region_share` is the share of its box that the region fills; `surroundings` are SMALL_PX
    squared RGB of the crop with the region blanked, `colour` the region's mean in CIELAB.
    """

    example: Example
    width_px: int
    height_px: int
    region_share: float
    blockiness: float
    surroundings: np.ndarray
    colour: np.ndarray


def region_facts(example: Example) -> RegionFacts:
    pixels = read_pixels(example.path)
    height, width = pixels.shape[:2]
    inside = outline(example, width, height)
    return RegionFacts(
        example=example,
        width_px=width,
        height_px=height,
        region_share=float(inside.mean()),
        blockiness=_blockiness(pixels, inside),
        surroundings=_surroundings(pixels, inside),
        colour=_mean_colour(pixels, inside),
    )


def outline(example: Example, width_px: int, height_px: int) -> np.ndarray:
    """Draw the polygon over its own bounding box: (height, width) bool."""
    import cv2

    corners = np.array(example.region)
    spread = np.maximum(np.ptp(corners, axis=0), 1e-9)
    places = (corners - corners.min(axis=0)) / spread * (width_px - 1, height_px - 1)
    inside = np.zeros((height_px, width_px), np.uint8)
    cv2.fillPoly(inside, [places.round().astype(np.int32)], (1,))
    return inside.astype(bool)


def _file_facts(regions: Sequence[RegionFacts]) -> FeatureMatrix:
    """Describe a file without its picture.

    Evidence is left out: it says how a label was reached, and no picture shows it.
    """
    facts = []
    for region in regions:
        corners = np.array(region.example.region)
        height, width = region.height_px, region.width_px
        size_bytes = region.example.path.stat().st_size
        facts.append(
            [
                *(np.log(width), np.log(height), np.log(width / height)),
                size_bytes / (width * height),
                region.blockiness,
                *corners.mean(axis=0),
                *np.ptp(corners, axis=0),
                region.region_share * np.ptp(corners, axis=0).prod(),
                len(corners),
            ]
        )
    return np.hstack([np.array(facts), _sources(regions)])


def _blockiness(pixels: np.ndarray, region: np.ndarray) -> float:
    """Measure how much every eighth column and row stands out, as JPEG compression leaves it.

    The region may begin anywhere in a block, so the strongest of the eight offsets counts.
    """
    grey = pixels.mean(axis=2)
    ratios = []
    for levels, inside in ((grey, region), (grey.T, region.T)):
        both = inside[:, 1:] & inside[:, :-1]
        steps, counts = (np.abs(np.diff(levels, axis=1)) * both).sum(axis=0), both.sum(axis=0)
        means = [
            steps[phase::JPEG_BLOCK_PX].sum() / max(counts[phase::JPEG_BLOCK_PX].sum(), 1)
            for phase in range(JPEG_BLOCK_PX)
        ]
        ratios.append(max(means) / max(float(np.mean(means)), 1e-9))
    return float(np.mean(ratios))


def _sources(regions: Sequence[RegionFacts]) -> FeatureMatrix:
    known = {region.example.source for region in regions if region.example.split == "train"}
    return _one_hot([region.example.source for region in regions], sorted(known))


def _sexes(regions: Sequence[RegionFacts]) -> FeatureMatrix:
    return _one_hot([region.example.sex for region in regions], SEXES)


def _one_hot(words: Sequence[str], known: Sequence[str]) -> FeatureMatrix:
    return np.array([[word == each for each in known] for word in words], dtype=np.float64)


def _sexes_and_sources(regions: Sequence[RegionFacts]) -> FeatureMatrix:
    """Describe sex, source and each pair of the two."""
    sexes, sources = _sexes(regions), _sources(regions)
    pairs = (sexes[:, :, np.newaxis] * sources[:, np.newaxis]).reshape(len(regions), -1)
    return np.hstack([sexes, sources, pairs])


def _shapes(regions: Sequence[RegionFacts]) -> FeatureMatrix:
    """Reduce the outline, drawn at one size so that its size in the photo is hidden."""
    outlines = [outline(region.example, OUTLINE_PX, OUTLINE_PX) for region in regions]
    return np.array([_reduced(outline.astype(np.float32)) for outline in outlines])


def _surroundings(pixels: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """Reduce the picture with the mean of its surroundings in place of the region."""
    blank = pixels.astype(np.float32)
    around = blank[~inside]
    blank[inside] = around.mean(axis=0) if len(around) else 0
    return _reduced(blank)


def _mean_colour(pixels: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """Take the mean of CIELAB within the region."""
    import cv2

    lab = cv2.cvtColor(pixels.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    colour: np.ndarray = lab[inside].mean(axis=0)
    return colour


def _reduced(picture: np.ndarray) -> np.ndarray:
    import cv2

    small = cv2.resize(picture, (SMALL_PX, SMALL_PX), interpolation=cv2.INTER_AREA)
    return np.asarray(small, dtype=np.float64).ravel()


DESCRIBE: Mapping[str, Callable[[Sequence[RegionFacts]], FeatureMatrix]] = {
    FILE_FACTS: _file_facts,
    SEX: _sexes,
    SEX_AND_SOURCE: _sexes_and_sources,
    SHAPE: _shapes,
    BLANKED: lambda regions: np.array([region.surroundings for region in regions]),
    MEAN_COLOUR: lambda regions: np.array([region.colour for region in regions]),
}
