"""The networks at hand: those whose ImageNet weights lie in a folder. Nothing is downloaded."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from trainer.archs import ARCHS, Architecture, find_architecture
from trainer.caches import cache_folder
from trainer.config import RunConfig
from trainer.errors import WeightsUnavailable
from trainer.exports.manifest import Crop, Example
from trainer.networks.detector import Detector, build_detector
from trainer.networks.engines import load_engine
from trainer.networks.features import compute_features, find_cache
from trainer.progress import working


def keras_weights() -> Path:
    """Return the folder in which Keras keeps the weights that it downloaded, for `run` too."""
    return Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras") / "models"


def networks_at_hand(folder: Path, names: Sequence[str] = ()) -> dict[str, Path]:
    """Return the weights of the named networks, or of all that are there, by the networks' names.

    Raises:
        UnknownArchitecture: no network has such a name.
        WeightsUnavailable: the weights of a named network, or of any, are not in the folder.
    """
    wanted = [find_architecture(name) for name in dict.fromkeys(names)] or list(ARCHS.values())
    files = sorted(folder.glob("*.h5"))
    found = {arch.name: file for arch in wanted if (file := _weights_of(arch, files))}
    missing = [arch.name for arch in wanted if arch.name not in found]
    if missing and (names or not found):
        of = f"of {', '.join(missing)}" if names else "of any network"
        raise WeightsUnavailable(
            f"no weights without top {of} in {folder}: `run` downloads those of the network that it "
            "trains; or name a folder of .h5 files with --weights"
        )
    return found


def network_features(
    name: str, weights: Path, examples: Sequence[Example], crop: Crop
) -> np.ndarray:
    """Compute the pooled features of some examples as a run sees them: (N, D) float32.

    Raises:
        WeightsUnavailable: the file does not fit.
    """
    import keras

    config = replace(RunConfig(arch=name), weights=str(weights), views=0)
    keras.utils.clear_session()
    with working(f"building {name}"):
        detector = _detector(config)
        none = np.empty((0, config.img_size, config.img_size, 3), np.uint8)
        engine = load_engine("tensorflow", detector, none)  # which needs no photos to be tried on
    cache = find_cache(cache_folder("features"), detector, engine, config, crop)
    seen = compute_features(engine, cache, dict.fromkeys(examples, 0), config, crop)
    return np.stack([seen[example.id][0] for example in examples])


def _detector(config: RunConfig) -> Detector:
    try:
        return build_detector(ARCHS[config.arch], config.img_size, config.weights)
    except WeightsUnavailable as error:
        raise WeightsUnavailable(
            f"{config.weights} does not contain weights of {config.arch} without top: "
            "replace or remove the file, or name other networks with --arch"
        ) from error


def _weights_of(arch: Architecture, files: Sequence[Path]) -> Path | None:
    """Find a network's file by its name, as Keras publishes it; later versions of a network are others."""
    bare = re.compile(re.escape(_bare(arch.keras_name)) + r"(?!v\d).*notop")
    return next((file for file in files if bare.match(_bare(file.name))), None)


def _bare(name: str) -> str:
    return re.sub(r"[-_]", "", name.lower())
