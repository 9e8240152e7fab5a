"""croissant.json loads in mlcroissant, DATASHEET.md keeps its form, and both say what this study states."""

import csv
import hashlib
import itertools
import json
import logging
import socket
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import mlcroissant as mlc
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from PIL import Image
from sqlalchemy import select

from curator.base.config import Config
from curator.base.db import Sessions
from curator.base.models.photos import Photo
from curator.exports import croissant, datasheet
from curator.exports.croissant import write_croissant
from curator.exports.croissant_records import MEANINGS
from curator.exports.datasheet import NOT_STATED, SURROUNDINGS, write_datasheet
from curator.exports.description import Description, Provenance
from curator.exports.exporting import export_dataset
from curator.exports.manifest import COLUMNS, Example, Settings
from curator.photos.importing import ImportResult
from curator.ratings.table import rate_table
from curator.study import facts, toml_file
from curator.study.checking import changed
from curator.study.facts import BY_CODE, FACTS, NOTHING_STATED, Fact, Kind, Section
from curator.study.stating import read_study, state_facts
from curator.web import study as web
from tests.curator.browsing import Visitor, the
from tests.curator.study.study import GIVEN
from tests.curator.study.test_facts import TEXTS

HALF = Settings(ratios=(50, 25, 25), folds=2)
PHOTOS = 12


@pytest.fixture
def collection(
    save: Callable[..., Path],
    import_all: Callable[..., ImportResult],
    sessions: Sessions,
    tmp_path: Path,
) -> None:
    rows = ["file,label,sex,region"]
    for photo in range(PHOTOS):
        save(f"{photo}.png", photo)
        label, sex = ("positive", "negative")[photo % 2], ("female", "male")[photo // 6]
        rows.append(f'{photo}.png,{label},{sex},"48,48 112,48 96,84 64,84"')
    import_all(source="a | b \\ # `c`")
    table = tmp_path / "ratings.csv"
    table.write_text("\n".join(rows) + "\n")
    assert not rate_table(sessions, table, "ben").bad


@pytest.fixture
def export(sessions: Sessions, config: Config) -> Callable[..., Path]:
    def export(settings: Settings = HALF) -> Path:
        return export_dataset(sessions, config, settings, actor="ana").path

    return export


@pytest.fixture
def stated(sessions: Sessions) -> None:
    state_facts(sessions, GIVEN, actor="ana")


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_arguments: object) -> None:
        raise AssertionError("a loader asked the network")

    monkeypatch.setattr(socket.socket, "connect", refused)


