"""Persons with photos and copies in the scratch instance, rated by two raters, to be exported."""

from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO

from PIL import Image

from curator.copies.search import find_pairs
from curator.pairs.decisions import accept_verified
from curator.pairs.persons import join_people
from curator.ratings.assessments import Assessment
from curator.ratings.saving import save_rating
from curator.validation.drawing import as_jpeg
from curator.validation.results import require
from curator.validation.scratch import ACTOR, SHOWN_OF_REGION, Scratch, Uploaded

PERSONS = 12
SHOTS = 2
COPIED_QUALITY = 60
LABELS = ("negative", "positive")
VALUES = {"sex": "female", "evidence": "visual"}
OUTLINE = f"{SHOWN_OF_REGION}00,0.400000 0.700000,0.400000 0.600000,0.700000 0.400000,0.700000"


@dataclass(frozen=True)
class Collection:
    """The truth that an export is held against: photos by person, and each copy with its original."""

    persons: tuple[tuple[int, ...], ...]
    copies: tuple[tuple[int, int], ...]

    @property
    def groups(self) -> tuple[frozenset[int], ...]:
        """Return the photos that belong together, copies with the persons they show."""
        return tuple(
            frozenset({*photos, *(copy for one, copy in self.copies if one in photos)})
            for photos in self.persons
        )


@lru_cache(maxsize=1)
def collection_of(scratch: Scratch) -> Collection:
    """Add persons with two photos each, and copies of two photos: one decided, one not."""
    _ = scratch.people
    persons = add_persons(scratch, PERSONS)
    decided = _copy_of(scratch, persons[0][0])
    find_pairs(scratch.sessions, scratch.config, scratch.config.dedup_radius_bits)
    accepted = accept_verified(scratch.sessions, actor=ACTOR)
    require(accepted, "A photo saved again was not found to be a copy.")
    waiting = _copy_of(scratch, persons[1][0])
    rate(scratch, waiting.id, LABELS[1])
    return Collection(tuple(persons), ((persons[0][0], decided.id), (persons[1][0], waiting.id)))


def add_persons(scratch: Scratch, count: int) -> list[tuple[int, ...]]:
    """Add persons with two photos each, half of them positive, rated by two raters."""
    persons = []
    for number in range(count):
        photos = tuple(scratch.add_photo().id for _ in range(SHOTS))
        join_people(scratch.sessions, photos, actor=ACTOR)
        for photo in photos:
            rate(scratch, photo, LABELS[number % 2])
        persons.append(photos)
    return persons


def _copy_of(scratch: Scratch, photo: int) -> Uploaded:
    with Image.open(BytesIO(scratch.photo_file(photo).read_bytes())) as picture:
        return scratch.add_photo(content=as_jpeg(picture.convert("RGB"), COPIED_QUALITY))


def rate(scratch: Scratch, photo: int, label: str) -> None:
    """Let two raters say the same, each with a note that names them."""
    for key in ("first", "second"):
        rater = scratch.people[key].name
        word = Assessment(label, VALUES, OUTLINE, note=f"note of {rater}", over_eyes=True)
        save_rating(scratch.sessions, photo, rater, word, expected_version=0)
