"""The second factor: codes of an authenticator app (TOTP, RFC 6238), and recovery codes that stand in for it."""

import hashlib
import hmac
from base64 import b32encode
from time import time

import pyotp
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from curator.base.accounts import groups_of_letters, named
from curator.base.db import Sessions, reading
from curator.base.errors import AlreadyThere, InputInvalid, NotAllowed, NotFound, NotSignedIn
from curator.base.events import Action, record
from curator.base.models.base import utc_now
from curator.base.models.settings import Setting
from curator.base.models.users import RecoveryCode, SecondFactor, SignIn, User
from curator.base.sign_ins import (
    DEMAND,
    DEMANDED_OF,
    NOBODY,
    demanded_of,
    open_sign_in,
    token_hash,
)

ISSUER = "Malar"
STEP_S = 30
STEPS_OFF = 1  # that a phone's clock may be early or late, as RFC 6238 advises
MOST_WRONG = 5  # codes of one sign-in, after which the password is asked for again
RECOVERY_CODES = 10
GROUPS = 4  # of four letters: 79 bits


def _wrong_code() -> InputInvalid:
    return InputInvalid(
        "The code is wrong, or it was used already: wait for the next one, and check the phone's clock."
    )


def offered_secret(key: str, token: str) -> str:
    """Return the secret that a sign-in's set-up page shows: the same each time it is opened, stored nowhere."""
    digest = hmac.new(key.encode(), f"second factor {token}".encode(), hashlib.sha256).digest()
    return b32encode(digest[:20]).decode()  # 160 bits, as RFC 4226 recommends


def address_of(secret: str, name: str) -> str:
    """Return what an authenticator app reads from the QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=ISSUER)


def turn_on(
    sessions: Sessions, account_id: int, secret: str, code: str, *, token: str
) -> list[str]:
    """Turn a second factor on, given a code of it; return the recovery codes, which are shown once.

    Other browsers are signed out. Tokens of programs go on working.
    """
    step = _step_of(secret, code, after=0)
    if step is None:
        raise _wrong_code()
    with sessions.begin() as session:
        user = _user(session, account_id)
        if session.get(SecondFactor, account_id):
            raise AlreadyThere("A second factor is on already: reload the page.")
        session.add(SecondFactor(user_id=account_id, secret=secret, last_step=step))
        others = delete(SignIn).where(SignIn.user_id == account_id)
        session.execute(others.where(SignIn.token_hash != token_hash(token)))
        record(session, user.name, Action.SECOND_FACTOR_ON, "user", user.id)
        return _new_codes(session, account_id)


def turn_off(sessions: Sessions, account_id: int) -> None:
    """Turn one's own second factor off, unless it is demanded."""
    with sessions.begin() as session:
        user = _user(session, account_id)
        if demanded_of(session, user.role):
            raise NotAllowed("A second factor is demanded of your account.")
        if _remove(session, account_id):
            record(session, user.name, Action.SECOND_FACTOR_OFF, "user", user.id)


def renew_codes(sessions: Sessions, account_id: int) -> list[str]:
    """Replace the recovery codes; return the new ones."""
    with sessions.begin() as session:
        user = _user(session, account_id)
        if session.get(SecondFactor, account_id) is None:
            raise NotFound("No second factor is on: turn it on first.")
        record(session, user.name, Action.RECOVERY_CODES_MADE, "user", user.id)
        return _new_codes(session, account_id)


def codes_left(sessions: Sessions, account_id: int) -> int:
    """Count the recovery codes that are left."""
    with reading(sessions) as session:
        return _count_codes(session, account_id)


def give_code(sessions: Sessions, token: str, code: str, *, hours: int) -> str:
    """Complete a sign-in that awaits a code; return its new token.

    Raises:
        InputInvalid: the code is wrong, or was used.
        NotSignedIn: too many were wrong, or it took too long: the password is asked for again.
    """
    over = NotSignedIn("Sign in again: that took too long, or too many codes were wrong.")
    with sessions.begin() as session:
        row = session.get(SignIn, token_hash(token), with_for_update=True)
        user = session.get(User, row.user_id) if row else None
        if row is None or user is None or row.until < utc_now() or user.disabled:
            raise over
        if _accept(session, user, code):
            session.delete(row)
            return open_sign_in(session, user.id, minutes=60 * hours)
        row.wrong_codes += 1
        ended = row.wrong_codes >= MOST_WRONG
        if ended:
            session.delete(row)
            record(session, user.name, Action.CODES_REFUSED, "user", user.id)
    raise over if ended else _wrong_code()


