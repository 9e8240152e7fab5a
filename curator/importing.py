"""Brings photo files into the collection: each ends as added, already there, rejected or ignored."""

import hashlib
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from curator import search
from curator.config import Config
from curator.db import Sessions, reading
from curator.errors import InputInvalid, NotFound, PhotoRejected
from curator.events import record
from curator.imaging import (
    Inspected,
    Limits,
    inspect,
    inspect_file,
    read,
    same_pixels,
    whole_pixel_sha256,
)
from curator.instance import author_key
from curator.models import Batch, FileName, Photo, RejectedFile, utc_now
from curator.store import Store, write_file
from curator.tables import Post
from curator.workers import spread

Progress = Callable[[int, int], None]
WRITTEN_AT_ONCE = 8


@dataclass(frozen=True)
class Found:
    """A file seen in a folder; `name` is its path below that folder."""

    path: Path
    name: str


@dataclass(frozen=True)
class Outcome:
    """What became of one file; `reason` says why it was rejected."""

    name: str
    result: str  # added | already_there | rejected
    photo_id: int | None = None
    reason: str = ""


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


@dataclass(frozen=True)
class _Arrival:
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
            raise InputInvalid(f"{root} does not exist: give a folder of photos.")
        for path in sorted(root.rglob("*")) if root.is_dir() else [root]:
            if path.is_dir():
                continue
            name = path.relative_to(root if root.is_dir() else root.parent)
            if any(part.startswith(".") for part in name.parts):
                ignored += 1
            else:
                found.append(Found(path, name.as_posix()))
    return found, ignored


def import_folders(
    sessions: Sessions,
    config: Config,
    roots: Sequence[Path],
    *,
    source: str = "",
    collector: str = "",
    posts: dict[str, Post] | None = None,
    actor: str,
    progress: Progress = lambda _done, _total: None,
) -> ImportResult:
    """Import every photo below the roots; a killed import, run again, completes.

    Transactions: one a batch of `import_batch` files, so that a kill loses one batch at most.
    """
    files, ignored = find_files(roots)
    batch_id = open_batch(sessions, source=source, collector=collector, actor=actor)
    outcomes: list[Outcome] = []
    for arrivals in _batched(_arrivals(files, config), config.import_batch):
        outcomes += add_arrivals(sessions, config, batch_id, arrivals, posts or {}, actor)
        progress(len(outcomes), len(files))
    new_pairs = search.find_pairs(sessions, config, config.dedup_radius_bits).new_pairs
    count_ignored(sessions, batch_id, ignored)
    kinds = [outcome.result for outcome in outcomes]
    return ImportResult(
        batch=batch_id,
        seen=len(files) + ignored,
        added=kinds.count("added"),
        already_there=kinds.count("already_there"),
        rejected=kinds.count("rejected"),
        ignored=ignored,
        rejected_files=tuple(one for one in outcomes if one.result == "rejected"),
        new_pairs=new_pairs,
    )


def import_upload(
    sessions: Sessions, config: Config, batch_id: int, name: str, content: bytes, *, actor: str
) -> Outcome:
    """Import one uploaded file into an open batch."""
    found = Found(Path(name), name)
    inspected: Inspected | PhotoRejected
    try:
        if len(content) > config.max_file_bytes:
            raise PhotoRejected(f"too large: at most {config.max_file_bytes / 1e6:.0f} MB")
        inspected = inspect(content, limits(config))
        store = Store(config.instance)
        store.add_photo(inspected.file_sha256, inspected.format, content)
        found = replace(found, path=store.photo(inspected.file_sha256, inspected.format))
        _keep_preview(config, inspected)
    except PhotoRejected as rejected:
        inspected = rejected
    [arrival] = _told_apart(sessions, config, [_Arrival(found, inspected)])
    with sessions.begin() as session:
        batch = session.get(Batch, batch_id)
        if batch is None:
            raise NotFound("This upload's batch is unknown: reload the page and try again.")
        [outcome] = _add_rows(session, config, batch, [arrival], {}, actor)
    search.find_pairs(sessions, config, config.dedup_radius_bits)
    return outcome


