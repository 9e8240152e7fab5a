"""Records the consent of persons and sources; a withdrawal excludes their photos in the same transaction."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from curator.base.consent import SCOPES, STATES, Consent
from curator.base.db import Sessions, unused_id
from curator.base.errors import ChangedSince, InputInvalid, NotFound
from curator.base.events import Action, highest_subject, ids_of, record
from curator.base.models.consents import ConsentRecord
from curator.base.models.events import Event
from curator.base.models.photos import Batch, Person, Photo
from curator.base.reach import Scope, reach_of
from curator.base.spelling import code_form
from curator.pairs.decisions import settle_copies
from curator.photos.exclusion import write_exclusion
from curator.photos.reasons import WITHDRAWN_BY_PERSON, WITHDRAWN_BY_SOURCE

LONGEST_DOCUMENT = 200  # characters
KINDS = ("person", "source")
# How far exclusions reach, from near to far; a withdrawal does not replace what reaches as far.
REACHES = (None, Scope.FILE.value, Scope.CONTENT.value, Scope.PERSON.value)
Facts = dict[str, Any]


class Whose(NamedTuple):
    """Whose consent: `kind` is one of KINDS, `value` a person's code, `#12` for who is in photo 12, or a source."""

    kind: str
    value: str


@dataclass(frozen=True)
class Word:
    """What somebody said: `document` is a reference such as a form's number, `dated` the day it was said on."""

    state: str
    document: str = ""
    dated: date | None = None
    scope: str = ""


@dataclass(frozen=True)
class Recorded:
    """The events by which an act is undone, and the photos that it excluded by themselves."""

    events: tuple[int, ...]
    excluded: tuple[int, ...]


def set_consent(sessions: Sessions, whose: Whose, word: Word, *, actor: str) -> Recorded:
    """Record a person's or a source's consent, in place of what they said before.

    A withdrawal excludes their photos, also while the study is frozen. Photos stay excluded when
    consent is given again: somebody includes them.

    Raises:
        InputInvalid: the state, scope, date or document is not as it must be.
        NotFound: there is no such person or source.
    """
    return set_consents(sessions, [(whose, word)], actor=actor)


def set_consents(
    sessions: Sessions, words: Iterable[tuple[Whose, Word]], *, actor: str
) -> Recorded:
    """Record several, all or none; errors as `set_consent`."""
    checked = [(whose, checked_word(word)) for whose, word in words]
    with sessions.begin() as session:
        events = [
            event
            for whose, word in checked
            for row in _rows(session, whose)
            for event in _write(session, row, word, actor)
        ]
        return _recorded(session, events)


def checked_word(word: Word, today: date | None = None) -> Word:
    """Return what is to be stored; a withdrawal without a date is of today."""
    today = today or date.today()
    document = " ".join(word.document.split())
    if word.state not in STATES:
        raise InputInvalid("The state must be one of %(allowed)s.", allowed=", ".join(STATES))
    if len(document) > LONGEST_DOCUMENT:
        raise InputInvalid(
            "The document's name is too long: use at most %(most)s characters.",
            most=LONGEST_DOCUMENT,
        )
    if word.scope and word.scope not in SCOPES:
        raise InputInvalid("The scope must be one of %(allowed)s.", allowed=", ".join(SCOPES))
    if word.scope and word.state != "given":
        raise InputInvalid("Only consent that was given has a scope: leave it out.")
    if word.state == "given" and not (word.scope and word.dated and document):
        raise InputInvalid(
            "Consent that was given needs a scope, a date and a document, such as a form's number: "
            "without these nobody can prove it."
        )
    if word.dated and word.dated > today:
        raise InputInvalid("The date %(day)s is in the future.", day=word.dated.isoformat())
    dated = today if word.state == "withdrawn" and word.dated is None else word.dated
    return Word(word.state, document, dated, word.scope)


