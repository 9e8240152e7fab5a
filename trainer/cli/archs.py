"""`trainer archs`: the networks."""

import json
from dataclasses import asdict
from typing import Any

import click

from trainer.archs import ARCHS, Architecture


@click.command("archs")
@click.option("--json", "as_json", is_flag=True, help="Print JSON and nothing else.")
def archs_command(as_json: bool) -> None:
    """List the networks: the paper's eight and others.

    \b
    Example:
      python -m trainer archs
    """
    if as_json:
        click.echo(json.dumps([_record(arch) for arch in ARCHS.values()]))
        return
    click.echo(f"{'name':<20}{'native size':>12}{'parameters':>13}{'size':>9}{'paper F1':>11}")
    for arch in ARCHS.values():
        paper = f"{arch.paper.f1:>11.2f}" if arch.paper else "   not in the paper"
        click.echo(
            f"{arch.name:<20}{arch.native_size:>12}{arch.parameters / 1e6:>11.1f} M"
            f"{arch.size_mb:>6.0f} MB{paper}"
        )
    click.echo("\nSize and parameters: the network without classifier. All accept --img-size 224.")


def _record(arch: Architecture) -> dict[str, Any]:
    row = asdict(arch) | {"size_mb": round(arch.size_mb, 1)}
    del row["options"]  # of Keras' function, not of the network
    return row