def open_batch(sessions: Sessions, *, source: str, collector: str, actor: str) -> int:
    with sessions.begin() as session:
        batch = Batch(source=source.strip(), collector=collector.strip() or actor)
        session.add(batch)
        session.flush()
        record(session, actor, "import started", "batch", batch.id, after={"source": batch.source})
        return batch.id


def count_ignored(sessions: Sessions, batch_id: int, ignored: int) -> None:
    with sessions.begin() as session:
        batch = session.get_one(Batch, batch_id)
        batch.ignored += ignored
        batch.seen += ignored


def add_arrivals(
    sessions: Sessions,
    config: Config,
    batch_id: int,
    arrivals: Sequence[_Arrival],
    posts: dict[str, Post],
    actor: str,
) -> list[Outcome]:
    """Store one batch's new files, then record all of the batch in one transaction."""
    arrivals = _told_apart(sessions, config, arrivals)
    with reading(sessions) as session:
        there = _photos_there(session, arrivals)
    # The disk is waited for once for several files, not once for each.
    with ThreadPoolExecutor(WRITTEN_AT_ONCE) as pool:
        stored = list(pool.map(partial(_store, config, there), arrivals))
    with sessions.begin() as session:
        return _add_rows(session, config, session.get_one(Batch, batch_id), stored, posts, actor)


def _arrivals(files: Iterable[Found], config: Config) -> Iterator[_Arrival]:
    first, second = itertools.tee(files)
    measured = spread(
        partial(inspect_file, limits=limits(config)),
        (found.path for found in first),
        config.worker_count,
    )
    return itertools.starmap(_Arrival, zip(second, measured, strict=True))


def _batched(arrivals: Iterator[_Arrival], size: int) -> Iterator[list[_Arrival]]:
    while batch := list(itertools.islice(arrivals, size)):
        yield batch


def _told_apart(sessions: Sessions, config: Config, arrivals: Sequence[_Arrival]) -> list[_Arrival]:
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


def _told_from(arrival: _Arrival, first: dict[str, tuple[str, Path]]) -> _Arrival:
    facts, path = arrival.inspected, arrival.found.path
    if isinstance(facts, PhotoRejected):
        return arrival
    file_sha256, other = first.setdefault(facts.pixel_sha256, (facts.file_sha256, path))
    if file_sha256 == facts.file_sha256 or same_pixels(other, path):
        return arrival
    return replace(arrival, inspected=replace(facts, pixel_sha256=whole_pixel_sha256(path)))


def _store(config: Config, there: dict[str, int], arrival: _Arrival) -> _Arrival:
    """Copy the file into the store, unless its pixels are there or it changed since it was read."""
    facts = arrival.inspected
    if isinstance(facts, PhotoRejected) or _known(facts, there):
        return arrival
    content = read(arrival.found.path, config.max_file_bytes)
    if hashlib.sha256(content).hexdigest() != facts.file_sha256:
        return replace(
            arrival, inspected=PhotoRejected("changed while it was read: import it again")
        )
    Store(config.instance).add_photo(facts.file_sha256, facts.format, content)
    _keep_preview(config, facts)
    return arrival


def _keep_preview(config: Config, facts: Inspected) -> None:
    if not facts.thumbnail:
        return
    path = Store(config.instance).preview(facts.file_sha256, config.thumbnail_px)
    write_file(path, facts.thumbnail, lasting=False)


def _photos_there(session: Session, arrivals: Iterable[_Arrival]) -> dict[str, int]:
    """Return the ids of stored photos by their digests, of those that the arrivals have."""
    facts = [one.inspected for one in arrivals if isinstance(one.inspected, Inspected)]
    rows = session.execute(
        select(Photo.id, Photo.pixel_sha256, Photo.file_sha256).where(
            Photo.pixel_sha256.in_([one.pixel_sha256 for one in facts])
            | Photo.file_sha256.in_([one.file_sha256 for one in facts])
        )
    )
    return {digest: photo_id for photo_id, *digests in rows for digest in digests}


