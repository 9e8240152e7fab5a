"""The commands backup, backups and restore, and what pages and `status` say of the last backup."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from curator.app import create_app
from curator.base.config import Config
from curator.base.db import Sessions
from curator.base.models.base import utc_now
from curator.cli import curator
from curator.custody import backing_up
from curator.custody.last_backup import LastBackup, is_overdue, note_backup
from curator.custody.targets import Target
from tests.curator.browsing import Visitor, the, words
from tests.curator.custody.studies import add_photo_files
from tests.curator.databases import environment_of, unmade

Run = Callable[..., Result]


@pytest.fixture
def run(config: Config) -> Run:
    def run(*arguments: object, **environment: str) -> Result:
        env = environment_of(config) | environment
        given = [*map(str, arguments)]
        return CliRunner().invoke(curator, given, env=env, catch_exceptions=False)

    return run


def aged(days: int) -> LastBackup:
    return LastBackup(utc_now() - timedelta(days=days), "/mnt/backup", 3, "0023", 5)


def test_a_study_goes_into_a_backup_and_out_of_it(
    run: Run,
    sessions: Sessions,
    config: Config,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    add_photo_files(sessions, config, 3)
    target, restored = tmp_path / "target", environment_of(unmade(tmp_path / "restored"))
    assert "No backup yet." in run("status").output
    noon = utc_now().replace(hour=12, minute=0)
    monkeypatch.setattr(backing_up, "utc_now", lambda: noon)
    made = run("backup", target)
    assert (made.exit_code, "3 photos and 1 other file" in made.output) == (0, True)
    monkeypatch.setattr(backing_up, "utc_now", lambda: noon + timedelta(seconds=1))
    again = json.loads(run("backup", target, "--json", "--daily", 9).output)
    assert (again["photos"], again["lacking"], len(again["pruned"])) == (3, [], 1)
    listed = run("backups", target, "--check")
    assert (listed.exit_code, again["name"] in listed.output) == (0, True)
    assert "whole" in listed.output
    [one] = json.loads(run("backups", target, "--json").output)["backups"]
    assert (one["is_whole"], one["photos"], one["damaged"]) == (True, 3, [])
    done = run("restore", target, **restored)
    assert (done.exit_code, "3 photos, 1 other file, 5 accounts" in done.output) == (0, True)
    refused = run("restore", target, **restored)
    assert (refused.exit_code, "is not empty" in refused.stderr) == (1, True)
    other = environment_of(unmade(tmp_path / "other"))
    answer = run("restore", target, "--json", **other)
    assert json.loads(answer.output)["backup"] == again["name"]
    assert f"Last backup: less than a day old, in {target}." in run("status").output


def test_damage_ends_with_exit_code_1(
    run: Run, sessions: Sessions, config: Config, tmp_path: Path
) -> None:
    [sha, other] = add_photo_files(sessions, config, 2)
    target, restored = tmp_path / "target", environment_of(unmade(tmp_path / "restored"))
    run("backup", target)
    Target(target).file(sha).unlink()
    listed = run("backups", target)
    assert (listed.exit_code, "1 damaged" in listed.output) == (1, True)
    refused = run("restore", target, **restored)
    assert (refused.exit_code, sha in refused.stderr) == (1, True)
    assert len(refused.stderr.splitlines()) == 1
    done = run("restore", target, "--despite-damage", **restored)
    assert (done.exit_code, "1 photo, " in done.output, sha in done.output) == (1, True, True)
    (config.instance / "photos" / other[:2] / f"{other}.jpg").unlink()
    Target(target).file(other).unlink()
    made = run("backup", target)
    assert (made.exit_code, other in made.output) == (1, True)


@pytest.mark.parametrize("command", ["backup", "backups", "restore"])
def test_wrong_usage_is_told(command: str, run: Run, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    assert run(command).exit_code == 2
    assert run(command, file).exit_code == 2
    if command != "backup":
        nowhere = run(command, tmp_path / "nowhere", CURATOR_INSTANCE=str(tmp_path / "new"))
        assert (nowhere.exit_code, len(nowhere.stderr.splitlines())) == (1, 1)
    assert run("backup", tmp_path / "target", "--daily", "-1").exit_code == 2


@pytest.mark.parametrize(
    ("days", "after", "overdue"),
    [
        (None, 7, True),
        (None, 0, False),
        (7, 7, False),
        (8, 7, True),
        (800, 0, False),
        (0, 1, False),
    ],
)
def test_a_backup_is_overdue_after_so_many_days(
    days: int | None, after: int, overdue: bool
) -> None:
    assert is_overdue(None if days is None else aged(days), after) is overdue


def test_the_overview_tells_everybody_its_age_and_warns_administrators(
    app: Flask, ana: Visitor, sessions: Sessions, config: Config
) -> None:
    add_photo_files(sessions, config, 3)
    vera = Visitor(app, "vera")
    assert "There is no backup yet." in words(the(ana.see("/"), "#backup"))
    for days, said in ((8, "8 days old"), (1, "1 day old"), (0, "less than a day old")):
        note_backup(sessions, aged(days), actor="test")
        for visitor in (ana, vera):
            page = visitor.see("/")
            assert said in words(the(page, "main"))
            assert bool(page.select("#backup")) == (visitor is ana and days > 7)


def test_the_warning_can_be_silenced(
    sessions: Sessions, config: Config, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_photo_files(sessions, config, 3)
    silent = Visitor(create_app(replace(config, backup_days=0)), "ana")
    assert not silent.see("/").select("#backup")
    assert json.loads(run("status", "--json").output)["backup_overdue"]
    quiet = json.loads(run("status", "--json", CURATOR_BACKUP_DAYS="0").output)
    assert (quiet["backup_overdue"], quiet["last_backup"]) == (False, None)
    wrong = run("status", CURATOR_BACKUP_DAYS="-1")
    assert (wrong.exit_code, "CURATOR_BACKUP_DAYS" in wrong.stderr) == (1, True)
