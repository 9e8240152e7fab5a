"""Describes an export for machines: croissant.json, Croissant 1.1 with its responsible-AI properties.

Source: MLCommons Croissant format specification 1.1 and Croissant RAI 1.0.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from curator.exports.description import Description, counted
from curator.exports.manifest import CLASSES, COLUMNS, Example
from curator.ratings.attributes import Attribute, attributes, further_attributes
from curator.ratings.origins import ACCEPTED, EDITED
from curator.study.facts import FACTS, Person, Study, people

CROISSANT = "http://mlcommons.org/croissant/"
CONFORMS_TO = (f"{CROISSANT}1.1", f"{CROISSANT}RAI/1.0")
IN_LANGUAGES = {"@container": "@language"}
AS_JSON = ("data", "examples")
TERMS = (
    *("annotation", "arrayShape", "citeAs", "column", "containedIn", "equivalentProperty"),
    *(
        "excludes",
        "extract",
        "field",
        "fileObject",
        "fileProperty",
        "fileSet",
        "format",
        "includes",
    ),
    *("isArray", "isLiveDataset", "jsonPath", "key", "md5", "parentField", "path", "readLines"),
    *("recordSet", "references", "regex", "repeated", "replace", "samplingRate", "sdVersion"),
    *("separator", "source", "subField", "transform", "unArchive"),
)
CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "sc": "https://schema.org/",
    "cr": CROISSANT,
    "rai": f"{CROISSANT}RAI/",
    "dct": "http://purl.org/dc/terms/",
    "conformsTo": "dct:conformsTo",
    "name": IN_LANGUAGES,
    "description": IN_LANGUAGES,
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    **{term: {"@id": f"cr:{term}", "@type": "@json"} for term in AS_JSON},
    **{term: f"cr:{term}" for term in TERMS},
}
DESCRIPTION = (
    "Face regions (cheeks and nose) rated for the butterfly malar rash of lupus. "
    "For research only; not for diagnosis."
)
MAINTENANCE = "rai:dataReleaseMaintenancePlan"
TIMEFRAME = "rai:dataCollectionTimeframe"
SPLIT_TYPES = {"train": "TrainingSplit", "val": "ValidationSplit", "test": "TestSplit"}
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
# Licences for data by their SPDX names, with the address that SPDX gives them.
LICENSES = {
    name.lower(): f"https://spdx.org/licenses/{name}"
    for name in (
        *("CC0-1.0", "CC-BY-3.0", "CC-BY-4.0", "CC-BY-SA-3.0", "CC-BY-SA-4.0", "CC-BY-ND-4.0"),
        *("CC-BY-NC-3.0", "CC-BY-NC-4.0", "CC-BY-NC-SA-3.0", "CC-BY-NC-SA-4.0"),
        *("CC-BY-NC-ND-3.0", "CC-BY-NC-ND-4.0", "CDLA-Permissive-1.0", "CDLA-Permissive-2.0"),
        *("CDLA-Sharing-1.0", "ODbL-1.0", "ODC-By-1.0", "PDDL-1.0", "MIT", "Apache-2.0"),
    )
}

Node = dict[str, Any]


def write_croissant(folder: Path, described: Description) -> None:
    listing = (folder / "examples.csv").read_bytes()
    document = {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": list(CONFORMS_TO),
        "identifier": described.facts["name"],
        "isLiveDataset": False,
        "name": described.facts["name"],
        "description": DESCRIPTION,
        **_properties(described),
        "distribution": [_examples_file(listing), _image_files()],
        "recordSet": [_examples(), _splits(), *_enumerations()],
    }
    text = json.dumps(document, indent=2, sort_keys=True)
    (folder / "croissant.json").write_bytes(f"{text}\n".encode())


def _properties(described: Description) -> Node:
    """Return what is counted and what the study states; a property that neither tells is left out."""
    found: dict[str, list[Any]] = {}
    for name, value in (*_counted(described), *_stated(described.study)):
        found.setdefault(name, []).append(value)
    if described.collected:
        found[TIMEFRAME] = list(described.collected)
    return {name: _as_one(name, values) for name, values in found.items()}


def _as_one(name: str, values: list[Any]) -> Any:
    if name == MAINTENANCE:  # loaders take one text, though the specification allows several
        return "\n\n".join(values)
    return values[0] if len(values) == 1 else values


def _stated(study: Study) -> Iterator[tuple[str, Any]]:
    for fact in FACTS:
        for value in _values(fact.code, study[fact.code]):
            yield fact.croissant, value


def _values(code: str, text: str) -> list[Any]:
    """Return a fact's values as Croissant has them: none if it is not stated."""
    if not text:
        return []
    if code == "creators":
        return [_person(person) for person in people(text)]
    if code in ("institution", "publisher"):
        return [{"@type": "sc:Organization", "name": text}]
    if code == "funding":
        return [{"@type": "sc:Grant", "name": text}]
    if code == "license":
        return [_license(text)]
    prefixes = {"consent": "Consent: ", "ethics": "Ethics review: ", "contact": "Contact: "}
    return [prefixes.get(code, "") + text]


