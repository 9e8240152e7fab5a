"""Pushes photos, ratings and suggested regions to each rater's project; nothing twice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from curator.base.config import Config
from curator.base.db import Sessions, reading
from curator.base.errors import AnnotationChanged, InputInvalid
from curator.base.frozen import require_not_frozen
from curator.base.models.labelstudio import LabelStudioTask
from curator.base.models.photos import Photo
from curator.base.progress import Progress, untold
from curator.formats.labelstudio.names import HASH, IMAGE
from curator.formats.labelstudio.writing import annotation_of
from curator.labelstudio.annotators import Annotator
from curator.labelstudio.projects import (
    Fetched,
    alone,
    chosen_annotators,
    fetch,
    open_project,
    require_titles,
    with_people,
)
from curator.labelstudio.sending import (
    Sent,
    photos_in_order,
    prepare,
    record_sent,
    sent_of,
    shown_suggestion,
)
from curator.labelstudio.server import MODEL, Server
from curator.labelstudio.standings import Project, Standing, deleted, standings
from curator.labelstudio.words import TO_SETTLE, State, digest
from curator.photos.previews import preview_bytes
from curator.ratings.filter import TELLING, Filter

Json = Mapping[str, Any]

AT_ONCE = 20  # photos in one upload, and so the most whose pictures a kill leaves without tasks
TOGETHER = 200  # tasks compared in one transaction


@dataclass(frozen=True)
class Wanted:
    """What is to be pushed, and how.

    Attributes:
        name: of the projects; each rater's is called `name - account`.
        chosen: which photos, as the rater sees them.
        raters: accounts; all that are mapped if empty.
        restores: tasks that were deleted there are made again.
        removes: tasks of photos that are excluded, or copies, by now are deleted there.
    """

    name: str
    chosen: Filter = field(default_factory=Filter)
    raters: tuple[str, ...] = ()
    restores: bool = False
    removes: bool = False


@dataclass(frozen=True)
class Pushed:
    """What came of one rater's project; the lists hold photos that were left alone.

    `uninvited` is the rater's e-mail address, if nobody there has it yet.
    """

    rater: str
    title: str
    number: int | None
    is_new: bool
    photos: int = 0
    ratings: int = 0
    suggestions: int = 0
    removed: int = 0
    unchanged: int = 0
    to_settle: tuple[Standing, ...] = ()
    to_pull: tuple[int, ...] = ()
    unreadable: tuple[Standing, ...] = ()
    deleted: tuple[Standing, ...] = ()
    no_longer_kept: tuple[int, ...] = ()
    doubled: tuple[int, ...] = ()
    uninvited: str = ""


def push(
    sessions: Sessions,
    config: Config,
    server: Server,
    wanted: Wanted,
    *,
    actor: str,
    progress: Progress = untold,
) -> tuple[Pushed, ...]:
    """Push to the projects of all mapped raters, who get their own words only.

    Transactions: short ones, none while the server is spoken to. What is interrupted goes on with
    the next push: photos are looked up by their hash before tasks are made.
    """
    if wanted.chosen.show in TELLING:
        raise InputInvalid(
            "That filter tells of others' ratings: raters would see whose photos they get."
        )
    require_not_frozen(sessions)
    with reading(sessions) as session:
        raters = chosen_annotators(session, wanted.raters)
    require_titles(wanted.name, raters)
    with alone(config):
        numbers = server.numbers_of_annotators()
        return tuple(
            _Push(sessions, config, server, wanted, one, numbers, actor, progress).run()
            for one in raters
        )


class _Push:
    """One rater's push."""

    def __init__(
        self,
        sessions: Sessions,
        config: Config,
        server: Server,
        wanted: Wanted,
        annotator: Annotator,
        numbers: Mapping[str, int],
        actor: str,
        progress: Progress,
    ) -> None:
        self.sessions, self.config, self.server, self.wanted = sessions, config, server, wanted
        self.annotator, self.numbers = annotator, numbers
        self.actor, self.progress = actor, progress

    def run(self) -> Pushed:
        project, is_new = open_project(self.sessions, self.server, self.wanted.name, self.annotator)
        with reading(self.sessions) as session:
            project = with_people(session, project, self.numbers)
        fetched = fetch(self.server, project)
        found, gone = self._compare(project, fetched)
        removed = self._remove(project, found) if self.wanted.removes else []
        ratings = self._push_ratings(project, found)
        suggestions = self._push_suggestions(found)
        known = {one.photo for one in found}
        known |= set() if self.wanted.restores else {one.photo for one in gone}
        sent = self._send_photos(project, known)
        if sent:
            self._compare(project, fetch(self.server, project))
        left = [one for one in found if one.photo not in {*ratings, *removed}]
        return Pushed(
            self.annotator.account,
            project.title,
            project.number,
            is_new,
            photos=len(sent),
            ratings=len(ratings) + sum(one.here is not None for one in sent),
            suggestions=suggestions + sum(bool(one.suggestion) for one in sent),
            removed=len(removed),
            unchanged=sum(one.state is State.SAME for one in left),
            to_settle=tuple(one for one in left if one.state in TO_SETTLE),
            to_pull=tuple(one.photo for one in left if one.state is State.TO_PULL),
            unreadable=tuple(one for one in left if one.state is State.UNREADABLE),
            deleted=() if self.wanted.restores else tuple(gone),
            no_longer_kept=tuple(one.photo for one in left if not one.is_kept),
            doubled=fetched.doubled,
            uninvited="" if self.annotator.email in self.numbers else self.annotator.email,
        )

    def _compare(self, project: Project, fetched: Fetched) -> tuple[list[Standing], list[Standing]]:
        found = compare_all(self.sessions, project, fetched)
        with reading(self.sessions) as session:
            return found, deleted(session, project, fetched.tasks)

    def _push_ratings(self, project: Project, found: Sequence[Standing]) -> list[int]:
        """Push ratings that changed here; return their photos."""
        changed = [one for one in found if one.state is State.TO_PUSH]
        pushed = []
        for one in changed:
            with reading(self.sessions) as session:
                sent = sent_of(session, session.get_one(Photo, one.photo), project.rater_id)
            try:
                self._push_rating(one, sent)
            except AnnotationChanged:
                continue  # the next push or pull sees the change
            note_synced(self.sessions, project, one.photo, digest(sent.here))
            pushed.append(one.photo)
        return pushed

    def _push_rating(self, standing: Standing, sent: Sent) -> None:
        there = standing.there
        if there and there.annotation:
            self.server.change_annotation(there.annotation, sent.results(), there.changed_at)
        else:
            annotator = self.numbers.get(self.annotator.email)
            self.server.add_annotation(standing.task, sent.results(), annotator)

    def _push_suggestions(self, found: Sequence[Standing]) -> int:
        """Push suggestions made since to tasks that nobody annotated; return how many."""
        count = 0
        bare = [
            one
            for one in found
            if one.there
            and not one.there.has_prediction
            and one.state is State.SAME
            and not one.here
        ]
        for one in bare:
            with self.sessions.begin() as session:
                photo = session.get_one(Photo, one.photo)
                suggestion = shown_suggestion(session, photo)
                if suggestion:
                    record_sent(session, self.actor, self.annotator.account, [photo.id], [photo.id])
            if suggestion:
                with reading(self.sessions) as session:
                    photo = session.get_one(Photo, one.photo)
                    sent = replace(sent_of(session, photo, 0), suggestion=suggestion)
                self.server.add_prediction(one.task, [sent.prediction()])
                count += 1
        return count

    def _remove(self, project: Project, found: Sequence[Standing]) -> list[int]:
        """Delete the tasks of photos that are no longer kept, unless a word would be lost."""
        gone = [one for one in found if not one.is_kept and one.state is State.SAME]
        for one in gone:
            self.server.delete_task(one.task)
            forget_task(self.sessions, project, one.photo)
        return [one.photo for one in gone]

    def _send_photos(self, project: Project, known: set[int]) -> list[Sent]:
        """Upload the photos that have no task, and make their tasks in the rater's own order."""
        photos = photos_in_order(self.sessions, project, self.wanted.chosen, known)
        sent: list[Sent] = []
        for start in range(0, len(photos), AT_ONCE):
            part = prepare(
                self.sessions, project, photos[start : start + AT_ONCE], actor=self.actor
            )
            self._send(project, part)
            sent += part
            self.progress(len(sent), len(photos))
        return sent

    def _send(self, project: Project, part: Sequence[Sent]) -> None:
        assert project.number is not None
        side = self.config.closeup_px
        pictures = {
            one.name: preview_bytes(self.config, one.file_sha, one.format, side) for one in part
        }
        addresses = self.server.upload(project.number, pictures)
        self.server.add_tasks(
            project.number, [self._task(one, addresses[one.name]) for one in part]
        )

    def _task(self, sent: Sent, address: str) -> dict[str, Any]:
        task: dict[str, Any] = {"data": {IMAGE: address, HASH: sent.sha}}
        if sent.here:
            said = annotation_of(sent.rated(sent.here))
            number = self.numbers.get(self.annotator.email)
            task["annotations"] = [said | ({"completed_by": number} if number else {})]
        if sent.suggestion:
            task["predictions"] = [{"model_version": MODEL, "result": [sent.prediction()]}]
        return task


def compare_all(sessions: Sessions, project: Project, fetched: Fetched) -> list[Standing]:
    """Return how all photos of a project stand, and remember their tasks."""
    found: list[Standing] = []
    for start in range(0, len(fetched.tasks), TOGETHER):
        with sessions.begin() as session:
            found += standings(session, project, fetched.tasks[start : start + TOGETHER])
    return found


def note_synced(sessions: Sessions, project: Project, photo: int, said: str) -> None:
    with sessions.begin() as session:
        session.get_one(LabelStudioTask, (project.id, photo)).synced = said


def forget_task(sessions: Sessions, project: Project, photo: int) -> None:
    with sessions.begin() as session:
        session.delete(session.get_one(LabelStudioTask, (project.id, photo)))
