"""How a rating came about: where its region is from, how long it took, whether the source was shown."""

from dataclasses import dataclass

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from curator.base.models.photos import Photo
from curator.base.models.ratings import Adjudication, Rating, Suggestion
from curator.ratings.origins import ACCEPTED, COPIED, DRAWN, EDITED, UNKNOWN
from curator.ratings.settings import project
from curator.ratings.sources import shown_among
from curator.ratings.withholding import is_withheld

LONGEST_S = 24 * 60 * 60  # of one visit to a photo
Assessed = Rating | Adjudication


@dataclass(frozen=True)
class Provenance:
    """How an assessment came about.

    Attributes:
        origin: where the region is from, one of origins.ORIGINS.
        active_s: seconds that the rater looked at the photo, over all saves; None if unknown.
        source_shown: whether the rater could see the photo's source; None if unknown.
    """

    origin: str = UNKNOWN
    active_s: float | None = None
    source_shown: bool | None = None


def read_active_s(text: str) -> float | None:
    """Read the seconds that a page counted; None if they cannot be right."""
    try:
        seconds = float(text)
    except ValueError:
        return None
    return seconds if 0 <= seconds <= LONGEST_S else None


def provenance_of_entry(
    session: Session, photo_id: int, region: str, claimed: Provenance, before: Assessed | None
) -> Provenance:
    """Return how an imported entry came about: what its file cannot tell is unknown."""
    origin = _known_origin(session, photo_id, region, before, claimed.origin)
    return Provenance(origin, claimed.active_s)


def settle_provenance(
    session: Session,
    photo: Photo,
    rater: int,
    region: str,
    claimed: Provenance,
    before: Assessed | None,
) -> Provenance:
    """Return how an assessment made on the page came about: the server decides what it can check.

    Also fixes, for all raters, whether this photo's suggestion is withheld.
    """
    checked = _checked_claim(session, photo, rater, region, claimed.origin, before)
    origin = _known_origin(session, photo.id, region, before, checked)
    _fix_withholding(session, photo, origin)
    was_shown = claimed.source_shown or bool(shown_among(session, [photo.id], rater))
    return Provenance(origin, _total(claimed.active_s, before), was_shown)


def _known_origin(
    session: Session, photo_id: int, region: str, before: Assessed | None, otherwise: str
) -> str:
    """Return the origin that the stored regions prove, else another."""
    suggestion = session.get(Suggestion, photo_id)
    is_unchanged = before is not None and before.region == region
    if not region:
        return UNKNOWN
    if before and is_unchanged and before.origin:
        return before.origin
    if suggestion and suggestion.region == region:
        return ACCEPTED
    return UNKNOWN if is_unchanged else otherwise


def _checked_claim(
    session: Session, photo: Photo, rater: int, region: str, claimed: str, before: Assessed | None
) -> str:
    """Return the origin that a page claims for a new region, where that is possible."""
    if not claimed and before and before.region and not before.origin:
        return UNKNOWN  # it may have started from a region of unknown origin
    if claimed in (ACCEPTED, EDITED):
        return DRAWN if photo.suggestion_withheld else EDITED
    if claimed == COPIED and _is_saved(session, photo.id, rater, region):
        return COPIED
    return DRAWN


def _is_saved(session: Session, photo_id: int, rater: int, region: str) -> bool:
    """Tell whether a region is that of another rating of the photo, or of the rater's own elsewhere."""
    rated = or_(Rating.photo_id == photo_id, Rating.rater_id == rater)
    ruled = Adjudication.adjudicator_id == rater
    found = or_(
        exists().where(Rating.region == region, rated),
        exists().where(Adjudication.region == region, ruled),
    )
    return bool(session.scalar(select(found)))


def _fix_withholding(session: Session, photo: Photo, origin: str) -> None:
    if photo.suggestion_withheld is None:
        was_shown = origin in (ACCEPTED, EDITED)  # by a page opened before the share was changed
        photo.suggestion_withheld = is_withheld(photo, project(session)) and not was_shown


def _total(sent: float | None, before: Assessed | None) -> float | None:
    """Add up the seconds of all saves; unknown if one of them is."""
    if before is None or sent is None:
        return sent
    return None if before.active_s is None else before.active_s + sent
