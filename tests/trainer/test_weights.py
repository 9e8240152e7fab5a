"""Files that are given as weights by mistake are called what they are, with what to do."""

import io
import zipfile
from pathlib import Path

import pytest

from tests.trainer.conftest import awaken
from trainer.archs import ARCHS
from trainer.config import RunConfig
from trainer.errors import RunBroken, WeightsUnavailable
from trainer.networks.detector import load_detector
from trainer.networks.loading import build_network, load_network
from trainer.run import FinishedRun
from trainer.weights import describe_weights

LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 17225924\n"


def zipped(*names: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name in names:
            archive.writestr(name, "content")
    return content.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.h5", LFS, "a Git LFS pointer .* git lfs pull"),
        ("a.h5", b"\n  <!DOCTYPE html><html>Sign in</html>", "a web page"),
        ("a.h5", b"<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>", "a web page"),
        ("a.h5", b'{"message": "Not Found"}', "JSON text"),
        ("a.h5", b"", "is empty"),
        ("a.h5", bytes(5000), "holds zeros only"),
        ("a.h5", zipped("model.weights.h5", "config.json"), r"rename it .* \.keras"),
        ("a.pt", zipped("archive/data.pkl", "archive/data/0"), "PyTorch"),
        ("a.pth", b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.", "PyTorch"),
        ("a.h5", zipped("mobilenet.h5"), "a zip archive: unpack it"),
        ("a.keras", zipped("model.weights.h5")[:60], "cut short or damaged"),
        ("a.h5.gz", b"\x1f\x8b\x08rest", "compressed: unpack it"),
        ("a.safetensors", (40).to_bytes(8, "little") + b'{"a":{}}', "safetensors"),
        ("a.h5", b"\x89HDF\r\n\x1a\n", "cut short"),
    ],
)
def test_a_file_that_holds_no_weights_is_called_what_it_is(
    tmp_path: Path, name: str, content: bytes, told: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(WeightsUnavailable, match=told) as caught:
        describe_weights(str(tmp_path / name))
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith(name)


def test_a_folder_is_called_so(tmp_path: Path) -> None:
    with pytest.raises(WeightsUnavailable, match="is a folder"):
        describe_weights(str(tmp_path))


@pytest.mark.parametrize("share", [0.001, 0.5, 0.99])
def test_a_file_that_was_cut_short_is_called_so(
    config: RunConfig, tmp_path: Path, share: float
) -> None:
    whole = Path(config.weights).read_bytes()
    assert describe_weights(config.weights).kind == "file"
    (tmp_path / "cut.h5").write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(WeightsUnavailable, match="is cut short"):
        describe_weights(str(tmp_path / "cut.h5"))


def test_a_name_with_the_wrong_ending_is_told(config: RunConfig, tmp_path: Path) -> None:
    content = Path(config.weights).read_bytes()
    (tmp_path / "a.keras").write_bytes(content)
    with pytest.raises(WeightsUnavailable, match=r"an HDF5 file: rename it .*\.h5"):
        describe_weights(str(tmp_path / "a.keras"))
    (tmp_path / "a.h5").write_bytes(content)  # in the form of .weights.h5
    with pytest.raises(WeightsUnavailable, match=r"by its ending: .* \.weights\.h5"):
        load_network(ARCHS["mobilenet"], 32, str(tmp_path / "a.h5"))
    network = build_network(ARCHS["mobilenet"], 32)
    awaken(network)
    network.save_weights(tmp_path / "b.weights.h5")
    assert load_network(ARCHS["mobilenet"], 32, str(tmp_path / "b.weights.h5"))


@pytest.mark.slow
def test_the_model_of_a_run_is_called_what_it_is(finished: FinishedRun, tmp_path: Path) -> None:
    assert load_detector(ARCHS["mobilenet"], 32, finished.path / "model.keras")
    whole = (finished.path / "model.keras").read_bytes()
    for content, told in ((LFS, "Git LFS pointer"), (b"", "empty"), (whole[:9999], "cut short")):
        (tmp_path / "model.keras").write_bytes(content)
        with pytest.raises(RunBroken, match=f"of the run .*{told}"):
            load_detector(ARCHS["mobilenet"], 32, tmp_path / "model.keras")