@pytest.fixture
def complaints() -> Iterator[list[str]]:
    """Collect what mlcroissant logs as a warning."""
    found: list[str] = []

    class Collector(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            found.append(record.getMessage())

    handler, loggers = Collector(logging.WARNING), (logging.getLogger(), logging.getLogger("absl"))
    for logger in loggers:
        logger.addHandler(handler)
    yield found
    for logger in loggers:
        logger.removeHandler(handler)


def document(export: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((export / "croissant.json").read_text())
    return read


def warnings_of(export: Path) -> set[str]:
    return set(mlc.Dataset(export / "croissant.json").metadata.ctx.issues.warnings)


@pytest.mark.usefixtures("collection", "stated", "no_network")
def test_mlcroissant_finds_nothing_wrong_with_a_study_that_states_all(
    export: Callable[..., Path], complaints: list[str]
) -> None:
    dataset = mlc.Dataset(export() / "croissant.json")
    issues = dataset.metadata.ctx.issues
    assert (issues.errors, issues.warnings, complaints) == (set(), set(), [])
    assert dataset.metadata.ctx.conforms_to.value == "http://mlcommons.org/croissant/1.1"


@pytest.mark.usefixtures("collection", "no_network")
def test_mlcroissant_misses_only_what_the_study_does_not_state(export: Callable[..., Path]) -> None:
    path = export()
    found = warnings_of(path)
    assert len(found) == 4
    for lacking in ("citeAs", "datePublished", "license", "version"):
        assert any(lacking in warning for warning in found)
    stated = {fact.croissant for fact in FACTS} - {"name", "description"}
    counted = {"rai:annotatorDemographics"}
    assert document(path).keys() & stated == counted


@pytest.mark.usefixtures("collection", "stated", "no_network")
def test_records_load_as_pictures_with_labels_and_splits(
    export: Callable[..., Path], complaints: list[str]
) -> None:
    path = export()
    records = list(mlc.Dataset(path / "croissant.json").records("examples"))
    listed = (path / "examples.csv").read_text().splitlines()
    assert len(records) == len(listed) - 1 == PHOTOS
    for record in records:
        file = record["examples/file"].decode()
        split, label, name = file.split("/")
        assert record["examples/split"].decode() == split
        assert record["examples/label"].decode() == label
        assert record["examples/id"].decode() == name.removesuffix(".png")
        assert record["examples/sha256"].decode() == (
            hashlib.sha256((path / file).read_bytes()).hexdigest()
        )
        with Image.open(path / file) as image:
            assert record["examples/image"].tobytes() == image.tobytes()
            assert record["examples/width_px"] == image.width
    assert complaints == []


@pytest.mark.usefixtures("collection", "no_network")
def test_record_sets_load_in_any_order(export: Callable[..., Path]) -> None:
    path = export() / "croissant.json"
    names = [one["@id"] for one in document(path.parent)["recordSet"]]
    assert names[:3] == ["examples", "splits", "labels"]
    for order in itertools.permutations(names[:3]):
        dataset = mlc.Dataset(path)
        found = {name: list(dataset.records(name)) for name in (*order, *names[3:])}
        assert found["examples"][0]["examples/image"].size == (64, 36)
        assert [one["splits/name"] for one in found["splits"]] == ["train", "val", "test"]
        assert [one["labels/name"] for one in found["labels"]] == ["negative", "positive"]


@pytest.mark.usefixtures("collection")
def test_splits_are_typed_as_splits(export: Callable[..., Path]) -> None:
    sets = {one["@id"]: one for one in document(export())["recordSet"]}
    fields = {field["name"]: field for field in sets["examples"]["field"]}
    assert "cr:Split" in sets["splits"]["dataType"]
    assert [tuple(row.values()) for row in sets["splits"]["data"]] == [
        ("train", "cr:TrainingSplit"),
        ("val", "cr:ValidationSplit"),
        ("test", "cr:TestSplit"),
    ]
    assert fields["split"]["references"] == {"field": {"@id": "splits/name"}}
    assert "cr:Label" in fields["label"]["dataType"]
    assert fields["image"]["dataType"] == "sc:ImageObject"


def test_every_column_has_a_meaning() -> None:
    assert set(MEANINGS) == set(COLUMNS)


@pytest.mark.usefixtures("collection", "stated")
def test_what_is_stated_stands_in_croissant(export: Callable[..., Path]) -> None:
    found = document(export())
    assert found["name"] == "Malar 2026"
    assert found["identifier"].startswith("malar-")
    assert found["license"] == "https://spdx.org/licenses/CC-BY-NC-4.0"
    assert [one["name"] for one in found["creator"]] == [
        *("Ana Silva", "Ben", "Clara", "Federal University"),
    ]
    assert found["creator"][0]["url"] == "https://orcid.org/0000-0002-1825-0097"
    assert found["rai:dataCollectionTimeframe"] == ["2024-01-31", "2025-02-01"]
    assert found["rai:annotatorDemographics"] == [
        "Accounts by role: annotator (1).",
        "Two dermatologists.",
    ]
    assert found["rai:annotationsPerItem"] == f"1 on {PHOTOS} photos"
    assert found["rai:dataReleaseMaintenancePlan"] == (
        "One release a year.\n\nContact: malar@example.org"
    )
    assert "Consent: Nobody was asked." in found["rai:personalSensitiveInformation"]


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("cc-by-4.0", "https://spdx.org/licenses/CC-BY-4.0"),
        ("https://example.org/terms", "https://example.org/terms"),
        (
            "https://example.org/terms, on request",
            {"@type": "sc:CreativeWork", "name": "https://example.org/terms, on request"},
        ),
        ("On request only", {"@type": "sc:CreativeWork", "name": "On request only"}),
        ("CC-BY-9.0", {"@type": "sc:CreativeWork", "name": "CC-BY-9.0"}),
    ],
)
@pytest.mark.usefixtures("collection")
def test_a_licence_is_an_address_only_where_it_has_one(
    export: Callable[..., Path], sessions: Sessions, typed: str, written: object
) -> None:
    state_facts(sessions, {"license": typed}, actor="ana")
    path = export()
    assert document(path)["license"] == written
    assert not any("license" in warning for warning in warnings_of(path))


