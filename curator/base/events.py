"""The actions that are recorded, and the event table: one row per change, written in the change's transaction."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from curator.base.messages import Translatable, translatable
from curator.base.models.events import Event


class Undo(StrEnum):
    """What is restored when an action is undone."""

    RATING = "rating"
    EXCLUSION = "exclusion"
    SOURCE = "source"
    POST = "post"
    PERSON = "person"
    DECISION = "decision"
    CODES = "codes"
    RULING = "ruling"
    SETTINGS = "settings"
    FACTS = "facts"
    IMPORT = "import"
    CONSENT = "consent"


class Shown(StrEnum):
    """Who can see in a photo's history what an action changed."""

    TO_ALL = "all"
    TO_RATERS = "raters"  # of that photo: nobody's rating may influence another's
    WITH_SOURCE = "source"  # to those who may see the photo's source
    TO_NOBODY = "nobody"


class Action(StrEnum):
    """A recorded action: the stored string, its text in a history, who sees it there, and what undoing it restores."""

    text: Translatable
    shown: Shown
    undo: Undo | None

    def __new__(
        cls,
        stored: str,
        text: Translatable,
        shown: Shown = Shown.TO_NOBODY,
        undo: Undo | None = None,
    ) -> "Action":
        member = str.__new__(cls, stored)
        member._value_ = stored
        member.text, member.shown, member.undo = text, shown, undo
        return member

    PHOTO_ADDED = "photo added", translatable("Photo imported"), Shown.WITH_SOURCE
    COLOURS_REREAD = "colours reread", translatable("Colours read again"), Shown.TO_ALL
    PHOTO_EXCLUDED = "photo excluded", translatable("Photo excluded"), Shown.TO_ALL, Undo.EXCLUSION
    PHOTO_TAKEN_BACK_IN = (
        "photo taken back in",
        translatable("Included again"),
        Shown.TO_ALL,
        Undo.EXCLUSION,
    )
    SOURCE_SET = "source set", translatable("Source set"), Shown.WITH_SOURCE, Undo.SOURCE
    SOURCE_OPENED = "source opened", translatable("Source opened")
    POST_FILLED = "post filled", translatable("Post filled in"), Shown.WITH_SOURCE, Undo.POST
    PERSON_SET = "person set", translatable("Person set"), Shown.TO_ALL, Undo.PERSON
    CODES_TOLD_APART = (
        "codes told apart",
        translatable("Persons' codes told apart"),
        Shown.TO_NOBODY,
        Undo.CODES,
    )
    CODES_ASKED_AGAIN = "codes asked again", translatable("Persons' codes asked about again")
    RATING_SAVED = "rating saved", translatable("Photo rated"), Shown.TO_RATERS, Undo.RATING
    RATING_WITHDRAWN = (
        "rating withdrawn",
        translatable("Rating withdrawn"),
        Shown.TO_RATERS,
        Undo.RATING,
    )
    ADJUDICATED = "adjudicated", translatable("Adjudicated"), Shown.TO_RATERS, Undo.RULING
    RULING_WITHDRAWN = (
        "ruling withdrawn",
        translatable("Ruling withdrawn"),
        Shown.TO_RATERS,
        Undo.RULING,
    )
    COPY_REMOVED = "copy removed", translatable("Set aside as a copy"), Shown.TO_ALL
    COPY_RESTORED = "copy restored", translatable("No longer a copy"), Shown.TO_ALL
    PAIR_DECIDED = (
        "pair decided",
        translatable("Decision with photo %(other)s"),
        Shown.TO_ALL,
        Undo.DECISION,
    )
    DECISION_TAKEN_BACK = (
        "decision taken back",
        translatable("Decision with photo %(other)s undone"),
        Shown.TO_ALL,
        Undo.DECISION,
    )
    IMPORT_STARTED = (
        "import started",
        translatable("Import started"),
        Shown.TO_NOBODY,
        Undo.IMPORT,
    )
    IMPORT_UNDONE = "import undone", translatable("Import undone")
    SPLITS_ASSIGNED = "splits assigned", translatable("Splits assigned")
    EXPORT_MADE = "export made", translatable("Export made")
    EXPORT_DOWNLOADED = "export downloaded", translatable("Export downloaded")
    PROJECT_CHANGED = (
        "project changed",
        translatable("Project settings changed"),
        Shown.TO_NOBODY,
        Undo.SETTINGS,
    )
    STUDY_CHANGED = (
        "study changed",
        translatable("Facts of the study changed"),
        Shown.TO_NOBODY,
        Undo.FACTS,
    )
    ACCOUNT_ADDED = "account added", translatable("Account added")
    ACCOUNT_DISABLED = "account disabled", translatable("Account disabled")
    ACCOUNT_ENABLED = "account enabled", translatable("Account enabled")
    PASSWORD_CHANGED = "password changed", translatable("Password changed")
    ROLE_CHANGED = "role changed", translatable("Role changed")
    SECOND_FACTOR_ON = "second factor on", translatable("Second factor turned on")
    SECOND_FACTOR_OFF = "second factor off", translatable("Second factor turned off")
    SECOND_FACTOR_RESET = "second factor reset", translatable("Second factor reset")
    SECOND_FACTOR_DEMANDED = "second factor demanded", translatable("Second factor demanded")
    RECOVERY_CODES_MADE = "recovery codes made", translatable("Recovery codes made")
    RECOVERY_CODE_USED = "recovery code used", translatable("Recovery code used")
    CODES_REFUSED = "codes refused", translatable("Too many wrong codes")
    SITES_SET = "sites set", translatable("Sites of an account set")
    TOKEN_MADE = "token made", translatable("Token made")
    TOKEN_USED = "token used", translatable("Token used")
    TOKEN_REVOKED = "token revoked", translatable("Token revoked")
    ANNOTATOR_MAPPED = "annotator mapped", translatable("Label Studio annotator mapped")
    LABEL_STUDIO_PUSHED = "label studio pushed", translatable("Pushed to Label Studio")
    CONSENT_SET = (
        "consent set",
        translatable("Consent recorded"),
        Shown.TO_NOBODY,
        Undo.CONSENT,
    )
    CONSENT_WITHDRAWN = (
        "consent withdrawn",
        translatable("Consent withdrawn"),
        Shown.TO_NOBODY,
        Undo.CONSENT,
    )
    ERASED = "photos erased", translatable("Photos erased")
    ERASURE_LIFTED = "erasure lifted", translatable("Erasure lifted")
    UPGRADED = "upgraded", translatable("Upgraded")
    UPKEEP = "upkeep", translatable("Upkeep")
    LABEL_STUDIO_SETTLED = "label studio settled", translatable("Label Studio conflict settled")
    BACKUP_MADE = "backup made", translatable("Backup made")
    BACKUP_RESTORED = "backup restored", translatable("Backup restored")
    STUDY_FROZEN = "study frozen", translatable("Study frozen")
    STUDY_UNLOCKED = "study unlocked", translatable("Study unlocked")
    REPAIRED = "repaired", translatable("Repaired")


ACTIONS = {str(action): action for action in Action}


def record(
    session: Session,
    actor: str,
    action: Action,
    subject: str,
    subject_id: int | None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    reason: str | None = None,
) -> Event:
    event = Event(
        actor=actor,
        action=action.value,
        subject=subject,
        subject_id=subject_id,
        before=before,
        after=after,
        reason=reason,
    )
    session.add(event)
    return event


def highest_subject(session: Session, subject: str) -> int:
    """Return the highest number that a subject of events ever had; 0 if there was none."""
    return session.scalar(select(func.max(Event.subject_id)).where(Event.subject == subject)) or 0


def ids_of(session: Session, events: Iterable[Event]) -> tuple[int, ...]:
    """Return the ids by which changes are undone; new events get theirs here."""
    recorded = list(events)
    session.flush()
    return tuple(event.id for event in recorded)
