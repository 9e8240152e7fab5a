"""The raters' projects on a server: found or made, and read with all their tasks."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from curator.base.accounts import RATERS
from curator.base.db import Sessions
from curator.base.errors import InputInvalid, ProjectGone
from curator.base.models.labelstudio import LabelStudioProject, LabelStudioTask
from curator.base.models.users import User
from curator.formats.labelstudio.config import labelling_config
from curator.labelstudio.annotators import Annotator, annotators
from curator.labelstudio.server import Server
from curator.labelstudio.standings import Project
from curator.labelstudio.words import hash_of
from curator.ratings.assessments import rater_named

Json = Mapping[str, Any]

NAME = "Malar"
SHORTEST, LONGEST = 3, 50  # characters of a project's title there
DESCRIPTION = "The photos and ratings of one rater: others' ratings do not belong here. Keep this line: {marker}"


@dataclass(frozen=True)
class Fetched:
    """A project's tasks, one a photo; `doubled` are the numbers of tasks that repeat a photo."""

    tasks: tuple[Json, ...]
    doubled: tuple[int, ...] = ()


def fetch(server: Server, project: Project) -> Fetched:
    """Return a project's tasks; raise ProjectGone if it was deleted there."""
    if project.number is None:
        return Fetched(())
    first: dict[str, Json] = {}
    rest: list[int] = []
    for task in sorted(server.tasks(project.number, project.title), key=lambda task: task["id"]):
        sha = hash_of(task) or f"task {task['id']}"
        if sha in first:
            rest.append(int(task["id"]))
        first.setdefault(sha, task)
    return Fetched(tuple(first.values()), tuple(rest))


def with_others(session: Session, project: Project, numbers: Mapping[str, int]) -> Project:
    """Return a project with the annotators who are mapped to other accounts."""
    others = [
        numbers[one.email]
        for one in annotators(session)
        if one.account != project.rater and one.email in numbers
    ]
    return replace(project, others=tuple(others))


def open_project(
    sessions: Sessions, server: Server, name: str, annotator: Annotator
) -> tuple[Project, bool]:
    """Return a rater's project and whether it was made now; it is found again after any interruption."""
    title = f"{name} - {annotator.account}"
    if not (name.strip() and SHORTEST <= len(title) <= LONGEST):
        raise InputInvalid(
            "%(title)r is no title of a project: it needs %(least)s to %(most)s characters.",
            title=title,
            least=SHORTEST,
            most=LONGEST,
        )
    project, marker = _known(sessions, server, name, annotator)
    config = labelling_config()
    if project.number is not None:
        try:
            server.keep_project(project.number, title, config)
            return project, False
        except ProjectGone:
            pass
    number = server.find_project(marker)
    is_new = number is None
    if number is None:
        number = server.make_project(title, DESCRIPTION.format(marker=marker), config)
    _note_number(sessions, project, number)
    return replace(project, number=number), is_new


def _known(
    sessions: Sessions, server: Server, name: str, annotator: Annotator
) -> tuple[Project, str]:
    with sessions.begin() as session:
        rater = session.scalars(select(User.id).filter_by(name=annotator.account)).one()
        key = {"server": server.url, "name": name, "rater_id": rater}
        row = session.scalar(select(LabelStudioProject).filter_by(**key))
        if row is None:
            row = LabelStudioProject(**key, marker=secrets.token_hex(16))
            session.add(row)
            session.flush()
        return Project(row.id, name, annotator.account, rater, row.number), row.marker


def _note_number(sessions: Sessions, project: Project, number: int) -> None:
    """Remember a project's number; tasks of one that was deleted are forgotten with it."""
    with sessions.begin() as session:
        session.get_one(LabelStudioProject, project.id).number = number
        session.execute(delete(LabelStudioTask).filter_by(project_id=project.id))


def chosen_annotators(session: Session, accounts: Sequence[str] = ()) -> list[Annotator]:
    """Return the mapped annotators who may rate, or those of some accounts."""
    for name in accounts:
        rater_named(session, name)
    may_rate = set(session.scalars(select(User.name).where(User.role.in_(RATERS), ~User.disabled)))
    mapped = [one for one in annotators(session) if one.account in may_rate]
    if missing := [name for name in accounts if name not in {one.account for one in mapped}]:
        raise InputInvalid(
            "%(account)s is mapped to no annotator of Label Studio: labelstudio map EMAIL %(account)s",
            account=missing[0],
        )
    if not mapped:
        raise InputInvalid(
            "No annotator is mapped to an account: labelstudio map EMAIL ACCOUNT says whose an "
            "annotator's words are."
        )
    return [one for one in mapped if not accounts or one.account in accounts]
