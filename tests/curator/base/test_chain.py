"""The chain of events: what a transaction did is sealed with it, and nothing is altered unseen."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import (
    Delete,
    Executable,
    String,
    Table,
    Update,
    cast,
    delete,
    func,
    insert,
    literal,
    null,
    select,
    update,
)
from sqlalchemy.exc import DBAPIError

from curator.base.chain import Break, breaks, head
from curator.base.config import Config
from curator.base.db import Sessions, reading
from curator.base.events import Action, record
from curator.base.journal import KEPT, TABLES
from curator.base.keys import chain_key
from curator.base.models.base import Base
from curator.base.models.events import Event, RowVersion
from curator.base.models.labelstudio import LabelStudioAnnotator
from curator.base.models.pairs import PhotoPair
from curator.base.models.photos import Batch, Person, Photo
from curator.custody.examination import examine
from curator.labelstudio.annotators import map_annotator, unmap_annotator
from tests.curator.intruder import EVENT, TABLES_OF_LOG, VERSION, Intruder
from tests.curator.noticed import CURATOR, UnnoticedWrite
from tests.curator.walks import Walk


def found(sessions: Sessions, config: Config) -> list[Break]:
    with reading(sessions) as session:
        return [*breaks(session, chain_key(config))]


@pytest.fixture
def walked(sessions: Sessions, config: Config) -> Sessions:
    Walk(sessions, 7, chain_key(config)).go(60)
    return sessions


@pytest.fixture
def intruder(config: Config) -> Intruder:
    return Intruder(config)


def test_every_event_carries_a_link_of_its_own(walked: Sessions, config: Config) -> None:
    assert found(walked, config) == []
    with reading(walked) as session:
        links = session.scalars(select(Event.link)).all()
        newest = head(session)
    assert None not in links
    assert len({*links}) == len(links) > 40
    assert newest is not None
    assert newest.link == links[-1]


@pytest.mark.parametrize("table", TABLES_OF_LOG, ids=str)
@pytest.mark.parametrize("change", [lambda table: update(table).values(id=99999), delete])
def test_the_database_refuses_to_change_what_was_recorded(
    walked: Sessions,
    config: Config,
    intruder: Intruder,
    table: Table,
    change: Callable[[Table], Update | Delete],
) -> None:
    with pytest.raises(DBAPIError, match="append-only"):
        intruder.run(change(table).where(table.c.id == 3), unguarded=False)
    assert found(walked, config) == []


EVENTS = {
    "at": datetime(2020, 1, 1),
    "actor": "eve",
    "action": "backup restored",  # which no walk does
    "subject": "batch",
    "subject_id": 99999,
    "before": {"label": "negative"},
    "after": {"label": "negative"},
    "reason": "none",
    "content": "00",
    "link": "00",
}
VERSIONS = {"table_name": "nowhere", "row_key": "[99999]", "columns": {"id": 1}, "content": "00"}


@pytest.mark.parametrize(("column", "value"), EVENTS.items())
def test_every_change_of_an_event_is_found(
    walked: Sessions, config: Config, intruder: Intruder, column: str, value: object
) -> None:
    changed = intruder.any_id(EVENT)
    intruder.run(update(EVENT).where(EVENT.c.id == changed).values({column: value}))
    assert found(walked, config)[0].event == changed


@pytest.mark.parametrize(("column", "value"), VERSIONS.items())
def test_every_change_of_a_version_is_found(
    walked: Sessions, config: Config, intruder: Intruder, column: str, value: object
) -> None:
    changed = intruder.any_id(VERSION)
    with reading(walked) as session:
        event = session.get_one(RowVersion, changed).event_id
    intruder.run(update(VERSION).where(VERSION.c.id == changed).values({column: value}))
    first = found(walked, config)[0]
    assert first.event == event
    assert first.version == (changed if column in ("columns", "content") else None)


@pytest.mark.parametrize(("table", "said"), [(EVENT, ["before", "after"]), (VERSION, ["columns"])])
def test_what_was_blanked_without_an_erasure_is_found(
    walked: Sessions, config: Config, intruder: Intruder, table: Table, said: list[str]
) -> None:
    full = select(func.max(table.c.id)).where(cast(table.c[said[-1]], String) != "null")
    blank = dict.fromkeys(said, null())
    intruder.run(update(table).where(table.c.id == full.scalar_subquery()).values(blank))
    assert [each.what for each in found(walked, config)] == ["content"]


def drop_one(intruder: Intruder) -> None:
    intruder.run(update(VERSION).where(VERSION.c.event_id == 5).values(event_id=6))
    intruder.run(delete(EVENT).where(EVENT.c.id == 5))


def add_one(intruder: Intruder) -> None:
    columns = [column.name for column in EVENT.c if column.name != "id"]
    same = select(literal(10000), *(EVENT.c[name] for name in columns)).where(EVENT.c.id == 5)
    intruder.run(insert(EVENT).from_select(["id", *columns], same))


def swap(intruder: Intruder) -> None:
    for old, new in ((5, 20000), (6, 5), (20000, 6)):
        intruder.run(update(EVENT).where(EVENT.c.id == old).values(id=new))


def move_version(intruder: Intruder) -> None:
    last = select(func.max(EVENT.c.id)).scalar_subquery()
    intruder.run(update(VERSION).where(VERSION.c.id == 1).values(event_id=last))


def drop_version(intruder: Intruder) -> None:
    intruder.run(delete(VERSION).where(VERSION.c.id == 5))


@pytest.mark.parametrize("alter", [drop_one, add_one, swap, move_version, drop_version])
def test_what_was_dropped_added_or_moved_is_found(
    walked: Sessions, config: Config, intruder: Intruder, alter: Callable[[Intruder], None]
) -> None:
    alter(intruder)
    assert "link" in [each.what for each in found(walked, config)]


def test_another_key_proves_nothing(walked: Sessions) -> None:
    with reading(walked) as session:
        events = session.query(Event).count()
        assert len([*breaks(session, b"another key")]) >= events


def test_a_savepoint_that_was_rolled_back_leaves_nothing(
    sessions: Sessions, config: Config
) -> None:
    with sessions.begin() as session:
        session.add(Person(code="P1"))
        with session.begin_nested() as savepoint:
            session.add(Person(code="P2"))
            record(session, "ana", Action.PERSON_SET, "photo", 1)
            session.flush()
            savepoint.rollback()
        record(session, "ana", Action.PERSON_SET, "photo", 2)
    with reading(sessions) as session:
        kept = session.scalars(select(RowVersion).where(RowVersion.table_name == "person"))
        assert [version.columns["code"] for version in kept if version.columns] == ["P1"]
    assert found(sessions, config) == []


def test_a_transaction_that_failed_leaves_nothing_to_the_next(
    sessions: Sessions, config: Config
) -> None:
    session = sessions()
    session.add(Person(code="P1"))
    session.flush()
    session.rollback()
    session.add(Batch())
    record(session, "ana", Action.IMPORT_STARTED, "batch", 1)
    session.commit()
    session.close()
    with reading(sessions) as session:
        tables = session.scalars(select(RowVersion.table_name)).all()
    assert "person" not in tables
    assert found(sessions, config) == []


def test_a_change_that_nobody_recorded_gets_an_event(sessions: Sessions, config: Config) -> None:
    with sessions.begin() as session:
        session.add(Person(code="P1"))
    with reading(sessions) as session:
        last = session.scalars(select(Event).order_by(Event.id.desc())).first()
    assert last is not None
    assert (last.actor, last.action) == ("curator", Action.UPKEEP)
    assert found(sessions, config) == []


@pytest.mark.parametrize(
    "statement",
    [
        delete(LabelStudioAnnotator),
        update(Photo).values(source="#sun"),
        update(Photo.__table__).values(source="#sun"),  # type: ignore[arg-type]
        insert(Person),
        delete(PhotoPair).where(PhotoPair.decision == "copy"),
    ],
)
def test_no_statement_of_curators_own_writes_past_the_log(
    sessions: Sessions, statement: Executable
) -> None:
    source = "def write(session, statement): session.execute(statement)"
    module: dict[str, Any] = {}
    exec(compile(source, f"{CURATOR}/x.py", "exec"), module)  # noqa: S102
    with pytest.raises(UnnoticedWrite), sessions.begin() as session:
        module["write"](session, statement)


def test_an_address_that_stands_for_nobody_any_longer_is_gone_in_the_log(
    sessions: Sessions, config: Config
) -> None:
    map_annotator(sessions, "ben@example.org", "ben", actor="ana")
    unmap_annotator(sessions, "ben@example.org", actor="ana")
    assert examine(config, grace_s=0).findings == ()


def test_no_secret_is_kept() -> None:
    for name, table in TABLES.items():
        kept = {column.name for column in table.columns} - KEPT[name].omitted
        secrets = ("password", "token_", "secret", "recovery")
        assert [column for column in kept if column.startswith(secrets)] == [], name


def test_what_is_kept_and_passed_over_exists() -> None:
    assert KEPT.keys() <= Base.metadata.tables.keys()
    for name, kept in KEPT.items():
        columns = {column.name for column in TABLES[name].columns}
        assert kept.omitted | kept.carried <= columns, name
