"""Rulings: an adjudicator's assessment that settles a disagreement."""

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from curator.base.accounts import ADJUDICATORS
from curator.base.db import Sessions
from curator.base.errors import NotAllowed, StaleRating, TooEarly
from curator.base.events import Action, record
from curator.base.models.photos import Photo
from curator.base.models.ratings import Adjudication, Claim, Rating
from curator.base.models.users import User
from curator.base.reasons import require_reason
from curator.base.visibility import KEPT_ID
from curator.pairs.words import settle_words
from curator.photos.locking import locked_photo
from curator.ratings.assessments import (
    Assessment,
    checked_assessment,
    facts,
    rater_named,
    require_below_eyes,
    with_provenance,
    write_assessment,
)
from curator.ratings.saving import SavedRating
from curator.ratings.settings import project
from curator.ratings.words import ruling_on


def adjudicate(
    sessions: Sessions,
    photo_id: int,
    adjudicator: str,
    assessment: Assessment,
    *,
    expected_version: int,
    reason: str = "",
) -> SavedRating:
    """Save a ruling on a photo; `expected_version` is the one the adjudicator saw, 0 for none.

    Raises:
        ReasonMissing: a ruling stands, on the photo or a copy of it, and no `reason` is given.
        TooEarly: the photo lacks blind ratings.
        StaleRating: a newer ruling was saved meanwhile; nothing was changed.
        RegionReachesEyes, InputInvalid: as for a rating.
    """
    checked = checked_assessment(assessment)
    with sessions.begin() as session:
        user = _adjudicator(session, adjudicator)
        photo = locked_photo(session, photo_id)
        checked = require_below_eyes(session, photo, checked)
        _require_all_ratings(session, photo_id)
        ruling = session.get(Adjudication, photo_id)
        if (ruling.version if ruling else 0) != expected_version:
            raise StaleRating(
                "Someone has ruled on this photo in the meantime, so nothing was saved. Reload to "
                "see the ruling, or rate the photo first if you have not."
            )
        stands = ruling is not None or ruling_on(session, photo_id) is not None
        why = require_reason(reason, "ruling") if stands else None
        checked = with_provenance(session, photo, user, checked, ruling)
        before = facts(ruling) if ruling else None
        if ruling is None:
            ruling = Adjudication(photo_id=photo_id, version=0)
            session.add(ruling)
        ruling.adjudicator_id = user.id
        write_assessment(ruling, checked)
        session.execute(delete(Claim).filter_by(photo_id=photo_id, rater_id=user.id))
        settle_words(session, [photo_id])
        told = before, facts(ruling), why
        record(session, adjudicator, Action.ADJUDICATED, "photo", photo_id, *told)
        return SavedRating(photo_id, checked, ruling.version, ruling.saved_at)


def _adjudicator(session: Session, name: str) -> User:
    user = rater_named(session, name)
    if user.role not in ADJUDICATORS:
        raise NotAllowed("The account %(name)s may not adjudicate.", name=name)
    return user


def _require_all_ratings(session: Session, photo_id: int) -> None:
    words = select(func.count(Rating.id)).join(Photo, Rating.counts_on_id == KEPT_ID)
    count = session.scalar(words.where(Photo.id == photo_id)) or 0
    needed = project(session).needed_to_rule
    if count < needed:
        raise TooEarly(
            "This photo has %(there)s of the %(needed)s blind ratings it needs: rate "
            "it, or wait for the other raters.",
            there=count,
            needed=needed,
        )
