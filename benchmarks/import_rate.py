"""Import of JPEGs beside Pillow alone decoding them, with as many processes, in one run."""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image

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
        list(pool.map(decode, paths[:processes]))  # the processes are started
        started = time.perf_counter()
        list(pool.map(decode, paths, chunksize=8))
        return time.perf_counter() - started


def seconds_of_import(folder: Path, instance: Path) -> float:
    """Import as the command does, its start included."""
    environment = os.environ | {"CURATOR_INSTANCE": str(instance)}
    flask = [sys.executable, "-m", "flask", "curator"]
    subprocess.run([*flask, "init"], env=environment, check=True, capture_output=True)
    started = time.perf_counter()
    command = [*flask, "import", str(folder), "--json"]
    subprocess.run(command, env=environment, check=True, capture_output=True)
    return time.perf_counter() - started


def report(name: str, paths: list[Path], made: Path) -> None:
    processes = os.cpu_count() or 1
    few = made / f"few {name}"
    few.mkdir()
    for path in paths[:processes]:
        shutil.copy(path, few)
    start = seconds_of_import(few, made / f"started {name}")
    pillow = seconds_of_pillow(paths, processes)
    curator = seconds_of_import(paths[0].parent, made / f"instance {name}")
    print(f"{len(paths)} JPEGs {name}, {processes} processes")
    print(f"  Pillow alone, decode only     {len(paths) / pillow:7.1f} photos a second")
    print(f"  curator import, all of it     {len(paths) / curator:7.1f}, {pillow / curator:.0%}")
    running = curator - start
    print(
        f"  without its {start:.1f} s of start    {len(paths) / running:7.1f}, {pillow / running:.0%}"
    )


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
        report(f"of {SIDE_PX}x{SIDE_PX}, drawn", drawn, Path(made))
        for each in asked.folders:
            report(f"of {each.name}", sorted(each.iterdir()), Path(made))


if __name__ == "__main__":
    main()
