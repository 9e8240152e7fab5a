"""Compares the training time of this trainer and of the stock Keras transfer-learning script.

Both start from the same ImageNet weights with the same head, and neither sees a test photo. This
trainer's time covers all epochs; the stock script's lasts until it first reaches the validation F1 of
this trainer's best epoch. Each runs in its own process, excluding TensorFlow's start-up.

    python benchmarks/training.py instance/exports/latest mobilenet mobilenet_no_top.h5
"""

import argparse
import os
import tempfile
import time
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from trainer.archs import ARCHS, find_architecture
from trainer.config import RunConfig
from trainer.environment import peak_memory_mb
from trainer.exports.manifest import Export
from trainer.exports.reader import read_export
from trainer.startup import start_tensorflow

MOST_EPOCHS = 150


@dataclass(frozen=True)
class Timed:
    """Time and memory needed to reach a validation F1.

    `further_s` is the time for another head on the same photos; `epochs` the number needed.
    """

    name: str
    first_s: float
    further_s: float
    val_f1: float
    epochs: int
    memory_mb: int


def val_f1(scores: np.ndarray, labels: np.ndarray) -> float:
    from sklearn.metrics import f1_score

    return float(f1_score(labels, scores >= 0.5))


def train_ours(path: Path, config: RunConfig) -> Timed:
    """Time features and head from an empty cache, then another seed on the cached features."""
    start_tensorflow()
    from trainer.images.squares import load_pixels
    from trainer.networks.detector import build_detector
    from trainer.networks.engines import load_engine
    from trainer.run import extract_features
    from trainer.training.divisions import split_division
    from trainer.training.trainer import Trainer

    whole = read_export(path)
    export = replace(whole, examples=(*whole.of_split("train"), *whole.of_split("val")))
    os.environ["CURATOR_INSTANCE"] = tempfile.mkdtemp()  # with an empty feature cache
    begin = time.perf_counter()
    detector = build_detector(find_architecture(config.arch), config.img_size, config.weights)
    probe = load_pixels(export.examples[:32], config, export.crop.fill_rgb)
    engine = load_engine(config.engine, detector, probe)
    with tempfile.TemporaryDirectory() as folder:
        trainer = Trainer(
            detector,
            engine,
            config,
            export,
            extract_features(detector, engine, config, export),
            Path(folder),
        )
        trained = trainer.train(split_division(export), config.seed)
        first = time.perf_counter() - begin
        begin = time.perf_counter()
        trainer.train(split_division(export), config.seed + 1)
        further = time.perf_counter() - begin
    held_out = trained.of(trained.division.val)
    f1 = val_f1(
        np.array([one.score for one in held_out]), np.array([one.is_positive for one in held_out])
    )
    return Timed(engine.name, first, further, f1, config.epochs, peak_memory_mb())


def stock_model(config: RunConfig) -> Any:
    """Build one model of random layers, the frozen network and the same head."""
    import keras

    from trainer.networks.detector import head_layers, preprocessed
    from trainer.networks.loading import load_network

    arch, size = find_architecture(config.arch), config.img_size
    network = load_network(arch, size, config.weights)
    network.trainable = False
    pixels = keras.Input((size, size, 3))
    moved = pixels
    for layer in (
        keras.layers.RandomFlip("horizontal"),
        keras.layers.RandomRotation(0.03),
        keras.layers.RandomZoom(0.12),
    ):
        moved = layer(moved)
    flow = network(preprocessed(moved, arch.preprocessing), training=False)
    flow = keras.layers.GlobalAveragePooling2D()(flow)
    for layer in head_layers():
        flow = layer(flow)
    model = keras.Model(pixels, flow)
    model.compile(optimizer=keras.optimizers.Adam(config.lr), loss="categorical_crossentropy")
    return model


def train_stock(path: Path, config: RunConfig, wanted_f1: float) -> Timed:
    """Time Keras's transfer-learning guide, epoch by epoch, until it reaches the F1."""
    start_tensorflow()
    import keras

    size = config.img_size
    begin = time.perf_counter()
    train, val = (
        keras.utils.image_dataset_from_directory(
            path / split, label_mode="categorical", image_size=(size, size), batch_size=32,
            shuffle=split == "train", seed=config.seed, verbose=False,
        )
        for split in ("train", "val")
    )  # fmt: skip
    model = stock_model(config)
    labels = np.concatenate([targets.numpy()[:, 1] for _, targets in val]).astype(bool)
    f1, epochs = 0.0, 0
    while f1 < wanted_f1 and epochs < MOST_EPOCHS:
        model.fit(train, epochs=1, verbose=0)
        f1, epochs = val_f1(model.predict(val, verbose=0)[:, 1], labels), epochs + 1
    taken = time.perf_counter() - begin
    return Timed("stock Keras", taken, taken, f1, epochs, peak_memory_mb())


def apart(work: Any, *arguments: Any) -> Timed:
    """Run in a separate process, so that neither warms the other up or adds to its memory."""
    with get_context("spawn").Pool(1) as pool:
        timed: Timed = pool.apply(work, arguments)
        return timed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("export", type=Path)
    parser.add_argument("arch", choices=ARCHS)
    parser.add_argument("weights")
    parser.add_argument("--engines", default="tensorflow,openvino")
    given = parser.parse_args()
    config = RunConfig(given.arch, weights=given.weights)
    export: Export = read_export(given.export)
    ours = [
        apart(train_ours, export.path, replace(config, engine=e)) for e in given.engines.split(",")
    ]
    stock = apart(train_stock, export.path, config, max(one.val_f1 for one in ours))
    print(f"{given.arch}, {len(export.of_split('train'))} training photos")
    print(f"{'':<16}{'first run':>11}{'further':>10}{'val F1':>9}{'epochs':>8}{'memory':>10}")
    for one in (*ours, stock):
        print(
            f"{one.name:<16}{one.first_s:>9.1f} s{one.further_s:>8.1f} s{one.val_f1:>9.3f}"
            f"{one.epochs:>8}{one.memory_mb:>7} MB"
        )
    for one in ours:
        print(
            f"{one.name}: the first run {stock.first_s / one.first_s:.1f} times as fast, "
            f"each further one {stock.further_s / one.further_s:.1f} times"
        )
    if stock.val_f1 < max(one.val_f1 for one in ours):
        print(f"The stock script had not reached that F1 after {MOST_EPOCHS} epochs.")


if __name__ == "__main__":
    main()
