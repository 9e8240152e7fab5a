"""The detector as one model that takes raw uint8 pixels: preprocessing, network, the paper's head."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trainer.archs import Architecture, Preprocessing
from trainer.errors import RunBroken
from trainer.file_kinds import problem_of_weights
from trainer.networks.loading import UNFIT, NotFinite, load_all_weights, load_network
from trainer.weights import RANDOM

if TYPE_CHECKING:
    import keras

HEAD_UNITS = (1024, 1024, 512)
CLASS_COUNT = 2

# Values per channel, as the networks' authors trained them (keras.applications' three modes).
CAFFE_MEAN_BGR = (103.939, 116.779, 123.68)
TORCH_MEAN_RGB = (0.485, 0.456, 0.406)
TORCH_STD_RGB = (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class Detector:
    """One network as three models that share their layers, so that training one trains all.

    model: uint8 pixels -> P(negative), P(positive).
    extractor: uint8 pixels -> pooled features of the network.
    head: pooled features -> P(negative), P(positive).
    network: the part that starts from ImageNet, inside the other two.
    """

    model: keras.Model
    extractor: keras.Model
    head: keras.Model
    network: keras.Model

    def start_head(self, seed: int) -> None:
        """Initialise the head; its values depend on the seed alone."""
        import keras

        for place, layer in enumerate(self.head.layers):
            start = keras.initializers.GlorotUniform(seed=seed * len(self.head.layers) + place)
            layer.kernel.assign(start(layer.kernel.shape))
            layer.bias.assign(keras.ops.zeros(layer.bias.shape))

    def save(self, file: Path) -> None:
        """Write the whole model as a .keras file, without the optimizer's state."""
        import keras

        bare = keras.Model(self.model.inputs, self.model.outputs, name=self.model.name)
        bare.save(file)


def build_detector(arch: Architecture, size: int, weights: str = RANDOM) -> Detector:
    """Build a detector whose network is frozen and starts from the given weights."""
    import keras

    network = load_network(arch, size, weights)
    network.trainable = False
    pixels = keras.Input((size, size, 3), dtype="uint8", name="pixels")
    maps = network(preprocessed(pixels, arch.preprocessing), training=False)
    features = keras.layers.GlobalAveragePooling2D(name="pooling")(maps)
    layers = head_layers()
    return Detector(
        model=keras.Model(pixels, _chained(layers, features), name=f"{arch.name}_detector"),
        extractor=keras.Model(pixels, features, name="extractor"),
        head=keras.Sequential([keras.Input(features.shape[1:]), *layers], name="head"),
        network=network,
    )


def head_layers() -> list[keras.layers.Layer]:
    """Make the paper's head: three ReLU layers and a softmax over the two classes."""
    import keras

    hidden = [
        keras.layers.Dense(units, activation="relu", name=f"head_{place}")
        for place, units in enumerate(HEAD_UNITS, start=1)
    ]
    return [*hidden, keras.layers.Dense(CLASS_COUNT, activation="softmax", name="classes")]


def preprocessed(pixels: Any, kind: Preprocessing) -> Any:
    """Scale raw pixels as the network was trained; with stock layers only, so that it can be saved.

    Equal to keras.applications' preprocess_input of the same kind.
    """
    import keras

    if kind == "caffe":
        pixels = keras.ops.flip(pixels, axis=-1)
    scale, offset = _scaling(kind)
    return keras.layers.Rescaling(scale, offset, name="scaling")(pixels)


def load_detector(arch: Architecture, size: int, file: Path) -> Detector:
    """Rebuild a detector with our own code; only numbers are read from the saved file.

    Raises:
        RunBroken: the file does not contain this detector's weights.
    """
    if problem := problem_of_weights(file):
        raise RunBroken(f"{file.name} of the run {problem}; or train it again")
    detector = build_detector(arch, size)
    try:
        load_all_weights(detector.model, file)
    except NotFinite as error:
        raise RunBroken(f"{file.name} is damaged: {error}; train it again") from error
    except UNFIT as error:
        raise RunBroken(
            f"{file.name} does not contain a {arch.name} detector of this trainer: train it again"
        ) from error
    return detector


def _scaling(kind: Preprocessing) -> tuple[Any, Any]:
    if kind == "tf":
        return 1 / 127.5, -1.0
    if kind == "caffe":
        return 1.0, [-mean for mean in CAFFE_MEAN_BGR]
    pairs = list(zip(TORCH_MEAN_RGB, TORCH_STD_RGB, strict=True))
    return [1 / (255 * std) for _, std in pairs], [-mean / std for mean, std in pairs]


def _chained(layers: Sequence[keras.layers.Layer], tensor: Any) -> Any:
    for layer in layers:
        tensor = layer(tensor)
    return tensor
