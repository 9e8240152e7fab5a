"""Damaged and hostile files: one clear line that names the file and the place, and no other photo's loss."""

import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from curator.base.errors import InputInvalid
from curator.formats.reading import read_marks
from curator.formats.vocabulary import Vocabulary
from curator.ratings.entries import Entry
from curator.ratings.outlines import region_on
from tests.curator.formats import files
from tests.curator.formats.rated import read_file, write_file

DOCUMENTS = {
    "coco": files.COCO,
    "via": files.VIA,
    "via3": files.VIA3,
    "labelme": files.LABELME,
    "labelstudio": files.LABELSTUDIO,
    "labelstudio-min": files.LABELSTUDIO_MIN,
}
DEEP: list[Any] = []
for _ in range(300):
    DEEP = [DEEP]
VALUES: tuple[Any, ...] = (
    *(None, True, 0, -1, 0.5, 1e308, float("nan"), float("-inf"), 10**400),
    *("", "x", "NaN", "7", "\ud800", "\0", "a" * 5000, "%d %s %(x)s"),
    *([], {}, [[]], [{}], [None], {"a": {}}, ["1", 2, 3], [1] * 1001, DEEP),
)


def damaged(document: Any) -> Iterator[Any]:
    """Yield a document with each of its values replaced in turn, or left out."""
    for path in _paths(document):
        for value in VALUES:
            changed = copy.deepcopy(document)
            _within(changed, path[:-1])[path[-1]] = value
            yield changed
        changed = copy.deepcopy(document)
        del _within(changed, path[:-1])[path[-1]]
        yield changed


def _paths(value: Any) -> Iterator[tuple[Any, ...]]:
    keys = (
        value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    )
    for key in keys:
        yield (key,)
        yield from ((key, *rest) for rest in _paths(value[key]))


def _within(value: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        value = value[key]
    return value


def read_wholly(path: Path) -> list[str]:
    """Return what is said of a file and of its photos; any error but a clear one is raised on."""
    try:
        _, marks = read_marks(path)
        entries = Vocabulary(ignores_unknown=True).entries(marks)
    except InputInvalid as problem:
        return [problem.message]
    return [f"{path.name}: {entry.file} {entry.says} {_problem(entry)}" for entry in entries]


def _problem(entry: Entry) -> str:
    try:
        if entry.problem:
            raise entry.problem
        if entry.outline:
            region_on(entry.outline, 100, 80)
    except InputInvalid as problem:
        return problem.message
    return ""


def is_clear(said: list[str], path: Path) -> bool:
    """Tell whether all that is said names the file, and can be printed and stored."""
    return all(path.name in text and text.encode() for text in said)


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_any_value_may_be_damaged(kind: str, tmp_path: Path) -> None:
    for number, document in enumerate(damaged(DOCUMENTS[kind])):
        path = write_file(tmp_path, document, f"{number % 2}.json")
        assert is_clear(read_wholly(path), path)


def test_any_attribute_of_xml_may_be_damaged(tmp_path: Path) -> None:
    count = len(list(ElementTree.fromstring(files.CVAT).iter()))  # noqa: S314  # our own
    for place in range(count):
        for change in ("", "x", "nan", "1e400", "-5", "1,2;3", ";;;", "\u00e9\u4e2d", None):
            root = ElementTree.fromstring(files.CVAT)  # noqa: S314
            element = list(root.iter())[place]
            for name in list(element.attrib):
                if change is None:
                    del element.attrib[name]
                else:
                    element.set(name, change)
            element.text = change
            path = write_file(tmp_path, ElementTree.tostring(root), "a.xml")
            assert is_clear(read_wholly(path), path)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (json.dumps(files.COCO), "a.json"),
        (files.CVAT, "a.xml"),
        (files.VIA_CSV, "a.csv"),
    ],
)
def test_a_file_that_was_not_saved_whole_is_clear(text: str, name: str, tmp_path: Path) -> None:
    start = len(text) // 3 if name == "a.csv" else 1  # after the header, by which it is known
    for end in range(start, len(text) - 3, 5):
        path = write_file(tmp_path, text[:end], name)
        assert is_clear(read_wholly(path), path)


