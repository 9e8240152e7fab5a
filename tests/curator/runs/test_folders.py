"""Run folders are read as the trainer writes them; damaged or hostile ones give a reason."""

import json
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from curator.base.config import Config
from curator.base.errors import LibraryMissing, NotFound, RunDamaged
from curator.runs.folders import Run, find_run, list_runs, report
from curator.runs.paper import TABLE
from curator.runs.predictions import doubtful_labels, predictions, uncertain_ids, wrong_predictions
from tests.curator.trained import all_correct, predicted, write_run
from trainer.archs import ARCHS
from trainer.runs.predictions import write_predictions

SURE = all_correct(8)
EXAMPLES = (  # one miss, one false alarm, one barely correct
    predicted("f" * 16, "test", "positive", 0.1),
    predicted("e" * 16, "val", "negative", 0.7),
    predicted("d" * 16, "train", "negative", 0.48),
)


@pytest.fixture
def folder(config: Config) -> Path:
    return write_run(config.instance / "runs" / "mobilenet-1", [*SURE, *EXAMPLES])


@pytest.fixture
def run(config: Config, folder: Path) -> Run:
    return find_run(config, folder.name)


def reasons(config: Config) -> dict[str, str]:
    return {broken.name: broken.error.message for broken in list_runs(config)[1]}


def test_without_a_runs_folder_there_are_no_runs(config: Config) -> None:
    assert list_runs(config) == ((), ())


def test_a_run_is_read_as_the_trainer_wrote_it(run: Run, folder: Path) -> None:
    stored = json.loads((folder / "metrics.json").read_text())["splits"]["test"]
    test = run.splits["test"]
    for name, measure in test.measures.items():
        assert measure.value == stored[name]
        assert measure.interval == tuple(stored["intervals"][name])
    assert (test.confusion.true_positive, test.confusion.false_negative) == (4, 1)
    assert (test.confusion.false_positive, test.confusion.true_negative) == (0, 4)
    assert (run.network, run.weights, run.threshold) == ("mobilenet", "imagenet", 0.5)
    assert (run.photos, test.photos) == (len(SURE) + 3, 9)
    assert not run.is_random


def test_a_degenerate_run_has_no_score(config: Config) -> None:
    stuck = [replace(one, score=0.5) for one in SURE]
    write_run(config.instance / "runs" / "stuck", stuck)
    found = find_run(config, "stuck")
    assert (found.degenerate, found.f1, found.is_meaningless) == ("equal_scores", None, True)


def test_a_run_from_before_failures_were_named_is_read(config: Config, folder: Path) -> None:
    metrics = json.loads((folder / "metrics.json").read_text())
    del metrics["degenerate"], metrics["threshold_chosen"]
    (folder / "metrics.json").write_text(json.dumps(metrics))
    found = find_run(config, folder.name)
    assert (found.degenerate, found.threshold_chosen) == (None, True)


def test_the_paper_s_table_is_the_trainer_s() -> None:
    ours = {name: (row.recall, row.precision, row.f1) for name, row in TABLE.items()}
    theirs = {
        name: (arch.paper.recall, arch.paper.precision, arch.paper.f1)
        for name, arch in ARCHS.items()
        if arch.paper
    }
    assert ours == theirs


def test_the_newest_run_comes_first(config: Config, folder: Path) -> None:
    older = write_run(config.instance / "runs" / "zz", SURE, weights="none")
    (older / "environment.json").write_text('{"created_utc": "2020-01-02T03:04:05+02:00"}')
    first, second = list_runs(config)[0]
    assert (first.name, second.name) == ("mobilenet-1", "zz")
    assert second.finished_at == datetime(2020, 1, 2, 1, 4, 5)
    assert second.is_random


@pytest.mark.parametrize("told", ["{", "[]", '{"created_utc": 5}', '{"created_utc": "0001-01-01"}'])
def test_a_run_without_a_date_is_as_old_as_its_scores(
    config: Config, folder: Path, told: str
) -> None:
    (folder / "environment.json").write_text(told)
    os.utime(folder / "metrics.json", (1_600_000_000, 1_600_000_000))
    found = find_run(config, folder.name).finished_at
    assert found.year in (1, 2020)
    if "0001" not in told:
        assert found == datetime(2020, 9, 13, 12, 26, 40)


