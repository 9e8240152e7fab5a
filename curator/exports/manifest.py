"""Writes an export's manifest, as docs/manifest.md describes it."""

import csv
import hashlib
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from curator.base.consent import COUNTED
from curator.exports.splits import SPLITS
from curator.ratings.attributes import (
    SEX,
    Attribute,
    attributes,
    further_attributes,
    rests_on_source,
)
from curator.ratings.consensus import Consensus
from curator.ratings.origins import ORIGINS

CLASSES = ("negative", "positive")
NOT_RECORDED = "not_recorded"
TRAINER = "trainer"  # the format of docs/manifest.md


@dataclass(frozen=True)
class Settings:
    """An export's settings; the defaults are those of `flask curator export`.

    `crop` is empty in formats that hold no cut regions.
    """

    ratios: tuple[int, int, int] = (70, 15, 15)
    folds: int = 5
    seed: int = 1
    crop: str = "mask"
    fill_grey: int = 128
    max_side_px: int = 512
    min_evidence: str = "hashtag"
    format: str = TRAINER
    consent: str = ""  # the scope that it must cover; empty demands none

    @property
    def scheme(self) -> str:
        """Identify the settings that determine a photo's split and fold."""
        return f"{'-'.join(map(str, self.ratios))}/{self.folds}/{self.seed}"

    def as_manifest(self) -> dict[str, Any]:
        return {
            "classes": list(CLASSES),
            **({"format": self.format} if self.format != TRAINER else {}),
            **({"crop": self._crop()} if self.crop else {}),
            "split": {
                "ratios": dict(zip(SPLITS, self.ratios, strict=True)),
                "folds": self.folds,
                "seed": self.seed,
            },
            "min_evidence": self.min_evidence,
            **({"consent": self.consent} if self.consent else {}),
            **({"attributes": described_attributes()} if manifest_version() > 1 else {}),
        }

    def _crop(self) -> dict[str, Any]:
        return {
            "mode": self.crop,
            "fill_rgb": [self.fill_grey] * 3,
            "max_side_px": self.max_side_px,
        }


@dataclass(frozen=True)
class Example:
    """One row of examples.csv, with fields in column order.

    `further` holds the attributes that make the manifest version 2, each a column at the end.
    """

    id: str
    file: str
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
    region: str
    sha256: str
    pixel_sha256: str
    phash: str
    further: Mapping[str, str] = field(default_factory=dict)


COLUMNS = tuple(field.name for field in fields(Example) if field.name != "further")
NUMBERS = frozenset(field.name for field in fields(Example) if field.type is int)


def manifest_version() -> int:
    """Return 1 for a study that records only sex and evidence, 2 if it records more."""
    return 2 if further_attributes() else 1


def described_attributes() -> list[dict[str, Any]]:
    """Describe the attributes' columns for readers of the manifest."""
    return [
        {
            "code": attribute.code,
            "name": attribute.name,
            "values": list(attribute.codes),
            "unknown": attribute.unknown,
            "multiple": attribute.is_multiple,
            "stratifies": attribute.stratifies,
            "scores": attribute.scores,
        }
        for attribute in attributes()
    ]


