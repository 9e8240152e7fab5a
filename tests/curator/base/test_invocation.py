"""Messages and pages name the command as this user types it: `curator`, or `flask curator`."""

import subprocess
import sys
from pathlib import Path

import pytest

from curator.app import create_app
from curator.base.config import Config
from curator.base.instance import init_instance
from tests.curator.browsing import Visitor, the, words

HERE = Path(sys.executable).parent


@pytest.mark.parametrize("command", ["curator", "flask curator"])
def test_a_command_names_others_as_it_was_typed_itself(command: str, tmp_path: Path) -> None:
    program, *first = command.split()

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        line = [str(HERE / program), *first, *arguments]
        return subprocess.run(line, capture_output=True, text=True, cwd=tmp_path)

    assert f"run `{command} init` first." in run("status").stderr
    assert f"Example:\n    {command} status\n" in run("status", "--help").stdout


@pytest.mark.parametrize(
    ("program", "command"),
    [
        ("/home/ana/.local/bin/curator", "curator"),
        ("/srv/malar/.venv/bin/flask", "flask curator"),
        ("/srv/malar/.venv/bin/gunicorn", "flask curator"),
    ],
)
def test_a_page_names_commands_as_its_server_was_started(
    program: str, command: str, unmade: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", [program, "serve"])
    unready = Visitor(create_app(unmade)).get("/")
    assert f"run `{command} init` first." in unready.text
    init_instance(unmade)
    shown = the(Visitor(create_app(unmade)).see("/signin"), "#no-account")
    assert [words(one) for one in shown.select("code")] == [
        f"{command} serve",
        f"{command} init --admin NAME",
    ]
