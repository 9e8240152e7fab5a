"""Writes the ratings of whole photos as the files of tools in which people draw and answer."""

from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from curator.exports.manifest import Example, by_split, value_of
from curator.formats import coco, cvat, redcap
from curator.formats.labelstudio import config, writing
from curator.formats.marks import RatedPhoto
from curator.ratings.attributes import attributes
from curator.ratings.regions import stored_region

SERVED = "/data/local-files/?d="  # where Label Studio finds files below its document root


def write_coco(folder: Path, _facts: Mapping[str, Any], examples: Sequence[Example]) -> None:
    """Write annotations/instances_<split>.json for each split that has photos."""
    (folder / "annotations").mkdir()
    for split, members in by_split(examples):
        rated = [_rated(one, PurePosixPath(one.file).name) for one in members]
        (folder / "annotations" / f"instances_{split}.json").write_bytes(coco.write(rated))


def write_cvat(folder: Path, _facts: Mapping[str, Any], examples: Sequence[Example]) -> None:
    rated = [_rated(one, one.file) for one in examples]
    (folder / "annotations.xml").write_bytes(cvat.write(rated))


def write_labelstudio(folder: Path, _facts: Mapping[str, Any], examples: Sequence[Example]) -> None:
    """Write tasks.json and config.xml, the labelling config that the tasks need."""
    rated = [_rated(one, SERVED + one.file) for one in examples]
    (folder / "tasks.json").write_bytes(writing.write(rated))
    (folder / "config.xml").write_bytes(config.labelling_config().encode())


def write_redcap(folder: Path, _facts: Mapping[str, Any], examples: Sequence[Example]) -> None:
    """Write dictionary.csv, REDCap's form, and data.csv, its records."""
    (folder / "dictionary.csv").write_bytes(redcap.write_dictionary())
    rated = [_rated(one, "") for one in examples]
    (folder / "data.csv").write_bytes(redcap.write_records(rated))


def _rated(example: Example, file: str) -> RatedPhoto:
    return RatedPhoto(
        id=example.id,
        file=file,
        width_px=example.width_px,
        height_px=example.height_px,
        label=example.label,
        values={attribute.code: value_of(example, attribute) for attribute in attributes()},
        region=stored_region(example.region),
        split=example.split,
    )
