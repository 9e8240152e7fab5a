"""The story of a run: train, score, write; each step has a module of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
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
from trainer.progress import counted, working
from trainer.report.run_report import RunStory, write_run
from trainer.report.sheets import draw_sheets
from trainer.runs.folder import (
    LOOK,
    MODEL,
    OUT_OF_FOLD,
    describe_run,
    open_run,
    target_of,
)
from trainer.runs.predictions import write_predictions
from trainer.scores.cross_validation import measure_folds
from trainer.scores.metrics import measure_run
from trainer.scores.thresholds import choose_threshold
from trainer.startup import describe_numbers
from trainer.training.divisions import check_folds, fold_divisions, split_division
from trainer.training.replication import describe_kept, measure_seeds, out_of_fold
from trainer.training.tensorboard import require_tensorboard, write_events
from trainer.training.trainer import Trained, Trainer, preferred
from trainer.weights import WeightsSource, describe_weights


@dataclass(frozen=True)
class FinishedRun:
    """A finished run: its folder and its metrics."""

    path: Path
    config: RunConfig
    weights: WeightsSource
    metrics: dict[str, Any]


@dataclass(frozen=True)
class TrainedRun:
    """All detectors that a run trained, one per seed and one per fold."""

    seeds: list[Trained]
    folds: list[Trained]

    @cached_property
    def kept(self) -> Trained:
        """Return the one that validation prefers."""
        return preferred(self.seeds)


def train_run(
    config: RunConfig,
    export: Export,
    target: Path | None,
    resume: bool = False,
    leaks: Sequence[Leak] = (),
    tensorboard: bool = False,
) -> FinishedRun:
    """Train a detector on an export, score it on every split and write the run folder.

    Args:
        target: the folder of the run; the next one of the instance if there is none.
        resume: continue what an earlier call with the same settings left, if it left anything.
        leaks: photos that repeat across splits, which the user accepted.
        tensorboard: also write TensorBoard's logs into the run, one series per seed and fold.
    """
    check_before(config, export, tensorboard)
    weights = describe_weights(config.weights)
    described = describe_run(config, export, weights)
    with open_run(target, described, resume) as (folder, checkpoints):
        target, clock = target_of(folder), Clock()
        trainer = prepare(config, export, checkpoints)
        clock.lap("features")
        trained = train_all(trainer)
        clock.lap("training")
        save_trained(folder, trainer, trained, tensorboard)
        looks = record_look(export, target.name, config, folder / LOOK)
        metrics = measure_all(trained, export, leaks, looks)
        environment = describe_training(trainer, clock)
        size_bytes = (folder / MODEL).stat().st_size
        story = tell(target.name, weights, trainer, trained, metrics, environment, size_bytes)
        with working("writing the report"):
            write_run(folder, described, story)
    return FinishedRun(path=target, config=config, weights=weights, metrics=metrics)


def check_before(config: RunConfig, export: Export, tensorboard: bool) -> None:
    """Refuse, before anything is trained, what would fail afterwards."""
    if tensorboard:
        require_tensorboard()
    check_ledger(export)
    if config.folds:
        check_folds(export)


def prepare(config: RunConfig, export: Export, checkpoints: Path) -> Trainer:
    """Build the detector and compute its features of all photos."""
    import keras

    keras.utils.set_random_seed(config.seed)
    with working("building the network"):
        detector = build_detector(find_architecture(config.arch), config.img_size, config.weights)
        probe = load_pixels(export.examples[:BATCH], config, export.crop.fill_rgb)
        engine = load_engine(config.engine, detector, probe)
    seen = extract_features(detector, engine, config, export)
    return Trainer(detector, engine, config, export, seen, checkpoints)


def train_all(trainer: Trainer) -> TrainedRun:
    """Train one detector per seed on the export's splits and, if asked, one per fold.

    Of the seeds' detectors the one that validation prefers is loaded again.
    """
    config, export = trainer.config, trainer.export
    seeds = range(config.seed, config.seed + config.seeds)
    split, parts = split_division(export), [*fold_divisions(export)] if config.folds else []
    jobs = [*((split, seed) for seed in seeds), *((part, config.seed) for part in parts)]
    all_trained = [trainer.train(*job) for job in counted("training", jobs, len(jobs), "detectors")]
    trained = TrainedRun(all_trained[: len(seeds)], all_trained[len(seeds) :])
    trainer.load(trained.kept)
    return trained


def save_trained(folder: Path, trainer: Trainer, trained: TrainedRun, tensorboard: bool) -> None:
    """Write the kept detector and, where there are folds, their predictions."""
    if tensorboard:
        write_events(folder / "tensorboard", [*trained.seeds, *trained.folds])
    trainer.detector.save(folder / MODEL)
    if trained.folds:
        write_predictions(folder / OUT_OF_FOLD, out_of_fold(trained.folds)[0])


def measure_all(
    trained: TrainedRun, export: Export, leaks: Sequence[Leak], looks: int
) -> dict[str, Any]:
    """Measure what was trained: the content of metrics.json."""
    kept = trained.kept
    metrics = {
        **measure_run(kept.predictions, choose_threshold(kept.of(kept.division.val))),
        "test_looks": looks,
        "kept": describe_kept(kept, trained.folds),
        "seeds": measure_seeds(trained.seeds),
        "confounders": measure_confounders(export, kept.of(kept.division.test)),
        "leaks": [describe_leak(leak) for leak in leaks],
    }
    if trained.folds:
        metrics["cross_validation"] = measure_folds(*out_of_fold(trained.folds))
    return metrics


def describe_training(trainer: Trainer, clock: Clock) -> dict[str, Any]:
    """Describe the machine and the cost of the training: environment.json."""
    some = trainer.export.examples[:BATCH]
    probe = load_pixels(some, trainer.config, trainer.export.crop.fill_rgb)
    return {
        **describe_environment(),
        **describe_numbers(),
        "seconds": clock.seconds,
        "peak_memory_mb": peak_memory_mb(),
        "engine": trainer.engine.name,
        "latency_ms": median_ms(trainer.detector.model.predict_on_batch, probe),
    }


def tell(
    name: str,
    weights: WeightsSource,
    trainer: Trainer,
    trained: TrainedRun,
    metrics: Mapping[str, Any],
    environment: Mapping[str, Any],
    model_bytes: int,
) -> RunStory:
    """Collect what the pages of a run say."""
    kept = trained.kept
    return RunStory(
        name=name,
        config=trainer.config,
        export=trainer.export,
        weights=weights,
        history=kept.history,
        predictions=kept.predictions,
        metrics=metrics,
        environment=environment,
        model_bytes=model_bytes,
        sheets=draw_sheets(trainer, kept, metrics["threshold"]),
    )


def extract_features(
    detector: Detector, engine: Engine, config: RunConfig, export: Export
) -> dict[str, np.ndarray]:
    """Compute the frozen network's features of all photos, with views of those that train."""
    wanted: dict[Example, int] = {
        example: config.views if config.folds or example.split == "train" else 0
        for example in export.examples
    }
    cache = find_cache(cache_folder("features"), detector, engine, config, export.crop)
    return compute_features(engine, cache, wanted, config, export.crop)
