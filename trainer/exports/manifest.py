"""What an export holds, as docs/manifest.md defines it; exports/reader.py reads it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from trainer.errors import ExportBroken

MANIFEST_VERSIONS = (1, 2)
SPLITS = ("train", "val", "test")
CLASSES = ("negative", "positive")
POSITIVE = "positive"
SEXES = ("female", "male", "unknown")
EVIDENCE = ("hashtag", "self_report", "visual", "clinician")
CROP_MODES = ("mask", "box")
COLUMNS = [
    "id",
    "file",
    "split",
    "fold",
    "label",
    "sex",
    "evidence",
    "raters",
    "group",
    "source",
    "width_px",
    "height_px",
    "region",
    "sha256",
    "pixel_sha256",
    "phash",
]

Point = tuple[float, float]


@dataclass(frozen=True)
class Attribute:
    """What raters recorded besides the label: a column of the table, and the values it holds.

    `unknown` says nothing; with `is_multiple` a cell holds several values, spaces between them.
    """

    code: str
    values: tuple[str, ...]
    unknown: str = ""
    is_multiple: bool = False
    is_scored: bool = True

    def allows(self, cell: str) -> bool:
        """Say whether a cell of the table may hold this."""
        given = cell.split() if self.is_multiple else [cell]
        return cell == self.unknown or (bool(given) and set(given) <= set(self.values))


@dataclass(frozen=True)
class Crop:
    """How curator cut the regions out of their photos."""

    mode: str
    fill_rgb: tuple[int, int, int]
    max_side_px: int


@dataclass(frozen=True)
class Example:
    """One exported face region; `further` are the values of a version 2's attributes that are scored."""

    id: str
    path: Path
    split: str
    fold: int
    label: str
    sex: str
    evidence: str
    raters: int
    group: str
    source: str
    width_px: int
    height_px: int
    region: tuple[Point, ...]
    sha256: str
    pixel_sha256: str = ""
    further: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def is_positive(self) -> bool:
        """Say whether the raters labelled the region positive."""
        return self.label == POSITIVE


@dataclass(frozen=True)
class Export:
    """A checked export: examples sorted by id as in the file."""

    path: Path
    name: str
    content_hash: str
    crop: Crop
    folds: int
    examples: tuple[Example, ...]
    # How its regions and labels came about, as counted by curator; empty in older exports.
    regions_by_origin: Mapping[str, int] = field(default_factory=dict)
    ratings_by_source: Mapping[str, int] = field(default_factory=dict)

    def of_split(self, split: str) -> tuple[Example, ...]:
        """Return the examples of one split."""
        return tuple(example for example in self.examples if example.split == split)


def check_trainable(export: Export) -> None:
    """Refuse an export on which no detector could be trained and scored.

    Raises:
        ExportBroken: train lacks a class, or val or test is empty.
    """
    for label in CLASSES:
        if not any(example.label == label for example in export.of_split("train")):
            raise ExportBroken(f"the train split has no {label} example: rate and export more")
    for split in ("val", "test"):
        if not export.of_split(split):
            raise ExportBroken(f"the {split} split is empty: export more, or with other --ratios")
