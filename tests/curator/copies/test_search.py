"""How copies are found: hashes, keypoints, alignment, comparison."""

import io
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFilter, ImageOps

from copies.borders import caption_rows, content_box
from copies.comparison import Match, compare
from copies.fingerprints import Fingerprint, fingerprint
from copies.hashes import Hashes, distance_bits, neighbours
from copies.keypoint_index import KeypointIndex
from copies.keypoints import Keypoints
from copies.shapes import from_rows, moved
from copies.views import mirror, picture
from demo.edits import EDIT_CYCLE
from faces.scaling import resized, shrunk
from tests.curator.drawing import draw
from tests.curator.faces import edited, face

numbers = st.lists(st.integers(0, 2**64 - 1), max_size=20)


def hashes(numbers: list[int]) -> Hashes:
    return np.array(numbers, np.uint64)


@given(stored=numbers, sought=numbers, radius=st.integers(0, 64))
def test_neighbours_equal_those_of_a_plain_loop(
    stored: list[int], sought: list[int], radius: int
) -> None:
    expected = {
        (i, j, (one ^ other).bit_count())
        for i, one in enumerate(sought)
        for j, other in enumerate(stored)
        if (one ^ other).bit_count() <= radius
    }
    found = neighbours(hashes(stored), hashes(sought), radius, most=len(stored) + 1)
    assert {tuple(row) for row in found.tolist()} == expected
    assert len(found) == len(expected)


@given(stored=numbers, sought=numbers, most=st.integers(1, 5))
def test_no_more_than_the_nearest_neighbours_are_named(
    stored: list[int], sought: list[int], most: int
) -> None:
    found = neighbours(hashes(stored), hashes(sought), 64, most)
    for i, one in enumerate(sought):
        bits = sorted((one ^ other).bit_count() for other in stored)
        assert sorted(found[found[:, 0] == i, 2].tolist()) == bits[:most]


@pytest.mark.parametrize("radius", [-1, 65])
def test_a_radius_outside_the_hash_is_refused(radius: int) -> None:
    with pytest.raises(ValueError, match="radius_bits"):
        neighbours(np.zeros(2, np.uint64), np.zeros(2, np.uint64), radius, 1)


def test_hashes_equal_imagehashs_of_the_reduced_photo_and_its_mirror_image() -> None:
    import imagehash

    photo = face(1)
    taken = fingerprint(photo)
    small = shrunk(Image.fromarray(resized(photo.convert("L"), 320)), 64)
    mirrored = ImageOps.mirror(small)
    assert f"{int(taken.hashes[0]):016x}" == str(imagehash.phash(small))
    assert f"{int(taken.hashes[2]):016x}" == str(imagehash.phash(mirrored))
    assert distance_bits(taken.hashes[:1], fingerprint(ImageOps.mirror(photo)).hashes[2:3]) <= 2


def test_a_fingerprint_survives_writing_and_reading() -> None:
    taken = fingerprint(face(1))
    again = Fingerprint.from_row(*taken.to_row())
    assert (again.hashes == taken.hashes).all()
    for one, other in ((again.keypoints, taken.keypoints), (again.mirrored, taken.mirrored)):
        assert len(one) > 30
        assert (one.points == other.points).all()
        assert (one.descriptors == other.descriptors).all()


def test_a_photo_without_corners_has_a_fingerprint() -> None:
    taken = fingerprint(Image.new("RGB", (200, 100), "pink"))
    again = Fingerprint.from_row(*taken.to_row())
    assert len(again.keypoints) == len(again.mirrored) == 0
    assert list(KeypointIndex.of({1: again.keypoints}, sought=1).alike([again.keypoints])) == [[]]


