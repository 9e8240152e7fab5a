"""`trainer compare`: trains networks on one export and compares them."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from trainer.archs import paper_archs
from trainer.cli.options import look_for_leaks, training_settings, warn_of_blank

if TYPE_CHECKING:
    from trainer.comparison.training import Outcome
    from trainer.config import RunConfig
    from trainer.exports.manifest import Export
    from trainer.leaks.search import Leak


@click.command("compare")
@click.option(
    "--archs", metavar="NAMES", help="Networks, separated by commas. Default: the paper's eight."
)
@click.option(
    "--weights",
    "sources",
    multiple=True,
    metavar="[NAME=]SOURCE",
    help="imagenet (default), none, or a .h5 file without top; with NAME= for one network only.",
)
@training_settings
@click.option("--out", type=click.Path(path_type=Path), help="Where to write the comparison.")
@click.option(
    "--json", "as_json", is_flag=True, help="Print the comparison as JSON and nothing else."
)
def compare_command(
    archs: str | None,
    sources: tuple[str, ...],
    data: Path | None,
    file: Path | None,
    out: Path | None,
    accept_leaks: bool,
    as_json: bool,
    **flags: Any,
) -> None:
    """Train the paper's eight networks, or others, on an export and compare them.

    Safe to stop and repeat: finished networks are not trained again. A network that fails is
    listed with the reason.

    \b
    Example:
      python -m trainer compare
      python -m trainer compare --archs mobilenet,vgg16 --recipe tuned --folds
      python -m trainer compare --weights none --weights mobilenet=mobilenet_no_top.h5
    """
    from trainer.comparison.folder import write_comparison
    from trainer.exports.manifest import check_trainable
    from trainer.exports.reader import read_export
    from trainer.instance import latest_export
    from trainer.runs.folder import reserved_comparison

    configs = network_configs(archs, sources, file, flags)
    export = read_export(data or latest_export())
    check_trainable(export)
    warn_of_blank(export)
    leaks = look_for_leaks(export, configs[0].folds, accept_leaks)
    outcomes = _outcomes(configs, export, leaks, as_json)
    with nullcontext(out) if out else reserved_comparison() as target:
        content = write_comparison(target, export, outcomes)
    click.echo(json.dumps(content) if as_json else _text(content))
    if not any(outcome.run for outcome in outcomes):
        sys.exit(1)


def network_configs(
    archs: str | None, sources: Sequence[str], file: Path | None, flags: dict[str, Any]
) -> list[RunConfig]:
    """Make the settings of each network to compare; those of the paper if none is named."""
    from trainer.archs import find_architecture
    from trainer.comparison.training import assign_weights
    from trainer.config import merge_config

    wanted = archs.split(",") if archs else paper_archs()
    names = [find_architecture(name.strip()).name for name in wanted]
    weights = assign_weights(sources, names)
    return [merge_config({**flags, "arch": name, "weights": weights[name]}, file) for name in names]


def _outcomes(
    configs: list[RunConfig], export: Export, leaks: list[Leak], as_json: bool
) -> list[Outcome]:
    from trainer.comparison.training import train_networks

    outcomes = []
    for config, outcome in zip(configs, train_networks(configs, export, leaks), strict=True):
        outcomes.append(outcome)
        if outcome.reason:
            click.echo(f"trainer: {config.arch}: {outcome.reason}", err=True)
        elif not as_json:
            done = "done before" if outcome.was_there else "done"
            click.echo(f"{len(outcomes)}/{len(configs)} {config.arch}: {done}, {outcome.run}")
    return outcomes


def _text(content: dict[str, Any]) -> str:
    lines = [f"{'network':<22}{'F1':>7}{'95%':>15}{'precision':>12}{'recall':>9}{'ROC AUC':>9}"]
    for row in content["networks"]:
        lines.append(_line(row))
    lines.append(f"Report: {Path(content['path']) / 'report.html'}")
    lines.append("A research tool, not a medical device.")
    return "\n".join(lines)


def _line(row: dict[str, Any]) -> str:
    if row["reason"]:
        return f"{row['arch']:<22}{'-':>7}   {row['reason']}"
    if row["degenerate"]:
        return f"{row['arch']:<22}{'-':>7}   degenerate, not scored: {row['degenerate']}"
    test = row["test"]
    interval = test["intervals"]["f1"]
    within = f"{interval[0]:.2f} to {interval[1]:.2f}" if interval else ""
    f1, precision, recall, auc = (
        "-" if test[name] is None else f"{test[name]:.3f}"
        for name in ("f1", "precision", "recall", "roc_auc")
    )
    marks = [" random weights"] if row["weights"]["kind"] == "none" else []
    marks += [" best, or tied with it"] if row["tie"] and row["tie"]["tied"] else []
    return (
        f"{row['arch']:<22}{f1:>7}{within:>15}{precision:>12}{recall:>9}{auc:>9} {','.join(marks)}"
    )
