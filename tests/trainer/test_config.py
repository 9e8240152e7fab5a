"""Settings merge in one order, and impossible ones are refused in one line."""

from dataclasses import replace
from pathlib import Path

import pytest

import trainer.config
from trainer.archs import ARCHS, find_architecture, paper_archs
from trainer.config import (
    CHOICES,
    KINDS,
    LIMITS,
    RECIPES,
    RunConfig,
    as_settings,
    candidates,
    check_config,
    merge_config,
)
from trainer.errors import ConfigInvalid, TrainerError, UnknownArchitecture


def test_flags_win_over_file_over_architecture_over_defaults(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = replace(ARCHS["mobilenet"], settings={"epochs": 11, "batch_size": 11, "views": 11})
    monkeypatch.setattr(trainer.config, "find_architecture", lambda name: row)
    file = tmp_path / "run.yaml"
    file.write_text("batch-size: 12\nviews: 12\n")
    merged = merge_config({"arch": "mobilenet", "views": 13, "seed": None}, file)
    assert (merged.epochs, merged.batch_size, merged.views) == (11, 12, 13)
    assert merged.seed == RunConfig("mobilenet").seed


def test_a_recipe_stands_between_the_defaults_and_what_is_given(tmp_path: Path) -> None:
    tuned = merge_config({"arch": "vgg16", "recipe": "tuned"})
    assert {name: getattr(tuned, name) for name in RECIPES["tuned"]} == RECIPES["tuned"]
    file = tmp_path / "run.yaml"
    file.write_text("recipe: tuned\nclass_weights: false\n")
    merged = merge_config({"arch": "vgg16", "fine_tune_epochs": 1}, file)
    assert (merged.class_weights, merged.fine_tune_epochs) == (False, 1)
    assert merged.label_smoothing == RECIPES["tuned"]["label_smoothing"]
    assert merge_config({"arch": "vgg16"}) == RunConfig("vgg16")


def test_auto_tries_the_papers_recipe_and_the_tuned_one_as_it_was_given() -> None:
    given = {"arch": "vgg16", "lr": 0.01, "fine_tune_epochs": 3}
    paper, tuned = candidates(merge_config(given | {"recipe": "auto"}))
    assert paper == merge_config({"arch": "vgg16", "lr": 0.01})
    assert tuned == merge_config(given | {"recipe": "tuned"})
    assert candidates(tuned) == (tuned,)


def test_the_architecture_may_stand_in_the_file(tmp_path: Path) -> None:
    file = tmp_path / "run.yaml"
    file.write_text("model: DenseNet121\nlr: 1e-4\n")
    merged = merge_config({"arch": None}, file)
    assert (merged.arch, merged.lr) == ("densenet121", 1e-4)
    assert merge_config({"arch": "vgg16"}, file).arch == "vgg16"


def test_an_empty_file_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "run.yaml"
    file.write_text("# nothing yet\n")
    assert merge_config({"arch": "vgg16"}, file) == merge_config({"arch": "vgg16"})


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("epoch: 3", "unknown setting 'epoch'"),
        ("out: x", "unknown setting 'out'"),
        ("- epochs", "not a list of settings"),
        ("a: [", "is not YAML"),
        ("epochs: many", "epochs 'many' is not a whole number"),
        ("epochs: 2.5", "epochs '2.5' is not a whole number"),
        ("epochs: 0", "epochs 0 is not between 1 and"),
        ("lr: .nan", "lr nan is not between"),
        ("resize: squash", "resize 'squash' is not one of pad, stretch"),
        ("recipe: best", "recipe 'best' is not one of paper, tuned, auto"),
        ("recipe: [paper]", "is not one of paper, tuned"),
        ("class_weights: 2", "is not true or false"),
        ("hue: 0.6", "hue 0.6 is not between 0 and 0.5"),
        ("img_size: 31", "not between 32 and"),
    ],
)
def test_a_wrong_file_is_refused_in_one_line(tmp_path: Path, content: str, expected: str) -> None:
    file = tmp_path / "run.yaml"
    file.write_text(content)
    with pytest.raises(ConfigInvalid) as caught:
        merge_config({"arch": "mobilenet"}, file)
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigInvalid, match="cannot read"):
        merge_config({"arch": "mobilenet"}, tmp_path / "none.yaml")


def test_an_image_smaller_than_the_network_takes_is_refused() -> None:
    with pytest.raises(ConfigInvalid, match="xception needs 71"):
        merge_config({"arch": "xception", "img_size": 70})


@pytest.mark.parametrize("name", [None, "", "resnet51"])
def test_no_or_an_unknown_architecture_is_a_usage_error(name: str | None) -> None:
    with pytest.raises(TrainerError) as caught:
        merge_config({"arch": name})
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("row", ARCHS.values(), ids=lambda row: row.name)
def test_an_architecture_is_found_however_it_is_written(row: object) -> None:
    names = (getattr(row, "name", ""), getattr(row, "keras_name", ""))
    for written in (*names, names[0].upper(), names[0].replace("_", "-")):
        assert find_architecture(written) is row


def test_an_unknown_architecture_lists_all_networks() -> None:
    with pytest.raises(UnknownArchitecture) as caught:
        find_architecture("lenet")
    assert all(name in str(caught.value) for name in ARCHS)


def test_the_settings_of_a_run_can_be_read_back() -> None:
    config = merge_config({"arch": "nasnet_large", "seed": 9, "lr": 0.01})
    assert check_config(as_settings(config)) == config


def test_every_number_has_limits_that_its_default_keeps() -> None:
    defaults = as_settings(RunConfig("mobilenet"))
    switches = {name for name, kind in KINDS.items() if kind is bool}
    assert set(LIMITS) == set(KINDS) - {"arch", "weights"} - set(CHOICES) - switches
    assert all(low <= defaults[name] <= high for name, (low, high) in LIMITS.items())


def test_the_papers_table_is_whole() -> None:
    papers = [row.paper for row in ARCHS.values() if row.paper]
    assert len(papers) == len(paper_archs()) == 8
    assert sum(paper.recall for paper in papers) / 8 == pytest.approx(0.845, abs=6e-4)
    for paper in papers:
        f1 = 2 * paper.precision * paper.recall / (paper.precision + paper.recall)
        assert paper.f1 <= f1 < paper.f1 + 0.0105
