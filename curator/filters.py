"""Which photos are meant: a filter of the gallery's, for its pages, its addresses and queues."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, exists, or_
from sqlalchemy.orm import aliased

from curator.models import Adjudication, FileName, Photo, Rating

KEPT = and_(Photo.copy_of_id.is_(None), Photo.excluded_reason.is_(None))


@dataclass(frozen=True)
class Filter:
    """Photos by what became of them, and by the own word of who looks; empty means any.

    `show` is kept, all, unrated, rated, no_region, excluded or copies. Label, sex and evidence are
    those that the looking rater gave: nobody else's word can be asked for.
    """

    show: str = "all"
    label: str = ""
    sex: str = ""
    evidence: str = ""
    source: str = ""
    batch: int = 0
    person: int = 0
    name: str = ""  # part of a file name


def matching(wanted: Filter, rater: int) -> ColumnElement[bool]:
    """Return the condition on Photo."""
    conditions = [_shown(wanted.show, rater)]
    for column in ("label", "sex", "evidence"):
        if value := getattr(wanted, column):
            own = exists().where(
                Rating.photo_id == Photo.id,
                Rating.rater_id == rater,
                getattr(Rating, column) == value,
            )
            conditions.append(own)
    if wanted.source:
        conditions.append(Photo.source == wanted.source)
    if wanted.batch:
        conditions.append(Photo.batch_id == wanted.batch)
    if wanted.person:
        conditions.append(Photo.person_id == wanted.person)
    if wanted.name:
        named = exists().where(
            FileName.photo_id == Photo.id, FileName.name.icontains(wanted.name, autoescape=True)
        )
        conditions.append(named)
    return and_(*conditions)


def has_given_word(rater: int) -> ColumnElement[bool]:
    """Return the condition that a rater may see others' words on a photo: they gave their own."""
    # Aliases of their own: the query around may be about ratings, too.
    rating, ruling = aliased(Rating), aliased(Adjudication)
    rated = exists().where(rating.photo_id == Photo.id, rating.rater_id == rater)
    ruled = exists().where(ruling.photo_id == Photo.id, ruling.adjudicator_id == rater)
    return or_(rated, ruled)


def _shown(show: str, rater: int) -> ColumnElement[bool]:
    rated = exists().where(Rating.photo_id == Photo.id, Rating.rater_id == rater)
    regionless = exists().where(
        *(Rating.photo_id == Photo.id, Rating.rater_id == rater),
        *(Rating.region.is_(None), Rating.label != "unsure"),
    )
    shown: dict[str, ColumnElement[bool]] = {
        "all": Photo.id.is_not(None),
        "kept": KEPT,
        "unrated": and_(KEPT, ~rated),
        "rated": and_(KEPT, rated),
        "no_region": and_(KEPT, regionless),
        "excluded": Photo.excluded_reason.is_not(None),
        "copies": Photo.copy_of_id.is_not(None),
    }
    return shown.get(show, shown["all"])
