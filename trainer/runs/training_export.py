"""Finds the export that a run was trained on."""

import json
from pathlib import Path

from trainer.errors import ExportMissing, RunBroken
from trainer.exports.manifest import Export
from trainer.exports.reader import read_export
from trainer.instance import instance_folder
from trainer.runs.folder import StoredRun


def find_export(run: StoredRun, data: Path | None = None) -> Export:
    """Read the run's own export, from the instance or from the folder `data`.

    Raises:
        ExportMissing: it does not exist, or another export is in its place, whose test split
            may hold photos that the run was trained on.
    """
    name, content_hash = _described(run)
    path = data or instance_folder() / "exports" / name
    if not path.is_dir():
        raise ExportMissing(
            f"the run's export {name} is not at {path}: name its folder with --data"
        )
    export = read_export(path)
    if export.content_hash != content_hash:
        raise ExportMissing(
            f"the run was trained on {name}, but {path} contains {export.name}: "
            "name the folder of that export with --data"
        )
    return export


def _described(run: StoredRun) -> tuple[str, str]:
    file = run.path / "config.json"
    try:
        export = json.loads(file.read_text(encoding="utf-8"))["export"]
        name, content_hash = export["name"], str(export["content_hash"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunBroken(f"{file} is damaged: train the run again") from error
    if not isinstance(name, str) or Path(name).name != name:
        raise RunBroken(f"{file} names an export outside the instance: train the run again")
    return name, content_hash
