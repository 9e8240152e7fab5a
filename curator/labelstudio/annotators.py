"""Whose accounts Label Studio's annotators are, by their e-mail addresses."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from curator.base.db import Sessions, reading
from curator.base.errors import AlreadyThere, InputInvalid, NotFound
from curator.base.events import Action, record
from curator.base.models.labelstudio import LabelStudioAnnotator
from curator.base.models.users import User
from curator.ratings.assessments import rater_named

LONGEST_EMAIL = 254


@dataclass(frozen=True)
class Annotator:
    email: str
    account: str


def email_form(typed: str) -> str:
    """Return an e-mail address as it is compared."""
    return typed.strip().lower()


def map_annotator(sessions: Sessions, email: str, account: str, *, actor: str) -> Annotator:
    """Let an annotator's e-mail address stand for an account, and no other one any longer."""
    email = email_form(email)
    if not ("@" in email and len(email) <= LONGEST_EMAIL and email.isprintable()):
        raise InputInvalid(
            "%(given)r is no e-mail address: give the one with which the annotator signs in to "
            "Label Studio.",
            given=email[:80],
        )
    with sessions.begin() as session:
        user = rater_named(session, account)
        row = session.get(LabelStudioAnnotator, email)
        other = session.scalar(select(LabelStudioAnnotator).filter_by(user_id=user.id))
        if other and other is not row:
            raise AlreadyThere(
                "%(account)s is %(email)s there already: unmap that address first.",
                account=account,
                email=other.email,
            )
        before = {"account": _name(session, row.user_id), "email": email} if row else None
        session.merge(LabelStudioAnnotator(email=email, user_id=user.id))
        after = {"account": account, "email": email}
        if before != after:
            record(session, actor, Action.ANNOTATOR_MAPPED, "user", user.id, before, after)
        return Annotator(email, account)


def unmap_annotator(sessions: Sessions, email: str, *, actor: str) -> None:
    with sessions.begin() as session:
        row = session.get(LabelStudioAnnotator, email_form(email))
        if row is None:
            raise NotFound("No account is mapped to %(email)s.", email=email)
        before = {"account": _name(session, row.user_id), "email": row.email}
        session.delete(row)
        record(session, actor, Action.ANNOTATOR_MAPPED, "user", row.user_id, before)


def read_annotators(sessions: Sessions) -> tuple[Annotator, ...]:
    with reading(sessions) as session:
        return annotators(session)


def annotators(session: Session) -> tuple[Annotator, ...]:
    """Return who is mapped, by account."""
    rows = session.execute(
        select(LabelStudioAnnotator.email, User.name)
        .join(User, User.id == LabelStudioAnnotator.user_id)
        .order_by(User.name)
    )
    return tuple(Annotator(email, name) for email, name in rows)


def _name(session: Session, user: int) -> str:
    return session.get_one(User, user).name
