"""A row of the table is all that a network needs: to be trained, compared, reported and listed."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.trainer.calls import call
from tests.trainer.conftest import TINY
from trainer.archs import ARCHS, Architecture, find_architecture, paper_archs
from trainer.cli.compare import network_configs
from trainer.comparison.folder import write_comparison
from trainer.comparison.training import Outcome
from trainer.exports.manifest import Export
from trainer.report.drawing import line_of
from trainer.run import FinishedRun, train_run

NEW = Architecture(
    name="mobilenet_v2",
    keras_name="MobileNetV2",
    native_size=224,
    minimum_size=32,
    preprocessing="tf",
    parameters=2_257_984,
    frozen_through="block_13_project_BN",
)


@pytest.fixture
def with_a_new_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ARCHS, NEW.name, NEW)


@pytest.mark.slow
@pytest.mark.usefixtures("tensorflow", "with_a_new_row")
def test_a_row_is_all_that_a_network_needs(
    finished: FinishedRun, export: Export, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = replace(TINY, arch=find_architecture("MobileNetV2").name, epochs=1)
    run = train_run(config, export, tmp_path / "runs" / "new-1")
    assert "Table I" not in (run.path / "report.html").read_text()
    outcomes = [Outcome(finished.config, finished.path), Outcome(config, run.path)]
    content = write_comparison(tmp_path / "comparisons" / "one", export, outcomes)
    assert [row["paper"] is None for row in content["networks"]] == [False, True]
    page = (tmp_path / "comparisons" / "one" / "report.html").read_text()
    assert re.search(r"MobileNetV2(?:.*\n){2,4}.*not in the paper", page)
    assert call("archs") == 0
    assert re.search(r"mobilenet_v2 .* not in the paper", capsys.readouterr().out)


@pytest.mark.slow
@pytest.mark.long  # test_a_row_is_all_that_a_network_needs holds the most of it
@pytest.mark.usefixtures("tensorflow")
def test_the_ninth_network_is_trained_on_a_tiny_export(export: Export, tmp_path: Path) -> None:
    config = replace(TINY, arch="efficientnet_v2_b0", epochs=1, fine_tune_epochs=1)
    run = train_run(config, export, tmp_path / "efficientnet-1")
    metrics = json.loads((run.path / "metrics.json").read_text())
    assert metrics["splits"]["test"]["n"] == len(export.of_split("test"))
    assert (run.path / "model.keras").stat().st_size > ARCHS[config.arch].parameters * 4


def test_a_comparison_without_names_is_of_the_papers_networks() -> None:
    assert "efficientnet_v2_b0" not in paper_archs()
    assert [config.arch for config in network_configs(None, (), None, {})] == paper_archs()
    asked = network_configs("vgg16, EfficientNetV2-B0", (), None, {})
    assert [config.arch for config in asked] == ["vgg16", "efficientnet_v2_b0"]


def test_networks_beyond_the_palette_are_still_drawn_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    for place in range(40):
        monkeypatch.setitem(ARCHS, f"net{place}", replace(NEW, name=f"net{place}"))
    lines = [line_of(arch) for arch in ARCHS]
    assert len({(line["color"], str(line["linestyle"])) for line in lines}) == len(ARCHS)