def join_consents(
    session: Session, person_id: int, others: Collection[int], actor: str
) -> list[Event]:
    """Let what persons said whose codes are now one count for that one: the weakest of it."""
    rows = session.scalars(
        select(ConsentRecord).where(ConsentRecord.person_id.in_({person_id, *others}))
    ).all()
    weakest = min(rows, key=lambda row: (consent_of(row).strength, row.id), default=None)
    if weakest is None or (weakest.person_id == person_id and weakest.state != "withdrawn"):
        return []
    kept = next((row for row in rows if row.person_id == person_id), None)
    return _write(session, kept or _new(session, person_id=person_id), _word(weakest), actor)


def consent_of(row: ConsentRecord) -> Consent:
    return Consent(row.state, row.scope)


def consent_facts(row: ConsentRecord) -> Facts:
    """Return what events tell of a record; a person by number alone."""
    return {
        "person": row.person_id,
        "photo": row.photo_id,
        "source": row.source,
        "state": row.state,
        "document": row.document,
        "dated": row.dated.isoformat() if row.dated else None,
        "scope": row.scope,
    }


def restore_consent(
    session: Session, number: int, before: Mapping[str, Any] | None, actor: str
) -> Event:
    """Record again what was known before an event, or nothing; a withdrawal excludes again."""
    row = session.get(ConsentRecord, number)
    if before is None:
        told = {**consent_facts(row), "of": name_of(session, row)} if row else None
        session.delete(row)
        return record(session, actor, Action.CONSENT_SET, "consent", number, told)
    if row is None:
        row = _restored(session, number, before)
    dated = date.fromisoformat(before["dated"]) if before["dated"] else None
    word = Word(before["state"], before["document"], dated, before["scope"])
    return _write(session, row, word, actor, is_undoing=True)[0]


def name_of(session: Session, row: ConsentRecord) -> str:
    """Return how people name whose consent it is: a code, `#12`, or a source."""
    if row.person_id is not None:
        return session.get_one(Person, row.person_id).code
    return row.source if row.source is not None else f"#{row.photo_id}"


def _restored(session: Session, number: int, before: Mapping[str, Any]) -> ConsentRecord:
    whose = {"person_id": before["person"], "photo_id": before["photo"], "source": before["source"]}
    is_gone = [
        before["person"] and session.get(Person, before["person"]) is None,
        before["photo"] and session.get(Photo, before["photo"]) is None,
        session.scalar(select(ConsentRecord.id).filter_by(**whose)),
    ]
    if any(is_gone):
        raise ChangedSince("Consent was recorded anew, or the photo is gone: record it again.")
    row = ConsentRecord(id=number, **whose, state="none")
    session.add(row)
    return row


def _recorded(session: Session, events: Sequence[Event]) -> Recorded:
    excluded = [event.subject_id for event in events if event.action == Action.PHOTO_EXCLUDED]
    return Recorded(ids_of(session, events), tuple(sorted(filter(None, excluded))))


def _write(
    session: Session, row: ConsentRecord, word: Word, actor: str, *, is_undoing: bool = False
) -> list[Event]:
    """Write a record; return its event first, then those of the photos that it excludes.

    There are none where nothing changes, unless an undo is to leave one.
    """
    is_new = row not in session or row in session.new
    before = None if is_new else consent_facts(row)
    row.state, row.scope = word.state, word.scope
    row.document, row.dated = word.document, word.dated
    session.add(row)
    session.flush()
    photos = _to_exclude(session, row) if word.state == "withdrawn" else []
    after = consent_facts(row)
    if before == after and not photos and not is_undoing:
        return []
    action = Action.CONSENT_WITHDRAWN if word.state == "withdrawn" else Action.CONSENT_SET
    told = {**after, "of": name_of(session, row)}
    event = record(session, actor, action, "consent", row.id, before, told)
    return [event, *_exclude(session, row, photos, actor)]


def _to_exclude(session: Session, row: ConsentRecord) -> list[Photo]:
    """Return the photos to exclude by themselves: decisions and codes pass it on to others."""
    if row.source is not None:
        condition = Photo.source == row.source
    elif row.person_id is not None:
        condition = Photo.person_id == row.person_id
    else:
        condition = Photo.id == row.photo_id
    enough = REACHES.index(_reach(row))
    photos = session.scalars(select(Photo).where(condition).order_by(Photo.id).with_for_update())
    return [photo for photo in photos if REACHES.index(photo.excluded_scope) < enough]


