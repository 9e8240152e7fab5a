"""Measures how long saving a rating takes while another user uploads photos, or opens photos not shown before."""

import argparse
import tempfile
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Thread

import numpy as np

from benchmarks.instances import made_instance
from curator.photos.importing import import_folders
from demo.faces import draw_photo
from demo.person import person_of
from tests.curator.serving import Caller, served

SIDES_PX = (1080, 4000)  # of Instagram's photos, and nearly of a phone's
ALONE_S = 20.0
THINKS_S = 0.2  # from one save to the next
UPLOADS_AT_ONCE = 2  # as the inbox does
PICTURES_AT_ONCE = 6  # as browsers do


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=60, help="uploaded, and as many shown")
    asked = parser.parse_args()
    print(f"{'side':>8} {'beside':<10}{'lasts':>9}{'saves':>7}{'median':>9}{'p95':>9}{'max':>9}")
    for side_px in SIDES_PX:
        with tempfile.TemporaryDirectory() as made:
            shown, sent = (
                [draw(Path(made) / part, first + number, side_px) for number in range(asked.photos)]
                for part, first in (("shown", 1), ("sent", asked.photos + 1))
            )
            measure(shown, sent, side_px)


def draw(folder: Path, number: int, side_px: int) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / f"{number}.jpg"
    photo = draw_photo(person_of(5, number), 5, 0).image
    photo.resize((side_px, side_px)).save(path, "JPEG", quality=88)
    return path


def measure(shown: list[Path], sent: list[Path], side_px: int) -> None:
    with made_instance("ana", "ben") as (config, sessions):
        import_folders(sessions, config, [shown[0].parent], actor="bench")
        with served(config) as (port, _):
            ana, ben = Caller(port, "ana"), Caller(port, "ben")
            batch = int(ana.post("/inbox/batches", source="")[1]["batch"])
            rater = Rater(ben)
            beside: dict[str, Callable[[], object]] = {
                "nothing": lambda: time.sleep(ALONE_S),
                "uploads": lambda: each(
                    UPLOADS_AT_ONCE, lambda file: ana.upload(file.read_bytes(), batch), sent
                ),
                "pictures": lambda: each(
                    PICTURES_AT_ONCE,
                    lambda photo: ana.see(f"/photos/{photo}/display"),
                    range(1, len(shown) + 1),
                ),
            }
            for name, busy in beside.items():
                lasted_s, saves_s = rater.saves_during(busy)
                report(side_px, name, lasted_s, saves_s)


def each(at_once: int, run: Callable[..., object], items: Iterable[object]) -> None:
    with ThreadPoolExecutor(at_once) as threads:
        list(threads.map(run, items))


class Rater:
    """Rates the first photo again and again."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self._version = 0

    def saves_during(self, busy: Callable[[], object]) -> tuple[float, list[float]]:
        """Return how long it was busy, and how long each save took meanwhile, in seconds."""
        work, saves_s, started = Thread(target=busy), [], time.perf_counter()
        work.start()
        while work.is_alive():
            saves_s.append(self._save())
            time.sleep(THINKS_S)
        return time.perf_counter() - started, saves_s

    def _save(self) -> float:
        started = time.perf_counter()
        status, answer = self._caller.post("/annotate/1", version=self._version, label="unsure")
        if status != 200:
            raise SystemExit(f"the save was refused: {answer}")
        self._version += 1
        return time.perf_counter() - started


def report(side_px: int, beside: str, lasted_s: float, saves_s: list[float]) -> None:
    p50, p95, longest = 1000 * np.percentile(saves_s, (50, 95, 100))
    print(
        f"{side_px:>5} px {beside:<10}{lasted_s:>7.0f} s{len(saves_s):>7}"
        f"{p50:>6.0f} ms{p95:>6.0f} ms{longest:>6.0f} ms",
        flush=True,
    )


if __name__ == "__main__":
    main()
