"""Freezing a state of the study with a signature, unlocking it, and proving that it is as signed."""

import hashlib
import hmac
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from curator.base.accounts import named, require_present_password
from curator.base.chain import Head, breaks, content_hash, fits, head, veiled
from curator.base.config import Config
from curator.base.db import Sessions, reading
from curator.base.errors import AlreadyThere, ChangedSince, InputInvalid, NotAllowed, NotFound
from curator.base.events import Action, record
from curator.base.frozen import RIGHTS, frozen_state
from curator.base.journal import (
    KEPT,
    TABLES,
    Columns,
    is_of_state,
    key_from,
    key_text,
    read_rows,
)
from curator.base.keys import chain_key
from curator.base.models.base import utc_now
from curator.base.models.events import Event, RowVersion
from curator.base.models.freezes import Freeze
from curator.base.models.users import User
from curator.base.reasons import one_line, require_reason
from curator.base.second_factor import require_code
from curator.custody.files import check_key
from curator.custody.findings import Finding, Kind, row_name
from curator.custody.records import Reader

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}")
READ_TOGETHER = 1000  # versions

Row = tuple[str, str]  # a table, and a row's key as the log stores it


@dataclass(frozen=True)
class Signature:
    """Who signs: an administrator who types the password again, and a code where the account asks for one."""

    account: str
    password: str
    code: str = ""


@dataclass(frozen=True)
class SignedState:
    """A freeze, as it stands or stood; `erasures` and `withdrawals` count what a person's right changed
    since, which voids nothing.
    """

    id: int
    name: str
    statement: str
    signed_by: str
    signed_at: datetime
    head: Head
    digest: str
    voided_by: str | None
    voided_at: datetime | None
    voided_because: str | None
    erasures: int
    withdrawals: int

    @property
    def is_void(self) -> bool:
        return self.voided_at is not None


@dataclass(frozen=True)
class FreezeProof:
    """Whether a state is as signed.

    Attributes:
        breaks: where the chain of events does not hold, counted.
        head_kept: the event that was the last one has the link that was signed.
        digest_fits: the log up to that event adds up to the digest that was signed.
        changed: rows that differ from the signed state, though nothing that was erased explains it; empty
            for a void freeze, after which the study may change.
        erased: rows that were erased since, or changed with what was, counted.
    """

    breaks: int
    head_kept: bool
    digest_fits: bool
    changed: tuple[Row, ...]
    erased: int

    @property
    def holds(self) -> bool:
        return not self.breaks and self.head_kept and self.digest_fits and not self.changed


def freeze_study(
    sessions: Sessions, key: bytes, name: str, statement: str, *, by: Signature
) -> SignedState:
    """Sign the present state of the study; it is read-only until an administrator unlocks it.

    Args:
        key: that of the chain of events.

    Raises:
        InputInvalid: the name, the statement, the password or the code is not as it must be.
        AlreadyThere: the study is frozen, or a freeze had this name.
        ChangedSince: rows are not as the log left them.
    """
    name, statement = _checked_name(name), one_line(statement)
    if not statement:
        raise InputInvalid("Say in one line what you sign, such as: Ratings are complete.")
    password_hash = _check_password(sessions, by)
    _require_as_logged(sessions)
    with sessions.begin() as session:
        signer = _signer(session, by, password_hash)
        if there := frozen_state(session):
            raise AlreadyThere("The study is frozen already, as %(name)s.", name=there.name)
        if session.scalar(select(Freeze.id).filter_by(name=name)):
            raise AlreadyThere(
                "A freeze was named %(name)s before: choose another name.", name=name
            )
        newest = head(session)
        if newest is None:
            raise ChangedSince("The log of changes is empty: run `init` first.")
        digest = _digest(key, _signed_rows(session, newest.event, key))
        made = Freeze(name=name, statement=statement, signed_by=signer.name, digest=digest)
        made.event, made.link = newest.event, newest.link
        session.add(made)
        session.flush()
        told: Columns = {"name": name, "statement": statement, "digest": digest}
        told |= {"event": newest.event, "link": newest.link}
        record(session, signer.name, Action.STUDY_FROZEN, "freeze", made.id, after=told)
        return _state(session, made)


