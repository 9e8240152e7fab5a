"""`trainer explain`: shows where in a photo a run finds its evidence."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from trainer.cli.options import warn_of_scores
from trainer.words import number_of

if TYPE_CHECKING:
    from trainer.evidence.heat_maps import Explanation, MassSummary
    from trainer.runs.folder import StoredRun


@click.command("explain")
@click.argument("run", type=click.Path(path_type=Path))
@click.argument("photos", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--region",
    "regions",
    multiple=True,
    metavar='"X,Y X,Y ..."',
    help="The face region in pixels of the upright photo; once, or once per photo.",
)
@click.option(
    "--data", type=click.Path(path_type=Path), help="The run's export. Default: the instance's."
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Where to write the pictures. Default: the folder explain in the run.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON and nothing else.")
def explain_command(
    run: Path,
    photos: tuple[Path, ...],
    regions: tuple[str, ...],
    data: Path | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """Draw Grad-CAM heat maps of what a run looks at, for its test split or for photos.

    \b
    Example:
      python -m trainer explain mobilenet-1
      python -m trainer explain mobilenet-1 photo.jpg --region "310,400 690,400 690,640" --out maps
    """
    from trainer.runs.folder import read_run

    stored = read_run(run)
    warn_of_scores(stored)
    folder = out or stored.path / "explain"
    found = (
        _explain_photos(stored, photos, _one_each(regions, len(photos)), folder)
        if photos
        else _explain_test(stored, data, folder)
    )
    summaries = _summaries(found)
    if as_json:
        masses = {name: asdict(summary) for name, summary in summaries.items()}
        click.echo(json.dumps({"run": str(stored.path), "out": str(folder), "mass": masses}))
        return
    for name, summary in summaries.items():
        click.echo(_summary_line(name, summary))
    click.echo(f"Pictures and explain.csv: {folder}. They show faces: treat them like the photos.")


def _one_each(texts: tuple[str, ...], photos: int) -> tuple[str, ...]:
    if len(texts) not in (1, photos):
        raise click.UsageError(
            f"{number_of(len(texts), 'region')} for {number_of(photos, 'photo')}: give one, or one per photo"
        )
    return texts * (photos if len(texts) == 1 else 1)


def _explain_photos(
    stored: StoredRun, photos: tuple[Path, ...], texts: tuple[str, ...], folder: Path
) -> list[Explanation]:
    from trainer.images.photos import parse_region
    from trainer.startup import start_tensorflow

    regions = [parse_region(text) for text in texts]
    start_tensorflow()
    from trainer.evidence.explanations import explain_photos

    return explain_photos(stored, photos, regions, folder)


def _explain_test(stored: StoredRun, data: Path | None, folder: Path) -> list[Explanation]:
    from trainer.runs.training_export import find_export
    from trainer.startup import start_tensorflow

    export = find_export(stored, data)
    start_tensorflow()
    from trainer.evidence.explanations import explain_test

    return explain_test(stored, export, folder)


def _summaries(found: list[Explanation]) -> dict[str, MassSummary]:
    """Average by the raters' label; photos from outside an export have none."""
    from trainer.evidence.heat_maps import summarise_mass

    labels = sorted({explanation.label for explanation in found}, reverse=True)
    parts = {label: [x for x in found if x.label == label] for label in labels}
    return {label or "photos": summarise_mass(part) for label, part in parts.items()}


def _summary_line(name: str, summary: MassSummary) -> str:
    line = f"{name:<9}{summary.photos:>4} {'photo' if summary.photos == 1 else 'photos'}: "
    if summary.mass is None:
        return line + "no evidence for the rash anywhere"
    line += f"{summary.mass:.2f} of the heat lies in the region"
    if summary.interval:
        line += f" (95% interval {summary.interval[0]:.2f} to {summary.interval[1]:.2f})"
    line += f", which covers {summary.area:.2f} of the square"
    return line + (f"; {summary.without_heat} without heat" if summary.without_heat else "")
