"""Import of 1080x1080 JPEGs beside Pillow alone decoding them, with as many processes, in one run."""

import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image

COUNT = 300
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
        image.convert("RGB").tobytes()


def seconds_of_pillow(paths: list[Path], processes: int) -> float:
    with ProcessPoolExecutor(processes) as pool:
        list(pool.map(decode, paths[:processes]))  # the processes are started
        started = time.perf_counter()
        list(pool.map(decode, paths, chunksize=8))
        return time.perf_counter() - started


def seconds_of_import(folder: Path, instance: Path) -> float:
    environment = os.environ | {"CURATOR_INSTANCE": str(instance)}
    flask = [sys.executable, "-m", "flask", "curator"]
    subprocess.run([*flask, "init"], env=environment, check=True, capture_output=True)
    started = time.perf_counter()
    command = [*flask, "import", str(folder), "--json"]
    subprocess.run(command, env=environment, check=True, capture_output=True)
    return time.perf_counter() - started


def main() -> None:
    processes = os.cpu_count() or 1
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made) / "photos"
        folder.mkdir()
        paths = [folder / f"{n}.jpg" for n in range(COUNT)]
        with ProcessPoolExecutor(processes) as pool:
            list(pool.map(draw, paths))
        pillow = seconds_of_pillow(paths, processes)
        curator = seconds_of_import(folder, Path(made) / "instance")
    print(f"{COUNT} JPEGs of {SIDE_PX}x{SIDE_PX}, {processes} processes")
    print(f"Pillow alone, decode only      {COUNT / pillow:7.1f} photos a second")
    print(f"curator import, start included {COUNT / curator:7.1f} photos a second")
    print(f"curator reaches {pillow / curator:.0%} of Pillow's rate")


if __name__ == "__main__":
    main()
