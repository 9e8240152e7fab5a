"""Compares suggested with drawn regions: overlap, distance from the eyes, time and memory."""

import argparse
import csv
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.measuring import peak_mb
from curator.base.pixels import load, load_reduced
from curator.base.workers import MODEST
from curator.ratings.regions import overlap, parse_pixels
from demo.faces import draw_photo
from demo.person import person_of
from faces.landmarks import reaches_eyes, suggested_region
from faces.regions import Region
from faces.search import SEARCHED_PX, find_faces, networks

DRAWN = 60


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "folder",
        nargs="?",
        type=Path,
        help="photos, beside them truth.csv with file and region in pixels; else faces are drawn",
    )
    folder = parser.parse_args().folder
    os.environ.update(MODEST)  # as in the background process
    started = time.perf_counter()
    networks()
    print(f"loading {time.perf_counter() - started:.1f} s, {peak_mb():.0f} MB")
    with tempfile.TemporaryDirectory() as made:
        compare(truth(folder) if folder else drawn(Path(made)))
    print(f"peak {peak_mb():.0f} MB")


def truth(folder: Path) -> Iterator[tuple[Path, Region]]:
    with (folder.parent / "truth.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            if row["region"]:
                path = folder / row["file"]
                yield path, parse_pixels(row["region"], *load(path).size)


def drawn(folder: Path) -> Iterator[tuple[Path, Region]]:
    for person in range(1, DRAWN + 1):
        photo = draw_photo(person_of(5, person), 5, 0)
        path = folder / f"{person}.jpg"
        photo.image.save(path, quality=90)
        width, height = photo.image.size
        yield path, tuple((x / width, y / height) for x, y in photo.region)


def compare(photos: Iterator[tuple[Path, Region]]) -> None:
    overlaps, seconds, at_eyes, drawn_at_eyes, missed = [], [], 0, 0, 0
    for path, marked in photos:
        started = time.perf_counter()
        photo = load_reduced(path, SEARCHED_PX)
        face = find_faces(photo).largest
        shape = photo.height / photo.width
        region = suggested_region(face, shape) if face else ()
        seconds.append(time.perf_counter() - started)
        if not face or not region:
            missed += 1
            continue
        overlaps.append(overlap(region, marked))
        at_eyes += reaches_eyes(region, face.eyes, shape)
        drawn_at_eyes += reaches_eyes(marked, face.eyes, shape)
    print(f"{len(seconds)} photos, {missed} without a suggestion, {np.mean(seconds):.3f} s each")
    print(
        f"IoU mean {np.mean(overlaps):.3f}, median {np.median(overlaps):.3f}, least {min(overlaps):.3f}"
    )
    print(f"at the eyes' line: {at_eyes} suggestions, {drawn_at_eyes} of the drawn regions")


if __name__ == "__main__":
    main()
