"""Undoes changes by their events; an undo is itself a change, and can be undone."""

from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from curator.base.accounts import ADJUDICATORS, RATERS
from curator.base.config import Config
from curator.base.db import Sessions
from curator.base.errors import ChangedSince, CuratorError, InputInvalid, NotAllowed, NotFound
from curator.base.events import Action, Undo, ids_of, record
from curator.base.messages import translatable
from curator.base.models.consents import ConsentRecord
from curator.base.models.events import Event
from curator.base.models.pairs import PhotoPair
from curator.base.models.photos import Batch, Person, Photo
from curator.base.models.ratings import Adjudication, Rating
from curator.base.models.users import User
from curator.base.reasons import one_line, require_reason
from curator.pairs.contradictions import refuse_contradictions
from curator.pairs.decisions import act_as_one, settle_copies
from curator.photos.consents import consent_facts, restore_consent
from curator.photos.exclusion import exclusion_facts, write_exclusion
from curator.photos.locking import locked_photo
from curator.photos.person_codes import ask_codes_again, told_apart, write_person
from curator.photos.posts import as_recorded, from_recorded, write_post
from curator.photos.reasons import scope_of
from curator.photos.removing import remove_import, why_not_removable
from curator.photos.sources import write_source
from curator.photos.storing import StoredFile, remove_unrecorded
from curator.ratings.assessments import assessment_from, facts, rater_named, write_assessment
from curator.ratings.settings import Project, project, write_project
from curator.study.stating import stated_facts, write_facts

Facts = dict[str, Any]
ADMINS = ("admin",)


@dataclass
class Act:
    """One act of undoing: who, why, and the files that are to be removed once it is committed."""

    actor: str
    reason: str = ""
    files: list[StoredFile] = field(default_factory=list)


@dataclass(frozen=True)
class Kind:
    """One kind of change: `present` reads the current value, `restore` sets the one before a change.

    Attributes:
        is_personal: a rater's own: nobody else may undo it.
        roles: of accounts that may; the command line may, too.
        asks_reason: why it is undone must be said.
        hindrance: why this change cannot be undone, beside what is true of all.
    """

    present: Callable[[Session, Event], Facts | None]
    restore: Callable[[Session, Event, Act], Event]
    is_personal: bool = False
    roles: tuple[str, ...] = RATERS
    asks_reason: bool = False
    hindrance: Callable[[Session, Event], CuratorError | None] = lambda _session, _event: None


def undo_events(
    sessions: Sessions,
    event_ids: Collection[int],
    *,
    actor: str,
    reason: str = "",
    config: Config | None = None,
) -> tuple[int, ...]:
    """Undo changes, newest first, all or none; return the ids of the undoing events.

    Args:
        reason: why; needed where a ruling is among them.
        config: of the instance; needed where an import is among them, whose files are removed.

    Raises:
        ChangedSince: something has changed again after a change, or work builds on it.
        NotAllowed: a rating is another rater's, or the actor's role may not.
        ReasonMissing: a ruling is undone without a reason.
        InputInvalid: a change is of a kind that cannot be undone; it says why.
    """
    act = Act(actor, one_line(reason))
    with sessions.begin() as session:
        events = [_event(session, event_id) for event_id in sorted(set(event_ids), reverse=True)]
        # A withdrawal that is restored excludes only what is not excluded by then.
        events.sort(key=lambda event: event.subject == "consent")
        undone = [_undo(session, event, act) for event in events]
        photos = [event.subject_id for event in events if event.subject == "photo"]
        settle_copies(session, filter(None, photos), actor)  # and where ratings count
        ids = ids_of(session, undone)
    if act.files and config:
        remove_unrecorded(sessions, config, act.files)
    return ids


def asks_reason(action: str) -> bool:
    """Tell whether undoing an action needs a reason."""
    return action in KIND_OF and KIND_OF[action].asks_reason


