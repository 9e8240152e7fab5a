"""Measures the time and memory of the search for copies of one upload in a large collection."""

import argparse
import io
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from sqlalchemy import insert

from benchmarks.measuring import peak_mb
from copies.fingerprints import COUNT_BYTES, RECIPE, SIDE_PX
from copies.keypoints import DESCRIPTOR_BYTES, Keypoints
from curator.base.config import Config
from curator.base.db import Sessions, open_sessions
from curator.base.instance import init_instance
from curator.base.models.photos import Batch, Photo, StoredFingerprint
from curator.photos.importing import import_upload, open_batch
from demo.faces import draw_photo
from demo.person import person_of
from tests.curator.rows import photo_row

PLACES = 170  # keypoints per photo, about as many as in a portrait
RANKS = 4  # of a cell's places, about
AT_ONCE = 1000
UPLOADS = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, nargs="+", default=[1000, 10_000])
    asked = parser.parse_args()
    contents = [jpeg(person) for person in range(1, UPLOADS + 1)]
    print(f"{'photos':>8}{'first upload':>14}{'later ones':>12}{'peak MB':>9}")
    for photos in asked.photos:
        with tempfile.TemporaryDirectory() as made:
            config = Config(instance=Path(made) / "instance")
            init_instance(config)
            sessions = open_sessions(config)
            fill(sessions, photos)
            seconds = list(uploads(sessions, config, contents))
        print(f"{photos:>8}{seconds[0]:>12.2f} s{np.median(seconds[1:]):>10.2f} s{peak_mb():>9.0f}")


def fill(sessions: Sessions, photos: int) -> None:
    """Add photos with random fingerprints that have already been searched."""
    rng = np.random.default_rng(1)
    with sessions.begin() as session:
        session.execute(insert(Batch), [{"id": 1}])
        for start in range(1, photos + 1, AT_ONCE):
            ids = range(start, min(start + AT_ONCE, photos + 1))
            session.execute(insert(Photo), [photo_row(one) | {"pairs_sought": True} for one in ids])
            rows = [fingerprint_row(one, rng) for one in ids]
            session.execute(insert(StoredFingerprint), rows)


def fingerprint_row(photo: int, rng: np.random.Generator) -> dict[str, object]:
    plain, mirrored = (keypoints(rng).to_bytes() for _ in range(2))
    return {
        "photo_id": photo,
        "recipe": RECIPE,
        "hashes": rng.bytes(32),
        "keypoints": PLACES.to_bytes(COUNT_BYTES, "little") + plain + mirrored,
    }


def keypoints(rng: np.random.Generator) -> Keypoints:
    return Keypoints(
        rng.uniform(0, SIDE_PX, (PLACES, 2)).astype(np.float32),
        rng.integers(0, 256, (PLACES, DESCRIPTOR_BYTES), dtype=np.uint8),
        (np.arange(PLACES) % RANKS).astype(np.uint8),
    )


def uploads(sessions: Sessions, config: Config, contents: list[bytes]) -> Iterator[float]:
    batch = open_batch(sessions, source="", collector="", actor="bench")
    for number, content in enumerate(contents):
        started = time.perf_counter()
        import_upload(sessions, config, batch, f"{number}.jpg", content, actor="bench")
        yield time.perf_counter() - started


def jpeg(person: int) -> bytes:
    buffer = io.BytesIO()
    draw_photo(person_of(5, person), 5, 0).image.save(buffer, "JPEG", quality=88)
    return buffer.getvalue()


if __name__ == "__main__":
    main()
