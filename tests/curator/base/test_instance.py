"""Instance, database, accounts, settings: private, up to date, append-only where it must be."""

import stat
import threading
from pathlib import Path

import pytest
from sqlalchemy import delete, event, insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from curator.base.accounts import (
    account_named,
    add_first_admin,
    add_user,
    list_users,
    set_disabled,
    set_password,
)
from curator.base.config import Config, from_environment
from curator.base.db import Sessions, open_engine, open_sessions, reading
from curator.base.errors import (
    AlreadyThere,
    CuratorError,
    DatabaseUnavailable,
    InputInvalid,
    InstanceMissing,
    NotFound,
    NotSignedIn,
    SettingInvalid,
)
from curator.base.events import Action, record
from curator.base.instance import init_instance
from curator.base.keys import author_key
from curator.base.models.events import Event
from curator.base.models.users import User
from curator.base.sign_ins import sign_in, signed_in
from curator.base.store import Store, write_file
from faces.decoding import READING
from tests.curator.drawing import ACCOUNTS, PASSWORD


def test_init_makes_a_private_instance_and_keeps_existing_files(unmade: Config) -> None:
    init_instance(unmade)
    key = (unmade.instance / "key").read_text()
    assert stat.S_IMODE(unmade.instance.stat().st_mode) == 0o700
    assert stat.S_IMODE((unmade.instance / "key").stat().st_mode) == 0o600
    init_instance(unmade)
    assert (unmade.instance / "key").read_text() == key


def test_init_removes_pictures_that_an_earlier_version_made(config: Config) -> None:
    store, cache = Store(config.instance), config.instance / "cache"
    new, drawn = store.preview("ab", 256), store.redness("ab", 640, "-face")
    for kept in (new, drawn, cache / "keypoints-1.npz"):
        write_file(kept, b"made")
    for old in ("preview-256", f"redness-640-r{READING}", f"redness-640-s1-r{READING}"):
        write_file(cache / old / "ab" / "ab.jpg", b"made")
    init_instance(config)
    assert sorted(path.name for path in cache.iterdir()) == sorted(
        ("keypoints-1.npz", new.parent.parent.name, drawn.parent.parent.name)
    )


def test_without_an_instance_the_error_says_what_to_do(unmade: Config) -> None:
    with pytest.raises(InstanceMissing, match="run `flask curator init` first"):
        open_sessions(unmade)
    with pytest.raises(InstanceMissing, match="run `flask curator init` first"):
        author_key(unmade, "rosa")


def test_a_database_of_another_version_is_refused(config: Config, sessions: Sessions) -> None:
    with sessions.begin() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    with pytest.raises(InstanceMissing, match="another version"):
        open_sessions(config)


def test_events_cannot_be_changed_or_deleted(sessions: Sessions) -> None:
    for change in (update(Event).values(actor="x"), delete(Event)):
        with pytest.raises(DBAPIError, match="append-only"), sessions.begin() as session:
            session.execute(change)


def test_a_reader_does_not_wait_for_a_writer(sessions: Sessions) -> None:
    with sessions.begin() as writer:
        record(writer, "ana", Action.PASSWORD_CHANGED, "user", 1)
        writer.flush()
        with reading(sessions) as reader:
            assert len(reader.scalars(select(User)).all()) == len(ACCOUNTS)


def test_two_writers_take_turns(sessions: Sessions) -> None:
    def write() -> None:
        for _ in range(20):
            with sessions.begin() as session:
                count = len(session.scalars(select(Event)).all())
                record(session, "ana", Action.PASSWORD_CHANGED, "user", count)

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with reading(sessions) as session:
        of_these = select(Event.subject_id).where(Event.action == Action.PASSWORD_CHANGED)
        counts = session.scalars(of_these).all()
    assert (len(counts), len(set(counts))) == (80, 80)


def test_a_broken_database_gives_one_clear_line(config: Config, sessions: Sessions) -> None:
    with sessions.begin() as session:
        session.execute(text("DROP TABLE claim"))
    with (
        pytest.raises(DatabaseUnavailable, match="nothing was changed"),
        reading(sessions) as session,
    ):
        session.execute(text("SELECT * FROM claim"))


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT caption_of_old FROM photo",
        "INSERT INTO nothing VALUES (1)",
        "UPDATE photo SET x = 1",
    ],
)
def test_a_missing_table_or_column_is_told_in_one_line(sessions: Sessions, statement: str) -> None:
    with pytest.raises(DatabaseUnavailable) as told, sessions.begin() as session:
        session.execute(text(statement))
    assert "nothing was changed" in told.value.message
    assert "\n" not in told.value.message


@pytest.mark.only_on("postgresql", reason="SQLite has no rights")
def test_a_database_that_may_not_be_written_is_told(sessions: Sessions) -> None:
    with sessions.begin() as session:
        session.execute(text("SET TRANSACTION READ ONLY"))
        record(session, "ana", Action.PASSWORD_CHANGED, "user", 1)
        with pytest.raises(DatabaseUnavailable):
            session.flush()


def test_an_author_is_recognised_in_any_spelling(config: Config, unmade: Config) -> None:
    assert author_key(config, "@Rosa.M") == author_key(config, "rosa.m ")
    init_instance(unmade)
    assert author_key(unmade, "rosa.m") != author_key(config, "rosa.m")


