"""Starts TensorFlow: without its start-up output, and computing the same whatever the machine's settings say."""

import logging
import os
import sys
import warnings
from importlib.util import find_spec
from typing import Any

from faces.quiet import stderr_held_back
from trainer.errors import KerasSettingsInvalid, TensorFlowMissing
from trainer.progress import working

QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "GRPC_VERBOSITY": "ERROR"}
# What a run computes must not depend on the shell, nor on ~/.keras/keras.json.
BACKEND, PRECISION, LAYOUT, EPSILON = "tensorflow", "float32", "channels_last", 1e-7
CHANGING_RESULTS = (
    *("KERAS_MAX_EPOCHS", "KERAS_MAX_STEPS_PER_EPOCH"),  # end a training early
    *("TF_ENABLE_AUTO_MIXED_PRECISION", "TF_ENABLE_AUTO_MIXED_PRECISION_GRAPH_REWRITE"),
)


def prepare_environment() -> None:
    """Silence TensorFlow unless the user wants to hear it, and drop what would change results."""
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    for name in CHANGING_RESULTS:
        os.environ.pop(name, None)
    os.environ["KERAS_BACKEND"] = BACKEND


def start_tensorflow() -> None:
    """Import TensorFlow and Keras, start the devices, and fix how numbers are computed.

    Raises:
        TensorFlowMissing: it is not installed.
        KerasSettingsInvalid: Keras refuses its own settings file.
    """
    prepare_environment()
    if not sys.modules.get("tensorflow"):
        with working("starting TensorFlow"):
            _import_quietly()
    _fix_numbers()


def describe_numbers() -> dict[str, Any]:
    """Describe how Keras computes now, for the record of a run."""
    import keras

    return {
        "backend": keras.config.backend(),
        "precision": keras.config.dtype_policy().name,
        "layout": keras.config.image_data_format(),
    }


def _import_quietly() -> None:
    warnings.filterwarnings("ignore")
    if not _installed("tensorflow"):
        raise TensorFlowMissing("TensorFlow is not installed: run  pip install 'malar[trainer]'")
    with stderr_held_back():
        try:
            import keras
        except (AssertionError, ValueError, TypeError, AttributeError) as error:
            raise KerasSettingsInvalid(
                "Keras cannot read its settings, ~/.keras/keras.json: correct the file, or delete it"
            ) from error
        import tensorflow as tf

        tf.config.list_physical_devices()
        tf.constant(0) + 1
    # Else Keras announces downloads on standard output, in the midst of our JSON.
    keras.config.disable_interactive_logging()
    for name in ("tensorflow", "absl", "matplotlib", "h5py"):
        logging.getLogger(name).setLevel(logging.ERROR)


def _fix_numbers() -> None:
    """Set what ~/.keras/keras.json may have set otherwise."""
    import keras

    keras.config.set_floatx(PRECISION)
    keras.config.set_dtype_policy(PRECISION)
    keras.config.set_image_data_format(LAYOUT)
    keras.config.set_epsilon(EPSILON)


def _installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ValueError:  # how find_spec says that the import is blocked
        return False
