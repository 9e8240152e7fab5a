"""Finds out what a photo's colours mean, whatever in its file says so, and converts them to sRGB.

A file can say it in an ICC profile, in PNG's chunks, in the nclx box of HEIC and AVIF or in Exif; what comes first in
`statements` decides. A profile's name says nothing, only what it does: docs/decisions.md#colours.
"""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import IO

import numpy as np
from PIL import ExifTags, Image, ImageCms
from PIL.AvifImagePlugin import AvifImageFile
from PIL.PngImagePlugin import PngImageFile

from faces.boxes import coded_colours
from faces.profiles import ADOBE_RGB, DISPLAY_P3, SRGB, coded_space, measured_space, profile_of

SAME_WITHIN = 2  # levels of 255, on every colour tried: what rounding in a profile's tables costs
ALIKE_WITHIN = 8  # levels: statements that differ by more contradict each other
# A profile's colour space, and Pillow's mode for it.
MODES = {"RGB": "RGB", "CMYK": "CMYK", "GRAY": "L"}
KNOWN = {"sRGB": SRGB, "Display P3": DISPLAY_P3, "Adobe RGB": ADOBE_RGB}
OTHER = "other"

UNSPECIFIED = 2  # of H.273's numbers: nothing is said
ADOBE_INDEX, SRGB_INDEX = "R03", "R98"
EXIF_SRGB, EXIF_ADOBE, UNCALIBRATED = 1, 2, 65535
LATTICE = {"RGB": 17, "CMYK": 7, "L": 256}  # levels of each channel that are tried
INTENT = ImageCms.Intent.RELATIVE_COLORIMETRIC
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
WANTED_CHUNKS = (b"cICP",)
# A profile that XMP names and the file lacks; the names are those of the profiles' publishers.
PROFILE_IN_XMP = re.compile(rb"""photoshop:ICCProfile(?:\s*=\s*["']|>)([^"'<]+)""")
NAMED = {b"sRGB IEC61966-2.1": SRGB, b"Adobe RGB (1998)": ADOBE_RGB, b"Display P3": DISPLAY_P3}
INTEROP_INDEX, GAMMA = 1, 42240  # tags that Pillow does not name


class Source(StrEnum):
    """Where a file says what its colours mean."""

    NOWHERE = "nowhere"
    ICC = "icc"
    CICP = "cicp"
    NCLX = "nclx"
    PNG = "png"
    EXIF = "exif"
    XMP = "xmp"


class Doubt(StrEnum):
    """Why it is uncertain what a photo's colours mean."""

    NONE = ""
    UNKNOWN = "unknown"
    CONTRADICTORY = "contradictory"


@dataclass(frozen=True)
class Statement:
    """What one place of a file says; `profile` is None if it cannot be understood."""

    source: Source
    profile: bytes | None


@dataclass(frozen=True)
class Colours:
    """What a photo's colours mean.

    Attributes:
        space: sRGB, Display P3, Adobe RGB or other.
        profile: the ICC profile to convert by; None where the pixels are taken for sRGB.
    """

    source: Source = Source.NOWHERE
    space: str = "sRGB"
    doubt: Doubt = Doubt.NONE
    profile: bytes | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class _Exif:
    """What Exif holds of colours; `places` are x and y of white, red, green and blue."""

    space: int = 0
    index: str = ""
    gamma: float = 0
    places: tuple[float, ...] = ()


def read_chunks(image: Image.Image) -> dict[bytes, bytes]:
    """Read the PNG chunks that Pillow does not: of an image that is not loaded yet.

    Of an AVIF, set what the plugin for HEIC sets of the same box.
    """
    if isinstance(image, AvifImageFile) and image.fp is not None:
        _read_nclx(image, image.fp)
    if not isinstance(image, PngImageFile) or image.fp is None:
        return {}
    place = image.fp.tell()
    try:
        return dict(_chunks(image.fp))
    finally:
        image.fp.seek(place)


