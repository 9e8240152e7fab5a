"""Measures peak memory when importing 200 and 2,000 drawn 1080x1080 JPEGs: it must not grow."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

COUNTS = (200, 2000)
GOAL_MB = 200
SIDE_PX = 1080
EVERY_SECONDS = 0.05
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Peak:
    """Resident memory in MB; shared pages count once per process."""

    together: float = 0
    parent: float = 0

    def or_higher(self, sample: list[float]) -> "Peak":
        return Peak(max(self.together, sum(sample)), max(self.parent, sample[0]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--counts", type=int, nargs="+", default=COUNTS)
    parser.add_argument("--copy-every", type=int, default=0, help="0: no photo is a copy")
    asked = parser.parse_args()
    print(f"{'photos':>8}{'seconds':>9}{'pairs':>7}{'peak MB':>9}{'parent alone':>14}")
    with tempfile.TemporaryDirectory() as made:
        peaks = [measure(count, asked.copy_every, Path(made)) for count in asked.counts]
    grown = peaks[-1].together - peaks[0].together
    alone = peaks[-1].parent - peaks[0].parent
    answer = "reached" if grown <= GOAL_MB else "missed"
    print(f"{'grown by':>24}{grown:>9.0f}{alone:>14.0f}")
    print(f"The goal, at most {GOAL_MB} MB more, is {answer}.")


def measure(count: int, copy_every: int, folder: Path) -> Peak:
    photos = folder / f"photos-{count}"
    photos.mkdir()
    with ProcessPoolExecutor() as pool:
        list(pool.map(partial(draw, photos, copy_every), range(count), chunksize=16))
    started = time.perf_counter()
    pairs, peak = import_watched(photos, folder / f"instance-{count}")
    seconds = time.perf_counter() - started
    print(f"{count:>8}{seconds:>9.0f}{pairs:>7}{peak.together:>9.0f}{peak.parent:>14.0f}")
    return peak


def draw(folder: Path, copy_every: int, number: int) -> None:
    """Write an image with its own shapes and corners, or the previous one with its border cropped."""
    is_copy = bool(copy_every) and number % copy_every == copy_every - 1
    rng = np.random.default_rng(number - is_copy)
    coarse, fine = (enlarged_noise(rng, side_px) for side_px in (9, 135))
    picture = Image.blend(coarse, fine, 0.3)
    if is_copy:
        picture = picture.crop((0, 30, SIDE_PX - 40, SIDE_PX))
    picture.save(folder / f"{number}.jpg", quality=88)


def enlarged_noise(rng: np.random.Generator, side_px: int) -> Image.Image:
    noise = rng.integers(0, 256, (side_px, side_px, 3), dtype=np.uint8)
    return Image.fromarray(noise).resize((SIDE_PX, SIDE_PX), Image.Resampling.BICUBIC)


def import_watched(photos: Path, instance: Path) -> tuple[int, Peak]:
    """Import in a separate process; return the number of pairs found and peak memory."""
    environment = os.environ | {"CURATOR_INSTANCE": str(instance)}
    flask = [sys.executable, "-m", "flask", "curator"]
    subprocess.run([*flask, "init"], env=environment, check=True, capture_output=True)
    command = [*flask, "import", str(photos), "--json"]
    peak = Peak()
    with tempfile.TemporaryFile("w+") as answer:
        process = subprocess.Popen(
            command, env=environment, stdout=answer, stderr=subprocess.DEVNULL
        )
        while process.poll() is None:
            peak = peak.or_higher([resident_mb(one) for one in family(process.pid)])
            time.sleep(EVERY_SECONDS)
        if process.returncode:
            raise SystemExit(f"The import failed with status {process.returncode}.")
        answer.seek(0)
        return int(json.load(answer)["new_pairs"]), peak


def family(process: int) -> Iterator[int]:
    """Yield a process and all its descendants."""
    yield process
    for child in started_by(process):
        yield from family(child)


def started_by(process: int) -> list[int]:
    try:
        threads = list(Path(f"/proc/{process}/task").iterdir())
    except OSError:  # the process has ended
        return []
    return [int(child) for thread in threads for child in text_of(thread / "children").split()]


def resident_mb(process: int) -> float:
    sizes = text_of(Path(f"/proc/{process}/statm")).split()
    return int(sizes[1]) * PAGE_BYTES / 1e6 if sizes else 0


def text_of(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:  # as above
        return ""


if __name__ == "__main__":
    main()
