"""Sits the exam of copies that no one planned: Malar, the version before, ImageHash and imagededup on the same photos.

On drawn faces, on portraits of one pose, and on the collections given: folders with photos/ and
truth.csv (columns file, person, copy_of).
"""

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.planned_copies import (
    Method,
    Pair,
    imagededup_methods,
    imagehash_methods,
    malar_methods,
    pair_of,
)
from copies.exam.edits import KINDS, STRENGTHS
from curator.copies.exam import edited_copy
from demo.collection import write_collection

ROOT = Path(__file__).parents[1]
BEFORE = "cc928031"  # the last commit whose search allowed shift, turn and one scale only
SEED = 16


class Row(NamedTuple):
    """A photo of a collection."""

    file: str
    person: str


class Copy(NamedTuple):
    """A planted copy, and the files that it shows."""

    file: str
    kind: str
    strength: int
    shows: tuple[str, ...]


@dataclass(frozen=True)
class Exam:
    photos: Path
    originals: Sequence[Row]
    copies: Sequence[Copy]

    @property
    def true(self) -> set[Pair]:
        """The pairs that show one photo: planted, or two plantings of one photo."""
        shown = {one.file: {one.file} for one in self.originals}
        shown |= {copy.file: {*copy.shows} for copy in self.copies}
        files = sorted(shown)
        return {
            pair_of(one, other)
            for place, one in enumerate(files)
            for other in files[place + 1 :]
            if shown[one] & shown[other]
        }


def main() -> None:
    from benchmarks.one_pose import write_one_pose

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path, metavar="FOLDER")
    parser.add_argument("--people", type=int, default=100, help="of the drawn collections")
    parser.add_argument("--each", type=int, default=3, help="copies of each kind and strength")
    asked = parser.parse_args()
    given = [(str(folder), partial(link_originals, folder)) for folder in asked.folders]
    drawn = (f"drawn faces of {asked.people} people", partial(draw, people=asked.people))
    one_pose = (
        f"portraits of {asked.people} people in one pose",
        partial(write_one_pose, people=asked.people),
    )
    for name, write in (*given, drawn, one_pose):
        with tempfile.TemporaryDirectory() as made:
            report(name, plant(Path(made), write, asked.each), Path(made) / "instance")


def draw(photos: Path, people: int) -> list[Row]:
    with tempfile.TemporaryDirectory() as made:
        write_collection(Path(made), people, SEED)
        rows = originals(Path(made))
        for row in rows:
            (Path(made) / "photos" / row.file).rename(photos / row.file)
    return rows


def link_originals(folder: Path, photos: Path) -> list[Row]:
    rows = originals(folder)
    for row in rows:
        (photos / row.file).symlink_to((folder / "photos" / row.file).resolve())
    return rows


def originals(folder: Path) -> list[Row]:
    with (folder / "truth.csv").open(encoding="utf-8", newline="") as file:
        return [
            Row(row["file"], row["person"])
            for row in csv.DictReader(file)
            if not row["copy_of"] and not row["file"].startswith("trap")
        ]


def plant(folder: Path, write: Callable[[Path], list[Row]], each: int) -> Exam:
    photos = folder / "photos"
    photos.mkdir()
    rows = write(photos)
    files = [row.file for row in rows]
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        copies = list(pool.map(partial(write_copy, photos), planned(files, each), chunksize=8))
    return Exam(photos, rows, copies)


def planned(files: Sequence[str], each: int) -> Iterator[Copy]:
    rng = np.random.default_rng(SEED)
    number = 0
    for name, kind in KINDS.items():
        for strength in range(len(STRENGTHS)):
            for _ in range(each):
                number += 1
                shows = rng.choice(files, 1 + kind.joins[strength], replace=False).tolist()
                yield Copy(f"copy{number:05}.jpg", name, strength, tuple(shows))


def write_copy(photos: Path, copy: Copy) -> Copy:
    rng = np.random.default_rng([SEED, *copy.file.encode()])
    files = [photos / file for file in copy.shows]
    made = edited_copy(files, copy.kind, copy.strength, rng)
    made.save(photos / copy.file, quality=95)
    return copy


def report(name: str, exam: Exam, instance: Path) -> None:
    print(f"\n{name}: {len(exam.originals)} photos, {len(exam.copies)} copies planted")
    now = malar_methods(exam.photos, instance)[:2]
    before = before_methods(exam.photos)[:2]
    peers = [*imagehash_methods(exam.photos), *imagededup_methods(exam.photos)]
    methods = [
        *now,
        *before,
        *(one for one in peers if "radius 8" in one.name or "PHash" in one.name),
    ]
    for number, method in enumerate(methods, start=1):
        untrue = method.pairs - exam.true
        print(f"{number}  {method.name:40}{method.seconds:8.0f} s  untrue pairs {len(untrue):6}")
    print_found(methods, exam)


def before_methods(photos: Path) -> list[Method]:
    """Run the version before on the same photos: its own code, in this environment."""
    with tempfile.TemporaryDirectory() as made:
        archive = subprocess.run(
            ["git", "-C", ROOT, "archive", BEFORE], check=False, capture_output=True
        )
        if archive.returncode:
            print("the version before is not here: it needs the history of the repository")
            return []
        subprocess.run(["tar", "-x", "-C", made], input=archive.stdout, check=True)
        ran = subprocess.run(
            [
                sys.executable,
                __file__.replace("exam.py", "peer_before.py"),
                photos,
                f"{made}/instance",
            ],
            check=True,
            capture_output=True,
            text=True,
            cwd=made,
            env=os.environ | {"PYTHONPATH": made},
        )
    return [
        Method(f"before: {one['name']}", frozenset(map(tuple, one["pairs"])), one["seconds"])
        for one in json.loads(ran.stdout)
    ]


def print_found(methods: Sequence[Method], exam: Exam) -> None:
    """Print the planted pairs that each method found: slight, middling, strong."""
    print(f"{'':12}{'planted':>9}", *(f"{number:>12}" for number in range(1, len(methods) + 1)))
    for kind in KINDS:
        cells = [
            [pair_of(one.file, shown) for one in exam.copies for shown in one.shows
             if (one.kind, one.strength) == (kind, strength)]
            for strength in range(len(STRENGTHS))
        ]  # fmt: skip
        print(f"{kind:12}{' '.join(str(len(pairs)) for pairs in cells):>9}", end="")
        for method in methods:
            found = (len(method.pairs.intersection(pairs)) for pairs in cells)
            print(f"{' '.join(map(str, found)):>13}", end="")
        print()
    for title, kinds in (("all", KINDS), ("to decide", to_decide())):
        pairs = {pair_of(c.file, s) for c in exam.copies if c.kind in kinds for s in c.shows}
        print(f"{title:12}{len(pairs):>9}", end="")
        print("".join(f"{len(method.pairs & pairs) / len(pairs):>13.3f}" for method in methods))


def to_decide() -> list[str]:
    return [name for name, kind in KINDS.items() if not kind.is_for_people]


if __name__ == "__main__":
    main()
