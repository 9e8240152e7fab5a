"""The report of a run says what metrics.json says, shows no face by accident, and fetches nothing."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.curator.trained import HISTORY, SCORELESS, all_correct, exported, predicted
from tests.trainer.conftest import TINY
from tests.trainer.pages import Page, check_self_contained
from tests.trainer.predictions import apart
from trainer.config import RunConfig, merge_config
from trainer.exports.manifest import Crop, Export
from trainer.report.figures import precision_recall_line
from trainer.report.run_report import RunStory, write_report
from trainer.report.sheets import CaptionedPicture, Sheet
from trainer.run import FinishedRun, train_run
from trainer.runs.history import HistoryRow
from trainer.runs.predictions import Prediction
from trainer.scores.definitions import scores_of
from trainer.scores.metrics import measure, measure_run
from trainer.scores.sample import as_sample
from trainer.weights import WeightsSource

FACE = "data:image/jpeg;base64,RkFDRQ=="
SHEETS = (
    Sheet("Wrong calls", "The surest errors first.", [CaptionedPicture(FACE, "<b>a caption</b>")]),
)

COLOUR = {
    "name": "mean colour",
    "confounder_auc": 0.912,
    "confounder_interval": (0.85, 0.97),
    "is_close": False,
    "text": "Not clearly better than a model that sees only the mean colour.",
}
BESIDE = SCORELESS | {"test_looks": 3}


def with_measured(story: RunStory, **parts: object) -> RunStory:
    return replace(story, metrics={**story.metrics, **parts})


def tell(predictions: Sequence[Prediction]) -> RunStory:
    """A run of these predictions, as far as its pages need it."""
    crop = Crop("mask", (128, 128, 128), 512)
    examples = tuple(exported(one) for one in predictions)
    return RunStory(
        name="mobilenet-7",
        config=RunConfig("mobilenet"),
        export=Export(Path("gone"), "malar-0123456789ab", "0" * 64, crop, 5, examples),
        weights=WeightsSource("imagenet"),
        history=HISTORY,
        predictions=predictions,
        metrics=measure_run(predictions, 0.5) | BESIDE,
        environment={
            "created_utc": "2026-01-01T00:00:00+00:00",
            **dict.fromkeys(("malar", "tensorflow", "keras"), "1.0"),
            "cpu_count": 2,
            "machine": "x86_64",
            "seconds": {"features": 12.0, "training": 34.0},
            "peak_memory_mb": 1234,
            "latency_ms": 5.6,
        },
        model_bytes=23_456_789,
    )


@pytest.fixture
def story() -> RunStory:
    wrong = [predicted(f"{at:016x}", "test", "positive", 0.3) for at in range(200, 204)]
    man = replace(predicted("f" * 16, "test", "negative", 0.6), sex="male", source="<script>|a")
    return tell([*all_correct(24), *wrong, man])


def written(story: RunStory, folder: Path, name: str = "report.html") -> str:
    write_report(folder, story)
    return (folder / name).read_text(encoding="utf-8")


def test_the_report_says_what_metrics_json_says(story: RunStory, tmp_path: Path) -> None:
    text = written(story, tmp_path)
    test = story.metrics["splits"]["test"]
    names = ("precision", "recall", "f1", "roc_auc")
    told = [
        f"{test[name]:.3f} {test['intervals'][name][0]:.2f} to {test['intervals'][name][1]:.2f}"
        for name in names
    ]
    assert Page(text).row_of("test", 5) == ["29", *told]
    assert "4 of 16 photos with the rash were missed, and 1 of 13" in text
    assert "looked at 3 times so far" in text
    for cost in ("3,228,864", "23.5 MB", "5.6 ms", "1,234 MB", "12 s", "34 s"):
        assert f"<b>{cost}</b>" in text


def test_the_report_says_how_regions_and_labels_came_about(story: RunStory, tmp_path: Path) -> None:
    assert "accepted" not in written(story, tmp_path)
    export = replace(
        story.export,
        regions_by_origin={"accepted": 7, "drawn": 22, "copied": 0},
        ratings_by_source={"shown": 5, "hidden": 30, "not_recorded": 0, "by_sight_shown": 2},
    )
    text = written(replace(story, export=export), tmp_path)
    assert "Regions: 7 accepted, 22 drawn." in text
    assert "5 shown, 30 hidden" in text
    assert "2 of those shown" in text
    card = (tmp_path / "model_card.md").read_text(encoding="utf-8")
    assert "Regions: 7 accepted, 22 drawn." in card


def test_few_photos_are_not_estimable(story: RunStory, tmp_path: Path) -> None:
    page = Page(written(story, tmp_path))
    assert page.row_of("male", 2) == ["1", "not estimable: fewer than 10 photos"]
    assert page.row_of("female", 1) == ["28"]


def test_words_of_the_data_are_no_markup(story: RunStory, tmp_path: Path) -> None:
    text = written(story, tmp_path)
    assert "<script" not in text
    assert "<script>|a" in Page(text).cells
    card = (tmp_path / "model_card.md").read_text(encoding="utf-8")
    assert "| source: &lt;script&gt;\\|a | 1 | not estimable" in card


def test_nothing_is_fetched(story: RunStory, finished: FinishedRun, tmp_path: Path) -> None:
    check_self_contained(written(story, tmp_path), ("model_card.md",))
    page = (finished.path / "report.html").read_text(encoding="utf-8")
    check_self_contained(page, ("model_card.md",))
    assert page.count("<svg") == 6
    assert "not a medical device" in page


def test_no_face_is_in_the_page_that_is_passed_on(story: RunStory, tmp_path: Path) -> None:
    whole = replace(story, sheets=SHEETS)
    without = written(whole, tmp_path)
    check_self_contained(without, ("model_card.md",))
    assert "report-with-photos.html" in without
    assert "data:image" not in without
    with_photos = (tmp_path / "report-with-photos.html").read_text(encoding="utf-8")
    assert FACE in with_photos
    assert "This page shows faces: treat it as patient data" in with_photos
    assert "<b>a caption" not in with_photos


def test_without_sheets_there_is_no_page_of_photos(story: RunStory, tmp_path: Path) -> None:
    written(story, tmp_path)
    assert {file.name for file in tmp_path.iterdir()} == {"report.html", "model_card.md"}


def test_red_lines_are_for_what_went_wrong_only(story: RunStory, tmp_path: Path) -> None:
    assert 'role="alert"' not in written(with_measured(story, confounders=[COLOUR]), tmp_path)
    alarm = COLOUR | {"is_close": True}
    close = written(with_measured(story, confounders=[alarm]), tmp_path)
    assert "Confounder alarm: mean colour." in close
    assert Page(close).row_of("mean colour", 1) == ["0.912 0.85 to 0.97"]
    pair = [{"id": "a&b", "split": "train", "fold": 0}, {"id": "c", "split": "test", "fold": 1}]
    leaky = written(with_measured(story, leaks=[{"examples": pair, "likeness": 0.987}]), tmp_path)
    assert "<li>a&amp;b (split train) and c (split test), 0.99 alike</li>" in leaky
    assert "none of which were seen in training" not in leaky


def test_seeds_and_folds_are_told_with_their_spread(story: RunStory, tmp_path: Path) -> None:
    assert "Cross-validation" not in written(story, tmp_path)
    told = {"threshold": 0.5, "precision": 0.5, "recall": 0.5, "roc_auc": None}
    row = {"val_loss": 0.2, "recipe": "paper", **told}
    seeds = [row | {"seed": 1, "f1": 0.4}, row | {"seed": 2, "f1": 0.6, "val_loss": 0.1}]
    folds = [row | {"fold": 0, "n": 9, "f1": 0.7}, row | {"fold": 1, "n": 8, "f1": 0.7}]
    everything = measure(story.predictions, 0.5)
    kept = {**BESIDE["kept"], "seed": 2}
    validated = {"folds": folds, "all": everything}
    several = with_measured(story, kept=kept, seeds=seeds, cross_validation=validated)
    page = Page(written(several, tmp_path))
    assert page.row_of("mean ± SD", 7)[5:] == ["0.500 ± 0.141", "not defined"]
    assert page.row_of("all together", 5)[4].startswith(f"{everything['f1']:.3f} ")
    assert "seed 2;" in (tmp_path / "model_card.md").read_text(encoding="utf-8")


def test_a_recipe_that_validation_chose_is_told(story: RunStory, tmp_path: Path) -> None:
    tried = {"paper": {"roc_auc": 0.75, "loss": 0.25}, "tuned": {"roc_auc": 1.0, "loss": 0.125}}
    kept = {"seed": 1, "recipe": "tuned", "tried": tried, "fold_recipes": []}
    chosen = replace(story, config=merge_config({"arch": "mobilenet", "recipe": "auto"}))
    text = written(with_measured(chosen, kept=kept), tmp_path)
    told = "paper 0.750, loss 0.250; tuned 1.000, loss 0.125. Kept: <strong>tuned</strong>."
    assert told in " ".join(text.split())
    alone = with_measured(chosen, kept={**kept, "tried": {"tuned": tried["tuned"]}})
    assert "loss 0.125; paper diverged. Kept" in written(alone, tmp_path)
    page = Page(text)
    assert page.row_of("recipe", 1) == ["tuned, chosen by auto"]
    assert page.row_of("fine_tune_epochs", 1) == ["20"]
    paper = with_measured(chosen, kept={**kept, "recipe": "paper"})
    assert Page(written(paper, tmp_path)).row_of("fine_tune_epochs", 1) == ["0"]


def test_a_second_phase_is_marked_in_the_learning_curve(story: RunStory, tmp_path: Path) -> None:
    assert "from here" not in written(story, tmp_path)
    second = HistoryRow("fine-tune", 1, 0.4, 0.9, 0.3, 0.9, is_best=True)
    both = written(replace(story, history=(*HISTORY, second)), tmp_path)
    assert "fine-tune from here" in both
    assert "epoch 1 of the phase fine-tune" in both


def test_curves_need_both_classes(tmp_path: Path) -> None:
    text = written(tell([one for one in all_correct(24) if one.is_positive]), tmp_path)
    assert text.count("<svg") == 4
    assert "not defined" in text
    assert "The test split has photos of one class only" in text


def test_the_model_card_has_the_headings_and_numbers(finished: FinishedRun) -> None:
    card = (finished.path / "model_card.md").read_text(encoding="utf-8")
    assert [line for line in card.splitlines() if line.startswith("## ")] == [
        "## Model details",
        "## Intended use",
        "## Factors",
        "## Metrics",
        "## Evaluation data",
        "## Training data",
        "## Quantitative analyses",
        "## Ethical considerations",
        "## Caveats and recommendations",
    ]
    stored = json.loads((finished.path / "metrics.json").read_text())
    test = stored["splits"]["test"]
    assert f"| all | {test['n']} | {test['precision']:.3f} (" in card
    assert "not a medical device" in card
    assert "pseudonymous, not anonymous" in card
    tables = [line for line in card.splitlines() if line.startswith("|")]
    assert {line.count("|") for line in tables} == {7, 9}


@pytest.mark.slow
def test_random_weights_are_told_in_red(
    finished: FinishedRun, export: Export, tmp_path: Path
) -> None:
    assert "random weights" not in (finished.path / "report.html").read_text()
    run = train_run(replace(TINY, epochs=1, views=0), export, tmp_path / "run")
    assert "mean nothing for the method" in (run.path / "report.html").read_text()
    assert "mean nothing for the method" in (run.path / "model_card.md").read_text()


def test_a_degenerate_detector_is_named_and_not_scored(tmp_path: Path) -> None:
    story = tell([replace(one, score=1.0) for one in all_correct(24)])
    text = written(story, tmp_path)
    reason = "all 72 photos have the same score, 1.000."
    assert (
        f"This detector is degenerate, and is not scored.</strong>\nIts scores mean nothing: {reason}"
        in text
    )
    assert "<title>Malar: MobileNet, degenerate</title>" in text
    assert 'class="tile main"' not in text
    assert Page(text).row_of("This run, test split", 1) == ["degenerate, not scored"]
    card = (tmp_path / "model_card.md").read_text(encoding="utf-8")
    assert f"**The detector is degenerate, its scores mean nothing: {reason}**" in card


def test_what_is_not_defined_is_never_a_zero(tmp_path: Path) -> None:
    """No test photo is called positive: the precision is 0/0."""
    silent = [
        replace(one, score=one.score / 3) if one.split == "test" else one for one in all_correct(24)
    ]
    page = Page(written(tell(silent), tmp_path))
    assert page.row_of("test", 3) == ["24", "not defined", "0.000 0.00 to 0.26"]
    assert page.row_of("This run, test split", 3)[1] == "not defined"
    card = (tmp_path / "model_card.md").read_text(encoding="utf-8")
    assert "| all | 24 | not defined | 0.000 (" in card


def test_a_threshold_that_is_a_fallback_is_not_called_chosen(tmp_path: Path) -> None:
    one_class = [one for one in all_correct(24) if one.split != "val" or one.is_positive]
    text = written(tell(one_class), tmp_path)
    told = "not chosen: the validation split has photos of one class only"
    assert f"at a score of 0.500 or more, {told}" in text
    card = (tmp_path / "model_card.md").read_text(encoding="utf-8")
    assert told in card
    assert "chosen on the validation split" not in text + card


@pytest.mark.parametrize("scores", [(0.5,) * 6, (0.9, 0.8, 0.7, 0.6, 0.5, 0.4), (1, 1, 0, 0, 1, 0)])
def test_the_area_of_the_drawn_curve_is_the_average_precision(scores: Sequence[float]) -> None:
    sample = as_sample(apart(list(zip([True, False] * 3, scores, strict=True))), 0.5)
    recall, precision = precision_recall_line(sample)
    area = -(np.diff(recall) * (precision[1:] + precision[:-1]) / 2).sum()
    assert area == pytest.approx(scores_of(sample)["pr_auc"])
