"""CVAT for images 1.1: written for CVAT, and read as CVAT writes it."""

from pathlib import Path
from xml.etree import ElementTree

from curator.formats import cvat
from curator.ratings.outlines import region_on
from faces.regions import as_kept
from tests.curator.formats.rated import RATED, REGION, entries_in, said


def test_a_written_file_reads_as_it_was_rated(tmp_path: Path) -> None:
    entries = entries_in(tmp_path, cvat.write(RATED), "annotations.xml")
    assert [said(one) for one in entries] == [(p.label, p.values, p.note) for p in RATED]
    assert [one.file for one in entries] == [p.file.removeprefix("images/") for p in RATED]
    assert entries[0].outline
    assert as_kept(region_on(entries[0].outline, 161, 119)) == REGION
    assert entries[1].outline is None


def test_a_file_has_what_cvat_and_datumaro_ask_for() -> None:
    root = ElementTree.fromstring(cvat.write(RATED))  # noqa: S314  # our own
    labels = {label.findtext("name"): label for label in root.findall("meta/task/labels/label")}
    used = {child.get("label") for image in root.findall("image") for child in image}
    assert used <= labels.keys()
    for tag in root.findall("image/tag"):
        label = labels[tag.get("label")]
        asked = {one.findtext("name") for one in label.findall("attributes/attribute")}
        assert {one.get("name") for one in tag.findall("attribute")} <= asked
        assert all(one.findtext("input_type") for one in label.findall("attributes/attribute"))
    assert [image.get("id") for image in root.findall("image")] == ["0", "1"]
    assert root.findtext("meta/task/id")


def test_a_file_is_written_to_the_same_bytes() -> None:
    assert cvat.write(RATED) == cvat.write(RATED)
