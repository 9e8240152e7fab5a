"""Compares the copies that Malar, ImageHash and imagededup find, in one run on the same photos.

A collection is a folder with photos/ and truth.csv (columns file, person, copy_of, edit).
"""

import argparse
import csv
import os
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import imagehash
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from sqlalchemy import select

from benchmarks.peers import ask
from curator.base.config import Config
from curator.base.db import Sessions, open_sessions, reading
from curator.base.instance import init_instance
from curator.base.models.photos import FileName
from curator.copies.candidates import look_alikes, read_collection
from curator.pairs.decisions import accept_verified
from curator.photos.importing import import_folders
from curator.queries.files import alike_files
from demo.collection import write_collection

RADII_BITS = (4, 8, 10)

Pair = tuple[str, str]  # two file names, the smaller first


@dataclass(frozen=True)
class Method:
    """The pairs that one method of finding copies returned."""

    name: str
    pairs: frozenset[Pair]
    seconds: float


@dataclass(frozen=True)
class Truth:
    person: dict[str, str]
    original: dict[str, str]  # by file, itself for an original
    planted: dict[str, list[Pair]]  # by edit: the copy and what it was made from

    def kind(self, pair: Pair) -> str:
        first, second = pair
        if self.original[first] == self.original[second]:
            return "copies"
        return "one person" if self.person[first] == self.person[second] else "other people"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path, metavar="FOLDER")
    parser.add_argument("--people", type=int, default=60, help="of the draw, without FOLDER")
    parser.add_argument("--seed", type=int, default=7, help="of the draw, without FOLDER")
    asked = parser.parse_args()
    for folder in asked.folders:
        report(folder, str(folder))
    if not asked.folders:
        with tempfile.TemporaryDirectory() as made:
            write_collection(Path(made), asked.people, asked.seed)
            report(Path(made), f"drawn faces of {asked.people} people, seed {asked.seed}")


def report(collection: Path, name: str) -> None:
    truth = read_truth(collection / "truth.csv")
    planted = sum(map(len, truth.planted.values()))
    print(f"{name}: {len(truth.person)} photos, {planted} of them copies")
    with tempfile.TemporaryDirectory() as made:
        photos = Path(made) / "photos"
        photos.mkdir()
        for file in truth.person:
            (photos / file).symlink_to((collection / "photos" / file).resolve())
        methods = [
            *malar_methods(photos, Path(made) / "instance"),
            *imagehash_methods(photos),
            *imagededup_methods(photos),
        ]
    print_pairs(methods, truth)
    print_recall(methods, truth)


def read_truth(table: Path) -> Truth:
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    copy_of = {row["file"]: row["copy_of"] for row in rows}
    planted: dict[str, list[Pair]] = defaultdict(list)
    for row in rows:
        if row["copy_of"]:
            planted[row["edit"]].append(pair_of(row["file"], row["copy_of"]))
    return Truth(
        person={row["file"]: row["person"] for row in rows},
        original={file: first_of(file, copy_of) for file in copy_of},
        planted=dict(planted),
    )


def first_of(file: str, copy_of: dict[str, str]) -> str:
    while copy_of[file]:
        file = copy_of[file]
    return file


def pair_of(first: str, second: str) -> Pair:
    return min(first, second), max(first, second)


def malar_methods(photos: Path, instance: Path) -> list[Method]:
    """Import as the command does; the three methods are the pairs an import compares, shows and verifies."""
    started = time.perf_counter()
    config = Config(instance=instance)
    init_instance(config)
    sessions = open_sessions(config)
    import_folders(sessions, config, [photos], actor="benchmark")
    accept_verified(sessions, actor="benchmark")
    seconds = time.perf_counter() - started
    files = alike_files(sessions)
    shown = frozenset(pair_of(each.file_a, each.file_b) for each in files)
    copies = {pair_of(each.file_a, each.file_b) for each in files if each.decision == "copy"}
    compared = shown | compared_files(sessions, config)
    return [
        Method("Malar, decided copy", frozenset(copies), seconds),
        Method("Malar, shown", shown, seconds),
        Method("Malar, compared", compared, seconds),
    ]


