"""Estimates the hours and memory of the eight networks on the paper's 1,810 photos, and of the stock script.

Extrapolated: each network processes a few photos, a head trains for a few epochs, and the stock script
makes a few passes over a few photos. Weights are random, which does not affect time. Each measurement
runs in its own process.

    python benchmarks/eight_networks.py [--archs mobilenet,vgg16] [--engine openvino]
"""

import argparse
import tempfile
import time
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from trainer.archs import ARCHS, paper_archs
from trainer.config import RunConfig
from trainer.environment import peak_memory_mb
from trainer.startup import start_tensorflow

PHOTOS = 1810
TRAINING = 1267  # of them, at 70%
SHOWN = 64
HEAD_EPOCHS = 3


@dataclass(frozen=True)
class Cost:
    hours: float
    memory_mb: int


def cost_of_ours(arch: str, engine: str) -> Cost:
    """Extrapolate from features of a few photos, and a few epochs of a head on all 1,267."""
    start_tensorflow()
    from trainer.networks.detector import build_detector
    from trainer.networks.engines import load_engine
    from trainer.networks.features import Features
    from trainer.training.checkpoints import Checkpoint
    from trainer.training.fit import train_head

    config = replace(RunConfig(arch), epochs=HEAD_EPOCHS)
    detector = build_detector(ARCHS[arch], config.img_size)
    pixels = random_photos(SHOWN, config.img_size)
    extract = load_engine(engine, detector, pixels[:32]).extract
    extract(pixels[:32])
    begin = time.perf_counter()
    for start in range(0, SHOWN, 32):
        extract(pixels[start : start + 32])
    photo_s = (time.perf_counter() - begin) / SHOWN
    width = detector.extractor.output_shape[-1]
    views = np.random.default_rng(0).normal(size=(TRAINING, 1 + config.views, width))
    seen = Features(views.astype(np.float32), np.arange(TRAINING) % 2)
    held_out = Features(seen.views[:272, :1], seen.labels[:272])
    with tempfile.TemporaryDirectory() as folder:
        begin = time.perf_counter()
        train_head(
            detector, seen, held_out, config, Checkpoint(Path(folder) / "head.npz"), lambda _: None
        )
        epoch_s = (time.perf_counter() - begin) / HEAD_EPOCHS
    images = TRAINING * (1 + config.views) + PHOTOS - TRAINING
    return Cost((images * photo_s + RunConfig(arch).epochs * epoch_s) / 3600, peak_memory_mb())


def cost_of_stock(arch: str) -> Cost:
    """Extrapolate from one pass of the stock script over a few photos, after a warm-up pass."""
    start_tensorflow()
    import keras
    import tensorflow as tf

    from benchmarks.training import stock_model

    config = RunConfig(arch)
    model = stock_model(replace(config, weights="none"))
    photos = tf.data.Dataset.from_tensor_slices(
        (random_photos(SHOWN, config.img_size), keras.utils.to_categorical(np.arange(SHOWN) % 2))
    ).batch(32)
    model.fit(photos, epochs=1, verbose=0)
    begin = time.perf_counter()
    model.fit(photos, epochs=1, verbose=0)
    trained_s = (time.perf_counter() - begin) / SHOWN
    begin = time.perf_counter()
    model.evaluate(photos, verbose=0)
    tested_s = (time.perf_counter() - begin) / SHOWN
    epoch_s = TRAINING * trained_s + (PHOTOS - TRAINING) * tested_s
    return Cost(config.epochs * epoch_s / 3600, peak_memory_mb())


def random_photos(count: int, size: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, size, size, 3), dtype=np.uint8)


def apart(work: Any, *arguments: Any) -> Cost:
    with get_context("spawn").Pool(1) as pool:
        cost: Cost = pool.apply(work, arguments)
        return cost


def main() -> None:
    parser = argparse.ArgumentParser(description="Hours and memory of the eight networks.")
    parser.add_argument("--archs", default=",".join(paper_archs()))
    parser.add_argument("--engine", default="tensorflow")
    given = parser.parse_args()
    print(f"{PHOTOS} photos, the paper recipe, extrapolated; engine {given.engine}")
    print(f"{'':<22}{'here':>8}{'stock':>9}{'ratio':>7}{'memory here':>14}{'stock':>9}")
    sums = [0.0, 0.0]
    for arch in given.archs.split(","):
        ours, stock = apart(cost_of_ours, arch, given.engine), apart(cost_of_stock, arch)
        sums = [sums[0] + ours.hours, sums[1] + stock.hours]
        print(
            f"{arch:<22}{ours.hours:>6.2f} h{stock.hours:>7.1f} h{stock.hours / ours.hours:>7.1f}"
            f"{ours.memory_mb:>11} MB{stock.memory_mb:>6} MB",
            flush=True,
        )
    print(f"{'all':<22}{sums[0]:>6.2f} h{sums[1]:>7.1f} h{sums[1] / sums[0]:>7.1f}")


if __name__ == "__main__":
    main()
