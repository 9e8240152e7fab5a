"""Audit trail: each act is recorded, and what somebody changes past the program is found."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, select, text, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from curator.base.chain import breaks
from curator.base.errors import CuratorError
from curator.base.events import Action
from curator.base.keys import chain_key
from curator.base.models.base import utc_now
from curator.base.models.events import Event, RowVersion
from curator.base.models.ratings import Rating
from curator.custody.findings import Kind
from curator.custody.log import check_rows
from curator.custody.records import Reader, read_records
from curator.queries.events import EventRow, events_after
from curator.validation.results import Unmet, require
from curator.validation.scratch import Scratch

MOST = 1000  # events of one act
CLOCK = timedelta(seconds=2)  # that the moments of two processes may differ


@dataclass(frozen=True)
class Act:
    """What somebody does, and what its event must say of it."""

    says: str
    do: Callable[[], int | None]  # returns the subject's number
    actor: str
    action: Action
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


def acts_are_recorded(scratch: Scratch) -> str:
    acts = _acts(scratch)
    for act in acts:
        last, began = _last_event(scratch), utc_now()
        number = act.do()
        made = events_after(scratch.sessions, last, MOST)
        problem = _problem(act, number, [one for one in made if one.action == act.action])
        require(not problem, f"{act.says}: {problem}")
        late = [one.id for one in made if not began - CLOCK <= one.at <= utc_now() + CLOCK]
        require(not late, f"{act.says}: its event is of another time.")
    return f"{len(acts)} acts by HTTP ({'; '.join(act.says for act in acts)}), each with its event"


def _acts(scratch: Scratch) -> list[Act]:
    photo = scratch.add_photo()
    first, admin, changing = (scratch.people[key] for key in ("first", "admin", "changing"))
    why = {"reason": "validation", "scope": "file"}

    def exclude() -> int:
        return _done(scratch, "PUT", photo.id, why)

    def include() -> int:
        return _done(scratch, "DELETE", photo.id, None)

    def rate(version: int, label: str) -> Callable[[], int]:
        return lambda: int(scratch.rate("first", photo.id, version, label=label)["photo"])

    def change_role(role: str) -> Callable[[], int]:
        def change() -> int:
            sent = scratch.browser("admin").form(f"/admin/accounts/{changing.name}/role", role=role)
            require(sent.status == 303, f"A role was not changed: {sent.status}.")
            return changing.id

        return change

    positive, negative = {"label": "positive"}, {"label": "negative"}
    included, excluded = {"excluded_reason": None}, {"excluded_reason": why["reason"]}
    rates, views = {"role": "annotator"}, {"role": "viewer"}
    is_viewer, is_rater = change_role("viewer"), change_role("annotator")
    return [
        Act("a rating", rate(0, "positive"), first.name, Action.RATING_SAVED, None, positive),
        Act(
            "another rating",
            rate(1, "negative"),
            first.name,
            Action.RATING_SAVED,
            positive,
            negative,
        ),
        Act("an exclusion", exclude, admin.name, Action.PHOTO_EXCLUDED, included, excluded),
        Act("an inclusion", include, admin.name, Action.PHOTO_TAKEN_BACK_IN, excluded, included),
        Act("a role", is_viewer, admin.name, Action.ROLE_CHANGED, rates, views),
        Act("the role again", is_rater, admin.name, Action.ROLE_CHANGED, views, rates),
    ]


def _done(scratch: Scratch, method: str, photo: int, given: object) -> int:
    answer = scratch.program("admin").call(method, f"/photos/{photo}/exclusion", given)
    require(
        answer.status < 300, f"An exclusion was answered with {answer.status}: {answer.text:.200}"
    )
    return photo


def _problem(act: Act, number: int | None, made: list[EventRow]) -> str:
    """Return what is wrong with the event of an act; empty if nothing is."""
    if len(made) != 1:
        return f"it left {len(made)} events `{act.action}`, not one."
    [event] = made
    for name, told, wanted in (
        ("who", event.actor, act.actor),
        ("what about", event.subject_id, number),
        ("before", _part(event.before, act.before), act.before),
        ("after", _part(event.after, act.after), act.after),
    ):
        if told != wanted:
            return f"its event says {name} {told!r}, not {wanted!r}."
    return ""


def _part(told: Mapping[str, Any] | None, wanted: Mapping[str, Any] | None) -> Any:
    return {key: (told or {}).get(key) for key in wanted} if wanted else wanted


def events_cannot_be_changed(scratch: Scratch) -> str:
    event, version = _some_event(scratch)
    tried = {
        "an event was changed": update(Event).where(Event.id == event).values(actor="nobody"),
        "an event was removed": delete(Event).where(Event.id == event),
        "a row's version was changed": update(RowVersion)
        .where(RowVersion.id == version)
        .values(content="0" * 64),
        "a row's version was removed": delete(RowVersion).where(RowVersion.id == version),
    }
    for says, statement in tried.items():
        with scratch.engine.connect() as connection:
            try:
                connection.execute(statement)
            except (SQLAlchemyError, CuratorError):
                continue
            finally:
                connection.rollback()
        raise Unmet(f"By plain SQL {says}; the database did not refuse it.")
    return f"{len(tried)} statements of SQL against the log, all refused by the database"


def altered_events_are_found(scratch: Scratch) -> str:
    event, _ = _some_event(scratch)
    altered: dict[str, dict[str, Any]] = {
        "who": {"actor": "nobody"},
        "when": {"at": utc_now() - timedelta(days=1)},
        "what": {"after": {"label": "unsure"}},
        "why": {"reason": "another"},
    }
    for name, values in altered.items():
        with _tampering(scratch) as connection:
            connection.execute(update(Event).where(Event.id == event).values(**values))
            found = _broken_events(scratch, connection)
        require(event in found, f"An event was altered ({name}), and the proof did not find it.")
    return f"event {event} altered in {len(altered)} ways, each found and named; then put back"


def removed_events_are_found(scratch: Scratch) -> str:
    event, _ = _some_event(scratch)
    with _tampering(scratch) as connection:
        connection.execute(delete(RowVersion).where(RowVersion.event_id == event))
        connection.execute(delete(Event).where(Event.id == event))
        found = _broken_events(scratch, connection)
    require(found, "An event was removed, and the proof did not find it.")
    return f"event {event} removed with its rows' versions: the proof failed at event {min(found)}; then put back"


def changed_ratings_are_found(scratch: Scratch) -> str:
    photo = scratch.add_photo()
    scratch.rate("first", photo.id)
    with _tampering(scratch) as connection:
        connection.execute(
            update(Rating).where(Rating.photo_id == photo.id).values(label="negative")
        )
        reader = Reader(connection)
        found = [*check_rows(reader, read_records(reader))]
    told = [one for one in found if one.kind is Kind.LOG_DIFFERS and "rating" in one.about]
    require(told, "A rating was changed in the database, and doctor did not miss it in the log.")
    return f"a label changed past the program: doctor named {told[0].about}; then put back"


@contextmanager
def _tampering(scratch: Scratch) -> Iterator[Connection]:
    """Let somebody write past the program who has removed the triggers; nothing of it stays."""
    with scratch.engine.connect() as connection:
        try:
            with connection.begin() as transaction:
                _remove_triggers(connection)
                require(
                    not _broken_events(scratch, connection),
                    "The log did not hold before it was altered.",
                )
                yield connection
                transaction.rollback()
        finally:
            connection.rollback()


def _remove_triggers(connection: Connection) -> None:
    if connection.dialect.name != "sqlite":
        for table in ("event", "row_version"):
            connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        return
    names = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'"))
    for name in names.scalars().all():
        connection.execute(text(f'DROP TRIGGER "{name}"'))


def _broken_events(scratch: Scratch, connection: Connection) -> set[int]:
    with Session(connection, join_transaction_mode="create_savepoint") as session:
        return {one.event for one in breaks(session, chain_key(scratch.config))}


def _some_event(scratch: Scratch) -> tuple[int, int]:
    """Return an event with others after it, and a row's version that belongs to it."""
    photo = scratch.add_photo()
    scratch.rate("first", photo.id)
    scratch.add_photo()
    with scratch.sessions() as session:
        event = select(func.max(Event.id)).where(Event.action == Action.RATING_SAVED)
        found = session.scalar(event)
        version = session.scalar(select(RowVersion.id).where(RowVersion.event_id == found).limit(1))
        if found is None or version is None:
            raise Unmet("A saved rating left no event with the row that it changed.")
        return found, version


def _last_event(scratch: Scratch) -> int:
    with scratch.sessions() as session:
        return session.scalar(select(func.max(Event.id))) or 0
