"""Exports of awkward studies and photos: further attributes, other depths and colours, one class to a split."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pytest
from PIL import Image

from curator.base.config import Config
from curator.base.db import open_sessions
from curator.exports.formats import FORMATS
from curator.exports.manifest import TRAINER
from curator.queries.records import exports
from curator.ratings import attributes as rows
from curator.ratings.attributes import Attribute, Value
from tests.curator.databases import closed, copied, environment_of
from tests.curator.drawing import draw
from tests.curator.exports.rated import OTHERS, OUTLINE, export, facts_of, run

RETURNING = {form.code: form.returning for form in FORMATS if form.returning}
TONE = Attribute(
    code="skin_tone",
    name="Skin tone",
    values=(Value("1", "1 (light)"), Value("6", "6 (dark)"), Value("hidden", "Hidden")),
    default="hidden",
    unknown="hidden",
)
SIGNS = Attribute(
    code="signs",
    name="Signs beside",
    values=(Value("scale", "Scale"), Value("papules", "Papules"), Value("ulcers", "Ulcers")),
    is_multiple=True,
)
LARGE_OUTLINE = "1500,1600 3500,1600 3000,2800 2000,2800"
GIVEN = (("1", ""), ("6", "scale ulcers"), ("hidden", "papules"), ("1", "scale papules ulcers"))


@pytest.fixture
def version_2(monkeypatch: pytest.MonkeyPatch, empty_instance: Config, tmp_path: Path) -> Config:
    """A study that records more, among it several values a photo; photos without copies."""
    monkeypatch.setattr(rows, "ATTRIBUTES", (rows.SEX, rows.EVIDENCE, TONE, SIGNS))
    config = copied(empty_instance, tmp_path / "study")
    cells = [["file", "label", "region", "skin_tone", "signs"]]
    photos = tmp_path / "photos"
    photos.mkdir()
    for number in range(8):
        draw(number).save(photos / f"{number}.png")
        label = "positive" if number % 2 else "negative"
        cells.append([f"{number}.png", label, OUTLINE, *GIVEN[number // 2]])
    rate(config, photos, cells)
    return config


def rate(config: Config, photos: Path, cells: list[list[str]]) -> None:
    table = photos.parent / "ratings.csv"
    with table.open("w", newline="") as file:
        csv.writer(file).writerows(cells)
    for command in (["import", str(photos)], ["rate", str(table), "--rater", "ben"]):
        done = run(config, *command)
        assert done.exit_code == 0, done.output


def told(config: Config) -> dict[str, dict[str, str]]:
    """Return what the trainer's export tells of each photo, by its picture."""
    with (export(config, TRAINER) / "examples.csv").open(newline="") as file:
        read = list(csv.DictReader(file))
    names = ("label", "sex", "evidence", "region", "skin_tone", "signs")
    return {row["sha256"]: {name: row[name] for name in names} for row in read}


@pytest.mark.parametrize(("form", "file"), RETURNING.items())
def test_further_attributes_come_back(
    version_2: Config, empty_instance: Config, tmp_path: Path, form: str, file: str
) -> None:
    folder = export(version_2, form)
    again = copied(empty_instance, tmp_path / "again")
    pictures = folder if form != "redcap" else export(version_2, "coco")
    assert run(again, "import", str(pictures / "images")).exit_code == 0
    done = run(again, "rate", str(folder / file), "--rater", "carl")
    assert done.exit_code == 0, done.output
    assert told(again) == told(version_2)


def test_further_attributes_are_columns(version_2: Config) -> None:
    csv_folder, parquet = export(version_2, "csv"), export(version_2, "parquet")
    dtypes = json.loads((csv_folder / "dtypes.json").read_text())
    read = pandas.read_csv(csv_folder / "examples.csv", dtype=dtypes, keep_default_na=False)
    packed = pandas.concat([pandas.read_parquet(path) for path in parquet.glob("*.parquet")])
    packed = packed.sort_values("id")
    for name in ("skin_tone", "signs"):
        assert sorted(read[name]) == sorted(
            one for pair in GIVEN for one in [pair[name == "signs"]] * 2
        )
        assert read[name].tolist() == packed[name].tolist()
    for path in export(version_2, "imagefolder").glob("*/metadata.csv"):
        assert pandas.read_csv(path)["signs"].notna().all()


