"""Makes augmented views of squared photos, each from a random key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from trainer.config import RunConfig
from trainer.exports.manifest import Example
from trainer.images.squares import Colour, as_bytes, clean_pixels, workers

if TYPE_CHECKING:
    import tensorflow as tf


# Small changes that another photo of the same face could show. Hue and saturation stay as
# they are: redness is the sign that the detector looks for.
MAX_ROTATION_DEGREES = 12.0


MAX_ZOOM = 0.12


MAX_SHIFT = 0.06


MAX_BRIGHTNESS = 0.15


MAX_CONTRAST = 0.15


def photo_views(
    examples: Sequence[Example], config: RunConfig, fill: Colour, numbers: Sequence[int]
) -> tf.data.Dataset:
    """Load views of examples: one (size, size, 3) uint8 tensor each, photo by photo.

    View 0 is the image as it is. Another depends on the photo's own content, its number and the
    settings of augmentation alone: never on a seed, an order or timing, so that it can be cached.
    """
    import tensorflow as tf

    def drawn(image: tf.Tensor, key: tf.Tensor) -> tf.Tensor:
        return tf.stack([_view(image, key, number, config) for number in numbers])

    keys = tf.data.Dataset.from_tensor_slices([content_key(example) for example in examples])
    images = clean_pixels([x.path for x in examples], config.img_size, config.resize, fill)
    stacks = tf.data.Dataset.zip((images, keys)).map(drawn, num_parallel_calls=workers())
    return stacks.unbatch()


def augmented_batches(
    pixels: Any, targets: np.ndarray, weights: np.ndarray, config: RunConfig, seed: tuple[int, int]
) -> tf.data.Dataset:
    """Batch one pass over all images for fine-tuning, shuffled and augmented by the seed.

    Args:
        pixels: (N, size, size, 3) uint8.
        targets: (N, classes).
        weights: (N,), how much each example counts.
    """
    import tensorflow as tf

    pixels = tf.convert_to_tensor(pixels)
    order = np.random.default_rng(seed).permutation(len(targets))
    places = tf.data.Dataset.from_tensor_slices((order, targets[order], weights[order]))
    return (
        places.map(
            lambda place, target, weight: (
                augment(pixels[place], fold_in(seed, place), config.hue, config.saturation),
                target,
                weight,
            ),
            num_parallel_calls=workers(),
        )
        .batch(config.batch_size)
        .prefetch(1)
    )


def content_key(example: Example) -> tuple[int, int]:
    """Turn the content of an exported image into the key of its random views."""
    digits = example.sha256
    return int(digits[:7], 16), int(digits[7:14], 16)


def _view(image: tf.Tensor, key: tf.Tensor, number: int, config: RunConfig) -> tf.Tensor:
    if number == 0:
        return image
    return augment(image, fold_in(key, number), config.hue, config.saturation)


def augment(
    image: tf.Tensor, key: tf.Tensor, hue: float = 0.0, saturation: float = 0.0
) -> tf.Tensor:
    """Make one augmented view of an image; the same key gives the same view.

    Args:
        image: (size, size, 3) uint8.
        key: two int32.
        hue: the most that the hue turns, as a share of a whole turn.
        saturation: the most that the saturation changes, as a share of itself.
    """
    import tensorflow as tf

    draws = tf.random.stateless_uniform([9], key, -1.0, 1.0)
    lit = _relit(tf.cast(image, tf.float32), draws[0], draws[1])
    if hue or saturation:
        lit = _recoloured(lit, draws[7] * hue, 1.0 + draws[8] * saturation)
    mean = tf.round(tf.reduce_mean(lit, axis=(0, 1)))
    return as_bytes(_moved(lit - mean, draws[2:7]) + mean, image.shape[0])


def fold_in(key: Any, place: Any) -> tf.Tensor:
    """Derive the random key of one item, two int32, from the key of all."""
    import tensorflow as tf

    key = tf.cast(key, tf.int32)
    return tf.random.experimental.stateless_fold_in(key, tf.cast(place, tf.int32))


def _relit(pixels: tf.Tensor, brightness: tf.Tensor, contrast: tf.Tensor) -> tf.Tensor:
    """Change brightness and contrast by one factor per pixel, so that its colour stays."""
    import tensorflow as tf

    light = tf.reduce_max(pixels, axis=-1, keepdims=True)
    mean = tf.reduce_mean(light)
    wanted = (light - mean) * (1.0 + MAX_CONTRAST * contrast) + mean
    wanted = tf.clip_by_value(wanted * (1.0 + MAX_BRIGHTNESS * brightness), 0.0, 255.0)
    return pixels * wanted / tf.maximum(light, 1.0)


def _recoloured(pixels: tf.Tensor, turn: tf.Tensor, factor: tf.Tensor) -> tf.Tensor:
    import tensorflow as tf

    turned = tf.image.adjust_hue(pixels / 255.0, turn)
    return tf.image.adjust_saturation(turned, factor) * 255.0


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
    """Compute the eight numbers that map a pixel of the view to its place in the image."""
    import tensorflow as tf

    flip, zoom = tf.sign(draws[0]), 1.0 + MAX_ZOOM * draws[2]
    angle = draws[1] * np.deg2rad(MAX_ROTATION_DEGREES).astype(np.float32)
    cos, sin = tf.cos(angle) / zoom, tf.sin(angle) / zoom
    middle = (size - 1.0) / 2.0
    right = middle - cos * flip * middle + sin * middle + draws[3] * MAX_SHIFT * size
    down = middle - sin * flip * middle - cos * middle + draws[4] * MAX_SHIFT * size
    return tf.stack([cos * flip, -sin, right, sin * flip, cos, down, 0.0, 0.0])
