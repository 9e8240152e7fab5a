"""What runs the frozen network over images: TensorFlow, or OpenVINO where it is installed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from trainer.errors import LibraryMissing
from trainer.model import Detector

if TYPE_CHECKING:
    import keras

# (images, size, size, 3) uint8 -> (images, D) float32
Extract = Callable[[np.ndarray], np.ndarray]


def load_engine(name: str, detector: Detector) -> Extract:
    """Make the named engine ready to extract a detector's features.

    Raises:
        LibraryMissing: OpenVINO is asked for and not installed.
    """
    if name == "openvino":
        return _openvino(detector.extractor)
    extract: Extract = detector.extractor.predict_on_batch
    return extract


def network_digest(network: keras.Model) -> str:
    """Hash a network's weights: other weights are another network."""
    digest = hashlib.sha256()
    for weight in network.weights:
        digest.update(np.ascontiguousarray(weight.numpy()).data)
    return digest.hexdigest()


def _openvino(extractor: keras.Model) -> Extract:
    try:
        import openvino
    except ImportError:
        raise LibraryMissing(
            "OpenVINO is not installed: run  pip install 'malar[openvino]'  "
            "or train with --engine tensorflow"
        ) from None
    # Half the bits where the processor has instructions for them, else single precision.
    settings: Any = {"PERFORMANCE_HINT": "THROUGHPUT", "INFERENCE_PRECISION_HINT": _precision()}
    compiled = openvino.Core().compile_model(openvino.convert_model(extractor), "CPU", settings)

    def extract(pixels: np.ndarray) -> np.ndarray:
        return np.array(compiled(pixels)[0], dtype=np.float32)

    return extract


def _precision() -> str:
    import openvino

    able = openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    return "bf16" if "BF16" in able else "f32"
