"""The doctor finds each single fault and names it, finds nothing in sound instances, and loses nothing."""

import fcntl
import json
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import select, text

from curator.base.config import Config
from curator.base.db import open_sessions, reading
from curator.base.events import Action
from curator.base.models.base import Base
from curator.base.models.events import Event
from curator.base.writing import temporary_file
from curator.custody import examination
from curator.custody.examination import CHECKS, Check, examine
from curator.custody.findings import Finding, Kind
from curator.custody.repair import repair
from curator.photos.exclusion import exclude_photos
from tests.curator.custody.damage import each_outcome, plant_and_examine, remembering
from tests.curator.custody.walks import Walk
from tests.curator.postgresql import running_server

FAULTS = 40
WALKS = 3


@pytest.fixture
def config(worked_in: Path, tmp_path: Path) -> Config:
    instance = tmp_path / "instance"
    shutil.copytree(worked_in, instance, symlinks=True)
    return Config(instance=instance, workers=1)


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
def database(config: Config) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(config.instance / "malar.sqlite")) as connection, connection:
        yield connection


def state(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Return what is in a folder, but for what SQLite keeps beside a database for its readers."""
    return {
        str(path): (path.lstat().st_mode, path.read_bytes() if path.is_file() else b"")
        for path in sorted(folder.rglob("*"))
        if not path.name.endswith(("-wal", "-shm"))
    }


def test_single_faults_are_found_and_named(worked_in: Path, tmp_path: Path) -> None:
    missed = [
        (outcome.fault.what, outcome.told)
        for outcome in each_outcome([worked_in], tmp_path, FAULTS, seed=11)
        if outcome.fault.has_witness and not (outcome.is_found and outcome.is_named)
    ]
    assert missed == []


def test_sound_instances_have_no_findings(pool: list[Path], tmp_path: Path) -> None:
    for seed in range(WALKS):
        walk = Walk(tmp_path / str(seed) / "instance", pool, seed)
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
        [word] = connection.execute(counting).fetchone()
        connection.execute("UPDATE photo SET width_px = width_px + 1 WHERE id = 1")
        connection.execute("UPDATE rating SET counts_on_id = NULL WHERE id = ?", (word,))
        connection.execute("UPDATE fingerprint SET hashes = zeroblob(32) WHERE photo_id = 2")
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
        connection.execute("UPDATE photo SET file_sha256 = ? WHERE id = 1", ("ab" * 32,))
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


@pytest.mark.parametrize("at", [0, 20_000])
def test_a_damaged_database_is_told_in_one_report(config: Config, at: int) -> None:
    path = config.instance / "malar.sqlite"
    content = bytearray(path.read_bytes())
    content[at : at + 40_000] = b"\xff" * 40_000
    path.write_bytes(content)
    assert "database-damaged" in kinds(config)


def test_a_missing_database_is_told(config: Config) -> None:
    (config.instance / "malar.sqlite").unlink()
    assert kinds(config) == {"database-damaged"}


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
        connection.execute(statement)
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
        rows = connection.execute("SELECT e.path, m.photo_id FROM export e JOIN export_member m")
        folder, photo = rows.fetchone()
    shutil.rmtree(config.instance / folder)
    assert "export-missing" in kinds(config)
    sessions = open_sessions(config)
    every = range(1, 1000)
    exclude_photos(sessions, [photo], "a child", confirmed=every, actor="ana")
    assert "export-missing" not in kinds(config)


def test_every_table_is_read(worked_in: Path, tmp_path: Path) -> None:
    """An unreadable value of any table is found: no table is forgotten."""
    rng = np.random.default_rng(1)
    assert len(Base.metadata.sorted_tables) > 25
    outcome = plant_and_examine(worked_in, tmp_path / "scratch", rng)
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


def test_an_instance_on_postgresql_is_examined(pool: list[Path], tmp_path: Path) -> None:
    with running_server() as server:
        walk = Walk(tmp_path / "instance", pool, 3, server.new_database("walk"))
        walk.steps(20)
        assert examine(walk.config, grace_s=0).findings == ()
        with walk.sessions.begin() as session:
            session.execute(text("UPDATE rating SET note = 'forged' WHERE id = 1"))
            session.execute(text("UPDATE photo SET width_px = 1 WHERE id = 1"))
            session.execute(text("ALTER TABLE person ADD COLUMN nickname text"))
        assert abouts(walk.config) == {"rating 1", "photo 1", "the database"}
        walk.sessions.kw["bind"].dispose()


def test_a_misspelt_fact_of_an_alignment_is_told_and_one_that_older_versions_lacked_is_not(
    config: Config,
) -> None:
    with database(config) as connection:
        rows = "SELECT id, alignment FROM duplicate_pair WHERE alignment LIKE '%places%'"
        number, laid = connection.execute(rows).fetchone()
        change = "UPDATE duplicate_pair SET alignment = ? WHERE id = ?"
        connection.execute(change, (laid.replace("places", "plaxes"), number))
    assert abouts(config) == {f"duplicate_pair {number}"}
    with database(config) as connection:
        older = {name: value for name, value in json.loads(laid).items() if name != "tilt"}
        connection.execute(change, (json.dumps(older), number))
    assert examine(config, grace_s=0).is_sound