@pytest.mark.parametrize("name", ["\ud800", "\0", "\x1b[2J", "a.b", "", "\n"])
def test_any_name_may_be_damaged(name: str, tmp_path: Path) -> None:
    quoted = json.dumps(name)
    for document, names in (
        (files.VIA3, ('"1_a"', '"view": {"1"', '"options": {"0"')),
        (files.VIA, ('"a.jpg12345": {', '"note": ', '"a.jpg"')),
        (files.LABELME, ('"positive": true', '"face"')),
        (files.COCO, ('"label": ', '"Malar rash"')),
    ):
        for old in names:
            text = json.dumps(document)
            inner = re.search(r'"[^"]*"', old.rpartition("{")[2] or old)
            assert inner
            path = write_file(tmp_path, text.replace(old, old.replace(inner[0], quoted)))
            assert is_clear(read_wholly(path), path)
            assert not any("\x1b" in said for said in read_wholly(path))


def test_an_unknown_element_is_no_outline(tmp_path: Path) -> None:
    text = files.CVAT.replace("polygon", "blob")
    [marks] = read_file(tmp_path, text, "a.xml")
    assert marks.shapes[0].problem
    assert "blob cannot be read" in marks.shapes[0].problem.message


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"images": [', "is damaged, or was not saved whole"),
        (b"<annotations><image>", "is damaged, or was not saved whole"),
        (b"[" * 100_000, "is damaged, or was not saved whole"),
        (b'<?xml version="1.0" encoding="klingon"?><annotations/>', "is damaged"),
        (
            b'<!DOCTYPE a [<!ENTITY b "cccc">]><annotations>&b;</annotations>',
            "defines entities",
        ),
        (
            b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><annotations/>',
            None,
        ),
        (b"{}", "is of no kind that curator reads"),
        (b"[]", "is of no kind that curator reads"),
        (b"<html><body/></html>", "is of no kind that curator reads"),
        (b'{"images": {"1": {}}, "annotations": []}', "images is an object in braces"),
        (b'{"images": [], "annotations": [[1]]}', "annotations[0] is a list in brackets"),
        (b'{"images": [], "annotations": 7}', "annotations is 7: it should be a list"),
    ],
)
def test_a_damaged_file_gives_one_line_that_names_it(
    content: bytes, said: str | None, tmp_path: Path
) -> None:
    path = write_file(tmp_path, content, "mine.json")
    if said is None:
        assert read_marks(path)[1] == []
        return
    with pytest.raises(InputInvalid) as refused:
        read_marks(path)
    assert "mine.json" in refused.value.message
    assert said in refused.value.message
    assert "\n" not in refused.value.message


def test_a_fault_in_one_photo_leaves_the_others(tmp_path: Path) -> None:
    document = copy.deepcopy(files.COCO)
    document["images"].append({"id": 2, "width": 9, "height": 9, "file_name": "b.jpg"})
    document["annotations"].append(
        {"id": 2, "image_id": 2, "category_id": 1, "bbox": [1, 2, "x", 4]}
    )
    first, second = read_file(tmp_path, document)
    assert first.problem is None
    assert second.file == "b.jpg"
    assert second.problem
    assert second.problem.message == "annotations[1].bbox[2] is 'x': it should be a number"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_json_is_read_in_any_unicode_encoding(encoding: str, tmp_path: Path) -> None:
    text = json.dumps({**files.LABELME, "imagePath": "m\u00fcller.jpg"}, ensure_ascii=False)
    [marks] = read_file(tmp_path, text.encode(encoding))
    assert marks.file == "m\u00fcller.jpg"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1"])
def test_xml_is_read_in_the_encoding_that_it_names(encoding: str, tmp_path: Path) -> None:
    named = {"utf-8-sig": "utf-8"}.get(encoding, encoding)
    text = files.CVAT.replace("ward/a.jpg", "m\u00fcller.jpg").replace(
        'encoding="utf-8"', f'encoding="{named}"'
    )
    [marks] = read_file(tmp_path, text.encode(encoding), "a.xml")
    assert marks.file == "m\u00fcller.jpg"
