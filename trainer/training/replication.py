"""Measures a network over several seeds and folds, beside the run's one detector."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from trainer.runs.predictions import Prediction
from trainer.scores.definitions import scores_of
from trainer.scores.sample import as_sample
from trainer.scores.thresholds import choose_threshold

if TYPE_CHECKING:
    from trainer.training.trainer import Trained


def measure_seeds(trained: Sequence[Trained]) -> list[dict[str, Any]]:
    """Measure each seed's detector on the test photos, at the threshold of its own validation."""
    rows = []
    for one in trained:
        threshold = choose_threshold(one.of(one.division.val))
        test = scores_of(as_sample(one.of(one.division.test), threshold))
        rows.append(
            {
                "seed": one.seed,
                "recipe": one.config.recipe,
                "val_loss": one.validation.loss,
                "threshold": threshold,
                **test,
            }
        )
    return rows


def describe_kept(kept: Trained, folds: Sequence[Trained]) -> dict[str, Any]:
    """Describe which detector the run kept, each recipe's validation, and what the folds kept."""
    return {
        "seed": kept.seed,
        "recipe": kept.config.recipe,
        "tried": {recipe: asdict(validation) for recipe, validation in kept.tried.items()},
        "fold_recipes": [one.config.recipe for one in folds],
    }


def out_of_fold(trained: Sequence[Trained]) -> tuple[list[Prediction], dict[int, float]]:
    """Collect each fold's predictions of the photos it never saw, and its threshold."""
    predictions, thresholds = [], {}
    for fold, one in enumerate(trained):
        predictions += one.of(one.division.test)
        thresholds[fold] = choose_threshold(one.of(one.division.val))
    return predictions, thresholds
