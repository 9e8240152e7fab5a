"""A photo's rule and its upright pixels: AVIF like every other format, Exif's turn and no other."""

import io

import numpy as np
import pytest
from PIL import ExifTags, Image

from faces.boxes import coded_colours
from faces.colours import Source
from faces.decoding import upright, upright_with_colours
from faces.formats import Limits
from faces.photos import PhotoRefused, check_colour, opened
from faces.profiles import DISPLAY_P3, PRIMARIES, SRGB_CURVE, Space
from tests.faces.test_colours import PATCHES, is_right, picture, read, saved

TURNS = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}  # from the upright photo to the one that is stored
XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6"/>'
    b"</rdf:RDF></x:xmpmeta>"
)


def corners(size: tuple[int, int] = (160, 120)) -> Image.Image:
    """Draw a photo whose four quarters differ."""
    quarters = Image.fromarray(
        np.array([[(200, 60, 60), (60, 160, 60)], [(70, 70, 190), (200, 180, 60)]], np.uint8)
    )
    return quarters.resize(size, Image.Resampling.NEAREST)


def turned_by(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    return exif


def opened_upright(content: bytes) -> Image.Image:
    with Image.open(io.BytesIO(content)) as image:
        return upright(image)


@pytest.mark.parametrize("form", ["AVIF", "PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("orientation", TURNS)
def test_a_photo_is_turned_upright(form: str, orientation: int) -> None:
    turn = TURNS[orientation]
    stored = corners().transpose(turn) if turn is not None else corners()
    seen = opened_upright(saved(stored, form, quality=95, exif=turned_by(orientation)))
    difference = np.asarray(seen, int) - np.asarray(corners(), int)
    assert np.abs(difference[10:50, 10:70]).mean() < 8
    assert np.abs(difference[70:110, 90:150]).mean() < 8


@pytest.mark.parametrize("form", ["AVIF", "JPEG", "WEBP"])
def test_a_turn_that_only_xmp_tells_is_passed_over_as_in_browsers(form: str) -> None:
    assert opened_upright(saved(corners(), form, xmp=XMP)).size == (160, 120)
    both = saved(corners(), form, xmp=XMP, exif=turned_by(3))
    assert opened_upright(both).size == (160, 120)


def test_damaged_exif_leaves_a_photo_as_it_lies() -> None:
    assert opened_upright(saved(corners(), "JPEG", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff")).size == (
        *(160, 120),
    )


@pytest.mark.parametrize(
    ("primaries", "space"), [(12, DISPLAY_P3), (9, Space(*PRIMARIES[9], SRGB_CURVE))]
)
def test_avif_says_its_colours_by_numbers(primaries: int, space: Space) -> None:
    plain = saved(picture(space), "AVIF", quality=100, subsampling="4:4:4")
    place = plain.index(b"colrnclx") + len(b"colrnclx")
    content = plain[:place] + primaries.to_bytes(2, "big") + plain[place + 2 :]
    assert coded_colours(content) == (primaries, 13)
    patches, colours = read(content)
    assert is_right(patches)
    assert colours.source == Source.NCLX


def test_avif_with_a_profile_is_read_by_it() -> None:
    from faces.profiles import profile_of

    content = saved(
        picture(DISPLAY_P3), "AVIF", quality=100, subsampling="4:4:4", icc_profile=profile_of(DISPLAY_P3)
    )  # fmt: skip
    patches, colours = read(content)
    assert is_right(patches)
    assert (colours.source, colours.space) == (Source.ICC, "Display P3")


def test_damaged_boxes_say_nothing_and_raise_nothing() -> None:
    content = saved(picture(), "AVIF")
    assert coded_colours(content) == (1, 13)
    head = content[:400]
    for length in range(len(head)):
        coded_colours(head[:length])
    for place in range(len(head)):
        coded_colours(head[:place] + b"\xff" + head[place + 1 :])


def test_an_animated_avif_is_no_photo() -> None:
    more = Image.new("RGB", (160, 120), "red")
    content = saved(corners(), "AVIF", save_all=True, append_images=[more])
    with pytest.raises(PhotoRefused, match="animated"), opened(content, Limits()):
        pass


def test_an_avif_that_is_cut_short_is_refused() -> None:
    content = saved(corners(), "AVIF", quality=95)
    with pytest.raises(PhotoRefused), opened(content[:-200], Limits()) as image:
        upright_with_colours(image)


def test_a_grey_photo_is_refused_by_the_same_rule() -> None:
    with pytest.raises(PhotoRefused, match="no colour"):
        check_colour(corners().convert("L").convert("RGB"))
    assert len(PATCHES) == 4
