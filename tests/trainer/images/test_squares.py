"""Regions become squares and augmented views without losing what the detector looks for."""

import colorsys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.trainer.tiny_exports import GREY, draw_region
from trainer.config import RunConfig
from trainer.exports.manifest import Example, Export
from trainer.images.augmentation import augment, augmented_batches, fold_in, photo_views
from trainer.images.squares import clean_pixels, squared

pytestmark = pytest.mark.usefixtures("tensorflow")

SETTINGS = RunConfig("mobilenet", img_size=40)


def paths_of(export: Export) -> list[Path]:
    return [example.path for example in export.of_split("train")]


def stacks_of(
    examples: Sequence[Example],
    numbers: Sequence[int] = (0, 1, 2, 3),
    settings: RunConfig = SETTINGS,
) -> np.ndarray:
    """Load views of examples: (examples, views, 40, 40, 3)."""
    views = list(photo_views(examples, settings, GREY, numbers).as_numpy_iterator())
    return np.stack(views).reshape(len(examples), len(numbers), 40, 40, 3)


@pytest.mark.parametrize("size", [(48, 30), (30, 48), (300, 9), (7, 7)])
def test_padding_keeps_the_aspect_ratio(size: tuple[int, int]) -> None:
    image = np.zeros((size[1], size[0], 3), np.uint8)
    image[: size[1] // 2] = (200, 100, 80)
    square = squared(image, 64, "pad", GREY).numpy().astype(int)
    background = square[-1, -1] if size[0] > size[1] else square[0, -1]
    region = (np.abs(square - background) > 12).any(axis=-1)
    rows, columns = region.any(axis=1).sum(), region.any(axis=0).sum()
    if size[0] == size[1]:
        rows = columns = 64
    assert max(rows, columns) == 64
    assert columns / rows == pytest.approx(size[0] / size[1], rel=0.5)


def test_what_surrounds_the_region_becomes_its_mean_colour() -> None:
    image = np.full((20, 40, 3), GREY, np.uint8)
    image[5:15, 10:20], image[5:15, 20:30] = (200, 90, 80), (100, 50, 40)
    mean = (150, 70, 60)
    square = squared(image, 40, "pad", GREY).numpy()
    assert (square[:15] == mean).all()
    assert (square[25:] == mean).all()
    assert (square[15:25, :10] == mean).all()
    assert (square[15:25, 10:20] == (200, 90, 80)).all()
    assert (square[15:25, 20:30] == (100, 50, 40)).all()
    kept = squared(image, 40, "pad", (1, 2, 3)).numpy()
    assert (kept[12, 2] == GREY).all()


def test_stretching_fills_the_square() -> None:
    image = np.full((10, 30, 3), (200, 90, 80), np.uint8)
    square = squared(image, 64, "stretch", GREY).numpy()
    assert square.shape == (64, 64, 3)
    assert (square == (200, 90, 80)).all()


def test_a_square_of_the_right_size_is_left_as_it_is() -> None:
    image = np.asarray(draw_region(True, 1, (64, 64)))
    assert (squared(image, 64, "pad", (0, 0, 0)).numpy() == image).all()


def test_files_are_loaded_in_order(export: Export) -> None:
    loaded = list(clean_pixels(paths_of(export), 48, "pad", (0, 0, 0)).as_numpy_iterator())
    for pixels, path in zip(loaded, paths_of(export), strict=True):
        with Image.open(path) as image:
            assert (pixels[9:39] == np.asarray(image)).all()


def test_view_0_is_the_image_and_the_others_differ(export: Export) -> None:
    stacks = stacks_of(export.of_split("train"))
    clean = list(clean_pixels(paths_of(export), 40, "pad", GREY).as_numpy_iterator())
    assert (stacks[:, 0] == np.stack(clean)).all()
    flat = {view.tobytes() for view in stacks.reshape(-1, 40, 40, 3)}
    assert len(flat) == stacks.shape[0] * stacks.shape[1]


def test_a_view_depends_on_the_photo_and_its_number_alone(export: Export) -> None:
    stacks = stacks_of(export.examples)
    assert (stacks_of(export.examples[::-1])[::-1] == stacks).all()
    assert (stacks_of(export.examples[3:5], (2,)) == stacks[3:5, 2:3]).all()


def test_colour_changes_when_it_is_asked_to(export: Export) -> None:
    plain = stacks_of(export.examples[:4], (1, 2))
    assert (stacks_of(export.examples[:4], (1, 2), replace(SETTINGS, hue=0.2)) != plain).any()
    assert (
        stacks_of(export.examples[:4], (1, 2), replace(SETTINGS, saturation=0.9)) != plain
    ).any()


def views_of(image: np.ndarray, count: int) -> np.ndarray:
    import tensorflow as tf

    pixels = tf.constant(image)
    return np.stack([augment(pixels, fold_in((3, 0), i)).numpy() for i in range(count)])


def test_no_view_changes_hue_or_saturation() -> None:
    colour = (190, 110, 95)
    hue, saturation, _ = colorsys.rgb_to_hsv(*(value / 255 for value in colour))
    views = views_of(np.full((40, 40, 3), colour, np.uint8), 40)
    brightness = set()
    for view in views:
        found = colorsys.rgb_to_hsv(*(view[20, 20] / 255.0))
        assert found[0] == pytest.approx(hue, abs=0.02)
        assert found[1] == pytest.approx(saturation, abs=0.05)
        brightness.add(round(found[2], 2))
    assert len(brightness) > 5


def test_what_comes_into_view_has_the_mean_colour() -> None:
    image = np.full((40, 40, 3), (150, 100, 90), np.uint8)
    image[15:25, 15:25, 0] = 190
    for view in views_of(image, 20).astype(int):
        corners = view[[0, 0, -1, -1], [0, -1, 0, -1]]
        assert (corners.max(axis=0) - corners.min(axis=0) <= 4).all()


def test_views_are_mirrored_about_half_the_time() -> None:
    image = np.full((40, 40, 3), 160, np.uint8)
    image[8:32, 8:16] = (220, 60, 60)
    left = (views_of(image, 60)[:, :, :, 1] < 100).argmax(axis=2).max(axis=1) < 18
    assert 15 < left.sum() < 45


def test_fine_tuning_batches_are_new_in_each_pass_and_keep_their_labels(export: Export) -> None:
    examples = export.of_split("train")
    pixels = np.stack(list(clean_pixels(paths_of(export), 32, "pad", GREY).as_numpy_iterator()))
    targets = np.arange(len(examples), dtype=np.float32)
    settings = replace(SETTINGS, img_size=32, batch_size=4)

    def one_pass(epoch: int) -> dict[int, np.ndarray]:
        batches = augmented_batches(pixels, targets, 2 * targets, settings, (7, epoch))
        found = [tuple(part.numpy() for part in batch) for batch in batches]
        images, numbers, weights = (np.concatenate(part) for part in zip(*found, strict=True))
        assert (weights == 2 * numbers).all()
        assert sorted(numbers) == list(targets)
        return dict(zip(numbers.astype(int).tolist(), images, strict=True))

    first, again, other = one_pass(0), one_pass(0), one_pass(1)
    assert list(first) == list(again) != list(other)
    assert all((first[place] == again[place]).all() for place in first)
    assert all((first[place] != other[place]).any() for place in first)
