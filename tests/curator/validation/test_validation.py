"""The whole validation: the page, the exit code, and an installation that is as it was before."""

import hashlib
import json
import os
import re
import subprocess
import sys
from dataclasses import fields, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from curator.base.config import Config
from curator.base.db import open_sessions
from curator.base.errors import ValidationImpossible
from curator.cli import curator
from curator.custody.backing_up import back_up
from curator.validation import identity, running, serving
from curator.validation.databases import databases_for
from curator.validation.identity import identify, settings_told
from curator.validation.page import FACTS, PAGE, rendered, require_free, write_validation
from curator.validation.requirements import REQUIREMENTS
from curator.validation.results import Outcome, Requirement, Result
from curator.validation.running import Validation, validate
from curator.validation.scratch import Scratch, scratch_folder
from tests.curator.databases import environment_of

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
SECRET = "0f3c9a7d52e84b16"


def made(config: Config, *outcomes: Outcome) -> Validation:
    rows = tuple(
        Result(f"R-1.{n}", "Access", "Says <b>this</b>.", "By `audit verify`.", outcome, "seen & told.", 0.1)
        for n, outcome in enumerate(outcomes, 1)
    )  # fmt: skip
    return Validation(identify(config), NOW, NOW, rows, ("The network.",), True, ("instance",))


def contents(folder: Path) -> dict[str, str]:
    """Return the hash of each file, but for what SQLite leaves beside a database that was only read."""
    written = folder / "malar.sqlite-wal"
    assert not written.exists() or not written.stat().st_size
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.endswith(("-wal", "-shm"))
    }


@pytest.mark.slow
def test_an_installation_is_validated_and_left_as_it_was(config: Config, tmp_path: Path) -> None:
    sessions = open_sessions(config)
    back_up(sessions, config, tmp_path / "backups", actor="test")
    sessions.kw["bind"].dispose()
    before, beside = contents(config.instance), {*config.instance.parent.iterdir()}
    command = [sys.executable, "-m", "flask", "curator", "validate", "--json"]
    done = subprocess.run(
        [*command, "--without-training", "--out", str(tmp_path / "out")],
        env=os.environ | environment_of(config),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout)
    assert told["passed"]
    not_run = [one["number"] for one in told["results"] if one["outcome"] == "not run"]
    assert not_run == ["R-7.1", "R-7.2", "R-7.3", "R-8.1"]
    assert [one["number"] for one in told["results"]] == [one.number for one in REQUIREMENTS]
    assert contents(config.instance) == before
    assert {*config.instance.parent.iterdir()} == beside | {tmp_path / "out"}
    assert json.loads((tmp_path / "out" / FACTS).read_bytes())["results"] == told["results"]
    assert told["page"] == str(tmp_path / "out" / PAGE)


def test_a_failed_requirement_is_told_by_exit_code_and_page(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def passes(scratch: Scratch) -> str:
        assert scratch.config.instance.parent.stat().st_mode & 0o077 == 0
        return "all well"

    def breaks(_: Scratch) -> str:
        raise OSError("gone")

    rows = [
        Requirement(f"R-1.{n}", "Access", "It holds.", "By looking.", check)
        for n, check in enumerate((breaks, passes), 1)
    ]
    run = validate
    monkeypatch.setattr(running, "validate", lambda *a, **o: run(*a, **o, requirements=rows))
    asked = ["validate", "--out", str(tmp_path / "out"), "--scratch", str(tmp_path)]
    done = CliRunner().invoke(curator, asked, env=environment_of(config))
    assert done.exit_code == 1
    assert "failed  R-1.1" in done.output
    assert "passed  R-1.2" in done.output
    assert not list(tmp_path.glob(".malar-validation-*"))
    again = CliRunner().invoke(curator, asked, env=environment_of(config))
    assert again.exit_code == 1
    assert "another folder by --out" in again.output


def test_the_page_names_what_failed_and_what_was_not_run(config: Config) -> None:
    page = rendered(made(config, Outcome.PASSED, Outcome.FAILED, Outcome.NOT_RUN))
    plain = " ".join(re.sub("<[^>]+>", "", page).split())
    assert "1 of 3 requirements passed; 1 failed: R-1.2." in plain
    assert "Not run, and so not shown to hold: R-1.3" in plain
    assert "Says &lt;b&gt;this&lt;/b&gt;." in page
    assert "<code>audit verify</code>" in page
    for told in ("Executed by", "Reviewed by", "Role", "Signature", "2026-11-30 12:00:00 +0000"):
        assert told in plain
    assert identify(config).software_sha256 in page


def test_the_page_fetches_nothing(config: Config) -> None:
    page = rendered(made(config, Outcome.PASSED))
    assert not re.search(r"(src|href)=|url\(|@import|<script", page)
    assert "default-src 'none'" in page


def test_no_secret_is_told(config: Config, tmp_path: Path) -> None:
    told = replace(
        config,
        secret_key=SECRET,
        label_studio_api_key=SECRET,
        label_studio_url=f"https://ana:{SECRET}@studio.example/",
        database_url=f"postgresql+psycopg://malar:{SECRET}@db.example/study?password={SECRET}",
    )
    shown = settings_told(told)
    assert SECRET not in json.dumps(shown)
    assert shown["secret_key"] == shown["label_studio_api_key"] == "set, not shown"
    assert "db.example/study" in shown["database_url"]
    assert shown["label_studio_url"] == "https://studio.example/"
    assert {*shown} == {field.name for field in fields(Config)}


def test_the_hash_of_the_software_is_of_its_files(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = identify(config)
    assert first.software_files > 400
    assert identify(config).software_sha256 == first.software_sha256
    found = dict(identity.software_files())
    assert {"curator/app.py", "trainer/run.py", "templates/base.html"} <= {*found}
    assert not [name for name in found if "__pycache__" in name]
    changed = found | {"curator/app.py": "0" * 64}
    monkeypatch.setattr(identity, "software_files", lambda: iter(changed.items()))
    assert identify(config).software_sha256 != first.software_sha256


def test_a_server_gets_the_settings_and_no_secret(config: Config) -> None:
    settings = replace(config, behind_https=True, idle_minutes=7, trusted_hosts="study.example")
    given = serving.environment_of(settings)
    assert (given["CURATOR_BEHIND_HTTPS"], given["CURATOR_IDLE_MINUTES"]) == ("1", "7")
    assert given["FLASK_SKIP_DOTENV"] == "1"  # a .env would bring the study's own places
    assert given["CURATOR_INSTANCE"] == str(config.instance)
    assert {"SECRET_KEY", "LABEL_STUDIO_API_KEY"} <= {*given}
    assert not given["SECRET_KEY"]


def test_a_signed_record_is_not_replaced(config: Config, tmp_path: Path) -> None:
    write_validation(made(config, Outcome.PASSED), tmp_path / "out")
    with pytest.raises(ValidationImpossible, match="another folder"):
        require_free(tmp_path / "out")
    require_free(tmp_path / "new")


def test_an_unusable_place_is_one_line(config: Config, tmp_path: Path) -> None:
    with (
        pytest.raises(ValidationImpossible, match="--scratch"),
        scratch_folder(config, tmp_path / "missing"),
    ):
        pass


@pytest.mark.only_on("sqlite", reason="it gives a database of the other kind")
def test_a_database_of_another_kind_is_refused(config: Config) -> None:
    with (
        pytest.raises(ValidationImpossible, match="kind of server"),
        databases_for(config, ("postgresql+psycopg://nobody@localhost/other",)),
    ):
        pass