def unlock_study(sessions: Sessions, reason: str, *, by: Signature) -> SignedState:
    """Void the freeze that stands, which stays in the record.

    Raises:
        ReasonMissing: no reason is given.
        InputInvalid: the password or the code is wrong.
        NotFound: the study is not frozen.
    """
    why = require_reason(reason, "unlocking")
    password_hash = _check_password(sessions, by)
    with sessions.begin() as session:
        signer = _signer(session, by, password_hash)
        stands = session.scalar(select(Freeze).where(Freeze.voided_at.is_(None)))
        if stands is None:
            raise NotFound("The study is not frozen.")
        stands.voided_by, stands.voided_at, stands.voided_because = signer.name, utc_now(), why
        told = {"name": stands.name}
        record(session, signer.name, Action.STUDY_UNLOCKED, "freeze", stands.id, told, reason=why)
        return _state(session, stands)


def list_freezes(sessions: Sessions) -> tuple[SignedState, ...]:
    """Return all freezes, newest first."""
    with reading(sessions) as session:
        rows = session.scalars(select(Freeze).order_by(Freeze.id.desc()))
        return tuple(_state(session, row) for row in rows)


def prove_freeze(sessions: Sessions, key: bytes, name: str = "") -> FreezeProof:
    """Compare the study with a signed state: that of the newest freeze, or of the named one.

    Raises:
        NotFound: there is no such freeze.
    """
    with reading(sessions) as session:
        wanted = select(Freeze).order_by(Freeze.id.desc()).limit(1)
        signed = session.scalar(wanted.where(Freeze.name == name) if name else wanted)
        if signed is None:
            raise NotFound("The study was never frozen, or not by that name: `freezes` lists all.")
        return _proof(session, key, signed, sum(1 for _ in breaks(session, key)))


def check_freezes(reader: Reader, config: Config) -> Iterator[Finding]:
    """Compare each signed state with the log, and the one that stands with the data."""
    if any(check_key(config)):
        return  # told where the key is examined
    key = chain_key(config)
    with Session(reader.connection) as session:
        if not fits(session, key):
            return  # told where the chain is
        for signed in session.scalars(select(Freeze).order_by(Freeze.id)).all():
            proof = _proof(session, key, signed)
            if not (proof.head_kept and proof.digest_fits):
                says = "The log no longer adds up to what was signed."
                yield Finding(Kind.FREEZE_BROKEN, f"freeze {signed.id}", says)
            for name, row_key in proof.changed:
                columns = TABLES[name].primary_key.columns.keys()
                about = row_name(name, dict(zip(columns, key_from(row_key), strict=True)))
                says = f"It is not as it was signed as {signed.name}."
                yield Finding(Kind.FREEZE_BROKEN, about, says)


def _proof(session: Session, key: bytes, signed: Freeze, broken: int = 0) -> FreezeProof:
    kept = session.scalar(select(Event.link).where(Event.id == signed.event)) == signed.link
    rows = _signed_rows(session, signed.event, key)
    fits = hmac.compare_digest(_digest(key, rows), signed.digest)
    stands = signed.voided_at is None
    changed, erased = _changed(session, key, signed.event, rows) if stands else ((), 0)
    return FreezeProof(broken, kept, fits, changed, erased)


def _checked_name(name: str) -> str:
    name = name.strip()
    if not NAME.fullmatch(name):
        raise InputInvalid(
            "A freeze's name has 1 to 32 letters, digits, dots, dashes or underscores, such as 1.0."
        )
    return name


def _check_password(sessions: Sessions, by: Signature) -> str:
    """Return the hash that the password fits; slow, so before the transaction."""
    return require_present_password(sessions, by.account, by.password)


def _signer(session: Session, by: Signature, password_hash: str) -> User:
    """Return the administrator who signs, looked up again in case the account changed since the check."""
    user = named(session, by.account)
    if user.role != "admin" or user.disabled:
        raise NotAllowed("This is for administrators.")
    if user.password_hash != password_hash:
        raise InputInvalid("The current password is wrong: type it again.")
    require_code(session, user, by.code)
    return user


def _require_as_logged(sessions: Sessions) -> None:
    """Raise ChangedSince if a row is not as the log left it: the log is what is signed."""
    with reading(sessions) as session:
        for name in _tables():
            logged = {v.row_key: v.columns for v in _last_versions(session, name)}
            for key, columns in _present(session, name):
                if not _says(name, logged.pop(key, None), columns):
                    raise _not_as_logged(name, key)
            for gone, kept in logged.items():
                if kept is not None and is_of_state(name, key_from(gone)):
                    raise _not_as_logged(name, gone)