def statements(image: Image.Image, chunks: Mapping[bytes, bytes]) -> list[Statement]:
    """List what a loaded image's file says of its colours, the decisive first."""
    said = [*_coded(image, chunks), *_by_icc(image), *_by_png(image), *_by_exif(image)]
    return said or [*_hints(image)]


def decide(said: Sequence[Statement], mode: str) -> Colours:
    """Decide what the colours of an image of this mode mean by all that is said of them.

    A file that says nothing is taken for sRGB without doubt, as browsers do, unless it holds inks.
    """
    usable = [
        (one.source, one.profile) for one in said if one.profile and _transform(one.profile, mode)
    ]
    if not usable:
        return Colours(doubt=Doubt.UNKNOWN if said or mode == "CMYK" else Doubt.NONE)
    (source, profile), *others = usable
    agree = all(_difference(profile, other, mode) <= ALIKE_WITHIN for _, other in others)
    doubt = Doubt.NONE if agree and len(usable) == len(said) else Doubt.CONTRADICTORY
    space = _space_of(profile, mode)
    return Colours(source, space, doubt, None if space == "sRGB" else profile)


def to_srgb(flat: Image.Image, colours: Colours) -> Image.Image:
    """Convert an image of mode RGB, CMYK or L to sRGB."""
    if transform := _transform(colours.profile, flat.mode):
        return transform.apply(flat)
    return flat if flat.mode == "RGB" else flat.convert("RGB")


