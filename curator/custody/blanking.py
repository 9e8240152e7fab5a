"""Takes out of the log what it says of erased photos; the hashes stay, so that the chain still holds."""

import json
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, ScalarResult, SQLColumnExpression, Text, cast, func, null, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from curator.base.events import Action
from curator.base.journal import TABLES, key_from, key_text
from curator.base.models.events import Event, RowVersion

T = TypeVar("T")
READ_TOGETHER = 5000  # rows
NAMED_AT_ONCE = 300  # ids in a query
WITH_PHOTO = tuple(name for name, table in TABLES.items() if "photo_id" in table.columns)
OF_PAIRS = ("photo_pair", "duplicate_pair", "person_pair")
LONGEST_COMMON = 15  # characters: a longer text says whose it is wherever it stands, not just as a whole


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


def blank(session: Session, traced: Traced) -> Blanked:
    """Take out what was recorded before this transaction."""
    session.flush()
    versions = {*_versions(session, traced)}
    events = {*_events(session, traced)}
    if pattern := _pattern(traced.texts):
        versions |= {*_mentioning(session, RowVersion.id, cast(RowVersion.columns, Text), pattern)}
        events |= {*_mentioning(session, Event.id, _all_said(), pattern)}
    for ids in _parts(sorted(events)):
        session.execute(
            update(Event).where(Event.id.in_(ids)).values(before=null(), after=null(), reason=None)
        )
    for ids in _parts(sorted(versions)):
        session.execute(update(RowVersion).where(RowVersion.id.in_(ids)).values(columns=null()))
    return Blanked(tuple(sorted(events)), tuple(sorted(versions)))


def _versions(session: Session, traced: Traced) -> Iterator[int]:
    pairs, ratings = set(), set()
    for ids in _parts(sorted(traced.photos)):
        yield from _found(session, RowVersion.table_name == "photo", _keyed(ids))
        of_photo = RowVersion.columns["photo_id"].as_integer().in_(ids)
        yield from _found(session, RowVersion.table_name.in_(WITH_PHOTO), of_photo)
        rows = session.scalars(
            select(RowVersion.row_key).where(RowVersion.table_name == "rating", of_photo)
        )
        ratings |= {*rows}
        pairs |= {*session.scalars(select(RowVersion.row_key).where(*_of_pair(ids)))}
    for ids in _parts(sorted(traced.persons)):
        yield from _found(session, RowVersion.table_name == "person", _keyed(ids))
    for keys in _parts(sorted(pairs)):
        yield from _found(
            session, RowVersion.table_name.in_(OF_PAIRS), RowVersion.row_key.in_(keys)
        )
    for keys in _parts(sorted(ratings)):
        ids = [key for (key,) in map(key_from, keys)]
        of_rating = RowVersion.columns["rating_id"].as_integer().in_(ids)
        yield from _found(session, RowVersion.table_name == "rating_value", of_rating)


def _of_pair(ids: Sequence[int]) -> tuple[ColumnElement[bool], ...]:
    sides = (RowVersion.columns[side].as_integer() for side in ("photo_a_id", "photo_b_id"))
    return RowVersion.table_name == "photo_pair", or_(*(side.in_(ids) for side in sides))


def _found(session: Session, *conditions: ColumnElement[bool]) -> ScalarResult[int]:
    return session.scalars(select(RowVersion.id).where(*conditions, _says(RowVersion.columns)))


def _events(session: Session, traced: Traced) -> Iterator[int]:
    for ids in _parts(sorted(traced.photos)):
        of_photo = (Event.subject == "photo") & Event.subject_id.in_(ids)
        sides = (Event.after["photos"][place].as_integer().in_(ids) for place in (0, 1))
        of_pair = (Event.subject == "pair") & or_(*sides)
        pairs = select(Event.subject_id).where(of_pair)
        either = or_(of_photo, (Event.subject == "pair") & Event.subject_id.in_(pairs))
        yield from session.scalars(select(Event.id).where(either, Event.link.is_not(None)))
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


def _says(column: SQLColumnExpression[Any]) -> ColumnElement[bool]:
    return cast(column, Text) != "null"


def _keyed(ids: Sequence[int]) -> ColumnElement[bool]:
    return RowVersion.row_key.in_([key_text((number,)) for number in ids])


def _parts(all_: Sequence[T]) -> Iterator[Sequence[T]]:
    return (all_[start : start + NAMED_AT_ONCE] for start in range(0, len(all_), NAMED_AT_ONCE))
