"""Finds and opens photos to predict, and cuts them as the export's photos were."""

import warnings
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
from PIL import Image

from faces.cutting import cut_region
from faces.decoding import upright, upright_reduced
from faces.regions import MAX_POINTS, Flaw, Point, Region, RegionUnfit, as_kept, fitted
from trainer.errors import PhotoUnreadable, RegionInvalid
from trainer.exports.manifest import Crop

# The files of a folder that are taken as photos; a file named directly is tried whatever its suffix.
SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif", ".tif", ".tiff"}
FLAWS: dict[Flaw, str] = {
    "points": f"a region has 3 to {MAX_POINTS} points",
    "outside": "the region lies outside the photo of {width}x{height} pixels",
    "crossing": "the region's outline crosses itself",
    "small": "the region is too small to hold cheeks and nose",
}

Outline = tuple[Point, ...]  # pixels of the upright photo


def find_photos(paths: Iterable[Path]) -> list[Path]:
    """Replace each folder by the photos in it and its subfolders, sorted; hidden ones are skipped.

    Raises:
        PhotoUnreadable: a folder has no photos.
    """
    found: list[Path] = []
    for path in paths:
        below = _photos_below(path) if path.is_dir() else [path]
        if not below:
            raise PhotoUnreadable(f"{path}: this folder has no photos")
        found += below
    return found


def open_photo(path: Path) -> Image.Image:
    """Open a photo upright and in sRGB.

    Raises:
        PhotoUnreadable: it cannot be decoded.
    """
    return _opened(path, upright)


def open_reduced(path: Path, least_side_px: int) -> Image.Image:
    """Open a photo as `open_photo` does, its longest side not much above `least_side_px`."""
    return _opened(path, lambda image: upright_reduced(image, least_side_px))


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


def _photos_below(folder: Path) -> list[Path]:
    return sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in SUFFIXES
        and path.is_file()
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )


def _opened(path: Path, decode: Callable[[Image.Image], Image.Image]) -> Image.Image:
    if not path.is_file():
        raise PhotoUnreadable("the file does not exist")
    _know_heic()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path) as image:
                return decode(image)
    # On a broken file Pillow raises nearly anything: SyntaxError, struct.error, ValueError.
    except Exception as error:
        raise PhotoUnreadable(_reason(error)) from error


def _know_heic() -> None:
    try:
        from pillow_heif import register_heif_opener
    except ImportError:
        return
    register_heif_opener()


def _reason(error: Exception) -> str:
    if isinstance(error, Image.DecompressionBombWarning | Image.DecompressionBombError):
        return "the photo is too large"
    return "not a readable photo"
