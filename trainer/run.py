"""The story of a run: read, train, score, write; each step lives in its own module."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trainer.archs import find_architecture
from trainer.config import RunConfig
from trainer.data import clean_pixels
from trainer.environment import describe_environment
from trainer.evaluate import predict_examples
from trainer.features import Features, compute_features
from trainer.fit import HistoryRow, fine_tune, train_head
from trainer.manifest import SPLITS, Export
from trainer.metrics import measure_run
from trainer.model import Detector, build_detector
from trainer.prediction_table import Prediction, write_predictions
from trainer.progress import progress_bar
from trainer.report import write_report
from trainer.rundir import (
    MODEL,
    REPORT,
    new_run,
    write_config,
    write_history,
    write_json,
)
from trainer.thresholds import choose_threshold
from trainer.weights import WeightsSource, describe_weights


@dataclass(frozen=True)
class FinishedRun:
    """Where a run is and what it reached."""

    path: Path
    config: RunConfig
    weights: WeightsSource
    metrics: dict[str, Any]


def train_run(config: RunConfig, export: Export, target: Path) -> FinishedRun:
    """Train a detector on an export, score it on every split and write the run folder."""
    import keras

    weights = describe_weights(config.weights)
    with new_run(target) as folder:
        keras.utils.set_random_seed(config.seed)
        detector = build_detector(find_architecture(config.arch), config.img_size, config.weights)
        history, predictions = train_detector(detector, config, export)
        metrics = measure_run(predictions, choose_threshold(predictions))
        environment = describe_environment()
        detector.model.save(folder / MODEL)
        write_config(folder, config, export, weights)
        write_json(folder / "environment.json", environment)
        write_history(folder / "history.csv", history)
        write_predictions(folder / "predictions.csv", predictions)
        write_json(folder / "metrics.json", metrics)
        write_report(
            folder / REPORT, config, export, weights, history, predictions, metrics, environment
        )
    return FinishedRun(path=target, config=config, weights=weights, metrics=metrics)


def train_detector(
    detector: Detector, config: RunConfig, export: Export
) -> tuple[list[HistoryRow], list[Prediction]]:
    """Train the head and, if asked, the last blocks; then score every example."""
    features = _features_by_split(detector, config, export)
    with progress_bar("training the head", config.epochs, "epochs") as advance:
        history = train_head(detector, features["train"], features["val"], config, advance)
    if not config.fine_tune_epochs:
        return history, _predict_from_features(detector, features, export)
    train, val = export.of_split("train"), export.of_split("val")
    with progress_bar("fine-tuning", config.fine_tune_epochs, "epochs") as advance:
        history += fine_tune(detector, train, val, config, export.crop.fill_rgb, advance)
    return history, _predict_from_pixels(detector, config, export)


def _features_by_split(
    detector: Detector, config: RunConfig, export: Export
) -> dict[str, Features]:
    views = {"train": config.views, "val": 0, "test": 0}
    images = sum((1 + views[split]) * len(export.of_split(split)) for split in SPLITS)
    fill = export.crop.fill_rgb
    with progress_bar("looking at the photos", images, "images") as advance:
        return {
            split: compute_features(
                detector, export.of_split(split), config, fill, views[split], advance
            )
            for split in SPLITS
        }


def _predict_from_features(
    detector: Detector, features: dict[str, Features], export: Export
) -> list[Prediction]:
    """Score through the head alone: the frozen network has seen every photo already."""
    found = []
    for split in SPLITS:
        found += predict_examples(detector.head, features[split].clean, export.of_split(split))
    return found


def _predict_from_pixels(detector: Detector, config: RunConfig, export: Export) -> list[Prediction]:
    paths = [example.path for example in export.examples]
    pixels = clean_pixels(paths, config.img_size, config.resize, export.crop.fill_rgb)
    return predict_examples(detector.model, pixels, export.examples)