def cmyk(path: Path) -> None:
    draw(50).convert("CMYK").save(path.with_suffix(".jpg"), quality=95)


def deep(path: Path) -> None:
    import cv2

    sixteen = np.asarray(draw(51)).astype(np.uint16) * 257
    cv2.imwrite(str(path.with_suffix(".png")), sixteen)


def heic(path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    draw(52, (120, 160)).save(path.with_suffix(".heic"), exif=exif)


def transparent(path: Path) -> None:
    draw(53).convert("RGBA").save(path.with_suffix(".webp"), lossless=True)


def large(path: Path) -> None:
    draw(54, (5000, 4000)).save(path.with_suffix(".jpg"), quality=80)


@pytest.fixture(scope="module")
def odd_instance(empty_instance: Config, tmp_path_factory: pytest.TempPathFactory) -> Config:
    made = tmp_path_factory.mktemp("odd")
    config = copied(empty_instance, made / "instance")
    photos = made / "photos"
    photos.mkdir()
    for save in (cmyk, deep, heic, transparent, large):
        save(photos / save.__name__)
    draw(55).save(photos / "plain.png")
    cells = [["file", "label", "region"]]
    for number, path in enumerate(sorted(photos.iterdir())):
        outline = LARGE_OUTLINE if path.stem == "large" else OUTLINE
        cells.append([path.name, "positive" if number % 2 else "negative", outline])
    with closed():
        rate(config, photos, cells)
    return config


@pytest.fixture
def odd_photos(odd_instance: Config, tmp_path: Path) -> Config:
    return copied(odd_instance, tmp_path / "odd")


@pytest.mark.parametrize("form", OTHERS)
def test_photos_of_every_kind_are_exported(odd_photos: Config, form: str) -> None:
    folder = export(odd_photos, form)
    assert facts_of(folder)["counts"]["total"] == 6
    for path in folder.rglob("*.png"):
        with Image.open(path) as picture:
            assert (picture.mode, picture.info) == ("RGB", {})


def test_photos_of_every_kind_come_back(
    odd_photos: Config, empty_instance: Config, tmp_path: Path
) -> None:
    folder = export(odd_photos, "coco")
    again = copied(empty_instance, tmp_path / "again")
    assert run(again, "import", str(folder / "images")).exit_code == 0
    done = run(again, "rate", str(folder / "annotations"), "--rater", "carl", "--json")
    assert json.loads(done.stdout)["saved"] == 6
    assert facts_of(export(again, TRAINER))["counts"]["total"] == 6


@pytest.mark.parametrize("form", OTHERS)
def test_one_class_and_an_empty_split_are_no_obstacle(odd_photos: Config, form: str) -> None:
    folder = export(odd_photos, form, "--ratios", "100,0,0")
    counts: dict[str, Any] = facts_of(folder)["counts"]
    assert counts["val"] == counts["test"] == {"negative": 0, "positive": 0}


@pytest.mark.parametrize("form", ["coco", "parquet"])
def test_a_killed_export_leaves_no_folder_and_the_next_one_sweeps(
    odd_photos: Config, form: str
) -> None:
    environment = (
        os.environ
        | environment_of(odd_photos)
        | {
            "CURATOR_WORKERS": "1",
        }
    )
    command = [sys.executable, "-m", "flask", "curator", "export", "--format", form]
    process = subprocess.Popen(command, env=environment)
    written = odd_photos.instance / "exports"
    until = time.monotonic() + 60
    while not list(written.glob(".writing-*/images/**/*.png")) and time.monotonic() < until:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert [path.name for path in written.glob("malar-*")] == []
    assert exports(open_sessions(odd_photos), odd_photos.instance) == ()
    folder = export(odd_photos, form)
    assert [path.name for path in written.iterdir()] == [folder.name]
