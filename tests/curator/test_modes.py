"""Nobody else on the machine reads a file of an instance, whatever the umask; the tour does it under 022."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from stat import S_IMODE, S_ISDIR

from curator.base.config import Config
from curator.base.instance import init_instance
from tests.curator.drawing import PASSWORD, draw
from tests.curator.serving import Caller, free_port


def loose(instance: Path) -> Iterator[str]:
    """Yield what others than the owner may do something with."""
    for path in (instance, *instance.rglob("*")):
        mode = path.lstat().st_mode
        if not path.is_symlink() and S_IMODE(mode) & ~(0o700 if S_ISDIR(mode) else 0o600):
            yield f"{path.relative_to(instance)}: {S_IMODE(mode):o}"


def test_nobody_else_reads_what_the_main_job_leaves(tmp_path: Path) -> None:
    instance, folder = tmp_path / "instance", tmp_path / "photos"
    folder.mkdir()
    rows = ["file,label,sex,person,region"]
    for n in range(6):
        draw(n).save(folder / f"{n}.jpg", quality=95)
        label = "positive" if n % 2 else "negative"
        rows.append(f'{n}.jpg,{label},female,P{n},"48,48 112,48 96,84 64,84"')
    (tmp_path / "truth.csv").write_text("\n".join(rows))
    environment = os.environ | {
        "CURATOR_INSTANCE": str(instance),
        "CURATOR_WORKERS": "1",
        "CURATOR_SUGGEST": "0",
    }
    flask = [sys.executable, "-m", "flask", "curator"]

    def run(*arguments: str, given: str = "") -> None:
        subprocess.run(
            [*flask, *arguments],
            env=environment,
            input=given,
            text=True,
            check=True,
            capture_output=True,
            umask=0,
        )

    run("init", "--admin", "ana", "--password-stdin", given=PASSWORD)
    run("import", str(folder))
    run("rate", str(tmp_path / "truth.csv"), "--rater", "ana")
    run("export")
    run("export", "--format", "csv")
    port = free_port()
    command = [*flask, "serve", "--port", str(port)]
    with subprocess.Popen(
        command, env=environment, umask=0, stdout=subprocess.PIPE, text=True
    ) as server:
        try:
            assert server.stdout
            assert str(port) in server.stdout.readline()
            ana = Caller(port, "ana")
            for address in ("thumbnail", "display", "closeup", "redness"):
                assert ana.see(f"/photos/1/{address}")
            assert ana.download("/exports/1/download")
            names = {path.name for path in instance.rglob("*")}
            assert {"malar.sqlite", "malar.sqlite-wal", "malar.sqlite-shm", "key"} <= names
            assert [*loose(instance)] == []
        finally:
            server.terminate()
    assert [*loose(instance)] == []


def test_init_takes_what_was_left_open_from_others(tmp_path: Path) -> None:
    config = Config(instance=tmp_path / "instance")
    init_instance(config)
    (config.instance / "runs" / "old").mkdir(mode=0o755, parents=True)
    report = config.instance / "runs" / "old" / "report.html"
    report.write_text("faces")
    (config.instance / "elsewhere").symlink_to(tmp_path)
    for path, mode in ((report, 0o644), (config.instance / "malar.sqlite", 0o664)):
        path.chmod(mode)
    outside = tmp_path.stat().st_mode
    init_instance(config)
    assert [*loose(config.instance)] == []
    assert tmp_path.stat().st_mode == outside
