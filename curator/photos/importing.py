"""Imports photo files: each one is added, already stored, rejected or ignored."""

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from curator.base.config import Config
from curator.base.csv_table import Post
from curator.base.db import Sessions, reading, unused_id
from curator.base.errors import NotFound, PhotoErased, PhotoRejected
from curator.base.events import Action, highest_subject, record
from curator.base.models.base import utc_now
from curator.base.models.photos import Batch, FileName, Photo, RejectedFile
from curator.base.progress import Progress, untold
from curator.base.store import Store
from curator.base.workers import UPLOADS, bounds
from curator.copies.search import as_row, find_pairs
from curator.photos.checking import add_checks, check_row
from curator.photos.incoming import (
    IncomingPhoto,
    as_incoming,
    find_files,
    inspect_files,
    limits,
    resolve_pixel_collisions,
    store_if_new,
    stored_id,
    stored_photo_ids,
)
from curator.photos.inspecting import Inspected, inspect
from curator.photos.posts import (
    Filling,
    MetadataResult,
    Told,
    columns_of,
    fill_photos,
    match_files,
    result_of,
)
from curator.photos.sidecars import take_sidecars
from curator.photos.storing import require_stored, store_photo, storing
from curator.photos.tombstones import NAME_KEPT, Tombstones, newest_tombstone, read_tombstones
from faces.listing import FoundFile
from faces.photos import too_large

Added = TypeVar("Added")
CONCURRENT_WRITES = 8


@dataclass(frozen=True)
class Outcome:
    name: str
    result: str  # added | already_there | rejected
    photo_id: int | None = None
    rejection: PhotoRejected | None = None
    filling: Filling | None = None

    @property
    def reason(self) -> str:
        return self.rejection.message if self.rejection else ""


@dataclass(frozen=True)
class ImportResult:
    batch: int
    seen: int
    added: int
    already_there: int
    rejected: int
    ignored: int
    rejected_files: tuple[Outcome, ...]
    new_pairs: int
    metadata: MetadataResult | None = None


def import_folders(
    sessions: Sessions,
    config: Config,
    roots: Sequence[Path],
    *,
    source: str = "",
    collector: str = "",
    posts: Mapping[str, Post] | None = None,
    sidecars: bool = False,
    actor: str,
    progress: Progress = untold,
) -> ImportResult:
    """Import every photo below the roots; an interrupted import completes when run again.

    What `posts` or the sidecars beside the photos tell is filled in, on photos already there too.

    Transactions: one for each `import_batch` files, so that an interruption loses at most one.
    """
    listing = find_files(roots)
    files = listing.files
    told: Told[FoundFile] = Told({})
    if sidecars:
        files, told = take_sidecars(files)
    elif posts is not None:
        told = match_files(posts, files)
    batch_id = open_batch(sessions, source=source, collector=collector, actor=actor)
    outcomes: list[Outcome] = []
    for incoming in _batched(inspect_files(files, config), config.import_batch):
        outcomes += add_batch(sessions, config, batch_id, incoming, told.post_of, actor)
        progress(len(outcomes), len(files))
    metadata = _metadata(told, files, outcomes) if sidecars or posts is not None else None
    refused = as_incoming(listing.refused)
    outcomes += add_batch(sessions, config, batch_id, refused, {}, actor)
    new_pairs = find_pairs(sessions, config, config.dedup_radius_bits).new_pairs
    add_checks(sessions, config)
    count_ignored(sessions, batch_id, listing.ignored)
    kinds = [outcome.result for outcome in outcomes]
    return ImportResult(
        batch=batch_id,
        seen=len(outcomes) + listing.ignored,
        added=kinds.count("added"),
        already_there=kinds.count("already_there"),
        rejected=kinds.count("rejected"),
        ignored=listing.ignored,
        rejected_files=tuple(one for one in outcomes if one.result == "rejected"),
        new_pairs=new_pairs,
        metadata=metadata,
    )


