"""The run folder: built beside its final place, renamed when whole, and read back."""

import csv
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, astuple, dataclass, fields
from pathlib import Path
from typing import Any

from trainer.config import RunConfig, as_settings, check_config
from trainer.errors import ConfigInvalid, RunBroken, RunExists, UnknownArchitecture, from_os_error
from trainer.fit import HistoryRow
from trainer.manifest import SPLITS, Crop, Export
from trainer.weights import WeightsSource

MODEL = "model.keras"
REPORT = "report.html"


def instance_folder() -> Path:
    """Find the folder of all run-time data, as curator does."""
    return Path(os.environ.get("CURATOR_INSTANCE") or "instance")


def latest_export() -> Path:
    """Name the newest export of the instance, whether or not it is there."""
    return instance_folder() / "exports" / "latest"


def next_run(arch: str) -> Path:
    """Name the next run of an architecture: mobilenet-1, mobilenet-2 ..."""
    runs = instance_folder() / "runs"
    taken = [path.name.removeprefix(f"{arch}-") for path in runs.glob(f"{arch}-*")]
    highest = max((int(number) for number in taken if number.isdecimal()), default=0)
    return runs / f"{arch}-{highest + 1}"


@contextmanager
def new_run(target: Path) -> Iterator[Path]:
    """Give a hidden folder to fill; it becomes `target` at the end, or nothing remains.

    Raises:
        RunExists: something is at `target` already.
        DiskFull: there was no room.
        FolderUnwritable: it could not be written for another reason.
    """
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise RunExists(f"{target} is already there: name another folder with --out")
    partial: Path | None = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=f".partial-{target.name}-", dir=target.parent))
        yield partial
        partial.chmod(0o755)
        partial.rename(target)
    except OSError as error:
        raise from_os_error(error, f"the run {target}") from error
    finally:
        if partial is not None:
            shutil.rmtree(partial, ignore_errors=True)


def write_config(folder: Path, config: RunConfig, export: Export, weights: WeightsSource) -> None:
    """Write config.json: the settings, the export and the weights that were used."""
    settings = as_settings(config) | {"weights": weights.file or weights.kind}
    described = {
        "name": export.name,
        "content_hash": export.content_hash,
        "crop": asdict(export.crop),
        "counts": {split: len(export.of_split(split)) for split in SPLITS},
    }
    content = {"settings": settings, "export": described, "weights": asdict(weights)}
    write_json(folder / "config.json", content)


def write_json(file: Path, content: Any) -> None:
    """Write JSON with sorted keys, so that two runs can be compared line by line."""
    text = json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False)
    file.write_text(text + "\n", encoding="utf-8")


def write_history(file: Path, rows: Sequence[HistoryRow]) -> None:
    """Write one line per epoch."""
    with file.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(field.name for field in fields(HistoryRow))
        writer.writerows(astuple(row) for row in rows)


@dataclass(frozen=True)
class StoredRun:
    """A finished run, read back from its folder."""

    path: Path
    config: RunConfig
    crop: Crop
    weights_kind: str
    threshold: float

    @property
    def model_file(self) -> Path:
        """Name the file of the trained model."""
        return self.path / MODEL


def find_run(path: Path) -> Path:
    """Name the folder of a run; a bare name is looked up under the instance's runs."""
    return path if path.is_dir() else instance_folder() / "runs" / path


def read_run(path: Path) -> StoredRun:
    """Read what a run was.

    Raises:
        RunBroken: there is no run, or its parts do not make one.
    """
    folder = find_run(path)
    if not (folder / "config.json").is_file() or not (folder / MODEL).is_file():
        raise RunBroken(f"there is no run at {path}: name a folder that  trainer run  made")
    try:
        content = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        crop = content["export"]["crop"]
        return StoredRun(
            path=folder,
            config=check_config(content["settings"]),
            crop=Crop(crop["mode"], tuple(crop["fill_rgb"]), crop["max_side_px"]),
            weights_kind=content["weights"]["kind"],
            threshold=read_metrics(folder)["threshold"],
        )
    except (ConfigInvalid, UnknownArchitecture) as error:
        raise RunBroken(f"{folder}/config.json: {error}") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunBroken(f"{folder}/config.json is damaged: train the run again") from error


def read_metrics(folder: Path) -> dict[str, Any]:
    """Read metrics.json of a run.

    Raises:
        RunBroken: it is missing, no JSON, or has no threshold from 0 to 1.
    """
    file = folder / "metrics.json"
    try:
        metrics: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        known = 0 <= metrics["threshold"] <= 1
    except (OSError, ValueError, KeyError, TypeError):
        known = False
    if not known:
        raise RunBroken(f"{file} is missing or damaged: train the run again")
    return metrics
