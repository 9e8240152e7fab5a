"""What raters say about a kept photo: their words, with regions carried over from its copies."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Protocol

from sqlalchemy import or_, select, true
from sqlalchemy.orm import Session, aliased

from curator.base.models.pairs import DuplicatePair
from curator.base.models.photos import Photo
from curator.base.models.ratings import Adjudication, Rating
from curator.base.visibility import KEPT_ID
from curator.ratings.assessments import Assessment, assessment_of
from curator.ratings.regions import carry_back, carry_over, format_fractions, stored_region
from faces.regions import Region

Carry = Callable[[Region], Region]


@dataclass(frozen=True)
class Word:
    """A rater's or adjudicator's word as it reads on a photo.

    `version` is that of a rating of this very photo: 0 where it was given on the copy `given_on`.
    """

    assessment: Assessment
    version: int
    saved_at: datetime
    given_on: int


class Drawn(Protocol):
    """A rating or ruling, or a row with the same columns."""

    @property
    def region(self) -> str | None: ...
    @property
    def photo_id(self) -> int: ...
    @property
    def counts_on_id(self) -> int | None: ...


def word_of(session: Session, photo_id: int, rater: int) -> Rating | None:
    """Return a rater's word on a photo: their rating of it, or of a copy of it."""
    word = select(Rating).join(Photo, Rating.counts_on_id == KEPT_ID)
    return session.scalar(word.where(Photo.id == photo_id, Rating.rater_id == rater))


def ruling_on(session: Session, photo_id: int) -> Adjudication | None:
    """Return the ruling on a photo, or on a copy of it."""
    ruling = select(Adjudication).join(Photo, Adjudication.counts_on_id == KEPT_ID)
    return session.scalar(ruling.where(Photo.id == photo_id))


def own_word(session: Session, photo: Photo, rater: int) -> Word | None:
    """Return what a rater said on a photo; without a rating of it, their word on its copies."""
    on_it = select(Rating).filter_by(photo_id=photo.id, rater_id=rater)
    return read_on(session, photo, session.scalar(on_it) or word_of(session, photo.id, rater))


def read_on(session: Session, photo: Photo, row: Rating | Adjudication | None) -> Word | None:
    """Read a rating or ruling of a photo or of a copy of it as it applies to the photo."""
    if row is None:
        return None
    if row.photo_id == photo.id:
        return Word(assessment_of(row), row.version, row.saved_at, photo.id)
    is_kept = row.counts_on_id == photo.id
    region = carried_regions(session, photo.id)(row) if is_kept else ()
    assessment = replace(assessment_of(row), region=format_fractions(region))
    return Word(assessment, 0, row.saved_at, row.photo_id)


def carried_regions(session: Session, kept: int | None = None) -> Callable[[Drawn], Region]:
    """Return a function that reads a region as it lies on the photo on which it counts.

    A copy's region is mapped by its alignment with the kept photo, and empty without one.

    Args:
        kept: the only photo on which the words count that will be read; any if None.
    """
    carry = dict(_alignments(session, kept))

    def region_of(word: Drawn) -> Region:
        region = stored_region(word.region)
        if not region or word.counts_on_id in (None, word.photo_id):
            return region
        return carry.get((word.photo_id, word.counts_on_id), _nowhere)(region)

    return region_of


def _alignments(
    session: Session, kept: int | None
) -> Iterator[tuple[tuple[int, int | None], Carry]]:
    """Yield how regions are mapped from a copy to the kept photo, by the ids of both."""
    pair, a, b = DuplicatePair, aliased(Photo), aliased(Photo)
    rows = session.execute(
        select(pair.alignment, a.id, a.copy_of_id, b.id)
        .add_columns(a.width_px, a.height_px, b.width_px, b.height_px)
        .join(a, a.id == pair.photo_a_id)
        .join(b, b.id == pair.photo_b_id)
        .where(
            or_(a.copy_of_id == b.id, b.copy_of_id == a.id),
            pair.decision == "copy",
            true() if kept is None else or_(a.id == kept, b.id == kept),
        )
    )
    for alignment, first, copy_of, second, *px in rows:
        if alignment:
            shape = {first: px[1] / px[0], second: px[3] / px[2]}
            is_first = copy_of == second
            copy, onto = (first, second) if is_first else (second, first)
            yield (
                (copy, onto),
                partial(
                    carry_back if is_first else carry_over,
                    matrix=alignment["matrix"],
                    mirrored=alignment["mirrored"],
                    shape=shape[copy],
                    target_shape=shape[onto],
                ),
            )


def _nowhere(_region: Region) -> Region:
    return ()
