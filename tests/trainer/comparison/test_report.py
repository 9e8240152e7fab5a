"""The report of a comparison says what comparison.json says, and never praises random weights."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from tests.curator.trained import all_correct, exported, predicted
from tests.trainer.pages import Page, check_self_contained
from trainer.archs import ARCHS
from trainer.comparison.folder import write_comparison
from trainer.comparison.report import best_first, shared_facts, write_comparison_report
from trainer.comparison.training import Outcome
from trainer.config import RunConfig, as_settings
from trainer.exports.manifest import Crop, Export
from trainer.run import FinishedRun
from trainer.runs.predictions import Prediction
from trainer.scores.metrics import measure
from trainer.scores.significance import tied_with_best
from trainer.weights import RANDOM, WeightsSource

PERFECT = all_correct(24)
# Wrong of one photo in six: far enough from perfect to be told apart.
WORSE = [
    replace(one, score=1 - one.score) if at % 3 == 0 else one for at, one in enumerate(PERFECT)
]
TIED = {"difference": 0.0, "interval": (0.0, 0.0), "p": 1.0, "adjusted_p": 1.0, "tied": True}
Predictions = Mapping[str, Sequence[Prediction]]


def row_of(arch: str, **more: Any) -> dict[str, Any]:
    """What comparison.json says of every network."""
    paper = ARCHS[arch].paper
    known = {"arch": arch, "parameters": ARCHS[arch].parameters, "paper": paper and asdict(paper)}
    return {**known, "run": None, "reason": None, "degenerate": None, "tie": None, **more}


def scored_row(arch: str, predictions: Sequence[Prediction], kind: str = "imagenet") -> Any:
    return row_of(
        arch,
        run=f"{arch}-1",
        weights=asdict(WeightsSource(kind)),
        settings=as_settings(RunConfig(arch, weights=kind)),
        threshold=0.5,
        threshold_chosen=True,
        file_bytes=12_345_678,
        seconds={"features": 1.0, "training": 2.0},
        peak_memory_mb=900,
        latency_ms=7.7,
        made_with={"tensorflow": "2.21.0", "engine": "tensorflow"},
        test=measure(predictions, 0.5),
        seeds=[{"seed": 1, "f1": 0.5}],
        cross_validation=None,
    )


def compared(predictions: Predictions, folder: Path, random: Sequence[str] = ()) -> str:
    """Write the report of networks that said this of the test photos, and of one that failed."""
    tests = {
        arch: [one for one in said if one.split == "test"] for arch, said in predictions.items()
    }
    rows = [
        scored_row(arch, said, RANDOM if arch in random else "imagenet")
        for arch, said in tests.items()
    ]
    real = {arch: said for arch, said in tests.items() if arch not in random}
    ties = tied_with_best(real, dict.fromkeys(real, 0.5)) if real else {}
    for row in rows:
        row["tie"] = asdict(ties[row["arch"]]) if row["arch"] in ties else None
    failed = row_of("vgg16", reason="no room for <it>", weights=asdict(WeightsSource("imagenet")))
    content = {
        "networks": [failed, *rows],
        "test_looks": 5,
        "environment": {"created_utc": "2026-01-01T00:00:00+00:00"},
    }
    examples = tuple(exported(one) for one in PERFECT)
    crop = Crop("mask", (128, 128, 128), 512)
    export = Export(Path("gone"), "malar-0123456789ab", "0" * 64, crop, 5, examples)
    links = {arch: f"../../runs/{arch}-1/report.html" for arch in tests}
    write_comparison_report(folder / "report.html", export, content, tests, links)
    return (folder / "report.html").read_text(encoding="utf-8")


def compared_rows(rows: Sequence[dict[str, Any]], folder: Path) -> str:
    """Write the report of these networks, which all said the same."""
    content = {
        "networks": rows,
        "test_looks": 1,
        "environment": {"created_utc": "2026-01-01T00:00:00+00:00"},
    }
    export = Export(Path("gone"), "m", "0" * 64, Crop("mask", (0, 0, 0), 9), 5, ())
    test = [one for one in PERFECT if one.split == "test"]
    write_comparison_report(
        folder / "report.html", export, content, {row["arch"]: test for row in rows}, {}
    )
    return (folder / "report.html").read_text(encoding="utf-8")


def test_the_best_is_first_and_ties_are_marked(tmp_path: Path) -> None:
    almost = [replace(PERFECT[-1], score=0.9) if one is PERFECT[-1] else one for one in PERFECT]
    said = {"mobilenet": WORSE, "xception": PERFECT, "resnet50": almost}
    page = Page(compared(said, tmp_path))
    assert page.row_of("Xception", 1)[0].startswith("best 1.000 ")
    assert page.row_of("ResNet50", 1)[0].startswith("tied 0.960 ")
    worse = measure([one for one in WORSE if one.split == "test"], 0.5)
    low, high = worse["intervals"]["f1"]
    assert page.row_of("MobileNet", 1) == [f"{worse['f1']:.3f} {low:.2f} to {high:.2f}"]
    assert page.cells.index("Xception") < page.cells.index("ResNet50")
    assert page.cells.index("ResNet50") < page.cells.index("MobileNet")


def test_random_weights_are_never_best(tmp_path: Path) -> None:
    text = compared({"xception": PERFECT, "mobilenet": WORSE}, tmp_path, random=["xception"])
    page = Page(text)
    assert page.row_of("MobileNet", 1)[0].startswith("best ")
    name = "Xception random weights: meaningless"
    assert page.row_of(name, 1)[0].startswith("1.000")
    assert page.cells.index("MobileNet") < page.cells.index(name)
    assert "Some scores mean nothing for the method" in text
    assert "Networks from random weights are left out" in text


def test_nothing_is_best_where_all_weights_are_random(tmp_path: Path) -> None:
    text = compared({"xception": PERFECT}, tmp_path, random=["xception"])
    assert "All scores mean nothing for the method" in text
    assert "Best by F1" not in text
    assert '<span class="mark">' not in text
    assert text.count("<svg") == 4


def test_a_network_that_failed_tells_its_reason(tmp_path: Path) -> None:
    page = Page(compared({"xception": PERFECT}, tmp_path))
    assert page.row_of("VGG16", 1) == ["Not trained. no room for <it>"]
    assert "not trained" in page.cells
    alone = Page(compared({}, tmp_path))
    assert alone.row_of("VGG16", 1) == ["Not trained. no room for <it>"]


def test_the_paper_stands_beside_each_network(tmp_path: Path) -> None:
    text = compared({"xception": PERFECT}, tmp_path)
    cells = Page(text).cells
    at = len(cells) - cells[::-1].index("Xception")
    assert cells[at : at + 6] == ["1.000", "1.000", "1.000", "0.826", "0.876", "0.85"]
    assert "swaps two names" in text


def test_the_page_fetches_nothing_and_leads_to_the_runs(tmp_path: Path) -> None:
    text = compared({"xception": PERFECT, "mobilenet": WORSE}, tmp_path)
    runs = ("../../runs/xception-1/report.html", "../../runs/mobilenet-1/report.html")
    check_self_contained(text, runs)
    assert "looked at 5 times so far" in text
    assert "12.3 MB" in text
    assert "7.7 ms" in text


def test_parts_of_few_photos_are_not_estimable(tmp_path: Path) -> None:
    men = [replace(one, sex="male") if at < 2 else one for at, one in enumerate(PERFECT[-24:])]
    strange = [*men, predicted("f" * 16, "test", "negative", 0.1)]
    strange[-1] = replace(strange[-1], source="<script>")
    text = compared({"xception": strange}, tmp_path)
    assert "<script" not in text
    page = Page(text)
    assert "male2 photos" in page.cells
    assert "<script>1 photo" in page.cells
    assert "not estimable" in page.cells
    assert "visual25 photos" in page.cells
    assert "hashtag0 photos" not in page.cells
    assert "No test photos: hashtag, self_report, clinician." in text


def test_close_confounders_are_told_in_red(tmp_path: Path) -> None:
    row = scored_row("xception", [one for one in PERFECT if one.split == "test"])
    row["confounders"] = [
        {
            "name": "sex",
            "confounder_auc": 0.9,
            "confounder_interval": [0.8, 0.95],
            "is_close": True,
            "text": "It may be the sex.",
        }
    ]
    text = compared_rows([row], tmp_path)
    assert "Confounder alarm, Xception: sex." in text
    assert Page(text).row_of("sex", 1) == ["0.900 0.80 to 0.95"]


@pytest.mark.parametrize(("version", "is_told"), [("2.21.0", False), ("2.22.0", True)])
def test_runs_of_different_software_are_told(tmp_path: Path, version: str, is_told: bool) -> None:
    test = [one for one in PERFECT if one.split == "test"]
    rows = [scored_row("xception", test), scored_row("mobilenet", test)]
    rows[1]["made_with"]["tensorflow"] = version
    text = compared_rows(rows, tmp_path)
    assert ("These runs were not made alike: tensorflow differs." in text) == is_told
    assert ("Xception: 2.21.0; MobileNet: 2.22.0" in text) == is_told


def test_settings_are_told_once_where_all_share_them() -> None:
    rows = [scored_row("xception", PERFECT[-24:]), scored_row("mobilenet", PERFECT[-24:])]
    rows[1]["settings"]["lr"] = 0.1
    told = shared_facts(rows, "settings")
    assert told["epochs"] == 60
    assert told["lr"] == {"Xception": 3e-4, "MobileNet": 0.1}
    assert "arch" not in told
    assert shared_facts([], "settings") == {}
    assert best_first([]) == []


@pytest.mark.parametrize(("where", "is_linked"), [("comparisons", True), ("far/elsewhere", False)])
def test_a_comparison_leads_to_runs_of_its_own_instance_only(
    finished: FinishedRun, export: Export, tmp_path: Path, where: str, is_linked: bool
) -> None:
    copied = shutil.copytree(finished.path, tmp_path / "runs" / "mobilenet-2")
    write_comparison(tmp_path / where / "one", export, [Outcome(finished.config, copied)])
    page = (tmp_path / where / "one" / "report.html").read_text(encoding="utf-8")
    assert ("../../runs/mobilenet-2/report.html" in page) == is_linked
    assert str(tmp_path) not in page


def test_a_degenerate_network_is_named_and_not_scored(tmp_path: Path) -> None:
    reason = "all 72 photos have the same score, 0.500."
    test = [one for one in PERFECT if one.split == "test"]
    good = scored_row("xception", test) | {"tie": TIED}
    broken = scored_row("mobilenet", test) | {"degenerate": reason}
    page = Page(compared_rows([broken, good], tmp_path))
    assert page.row_of("MobileNet", 1) == [f"Degenerate, not scored: {reason}"]
    assert "degenerate, not scored" in page.cells
    assert page.row_of("Xception", 1)[0].startswith("best 1.000 ")
    text = compared_rows([broken], tmp_path)
    assert "1.000" not in text


def test_a_threshold_that_is_a_fallback_is_not_called_chosen(tmp_path: Path) -> None:
    test = [one for one in PERFECT if one.split == "test"]
    row = scored_row("xception", test) | {"tie": TIED}
    assert "of its own, chosen on the validation split" in compared_rows([row], tmp_path)
    text = compared_rows([row | {"threshold_chosen": False}], tmp_path)
    assert "chosen on the validation split" not in text
    assert "of its own, not chosen: the validation split has photos of one class only" in text
