"""Whom a request for erasure is about: the photos that go, and those that somebody should look at first."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from curator.base.addresses import post_address
from curator.base.config import Config
from curator.base.errors import InputInvalid, NotFound
from curator.base.keys import author_key
from curator.base.models.erasures import ASKED
from curator.base.models.pairs import DuplicatePair, PhotoPair
from curator.base.models.photos import Person, Photo
from curator.base.reach import Scope, reach_of
from curator.base.spelling import code_form
from curator.photos.consents import numbered_photo


@dataclass(frozen=True)
class Request:
    """What to erase: `kind` is one of ASKED, `value` a photo's number, a person's code, an author or an address."""

    kind: str
    value: str


@dataclass(frozen=True)
class Erasable:
    """The photos that a request reaches.

    Attributes:
        photos: by number: those asked for, their copies, and for a person all that show them.
        asked: those of them that were asked for; the rest are there with them.
        look_alikes: like one of them, and nobody said whether they are copies.
        related: of the same post or author, and nobody said whom they show.
    """

    photos: tuple[int, ...]
    asked: tuple[int, ...]
    look_alikes: tuple[int, ...]
    related: tuple[int, ...]


def find_erasable(session: Session, config: Config, request: Request) -> Erasable:
    """Return what a request reaches.

    Raises:
        InputInvalid: the kind is unknown.
        NotFound: there is no such photo, person, author or post.
    """
    if request.kind not in ASKED:
        raise InputInvalid("Name a photo, a person, an author or a post.")
    asked = FOUND[request.kind](session, config, request.value.strip())
    scope = Scope.PERSON if request.kind == "person" else Scope.CONTENT
    photos = _reach(session, asked, scope)
    return Erasable(
        photos=photos,
        asked=tuple(asked),
        look_alikes=_look_alikes(session, photos),
        related=_related(session, photos),
    )


def _reach(session: Session, asked: Collection[int], scope: Scope) -> tuple[int, ...]:
    """Follow the decisions, and undecided pairs that the pixels prove to be copies."""
    photos = reach_of(session, asked, scope)
    while certain := {*_across(session, photos, DuplicatePair.verified)} - {*photos}:
        photos = reach_of(session, {*photos, *certain}, scope)
    return photos


def _look_alikes(session: Session, photos: Collection[int]) -> tuple[int, ...]:
    return tuple(sorted({*_across(session, photos, ~DuplicatePair.verified)} - {*photos}))


def _across(session: Session, photos: Collection[int], condition: object) -> list[int]:
    """Return the photos at both ends of the undecided pairs that touch these."""
    a, b = DuplicatePair.photo_a_id, DuplicatePair.photo_b_id
    touching = select(a, b).where(PhotoPair.decision.is_(None), condition)  # type: ignore[arg-type]
    rows = session.execute(touching.where(or_(a.in_(photos), b.in_(photos))))
    return [photo for pair in rows for photo in pair]


def _related(session: Session, photos: Collection[int]) -> tuple[int, ...]:
    found: set[int] = set()
    for key in (Photo.author_key, Photo.post_url):
        keys = select(key).where(Photo.id.in_(photos), key.is_not(None))
        found |= {*session.scalars(select(Photo.id).where(key.in_(keys)))}
    return tuple(sorted(found - {*photos}))


def _photo(session: Session, _config: Config, value: str) -> list[int]:
    return [numbered_photo(session, value)]


def _person(session: Session, config: Config, value: str) -> list[int]:
    """Find a person's photos by their code, or one of them by its number, as `#12`."""
    if value.startswith("#"):
        return _photo(session, config, value)
    photos = _ids(session, Photo.person_id.in_(_persons(session, value)))
    if not photos:
        raise NotFound(
            "No photo has the person's code %(value)s: a photo's page shows the code, and #12 stands "
            "for the person in photo 12.",
            value=value,
        )
    return photos


def _persons(session: Session, code: str) -> list[int]:
    """Return whose code is written so, or else alike; codes that are told apart must be written so."""
    persons = session.execute(select(Person.id, Person.code)).all()
    exactly = [row.id for row in persons if row.code == code]
    return exactly or [row.id for row in persons if code_form(row.code) == code_form(code)]


def _author(session: Session, config: Config, value: str) -> list[int]:
    """Find an account's photos by its name, or by the key that pages show in its place."""
    photos = _ids(session, Photo.author_key.in_((author_key(config, value), value.lower())))
    if not value or not photos:
        raise NotFound("No photo is of the author %(value)s.", value=value)
    return photos


def _post(session: Session, _config: Config, value: str) -> list[int]:
    photos = _ids(session, Photo.post_url.in_((value, post_address(value))))
    if not value or not photos:
        raise NotFound("No photo is of the post %(value)s.", value=value)
    return photos


def _ids(session: Session, condition: object) -> list[int]:
    return [*session.scalars(select(Photo.id).where(condition).order_by(Photo.id))]  # type: ignore[arg-type]


FOUND: dict[str, Callable[[Session, Config, str], list[int]]] = {
    "photo": _photo,
    "person": _person,
    "author": _author,
    "post": _post,
}
