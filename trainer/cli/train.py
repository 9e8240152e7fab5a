"""`trainer run`: trains a detector and says what it reached."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from trainer.archs import ARCHS

if TYPE_CHECKING:
    from trainer.config import RunConfig
    from trainer.leaks import Leak
    from trainer.manifest import Export
    from trainer.run import FinishedRun


@click.command("run")
@click.option("--arch", "--model", "arch", metavar="NAME", help=f"One of {', '.join(ARCHS)}.")
@click.option(
    "--data", type=click.Path(path_type=Path), help="The export. Default: the instance's newest."
)
@click.option("--weights", help="imagenet (default), none, or a .h5 file without top.")
@click.option("--epochs", type=int, help="Epochs of the head.")
@click.option("--fine-tune-epochs", type=int, help="Then train the last blocks as well.")
@click.option("--fine-tune-lr", type=float, help="Learning rate of that second phase.")
@click.option("--batch-size", type=int, help="Photos per step.")
@click.option("--lr", type=float, help="Learning rate of the head.")
@click.option("--img-size", type=int, help="Side of the square that the network sees.")
@click.option("--resize", type=click.Choice(["pad", "stretch"]), help="How it becomes a square.")
@click.option("--views", type=int, help="Augmented views of each training photo.")
@click.option("--seed", type=int, help="The same seed gives the same detector.")
@click.option("--out", type=click.Path(path_type=Path), help="Where the run goes.")
@click.option(
    "--config", "file", type=click.Path(path_type=Path), help="YAML file of these settings."
)
@click.option(
    "--accept-leaks", is_flag=True, help="Train although photos repeat across splits; it says so."
)
@click.option("--json", "as_json", is_flag=True, help="Print the test score as JSON, nothing else.")
def run_command(
    data: Path | None,
    out: Path | None,
    file: Path | None,
    accept_leaks: bool,
    as_json: bool,
    **flags: Any,
) -> None:
    """Train a detector on an export and score it.

    \b
    Example:
      python -m trainer run --arch xception
      python -m trainer run --arch mobilenet --weights none --epochs 5 --json
    """
    from trainer.config import merge_config
    from trainer.manifest import check_trainable, read_export
    from trainer.rundir import latest_export, next_run

    config = merge_config(flags, file)
    export = read_export(data or latest_export())
    check_trainable(export)
    _find_leaks(export, accept_leaks)
    if not as_json:
        click.echo("\n".join(_plan_lines(config, export)))
    finished = _train(config, export, out or next_run(config.arch))
    click.echo(json.dumps(_score_record(finished)) if as_json else _score_text(finished))


def _find_leaks(export: Export, accepted: bool) -> list[Leak]:
    """Look for photos that repeat across splits: refuse them, or say that they were accepted."""
    from trainer.leaks import find_leaks, leak_text, refuse_leaks

    leaks = find_leaks(export)
    if not accepted:
        refuse_leaks(leaks)
    elif leaks:
        click.echo(f"trainer: {leak_text(leaks)}. Accepted: the score is too good", err=True)
    return leaks


def _train(config: RunConfig, export: Export, target: Path) -> FinishedRun:
    from trainer.quiet import start_tensorflow

    start_tensorflow()
    from trainer.run import train_run

    return train_run(config, export, target)


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
        f"Weights: {source}. {config.views} augmented views of each training photo, "
        f"{config.epochs} epochs.",
    ]
    if config.weights == "none":
        lines.append("Weights are random: the scores will say nothing about the method.")
    return lines


def _score_record(finished: FinishedRun) -> dict[str, Any]:
    test = finished.metrics["splits"]["test"]
    return {
        "run": str(finished.path),
        "arch": finished.config.arch,
        "weights": finished.weights.kind,
        "split": "test",
        "n": test["n"],
        "precision": test["precision"],
        "recall": test["recall"],
        "f1": test["f1"],
        "f1_interval": test["intervals"]["f1"],
    }


def _score_text(finished: FinishedRun) -> str:
    test = finished.metrics["splits"]["test"]
    lines = [f"Test split: {test['n']} photos of {test['groups']} groups; class `positive`."]
    for name in ("precision", "recall", "f1"):
        interval = test["intervals"][name]
        within = f"  (95% interval {interval[0]:.2f} to {interval[1]:.2f})" if interval else ""
        lines.append(f"  {name:<10}{test[name]:.3f}{within}")
    if finished.weights.kind == "none":
        lines.append("The weights were random: this score says nothing about the method.")
    lines.append(f"Report: {finished.path / 'report.html'}")
    lines.append("A research tool, not a medical device.")
    return "\n".join(lines)
