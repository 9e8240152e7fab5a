"""`trainer export`: converts a run's detector for other programs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from trainer.cli.options import warn_of_scores
from trainer.words import number_of

if TYPE_CHECKING:
    from trainer.deploy.conversion import Cost, Deployed
    from trainer.exports.manifest import Export
    from trainer.runs.folder import StoredRun

# The keys of trainer.deploy.formats.FORMATS, which --help must not import.
FORMAT_NAMES = ("litert", "onnx", "saved_model", "openvino")
# What the keys of trainer.deploy.formats.QUANTISERS mean.
EIGHT_BITS = {
    "static": "Eight bits; the ranges of activations come from training photos.",
    "dynamic": "Eight bits; the ranges of activations come from each photo, as fixed ones changed calls.",
}


@click.command("export")
@click.argument("run", type=click.Path(path_type=Path))
@click.option(
    "--format", "form", type=click.Choice(FORMAT_NAMES), required=True, help="Format to convert to."
)
@click.option(
    "--int8",
    is_flag=True,
    help="Quantize to 8 bits if predictions stay the same; for phones (litert only).",
)
@click.option(
    "--data", type=click.Path(path_type=Path), help="The run's export. Default: the instance's."
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Where to write it. Default: a folder in the run.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON and nothing else.")
def export_command(
    run: Path, form: str, int8: bool, data: Path | None, out: Path | None, as_json: bool
) -> None:
    """Convert a run's model for other programs and check it on the test split.

    \b
    Example:
      python -m trainer export mobilenet-1 --format litert --int8
    """
    from trainer.runs.folder import read_run
    from trainer.runs.training_export import find_export

    if int8 and form != "litert":
        raise click.UsageError("--int8 needs --format litert")
    stored = read_run(run)
    warn_of_scores(stored)
    name = f"{form}-int8" if int8 else form
    deployed = _deploy(stored, find_export(stored, data), form, int8, out or stored.path / name)
    if as_json:
        from trainer.deploy.conversion import describe_deployed

        record = {"run": str(stored.path), "out": str(deployed.path)} | describe_deployed(deployed)
        click.echo(json.dumps(record))
    else:
        click.echo("\n".join(_lines(name, deployed)))


def _deploy(stored: StoredRun, export: Export, form: str, int8: bool, target: Path) -> Deployed:
    from trainer.startup import start_tensorflow

    start_tensorflow()
    from trainer.deploy.conversion import deploy_run

    return deploy_run(stored, export, form, int8, target)


def _lines(name: str, deployed: Deployed) -> list[str]:
    check = deployed.check
    return [
        *([EIGHT_BITS[deployed.int8]] if deployed.int8 else []),
        f"Checked on {number_of(check.photos, 'test photo')}: P(positive) differs by at most "
        f"{check.largest_difference:.2g}, {check.mean_difference:.2g} on average; "
        f"{check.agreement:.1%} of the predictions agree.",
        f"{'':<15}{'size':>9}{'one photo':>12}   (median, {number_of(deployed.threads, 'thread')} of this CPU)",
        _cost_line("model.keras", deployed.keras),
        _cost_line(name, deployed.model),
        f"Model, labels.json and export.json: {deployed.path}",
        "A research tool, not a medical device.",
    ]


def _cost_line(name: str, cost: Cost) -> str:
    return f"{name:<15}{cost.size_bytes / 1e6:>6.1f} MB{cost.latency_ms:>9.1f} ms"