def _known(facts: Inspected, there: dict[str, int]) -> int | None:
    return there.get(facts.pixel_sha256) or there.get(facts.file_sha256)


def _add_rows(
    session: Session,
    config: Config,
    batch: Batch,
    arrivals: Sequence[_Arrival],
    posts: dict[str, Post],
    actor: str,
) -> list[Outcome]:
    there = _photos_there(session, arrivals)
    added = _add_photos(session, config, batch, arrivals, there, posts)
    outcomes = []
    for arrival in arrivals:
        name, facts = arrival.found.name, arrival.inspected
        if isinstance(facts, PhotoRejected):
            session.add(RejectedFile(batch_id=batch.id, name=name, reason=facts.message))
            outcomes.append(Outcome(name, "rejected", reason=facts.message))
        elif photo_id := _known(facts, there):
            outcomes.append(Outcome(name, "already_there", photo_id))
        else:
            photo_id = there[facts.pixel_sha256] = added[facts.pixel_sha256]
            fingerprint = search.as_row(
                photo_id, facts.hashes, facts.keypoints, facts.content_share
            )
            session.add(fingerprint)
            record(session, actor, "photo added", "photo", photo_id, after={"batch": batch.id})
            outcomes.append(Outcome(name, "added", photo_id))
    _add_names(session, outcomes)
    _count(batch, outcomes)
    return outcomes


def _add_photos(
    session: Session,
    config: Config,
    batch: Batch,
    arrivals: Sequence[_Arrival],
    there: dict[str, int],
    posts: dict[str, Post],
) -> dict[str, int]:
    """Add a row for each photo that is new, all in one statement; return the ids by pixels."""
    new: dict[str, Photo] = {}
    for arrival in arrivals:
        facts = arrival.inspected
        if isinstance(facts, Inspected) and not _known(facts, there):
            new.setdefault(
                facts.pixel_sha256, _photo(config, batch, arrival.found.name, facts, posts)
            )
    session.add_all(new.values())
    session.flush()
    return {pixels: photo.id for pixels, photo in new.items()}


def _photo(
    config: Config, batch: Batch, name: str, facts: Inspected, posts: dict[str, Post]
) -> Photo:
    post = posts.get(name) or posts.get(Path(name).name) or Post()
    return Photo(
        file_sha256=facts.file_sha256,
        pixel_sha256=facts.pixel_sha256,
        phash=facts.phash,
        width_px=facts.width_px,
        height_px=facts.height_px,
        size_bytes=facts.size_bytes,
        format=facts.format,
        original_name=name,
        source=batch.source,
        post_url=post.post_url or None,
        author_key=author_key(config, post.author) if post.author else None,
        caption=post.caption or None,
        collected_on=post.collected_on,
        collector=post.collector or batch.collector,
        batch_id=batch.id,
    )


def _add_names(session: Session, outcomes: Iterable[Outcome]) -> None:
    """Keep under which names photos were seen, each name once."""
    seen = {(one.photo_id, one.name) for one in outcomes if one.photo_id}
    rows = select(FileName.photo_id, FileName.name).where(
        FileName.photo_id.in_({photo_id for photo_id, _ in seen})
    )
    there = {(row.photo_id, row.name) for row in session.execute(rows)}
    session.add_all(FileName(photo_id=photo, name=name) for photo, name in sorted(seen - there))


def _count(batch: Batch, outcomes: Sequence[Outcome]) -> None:
    for outcome in outcomes:
        setattr(batch, outcome.result, getattr(batch, outcome.result) + 1)
    batch.seen += len(outcomes)
    batch.finished_at = utc_now()
