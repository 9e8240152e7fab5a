"""What a run computes depends on its settings alone, whatever the shell and ~/.keras/keras.json say."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.trainer.tiny_exports import make_export
from trainer.startup import BACKEND, LAYOUT, PRECISION

TELL = "from trainer.startup import *; start_tensorflow(); import json; print(json.dumps(describe_numbers()))"
HOSTILE = {
    "floatx": "float16",
    "epsilon": 0.1,
    "image_data_format": "channels_first",
    "backend": "jax",
}
SHELL = {"KERAS_BACKEND": "torch", "KERAS_MAX_EPOCHS": "1", "KERAS_MAX_STEPS_PER_EPOCH": "1"}
NUMBERS = {"backend": BACKEND, "precision": PRECISION, "layout": LAYOUT}


def call(home: Path, *command: str, settings: dict[str, Any] | str = "", **shell: str) -> Any:
    """Run a command of Python on a machine with these settings of Keras and this environment."""
    (home / ".keras").mkdir(parents=True)
    if settings:
        text = settings if isinstance(settings, str) else json.dumps(settings)
        (home / ".keras" / "keras.json").write_text(text)
    environment = (
        os.environ | {"HOME": str(home), "CURATOR_INSTANCE": str(home / "instance")} | shell
    )
    environment.pop("KERAS_HOME", None)
    return subprocess.run(
        [sys.executable, *command], env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.slow
@pytest.mark.parametrize("settings", [HOSTILE, "not JSON"])
def test_keras_computes_as_a_run_needs_it(settings: dict[str, Any] | str, tmp_path: Path) -> None:
    done = call(tmp_path / "home", "-c", TELL, settings=settings, **SHELL)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == NUMBERS


def test_settings_that_keras_refuses_are_told_in_one_line(tmp_path: Path) -> None:
    export = make_export(tmp_path / "tiny")
    command = ("-m", "trainer", "run", "--arch", "mobilenet", "--data", str(export))
    done = call(tmp_path / "home", *command, "--weights", "none", settings={"floatx": "float8"})
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "keras.json" in done.stderr


@pytest.mark.slow
def test_a_run_on_a_machine_with_other_settings_is_the_same_run(tmp_path: Path) -> None:
    export = make_export(tmp_path / "tiny")
    command = ["-m", "trainer", "run", "--arch", "mobilenet", "--data", str(export)]
    command += ["--weights", "none", "--img-size", "32", "--epochs", "3", "--batch-size", "8"]
    runs = []
    for name, settings, shell in (("plain", "", {}), ("hostile", HOSTILE, SHELL)):
        out = tmp_path / f"run-{name}"
        done = call(tmp_path / name, *command, "--out", str(out), settings=settings, **shell)
        assert done.returncode == 0, done.stderr
        runs.append(out)
    plain, hostile = ((run / "predictions.csv").read_bytes() for run in runs)
    assert plain == hostile
    told = json.loads((runs[1] / "environment.json").read_text())
    assert NUMBERS.items() <= told.items()
