"""Builds a network without its classifier and loads its starting weights."""

from __future__ import annotations

import urllib.error
import warnings
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from trainer.archs import Architecture
from trainer.errors import WeightsUnavailable
from trainer.weights import IMAGENET, describe_weights

if TYPE_CHECKING:
    import keras

# What Keras raises for a file that is no weights file, or one of another model.
UNFIT = (ValueError, OSError, KeyError, TypeError, UserWarning, zipfile.BadZipFile)


class NotFinite(ArithmeticError):
    """A weight is infinite or not a number."""


def load_network(arch: Architecture, size: int, weights: str) -> keras.Model:
    """Build the network without its classifier and load its weights.

    Raises:
        WeightsUnavailable: the download failed, or the file does not fit.
    """
    source = describe_weights(weights)
    if source.kind == IMAGENET:
        return _downloaded(arch, size)
    network = build_network(arch, size)
    if source.kind == "file":
        _load_file(network, arch, Path(weights))
    return network


def build_network(arch: Architecture, size: int, weights: str | None = None) -> keras.Model:
    """Build the network of keras.applications without its classifier."""
    import keras

    builder = getattr(keras.applications, arch.keras_name)
    options = {"name": arch.name, **arch.options}
    network: keras.Model = builder(
        weights=weights, include_top=False, input_shape=(size, size, 3), **options
    )
    return network


def load_all_weights(model: keras.Model, file: Path) -> None:
    """Load weights, all or none: parts left random, of which Keras only warns, are an error here.

    Raises:
        NotFinite: some of the numbers are infinite or not a number.
        UNFIT: the file is no weights file, or one of another model.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        model.load_weights(file)
    for variable in model.variables:
        if not np.isfinite(variable.numpy()).all():
            raise NotFinite(f"{variable.path} contains numbers that are not finite")


def _downloaded(arch: Architecture, size: int) -> keras.Model:
    try:
        return build_network(arch, size, IMAGENET)
    # keras.utils.get_file wraps every failed download in a bare Exception.
    except Exception as error:
        if isinstance(error, MemoryError):
            raise
        raise WeightsUnavailable(
            f"the ImageNet weights of {arch.name} could not be downloaded ({_reason(error)}): "
            "check the connection, or give --weights PATH to a .h5 without top, "
            "or --weights none for a trial"
        ) from error


def _reason(error: Exception) -> str:
    cause = error.__context__ if isinstance(error.__context__, urllib.error.URLError) else error
    return str(cause).splitlines()[0][:120] if str(cause) else type(cause).__name__


def _load_file(network: keras.Model, arch: Architecture, file: Path) -> None:
    try:
        load_all_weights(network, file)
    except NotFinite as error:
        raise WeightsUnavailable(
            f"{file.name} is damaged: {error}; give an intact file, or --weights imagenet"
        ) from error
    except UNFIT as error:
        raise WeightsUnavailable(
            _ending_problem(file)
            or f"{file.name} does not contain weights of {arch.name} without top: "
            "give the file of the same architecture, or --weights imagenet"
        ) from error


def _ending_problem(file: Path) -> str | None:
    """Say so if the name ends as that of Keras' other form of weights: Keras goes by the ending."""
    import h5py

    if not h5py.is_hdf5(file):
        return None
    with h5py.File(file) as content:
        is_old = "model_weights" in content or any(
            x.startswith("layer_names") for x in content.attrs
        )
    if is_old == file.name.endswith(".weights.h5"):
        ending = ".h5 without .weights" if is_old else ".weights.h5"
        return f"Keras reads {file.name} by its ending: rename it so that it ends in {ending}"
    return None
