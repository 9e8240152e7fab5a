"""One tiny export and one real run on it, shared by the session."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.trainer.tiny_exports import make_export
from trainer.archs import ARCHS
from trainer.config import RunConfig
from trainer.exports.manifest import Export
from trainer.exports.reader import read_export
from trainer.networks.loading import build_network
from trainer.run import FinishedRun, train_run
from trainer.startup import start_tensorflow

TINY = RunConfig(
    arch="mobilenet", weights="none", img_size=32, views=2, epochs=3, batch_size=8, seed=5
)


def awaken(network: Any) -> None:
    """Scale random kernels up, so that signals and gradients pass all layers as if trained.

    Keras' own start values let them fade to nothing when batch normalisation stands still.
    """
    generator = np.random.default_rng(0)
    for weight in network.weights:
        if len(weight.shape) == 4:
            is_depthwise = weight.shape[3] == 1
            inputs = int(np.prod(weight.shape[: 2 if is_depthwise else 3]))
            weight.assign(generator.normal(0, np.sqrt(2 / inputs), weight.shape))


@pytest.fixture(scope="session", autouse=True)
def own_instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Runs and computed features go to a folder of the tests, never to the user's."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("instance")
        patch.setenv("CURATOR_INSTANCE", str(folder))
        yield folder


@pytest.fixture(scope="session")
def tensorflow() -> None:
    start_tensorflow()


@pytest.fixture(scope="session")
def export_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_export(tmp_path_factory.mktemp("exports") / "tiny")


@pytest.fixture(scope="session")
def export(export_path: Path) -> Export:
    return read_export(export_path)


@pytest.fixture(scope="session")
def config(tensorflow: None, tmp_path_factory: pytest.TempPathFactory) -> RunConfig:
    """A run that starts from a file of weights, as users without a connection do."""
    network = build_network(ARCHS["mobilenet"], 32)
    awaken(network)
    file = tmp_path_factory.mktemp("weights") / "own.weights.h5"
    network.save_weights(file)
    return replace(TINY, weights=str(file))


@pytest.fixture(scope="session")
def finished(
    config: RunConfig, export: Export, tmp_path_factory: pytest.TempPathFactory
) -> FinishedRun:
    return train_run(config, export, tmp_path_factory.mktemp("runs") / "mobilenet-1")