def _chunks(file: IO[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """Yield a PNG's small chunks before its pixels."""
    file.seek(len(PNG_SIGNATURE))
    while len(head := file.read(8)) == 8:
        length, name = struct.unpack(">I4s", head)
        if name == b"IDAT":
            return
        if name in WANTED_CHUNKS and length <= 64:
            yield name, file.read(length)
            file.seek(4, io.SEEK_CUR)
        else:
            file.seek(length + 4, io.SEEK_CUR)


def _read_nclx(image: Image.Image, file: IO[bytes]) -> None:
    file.seek(0)
    if numbers := coded_colours(file.read()):
        image.info["nclx_profile"] = dict(
            zip(("color_primaries", "transfer_characteristics"), numbers, strict=True)
        )


def _coded(image: Image.Image, chunks: Mapping[bytes, bytes]) -> Iterator[Statement]:
    """Yield what numbers of H.273 say, in PNG's cICP chunk or an nclx box."""
    if chunk := chunks.get(b"cICP"):
        is_full_range = chunk[2:] == b"\0\1"
        yield Statement(Source.CICP, _coded_profile(*chunk[:2]) if is_full_range else None)
    nclx = image.info.get("nclx_profile")
    if nclx and "icc_profile" not in image.info:
        numbers = int(nclx["color_primaries"]), int(nclx["transfer_characteristics"])
        if numbers != (UNSPECIFIED, UNSPECIFIED):
            yield Statement(Source.NCLX, _coded_profile(*numbers))


def _by_icc(image: Image.Image) -> Iterator[Statement]:
    if "icc_profile" in image.info:
        yield Statement(Source.ICC, image.info["icc_profile"])


def _by_png(image: Image.Image) -> Iterator[Statement]:
    """Yield what PNG's older chunks say, where they say all of it."""
    gamma, places = image.info.get("gamma"), image.info.get("chromaticity")
    if "srgb" in image.info:
        yield Statement(Source.PNG, profile_of(SRGB))
    if gamma is not None and places is not None:
        yield Statement(Source.PNG, _measured(gamma, places))


def _hints(image: Image.Image) -> Iterator[Statement]:
    """Yield what says a part only, or only that the colours are not sRGB."""
    gamma, places = image.info.get("gamma"), image.info.get("chromaticity")
    if gamma is not None or places is not None:
        yield Statement(Source.PNG, _measured(gamma, places))
    elif name := PROFILE_IN_XMP.search(_xmp(image)):
        space = NAMED.get(name[1])
        yield Statement(Source.XMP, profile_of(space) if space else None)
    elif _exif(image).space == UNCALIBRATED:
        yield Statement(Source.EXIF, None)


def _xmp(image: Image.Image) -> bytes:
    xmp = image.info.get("xmp", b"")
    return xmp if isinstance(xmp, bytes) else b""


def _by_exif(image: Image.Image) -> Iterator[Statement]:
    """Yield what Exif says: an index of its interoperability rules, a colour space, or primaries."""
    exif = _exif(image)
    if exif.index == ADOBE_INDEX or exif.space == EXIF_ADOBE:
        yield Statement(Source.EXIF, profile_of(ADOBE_RGB))
    if exif.space == EXIF_SRGB or (exif.index == SRGB_INDEX and exif.space != UNCALIBRATED):
        yield Statement(Source.EXIF, profile_of(SRGB))
    if exif.places:
        yield Statement(Source.EXIF, _measured(1 / exif.gamma if exif.gamma else None, exif.places))


def _exif(image: Image.Image) -> _Exif:
    """Read what Exif holds of colours; nothing where it is damaged, as any file's may be."""
    try:
        exif = image.getexif()
        inner, interop = exif.get_ifd(ExifTags.IFD.Exif), exif.get_ifd(ExifTags.IFD.Interop)
        places = (
            exif.get(tag) for tag in (ExifTags.Base.WhitePoint, ExifTags.Base.PrimaryChromaticities)
        )
        return _Exif(
            space=int(inner.get(ExifTags.Base.ColorSpace, 0)),
            index=str(interop.get(INTEROP_INDEX, ""))[:3],
            gamma=float(inner.get(GAMMA, 0)),
            places=tuple(float(number) for pair in places for number in pair or ()),
        )
    except (
        ValueError,
        TypeError,
        LookupError,
        ArithmeticError,
        SyntaxError,
        OSError,
        struct.error,
    ):
        return _Exif()


def _coded_profile(primaries: int, curve: int) -> bytes | None:
    space = coded_space(primaries, curve)
    return profile_of(space) if space else None


def _measured(gamma: float | None, places: Sequence[float] | None) -> bytes | None:
    space = measured_space(gamma, places)
    return profile_of(space) if space else None


@lru_cache(maxsize=64)
def _transform(profile: bytes | None, mode: str) -> ImageCms.ImageCmsTransform | None:
    """Build the conversion to sRGB; None if the profile is damaged, or not one for this mode."""
    if not profile:
        return None
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if MODES.get(source.profile.xcolor_space.strip()) != mode:
            return None
        target = ImageCms.createProfile("sRGB")
        return ImageCms.buildTransform(source, target, mode, "RGB", INTENT)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None


def _space_of(profile: bytes, mode: str) -> str:
    """Name a space by what its profile does."""
    if mode != "RGB":
        return OTHER
    for name, space in KNOWN.items():
        if _difference(profile, profile_of(space), mode) <= SAME_WITHIN:
            return name
    return OTHER


def _difference(one: bytes, other: bytes, mode: str) -> int:
    """Return by how many levels of 255 two profiles differ at most, over colours of the whole space."""
    return int(np.abs(_converted_lattice(one, mode) - _converted_lattice(other, mode)).max())


@lru_cache(maxsize=64)
def _converted_lattice(profile: bytes, mode: str) -> np.ndarray:
    transform, lattice = _transform(profile, mode), _lattice(mode)
    return np.asarray(transform.apply(lattice) if transform else lattice, np.int16)


@lru_cache
def _lattice(mode: str) -> Image.Image:
    """Return an image of colours spread over the whole space."""
    levels = np.linspace(0, 255, LATTICE[mode]).round().astype(np.uint8)
    bands = len(mode)
    colours = np.stack(np.meshgrid(*[levels] * bands), axis=-1).reshape(1, -1, bands)
    return Image.fromarray(colours[..., 0] if bands == 1 else colours, mode)
