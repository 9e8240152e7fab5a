"""What `make release` builds, and both programs installed from it, far from the checkout."""

import json
import os
import re
import site
import socket
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import PIPE, Popen
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

import pytest

from tests.curator.drawing import PASSWORD, draw
from tests.trainer.tiny_exports import make_export

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
LIBRARIES = site.getsitepackages()
# Runs as each Python of the venv starts: whatever opens a file of the checkout fails.
GUARD = f"""
import os, sys

def refuse(event, values):
    if event in ("open", "os.listdir", "os.scandir") and isinstance(values[0], str):
        path = os.path.abspath(values[0])
        if path.startswith({f"{ROOT}{os.sep}"!r}) and not path.startswith({tuple(LIBRARIES)!r}):
            raise RuntimeError("this is a file of the checkout: " + path)

sys.addaudithook(refuse)
"""


def run(
    *command: object, cwd: Path | None = None, env: dict[str, str] | None = None, stdin: str = ""
) -> str:
    """Run a command that must end well; return what it prints."""
    line = list(map(str, command))
    done = subprocess.run(line, cwd=cwd, env=env, input=stdin, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr or done.stdout
    return done.stdout


def build(folder: Path, *options: str) -> Path:
    """Build as `make release` does; return the wheel."""
    run(sys.executable, "-m", "build", "--no-isolation", *options, "--outdir", folder, ROOT)
    [wheel] = folder.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("dist"))


@dataclass(frozen=True)
class Installed:
    """The wheel in a venv, an empty folder to work in, and an empty home."""

    bin: Path
    folder: Path
    env: dict[str, str]

    def run(self, program: str, *arguments: object, stdin: str = "") -> str:
        return run(self.bin / program, *arguments, cwd=self.folder, env=self.env, stdin=stdin)

    @contextmanager
    def serve(self) -> Iterator[str]:
        """Start the server as a user does; yield its address."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        command = [str(self.bin / "curator"), "serve", "--port", str(port)]
        with Popen(command, cwd=self.folder, env=self.env, stdout=PIPE, text=True) as server:
            try:
                assert server.stdout
                assert f"http://127.0.0.1:{port}" in server.stdout.readline()
                yield f"http://127.0.0.1:{port}"
            finally:
                server.terminate()


@pytest.fixture(scope="module")
def venv(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel in a venv that sees the installed dependencies, but not the editable checkout.

    Python does not follow .pth files of folders that a .pth file names.
    """
    venv = tmp_path_factory.mktemp("bare") / "venv"
    run(sys.executable, "-m", "venv", venv)
    run(venv / "bin/pip", "install", "--no-deps", "--no-index", wheel)
    [packages] = venv.glob("lib/python*/site-packages")
    (packages / "refuse_checkout.py").write_text(GUARD)
    (packages / "libraries.pth").write_text("\n".join([*LIBRARIES, "import refuse_checkout"]))
    return venv


@pytest.fixture
def installed(venv: Path, tmp_path: Path) -> Installed:
    for name in ("work", "home"):
        (tmp_path / name).mkdir()
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path / "home")}
    return Installed(venv / "bin", tmp_path / "work", env)


def checksums(wheel: Path) -> dict[str, int]:
    with zipfile.ZipFile(wheel) as archive:
        return {file.filename: file.CRC for file in archive.infolist()}


def test_the_sdist_builds_the_very_wheel_that_the_checkout_builds(
    wheel: Path, tmp_path: Path
) -> None:
    assert checksums(wheel) == checksums(build(tmp_path, "--wheel"))


def test_the_packages_come_from_the_wheel(installed: Installed, venv: Path) -> None:
    names = ("copies", "curator", "demo", "faces", "trainer")
    [packages] = venv.glob("lib/python*/site-packages")
    script = f"for name in {names}: print(*__import__(name).__path__)"
    found = installed.run("python", "-c", script).splitlines()
    assert found == [str(packages / name) for name in names]


def test_the_guard_refuses_files_of_the_checkout(installed: Installed) -> None:
    with pytest.raises(AssertionError, match="this is a file of the checkout"):
        installed.run("python", "-c", f"open({str(ROOT / 'pyproject.toml')!r})")


def test_an_installed_curator_takes_a_photo_and_serves_its_pages(installed: Installed) -> None:
    photos = installed.folder / "photos"
    photos.mkdir()
    draw(1).save(photos / "one.jpg")
    started = installed.run("curator", "init", "--admin", "ana", "--password-stdin", stdin=PASSWORD)
    assert "is ready" in started
    installed.run("curator", "import", photos, "--source", "#drawn")
    assert installed.run("python", "-m", "flask", "curator", "status").startswith("1 photo,")

    browser = build_opener(HTTPCookieProcessor())
    browser.addheaders = [("Accept-Language", "pt-BR")]
    with installed.serve() as address:

        def page(path: str, **form: str) -> str:
            with browser.open(address + path, urlencode(form).encode() if form else None) as answer:
                return str(answer.read().decode())

        token = re.search(r'name="csrf_token" value="([^"]+)"', page("/signin"))
        assert token
        page("/signin", csrf_token=token[1], name="ana", password=PASSWORD)
        annotate = page("/annotate/1")
        assert '<html lang="pt-BR"' in annotate
        assert "Anotar" in annotate
        assert "/static/vendor/annotorious.css" in annotate
        assert "export" in page("/static/vendor/annotorious.es.js")


def test_an_installed_trainer_trains_on_an_export(installed: Installed) -> None:
    export = make_export(installed.folder / "export")
    tiny = ("--img-size", "32", "--views", "1", "--epochs", "1", "--batch-size", "8")
    network = ("--arch", "mobilenet", "--weights", "none")
    arguments = ("run", "--data", export, *network, *tiny, "--json")
    told = json.loads(installed.run("python", "-m", "trainer", *arguments))
    finished = installed.folder / told["run"]
    assert (finished / "report.html").is_file()
    environment = json.loads((finished / "environment.json").read_text())
    assert (environment["malar"], environment["git_commit"]) == (VERSION, None)
