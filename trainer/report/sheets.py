"""Sheets of photos for a run's report: telling cases with heat maps, and augmented views."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from PIL import Image

from trainer.config import RunConfig
from trainer.evidence.heat_maps import Explanation, explain_examples
from trainer.evidence.overlay import as_jpeg, draw_explanation
from trainer.exports.manifest import POSITIVE, Example
from trainer.images.augmentation import photo_views
from trainer.images.squares import Colour
from trainer.networks.detector import Detector
from trainer.progress import progress_bar
from trainer.training.trainer import Trained, Trainer

SHOWN = 8  # photos of each kind in the report
HEAT = "Right half: where evidence for the rash was found (Grad-CAM), with the region's outline."
CASES = {
    "best": ("Surest right calls", HEAT),
    "worst": ("Right calls nearest to the threshold", HEAT),
    "wrong": ("Wrong calls, the surest first", HEAT),
}


@dataclass(frozen=True)
class CaptionedPicture:
    """One picture of a sheet: a data URI and its caption."""

    picture: str
    caption: str


def as_data_uri(image: Image.Image) -> str:
    """Encode a picture as a data URI."""
    return "data:image/jpeg;base64," + base64.b64encode(as_jpeg(image)).decode("ascii")


@dataclass(frozen=True)
class Sheet:
    """Pictures shown together; `explanation` says what to look for."""

    title: str
    explanation: str
    cards: Sequence[CaptionedPicture]


def draw_sheets(trainer: Trainer, kept: Trained, threshold: float) -> list[Sheet]:
    """Show what augmentation does, and where the detector found its evidence in test photos."""
    fill = trainer.export.crop.fill_rgb
    first = kept.division.train[0]
    cases = case_sheets(
        trainer.detector,
        kept.division.test,
        [one.score for one in kept.of(kept.division.test)],
        threshold,
        trainer.config,
        fill,
        SHOWN,
    )
    augmented = augmentation_sheet(first, trainer.config, fill)
    return [
        *(Sheet(*CASES[kind], cards) for kind, cards in cases.items() if cards),
        Sheet("Augmentation", "One training photo as it is, and the views made of it.", augmented),
    ]


def case_sheets(
    detector: Detector,
    examples: Sequence[Example],
    scores: Sequence[float],
    threshold: float,
    config: RunConfig,
    fill: Colour,
    count: int,
) -> dict[str, list[CaptionedPicture]]:
    """Show up to `count` photos each that are clearly right, barely right, and wrong."""
    chosen = choose_cases([x.is_positive for x in examples], scores, threshold, count)
    shown = [examples[place] for places in chosen.values() for place in places]
    with progress_bar("drawing heat maps", len(shown), "photos") as advance:
        cards = map(case_card, explain_examples(detector, shown, config, fill, advance))
        return {kind: [*islice(cards, len(places))] for kind, places in chosen.items()}


def choose_cases(
    labels: Sequence[bool], scores: Sequence[float], threshold: float, count: int
) -> dict[str, list[int]]:
    """Choose places, in the order they are shown: best, worst (barely right) and wrong.

    The surest wrong calls come first: they show best what the detector did not learn.
    """
    sureness = np.abs(np.asarray(scores) - threshold)
    is_right = (np.asarray(scores) >= threshold) == np.asarray(labels)
    falling = np.argsort(-sureness, kind="stable")
    right = [int(place) for place in falling if is_right[place]]
    wrong = [int(place) for place in falling if not is_right[place]]
    best = right[:count]
    barely = [place for place in reversed(right) if place not in best]
    return {"best": best, "worst": barely[:count], "wrong": wrong[:count]}


def case_card(explanation: Explanation) -> CaptionedPicture:
    """Show one case: the photo, its map, and what raters and detector say."""
    mass = explanation.mass_in_region
    share = (
        "no heat: no evidence for the rash anywhere"
        if mass is None
        else f"{mass:.0%} of the heat in the region, which is {explanation.area_share:.0%} of the square"
    )
    caption = f"{explanation.id}: raters {explanation.label}, P({POSITIVE}) {explanation.score:.2f}; {share}"
    return CaptionedPicture(as_data_uri(draw_explanation(explanation)), caption)


def augmentation_sheet(example: Example, config: RunConfig, fill: Colour) -> list[CaptionedPicture]:
    """Show a photo as the network sees it, and the augmented views that it trained on."""
    numbers = range(1 + config.views)
    pictures = photo_views([example], config, fill, numbers).as_numpy_iterator()
    return [
        CaptionedPicture(
            as_data_uri(Image.fromarray(picture)), f"view {number}" if number else "as it is"
        )
        for number, picture in zip(numbers, pictures, strict=True)
    ]