def refusal(session: Session, event: Event, actor: str) -> CuratorError | None:
    """Return why this actor cannot undo a change, or None."""
    kind = KIND_OF.get(event.action)
    if kind is None:
        return InputInvalid(WHY_NOT.get(event.action, UNKNOWN))
    if event.before is None and event.after is None:
        return InputInvalid(WHY_NOT[Action.ERASED])
    if kind.is_personal and event.actor != actor:
        return NotAllowed("Only %(name)s can undo this.", name=event.actor)
    if not _may(session, kind, event, actor):
        return NotAllowed("Your role may not undo this: ask an administrator.")
    if hindrance := kind.hindrance(session, event):
        return hindrance
    if _is_followed(session, event, kind) or not _stands(event, kind.present(session, event)):
        return ChangedSince(
            "This has changed again in the meantime, so nothing was undone: check the history."
        )
    return None


def _may(session: Session, kind: Kind, event: Event, actor: str) -> bool:
    """Tell whether an actor may undo a kind of change; who is no account gave a command."""
    role = session.scalar(select(User.role).where(User.name == actor))
    is_own_import = kind is KINDS[Undo.IMPORT] and event.actor == actor and role in RATERS
    return role is None or role in kind.roles or is_own_import


def _undo(session: Session, event: Event, act: Act) -> Event:
    if problem := refusal(session, event, act.actor):
        raise problem
    kind = KIND_OF[event.action]
    if kind.asks_reason:
        require_reason(act.reason, "undoing")
    undone = kind.restore(session, event, act)
    undone.reason = undone.reason or act.reason or None
    return undone


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


def _restore_rating(session: Session, event: Event, act: Act) -> Event:
    rater = rater_named(session, act.actor)
    photo, rating = _photo(session, event), _rating(session, event)
    before, present = event.before, facts(rating) if rating else None
    if rating and before is None:
        session.delete(rating)
        return record(session, act.actor, Action.RATING_WITHDRAWN, "photo", photo.id, present)
    before = before or {}
    if rating is None:
        rating = Rating(photo_id=photo.id, rater_id=rater.id, version=before["version"])
        session.add(rating)
    write_assessment(rating, assessment_from(before))
    session.flush()
    return record(
        session, act.actor, Action.RATING_SAVED, "photo", photo.id, present, facts(rating)
    )


def _present_exclusion(session: Session, event: Event) -> Facts:
    return {**exclusion_facts(_photo(session, event))}


def _restore_exclusion(session: Session, event: Event, act: Act) -> Event:
    before = event.before or {}
    reason = before.get("excluded_reason") or ""
    scope = (
        before.get("excluded_scope") or scope_of(reason).value
    )  # not recorded by earlier versions
    return write_exclusion(session, _photo(session, event), reason, scope, act.actor)


def _present_source(session: Session, event: Event) -> Facts:
    return {"source": _photo(session, event).source}


def _restore_source(session: Session, event: Event, act: Act) -> Event:
    before = event.before or {}
    return write_source(session, _photo(session, event), before["source"], act.actor)


def _present_post(session: Session, event: Event) -> Facts:
    photo = _photo(session, event)
    return as_recorded({field: getattr(photo, field) for field in event.after or {}})


def _restore_post(session: Session, event: Event, act: Act) -> Event:
    return write_post(session, _photo(session, event), from_recorded(event.before or {}), act.actor)


def _present_person(session: Session, event: Event) -> Facts:
    return {"person": _photo(session, event).person_id}


def _restore_person(session: Session, event: Event, act: Act) -> Event:
    wanted = (event.before or {}).get("person")
    person = wanted if wanted and session.get(Person, wanted) else None
    return write_person(session, _photo(session, event), person, act.actor)


def _present_decision(session: Session, event: Event) -> Facts | None:
    pair = session.get(PhotoPair, event.subject_id)
    return {"decision": pair.decision} if pair else None


