"""A photo's history, from the event table; shows others' ratings only to those who have rated it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session

from curator.base.accounts import Account
from curator.base.db import Sessions, reading
from curator.base.events import ACTIONS, Action, Shown
from curator.base.models.events import Event
from curator.base.models.pairs import PhotoPair
from curator.base.models.photos import Person
from curator.base.visibility import may_see_ratings
from curator.ratings.sources import shown_among
from curator.undoing import asks_reason, refusal

Facts = Mapping[str, Any]


@dataclass(frozen=True)
class Happened:
    """One event; `before` and `after` are None where there was nothing, and where `is_withheld`.

    `pair` and `other` name the pair it is about, if it still exists, and the pair's other photo.
    """

    id: int
    at: datetime
    actor: str
    action: str
    before: Facts | None
    after: Facts | None
    reason: str
    is_withheld: bool
    can_undo: bool
    asks_reason: bool  # where it is undone
    pair: int | None
    other: int | None

    @property
    def text(self) -> str:
        """Return what it is called; an event that this version does not know is called as it is stored."""
        return ACTIONS[self.action].text if self.action in ACTIONS else self.action

    @property
    def decides_a_pair(self) -> bool:
        return self.action == Action.PAIR_DECIDED


def photo_history(sessions: Sessions, photo_id: int, viewer: Account) -> tuple[Happened, ...]:
    """Return all events of a photo and of its pairs, newest first."""
    with reading(sessions) as session:
        pairs = set(session.scalars(select(PhotoPair.id).where(_holds(photo_id))))
        events = [*_of_photo(session, photo_id), *_of_pairs(session, photo_id, pairs)]
        reader = _Reader(session, photo_id, viewer, pairs)
        return tuple(reader.read(event) for event in sorted(events, key=lambda e: -e.id))


class _Reader:
    """Reads events as one viewer may see them."""

    def __init__(self, session: Session, photo_id: int, viewer: Account, pairs: set[int]) -> None:
        self.session, self.photo_id, self.viewer, self.pairs = session, photo_id, viewer, pairs
        self.may_see_source = bool(shown_among(session, [photo_id], viewer.id))
        self.may_see_ratings = may_see_ratings(session, photo_id, viewer.id)

    def read(self, event: Event) -> Happened:
        shown = ACTIONS[event.action].shown if event.action in ACTIONS else Shown.TO_NOBODY
        is_shown = self._may_see(event, shown)
        photos = (event.after or {}).get("photos", [])
        others = [photo for photo in photos if photo != self.photo_id]
        return Happened(
            id=event.id,
            at=event.at,
            actor=event.actor,
            action=event.action,
            before=self._facts(event.before) if is_shown else None,
            after=self._facts(event.after) if is_shown else None,
            reason=(event.reason or "") if is_shown else "",
            is_withheld=not is_shown and shown in (Shown.TO_RATERS, Shown.WITH_SOURCE),
            can_undo=self._can_undo(event),
            asks_reason=asks_reason(event.action),
            pair=event.subject_id if event.subject_id in self.pairs else None,
            other=others[0] if others else None,
        )

    def _may_see(self, event: Event, shown: Shown) -> bool:
        if shown is Shown.TO_RATERS:
            return self.may_see_ratings or event.actor == self.viewer.name
        if shown is Shown.WITH_SOURCE:
            return self.may_see_source
        return shown is Shown.TO_ALL

    def _can_undo(self, event: Event) -> bool:
        is_here = event.subject == "photo" and self.viewer.may_rate
        if asks_reason(event.action) and not self.may_see_ratings:  # nobody undoes a ruling unseen
            return False
        return is_here and refusal(self.session, event, self.viewer.name) is None

    def _facts(self, recorded: Facts | None) -> Facts | None:
        """Return what was recorded, persons named by their codes."""
        facts = dict(recorded) if recorded else None
        if facts and facts.get("person"):
            person = self.session.get(Person, facts["person"])
            facts["person"] = person.code if person else None
        return facts


def _of_photo(session: Session, photo_id: int) -> Sequence[Event]:
    of_photo = (Event.subject == "photo", Event.subject_id == photo_id)
    return session.scalars(select(Event).where(*of_photo)).all()


def _of_pairs(session: Session, photo_id: int, pairs: set[int]) -> list[Event]:
    of_pairs = select(Event).where(Event.subject == "pair")
    there = of_pairs.where(Event.subject_id.in_(pairs))
    # A pair that existed only while decided is gone: its events name its photos.
    gone = of_pairs.where(
        ~exists().where(PhotoPair.id == Event.subject_id),
        or_(*(Event.after[("photos", at)].as_integer() == photo_id for at in (0, 1))),
    )
    return [*session.scalars(there), *session.scalars(gone)]


def _holds(photo_id: int) -> ColumnElement[bool]:
    return or_(PhotoPair.photo_a_id == photo_id, PhotoPair.photo_b_id == photo_id)
