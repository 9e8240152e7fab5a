"""Converts a run's detector, checks the result on photos, and describes it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from faces.quiet import stderr_held_back
from trainer.archs import find_architecture
from trainer.deploy.formats import FORMATS, QUANTISERS, THREADS, Format, Runner, open_keras
from trainer.errors import ConversionFailed, LibraryMissing
from trainer.exports.manifest import CLASSES, POSITIVE, Example, Export
from trainer.images.squares import clean_pixels
from trainer.networks.detector import Detector, load_detector
from trainer.networks.inference import POSITIVE_OUTPUT
from trainer.networks.latency import median_ms
from trainer.progress import counted, working
from trainer.runs.folder import StoredRun, new_folder, write_json

LARGEST_DIFFERENCE = 1e-3
LEAST_AGREEMENT = 0.95
CALIBRATION_PHOTOS = 200


@dataclass(frozen=True)
class Check:
    """How closely a converted model agrees with the run's own on `photos` photos of the test split.

    `largest_difference` and `mean_difference` are of P(positive); `agreement` is the share of
    photos with the same prediction.
    """

    photos: int
    largest_difference: float
    mean_difference: float
    agreement: float


@dataclass(frozen=True)
class Cost:
    """What a model costs: bytes on disk, and the median milliseconds for one photo."""

    size_bytes: int
    latency_ms: float


@dataclass(frozen=True)
class Deployed:
    """A finished conversion: its folder, how exact it is, and its cost beside that of model.keras.

    `int8` is a key of QUANTISERS, or None for floating point.
    """

    path: Path
    format: str
    int8: str | None
    threads: int
    check: Check
    model: Cost
    keras: Cost


def deploy_run(run: StoredRun, export: Export, form: str, int8: bool, target: Path) -> Deployed:
    """Convert a run's detector into a new folder, with labels.json and export.json beside it.

    Args:
        run: the finished run.
        export: the run's own; its test split checks, its training split calibrates int8.
        form: a key of FORMATS.
        int8: whether to quantise; litert only.
        target: the folder to make.

    Raises:
        LibraryMissing: the format needs a library that is not installed.
        ConversionFailed: it could not be converted, or its predictions differ from the run's.
    """
    chosen = FORMATS[form]
    check_libraries(chosen)
    settings = run.config
    with working("loading the detector"):
        arch = find_architecture(settings.arch)
        detector = load_detector(arch, settings.img_size, run.model_file)
        photos = _squares(run, export.of_split("test"))
    with new_folder(target) as folder:
        file, own = folder / chosen.file, open_keras(detector)
        quantised = None
        if int8:
            quantised, runner = quantise(run, export, detector, file)
        else:
            runner = convert(partial(chosen.write, detector, file), chosen, file)
        check = check_conversion(own, runner, photos, run.threshold)
        require_agreement(check, chosen, int8)
        deployed = Deployed(
            path=target,
            format=form,
            int8=quantised,
            threads=THREADS,
            check=check,
            model=Cost(_size_bytes(folder), median_ms(runner, photos)),
            keras=Cost(run.model_file.stat().st_size, median_ms(own, photos)),
        )
        write_json(folder / "labels.json", describe_model(run, export, chosen, quantised))
        write_json(folder / "export.json", describe_deployed(deployed))
    return deployed


def check_libraries(chosen: Format) -> None:
    """Refuse a format whose libraries are not installed.

    Raises:
        LibraryMissing: says what to install.
    """
    missing = [name for name in chosen.modules if not _installed(name)]
    if missing:
        raise LibraryMissing(
            f"{chosen.name} needs {', '.join(missing)}: run  pip install 'malar[{chosen.extra}]'"
        )


def quantise(run: StoredRun, export: Export, detector: Detector, file: Path) -> tuple[str, Runner]:
    """Write a detector in eight bits, by the first quantiser that keeps its validation calls.

    Returns:
        The key of QUANTISERS, and the model opened again.
    """
    own, calibration = open_keras(detector), _calibration(run, export)
    held_out = _squares(run, export.of_split("val"))
    *exacting, last = QUANTISERS
    for kind in exacting:
        try:
            write = partial(QUANTISERS[kind], detector, file, calibration)
            runner = convert(write, FORMATS["litert"], file)
        except ConversionFailed:
            continue
        if check_conversion(own, runner, held_out, run.threshold).agreement >= LEAST_AGREEMENT:
            return kind, runner
    write = partial(QUANTISERS[last], detector, file, calibration)
    return last, convert(write, FORMATS["litert"], file)


def convert(write: Callable[[], None], chosen: Format, file: Path) -> Runner:
    """Write a model's file and open it again.

    Raises:
        ConversionFailed: the converter cannot.
    """
    try:
        with working(f"converting to {chosen.name}"), stderr_held_back():
            write()
            return chosen.open(file)
    except OSError:
        raise  # the folder's own: a full disk, for instance
    # The converters raise nearly anything.
    except Exception as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0][:200]
        raise ConversionFailed(f"{chosen.name} could not be written: {reason}") from error


def check_conversion(own: Runner, other: Runner, photos: np.ndarray, threshold: float) -> Check:
    """Compare two runners on photos, (N, size, size, 3) uint8, shown one at a time."""
    both = [
        [runner(photo[np.newaxis])[0, POSITIVE_OUTPUT] for runner in (own, other)]
        for photo in counted("comparing predictions", photos, len(photos), "photos")
    ]
    first, second = np.array(both).T
    # Not a number is as far off as can be; a maximum would pass it by.
    differences = np.nan_to_num(np.abs(first - second), nan=1.0)
    return Check(
        photos=len(photos),
        largest_difference=float(differences.max()),
        mean_difference=float(differences.mean()),
        agreement=float(((first >= threshold) == (second >= threshold)).mean()),
    )


def require_agreement(check: Check, chosen: Format, int8: bool) -> None:
    """Refuse a model whose probabilities differ, or in eight bits its calls.

    Raises:
        ConversionFailed: the differences exceed the bounds.
    """
    if int8 and check.agreement < LEAST_AGREEMENT:
        raise ConversionFailed(
            f"in eight bits {chosen.name} changes the predictions on {1 - check.agreement:.0%} of the test "
            "photos: export without --int8"
        )
    if not int8 and check.largest_difference > LARGEST_DIFFERENCE:
        raise ConversionFailed(
            f"{chosen.name} differs from the run by up to {check.largest_difference:.3f}: "
            "choose another --format"
        )


def describe_model(
    run: StoredRun, export: Export, chosen: Format, int8: str | None
) -> dict[str, Any]:
    """Describe the model's input, output and meaning for other programs: labels.json."""
    size = run.config.img_size
    return {
        "classes": list(CLASSES),
        "positive_class": POSITIVE,
        "threshold": run.threshold,
        "arch": run.config.arch,
        "trained_on": export.name,
        "format": chosen.name,
        "file": chosen.file,
        "int8": int8,
        "input": {
            "name": "pixels",
            "shape": [1, size, size, 3],
            "dtype": "uint8",
            "channels": "RGB, 0 to 255: scaling is inside the model",
        },
        "output": {"shape": [1, len(CLASSES)], "dtype": "float32", "values": "probabilities"},
        "crop": asdict(run.crop),
        "square": {"resize": run.config.resize, "steps": _square_steps(run)},
        "notes": _notes(run, chosen),
    }


