"""Measures which planted copies the leak check finds, and its false positives.

An export provides the regions of other people. A collection provides the photos to plant: a folder
with photos/ and truth.csv (columns file, person, copy_of, region in pixels).

    python benchmarks/leaks.py instance/exports/latest collection
"""

import argparse
import csv
import io
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image, ImageEnhance, ImageOps

from benchmarks.measuring import measured
from trainer.exports.manifest import Crop, Example, Export
from trainer.exports.reader import read_export
from trainer.images.photos import Outline, cut_for, open_photo
from trainer.leaks.search import find_leaks

CROP = Crop("mask", (128, 128, 128), 512)
MANY = 1810


@dataclass(frozen=True)
class Photo:
    image: Image.Image
    region: Outline
    person: str


Edit = Callable[[Photo, np.random.Generator], Image.Image]


def cut(photo: Photo) -> Image.Image:
    corners = np.clip(np.array(photo.region) / photo.image.size, 0, 1)
    return Image.fromarray(cut_for(CROP, photo.image, tuple((x, y) for x, y in corners.tolist())))


def as_jpeg(image: Image.Image, quality: int) -> Image.Image:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return Image.open(buffer).convert("RGB")


def scaled(image: Image.Image, share: float) -> Image.Image:
    size = (round(image.width * share), round(image.height * share))
    return image.resize(size, Image.Resampling.LANCZOS)


def corners_scaled(region: Outline, share: float) -> Outline:
    return tuple((x * share, y * share) for x, y in region)


def mirrored(photo: Photo) -> Photo:
    region = tuple((photo.image.width - x, y) for x, y in photo.region)
    return replace(photo, image=ImageOps.mirror(photo.image), region=region)


