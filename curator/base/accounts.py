"""Accounts: create, list, change, disable; who signs in lies in `sign_ins`."""

import re
import secrets
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from zlib import crc32

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session, object_session

from curator.base.db import Sessions, reading
from curator.base.errors import (
    AlreadyThere,
    InputInvalid,
    LastAdmin,
    NotAllowed,
    NotFound,
    NotSignedIn,
    SignInRefused,
)
from curator.base.events import Action, record
from curator.base.invocation import curator_command
from curator.base.journal import UNKEPT
from curator.base.models.photos import Photo
from curator.base.models.settings import Setting
from curator.base.models.users import ROLES, SignIn, User, UserSource
from curator.base.passwords import fits, hash_password, is_current, require_good_password
from curator.base.tokens import revoke_tokens
from curator.base.visibility import BOUND_ROLES, sites_of

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}")
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # without characters that are easily confused
RATERS = ("admin", "annotator", "adjudicator")
ADJUDICATORS = ("admin", "adjudicator")
STUDY = "study"  # the setting that holds what the study states, its name among it


@dataclass(frozen=True)
class Account:
    id: int
    name: str
    role: str
    disabled: bool
    sites: tuple[str, ...] = ()  # the sources that it sees; none: all

    @property
    def is_bound(self) -> bool:
        """Tell whether it sees the photos of some sources alone."""
        return bool(self.sites)

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
    password_hash = _hash(sessions, name, password, min_chars)
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
        return account_of(user)


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
        return tuple(map(account_of, session.scalars(select(User).order_by(User.name))))


def set_password(
    sessions: Sessions, name: str, password: str, *, min_chars: int, actor: str
) -> Account:
    password_hash = _hash(sessions, name, password, min_chars)
    with sessions.begin() as session:
        user = named(session, name)
        user.password_hash = password_hash
        end_access(session, user, actor)
        record(session, actor, Action.PASSWORD_CHANGED, "user", user.id)
        return account_of(user)


def require_present_password(sessions: Sessions, name: str, present: str) -> str:
    """Raise InputInvalid unless this is the account's current password; return the hash that it fits."""
    try:
        return check_password(sessions, name, present)
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
    return groups_of_letters(max(4, -(-min_chars // 4)))


def groups_of_letters(groups: int) -> str:
    """Draw letters and digits, four in each group: 20 bits a group."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(groups))


def set_role(sessions: Sessions, name: str, role: str, *, actor: str) -> Account:
    """Change an account's role, except the last administrator's."""
    _check_role(role)
    with sessions.begin() as session:
        user = named(session, name)
        if role != "admin":
            _require_another_admin(session, user)
        if role not in BOUND_ROLES and sites_of(session, user):
            raise NotAllowed(
                "%(name)s sees some sources alone, and this role is to see the whole study: let them see all "
                "photos first.",
                name=user.name,
            )
        before = {"role": user.role}
        user.role = role
        if before["role"] != role:
            record(session, actor, Action.ROLE_CHANGED, "user", user.id, before, {"role": role})
        return account_of(user)


def set_sites(sessions: Sessions, name: str, sources: Iterable[str], *, actor: str) -> Account:
    """Let an account see the photos of these sources alone, or of all if there are none.

    Raises:
        InputInvalid: no photo is of that source.
        NotAllowed: the account's role is to see the whole study.
    """
    wanted = tuple(sorted({*sources}))
    with sessions.begin() as session:
        user = named(session, name)
        if wanted and user.role not in BOUND_ROLES:
            raise NotAllowed(
                "An account that sees some sources alone is an annotator or a viewer: change the role of "
                "%(name)s first.",
                name=user.name,
            )
        known = {*session.scalars(select(Photo.source).where(Photo.source.in_(wanted)).distinct())}
        if unknown := sorted({*wanted} - known):
            raise InputInvalid(
                "No photo has the source %(source)s: the gallery lists the sources.",
                source=", ".join(unknown),
            )
        before = sites_of(session, user)
        if before != wanted:
            for row in session.scalars(select(UserSource).filter_by(user_id=user.id)):
                if row.source not in wanted:
                    session.delete(row)
            new = {*wanted} - {*before}
            session.add_all(UserSource(user_id=user.id, source=source) for source in sorted(new))
            told = {"sources": [*before]}, {"sources": [*wanted]}
            record(session, actor, Action.SITES_SET, "user", user.id, *told)
        return account_of(user)


def set_disabled(sessions: Sessions, name: str, disabled: bool, *, actor: str) -> Account:
    """Disable or enable signing in to an account, except the last administrator's."""
    with sessions.begin() as session:
        user = named(session, name)
        if disabled:
            _require_another_admin(session, user)
        before = {"disabled": user.disabled}
        user.disabled = disabled
        if disabled:
            end_access(session, user, actor)
        action = Action.ACCOUNT_DISABLED if disabled else Action.ACCOUNT_ENABLED
        record(session, actor, action, "user", user.id, before, {"disabled": disabled})
        return account_of(user)


def account_named(sessions: Sessions, name: str) -> Account:
    with reading(sessions) as session:
        return account_of(named(session, name))


def all_sources(sessions: Sessions) -> tuple[str, ...]:
    """Return the sources that photos have."""
    with reading(sessions) as session:
        found = select(Photo.source).distinct().order_by(Photo.source)
        return tuple(filter(None, session.scalars(found)))


def has_accounts(sessions: Sessions) -> bool:
    with reading(sessions) as session:
        return session.scalar(select(User.id).limit(1)) is not None


def named(session: Session, name: str) -> User:
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


def check_password(sessions: Sessions, name: str, password: str) -> str:
    """Return the hash that the password fits; slow, so never inside a write transaction.

    Raises:
        NotSignedIn: it does not reveal which part was wrong, nor does the time it takes.
    """
    enabled = select(User.password_hash).filter_by(disabled=False)
    with reading(sessions) as session:
        password_hash = session.scalar(enabled.where(User.name == name_form(name)))
        old = enabled.where(User.password_hash.not_like("$argon2%"))
        are_old_ones_left = session.scalar(old.limit(1)) is not None
    is_right = fits(password_hash, password, are_old_ones_left=are_old_ones_left)
    if not is_right or password_hash is None:
        raise SignInRefused
    return password_hash


def renew_hash(sessions: Sessions, password_hash: str, password: str) -> str:
    """Store a password anew if its hash is of an earlier version; return the hash that it now has."""
    if is_current(password_hash):
        return password_hash
    new = hash_password(password)
    with sessions.begin() as session:
        kept = update(User).where(User.password_hash == password_hash)  # none if changed meanwhile
        session.execute(kept.values(password_hash=new), execution_options=UNKEPT)
    return new


def _hash(sessions: Sessions, name: str, password: str, min_chars: int) -> str:
    with reading(sessions) as session:
        stated = session.get(Setting, STUDY)
    of_study = str((stated.value if stated else {}).get("name", ""))
    guessed = [name, *re.split(r"[._-]", name), of_study, *of_study.split()]
    require_good_password(password, min_chars=min_chars, guessed=filter(None, guessed))
    return hash_password(password)


def end_access(session: Session, user: User, actor: str) -> None:
    """Sign an account out everywhere, and revoke its tokens."""
    revoke_tokens(session, user, actor)
    session.execute(delete(SignIn).filter_by(user_id=user.id))


def account_of(user: User) -> Account:
    """Return an account as a value, while its session is open."""
    session = object_session(user)
    sites = sites_of(session, user) if session else ()
    return Account(user.id, user.name, user.role, user.disabled, sites)