def _restore_decision(session: Session, event: Event, act: Act) -> Event:
    pair = session.get_one(PhotoPair, event.subject_id)
    decision = (event.before or {}).get("decision")
    [made] = act_as_one(session, [pair], decision, act.actor)
    if decision:
        refuse_contradictions(session, [pair], decision)
    return made


def _ruling(session: Session, event: Event) -> Adjudication | None:
    return session.get(Adjudication, event.subject_id)


def _present_ruling(session: Session, event: Event) -> Facts | None:
    ruling = _ruling(session, event)
    return facts(ruling) if ruling else None


def _restore_ruling(session: Session, event: Event, act: Act) -> Event:
    """Restore the ruling before, as its adjudicator's, or withdraw the first one."""
    photo, ruling = _photo(session, event), _ruling(session, event)
    present = facts(ruling) if ruling else None
    if event.before is None:
        session.delete(ruling)
        return record(session, act.actor, Action.RULING_WITHDRAWN, "photo", photo.id, present)
    adjudicator = _adjudicator_of(session, event, act).id
    if ruling is None:
        ruling = Adjudication(photo_id=photo.id, version=event.before["version"])
        session.add(ruling)
    ruling.adjudicator_id = adjudicator
    write_assessment(ruling, assessment_from(event.before))
    session.flush()
    told = present, facts(ruling)
    return record(session, act.actor, Action.ADJUDICATED, "photo", photo.id, *told)


def _adjudicator_of(session: Session, event: Event, act: Act) -> User:
    """Return whose word the ruling before was: of who saved that version last, else of who undoes."""
    earlier = (
        select(Event)
        .where(Event.subject == "photo", Event.subject_id == event.subject_id)
        .where(Event.action == Action.ADJUDICATED.value, Event.id < event.id)
        .order_by(Event.id.desc())
    )
    for one in session.scalars(earlier):
        user = session.scalar(select(User).where(User.name == one.actor))
        if one.after == event.before and user:
            return user
    user = session.scalar(select(User).where(User.name == act.actor))
    if user is None:
        raise ChangedSince("It is not known any more whose ruling this was.")
    return user


def _present_settings(session: Session, _event: Event) -> Facts:
    return asdict(project(session))


def _restore_settings(session: Session, event: Event, act: Act) -> Event:
    known = asdict(project(session))
    before = {name: value for name, value in (event.before or {}).items() if name in known}
    return write_project(session, Project(**known | before), act.actor)


def _present_facts(session: Session, event: Event) -> Facts:
    stated = stated_facts(session)
    return {code: stated[code] for code in event.after or {} if code in stated}


def _restore_facts(session: Session, event: Event, act: Act) -> Event:
    stated = stated_facts(session)
    before = {code: text for code, text in (event.before or {}).items() if code in stated}
    return write_facts(session, {**stated, **before}, act.actor)


def _present_codes(session: Session, event: Event) -> Facts | None:
    return event.after if told_apart(session, (event.after or {}).get("persons", ())) else None


def _restore_codes(session: Session, event: Event, act: Act) -> Event:
    return ask_codes_again(session, (event.after or {})["persons"], act.actor)


def _present_import(session: Session, event: Event) -> Facts | None:
    return event.after if session.get(Batch, event.subject_id) else None


def _restore_import(session: Session, event: Event, act: Act) -> Event:
    undone, files = remove_import(session, event.subject_id or 0, act.actor)
    act.files += files
    return undone


def _import_in_use(session: Session, event: Event) -> CuratorError | None:
    return why_not_removable(session, event.subject_id or 0)


def _present_consent(session: Session, event: Event) -> Facts | None:
    row = session.get(ConsentRecord, event.subject_id)
    return consent_facts(row) if row else None


def _restore_consent(session: Session, event: Event, act: Act) -> Event:
    return restore_consent(session, event.subject_id or 0, event.before, act.actor)