def _not_as_logged(name: str, key: str) -> ChangedSince:
    return ChangedSince(
        "%(row)s is not as the log of changes left it: run `doctor` before you freeze the study.",
        row=f"{name} {key}",
    )


def _signed_rows(session: Session, event: int, key: bytes) -> dict[Row, RowVersion]:
    """Return the versions of the rows that were there when an event was the last one."""
    gone = content_hash(key, None)
    return {
        (name, version.row_key): version
        for name in _tables()
        for version in _last_versions(session, name, event)
        if version.content != gone and is_of_state(name, key_from(version.row_key))
    }


def _digest(key: bytes, rows: dict[Row, RowVersion]) -> str:
    """Return the keyed hash over the hashes of all rows, which outlive what is erased of them."""
    made = hmac.new(key, b"state", hashlib.sha256)
    veiled_rows = {
        (name, veiled(key, name, row_key)): version for (name, row_key), version in rows.items()
    }
    for row, version in sorted(veiled_rows.items(), key=lambda each: each[0]):
        made.update(json.dumps([*row, version.content]).encode() + b"\n")
    return made.hexdigest()


def _changed(
    session: Session, key: bytes, event: int, rows: dict[Row, RowVersion]
) -> tuple[tuple[Row, ...], int]:
    """Return the rows that are not as signed, and how many of these an erasure explains."""
    left, differing = dict(rows), []
    for name in _tables():
        for row_key, columns in _present(session, name):
            signed = left.pop((name, row_key), None)
            if signed is None or not _is_as_signed(key, name, signed, columns):
                differing.append((name, row_key))
    differing += left  # which are gone
    explained = _erased_since(session, event)
    changed = tuple(row for row in differing if row not in explained)
    return changed, len(differing) - len(changed)


def _is_as_signed(key: bytes, name: str, signed: RowVersion, columns: Columns) -> bool:
    if signed.columns is None:  # erased: only its hash is left
        return signed.content == content_hash(key, columns)
    return _says(name, signed.columns, columns)


def _says(name: str, kept: Columns | None, columns: Columns) -> bool:
    """Tell whether a row is as a version; a later version of the program may know more columns."""
    compared = columns.keys() - KEPT[name].carried
    return kept is not None and all(
        columns[column] == kept[column] for column in compared if column in kept
    )


def _erased_since(session: Session, event: int) -> set[Row]:
    """Return the rows that transactions changed since an event which recorded an erasure or a withdrawal."""
    told = select(Event.id).where(Event.id > event, Event.action.in_(RIGHTS))
    found: set[Row] = set()
    for erasure in session.scalars(told).all():
        # A transaction's versions are kept with its last event.
        last = select(func.min(RowVersion.event_id)).where(RowVersion.event_id >= erasure)
        versions = select(RowVersion.table_name, RowVersion.row_key)
        rows = session.execute(versions.where(RowVersion.event_id == last.scalar_subquery()))
        found |= {(name, row_key) for name, row_key in rows}
    return found


def _last_versions(session: Session, name: str, event: int | None = None) -> Iterator[RowVersion]:
    """Yield the last version of each row of a table, or the last one until an event."""
    last = select(func.max(RowVersion.id)).where(RowVersion.table_name == name)
    if event is not None:
        last = last.where(RowVersion.event_id <= event)
    versions = select(RowVersion).where(RowVersion.id.in_(last.group_by(RowVersion.row_key)))
    yield from session.scalars(versions.execution_options(yield_per=READ_TOGETHER))


def _present(session: Session, name: str) -> Iterator[tuple[str, Columns]]:
    for row_key, columns in read_rows(session, name):
        if is_of_state(name, row_key):
            yield key_text(row_key), columns


def _tables() -> Iterator[str]:
    return (name for name in TABLES if KEPT[name].is_of_state)


def _state(session: Session, row: Freeze) -> SignedState:
    def since(action: Action) -> int:
        told = select(func.count(Event.id)).where(Event.id > row.event, Event.action == action)
        return session.scalar(told) or 0

    return SignedState(
        id=row.id,
        name=row.name,
        statement=row.statement,
        signed_by=row.signed_by,
        signed_at=row.signed_at,
        head=Head(row.event, row.link),
        digest=row.digest,
        voided_by=row.voided_by,
        voided_at=row.voided_at,
        voided_because=row.voided_because,
        erasures=since(Action.ERASED),
        withdrawals=since(Action.CONSENT_WITHDRAWN),
    )
