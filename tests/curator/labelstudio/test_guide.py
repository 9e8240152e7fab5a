"""The commands of the guide "Coming from Label Studio" do what it says."""

import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from curator.base.config import Config
from curator.cli import curator
from tests.curator.databases import environment_of
from tests.curator.labelstudio.live import ROOT, TOKEN, LiveServer
from tests.curator.labelstudio.test_files import annotation

Run = Callable[..., Result]

GUIDE = (ROOT / "docs/labelstudio.md").read_text()


def commands(heading: str) -> list[str]:
    """Return the commands of a section, without those that stand for others."""
    _, _, rest = GUIDE.partition(f"## {heading}")
    blocks = re.findall(r"```sh\n(.*?)```", rest.partition("\n## ")[0], re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


@pytest.fixture
def run(
    config: Config,
    save: Callable[..., Path],
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Run:
    for seed in range(3):
        save(f"face {seed}.jpg", seed)
    tasks = [
        {
            "id": seed,
            "data": {"image": f"/data/upload/1/0a1b2c3d-face_{seed}.jpg"},
            "annotations": [
                annotation({"email": "ana@example.org"}, "positive"),
                annotation(7, "negative"),
            ],
        }
        for seed in range(3)
    ]
    (tmp_path / "project-1.json").write_text(json.dumps(tasks))
    monkeypatch.chdir(folder.parent)

    def run(line: str, **more: str) -> Result:
        # Workers that earlier tests started look from another folder.
        line = line.replace("import photos", f"import {folder}")
        program, *arguments = shlex.split(line)[1:]
        assert program == "curator"
        env = environment_of(config) | {"CURATOR_WORKERS": "1"} | more
        return CliRunner().invoke(curator, arguments, env=env, catch_exceptions=False)

    return run


def test_files_are_imported_and_exported(run: Run) -> None:
    lines = commands("Without a server")
    assert len(lines) == 5
    codes = [run(line).exit_code for line in lines]
    # The second lists the annotators; the last but one gives all of them to ana, who cannot say both.
    assert codes == [0, 1, 0, 1, 0]
    assert len(json.loads(Path("ratings.json").read_text())) == 3


@pytest.mark.labelstudio
def test_both_sides_are_kept_in_step(run: Run, live: LiveServer) -> None:
    for line in commands("Without a server")[:3]:
        run(line)
    live.add_user("ana")
    live.add_user("ben")
    lines = commands("With a server")
    assert len(lines) == 6
    for line in lines:
        done = run(line, **server(live))
        assert done.exit_code == 0, done.output
    assert "Rash - ben: 3 the same" in done.output


def server(live: LiveServer) -> dict[str, str]:
    return {"LABEL_STUDIO_URL": live.url, "LABEL_STUDIO_API_KEY": TOKEN}
