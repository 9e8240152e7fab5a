"""`trainer run`: trains a detector and prints its scores."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from trainer.archs import ARCHS
from trainer.cli.options import look_for_leaks, training_settings, warn_of_blank
from trainer.words import number_of

if TYPE_CHECKING:
    from trainer.config import RunConfig
    from trainer.exports.manifest import Export
    from trainer.leaks.search import Leak
    from trainer.run import FinishedRun

SHOWN = ("precision", "recall", "f1")


@click.command("run")
@click.option("--arch", "--model", "arch", metavar="NAME", help=f"One of {', '.join(ARCHS)}.")
@click.option("--weights", help="imagenet (default), none, or a .h5 file without top.")
@training_settings
@click.option("--out", type=click.Path(path_type=Path), help="Where to write the run.")
@click.option("--tensorboard", is_flag=True, help="Also write TensorBoard's logs into the run.")
@click.option("--resume", is_flag=True, help="Continue the same run if it was interrupted.")
@click.option(
    "--json", "as_json", is_flag=True, help="Print the test score as JSON and nothing else."
)
def run_command(
    data: Path | None,
    out: Path | None,
    file: Path | None,
    tensorboard: bool,
    resume: bool,
    accept_leaks: bool,
    as_json: bool,
    **flags: Any,
) -> None:
    """Train a detector on an export and score it.

    Settings without a flag can be set in the --config file: hue, saturation, schedule,
    label_smoothing, class_weights, patience.

    \b
    Example:
      python -m trainer run --arch xception
      python -m trainer run --arch mobilenet --recipe tuned --folds --seeds 3
      python -m trainer run --arch mobilenet --weights none --epochs 5 --json
    """
    from trainer.config import merge_config
    from trainer.exports.manifest import check_trainable
    from trainer.exports.reader import read_export
    from trainer.instance import latest_export

    config = merge_config(flags, file)
    export = read_export(data or latest_export())
    check_trainable(export)
    warn_of_blank(export)
    leaks = look_for_leaks(export, config.folds, accept_leaks)
    if not as_json:
        click.echo("\n".join(_plan_lines(config, export)))
    target = out or (_unfinished(config, export) if resume else None)
    finished = _train(config, export, target, resume, leaks, tensorboard)
    click.echo(json.dumps(score_record(finished)) if as_json else score_text(finished))


def _train(
    config: RunConfig,
    export: Export,
    target: Path | None,
    resume: bool,
    leaks: list[Leak],
    tensorboard: bool,
) -> FinishedRun:
    from trainer.startup import start_tensorflow

    start_tensorflow()
    from trainer.run import train_run

    return train_run(config, export, target, resume, leaks, tensorboard)


def _unfinished(config: RunConfig, export: Export) -> Path | None:
    from trainer.runs.folder import describe_run, unfinished_run
    from trainer.weights import describe_weights

    return unfinished_run(describe_run(config, export, describe_weights(config.weights)))


def _plan_lines(config: RunConfig, export: Export) -> list[str]:
    counts = []
    for split in ("train", "val", "test"):
        examples = export.of_split(split)
        positives = sum(example.is_positive for example in examples)
        counts.append(f"{split} {len(examples)} ({positives} positive)")
    source = config.weights
    if source == "imagenet":
        source = f"imagenet (downloaded on first use, {ARCHS[config.arch].size_mb:.0f} MB)"
    lines = [
        f"Training {config.arch} on {export.name}: {', '.join(counts)}.",
        f"Weights: {source}. Recipe {config.recipe}: {number_of(config.views, 'augmented view')} of each "
        f"training photo, {', '.join(_work(config, export))}.",
    ]
    if config.weights == "none":
        lines.append("Weights are random: the scores will say nothing about the method.")
    return lines


def _work(config: RunConfig, export: Export) -> list[str]:
    """List the steps of the training, in order."""
    epochs = f"{number_of(config.epochs, 'epoch')} of the head"
    head = f"{'up to ' if config.patience else ''}{epochs}"
    work = [f"{epochs}, then tuned: {head}"]
    work = work if config.recipe == "auto" else [head]
    if config.fine_tune_epochs:
        work.append(
            f"up to {number_of(config.fine_tune_epochs, 'epoch')} of the network's last blocks"
        )
    if config.seeds > 1:
        work.append(number_of(config.seeds, "seed"))
    if config.folds:
        work.append(number_of(export.folds, "fold"))
    return work


def score_record(finished: FinishedRun) -> dict[str, Any]:
    """List a run's test scores as plain values; a degenerate detector has none."""
    test, degenerate = finished.metrics["splits"]["test"], finished.metrics["degenerate"]
    scores = {name: test[name] for name in SHOWN} | {"f1_interval": test["intervals"]["f1"]}
    return {
        "run": str(finished.path),
        "arch": finished.config.arch,
        "recipe": finished.metrics["kept"]["recipe"],
        "weights": finished.weights.kind,
        "split": "test",
        "n": test["n"],
        "degenerate": degenerate and degenerate["reason"],
        **(dict.fromkeys(scores) if degenerate else scores),
    }


def _recipe_line(finished: FinishedRun) -> str:
    from trainer.config import diverged_recipes

    kept = finished.metrics["kept"]
    diverged = diverged_recipes(finished.config, kept["tried"])
    return f"Recipe chosen on validation: {kept['recipe']}{''.join(f'; {one} diverged' for one in diverged)}."


def _score_line(test: Mapping[str, Any], name: str) -> str:
    from trainer.report.pages import format_score

    interval = test["intervals"][name]
    within = f"  (95% interval {interval[0]:.2f} to {interval[1]:.2f})" if interval else ""
    return f"  {name:<10}{format_score(test[name])}{within}"


def score_text(finished: FinishedRun) -> str:
    """Tell a run's test scores, and what keeps them from meaning something."""
    from trainer.report.pages import threshold_from

    test = finished.metrics["splits"]["test"]
    lines = [
        f"Test split: {number_of(test['n'], 'photo')} of {number_of(test['groups'], 'group')}; class `positive`."
    ]
    if finished.metrics["degenerate"]:
        lines += ["  Degenerate, not scored: " + finished.metrics["degenerate"]["reason"]]
    else:
        lines += [_score_line(test, name) for name in SHOWN]
    if not finished.metrics["threshold_chosen"]:
        lines.append(f"Threshold {finished.metrics['threshold']}, {threshold_from(False)}.")
    if test["positives"] in (0, test["n"]):
        lines.append("The test split has photos of one class only: no score tells them apart.")
    if finished.config.recipe == "auto":
        lines.append(_recipe_line(finished))
    if finished.weights.kind == "none":
        lines.append("The weights were random: this score says nothing about the method.")
    lines.append(f"Report: {finished.path / 'report.html'}")
    lines.append("A research tool, not a medical device.")
    return "\n".join(lines)
