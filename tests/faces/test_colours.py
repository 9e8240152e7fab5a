"""A photo's colours are read by whatever its file says of them, in every packing, and doubt is named."""

import io
import struct
import zlib

import numpy as np
import pillow_heif
import pytest
from PIL import ExifTags, Image, ImageCms, PngImagePlugin

from faces.colours import Colours, Doubt, Source
from faces.decoding import upright_with_colours
from faces.profiles import (
    ADOBE_RGB,
    DISPLAY_P3,
    LINEAR,
    PRIMARIES,
    SRGB,
    SRGB_CURVE,
    Space,
    profile_of,
)

pillow_heif.register_heif_opener()

SKIN, RASH, RED, GREY = (224, 172, 150), (198, 84, 78), (210, 70, 60), (128, 128, 128)
PATCHES = (SKIN, RASH, RED, GREY)
PATCH_PX = 64
PROPHOTO = Space(
    (0.3457, 0.3585), (0.734699, 0.265301), (0.159597, 0.840403), (0.036598, 0.000105), (1.8,)
)
BT2020 = Space(*PRIMARIES[9], SRGB_CURVE)
LINEAR_SRGB = Space(*PRIMARIES[1], LINEAR)
SPACES = {
    "sRGB": SRGB,
    "Display P3": DISPLAY_P3,
    "Adobe RGB": ADOBE_RGB,
    "linear": LINEAR_SRGB,
    "BT.2020": BT2020,
    "ProPhoto": PROPHOTO,
}


def picture(space: Space = SRGB) -> Image.Image:
    """Return the patches side by side, their numbers as this space gives them."""
    rows = np.repeat(np.repeat(np.array([PATCHES], np.uint8), PATCH_PX, 0), PATCH_PX, 1)
    image = Image.fromarray(rows)
    target = ImageCms.ImageCmsProfile(io.BytesIO(profile_of(space)))
    intent = ImageCms.Intent.RELATIVE_COLORIMETRIC
    done = ImageCms.profileToProfile(image, ImageCms.createProfile("sRGB"), target, intent, "RGB")
    assert done
    done.info = {}
    return done


def saved(image: Image.Image, form: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    if form == "JPEG":
        options = {"quality": 95, "subsampling": 0} | options
    image.save(buffer, form, **options)
    return buffer.getvalue()


def read(content: bytes) -> tuple[np.ndarray, Colours]:
    """Decode a file: the middle colour of each patch, and what the colours were taken for."""
    with Image.open(io.BytesIO(content)) as image:
        flat, colours = upright_with_colours(image)
    middle = PATCH_PX // 2
    return np.asarray(flat)[middle, middle::PATCH_PX].astype(int), colours


def is_right(patches: np.ndarray, within: int = 3) -> bool:
    return bool(np.abs(patches - np.array(PATCHES)).max() <= within)


def with_chunk(png: bytes, name: bytes, data: bytes) -> bytes:
    """Put a chunk after the header of a PNG."""
    body = name + data
    chunk = struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))
    return png[:33] + chunk + png[33:]


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "HEIF"])
@pytest.mark.parametrize("space", SPACES)
def test_a_profile_is_read_by_what_it_does(space: str, form: str) -> None:
    profile = profile_of(SPACES[space])
    options = {"lossless": True} if form == "WEBP" else {"quality": -1} if form == "HEIF" else {}
    patches, colours = read(saved(picture(SPACES[space]), form, icc_profile=profile, **options))
    assert is_right(patches)
    assert colours.source is Source.ICC
    assert colours.space == (space if space in ("sRGB", "Display P3", "Adobe RGB") else "other")
    assert colours.doubt is Doubt.NONE


def test_pixels_that_are_srgb_stay_as_they_are() -> None:
    image = picture()
    for profile in (
        profile_of(SRGB),
        ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(),
    ):
        content = saved(image, "PNG", icc_profile=profile)
        with Image.open(io.BytesIO(content)) as opened:
            flat, _ = upright_with_colours(opened)
        assert flat.tobytes() == image.tobytes()


def cicp(space: int, curve: int, matrix: int = 0, full: int = 1) -> bytes:
    return bytes([space, curve, matrix, full])


def chrm(space: Space) -> bytes:
    places = (*space.white, *space.red, *space.green, *space.blue)
    return struct.pack(">8I", *(round(place * 100_000) for place in places))


def gama(exponent: float) -> bytes:
    return struct.pack(">I", round(exponent * 100_000))