def reset_second_factor(sessions: Sessions, name: str, *, actor: str) -> None:
    """Remove somebody's second factor, who lost the phone, and sign them out everywhere."""
    with sessions.begin() as session:
        user = named(session, name)
        if not _remove(session, user.id):
            raise NotFound("%(name)s has no second factor.", name=user.name)
        session.execute(delete(SignIn).filter_by(user_id=user.id))
        record(session, actor, Action.SECOND_FACTOR_RESET, "user", user.id)


def names_with_second_factor(sessions: Sessions) -> frozenset[str]:
    """Return the names of the accounts that have one."""
    with reading(sessions) as session:
        rows = select(User.name).join(SecondFactor, SecondFactor.user_id == User.id)
        return frozenset(session.scalars(rows))


def read_demand(sessions: Sessions) -> str:
    """Return of whom a second factor is demanded: nobody, admins or all."""
    with reading(sessions) as session:
        row = session.get(Setting, DEMAND)
        return str(row.value) if row else NOBODY


def demand_of(sessions: Sessions, whom: str, *, actor: str) -> None:
    """Demand a second factor of nobody, of administrators, or of all."""
    if whom not in DEMANDED_OF:
        raise InputInvalid(
            "A second factor is demanded of one of %(whom)s.", whom=", ".join(DEMANDED_OF)
        )
    with sessions.begin() as session:
        row = session.get(Setting, DEMAND)
        before = row.value if row else NOBODY
        if before != whom:
            session.merge(Setting(name=DEMAND, value=whom))
            told = {"demanded_of": before}, {"demanded_of": whom}
            record(session, actor, Action.SECOND_FACTOR_DEMANDED, "project", 0, *told)


def _accept(session: Session, user: User, code: str) -> bool:
    """Tell whether a code is right, and use it up."""
    factor = session.get(SecondFactor, user.id, with_for_update=True)
    if factor is None:  # turned off meanwhile: the sign-in needs no code
        return False
    step = _step_of(factor.secret, code, after=factor.last_step)
    if step is not None:
        factor.last_step = step
        return True
    kept = session.get(RecoveryCode, _hash(code))
    if kept is None or kept.user_id != user.id:
        return False
    session.delete(kept)
    session.flush()
    left = {"left": _count_codes(session, user.id)}
    record(session, user.name, Action.RECOVERY_CODE_USED, "user", user.id, after=left)
    return True


def _step_of(secret: str, typed: str, *, after: int) -> int | None:
    """Return the time step of a code, or None if it is none of those that may be given now."""
    code, totp = "".join(typed.split()), pyotp.TOTP(secret, interval=STEP_S)
    now = int(time()) // STEP_S
    for step in range(max(after + 1, now - STEPS_OFF), now + STEPS_OFF + 1):
        if hmac.compare_digest(totp.generate_otp(step).encode(), code.encode()):
            return step
    return None


def _new_codes(session: Session, account_id: int) -> list[str]:
    session.execute(delete(RecoveryCode).filter_by(user_id=account_id))
    codes = [groups_of_letters(GROUPS) for _ in range(RECOVERY_CODES)]
    session.add_all(RecoveryCode(user_id=account_id, code_hash=_hash(code)) for code in codes)
    return codes


def _remove(session: Session, account_id: int) -> bool:
    """Remove a second factor with its codes; tell whether there was one."""
    factor = session.get(SecondFactor, account_id)
    session.execute(delete(RecoveryCode).filter_by(user_id=account_id))
    if factor is not None:
        session.delete(factor)
    return factor is not None


def _count_codes(session: Session, account_id: int) -> int:
    counted = select(func.count(RecoveryCode.code_hash)).filter_by(user_id=account_id)
    return session.scalar(counted) or 0


def _user(session: Session, account_id: int) -> User:
    user = session.get(User, account_id)
    if user is None or user.disabled:
        raise NotFound("This account does not exist or is disabled.")
    return user


def _hash(code: str) -> str:
    """Hash a recovery code, however its letters and groups were typed: 79 bits need no slow hash."""
    letters = "".join(character for character in code.casefold() if character.isalnum())
    return hashlib.sha256(letters.encode()).hexdigest()
