"""The commands of `python -m trainer`: flags in, our words out; the work is done elsewhere."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from trainer.archs import ARCHS
from trainer.errors import TrainerError

if TYPE_CHECKING:
    from trainer.config import RunConfig
    from trainer.manifest import Export
    from trainer.photos import Region
    from trainer.predict import PhotoScore
    from trainer.run import FinishedRun

HELP = {"help_option_names": ["-h", "--help"]}


@click.group(context_settings=HELP)
def cli() -> None:
    """Train and use detectors of the butterfly rash. A research tool, not a medical device.

    \b
    Example:
      python -m trainer run --arch mobilenet
    """


@cli.command("run")
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
@click.option("--json", "as_json", is_flag=True, help="Print the test score as JSON, nothing else.")
def run_command(
    data: Path | None, out: Path | None, file: Path | None, as_json: bool, **flags: Any
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
    if not as_json:
        click.echo("\n".join(_plan_lines(config, export)))
    finished = _train(config, export, out or next_run(config.arch))
    click.echo(json.dumps(_score_record(finished)) if as_json else _score_text(finished))


@cli.command("predict")
@click.argument("run", type=click.Path(path_type=Path))
@click.argument("photos", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--region",
    "regions",
    multiple=True,
    metavar='"X,Y X,Y ..."',
    help="The face region in pixels of the upright photo; once, or once per photo.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, nothing else.")
def predict_command(
    run: Path, photos: tuple[Path, ...], regions: tuple[str, ...], as_json: bool
) -> None:
    """Give the probability of the rash for photos.

    \b
    Example:
      python -m trainer predict mobilenet-1 photo.jpg --region "310,400 690,400 690,640 310,640"
    """
    from trainer.rundir import read_run

    stored = read_run(run)
    wanted = _region_per_photo(regions, len(photos))
    for warning in _prediction_warnings(bool(regions), stored.weights_kind):
        click.echo(f"trainer: {warning}", err=True)
    found = _predict(stored, photos, wanted, as_json)
    if as_json:
        click.echo(json.dumps(_prediction_record(stored.path, bool(regions), found)))
    if any(answer.problem for answer in found):
        sys.exit(1)


@cli.command("archs")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, nothing else.")
def archs_command(as_json: bool) -> None:
    """List the eight architectures.

    \b
    Example:
      python -m trainer archs
    """
    if as_json:
        rows = [
            {**asdict(arch), "settings": dict(arch.settings), "size_mb": round(arch.size_mb, 1)}
            for arch in ARCHS.values()
        ]
        click.echo(json.dumps(rows))
        return
    click.echo(f"{'name':<20}{'native size':>12}{'parameters':>13}{'size':>9}{'paper F1':>11}")
    for arch in ARCHS.values():
        click.echo(
            f"{arch.name:<20}{arch.native_size:>12}{arch.parameters / 1e6:>11.1f} M"
            f"{arch.size_mb:>6.0f} MB{arch.paper.f1:>11.2f}"
        )
    click.echo("\nSize and parameters: the network without classifier. All take --img-size 224.")


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the commands and end with the exit code that DESIGN.md fixes."""
    sys.exit(_exit_code(arguments))


def _exit_code(arguments: Sequence[str] | None) -> int:
    try:
        cli.main(
            args=None if arguments is None else list(arguments),
            prog_name="python -m trainer",
            standalone_mode=False,
        )
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except TrainerError as error:
        click.echo(f"trainer: {error}", err=True)
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("trainer: stopped; nothing was written", err=True)
        return 130
    return 0


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


def _region_per_photo(texts: tuple[str, ...], photos: int) -> list[Region | None]:
    from trainer.photos import parse_region

    if len(texts) not in (0, 1, photos):
        raise click.UsageError(f"{len(texts)} regions for {photos} photos: give one, or one each")
    if not texts:
        return [None] * photos
    regions: list[Region | None] = [parse_region(text) for text in texts]
    return regions * (photos if len(texts) == 1 else 1)


def _prediction_warnings(has_region: bool, weights_kind: str) -> list[str]:
    warnings = []
    if not has_region:
        warnings.append(
            "no --region: whole photos are scored, but the detector learned from face regions, "
            "so that these scores are not to be relied on"
        )
    if weights_kind == "none":
        warnings.append("this run started from random weights: its scores mean nothing")
    return warnings


def _predict(
    stored: Any, photos: tuple[Path, ...], regions: list[Region | None], as_json: bool
) -> list[PhotoScore]:
    from trainer.quiet import start_tensorflow

    start_tensorflow()
    from trainer.predict import predict_photos

    found = []
    for answer in predict_photos(stored, photos, regions):
        found.append(answer)
        if answer.problem:
            click.echo(f"trainer: {answer.problem}", err=True)
        elif not as_json:
            click.echo(f"{answer.score:.3f}  {answer.label}  {answer.photo}")
    return found


def _prediction_record(run: Path, has_region: bool, found: list[PhotoScore]) -> dict[str, Any]:
    return {
        "run": str(run),
        "positive_class": "positive",
        "region_given": has_region,
        "predictions": [
            {"photo": str(answer.photo), "score": answer.score, "label": answer.label}
            for answer in found
            if not answer.problem
        ],
        "failed": [
            {"photo": str(answer.photo), "reason": answer.problem}
            for answer in found
            if answer.problem
        ],
    }