@settings(max_examples=40, deadline=None)
@given(width=st.integers(1, 900), height=st.integers(1, 900), seed=st.integers(0, 9))
@pytest.mark.slow
def test_a_photo_of_any_shape_is_fingerprinted_and_compared(
    width: int, height: int, seed: int
) -> None:
    noise = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    photo = Image.fromarray(noise)
    taken = fingerprint(photo)
    assert len(taken.keypoints) == len(taken.mirrored)
    assert 0 <= taken.content_share <= 1
    part = photo.crop((width // 3, 0, width, max(1, height // 2)))
    assert 0 <= compare(picture(photo), picture(part)).score <= 1


@pytest.mark.parametrize("colour", ["white", "black", (90, 140, 60)])
def test_uniform_borders_are_not_content(colour: str) -> None:
    page = Image.new("RGB", (320, 560), colour)
    page.paste(face(1).resize((320, 400)), (0, 80))
    buffer = io.BytesIO()
    page.save(buffer, "JPEG", quality=40)
    left, top, right, bottom = content_box(np.asarray(Image.open(buffer).convert("L")))
    assert (left, right) == (0, 320)
    assert top == pytest.approx(80, abs=4)
    assert bottom == pytest.approx(480, abs=4)


def test_a_plain_picture_keeps_all_its_content() -> None:
    assert content_box(np.full((60, 80), 7, np.uint8)) == (0, 0, 80, 60)


@pytest.mark.parametrize("at_top", [True, False])
def test_a_caption_bar_is_detected_and_a_wall_is_not(at_top: bool) -> None:
    plain = Image.fromarray(resized(face(1).convert("L"), 320))
    assert not caption_rows(np.asarray(plain)).any()
    written = plain.copy()
    pen = ImageDraw.Draw(written)
    bar = (0, 40) if at_top else (written.height - 40, written.height)
    pen.rectangle((0, bar[0], written.width, bar[1]), fill="white")
    pen.text((60, bar[0] + 8), "my story", fill="black", font_size=22)
    rows = caption_rows(np.asarray(written))
    assert rows[bar[0] + 2 : bar[1] - 2].all()
    assert rows.sum() == pytest.approx(40, abs=6)


@pytest.mark.parametrize("edit", EDIT_CYCLE)
def test_a_copy_is_verified_however_it_was_edited(edit: str) -> None:
    original, copy = picture(face(1)), picture(edited(face(1), edit))
    match = (
        compare(original, mirror(copy), mirrored=True)
        if "mirror" in edit
        else compare(original, copy)
    )
    assert match.is_verified
    assert match.score > 0.8


def test_two_photos_of_one_person_or_of_two_people_are_not_copies() -> None:
    photos = [picture(face(person, shot)) for person in (1, 2) for shot in (0, 1)]
    for one, other in combinations(photos, 2):
        assert not compare(one, other).is_possible


def before(scene: Image.Image, person: Image.Image) -> Image.Image:
    """Paste a person's face onto a scene, at a third of its width."""
    width, height = scene.size
    face = person.resize((width // 3, height // 3))
    mask = Image.new("L", face.size, 0)
    ImageDraw.Draw(mask).ellipse((0, 0, *face.size), fill=255)
    photo = scene.copy()
    photo.paste(face, (width // 3, height // 2), mask.filter(ImageFilter.GaussianBlur(3)))
    return photo


def test_two_photos_with_the_same_background_are_shown_but_never_verified() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (120, 120, 3), dtype=np.uint8)
    scene = Image.fromarray(noise).resize((1080, 1080), Image.Resampling.BICUBIC)
    one, other = (picture(before(scene, face(1, shot))) for shot in (0, 1))
    match = compare(one, other)
    assert match.score > 0.9
    assert match.is_possible
    assert not match.is_verified


def test_a_sticker_on_a_copy_leaves_the_decision_to_a_human() -> None:
    photo = face(1)
    width, height = photo.size
    stuck = photo.copy()
    ImageDraw.Draw(stuck).ellipse(
        (width * 0.4, height * 0.35, width * 0.6, height * 0.55), fill="gold", outline="black"
    )
    match = compare(picture(photo), picture(stuck))
    assert match.alignment is not None
    assert match.alignment.patch > 0.03
    assert match.is_possible
    assert not match.is_verified


def test_a_copy_in_a_corner_of_a_screenshot_is_verified() -> None:
    photo = face(2)
    page = Image.new("RGB", (1000, 1800), "white")
    pen = ImageDraw.Draw(page)
    for line in range(5):
        pen.text((40, 60 + 60 * line), "what people wrote about it", fill="black", font_size=32)
    page.paste(photo.resize((640, round(640 * photo.height / photo.width))), (180, 600))
    for first, second in ((photo, page), (page, photo)):
        match = compare(picture(first), picture(second))
        assert match.alignment is not None
        assert match.is_verified


def moved_mouth(photo: Image.Image) -> Image.Image:
    """Return the same photo with the lower middle of the face two hundredths lower."""
    width, height = photo.size
    mouth = photo.crop((width // 3, int(height * 0.5), width * 2 // 3, int(height * 0.75)))
    mask = Image.new("L", mouth.size, 0)
    ImageDraw.Draw(mask).ellipse((0, 0, *mouth.size), fill=255)
    changed = photo.copy()
    at = (width // 3, int(height * 0.52))
    changed.paste(mouth, at, mask.filter(ImageFilter.GaussianBlur(width / 60)))
    return changed


def test_a_moved_mouth_is_detected_as_a_differing_area() -> None:
    photo = face(1)
    same = compare(picture(photo), picture(edited(photo, "recompress")))
    moved = compare(picture(photo), picture(moved_mouth(photo)))
    assert same.is_verified
    assert moved.alignment is not None
    assert moved.alignment.patch > 0.03
    assert not moved.is_verified


def test_the_alignment_maps_points_of_the_second_onto_the_first() -> None:
    photo = face(2)
    width, height = photo.size
    box = (width // 10, height // 8, width, height * 9 // 10)
    for mirrored in (False, True):
        cut = ImageOps.mirror(photo.crop(box)) if mirrored else photo.crop(box)
        second = mirror(picture(cut)) if mirrored else picture(cut)
        match = compare(picture(photo), second, mirrored=mirrored)
        assert match.alignment is not None
        corners = np.array([[0, 0], [1, 0], [0, cut.height / cut.width]])
        mapped = moved(corners, from_rows(match.alignment.matrix))
        expected = [(box[0], box[1]), (box[2], box[1]), (box[0], box[3])]
        assert mapped * width == pytest.approx(np.array(expected), abs=width * 0.01)
        assert match.alignment.scale == pytest.approx(cut.width / width, abs=0.01)


def test_blurred_photos_are_compared_without_alignment() -> None:
    one = picture(draw(1, (400, 300)))
    assert not one.has_detail
    assert compare(one, picture(draw(1, (200, 150)))).is_verified
    assert not compare(one, picture(draw(2, (400, 300)))).is_possible
    assert not compare(one, picture(draw(1, (400, 400)))).is_possible
    flat = picture(Image.new("RGB", (100, 100), "grey"))
    assert not compare(flat, flat).is_possible


def test_unrelated_photos_score_zero() -> None:
    assert compare(picture(face(1)), picture(draw(1, (400, 300)))) == Match()


def test_a_large_index_finds_the_same_as_a_small_one(monkeypatch: pytest.MonkeyPatch) -> None:
    photos = [face(person, shot) for person in (1, 2, 3) for shot in (0, 1)]
    stored = [fingerprint(photo).keypoints for photo in photos]
    sought = fingerprint(edited(face(2), "crop+recompress")).keypoints

    def best() -> int:
        [found] = KeypointIndex.of(dict(enumerate(stored)), sought=1000).alike([sought])
        return found[0]

    plain = best()
    monkeypatch.setattr("copies.keypoint_index.FLAT_UP_TO", 0)
    assert best() == plain == 2


def test_keypoints_are_spread_over_the_photo() -> None:
    noisy = np.random.default_rng(1).integers(0, 256, (320, 320), dtype=np.uint8)
    calm = resized(face(1).convert("L"), 320).copy()
    calm[:80] = noisy[:80, : calm.shape[1]]
    points = fingerprint(Image.fromarray(calm)).keypoints.points
    assert (points[:, 1] > 90).sum() > 10


def test_empty_bytes_have_no_keypoints() -> None:
    assert len(Keypoints.from_bytes(b"")) == 0
