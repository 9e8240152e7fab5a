"""The formats a detector can be converted to: how each is written, and run again."""

from __future__ import annotations

import csv
import io
import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from trainer.networks.detector import Detector
from trainer.networks.engines import load_openvino

# (1, size, size, 3) uint8 -> (1, 2): P(negative), P(positive).
Runner = Callable[[np.ndarray], np.ndarray]
THREADS = os.cpu_count() or 1
FLOAT_SHARE = 1 / 3


@dataclass(frozen=True)
class Format:
    """One format: the file it is written to, and the modules that it needs.

    `extra` is the part of the installation that brings those modules.
    """

    name: str
    file: str
    write: Callable[[Detector, Path], None]
    open: Callable[[Path], Runner]
    modules: tuple[str, ...] = ()
    extra: str = "trainer"


def write_saved_model(detector: Detector, folder: Path) -> None:
    """Write TensorFlow's own format, for any number of photos at once."""
    _save_graph(detector, folder, None)


def _save_graph(detector: Detector, folder: Path, photos: int | None) -> None:
    """Save the detector as a graph; Keras' own export writes all weights twice.

    Args:
        detector: the trained detector.
        folder: where to.
        photos: how many at once, or None for any number.
    """
    import tensorflow as tf

    shape = (photos, *detector.model.input_shape[1:])
    module = tf.Module()
    module.weights = [variable.value for variable in detector.model.variables]
    module.serve = tf.function(
        lambda pixels: detector.model(pixels, training=False),
        input_signature=[tf.TensorSpec(shape, tf.uint8, "pixels")],
    )
    tf.saved_model.save(module, folder, signatures=module.serve)


def write_onnx(detector: Detector, file: Path) -> None:
    """Write ONNX, for any number of photos at once."""
    import keras

    shape = (None, *detector.model.input_shape[1:])
    signature = [keras.InputSpec(shape=shape, dtype="uint8", name="pixels")]
    detector.model.export(file, format="onnx", verbose=False, input_signature=signature)


def write_openvino(detector: Detector, file: Path) -> None:
    """Write OpenVINO's .xml and, beside it, its .bin, in full precision."""
    openvino = load_openvino()
    with tempfile.TemporaryDirectory() as saved:
        write_saved_model(detector, Path(saved))
        converted = openvino.convert_model(saved)
    openvino.save_model(converted, file, compress_to_fp16=False)


def write_litert(detector: Detector, file: Path) -> None:
    """Write LiteRT (TensorFlow Lite), for one photo at a time, as phones use it."""
    with tempfile.TemporaryDirectory() as saved:
        file.write_bytes(_litert_converter(detector, saved).convert())


def write_litert_int8(detector: Detector, file: Path, photos: np.ndarray) -> None:
    """Write LiteRT with weights and activations in eight bits, the first layers excepted.

    The first third of the layers holds few weights, but its rounding errors pass through all
    later layers.

    Args:
        detector: the trained detector.
        file: where to.
        photos: (N, size, size, 3) uint8; they give the ranges of values.

    Source: docs/decisions.md#eight-bits.
    """
    import tensorflow as tf

    with tempfile.TemporaryDirectory() as saved:
        converter = _litert_converter(detector, saved)
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = lambda: ([photo[np.newaxis]] for photo in photos)
        # The debugger is TensorFlow's documented way to keep chosen layers in floating point.
        debugger = tf.lite.experimental.QuantizationDebugger(
            converter=converter, debug_dataset=lambda: ([photo[np.newaxis]] for photo in photos[:1])
        )
        debugger.run()
        layers = _layer_names(debugger)
        debugger.options = tf.lite.experimental.QuantizationDebugOptions(
            denylisted_nodes=layers[: round(len(layers) * FLOAT_SHARE)]
        )
        file.write_bytes(debugger.get_nondebug_quantized_model())


def write_litert_dynamic(detector: Detector, file: Path, _: np.ndarray) -> None:
    """Write LiteRT with weights in eight bits, and activations by the range of each photo."""
    import tensorflow as tf

    with tempfile.TemporaryDirectory() as saved:
        converter = _litert_converter(detector, saved)
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        file.write_bytes(converter.convert())


def _layer_names(debugger: Any) -> list[str]:
    """List the layers that can be quantised, from the first to the last."""
    table = io.StringIO(newline="")
    debugger.layer_statistics_dump(table)
    table.seek(0)
    return [row["tensor_name"] for row in csv.DictReader(table)]


def open_keras(detector: Detector) -> Runner:
    """Run the detector as it is, compiled to a graph."""
    import tensorflow as tf

    shape = (1, *detector.model.input_shape[1:])
    graph = tf.function(
        lambda pixels: detector.model(pixels, training=False),
        input_signature=[tf.TensorSpec(shape, tf.uint8)],
    )
    return lambda pixels: graph(tf.constant(pixels)).numpy()


def open_saved_model(folder: Path) -> Runner:
    """Run a SavedModel by TensorFlow."""
    import tensorflow as tf

    loaded = tf.saved_model.load(folder)
    return lambda pixels: loaded.serve(tf.constant(pixels)).numpy()


def open_onnx(file: Path) -> Runner:
    """Run an ONNX file by ONNX Runtime on the CPU."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = THREADS
    session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda pixels: session.run(None, {name: pixels})[0]


def open_openvino(file: Path) -> Runner:
    """Run OpenVINO's files on the CPU in full precision.

    Some processors would otherwise compute in bfloat16, whose errors change scores.
    """
    settings = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": THREADS}
    compiled = load_openvino().compile_model(file, "CPU", settings)
    return lambda pixels: compiled(pixels)[0]


def open_litert(file: Path) -> Runner:
    """Run a LiteRT file by the interpreter that comes with TensorFlow."""
    import tensorflow as tf

    interpreter = tf.lite.Interpreter(model_path=str(file), num_threads=THREADS)
    interpreter.allocate_tensors()
    [taken], [given] = interpreter.get_input_details(), interpreter.get_output_details()

    def run(pixels: np.ndarray) -> np.ndarray:
        interpreter.set_tensor(taken["index"], pixels)
        interpreter.invoke()
        answer: np.ndarray = interpreter.get_tensor(given["index"])
        return answer

    return run


def _litert_converter(detector: Detector, folder: str) -> Any:
    """Start a conversion from a SavedModel: a direct one would lose Keras' variables."""
    import tensorflow as tf

    _save_graph(detector, Path(folder), 1)
    return tf.lite.TFLiteConverter.from_saved_model(folder)


# Where the ranges of activations come from: earlier photos, or each photo itself, which is slower and
# more exact. The first by which photos are called as by the run is taken.
QUANTISERS: Mapping[str, Callable[[Detector, Path, np.ndarray], None]] = {
    "static": write_litert_int8,
    "dynamic": write_litert_dynamic,
}
FORMATS: Mapping[str, Format] = {
    row.name: row
    for row in (
        Format("litert", "model.tflite", write_litert, open_litert),
        Format(
            "onnx",
            "model.onnx",
            write_onnx,
            open_onnx,
            modules=("onnx", "onnxruntime", "tf2onnx"),
            extra="onnx",
        ),
        Format("saved_model", "saved_model", write_saved_model, open_saved_model),
        Format(
            "openvino",
            "model.xml",
            write_openvino,
            open_openvino,
            modules=("openvino",),
            extra="openvino",
        ),
    )
}
