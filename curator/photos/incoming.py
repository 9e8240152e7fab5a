"""Photo files on their way in: found, measured, told apart from what is there, stored."""

import hashlib
import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from curator.base.config import Config
from curator.base.db import Sessions, reading
from curator.base.errors import InputInvalid, PhotoRejected
from curator.base.models import Photo
from curator.base.pixels import DECODE_ERRORS, Limits, read, same_pixels, whole_pixel_sha256
from curator.base.store import Store, write_file
from curator.base.workers import spread
from curator.photos.inspecting import Inspected, inspect_file


@dataclass(frozen=True)
class Found:
    """A file seen in a folder; `name` is its path below that folder."""

    path: Path
    name: str


@dataclass(frozen=True)
class Arrival:
    found: Found
    inspected: Inspected | PhotoRejected


def limits(config: Config) -> Limits:
    return Limits(config.max_file_bytes, config.max_pixels, config.min_side_px, config.thumbnail_px)


def find_files(roots: Sequence[Path]) -> tuple[list[Found], int]:
    """Return the files below the roots, sorted, and how many hidden ones were ignored."""
    found: list[Found] = []
    ignored = 0
    for root in roots:
        if not root.exists():
            raise InputInvalid("%(path)s does not exist: give a folder of photos.", path=root)
        for path in sorted(root.rglob("*")) if root.is_dir() else [root]:
            if path.is_dir():
                continue
            name = path.relative_to(root if root.is_dir() else root.parent)
            if any(part.startswith(".") for part in name.parts):
                ignored += 1
            else:
                found.append(Found(path, name.as_posix()))
    return found, ignored


def measured(files: Iterable[Found], config: Config) -> Iterator[Arrival]:
    """Decode and measure files, on all cores, in order."""
    first, second = itertools.tee(files)
    inspected = spread(
        partial(inspect_file, limits=limits(config)),
        (found.path for found in first),
        config.worker_count,
    )
    return itertools.starmap(Arrival, zip(second, inspected, strict=True))


def told_apart(sessions: Sessions, config: Config, arrivals: Sequence[Arrival]) -> list[Arrival]:
    """Give a photo another digest where its pixels are only as another's when both are read reduced."""
    digests = [
        one.inspected.pixel_sha256 for one in arrivals if isinstance(one.inspected, Inspected)
    ]
    with reading(sessions) as session:
        rows = session.execute(
            select(Photo.pixel_sha256, Photo.file_sha256, Photo.format).where(
                Photo.pixel_sha256.in_(digests)
            )
        )
        store = Store(config.instance)
        first = {
            row.pixel_sha256: (row.file_sha256, store.photo(row.file_sha256, row.format))
            for row in rows
        }
    return [_told_from(arrival, first) for arrival in arrivals]


def _told_from(arrival: Arrival, first: dict[str, tuple[str, Path]]) -> Arrival:
    facts, path = arrival.inspected, arrival.found.path
    if isinstance(facts, PhotoRejected):
        return arrival
    file_sha256, other = first.setdefault(facts.pixel_sha256, (facts.file_sha256, path))
    try:
        if file_sha256 == facts.file_sha256 or same_pixels(other, path):
            return arrival
        return replace(arrival, inspected=replace(facts, pixel_sha256=whole_pixel_sha256(path)))
    except DECODE_ERRORS:  # one of the files changed or went since it was read
        return arrival


def store_file(config: Config, there: dict[str, int], arrival: Arrival) -> Arrival:
    """Copy the file into the store, unless its pixels are there or it changed since it was read."""
    facts = arrival.inspected
    if isinstance(facts, PhotoRejected) or known(facts, there):
        return arrival
    content = read(arrival.found.path, config.max_file_bytes)
    if hashlib.sha256(content).hexdigest() != facts.file_sha256:
        return replace(
            arrival, inspected=PhotoRejected("changed while it was read: import it again")
        )
    Store(config.instance).add_photo(facts.file_sha256, facts.format, content)
    keep_preview(config, facts)
    return arrival


def keep_preview(config: Config, facts: Inspected) -> None:
    if not facts.thumbnail:
        return
    path = Store(config.instance).preview(facts.file_sha256, config.thumbnail_px)
    write_file(path, facts.thumbnail, lasting=False)


def photos_there(session: Session, arrivals: Iterable[Arrival]) -> dict[str, int]:
    """Return the ids of stored photos by their digests, of those that the arrivals have."""
    facts = [one.inspected for one in arrivals if isinstance(one.inspected, Inspected)]
    rows = session.execute(
        select(Photo.id, Photo.pixel_sha256, Photo.file_sha256).where(
            Photo.pixel_sha256.in_([one.pixel_sha256 for one in facts])
            | Photo.file_sha256.in_([one.file_sha256 for one in facts])
        )
    )
    return {digest: photo_id for photo_id, *digests in rows for digest in digests}


def known(facts: Inspected, there: dict[str, int]) -> int | None:
    return there.get(facts.pixel_sha256) or there.get(facts.file_sha256)
