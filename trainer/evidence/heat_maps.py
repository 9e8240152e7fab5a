"""Where in a photo a detector finds its evidence: Grad-CAM maps, and their share in the region."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageDraw

from trainer.config import RunConfig
from trainer.exports.manifest import Example, Point
from trainer.images.photos import read_pixels
from trainer.images.squares import Colour, squared
from trainer.networks.detector import Detector
from trainer.networks.inference import BATCH, POSITIVE_OUTPUT
from trainer.progress import Advance
from trainer.scores.bootstrap import bca_interval, drawn_weights, left_out_weights
from trainer.scores.sample import ratio

if TYPE_CHECKING:
    import keras

Polygon = Sequence[Point]
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Explanation:
    """One photo as the network sees it, and where its evidence for `positive` lies.

    pixels: (size, size, 3) uint8.
    heat: (h, w) float, 0..1, the cells of the network's last maps.
    region: (size, size) bool, the drawn region in the square.
    mass_in_region: share of the heat in the region; None if there is no heat.
    """

    id: str
    label: str
    group: str
    score: float
    pixels: np.ndarray
    heat: np.ndarray
    region: np.ndarray

    @property
    def mass_in_region(self) -> float | None:
        """Measure the share of the heat within the region."""
        return mass_in_region(self.heat, self.region)

    @property
    def area_share(self) -> float:
        """Measure the share of the square that the region covers, which even heat would reach."""
        return float(self.region.mean())


@dataclass(frozen=True)
class MassSummary:
    """Mean shares of some photos; `interval` is None if there is only one group."""

    photos: int
    without_heat: int
    mass: float | None
    interval: tuple[float, float] | None
    area: float


def heat_maps(detector: Detector, pixels: np.ndarray) -> np.ndarray:
    """Compute Grad-CAM maps of the evidence for `positive`, from the network's last maps.

    The gradient is that of the log-odds of `positive`, which does not fade as the softmax
    does where a photo is sure. Each map is scaled to a largest value of 1; a photo that shows
    no evidence for `positive` anywhere has a map of zeros.

    Args:
        detector: of any network.
        pixels: (N, size, size, 3) uint8.

    Returns:
        (N, h, w) float32, 0..1.

    Source: Selvaraju et al. 2017, section 3; docs/decisions.md#heat-maps.
    """
    return heat_maps_and_scores(detector, pixels)[0]


def heat_maps_and_scores(detector: Detector, pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Compute heat maps and, from the same pass, P(positive): (N, h, w) and (N,)."""
    looking = last_maps(detector)
    heats, scores = [], []
    for start in range(0, len(pixels), BATCH):
        maps = looking.predict_on_batch(pixels[start : start + BATCH])
        logits, gradients = head_gradients(detector.head, maps.mean(axis=(1, 2)))
        # Pooling spreads a feature's gradient evenly over its map, so the weight of a map,
        # its mean gradient, is this one up to a factor that scaling takes away.
        heats.append(_scaled(np.einsum("nhwk,nk->nhw", maps, gradients)))
        # The logistic function, written so that no large logit overflows.
        scores.append((1 + np.tanh(logits.astype(np.float64) / 2)) / 2)
    return np.concatenate(heats), np.concatenate(scores)


def last_maps(detector: Detector) -> keras.Model:
    """Make the model from uint8 pixels to the maps that go into the pooling: (N, h, w, D)."""
    import keras

    extractor = detector.extractor
    return keras.Model(extractor.inputs, extractor.get_layer("pooling").input, name="maps")


