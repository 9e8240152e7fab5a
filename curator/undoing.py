"""Undoes changes by their events; an undo is itself a change, and can be undone."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from curator.base.db import Sessions
from curator.base.errors import ChangedSince, CuratorError, InputInvalid, NotAllowed, NotFound
from curator.base.events import Action, Undo, ids_of, record
from curator.base.models.events import Event
from curator.base.models.pairs import PhotoPair
from curator.base.models.photos import Person, Photo
from curator.base.models.ratings import Rating
from curator.base.models.users import User
from curator.pairs.contradictions import refuse_contradictions
from curator.pairs.decisions import act_as_one, settle_copies
from curator.photos.exclusion import exclusion_facts, write_exclusion
from curator.photos.locking import locked_photo
from curator.photos.person_codes import write_person
from curator.photos.posts import as_recorded, from_recorded, write_post
from curator.photos.reasons import scope_of
from curator.photos.sources import write_source
from curator.ratings.assessments import assessment_from, facts, rater_named, write_assessment

Facts = dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """One kind of change: `present` reads the current value, `restore` sets the one before a change."""

    present: Callable[[Session, Event], Facts | None]
    restore: Callable[[Session, Event, str], Event]
    is_personal: bool = False  # a rater's own: nobody else may undo it


def undo_events(sessions: Sessions, event_ids: Collection[int], *, actor: str) -> tuple[int, ...]:
    """Undo changes, newest first, all or none; return the ids of the undoing events.

    Raises:
        ChangedSince: something has changed again after a change.
        NotAllowed: a rating is another rater's.
    """
    with sessions.begin() as session:
        events = [_event(session, event_id) for event_id in sorted(set(event_ids), reverse=True)]
        undone = [_undo(session, event, actor) for event in events]
        photos = [event.subject_id for event in events if event.subject == "photo"]
        settle_copies(session, filter(None, photos), actor)  # and where ratings count
        return ids_of(session, undone)


def refusal(session: Session, event: Event, actor: str) -> CuratorError | None:
    """Return why this actor cannot undo a change, or None."""
    kind = KIND_OF.get(event.action)
    if kind is None:
        return InputInvalid("This change cannot be undone here.")
    if kind.is_personal and event.actor != actor:
        return NotAllowed("Only %(name)s can undo this.", name=event.actor)
    if _is_followed(session, event, kind) or not _stands(event, kind.present(session, event)):
        return ChangedSince(
            "This has changed again in the meantime, so nothing was undone: check the history."
        )
    return None


def _undo(session: Session, event: Event, actor: str) -> Event:
    if problem := refusal(session, event, actor):
        raise problem
    return KIND_OF[event.action].restore(session, event, actor)


def _event(session: Session, event_id: int) -> Event:
    event = session.get(Event, event_id)
    if event is None:
        raise NotFound("This change does not exist: reload the page.")
    if event.subject == "photo":
        locked_photo(session, event.subject_id or 0)
    return event


def _is_followed(session: Session, event: Event, kind: Kind) -> bool:
    later = select(Event.id).where(
        Event.subject == event.subject,
        Event.subject_id == event.subject_id,
        Event.action.in_([action for action, its in KIND_OF.items() if its is kind]),
        Event.id > event.id,
    )
    if kind.is_personal:
        later = later.where(Event.actor == event.actor)
    return session.scalar(later.limit(1)) is not None


def _stands(event: Event, present: Facts | None) -> bool:
    if present is None or event.after is None:
        return present is event.after
    return all(event.after.get(name, value) == value for name, value in present.items())


def _photo(session: Session, event: Event) -> Photo:
    return session.get_one(Photo, event.subject_id)


def _rating(session: Session, event: Event) -> Rating | None:
    is_theirs = (Rating.photo_id == event.subject_id, User.name == event.actor)
    return session.scalar(select(Rating).join(User, User.id == Rating.rater_id).where(*is_theirs))


def _present_rating(session: Session, event: Event) -> Facts | None:
    rating = _rating(session, event)
    return facts(rating) if rating else None


def _restore_rating(session: Session, event: Event, actor: str) -> Event:
    rater = rater_named(session, actor)
    photo, rating = _photo(session, event), _rating(session, event)
    before, present = event.before, facts(rating) if rating else None
    if rating and before is None:
        session.delete(rating)
        return record(session, actor, Action.RATING_WITHDRAWN, "photo", photo.id, present)
    before = before or {}
    if rating is None:
        rating = Rating(photo_id=photo.id, rater_id=rater.id, version=before["version"])
        session.add(rating)
    write_assessment(rating, assessment_from(before))
    session.flush()
    return record(session, actor, Action.RATING_SAVED, "photo", photo.id, present, facts(rating))


def _present_exclusion(session: Session, event: Event) -> Facts:
    return {**exclusion_facts(_photo(session, event))}


def _restore_exclusion(session: Session, event: Event, actor: str) -> Event:
    before = event.before or {}
    reason = before.get("excluded_reason") or ""
    scope = (
        before.get("excluded_scope") or scope_of(reason).value
    )  # not recorded by earlier versions
    return write_exclusion(session, _photo(session, event), reason, scope, actor)


def _present_source(session: Session, event: Event) -> Facts:
    return {"source": _photo(session, event).source}


def _restore_source(session: Session, event: Event, actor: str) -> Event:
    before = event.before or {}
    return write_source(session, _photo(session, event), before["source"], actor)


def _present_post(session: Session, event: Event) -> Facts:
    photo = _photo(session, event)
    return as_recorded({field: getattr(photo, field) for field in event.after or {}})


def _restore_post(session: Session, event: Event, actor: str) -> Event:
    return write_post(session, _photo(session, event), from_recorded(event.before or {}), actor)


def _present_person(session: Session, event: Event) -> Facts:
    return {"person": _photo(session, event).person_id}


def _restore_person(session: Session, event: Event, actor: str) -> Event:
    wanted = (event.before or {}).get("person")
    person = wanted if wanted and session.get(Person, wanted) else None
    return write_person(session, _photo(session, event), person, actor)


def _present_decision(session: Session, event: Event) -> Facts | None:
    pair = session.get(PhotoPair, event.subject_id)
    return {"decision": pair.decision} if pair else None


def _restore_decision(session: Session, event: Event, actor: str) -> Event:
    pair = session.get_one(PhotoPair, event.subject_id)
    decision = (event.before or {}).get("decision")
    [made] = act_as_one(session, [pair], decision, actor)
    if decision:
        refuse_contradictions(session, [pair], decision)
    return made


KINDS = {
    Undo.RATING: Kind(_present_rating, _restore_rating, is_personal=True),
    Undo.EXCLUSION: Kind(_present_exclusion, _restore_exclusion),
    Undo.SOURCE: Kind(_present_source, _restore_source),
    Undo.POST: Kind(_present_post, _restore_post),
    Undo.PERSON: Kind(_present_person, _restore_person),
    Undo.DECISION: Kind(_present_decision, _restore_decision),
}
KIND_OF: dict[str, Kind] = {action: KINDS[action.undo] for action in Action if action.undo}
