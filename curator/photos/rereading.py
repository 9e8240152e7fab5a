"""Reads stored photos again, as this version of curator understands the colours of their files."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from curator.base.config import Config
from curator.base.db import Sessions, reading
from curator.base.errors import DecodingFailed, PhotoRejected
from curator.base.events import Action, record
from curator.base.frozen import require_not_frozen
from curator.base.journal import UNKEPT
from curator.base.models.pairs import DuplicatePair, PhotoPair
from curator.base.models.photos import Photo, StoredFingerprint
from curator.base.pixels import Limits, whole_pixel_sha256
from curator.base.progress import Progress, untold
from curator.base.store import Store
from curator.base.workers import bounds, spread
from curator.copies.search import find_pairs
from curator.photos.checking import check_row
from curator.photos.incoming import limits
from curator.photos.inspecting import Inspected, inspect_file


@dataclass(frozen=True)
class Rereading:
    """How many photos were read, and the ids of those that read otherwise than before, or not at all."""

    photos: int
    changed: tuple[int, ...]
    unreadable: tuple[int, ...]


@dataclass(frozen=True)
class _Stored:
    id: int
    path: Path
    pixel_sha256: str


@dataclass(frozen=True)
class _Reread:
    """A photo's file as it reads now; `facts` is None if it cannot be read."""

    id: int
    facts: Inspected | None = None
    whole: str = ""  # digest of its pixels at full size
    has_changed: bool = False


def reread_photos(
    sessions: Sessions,
    config: Config,
    *,
    actor: str,
    progress: Progress = untold,
) -> Rereading:
    """Read every photo again; store what its colours mean, and its pixels where they read otherwise.

    Ratings and splits stay. A photo that reads otherwise is compared with all others again.

    Transactions: one for each `import_batch` photos, and those of the search.
    """
    require_not_frozen(sessions)
    photos = _stored(sessions, config)
    read = spread(
        partial(_read, limits=limits(config)),
        iter(photos),
        config.worker_count,
        bounds(config),
        _unreadable,
    )
    changed: list[int] = []
    unreadable: list[int] = []
    for start in range(0, len(photos), config.import_batch):
        part = list(islice(read, config.import_batch))
        unreadable += [each.id for each in part if each.facts is None]
        with sessions.begin() as session:
            changed += [each.id for each in part if _store(session, each, actor)]
        progress(start + len(part), len(photos))
    if changed:
        find_pairs(sessions, config, config.dedup_radius_bits)
    return Rereading(len(photos), tuple(changed), tuple(unreadable))


def _stored(sessions: Sessions, config: Config) -> list[_Stored]:
    store = Store(config.instance)
    columns = select(Photo.id, Photo.file_sha256, Photo.format, Photo.pixel_sha256)
    with reading(sessions) as session:
        return [
            _Stored(row.id, store.photo(row.file_sha256, row.format), row.pixel_sha256)
            for row in session.execute(columns.order_by(Photo.id))
        ]


def _read(stored: _Stored, limits: Limits) -> _Reread:
    """Inspect a photo's file; its digest at full size only where the reduced one differs."""
    facts = inspect_file(stored.path, limits, is_stored=True)
    if isinstance(facts, PhotoRejected):
        return _Reread(stored.id)
    if facts.pixel_sha256 == stored.pixel_sha256:
        return _Reread(stored.id, facts, has_changed=False)
    whole = whole_pixel_sha256(stored.path)
    return _Reread(stored.id, facts, whole, has_changed=whole != stored.pixel_sha256)


def _unreadable(stored: _Stored, _failed: DecodingFailed) -> _Reread:
    return _Reread(stored.id)


def _store(session: Session, reread: _Reread, actor: str) -> bool:
    """Store what was read of a photo; return whether its pixels read otherwise."""
    photo = session.get(Photo, reread.id)
    if photo is None or reread.facts is None:
        return False
    facts = reread.facts
    before = photo.colour_space
    photo.colour_source, photo.colour_space = facts.colours.source, facts.colours.space
    photo.colour_doubt = facts.colours.doubt
    session.merge(check_row(photo.id, facts.checks))
    if not reread.has_changed:
        return False
    digest = _free_digest(session, photo, (facts.pixel_sha256, reread.whole))
    if digest == photo.pixel_sha256 == photo.earlier_pixel_sha256:  # found before: another's twin
        return False
    photo.earlier_pixel_sha256, photo.pixel_sha256 = photo.pixel_sha256, digest
    photo.phash = facts.phash
    _forget_comparisons(session, photo)
    record(
        session,
        actor,
        Action.COLOURS_REREAD,
        "photo",
        photo.id,
        before={"colours": before, "pixel_sha256": photo.earlier_pixel_sha256},
        after={"colours": photo.colour_space, "pixel_sha256": photo.pixel_sha256},
    )
    return True


def _forget_comparisons(session: Session, photo: Photo) -> None:
    """Let the next search compare a photo anew; decisions stay."""
    photo.pairs_sought = False
    session.execute(delete(StoredFingerprint).where(StoredFingerprint.photo_id == photo.id))
    session.execute(
        delete(PhotoPair).where(
            PhotoPair.decision.is_(None),
            PhotoPair.id.in_(select(DuplicatePair.id)),
            or_(PhotoPair.photo_a_id == photo.id, PhotoPair.photo_b_id == photo.id),
        ),
        execution_options=UNKEPT,
    )


def _free_digest(session: Session, photo: Photo, digests: Sequence[str]) -> str:
    """Return the first digest that no other photo has; the present one where it now equals another photo."""
    taken = select(Photo.pixel_sha256).where(Photo.pixel_sha256.in_(digests), Photo.id != photo.id)
    others = set(session.scalars(taken))
    return next((digest for digest in digests if digest not in others), photo.pixel_sha256)
