"""SELECTs that return frozen rows for pages and commands; nothing here changes anything."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, select, tuple_
from sqlalchemy.orm import Session, aliased

from curator.candidates import candidates
from curator.config import Config
from curator.db import Sessions, reading
from curator.errors import NotFound
from curator.models import Batch, DuplicatePair, Export, Photo, Rating, RejectedFile
from curator.rating import Entry

PAPER_POSITIVES = {"female": 678, "male": 227}  # the paper's 905 photos


@dataclass(frozen=True)
class Status:
    """Photos by what became of them; `ready` counts consensus photos by (label, sex)."""

    photos: int
    rejected: int
    undecided_pairs: int
    ready: dict[tuple[str, str], int]
    ready_groups: int
    left_out: dict[str, int]

    @property
    def ready_total(self) -> int:
        return sum(self.ready.values())


@dataclass(frozen=True)
class PhotoRow:
    id: int
    name: str
    width_px: int
    height_px: int
    source: str
    added_at: datetime
    copy_of: int | None
    excluded_reason: str | None
    ratings: int
    own_label: str | None


@dataclass(frozen=True)
class GalleryPage:
    """`next_after` is the id to go on from, None on the last page."""

    photos: tuple[PhotoRow, ...]
    total: int
    next_after: int | None


@dataclass(frozen=True)
class PhotoFile:
    sha: str
    format: str


@dataclass(frozen=True)
class PhotoToRate:
    """A photo and the rater's own word on it; nobody else's is here."""

    id: int
    name: str
    width_px: int
    height_px: int
    source: str
    caption: str | None
    copy_of: int | None
    excluded_reason: str | None
    own: Entry | None
    version: int


@dataclass(frozen=True)
class PairSide:
    id: int
    name: str
    width_px: int
    height_px: int
    size_bytes: int
    format: str
    source: str
    removed: bool


@dataclass(frozen=True)
class PairRow:
    id: int
    first: PairSide
    second: PairSide
    evidence: str
    distance_bits: int
    score: float
    decision: str | None
    decided_by: str | None

    @property
    def better(self) -> PairSide:
        """Return the side that would be kept if the two were copies."""
        return min(
            (self.first, self.second),
            key=lambda side: (-side.width_px * side.height_px, -side.size_bytes, side.id),
        )


@dataclass(frozen=True)
class ExportRow:
    id: int
    name: str
    path: str
    content_hash: str
    photos: int
    counts: dict[str, Any]
    crop: str
    left_out: dict[str, int]
    created_by: str
    created_at: datetime


@dataclass(frozen=True)
class BatchRow:
    id: int
    source: str
    collector: str
    started_at: datetime
    seen: int
    added: int
    already_there: int
    rejected: int
    ignored: int


@dataclass(frozen=True)
class RejectedRow:
    name: str
    reason: str


def status(sessions: Sessions) -> Status:
    with reading(sessions) as session:
        found = candidates(session)
        ready = Counter((one.consensus.label, one.consensus.sex) for one in found.ready)
        return Status(
            photos=_count(session, Photo.id.is_not(None)),
            rejected=session.scalar(select(func.count(RejectedFile.id))) or 0,
            undecided_pairs=_undecided(session),
            ready=dict(ready),
            ready_groups=len({one.group for one in found.ready}),
            left_out=dict(Counter(found.left_out.values())),
        )


def gallery(sessions: Sessions, rater: int, *, show: str, after: int, size: int) -> GalleryPage:
    """Return photos in the order they came; `show` is all, unrated, rated, excluded or copies."""
    own = aliased(Rating)
    ratings = select(func.count(Rating.id)).where(Rating.photo_id == Photo.id).scalar_subquery()
    with reading(sessions) as session:
        rows = session.execute(
            select(Photo, ratings, own.label)
            .outerjoin(own, and_(own.photo_id == Photo.id, own.rater_id == rater))
            .where(Photo.id > after, _shown(show, rater))
            .order_by(Photo.id)
            .limit(size + 1)
        ).all()
        photos = tuple(_photo_row(*row) for row in rows[:size])
        more = len(rows) > size
        return GalleryPage(
            photos, _count(session, _shown(show, rater)), photos[-1].id if more else None
        )


def photo_file(sessions: Sessions, photo_id: int) -> PhotoFile:
    with reading(sessions) as session:
        photo = _photo(session, photo_id)
        return PhotoFile(photo.file_sha256, photo.format)


def photo_to_rate(sessions: Sessions, photo_id: int, rater: int) -> PhotoToRate:
    with reading(sessions) as session:
        photo = _photo(session, photo_id)
        own = session.scalar(
            select(Rating).where(Rating.photo_id == photo_id, Rating.rater_id == rater)
        )
        return PhotoToRate(
            id=photo.id,
            name=photo.original_name,
            width_px=photo.width_px,
            height_px=photo.height_px,
            source=photo.source,
            caption=photo.caption,
            copy_of=photo.copy_of_id,
            excluded_reason=photo.excluded_reason,
            own=_entry(own) if own else None,
            version=own.version if own else 0,
        )


def next_unrated(sessions: Sessions, rater: int, after: int) -> int | None:
    """Return the next photo this rater has not rated, from the start again after the last."""
    with reading(sessions) as session:
        waiting = select(Photo.id).where(_shown("unrated", rater))
        later_first = case((Photo.id > after, 0), else_=1)
        # The photo in hand comes last: to skip it must not bring it back at once.
        return session.scalar(waiting.order_by(later_first, Photo.id == after, Photo.id).limit(1))


def count_unrated(sessions: Sessions, rater: int) -> int:
    with reading(sessions) as session:
        return _count(session, _shown("unrated", rater))


def count_rated(sessions: Sessions, rater: int) -> int:
    with reading(sessions) as session:
        return _count(session, _shown("rated", rater))


def last_rated(sessions: Sessions, rater: int, before: int) -> int | None:
    """Return the photo this rater rated last before the one in hand, or last of all."""
    mine = select(Rating).where(Rating.rater_id == rater)
    with reading(sessions) as session:
        in_hand = session.scalar(mine.where(Rating.photo_id == before))
        query = mine.with_only_columns(Rating.photo_id)
        if in_hand:
            moment = tuple_(Rating.saved_at, Rating.id)
            query = query.where(moment < (in_hand.saved_at, in_hand.id))
        return session.scalar(query.order_by(Rating.saved_at.desc(), Rating.id.desc()).limit(1))


def pairs(
    sessions: Sessions, *, undecided_only: bool = False, limit: int | None = None
) -> tuple[PairRow, ...]:
    """Return duplicate pairs, the most alike first."""
    with reading(sessions) as session:
        query = _most_alike_first(select(DuplicatePair))
        if undecided_only:
            query = query.where(DuplicatePair.decision.is_(None))
        found = session.scalars(query.limit(limit)).all()
        ids = {photo for pair in found for photo in (pair.photo_a_id, pair.photo_b_id)}
        photos = {p.id: p for p in session.scalars(select(Photo).where(Photo.id.in_(ids)))}
        return tuple(_pair_row(pair, photos) for pair in found)


def place_of_pair(sessions: Sessions, pair_id: int) -> int:
    """Return how many undecided pairs come before this one."""
    with reading(sessions) as session:
        waiting = select(DuplicatePair.id).where(DuplicatePair.decision.is_(None))
        ids = session.scalars(_most_alike_first(waiting)).all()
        return ids.index(pair_id) if pair_id in ids else 0


def count_look_alikes(sessions: Sessions, photo_id: int) -> int:
    """Return how many undecided pairs a photo is part of."""
    with reading(sessions) as session:
        return (
            session.scalar(
                select(func.count(DuplicatePair.id)).where(
                    DuplicatePair.decision.is_(None),
                    (DuplicatePair.photo_a_id == photo_id) | (DuplicatePair.photo_b_id == photo_id),
                )
            )
            or 0
        )


def count_verified(sessions: Sessions, config: Config) -> int:
    """Return how many undecided pairs `dedup.accept_verified` would decide."""
    with reading(sessions) as session:
        return (
            session.scalar(
                select(func.count(DuplicatePair.id)).where(
                    DuplicatePair.decision.is_(None),
                    DuplicatePair.distance_bits <= config.verified_bits,
                    DuplicatePair.score >= config.verified_score,
                )
            )
            or 0
        )


def last_decided_pair(sessions: Sessions, decided_by: str | None = None) -> PairRow | None:
    """Return the pair that was decided last, by this account where one is named."""
    query = select(DuplicatePair).where(DuplicatePair.decision.is_not(None))
    if decided_by is not None:
        query = query.where(DuplicatePair.decided_by == decided_by)
    with reading(sessions) as session:
        pair = session.scalar(
            query.order_by(DuplicatePair.decided_at.desc(), DuplicatePair.id.desc()).limit(1)
        )
        if pair is None:
            return None
        photos = {key: session.get_one(Photo, key) for key in (pair.photo_a_id, pair.photo_b_id)}
        return _pair_row(pair, photos)


def count_undecided(sessions: Sessions) -> int:
    with reading(sessions) as session:
        return _undecided(session)


def exports(sessions: Sessions) -> tuple[ExportRow, ...]:
    """Return the exports made so far, newest first."""
    with reading(sessions) as session:
        rows = session.scalars(select(Export).order_by(Export.id.desc()))
        return tuple(
            ExportRow(
                id=row.id,
                name=row.name,
                path=row.path,
                content_hash=row.content_hash,
                photos=row.counts["total"],
                counts=row.counts,
                crop=row.parameters["crop"]["mode"],
                left_out=row.left_out,
                created_by=row.created_by,
                created_at=row.created_at,
            )
            for row in rows
        )


def batches(sessions: Sessions, limit: int = 20) -> tuple[BatchRow, ...]:
    """Return the latest imports, newest first."""
    with reading(sessions) as session:
        rows = session.scalars(select(Batch).order_by(Batch.id.desc()).limit(limit))
        return tuple(map(_batch_row, rows))


def batch(sessions: Sessions, batch_id: int) -> BatchRow:
    with reading(sessions) as session:
        row = session.get(Batch, batch_id)
        if row is None:
            raise NotFound("There is no such upload.")
        return _batch_row(row)


def rejected_files(sessions: Sessions, batch_id: int) -> tuple[RejectedRow, ...]:
    with reading(sessions) as session:
        rows = session.scalars(
            select(RejectedFile).where(RejectedFile.batch_id == batch_id).order_by(RejectedFile.id)
        )
        return tuple(RejectedRow(row.name, row.reason) for row in rows)


def _most_alike_first(query: Select[Any]) -> Select[Any]:
    return query.order_by(DuplicatePair.score.desc(), DuplicatePair.distance_bits, DuplicatePair.id)


def _batch_row(row: Batch) -> BatchRow:
    return BatchRow(
        row.id,
        row.source,
        row.collector,
        row.started_at,
        row.seen,
        row.added,
        row.already_there,
        row.rejected,
        row.ignored,
    )


def _photo(session: Session, photo_id: int) -> Photo:
    photo = session.get(Photo, photo_id)
    if photo is None:
        raise NotFound("This photo is not in the collection.")
    return photo


def _shown(show: str, rater: int) -> ColumnElement[bool]:
    rated = exists().where(Rating.photo_id == Photo.id, Rating.rater_id == rater)
    kept = and_(Photo.copy_of_id.is_(None), Photo.excluded_reason.is_(None))
    filters: dict[str, ColumnElement[bool]] = {
        "all": Photo.id.is_not(None),
        "unrated": and_(kept, ~rated),
        "rated": and_(kept, rated),
        "excluded": Photo.excluded_reason.is_not(None),
        "copies": Photo.copy_of_id.is_not(None),
    }
    return filters.get(show, filters["all"])


def _count(session: Session, condition: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count(Photo.id)).where(condition)) or 0


def _undecided(session: Session) -> int:
    return (
        session.scalar(select(func.count(DuplicatePair.id)).where(DuplicatePair.decision.is_(None)))
        or 0
    )


def _photo_row(photo: Photo, ratings: int, own_label: str | None) -> PhotoRow:
    return PhotoRow(
        id=photo.id,
        name=photo.original_name,
        width_px=photo.width_px,
        height_px=photo.height_px,
        source=photo.source,
        added_at=photo.added_at,
        copy_of=photo.copy_of_id,
        excluded_reason=photo.excluded_reason,
        ratings=ratings,
        own_label=own_label,
    )


def _entry(rating: Rating) -> Entry:
    return Entry(rating.label, rating.sex, rating.evidence, rating.region or "", rating.note)


def _pair_row(pair: DuplicatePair, photos: dict[int, Photo]) -> PairRow:
    return PairRow(
        id=pair.id,
        first=_side(photos[pair.photo_a_id]),
        second=_side(photos[pair.photo_b_id]),
        evidence=pair.evidence,
        distance_bits=pair.distance_bits,
        score=pair.score,
        decision=pair.decision,
        decided_by=pair.decided_by,
    )


def _side(photo: Photo) -> PairSide:
    return PairSide(
        id=photo.id,
        name=photo.original_name,
        width_px=photo.width_px,
        height_px=photo.height_px,
        size_bytes=photo.size_bytes,
        format=photo.format,
        source=photo.source,
        removed=photo.copy_of_id is not None,
    )