def test_png_says_it_by_numbers() -> None:
    png = with_chunk(saved(picture(DISPLAY_P3), "PNG"), b"cICP", cicp(12, 13))
    patches, colours = read(png)
    assert is_right(patches)
    assert (colours.source, colours.space) == (Source.CICP, "Display P3")


@pytest.mark.parametrize(
    ("space", "exponent"),
    [
        (DISPLAY_P3, 0.45455),
        (ADOBE_RGB, 0.45470),
        (LINEAR_SRGB, 1.0),
        (PROPHOTO, 1 / 1.8),
        (SRGB, 0.45455),
    ],
)
def test_png_says_it_by_primaries_and_exponent(space: Space, exponent: float) -> None:
    png = with_chunk(saved(picture(space), "PNG"), b"cHRM", chrm(space))
    patches, colours = read(with_chunk(png, b"gAMA", gama(exponent)))
    assert is_right(patches)
    assert colours.doubt is Doubt.NONE


def test_a_part_of_what_png_says_contradicts_no_profile() -> None:
    png = saved(picture(DISPLAY_P3), "PNG", icc_profile=profile_of(DISPLAY_P3))
    patches, colours = read(with_chunk(png, b"gAMA", gama(0.45455)))
    assert is_right(patches)
    assert colours.doubt is Doubt.NONE


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize(
    "written", ['photoshop:ICCProfile="{}"', "<photoshop:ICCProfile>{}</photoshop:ICCProfile>"]
)
def test_a_profile_that_only_xmp_names_is_read(written: str, form: str) -> None:
    lossless = {"lossless": True} if form == "WEBP" else {}
    xmp = f"<x:xmpmeta>{written}</x:xmpmeta>"
    named = xmp.format("Adobe RGB (1998)").encode()
    patches, colours = read(with_xmp(picture(ADOBE_RGB), form, named, **lossless))
    assert is_right(patches)
    assert (colours.source, colours.doubt) == (Source.XMP, Doubt.NONE)
    unheard_of = xmp.format("My scanner").encode()
    assert read(with_xmp(picture(), form, unheard_of, **lossless))[1].doubt is Doubt.UNKNOWN


def with_xmp(image: Image.Image, form: str, xmp: bytes, **options: object) -> bytes:
    if form == "PNG":
        text = PngImagePlugin.PngInfo()
        text.add_itxt("XML:com.adobe.xmp", xmp.decode())
        return saved(image, form, pnginfo=text)
    return saved(image, form, xmp=xmp, **options)


def test_png_in_linear_light_says_it_by_its_exponent_alone() -> None:
    patches, _ = read(with_chunk(saved(picture(LINEAR_SRGB), "PNG"), b"gAMA", gama(1.0)))
    assert is_right(patches)


@pytest.mark.parametrize("mode", ["P", "RGBA"])
@pytest.mark.parametrize("told_by", ["icc", "cicp", "chrm"])
def test_the_packing_makes_no_difference(mode: str, told_by: str) -> None:
    image = picture(DISPLAY_P3)
    packed = image.quantize(8) if mode == "P" else image.convert(mode)
    if told_by == "icc":
        content = saved(packed, "PNG", icc_profile=profile_of(DISPLAY_P3))
    elif told_by == "cicp":
        content = with_chunk(saved(packed, "PNG"), b"cICP", cicp(12, 13))
    else:
        content = with_chunk(saved(packed, "PNG"), b"cHRM", chrm(DISPLAY_P3))
    patches, colours = read(content)
    assert is_right(patches)
    assert colours.space == "Display P3"


def test_png_with_transparent_colours_is_converted() -> None:
    image = picture(ADOBE_RGB).quantize(8)
    content = saved(image, "PNG", icc_profile=profile_of(ADOBE_RGB), transparency=7)
    assert read(content)[1].space == "Adobe RGB"


@pytest.mark.parametrize(("primaries", "space"), [(12, DISPLAY_P3), (9, BT2020), (1, SRGB)])
def test_heic_says_it_by_numbers(primaries: int, space: Space) -> None:
    numbers = {
        "color_primaries": primaries,
        "transfer_characteristics": 13,
        "matrix_coefficients": 6,
    }
    content = saved(
        picture(space), "HEIF", quality=-1, save_nclx_profile=True, full_range_flag=1, **numbers
    )
    patches, colours = read(content)
    assert is_right(patches)
    assert colours.source is Source.NCLX


