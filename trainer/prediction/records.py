"""Predictions for new photos, and how they are written as JSON, CSV and text."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from faces.listing import readable
from faces.regions import Point

COLUMNS = ("photo", "score", "label", "region", "region_from", "faces", "problem")
FORMULAS = ("=", "+", "-", "@", "\t", "\r")  # how a cell begins that a spreadsheet would compute


@dataclass(frozen=True)
class PhotoPrediction:
    """The prediction for one photo: a score, or the problem that prevented one.

    `region` is in pixels of the upright photo; `faces` is None if they were not searched,
    because the region was given.
    """

    photo: Path
    score: float | None = None
    label: str | None = None
    region: tuple[Point, ...] = ()
    region_from: Literal["suggested", "given"] | None = None
    faces: int | None = None
    problem: str | None = None


def as_record(prediction: PhotoPrediction) -> dict[str, Any]:
    """List a prediction as plain values, for JSON."""
    return {name: getattr(prediction, name) for name in COLUMNS} | {
        "photo": readable(str(prediction.photo))
    }


def csv_text(predictions: Iterable[PhotoPrediction]) -> str:
    """Write a table in which spreadsheets do not compute a file's name as a formula."""
    buffer = io.StringIO()
    # Text is quoted: a spreadsheet that parts cells by `;` would find a formula behind one.
    writer = csv.writer(buffer, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow(COLUMNS)
    for prediction in predictions:
        cells = as_record(prediction) | {
            "photo": _harmless(readable(str(prediction.photo))),
            "region": " ".join(f"{x:g},{y:g}" for x, y in prediction.region),
        }
        writer.writerow(cells.values())
    return buffer.getvalue()


def table_lines(predictions: Sequence[PhotoPrediction]) -> list[str]:
    """Align the scored photos in columns under a header; no lines if there are none."""
    rows = [
        f"{prediction.score:.3f}  {prediction.label:<9} {prediction.region_from:<10}"
        f"{'-' if prediction.faces is None else prediction.faces:>5}  {readable(str(prediction.photo))}"
        for prediction in predictions
        if prediction.score is not None
    ]
    return [f"score  {'label':<9} {'region':<10}faces  photo", *rows] if rows else []


def _harmless(name: str) -> str:
    """Prefix a relative path that begins like a formula with `./`."""
    return f"./{name}" if name.startswith(FORMULAS) else name
