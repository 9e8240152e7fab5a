"""Measures backing up an instance of N photos, backing it up again, and restoring it."""

import argparse
import resource
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from benchmarks.instances import made_instance
from curator.base.store import Store
from curator.custody.backing_up import Backup, back_up
from curator.custody.listing import list_backups
from curator.custody.restoring import restore_backup
from tests.curator.custody.studies import add_photo_files


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", type=int, nargs="?", default=5_000)
    parser.add_argument("--kilobytes", type=int, default=20, help="of a photo file")
    asked = parser.parse_args()
    with made_instance("ana") as (config, sessions), tempfile.TemporaryDirectory() as made:
        names = add_photo_files(sessions, config, asked.photos, asked.kilobytes * 1000)
        target, restored = Path(made) / "target", Path(made) / "restored"

        def write() -> Backup:
            return back_up(sessions, config, target, actor="bench")

        print(f"{asked.photos} photos of {asked.kilobytes} kB")
        print(f"{'':<24}{'seconds':>9}{'CPU s':>9}{'new MB':>9}")
        report("first backup", write)
        add_photo_files(sessions, config, asked.photos // 100, asked.kilobytes * 1000, seed=2)
        report("again, 1% new photos", write)
        report("check of both", lambda: list_backups(target, read_back=True))
        other = replace(config, instance=restored)
        report("restore", lambda: restore_backup(other, target, actor="bench"))
        for sha in names[:: max(len(names) // 100, 1)]:
            path = Store(restored).photo(sha, "JPEG")
            if path.read_bytes() != Store(config.instance).photo(sha, "JPEG").read_bytes():
                raise SystemExit(f"{path} is not what it was")


def report(name: str, run: Callable[[], object]) -> None:
    started, before = time.perf_counter(), cpu_s()
    done = run()
    new = f"{done.written_bytes / 1e6:>9.0f}" if isinstance(done, Backup) else ""
    print(
        f"{name:<24}{time.perf_counter() - started:>9.1f}{cpu_s() - before:>9.1f}{new}", flush=True
    )


def cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