@pytest.mark.usefixtures("collection")
def test_the_days_of_the_photos_stand_in_for_those_not_stated(
    export: Callable[..., Path], sessions: Sessions
) -> None:
    with sessions.begin() as session:
        for photo, day in zip(session.scalars(select(Photo)), (3, 1, 2), strict=False):
            photo.collected_on = date(2024, 5, day)
    path = export()
    assert document(path)["rai:dataCollectionTimeframe"] == ["2024-05-01", "2024-05-03"]
    sheet = " ".join((path / "DATASHEET.md").read_text().split())
    assert f"recorded for 3 of {PHOTOS} photos: from 2024-05-01 to 2024-05-03." in sheet
    state_facts(sessions, {"collected_from": "2020-01-01"}, actor="ana")
    assert document(export())["rai:dataCollectionTimeframe"] == ["2020-01-01", "2024-05-03"]


@pytest.mark.usefixtures("collection")
def test_an_identical_export_says_what_the_study_states_now(
    export: Callable[..., Path], sessions: Sessions
) -> None:
    path = export()
    before = {file: file.read_bytes() for file in path.rglob("*") if file.is_file()}
    assert f"**Consent:** {NOT_STATED}" in (path / "DATASHEET.md").read_text()
    state_facts(sessions, GIVEN, actor="ana")
    assert export() == path
    after = {file: file.read_bytes() for file in path.rglob("*") if file.is_file()}
    assert {file.name for file in after if after[file] != before[file]} == {
        "croissant.json",
        "DATASHEET.md",
    }
    assert document(path)["version"] == "1.2.0"
    assert export() == path
    assert {file: file.read_bytes() for file in path.rglob("*") if file.is_file()} == after


@pytest.mark.usefixtures("collection")
def test_the_datasheet_claims_nothing_that_nobody_stated(export: Callable[..., Path]) -> None:
    sheet = (export() / "DATASHEET.md").read_text()
    assert sheet.count(NOT_STATED) == len(FACTS)
    for claim in ("by hand", "public", "did not agree", "redistribution", "ben"):
        assert claim not in sheet.lower()
    assert "annotator (1)" in sheet


@pytest.mark.usefixtures("collection")
@pytest.mark.parametrize(("crop", "shown"), [("mask", False), ("box", True)])
def test_the_datasheet_says_that_faces_identify_people(
    export: Callable[..., Path], crop: str, shown: bool
) -> None:
    sheet = (export(replace(HALF, crop=crop)) / "DATASHEET.md").read_text()
    assert "pseudonymous, not anonymous" in sheet
    assert "python -m trainer anonymity" in sheet
    assert (SURROUNDINGS in sheet) == shown


@pytest.mark.usefixtures("collection", "stated")
def test_the_datasheet_says_what_is_stated(export: Callable[..., Path]) -> None:
    sheet = (export() / "DATASHEET.md").read_text()
    assert NOT_STATED not in sheet
    for fact in FACTS:
        if fact.kind is not Kind.PEOPLE:
            quoted = "\n".join(f"> {line}".rstrip() for line in GIVEN[fact.code].splitlines())
            assert f"**{fact.name}**\n\n{quoted}\n" in sheet


KEYWORDS = Fact("keywords", "Keywords", "a few", Section.USES, "keywords")


