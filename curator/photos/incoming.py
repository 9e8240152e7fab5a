"""Photo files before they are recorded: found, inspected, compared with stored photos, stored."""

import hashlib
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from curator.base.config import Config
from curator.base.db import Sessions, reading
from curator.base.errors import DecodingFailed, InputInvalid, PhotoRejected
from curator.base.models.photos import Photo
from curator.base.pixels import Limits, read
from curator.base.store import Store
from curator.base.workers import COMMANDS, Lane, bounds, spread
from curator.photos.inspecting import Inspected, Twins, inspect_file, rejection, tell_apart
from curator.photos.storing import New, store_photo
from faces.listing import FoundFile, Listing, RefusedFile, list_files, readable
from faces.photos import DECODE_ERRORS


@dataclass(frozen=True)
class IncomingPhoto:
    file: FoundFile
    inspected: Inspected | PhotoRejected


def limits(config: Config) -> Limits:
    return Limits(
        max_file_bytes=config.max_file_bytes,
        max_pixels=config.max_pixels,
        min_side_px=config.min_side_px,
        max_decoded_bytes=config.max_decoded_bytes,
        thumbnail_px=config.thumbnail_px,
    )


def find_files(roots: Sequence[Path]) -> Listing:
    """List the files below the roots."""
    for root in roots:
        if not root.exists():
            raise InputInvalid(
                "%(path)s does not exist: give a folder of photos.", path=readable(str(root))
            )
    return list_files(roots)


def as_incoming(refused: Iterable[RefusedFile]) -> list[IncomingPhoto]:
    return [IncomingPhoto(each.file, PhotoRejected.of(each.refusal)) for each in refused]


def inspect_files(files: Iterable[FoundFile], config: Config) -> Iterator[IncomingPhoto]:
    """Inspect files on all cores, keeping their order."""
    first, second = itertools.tee(files)
    inspected = spread(
        partial(inspect_file, limits=limits(config)),
        (found.path for found in first),
        config.worker_count,
        bounds(config),
        rejection,
    )
    return itertools.starmap(IncomingPhoto, zip(second, inspected, strict=True))


def resolve_pixel_collisions(
    sessions: Sessions,
    config: Config,
    incoming: Sequence[IncomingPhoto],
    lane: Lane = COMMANDS,
) -> list[IncomingPhoto]:
    """Rehash photos at full size where only their reduced pixels equal another photo's."""
    digests = [
        one.inspected.pixel_sha256 for one in incoming if isinstance(one.inspected, Inspected)
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
    return [_resolve_collision(photo, first, config, lane) for photo in incoming]


def _resolve_collision(
    photo: IncomingPhoto, first: dict[str, tuple[str, Path]], config: Config, lane: Lane
) -> IncomingPhoto:
    facts, path = photo.inspected, photo.file.path
    if isinstance(facts, PhotoRejected):
        return photo
    file_sha256, other = first.setdefault(facts.pixel_sha256, (facts.file_sha256, path))
    if file_sha256 == facts.file_sha256:
        return photo
    try:
        digest = lane.run(tell_apart, Twins(path, other, facts.pixel_sha256), bounds(config))
    except (*DECODE_ERRORS, DecodingFailed):  # a file changed or disappeared since it was inspected
        return photo
    return replace(photo, inspected=replace(facts, pixel_sha256=digest))


def store_if_new(
    config: Config, stored_ids: dict[str, int], new: New, photo: IncomingPhoto
) -> IncomingPhoto:
    """Copy the file into the store unless it is stored already; reject it if it has changed."""
    facts = photo.inspected
    if isinstance(facts, PhotoRejected) or stored_id(facts, stored_ids):
        return photo
    try:
        content = read(photo.file.path, config.max_file_bytes)
    except PhotoRejected as gone:  # since it was inspected
        return replace(photo, inspected=gone)
    if hashlib.sha256(content).hexdigest() != facts.file_sha256:
        return replace(photo, inspected=PhotoRejected("changed while being read: import it again"))
    store_photo(config, facts, content, new)
    return photo


def stored_photo_ids(session: Session, incoming: Iterable[IncomingPhoto]) -> dict[str, int]:
    """Map file and pixel hashes of the incoming photos to the ids of stored photos that have them."""
    facts = [one.inspected for one in incoming if isinstance(one.inspected, Inspected)]
    rows = session.execute(
        select(Photo.id, Photo.pixel_sha256, Photo.file_sha256).where(
            Photo.pixel_sha256.in_([one.pixel_sha256 for one in facts])
            | Photo.file_sha256.in_([one.file_sha256 for one in facts])
        )
    )
    return {digest: photo_id for photo_id, *digests in rows for digest in digests}


def stored_id(facts: Inspected, stored_ids: Mapping[str, int]) -> int | None:
    return stored_ids.get(facts.pixel_sha256) or stored_ids.get(facts.file_sha256)
