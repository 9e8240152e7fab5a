"""The consent on record of persons and sources, for the page and the command that list it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from curator.base.db import Sessions, reading
from curator.base.models.consents import ConsentRecord
from curator.base.models.photos import Person, Photo
from curator.photos.consented import person_records


@dataclass(frozen=True)
class ConsentRow:
    """What is recorded of a person or source; `state` is none where nothing is.

    `value` is a person's code, `#12` for the person in photo 12 who has no code, or a source; `photos`
    counts those of the code or source, or of that person.
    """

    kind: str
    value: str
    photos: int
    state: str = "none"
    document: str = ""
    dated: date | None = None
    scope: str = ""
    is_recorded: bool = False


def consent_rows(sessions: Sessions) -> tuple[ConsentRow, ...]:
    """Return all persons with a code or a record, then all sources, each by name."""
    with reading(sessions) as session:
        records = session.scalars(select(ConsentRecord)).all()
        by_source = {row.source: row for row in records if row.source is not None}
        counts = _sources(session)
        sources = [
            _row("source", source, counts.get(source, 0), by_source.get(source))
            for source in sorted(counts.keys() | by_source.keys())
        ]
        persons = sorted(_persons(session, records), key=lambda row: row.value)
        return (*persons, *sources)


def _persons(session: Session, records: Sequence[ConsentRecord]) -> Iterator[ConsentRow]:
    """Yield each code with the record that counts for its person, and persons who have no code."""
    found = person_records(session, records)
    by_code = {row.person_id: row for row in records if row.person_id is not None}
    for number, code, photos in _codes(session):
        record = found.of_class.get(found.coded.get(number, 0)) or by_code.get(number)
        if photos or record:
            yield _row("person", code, photos, record)
    photos_of = Counter(found.class_of.values())
    for place in found.of_class.keys() - found.coded.values():
        record = found.of_class[place]
        yield _row("person", f"#{record.photo_id}", photos_of[place], record)


def _codes(session: Session) -> list[tuple[int, str, int]]:
    rows = select(Person.id, Person.code, func.count(Photo.id))
    rows = rows.outerjoin(Photo, Photo.person_id == Person.id).group_by(Person.id, Person.code)
    return [(number, code, photos) for number, code, photos in session.execute(rows)]


def _sources(session: Session) -> dict[str, int]:
    rows = select(Photo.source, func.count(Photo.id)).where(Photo.source != "")
    return {source: photos for source, photos in session.execute(rows.group_by(Photo.source))}  # noqa: C416


def _row(kind: str, value: str, photos: int, record: ConsentRecord | None) -> ConsentRow:
    if record is None:
        return ConsentRow(kind, value, photos)
    said = (record.state, record.document, record.dated, record.scope)
    return ConsentRow(kind, value, photos, *said, is_recorded=True)
