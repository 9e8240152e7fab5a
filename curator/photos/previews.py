"""Previews and redness images of photos: cached, rebuilt when missing, without metadata."""

import hashlib
import io
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PIL import Image

from curator.base.config import Config
from curator.base.pixels import load, preview
from curator.base.seals import sealed, unsealed
from curator.base.store import ENDINGS, Store, write_file
from curator.base.workers import PICTURES, bounds
from curator.photos.redness import redness_picture
from faces.landmarks import MarkedFace
from faces.scaling import resized


def preview_bytes(config: Config, sha: str, file_format: str, longest_side_px: int) -> bytes:
    """Return a JPEG of a stored photo."""
    store = Store(config.instance)

    def make() -> bytes:
        task = partial(_preview, longest_side_px=longest_side_px)
        return PICTURES.run(task, store.photo(sha, file_format), bounds(config))

    return _cached(store.preview(sha, longest_side_px), store.photo(sha, file_format), make)


def redness_bytes(
    config: Config, sha: str, file_format: str, face: MarkedFace | None
) -> tuple[bytes, str]:
    """Return a JPEG of a stored photo's redness, and the name of its scale."""
    store = Store(config.instance)

    def make() -> bytes:
        task = partial(_redness, longest_side_px=config.redness_px, face=face)
        return PICTURES.run(task, store.photo(sha, file_format), bounds(config))

    path = store.redness(sha, config.redness_px, _key(face))
    content = _cached(path, store.photo(sha, file_format), make)
    with Image.open(io.BytesIO(content)) as picture:
        return content, picture.info["comment"].decode()


def _preview(path: Path, longest_side_px: int) -> bytes:
    return preview(load(path), longest_side_px)


def _redness(path: Path, longest_side_px: int, face: MarkedFace | None) -> bytes:
    photo = load(path)
    small = resized(photo, min(longest_side_px, max(photo.size)))
    picture, scale = redness_picture(Image.fromarray(small), face)
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=90, comment=scale)  # which the cache keeps with it
    return buffer.getvalue()


def redness_version(face: MarkedFace | None) -> str:
    """Return what changes whenever the redness of a photo is drawn differently."""
    return ENDINGS["redness"] + _key(face)


def _key(face: MarkedFace | None) -> str:
    return f"-{hashlib.sha256(repr(face).encode()).hexdigest()[:16]}" if face else ""


def _cached(path: Path, photo: Path, make: Callable[[], bytes]) -> bytes:
    try:
        return unsealed(path.read_bytes())
    except FileNotFoundError:  # the cache may be emptied at any time
        content = make()
        write_file(path, sealed(content), lasting=False)
        if not photo.exists():  # it was erased meanwhile, and its pictures before this one
            path.unlink(missing_ok=True)
        return content
