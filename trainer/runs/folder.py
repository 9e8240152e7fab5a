"""The run folder: filled under a hidden name, renamed when complete, and read back."""

import fcntl
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from trainer.config import RunConfig, as_settings, check_config
from trainer.errors import (
    ConfigInvalid,
    RunBroken,
    RunExists,
    RunUnfinished,
    UnknownArchitecture,
    from_os_error,
)
from trainer.exports.manifest import SPLITS, Crop, Export
from trainer.files import make_folder, place_folder, sync_folder, write_whole
from trainer.instance import instance_folder
from trainer.weights import RANDOM, WeightsSource

MODEL = "model.keras"
REPORT = "report.html"  # shows no photo
REPORT_WITH_PHOTOS = "report-with-photos.html"
MODEL_CARD = "model_card.md"
PARTIAL = ".partial-"  # before the name of a run that is not finished
OUT_OF_FOLD = "out_of_fold.csv"  # predictions of a cross-validation
ENVIRONMENT = "environment.json"
STARTED, LOCK, CHECKPOINTS, LOOK = "started.json", "lock", "checkpoints", "look"


def next_run(arch: str) -> Path:
    """Return the folder of an architecture's next run: mobilenet-1, mobilenet-2 ..."""
    return _numbered(instance_folder() / "runs", arch)


def _numbered(folder: Path, name: str) -> Path:
    taken = [path.name.removeprefix(PARTIAL) for path in folder.glob("*")]
    numbers = [one.removeprefix(f"{name}-") for one in taken if one.startswith(f"{name}-")]
    highest = max((int(number) for number in numbers if number.isdecimal()), default=0)
    return folder / f"{name}-{highest + 1}"


def finished_run(described: Mapping[str, Any]) -> Path | None:
    """Find a run of the instance with these settings, export and weights."""
    found = sorted((instance_folder() / "runs").glob("[!.]*"))
    return next(
        (run for run in found if _described(run / "config.json") == described and _reads(run)), None
    )


def _reads(run: Path) -> bool:
    """Say whether a run can be read; a damaged one is trained again."""
    try:
        read_run(run)
        json.loads((run / ENVIRONMENT).read_text(encoding="utf-8"))
    except (RunBroken, OSError, ValueError):
        return False
    return True


def unfinished_run(described: Mapping[str, Any]) -> Path | None:
    """Find the newest interrupted run of the instance with these settings and export."""
    found = [
        hidden
        for hidden in (instance_folder() / "runs").glob(f"{PARTIAL}*")
        if _described(hidden / STARTED) == described
    ]
    newest = max(found, key=lambda hidden: hidden.stat().st_mtime, default=None)
    return newest and target_of(newest)


def reserve(find_next: Callable[[], Path]) -> Path:
    """Return the folder that comes next; its hidden folder is made, so that no other process gets it."""
    while True:
        target = find_next()
        hidden = target.with_name(PARTIAL + target.name)
        try:
            make_folder(hidden.parent)
            hidden.mkdir()
        except FileExistsError:
            continue
        if not target.exists():  # else another finished between counting and reserving
            return target
        hidden.rmdir()


def next_comparison() -> Path:
    """Return the folder of the next comparison: comparison-1, comparison-2 ..."""
    return _numbered(instance_folder() / "comparisons", "comparison")


@contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """Yield a hidden folder to fill; at the end it becomes `target`, or nothing remains.

    Raises:
        RunExists: `target` already exists.
        DiskFull: there was no room.
        FolderUnwritable: it could not be written for another reason.
    """
    _check_free(target)
    hidden: Path | None = None
    try:
        make_folder(target.parent)
        hidden = Path(tempfile.mkdtemp(prefix=f"{PARTIAL}{target.name}-", dir=target.parent))
        yield hidden
        hidden.chmod(0o700)
        place_folder(hidden, target)
    except OSError as error:
        raise from_os_error(error, str(target)) from error
    finally:
        if hidden is not None:
            shutil.rmtree(hidden, ignore_errors=True)


@contextmanager
def open_run(
    target: Path | None, described: Mapping[str, Any], resume: bool
) -> Iterator[tuple[Path, Path]]:
    """Yield a hidden folder to fill and one in it for checkpoints; the first becomes `target` at the end.

    Without a target it becomes the next run of the instance.

    If interrupted before the first checkpoint, nothing remains; later the hidden folder stays, with
    its checkpoints, for `resume`.

    Raises:
        RunExists: `target` already exists.
        RunUnfinished: a run of this name was interrupted, or is still training.
        DiskFull: there was no room.
        FolderUnwritable: it could not be written for another reason.
    """
    try:
        target = target or reserve(partial(next_run, described["settings"]["arch"]))
        _check_free(target)
        hidden = target.with_name(PARTIAL + target.name)
        make_folder(hidden)
        sync_folder(hidden.parent)  # it may have been reserved
        with _locked(hidden / LOCK, target):
            try:
                _begin(hidden, described, resume)
                yield hidden, hidden / CHECKPOINTS
                _finish(hidden, target)
            except BaseException:
                if not _has_checkpoints(hidden):
                    shutil.rmtree(hidden, ignore_errors=True)
                raise
    except OSError as error:
        raise from_os_error(error, f"the run {target or instance_folder() / 'runs'}") from error