def _metadata(
    told: Told[FoundFile], files: Sequence[FoundFile], outcomes: Sequence[Outcome]
) -> MetadataResult:
    without = [
        file.name
        for file, outcome in zip(files, outcomes, strict=True)
        if outcome.result != "rejected" and file not in told.post_of
    ]
    return result_of(told, without, [one.filling for one in outcomes if one.filling])


def import_upload(
    sessions: Sessions, config: Config, batch_id: int, name: str, content: bytes, *, actor: str
) -> Outcome:
    """Import one uploaded file into an open batch."""
    photo = IncomingPhoto(FoundFile(Path(name), name), _inspect_upload(config, content))
    add = partial(_store_upload, sessions, config, batch_id, photo, content, actor)
    outcome = _unless_erased(sessions, config, add)
    find_pairs(sessions, config, config.dedup_radius_bits, lane=UPLOADS)
    return outcome


def _inspect_upload(config: Config, content: bytes) -> Inspected | PhotoRejected:
    try:
        if len(content) > config.max_file_bytes:
            raise PhotoRejected.of(too_large(len(content), config.max_file_bytes))
        return UPLOADS.run(partial(inspect, limits=limits(config)), content, bounds(config))
    except PhotoRejected as rejected:
        return rejected


def refuse_upload(
    sessions: Sessions, config: Config, batch_id: int, name: str, size_bytes: int, *, actor: str
) -> Outcome:
    """Record a file that was too large to upload in an open batch."""
    refused = PhotoRejected.of(too_large(size_bytes, config.max_file_bytes))
    if size_bytes <= config.max_file_bytes:  # a proxy in front of this server accepts less
        refused = PhotoRejected("too large to upload: %(size)s bytes", size=size_bytes)
    photo = IncomingPhoto(FoundFile(Path(name), name), refused)
    add = partial(_add_upload, sessions, config, batch_id, photo, actor)
    return _unless_erased(sessions, config, add)


def _store_upload(
    sessions: Sessions,
    config: Config,
    batch_id: int,
    photo: IncomingPhoto,
    content: bytes,
    actor: str,
    erased: Tombstones,
) -> Outcome:
    [one] = erased.refuse([photo], _stored_ids(sessions, [photo]))
    with storing(sessions, config) as new:
        if isinstance(one.inspected, Inspected):
            store_photo(config, one.inspected, content, new)
            sha, form = one.inspected.file_sha256, one.inspected.format
            stored = replace(one.file, path=Store(config.instance).photo(sha, form))
            one = IncomingPhoto(stored, one.inspected)
        [one] = resolve_pixel_collisions(sessions, config, [one], UPLOADS)
        return _add_upload(sessions, config, batch_id, one, actor, erased)


def _add_upload(
    sessions: Sessions,
    config: Config,
    batch_id: int,
    photo: IncomingPhoto,
    actor: str,
    erased: Tombstones,
) -> Outcome:
    with sessions.begin() as session:
        _require_none_erased(session, erased)
        batch = _open(session, batch_id)
        [outcome] = _add_rows(session, config, batch, [photo], {}, actor)
        return outcome


def _open(session: Session, batch_id: int) -> Batch:
    batch = session.get(Batch, batch_id)
    if batch is None:  # or it was undone meanwhile
        raise NotFound("This upload's batch is unknown: reload the page and try again.")
    return batch


def open_batch(
    sessions: Sessions, *, source: str, collector: str, announced: int = 0, actor: str
) -> int:
    with sessions.begin() as session:
        collector = collector.strip() or actor
        number = unused_id(session, Batch, highest_subject(session, "batch"))
        batch = Batch(id=number, source=source.strip(), collector=collector, announced=announced)
        session.add(batch)
        session.flush()
        record(
            session, actor, Action.IMPORT_STARTED, "batch", batch.id, after={"source": batch.source}
        )
        return batch.id


