"""Trains one detector after the other on divisions of an export: seeds, and the folds of a cross-validation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from trainer.config import RunConfig, candidates
from trainer.errors import TrainingDiverged
from trainer.exports.manifest import Example, Export
from trainer.images.squares import load_pixels
from trainer.networks.detector import Detector
from trainer.networks.engines import Engine
from trainer.networks.features import gather
from trainer.networks.inference import predict_examples
from trainer.progress import Advance, progress_bar
from trainer.runs.history import HistoryRow, kept_row
from trainer.runs.predictions import Prediction
from trainer.scores.definitions import scores_of
from trainer.scores.sample import as_sample
from trainer.scores.thresholds import HALF
from trainer.training.checkpoints import Checkpoint
from trainer.training.divisions import Division
from trainer.training.fit import Pixels, fine_tune, train_head


@dataclass(frozen=True)
class ValidationResult:
    """A detector's scores on validation photos; the area is None if a class is missing."""

    roc_auc: float | None
    loss: float

    @property
    def rank(self) -> tuple[float, float]:
        """Return what results are ordered by: the higher, the better."""
        return (0.0 if self.roc_auc is None else self.roc_auc, -self.loss)


@dataclass(frozen=True)
class Trained:
    """One trained detector: its settings, its history and its predictions for a division.

    `tried` holds the validation results of all recipes, of which this one was preferred.
    """

    division: Division
    config: RunConfig
    history: list[HistoryRow]
    predictions: list[Prediction]
    tried: dict[str, ValidationResult] = field(default_factory=dict)

    @property
    def seed(self) -> int:
        """Return the seed of its random numbers."""
        return self.config.seed

    @property
    def validation(self) -> ValidationResult:
        """Measure it on its validation photos."""
        areas = scores_of(as_sample(self.of(self.division.val), HALF))
        return ValidationResult(areas["roc_auc"], kept_row(self.history).val_loss)

    def of(self, examples: Sequence[Example]) -> list[Prediction]:
        """Select the predictions of some examples."""
        wanted = {example.id for example in examples}
        return [one for one in self.predictions if one.id in wanted]


def preferred(trained: Sequence[Trained]) -> Trained:
    """Choose the detector with the best ROC AUC on validation; of equals, the lowest loss.

    The loss alone would choose between recipes by their calibration: one with smoothed labels
    is less sure on purpose. Docs: docs/decisions.md#recipes.
    """
    return max(trained, key=lambda one: one.validation.rank)


@dataclass
class Trainer:
    """One network with its engine and its features of every photo, and the folder of checkpoints."""

    detector: Detector
    engine: Engine
    config: RunConfig
    export: Export
    seen: dict[str, np.ndarray]
    folder: Path

    def train(self, division: Division, seed: int) -> Trained:
        """Train a detector, from the start or from its checkpoints.

        Of several recipes the preferred one is returned; one that diverges is skipped as long as
        another is left. Afterwards the detector holds what was trained last: `load` restores
        another.

        Raises:
            TrainingDiverged: all recipes did.
        """
        configs = [replace(one, seed=seed) for one in candidates(self.config)]
        trained = []
        for config in configs:
            try:
                trained.append(self._train(division, config))
            except TrainingDiverged:
                if config is configs[-1] and not trained:
                    raise
        tried: dict[str, ValidationResult] = {one.config.recipe: one.validation for one in trained}
        return replace(preferred(trained), tried=tried)

    def load(self, trained: Trained) -> None:
        """Restore an earlier detector from its checkpoints."""
        self._fit(trained.division, trained.config)

    def _train(self, division: Division, config: RunConfig) -> Trained:
        history = self._fit(division, config)
        return Trained(division, config, history, self._predict(division.examples, config))

    def _fit(self, division: Division, config: RunConfig) -> list[HistoryRow]:
        self._start_over()
        name = f"{division.name}-seed-{config.seed}-{config.recipe}"
        with progress_bar(f"training the head, {name}", config.epochs, "epochs") as advance:
            history = self._train_head(division, config, f"{name}-head", advance)
        if config.fine_tune_epochs:
            with progress_bar(f"fine-tuning, {name}", config.fine_tune_epochs, "epochs") as advance:
                history += self._fine_tune(division, config, f"{name}-fine-tune", advance)
        return history

    def _start_over(self) -> None:
        if self.config.fine_tune_epochs:
            self.detector.network.trainable = False
            self.detector.network.set_weights(self._start)

    def _train_head(
        self, division: Division, config: RunConfig, name: str, advance: Advance
    ) -> list[HistoryRow]:
        train = gather(self.seen, division.train, config.views)
        val = gather(self.seen, division.val, 0)
        return train_head(self.detector, train, val, config, self._checkpoint(name), advance)

    def _fine_tune(
        self, division: Division, config: RunConfig, name: str, advance: Advance
    ) -> list[HistoryRow]:
        train, val = self._pixels_of(division.train), self._pixels_of(division.val)
        return fine_tune(self.detector, train, val, config, self._checkpoint(name), advance)

    def _predict(self, examples: Sequence[Example], config: RunConfig) -> list[Prediction]:
        """Score with the head alone if the features of every photo are known."""
        if config.fine_tune_epochs:
            return predict_examples(self.detector.model, self._pixels_of(examples).images, examples)
        return predict_examples(self.detector.head, gather(self.seen, examples, 0).clean, examples)

    def _checkpoint(self, name: str) -> Checkpoint:
        return Checkpoint(self.folder / f"{name}.npz")

    def _pixels_of(self, examples: Sequence[Example]) -> Pixels:
        rows = [self._place[example.id] for example in examples]
        labels = np.array([example.is_positive for example in examples], np.int64)
        return Pixels(self._pixels[rows], labels)

    @cached_property
    def _place(self) -> dict[str, int]:
        return {example.id: place for place, example in enumerate(self.export.examples)}

    @cached_property
    def _pixels(self) -> np.ndarray:
        return load_pixels(self.export.examples, self.config, self.export.crop.fill_rgb)

    @cached_property
    def _start(self) -> list[np.ndarray]:
        weights: list[np.ndarray] = self.detector.network.get_weights()
        return weights
