"""The chain of hashes over the log: each event's link covers the event, its rows' versions and the link before.

The hashes are keyed: without the instance's key nobody can write an event that fits, nor guess from a hash
what was erased. What was erased leaves its hash, so that the links after it still fit.
"""

import hashlib
import hmac
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import bindparam, event, func, insert, select, update
from sqlalchemy.orm import Session, sessionmaker

from curator.base.events import Action, record
from curator.base.journal import (
    RECORDED,
    TABLES,
    TOUCHED,
    Columns,
    Key,
    key_from,
    key_text,
    notice_changes,
    present_rows,
    read_rows,
    touched_rows,
)
from curator.base.models.events import Event, RowVersion
from curator.base.visibility import whole_study

FIRST = ""  # the link before the first event
NOTHING_SAID = [None, None, None]  # before, after, reason
CURATOR = "curator"  # the actor where nobody asked for a change
READ_TOGETHER = 1000  # events


@dataclass(frozen=True)
class Head:
    """The last event and its link: whoever wrote it down can tell later whether the log was cut or rewritten."""

    event: int
    link: str


@dataclass(frozen=True)
class Erased:
    """The events and versions, by id, of which only the hashes are left."""

    events: frozenset[int]
    versions: frozenset[int]


@dataclass(frozen=True)
class Break:
    """Where the chain does not hold: an event, and of its rows' versions one or none.

    `what` is `content` if what it says was changed, `link` if it does not follow the event before it,
    `event` if a version has none.
    """

    event: int
    version: int | None
    what: str


def keep_chain(sessions: sessionmaker[Session], key: bytes) -> None:
    """Seal what each transaction did when it ends, whoever opened it."""
    notice_changes(sessions)
    event.listen(sessions, "before_commit", lambda session: _seal_if_changed(session, key))


def head(session: Session) -> Head | None:
    newest = select(Event.id, Event.link).where(Event.link.is_not(None)).order_by(Event.id.desc())
    row = session.execute(newest.limit(1)).first()
    return Head(row.id, row.link or "") if row else None


def begin_chain(session: Session, key: bytes, revision: str) -> None:
    """Seal the events of an earlier version, and keep the rows as they are where that is not known yet.

    For an upgrade, which may have given rows columns that their last versions lack.
    """
    _seal(session, key, {})
    changed = {
        (name, row_key): columns
        for name in TABLES
        for row_key, columns in _not_as_kept(session, name)
    }
    if changed:
        record(session, CURATOR, Action.UPGRADED, "instance", None, after={"revision": revision})
        session.flush()
        _seal(session, key, changed)


def _last_versions(session: Session, name: str) -> Iterator[RowVersion]:
    """Yield the last version of each row of a table."""
    last = (
        select(func.max(RowVersion.id))
        .where(RowVersion.table_name == name)
        .group_by(RowVersion.row_key)
    )
    versions = select(RowVersion).where(RowVersion.id.in_(last)).order_by(RowVersion.id)
    yield from session.scalars(versions.execution_options(yield_per=READ_TOGETHER))


def content_hash(key: bytes, content: Any) -> str:
    return _digest(key, ["content", content])


def fits(session: Session, key: bytes) -> bool:
    """Tell whether the log was written with this key, however much of it was altered since."""
    some = select(Event).where(Event.link.is_not(None)).order_by(Event.id)
    ends = (
        some.limit(READ_TOGETHER),
        some.order_by(None).order_by(Event.id.desc()).limit(READ_TOGETHER),
    )
    events = [each for end in ends for each in session.scalars(end)]
    return not events or any(each.content == content_hash(key, _said(each)) for each in events)


def breaks(session: Session, key: bytes) -> Iterator[Break]:
    """Yield where an event or a version differs from what its link says."""
    before, erased = FIRST, _erased(session)
    for some in _in_parts(session):
        versions = _versions_of(session, some)
        for each in some:
            its = versions.get(each.id, [])
            yield from _contents(key, each, its, erased)
            if each.link != _link(key, before, each, each.content, _bound(its)):
                yield Break(each.id, None, "link")
            before = each.link or FIRST
    loose = select(RowVersion).where(RowVersion.event_id.not_in(select(Event.id)))
    for version in session.scalars(loose):
        yield Break(version.event_id, version.id, "event")


def _seal_if_changed(session: Session, key: bytes) -> None:
    session.flush()
    if session.in_nested_transaction():  # a savepoint: its transaction is sealed as a whole
        return
    recorded = session.info.pop(RECORDED, False)
    if not recorded and TOUCHED not in session.info:
        return
    with whole_study():  # the log does not depend on who asks
        touched = touched_rows(session)
        present = present_rows(session, touched)
        changed = {row: present.get(row) for row in touched}
        _seal(session, key, _known_or_there(session, changed))
    session.info.pop(RECORDED, None)  # by the sealing itself


Changed = dict[tuple[str, Key], Columns | None]


