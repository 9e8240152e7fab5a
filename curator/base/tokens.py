"""Tokens by which programs act for an account: made, used and revoked; only their hash is stored."""

import hashlib
import secrets
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from curator.base.db import Sessions, reading
from curator.base.errors import InputInvalid, NotAllowed, NotFound
from curator.base.events import Action, record
from curator.base.models.base import utc_now
from curator.base.models.users import BY_RANK, Token, User
from curator.base.visibility import sites_of

PREFIX = "malar_"  # by which programs that search for leaked secrets know a token
DAYS = 90  # that a token works if nobody says
MOST_DAYS = 365
MOST_TOKENS = 20  # of one account at a time
LONGEST_NAME = 64


@dataclass(frozen=True)
class IssuedToken:
    """A token without its secret; it may do what both its own role and its account's allow."""

    id: int
    name: str
    role: str
    account_id: int
    account: str
    account_role: str
    made_at: datetime
    until: datetime
    used_on: date | None
    sites: tuple[str, ...] = ()

    @property
    def effective_role(self) -> str:
        return min(self.role, self.account_role, key=BY_RANK.index)

    @property
    def is_expired(self) -> bool:
        return self.until <= utc_now()


def roles_up_to(role: str) -> tuple[str, ...]:
    """Return the roles that a token of an account with this role may have."""
    return BY_RANK[: BY_RANK.index(role) + 1]


def make_token(
    sessions: Sessions, account_id: int, name: str, *, role: str, days: int = DAYS, actor: str
) -> tuple[str, IssuedToken]:
    """Make a token for an account; return its secret, which is stored nowhere, and what is.

    Raises:
        InputInvalid: the name, the role or the days are none that a token can have.
        NotAllowed: the role exceeds the account's, or the account has too many tokens.
    """
    name = _checked_name(name)
    if not 1 <= days <= MOST_DAYS:
        raise InputInvalid("A token works for 1 to %(most)s days.", most=MOST_DAYS)
    secret, now = PREFIX + secrets.token_urlsafe(32), utc_now()
    with sessions.begin() as session:
        user = session.get(User, account_id)
        if user is None or user.disabled:
            raise NotFound("This account does not exist or is disabled.")
        _require_role(role, user.role)
        _require_few(session, user)
        token = Token(
            token_hash=_hash(secret),
            user_id=user.id,
            name=name,
            role=role,
            made_at=now,
            until=now + timedelta(days=days),
        )
        session.add(token)
        session.flush()
        after = {"account": user.name, "name": name, "role": role, "until": token.until.isoformat()}
        record(session, actor, Action.TOKEN_MADE, "token", token.id, after=after)
        return secret, _issued(token, user)


def list_tokens(sessions: Sessions, account_id: int | None = None) -> tuple[IssuedToken, ...]:
    """Return the tokens of an account, or of all, oldest first; expired ones among them."""
    rows = select(Token, User).join(User, User.id == Token.user_id).order_by(Token.id)
    if account_id is not None:
        rows = rows.where(Token.user_id == account_id)
    with reading(sessions) as session:
        return tuple(_issued(token, user) for token, user in session.execute(rows))


def revoke_token(
    sessions: Sessions, token_id: int, *, account_id: int | None = None, actor: str
) -> IssuedToken:
    """End a token for good; with `account_id`, NotFound if it is not that account's."""
    with sessions.begin() as session:
        token = session.get(Token, token_id)
        if token is None or account_id not in (None, token.user_id):
            raise NotFound("This token does not exist, or no longer exists.")
        user = session.get_one(User, token.user_id)
        revoked = _issued(token, user)
        _revoke(session, token, user, actor)
        return revoked


def revoke_tokens(session: Session, user: User, actor: str) -> None:
    """End all tokens of an account."""
    for token in session.scalars(select(Token).filter_by(user_id=user.id)).all():
        _revoke(session, token, user, actor)


def use_token(sessions: Sessions, secret: str) -> IssuedToken | None:
    """Return the token that a program sent, or None; its first use of a day is recorded."""
    live = select(Token, User).join(User, User.id == Token.user_id)
    live = live.where(Token.token_hash == _hash(secret), Token.until > utc_now())
    with reading(sessions) as session:
        found = session.execute(live.where(User.disabled.is_(False))).one_or_none()
        used = replace(_issued(*found), sites=sites_of(session, found[1])) if found else None
    if used and used.used_on != utc_now().date():
        _record_use(sessions, used.id)
    return used


def _record_use(sessions: Sessions, token_id: int) -> None:
    today = utc_now().date()
    with sessions.begin() as session:
        token = session.get(Token, token_id, with_for_update=True)
        if token is None or token.used_on == today:
            return  # revoked, or recorded by another request
        token.used_on = today
        user = session.get_one(User, token.user_id)
        record(session, user.name, Action.TOKEN_USED, "token", token.id, after={"name": token.name})


def _revoke(session: Session, token: Token, user: User, actor: str) -> None:
    before = {"account": user.name, "name": token.name, "role": token.role}
    session.delete(token)
    record(session, actor, Action.TOKEN_REVOKED, "token", token.id, before)


def _checked_name(typed: str) -> str:
    name = " ".join(typed.split())
    if not (0 < len(name) <= LONGEST_NAME and name.isprintable()):
        raise InputInvalid(
            "A token has a name of 1 to %(most)s characters, such as the program that uses it.",
            most=LONGEST_NAME,
        )
    return name


def _require_role(role: str, of_account: str) -> None:
    if role not in BY_RANK:
        raise InputInvalid("The role must be one of %(roles)s.", roles=", ".join(BY_RANK))
    if role not in roles_up_to(of_account):
        raise NotAllowed("A token may do at most what its account may: choose a lesser role.")


def _require_few(session: Session, user: User) -> None:
    live = select(func.count(Token.id)).where(Token.user_id == user.id, Token.until > utc_now())
    if (session.scalar(live) or 0) >= MOST_TOKENS:
        raise NotAllowed(
            "This account has %(most)s tokens, the most that it may have: revoke one first.",
            most=MOST_TOKENS,
        )


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()


def _issued(token: Token, user: User) -> IssuedToken:
    return IssuedToken(
        id=token.id,
        name=token.name,
        role=token.role,
        account_id=user.id,
        account=user.name,
        account_role=user.role,
        made_at=token.made_at,
        until=token.until,
        used_on=token.used_on,
    )
