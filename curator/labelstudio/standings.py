"""How the photos of a rater's project stand: what was said here and there, and what is to be done."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from curator.base.accounts import RATERS
from curator.base.errors import InputInvalid
from curator.base.messages import Translatable, translatable
from curator.base.models.labelstudio import LabelStudioProject, LabelStudioTask
from curator.base.models.photos import Photo
from curator.base.models.ratings import Rating
from curator.base.models.users import User
from curator.labelstudio.words import NEW_THERE, State, There, digest, hash_of, read_task, state
from curator.ratings.assessments import Assessment, assessment_of

Json = Mapping[str, Any]
LOOKED_UP_TOGETHER = 500

REASONS = {
    State.CONFLICT: translatable("changed here and there"),
    State.REMOVED: translatable("its annotation was removed there"),
    State.WITHDRAWN: translatable("its rating was withdrawn here"),
    State.DELETED: translatable("its task was deleted there"),
}


def title_of(name: str, rater: str) -> str:
    return f"{name} - {rater}"


@dataclass(frozen=True)
class Project:
    """A rater's project on a server.

    `marker` stands in its description. `may_rate`: the rater is neither disabled nor a viewer.
    `annotator` is the rater's number there, None if nobody there has their address; `people` are the
    addresses there by number.
    """

    id: int
    name: str
    rater: str
    rater_id: int
    number: int | None
    marker: str
    may_rate: bool = True
    annotator: int | None = None
    people: Mapping[int, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        return title_of(self.name, self.rater)


@dataclass(frozen=True)
class Standing:
    """How one photo stands. `is_kept`: it is neither excluded nor a copy."""

    photo: int
    name: str
    task: int
    state: State
    is_kept: bool
    width_px: int = 0
    height_px: int = 0
    here: Assessment | None = None
    there: There | None = None

    @property
    def reason(self) -> Translatable | str:
        problem = self.there.problem if self.there else None
        return problem.message if problem else REASONS.get(self.state, "")


def projects(session: Session, server: str, name: str = "") -> list[Project]:
    """Return the projects on a server, or those of one name."""
    rows = session.execute(
        select(LabelStudioProject, User.name, User.role.in_(RATERS) & ~User.disabled)
        .join(User, User.id == LabelStudioProject.rater_id)
        .where(LabelStudioProject.server == server)
        .order_by(LabelStudioProject.name, User.name)
    )
    return [
        Project(row.id, row.name, rater, row.rater_id, row.number, row.marker, may_rate)
        for row, rater, may_rate in rows
        if name in ("", row.name)
    ]


def other_servers(session: Session, server: str) -> list[str]:
    """Return the addresses of other servers that have projects of this instance."""
    known = session.scalars(select(LabelStudioProject.server).distinct())
    return sorted(one for one in known if one != server)


def deleted(session: Session, project: Project, tasks: Sequence[Json]) -> list[Standing]:
    """Return the photos whose tasks were deleted there."""
    numbers, hashes = {task["id"] for task in tasks}, {hash_of(task) for task in tasks}
    rows = session.execute(
        select(LabelStudioTask, Photo)
        .join(Photo, Photo.id == LabelStudioTask.photo_id)
        .where(LabelStudioTask.project_id == project.id)
        .order_by(Photo.id)
    )
    return [
        Standing(photo.id, photo.original_name, row.number, State.DELETED, is_kept(photo))
        for row, photo in rows
        if row.number not in numbers
        and not hashes & {photo.pixel_sha256, photo.earlier_pixel_sha256}
    ]


def strangers(session: Session, tasks: Sequence[Json]) -> list[int]:
    """Return the numbers of tasks that are about none of the photos here."""
    known = _ids_by_hash(session, {hash_of(task) for task in tasks})
    return [int(task["id"]) for task in tasks if hash_of(task) not in known]


def standings(session: Session, project: Project, tasks: Sequence[Json]) -> Iterator[Standing]:
    """Yield how the photos of these tasks stand, and remember which task each of them has."""
    ids = _ids_by_hash(session, {hash_of(task) for task in tasks})
    by_photo = {ids[sha]: task for task in reversed(tasks) if (sha := hash_of(task)) in ids}
    photos = {one.id: one for one in session.scalars(select(Photo).where(Photo.id.in_(by_photo)))}
    ratings = _ratings(session, project, by_photo)
    rows = _rows(session, project, by_photo)
    for photo_id, task in sorted(by_photo.items()):
        there = read_task(task, photos[photo_id], project.annotator)
        here = ratings.get(photo_id)
        row = _row(session, project, photo_id, rows.get(photo_id), there)
        found = state(here, there, row.synced)
        if found in NEW_THERE and (problem := _objection(project, there)):
            found, there = State.UNREADABLE, replace(there, problem=problem)
        if found is State.SAME:
            row.synced = digest(here)
            row.active_s = max(row.active_s, there.active_s or 0.0)
        yield Standing(
            photo_id,
            photos[photo_id].original_name,
            there.task,
            found,
            is_kept(photos[photo_id]),
            photos[photo_id].width_px,
            photos[photo_id].height_px,
            here,
            there,
        )


def _objection(project: Project, there: There) -> InputInvalid | None:
    """Return why new words there do not become the rater's; None if they do."""
    if there.assessment is None:
        return None
    if there.author is None or there.author != project.annotator:
        return InputInvalid(
            "it was annotated by %(email)s, who is not mapped to %(rater)s: delete that annotation "
            "there, or map the address",
            email=project.people.get(there.author or 0, "?"),
            rater=project.rater,
        )
    if there.is_replaced:
        return InputInvalid(
            "its picture is another one by now: delete the task there, and let a push make it again"
        )
    if there.unanswered:
        return InputInvalid(
            "%(question)s is not answered: answer it there", question=there.unanswered
        )
    return None


def is_kept(photo: Photo) -> bool:
    excluded = photo.excluded_reason is not None or photo.excluded_with_id is not None
    return photo.copy_of_id is None and not excluded


def _row(
    session: Session, project: Project, photo: int, row: LabelStudioTask | None, there: There
) -> LabelStudioTask:
    """Return what is known of a task; a new one was made by a push that was interrupted."""
    if row is None:
        row = LabelStudioTask(project_id=project.id, photo_id=photo, synced="", active_s=0.0)
        session.add(row)
    row.number = there.task
    return row


def _ids_by_hash(session: Session, hashes: Collection[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for column in (Photo.earlier_pixel_sha256, Photo.pixel_sha256):
        for part in _parts(sorted(filter(None, hashes))):
            rows = session.execute(select(column, Photo.id).where(column.in_(part)))
            found |= {sha: photo for sha, photo in rows if sha}
    return found


def _ratings(session: Session, project: Project, photos: Collection[int]) -> dict[int, Assessment]:
    rows = select(Rating).where(Rating.rater_id == project.rater_id, Rating.photo_id.in_(photos))
    return {row.photo_id: assessment_of(row) for row in session.scalars(rows)}


def _rows(
    session: Session, project: Project, photos: Collection[int]
) -> dict[int, LabelStudioTask]:
    wanted = select(LabelStudioTask).where(
        LabelStudioTask.project_id == project.id, LabelStudioTask.photo_id.in_(photos)
    )
    return {row.photo_id: row for row in session.scalars(wanted)}


def _parts(items: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(items), LOOKED_UP_TOGETHER):
        yield items[start : start + LOOKED_UP_TOGETHER]
