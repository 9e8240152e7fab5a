"""Accounts: create, list, change, disable, sign in and out."""

import hashlib
import re
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import timedelta
from zlib import crc32

from sqlalchemy import delete, select
from sqlalchemy.orm import Session
from werkzeug.security import check_password_hash, generate_password_hash

from curator.base.db import Sessions, reading
from curator.base.errors import AlreadyThere, InputInvalid, LastAdmin, NotFound, NotSignedIn
from curator.base.events import Action, record
from curator.base.invocation import curator_command
from curator.base.models.base import utc_now
from curator.base.models.users import ROLES, SignIn, User
from curator.base.tokens import revoke_tokens

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}")
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # without characters that are easily confused
RATERS = ("admin", "annotator", "adjudicator")
ADJUDICATORS = ("admin", "adjudicator")
# Checked for unknown names, so that timing does not reveal which names exist.
NOBODY = generate_password_hash("nobody")


@dataclass(frozen=True)
class Account:
    id: int
    name: str
    role: str
    disabled: bool

    @property
    def may_rate(self) -> bool:
        return self.role in RATERS

    @property
    def may_adjudicate(self) -> bool:
        return self.role in ADJUDICATORS

    @property
    def is_annotator(self) -> bool:
        """Tell whether rating is all that the account is for."""
        return self.may_rate and not self.may_adjudicate

    @property
    def is_admin(self) -> bool:
        return self.role == "admin"


def name_form(typed: str) -> str:
    """Return the name that a typed one stands for: no spaces around it, letters in their plain form."""
    return unicodedata.normalize("NFKC", typed).strip()


def add_user(
    sessions: Sessions,
    name: str,
    password: str,
    role: str,
    *,
    min_chars: int,
    actor: str,
    only_as_first: bool = False,
) -> Account:
    """Create an account; InputInvalid or AlreadyThere says what to change."""
    name = name_form(name)
    if not NAME.fullmatch(name):
        raise InputInvalid(
            "An account name has 1 to 32 letters, digits, dots, dashes or underscores."
        )
    _check_role(role)
    password_hash = _hash(password, min_chars)
    with sessions.begin() as session:
        if only_as_first and session.scalar(select(User.id).limit(1)):
            raise AlreadyThere("The first account already exists: sign in with it.")
        if session.scalar(select(User.id).where(User.name == name)):
            raise AlreadyThere(
                "The account %(name)s already exists: choose another name, or set its password.",
                name=name,
            )
        user = User(name=name, password_hash=password_hash, role=role, order_seed=_order_seed(name))
        session.add(user)
        session.flush()
        record(
            session,
            actor,
            Action.ACCOUNT_ADDED,
            "user",
            user.id,
            after={"name": name, "role": role},
        )
        return _account(user)


def _order_seed(name: str) -> int:
    """Derive a seed, so that a study set up again hands out its photos in the same orders."""
    return crc32(name.encode()) >> 1  # fits a signed column


def add_first_admin(sessions: Sessions, name: str, password: str, *, min_chars: int) -> Account:
    """Create the first account; refused once any account exists."""
    return add_user(
        sessions,
        name,
        password,
        "admin",
        min_chars=min_chars,
        actor="set-up link",
        only_as_first=True,
    )


def list_users(sessions: Sessions) -> tuple[Account, ...]:
    with reading(sessions) as session:
        return tuple(map(_account, session.scalars(select(User).order_by(User.name))))


def set_password(
    sessions: Sessions, name: str, password: str, *, min_chars: int, actor: str
) -> Account:
    password_hash = _hash(password, min_chars)
    with sessions.begin() as session:
        user = _named(session, name)
        user.password_hash = password_hash
        _end_access(session, user, actor)
        record(session, actor, Action.PASSWORD_CHANGED, "user", user.id)
        return _account(user)


def require_present_password(sessions: Sessions, name: str, present: str) -> None:
    """Raise InputInvalid unless this is the account's current password."""
    try:
        _require_password(sessions, name, present)
    except NotSignedIn:
        raise InputInvalid("The current password is wrong: type it again.") from None


def change_password(
    sessions: Sessions, name: str, present: str, password: str, *, min_chars: int
) -> Account:
    """Change one's own password, given the current one."""
    require_present_password(sessions, name, present)
    return set_password(sessions, name, password, min_chars=min_chars, actor=name)


