"""Exports in other tools' formats: whole or not at all, the same photos and splits as the trainer's, never `latest`."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from curator.base.config import Config
from curator.base.db import Sessions, open_sessions
from curator.base.errors import ExportUnavailable
from curator.base.models.events import Event
from curator.exports import formats
from curator.exports.downloading import download_export
from curator.exports.formats import FORMATS, Format
from curator.exports.images import Pictures
from curator.exports.manifest import TRAINER, Example
from curator.photos.exclusion import exclude_photo
from curator.queries.exclusions import exports_holding
from curator.queries.records import exports
from tests.curator.databases import copied, environment_of
from tests.curator.exports.rated import OTHERS, SOURCES, export, facts_of, run, trainers_rows
from trainer.errors import ExportBroken
from trainer.exports.reader import read_export

PRIVATE = [b"-0.jpg", b"a private description", b"person-"]
TEXTS = (".csv", ".json", ".xml", ".txt")


@pytest.fixture
def sessions(rated: Config) -> Sessions:
    return open_sessions(rated)


def tree(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize("form", OTHERS)
def test_a_format_holds_the_photos_and_splits_of_the_trainers_export(
    rated: Config, form: str
) -> None:
    counts = facts_of(export(rated, TRAINER))["counts"]
    folder = export(rated, form)
    facts = facts_of(folder)
    assert facts["format"] == form
    assert facts["counts"] == counts
    assert folder.name == facts["name"] == f"malar-{facts['content_hash'][:12]}-{form}"
    found = {name: (folder / name).stat().st_size for name in tree(folder)}
    assert facts["files"] == {n: size for n, size in found.items() if n != "dataset.json"}


@pytest.mark.parametrize("form", OTHERS)
def test_latest_stays_with_the_trainers_export(rated: Config, form: str) -> None:
    first = export(rated, TRAINER)
    folder = export(rated, form)
    assert (rated.instance / "exports" / "latest").resolve() == first
    assert read_export(rated.instance / "exports" / "latest").examples
    with pytest.raises(ExportBroken, match=f"format {form}.*flask curator export"):
        read_export(folder)


@pytest.mark.slow
@pytest.mark.parametrize("form", OTHERS)
def test_the_same_database_gives_the_same_bytes(rated: Config, tmp_path: Path, form: str) -> None:
    moved = copied(rated, tmp_path / "moved")
    first = export(rated, form)
    changed = {"PYTHONHASHSEED": "77", "TZ": "Asia/Tokyo", "LC_ALL": "C"}
    environment = os.environ | changed | environment_of(moved)
    command = [sys.executable, "-m", "flask", "curator", "export", "--ratios", "50,25,25", "--json"]
    done = subprocess.run(
        [*command, "--format", form], env=environment, capture_output=True, text=True, check=True
    )
    assert tree(Path(json.loads(done.stdout)["path"])) == tree(first)


@pytest.mark.parametrize("form", OTHERS)
def test_nothing_private_is_written(rated: Config, form: str) -> None:
    contents = {path.name: path.read_bytes() for path in export(rated, form).rglob("*.*")}
    assert [word for word in PRIVATE if word in b"".join(contents.values())] == []
    texts = [content for name, content in contents.items() if name.endswith(TEXTS)]
    assert b"ben" not in b"".join(texts)


@pytest.mark.parametrize("form", OTHERS)
def test_an_export_is_recorded_with_its_format(
    rated: Config, sessions: Sessions, form: str
) -> None:
    folder = export(rated, form)
    [row] = exports(sessions, rated.instance)
    assert (row.format, row.name, row.photos) == (form, folder.name, 16)
    with sessions() as session:
        made = session.scalars(select(Event).where(Event.action == "export made")).one()
    assert made.after
    files = made.after.pop("files")
    assert files.keys() == {
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
    }
    assert made.after == {"name": folder.name, "photos": 16, "format": form}


@pytest.mark.parametrize("form", OTHERS)
def test_a_download_is_whole_or_refused(rated: Config, sessions: Sessions, form: str) -> None:
    folder = export(rated, form)
    assert b"".join(download_export(sessions, rated, 1, actor="ana").chunks)
    lost = next(path for path in folder.rglob("*.*") if path.name != "dataset.json")
    lost.write_bytes(lost.read_bytes()[:-1])
    with pytest.raises(ExportUnavailable, match="no longer whole"):
        download_export(sessions, rated, 1, actor="ana")


@pytest.mark.parametrize("form", OTHERS)
def test_an_export_that_holds_a_photo_excluded_since_is_named(
    rated: Config, sessions: Sessions, form: str
) -> None:
    folder = export(rated, form)
    exclude_photo(sessions, 1, "several faces", actor="ana")
    [holding] = exports_holding(sessions)
    assert (holding.name, 1 in holding.photos) == (folder.name, True)
    with pytest.raises(ExportUnavailable, match="export again"):
        download_export(sessions, rated, 1, actor="ana")


@pytest.mark.parametrize("form", OTHERS)
def test_an_export_that_fails_leaves_nothing(
    rated: Config, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    def stopped(folder: Path, facts: Mapping[str, Any], examples: Sequence[Example]) -> None:
        (folder / "half").write_text("written")
        raise KeyboardInterrupt

    rows = [replace(row, write=stopped) if row.code == form else row for row in FORMATS]
    monkeypatch.setattr(formats, "FORMATS", tuple(rows))
    done = run(rated, "export", "--format", form)
    assert done.exit_code != 0
    assert list((rated.instance / "exports").iterdir()) == []


def test_an_unknown_format_is_a_usage_error(rated: Config) -> None:
    done = run(rated, "export", "--format", "yolo")
    assert done.exit_code == 2
    assert "imagefolder, csv, parquet" in done.output


def test_a_row_makes_a_format(rated: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    def write_names(folder: Path, facts: Mapping[str, Any], examples: Sequence[Example]) -> None:
        (folder / "names.txt").write_text("\n".join(one.file for one in examples))

    pictures = Pictures("pictures/{split}-{label}-{id}.png")
    row = Format("names", "Names", "people", "names", "all", "Read them.", pictures, write_names)
    monkeypatch.setattr(formats, "FORMATS", (*FORMATS, row))
    assert "|names]" in run(rated, "export", "--help").output
    folder = export(rated, "names")
    assert folder.name.endswith("-names")
    names = (folder / "names.txt").read_text().split("\n")
    assert all((folder / name).is_file() for name in names)
    assert len(names) == len(trainers_rows(rated))


@pytest.mark.parametrize("form", [one for one in FORMATS if one.library], ids=lambda one: one.code)
def test_a_missing_library_is_named_before_anything_is_written(
    rated: Config, monkeypatch: pytest.MonkeyPatch, form: Format
) -> None:
    monkeypatch.setattr(formats, "find_spec", lambda _name: None)
    done = run(rated, "export", "--format", form.code)
    assert done.exit_code == 1
    assert f"pip install 'malar[{form.extra}]'" in done.output
    assert not (rated.instance / "exports").exists()


def test_the_collection_is_awkward(rated: Config) -> None:
    assert {row["source"] for row in trainers_rows(rated)} == set(SOURCES)
