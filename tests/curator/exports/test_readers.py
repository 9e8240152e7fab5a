"""Each format is opened by the tool that it is for."""

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas
import pytest
from PIL import Image

from curator.base.config import Config
from curator.exports.formats import FORMATS, Format
from curator.exports.manifest import COLUMNS, NUMBERS, Example
from curator.exports.tables import write_imagefolder
from tests.curator.databases import environment_of
from tests.curator.exports.rated import SOURCES, export, trainers_rows

NUMBERED = [name for name in COLUMNS if name in NUMBERS]


def sorted_by_id(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: str(row["id"]))


@pytest.fixture
def hub(tmp_path: Path) -> dict[str, str]:
    """The environment in which Hugging Face's `datasets` asks nobody and keeps its files here."""
    silent = {
        "HF_HUB_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_HOME": str(tmp_path / "hub"),
    }
    return os.environ | silent


def loaded(hub: dict[str, str], *arguments: str, **options: str) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of each split as `datasets.load_dataset` gives them, pictures by their size."""
    script = f"""
import json
from datasets import load_dataset
found = load_dataset(*{arguments!r}, **{options!r})
shown = {{}}
for split in found:
    names = getattr(found[split].features.get("label"), "names", None)
    rows = [dict(row) for row in found[split]]
    for row in rows:
        row["image"] = row["image"].size
        row["label"] = names[row["label"]] if names else row["label"]
    shown[split] = rows
print(json.dumps(shown))
"""
    done = subprocess.run([sys.executable, "-c", script], env=hub, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    rows: dict[str, list[dict[str, Any]]] = json.loads(done.stdout)
    return rows


def as_loaded(row: dict[str, str]) -> dict[str, Any]:
    """Return a row of the trainer's export as other tools know it."""
    numbers = {name: int(row[name]) for name in NUMBERED}
    size = [numbers["width_px"], numbers["height_px"]]
    return {name: cell for name, cell in row.items() if name != "file"} | numbers | {"image": size}


@pytest.mark.parametrize("by_folder", [True, False])
def test_hugging_face_loads_image_folders_with_all_columns(
    rated: Config, hub: dict[str, str], by_folder: bool
) -> None:
    folder = str(export(rated, "imagefolder"))
    found = loaded(hub, folder) if by_folder else loaded(hub, "imagefolder", data_dir=folder)
    assert set(found) == {"train", "validation", "test"}
    sources = {
        "": "not_recorded",
        "NA": "'NA",
        "=1+1": "'=1+1",
        "@account": "'@account",
        "+49": "'+49",
    }
    expected = [
        as_loaded(row) | {"source": sources.get(row["source"], row["source"])}
        for row in trainers_rows(rated)
    ]
    assert sorted_by_id([row for rows in found.values() for row in rows]) == expected
    named = {"train": "train", "validation": "val", "test": "test"}
    assert all(row["split"] == named[split] for split, rows in found.items() for row in rows)


@pytest.mark.slow
def test_keras_reads_image_folders(rated: Config) -> None:
    keras = pytest.importorskip("keras")
    folder = export(rated, "imagefolder")
    rows = trainers_rows(rated)
    for split in ("train", "val", "test"):
        read = keras.utils.image_dataset_from_directory(
            folder / split, shuffle=False, verbose=False
        )
        assert read.class_names == ["negative", "positive"]
        labels = [read.class_names[int(label)] for _, batch in read for label in batch]
        assert labels == sorted(row["label"] for row in rows if row["split"] == split)


@pytest.mark.parametrize("by_folder", [True, False])
def test_hugging_face_loads_parquet_as_pictures_with_classes(
    rated: Config, hub: dict[str, str], by_folder: bool
) -> None:
    folder = str(export(rated, "parquet"))
    found = loaded(hub, folder) if by_folder else loaded(hub, "parquet", data_dir=folder)
    assert set(found) == {"train", "validation", "test"}
    expected = [as_loaded(row) for row in trainers_rows(rated)]
    assert sorted_by_id([row for rows in found.values() for row in rows]) == expected


def test_pandas_reads_parquet(rated: Config) -> None:
    folder = export(rated, "parquet")
    read = pandas.concat([pandas.read_parquet(path) for path in folder.glob("*.parquet")])
    expected = {row["id"]: row["sha256"] for row in trainers_rows(rated)}
    assert dict(zip(read["id"], read["sha256"], strict=True)) == expected
    with Image.open(io.BytesIO(read["image"].iloc[0]["bytes"])) as picture:
        assert picture.size == (read["width_px"].iloc[0], read["height_px"].iloc[0])


