"""The story of a run: read, train, score, write; each step lives in its own module."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from trainer.archs import find_architecture
from trainer.caches import cache_folder
from trainer.config import RunConfig
from trainer.environment import Clock, describe_environment, peak_memory_mb
from trainer.evidence.confounders import measure_confounders
from trainer.exports.looks import check_ledger, record_look
from trainer.exports.manifest import Example, Export
from trainer.images.squares import load_pixels
from trainer.leaks.search import Leak, describe_leak
from trainer.networks.detector import Detector, build_detector
from trainer.networks.engines import Engine, load_engine
from trainer.networks.features import compute_features, find_cache
from trainer.networks.inference import BATCH
from trainer.networks.latency import median_ms
from trainer.report.run_report import RunStory, Sheet, write_report
from trainer.report.sheets import augmentation_sheet, case_sheets
from trainer.runs.folder import (
    ENVIRONMENT,
    LOOK,
    MODEL,
    OUT_OF_FOLD,
    describe_run,
    open_run,
    write_json,
)
from trainer.runs.history import write_history
from trainer.runs.predictions import write_predictions
from trainer.scores.cross_validation import measure_folds
from trainer.scores.metrics import measure_run
from trainer.scores.thresholds import choose_threshold
from trainer.training.divisions import check_folds, fold_divisions, split_division
from trainer.training.replication import describe_kept, measure_seeds, out_of_fold
from trainer.training.tensorboard import require_tensorboard, write_events
from trainer.training.trainer import Trained, Trainer, preferred
from trainer.weights import WeightsSource, describe_weights

SHOWN = 8  # photos of each kind in the report
HEAT = "Right half: where evidence for the rash was found (Grad-CAM), with the region's outline."
CASES = {
    "best": ("Surest right calls", HEAT),
    "worst": ("Right calls that were nearly wrong", HEAT),
    "wrong": ("Wrong calls, the surest first", HEAT),
}


@dataclass(frozen=True)
class FinishedRun:
    """Where a run is and what it reached."""

    path: Path
    config: RunConfig
    weights: WeightsSource
    metrics: dict[str, Any]


def train_run(
    config: RunConfig,
    export: Export,
    target: Path,
    resume: bool = False,
    leaks: Sequence[Leak] = (),
    tensorboard: bool = False,
) -> FinishedRun:
    """Train a detector on an export, score it on every split and write the run folder.

    Args:
        resume: go on with what an earlier call with the same settings left, if it left any.
        leaks: photos that repeat across splits, which the user accepted.
        tensorboard: write its logs into the run, too; one series per seed and fold.
    """
    if tensorboard:
        require_tensorboard()
    check_ledger(export)
    if config.folds:
        check_folds(export)
    weights = describe_weights(config.weights)
    described = describe_run(config, export, weights)
    with open_run(target, described, resume) as (folder, checkpoints):
        clock = Clock()
        trainer = prepare(config, export, checkpoints)
        clock.lap("features")
        seeds, folds = train_all(trainer)
        kept = preferred(seeds)
        trainer.load(kept)
        clock.lap("training")
        if tensorboard:
            write_events(folder / "tensorboard", [*seeds, *folds])
        trainer.detector.save(folder / MODEL)
        looks = record_look(export, target.name, config, folder / LOOK)
        metrics = {
            **measure_run(kept.predictions, choose_threshold(kept.of(kept.division.val))),
            "test_looks": looks,
            "kept": describe_kept(kept, folds),
            "seeds": measure_seeds(seeds),
            "confounders": measure_confounders(export, kept.of(kept.division.test)),
            "leaks": [describe_leak(leak) for leak in leaks],
        }
        if folds:
            unseen, thresholds = out_of_fold(folds)
            metrics["cross_validation"] = measure_folds(unseen, thresholds)
            write_predictions(folder / OUT_OF_FOLD, unseen)
        story = RunStory(
            name=target.name,
            config=config,
            export=export,
            weights=weights,
            history=kept.history,
            predictions=kept.predictions,
            metrics=metrics,
            environment=describe_training(trainer, clock),
            model_bytes=(folder / MODEL).stat().st_size,
            sheets=draw_sheets(trainer, kept, metrics["threshold"]),
        )
        write_run(folder, described, story)
    return FinishedRun(path=target, config=config, weights=weights, metrics=metrics)


def prepare(config: RunConfig, export: Export, checkpoints: Path) -> Trainer:
    """Build the detector and show the photos to its frozen network."""
    import keras

    keras.utils.set_random_seed(config.seed)
    detector = build_detector(find_architecture(config.arch), config.img_size, config.weights)
    probe = load_pixels(export.examples[:BATCH], config, export.crop.fill_rgb)
    engine = load_engine(config.engine, detector, probe)
    seen = see(detector, engine, config, export)
    return Trainer(detector, engine, config, export, seen, checkpoints)


def describe_training(trainer: Trainer, clock: Clock) -> dict[str, Any]:
    """Describe the machine and what the training took of it: environment.json."""
    some = trainer.export.examples[:BATCH]
    probe = load_pixels(some, trainer.config, trainer.export.crop.fill_rgb)
    return {
        **describe_environment(),
        "seconds": clock.seconds,
        "peak_memory_mb": peak_memory_mb(),
        "engine": trainer.engine.name,
        "latency_ms": median_ms(trainer.detector.model.predict_on_batch, probe),
    }


def write_run(folder: Path, described: Mapping[str, Any], story: RunStory) -> None:
    """Write everything but the model into the folder of a run."""
    write_json(folder / "config.json", described)
    write_json(folder / ENVIRONMENT, story.environment)
    write_history(folder / "history.csv", story.history)
    write_predictions(folder / "predictions.csv", story.predictions)
    write_json(folder / "metrics.json", story.metrics)
    write_report(folder, story)


def draw_sheets(trainer: Trainer, kept: Trained, threshold: float) -> list[Sheet]:
    """Show what augmentation does, and where the detector found its evidence in test photos."""
    fill = trainer.export.crop.fill_rgb
    first = kept.division.train[0]
    cases = case_sheets(
        trainer.detector,
        kept.division.test,
        [one.score for one in kept.of(kept.division.test)],
        threshold,
        trainer.config,
        fill,
        SHOWN,
    )
    augmented = augmentation_sheet(first, trainer.config, fill)
    return [
        *(Sheet(*CASES[kind], cards) for kind, cards in cases.items() if cards),
        Sheet("Augmentation", "One training photo as it is, and the views made of it.", augmented),
    ]


def see(
    detector: Detector, engine: Engine, config: RunConfig, export: Export
) -> dict[str, np.ndarray]:
    """Show the photos to the frozen network: those that train a detector in all their views."""
    wanted: dict[Example, int] = {
        example: config.views if config.folds or example.split == "train" else 0
        for example in export.examples
    }
    cache = find_cache(cache_folder("features"), detector, engine, config, export.crop)
    return compute_features(engine, cache, wanted, config, export.crop)


def train_all(trainer: Trainer) -> tuple[list[Trained], list[Trained]]:
    """Train one detector per seed on the export's splits and, if asked, one per fold."""
    config, export = trainer.config, trainer.export
    seeds = range(config.seed, config.seed + config.seeds)
    split = split_division(export)
    return (
        [trainer.train(split, seed) for seed in seeds],
        [trainer.train(part, config.seed) for part in fold_divisions(export) if config.folds],
    )
