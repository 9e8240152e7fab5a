"""The freeze: while one stands, no transaction changes a row that belongs to the state of the study.

It is held where each transaction ends, on the rows of which the log keeps versions, so no writer can forget it.
Writers take turns on both databases (base/db.py): what ends after the freeze sees it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from curator.base.errors import StudyFrozen
from curator.base.events import Action
from curator.base.journal import Key, is_of_state
from curator.base.messages import Listed
from curator.base.models.events import Event
from curator.base.models.freezes import Freeze
from curator.base.models.users import User

# What a person may ask for at any time.
RIGHTS = (Action.ERASED.value, Action.CONSENT_WITHDRAWN.value)
# What a withdrawal records: the photos that it excludes, and which of their copies are kept.
WITHDRAWING = {
    *(Action.CONSENT_WITHDRAWN, Action.CONSENT_SET, Action.PHOTO_EXCLUDED),
    *(Action.COPY_REMOVED, Action.COPY_RESTORED),
}


@dataclass(frozen=True)
class FrozenState:
    """The signed state that the study is in."""

    name: str
    statement: str
    signed_at: datetime
    digest: str

    @property
    def facts(self) -> dict[str, str]:
        """Return what exports tell of it; who signed it is a person's name, and stays here."""
        signed_at = self.signed_at.isoformat(timespec="seconds") + "Z"
        return vars(self) | {"signed_at": signed_at}


def frozen_state(session: Session) -> FrozenState | None:
    """Return the freeze that stands, if one does."""
    found = session.scalar(select(Freeze).where(Freeze.voided_at.is_(None)))
    if found is None:
        return None
    return FrozenState(found.name, found.statement, found.signed_at, found.digest)


def read_frozen_state(sessions: sessionmaker[Session]) -> FrozenState | None:
    with sessions() as session:
        session.connection(execution_options={"read_only": True})
        return frozen_state(session)


def require_not_frozen(sessions: sessionmaker[Session]) -> None:
    """Raise StudyFrozen before long work that a transaction would refuse at its end."""
    with sessions() as session:
        session.connection(execution_options={"read_only": True})
        if state := frozen_state(session):
            raise _refusal(session, state)


def refuse_if_frozen(session: Session, changed: Iterable[tuple[str, Key]]) -> None:
    """Raise StudyFrozen if the study is frozen and a changed row belongs to its state.

    A transaction that records an erasure or a withdrawal may: a person's right goes before a signature.
    """
    if not any(is_of_state(name, key) for name, key in changed):
        return
    state = frozen_state(session)
    if state is not None and not _serves_a_right(session):
        raise _refusal(session, state)


def _refusal(session: Session, state: FrozenState) -> StudyFrozen:
    return StudyFrozen(
        "The study is frozen as %(name)s, so nothing was changed: %(admins)s can unlock it.",
        name=state.name,
        admins=_administrators(session),
    )


def _serves_a_right(session: Session) -> bool:
    """Tell whether the transaction erases, or withdraws consent and does nothing else."""
    recorded = {*session.scalars(select(Event.action).where(Event.link.is_(None)))}
    is_withdrawal = Action.CONSENT_WITHDRAWN in recorded and recorded <= WITHDRAWING
    return Action.ERASED in recorded or is_withdrawal


def _administrators(session: Session) -> Listed:
    rows = select(User.name).filter_by(role="admin", disabled=False).order_by(User.name)
    return Listed(session.scalars(rows))