def target_of(hidden: Path) -> Path:
    """Return what the hidden folder of a run will become."""
    return hidden.with_name(hidden.name.removeprefix(PARTIAL))


@contextmanager
def reserved_comparison() -> Iterator[Path]:
    """Yield the folder of the next comparison, which no other process gets meanwhile."""
    target = reserve(next_comparison)
    try:
        yield target
    finally:
        target.with_name(PARTIAL + target.name).rmdir()


def _check_free(target: Path) -> None:
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise RunExists(f"{target} already exists: name another folder with --out")


def _begin(hidden: Path, described: Mapping[str, Any], resume: bool) -> None:
    """Prepare the hidden folder: new, or as a run with the same settings left it."""
    if _has_checkpoints(hidden):
        if not resume:
            raise RunUnfinished(
                f"{hidden} contains an interrupted run: continue it with --resume, or delete it"
            )
        if (started := _described(hidden / STARTED)) is None:
            raise RunUnfinished(f"{hidden / STARTED} is missing or damaged: delete {hidden}")
        if started != described:
            raise RunUnfinished(
                f"{hidden} contains a run with other settings or another export: delete it, "
                "or name another folder with --out"
            )
    make_folder(hidden / CHECKPOINTS)
    write_json(hidden / STARTED, described)


def _has_checkpoints(hidden: Path) -> bool:
    return any((hidden / CHECKPOINTS).glob("*.npz"))


def _finish(hidden: Path, target: Path) -> None:
    hidden.chmod(0o700)
    place_folder(hidden, target)  # from here on it is a finished run
    shutil.rmtree(target / CHECKPOINTS)
    for name in (STARTED, LOCK, LOOK):
        (target / name).unlink(missing_ok=True)


@contextmanager
def _locked(file: Path, target: Path) -> Iterator[None]:
    with file.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RunUnfinished(
                f"{target} is being trained by another process: name another folder with --out"
            ) from None
        yield


def _described(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def describe_run(config: RunConfig, export: Export, weights: WeightsSource) -> dict[str, Any]:
    """Describe the settings, the export and the weights that are used: config.json."""
    settings = as_settings(config) | {"weights": weights.file or weights.kind}
    described = {
        "name": export.name,
        "content_hash": export.content_hash,
        "crop": asdict(export.crop) | {"fill_rgb": list(export.crop.fill_rgb)},
        "counts": {split: len(export.of_split(split)) for split in SPLITS},
    }
    return {"settings": settings, "export": described, "weights": asdict(weights)}


def write_json(file: Path, content: Any) -> None:
    """Write JSON with sorted keys, so that two runs can be compared line by line."""
    text = json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False)
    write_whole(file, f"{text}\n".encode())


@dataclass(frozen=True)
class StoredRun:
    """A finished run, read back from its folder; `degenerate` says why its detector is."""

    path: Path
    config: RunConfig
    crop: Crop
    weights: WeightsSource
    threshold: float
    degenerate: str | None = None

    @property
    def warning(self) -> str | None:
        """Say why the scores of the run's detector mean nothing, if they do."""
        if self.degenerate:
            return f"this run's detector is degenerate, its scores mean nothing: {self.degenerate}"
        if self.weights.kind == RANDOM:
            return "this run started from random weights: its scores mean nothing"
        return None

    @property
    def model_file(self) -> Path:
        """Return the file of the trained model."""
        return self.path / MODEL


def find_run(path: Path) -> Path:
    """Return the folder of a run; a bare name is looked up among the instance's runs."""
    return path if path.is_dir() else instance_folder() / "runs" / path


def read_run(path: Path) -> StoredRun:
    """Read a finished run.

    Raises:
        RunBroken: there is no run, or its files are damaged.
    """
    folder = find_run(path)
    if not (folder / "config.json").is_file() or not (folder / MODEL).is_file():
        raise RunBroken(f"there is no run at {path}: name a folder that  trainer run  made")
    try:
        content = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        crop, config = content["export"]["crop"], check_config(content["settings"])
        crop = Crop(crop["mode"], tuple(crop["fill_rgb"]), crop["max_side_px"])
        metrics = read_metrics(folder)
        return StoredRun(
            path=folder,
            config=config,
            crop=crop,
            weights=WeightsSource(**content["weights"]),
            threshold=metrics["threshold"],
            degenerate=metrics["degenerate"]["reason"] if metrics.get("degenerate") else None,
        )
    except (ConfigInvalid, UnknownArchitecture) as error:
        raise RunBroken(f"{folder}/config.json: {error}") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunBroken(f"{folder}/config.json is damaged: train the run again") from error


def read_metrics(folder: Path) -> dict[str, Any]:
    """Read metrics.json of a run.

    Raises:
        RunBroken: it is missing, is not JSON, or has no threshold from 0 to 1.
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
