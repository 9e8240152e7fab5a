"""What is sent of a photo: its rating and suggested region, and that they were sent."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from curator.base.db import Sessions
from curator.base.events import Action, record
from curator.base.models.photos import Photo
from curator.base.models.ratings import Rating, Suggestion
from curator.base.visibility import KEPT
from curator.formats.labelstudio.writing import hash_name, region_result, results
from curator.formats.marks import RatedPhoto
from curator.labelstudio.standings import Project
from curator.ratings.assessments import Assessment, assessment_of
from curator.ratings.filter import Filter, matching
from curator.ratings.order import in_own_order
from curator.ratings.regions import stored_region
from curator.ratings.settings import project as settings_of
from curator.ratings.withholding import is_withheld


@dataclass(frozen=True)
class Sent:
    """A photo to be sent, with the rater's rating and the suggested region, where there are any."""

    photo: int
    sha: str
    file_sha: str
    format: str
    width_px: int
    height_px: int
    here: Assessment | None
    suggestion: str

    @property
    def name(self) -> str:
        return f"{hash_name(self.sha)}.jpg"  # the photo's own name may tell its source

    def rated(self, said: Assessment) -> RatedPhoto:
        return RatedPhoto(
            self.sha,
            self.name,
            self.width_px,
            self.height_px,
            said.label,
            said.values,
            stored_region(said.region),
            note=said.note,
            origin=said.provenance.origin,
        )

    def results(self) -> list[dict[str, Any]]:
        if self.here is None:
            return []
        return results(self.rated(self.here))

    def prediction(self) -> dict[str, Any]:
        region = stored_region(self.suggestion)
        size = self.width_px, self.height_px
        return region_result(self.sha, region, *size, "prediction")


def photos_in_order(
    sessions: Sessions, project: Project, chosen: Filter, known: set[int]
) -> list[int]:
    """Return the kept photos that a project has not, in the rater's own order."""
    with sessions.begin() as session:
        wanted = select(Photo.id).where(KEPT, matching(chosen, project.rater_id))
        new = [photo for photo in session.scalars(wanted) if photo not in known]
        return in_own_order(session, project.rater_id, new)


def prepare(
    sessions: Sessions, project: Project, photos: Sequence[int], *, actor: str
) -> list[Sent]:
    """Return what is to be sent of photos; whether their suggestion is withheld is fixed here."""
    with sessions.begin() as session:
        rows = [session.get_one(Photo, photo) for photo in photos]
        sent = [
            replace(
                sent_of(session, photo, project.rater_id),
                suggestion=shown_suggestion(session, photo),
            )
            for photo in rows
        ]
        suggested = [one.photo for one in sent if one.suggestion]
        record_sent(session, actor, project.rater, [one.photo for one in sent], suggested)
        return sent


def record_sent(
    session: Session, actor: str, rater: str, photos: Sequence[int], suggested: Sequence[int]
) -> None:
    after = {"rater": rater, "photos": list(photos), "suggested": list(suggested)}
    record(session, actor, Action.LABEL_STUDIO_PUSHED, "label studio", None, after=after)


def sent_of(session: Session, photo: Photo, rater: int) -> Sent:
    rating = session.scalar(select(Rating).filter_by(photo_id=photo.id, rater_id=rater))
    return Sent(
        photo.id,
        photo.pixel_sha256,
        photo.file_sha256,
        photo.format,
        photo.width_px,
        photo.height_px,
        assessment_of(rating) if rating else None,
        "",
    )


def shown_suggestion(session: Session, photo: Photo) -> str:
    """Return a photo's suggested region; empty if raters do not get it, which is fixed once sent."""
    found = session.get(Suggestion, photo.id)
    if found is None or not found.region or is_withheld(photo, settings_of(session)):
        return ""
    photo.suggestion_withheld = False
    return found.region
