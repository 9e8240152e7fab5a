"""An older database is copied before it is upgraded, and a restored one is upgraded as well."""

import os
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import text

from curator.base import instance
from curator.base.config import Config
from curator.base.db import _alembic, newest_revision, open_engine, open_sessions, revision_of
from curator.base.errors import InstanceMissing, UpgradeRefused
from curator.base.instance import COPIES_KEPT, init_instance
from curator.custody import backing_up
from curator.custody.restoring import restore_backup
from curator.custody.targets import Target
from tests.curator import databases

OLDER = "0022"


def bring_down(config: Config) -> None:
    """Make a database what an earlier version of the program left."""
    with open_engine(config).begin() as connection:
        settings = _alembic(config)
        settings.attributes["connection"] = connection
        command.downgrade(settings, OLDER)


def copies(config: Config) -> list[Path]:
    return sorted((config.instance / "backups").glob("*"))


def revision_in(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        found: str = connection.execute("SELECT version_num FROM alembic_version").fetchone()[0]
    return found


@pytest.mark.only_on("sqlite", reason="the copy is a dump, which another test restores")
def test_an_older_database_is_copied_before_it_is_upgraded(config: Config) -> None:
    bring_down(config)
    init_instance(config)
    assert revision_of(config) == newest_revision()
    [copy] = copies(config)
    assert copy.name.endswith(f"-{OLDER}.sqlite")
    assert revision_in(copy) == OLDER
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert stat.S_IMODE(copy.parent.stat().st_mode) == 0o700
    init_instance(config)  # nothing to upgrade, nothing to copy
    assert copies(config) == [copy]


def test_a_new_instance_has_nothing_to_copy(unmade: Config) -> None:
    init_instance(unmade)
    assert not (unmade.instance / "backups").exists()


def test_the_last_copies_are_kept(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [datetime(2026, 3, 1, tzinfo=UTC)]

    class Clock:
        @staticmethod
        def now(_zone: object) -> datetime:
            now[0] += timedelta(days=1)
            return now[0]

    monkeypatch.setattr(instance, "datetime", Clock)
    for _ in range(COPIES_KEPT + 2):
        bring_down(config)
        init_instance(config)
    days = [path.name[:10] for path in copies(config)]
    assert days == ["2026-03-04", "2026-03-05", "2026-03-06"]


@pytest.mark.parametrize("errno", [28, 13])
def test_without_a_copy_nothing_is_upgraded(
    errno: int, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring_down(config)

    def fail(*_: object) -> None:
        raise OSError(errno, os.strerror(errno))

    with monkeypatch.context() as patched:
        patched.setattr(instance, "copy_database", fail)
        with pytest.raises(UpgradeRefused, match=rf"{os.strerror(errno)}.*--without-copy"):
            init_instance(config)
    assert revision_of(config) == OLDER
    assert copies(config) == []
    monkeypatch.setattr(instance, "copy_database", fail)
    init_instance(config, copy_first=False)
    assert revision_of(config) == newest_revision()


def test_a_file_where_the_copies_go_is_told(config: Config) -> None:
    bring_down(config)
    (config.instance / "backups").write_text("mine")
    with pytest.raises(UpgradeRefused, match="File exists"):
        init_instance(config)
    assert revision_of(config) == OLDER


def test_a_newer_database_is_left_alone(config: Config) -> None:
    with open_engine(config).begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(InstanceMissing, match=r"newer version.*9999"):
        init_instance(config)
    assert not (config.instance / "backups").exists()


def test_a_backup_of_an_older_version_is_brought_up_to_date(
    config: Config,
    write: Callable[..., Any],
    target: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write()
    bring_down(config)
    monkeypatch.setattr(backing_up, "note_backup", lambda *_, **__: None)  # into its own tables
    write()  # as the earlier version would
    _, manifest = Target(target).find()
    assert manifest.database.revision == OLDER
    restored = databases.unmade(tmp_path / "restored")
    done = restore_backup(restored, target, actor="test")
    assert done.revisions == (OLDER, newest_revision())
    assert revision_of(restored) == newest_revision()
    open_sessions(restored)
