"""The engines that run the frozen network over images: TensorFlow, or OpenVINO if installed."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from trainer.errors import LibraryMissing
from trainer.networks.detector import Detector

if TYPE_CHECKING:
    import keras

# The most by which features in half precision may differ, in shares of their length.
HALF_PRECISION_ERROR = 0.01


@dataclass(frozen=True)
class Engine:
    """A way to run the network; `name` identifies everything that its features depend on.

    extract: (images, size, size, 3) uint8 -> (images, D) float32.
    """

    name: str
    extract: Callable[[np.ndarray], np.ndarray]


def load_engine(name: str, detector: Detector, probe: np.ndarray) -> Engine:
    """Prepare the named engine to extract a detector's features.

    OpenVINO computes in half precision where the processor can and the features of the probe
    agree with TensorFlow's: docs/decisions.md#engines.

    Args:
        name: tensorflow or openvino.
        detector: whose network is run.
        probe: (N, size, size, 3) uint8, some of the photos.

    Raises:
        LibraryMissing: OpenVINO is asked for and not installed.
    """
    if name == "openvino":
        return _openvino(detector.extractor, probe)
    return Engine(_name_of_tensorflow(), detector.extractor.predict_on_batch)


def _name_of_tensorflow() -> str:
    """Name TensorFlow on a GPU differently: it multiplies with fewer digits (docs/decisions.md#engines)."""
    import tensorflow as tf

    return "tensorflow-gpu" if tf.config.list_logical_devices("GPU") else "tensorflow"


def network_digest(network: keras.Model) -> str:
    """Hash a network's weights."""
    digest = hashlib.sha256()
    for weight in network.weights:
        digest.update(np.ascontiguousarray(weight.numpy()).data)
    return digest.hexdigest()


def load_openvino() -> Any:
    """Import OpenVINO without the module that reports its use to its makers.

    Raises:
        ImportError: it is not installed.
    """
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    import openvino

    return openvino


def _openvino(extractor: keras.Model, probe: np.ndarray) -> Engine:
    try:
        openvino = load_openvino()
    except ImportError:
        raise LibraryMissing(
            "OpenVINO is not installed: run  pip install 'malar[openvino]'  "
            "or train with --engine tensorflow"
        ) from None
    core, model = openvino.Core(), openvino.convert_model(extractor)
    if "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        half = _compiled(core, model, "bf16")
        wanted = extractor.predict_on_batch(probe)
        error = np.linalg.norm(half.extract(probe) - wanted) / np.linalg.norm(wanted)
        if error <= HALF_PRECISION_ERROR:
            return half
    return _compiled(core, model, "f32")


def _compiled(core: Any, model: Any, precision: str) -> Engine:
    settings = {"PERFORMANCE_HINT": "THROUGHPUT", "INFERENCE_PRECISION_HINT": precision}
    compiled = core.compile_model(model, "CPU", settings)
    return Engine(
        f"openvino-{precision}", lambda pixels: np.array(compiled(pixels)[0], dtype=np.float32)
    )
