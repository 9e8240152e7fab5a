"""Finds and opens photos to predict, and cuts them as the export's photos were."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from faces.cutting import cut_region
from faces.decoding import upright, upright_reduced
from faces.formats import Limits
from faces.listing import list_files, readable
from faces.photos import PhotoRefused, check_colour, opened, read_file
from faces.regions import MAX_POINTS, Flaw, Point, Region, RegionUnfit, as_kept, fitted
from trainer.errors import PhotoUnreadable, RegionInvalid
from trainer.exports.manifest import Crop

LIMITS = Limits()
COLOUR_SEEN_PX = 256  # at this size import looks for colour
FLAWS: dict[Flaw, str] = {
    "points": f"a region has 3 to {MAX_POINTS} points",
    "outside": "the region lies outside the photo of {width}x{height} pixels",
    "crossing": "the region's outline crosses itself",
    "small": "the region is too small to hold cheeks and nose",
}

Outline = tuple[Point, ...]  # pixels of the upright photo


@dataclass(frozen=True)
class Candidate:
    """A file to predict; `problem` says why a folder's file is left out."""

    path: Path
    problem: str | None = None


@dataclass(frozen=True)
class Candidates:
    """Files to predict, in order; `ignored` counts files that are nobody's photos."""

    files: list[Candidate]
    ignored: int

    @property
    def photos(self) -> list[Path]:
        return [each.path for each in self.files if each.problem is None]


def find_photos(paths: Iterable[Path]) -> Candidates:
    """Replace each folder by the files in it and its subfolders, and say which of them are no photos.

    Raises:
        PhotoUnreadable: a folder has no files.
    """
    found: list[Candidate] = []
    ignored = 0
    for path in paths:
        if not path.is_dir():
            found.append(Candidate(path))
            continue
        listing = list_files([path])
        if not listing.files and not listing.refused:
            raise PhotoUnreadable(f"{readable(str(path))}: this folder has no photos")
        refused = [Candidate(one.file.path, one.refusal.message) for one in listing.refused]
        files = [Candidate(one.path, _problem(one.path)) for one in listing.files]
        found += sorted([*refused, *files], key=lambda each: each.path)
        ignored += listing.ignored
    return Candidates(found, ignored)


def open_photo(path: Path) -> Image.Image:
    """Open a photo upright and in sRGB.

    Raises:
        PhotoUnreadable: it is not a photo by the rule of import, or cannot be decoded.
    """
    with _opened(path) as image:
        return upright(image)


def open_reduced(path: Path, least_side_px: int) -> Image.Image:
    """Open a photo as `open_photo` does, its longest side not much above `least_side_px`."""
    with _opened(path) as image:
        return upright_reduced(image, least_side_px)


def check_photo(path: Path) -> None:
    """Refuse a photo in which redness could not be seen.

    Raises:
        PhotoUnreadable
    """
    with _opened(path) as image:
        check_colour(upright_reduced(image, COLOUR_SEEN_PX))


def is_blank(path: Path) -> bool:
    """Say whether an exported region is of one colour, beside that of its masked surroundings."""
    with Image.open(path) as image:
        return image.getcolors(2) is not None


def read_pixels(path: Path) -> np.ndarray:
    """Decode an exported image: (height, width, 3) uint8."""
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def parse_region(text: str) -> Outline:
    """Parse `x,y x,y x,y ...`, pixels of the upright photo.

    Raises:
        RegionInvalid: it is not three or more points.
    """
    try:
        points = tuple((float(x), float(y)) for x, y in (pair.split(",") for pair in text.split()))
    except ValueError:
        points = ()
    if len(points) < 3 or not np.isfinite(points).all():
        raise RegionInvalid(
            f"region '{text[:60]}' is not three or more points: write it as \"x,y x,y x,y\""
        )
    return points


def region_on(photo: Image.Image, outline: Outline) -> Region:
    """Turn an outline in pixels into a region of the photo.

    Raises:
        RegionInvalid: it breaks the rules that a rater's region must keep.
    """
    width, height = photo.size
    try:
        return as_kept(fitted(tuple((x / width, y / height) for x, y in outline)))
    except RegionUnfit as unfit:
        raise RegionInvalid(FLAWS[unfit.flaw].format(width=width, height=height)) from unfit


def cut_for(crop: Crop, photo: Image.Image, region: Region) -> np.ndarray:
    """Cut a region as the export's settings say: (height, width, 3) uint8."""
    cut = cut_region(
        photo,
        region,
        mask=crop.mode == "mask",
        fill_rgb=crop.fill_rgb,
        max_side_px=crop.max_side_px,
    )
    return np.asarray(cut)


def _problem(path: Path) -> str | None:
    """Return why a file is no photo, by its content's header; None if it may be one."""
    try:
        with _opened(path):
            return None
    except PhotoUnreadable as problem:
        return str(problem)


@contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    if not path.exists():
        raise PhotoUnreadable("the file does not exist")
    try:
        with opened(read_file(path, LIMITS.max_file_bytes), LIMITS) as image:
            yield image
    except PhotoRefused as refused:
        raise PhotoUnreadable(refused.message) from refused
