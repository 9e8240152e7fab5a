"""The reader takes a good export and names what is wrong with a broken one."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.trainer.tiny_exports import (
    Row,
    change_rows,
    make_export,
    read_rows,
    write_description,
    write_export,
)
from trainer.errors import ExportBroken, ExportMissing, LeakFound, TrainerError
from trainer.exports.manifest import check_trainable
from trainer.exports.reader import read_export

Break = Callable[[list[Row]], None]


@pytest.fixture
def copy(export_path: Path, tmp_path: Path) -> Path:
    shutil.copytree(export_path, tmp_path / "copy")
    return tmp_path / "copy"


def one_line(error: TrainerError) -> str:
    text = str(error)
    assert "\n" not in text
    assert error.exit_code == 1
    return text


def setting(column: str, value: str) -> Break:
    def change(rows: list[Row]) -> None:
        rows[2][column] = value

    return change


def test_a_good_export_is_read_whole(export_path: Path) -> None:
    export = read_export(export_path)
    rows = read_rows(export_path)
    assert [example.id for example in export.examples] == [row["id"] for row in rows]
    assert sum(len(export.of_split(split)) for split in ("train", "val", "test")) == len(rows)
    assert export.crop.fill_rgb == (128, 128, 128)
    first = export.examples[0]
    assert first.path.read_bytes() == (export_path / rows[0]["file"]).read_bytes()
    assert first.region[0] == (0.1, 0.1)
    assert first.is_positive == (rows[0]["label"] == "positive")


def test_an_export_is_read_through_a_link(export_path: Path, tmp_path: Path) -> None:
    (tmp_path / "latest").symlink_to(export_path)
    assert len(read_export(tmp_path / "latest").examples) == 24


def test_no_export_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ExportMissing) as caught:
        read_export(tmp_path / "latest")
    assert "flask curator export" in one_line(caught.value)


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("split", "training", "split 'training' is not one of train, val, test"),
        ("label", "maybe", "label 'maybe' is not one of"),
        ("sex", "f", "sex 'f' is not one of"),
        ("evidence", "rumour", "evidence 'rumour' is not one of"),
        ("id", "../../etc/passwd", "id '../../etc/passwd' is not"),
        ("fold", "5", "fold '5' is over 4"),
        ("fold", "-1", "fold '-1' is not a whole number"),
        ("fold", "1.0", "fold '1.0' is not a whole number"),
        ("raters", "0", "raters '0' is not a whole number of at least 1"),
        ("width_px", "", "width_px '' is not a whole number"),
        ("height_px", "0", "height_px '0' is not a whole number"),
        ("group", "", "group is empty"),
        ("region", "0.1,0.1 0.2", "region '0.1,0.1 0.2' is not pairs"),
        ("region", "0.1,0.1 0.2,0.2", "not three or more points"),
        ("region", "0,0 1,0 1,1.5", "fractions from 0 to 1"),
        ("region", "0,0 1,0 nan,1", "fractions from 0 to 1"),
        ("file", "../train/x.png", "points outside the export"),
        ("file", "/etc/passwd", "points outside the export"),
        ("file", "train/positive/other.png", "should be"),
        ("sha256", "0" * 64, "SHA-256 differs"),
    ],
)
def test_a_wrong_field_is_named_with_its_line(
    copy: Path, column: str, value: str, expected: str
) -> None:
    change_rows(copy, setting(column, value))
    with pytest.raises(ExportBroken) as caught:
        read_export(copy)
    text = one_line(caught.value)
    assert expected in text
    assert "examples.csv line 4:" in text


def test_a_missing_image_is_named(copy: Path) -> None:
    row = read_rows(copy)[0]
    (copy / row["file"]).unlink()
    with pytest.raises(ExportBroken, match=rf"line 2: file '{row['file']}' does not exist"):
        read_export(copy)


def test_an_image_outside_is_refused_even_through_a_link(copy: Path, tmp_path: Path) -> None:
    image = copy / read_rows(copy)[0]["file"]
    image.rename(tmp_path / "outside.png")
    image.symlink_to(tmp_path / "outside.png")
    with pytest.raises(ExportBroken, match="points outside the export"):
        read_export(copy)


def test_an_id_that_stands_twice_is_refused(copy: Path) -> None:
    change_rows(copy, lambda rows: rows.append(dict(rows[0])))
    with pytest.raises(ExportBroken, match="appears twice"):
        read_export(copy)


@pytest.mark.parametrize("part", ["split", "fold"])
def test_a_group_in_two_parts_is_refused(copy: Path, part: str) -> None:
    def change(rows: list[Row]) -> None:
        rows[0]["group"] = next(
            row["group"]
            for row in rows
            if row[part] != rows[0][part] and (part == "split" or row["split"] == rows[0]["split"])
        )

    change_rows(copy, change)
    with pytest.raises(LeakFound, match=f"is in two {part}s") as caught:
        read_export(copy)
    assert caught.value.exit_code == 3


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"manifest_version": 3}, "manifest version 3 is unknown"),
        ({"manifest_version": None}, "manifest version None"),
        ({"classes": ["positive", "negative"]}, "classes are not"),
        ({"positive_class": "bmr"}, "classes are not"),
        ({"crop": None}, "'crop' is missing"),
        ({"crop": {"mode": "oval", "fill_rgb": [0, 0, 0], "max_side_px": 9}}, "needs a mode"),
        ({"crop": {"mode": "box", "fill_rgb": [0, 0], "max_side_px": 9}}, "fill_rgb"),
        ({"crop": {"mode": "box", "fill_rgb": [0, 0, 256], "max_side_px": 9}}, "over 255"),
        ({"crop": {"mode": "box", "fill_rgb": [0, 0, 0], "max_side_px": 0}}, "max_side_px"),
        ({"split": {}}, "split.folds"),
        ({"regions_by_origin": [1]}, "'regions_by_origin' is not a table of counts"),
        ({"ratings_by_source": {"shown": -1}}, "ratings_by_source.shown '-1'"),
        ({"name": 7}, "'name' is missing"),
        ({"content_hash": "0" * 64}, "content_hash does not match"),
    ],
)
def test_a_wrong_description_is_named(copy: Path, changed: dict[str, Any], expected: str) -> None:
    write_description(copy, **changed)
    with pytest.raises(ExportBroken) as caught:
        read_export(copy)
    text = one_line(caught.value)
    assert expected in text
    assert text.startswith("dataset.json: ")


@pytest.mark.parametrize("content", ["", "{", "[]", '"text"'])
def test_a_description_that_is_no_object_is_refused(copy: Path, content: str) -> None:
    (copy / "dataset.json").write_text(content)
    with pytest.raises(ExportBroken, match="JSON"):
        read_export(copy)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda text: text.replace("id,file", "file,id", 1), "is not the header"),
        (lambda text: "", "is not the header"),
        (lambda text: text.replace("visual", "visual,extra", 1), "line 2: has 17 fields, not 16"),
        (lambda text: text + "\n", "has 0 fields"),
        (lambda text: text + '"open', "is not UTF-8 CSV"),
    ],
)
def test_a_table_of_another_shape_is_refused(
    copy: Path, change: Callable[[str], str], expected: str
) -> None:
    table = copy / "examples.csv"
    table.write_text(change(table.read_text()))
    write_description(copy)
    with pytest.raises(ExportBroken, match=expected):
        read_export(copy)


def test_a_table_that_is_missing_or_not_text_is_refused(copy: Path) -> None:
    (copy / "examples.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ExportBroken, match="not UTF-8 CSV"):
        read_export(copy)
    (copy / "examples.csv").unlink()
    with pytest.raises(ExportBroken, match=r"examples\.csv is missing"):
        read_export(copy)


def test_a_changed_table_is_noticed(copy: Path) -> None:
    table = copy / "examples.csv"
    table.write_text(table.read_text().replace("#butterflyrash", "#sunburn", 1))
    with pytest.raises(ExportBroken, match="content_hash does not match"):
        read_export(copy)


@pytest.mark.parametrize(
    ("kept", "expected"),
    [
        (lambda row: row["split"] != "val", "val split is empty"),
        (lambda row: row["split"] != "test", "test split is empty"),
        (
            lambda row: (row["split"], row["label"]) != ("train", "positive"),
            "train split has no positive",
        ),
    ],
)
def test_an_export_that_cannot_be_trained_on_is_refused(
    tmp_path: Path, kept: Callable[[Row], bool], expected: str
) -> None:
    path = make_export(tmp_path / "export")
    write_export(path, [row for row in read_rows(path) if kept(row)])
    with pytest.raises(ExportBroken, match=expected):
        check_trainable(read_export(path))


def test_counts_of_how_the_export_came_about_are_read_where_it_has_them(copy: Path) -> None:
    write_description(copy, regions_by_origin={"accepted": 3, "drawn": 5}, ratings_by_source={})
    export = read_export(copy)
    assert export.regions_by_origin == {"accepted": 3, "drawn": 5}
    file = copy / "dataset.json"
    described = json.loads(file.read_text())
    del described["regions_by_origin"], described["ratings_by_source"]
    file.write_text(json.dumps(described))
    assert read_export(copy).regions_by_origin == {}
