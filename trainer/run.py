"""The story of a run: read, train, score, write; each step lives in its own module."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trainer.archs import find_architecture
from trainer.config import RunConfig
from trainer.engines import load_engine
from trainer.environment import Clock, describe_environment
from trainer.features import compute_features, find_cache
from trainer.latency import latency_ms
from trainer.ledger import record_look
from trainer.manifest import Example, Export
from trainer.metrics import measure_run
from trainer.model import Detector, build_detector
from trainer.prediction_table import write_predictions
from trainer.replication import measure_folds, measure_seeds, out_of_fold
from trainer.report import RunStory, write_report
from trainer.rundir import (
    MODEL,
    OUT_OF_FOLD,
    cache_folder,
    describe_run,
    open_run,
    write_history,
    write_json,
)
from trainer.thresholds import choose_threshold
from trainer.training import Trained, Trainer, fold_divisions, split_division
from trainer.weights import WeightsSource, describe_weights


@dataclass(frozen=True)
class FinishedRun:
    """Where a run is and what it reached."""

    path: Path
    config: RunConfig
    weights: WeightsSource
    metrics: dict[str, Any]


def train_run(config: RunConfig, export: Export, target: Path, resume: bool = False) -> FinishedRun:
    """Train a detector on an export, score it on every split and write the run folder.

    Args:
        resume: go on with what an earlier call with the same settings left, if it left any.
    """
    import keras

    weights = describe_weights(config.weights)
    described = describe_run(config, export, weights)
    with open_run(target, described, resume) as (folder, checkpoints):
        keras.utils.set_random_seed(config.seed)
        detector = build_detector(find_architecture(config.arch), config.img_size, config.weights)
        clock = Clock()
        trainer = Trainer(detector, config, export, see(detector, config, export), checkpoints)
        clock.lap("features")
        seeds, folds = train_all(trainer)
        clock.lap("training")
        kept = trainer.train(split_division(export), best_of(seeds).seed)
        detector.model.save(folder / MODEL)
        looks = record_look(export, target.name, config.arch, config.recipe, config.seed)
        threshold = choose_threshold(kept.of(kept.division.val))
        metrics = measure_run(kept.predictions, threshold) | {"test_looks": looks}
        metrics["seeds"] = measure_seeds(seeds)
        if folds:
            unseen, thresholds = out_of_fold(folds)
            metrics["cross_validation"] = measure_folds(unseen, thresholds)
            write_predictions(folder / OUT_OF_FOLD, unseen)
        latency = latency_ms(detector.model.predict_on_batch, config.img_size)
        environment = describe_environment() | clock.times() | {"latency_ms": latency}
        write_json(folder / "config.json", described)
        write_json(folder / "environment.json", environment)
        write_history(folder / "history.csv", kept.history)
        write_predictions(folder / "predictions.csv", kept.predictions)
        write_json(folder / "metrics.json", metrics)
        story = RunStory(
            name=target.name,
            config=config,
            export=export,
            weights=weights,
            history=kept.history,
            predictions=kept.predictions,
            metrics=metrics,
            environment=environment,
            model_bytes=(folder / MODEL).stat().st_size,
        )
        write_report(folder, story)
    return FinishedRun(path=target, config=config, weights=weights, metrics=metrics)


def see(detector: Detector, config: RunConfig, export: Export) -> dict[str, Any]:
    """Show the photos to the frozen network: those that train a detector in all their views."""
    wanted: dict[Example, int] = {
        example: config.views if config.folds or example.split == "train" else 0
        for example in export.examples
    }
    cache = find_cache(cache_folder(), detector, config, export.crop)
    return compute_features(
        load_engine(config.engine, detector), cache, wanted, config, export.crop
    )


def train_all(trainer: Trainer) -> tuple[list[Trained], list[Trained]]:
    """Train one detector per seed on the export's splits and, if asked, one per fold."""
    config, export = trainer.config, trainer.export
    seeds = range(config.seed, config.seed + config.seeds)
    split = split_division(export)
    return (
        [trainer.train(split, seed) for seed in seeds],
        [trainer.train(part, config.seed) for part in fold_divisions(export) if config.folds],
    )


def best_of(trained: list[Trained]) -> Trained:
    """Choose the detector with the lowest validation loss."""
    return min(trained, key=lambda one: one.kept.val_loss)
