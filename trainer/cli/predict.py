"""`trainer predict`: scores photos with a run."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from trainer.cli.options import warn_of_scores
from trainer.errors import FolderUnwritable
from trainer.files import write_whole
from trainer.words import number_of

if TYPE_CHECKING:
    from trainer.images.photos import Candidates, Outline
    from trainer.prediction.records import PhotoPrediction
    from trainer.runs.folder import StoredRun

STDOUT = Path("-")


@click.command("predict")
@click.argument("run", type=click.Path(path_type=Path))
@click.argument("photos", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--region",
    "regions",
    multiple=True,
    metavar='"X,Y X,Y ..."',
    help="The face region in pixels of the upright photo; once, or once per photo. "
    "Default: suggested, over cheeks and nose of the largest face.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON and nothing else.")
@click.option(
    "--csv",
    "table",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    help="Write CSV to this file instead; - is standard output.",
)
def predict_command(
    run: Path,
    photos: tuple[Path, ...],
    regions: tuple[str, ...],
    as_json: bool,
    table: Path | None,
) -> None:
    """Predict the probability of the rash for photos, and for all photos in folders.

    What is a photo is decided as in curator's import, by content. A file that is none, and a photo
    without a detected face, get no score; the reason is printed.

    \b
    Example:
      python -m trainer predict mobilenet-1 photo.jpg folder/
      python -m trainer predict mobilenet-1 photo.jpg --region "310,400 690,400 690,640 310,640"
    """
    from faces.listing import readable
    from trainer.images.photos import find_photos
    from trainer.runs.folder import read_run

    if as_json and table:
        raise click.UsageError("use --json or --csv, not both")
    if table:
        _check_writable(table)
    stored = read_run(run)
    found = find_photos(photos)
    outlines = _outline_per_photo(regions, len(found.photos))
    warn_of_scores(stored)
    predictions = _predict(stored, found, outlines)
    if as_json:
        click.echo(json.dumps(_record(stored, predictions, found.ignored)))
    elif table:
        _write_table(table, predictions)
    else:
        _print_table(predictions)
    failed = [prediction for prediction in predictions if prediction.problem]
    for prediction in failed:
        click.echo(f"trainer: {readable(str(prediction.photo))}: {prediction.problem}", err=True)
    if found.ignored:
        click.echo(f"trainer: {found.ignored} hidden or derived files were ignored", err=True)
    if failed:
        sys.exit(1)


def _outline_per_photo(texts: tuple[str, ...], photos: int) -> list[Outline | None]:
    from trainer.images.photos import parse_region

    if len(texts) not in (0, 1, photos):
        raise click.UsageError(
            f"{number_of(len(texts), 'region')} for {number_of(photos, 'photo')}: give one, or one per photo"
        )
    if not texts:
        return [None] * photos
    outlines: list[Outline | None] = [parse_region(text) for text in texts]
    return outlines * (photos if len(texts) == 1 else 1)


def _predict(
    stored: StoredRun, found: Candidates, outlines: list[Outline | None]
) -> list[PhotoPrediction]:
    """Score the photos; what is none keeps its place, with its problem."""
    from trainer.prediction.records import PhotoPrediction

    scored = iter(_score(stored, found.photos, outlines) if found.photos else ())
    return [
        PhotoPrediction(each.path, problem=each.problem) if each.problem else next(scored)
        for each in found.files
    ]


def _score(
    stored: StoredRun, photos: list[Path], outlines: list[Outline | None]
) -> list[PhotoPrediction]:
    from trainer.progress import progress_bar
    from trainer.startup import start_tensorflow

    start_tensorflow()
    from trainer.prediction.scoring import predict_photos

    predictions = []
    with progress_bar("Scoring", len(photos), "photos") as advance:
        for prediction in predict_photos(stored, photos, outlines):
            predictions.append(prediction)
            advance(1)
    return predictions


def _record(stored: StoredRun, predictions: list[PhotoPrediction], ignored: int) -> dict[str, Any]:
    from trainer.exports.manifest import POSITIVE
    from trainer.prediction.records import as_record

    return {
        "run": str(stored.path),
        "positive_class": POSITIVE,
        "warning": stored.warning,
        "predictions": [as_record(prediction) for prediction in predictions],
        "ignored": ignored,
    }


def _check_writable(table: Path) -> None:
    """Fail before the photos are scored, which may take long."""
    if table != STDOUT and not os.access(table if table.exists() else table.parent, os.W_OK):
        raise FolderUnwritable(f"cannot write {table}: name another file with --csv")


def _write_table(table: Path, predictions: list[PhotoPrediction]) -> None:
    from trainer.prediction.records import csv_text

    content = csv_text(predictions).encode("utf-8", "replace")
    if table == STDOUT:
        click.echo(content, nl=False)
    elif table.exists() and not table.is_file():  # /dev/stdout, for instance
        table.write_bytes(content)
    else:
        write_whole(table.resolve(), content)


def _print_table(predictions: list[PhotoPrediction]) -> None:
    from trainer.prediction.records import table_lines

    for line in table_lines(predictions):
        click.echo(click.format_filename(line))
