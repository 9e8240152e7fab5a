"""The facts of one photo's page, with the viewer's own rating only."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from curator.base.db import Sessions, reading
from curator.base.errors import NotFound
from curator.base.models.exports import Export, ExportMember
from curator.base.models.pairs import PhotoPair
from curator.base.models.photos import FileName, Person, Photo
from curator.base.reach import Scope, reach_of
from curator.base.visibility import may_see_ratings
from curator.queries.exclusions import Exclusion, exclusion_of
from curator.ratings.sources import shown_among
from curator.ratings.words import Word, own_word


@dataclass(frozen=True)
class PairOfPhoto:
    """`decision` and `decided_by` are empty while the pair is undecided."""

    id: int
    other: int
    decision: str
    decided_by: str


@dataclass(frozen=True)
class ExportNamed:
    id: int
    name: str
    created_at: datetime


@dataclass(frozen=True)
class PhotoColours:
    """What the file's colours were taken for, as in faces.colours; empty if not recorded yet.

    `read_otherwise` tells that an earlier version read other pixels: older ratings saw those.
    """

    source: str
    space: str
    doubt: str
    read_otherwise: bool


@dataclass(frozen=True)
class PhotoFacts:
    """`names` are the imported files with exactly these pixels; `same_person` excludes copies.

    Unless `source_shown`, what tells where the photo was found is empty: names, source, post, caption, batch.
    `exports` is None for a viewer who has not rated the photo: being exported reveals others' ratings.
    """

    id: int
    names: tuple[str, ...]
    width_px: int
    height_px: int
    size_bytes: int
    format: str
    colours: PhotoColours
    source: str
    post_url: str
    caption: str
    collected_on: date | None
    collector: str
    added_at: datetime
    batch: int
    person: str
    same_person: tuple[int, ...]
    copy_of: int | None
    copies: tuple[int, ...]
    exclusion: Exclusion | None
    pairs: tuple[PairOfPhoto, ...]
    exports: tuple[ExportNamed, ...] | None
    own: Word | None
    source_shown: bool


def photo_facts(sessions: Sessions, photo_id: int, rater: int) -> PhotoFacts:
    with reading(sessions) as session:
        photo = session.get(Photo, photo_id)
        if photo is None:
            raise NotFound("This photo is not in the collection.")
        copies = tuple(session.scalars(select(Photo.id).filter_by(copy_of_id=photo_id)))
        is_shown = bool(shown_among(session, [photo_id], rater))
        known_copies = {photo.copy_of_id, *copies}
        return PhotoFacts(
            id=photo.id,
            names=_names(session, photo) if is_shown else (),
            width_px=photo.width_px,
            height_px=photo.height_px,
            size_bytes=photo.size_bytes,
            format=photo.format,
            colours=PhotoColours(
                photo.colour_source,
                photo.colour_space,
                photo.colour_doubt,
                photo.earlier_pixel_sha256 is not None,
            ),
            source=photo.source if is_shown else "",
            post_url=(photo.post_url if is_shown else None) or "",
            caption=(photo.caption if is_shown else None) or "",
            collected_on=photo.collected_on,
            collector=photo.collector,
            added_at=photo.added_at,
            batch=photo.batch_id if is_shown else 0,
            person=_code(session, photo),
            same_person=tuple(
                other
                for other in reach_of(session, [photo_id], Scope.PERSON)
                if other not in known_copies and other != photo_id
            ),
            copy_of=photo.copy_of_id,
            copies=copies,
            exclusion=exclusion_of(session, photo),
            pairs=_pairs(session, photo_id),
            exports=(
                _exports(session, photo_id) if may_see_ratings(session, photo_id, rater) else None
            ),
            own=own_word(session, photo, rater),
            source_shown=is_shown,
        )


def _names(session: Session, photo: Photo) -> tuple[str, ...]:
    seen = select(FileName.name).filter_by(photo_id=photo.id).order_by(FileName.name)
    return tuple(session.scalars(seen)) or (photo.original_name,)


def _code(session: Session, photo: Photo) -> str:
    person = session.get(Person, photo.person_id) if photo.person_id else None
    return person.code if person else ""


def _pairs(session: Session, photo_id: int) -> tuple[PairOfPhoto, ...]:
    pair = PhotoPair
    holds = or_(pair.photo_a_id == photo_id, pair.photo_b_id == photo_id)
    return tuple(
        PairOfPhoto(
            id=row.id,
            other=row.photo_b_id if row.photo_a_id == photo_id else row.photo_a_id,
            decision=row.decision or "",
            decided_by=row.decided_by or "",
        )
        for row in session.scalars(select(pair).where(holds).order_by(pair.id))
    )


def _exports(session: Session, photo_id: int) -> tuple[ExportNamed, ...]:
    member = select(Export).join(ExportMember, ExportMember.export_id == Export.id)
    rows = session.scalars(member.where(ExportMember.photo_id == photo_id).order_by(Export.id))
    return tuple(ExportNamed(row.id, row.name, row.created_at) for row in rows)
