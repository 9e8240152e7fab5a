"""Sign-ins: a browser signs in, is used, and signs out; each is a row, ended by time, by idleness or by its account."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from curator.base.accounts import Account, account_of, check_password, name_form, renew_hash
from curator.base.config import Config
from curator.base.db import Sessions, reading, write_if_free
from curator.base.errors import SignInRefused
from curator.base.models.base import utc_now
from curator.base.models.settings import Setting
from curator.base.models.users import SecondFactor, SignIn, User

MINUTES_FOR_CODE = 10  # after the password
NOTED_EVERY = timedelta(minutes=1)  # so that few requests write
DEMAND = "second_factor"  # the setting that says of whom a second factor is demanded
NOBODY, ADMINS, ALL = DEMANDED_OF = ("nobody", "admins", "all")


@dataclass(frozen=True)
class Presence:
    """Who a browser is signed in as, and what they still have to do."""

    account: Account
    used_at: datetime
    awaits_code: bool
    has_second_factor: bool
    is_demanded: bool

    @property
    def must_set_up(self) -> bool:
        return self.is_demanded and not self.has_second_factor


def sign_in(sessions: Sessions, name: str, password: str, *, hours: int) -> str:
    """Sign in for some hours and return the token; NotSignedIn does not reveal which part was wrong.

    Where the account has a second factor, the token opens nothing before `give_code`.
    """
    name = name_form(name)
    password_hash = check_password(sessions, name, password)
    password_hash = renew_hash(sessions, password_hash, password)
    with sessions.begin() as session:
        # Looked up again and locked, in case the password or account changed since the check.
        as_checked = select(User.id).filter_by(password_hash=password_hash, disabled=False)
        user_id = session.scalar(as_checked.where(User.name == name).with_for_update())
        if user_id is None:
            raise SignInRefused
        session.execute(delete(SignIn).where(SignIn.until < utc_now()))
        if session.get(SecondFactor, user_id):
            return open_sign_in(session, user_id, minutes=MINUTES_FOR_CODE, awaits_code=True)
        return open_sign_in(session, user_id, minutes=60 * hours)


def open_sign_in(session: Session, user_id: int, *, minutes: int, awaits_code: bool = False) -> str:
    """Add a sign-in; return its token, of which only the hash is stored."""
    token, now = secrets.token_urlsafe(32), utc_now()
    made = SignIn(token_hash=token_hash(token), user_id=user_id, awaits_code=awaits_code)
    made.until, made.used_at = now + timedelta(minutes=minutes), now
    session.add(made)
    return token


def sign_out(sessions: Sessions, token: str) -> None:
    with sessions.begin() as session:
        session.execute(delete(SignIn).filter_by(token_hash=token_hash(token)))


def signed_in(
    sessions: Sessions, token: str, *, idle_minutes: int = Config.idle_minutes
) -> Presence | None:
    """Return whom the token signs in, or None once it is over or was idle for too long."""
    now = utc_now()
    live = select(User, SignIn, SecondFactor.user_id).join(SignIn, SignIn.user_id == User.id)
    live = live.outerjoin(SecondFactor, SecondFactor.user_id == User.id)
    live = live.where(SignIn.token_hash == token_hash(token), SignIn.until >= now)
    with reading(sessions) as session:
        found = session.execute(
            live.where(SignIn.used_at >= now - timedelta(minutes=idle_minutes))
        ).one_or_none()
        if found is None:
            return None
        user, row, factor = found
        return Presence(
            account=account_of(user),
            used_at=row.used_at,
            awaits_code=row.awaits_code,
            has_second_factor=factor is not None,
            is_demanded=demanded_of(session, user.role),
        )


def note_used(sessions: Sessions, token: str, present: Presence, *, waits: bool) -> None:
    """Note that a person uses a sign-in, at most once a minute.

    Args:
        waits: for another writer, as a request that writes will anyway; who only reads never waits,
            and the next request notes it.
    """
    now = utc_now()
    if now - present.used_at < NOTED_EVERY:
        return
    used = update(SignIn).where(SignIn.token_hash == token_hash(token)).values(used_at=now)
    if not waits:
        write_if_free(sessions, used)
        return
    with sessions.begin() as session:
        session.execute(used)


def demanded_of(session: Session, role: str) -> bool:
    """Tell whether accounts of a role need a second factor."""
    row = session.get(Setting, DEMAND)
    demanded = row.value if row else NOBODY
    return demanded == ALL or (demanded == ADMINS and role == "admin")


def token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