@pytest.mark.usefixtures("collection")
def test_a_row_makes_a_fact_of_form_file_and_documents(
    export: Callable[..., Path],
    sessions: Sessions,
    ana: Visitor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for module in (facts, toml_file, croissant, datasheet, web):
        monkeypatch.setattr(module, "FACTS", (*FACTS, KEYWORDS))
    monkeypatch.setitem(BY_CODE, "keywords", KEYWORDS)
    monkeypatch.setitem(NOTHING_STATED, "keywords", "")
    assert the(ana.see("/admin/study"), "[name=keywords]").name == "textarea"
    ana.post("/admin/study", json=False, keywords="lupus")
    assert 'keywords = "lupus"' in toml_file.as_toml(read_study(sessions))
    assert document(path := export())["keywords"] == "lupus"
    assert "**Keywords**\n\n> lupus\n" in (path / "DATASHEET.md").read_text()


def headings(sheet: str) -> list[str]:
    """Return the headings outside of quotations, as a reader of Markdown sees them."""
    tokens = MarkdownIt("commonmark").enable("table").parse(sheet)
    return [
        tokens[place + 1].content
        for place, token in enumerate(tokens)
        if token.type == "heading_open" and token.level == 0
    ]


def tables(sheet: str) -> Counter[int]:
    tokens = MarkdownIt("commonmark").enable("table").parse(sheet)
    return Counter(token.level for token in tokens if token.type in ("table_open", "td_open"))


@pytest.mark.usefixtures("collection")
def test_a_source_does_not_break_its_table(export: Callable[..., Path]) -> None:
    html = MarkdownIt("commonmark").enable("table").render((export() / "DATASHEET.md").read_text())
    assert f"<td>{PHOTOS}</td>" in html


@pytest.fixture
def described(export: Callable[..., Path]) -> Description:
    """An export's own facts and rows, as its documents are written from them."""
    path = export()
    told = json.loads((path / "dataset.json").read_text())
    with (path / "examples.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    examples = [_example(row) for row in rows]
    return Description(told, examples, NOTHING_STATED, Provenance(imports=1))


def _example(row: dict[str, str]) -> Example:
    numbers = {name: int(row[name]) for name in ("fold", "raters", "width_px", "height_px")}
    values: dict[str, Any] = row | numbers
    return Example(**values)


HOSTILE = (
    *("# heading\n## more", "```\nopen", "<!-- open", "| a |\n|---|", "a\n===", "> deeper"),
    *("[x]: https://x.example\n[x]", "</details><script>", "1.\n2.", "---", "x" * 10_000),
    *(
        "\u202eright to left \u05d0",
        '"""',
        "\\",
        "{{ }} %s %(a)s",
        "https://schema.org/Text",
        "_:b0",
    ),
)


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    texts=st.dictionaries(
        st.sampled_from([fact.code for fact in FACTS if fact.kind in (Kind.TEXT, Kind.LINE)]),
        st.one_of(TEXTS, st.sampled_from(HOSTILE)),
    ),
)
@pytest.mark.usefixtures("collection", "no_network")
def test_no_text_breaks_a_document(
    described: Description, config: Config, texts: dict[str, str]
) -> None:
    folder = config.instance / "exports" / "latest"
    given = {code: as_written(BY_CODE[code].kind, text) for code, text in texts.items()}
    told = replace(described, study=changed(NOTHING_STATED, given))
    write_croissant(folder, told)
    metadata = mlc.Dataset(folder / "croissant.json").metadata
    assert metadata.ctx.issues.errors == set()
    assert metadata.cite_as == (told.study["citation"] or None)
    assert metadata.name == (told.study["name"] or described.facts["name"])
    assert mlc.Metadata.from_json(mlc.Context(), metadata.to_json()).cite_as == metadata.cite_as
    assert headings(sheet(folder, told)) == headings(sheet(folder, described))
    assert tables(sheet(folder, told))[0] == tables(sheet(folder, described))[0]


def as_written(kind: Kind, text: str) -> str:
    return " ".join(text.split()) if kind is Kind.LINE else text


def sheet(folder: Path, described: Description) -> str:
    write_datasheet(folder, described)
    return (folder / "DATASHEET.md").read_text(encoding="utf-8")