def exif(
    space: int = 65535, index: str = "", gamma: float = 0, places: Space | None = None
) -> bytes:
    written = Image.Exif()
    inner = written.get_ifd(ExifTags.IFD.Exif)
    inner[ExifTags.Base.ColorSpace] = space
    if gamma:
        inner[42240] = gamma
    if index:
        inner[ExifTags.IFD.Interop] = {1: index}
    if places:
        written[ExifTags.Base.WhitePoint] = places.white
        written[ExifTags.Base.PrimaryChromaticities] = (*places.red, *places.green, *places.blue)
    return written.tobytes()


@pytest.mark.parametrize("form", ["JPEG", "WEBP", "PNG"])
@pytest.mark.parametrize(
    "told",
    [exif(2), exif(index="R03"), exif(places=ADOBE_RGB, gamma=2.2)],
    ids=["2", "R03", "places"],
)
def test_exif_says_it(told: bytes, form: str) -> None:
    lossless = {"lossless": True} if form == "WEBP" else {}
    patches, colours = read(saved(picture(ADOBE_RGB), form, exif=told, **lossless))
    assert is_right(patches)
    assert colours == Colours(Source.EXIF, "Adobe RGB")


def test_a_file_that_says_nothing_is_taken_for_srgb() -> None:
    for form in ("JPEG", "PNG", "WEBP"):
        assert read(saved(picture(), form))[1] == Colours()


def told_by_profile(space: Space, form: str = "JPEG", **options: object) -> bytes:
    return saved(picture(space), form, icc_profile=profile_of(space), **options)


PNG = saved(picture(), "PNG")
HLG = {"color_primaries": 9, "transfer_characteristics": 18, "matrix_coefficients": 9}
UNKNOWN = {
    "uncalibrated": saved(picture(), "JPEG", exif=exif()),
    "no profile": saved(picture(), "JPEG", icc_profile=b"no profile"),
    "cut profile": saved(picture(), "JPEG", icc_profile=profile_of(DISPLAY_P3)[:300]),
    "profile of inks": saved(
        picture(), "JPEG", icc_profile=profile_of(SRGB).replace(b"RGB ", b"CMYK")
    ),
    "inks": saved(picture().convert("CMYK"), "JPEG"),
    "PQ": with_chunk(PNG, b"cICP", cicp(9, 16)),
    "HLG": saved(picture(), "HEIF", **HLG),
    "narrow range": with_chunk(PNG, b"cICP", cicp(12, 13, full=0)),
    "no such number": with_chunk(PNG, b"cICP", cicp(77, 13)),
    "no primaries": with_chunk(PNG, b"cHRM", bytes(32)),
    "no exponent": with_chunk(PNG, b"gAMA", bytes(4)),
}


@pytest.mark.parametrize("case", UNKNOWN)
def test_colours_that_cannot_be_known_are_named(case: str) -> None:
    assert read(UNKNOWN[case])[1].doubt is Doubt.UNKNOWN


P3_PNG = told_by_profile(DISPLAY_P3, "PNG")
ADOBE_CHUNKS = with_chunk(with_chunk(PNG, b"cHRM", chrm(ADOBE_RGB)), b"gAMA", gama(0.45455))
CONTRADICTIONS = {
    "profile and Exif": (told_by_profile(DISPLAY_P3, exif=exif(1)), "Display P3"),
    "profile and R03": (told_by_profile(SRGB, exif=exif(index="R03")), "sRGB"),
    "Exif and R03": (saved(picture(ADOBE_RGB), "JPEG", exif=exif(1, index="R03")), "Adobe RGB"),
    "no profile and Exif": (
        saved(picture(ADOBE_RGB), "JPEG", icc_profile=b"no profile", exif=exif(2)),
        "Adobe RGB",
    ),
    "cICP and profile": (
        with_chunk(
            saved(picture(DISPLAY_P3), "PNG", icc_profile=profile_of(SRGB)), b"cICP", cicp(12, 13)
        ),
        "Display P3",
    ),
    "profile and chunks": (
        with_chunk(with_chunk(P3_PNG, b"cHRM", chrm(SRGB)), b"gAMA", gama(0.45455)),
        "Display P3",
    ),
    "sRGB and chunks": (with_chunk(ADOBE_CHUNKS, b"sRGB", b"\0"), "sRGB"),
}


@pytest.mark.parametrize("case", CONTRADICTIONS)
def test_statements_that_contradict_each_other_are_named(case: str) -> None:
    content, space = CONTRADICTIONS[case]
    patches, colours = read(content)
    assert is_right(patches)
    assert (colours.space, colours.doubt) == (space, Doubt.CONTRADICTORY)
