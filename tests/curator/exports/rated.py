"""A small collection of awkward photos, rated, and the command that exports it."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from PIL import Image

from curator.base.config import Config
from curator.cli import curator
from curator.exports.formats import FORMATS
from curator.exports.manifest import TRAINER
from tests.curator.databases import environment_of
from tests.curator.drawing import draw

PEOPLE = 8
# What tables and spreadsheets trip over, one a person.
SOURCES = ("=1+1", '#rash "quoted", 2\nlines', "@account", "NA", "", "1e5", "ärzte 医者 🦋", "+49")
# TensorFlow takes seconds to load.
OTHERS = [
    pytest.param(form.code, marks=pytest.mark.slow if form.library == "tensorflow" else ())
    for form in FORMATS
    if form.code != TRAINER
]
OUTLINE = "48,48 112,48 96,84.5 64.25,84"


def run(config: Config, *arguments: str) -> Result:
    env = environment_of(config) | {"CURATOR_WORKERS": "1"}
    return CliRunner().invoke(curator, arguments, env=env, catch_exceptions=False)


def collect(config: Config, folder: Path) -> None:
    """Import two photos of each person, turned in all ways that Exif has, and rate them."""
    rows = [["file", "label", "sex", "person", "evidence", "region"]]
    for person in range(PEOPLE):
        batch = folder / f"batch-{person}"
        batch.mkdir(parents=True)
        for shot in range(2):
            name = f"{person}-{shot}.jpg"
            orientation = 1 + (2 * person + shot) % 8
            exif = Image.Exif()
            exif[0x0112] = orientation
            exif[0x010E] = "a private description"
            photo = draw(10 * person + shot)
            turned = photo if orientation < 5 else draw(10 * person + shot, (120, 160))
            turned.save(batch / name, quality=95, exif=exif)
            label = "positive" if person % 2 else "negative"
            sex = "female" if person % 3 else "male"
            rows.append([name, label, sex, f"person-{person}", "visual", OUTLINE])
        source = ["--source", SOURCES[person]] if SOURCES[person] else []
        imported = run(config, "import", str(batch), *source)
        assert imported.exit_code == 0, imported.output
    table = folder / "ratings.csv"
    with table.open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    rated = run(config, "rate", str(table), "--rater", "ben")
    assert rated.exit_code == 0, rated.output


def export(config: Config, form: str, *options: str) -> Path:
    """Export in a format on the command line; return the folder."""
    done = run(config, "export", "--format", form, "--ratios", "50,25,25", "--json", *options)
    assert done.exit_code == 0, done.output
    return Path(json.loads(done.stdout)["path"])


def trainers_rows(config: Config) -> list[dict[str, str]]:
    """Return the rows of the trainer's export, which all formats hold."""
    with (export(config, "trainer") / "examples.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def facts_of(folder: Path) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads((folder / "dataset.json").read_text())
    return facts
