"""Measures which hard copies Malar finds, and where it loses others: random edits, many chained.

A collection is a folder with photos/ and truth.csv (columns file, person, copy_of, edit). Its originals are
scaled to each size and edited by hard_edits.py; the same seed gives the same copies.
"""

import argparse
import csv
import os
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.hard_edits import EDITS, edit_photo
from benchmarks.planned_copies import (
    Method,
    Pair,
    Truth,
    malar_methods,
    print_pairs,
    print_recall,
    read_truth,
)
from copies.comparison import Match, compare
from copies.views import PHOTO_PX, mirror, picture
from curator.base.config import Config
from curator.base.errors import PhotoRejected
from curator.base.pixels import decode, load, load_grey
from curator.photos.incoming import limits
from demo.collection import write_collection
from faces.greyness import shows_colour

SIDES_PX = (1080, 480, 200)
COPIES = 150
QUALITIES = (82, 95)  # of the originals
# Copies cycle through these; a number means a chain of that many edits.
KINDS: tuple[str | int, ...] = (*EDITS, 2, 3, 2, 3, 2, 3, 2, 2)

Row = dict[str, str]  # of truth.csv


@dataclass(frozen=True)
class Drawn:
    """A collection with hard copies: `edit` by file, empty for an original."""

    folder: Path
    truth: Truth
    edit: dict[str, str]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path, metavar="FOLDER")
    parser.add_argument("--people", type=int, default=60, help="of the draw, without FOLDER")
    parser.add_argument("--seed", type=int, default=7, help="of the copies, and of the draw")
    parser.add_argument("--copies", type=int, default=COPIES)
    parser.add_argument("--sides", type=int, nargs="+", default=SIDES_PX, metavar="PX")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="leave the photos there")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folders = asked.folders or [Path(made) / "drawn"]
        if not asked.folders:
            write_collection(folders[0], asked.people, asked.seed)
        for folder in folders:
            for side_px in asked.sides:
                place = (asked.keep or Path(made)) / f"{folder.name}-{side_px}"
                report(write_hard(folder, place, side_px, asked.copies, asked.seed), side_px)


def report(drawn: Drawn, side_px: int) -> None:
    photos, copies = len(drawn.truth.person), sum(map(len, drawn.truth.planted.values()))
    print(f"{drawn.folder.name}: {photos} photos, {copies} of them copies, of {side_px} pixels")
    with tempfile.TemporaryDirectory() as made:
        methods = malar_methods(drawn.folder / "photos", Path(made) / "instance")
    print_pairs(methods, drawn.truth)
    print_recall(methods, drawn.truth)
    print_wrong(methods, drawn)


def print_wrong(methods: Sequence[Method], drawn: Drawn) -> None:
    """Print each wrong pair with its two edits and its comparison score."""
    for title, pairs in wrong_pairs(methods, drawn.truth).items():
        print(f"{title}: {len(pairs)}")
        for first, second in sorted(pairs):
            photos = drawn.folder / "photos"
            measured = in_words(best_match(photos / first, photos / second))
            edits = " / ".join(drawn.edit[file] or "-" for file in (first, second))
            print(f"  {first} {second} {edits:34} {measured}")
    print()


def wrong_pairs(methods: Sequence[Method], truth: Truth) -> dict[str, set[Pair]]:
    decided, shown, compared = (set(method.pairs) for method in methods)
    planted = {pair for pairs in truth.planted.values() for pair in pairs}
    kinds = {pair: truth.kind(pair) for pair in shown}
    return {
        "one person's photos decided copies": {p for p in decided if kinds[p] == "one person"},
        "other people's decided copies": {p for p in decided if kinds[p] == "other people"},
        "no copies, but shown": {p for p in shown - decided if kinds[p] != "copies"},
        "copies shown, not decided": planted & shown - decided,
        "copies compared, not shown": planted & compared - shown,
        "copies not compared": planted - compared,
    }


def best_match(first: Path, second: Path) -> Match:
    """Compare two photos as the search would."""
    one, other = (picture(load_grey(path, PHOTO_PX)) for path in (first, second))
    matches = compare(one, other), compare(one, mirror(other), mirrored=True)
    return max(matches, key=lambda match: match.rank)


def in_words(match: Match) -> str:
    laid = match.alignment
    if laid is None:
        return "not aligned"
    strain = "unknown" if laid.strain is None else f"{laid.strain * 1000:.2f}"
    return (
        f"certainty {match.certainty:.1f}, score {match.score:.3f}, strain {strain} a thousand, "
        f"patch {laid.patch:.3f}, {laid.places} places, {laid.frame_px} px, scale {laid.scale:.2f}, "
        f"turned {laid.rotation_degrees:.1f}"
    )


# -- drawing ---------------------------------------------------------------------------------------


def write_hard(source: Path, folder: Path, side_px: int, copies: int, seed: int) -> Drawn:
    """Write the originals of `source`, at most `side_px` long, and their copies into a folder."""
    (folder / "photos").mkdir(parents=True)
    with (source / "truth.csv").open(encoding="utf-8", newline="") as file:
        originals = [row for row in csv.DictReader(file) if not row["copy_of"]]
    order = np.random.default_rng(seed).permutation(len(originals)).tolist()
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        write = partial(write_original, source / "photos", folder / "photos", side_px)
        rows = list(pool.map(write, originals, chunksize=8))
        copied = [rows[order[number % len(order)]] for number in range(copies)]
        write_one = partial(write_copy, folder / "photos", seed)
        rows += pool.map(write_one, range(copies), copied, chunksize=8)
    with (folder / "truth.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return read_hard(folder)


def write_original(source: Path, photos: Path, side_px: int, row: Row) -> Row:
    photo = load(source / row["file"])
    photo.thumbnail((side_px, side_px), Image.Resampling.LANCZOS)
    file = f"{Path(row['file']).stem}.jpg"
    quality = int(np.random.default_rng(list(file.encode())).integers(*QUALITIES))
    photo.save(photos / file, quality=quality)
    return {"file": file, "person": row["person"], "copy_of": "", "edit": ""}


def write_copy(photos: Path, seed: int, number: int, original: Row) -> Row:
    """Write a copy, redrawing it while an import would reject it as too small or too grey."""
    rng = np.random.default_rng([seed, number])
    with Image.open(photos / original["file"]) as photo:
        content, edit = b"", ""
        while not is_usable(content):
            edit = draw_edit(KINDS[number % len(KINDS)], rng)
            content = edit_photo(photo, edit, rng)
    file = f"copy{number:04}.jpg"
    (photos / file).write_bytes(content)
    return original | {"file": file, "copy_of": original["file"], "edit": edit}


def is_usable(content: bytes) -> bool:
    try:
        photo = decode(content, limits(Config())).image
    except PhotoRejected:
        return False
    return shows_colour(photo)


def draw_edit(kind: str | int, rng: np.random.Generator) -> str:
    if isinstance(kind, str):
        return kind
    return "+".join(rng.choice([*EDITS], kind, replace=False).tolist())


def read_hard(folder: Path) -> Drawn:
    """Read a collection that `write_hard` wrote, grouping chains of edits by length."""
    with (folder / "truth.csv").open(encoding="utf-8", newline="") as file:
        edit = {row["file"]: row["edit"] for row in csv.DictReader(file)}
    truth = read_truth(folder / "truth.csv")
    planted: dict[str, list[Pair]] = {}
    for name, pairs in truth.planted.items():
        many = name.count("+") + 1
        planted.setdefault(f"{many} edits" if many > 1 else name, []).extend(pairs)
    return Drawn(folder, replace(truth, planted=planted), edit)


if __name__ == "__main__":
    main()
