"""Small pictures of photos for reports and folders: heat maps, cases and augmented views."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from PIL import Image, ImageOps

from trainer.config import RunConfig
from trainer.data import Colour, photo_views
from trainer.explain import Explanation, explain_examples, stretched
from trainer.manifest import POSITIVE, Example
from trainer.model import Detector

HEAT_OPACITY = 0.6
JPEG_QUALITY = 85


@dataclass(frozen=True)
class Card:
    """One picture of a sheet: a data URI and what stands beneath it."""

    picture: str
    caption: str


def draw_explanation(explanation: Explanation) -> Image.Image:
    """Draw a photo beside its heat map, with the region's outline: (2 * size, size) RGB.

    The map lies on the photo in grey, so that every colour is the map's.
    """
    photo = Image.fromarray(explanation.pixels)
    heat = stretched(explanation.heat, photo.width)
    grey = ImageOps.grayscale(photo).convert("RGB")
    mapped = np.asarray(Image.blend(grey, _coloured(heat), HEAT_OPACITY)).copy()
    mapped[_outline(explanation.region)] = 255
    pair = Image.new("RGB", (2 * photo.width, photo.height))
    pair.paste(photo, (0, 0))
    pair.paste(Image.fromarray(mapped), (photo.width, 0))
    return pair


def as_jpeg(image: Image.Image) -> bytes:
    """Encode a picture without metadata."""
    buffer = BytesIO()
    image.save(buffer, format="JPEG", quality=JPEG_QUALITY)
    return buffer.getvalue()


def as_data_uri(image: Image.Image) -> str:
    """Write a picture so that a page can carry it."""
    return "data:image/jpeg;base64," + base64.b64encode(as_jpeg(image)).decode("ascii")


def case_sheets(
    detector: Detector,
    examples: Sequence[Example],
    scores: Sequence[float],
    threshold: float,
    config: RunConfig,
    fill: Colour,
    count: int,
) -> dict[str, list[Card]]:
    """Show up to `count` photos each that are surely right, barely right, and wrong."""
    chosen = choose_cases([x.is_positive for x in examples], scores, threshold, count)
    return {
        kind: [
            case_card(explanation)
            for explanation in explain_examples(
                detector, [examples[place] for place in places], config, fill
            )
        ]
        for kind, places in chosen.items()
    }


def choose_cases(
    labels: Sequence[bool], scores: Sequence[float], threshold: float, count: int
) -> dict[str, list[int]]:
    """Choose places in the order of their telling: best, worst (barely right) and wrong.

    Wrong calls begin with the surest: those say most of what the detector did not learn.
    """
    sureness = np.abs(np.asarray(scores) - threshold)
    is_right = (np.asarray(scores) >= threshold) == np.asarray(labels)
    falling = np.argsort(-sureness, kind="stable")
    right = [int(place) for place in falling if is_right[place]]
    wrong = [int(place) for place in falling if not is_right[place]]
    best = right[:count]
    barely = [place for place in reversed(right) if place not in best]
    return {"best": best, "worst": barely[:count], "wrong": wrong[:count]}


def case_card(explanation: Explanation) -> Card:
    """Show one case: the photo, its map, and what raters and detector say."""
    mass = explanation.mass_in_region
    share = "no heat" if mass is None else f"{mass:.0%} of the heat in the region"
    caption = (
        f"{explanation.id}: raters {explanation.label}, P({POSITIVE}) {explanation.score:.2f}; "
        f"{share}, which is {explanation.area_share:.0%} of the square"
    )
    return Card(as_data_uri(draw_explanation(explanation)), caption)


def augmentation_sheet(example: Example, config: RunConfig, fill: Colour) -> list[Card]:
    """Show a photo as the network sees it, and the augmented views that it trained on."""
    numbers = range(1 + config.views)
    pictures = photo_views([example], config, fill, numbers).as_numpy_iterator()
    return [
        Card(as_data_uri(Image.fromarray(picture)), f"view {number}" if number else "as it is")
        for number, picture in zip(numbers, pictures, strict=True)
    ]


def _coloured(heat: np.ndarray) -> Image.Image:
    """Colour a map by viridis, whose lightness rises evenly and which no skin resembles."""
    from matplotlib import colormaps

    return Image.fromarray(colormaps["viridis"](heat, bytes=True)[..., :3])


def _outline(region: np.ndarray) -> np.ndarray:
    """Select the region's pixels that touch its outside: bool of the same shape."""
    padded = np.pad(region, 1)
    inner = padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    edge: np.ndarray = region & ~inner
    return edge
