"""The event log on the command line: what scripts read from it, in which order, and what it never says."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import insert, select

from curator.base.accounts import change_password, set_role
from curator.base.config import Config
from curator.base.csv_table import posts_by_file
from curator.base.db import Sessions
from curator.base.events import ACTIONS
from curator.base.keys import instance_key
from curator.base.models.events import Event
from curator.base.models.users import SignIn, User
from curator.cli import curator
from curator.photos.importing import ImportResult
from curator.ratings.assessments import Assessment
from curator.ratings.saving import save_rating
from tests.curator.browsing import Visitor, parsed, the, words
from tests.curator.databases import environment_of
from tests.curator.drawing import PASSWORD, REGION

KEYS = ["id", "at", "actor", "action", "subject", "subject_id", "before", "after", "reason"]
LONG_AFTER = 10**30
NEW_EVENTS = Path(__file__).parents[3] / "docs/deploy/new-events.sh"

Run = Callable[..., Result]


@pytest.fixture
def run(config: Config) -> Run:
    def run(*arguments: object) -> Result:
        env = environment_of(config)
        given = ["events", *map(str, arguments)]
        return CliRunner().invoke(curator, given, env=env, catch_exceptions=False)

    return run


def read(lines: Iterable[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines]


def events(run: Run, *arguments: object) -> list[dict[str, Any]]:
    done = run("--json", *arguments)
    assert done.exit_code == 0, done.output
    return read(done.output.splitlines())


def ids(run: Run, *arguments: object) -> list[int]:
    return [event["id"] for event in events(run, *arguments)]


def add_events(sessions: Sessions, count: int, **facts: Any) -> None:
    row = {"actor": "ana", "action": "photo rated", "subject": "photo", "subject_id": 7} | facts
    with sessions.begin() as session:
        session.execute(insert(Event), [row] * count)


def test_each_event_is_one_line_that_says_who_did_what_when(run: Run, sessions: Sessions) -> None:
    before, after = {"label": "unsure"}, {"label": "positive"}
    add_events(sessions, 1, before=before, after=after, at=datetime(2026, 11, 30, 23, 59))
    *_, last = events(run)
    assert list(last) == KEYS
    assert datetime.fromisoformat(last["at"]) == datetime(2026, 11, 30, 23, 59, tzinfo=UTC)
    assert last["at"].endswith("Z")
    said = [last[name] for name in KEYS[2:]]
    assert said == ["ana", "photo rated", "photo", 7, before, after, None]


def test_a_script_that_keeps_the_last_id_gets_each_event_once(run: Run, sessions: Sessions) -> None:
    first = ids(run)
    assert first == sorted(set(first))
    assert ids(run, "--since", first[-1]) == []
    add_events(sessions, 3)
    new = ids(run, "--since", first[-1])
    assert len(new) == 3
    assert first + new == ids(run)
    assert ids(run, "--since", new[0], "--limit", 1) == [new[1]]


@pytest.mark.parametrize("limit", [1, 6, 7, 8, 100])
def test_a_long_log_is_read_in_parts_without_a_seam(
    run: Run, sessions: Sessions, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    monkeypatch.setattr(sys.modules["curator.cli.events"], "AT_ONCE", 7)
    add_events(sessions, 30)
    found = ids(run)
    assert len(found) > 30
    assert ids(run, "--limit", limit) == found[:limit]


def test_without_json_an_event_is_a_line_to_read(run: Run, sessions: Sessions) -> None:
    add_events(sessions, 1, at=datetime(2026, 11, 30, 12))
    *_, last = run().output.splitlines()
    assert last.split() == [
        *(str(ids(run)[-1]), "2026-11-30T12:00:00.000000Z", "ana", "photo", "rated:"),
        *("photo", "7"),
    ]


@pytest.mark.parametrize("since", [5_000, 2**31, LONG_AFTER])
def test_an_id_beyond_the_log_is_told_and_not_taken_for_silence(run: Run, since: int) -> None:
    done = run("--since", since, "--json")
    assert done.exit_code == 1
    assert "older backup" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("wrong", [("--since", "-1"), ("--since", "last"), ("--limit", "0")])
def test_a_number_that_is_none_is_wrong_usage(run: Run, wrong: tuple[str, str]) -> None:
    assert run(*wrong).exit_code == 2


@pytest.mark.parametrize("text", ["a\nb", "a\u2028b", "a\x85b", "\x9b31m", "\x1b]0;", "é\u202e"])
def test_no_text_breaks_a_line_or_steers_a_terminal(
    run: Run, sessions: Sessions, text: str
) -> None:
    add_events(sessions, 1, after={"note": text})
    line = run("--json").output.splitlines()[-1]
    assert line.isascii()
    assert line.isprintable()
    assert json.loads(line)["after"] == {"note": text}


def test_the_log_holds_no_password_hash_key_sign_in_or_author(
    run: Run,
    config: Config,
    sessions: Sessions,
    ana: Visitor,
    folder: Path,
    save: Callable[..., Path],
    import_all: Callable[..., ImportResult],
) -> None:
    table = folder.parent / "posts.csv"
    table.write_text("file,author\n1.png,rosa.of.the.post\n")
    save("1.png", 1)
    import_all()
    import_all(posts=posts_by_file(table))
    said = Assessment("positive", {"sex": "female"}, REGION)
    save_rating(sessions, 1, "ben", said, expected_version=0)
    changed = "another password of ben's"
    change_password(sessions, "ben", PASSWORD, changed, min_chars=12)
    set_role(sessions, "ben", "adjudicator", actor="ana")
    made = parsed(ana.post("/admin/accounts", name="cleo", role="viewer").text)
    cookie = ana.client.get_cookie("malar")
    assert cookie
    with sessions() as session:
        hashes = session.scalars(select(User.password_hash)).all()
        sign_ins = session.scalars(select(SignIn.token_hash)).all()
    told = run("--json").output
    recorded = {event["action"] for event in read(told.splitlines())}
    wanted = {"account added", "password changed", "role changed", "rating saved", "post filled"}
    assert wanted <= recorded <= ACTIONS.keys()
    passwords = (PASSWORD, changed, words(the(made, ".password")))
    secrets = [*passwords, *hashes, *sign_ins, cookie.value, instance_key(config), "rosa"]
    assert len(secrets) >= 10
    assert [secret for secret in secrets if secret in told] == []


def piped(config: Config, *arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "flask", "curator", "events", *arguments],
        env=os.environ | environment_of(config),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_closed_pipe_ends_it_quietly(config: Config, sessions: Sessions) -> None:
    add_events(sessions, 3_000)  # more than a pipe holds
    with piped(config, "--json") as process:
        assert process.stdout
        assert process.stderr
        assert json.loads(process.stdout.readline())["id"] == 1
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode == 0


@pytest.mark.slow
def test_the_guides_script_keeps_each_event_once(
    config: Config, sessions: Sessions, tmp_path: Path
) -> None:
    kept = tmp_path / "events.jsonl"
    script = NEW_EVENTS.read_text().replace("/opt/malar/bin/flask", f"{sys.executable} -m flask")
    env = os.environ | environment_of(config)

    def keep() -> list[int]:
        subprocess.run(["sh", "-c", script], cwd=tmp_path, env=env, check=True)
        return [event["id"] for event in read(kept.read_text().splitlines())]

    first = keep()
    assert first == list(range(1, len(first) + 1))
    assert keep() == first
    add_events(sessions, 12, after={"note": '{"id": 99, "}'})
    assert keep() == list(range(1, len(first) + 13))
    assert kept.stat().st_mode & 0o077 == 0