KINDS = {
    Undo.RATING: Kind(_present_rating, _restore_rating, is_personal=True),
    Undo.EXCLUSION: Kind(_present_exclusion, _restore_exclusion),
    Undo.SOURCE: Kind(_present_source, _restore_source),
    Undo.POST: Kind(_present_post, _restore_post),
    Undo.PERSON: Kind(_present_person, _restore_person),
    Undo.DECISION: Kind(_present_decision, _restore_decision),
    Undo.CODES: Kind(_present_codes, _restore_codes),
    Undo.RULING: Kind(_present_ruling, _restore_ruling, roles=ADJUDICATORS, asks_reason=True),
    Undo.SETTINGS: Kind(_present_settings, _restore_settings, roles=ADMINS),
    Undo.FACTS: Kind(_present_facts, _restore_facts, roles=ADMINS),
    Undo.CONSENT: Kind(_present_consent, _restore_consent, roles=ADMINS),
    Undo.IMPORT: Kind(_present_import, _restore_import, roles=ADMINS, hindrance=_import_in_use),
}
KIND_OF: dict[str, Kind] = {action: KINDS[action.undo] for action in Action if action.undo}

UNKNOWN = translatable("This change is of a kind that this version does not know.")
_BY_ITSELF = translatable("The program did this by itself: there is nothing to undo.")
_SECURITY = translatable("Accounts and tokens are changed where they are managed, not undone.")
_KEPT_ELSEWHERE = translatable("This left the study: what others have cannot be undone here.")
_FOLLOWS = translatable("This follows from the decisions on pairs: undo the decision.")
# Why the other actions cannot be undone.
WHY_NOT: dict[str, str] = {
    Action.PHOTO_ADDED: translatable("A photo is removed with its import: undo the import."),
    Action.IMPORT_UNDONE: translatable("The photos are gone: import them again."),
    Action.COLOURS_REREAD: _BY_ITSELF,
    Action.SOURCE_OPENED: translatable("What was seen stays seen: it is recorded for that."),
    Action.CODES_ASKED_AGAIN: translatable("Tell the codes apart again on their page."),
    Action.COPY_REMOVED: _FOLLOWS,
    Action.COPY_RESTORED: _FOLLOWS,
    Action.STUDY_FROZEN: translatable("Unlock the study instead, with a reason."),
    Action.STUDY_UNLOCKED: translatable("A void signature stays void: freeze the study anew."),
    Action.ERASED: translatable("What was erased is gone for good."),
    Action.ERASURE_LIFTED: translatable("Erase the photos again instead."),
    **dict.fromkeys(
        (Action.SPLITS_ASSIGNED, Action.UPGRADED, Action.UPKEEP, Action.REPAIRED), _BY_ITSELF
    ),
    **dict.fromkeys(
        (
            Action.EXPORT_MADE,
            Action.EXPORT_DOWNLOADED,
            Action.LABEL_STUDIO_PUSHED,
            Action.LABEL_STUDIO_SETTLED,
            Action.ANNOTATOR_MAPPED,
            Action.BACKUP_MADE,
            Action.BACKUP_RESTORED,
        ),
        _KEPT_ELSEWHERE,
    ),
    **dict.fromkeys(
        (
            Action.ACCOUNT_ADDED,
            Action.ACCOUNT_DISABLED,
            Action.ACCOUNT_ENABLED,
            Action.PASSWORD_CHANGED,
            Action.ROLE_CHANGED,
            Action.SECOND_FACTOR_ON,
            Action.SECOND_FACTOR_OFF,
            Action.SECOND_FACTOR_RESET,
            Action.SECOND_FACTOR_DEMANDED,
            Action.RECOVERY_CODES_MADE,
            Action.RECOVERY_CODE_USED,
            Action.CODES_REFUSED,
            Action.SITES_SET,
            Action.TOKEN_MADE,
            Action.TOKEN_USED,
            Action.TOKEN_REVOKED,
        ),
        _SECURITY,
    ),
}