def new_password(min_chars: int) -> str:
    """Generate a password that is easy to read out: groups of four letters and digits."""
    groups = max(4, -(-min_chars // 4))
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(groups))


def set_role(sessions: Sessions, name: str, role: str, *, actor: str) -> Account:
    """Change an account's role, except the last administrator's."""
    _check_role(role)
    with sessions.begin() as session:
        user = _named(session, name)
        if role != "admin":
            _require_another_admin(session, user)
        before = {"role": user.role}
        user.role = role
        if before["role"] != role:
            record(session, actor, Action.ROLE_CHANGED, "user", user.id, before, {"role": role})
        return _account(user)


def set_disabled(sessions: Sessions, name: str, disabled: bool, *, actor: str) -> Account:
    """Disable or enable signing in to an account, except the last administrator's."""
    with sessions.begin() as session:
        user = _named(session, name)
        if disabled:
            _require_another_admin(session, user)
        before = {"disabled": user.disabled}
        user.disabled = disabled
        if disabled:
            _end_access(session, user, actor)
        action = Action.ACCOUNT_DISABLED if disabled else Action.ACCOUNT_ENABLED
        record(session, actor, action, "user", user.id, before, {"disabled": disabled})
        return _account(user)


def sign_in(sessions: Sessions, name: str, password: str, *, hours: int) -> str:
    """Sign in for some hours and return the token; NotSignedIn does not reveal which part was wrong."""
    name = name_form(name)
    password_hash = _require_password(sessions, name, password)
    token, now = secrets.token_urlsafe(32), utc_now()
    with sessions.begin() as session:
        # Looked up again and locked, in case the password or account changed since the check.
        as_checked = select(User.id).filter_by(password_hash=password_hash, disabled=False)
        user_id = session.scalar(as_checked.where(User.name == name).with_for_update())
        if user_id is None:
            raise _wrong()
        session.execute(delete(SignIn).where(SignIn.until < now))
        until = now + timedelta(hours=hours)
        session.add(SignIn(token_hash=_token_hash(token), user_id=user_id, until=until))
    return token


def sign_out(sessions: Sessions, token: str) -> None:
    with sessions.begin() as session:
        session.execute(delete(SignIn).filter_by(token_hash=_token_hash(token)))


def signed_in(sessions: Sessions, token: str) -> Account | None:
    """Return the account that the token signs in, or None."""
    found = select(User).join(SignIn).where(SignIn.token_hash == _token_hash(token))
    with reading(sessions) as session:
        user = session.scalar(found.where(SignIn.until >= utc_now()))
        return _account(user) if user else None


def account_named(sessions: Sessions, name: str) -> Account:
    with reading(sessions) as session:
        return _account(_named(session, name))


def has_accounts(sessions: Sessions) -> bool:
    with reading(sessions) as session:
        return session.scalar(select(User.id).limit(1)) is not None


def _named(session: Session, name: str) -> User:
    user = session.scalar(select(User).where(User.name == name_form(name)))
    if user is None:
        raise NotFound(
            "There is no account %(name)s: `%(curator)s user list` lists all accounts.",
            name=name,
            curator=curator_command(),
        )
    return user


def _check_role(role: str) -> None:
    if role not in ROLES:
        raise InputInvalid("The role must be one of %(roles)s.", roles=", ".join(ROLES))


def _require_another_admin(session: Session, user: User) -> None:
    """Raise LastAdmin if the user is the last administrator who can sign in."""
    # Locked where the database supports it, so that two cannot demote each other at once.
    admins = select(User.id).where(User.role == "admin", User.disabled.is_(False))
    left = session.scalars(admins.order_by(User.id).with_for_update()).all()
    if left == [user.id]:
        raise LastAdmin(
            "%(name)s is the last administrator who can sign in: make another account"
            " an administrator first.",
            name=user.name,
        )


def _hash(password: str, min_chars: int) -> str:
    if len(password) < min_chars:
        raise InputInvalid(
            "The password is too short: use at least %(least)s characters.", least=min_chars
        )
    return generate_password_hash(password)


def _require_password(sessions: Sessions, name: str, password: str) -> str:
    """Return the hash that the password matches; slow, so never inside a write transaction."""
    with reading(sessions) as session:
        found = select(User.password_hash).filter_by(name=name, disabled=False)
        password_hash = session.scalar(found)
    if not check_password_hash(password_hash or NOBODY, password) or password_hash is None:
        raise _wrong()
    return password_hash


def _wrong() -> NotSignedIn:
    return NotSignedIn("Name or password is wrong, or the account is disabled.")


def _end_access(session: Session, user: User, actor: str) -> None:
    """Sign an account out everywhere, and revoke its tokens."""
    revoke_tokens(session, user, actor)
    session.execute(delete(SignIn).filter_by(user_id=user.id))


def _token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _account(user: User) -> Account:
    return Account(user.id, user.name, user.role, user.disabled)