def _square_steps(run: StoredRun) -> list[str]:
    """List the steps from a photo to the model's input."""
    size, is_mask = run.config.img_size, run.crop.mode == "mask"
    cut = "Cut the region (cheeks and nose, without eyes and forehead) to its bounding box."
    fill = "Give what lies outside the region's outline the mean colour of what lies inside."
    pad = f"Resize so that the longer side is {size} pixels, keeping the aspect ratio."
    rest = "Pad around it to a square with that mean colour."
    steps = [
        "Turn the photo upright, in sRGB.",
        cut,
        f"Reduce it to at most {run.crop.max_side_px} pixels on the longer side.",
        *([fill] if is_mask else []),
    ]
    if run.config.resize == "stretch":
        return [*steps, f"Stretch it to {size} x {size} pixels."]
    return [*steps, pad, rest if is_mask else "Pad around it to a square with its mean colour."]


def _notes(run: StoredRun, chosen: Format) -> list[str]:
    notes = ["A research tool, not a medical device.", *([run.warning] if run.warning else [])]
    if chosen.name == "openvino":
        notes.append("Compile with INFERENCE_PRECISION_HINT f32: bfloat16 changes the scores.")
    return notes


def describe_deployed(deployed: Deployed) -> dict[str, Any]:
    """List a conversion's figures as plain values: export.json."""
    return {key: value for key, value in asdict(deployed).items() if key != "path"}


def _calibration(run: StoredRun, export: Export) -> np.ndarray:
    """Sample training photos evenly from the split, as many as calibration needs."""
    train = export.of_split("train")
    return _squares(run, train[:: -(-len(train) // CALIBRATION_PHOTOS)])


def _squares(run: StoredRun, examples: Sequence[Example]) -> np.ndarray:
    settings, paths = run.config, [example.path for example in examples]
    pixels = clean_pixels(paths, settings.img_size, settings.resize, run.crop.fill_rgb)
    return np.stack(list(pixels.as_numpy_iterator()))


def _size_bytes(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def _installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ValueError:  # how find_spec says that the import is blocked
        return False