def _known_or_there(session: Session, changed: Changed) -> Changed:
    """Leave out what is gone and was never kept, such as a row written and rolled back."""
    return {
        row: columns
        for row, columns in changed.items()
        if columns is not None or _is_known(session, *row)
    }


def _is_known(session: Session, name: str, key: Key) -> bool:
    last = select(RowVersion.content).where(
        RowVersion.table_name == name, RowVersion.row_key == key_text(key)
    )
    return session.scalar(last.limit(1)) is not None


def _seal(session: Session, key: bytes, changed: Changed) -> None:
    """Link the events that are not yet, the rows' versions with the last of them."""
    unsealed = select(Event).where(Event.link.is_(None)).order_by(Event.id)
    events = session.scalars(unsealed).all()
    if changed and not events:
        events = [record(session, CURATOR, Action.UPKEEP, "rows", None)]
        session.flush()
    if not events:
        return
    versions = [
        {
            "event_id": events[-1].id,
            "table_name": name,
            "row_key": key_text(row_key),
            "columns": columns,
            "content": content_hash(key, columns),
        }
        for (name, row_key), columns in changed.items()
    ]
    if versions:
        session.execute(insert(RowVersion), versions)
    session.connection().execute(_SEALING, _links(session, key, events, versions))
    for each in events:
        session.expire(each, ["content", "link"])


_SEALING = (
    update(Event.__table__)  # type: ignore[arg-type]
    .where(Event.__table__.c.id == bindparam("sealed"))
    .values(content=bindparam("content"), link=bindparam("link"))
)


def _links(
    session: Session, key: bytes, events: Sequence[Event], versions: Sequence[Columns]
) -> list[Columns]:
    earlier = select(Event.link).where(Event.id < events[0].id).order_by(Event.id.desc()).limit(1)
    link = session.scalar(earlier) or FIRST
    rows = []
    for each in events:
        content = content_hash(key, _said(each))
        bound = versions if each is events[-1] else ()
        its = [(v["table_name"], v["row_key"], v["content"]) for v in bound]
        link = _link(key, link, each, content, its)
        rows.append({"sealed": each.id, "content": content, "link": link})
    return rows


def _said(each: Event) -> list[Any]:
    return [each.before, each.after, each.reason]


def _link(
    key: bytes, before: str, each: Event, content: str | None, versions: Sequence[Sequence[str]]
) -> str:
    skeleton = [
        each.id,
        each.at.isoformat(),
        each.actor,
        each.action,
        each.subject,
        each.subject_id,
    ]
    return _digest(key, ["link", before, skeleton, content, [[*one] for one in versions]])


def _bound(versions: Sequence[RowVersion]) -> list[tuple[str, str, str]]:
    return [(each.table_name, each.row_key, each.content) for each in versions]


def _contents(
    key: bytes, each: Event, versions: Sequence[RowVersion], erased: Erased
) -> Iterator[Break]:
    if each.content != content_hash(key, _said(each)) and not (
        each.id in erased.events and _said(each) == NOTHING_SAID
    ):
        yield Break(each.id, None, "content")
    for version in versions:
        if version.content != content_hash(key, version.columns) and not (
            version.id in erased.versions and version.columns is None
        ):
            yield Break(each.id, version.id, "content")


def _erased(session: Session) -> Erased:
    """Return what the log itself says was erased; what else is blank was blanked by somebody."""
    told = session.scalars(select(Event.after).where(Event.action == Action.ERASED.value)).all()
    return Erased(
        frozenset(number for after in told for number in (after or {}).get("events", ())),
        frozenset(number for after in told for number in (after or {}).get("versions", ())),
    )


def _in_parts(session: Session) -> Iterator[Sequence[Event]]:
    last = 0
    while some := session.scalars(
        select(Event).where(Event.id > last).order_by(Event.id).limit(READ_TOGETHER)
    ).all():
        yield some
        last = some[-1].id
        session.expunge_all()


def _versions_of(session: Session, events: Sequence[Event]) -> dict[int, list[RowVersion]]:
    between = RowVersion.event_id.between(events[0].id, events[-1].id)
    rows = session.scalars(
        select(RowVersion).where(between).order_by(RowVersion.event_id, RowVersion.id)
    )
    return {event_id: [*its] for event_id, its in groupby(rows, key=lambda each: each.event_id)}


def _not_as_kept(session: Session, name: str) -> Iterator[tuple[Key, Columns | None]]:
    last = {version.row_key: version.columns for version in _last_versions(session, name)}
    for key, columns in read_rows(session, name):
        if last.pop(key_text(key), None) != columns:
            yield key, columns
    yield from ((key_from(gone), None) for gone, columns in last.items() if columns is not None)


def _digest(key: bytes, value: Any) -> str:
    """Return the keyed SHA-256 of a value in its one canonical form."""
    text = json.dumps(json.loads(json.dumps(value)), sort_keys=True, separators=(",", ":"))
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
