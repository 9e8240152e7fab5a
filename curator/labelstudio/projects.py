"""The raters' projects on a server: found or made, and read with all their tasks."""

import fcntl
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from curator.base.accounts import RATERS
from curator.base.config import Config
from curator.base.db import Sessions
from curator.base.errors import AlreadyThere, InputInvalid, ProjectGone
from curator.base.models.labelstudio import LabelStudioProject, LabelStudioTask
from curator.base.models.users import User
from curator.formats.labelstudio.config import labelling_config
from curator.labelstudio.annotators import Annotator, annotators
from curator.labelstudio.server import Server
from curator.labelstudio.standings import Project, title_of
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


@contextmanager
def alone(config: Config) -> Iterator[None]:
    """Let no other push or pull of this instance run meanwhile; the lock ends with its process.

    Two pushes would make each task twice, and a pull would take what a push has just replaced.

    Raises:
        AlreadyThere: another process, or thread, has the turn.
    """
    with (config.instance / "label-studio.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyThere("A push or pull is under way: wait until it is done.") from None
        yield


def fetch(server: Server, project: Project) -> Fetched:
    """Return a project's tasks; raise ProjectGone if it was deleted there."""
    if project.number is None:
        return Fetched(())
    _read_own(server, project)
    first: dict[str, Json] = {}
    rest: list[int] = []
    for task in sorted(server.tasks(project.number, project.title), key=lambda task: task["id"]):
        sha = hash_of(task) or f"task {task['id']}"
        if sha in first:
            rest.append(int(task["id"]))
        first.setdefault(sha, task)
    return Fetched(tuple(first.values()), tuple(rest))


def _read_own(server: Server, project: Project) -> str:
    """Return the labelling config of a project; raise ProjectGone if it was deleted there.

    Another server, or a new one at the old address, may give the same number to another project.
    """
    assert project.number is not None
    found = server.read_project(project.number, project.title)
    if project.marker not in found.description and found.title != project.title:
        raise ProjectGone("The project %(title)s was deleted there.", title=project.title)
    return found.labelling_config


def with_people(session: Session, project: Project, numbers: Mapping[str, int]) -> Project:
    """Return a project with who is who there, by the numbers of all addresses."""
    own = [one.email for one in annotators(session) if one.account == project.rater]
    people = {number: email for email, number in numbers.items()}
    return replace(project, annotator=numbers.get(own[0]) if own else None, people=people)


def open_project(
    sessions: Sessions, server: Server, name: str, annotator: Annotator
) -> tuple[Project, bool]:
    """Return a rater's project and whether it was made now; it is found again after any interruption."""
    project = _known(sessions, server, name, annotator)
    config = labelling_config()
    if project.number is not None:
        try:
            if _read_own(server, project).strip() != config.strip():
                server.change_config(project.number, config)
            return project, False
        except ProjectGone:
            pass
    number = server.find_project(project.marker)
    is_new = number is None
    if number is None:
        description = DESCRIPTION.format(marker=project.marker)
        number = server.make_project(project.title, description, config)
    _note_number(sessions, project, number)
    return replace(project, number=number), is_new


def require_titles(name: str, raters: Sequence[Annotator]) -> None:
    for one in raters:
        title = title_of(name, one.account)
        if not (name.strip() and SHORTEST <= len(title) <= LONGEST):
            raise InputInvalid(
                "%(title)r is no title of a project: it needs %(least)s to %(most)s characters.",
                title=title,
                least=SHORTEST,
                most=LONGEST,
            )


def _known(sessions: Sessions, server: Server, name: str, annotator: Annotator) -> Project:
    with sessions.begin() as session:
        rater = session.scalars(select(User.id).filter_by(name=annotator.account)).one()
        key = {"server": server.url, "name": name, "rater_id": rater}
        row = session.scalar(select(LabelStudioProject).filter_by(**key))
        if row is None:
            row = LabelStudioProject(**key, marker=secrets.token_hex(16))
            session.add(row)
            session.flush()
        return Project(row.id, name, annotator.account, rater, row.number, row.marker)


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
