"""`trainer verify`: checks metrics.json against predictions.csv."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from trainer.scores.verification import Difference, Verification


@click.command("verify")
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print JSON and nothing else.")
def verify_command(run: Path, as_json: bool) -> None:
    """Recompute a run's scores from its predictions; the exit code is 1 if any differs.

    \b
    Example:
      python -m trainer verify mobilenet-1
    """
    from trainer.runs.folder import find_run
    from trainer.scores.verification import verify_run

    done = verify_run(find_run(run))
    if as_json:
        click.echo(json.dumps(_record(done)))
    elif done.differences:
        click.echo("\n".join(_difference_line(each) for each in done.differences))
    else:
        click.echo(f"All {done.numbers} numbers match the predictions of the run.{_rest(done)}")
    if done.degenerate and not as_json:
        click.echo(f"The detector is degenerate, its scores mean nothing: {done.degenerate}")
    if done.differences:
        sys.exit(1)


def _record(done: Verification) -> dict[str, object]:
    return asdict(done) | {"run": str(done.run)}


def _rest(done: Verification) -> str:
    return f" Not verified: {', '.join(done.unverified)}." if done.unverified else ""


def _difference_line(each: Difference) -> str:
    return f"{each.name}: stored {each.stored}, recomputed {each.recomputed}"
