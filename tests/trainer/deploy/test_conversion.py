"""A detector that leaves for another program answers there as it did here."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.trainer.calls import call, one_line
from tests.trainer.conftest import TINY
from trainer.archs import ARCHS
from trainer.cli.export import EIGHT_BITS, FORMAT_NAMES
from trainer.config import RunConfig
from trainer.deploy.conversion import Check, check_conversion, check_libraries, require_agreement
from trainer.deploy.formats import FORMATS, QUANTISERS, Format, write_litert_dynamic, write_onnx
from trainer.errors import ConversionFailed, LibraryMissing
from trainer.exports.manifest import Export
from trainer.networks.detector import Detector, build_detector
from trainer.networks.latency import median_ms
from trainer.run import FinishedRun, train_run

pytestmark = pytest.mark.usefixtures("tensorflow")

ROOT = Path(__file__).parents[3]
PHOTOS = np.random.default_rng(1).integers(0, 256, (10, 4, 4, 3), dtype=np.uint8)


def answering(score: float) -> np.ndarray:
    return np.array([[1 - score, score]])


def unasked(pixels: np.ndarray) -> np.ndarray:
    raise AssertionError("nobody should ask")


def has_libraries(form: str) -> bool:
    try:
        check_libraries(FORMATS[form])
    except LibraryMissing:
        return False
    return True


def test_the_command_names_every_format() -> None:
    assert tuple(FORMATS) == FORMAT_NAMES
    assert tuple(QUANTISERS) == tuple(EIGHT_BITS)


def test_a_comparison_counts_what_is_called_otherwise() -> None:
    answers = iter([0.6] * 9 + [0.4])
    check = check_conversion(
        lambda _: answering(0.55), lambda _: answering(next(answers)), PHOTOS, 0.5
    )
    assert check.photos == 10
    assert check.largest_difference == pytest.approx(0.15)
    assert check.mean_difference == pytest.approx(0.06)
    assert check.agreement == 0.9


def test_a_model_that_answers_nothing_is_as_far_off_as_can_be() -> None:
    check = check_conversion(lambda _: answering(0.9), lambda _: answering(np.nan), PHOTOS, 0.5)
    assert check.largest_difference == 1
    assert check.agreement == 0


def test_too_far_off_is_refused() -> None:
    form = FORMATS["litert"]
    require_agreement(Check(60, 0.0009, 0.0001, 1.0), form, int8=False)
    require_agreement(Check(60, 0.2, 0.01, 0.96), form, int8=True)
    with pytest.raises(ConversionFailed, match=r"differs from the run by up to 0\.002"):
        require_agreement(Check(60, 0.002, 0.0001, 1.0), form, int8=False)
    with pytest.raises(
        ConversionFailed, match=r"changes the predictions on 10% of the test photos"
    ):
        require_agreement(Check(60, 0.2, 0.01, 0.9), form, int8=True)


def test_timing_is_of_single_photos() -> None:
    shapes = set()

    def run(pixels: np.ndarray) -> np.ndarray:
        shapes.add(pixels.shape)
        return answering(0.5)

    assert median_ms(run, PHOTOS) > 0
    assert shapes == {(1, 4, 4, 3)}


def test_a_missing_library_is_told_with_what_to_install() -> None:
    form = Format("onnx", "model.onnx", write_onnx, lambda _: unasked, ("no_such",), "onnx")
    with pytest.raises(LibraryMissing, match=r"needs no_such: run  pip install 'malar\[onnx\]'"):
        check_libraries(form)


@pytest.mark.parametrize(
    "form",
    [
        "saved_model",
        *(pytest.param(x, marks=pytest.mark.slow) for x in FORMATS if x != "saved_model"),
    ],
)
def test_a_run_is_exported_whole(
    form: str,
    finished: FinishedRun,
    export: Export,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    if not has_libraries(form):
        pytest.skip(f"{form} is not installed")
    out = tmp_path / "out"
    arguments = ("export", finished.path, "--format", form, "--data", export.path, "--out", out)
    assert call(*arguments, "--json") == 0
    captured = capfd.readouterr()
    assert captured.err == ""
    told = json.loads(captured.out)
    assert told["check"]["photos"] == 8
    assert told["check"]["largest_difference"] <= 1e-3
    assert told["check"]["agreement"] == 1
    assert told["model"]["latency_ms"] > 0
    assert 12e6 < told["model"]["size_bytes"] < 1.1 * told["keras"]["size_bytes"]
    assert told["keras"]["size_bytes"] == (finished.path / "model.keras").stat().st_size
    assert json.loads((out / "export.json").read_text())["check"] == told["check"]
    labels = json.loads((out / "labels.json").read_text())
    assert labels["classes"] == ["negative", "positive"]
    assert labels["positive_class"] == "positive"
    assert labels["input"]["shape"] == [1, TINY.img_size, TINY.img_size, 3]
    assert labels["threshold"] == finished.metrics["threshold"]
    assert labels["trained_on"] == export.name
    assert labels["notes"][0] == "A research tool, not a medical device."
    assert (out / labels["file"]).exists()
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert not (finished.path / form).exists()


@pytest.fixture(scope="module")
def sure(
    config: RunConfig, export: Export, tmp_path_factory: pytest.TempPathFactory
) -> FinishedRun:
    """A run that has learned: near its threshold eight bits would call at random."""
    settings = replace(config, epochs=60, lr=0.001)
    return train_run(settings, export, tmp_path_factory.mktemp("sure") / "mobilenet-1")


@pytest.mark.slow
def test_eight_bits_make_it_small_and_call_alike(
    sure: FinishedRun, export: Export, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import tensorflow as tf

    out = tmp_path / "out"
    arguments = ("export", sure.path, "--data", export.path, "--out", out)
    assert call(*arguments, "--format", "litert", "--int8") == 0
    told = capsys.readouterr().out
    assert "of the predictions agree" in told
    assert "Eight bits; the ranges of activations come from training photos." in told
    assert "litert-int8" in told
    assert "model.keras" in told
    assert (out / "model.tflite").stat().st_size < 7e6
    interpreter = tf.lite.Interpreter(str(out / "model.tflite"))
    [taken], [given] = interpreter.get_input_details(), interpreter.get_output_details()
    assert taken["dtype"] is np.uint8
    assert given["dtype"] is np.float32
    kinds = {detail["dtype"] for detail in interpreter.get_tensor_details()}
    assert np.int8 in kinds
    wide = [
        detail
        for detail in interpreter.get_tensor_details()
        if detail["dtype"] is np.float32 and len(detail["shape"]) == 4
    ]
    # The first layers stay in floating point: 3 x 3 kernels on 3 channels among them.
    assert any(list(detail["shape"][1:]) == [3, 3, 3] for detail in wide)


def write_another(detector: Detector, file: Path, photos: np.ndarray) -> None:
    """Stand for eight bits that lose what was learned."""
    write_litert_dynamic(build_detector(ARCHS["mobilenet"], TINY.img_size), file, photos)


def write_nothing(*_: object) -> None:
    """Stand for a converter that gives up."""
    raise KeyError("no such operation")


@pytest.mark.slow
@pytest.mark.parametrize(
    "write", [pytest.param(write_another, marks=pytest.mark.long), write_nothing]
)
def test_each_photo_gives_the_ranges_where_fixed_ones_fail(
    write: Callable[..., None],
    sure: FinishedRun,
    export: Export,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setitem(QUANTISERS, "static", write)
    out = tmp_path / "out"
    arguments = ("export", sure.path, "--data", export.path, "--out", out)
    assert call(*arguments, "--format", "litert", "--int8") == 0
    assert "the ranges of activations come from each photo" in capsys.readouterr().out
    told = json.loads((out / "export.json").read_text())
    assert told["int8"] == json.loads((out / "labels.json").read_text())["int8"] == "dynamic"
    assert told["check"]["agreement"] == 1
    assert (out / "model.tflite").stat().st_size < 7e6


def test_eight_bits_are_for_litert(
    finished: FinishedRun, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("export", finished.path, "--format", "onnx", "--int8") == 2
    assert "--int8 needs --format litert" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize(
    ("what", "problem", "expected"),
    [
        (
            "trainer.deploy.conversion.check_conversion",
            Check(8, 0.5, 0.1, 0.5),
            "differs from the run by up to 0.5",
        ),
        (
            "trainer.deploy.conversion.open_keras",
            OSError(28, "No space left on device"),
            "the disk is full",
        ),
    ],
)
def test_nothing_remains_after_an_error(
    what: str,
    problem: object,
    expected: str,
    finished: FinishedRun,
    export: Export,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(*_: object) -> object:
        if isinstance(problem, Exception):
            raise problem
        return problem

    monkeypatch.setattr(what, fail)
    arguments = ("export", finished.path, "--format", "saved_model", "--data", export.path)
    assert call(*arguments, "--out", tmp_path / "out") == 1
    assert expected in one_line(capsys)
    assert list(tmp_path.iterdir()) == []


def test_a_converter_that_fails_is_told_in_one_line(
    finished: FinishedRun,
    export: Export,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(*_: object) -> None:
        raise KeyError("no such operation\nin line 3")

    broken = Format("saved_model", "saved_model", fail, lambda _: unasked)
    monkeypatch.setitem(FORMATS, "saved_model", broken)
    arguments = ("export", finished.path, "--format", "saved_model", "--data", export.path)
    assert call(*arguments, "--out", tmp_path / "out") == 1
    assert "saved_model could not be written: " in one_line(capsys)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not has_libraries("openvino"), reason="openvino is not installed")
def test_openvino_reports_to_nobody(tmp_path: Path) -> None:
    script = (
        "import sys; from trainer.networks.engines import load_openvino; load_openvino().convert_model;"
        "print([x for x in sys.modules if 'openvino_telemetry' in x and sys.modules[x]])"
    )
    environment = os.environ | {"HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.stdout == "[]\n"
    assert list(tmp_path.iterdir()) == []
