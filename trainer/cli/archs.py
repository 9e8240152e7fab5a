"""`trainer archs`: the eight networks."""

import json
from dataclasses import asdict

import click

from trainer.archs import ARCHS


@click.command("archs")
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
