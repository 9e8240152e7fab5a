"""Options that several commands share: those of a training, and the export."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

Command = Callable[..., Any]

SETTINGS = (
    click.option(
        "--data",
        type=click.Path(path_type=Path),
        help="The export. Default: the instance's newest.",
    ),
    click.option(
        "--recipe",
        type=click.Choice(["paper", "tuned"]),
        help="The paper's (default), or a tuned one.",
    ),
    click.option("--epochs", type=int, help="Epochs of the head."),
    click.option("--fine-tune-epochs", type=int, help="Then train the last blocks as well."),
    click.option("--fine-tune-lr", type=float, help="Learning rate of that second phase."),
    click.option("--batch-size", type=int, help="Photos per step."),
    click.option("--lr", type=float, help="Learning rate of the head."),
    click.option("--img-size", type=int, help="Side of the square that the network sees."),
    click.option(
        "--resize", type=click.Choice(["pad", "stretch"]), help="How it becomes a square."
    ),
    click.option("--views", type=int, help="Augmented views of each training photo."),
    click.option("--seed", type=int, help="The same seed gives the same detector."),
    click.option("--seeds", type=int, help="Train so many detectors, one seed after the other."),
    click.option(
        "--folds", is_flag=True, default=None, help="Cross-validate by the export's folds."
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
        help="YAML file of these settings and more.",
    ),
)


def training_settings(command: Command) -> Command:
    """Give a command the options of a training, in this order."""
    for option in reversed(SETTINGS):
        command = option(command)
    return command
