"""Cuts the regions of an export out of their photos, and describes each as a row of the manifest."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from curator.base.config import Config
from curator.base.errors import DecodingFailed, ExportImpossible
from curator.base.pixels import load, png
from curator.base.store import Store
from curator.base.workers import bounds, spread
from curator.exports.manifest import CLASSES, Example, Settings, short_ids
from curator.exports.planning import Place, Plan
from curator.exports.splits import SPLITS
from curator.ratings.attributes import further_attributes
from curator.ratings.regions import format_fractions
from faces.cutting import cut_region
from faces.photos import DECODE_ERRORS
from faces.regions import Region

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class _Cut:
    """A worker's task: cut one region into a file."""

    photo: Path
    region: Region
    target: Path
    settings: Settings


@dataclass(frozen=True)
class _Written:
    width_px: int
    height_px: int
    sha256: str


def write_images(
    folder: Path, plan: Plan, config: Config, settings: Settings, progress: Progress
) -> list[Example]:
    ids = short_ids([place.photo.pixel_sha256 for place in plan.places])
    files = [
        f"{place.split}/{place.photo.consensus.label}/{ids[place.photo.pixel_sha256]}.png"
        for place in plan.places
    ]
    for split in SPLITS:
        for label in CLASSES:
            (folder / split / label).mkdir(parents=True)
    cuts = _cuts(folder, plan, files, config, settings)
    examples = []
    written = spread(_cut, cuts, config.worker_count, bounds(config), _not_cut)
    for place, file, image in zip(plan.places, files, written, strict=True):
        examples.append(_example(place, ids[place.photo.pixel_sha256], file, image))
        progress(len(examples), len(files))
    return sorted(examples, key=lambda example: example.id)


def _cuts(
    folder: Path, plan: Plan, files: Sequence[str], config: Config, settings: Settings
) -> Iterator[_Cut]:
    store = Store(config.instance)
    for place, file in zip(plan.places, files, strict=True):
        one = place.photo
        photo = store.photo(one.file_sha256, one.format)
        yield _Cut(photo, one.consensus.region, folder / file, settings)


def _cut(cut: _Cut) -> _Written:
    try:
        photo = load(cut.photo)
    except DECODE_ERRORS as error:
        raise _unreadable(cut.photo) from error
    image = cut_region(
        photo,
        cut.region,
        mask=cut.settings.crop == "mask",
        fill_rgb=(cut.settings.fill_grey,) * 3,
        max_side_px=cut.settings.max_side_px,
    )
    content = png(image)
    cut.target.write_bytes(content)
    return _Written(image.width, image.height, hashlib.sha256(content).hexdigest())


def _not_cut(cut: _Cut, failed: DecodingFailed) -> _Written:
    raise _unreadable(cut.photo) from failed


def _unreadable(photo: Path) -> ExportImpossible:
    return ExportImpossible(
        "The stored photo %(name)s can no longer be read: restore the instance's photos "
        "folder from a backup, or exclude this photo.",
        name=photo.name,
    )


def _example(place: Place, short_id: str, file: str, image: _Written) -> Example:
    one = place.photo
    return Example(
        id=short_id,
        file=file,
        split=place.split,
        fold=place.fold,
        label=one.consensus.label,
        sex=one.consensus.values["sex"],
        evidence=one.consensus.values["evidence"],
        raters=one.consensus.raters,
        group=one.group,
        source=one.source,
        width_px=image.width_px,
        height_px=image.height_px,
        region=format_fractions(one.consensus.region),
        sha256=image.sha256,
        pixel_sha256=one.pixel_sha256,
        phash=one.phash,
        further={a.code: one.consensus.values[a.code] for a in further_attributes()},
    )