def test_pandas_reads_the_table_with_the_kinds_that_the_export_tells(rated: Config) -> None:
    folder = export(rated, "csv")
    dtypes = json.loads((folder / "dtypes.json").read_text())
    read = pandas.read_csv(folder / "examples.csv", dtype=dtypes, keep_default_na=False)
    assert list(read.columns) == list(trainers_rows(rated)[0])
    assert {name for name in read.columns if read[name].dtype == "int64"} == set(NUMBERED)
    assert (folder / read["file"].iloc[0]).is_file()
    for cells, row in zip(read.to_dict("records"), trainers_rows(rated), strict=True):
        source = row["source"]
        harmless = f"'{source}" if source in ("=1+1", "@account", "+49") else source
        file = {"file": f"images/{row['id']}.png", "source": harmless}
        expected = row | {name: int(row[name]) for name in NUMBERED} | file
        assert cells == expected
    assert set(SOURCES) - set(read["source"]) == {"=1+1", "@account", "+49"}


@pytest.mark.parametrize("number", ["0123456789012345", "123456789012e345", "1e5", "true", "nan"])
def test_ids_that_look_like_numbers_stay_text(number: str, tmp_path: Path) -> None:
    """A file for each split: where all ids of one are numbers, Hugging Face would find two kinds of id."""
    text = {"label": "positive", "sex": "female", "evidence": "visual", "source": ""}
    one = Example(
        id=number, file=f"val/positive/{number}.png", split="val", fold=0, raters=1, group=number,
        width_px=9, height_px=9, region="0,0 1,0 1,1", sha256="a", pixel_sha256="b", phash=number, **text,
        further=_Unknown(),
    )  # fmt: skip
    (tmp_path / "val").mkdir()
    write_imagefolder(tmp_path, {}, [one])
    read = pandas.read_csv(tmp_path / "val" / "metadata.csv")
    for name in ("id", "group", "phash"):
        assert read[name].tolist() == [f"'{number}"]
    assert read["file_name"].tolist() == [f"positive/{number}.png"]


class _Unknown(dict[str, str]):
    """Values of further attributes, whatever a study has."""

    def __missing__(self, code: str) -> str:
        return ""


@pytest.mark.slow
def test_tensorflow_is_silent_while_it_loads(rated: Config) -> None:
    pytest.importorskip("tensorflow")
    environment = os.environ | environment_of(rated) | {"CURATOR_WORKERS": "1"}
    command = [sys.executable, "-m", "flask", "curator", "export", "--format", "tfrecord", "--json"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert all(line.startswith("curator: ") for line in done.stderr.splitlines())


@pytest.mark.slow
def test_tensorflow_parses_the_records_as_documented(rated: Config) -> None:
    tf = pytest.importorskip("tensorflow")
    folder = export(rated, "tfrecord")
    described = json.loads((folder / "features.json").read_text())
    kinds = {"bytes": tf.string, "int64": tf.int64}
    spec = {
        name: tf.io.FixedLenFeature([], kinds[kind]) for name, kind in described["features"].items()
    }
    rows = trainers_rows(rated)
    for split in ("train", "val", "test"):
        records = tf.data.TFRecordDataset(str(folder / f"{split}.tfrecord"))
        parsed = [tf.io.parse_single_example(record, spec) for record in records]
        expected = [row for row in rows if row["split"] == split]
        for cells, row in zip(parsed, expected, strict=True):
            picture = tf.io.decode_png(cells["image"], channels=3)
            assert tuple(picture.shape) == (int(row["height_px"]), int(row["width_px"]), 3)
            assert described["classes"][int(cells["label"])] == row["label"]
            told = {name: cells[name].numpy() for name in ("id", "source", "region", "fold")}
            assert told == {
                **{name: row[name].encode() for name in ("id", "source", "region")},
                "fold": int(row["fold"]),
            }


@pytest.mark.parametrize("form", ["imagefolder", "parquet"])
def test_a_split_without_photos_is_left_out(rated: Config, hub: dict[str, str], form: str) -> None:
    folder = export(rated, form, "--ratios", "80,20,0")
    assert set(loaded(hub, form, data_dir=str(folder))) == {"train", "validation"}


@pytest.mark.parametrize(
    "form", [one for one in FORMATS if one.is_python], ids=lambda one: one.code
)
def test_an_export_is_opened_as_its_documents_say(
    rated: Config, hub: dict[str, str], form: Format
) -> None:
    folder = export(rated, form.code)
    assert form.opening.strip() in (folder / "README.txt").read_text()
    assert form.opening.strip() in Path("docs/formats.md").read_text()
    done = subprocess.run(
        [sys.executable, "-c", form.opening], cwd=folder, env=hub, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-3000:]


def test_tables_can_be_read_by_the_standard_library(rated: Config) -> None:
    with (export(rated, "csv") / "examples.csv").open(newline="") as file:
        read = list(csv.DictReader(file))
    assert [row["id"] for row in read] == [row["id"] for row in trainers_rows(rated)]
