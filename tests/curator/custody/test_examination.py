"""The doctor finds each single fault and names it, finds nothing in sound instances, and loses nothing."""

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Connection, select, text

from curator.base.config import Config
from curator.base.db import open_engine, open_sessions, reading
from curator.base.events import Action
from curator.base.models.base import Base
from curator.base.models.events import Event
from curator.base.writing import temporary_file
from curator.custody import examination
from curator.custody.examination import CHECKS, Check, examine
from curator.custody.findings import Finding, Kind
from curator.custody.repair import repair
from curator.photos.exclusion import exclude_photos
from tests.curator import databases
from tests.curator.custody.damage import each_outcome, plant_and_examine, remembering
from tests.curator.custody.walks import Walk

FAULTS = 40
WALKS = 3
DAMAGED = pytest.mark.only_on("sqlite", reason="the pages of a server are its own to check")


@pytest.fixture
def config(worked_in: Config, tmp_path: Path) -> Config:
    return databases.copied(worked_in, tmp_path / "instance")


@pytest.fixture(autouse=True)
def decoded_once() -> Iterator[None]:
    """Let each file's content be decoded once in all tests."""
    with remembering():
        yield


def kinds(config: Config) -> set[str]:
    return {str(one.kind) for one in examine(config, grace_s=0).findings}


def abouts(config: Config) -> set[str]:
    return {one.about for one in examine(config, grace_s=0).findings}


@contextmanager
def database(config: Config) -> Iterator[Connection]:
    """Open the database as somebody does who passes by the program."""
    engine = open_engine(config)
    with engine.begin() as connection:
        yield connection
    engine.dispose()


