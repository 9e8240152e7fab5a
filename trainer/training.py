"""Trains one detector after the other on divisions of an export: seeds, and the folds of a cross-validation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from trainer.checkpoints import Checkpoint, HistoryRow
from trainer.config import RunConfig, candidates
from trainer.data import load_pixels
from trainer.engines import Engine
from trainer.errors import ExportBroken
from trainer.evaluate import predict_examples
from trainer.features import gather
from trainer.fit import Pixels, fine_tune, train_head
from trainer.manifest import CLASSES, Example, Export
from trainer.model import Detector
from trainer.prediction_table import Prediction
from trainer.progress import Advance, progress_bar

LEAST_FOLDS = 3


@dataclass(frozen=True)
class Division:
    """Which examples train a detector, which choose its epoch and threshold, and which test it."""

    name: str
    train: tuple[Example, ...]
    val: tuple[Example, ...]
    test: tuple[Example, ...]

    @property
    def examples(self) -> tuple[Example, ...]:
        """All of them, in the export's order."""
        return tuple(sorted((*self.train, *self.val, *self.test), key=lambda example: example.id))


@dataclass(frozen=True)
class Trained:
    """One trained detector: its history, and what it says of every example of its division.

    `val_losses` are those of each recipe that was tried; `config` is that of the least.
    """

    division: Division
    config: RunConfig
    history: list[HistoryRow]
    predictions: list[Prediction]
    val_losses: dict[str, float]

    @property
    def seed(self) -> int:
        """What its random numbers started from."""
        return self.config.seed

    @property
    def val_loss(self) -> float:
        """The validation loss of the weights that were kept."""
        return self.val_losses[self.config.recipe]

    def of(self, examples: Sequence[Example]) -> list[Prediction]:
        """Select the predictions of some examples."""
        wanted = {example.id for example in examples}
        return [one for one in self.predictions if one.id in wanted]


def kept_row(history: Sequence[HistoryRow]) -> HistoryRow:
    """Find the epoch whose weights were kept, of the last phase that brought a better one."""
    return [row for row in history if row.is_best][-1]


def split_division(export: Export) -> Division:
    """Divide by the export's splits."""
    train, val, test = (export.of_split(split) for split in ("train", "val", "test"))
    return Division("split", train, val, test)


def fold_divisions(export: Export) -> Iterator[Division]:
    """Divide by the export's folds: each tests once, and the next one chooses the epoch."""
    for fold in range(export.folds):
        val = (fold + 1) % export.folds
        parts: dict[str, list[Example]] = {"train": [], "val": [], "test": []}
        for example in export.examples:
            part = "test" if example.fold == fold else "val" if example.fold == val else "train"
            parts[part].append(example)
        train, held, test = map(tuple, parts.values())
        yield Division(f"fold-{fold}", train, held, test)


def check_folds(export: Export) -> None:
    """Refuse folds of which one would have nothing to train, to choose or to be tested by.

    Raises:
        ExportBroken: there are fewer than three, or one is empty or leaves a class out.
    """
    if export.folds < LEAST_FOLDS:
        raise ExportBroken(
            f"the export has {export.folds} folds, and a cross-validation needs {LEAST_FOLDS}: "
            "one tests, one chooses the epoch, the others train; export with --folds 5"
        )
    for division in fold_divisions(export):
        labels = {example.label for example in division.train}
        if not division.val or not division.test or len(labels) < len(CLASSES):
            raise ExportBroken(
                f"{division.name} of the export is empty or leaves no photo of a class to train "
                "on: export more photos, or with fewer --folds"
            )


@dataclass
class Trainer:
    """One network, what ran it and what it saw in every photo, and where checkpoints go."""

    detector: Detector
    engine: Engine
    config: RunConfig
    export: Export
    seen: dict[str, np.ndarray]
    folder: Path

    def train(self, division: Division, seed: int) -> Trained:
        """Train a detector from the start, or from where its checkpoints stand.

        Of several candidates the one with the lowest validation loss is kept. What an earlier
        call trained is lost, but for its checkpoints: to train it again is to load it.
        """
        tried = [replace(one, seed=seed) for one in candidates(self.config)]
        histories = {one: self._train(division, one) for one in tried}
        losses = {one: kept_row(history).val_loss for one, history in histories.items()}
        kept = min(tried, key=lambda one: losses[one])
        if kept is not tried[-1]:
            self._train(division, kept)
        return Trained(
            division=division,
            config=kept,
            history=histories[kept],
            predictions=self._predict(division.examples, kept),
            val_losses={one.recipe: loss for one, loss in losses.items()},
        )

    def _train(self, division: Division, config: RunConfig) -> list[HistoryRow]:
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
        """Score through the head alone where the frozen network has seen every photo already."""
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
