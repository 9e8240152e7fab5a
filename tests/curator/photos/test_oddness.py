"""What makes a photo odd: clear cases of each reason, and what is no reason."""

from collections.abc import Sequence

import numpy as np
import pytest
from PIL import Image

from curator.photos.checks import CELLS, LEVELS_A_PIXEL, NO_EDGE, Checks, checks_of
from curator.photos.oddness import (
    FEWEST,
    REASONS,
    SMALL_FACE_PX,
    InFace,
    Measured,
    in_face,
    odd_photos,
)
from tests.curator.scenes import SIZE, blurred, dark, flat_drawing, page_of_text, scene

NO_FACE = InFace(np.nan, np.nan, np.nan)


def measured(
    photos: Sequence[Image.Image],
    *,
    faces: int = -1,
    face: InFace = NO_FACE,
    region_px: float = np.nan,
) -> Measured:
    taken = [checks_of(photo) for photo in photos]
    many = len(taken)
    return Measured(
        np.arange(1, many + 1),
        np.array([each.measures for each in taken]).reshape(many, -1),
        np.array([each.look for each in taken]).reshape(many, -1),
        np.array([max(photo.size) for photo in photos], np.float32),
        np.full(many, faces),
        np.array([face] * many, np.float32).reshape(many, -1),
        np.full(many, region_px, np.float32),
    )


def reasons(photo: Image.Image, **told: float | InFace) -> tuple[str, ...]:
    return next((one.reasons for one in odd_photos(measured([photo], **told))), ())  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", range(4))
def test_a_sharp_bright_photo_is_not_odd(seed: int) -> None:
    assert reasons(scene(seed)) == ()
    assert reasons(scene(seed), faces=1, face=InFace(1, 120, 170), region_px=300) == ()


@pytest.mark.parametrize(
    ("photo", "reason"),
    [
        (blurred(1), "blurred"),
        (dark(1), "dark"),
        (scene(1).point(lambda level: 190 + level // 5), "bright"),
        (flat_drawing(), "drawing"),
        (page_of_text(), "text"),
        (scene(1, (200, 150)), "small"),
        (Image.new("RGB", SIZE, (90, 120, 140)), "blurred"),
    ],
)
def test_each_kind_is_told_by_its_picture(photo: Image.Image, reason: str) -> None:
    assert reason in reasons(photo)


def test_a_screenshot_of_text_is_not_called_a_drawing() -> None:
    assert reasons(page_of_text()) == ("text",)


def test_a_dark_frame_does_not_make_a_photo_dark_nor_sharp() -> None:
    framed = Image.new("RGB", (SIZE[0], 3 * SIZE[1]))
    framed.paste(scene(1), (0, SIZE[1]))
    assert reasons(framed) == ()
    framed.paste(blurred(1, 16), (0, SIZE[1]))
    assert "blurred" in reasons(framed)


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({"faces": 0}, "no_face"),
        ({"faces": 2}, "several_faces"),
        ({"face": InFace(2.5, 120, 170)}, "blurred"),
        ({"face": InFace(1, 30, 50)}, "dark"),
        ({"face": InFace(1, 230, 250)}, "bright"),
        ({"region_px": SMALL_FACE_PX - 1}, "small_face"),
    ],
)
def test_faces_found_tell_more(told: dict[str, float | InFace], reason: str) -> None:
    assert reasons(scene(1), **told) == (reason,)


def test_no_reason_is_given_where_no_face_was_sought() -> None:
    assert reasons(scene(1), faces=-1) == ()


def test_a_blurred_face_is_told_from_the_sharp_photo_around_it() -> None:
    photo = scene(1)
    face = (240, 160, 480, 360)
    photo.paste(blurred(1).crop(face), face[:2])
    checks = checks_of(photo)
    region = (280 / 640, 220 / 480, 440 / 640, 320 / 480)
    assert in_face(checks.light, checks.blur, region).blur > 1.5
    aside = (20 / 640, 60 / 480, 160 / 640, 130 / 480)
    assert in_face(checks.light, checks.blur, aside).blur < 1.5


def test_a_region_at_the_edge_or_smaller_than_a_cell_is_read() -> None:
    light = np.full((CELLS, CELLS), 100, np.uint8)
    blur = np.full((CELLS, CELLS), LEVELS_A_PIXEL, np.uint8)
    for region in ((0, 0, 1, 1), (0.99, 0.99, 1, 1), (0, 0, 0.001, 0.001), (0.5, 0.5, 0.5, 0.5)):
        assert in_face(light, blur, region) == InFace(1, 100, 100)
    assert np.isnan(in_face(light, np.full_like(blur, NO_EDGE), (0, 0, 1, 1)).blur)


def test_a_photo_unlike_all_others_is_found_and_an_even_collection_has_none() -> None:
    alike = [scene(seed) for seed in range(2 * FEWEST)]
    assert odd_photos(measured(alike)) == ()
    green = np.asarray(scene(99)) // np.array((4, 1, 2), np.uint8)
    new = Image.fromarray(green)
    (odd,) = odd_photos(measured([*alike, new]))
    assert (odd.photo_id, odd.reasons) == (len(alike) + 1, ("unlike",))


def test_few_photos_are_not_compared_with_each_other() -> None:
    assert (
        odd_photos(measured([scene(seed) for seed in range(FEWEST - 2)] + [scene(1).rotate(90)]))
        == ()
    )


def test_what_most_photos_are_makes_none_odd() -> None:
    drawn, other = [flat_drawing()] * FEWEST, [scene(seed) for seed in range(4)]
    assert not any("drawing" in one.reasons for one in odd_photos(measured(drawn + other)))
    others = [scene(seed) for seed in range(FEWEST)]
    found = odd_photos(measured([flat_drawing(), *others]))
    assert [one.photo_id for one in found] == [1]
    assert "drawing" in found[0].reasons


def test_the_photo_with_most_reasons_comes_first() -> None:
    photos = [scene(1, (200, 150)), blurred(1).resize((200, 150)), scene(2)]
    assert [one.photo_id for one in odd_photos(measured(photos))] == [2, 1]


def test_reasons_have_codes_of_their_own() -> None:
    assert len({reason.code for reason in REASONS}) == len(REASONS)


def test_checks_are_the_same_from_the_photo_and_from_its_reduced_picture() -> None:
    whole, reduced = checks_of(scene(1, (1280, 960))), checks_of(scene(1, (1280, 960)).reduce(5))
    assert whole.measures == pytest.approx(reduced.measures, abs=0.5)
    assert [len(part) for part in Checks.to_row(whole)] == [36, 108, 2 * CELLS**2]


@pytest.mark.parametrize("size", [(256, 1), (1, 256), (3, 5), (2000, 8)])
def test_any_shape_is_measured(size: tuple[int, int]) -> None:
    checks = checks_of(scene(1, size))
    assert np.isfinite(checks.measures).all()
    assert np.isfinite(checks.look).all()
