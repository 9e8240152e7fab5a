"""Takes out of the log what it says of erased photos; the hashes stay, so that the chain still holds."""

import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    SQLColumnExpression,
    Text,
    bindparam,
    cast,
    func,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from curator.base.chain import veiled
from curator.base.events import Action
from curator.base.journal import TABLES, key_from, key_text
from curator.base.models.events import Event, RowVersion
from curator.copies.candidates import blocks

READ_TOGETHER = 5000  # rows
NAMED_AT_ONCE = 300  # ids in a query
WITH_PHOTO = tuple(name for name, table in TABLES.items() if "photo_id" in table.columns)
SIDES = ("photo_a_id", "photo_b_id")
OF_PAIRS = ("photo_pair", "duplicate_pair", "person_pair")
LONGEST_COMMON = (
    15  # characters: a longer text says whose it is wherever it stands, not just as a whole
)


@dataclass(frozen=True)
class Traced:
    """What the log may tell of: photos and persons by number, the persons' codes, and texts of them alone."""

    photos: frozenset[int]
    persons: frozenset[int]
    codes: frozenset[str]
    texts: frozenset[str]


@dataclass(frozen=True)
class Blanked:
    """The events and the rows' versions, by id, of which only the hashes are left."""

    events: tuple[int, ...]
    versions: tuple[int, ...]


def blank(session: Session, key: bytes, traced: Traced) -> Blanked:
    """Take out what was recorded before this transaction.

    Args:
        key: that of the chain of events.
    """
    session.flush()
    versions = _versions(session, traced)
    events = {*_events(session, traced)}
    if pattern := _pattern(traced.texts):
        kept = func.coalesce(cast(RowVersion.columns, Text), "") + RowVersion.row_key
        versions |= {*_mentioning(session, RowVersion.id, kept, pattern)}
        events |= {*_mentioning(session, Event.id, _all_said(), pattern)}
    for ids in blocks(sorted(events), NAMED_AT_ONCE):
        session.execute(
            update(Event).where(Event.id.in_(ids)).values(before=null(), after=null(), reason=None)
        )
    for ids in blocks(sorted(versions), NAMED_AT_ONCE):
        names = select(RowVersion.id, RowVersion.table_name, RowVersion.row_key)
        rows = session.execute(names.where(RowVersion.id.in_(ids))).all()
        session.connection().execute(
            _VEILING,
            [{"erased": row.id, "veil": veiled(key, row.table_name, row.row_key)} for row in rows],
        )
    return Blanked(tuple(sorted(events)), tuple(sorted(versions)))


_VEILING = (
    update(RowVersion.__table__)  # type: ignore[arg-type]
    .where(RowVersion.__table__.c.id == bindparam("erased"))
    .values(row_key=bindparam("veil"), columns=null())
)


def _versions(session: Session, traced: Traced) -> set[int]:
    """Return the versions of every row that any version shows to be of the photos or persons."""
    rows: defaultdict[str, set[str]] = defaultdict(set)
    rows["photo"] = {key_text((number,)) for number in traced.photos}
    rows["consent"] = _consents(session, traced)
    rows["person"] = {key_text((number,)) for number in traced.persons}
    for ids in blocks(sorted(traced.photos), NAMED_AT_ONCE):
        of_photo = RowVersion.columns["photo_id"].as_integer().in_(ids)
        sides = [RowVersion.columns[side].as_integer().in_(ids) for side in SIDES]
        of_pair = (RowVersion.table_name == "photo_pair") & or_(*sides)
        kept = select(RowVersion.table_name, RowVersion.row_key)
        either = or_(RowVersion.table_name.in_(WITH_PHOTO) & of_photo, of_pair)
        for name, key in session.execute(kept.where(either)):
            rows[name].add(key)
    for name in OF_PAIRS:
        rows[name] |= rows["photo_pair"]
    for keys in blocks([key_from(key)[0] for key in sorted(rows["rating"])], NAMED_AT_ONCE):
        of_rating = RowVersion.columns["rating_id"].as_integer().in_(keys)
        values = select(RowVersion.row_key).where(
            RowVersion.table_name == "rating_value", of_rating
        )
        rows["rating_value"] |= {*session.scalars(values)}
    return {
        found
        for name, keys in rows.items()
        for some in blocks(sorted(keys), NAMED_AT_ONCE)
        for found in session.scalars(
            select(RowVersion.id).where(RowVersion.table_name == name, RowVersion.row_key.in_(some))
        )
    }


def _consents(session: Session, traced: Traced) -> set[str]:
    """Return the keys of the records of the persons' consent, and of who is in the photos."""
    found: set[str] = set()
    for column, numbers in (("person_id", traced.persons), ("photo_id", traced.photos)):
        for ids in blocks(sorted(numbers), NAMED_AT_ONCE):
            of_them = RowVersion.columns[column].as_integer().in_(ids)
            keys = select(RowVersion.row_key).where(RowVersion.table_name == "consent", of_them)
            found |= {*session.scalars(keys)}
    return found


def _events(session: Session, traced: Traced) -> Iterator[int]:
    for ids in blocks(sorted(traced.photos), NAMED_AT_ONCE):
        of_photo = (Event.subject == "photo") & Event.subject_id.in_(ids)
        sides = (Event.after["photos"][place].as_integer().in_(ids) for place in (0, 1))
        of_pair = (Event.subject == "pair") & or_(*sides)
        pairs = select(Event.subject_id).where(of_pair)
        either = or_(of_photo, (Event.subject == "pair") & Event.subject_id.in_(pairs))
        yield from session.scalars(select(Event.id).where(either, Event.link.is_not(None)))
    consents = [key_from(key)[0] for key in sorted(_consents(session, traced))]
    for ids in blocks(consents, NAMED_AT_ONCE):
        of_them = (Event.subject == "consent") & Event.subject_id.in_(ids)
        yield from session.scalars(select(Event.id).where(of_them, Event.link.is_not(None)))
    told_apart = select(Event).where(Event.action == Action.CODES_TOLD_APART)
    for event in session.scalars(told_apart):
        if traced.codes & {*(event.after or {}).get("persons", ())}:
            yield event.id


def _pattern(texts: Collection[str]) -> re.Pattern[str] | None:
    """Return what finds a text in JSON: a long one wherever it stands, a short one as a whole value."""
    quoted = (json.dumps(text) for text in sorted(texts, key=len, reverse=True) if text)
    forms = [one[1:-1] if len(one) - 2 > LONGEST_COMMON else one for one in quoted]
    return re.compile("|".join(map(re.escape, forms))) if forms else None


def _mentioning(
    session: Session, number: InstrumentedAttribute[int], text: Any, pattern: re.Pattern[str]
) -> Iterator[int]:
    rows = session.execute(
        select(number, text).order_by(number).execution_options(yield_per=READ_TOGETHER)
    )
    return (found for found, said in rows if said and pattern.search(said))


def _all_said() -> SQLColumnExpression[Any]:
    """Return an event's texts, each in quotes as in JSON."""
    said = [cast(Event.before, Text), cast(Event.after, Text), '"' + Event.reason + '"']
    return func.coalesce(said[0], "") + func.coalesce(said[1], "") + func.coalesce(said[2], "")