def compared_files(sessions: Sessions, config: Config) -> set[Pair]:
    """Return the candidates of an import, which are compared pixel by pixel."""
    with reading(sessions) as session:
        rows = session.execute(select(FileName.photo_id, FileName.name))
        names = {row.photo_id: row.name for row in rows}
        collection = read_collection(session, rescan=True)
        found = look_alikes(session, config, collection, config.dedup_radius_bits)
    return {pair_of(names[each.first], names[each.second]) for each in found}


def imagehash_methods(photos: Path) -> list[Method]:
    methods = []
    for name, method in (("pHash", imagehash.phash), ("dHash", imagehash.dhash)):
        started = time.perf_counter()
        files, hashes = hashes_of(photos, method)
        hashed = time.perf_counter() - started
        for radius_bits in RADII_BITS:
            started = time.perf_counter()
            pairs = frozenset(near(files, hashes, radius_bits))
            seconds = hashed + time.perf_counter() - started
            methods.append(Method(f"ImageHash {name}, radius {radius_bits}", pairs, seconds))
    return methods


def hashes_of(
    photos: Path, method: Callable[[Image.Image], imagehash.ImageHash]
) -> tuple[list[str], NDArray[np.uint64]]:
    def hash_of(path: Path) -> int:
        with Image.open(path) as image:
            return int(str(method(image)), 16)

    paths = sorted(photos.iterdir())
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        hashes = np.array(list(pool.map(hash_of, paths)), np.uint64)
    return [path.name for path in paths], hashes


def near(files: Sequence[str], hashes: NDArray[np.uint64], radius_bits: int) -> Iterable[Pair]:
    for place, one in enumerate(hashes):
        later = np.bitwise_count(hashes[place + 1 :] ^ one) <= radius_bits
        for other in np.flatnonzero(later).tolist():
            yield pair_of(files[place], files[place + 1 + other])


def imagededup_methods(photos: Path) -> list[Method]:
    answer = ask("peer_copies.py", photos)
    if answer is None:
        return []
    for method in answer["methods"]:
        if "missing" in method:
            print(f"imagededup's {method['name']} did not run: {method['missing']}")
    return [
        Method(
            f"imagededup {answer['version']} {method['name']}",
            frozenset(pair_of(*pair) for pair in method["pairs"]),
            method["seconds"],
        )
        for method in answer["methods"]
        if "pairs" in method
    ]


def print_pairs(methods: Sequence[Method], truth: Truth) -> None:
    """Print each method's pairs; Malar's seconds cover the whole import."""
    kinds = ("copies", "one person", "other people")
    print(f"{'':36}{'pairs':>7}", *(f"{kind:>13}" for kind in kinds), end="")
    print(f"{'precision':>11}{'pairs a photo':>15}{'seconds':>9}")
    for number, method in enumerate(methods, start=1):
        counted = Counter(map(truth.kind, method.pairs))
        print(f"{number:>2}  {method.name:32}{len(method.pairs):>7}", end=" ")
        print(*(f"{counted[kind]:>13}" for kind in kinds), end="")
        precision = f"{counted['copies'] / len(method.pairs):.1%}" if method.pairs else "-"
        print(
            f"{precision:>11}{len(method.pairs) / len(truth.person):>15.2f}{method.seconds:>9.1f}"
        )


def print_recall(methods: Sequence[Method], truth: Truth) -> None:
    """Print how many planted copies each method, by number, paired with their original."""
    print(f"\n{'found of the planted copies':28}{'planted':>8}", end="")
    print(*(f"{number:>5}" for number in range(1, len(methods) + 1)))
    for edit, planted in sorted(truth.planted.items()):
        found = [len(method.pairs.intersection(planted)) for method in methods]
        print(f"{edit:28}{len(planted):>8}", *(f"{count:>4}" for count in found))
    everything = [pair for planted in truth.planted.values() for pair in planted]
    shares = [len(method.pairs.intersection(everything)) / len(everything) for method in methods]
    print(f"{'all':28}{len(everything):>8}", *(f"{share:>4.0%}" for share in shares), "\n")


if __name__ == "__main__":
    main()
