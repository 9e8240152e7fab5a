"""What consent each photo has: its person's word, or else its source's; and which photos a withdrawal reaches."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from curator.base.components import connected
from curator.base.consent import NO_CONSENT, Consent
from curator.base.models.consents import ConsentRecord
from curator.base.models.photos import Photo
from curator.base.reach import Scope, links_within, reach_within
from curator.photos.consents import consent_of


@dataclass(frozen=True)
class PhotoConsents:
    """The consent of all photos.

    Attributes:
        words: by photo; a photo that is missing has none.
        withdrawn: by the scope of an exclusion, the photos whose person or source withdrew.
        reached: these photos, with those that such exclusions reach.
    """

    words: Mapping[int, Consent] = field(default_factory=dict)
    withdrawn: Mapping[str, frozenset[int]] = field(default_factory=dict)
    reached: frozenset[int] = frozenset()

    def of(self, photo: int) -> Consent:
        return self.words.get(photo, NO_CONSENT)

    def admits(self, photo: int, demanded: str = "") -> bool:
        """Tell whether a photo may be exported by an export that demands a scope, or nothing."""
        return photo not in self.reached and self.of(photo).covers(demanded)


@dataclass(frozen=True)
class PersonRecords:
    """What counts of each person: of several records the weakest.

    Attributes:
        class_of: by photo; all photos of a person are of one class.
        coded: the class by the number of a person with a code and a photo.
        of_class: the record by class.
    """

    class_of: Mapping[int, int]
    coded: Mapping[int, int]
    of_class: Mapping[int, ConsentRecord]

    def word(self, photo: int) -> Consent | None:
        record = self.of_class.get(self.class_of[photo])
        return consent_of(record) if record else None


def person_records(session: Session, records: Iterable[ConsentRecord]) -> PersonRecords:
    photos = session.execute(select(Photo.id, Photo.person_id)).all()
    class_of = connected([photo.id for photo in photos], links_within(session, Scope.PERSON))
    coded = {photo.person_id: class_of[photo.id] for photo in photos if photo.person_id}
    of_class: dict[int, ConsentRecord] = {}
    for row in sorted(records, key=lambda row: (consent_of(row).strength, row.id)):
        place = class_of[row.photo_id] if row.photo_id else coded.get(row.person_id or 0)
        if place is not None:
            of_class.setdefault(place, row)
    return PersonRecords(class_of, coded, of_class)


def photo_consents(session: Session) -> PhotoConsents:
    """Compute the consent of every photo. Of several words on one person the weakest counts."""
    records = session.scalars(select(ConsentRecord)).all()
    if not records:
        return PhotoConsents()
    photos = session.execute(select(Photo.id, Photo.source)).all()
    persons = person_records(session, records)
    of_source = {row.source: consent_of(row) for row in records if row.source is not None}
    words = {
        photo.id: persons.word(photo.id) or of_source.get(photo.source) or NO_CONSENT
        for photo in photos
    }
    by_person = frozenset(photo.id for photo in photos if _is_withdrawn(persons.word(photo.id)))
    by_source = frozenset(
        photo.id for photo in photos if _is_withdrawn(of_source.get(photo.source))
    )
    copies = reach_within(session, by_source, Scope.CONTENT)
    return PhotoConsents(
        words=words,
        withdrawn={Scope.PERSON.value: by_person, Scope.CONTENT.value: by_source},
        reached=by_person | by_source | copies,
    )


def _is_withdrawn(word: Consent | None) -> bool:
    return word is not None and word.state == "withdrawn"