def filtered(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Change brightness and contrast by up to a quarter, and warm every second photo."""
    lit = ImageEnhance.Brightness(image).enhance(rng.uniform(0.8, 1.25))
    lit = ImageEnhance.Contrast(lit).enhance(rng.uniform(0.75, 1.3))
    tint = (1.08, 1.0, 0.88) if rng.random() < 0.5 else (1.0, 1.0, 1.0)
    return Image.fromarray((np.asarray(lit) * tint).clip(0, 255).astype(np.uint8))


def moved(region: Outline, rng: np.random.Generator, by: float = 0.05) -> Outline:
    """Move every corner by up to `by` of the region's width and height, as another rater would."""
    corners = np.array(region)
    moves = rng.uniform(-by, by, corners.shape) * np.ptp(corners, axis=0)
    return tuple((float(x), float(y)) for x, y in corners + moves)


def mirror_and_recompress(photo: Photo, _rng: np.random.Generator) -> Image.Image:
    return as_jpeg(ImageOps.mirror(cut(photo)), 60)


def recompress(photo: Photo, _rng: np.random.Generator) -> Image.Image:
    return cut(replace(photo, image=as_jpeg(photo.image, 50)))


def resize(photo: Photo, _rng: np.random.Generator) -> Image.Image:
    return scaled(cut(photo), 0.6)


def resize_strongly(photo: Photo, _rng: np.random.Generator) -> Image.Image:
    return scaled(cut(photo), 0.3)


def colour_filter(photo: Photo, rng: np.random.Generator) -> Image.Image:
    return cut(replace(photo, image=filtered(photo.image, rng)))


def crop(photo: Photo, rng: np.random.Generator) -> Image.Image:
    """Cut up to 10% off each side of the exported image."""
    image = cut(photo)
    left, top, right, bottom = rng.uniform(0, 0.1, 4) * (image.size * 2)
    box = (left, top, image.width - right, image.height - bottom)
    return image.crop(tuple(round(edge) for edge in box))


def move_region(photo: Photo, rng: np.random.Generator) -> Image.Image:
    return cut(replace(photo, region=moved(photo.region, rng)))


def move_region_far(photo: Photo, rng: np.random.Generator) -> Image.Image:
    return cut(replace(photo, region=moved(photo.region, rng, 0.08)))


def ellipse(photo: Photo, _rng: np.random.Generator) -> Image.Image:
    corners = np.array(photo.region)
    angles = np.linspace(0, 2 * np.pi, 16, endpoint=False)
    middle, size = (corners.max(axis=0) + corners.min(axis=0)) / 2, np.ptp(corners, axis=0)
    points = middle + np.stack([np.cos(angles), np.sin(angles)], axis=1) * size / 2
    return cut(replace(photo, region=tuple((float(x), float(y)) for x, y in points)))


def rectangle(photo: Photo, _rng: np.random.Generator) -> Image.Image:
    (left, top), (right, bottom) = np.min(photo.region, axis=0), np.max(photo.region, axis=0)
    corners = ((left, top), (right, top), (right, bottom), (left, bottom))
    return cut(replace(photo, region=corners))


def repost(photo: Photo, rng: np.random.Generator) -> Image.Image:
    """Mirror, filter, reduce and recompress the photo, and redraw its region."""
    flipped = mirrored(photo)
    image = as_jpeg(scaled(filtered(flipped.image, rng), 0.7), 60)
    region = corners_scaled(moved(flipped.region, rng), 0.7)
    return cut(replace(photo, image=image, region=region))


EDITS: dict[str, Edit] = {
    "mirror, JPEG 60": mirror_and_recompress,
    "JPEG 50": recompress,
    "to 60%": resize,
    "to 30%": resize_strongly,
    "filter": colour_filter,
    "crop to 10% a side": crop,
    "corners by 5%": move_region,
    "corners by 8%": move_region_far,
    "as an ellipse": ellipse,
    "as a rectangle": rectangle,
    "all at once": repost,
}


def read_photos(collection: Path) -> Iterator[Photo]:
    with (collection / "truth.csv").open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            if row["copy_of"] or not row["region"]:
                continue
            corners = (corner.split(",") for corner in row["region"].split())
            region = tuple((float(x), float(y)) for x, y in corners)
            yield Photo(open_photo(collection / "photos" / row["file"]), region, row["person"])


def example(folder: Path, name: str, person: str, split: str, image: Image.Image) -> Example:
    path = folder / f"{name}.png"
    image.save(path)
    return Example(
        id=name,
        path=path,
        split=split,
        fold=0,
        label="positive",
        sex="unknown",
        evidence="visual",
        raters=1,
        group=person,
        source="",
        width_px=image.width,
        height_px=image.height,
        region=(),
        sha256="",
    )


def as_export(examples: Sequence[Example]) -> Export:
    return Export(Path(), "benchmark", "", CROP, 5, tuple(examples))


def plant(photos: Sequence[Photo], edit: Edit, folder: Path) -> Export:
    """Put every photo in train and its copy in test."""
    rng = np.random.default_rng(1)
    examples = []
    for place, photo in enumerate(photos):
        examples.append(example(folder, f"{place:04}", photo.person, "train", cut(photo)))
        copy = edit(photo, rng)
        examples.append(example(folder, f"{place:04}-copy", photo.person, "test", copy))
    return as_export(examples)


def print_found(name: str, export: Export) -> None:
    copies = one_person = others = 0
    least = 1.0
    for leak in find_leaks(export):
        if leak.first.id[:4] == leak.second.id[:4]:
            copies += 1
            least = min(least, leak.correlation)
        elif leak.first.group == leak.second.group:
            one_person += 1
        else:
            others += 1
    rate = copies / len(export.of_split("train"))
    print(f"{name:20} {rate:7.1%}   least {least:.3f}   {one_person:3}   {others:3}", flush=True)


def print_false(export: Export) -> None:
    """Compare all photos of different groups, and the two of each group, by assigning splits."""
    for name, part_of in (("split", lambda x: x.split), ("fold", lambda x: str(x.fold))):
        apart = as_export([replace(x, split=part_of(x)) for x in export.examples])
        print(f"pairs found across each {name} of the export: {len(find_leaks(apart))}")
    seen: set[str] = set()
    halves = []
    for each in export.examples:
        halves.append(replace(each, split="test" if each.group in seen else "train"))
        seen.add(each.group)
    leaks = find_leaks(as_export(halves))
    same = sum(leak.first.group == leak.second.group for leak in leaks)
    print(f"two photos of one group taken for copies: {same}, of two groups: {len(leaks) - same}")


def print_speed(export: Export) -> None:
    """Time MANY regions, each a blend of two, so that many are similar and none is a copy."""
    with tempfile.TemporaryDirectory() as name:
        rng = np.random.default_rng(2)
        examples = []
        for place in range(MANY):
            one, other = (
                Image.open(export.examples[k].path)
                for k in rng.choice(len(export.examples), 2, replace=False)
            )
            image = Image.blend(one, other.resize(one.size), 0.5)
            split = str(rng.choice(["train", "val", "test"], p=[0.7, 0.15, 0.15]))
            examples.append(example(Path(name), f"{place:04}", f"{place}", split, image))
        many = as_export(examples)
        found = measured(lambda: len(find_leaks(many)))
        print(f"{MANY} regions: {found.seconds:.1f} s, {found.grown_mb:.0f} MB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("export", type=Path)
    parser.add_argument("collection", type=Path)
    options = parser.parse_args()
    export = read_export(options.export)
    print_false(export)
    photos = list(read_photos(options.collection))
    print("edit                   found   correlation       one person, other people")
    for name, edit in EDITS.items():
        with tempfile.TemporaryDirectory() as folder:
            print_found(name, plant(photos, edit, Path(folder)))
    print_speed(export)


if __name__ == "__main__":
    main()
