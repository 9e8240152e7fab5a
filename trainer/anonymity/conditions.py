"""What finds a person's photos again without the face: how, where and in which light they were taken."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from trainer.evidence.confounder_features import (
    BLANKED,
    DESCRIBE,
    FILE_FACTS,
    SHAPE,
    outline,
    region_facts,
)
from trainer.exports.manifest import Crop, Example
from trainer.images.photos import read_pixels
from trainer.progress import counted

FACTS, OUTLINE, AROUND, COLOURS = "file facts", "outline", "surroundings", "colours"
BINS = 8  # of each of the three channels of CIELAB

# What each sees, in words that end a sentence.
SEEN = {
    FACTS: "size, compression, source and place of the region",
    OUTLINE: "the outline of the region",
    AROUND: "what lies around the region",
    COLOURS: "how much of the region is of which colour",
}


def condition_features(examples: Sequence[Example], crop: Crop) -> dict[str, np.ndarray]:
    """Describe some examples by each of SEEN: (N, D) by its name; a mask leaves nothing around."""
    counting = counted("measuring conditions", examples, len(examples), "photos")
    facts = [(region_facts(example), _colours(example)) for example in counting]
    described = {FACTS: FILE_FACTS, OUTLINE: SHAPE}
    if crop.mode == "box":
        described[AROUND] = BLANKED
    seen = {name: DESCRIBE[of]([region for region, _ in facts]) for name, of in described.items()}
    return seen | {COLOURS: np.array([colours for _, colours in facts])}


def _colours(example: Example) -> np.ndarray:
    """Count the region's colours in CIELAB, each channel for itself; roots make them comparable."""
    import cv2

    pixels = read_pixels(example.path)
    height, width = pixels.shape[:2]
    lab = cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB)[outline(example, width, height)]
    counts = [np.histogram(channel, BINS, (0, 256))[0] for channel in lab.T]
    return np.sqrt(np.concatenate(counts) / max(1, len(lab)))
