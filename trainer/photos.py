"""Opens a photo as curator would have and cuts the region that a detector was trained on."""

import math
import warnings
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms, ImageDraw, ImageOps

from trainer.errors import PhotoUnreadable, RegionInvalid
from trainer.manifest import Crop, Point

Region = tuple[Point, ...]


def open_photo(path: Path) -> Image.Image:
    """Open a photo upright and in sRGB.

    Raises:
        PhotoUnreadable: it is no photo that can be decoded.
    """
    if not path.is_file():
        raise PhotoUnreadable(f"{path}: there is no such file")
    _know_heic()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path) as image:
                return _in_srgb(_in_eight_bits(ImageOps.exif_transpose(image)))
    # On a broken file Pillow raises nearly anything: SyntaxError, struct.error, ValueError.
    except Exception as error:
        raise PhotoUnreadable(f"{path}: {_reason(error)}") from error


def parse_region(text: str) -> Region:
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


def cut_region(photo: Image.Image, region: Region | None, crop: Crop) -> np.ndarray:
    """Cut a region as the export's settings say; without a region the whole photo is taken.

    Args:
        photo: upright RGB.
        region: pixels of the photo.
        crop: mode, fill colour and longest side of the export.

    Returns:
        (height, width, 3) uint8.

    Raises:
        RegionInvalid: nothing of the region lies on the photo.
    """
    image = photo.copy() if region is None else _cut(photo, region, crop)
    image.thumbnail((crop.max_side_px, crop.max_side_px), Image.Resampling.LANCZOS)
    return np.asarray(image)


def _cut(photo: Image.Image, region: Region, crop: Crop) -> Image.Image:
    """Cut to the bounding box first and mask then, as curator does, so that pixels are equal."""
    box = bounding_box(region, photo.size)
    cut = photo.crop(box)
    if crop.mode == "box":
        return cut
    inside = Image.new("L", cut.size, 0)
    moved = [(x - box[0], y - box[1]) for x, y in region]
    ImageDraw.Draw(inside).polygon(moved, fill=255)
    return Image.composite(cut, Image.new("RGB", cut.size, crop.fill_rgb), inside)


def bounding_box(region: Region, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Find the left, top, right and bottom pixels of a region on a photo of a size.

    Raises:
        RegionInvalid: nothing of the region lies on the photo.
    """
    columns, rows = zip(*region, strict=True)
    left, top = max(0, math.floor(min(columns))), max(0, math.floor(min(rows)))
    right, bottom = min(size[0], math.ceil(max(columns))), min(size[1], math.ceil(max(rows)))
    if left >= right or top >= bottom:
        raise RegionInvalid(f"the region lies outside the photo of {size[0]}x{size[1]} pixels")
    return left, top, right, bottom


def _in_eight_bits(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):  # 16-bit grey: Pillow would clip it instead of scaling
        high_bytes = np.asarray(image).astype(np.int64) // 256
        return Image.fromarray(high_bytes.clip(0, 255).astype(np.uint8))
    if image.has_transparency_data:
        paper = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(paper, image.convert("RGBA")).convert("RGB")
    return image


def _in_srgb(image: Image.Image) -> Image.Image:
    profile = image.info.get("icc_profile")
    if not profile or image.mode not in ("RGB", "CMYK"):
        return image.convert("RGB")
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        target = ImageCms.createProfile("sRGB")
        converted = ImageCms.profileToProfile(image, source, target, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        converted = None
    return converted or image.convert("RGB")


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
