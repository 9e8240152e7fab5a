"""Backup and restore of a study on a PostgreSQL server, from and into one."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from curator.base.config import Config
from curator.base.db import Sessions, open_sessions, reading
from curator.base.errors import BackupDamaged, RestoreRefused, UpgradeRefused
from curator.base.instance import init_instance
from curator.base.models.photos import Photo
from curator.base.models.ratings import Rating
from curator.base.sign_ins import sign_in, signed_in
from curator.custody.backing_up import back_up
from curator.custody.listing import list_backups
from curator.custody.restoring import restore_backup
from curator.custody.targets import Target
from curator.ratings.assessments import Assessment
from curator.ratings.saving import save_rating
from tests.curator import databases
from tests.curator.custody.studies import add_photo_files
from tests.curator.drawing import PASSWORD

pytestmark = pytest.mark.only_on("postgresql", reason="SQLite's is a file")


def test_a_study_on_postgresql_is_restored_into_an_empty_database(
    config: Config, sessions: Sessions, unmade: Config, tmp_path: Path
) -> None:
    target = tmp_path / "target"
    photos = add_photo_files(sessions, config, 5)
    token = sign_in(sessions, "ben", PASSWORD, hours=12)
    save_rating(sessions, 1, "ben", Assessment("unsure"), expected_version=0)
    made = back_up(sessions, config, target, actor="test")
    assert (made.photos, made.files) == (5, 1)
    save_rating(sessions, 2, "ben", Assessment("unsure"), expected_version=0)

    other = replace(config, instance=tmp_path / "restored")
    with pytest.raises(RestoreRefused, match="database is not empty"):
        restore_backup(other, target, actor="test")
    with pytest.raises(RestoreRefused, match="postgresql"):
        restore_backup(replace(other, database_url=""), target, actor="test")
    other = replace(unmade, instance=other.instance)
    done = restore_backup(other, target, actor="test")
    assert (done.photos, done.sign_ins, done.accounts) == (5, 1, 5)
    again = open_sessions(other)
    assert signed_in(again, token) is None
    with reading(again) as session:
        assert {*session.scalars(select(Photo.file_sha256))} == {*photos}
        assert session.scalars(select(Rating.photo_id)).all() == [1]
    save_rating(again, 2, "ben", Assessment("unsure"), expected_version=0)
    second = back_up(again, other, target, actor="test")
    assert second.written_bytes < second.size_bytes

    _, manifest = Target(target).find()
    stored = Target(target).file(manifest.database.file.sha256)
    stored.write_bytes(stored.read_bytes()[:-100])
    assert not list_backups(target)[0].is_whole
    last = databases.unmade(tmp_path / "last")
    with pytest.raises(BackupDamaged, match="the database"):
        restore_backup(last, target, actor="test")


def test_an_older_database_is_dumped_before_it_is_upgraded(
    config: Config, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("curator.base.instance.newest_revision", lambda: "a later one")
    init_instance(config)
    [copy] = (config.instance / "backups").iterdir()
    assert copy.suffix == ".dump"
    assert copy.read_bytes()[:5] == b"PGDMP"
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UpgradeRefused, match=r"postgresql-client.*--without-copy"):
        init_instance(config)
    init_instance(config, copy_first=False)
    assert [*(config.instance / "backups").iterdir()] == [copy]
