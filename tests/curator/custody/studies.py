"""Studies to back up: photo files of any bytes with their rows, an export, a run."""

import hashlib
import random

from sqlalchemy import func, insert, select

from curator.base.config import Config
from curator.base.db import Sessions
from curator.base.models.photos import Batch, Photo
from curator.base.moving import point
from curator.base.store import Store
from tests.curator.rows import photo_row

AT_ONCE = 1000


def add_photo_files(
    sessions: Sessions, config: Config, count: int, size_bytes: int = 2000, seed: int = 1
) -> list[str]:
    """Add photos of random bytes, which nobody decodes; return their hashes."""
    drawn, store, names = random.Random(seed), Store(config.instance), []
    for first in range(0, count, AT_ONCE):
        contents = [drawn.randbytes(size_bytes) for _ in range(first, min(first + AT_ONCE, count))]
        hashes = [hashlib.sha256(content).hexdigest() for content in contents]
        for sha, content in zip(hashes, contents, strict=True):
            path = store.photo(sha, "JPEG")
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.write_bytes(content)
        with sessions.begin() as session:
            last = session.scalar(select(func.max(Photo.id))) or 0
            if not session.get(Batch, 1):
                session.execute(insert(Batch), [{"id": 1}])
            rows = [
                photo_row(last + number)
                | {"file_sha256": sha, "pixel_sha256": sha, "size_bytes": size_bytes}
                for number, sha in enumerate(hashes, 1)
            ]
            session.execute(insert(Photo), rows)
        names += hashes
    return names


def add_results(config: Config) -> None:
    """Add an export with its link, a run, and what no backup needs."""
    export = config.instance / "exports" / "malar-0123456789ab"
    for path, text in (
        (export / "manifest.csv", "id,label\n"),
        (export / "images" / "a.png", "a picture"),
        (config.instance / "runs" / "first" / "predictions.csv", "id,score\n"),
        (config.instance / "cache" / "preview-256" / "a.jpg", "made anew"),
        (config.instance / "runs" / ".partial-second" / "weights", "unfinished"),
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    point(config.instance / "exports" / "latest", export)
