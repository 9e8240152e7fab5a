"""Codes of persons that are written alike: asked about, taken for one person, or kept apart."""

from collections import defaultdict
from collections.abc import Collection
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from curator.base.db import Sessions
from curator.base.errors import AlreadyThere, DecisionContradicts, InputInvalid
from curator.base.events import Action, ids_of, record
from curator.base.models.events import Event
from curator.base.models.pairs import PhotoPair
from curator.base.models.photos import Person, Photo
from curator.base.spelling import code_form
from curator.photos.consents import join_consents


class SimilarCodes(StrEnum):
    """What to do with a new code that differs from another in case, spaces or Unicode form only."""

    ASK = "ask"
    SAME = "same"
    APART = "apart"


class PersonCodes:
    """The codes in the collection, and those met in a table so far."""

    def __init__(self, session: Session, similar: SimilarCodes) -> None:
        self.similar = similar
        self.met: dict[str, list[str]] = defaultdict(list)
        for code in session.scalars(select(Person.code).order_by(Person.id)):
            self.met[code_form(code)].append(code)

    def read(self, code: str) -> str:
        """Return the code to store.

        Raises:
            InputInvalid: it is written like another, and nobody said whether they are one person.
        """
        if not code:
            return ""
        alike = self.met[code_form(code)]
        if code in alike:
            return code
        if not code_form(code):
            raise InputInvalid("the person's code %(code)r has no visible character", code=code)
        if alike and self.similar is SimilarCodes.ASK:
            raise InputInvalid(
                "the person %(code)r is written like %(other)r: write both the same way, or say "
                "with --similar-codes whether they are one person (same) or two (apart)",
                code=code,
                other=alike[0],
            )
        if alike and self.similar is SimilarCodes.SAME:
            return alike[0]
        alike.append(code)
        return code


def set_person(session: Session, photo_id: int, code: str, actor: str) -> bool:
    """Set a photo's person by a code, which may be new; return whether that changed anything."""
    person = session.scalar(select(Person).where(Person.code == code)) or _new_person(session, code)
    photo = session.get_one(Photo, photo_id)
    if photo.person_id == person.id:
        return False
    write_person(session, photo, person.id, actor)
    return True


def write_person(session: Session, photo: Photo, person_id: int | None, actor: str) -> Event:
    before = {"person": photo.person_id}
    photo.person_id = person_id
    after = {"person": person_id}
    return record(session, actor, Action.PERSON_SET, "photo", photo.id, before, after)


def join_codes(
    sessions: Sessions, person_id: int, others: Collection[int], *, actor: str
) -> tuple[int, ...]:
    """Give all photos of other persons to one; return the events by which that is undone.

    Raises:
        DecisionContradicts: photos of two of them were decided to show different people.
    """
    with sessions.begin() as session:
        persons = _require_alike(session, {person_id, *others})
        _refuse_different(session, persons)
        rows = select(Photo).where(Photo.person_id.in_(set(persons) - {person_id}))
        photos = session.scalars(rows.order_by(Photo.id).with_for_update())
        events = [write_person(session, photo, person_id, actor) for photo in photos]
        session.flush()
        events += join_consents(session, person_id, set(persons) - {person_id}, actor)
        return ids_of(session, events)


def tell_codes_apart(sessions: Sessions, person_ids: Collection[int], *, actor: str) -> None:
    """Record that codes that are written alike stand for different persons."""
    with sessions.begin() as session:
        persons = _require_alike(session, person_ids)
        for person in persons.values():
            person.is_told_apart = True
        codes = {"persons": sorted(person.code for person in persons.values())}
        record(session, actor, Action.CODES_TOLD_APART, "person", min(persons), after=codes)


def told_apart(session: Session, codes: Collection[str]) -> bool:
    """Tell whether these persons' codes are there and are told apart."""
    rows = session.scalars(select(Person.is_told_apart).where(Person.code.in_(codes))).all()
    return len(rows) == len(codes) and all(rows)


def ask_codes_again(session: Session, codes: Collection[str], actor: str) -> Event:
    """Ask again whether codes that are written alike stand for one person."""
    persons = session.scalars(select(Person).where(Person.code.in_(codes))).all()
    for person in persons:
        person.is_told_apart = False
    first = min(person.id for person in persons)
    told = {"persons": sorted(codes)}
    return record(session, actor, Action.CODES_ASKED_AGAIN, "person", first, told)


def _new_person(session: Session, code: str) -> Person:
    """Add a person; where others' codes are written alike, they are told apart by this."""
    rows = session.scalars(select(Person))
    alike = [person for person in rows if code_form(person.code) == code_form(code)]
    person = Person(code=code, is_told_apart=bool(alike))
    for other in alike:
        other.is_told_apart = True
    session.add(person)
    session.flush()
    return person


def _require_alike(session: Session, person_ids: Collection[int]) -> dict[int, Person]:
    persons = {
        row.id: row for row in session.scalars(select(Person).where(Person.id.in_(person_ids)))
    }
    if len(persons) < 2 or len({code_form(person.code) for person in persons.values()}) > 1:
        raise AlreadyThere("These codes are no longer there: reload the page.")
    return persons


def _refuse_different(session: Session, persons: Collection[int]) -> None:
    first, second = aliased(Photo), aliased(Photo)
    different = (
        select(PhotoPair.photo_a_id, PhotoPair.photo_b_id)
        .join(first, first.id == PhotoPair.photo_a_id)
        .join(second, second.id == PhotoPair.photo_b_id)
        .where(PhotoPair.decision == "different")
        .where(first.person_id.in_(persons), second.person_id.in_(persons))
    )
    if found := session.execute(different.limit(1)).first():
        raise DecisionContradicts(
            "Photos No. %(one)s and %(other)s are known to show different people: undo that "
            "decision first, or keep the codes apart.",
            one=found[0],
            other=found[1],
        )
