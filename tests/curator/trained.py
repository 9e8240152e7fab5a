"""Run folders written by the trainer's own code, with scores that a test chooses."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from trainer.config import RunConfig
from trainer.environment import describe_environment
from trainer.exports.manifest import Crop, Example, Export
from trainer.report.run_report import RunStory, write_report
from trainer.runs.folder import describe_run, open_run, write_json
from trainer.runs.history import HistoryRow, write_history
from trainer.runs.predictions import Prediction, write_predictions
from trainer.scores.metrics import measure_run
from trainer.weights import WeightsSource

# What metrics.json holds besides the scores.
SCORELESS: dict[str, Any] = {
    "kept": {
        "seed": 1,
        "recipe": "paper",
        "tried": {"paper": {"roc_auc": 0.75, "loss": 0.25}},
        "fold_recipes": [],
    },
    "seeds": [],
    "test_looks": 1,
    "confounders": [],
    "leaks": [],
}
HISTORY = (HistoryRow("head", 1, 0.5, 0.8, 0.4, 0.9, is_best=True),)


def predicted(example_id: str, split: str, label: str, score: float) -> Prediction:
    """Return a run's prediction for one photo, which is its own group."""
    return Prediction(
        example_id, split, 0, label, "female", "visual", "#drawn", group=example_id, score=score
    )


def exported(prediction: Prediction) -> Example:
    """Return the exported example of a prediction."""
    known = {name: value for name, value in asdict(prediction).items() if name != "score"}
    return Example(
        **known,
        path=Path(f"{prediction.split}/{prediction.label}/{prediction.id}.png"),
        raters=1,
        width_px=40,
        height_px=40,
        region=((0.1, 0.1), (0.9, 0.1), (0.5, 0.9)),
        sha256="0" * 64,
    )


def all_correct(count: int, *, start: int = 1) -> list[Prediction]:
    """Return correct, confident predictions for `count` photos in each split, unknown to any database."""
    return [
        predicted(f"{at:016x}", split, label, 0.98 if label == "positive" else 0.02)
        for at, (split, label) in enumerate(
            [
                (split, label)
                for split in ("train", "val", "test")
                for label in ("positive", "negative")
                for _ in range(count // 2)
            ],
            start=start,
        )
    ]


def write_run(
    folder: Path,
    predictions: Sequence[Prediction],
    *,
    arch: str = "mobilenet",
    weights: str = "imagenet",
    report: bool = False,
) -> Path:
    config, source = RunConfig(arch=arch, weights=weights), WeightsSource(kind=weights)
    examples = tuple(exported(prediction) for prediction in predictions)
    crop = Crop("mask", (128, 128, 128), 512)
    export = Export(folder, "malar-0123456789ab", "0" * 64, crop, 5, examples)
    described = describe_run(config, export, source)
    with open_run(folder, described, resume=False) as (filling, _):
        metrics, environment = measure_run(predictions, 0.5), describe_environment()
        write_json(filling / "config.json", described)
        write_json(filling / "environment.json", environment)
        write_history(filling / "history.csv", HISTORY)
        write_predictions(filling / "predictions.csv", predictions)
        write_json(filling / "metrics.json", metrics)
        if report:
            metrics |= SCORELESS
            environment |= {"seconds": {}, "peak_memory_mb": 900, "latency_ms": 10.0}
            write_report(
                filling,
                RunStory(
                    name=folder.name,
                    config=config,
                    export=export,
                    weights=source,
                    history=HISTORY,
                    predictions=predictions,
                    metrics=metrics,
                    environment=environment,
                    model_bytes=23_000_000,
                ),
            )
    return folder
