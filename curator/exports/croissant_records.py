"""The files of an export and the record sets in them, as Croissant describes them.

Loaders join each row of examples.csv with its image by the image's path. mlcroissant 1.1 executes the first
join of a record set alone, so `file`, which makes it, comes before columns that reference enumerations.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from curator.exports.manifest import CLASSES, COLUMNS, Example
from curator.ratings.attributes import Attribute, attributes, further_attributes

SPLITS_AS = {"train": "cr:TrainingSplit", "val": "cr:ValidationSplit", "test": "cr:TestSplit"}
MEANINGS = {
    "id": "The first digits of pixel_sha256; reveals nothing about a person.",
    "file": "Path of the image below this folder.",
    "split": "The split for which the photo's group was drawn.",
    "fold": "The fold for cross-validation over all rows, independent of the split.",
    "label": "What the raters agree on, or what an adjudicator ruled.",
    "sex": "The sex that raters saw or read; unknown where they could not tell.",
    "evidence": "The strongest evidence on which the label rests.",
    "raters": "How many people's ratings the label rests on.",
    "group": "Photos that may show one person share it; a group never crosses a split or a fold.",
    "source": "Where the photo was found; empty where it was not recorded.",
    "width_px": "Width of the image in pixels.",
    "height_px": "Height of the image in pixels.",
    "region": "Outline of cheeks and nose as `x,y x,y ...`, in fractions of the upright photo from which "
    "the image was cut, not of the image.",
    "sha256": "SHA-256 of the image's file.",
    "pixel_sha256": "SHA-256 of the upright photo's size and sRGB pixels, before it was cut.",
    "phash": "Perceptual hash of the photo, 64 bits as hexadecimal digits.",
}

Node = dict[str, Any]


def distribution(listing: bytes) -> list[Node]:
    """Return the table, of which `listing` is the content, and the images."""
    return [_examples_file(listing), _image_files()]


def record_sets() -> list[Node]:
    return [_examples(), _splits(), *_enumerations()]


def _examples_file(listing: bytes) -> Node:
    return {
        "@type": "cr:FileObject",
        "@id": "examples.csv",
        "name": "examples.csv",
        "contentUrl": "examples.csv",
        "contentSize": f"{len(listing)} B",
        "encodingFormat": "text/csv",
        "sha256": hashlib.sha256(listing).hexdigest(),
    }


def _image_files() -> Node:
    """Return the images beside this file: contained in nothing, so that loaders seek them in its folder."""
    return {
        "@type": "cr:FileSet",
        "@id": "images",
        "name": "images",
        "encodingFormat": "image/png",
        "includes": [f"{split}/*/*.png" for split in SPLITS_AS],
    }


def _examples() -> Node:
    return {
        "@type": "cr:RecordSet",
        "@id": "examples",
        "name": "examples",
        "description": "One row per face region, with its image.",
        "key": {"@id": "examples/id"},
        "field": [
            *(_column(name) for name in COLUMNS),
            *(_column(attribute.code) for attribute in further_attributes()),
            _image(),
        ],
    }


def _column(name: str) -> Node:
    attribute = {one.code: one for one in attributes()}.get(name)
    several = attribute is not None and attribute.is_multiple
    kinds = {one.name: one.type for one in fields(Example)}
    atomic = "sc:Integer" if kinds.get(name) is int else "sc:Text"
    return {
        "@type": "cr:Field",
        "@id": f"examples/{name}",
        "name": name,
        "description": MEANINGS.get(name) or (attribute.name if attribute else name),
        "dataType": [atomic, "cr:Label"] if name == "label" else atomic,
        "source": _source(name, separated=several),
        **({"isArray": True} if several else {}),
        **_references(name, attribute),
    }


def _source(name: str, *, separated: bool) -> Node:
    """Return where a column is read; `file` is the image's own path, which joins image and row."""
    if name == "file":
        path = {"extract": {"fileProperty": "fullpath"}, "transform": {"regex": "^(.+)$"}}
        return {"fileSet": {"@id": "images"}, **path}
    column = {"fileObject": {"@id": "examples.csv"}, "extract": {"column": name}}
    return column | ({"transform": {"separator": " "}} if separated else {})


def _references(name: str, attribute: Attribute | None) -> Node:
    if name == "file":
        of_row = {"fileObject": {"@id": "examples.csv"}, "extract": {"column": "file"}}
        return {"references": of_row}
    target = {"split": "splits", "label": "labels"}.get(name)
    if attribute is not None and not attribute.is_multiple:
        target = _enumeration_id(attribute)
    return {"references": {"field": {"@id": f"{target}/name"}}} if target else {}


def _image() -> Node:
    return {
        "@type": "cr:Field",
        "@id": "examples/image",
        "name": "image",
        "description": "The face region, cut out of the photo.",
        "dataType": "sc:ImageObject",
        "source": {"fileSet": {"@id": "images"}, "extract": {"fileProperty": "content"}},
    }


def _splits() -> Node:
    rows = [{"splits/name": split, "splits/url": kind} for split, kind in SPLITS_AS.items()]
    columns = {"name": ["sc:Text"], "url": ["sc:URL", "cr:Split"]}
    return _record_set("splits", ["cr:Split", "sc:Enumeration"], columns, rows)


def _enumerations() -> list[Node]:
    return [
        _enumeration("labels", dict.fromkeys(CLASSES, "")),
        *(_enumeration(_enumeration_id(one), one.names) for one in attributes()),
    ]


def _enumeration_id(attribute: Attribute) -> str:
    return f"{attribute.code}_values"


def _enumeration(record_set: str, names: Mapping[str, str]) -> Node:
    rows = [
        {f"{record_set}/name": code, f"{record_set}/description": name or code}
        for code, name in names.items()
    ]
    columns = {"name": ["sc:Text"], "description": ["sc:Text"]}
    return _record_set(record_set, ["sc:Enumeration"], columns, rows)


def _record_set(
    record_set: str, types: list[str], columns: Mapping[str, list[str]], rows: list[Node]
) -> Node:
    return {
        "@type": "cr:RecordSet",
        "@id": record_set,
        "name": record_set,
        "dataType": types,
        "key": {"@id": f"{record_set}/name"},
        "field": [
            {"@type": "cr:Field", "@id": f"{record_set}/{name}", "name": name, "dataType": kinds}
            for name, kinds in columns.items()
        ],
        "data": rows,
    }
