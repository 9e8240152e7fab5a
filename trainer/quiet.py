"""Silences TensorFlow's start-up output; real errors still come through."""

import logging
import os
import sys
import warnings
from importlib.util import find_spec

from faces.quiet import stderr_held_back
from trainer.errors import TensorFlowMissing

ENVIRONMENT = {
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "GRPC_VERBOSITY": "ERROR",
    "KERAS_BACKEND": "tensorflow",
}


def quiet_environment() -> None:
    """Silence TensorFlow; variables that the user has set are kept."""
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)


def start_tensorflow() -> None:
    """Import TensorFlow and start its devices without its start-up output.

    Raises:
        TensorFlowMissing: it is not installed.
    """
    if sys.modules.get("tensorflow"):
        return
    quiet_environment()
    warnings.filterwarnings("ignore")
    if not _installed("tensorflow"):
        raise TensorFlowMissing("TensorFlow is not installed: run  pip install 'malar[trainer]'")
    with stderr_held_back():
        import keras
        import tensorflow as tf

        tf.config.list_physical_devices()
        tf.constant(0) + 1
    # Else Keras announces downloads on standard output, in the midst of our JSON.
    keras.config.disable_interactive_logging()
    for name in ("tensorflow", "absl", "matplotlib", "h5py"):
        logging.getLogger(name).setLevel(logging.ERROR)


def _installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ValueError:  # how find_spec says that the import is blocked
        return False