def _exclude(
    session: Session, row: ConsentRecord, photos: Sequence[Photo], actor: str
) -> list[Event]:
    reason = WITHDRAWN_BY_PERSON if row.source is None else WITHDRAWN_BY_SOURCE
    events = [write_exclusion(session, one, str(reason), _reach(row), actor) for one in photos]
    if photos:
        settle_copies(session, [photo.id for photo in photos], actor)
    return events


def _reach(row: ConsentRecord) -> str:
    """Tell how far its withdrawal reaches: a source speaks for its photos and copies of them, for no person."""
    return Scope.PERSON.value if row.source is None else Scope.CONTENT.value


def _rows(session: Session, whose: Whose) -> list[ConsentRecord]:
    """Return the records that stand for a person or source, or a new one."""
    if whose.kind not in KINDS or not whose.value.strip():
        raise InputInvalid("Name a person or a source.")
    value = whose.value.strip()
    return [_of_source(session, value)] if whose.kind == "source" else _of_person(session, value)


def _of_source(session: Session, source: str) -> ConsentRecord:
    row = session.scalar(select(ConsentRecord).filter_by(source=source))
    named = [select(table.id).filter_by(source=source).limit(1) for table in (Photo, Batch)]
    if row is None and not any(session.scalar(each) for each in named):
        raise NotFound(
            "No photo has the source %(source)s: the gallery lists the sources.", source=source
        )
    return row or _new(session, source=source)


def _of_person(session: Session, value: str) -> list[ConsentRecord]:
    """Return all records of one person, who may be known by several codes and by photos: a new word is about all."""
    if value.startswith("#"):
        photo = numbered_photo(session, value)
        shown = reach_of(session, [photo], Scope.PERSON)
    else:
        person = _coded(session, value)
        photo = None
        shown = reach_of(session, _photos_of(session, person), Scope.PERSON)
    codes = {*session.scalars(select(Photo.person_id).where(Photo.id.in_(shown)))} - {None}
    codes |= set() if photo else {person}
    mine = or_(ConsentRecord.person_id.in_(codes), ConsentRecord.photo_id.in_(shown))
    rows = [*session.scalars(select(ConsentRecord).where(mine).order_by(ConsentRecord.id))]
    if rows:
        return rows
    if photo and not codes:
        return [_new(session, photo_id=photo)]
    return [_new(session, person_id=min(filter(None, codes)) if photo else person)]


def numbered_photo(session: Session, value: str) -> int:
    """Return the photo of a number that somebody typed, such as `#12`."""
    number = value.removeprefix("#")
    found = session.get(Photo, int(number)) if number.isascii() and number.isdigit() else None
    if found is None:
        raise NotFound("There is no photo %(value)s: give the number on its page.", value=value)
    return found.id


def _coded(session: Session, code: str) -> int:
    """Return the person whose code is written so, or else the only one whose is written alike."""
    persons = session.execute(select(Person.id, Person.code).order_by(Person.id)).all()
    alike = [row.id for row in persons if code_form(row.code) == code_form(code)]
    found = [row.id for row in persons if row.code == code] or alike
    if not found:
        raise NotFound(
            "Nobody has the person's code %(value)s: a photo's page shows the code, and #12 stands "
            "for the person in photo 12.",
            value=code,
        )
    if len(found) > 1:
        raise InputInvalid(
            "Several persons' codes are written like %(value)s: write the one you mean as it is.",
            value=code,
        )
    person: int = found[0]
    return person


def _photos_of(session: Session, person: int) -> Sequence[int]:
    return session.scalars(select(Photo.id).where(Photo.person_id == person)).all()


def _new(session: Session, **whose: Any) -> ConsentRecord:
    number = unused_id(session, ConsentRecord, highest_subject(session, "consent"))
    return ConsentRecord(id=number, **whose)


def _word(row: ConsentRecord) -> Word:
    return Word(row.state, row.document, row.dated, row.scope)
