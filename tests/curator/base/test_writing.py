"""Temporary files and folders: swept once their process was killed, never while it lives."""

import errno
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from curator.base import writing
from curator.base.config import Config
from curator.base.instance import init_instance
from curator.base.moving import point
from curator.base.store import Store, write_file
from curator.base.writing import (
    make_private,
    put_in_place,
    sweep,
    sync_tree,
    temporary_file,
    temporary_folder,
)
from curator.cli import curator
from tests.curator.databases import environment_of

WRITER = """
import sys
from pathlib import Path
from curator.base.writing import temporary_file, temporary_folder

instance = Path(sys.argv[1])
for folder in ("photos/ab", "cache/preview-256-r1/ab", "exports", "backups"):
    (instance / folder).mkdir(parents=True, exist_ok=True)
with (
    temporary_file(instance / "photos/ab") as photo,
    temporary_file(instance / "cache/preview-256-r1/ab") as preview,
    temporary_folder(instance / "exports") as export,
    temporary_file(instance / "backups") as copy,
):
    for path in (photo, preview, export / "face.png", copy):
        path.write_bytes(b"half a face")
    print("writing", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def start(config: Config) -> Iterator[Callable[[], subprocess.Popen[str]]]:
    """Start a process that writes into the instance until it is ended."""
    started: list[subprocess.Popen[str]] = []

    def start() -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(config.instance)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        assert process.stdout
        assert process.stdout.readline() == "writing\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def half_written(config: Config) -> list[Path]:
    return sorted(config.instance.rglob(".writing-*"))


@pytest.mark.parametrize("command", ["import", "export", "reread", "dedup", "init"])
def test_a_writing_command_sweeps_what_a_killed_process_left(
    config: Config, start: Callable[[], subprocess.Popen[str]], tmp_path: Path, command: str
) -> None:
    killed = start()
    assert len(half_written(config)) == 4
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    assert len(half_written(config)) == 4
    run = [command, str(tmp_path)] if command == "import" else [command]
    CliRunner().invoke(curator, run, env=environment_of(config))
    assert half_written(config) == []


def test_what_a_living_process_writes_is_left_to_it(
    config: Config, start: Callable[[], subprocess.Popen[str]]
) -> None:
    living, killed = start(), start()
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    Store(config.instance).sweep()
    assert len(half_written(config)) == 4
    os.utime(half_written(config)[0], (0, 0))  # however old
    Store(config.instance).sweep()
    assert len(half_written(config)) == 4
    living.communicate("")
    assert living.returncode == 0
    assert half_written(config) == []


def test_what_is_no_temporary_file_is_left(config: Config, tmp_path: Path) -> None:
    kept = [config.instance / "photos/ab/.writingbook", config.instance / "runs/.writing-x"]
    outside = tmp_path / "outside"
    outside.write_text("a file elsewhere")
    for path in kept:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("kept")
    (config.instance / "photos/ab/.writing-link").symlink_to(outside)
    Store(config.instance).sweep()
    assert all(path.exists() for path in kept)
    assert outside.read_text() == "a file elsewhere"


def test_a_sweep_before_the_lock_takes_nothing_from_the_writer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new_file = writing._new_file
    made: list[Path] = []

    def swept_at_once(folder: Path) -> Path:
        made.append(new_file(folder))
        if len(made) == 1:
            sweep(made)
        return made[-1]

    monkeypatch.setattr(writing, "_new_file", swept_at_once)
    with temporary_file(tmp_path) as path:
        assert path.exists()
    assert len(made) == 2


def test_an_export_elsewhere_sweeps_its_own_kind_only(tmp_path: Path) -> None:
    (tmp_path / ".writing-notes").mkdir()
    (tmp_path / ".writing-malar-left").mkdir()
    with temporary_folder(tmp_path, ".writing-malar-") as living:
        sweep(tmp_path.glob(".writing-malar-*"))
        assert living.exists()
    assert [path.name for path in tmp_path.iterdir()] == [".writing-notes"]


def made_file(folder: Path) -> Path:
    write_file(folder / "photos/ab/face.jpg", b"a face")
    return folder / "photos/ab/face.jpg"


def made_link(folder: Path) -> Path:
    point(folder / "exports/latest", folder / "malar-1")
    return folder / "exports/latest"


def made_folder(folder: Path) -> Path:
    make_private(folder / "exports")
    with temporary_folder(folder / "exports") as written:
        (written / "train").mkdir()
        (written / "train/face.png").write_bytes(b"a face")
        sync_tree(written)
        put_in_place(written, folder / "exports/malar-1")
    return folder / "exports/malar-1"


@pytest.mark.parametrize("make", [made_file, made_link, made_folder])
def test_names_are_brought_to_the_disk_and_not_content_alone(
    make: Callable[[Path], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[tuple[int, set[str]]] = []

    def sync(handle: int) -> None:
        found = os.fstat(handle)
        names = os.listdir(handle) if stat.S_ISDIR(found.st_mode) else []
        synced.append((found.st_ino, {*names}))

    monkeypatch.setattr(os, "fsync", sync)
    final = make(tmp_path)
    while final != tmp_path:
        assert any(
            ino == final.parent.stat().st_ino and final.name in names for ino, names in synced
        ), final
        final = final.parent
    files = {path.stat().st_ino for path in tmp_path.rglob("*") if path.is_file()}
    assert files <= {ino for ino, _ in synced}


def test_a_file_system_that_cannot_sync_folders_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(handle: int) -> None:
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))

    monkeypatch.setattr(os, "fsync", refuse)
    assert made_file(tmp_path).read_bytes() == b"a face"


def test_a_new_instance_has_nothing_to_sweep(unmade: Config) -> None:
    init_instance(unmade)
    assert half_written(unmade) == []
