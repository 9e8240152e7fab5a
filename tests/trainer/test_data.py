"""Regions become squares and augmented views without losing what the detector looks for."""

import colorsys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.trainer.exports import GREY, draw_region
from trainer.data import augment, augmented_batches, clean_pixels, fold_in, squared, view_stacks
from trainer.manifest import Export

pytestmark = pytest.mark.usefixtures("tensorflow")


def paths_of(export: Export) -> list[Path]:
    return [example.path for example in export.of_split("train")]


def stacks_of(export: Export, seed: int) -> np.ndarray:
    return np.stack(
        list(view_stacks(paths_of(export), 40, "pad", GREY, 3, seed).as_numpy_iterator())
    )


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


def test_the_first_of_a_stack_is_the_image_and_the_views_differ(export: Export) -> None:
    stacks = stacks_of(export, seed=1)
    clean = list(clean_pixels(paths_of(export), 40, "pad", GREY).as_numpy_iterator())
    assert (stacks[:, 0] == np.stack(clean)).all()
    flat = {view.tobytes() for view in stacks.reshape(-1, 40, 40, 3)}
    assert len(flat) == stacks.shape[0] * stacks.shape[1]


def test_views_follow_the_seed(export: Export) -> None:
    assert (stacks_of(export, 1) == stacks_of(export, 1)).all()
    assert (stacks_of(export, 1)[:, 1:] != stacks_of(export, 2)[:, 1:]).any()


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
    labels = np.eye(2, dtype=np.float32)[[int(x.is_positive) for x in examples]]
    pixels = clean_pixels(paths_of(export), 32, "pad", GREY)

    def passes() -> list[Any]:
        batches = augmented_batches(pixels, labels, 4, 7).take(6)
        return [(x.numpy(), y.numpy()) for x, y in batches]

    first, again = passes(), passes()
    for (images, targets), (same_images, same_targets) in zip(first, again, strict=True):
        assert (images == same_images).all()
        assert (targets == same_targets).all()
    seen = {image.tobytes() for images, _ in first for image in images}
    assert len(seen) == 2 * len(examples)
    assert sum(y[:, 1].sum() for _, y in first) == 2 * labels[:, 1].sum()
