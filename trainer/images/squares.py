"""Turns image files into squares of pixels: decodes, and pads or stretches."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from trainer.config import RunConfig
from trainer.exports.manifest import Example

if TYPE_CHECKING:
    import tensorflow as tf

Colour = tuple[int, int, int]


def clean_pixels(paths: Sequence[Path], size: int, resize: str, fill: Colour) -> tf.data.Dataset:
    """Load images as they are: one (size, size, 3) uint8 tensor each, in order."""
    import tensorflow as tf

    files = tf.data.Dataset.from_tensor_slices([str(path) for path in paths])
    return files.map(
        lambda file: squared(decoded(file), size, resize, fill), num_parallel_calls=workers()
    )


def load_pixels(examples: Sequence[Example], config: RunConfig, fill: Colour) -> np.ndarray:
    """Load examples as they are into memory: (N, size, size, 3) uint8; 150 kB each at 224."""
    paths = [example.path for example in examples]
    pixels = clean_pixels(paths, config.img_size, config.resize, fill)
    return np.stack(list(pixels.as_numpy_iterator()))


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
        return as_bytes(tf.image.resize(region, (size, size), antialias=True), size)
    sides = tf.cast(tf.shape(image)[:2], tf.float32)
    shape = tf.cast(tf.round(sides * size / tf.reduce_max(sides)), tf.int32)
    fitted = tf.image.resize(region, tf.maximum(shape, 1), antialias=True)
    # Padding fills with zero only, so the mean is subtracted first and added afterwards.
    return as_bytes(tf.image.resize_with_crop_or_pad(fitted - mean, size, size) + mean, size)


def _on_its_mean(image: tf.Tensor, fill: Colour) -> tuple[tf.Tensor, tf.Tensor]:
    """Replace the export's fill colour by the mean of all other pixels; return both."""
    import tensorflow as tf

    outside = tf.reduce_all(image == tf.constant(fill, tf.float32), axis=-1, keepdims=True)
    inside = 1.0 - tf.cast(outside, tf.float32)
    area = tf.maximum(tf.reduce_sum(inside), 1.0)
    mean = tf.round(tf.reduce_sum(image * inside, axis=(0, 1)) / area)
    return tf.where(outside, mean, image), mean


def as_bytes(pixels: tf.Tensor, size: int) -> tf.Tensor:
    import tensorflow as tf

    rounded = tf.cast(tf.round(tf.clip_by_value(pixels, 0.0, 255.0)), tf.uint8)
    return tf.ensure_shape(rounded, (size, size, 3))


def workers() -> int:
    import tensorflow as tf

    return int(tf.data.AUTOTUNE)
