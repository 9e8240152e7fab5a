"""`trainer predict`: asks a run about photos."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from trainer.photos import Region
    from trainer.predict import PhotoScore


@click.command("predict")
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
