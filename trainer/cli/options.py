"""Options and warnings that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from trainer.exports.manifest import Export
    from trainer.leaks.search import Leak
    from trainer.runs.folder import StoredRun

Command = Callable[..., Any]

SETTINGS = (
    click.option(
        "--data",
        type=click.Path(path_type=Path),
        help="The export. Default: the instance's newest.",
    ),
    click.option(
        "--recipe",
        type=click.Choice(["paper", "tuned", "auto"]),
        help="paper (default), tuned, or auto: the better of the two on validation.",
    ),
    click.option("--epochs", type=int, help="Epochs of the head."),
    click.option(
        "--fine-tune-epochs", type=int, help="Epochs of fine-tuning the last blocks afterwards."
    ),
    click.option("--fine-tune-lr", type=float, help="Learning rate of fine-tuning."),
    click.option("--batch-size", type=int, help="Photos per step."),
    click.option("--lr", type=float, help="Learning rate of the head."),
    click.option("--img-size", type=int, help="Side of the network's square input, in pixels."),
    click.option(
        "--resize", type=click.Choice(["pad", "stretch"]), help="How a region becomes a square."
    ),
    click.option("--views", type=int, help="Augmented views of each training photo."),
    click.option("--seed", type=int, help="The same seed gives the same detector."),
    click.option("--seeds", type=int, help="How many detectors to train, one per seed."),
    click.option(
        "--folds", is_flag=True, default=None, help="Cross-validate on the export's folds."
    ),
    click.option(
        "--engine",
        type=click.Choice(["tensorflow", "openvino"]),
        help="What runs the frozen network.",
    ),
    click.option(
        "--config",
        "file",
        type=click.Path(path_type=Path),
        help="YAML file with these and further settings.",
    ),
    click.option(
        "--accept-leaks",
        is_flag=True,
        help="Train even if photos repeat across splits; the report says so.",
    ),
)


def training_settings(command: Command) -> Command:
    """Add the training options to a command, in this order."""
    for option in reversed(SETTINGS):
        command = option(command)
    return command


def warn_of_scores(stored: StoredRun) -> None:
    """Warn where the scores of a run's detector mean nothing."""
    if stored.warning:
        click.echo(f"trainer: {stored.warning}", err=True)


def warn_of_blank(export: Export) -> None:
    """Warn of photos that show nothing, whose labels no network can learn."""
    from trainer.images.photos import is_blank
    from trainer.progress import counted

    examples = counted("looking for blank photos", export.examples, len(export.examples), "photos")
    blank = [example for example in examples if is_blank(example.path)]
    if blank:
        names = ", ".join(f"{one.id} ({one.split}, {one.label})" for one in blank[:3])
        more = f" and {len(blank) - 3} more" if len(blank) > 3 else ""
        click.echo(f"trainer: blank, of one colour: {names}{more}; exclude them", err=True)


def look_for_leaks(export: Export, folds: bool, accepted: bool) -> list[Leak]:
    """Find photos that repeat across splits or folds: refuse them, or warn if they are accepted.

    Raises:
        LeakFound: photos repeat and were not accepted.
    """
    from trainer.leaks.cached import cached_leaks
    from trainer.leaks.search import leak_text, refuse_leaks

    found: dict[tuple[str, str], Leak] = {}
    for across in ("split", "fold") if folds else ("split",):
        leaks = cached_leaks(export, across)
        if not accepted:
            refuse_leaks(leaks, across)
        elif leaks:
            text = leak_text(leaks, across)
            click.echo(f"trainer: {text}. Accepted: the scores will be too high", err=True)
        found |= {(leak.first.id, leak.second.id): leak for leak in leaks}
    return list(found.values())