def _person(person: Person) -> Node:
    affiliation = {"@type": "sc:Organization", "name": person.affiliation}
    return {
        "@type": "sc:Person",
        "name": person.name,
        **({"affiliation": affiliation} if person.affiliation else {}),
        **({"url": person.link} if person.link else {}),
    }


def _license(text: str) -> str | Node:
    """Return an address where there is one, else the words, which are no address."""
    if text.startswith(("https://", "http://")):
        return text
    return LICENSES.get(text.lower()) or {"@type": "sc:CreativeWork", "name": text}


def _counted(described: Description) -> Iterator[tuple[str, str]]:
    """Yield what the database tells, and what the photos of every export go through."""
    facts, examples = described.facts, described.examples
    inside = "filled with one colour" if facts["crop"]["mode"] == "mask" else "kept"
    sources = Counter(example.source or "not recorded" for example in examples)
    suggested = {origin: facts["regions_by_origin"][origin] for origin in (ACCEPTED, EDITED)}
    yield "rai:dataCollectionRawData", f"Photos by where they were found: {counted(sources)}."
    yield "rai:dataCollectionMissingData", f"Left out: {counted(facts['left_out']) or 'no photo'}."
    yield "rai:dataImputationProtocol", "None: what is not known is unknown or empty."
    yield (
        "rai:dataPreprocessingProtocol",
        "Turned upright, converted to sRGB, all metadata dropped.",
    )
    yield (
        "rai:dataPreprocessingProtocol",
        "Cut to the bounding box of the outline of cheeks and nose; outside of the outline "
        f"{inside}; at most {facts['crop']['max_side_px']} pixels a side.",
    )
    yield "rai:dataAnnotationPlatform", "Malar"
    yield (
        "rai:dataAnnotationAnalysis",
        "A label is one rater's word, that of several who agree, or an adjudicator's where they "
        "did not; photos on which raters disagree are left out.",
    )
    yield "rai:annotationsPerItem", _per_item(examples)
    if any(suggested.values()):
        tools = f"Outlines suggested by a face detector: {counted(suggested)}."
        yield "rai:machineAnnotationTools", tools
    if by_role := described.provenance.raters:
        yield "rai:annotatorDemographics", f"Accounts by role: {counted(by_role)}."


def _per_item(examples: Sequence[Example]) -> str:
    numbers = Counter(example.raters for example in examples)
    return ", ".join(
        f"{number} on {photos} photo{'' if photos == 1 else 's'}"
        for number, photos in sorted(numbers.items())
    )


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
        "includes": [f"{split}/*/*.png" for split in SPLIT_TYPES],
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
    rows = [
        {"splits/name": split, "splits/url": f"{CROISSANT}{kind}"}
        for split, kind in SPLIT_TYPES.items()
    ]
    types = ["cr:Split", "sc:Enumeration"]
    return _record_set("splits", types, {"name": "sc:Text", "url": "sc:URL"}, rows)


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
    columns = {"name": "sc:Text", "description": "sc:Text"}
    return _record_set(record_set, ["sc:Enumeration"], columns, rows)


def _record_set(
    record_set: str, types: list[str], columns: Mapping[str, str], rows: list[Node]
) -> Node:
    return {
        "@type": "cr:RecordSet",
        "@id": record_set,
        "name": record_set,
        "dataType": types,
        "key": {"@id": f"{record_set}/name"},
        "field": [
            {"@type": "cr:Field", "@id": f"{record_set}/{name}", "name": name, "dataType": kind}
            for name, kind in columns.items()
        ],
        "data": rows,
    }
