"""Makes an export's pictures, cut regions or whole photos, and describes each as a row of the manifest."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from curator.base.config import Config
from curator.base.errors import DecodingFailed, ExportImpossible
from curator.base.pixels import load, png
from curator.base.progress import Progress
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

FAST = 1  # a whole photo takes long: a ninth larger than by the usual level, in less than half the time


@dataclass(frozen=True)
class Pictures:
    """The pictures of a format: `file` is their path by split, label and id, or empty for none."""

    file: str
    are_whole: bool = False

    def path(self, split: str, label: str, short_id: str) -> str:
        return self.file.format(split=split, label=label, id=short_id)


@dataclass(frozen=True)
class _Cut:
    """A worker's task: write one region, or the whole photo if it is None, into a file."""

    photo: Path
    region: Region | None
    target: Path
    settings: Settings


@dataclass(frozen=True)
class _Written:
    width_px: int
    height_px: int
    sha256: str


def write_images(
    folder: Path,
    plan: Plan,
    config: Config,
    settings: Settings,
    pictures: Pictures,
    progress: Progress,
) -> list[Example]:
    """Write the pictures of a plan; return its rows, sorted by id."""
    ids = short_ids([place.photo.pixel_sha256 for place in plan.places])
    files = [
        pictures.path(place.split, place.photo.consensus.label, ids[place.photo.pixel_sha256])
        for place in plan.places
    ]
    for split in SPLITS:
        for label in CLASSES:
            parent = (folder / pictures.path(split, label, "id")).parent
            parent.mkdir(parents=True, exist_ok=True)
    if pictures.file:
        cuts = _cuts(folder, plan, files, config, settings, are_whole=pictures.are_whole)
        written = spread(_cut, cuts, config.worker_count, bounds(config), _not_cut)
    else:
        written = (_unwritten(place) for place in plan.places)
    examples = []
    for place, file, image in zip(plan.places, files, written, strict=True):
        examples.append(_example(place, ids[place.photo.pixel_sha256], file, image))
        progress(len(examples), len(files))
    return sorted(examples, key=lambda example: example.id)


def _cuts(
    folder: Path,
    plan: Plan,
    files: Sequence[str],
    config: Config,
    settings: Settings,
    *,
    are_whole: bool,
) -> Iterator[_Cut]:
    store = Store(config.instance)
    for place, file in zip(plan.places, files, strict=True):
        one = place.photo
        photo = store.photo(one.file_sha256, one.format)
        region = None if are_whole else one.consensus.region
        yield _Cut(photo, region, folder / file, settings)


def _cut(cut: _Cut) -> _Written:
    try:
        photo = load(cut.photo)
    except DECODE_ERRORS as error:
        raise _unreadable(cut.photo) from error
    if cut.region is None:
        return _put(cut.target, photo, png(photo, FAST))
    image = cut_region(
        photo,
        cut.region,
        mask=cut.settings.crop == "mask",
        fill_rgb=(cut.settings.fill_grey,) * 3,
        max_side_px=cut.settings.max_side_px,
    )
    return _put(cut.target, image, png(image))


def _put(target: Path, image: Image.Image, content: bytes) -> _Written:
    target.write_bytes(content)
    return _Written(image.width, image.height, hashlib.sha256(content).hexdigest())


def _unwritten(place: Place) -> _Written:
    return _Written(place.photo.width_px, place.photo.height_px, "")


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
