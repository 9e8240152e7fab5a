"""A run folder from a stranger runs nothing on this machine."""

import json
import shutil
import zipfile
from pathlib import Path

import pytest

from demo.faces import draw_photo
from demo.person import person_of
from tests.trainer.calls import call, one_line
from trainer.exports.manifest import Export
from trainer.run import FinishedRun

pytestmark = pytest.mark.usefixtures("tensorflow")

COMMANDS = ["predict", "explain", "export"]


@pytest.fixture
def run(finished: FinishedRun, tmp_path: Path) -> Path:
    return Path(shutil.copytree(finished.path, tmp_path / "run"))


@pytest.fixture
def trap(tmp_path: Path) -> Path:
    """A .keras file whose Lambda layer writes a file as soon as it is built or called."""
    import keras

    mark = str(tmp_path / "sprung")
    pixels = keras.Input((32, 32, 3))
    layer = keras.layers.Lambda(
        lambda tensor: (__import__("pathlib").Path(mark).touch(), tensor)[1]
    )
    keras.Model(pixels, layer(pixels)).save(tmp_path / "trap.keras")
    Path(mark).unlink()
    loaded = keras.saving.load_model(tmp_path / "trap.keras", safe_mode=False)
    assert loaded is not None
    assert Path(mark).exists(), "the trap does not work, so that nothing would be tested"
    Path(mark).unlink()
    return tmp_path / "trap.keras"


def arguments(command: str, run: Path, export: Export, folder: Path) -> list[object]:
    if command == "predict":
        draw_photo(person_of(5, 1), 5, 0).image.save(folder / "face.png")
        return ["predict", run, folder / "face.png", "--region", "5,5 50,5 50,50"]
    rest: list[object] = [run, "--data", export.path, "--out", folder / "out"]
    return [command, *rest, *(["--format", "saved_model"] if command == "export" else [])]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_crafted_model_is_refused(
    command: str,
    run: Path,
    trap: Path,
    export: Export,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    shutil.copy(trap, run / "model.keras")
    assert call(*arguments(command, run, export, tmp_path)) == 1
    assert "does not contain a mobilenet detector" in one_line(capsys)
    assert not (tmp_path / "sprung").exists()
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_a_crafted_description_inside_a_sound_model_is_not_read(
    command: str, run: Path, trap: Path, export: Export, tmp_path: Path
) -> None:
    sound = run / "model.keras"
    with zipfile.ZipFile(sound) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    with zipfile.ZipFile(trap) as source:
        parts["config.json"] = source.read("config.json")
    with zipfile.ZipFile(sound, "w") as target:
        for name, content in parts.items():
            target.writestr(name, content)
    assert call(*arguments(command, run, export, tmp_path)) == 0
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize("name", ["../elsewhere", "/absolute", "a/b", 7, None])
def test_a_run_leads_to_no_export_outside_the_instance(
    name: object, run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = json.loads((run / "config.json").read_text())
    content["export"]["name"] = name
    (run / "config.json").write_text(json.dumps(content))
    assert call("explain", run) == 1
    assert "outside the instance" in one_line(capsys)
