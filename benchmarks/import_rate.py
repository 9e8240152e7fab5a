"""Compares importing JPEGs with only decoding them in Pillow, with equally many processes, in one run."""

import argparse
import os
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image

from curator.base.config import Config
from curator.base.db import open_sessions
from curator.base.instance import init_instance
from curator.photos.importing import import_folders

COUNT = 600
SIDE_PX = 1080


def draw(path: Path) -> None:
    """Write a photo-like JPEG: smooth shapes with sensor noise."""
    rng = np.random.default_rng(int(path.stem))
    coarse = Image.fromarray(rng.integers(0, 256, (9, 9, 3), dtype=np.uint8))
    pixels = np.asarray(coarse.resize((SIDE_PX, SIDE_PX), Image.Resampling.BICUBIC), dtype=np.int16)
    noisy = pixels + rng.normal(0, 6, pixels.shape).astype(np.int16)
    Image.fromarray(noisy.clip(0, 255).astype(np.uint8)).save(path, quality=88)


def decode(path: Path) -> None:
    with Image.open(path) as image:
        image.load()


def seconds_of_pillow(paths: list[Path], processes: int) -> float:
    with ProcessPoolExecutor(processes) as pool:
        list(pool.map(decode, paths[:processes]))  # start the processes
        started = time.perf_counter()
        list(pool.map(decode, paths, chunksize=8))
        return time.perf_counter() - started


def seconds_of_import(folder: Path, instance: Path) -> tuple[float, float]:
    """Import; return the seconds until all photos were stored, and until the search for copies ended."""
    config = Config(instance=instance)
    init_instance(config)
    moments = [time.perf_counter()]
    import_folders(
        open_sessions(config),
        config,
        [folder],
        actor="benchmark",
        progress=lambda _done, _total: moments.append(time.perf_counter()),
    )
    return moments[-1] - moments[0], time.perf_counter() - moments[0]


def report(name: str, paths: list[Path], instance: Path) -> None:
    processes = os.cpu_count() or 1
    pillow = seconds_of_pillow(paths, processes)
    stored, searched = seconds_of_import(paths[0].parent, instance)
    print(f"{len(paths)} JPEGs {name}, {processes} processes")
    for what, seconds in (
        ("Pillow alone, decode only", pillow),
        ("import: hashes, keypoints, thumbnails, database", stored),
        ("and the search for copies", searched),
    ):
        print(f"  {what:50}{len(paths) / seconds:7.1f} photos a second{pillow / seconds:6.0%}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path, metavar="FOLDER", help="of JPEGs alone")
    parser.add_argument("--count", type=int, default=COUNT, help="of the drawn ones")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made) / "photos"
        folder.mkdir()
        drawn = [folder / f"{number}.jpg" for number in range(asked.count)]
        with ProcessPoolExecutor() as pool:
            list(pool.map(draw, drawn))
        report(f"of {SIDE_PX}x{SIDE_PX}, drawn", drawn, Path(made) / "drawn")
        for number, each in enumerate(asked.folders):
            report(f"of {each.name}", sorted(each.iterdir()), Path(made) / str(number))


if __name__ == "__main__":
    main()
