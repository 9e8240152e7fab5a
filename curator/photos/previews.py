"""Previews and redness images of photos: cached, rebuilt when missing, without metadata."""

from collections.abc import Callable
from pathlib import Path

from PIL import Image

from curator.base.config import Config
from curator.base.pixels import load, preview
from curator.base.store import Store, write_file
from curator.photos.redness import redness_picture
from faces.scaling import resized


def preview_bytes(config: Config, sha: str, file_format: str, longest_side_px: int) -> bytes:
    """Return a JPEG of a stored photo."""
    store = Store(config.instance)

    def make() -> bytes:
        return preview(load(store.photo(sha, file_format)), longest_side_px)

    return _cached(store.preview(sha, longest_side_px), make)


def redness_bytes(config: Config, sha: str, file_format: str) -> bytes:
    """Return a JPEG of a stored photo's redness."""

    store = Store(config.instance)

    def make() -> bytes:
        photo = load(store.photo(sha, file_format))
        small = resized(photo, min(config.redness_px, max(photo.size)))
        return preview(redness_picture(Image.fromarray(small)), config.redness_px, quality=90)

    return _cached(store.redness(sha, config.redness_px), make)


def _cached(path: Path, make: Callable[[], bytes]) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:  # the cache may be emptied at any time
        content = make()
        write_file(path, content, lasting=False)
        return content
