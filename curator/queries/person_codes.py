"""Codes of persons that are written alike, of which nobody has said whether they are one person."""

from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from curator.base.db import Sessions, reading
from curator.base.models.photos import Person, Photo
from curator.base.spelling import code_form

MOST_SHOWN = 6


@dataclass(frozen=True)
class CodedPerson:
    """A person by its code; `shown` are the first of its photos."""

    id: int
    code: str
    photos: int
    shown: tuple[int, ...]


def similar_codes(sessions: Sessions) -> tuple[CodedPerson, ...]:
    """Return the first persons whose codes are written alike, those with most photos first."""
    with reading(sessions) as session:
        for persons in _waiting(session):
            found = [_coded(session, person, photos) for person, photos in persons]
            return tuple(sorted(found, key=lambda person: (-person.photos, person.id)))
        return ()


def count_similar_codes(sessions: Sessions) -> int:
    """Return how many such groups wait for an answer."""
    with reading(sessions) as session:
        return len(_waiting(session))


def _waiting(session: Session) -> list[list[tuple[Person, int]]]:
    rows = (
        select(Person, func.count(Photo.id))
        .join(Photo, Photo.person_id == Person.id)
        .group_by(Person.id)
        .order_by(Person.id)
    )
    alike: dict[str, list[tuple[Person, int]]] = defaultdict(list)
    for person, photos in session.execute(rows):
        alike[code_form(person.code)].append((person, photos))
    return [
        persons
        for persons in alike.values()
        if len(persons) > 1 and not all(person.is_told_apart for person, _ in persons)
    ]


def _coded(session: Session, person: Person, photos: int) -> CodedPerson:
    ids = select(Photo.id).filter_by(person_id=person.id).order_by(Photo.id).limit(MOST_SHOWN)
    return CodedPerson(person.id, person.code, photos, tuple(session.scalars(ids)))
