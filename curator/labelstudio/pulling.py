"""Pulls what raters said in their projects into their ratings; nothing twice, and no conflict decided."""

from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from curator.base.config import Config
from curator.base.db import Sessions, reading
from curator.base.errors import CuratorError, NotFound, ProjectGone
from curator.base.frozen import require_not_frozen
from curator.base.messages import Listed
from curator.base.models.labelstudio import LabelStudioTask
from curator.base.models.users import User
from curator.base.progress import Progress, untold
from curator.labelstudio.projects import Fetched, alone, fetch, with_people
from curator.labelstudio.server import Server
from curator.labelstudio.standings import (
    Project,
    Standing,
    deleted,
    other_servers,
    projects,
    standings,
    strangers,
)
from curator.labelstudio.words import TO_SETTLE, State, There, digest
from curator.photos.locking import locked_photo
from curator.ratings.assessments import Assessment, rater_named, require_below_eyes
from curator.ratings.saving import find_rating, save_word

THROUGH = "Label Studio"
TOGETHER = 100  # tasks in one transaction


@dataclass(frozen=True)
class Pulled:
    """What came of one rater's project; the lists hold what was left alone.

    `is_gone`: the project was deleted there. `is_barred`: its rater may no longer rate, so that it
    was not read. `strangers` are tasks about none of the photos here.
    """

    rater: str
    title: str
    number: int | None
    is_gone: bool = False
    is_barred: bool = False
    saved: tuple[int, ...] = ()
    unchanged: int = 0
    to_push: tuple[int, ...] = ()
    to_settle: tuple[Standing, ...] = ()
    unreadable: tuple[Standing, ...] = ()
    deleted: tuple[Standing, ...] = ()
    strangers: tuple[int, ...] = ()
    doubled: tuple[int, ...] = ()


def pull(
    sessions: Sessions,
    config: Config,
    server: Server,
    *,
    name: str = "",
    progress: Progress = untold,
) -> tuple[Pulled, ...]:
    """Pull from the projects of one name, or all, each into its rater's ratings.

    Transactions: one per TOGETHER tasks, none while the server is spoken to.
    """
    require_not_frozen(sessions)
    with alone(config):
        return tuple(
            _read(sessions, server, project, saves=True, progress=progress)
            for project in _projects(sessions, server, name)
        )


def look(sessions: Sessions, server: Server, *, name: str = "") -> tuple[Pulled, ...]:
    """Return what a pull would find, without saving."""
    return tuple(
        _read(sessions, server, project, saves=False)
        for project in _projects(sessions, server, name)
    )


def _projects(sessions: Sessions, server: Server, name: str) -> list[Project]:
    numbers = server.numbers_of_annotators()
    with reading(sessions) as session:
        found = projects(session, server.url, name)
        if not found:
            _require_no_other(session, server)
        return [with_people(session, project, numbers) for project in found]


def _require_no_other(session: Session, server: Server) -> None:
    """Raise that projects are known at another address: raters' work would seem to be gone."""
    if others := other_servers(session, server.url):
        raise NotFound(
            "There are no such projects at %(url)s, but there are at %(others)s: set LABEL_STUDIO_URL "
            "to the address with which they were pushed, or push first.",
            url=server.url,
            others=Listed(others),
        )


def _read(
    sessions: Sessions,
    server: Server,
    project: Project,
    *,
    saves: bool,
    progress: Progress = untold,
) -> Pulled:
    result = Pulled(project.rater, project.title, project.number)
    if not project.may_rate:
        return replace(result, is_barred=True)
    try:
        fetched = fetch(server, project)
    except ProjectGone:
        return replace(result, is_gone=True)
    found: list[Standing] = []
    for start in range(0, len(fetched.tasks), TOGETHER):
        part = replace(fetched, tasks=fetched.tasks[start : start + TOGETHER])
        found += take(sessions, project, part, saves=saves)
        progress(min(start + TOGETHER, len(fetched.tasks)), len(fetched.tasks))
    with reading(sessions) as session:
        gone = deleted(session, project, fetched.tasks)
        unknown = strangers(session, fetched.tasks)
    return _sorted(result, found, gone, unknown, fetched)


def _sorted(
    result: Pulled,
    found: list[Standing],
    gone: list[Standing],
    unknown: list[int],
    fetched: Fetched,
) -> Pulled:
    return replace(
        result,
        saved=tuple(one.photo for one in found if one.state is State.TO_PULL),
        unchanged=sum(one.state is State.SAME for one in found),
        to_push=tuple(one.photo for one in found if one.state is State.TO_PUSH),
        to_settle=tuple(one for one in found if one.state in TO_SETTLE),
        unreadable=tuple(one for one in found if one.state is State.UNREADABLE),
        deleted=tuple(gone),
        strangers=tuple(unknown),
        doubled=fetched.doubled,
    )


def take(sessions: Sessions, project: Project, fetched: Fetched, *, saves: bool) -> list[Standing]:
    """Compare tasks with ratings; save what was said there since, if `saves`."""
    with sessions.begin() as session:
        rater = rater_named(session, project.rater) if saves else None
        return [
            _saved(session, project, rater, one) if rater and one.state is State.TO_PULL else one
            for one in standings(session, project, fetched.tasks)
        ]


def _saved(session: Session, project: Project, rater: User, standing: Standing) -> Standing:
    """Save what was said there; a photo that does not take it is told as unreadable."""
    there = standing.there
    assert there
    assert there.assessment
    try:
        with session.begin_nested():
            _save(session, project, rater, standing.photo, there, there.assessment)
    except CuratorError as error:
        problem = replace(there, problem=error)
        return replace(standing, state=State.UNREADABLE, there=problem)
    return standing


def _save(
    session: Session, project: Project, rater: User, photo_id: int, there: There, said: Assessment
) -> None:
    photo = locked_photo(session, photo_id)
    row = session.get_one(LabelStudioTask, (project.id, photo_id))
    counted = there.active_s
    # A count only grows: a smaller one is of a new annotation.
    before = row.active_s if counted and counted >= row.active_s else 0.0
    active_s = None if counted is None else counted - before
    # Nobody can ask the rater now, so it is recorded that a region reaches the eyes.
    insisting = replace(
        said, over_eyes=True, provenance=replace(said.provenance, active_s=active_s)
    )
    checked = require_below_eyes(session, photo, insisting)
    rating = find_rating(session, photo_id, rater)
    save_word(session, photo, rater, rating, checked, through=THROUGH)
    row.synced, row.active_s = digest(said), counted or row.active_s