def changed(*path: str, to: Any) -> Callable[[Path], None]:
    """Return a function that changes one value in metrics.json."""

    def change(folder: Path) -> None:
        file = folder / "metrics.json"
        content = json.loads(file.read_text())
        part = content
        for key in path[:-1]:
            part = part[key]
        part[path[-1]] = to
        file.write_text(json.dumps(content))

    return change


def replaced(name: str, content: bytes) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        (folder / name).write_bytes(content)

    return change


TEST = ("splits", "test")
DAMAGES: dict[str, Callable[[Path], None]] = {
    "no config": lambda folder: (folder / "config.json").unlink(),
    "no metrics": lambda folder: (folder / "metrics.json").unlink(),
    "cut": replaced("metrics.json", b'{"splits": {'),
    "empty": replaced("config.json", b""),
    "no text": replaced("config.json", b"\xff\xfe\x00"),
    "a list": replaced("config.json", b"[]"),
    "null": replaced("metrics.json", b"null"),
    "too deep": replaced("metrics.json", b"[" * 100_000),
    "no splits": changed("splits", to={}),
    "splits of text": changed("splits", to="test"),
    "NaN": changed(*TEST, "f1", to=float("nan")),
    "text for a score": changed(*TEST, "f1", to="0.9"),
    "above one": changed(*TEST, "recall", to=1e308),
    "half an interval": changed(*TEST, "intervals", "f1", to=[0.5]),
    "negative count": changed(*TEST, "n", to=-1),
    "half a photo": changed(*TEST, "n", to=1.5),
    "another confusion": changed(*TEST, "confusion", to={"surprise": 1}),
    "no threshold": changed("threshold", to=None),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_run_gives_its_reason_and_hides_no_other_run(
    config: Config, folder: Path, damage: Callable[[Path], None]
) -> None:
    write_run(config.instance / "runs" / "whole", SURE)
    damage(folder)
    assert [run.name for run in list_runs(config)[0]] == ["whole"]
    assert list(reasons(config)) == ["mobilenet-1"]
    with pytest.raises(RunDamaged) as raised:
        find_run(config, "mobilenet-1")
    assert raised.value.message == reasons(config)["mobilenet-1"]
    assert "\n" not in raised.value.message


def test_an_unfinished_folder_is_not_taken_for_a_run(config: Config, folder: Path) -> None:
    (folder.parent / ".partial-xception-1-abc").mkdir()
    (folder.parent / ".cache").mkdir()
    (folder.parent / "notes.txt").write_text("no folder")
    assert list(reasons(config)) == [".partial-xception-1-abc"]
    assert "Still training" in reasons(config)[".partial-xception-1-abc"]


UNKNOWN_NAMES = (
    "..",
    ".",
    "",
    "../exports",
    "../runs/mobilenet-1",
    "mobilenet-1/",
    "/etc",
    "a\0b",
    "no",
)


@pytest.mark.parametrize("name", UNKNOWN_NAMES)
@pytest.mark.usefixtures("folder")
def test_a_name_finds_only_a_folder_of_that_name(config: Config, name: str) -> None:
    with pytest.raises(NotFound):
        find_run(config, name)


def test_links_are_not_followed(config: Config, folder: Path, tmp_path: Path) -> None:
    outside = write_run(tmp_path / "outside", SURE)
    (folder.parent / "linked").symlink_to(outside, target_is_directory=True)
    (folder.parent / "dangling").symlink_to(tmp_path / "nowhere")
    (folder / "metrics.json").unlink()
    (folder / "metrics.json").symlink_to(outside / "metrics.json")
    assert list_runs(config)[0] == ()
    assert "link" in reasons(config)["linked"]
    assert "link" in reasons(config)["dangling"]
    assert reasons(config)["mobilenet-1"] == "metrics.json is not a regular file."


def test_neither_a_pipe_nor_a_huge_file_is_read(config: Config, folder: Path) -> None:
    (folder / "config.json").unlink()
    os.mkfifo(folder / "config.json")  # reading it would block forever
    assert reasons(config) == {"mobilenet-1": "config.json is not a regular file."}
    (folder / "config.json").unlink()
    with (folder / "config.json").open("wb") as file:
        file.truncate(10**12)
    assert reasons(config) == {"mobilenet-1": "config.json is too large to belong to a run."}


def test_a_name_that_is_not_utf_8_is_shown_as_well_as_possible(
    config: Config, folder: Path
) -> None:
    folder.rename(os.fsdecode(os.fsencode(folder.parent) + b"/caf\xe9"))
    assert list(reasons(config)) == ["caf�"]


def test_the_report_is_the_trainer_s_page(config: Config, folder: Path) -> None:
    (folder / "report.html").write_text("<p>scores")
    assert report(find_run(config, folder.name)) == b"<p>scores"
    (folder / "report.html").unlink()
    assert not find_run(config, folder.name).has_report
    with pytest.raises(RunDamaged, match=r"report\.html is missing"):
        report(find_run(config, folder.name))


def test_the_most_confident_error_comes_first(run: Run) -> None:
    assert [wrong.id[0] for wrong in wrong_predictions(run)] == ["f", "e"]


def test_the_least_confident_comes_first_and_ties_keep_their_order(run: Run) -> None:
    ids = uncertain_ids(run)
    assert [example[0] for example in ids[:3]] == ["d", "e", "f"]
    assert len(ids) == len(SURE) + 3
    assert list(ids[3:]) == sorted(ids[3:])  # all equally confident


def test_a_wrong_held_out_label_is_doubted(config: Config) -> None:
    flipped = [
        predicted("a" * 16, "test", "negative", 0.995),
        predicted("b" * 16, "val", "positive", 0.01),
        predicted("c" * 16, "train", "negative", 0.99),  # trained on: no evidence
    ]
    write_run(config.instance / "runs" / "m", [*all_correct(40), *flipped])
    assert doubtful_labels(find_run(config, "m")) == ("a" * 16, "b" * 16)


def test_a_cross_validation_doubts_training_photos_too(config: Config) -> None:
    folder = write_run(config.instance / "runs" / "m", all_correct(40))
    flipped = predicted("c" * 16, "train", "negative", 0.99)
    write_predictions(folder / "out_of_fold.csv", [*all_correct(40), flipped])
    assert doubtful_labels(find_run(config, "m")) == ("c" * 16,)
    (folder / "out_of_fold.csv").write_text("")
    with pytest.raises(RunDamaged, match=r"out_of_fold\.csv is damaged"):
        doubtful_labels(find_run(config, "m"))


def test_no_label_is_doubted_if_only_one_class_was_held_out(config: Config) -> None:
    one_class = [one for one in SURE if one.split == "train" or one.is_positive]
    write_run(config.instance / "runs" / "m", one_class)
    assert doubtful_labels(find_run(config, "m")) == ()


def test_without_cleanlab_one_line_says_what_to_install(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "cleanlab.filter", None)
    with pytest.raises(LibraryMissing, match="pip install") as raised:
        doubtful_labels(run)
    assert "\n" not in raised.value.message


HEADER = "id,split,label,score\n"
GOOD_ID = "0123456789abcdef"
BAD_TABLES = {
    "empty": "",
    "no header": f"{GOOD_ID},test,positive,0.5\n",
    "a score above one": f"{HEADER}{GOOD_ID},test,positive,1.5\n",
    "NaN": f"{HEADER}{GOOD_ID},test,positive,nan\n",
    "no score": f"{HEADER}{GOOD_ID},test,positive\n",
    "no number": f"{HEADER}{GOOD_ID},test,positive,high\n",
    "another split": f"{HEADER}{GOOD_ID},later,positive,0.5\n",
    "another label": f"{HEADER}{GOOD_ID},test,unsure,0.5\n",
    "no id": f"{HEADER}%%%%,test,positive,0.5\n",
    "an id too short": f"{HEADER}abc,test,positive,0.5\n",
    "an open quote": f'{HEADER}"{GOOD_ID},test,positive,0.5\n',
}


@pytest.mark.parametrize("table", BAD_TABLES.values(), ids=BAD_TABLES)
def test_damaged_predictions_are_reported(run: Run, table: str) -> None:
    (run.folder / "predictions.csv").write_text(table)
    for ask in (predictions, wrong_predictions, uncertain_ids, doubtful_labels):
        with pytest.raises(RunDamaged, match=r"predictions\.csv is damaged"):
            ask(run)


def test_missing_predictions_are_reported(run: Run) -> None:
    (run.folder / "predictions.csv").unlink()
    with pytest.raises(RunDamaged, match=r"predictions\.csv is missing"):
        wrong_predictions(run)


def test_rewritten_predictions_are_read_again(run: Run) -> None:
    assert len(predictions(run)) == len(SURE) + 3
    (run.folder / "predictions.csv").write_text(f"{HEADER}{GOOD_ID},test,positive,0.4\n")
    assert uncertain_ids(run) == (GOOD_ID,)
    assert [wrong.id for wrong in wrong_predictions(run)] == [GOOD_ID]