def count_ignored(sessions: Sessions, batch_id: int, ignored: int) -> None:
    with sessions.begin() as session:
        batch = _open(session, batch_id)
        batch.ignored += ignored
        batch.seen += ignored


def add_batch(
    sessions: Sessions,
    config: Config,
    batch_id: int,
    incoming: Sequence[IncomingPhoto],
    posts: Mapping[FoundFile, Post],
    actor: str,
) -> list[Outcome]:
    """Store a batch's new files, then record the whole batch in one transaction."""
    add = partial(_store_batch, sessions, config, batch_id, incoming, posts, actor)
    return _unless_erased(sessions, config, add)


def _store_batch(
    sessions: Sessions,
    config: Config,
    batch_id: int,
    incoming: Sequence[IncomingPhoto],
    posts: Mapping[FoundFile, Post],
    actor: str,
    erased: Tombstones,
) -> list[Outcome]:
    welcome = erased.refuse(incoming, _stored_ids(sessions, incoming))
    told_apart = resolve_pixel_collisions(sessions, config, welcome)
    stored_ids = _stored_ids(sessions, told_apart)
    with storing(sessions, config) as new:
        # Concurrent writes wait for the disk together, not one after another.
        with ThreadPoolExecutor(CONCURRENT_WRITES) as pool:
            stored = list(pool.map(partial(store_if_new, config, stored_ids, new), told_apart))
        with sessions.begin() as session:
            _require_none_erased(session, erased)
            batch = _open(session, batch_id)
            return _add_rows(session, config, batch, stored, posts, actor)


def _stored_ids(sessions: Sessions, incoming: Iterable[IncomingPhoto]) -> dict[str, int]:
    with reading(sessions) as session:
        return stored_photo_ids(session, incoming)


class _ErasedMeanwhile(Exception):
    """A photo was erased since it was looked up what had been."""


def _unless_erased(sessions: Sessions, config: Config, add: Callable[[Tombstones], Added]) -> Added:
    """Add photos that were not erased; look again if any photo was erased meanwhile."""
    while True:
        with reading(sessions) as session:
            erased = read_tombstones(session, config)
        with suppress(_ErasedMeanwhile):
            return add(erased)


def _require_none_erased(session: Session, known: Tombstones) -> None:
    if newest_tombstone(session) != known.newest:
        raise _ErasedMeanwhile


def _batched(incoming: Iterator[IncomingPhoto], size: int) -> Iterator[list[IncomingPhoto]]:
    while batch := list(itertools.islice(incoming, size)):
        yield batch


def _add_rows(
    session: Session,
    config: Config,
    batch: Batch,
    incoming: Sequence[IncomingPhoto],
    posts: Mapping[FoundFile, Post],
    actor: str,
) -> list[Outcome]:
    stored_ids = stored_photo_ids(session, incoming)
    added = _add_photos(session, config, batch, incoming, stored_ids, posts)
    outcomes = []
    for photo in incoming:
        name, facts = photo.file.name, photo.inspected
        if isinstance(facts, PhotoRejected):
            why = {"reason": facts.template, "values": facts.values}
            kept = NAME_KEPT if isinstance(facts, PhotoErased) else name
            session.add(RejectedFile(batch_id=batch.id, name=kept, **why))
            outcomes.append(Outcome(name, "rejected", rejection=facts))
        elif photo_id := stored_id(facts, stored_ids):
            outcomes.append(Outcome(name, "already_there", photo_id))
        else:
            photo_id = stored_ids[facts.pixel_sha256] = added[facts.pixel_sha256]
            fingerprint = as_row(photo_id, facts.hashes, facts.keypoints, facts.content_share)
            session.add_all((fingerprint, check_row(photo_id, facts.checks)))
            record(session, actor, Action.PHOTO_ADDED, "photo", photo_id, after={"batch": batch.id})
            outcomes.append(Outcome(name, "added", photo_id))
    outcomes = _fill_there(session, config, incoming, outcomes, posts, actor)
    _add_names(session, batch, incoming, outcomes)
    _count(batch, outcomes)
    return outcomes


