"""Settles what changed here and there by choosing a side, which the next push or pull carries over."""

from collections.abc import Collection
from typing import Literal

from curator.base.db import Sessions, reading
from curator.base.errors import InputInvalid, NotFound
from curator.base.events import Action, record
from curator.base.models.labelstudio import LabelStudioTask
from curator.base.visibility import may_see_ratings
from curator.labelstudio.pulling import look
from curator.labelstudio.server import Server
from curator.labelstudio.standings import Project, Standing, projects
from curator.labelstudio.words import State, digest

Side = Literal["here", "there"]


def settle(
    sessions: Sessions, server: Server, photo: int, rater: str, side: Side, *, actor: str
) -> Standing:
    """Choose what was said here or there; return how the photo stood.

    Raises:
        NotFound: there is nothing to settle.
        InputInvalid: nothing is said on the chosen side.
    """
    found = [
        one
        for pulled in look(sessions, server)
        if pulled.rater == rater
        for one in pulled.to_settle
        if one.photo == photo
    ]
    if not found:
        raise NotFound(
            "There is nothing to settle about photo %(photo)s of %(rater)s.",
            photo=photo,
            rater=rater,
        )
    _require_said(found[0], side)
    for project in _projects_of(sessions, server, rater):
        _choose(sessions, project, found[0], side, actor=actor)
    return found[0]


def _require_said(standing: Standing, side: Side) -> None:
    if side == "here" and standing.state is State.WITHDRAWN:
        raise InputInvalid(
            "There is no rating here: take the annotation there, or delete it there."
        )
    if side == "there" and not (standing.there and standing.there.assessment):
        raise InputInvalid(
            "There is no annotation there: take the rating here, or withdraw it here."
        )


def _projects_of(sessions: Sessions, server: Server, rater: str) -> list[Project]:
    with reading(sessions) as session:
        return [one for one in projects(session, server.url) if one.rater == rater]


def _choose(
    sessions: Sessions, project: Project, standing: Standing, side: Side, *, actor: str
) -> None:
    """Let the other side count as what both said last, so that the chosen one is the newer."""
    here = digest(standing.here)
    there = digest(standing.there.assessment if standing.there else None)
    with sessions.begin() as session:
        row = session.get(LabelStudioTask, (project.id, standing.photo))
        if row is None or row.number != standing.task:
            return
        row.synced = there if side == "here" else here
        after = {"rater": project.rater, "side": side}
        record(session, actor, Action.LABEL_STUDIO_SETTLED, "photo", standing.photo, after=after)


def words_shown(sessions: Sessions, photos: Collection[int], viewer: int) -> frozenset[int]:
    """Return the photos whose raters' words a viewer may see."""
    with reading(sessions) as session:
        return frozenset(one for one in photos if may_see_ratings(session, one, viewer))
