"""Project-wide settings: how many blind raters a photo needs, when regions agree, what raters see."""

from dataclasses import asdict, dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from curator.base.db import Sessions, reading
from curator.base.errors import InputInvalid
from curator.base.events import Action, record
from curator.base.models.events import Event
from curator.base.models.settings import Setting
from curator.ratings.keys import checked

MOST_RATERS = 9


@dataclass(frozen=True)
class Project:
    """The settings of a study.

    Attributes:
        agreed_overlap: the least intersection over union at which two regions agree.
        withheld_share: the share of photos, drawn at random, that are rated without a suggestion.
        show_sources: whether raters see where a photo was found before they have rated it.
        keys: the study's own keys of the pages' actions, as `ratings.keys` reads them.
    """

    raters_needed: int = 1
    agreed_overlap: float = 0.5
    withheld_share: float = 0.0
    show_sources: bool = False
    keys: str = ""

    @property
    def needed_to_rule(self) -> int:
        """Ratings before a ruling is allowed: at least two, since one cannot disagree."""
        return max(self.raters_needed, 2)


def project(session: Session) -> Project:
    stored = {row.name: row.value for row in session.scalars(select(Setting))}
    known = {name: stored[name] for name in asdict(Project()) if name in stored}
    return Project(**known)


def read_project(sessions: Sessions) -> Project:
    with reading(sessions) as session:
        return project(session)


def change_project(sessions: Sessions, wanted: Project, *, actor: str) -> Project:
    """Change all settings; InputInvalid names the invalid one."""
    if not 1 <= wanted.raters_needed <= MOST_RATERS:
        raise InputInvalid(
            "A photo needs 1 to %(most)s raters, not %(given)s.",
            most=MOST_RATERS,
            given=wanted.raters_needed,
        )
    if not 0 <= wanted.agreed_overlap <= 1:
        raise InputInvalid("The minimum overlap of agreeing regions must be a number from 0 to 1.")
    if not 0 <= wanted.withheld_share <= 1:
        raise InputInvalid("The share of photos without a suggestion must be a number from 0 to 1.")
    wanted = replace(wanted, keys=checked(wanted.keys))
    with sessions.begin() as session:
        if project(session) != wanted:
            write_project(session, wanted, actor)
        return wanted


def write_project(session: Session, wanted: Project, actor: str) -> Event:
    before = project(session)
    for name, value in asdict(wanted).items():
        session.merge(Setting(name=name, value=value))
    told = asdict(before), asdict(wanted)
    return record(session, actor, Action.PROJECT_CHANGED, "project", 0, *told)