def head_gradients(head: keras.Model, features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Compute the log-odds of `positive` and their gradient by features: (N,) and (N, D)."""
    import tensorflow as tf

    inputs = tf.convert_to_tensor(features)
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        logits = _log_odds(head, inputs)
    return logits.numpy(), tape.gradient(logits, inputs).numpy()


def _log_odds(head: keras.Model, features: Any) -> Any:
    """Run the head without its softmax; the difference is the logit of P(positive)."""
    import keras

    *hidden, classes = head.layers
    for layer in hidden:
        features = layer(features)
    outputs = keras.ops.matmul(features, classes.kernel) + classes.bias
    return outputs[:, POSITIVE_OUTPUT] - outputs[:, 1 - POSITIVE_OUTPUT]


def _scaled(maps: np.ndarray) -> np.ndarray:
    heat = np.maximum(maps, 0)
    most = heat.max(axis=(1, 2), keepdims=True)
    scaled: np.ndarray = np.divide(heat, most, out=np.zeros_like(heat), where=most > 0)
    return scaled


def mass_in_region(heat: np.ndarray, region: np.ndarray) -> float | None:
    """Measure the share of a map's mass within a region; None if the map is empty.

    Args:
        heat: (h, w) float, not negative; it is stretched over the region's square.
        region: (height, width) bool.
    """
    spread = stretched(heat, region.shape[1])
    whole = float(spread.sum())
    return float(spread[region].sum()) / whole if whole > 0 else None


def stretched(heat: np.ndarray, side: int) -> np.ndarray:
    """Stretch a map smoothly over a square: (side, side) float32."""
    image = Image.fromarray(heat.astype(np.float32))
    return np.asarray(image.resize((side, side), Image.Resampling.BILINEAR))


def region_mask(
    polygon: Polygon, box: Box, crop: tuple[int, int], side: int, resize: str
) -> np.ndarray:
    """Draw a region into the network's square, as images/squares.py makes it.

    Args:
        polygon: corners, in any unit.
        box: left, top, right, bottom of the crop in the same unit.
        crop: width and height of the cropped image in pixels.
        side: side of the square in pixels.
        resize: pad or stretch.

    Returns:
        (side, side) bool.
    """
    width, height = (side, side) if resize == "stretch" else _fitted(crop, side)
    left, top = (side - width) // 2, (side - height) // 2
    across, down = width / (box[2] - box[0]), height / (box[3] - box[1])
    corners = [((x - box[0]) * across, (y - box[1]) * down) for x, y in polygon]
    drawn = Image.new("1", (width, height))
    ImageDraw.Draw(drawn).polygon(corners, fill=1)
    square = np.zeros((side, side), dtype=bool)
    square[top : top + height, left : left + width] = np.asarray(drawn)
    return square


def _fitted(crop: tuple[int, int], side: int) -> tuple[int, int]:
    width, height = (max(round(length * side / max(crop)), 1) for length in crop)
    return width, height


def explain_examples(
    detector: Detector,
    examples: Sequence[Example],
    config: RunConfig,
    fill: Colour,
    advance: Advance = lambda _: None,
) -> list[Explanation]:
    """Explain a detector's scores of exported regions, in order."""
    found = []
    for start in range(0, len(examples), BATCH):
        part = examples[start : start + BATCH]
        images = [read_pixels(example.path) for example in part]
        regions = [_example_region(example, config) for example in part]
        names = [(example.id, example.label, example.group) for example in part]
        found += explain_crops(detector, images, regions, names, config, fill)
        advance(len(part))
    return found


def explain_crops(
    detector: Detector,
    images: Sequence[np.ndarray],
    regions: Sequence[np.ndarray],
    names: Sequence[tuple[str, str, str]],
    config: RunConfig,
    fill: Colour,
) -> list[Explanation]:
    """Explain cut regions, (height, width, 3) uint8 each, named by id, label and group."""
    squares = [squared(image, config.img_size, config.resize, fill).numpy() for image in images]
    heats, scores = heat_maps_and_scores(detector, np.stack(squares))
    return [
        Explanation(*name, float(score), pixels, heat, region)
        for name, score, pixels, heat, region in zip(
            names, scores, squares, heats, regions, strict=True
        )
    ]


def _example_region(example: Example, config: RunConfig) -> np.ndarray:
    """Draw an example's region: its exported image is the region's bounding box."""
    columns, rows = zip(*example.region, strict=True)
    box = (min(columns), min(rows), max(columns), max(rows))
    crop = (example.width_px, example.height_px)
    return region_mask(example.region, box, crop, config.img_size, config.resize)


def summarise_mass(explanations: Sequence[Explanation]) -> MassSummary:
    """Average the shares, with a 95% interval by bootstrap over groups.

    Photos without heat have no share: they are counted and left out.
    """
    warm = [x for x in explanations if x.mass_in_region is not None]
    shares = np.array([x.mass_in_region for x in warm], dtype=np.float64)
    return MassSummary(
        photos=len(explanations),
        without_heat=len(explanations) - len(warm),
        mass=float(shares.mean()) if warm else None,
        interval=mean_interval(shares, np.array([x.group for x in warm], dtype=str)),
        area=float(np.mean([x.area_share for x in explanations])),
    )


def mean_interval(values: np.ndarray, groups: np.ndarray) -> tuple[float, float] | None:
    """Estimate a 95% interval of a mean by drawing whole groups with replacement."""
    if not len(values):
        return None
    drawn, left_out = (
        np.concatenate([ratio(weights @ values, weights.sum(axis=1)) for weights in blocks])
        for blocks in (drawn_weights(groups), left_out_weights(groups))
    )
    interval = bca_interval(float(values.mean()), drawn, left_out)
    return None if interval is None else (interval[0], interval[1])
