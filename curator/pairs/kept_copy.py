"""Which photo of a group of copies is kept, and by which rule; what is a copy is not decided here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from curator.base.messages import translatable

NEAR = 0.95  # of the most pixels: borders are found within a few pixels
NEAR_SHARE = 0.03
# How many bytes of a JPEG a byte of these is worth, at the same damage: docs/decisions.md#least-compressed
WORTH = {"PNG": 0.2, "WEBP": 1.4, "HEIF": 1.4}


@dataclass(frozen=True)
class Facts:
    """The facts behind the choice; `content_share` of the photo is neither border nor caption bar."""

    id: int
    pixels: int
    content_share: float
    size_bytes: int
    format: str
    is_excluded: bool
    is_collage: bool = False

    @property
    def content_px(self) -> float:
        return self.pixels * self.content_share

    @property
    def worth_bytes(self) -> float:
        return self.size_bytes * WORTH.get(self.format, 1)


class Choice(NamedTuple):
    id: int
    rule: str  # the last one that set a photo aside; empty for a photo alone


def choose(photos: Sequence[Facts]) -> Choice:
    """Choose the photo to keep: rule after rule sets photos aside, until one is left."""
    left, deciding = list(photos), ""
    for rule, passes in RULES.items():
        stay = passes(left)
        if len(stay) < len(left):
            left, deciding = stay, rule
    return Choice(left[0].id, deciding)


def _not_excluded(photos: list[Facts]) -> list[Facts]:
    return [photo for photo in photos if not photo.is_excluded] or photos


def _no_collage(photos: list[Facts]) -> list[Facts]:
    return [photo for photo in photos if not photo.is_collage] or photos


def _most_pixels(photos: list[Facts]) -> list[Facts]:
    most = max(photo.content_px for photo in photos)
    return [photo for photo in photos if photo.content_px >= NEAR * most]


def _least_border(photos: list[Facts]) -> list[Facts]:
    best = max(photo.content_share for photo in photos)
    return [photo for photo in photos if photo.content_share >= best - NEAR_SHARE]


def _least_compressed(photos: list[Facts]) -> list[Facts]:
    most = max(photo.worth_bytes for photo in photos)
    return [photo for photo in photos if photo.worth_bytes == most]


def _earliest(photos: list[Facts]) -> list[Facts]:
    return [min(photos, key=lambda photo: photo.id)]


RULES: dict[str, Callable[[list[Facts]], list[Facts]]] = {
    translatable("the others are excluded"): _not_excluded,
    translatable("the others are collages"): _no_collage,
    translatable("most pixels, not counting borders"): _most_pixels,
    translatable("least border or caption around it"): _least_border,
    translatable("least compressed"): _least_compressed,
    translatable("earliest in the collection"): _earliest,
}
