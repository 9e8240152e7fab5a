"""Turns image files into batches of pixels: decode, resize to a square, augment; no network here."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import tensorflow as tf

Colour = tuple[int, int, int]

# Small changes that another photo of the same face could show. Hue and saturation stay as
# they are: redness is the sign that the detector looks for.
MAX_ROTATION_DEGREES = 12.0
MAX_ZOOM = 0.12
MAX_SHIFT = 0.06
MAX_BRIGHTNESS = 0.15
MAX_CONTRAST = 0.15


def clean_pixels(paths: Sequence[Path], size: int, resize: str, fill: Colour) -> tf.data.Dataset:
    """Load images as they are: one (size, size, 3) uint8 tensor each, in order."""
    import tensorflow as tf

    files = tf.data.Dataset.from_tensor_slices([str(path) for path in paths])
    return files.map(
        lambda file: squared(decoded(file), size, resize, fill), num_parallel_calls=_workers()
    )


def view_stacks(
    paths: Sequence[Path], size: int, resize: str, fill: Colour, views: int, seed: int
) -> tf.data.Dataset:
    """Load images with augmented views: one (1 + views, size, size, 3) uint8 tensor each.

    The first of a stack is the image as it is. A view depends on the seed, the image's place
    and the view's number alone, never on timing.
    """
    import tensorflow as tf

    def stack(place: tf.Tensor, image: tf.Tensor) -> tf.Tensor:
        keys = [(seed, view) for view in range(views)]
        augmented = [augment(image, fold_in(key, place)) for key in keys]
        return tf.stack([image, *augmented])

    images = clean_pixels(paths, size, resize, fill)
    return images.enumerate().map(stack, num_parallel_calls=_workers())


def augmented_batches(
    pixels: tf.data.Dataset, labels: Any, batch_size: int, seed: int
) -> tf.data.Dataset:
    """Batch images with labels for fine-tuning, shuffled and augmented anew in each pass."""
    import tensorflow as tf

    count = len(labels)
    pairs = tf.data.Dataset.zip((pixels, tf.data.Dataset.from_tensor_slices(labels))).cache()
    shuffled = pairs.shuffle(count, seed=seed, reshuffle_each_iteration=True).repeat()
    return (
        shuffled.enumerate()
        .map(
            lambda place, pair: (augment(pair[0], fold_in((seed, 0), place)), pair[1]),
            num_parallel_calls=_workers(),
        )
        .batch(batch_size)
        .prefetch(1)
    )


def decoded(file: tf.Tensor) -> tf.Tensor:
    """Decode one PNG file to (height, width, 3) uint8."""
    import tensorflow as tf

    return tf.io.decode_png(tf.io.read_file(file), channels=3)


def squared(image: tf.Tensor, size: int, resize: str, fill: Colour) -> tf.Tensor:
    """Bring a region to (size, size, 3) uint8: padded, or stretched.

    What surrounds the region becomes the region's own mean colour. A fixed colour would stand
    out more on some skin than on other, and the network would see that edge first.
    """
    import tensorflow as tf

    region, mean = _on_its_mean(tf.cast(image, tf.float32), fill)
    if resize == "stretch":
        return _as_bytes(tf.image.resize(region, (size, size), antialias=True), size)
    sides = tf.cast(tf.shape(image)[:2], tf.float32)
    shape = tf.cast(tf.round(sides * size / tf.reduce_max(sides)), tf.int32)
    fitted = tf.image.resize(region, tf.maximum(shape, 1), antialias=True)
    # The pad operation knows zero only, so that the mean is made the zero meanwhile.
    return _as_bytes(tf.image.resize_with_crop_or_pad(fitted - mean, size, size) + mean, size)


def augment(image: tf.Tensor, key: tf.Tensor) -> tf.Tensor:
    """Make one augmented view of an image; the same key gives the same view."""
    import tensorflow as tf

    draws = tf.random.stateless_uniform([7], key, -1.0, 1.0)
    lit = _relit(tf.cast(image, tf.float32), draws[0], draws[1])
    mean = tf.round(tf.reduce_mean(lit, axis=(0, 1)))
    return _as_bytes(_moved(lit - mean, draws[2:]) + mean, image.shape[0])


def fold_in(key: tuple[int, int], place: tf.Tensor) -> tf.Tensor:
    """Derive the random key of one image in its order from the key of the whole."""
    import tensorflow as tf

    return tf.random.experimental.stateless_fold_in(tf.constant(key), tf.cast(place, tf.int32))


def _on_its_mean(image: tf.Tensor, fill: Colour) -> tuple[tf.Tensor, tf.Tensor]:
    """Replace the export's fill colour by the mean of all other pixels; return both."""
    import tensorflow as tf

    outside = tf.reduce_all(image == tf.constant(fill, tf.float32), axis=-1, keepdims=True)
    inside = 1.0 - tf.cast(outside, tf.float32)
    area = tf.maximum(tf.reduce_sum(inside), 1.0)
    mean = tf.round(tf.reduce_sum(image * inside, axis=(0, 1)) / area)
    return tf.where(outside, mean, image), mean


def _relit(pixels: tf.Tensor, brightness: tf.Tensor, contrast: tf.Tensor) -> tf.Tensor:
    """Change brightness and contrast by one factor per pixel, so that its colour stays."""
    import tensorflow as tf

    light = tf.reduce_max(pixels, axis=-1, keepdims=True)
    mean = tf.reduce_mean(light)
    wanted = (light - mean) * (1.0 + MAX_CONTRAST * contrast) + mean
    wanted = tf.clip_by_value(wanted * (1.0 + MAX_BRIGHTNESS * brightness), 0.0, 255.0)
    return pixels * wanted / tf.maximum(light, 1.0)


def _moved(pixels: tf.Tensor, draws: tf.Tensor) -> tf.Tensor:
    """Flip, rotate, zoom and shift in one interpolation; what comes into view is zero."""
    import tensorflow as tf

    moved = tf.raw_ops.ImageProjectiveTransformV3(
        images=pixels[tf.newaxis],
        transforms=_affine(tf.cast(tf.shape(pixels)[0], tf.float32), draws)[tf.newaxis],
        output_shape=tf.shape(pixels)[:2],
        fill_value=0.0,
        interpolation="BILINEAR",
        fill_mode="CONSTANT",
    )
    return moved[0]


def _affine(size: tf.Tensor, draws: tf.Tensor) -> tf.Tensor:
    """Compose the eight numbers that map a pixel of the view to its place in the image."""
    import numpy as np
    import tensorflow as tf

    flip, zoom = tf.sign(draws[0]), 1.0 + MAX_ZOOM * draws[2]
    angle = draws[1] * np.deg2rad(MAX_ROTATION_DEGREES).astype(np.float32)
    cos, sin = tf.cos(angle) / zoom, tf.sin(angle) / zoom
    middle = (size - 1.0) / 2.0
    right = middle - cos * flip * middle + sin * middle + draws[3] * MAX_SHIFT * size
    down = middle - sin * flip * middle - cos * middle + draws[4] * MAX_SHIFT * size
    return tf.stack([cos * flip, -sin, right, sin * flip, cos, down, 0.0, 0.0])


def _as_bytes(pixels: tf.Tensor, size: int) -> tf.Tensor:
    import tensorflow as tf

    rounded = tf.cast(tf.round(tf.clip_by_value(pixels, 0.0, 255.0)), tf.uint8)
    return tf.ensure_shape(rounded, (size, size, 3))


def _workers() -> int:
    import tensorflow as tf

    return int(tf.data.AUTOTUNE)
