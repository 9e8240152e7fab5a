"""Keeps what the study states about itself in the database."""

from collections.abc import Mapping

from sqlalchemy.orm import Session

from curator.base.db import Sessions, reading
from curator.base.events import Action, record
from curator.base.models.events import Event
from curator.base.models.settings import Setting
from curator.study.checking import changed
from curator.study.facts import NOTHING_STATED, Study

SETTING = "study"


def stated_facts(session: Session) -> Study:
    row = session.get(Setting, SETTING)
    stored = row.value if row else {}
    return {code: stored.get(code, "") for code in NOTHING_STATED}


def read_study(sessions: Sessions) -> Study:
    with reading(sessions) as session:
        return stated_facts(session)


def state_facts(sessions: Sessions, given: Mapping[str, object], *, actor: str) -> Study:
    """State the given facts and return all; InputInvalid names the invalid one."""
    with sessions.begin() as session:
        before = stated_facts(session)
        after = changed(before, given)
        if after != before:
            write_facts(session, after, actor)
        return after


def write_facts(session: Session, after: Study, actor: str) -> Event:
    before = stated_facts(session)
    new = {code: text for code, text in after.items() if text != before[code]}
    session.merge(Setting(name=SETTING, value={c: t for c, t in after.items() if t}))
    old = {code: before[code] for code in new}
    return record(session, actor, Action.STUDY_CHANGED, "study", 0, old, new)
