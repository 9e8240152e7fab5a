"""Decodes photos as both programs see them: upright, 8-bit, sRGB, without metadata."""

import io

import numpy as np
from PIL import Image, ImageCms, ImageOps

from faces.scaling import shrunk


def draft(image: Image.Image, mode: str, least_side_px: int) -> None:
    """Let a JPEG be decoded at reduced size, with its longest side at least `least_side_px`."""
    scale = least_side_px / max(image.size)
    width_px, height_px = (max(1, int(side * scale)) for side in image.size)
    image.draft(mode, (width_px, height_px))


def upright(image: Image.Image) -> Image.Image:
    """Decode to 8-bit sRGB, rotated upright by EXIF, without metadata."""
    image.load()
    ImageOps.exif_transpose(image, in_place=True)
    flat = _to_srgb(to_eight_bits(image))
    flat.info = {}
    return flat


def upright_reduced(image: Image.Image, least_side_px: int) -> Image.Image:
    """Decode like `upright`, but a JPEG at reduced size, and reduce by a whole factor.

    The longest side stays at least `least_side_px`.
    """
    draft(image, image.mode, least_side_px)
    return shrunk(upright(image), least_side_px)


def to_eight_bits(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):  # 16-bit grey: Pillow's conversion would clip rather than scale
        return Image.fromarray(
            (np.asarray(image).astype(np.int64) >> 8).clip(0, 255).astype(np.uint8)
        )
    if "transparency" in image.info or image.mode in ("RGBA", "LA", "PA", "La", "RGBa"):
        layered = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        flat = Image.alpha_composite(white, layered).convert("RGB")
        flat.info["icc_profile"] = image.info.get("icc_profile")
        return flat
    return image


def _to_srgb(image: Image.Image) -> Image.Image:
    """Convert wide-gamut and CMYK photos by their profile, so that redness means the same in all."""
    profile = image.info.get("icc_profile")
    if profile and image.mode in ("RGB", "CMYK"):
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            if "sRGB" not in ImageCms.getProfileDescription(source):
                target = ImageCms.createProfile("sRGB")
                converted = ImageCms.profileToProfile(image, source, target, outputMode="RGB")
                return converted or image.convert("RGB")
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass  # a broken profile does not reject the photo: treat its pixels as sRGB
    return image if image.mode == "RGB" else image.convert("RGB")
