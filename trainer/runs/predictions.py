"""predictions.csv: a detector's score of every example, written and read back."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path

from trainer.errors import RunBroken
from trainer.exports.manifest import CLASSES, EVIDENCE, POSITIVE, SEXES, SPLITS, Example
from trainer.files import write_whole


@dataclass(frozen=True)
class Prediction:
    """A detector's score of one example, as a row of the table; `score` is P(positive).

    `further` are values of the study's own attributes, each a column after the others.
    """

    id: str
    split: str
    fold: int
    label: str
    sex: str
    evidence: str
    source: str
    group: str
    score: float
    further: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def is_positive(self) -> bool:
        """Say whether the raters labelled the region positive."""
        return self.label == POSITIVE


COLUMNS = [column.name for column in fields(Prediction) if column.name != "further"]
ALLOWED = {"split": SPLITS, "label": CLASSES, "sex": SEXES, "evidence": EVIDENCE}


def as_prediction(example: Example, score: float) -> Prediction:
    """Combine an example's known values with its score."""
    known = {name: getattr(example, name) for name in COLUMNS if name != "score"}
    return Prediction(**known, score=score, further=example.further)


def write_predictions(file: Path, predictions: Sequence[Prediction]) -> None:
    """Write one line per example, sorted by id; a score keeps all its digits."""
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    further = [*predictions[0].further] if predictions else []
    writer.writerow([*COLUMNS, *further])
    for row in sorted(predictions, key=lambda row: row.id):
        known = (getattr(row, name) for name in COLUMNS)
        writer.writerow([*known, *(row.further[code] for code in further)])
    write_whole(file, table.getvalue().encode())


def read_predictions(folder: Path, name: str = "predictions.csv") -> list[Prediction]:
    """Read the predictions of a run, or its out-of-fold predictions.

    Raises:
        RunBroken: the table is not one that a run writes; the message names the line.
    """
    file = folder / name
    try:
        with file.open(encoding="utf-8", newline="") as handle:
            table = csv.reader(handle, strict=True)
            header = next(table, [])
            if header[: len(COLUMNS)] != COLUMNS or len(set(header)) < len(header):
                raise RunBroken(f"{file}: its columns are not {','.join(COLUMNS)}")
            found = [_read_row(row, header, f"{file} line {table.line_num}") for row in table]
    except OSError as error:
        raise RunBroken(f"{file} cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise RunBroken(f"{file} is not a UTF-8 CSV file: {error}") from error
    if len({row.id for row in found}) < len(found):
        raise RunBroken(f"{file} names an example twice")
    if {row.split for row in found} != set(SPLITS):
        raise RunBroken(f"{file} has no example of one of the splits {', '.join(SPLITS)}")
    return found


def _read_row(cells: list[str], header: list[str], where: str) -> Prediction:
    if len(cells) != len(header):
        raise RunBroken(f"{where} has {len(cells)} fields, not {len(header)}")
    row = dict(zip(header, cells, strict=True))
    for name, allowed in ALLOWED.items():
        if row[name] not in allowed:
            raise RunBroken(f"{where}: {name} '{row[name]}' is not one of {', '.join(allowed)}")
    if not re.fullmatch(r"[0-9]{1,9}", row["fold"]):
        raise RunBroken(f"{where}: fold '{row['fold']}' is not a whole number")
    return Prediction(
        id=row["id"],
        split=row["split"],
        fold=int(row["fold"]),
        label=row["label"],
        sex=row["sex"],
        evidence=row["evidence"],
        source=row["source"],
        group=row["group"],
        score=_read_score(row["score"], where),
        further={code: row[code] for code in header[len(COLUMNS) :]},
    )


def _read_score(text: str, where: str) -> float:
    try:
        score = float(text)
    except ValueError:
        score = -1.0
    if not 0 <= score <= 1:  # NaN is neither
        raise RunBroken(f"{where}: score '{text}' is not a number from 0 to 1")
    return score
