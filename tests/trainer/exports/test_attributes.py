"""A version 2 of the manifest: further columns are read, checked, kept with predictions and scored apart."""

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.curator.trained import all_correct
from tests.trainer.tiny_exports import HEADER, Row, make_export, read_rows, write_description
from trainer.errors import ExportBroken, RunBroken
from trainer.exports.reader import read_export
from trainer.runs.predictions import as_prediction, read_predictions, write_predictions
from trainer.scores.metrics import measure, measure_run
from trainer.scores.parts import parts_of

TONE = {"code": "skin_tone", "values": ["light", "dark", "hidden"], "unknown": "hidden"}
SIGNS = {"code": "signs", "values": ["scale", "papules"], "unknown": "", "multiple": True}
ROOM = {"code": "room", "values": ["a", "b"], "unknown": "", "scores": False}


def described(*further: dict[str, Any]) -> list[dict[str, Any]]:
    known = (
        {"code": "sex", "values": ["female", "male", "unknown"], "unknown": "unknown"},
        {"code": "evidence", "values": ["hashtag", "visual"], "unknown": ""},
    )
    return [{"multiple": False, "scores": True, **one} for one in (*known, *further)]


def write_version_2(
    path: Path, cells: Callable[[int], Row], attributes: list[dict[str, Any]]
) -> Path:
    """Write a tiny export whose rows have more columns."""
    rows = [row | cells(place) for place, row in enumerate(read_rows(make_export(path)))]
    with (path / "examples.csv").open("w", encoding="utf-8", newline="") as file:
        columns = [*HEADER.split(","), *cells(0)]
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    write_description(path, manifest_version=2, attributes=attributes)
    return path


def cells(place: int) -> Row:
    tone = ("light", "dark", "hidden")[place % 3]
    return {"skin_tone": tone, "signs": "scale papules" if place % 2 else "", "room": "a"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write_version_2(tmp_path / "export", cells, described(TONE, SIGNS, ROOM))


def test_further_columns_are_read_but_for_those_not_to_be_scored(path: Path) -> None:
    found = [example.further for example in read_export(path).examples]
    assert found[1] == {"skin_tone": "dark", "signs": "scale papules"}
    assert {row["skin_tone"] for row in found} == {"light", "dark", "hidden"}


def test_predictions_keep_them_and_are_scored_by_them(path: Path, tmp_path: Path) -> None:
    examples = read_export(path).examples
    predictions = [as_prediction(one, 0.9 if one.is_positive else 0.1) for one in examples]
    write_predictions(tmp_path / "predictions.csv", predictions)
    assert read_predictions(tmp_path) == predictions
    found = measure(predictions, 0.5)
    assert [key for key in found if key.startswith("by_")] == [
        *("by_sex", "by_evidence", "by_skin_tone", "by_signs", "by_source"),
    ]
    assert found["by_signs"]["scale"]["n"] == found["by_signs"]["papules"]["n"] == 12
    assert found["by_signs"][""]["n"] == 12
    assert found["by_skin_tone"]["dark"] is None  # eight photos are too few


def test_without_further_columns_all_is_as_before(tmp_path: Path) -> None:
    write_predictions(tmp_path / "predictions.csv", all_correct(12))
    head = (tmp_path / "predictions.csv").read_text().splitlines()[0]
    assert head == "id,split,fold,label,sex,evidence,source,group,score"
    scores = measure_run(all_correct(12), 0.5)["splits"]["test"]
    assert [key for key in scores if key.startswith("by_")] == [
        "by_sex",
        "by_evidence",
        "by_source",
    ]
    assert [*parts_of(all_correct(12))["sex"]] == ["female", "male", "unknown"]


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"manifest_version": 3}, "manifest version 3 is unknown"),
        ({"manifest_version": True}, "manifest version True is unknown"),
        ({"manifest_version": 1}, "is not the header"),
        ({"attributes": None}, "'attributes' is missing"),
        ({"attributes": described(TONE)}, "is not the header"),
        ({"attributes": described(TONE)[2:]}, "sex, evidence, and others"),
        ({"attributes": described(TONE, TONE)}, "sex, evidence, and others"),
        ({"attributes": described({**TONE, "code": "group"})}, "sex, evidence, and others"),
        ({"attributes": described({**TONE, "code": "Skin tone"})}, "lower-case letters"),
        ({"attributes": described({**TONE, "values": [1]})}, "lower-case letters"),
        ({"attributes": described({"code": "skin_tone"})}, "an attribute needs"),
    ],
)
def test_a_description_that_breaks_the_contract_is_refused(
    path: Path, changed: dict[str, Any], complaint: str
) -> None:
    kept = {"manifest_version": 2, "attributes": described(TONE, SIGNS, ROOM)}
    write_description(path, **kept | changed)
    with pytest.raises(ExportBroken, match=complaint):
        read_export(path)


@pytest.mark.parametrize(
    ("cell", "complaint"),
    [
        ({"skin_tone": "green"}, "line 2: skin_tone 'green' is not one of light, dark, hidden"),
        ({"skin_tone": ""}, "line 2: skin_tone '' is not one of"),
        ({"signs": "scale warts"}, "line 2: signs 'scale warts' is not one of scale, papules"),
    ],
)
def test_a_value_that_is_not_described_is_refused(
    tmp_path: Path, cell: Row, complaint: str
) -> None:
    attributes = described(TONE, SIGNS, ROOM)
    path = write_version_2(tmp_path / "export", lambda place: cells(place) | cell, attributes)
    with pytest.raises(ExportBroken, match=complaint):
        read_export(path)


def test_the_hash_covers_the_attributes(path: Path) -> None:
    file = path / "dataset.json"
    facts = json.loads(file.read_text())
    facts["attributes"][2]["values"].reverse()
    file.write_text(json.dumps(facts))
    with pytest.raises(ExportBroken, match="content_hash does not match"):
        read_export(path)


def test_a_table_of_predictions_that_names_a_column_twice_is_refused(tmp_path: Path) -> None:
    twice = [replace(one, further={"tone": "light"}) for one in all_correct(12)]
    write_predictions(tmp_path / "predictions.csv", twice)
    file = tmp_path / "predictions.csv"
    file.write_text(file.read_text().replace(",tone\n", ",group\n"))
    with pytest.raises(RunBroken, match="its columns are not"):
        read_predictions(tmp_path)
