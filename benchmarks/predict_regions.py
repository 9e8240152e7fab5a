"""Compares a run's predictions from suggested regions with those from drawn ones."""

import argparse
import csv
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.metrics import f1_score

from benchmarks.measuring import peak_mb
from curator.base.pixels import load, load_reduced, pixel_sha256
from trainer.exports.manifest import POSITIVE
from trainer.images.photos import Outline, parse_region
from trainer.prediction.records import PhotoPrediction
from trainer.runs.folder import StoredRun, read_run
from trainer.startup import start_tensorflow


@dataclass(frozen=True)
class Pair:
    """One photo's true label, and both predictions."""

    is_positive: bool
    is_test: bool
    drawn: PhotoPrediction
    suggested: PhotoPrediction


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path, help="a run that was trained on the collection")
    parser.add_argument(
        "collection", type=Path, help="photos/, beside it truth.csv: file, label, region in pixels"
    )
    arguments = parser.parse_args()
    start_tensorflow()
    run, photos = read_run(arguments.run), arguments.collection / "photos"
    with (arguments.collection / "truth.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["region"]]
    paths = [photos / row["file"] for row in rows]
    drawn = answers(run, paths, [parse_region(row["region"]) for row in rows])
    suggested = answers(run, paths, [None] * len(paths))
    held_out = test_ids(run)
    pairs = [
        Pair(row["label"] == POSITIVE, export_id(path) in held_out, *both)
        for row, path, *both in zip(rows, paths, drawn, suggested, strict=True)
    ]
    print(f"peak {peak_mb():.0f} MB")
    compare("all photos", pairs)
    compare("test photos", [pair for pair in pairs if pair.is_test])


def answers(
    run: StoredRun, paths: Sequence[Path], outlines: Sequence[Outline | None]
) -> list[PhotoPrediction]:
    from trainer.prediction.scoring import predict_photos

    started = time.perf_counter()
    found = list(predict_photos(run, paths, outlines))
    print(f"{len(found)} photos in {time.perf_counter() - started:.1f} s")
    return found


def test_ids(run: StoredRun) -> set[str]:
    with (run.path / "predictions.csv").open(newline="") as file:
        return {row["id"] for row in csv.DictReader(file) if row["split"] == "test"}


def export_id(path: Path) -> str:
    return pixel_sha256(load_reduced(path), *load(path).size)[:16]


def compare(what: str, pairs: Sequence[Pair]) -> None:
    both = [pair for pair in pairs if None not in (pair.drawn.score, pair.suggested.score)]
    print(f"{what}: {len(pairs)}, {len(pairs) - len(both)} without a suggestion")
    agree = sum(pair.drawn.label == pair.suggested.label for pair in both)
    scores = np.array([(pair.drawn.score, pair.suggested.score) for pair in both])
    apart = np.abs(scores[:, 0] - scores[:, 1])
    print(f"  calls agree on {agree} of {len(both)}")
    print(
        f"  scores apart: mean {apart.mean():.4f}, median {np.median(apart):.4f}, most {apart.max():.4f}"
    )
    truth = [pair.is_positive for pair in both]
    for name in ("drawn", "suggested"):
        called = [getattr(pair, name).label == POSITIVE for pair in both]
        print(f"  F1 by {name} regions {f1_score(truth, called):.3f}")


if __name__ == "__main__":
    main()