def _fill_there(
    session: Session,
    config: Config,
    incoming: Sequence[IncomingPhoto],
    outcomes: Sequence[Outcome],
    posts: Mapping[FoundFile, Post],
    actor: str,
) -> list[Outcome]:
    """Fill in the posts of photos that were there before."""
    there = {
        place: (outcome.photo_id, outcome.name, posts[photo.file])
        for place, (photo, outcome) in enumerate(zip(incoming, outcomes, strict=True))
        if outcome.result == "already_there" and outcome.photo_id and photo.file in posts
    }
    fillings = fill_photos(session, config, list(there.values()), actor) if there else []
    filled = dict(zip(there, fillings, strict=True))
    return [replace(outcome, filling=filled.get(place)) for place, outcome in enumerate(outcomes)]


def _add_photos(
    session: Session,
    config: Config,
    batch: Batch,
    incoming: Sequence[IncomingPhoto],
    stored_ids: dict[str, int],
    posts: Mapping[FoundFile, Post],
) -> dict[str, int]:
    """Insert the new photos in one statement; return their ids by pixel hash."""
    new: dict[str, Photo] = {}
    for photo in incoming:
        facts = photo.inspected
        if isinstance(facts, Inspected) and not stored_id(facts, stored_ids):
            require_stored(config, facts)
            post = posts.get(photo.file, Post())
            new.setdefault(facts.pixel_sha256, _photo(config, batch, photo.file.name, facts, post))
    first = unused_id(session, Photo, highest_subject(session, "photo"))
    if first:
        for number, row in enumerate(new.values(), first):
            row.id = number
    session.add_all(new.values())
    session.flush()
    return {pixels: photo.id for pixels, photo in new.items()}


def _photo(config: Config, batch: Batch, name: str, facts: Inspected, post: Post) -> Photo:
    columns = columns_of(config, post)
    return Photo(
        file_sha256=facts.file_sha256,
        pixel_sha256=facts.pixel_sha256,
        phash=facts.phash,
        width_px=facts.width_px,
        height_px=facts.height_px,
        size_bytes=facts.size_bytes,
        format=facts.format,
        colour_source=facts.colours.source,
        colour_space=facts.colours.space,
        colour_doubt=facts.colours.doubt,
        original_name=name,
        source=batch.source,
        batch_id=batch.id,
        **columns | {"collector": columns["collector"] or batch.collector},
    )


def _add_names(
    session: Session,
    batch: Batch,
    incoming: Iterable[IncomingPhoto],
    outcomes: Iterable[Outcome],
) -> None:
    """Record the names that each photo was imported under, each name once.

    A name that it has from another folder is recorded with this folder in front.
    """
    seen = [
        (outcome.photo_id, outcome.name, photo.file.root)
        for photo, outcome in zip(incoming, outcomes, strict=True)
        if outcome.photo_id
    ]
    of_photos = FileName.photo_id.in_({photo_id for photo_id, *_ in seen})
    rows = session.scalars(select(FileName).where(of_photos))
    roots = {(row.photo_id, row.name): row.root for row in rows}
    stored = set(roots)
    for photo_id, name, root in sorted(seen):
        if roots.setdefault((photo_id, name), root) != root and root:
            roots.setdefault((photo_id, f"{root}/{name}"), "")
    session.add_all(
        FileName(photo_id=photo_id, name=name, root=root, batch_id=batch.id)
        for (photo_id, name), root in roots.items()
        if (photo_id, name) not in stored
    )


def _count(batch: Batch, outcomes: Sequence[Outcome]) -> None:
    for outcome in outcomes:
        setattr(batch, outcome.result, getattr(batch, outcome.result) + 1)
    batch.seen += len(outcomes)
    batch.finished_at = utc_now()