def dataset_facts(
    settings: Settings,
    examples: Sequence[Example],
    left_out: Mapping[str, int],
    agreed: Sequence[Consensus],
    consents: Iterable[str] = (),
    freeze: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return the contents of dataset.json."""
    content_hash = _content_hash(settings, examples)
    is_manifest = settings.format == TRAINER
    return {
        **({"manifest_version": manifest_version()} if is_manifest else {}),
        "name": f"malar-{content_hash[:12]}{'' if is_manifest else f'-{settings.format}'}",
        "positive_class": CLASSES[1],
        "counts": _counts(examples),
        "counts_by_sex": _counts_by(SEX, examples),
        **_counts_of_further(examples),
        "regions_by_origin": _counts_by_origin(agreed),
        "ratings_by_source": _counts_by_source(agreed),
        "photos_by_consent": _counts_by_consent(consents),
        "left_out": dict(left_out),
        "content_hash": content_hash,
        **({"freeze": {**freeze}} if freeze else {}),
        **settings.as_manifest(),
    }


def write_manifest(folder: Path, facts: Mapping[str, Any], examples: Sequence[Example]) -> None:
    """Write dataset.json and examples.csv into the folder of images."""
    write_facts(folder, facts)
    (folder / "examples.csv").write_bytes(examples_csv(examples))


def write_facts(folder: Path, facts: Mapping[str, Any]) -> None:
    text = json.dumps(facts, indent=2, sort_keys=True, ensure_ascii=False)
    (folder / "dataset.json").write_bytes(f"{text}\n".encode())


def examples_csv(examples: Sequence[Example]) -> bytes:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(column_names())
    writer.writerows(row_of(example).values() for example in examples)
    return buffer.getvalue().encode()


def column_names() -> tuple[str, ...]:
    return (*COLUMNS, *(attribute.code for attribute in further_attributes()))


def row_of(example: Example) -> dict[str, str | int]:
    """Return an example's cells by column, in order."""
    plain = {name: getattr(example, name) for name in COLUMNS}
    return {**plain, **{a.code: example.further[a.code] for a in further_attributes()}}


def by_split(examples: Sequence[Example]) -> Iterator[tuple[str, list[Example]]]:
    """Yield each split that has photos with its rows: many readers stumble over a file without any."""
    for split in SPLITS:
        if members := [example for example in examples if example.split == split]:
            yield split, members


def short_ids(pixel_hashes: Sequence[str]) -> dict[str, str]:
    """Shorten hashes to 16 digits, or to as many as keep them unique."""
    for digits in range(16, 65):
        short = {full: full[:digits] for full in pixel_hashes}
        if len(set(short.values())) == len(short):
            return short
    raise ValueError("two photos have the same pixels")


def _content_hash(settings: Settings, examples: Sequence[Example]) -> str:
    head = json.dumps(settings.as_manifest(), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{head}\n".encode() + examples_csv(examples)).hexdigest()


def _counts(examples: Sequence[Example]) -> dict[str, Any]:
    found = Counter((example.split, example.label) for example in examples)
    by_split = {split: {label: found[split, label] for label in CLASSES} for split in SPLITS}
    return {"total": len(examples), **by_split}


def _counts_by_origin(agreed: Iterable[Consensus]) -> dict[str, int]:
    found = Counter(one.origin for one in agreed)
    return {origin or NOT_RECORDED: found[origin] for origin in ORIGINS}


def _counts_by_source(agreed: Iterable[Consensus]) -> dict[str, int]:
    """Count the ratings and rulings behind the labels by whether the photo's source was in view."""
    said = [opinion for one in agreed for opinion in one.opinions]
    found = Counter(opinion.source_shown for opinion in said)
    by_sight = sum(
        bool(opinion.source_shown) and not rests_on_source(opinion.values) for opinion in said
    )
    return {
        "shown": found[True],
        "hidden": found[False],
        NOT_RECORDED: found[None],
        "by_sight_shown": by_sight,
    }


def _counts_by_consent(consents: Iterable[str]) -> dict[str, int]:
    found = Counter(consents)
    return {word: found[word] for word in COUNTED}


def _counts_of_further(examples: Sequence[Example]) -> dict[str, Any]:
    found = {attribute.code: _counts_by(attribute, examples) for attribute in further_attributes()}
    return {"counts_by_attribute": found} if found else {}


def _counts_by(attribute: Attribute, examples: Sequence[Example]) -> dict[str, dict[str, int]]:
    """Count photos by label and value; a photo with several values counts under each."""
    found = Counter(
        (example.label, code)
        for example in examples
        for code in attribute.chosen(value_of(example, attribute)) or (attribute.unknown,)
    )
    codes = (*attribute.known_codes, attribute.unknown)
    return {label: {code: found[label, code] for code in codes} for label in CLASSES}


def value_of(example: Example, attribute: Attribute) -> str:
    held = example.further.get(attribute.code)
    return str(getattr(example, attribute.code)) if held is None else held
