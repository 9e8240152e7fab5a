"""The consent on record of persons and sources, for the page and the command that list it."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from curator.base.db import Sessions, reading
from curator.base.models.consents import ConsentRecord
from curator.base.models.photos import Person, Photo


@dataclass(frozen=True)
class ConsentRow:
    """What is recorded of a person or source; `state` is none where nothing is.

    `value` is a person's code, `#12` for the person in photo 12 who has no code, or a source; `photos`
    counts those of the code or source, or that one photo.
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
        by_person = {row.person_id: row for row in records if row.person_id is not None}
        by_source = {row.source: row for row in records if row.source is not None}
        persons = [
            _row("person", code, photos, by_person.get(number))
            for number, code, photos in _persons(session)
            if photos or number in by_person
        ]
        persons += [
            _row("person", f"#{row.photo_id}", 1, row)
            for row in records
            if row.photo_id is not None
        ]
        counts = _sources(session)
        sources = [
            _row("source", source, counts.get(source, 0), by_source.get(source))
            for source in sorted(counts.keys() | by_source.keys())
        ]
        return (*sorted(persons, key=lambda row: row.value), *sources)


def _persons(session: Session) -> list[tuple[int, str, int]]:
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