def state(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Return what is in a folder, but for what SQLite keeps beside a database for its readers."""
    return {
        str(path): (path.lstat().st_mode, path.read_bytes() if path.is_file() else b"")
        for path in sorted(folder.rglob("*"))
        if not path.name.endswith(("-wal", "-shm"))
    }


@DAMAGED
def test_single_faults_are_found_and_named(worked_in: Config, tmp_path: Path) -> None:
    missed = [
        (outcome.fault.what, outcome.told)
        for outcome in each_outcome([worked_in.instance], tmp_path, FAULTS, seed=11)
        if outcome.fault.has_witness and not (outcome.is_found and outcome.is_named)
    ]
    assert len(missed) <= 1, missed  # the bytes of two runs differ, and few have no second witness


def test_sound_instances_have_no_findings(server: None, pool: list[Path], tmp_path: Path) -> None:
    for seed in range(WALKS):
        walk = Walk(databases.unmade(tmp_path / str(seed) / "instance"), pool, seed)
        walk.steps(25)
        assert examine(walk.config, grace_s=0).findings == (), seed


def test_an_examination_changes_nothing(config: Config) -> None:
    (config.instance / "photos" / "stray.txt").write_text("stray")
    before = state(config.instance)
    assert kinds(config) >= {"file-unknown"}
    assert state(config.instance) == before


def test_a_row_more_is_a_check_more(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    planted = Finding(Kind.RUN_BROKEN, "runs/none", "It was never trained.")
    row = Check("another", "nothing", lambda _scene: iter([planted]))
    monkeypatch.setattr(examination, "CHECKS", (*CHECKS, row))
    assert examine(config, grace_s=0).findings == (planted,)


def test_repair_mends_what_loses_nothing_and_tells_of_it(config: Config) -> None:
    photo = next((config.instance / "photos").rglob("*.jpg"))
    stray = config.instance / "photos" / "aa" / "stray.jpg"
    stray.parent.mkdir(exist_ok=True)
    stray.write_bytes(b"whatever this is")
    left_over = config.instance / "exports" / ".writing-malar-gone"
    left_over.mkdir()
    preview = next((config.instance / "cache").rglob("*.jpg"))
    preview.write_bytes(preview.read_bytes()[:-40])
    photo.chmod(0o644)
    with database(config) as connection:
        counting = "SELECT max(id) FROM rating WHERE counts_on_id IS NOT NULL"
        word = connection.scalar(text(counting))
        connection.execute(text("UPDATE photo SET width_px = width_px + 1 WHERE id = 1"))
        discounting = text("UPDATE rating SET counts_on_id = NULL WHERE id = :word")
        connection.execute(discounting, {"word": word})
        hashing = text("UPDATE fingerprint SET hashes = :hashes WHERE photo_id = 2")
        connection.execute(hashing, {"hashes": bytes(32)})
    examined = examine(config, grace_s=0)
    # The log differs from the width, too: it is set as the file says, which the log says as well.
    assert {one.kind for one in examined.findings if not one.mend} == {Kind.LOG_DIFFERS}
    sessions = open_sessions(config)
    mended = repair(sessions, config, examined.findings, actor="test").mended
    assert set(mended) == {one for one in examined.findings if one.mend}
    assert examine(config, grace_s=0).is_sound
    assert (config.instance / "lost+found/photos/aa/stray.jpg").read_bytes() == b"whatever this is"
    assert not left_over.exists()
    with reading(sessions) as session:
        told = session.scalars(select(Event).filter_by(action=Action.REPAIRED)).all()
        assert {(one.subject, one.subject_id) for one in told} == {
            ("photo", 1),
            ("rating", word),
            ("fingerprint", 2),
        }


def test_a_stray_file_stays_where_a_photo_misses_one(config: Config) -> None:
    with database(config) as connection:
        renaming = text("UPDATE photo SET file_sha256 = :other WHERE id = 1")
        connection.execute(renaming, {"other": "ab" * 32})
    found = examine(config, grace_s=0).findings
    strays = [one for one in found if one.kind is Kind.FILE_UNKNOWN]
    assert strays
    assert all(one.mend is None for one in strays)
    assert "photo 1" in {one.about for one in found}


def test_what_is_being_written_is_no_finding(config: Config) -> None:
    with temporary_file(config.instance / "exports") as path:
        path.write_bytes(b"half")
        assert examine(config, grace_s=0).is_sound


def test_what_a_killed_process_wrote_is_left_over(config: Config) -> None:
    path = config.instance / "photos" / ".writing-killed"
    path.write_bytes(b"half")
    assert abouts(config) == {"photos/.writing-killed"}
    with path.open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert examine(config, grace_s=0).is_sound


def test_a_file_that_waits_for_its_row_is_no_finding(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An import puts files in place before it commits their rows."""
    path = config.instance / "photos" / "aa"
    path.mkdir(exist_ok=True)
    new = path / f"{'aa' * 32}.jpg"
    new.write_bytes(b"a new photo")
    slept: list[float] = []

    def committed(seconds: float) -> None:
        slept.append(seconds)
        new.unlink()  # as far as the examination can tell, the same as a row that knows it

    monkeypatch.setattr("curator.custody.examination.time.sleep", committed)
    assert examine(config, grace_s=180).is_sound
    assert slept[0] > 170


@DAMAGED
@pytest.mark.parametrize("at", [0, 20_000])
def test_a_damaged_database_is_told_in_one_report(config: Config, at: int) -> None:
    path = config.instance / "malar.sqlite"
    content = bytearray(path.read_bytes())
    content[at : at + 40_000] = b"\xff" * 40_000
    path.write_bytes(content)
    assert "database-damaged" in kinds(config)


@DAMAGED
def test_a_missing_database_is_told(config: Config) -> None:
    (config.instance / "malar.sqlite").unlink()
    assert kinds(config) == {"database-damaged"}


@pytest.mark.only_on("sqlite", reason="Alembic compares the schema of a server, in its words")
@pytest.mark.parametrize(
    ("statement", "about"),
    [
        ("DROP INDEX photo_kept", "index photo_kept"),
        ("DROP TRIGGER event_no_update", "trigger event_no_update"),
        ("CREATE TABLE mine (a)", "table mine"),
        ("ALTER TABLE person ADD COLUMN nickname", "table person"),
        ("UPDATE alembic_version SET version_num = '0001'", "the database"),
    ],
)
def test_another_schema_is_told(config: Config, statement: str, about: str) -> None:
    with database(config) as connection:
        connection.execute(text(statement))
    assert about in abouts(config)


def test_a_read_only_instance_can_be_examined(config: Config) -> None:
    if os.getuid() == 0:
        pytest.skip("nothing is read-only for root")
    for path in [*config.instance.rglob("*"), config.instance]:
        path.chmod(path.lstat().st_mode & 0o500) if not path.is_symlink() else None
    try:
        assert examine(config, grace_s=0).is_sound
    finally:
        for path in [config.instance, *config.instance.rglob("*")]:
            path.chmod(0o700) if path.is_dir() else None


def test_files_open_to_others_are_told(config: Config) -> None:
    config.instance.chmod(0o755)
    (config.instance / "key").chmod(0o640)
    assert abouts(config) == {".", "key"}


def test_another_key_is_told(config: Config) -> None:
    (config.instance / "key").write_text("0" * 64)
    assert kinds(config) == {"key-wrong"}


def test_a_missing_export_is_told_unless_the_program_asked_to_delete_it(config: Config) -> None:
    """It asks to delete exports that hold photos which were excluded since."""
    with database(config) as connection:
        exported = "SELECT path, photo_id FROM export JOIN export_member ON export_id = export.id"
        folder, photo = connection.execute(text(exported)).first() or ("", 0)
    shutil.rmtree(config.instance / folder)
    assert "export-missing" in kinds(config)
    sessions = open_sessions(config)
    every = range(1, 1000)
    exclude_photos(sessions, [photo], "a child", confirmed=every, actor="ana")
    assert "export-missing" not in kinds(config)


@DAMAGED
def test_every_table_is_read(worked_in: Config, tmp_path: Path) -> None:
    """An unreadable value of any table is found: no table is forgotten."""
    rng = np.random.default_rng(1)
    assert len(Base.metadata.sorted_tables) > 25
    outcome = plant_and_examine(worked_in.instance, tmp_path / "scratch", rng)
    assert outcome.is_found or not outcome.fault.has_witness


def test_findings_are_plain_in_json(config: Config) -> None:
    (config.instance / "key").write_text("no key")
    found = [one.as_json() for one in examine(replace(config, workers=1), grace_s=0).findings]
    assert json.loads(json.dumps(found)) == [
        {
            "code": "key-wrong",
            "about": "key",
            "says": "It is not 64 digits from 0 to f.",
            "to_do": Kind.KEY_WRONG.advice,
            "repairable": False,
        }
    ]


@pytest.mark.only_on("postgresql", reason="SQLite's schema is compared word by word")
def test_what_another_program_changed_on_postgresql_is_told(config: Config) -> None:
    with database(config) as connection:
        connection.execute(text("UPDATE rating SET note = 'forged' WHERE id = 1"))
        connection.execute(text("UPDATE photo SET width_px = 1 WHERE id = 1"))
        connection.execute(text("ALTER TABLE person ADD COLUMN nickname text"))
        connection.execute(text("DROP TRIGGER event_no_update ON event"))
        connection.execute(text("ALTER TABLE row_version DISABLE TRIGGER row_version_no_delete"))
    guards = {"trigger event_no_update", "trigger row_version_no_delete"}
    assert abouts(config) == {"rating 1", "photo 1", "the database", *guards}


def test_a_misspelt_fact_of_an_alignment_is_told_and_one_that_older_versions_lacked_is_not(
    config: Config,
) -> None:
    with database(config) as connection:
        rows = (
            "SELECT id, CAST(alignment AS TEXT) FROM duplicate_pair"
            " WHERE CAST(alignment AS TEXT) LIKE '%places%'"
        )
        number, laid = connection.execute(text(rows)).first() or (0, "")
        change = text("UPDATE duplicate_pair SET alignment = :laid WHERE id = :number")
        misspelt = laid.replace("places", "plaxes")
        connection.execute(change, {"laid": misspelt, "number": number})
    assert abouts(config) == {f"duplicate_pair {number}"}
    with database(config) as connection:
        older = {name: value for name, value in json.loads(laid).items() if name != "tilt"}
        connection.execute(change, {"laid": json.dumps(older), "number": number})
    assert examine(config, grace_s=0).is_sound