def test_signing_in_needs_the_password(sessions: Sessions) -> None:
    token = sign_in(sessions, "ben", PASSWORD, hours=12)
    found = signed_in(sessions, token)
    assert found
    assert found.account == account_named(sessions, "ben")
    for name, password in (("ben", "wrong"), ("nobody", PASSWORD), ("ben", "")):
        with pytest.raises(NotSignedIn):
            sign_in(sessions, name, password, hours=12)


def test_a_new_password_ends_sessions_of_the_old_one(sessions: Sessions) -> None:
    token = sign_in(sessions, "ben", PASSWORD, hours=12)
    set_password(sessions, "ben", "another long one", min_chars=12, actor="ana")
    assert signed_in(sessions, token) is None
    with pytest.raises(NotSignedIn):
        sign_in(sessions, "ben", PASSWORD, hours=12)


def test_a_disabled_account_may_do_nothing(sessions: Sessions) -> None:
    token = sign_in(sessions, "ben", PASSWORD, hours=12)
    set_disabled(sessions, "ben", True, actor="ana")
    with pytest.raises(NotSignedIn):
        sign_in(sessions, "ben", PASSWORD, hours=12)
    set_disabled(sessions, "ben", False, actor="ana")
    assert signed_in(sessions, token) is None  # nor once enabled again: it must sign in anew


@pytest.mark.parametrize(
    ("name", "password", "role", "error"),
    [
        ("ana", PASSWORD, "admin", AlreadyThere),
        ("", PASSWORD, "admin", InputInvalid),
        ("<b>", PASSWORD, "admin", InputInvalid),
        ("new", "short", "admin", InputInvalid),
        ("new", PASSWORD, "king", InputInvalid),
    ],
)
def test_an_invalid_account_is_refused(
    sessions: Sessions, name: str, password: str, role: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        add_user(sessions, name, password, role, min_chars=12, actor="ana")
    assert len(list_users(sessions)) == len(ACCOUNTS)


def test_the_first_admin_is_made_only_once(sessions: Sessions) -> None:
    with pytest.raises(AlreadyThere):
        add_first_admin(sessions, "eve", PASSWORD, min_chars=12)
    with pytest.raises(NotFound):
        account_named(sessions, "eve")


def test_passwords_are_stored_as_salted_hashes(sessions: Sessions) -> None:
    for name in ("eve", "eva"):
        add_user(sessions, name, PASSWORD, "viewer", min_chars=12, actor="test")
    with reading(sessions) as session:
        added = select(User.password_hash).where(User.name.in_(("eve", "eva")))
        stored = session.scalars(added).all()
    assert len(set(stored)) == 2
    assert all(value.startswith("$argon2id$") and PASSWORD not in value for value in stored)


def test_a_logged_failure_contains_no_values(sessions: Sessions) -> None:
    twice = User(name=ACCOUNTS[0][0], password_hash="scrypt:a hash", role="admin", order_seed=1)
    with pytest.raises(IntegrityError) as caught, sessions.begin() as session:
        session.add(twice)
    assert "UNIQUE" in str(caught.value).upper()
    assert "scrypt" not in str(caught.value)


@pytest.mark.parametrize(
    "changed",
    [{"role": "king"}, {"name": None}, {"disabled": None}, {"password_hash": "scrypt:", "id": 1}],
)
def test_a_refused_row_is_not_told(sessions: Sessions, changed: dict[str, object]) -> None:
    """PostgreSQL tells the whole row that breaks a rule."""
    row = {"name": "rosa", "password_hash": "scrypt:a hash", "role": "admin", "order_seed": 1}
    with pytest.raises(IntegrityError) as caught, sessions.begin() as session:
        session.execute(insert(User).values(**(row | changed)))
    assert "scrypt" not in str(caught.value)
    assert "rosa" not in str(caught.value)
    assert "scrypt" not in str(caught.value.orig)


@pytest.mark.parametrize(
    ("sqlstate", "expected"), [("22003", NotFound), (None, InputInvalid), ("22021", InputInvalid)]
)
def test_values_that_a_database_cannot_store_are_the_users_error(
    config: Config, sqlstate: str | None, expected: type[CuratorError]
) -> None:
    engine = open_engine(config)
    refused = engine.dialect.loaded_dbapi.DataError("as PostgreSQL refuses a number or a text")
    refused.sqlstate = sqlstate

    @event.listens_for(engine, "do_execute")
    def refuse(*_: object) -> None:
        raise refused

    with pytest.raises(expected), engine.connect() as connection:
        connection.execute(text("SELECT 1"))


def test_each_setting_can_come_from_the_environment() -> None:
    config = from_environment(
        {
            "CURATOR_INSTANCE": "/data/x",
            "CURATOR_MAX_PIXELS": "5",
            "CURATOR_BEHIND_HTTPS": "yes",
            "DATABASE_URL": "postgresql+psycopg://db/malar",
        }
    )
    assert config.instance == Path("/data/x")
    assert (config.max_pixels, config.behind_https) == (5, True)
    assert config.url == "postgresql+psycopg://db/malar"
    assert from_environment({}) == Config()


@pytest.mark.parametrize(
    ("name", "value"), [("CURATOR_PORT", "http"), ("CURATOR_BEHIND_HTTPS", "maybe")]
)
def test_an_invalid_setting_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingInvalid, match=name):
        from_environment({name: value})
