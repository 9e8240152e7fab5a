"""Divides an export into the examples that train, validate and test one detector."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trainer.errors import ExportBroken
from trainer.exports.manifest import CLASSES, Example, Export
from trainer.words import number_of

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
        """Return all of them, in the export's order."""
        return tuple(sorted((*self.train, *self.val, *self.test), key=lambda example: example.id))


def split_division(export: Export) -> Division:
    """Divide by the export's splits."""
    train, val, test = (export.of_split(split) for split in ("train", "val", "test"))
    return Division("split", train, val, test)


def fold_divisions(export: Export) -> Iterator[Division]:
    """Divide by the export's folds: each tests once, while the next one validates."""
    for fold in range(export.folds):
        val = (fold + 1) % export.folds
        parts: dict[str, list[Example]] = {"train": [], "val": [], "test": []}
        for example in export.examples:
            part = "test" if example.fold == fold else "val" if example.fold == val else "train"
            parts[part].append(example)
        train, held, test = map(tuple, parts.values())
        yield Division(f"fold-{fold}", train, held, test)


def check_folds(export: Export) -> None:
    """Refuse folds that would leave nothing to train, validate or test on.

    Raises:
        ExportBroken: there are fewer than three, or one is empty or leaves a class out.
    """
    if export.folds < LEAST_FOLDS:
        raise ExportBroken(
            f"the export has {number_of(export.folds, 'fold')}, and a cross-validation needs {LEAST_FOLDS}: "
            "one tests, one chooses the epoch, the others train; export with --folds 5"
        )
    for division in fold_divisions(export):
        labels = {example.label for example in division.train}
        if not division.val or not division.test or len(labels) < len(CLASSES):
            raise ExportBroken(
                f"{division.name} of the export is empty or leaves no photo of a class to train "
                "on: export more photos, or with fewer --folds"
            )
